# The real pg_cron refreshes: jobs of every minute run CALL cltv_refresh(...) in a background worker, and the log row appears.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('cron');
$node->init;
$node->start;
plan skip_all => 'pg_cron is not installed (Debian: postgresql-VERSION-cron)'
  if $node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_cron'}) eq '0';
$node->append_conf('postgresql.conf', q{
shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.use_background_workers = on
max_worker_processes = 20
max_parallel_workers_per_gather = 0
});
$node->restart;
# Whoever runs the tests: the roles of this one are postgres and shop.
$node->safe_psql('postgres', 'CREATE ROLE postgres SUPERUSER LOGIN')
  if $node->safe_psql('postgres', 'SELECT current_user') ne 'postgres';
$node->safe_psql('postgres', 'CREATE EXTENSION pg_cron; CREATE ROLE shop LOGIN; CREATE DATABASE shop OWNER shop');
$node->safe_psql(
	'shop', q{
	CREATE EXTENSION cltv;
	CREATE TABLE orders AS
	SELECT * FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5),
		gg_model(p => 6.25, q => 3.74, v => 15.44), 600, date '2023-01-01', date '2024-12-31', 7);
	CALL cltv_materialize('value', 'orders');
	CALL cltv_materialize('folded', 'orders', incremental => true);
	CALL cltv_materialize('another', 'orders');
	INSERT INTO orders VALUES (1, '2025-01-02', 30)}, extra_params => [ '-U', 'shop' ]);

# In the role of the owner, each name a job; the third belongs to a superuser, who may not refresh what is not theirs.
$node->safe_psql('postgres', q{
	SELECT cron.schedule_in_database('value', '* * * * *', $$CALL cltv_refresh('value')$$, 'shop', 'shop');
	SELECT cron.schedule_in_database('folded', '* * * * *', $$CALL cltv_refresh('public.folded')$$, 'shop', 'shop');
	SELECT cron.schedule_in_database('not mine', '* * * * *', $$CALL cltv_refresh('another')$$, 'shop')}, extra_params => [ '-U', 'postgres' ]);

# A minute may have just begun; generous beyond the next.
my $seen = 0;
for (1 .. 150)
{
	$seen = $node->safe_psql('postgres', q{SELECT count(DISTINCT jobid) FROM cron.job_run_details WHERE status IN ('succeeded', 'failed')});
	last if $seen == 3;
	sleep 1;
}
is($seen, 3, 'the jobs have run');
is( $node->safe_psql('postgres', q{SELECT DISTINCT jobname, d.status, d.username FROM cron.job_run_details AS d JOIN cron.job USING (jobid) ORDER BY 1}),
	"folded|succeeded|shop\nnot mine|failed|postgres\nvalue|succeeded|shop", 'those of the owner with success');
is( $node->safe_psql('shop', q{SELECT DISTINCT ON (name) name, as_of, customers, status, error IS NULL, finished > started
		FROM cltv_refresh_log WHERE role = 'shop' AND name <> 'public.another' ORDER BY name, started DESC}),
	"public.folded|2025-01-02|600|converged|t|t\npublic.value|2025-01-02|600|converged|t|t", 'the rows of the log are there');
is( $node->safe_psql('shop', q{SELECT DISTINCT role, error FROM cltv_refresh_log WHERE error IS NOT NULL}),
	'postgres|history: must be owner of public.another', 'and that of the failure');
is($node->safe_psql('shop', q{SELECT last_order FROM value WHERE customer_id = 1}), '2025-01-02', 'the views are new');

$node->stop;
done_testing();

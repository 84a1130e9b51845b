# Aggregates give identical results, to the last bit, whatever the plan and the order of the rows.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Queries;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('parallel');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers = 4\nmax_worker_processes = 8\n");
$node->start;
$node->safe_psql('postgres', $Queries::tables);

# Four workers on tables however small, against none.
my $parallel = q{
	SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SET max_parallel_workers_per_gather = 4; SET parallel_leader_participation = off;
	SET enable_indexscan = off;};
my $serial = 'SET max_parallel_workers_per_gather = 0;';

for my $name (sort keys %Queries::aggregates)
{
	my ($table, $template) = @{ $Queries::aggregates{$name} };
	my $query = sprintf $template, $table;
	my $shuffled = sprintf $template, "(SELECT * FROM $table ORDER BY md5($table\::text))";
	my $expected = $node->safe_psql('postgres', "$serial $query");

	if ($name =~ /_fit$/) { like($expected, qr/"status":"converged"/, "$name: converges") }
	else { isnt($expected, '', "$name: there is a result") }
	like($node->safe_psql('postgres', "$parallel EXPLAIN $query"), qr/Partial .*Aggregate/, "$name: planned in parallel");
	is($node->safe_psql('postgres', "$parallel $query"), $expected, "$name: the same in parallel");
	is($node->safe_psql('postgres', "$serial $shuffled"), $expected, "$name: the same in another order");
}

# Plain functions in workers.
my $predictions = q{
	SELECT md5(string_agg(x::text, ',' ORDER BY x)) FROM (
		SELECT bgnbd_predict(m, frequency, recency, tenure, 90) AS x
		FROM summaries, (SELECT bgnbd AS m FROM models) AS models
		WHERE prob_alive(m, frequency, recency, tenure) > 0.1) AS p};
like($node->safe_psql('postgres', "$parallel EXPLAIN $predictions"), qr/Parallel Seq Scan/, 'predictions: planned in parallel');
is( $node->safe_psql('postgres', "$parallel $predictions"),
	$node->safe_psql('postgres', "$serial $predictions"),
	'predictions: the same in parallel');
my $scores = q{
	SELECT sum((score).r * n), sum((score).f * n), sum((score).m * n), count(*), min((score).segment) FROM (
		SELECT rfm_score(last_order, orders, revenue, (SELECT breaks FROM models)) AS score, customer_id AS n FROM summaries) AS s};
like($node->safe_psql('postgres', "$parallel EXPLAIN VERBOSE $scores"),
	qr/Partial Aggregate.*rfm_score.*Parallel Seq Scan on public\.summaries/s, 'scores: made by the workers');
is($node->safe_psql('postgres', "$parallel $scores"), $node->safe_psql('postgres', "$serial $scores"), 'scores: the same in parallel');

$node->stop;
done_testing();

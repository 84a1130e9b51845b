# A worker that goes away in the middle of a fit: an error, no half result, and the session goes on.
#
# The fit is held up on the workers, a tenth of a second a customer, until it is seen at work on one of them; then all
# that this worker does for it is ended, as when its server stops. To stop a whole server takes more than libpq:
# docs/citus.md says how that went by hand.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Citus;
use Test::More;

my $worker = value(undef, q{
	SELECT min(groupid) FROM pg_dist_node WHERE isactive AND noderole = 'primary' AND shouldhaveshards AND groupid > 0});
plan(skip_all => 'there is no worker, only a coordinator') if $worker eq '';

make_shops();
value($Citus::distributed, q{
	CREATE TABLE stored AS SELECT bgnbd_fit(frequency, recency, tenure) AS model FROM summaries;
	CREATE TABLE nothing_yet (model cltv_model)});
my $good = value($Citus::distributed, 'SELECT model FROM stored');

sub on_worker
{
	my ($command) = @_;
	return value(undef, qq{SELECT coalesce(sum(nullif(result, '')::int), 0) FROM run_command_on_workers(
		\$c\$ SELECT ($command) FROM pg_dist_local_group WHERE groupid = $worker \$c\$)});
}

sub wait_for
{
	my ($condition) = @_;
	for (1 .. 600)
	{
		return 1 if $condition->();
		select undef, undef, undef, 0.1;
	}
	return 0;
}

# The output of what runs while its worker goes away
sub stop_in_the_middle
{
	my ($sql, $function, $name) = @_;
	my $at_work = "state = 'active' AND query LIKE '%$function%pg_sleep%' AND pid <> pg_backend_pid()";
	my $job = start($Citus::distributed, $sql, '-XqAt');
	ok(wait_for(sub { on_worker("SELECT count(*) FROM pg_stat_activity WHERE $at_work") > 0 }), "$name: is at work");
	on_worker("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE $at_work");
	my ($status, $output, $errors) = finish($job);
	like($errors, qr/^ERROR: /m, "$name: an error");
	ok(wait_for(sub { on_worker("SELECT count(*) FROM pg_stat_activity WHERE $at_work") == 0 }),
		"$name: nothing of it is left at work");
	diag("$name: $errors") if $ENV{VERBOSE};
	return $output;
}

my $slow = 'bgnbd_fit(frequency, recency, tenure + CASE WHEN pg_sleep(0.1) IS NULL THEN 1 ELSE 0 END)';
my %statements = (
	'a query' => ["SELECT $slow FROM summaries", 'SELECT 1', 1],
	'a table made of it' =>
	  ["CREATE TABLE half AS SELECT $slow AS model FROM summaries", q{SELECT to_regclass('half')}, ''],
	'an insert' => ["INSERT INTO nothing_yet SELECT $slow FROM summaries", 'SELECT count(*) FROM nothing_yet', 0],
	'an update' => ["UPDATE stored SET model = (SELECT $slow FROM summaries)", 'SELECT model FROM stored', $good]);
my $customers = value($Citus::local, 'SELECT count(*) FROM summaries');
for my $name (sort keys %statements)
{
	my ($sql, $look, $expected) = @{ $statements{$name} };
	my $output = stop_in_the_middle("$sql;\nSELECT count(*) FROM summaries;\n", 'bgnbd_fit', $name);
	is($output, $customers, "$name: no result, and the session goes on");
	is(value($Citus::distributed, $look), $expected, "$name: all is as before");
}
is(value($Citus::distributed, 'SELECT bgnbd_fit(frequency, recency, tenure) FROM summaries'), $good,
	'the next fit is as the one before');

# The night's refresh, while it reads the orders: every view is the old one, the log says so, the next call repairs.
value($Citus::distributed, q{
	CREATE TABLE pace AS SELECT 0::float8 AS seconds;
	SELECT create_reference_table('pace');
	CREATE VIEW paced_orders AS
	SELECT customer_id, ordered_at, amount + CASE WHEN pg_sleep(seconds) IS NULL THEN 1 ELSE 0 END AS amount
	FROM orders, pace;
	CALL cltv_materialize('shop', 'paced_orders');
	INSERT INTO orders (customer_id, ordered_at, amount)
	SELECT customer_id, '2025-01-02', 50 FROM accounts WHERE customer_id < 9;
	UPDATE pace SET seconds = 0.1});
my $content = q{SELECT md5(string_agg(s::text, E'\\n' ORDER BY customer_id)) FROM shop AS s};
my $health = q{SELECT health FROM cltv_health WHERE name = current_schema || '.shop'};
my $before = value($Citus::distributed, $content);
stop_in_the_middle("CALL cltv_refresh('shop');\n", '', 'a refresh');
is(value($Citus::distributed, $content), $before, 'a refresh: the views are as before');
is(value($Citus::distributed, $health), 'failing', 'a refresh: cltv_health says so');
value($Citus::distributed, "UPDATE pace SET seconds = 0; CALL cltv_refresh('shop');");
isnt(value($Citus::distributed, $content), $before, 'the next refresh is done');
isnt(value($Citus::distributed, $health), 'failing', 'and cltv_health says so');

done_testing();

# However PostgreSQL runs a query of ours, the result is the same to the last bit.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Queries;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('plans');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers = 8\nmax_worker_processes = 16\njit = off\n");
$node->start;
$node->safe_psql('postgres', $Queries::tables);

my %queries = Queries::all();
my $serial = 'SET max_parallel_workers_per_gather = 0; ';
my %expected = map { $_ => $node->safe_psql('postgres', "$serial $queries{$_}") } keys %queries;

my $eager = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; ';
my $forced = $node->safe_psql('postgres',
	q{SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});
my $jit = $node->safe_psql('postgres', 'SET jit = on; SELECT pg_jit_available()') eq 't';
note 'JIT is not available here' unless $jit;

# From 16 on an aggregate asks for sorted input where it can have it.
my $hashed = q{SET enable_sort = off; DO $$ BEGIN
	PERFORM set_config(name, 'off', false) FROM pg_settings WHERE name = 'enable_presorted_aggregate'; END $$};
my %settings = (
	'hash grouping' => "$serial $hashed",
	'sort grouping' => "$serial SET enable_hashagg = off",
	'little memory, hash grouping' => "$serial SET work_mem = '64kB'; SET hash_mem_multiplier = 1; $hashed",
	'little memory, sort grouping' => "$serial SET work_mem = '64kB'; SET enable_hashagg = off",
	'two workers' => "$eager SET max_parallel_workers_per_gather = 2",
	'two workers without their leader' => "$eager SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off",
	'eight workers' => "$eager SET max_parallel_workers_per_gather = 8; ALTER TABLE orders SET (parallel_workers = 8);
		ALTER TABLE summaries SET (parallel_workers = 8)",
	'forced into a worker' => "SET $forced = on",
	'no nested loops, no materialisation' => 'SET enable_nestloop = off; SET enable_material = off',
	$jit ? ('JIT' => "$serial SET jit = on; SET jit_above_cost = 0; SET jit_optimize_above_cost = 0; SET jit_inline_above_cost = 0") : ());

for my $setting (sort keys %settings)
{
	# One session a setting, one line a query.
	my @names = sort keys %queries;
	my $all = join ";\n", $settings{$setting}, map { "SELECT q::text FROM ($queries{$_}) AS q" } @names;
	my $plain = join ";\n", $serial, map { "SELECT q::text FROM ($queries{$_}) AS q" } @names;
	my @results = split /\n/, $node->safe_psql('postgres', $all);
	my @wanted = split /\n/, $node->safe_psql('postgres', $plain);
	is(scalar @results, scalar @names, "$setting: every query has its result");
	is_deeply([ map { "$names[$_]: $results[$_]" } 0 .. $#names ], [ map { "$names[$_]: $wanted[$_]" } 0 .. $#names ], "$setting: the same");
}

# That the plans were those.
sub plan_of
{
	my ($name, $setting) = @_;
	return $node->safe_psql('postgres', "$settings{$setting}; EXPLAIN (ANALYZE, TIMING off) $queries{$name}");
}
like(plan_of('purchase_history in groups', 'sort grouping'), qr/GroupAggregate/, 'sort grouping sorts');
like(plan_of('purchase_history in groups', 'hash grouping'), qr/HashAggregate/, 'hash grouping hashes');
like(plan_of('purchase_history in groups', 'little memory, hash grouping'), qr/HashAggregate.*Batches: ([2-9]|\d\d).*Disk Usage/s, 'little memory spills hashed histories');
like(plan_of('customer_base', 'eight workers'), qr/Workers Planned: 8/, 'eight workers are planned');
like(plan_of('customer_base', 'forced into a worker'), qr/Gather.*Single Copy: true/s, 'a worker does all of it');
like(plan_of('several levels at once', 'little memory, hash grouping'), qr/(Mixed|Group)Aggregate/, 'levels are made in one pass');
like(plan_of('customer_base', 'JIT'), qr/JIT:.*Inlining true/s, 'JIT compiles') if $jit;

# Prepared statements, custom and generic, beyond the five runs after which the server chooses.
for my $mode (qw(force_custom_plan force_generic_plan auto))
{
	my $runs = join "\n", map { 'EXECUTE forecast(90, 0.1, 5);' } 1 .. 8;
	my @results = split /\n/, $node->safe_psql('postgres', "SET plan_cache_mode = $mode;
		PREPARE forecast(float8, float8, bigint) AS
		SELECT md5(string_agg(bgnbd_predict(bgnbd, frequency, recency, tenure, \$1)::text, ',' ORDER BY customer_id)),
			bgnbd_fit(frequency, recency, tenure), rfm_breaks(last_order, orders, revenue)
		FROM summaries, models WHERE prob_alive(bgnbd, frequency, recency, tenure) > \$2 AND orders < \$3;
		$runs");
	is(scalar @results, 8, "$mode: eight results");
	is_deeply(\@results, [ ($results[0]) x 8 ], "$mode: all the same");
	is( $results[0], $node->safe_psql('postgres', "SELECT md5(string_agg(bgnbd_predict(bgnbd, frequency, recency, tenure, 90)::text, ','
			ORDER BY customer_id)), bgnbd_fit(frequency, recency, tenure), rfm_breaks(last_order, orders, revenue)
		FROM summaries, models WHERE prob_alive(bgnbd, frequency, recency, tenure) > 0.1 AND orders < 5"), "$mode: that of the plain query");
}

# Cursors: forward, back and across a commit.
my $rows = 'SELECT customer_id, bgnbd_predict(bgnbd, frequency, recency, tenure, 90), rfm_score(last_order, orders, revenue) OVER ()
	FROM summaries, models ORDER BY customer_id';
my @plain = split /\n/, $node->safe_psql('postgres', "$rows LIMIT 20");
my @fetched = split /\n/, $node->safe_psql('postgres', "BEGIN; DECLARE c SCROLL CURSOR WITH HOLD FOR $rows; FETCH 10 FROM c; COMMIT;
	FETCH 10 FROM c; MOVE ABSOLUTE 0 IN c; FETCH 20 FROM c; FETCH BACKWARD 1 FROM c; CLOSE c");
is_deeply([ @fetched[ 0 .. 19 ] ], \@plain, 'a cursor gives the rows, before and after a commit');
is_deeply([ @fetched[ 20 .. 39 ] ], \@plain, 'and once more');
is($fetched[40], $plain[18], 'and backwards');
is( $node->safe_psql('postgres', q{
		DO $$
		DECLARE one record; made purchase_history;
		BEGIN
			CREATE TEMPORARY TABLE looped AS SELECT * FROM histories WITH NO DATA;
			FOR one IN SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id LOOP
				made := one.history;
				INSERT INTO looped VALUES (one.customer_id, made);
			END LOOP;
		END $$;
		SELECT count(*) FROM looped JOIN histories USING (customer_id) WHERE looped.history::text = histories.history::text}),
	'2000', 'PL/pgSQL carries histories in its variables');

# A trigger that keeps histories up to date gives those of all orders.
$node->safe_psql(
	'postgres', q{
	CREATE TABLE kept (customer_id int PRIMARY KEY, history purchase_history);
	CREATE TABLE arriving (LIKE orders);
	CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		INSERT INTO kept SELECT customer_id, purchase_history(ordered_at, amount) FROM arrived GROUP BY customer_id
		ON CONFLICT (customer_id) DO UPDATE SET history =
			(SELECT rollup(h) FROM unnest(ARRAY[kept.history, excluded.history]) AS h);
		RETURN NULL;
	END $$;
	CREATE TRIGGER keep AFTER INSERT ON arriving REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION keep();
	INSERT INTO arriving SELECT * FROM orders WHERE customer_id % 7 < 3;
	INSERT INTO arriving SELECT * FROM orders WHERE customer_id % 7 = 3 AND amount < 50;
	INSERT INTO arriving SELECT * FROM orders WHERE customer_id % 7 = 3 AND amount < 50 IS NOT TRUE;
	INSERT INTO arriving SELECT * FROM orders WHERE customer_id % 7 > 3 ORDER BY md5(orders::text)});
is($node->safe_psql('postgres', 'SELECT count(*) FROM kept JOIN histories USING (customer_id) WHERE kept.history::text = histories.history::text'),
	'2000', 'a trigger keeps histories');
$node->safe_psql(
	'postgres', q{
	CREATE TABLE scored (LIKE summaries, expected float8);
	CREATE FUNCTION expect() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		NEW.expected := bgnbd_predict(bgnbd, NEW.frequency, NEW.recency, NEW.tenure, 90) FROM models;
		RETURN NEW;
	END $$;
	CREATE TRIGGER expect BEFORE INSERT ON scored FOR EACH ROW EXECUTE FUNCTION expect();
	INSERT INTO scored SELECT * FROM summaries});
is($node->safe_psql('postgres', 'SELECT count(*) FROM scored, models WHERE expected IS NOT DISTINCT FROM
		bgnbd_predict(bgnbd, frequency, recency, tenure, 90)'),
	'2000', 'a trigger predicts');

# Partitions aggregated one by one: histories are whole in each, bases are rolled up.
$node->safe_psql(
	'postgres', q{
	CREATE TABLE sold (LIKE orders) PARTITION BY HASH (customer_id);
	CREATE TABLE sold_0 PARTITION OF sold FOR VALUES WITH (MODULUS 3, REMAINDER 0);
	CREATE TABLE sold_1 PARTITION OF sold FOR VALUES WITH (MODULUS 3, REMAINDER 1);
	CREATE TABLE sold_2 PARTITION OF sold FOR VALUES WITH (MODULUS 3, REMAINDER 2);
	INSERT INTO sold SELECT * FROM orders; ANALYZE sold
	});
my $partitionwise = 'SET enable_partitionwise_aggregate = on; SET max_parallel_workers_per_gather = 0;';
my $histories = $queries{'purchase_history in groups'} =~ s/FROM orders/FROM sold/r;
like($node->safe_psql('postgres', "$partitionwise EXPLAIN (COSTS off) $histories"), qr/Append.*Aggregate.*sold_0.*Aggregate.*sold_1/s,
	'partitionwise: each partition is aggregated');
is($node->safe_psql('postgres', "$partitionwise $histories"), $expected{'purchase_history in groups'}, 'partitionwise: histories');
my $whole = $queries{'purchase_history of all'} =~ s/FROM orders/FROM sold/r;
like($node->safe_psql('postgres', "$partitionwise EXPLAIN (COSTS off) $whole"), qr/Finalize.*Append.*Partial.*Partial/s,
	'partitionwise: states of partitions are combined');
is($node->safe_psql('postgres', "$partitionwise $whole"), $expected{'purchase_history of all'}, 'partitionwise: one state');

$node->stop;
done_testing();

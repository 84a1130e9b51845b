# Aggregates give identical results, to the last bit, whatever the plan and the order of the rows.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('parallel');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers = 4\nmax_worker_processes = 8\n");
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION cltv;
	CREATE TABLE orders AS
	SELECT i % 1999 AS customer_id,
		date '2023-01-01' + ((i::bigint * i * 7919) % (30 + 7 * (i % 1999) % 700))::int AS ordered_at,
		CASE WHEN i % 31 = 0 THEN -1 ELSE 1 END * ((i * 37) % 1000)::float8 / 7 AS amount
	FROM generate_series(1, 20000) AS i;
	CREATE TABLE histories AS
	SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id;
	CREATE TABLE summaries AS SELECT customer_id, s.* FROM histories, rfm_summary(history, date '2025-01-01') AS s;
	CREATE TABLE bases AS
	SELECT customer_base(frequency, recency, tenure) AS customers, spend_base(frequency, monetary_value) AS spends,
		rfm_base(last_order, orders, revenue) AS scored
	FROM summaries GROUP BY customer_id % 97;
	ANALYZE;
});

# Four workers on tables however small, against none.
my $parallel = q{
	SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SET max_parallel_workers_per_gather = 4; SET parallel_leader_participation = off;
	SET enable_indexscan = off;};
my $serial = 'SET max_parallel_workers_per_gather = 0;';

my %queries = (
	'purchase_history in groups' =>
	  q{SELECT md5(string_agg(h, ',' ORDER BY customer_id)) FROM
		(SELECT customer_id, purchase_history(ordered_at, amount)::text AS h FROM %s AS o GROUP BY customer_id) AS g},
	'purchase_history of all' => q{SELECT purchase_history(ordered_at, amount) FROM %s AS o},
	'rfm_summary in one step' => q{SELECT rfm_summary(ordered_at, amount, date '2024-06-30') FROM %s AS o},
	'rollup(purchase_history)' => q{SELECT rollup(history) FROM %s AS h},
	'customer_base' => q{SELECT customer_base(frequency, recency, tenure) FROM %s AS s},
	'spend_base' => q{SELECT spend_base(frequency, monetary_value) FROM %s AS s},
	'bgnbd_fit' => q{SELECT bgnbd_fit(frequency, recency, tenure) FROM %s AS s},
	'gg_fit' => q{SELECT gg_fit(frequency, monetary_value) FROM %s AS s},
	'validation' => q{SELECT auc(frequency > 2, monetary_value), gini(monetary_value, frequency),
		lift(monetary_value, frequency, 0.07), regression_metrics(monetary_value, frequency),
		classification_metrics(frequency > 2, monetary_value, 50) FROM %s AS s},
	'concentration' => q{SELECT gini(monetary_value), revenue_share(monetary_value), revenue_share(monetary_value, 0.07)
		FROM %s AS s},
	'exact_sum' => q{SELECT exact_sum(amount) FROM %s AS o},
	'customer_metrics' => q{SELECT customer_metrics(history, '2025-12-31', 600) FROM %s AS h},
	'rollup(customer_base)' => q{SELECT rollup(customers) FROM %s AS b},
	'rollup(spend_base)' => q{SELECT rollup(spends) FROM %s AS b},
	'rfm_base' => q{SELECT rfm_base(last_order, orders, revenue) FROM %s AS s},
	'rfm_breaks' => q{SELECT rfm_breaks(last_order, orders, revenue) FROM %s AS s},
	'rfm_breaks with bins' => q{SELECT rfm_breaks(last_order::timestamp, orders, revenue, 9) FROM %s AS s},
	'rollup(rfm_base)' => q{SELECT rollup(scored) FROM %s AS b});
my %table = (
	'purchase_history in groups' => 'orders', 'purchase_history of all' => 'orders', 'rfm_summary in one step' => 'orders',
	'exact_sum' => 'orders', 'customer_metrics' => 'histories', 'rollup(purchase_history)' => 'histories',
	'rollup(customer_base)' => 'bases', 'rollup(spend_base)' => 'bases', 'rollup(rfm_base)' => 'bases');

for my $name (sort keys %queries)
{
	my $table = $table{$name} // 'summaries';
	my $query = sprintf $queries{$name}, $table;
	my $shuffled = sprintf $queries{$name}, "(SELECT * FROM $table ORDER BY md5($table\::text))";
	my $expected = $node->safe_psql('postgres', "$serial $query");

	isnt($expected, '', "$name: there is a result");
	like($node->safe_psql('postgres', "$parallel EXPLAIN $query"), qr/Partial .*Aggregate/, "$name: planned in parallel");
	is($node->safe_psql('postgres', "$parallel $query"), $expected, "$name: the same in parallel");
	is($node->safe_psql('postgres', "$serial $shuffled"), $expected, "$name: the same in another order");
}

# Plain functions in workers.
my $predictions = q{
	SELECT md5(string_agg(x::text, ',' ORDER BY x)) FROM (
		SELECT bgnbd_predict(m, frequency, recency, tenure, 90) AS x
		FROM summaries, (SELECT bgnbd_model(.2426, 30.9, .793, 2.426) AS m) AS models
		WHERE prob_alive(m, frequency, recency, tenure) > 0.1) AS p};
like($node->safe_psql('postgres', "$parallel EXPLAIN $predictions"), qr/Parallel Seq Scan/, 'predictions: planned in parallel');
is( $node->safe_psql('postgres', "$parallel $predictions"),
	$node->safe_psql('postgres', "$serial $predictions"),
	'predictions: the same in parallel');
$node->safe_psql('postgres', 'CREATE TABLE breaks AS SELECT rfm_breaks(last_order, orders, revenue) AS breaks FROM summaries');
my $scores = q{
	SELECT sum((score).r * n), sum((score).f * n), sum((score).m * n), count(*), min((score).segment) FROM (
		SELECT rfm_score(last_order, orders, revenue, (SELECT breaks FROM breaks)) AS score, customer_id AS n FROM summaries) AS s};
like($node->safe_psql('postgres', "$parallel EXPLAIN VERBOSE $scores"),
	qr/Partial Aggregate.*rfm_score.*Parallel Seq Scan on public\.summaries/s, 'scores: made by the workers');
is($node->safe_psql('postgres', "$parallel $scores"), $node->safe_psql('postgres', "$serial $scores"), 'scores: the same in parallel');

$node->stop;
done_testing();

# Calls of every function, with errors among them, leave the session's memory as it was: here of every other one, and of the
# rest in 033_memory_flat.pl, beside it.
#
#   CLTV_MEMORY_CALLS=1000000     so many of a function that costs little; of a fit a hundredth as many
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Catalog qw(types functions);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

our $half;
$half //= 0;
plan skip_all => 'the memory of a process is not to be read from /proc' if !-w '/proc/self/clear_refs';

my $calls = $ENV{CLTV_MEMORY_CALLS} // 100000;
my $slack = 2048;    # kB that come and go by chance; 100000 lost words are more
my $files = $PostgreSQL::Test::Utils::tmp_check . '/memory';
mkdir $files;
srand(1);

my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\nmax_parallel_workers_per_gather = 0\njit = off\nfsync = off\n");
$node->start;
if (slurp_file("/proc/$node->{_pid}/maps") =~ /libasan|vgpreload/)
{
	$node->stop;
	plan skip_all => 'a sanitizer keeps what is freed';
}
$node->safe_psql(
	'postgres', q{
	SET client_min_messages = error;
	CREATE EXTENSION cltv;
	CREATE TABLE orders AS
	SELECT * FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5),
		gg_model(p => 6.25, q => 3.74, v => 15.44), 40, '2023-01-01', '2024-12-31', 7);
	CREATE TABLE summaries AS
	SELECT s.*, s.frequency > 2 AS label FROM
		(SELECT purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS h,
		rfm_summary(history, '2024-12-31') AS s;
	CREATE TABLE referrals AS SELECT 1 AS referrer, 2 AS referred;
	CREATE TABLE segments AS
	SELECT customer_base(frequency, recency, tenure) AS base, spend_base(frequency, monetary_value) AS spends
	FROM (SELECT *, row_number() OVER () % 3 AS segment FROM summaries) AS s GROUP BY segment;
	CALL cltv_materialize('shop', 'orders', incremental => true);
	CALL cltv_audience('winback', 'SELECT DISTINCT customer_id FROM orders');
	CALL cltv_privacy_budget('shop', epsilon => 1000000000, per => 'ever', delta => 0.1);
	CALL cltv_materialize_contracts('club', 'orders', started_on => 'ordered_at', ended_on => 'ordered_at', mrr => 'amount',
		ends => 'inclusive', period => 'week');

	-- The SQLSTATE that each query ends with, nothing where it has a result.
	CREATE FUNCTION tried(queries text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
	DECLARE
		query text;
		result text;
	BEGIN
		FOREACH query IN ARRAY queries LOOP
			BEGIN
				EXECUTE query INTO result;
				RETURN NEXT '';
			EXCEPTION WHEN OTHERS THEN
				RETURN NEXT SQLSTATE;
			END;
		END LOOP;
	END $$;
	CREATE PROCEDURE err(query text, times int) LANGUAGE plpgsql AS $$
	DECLARE
		result text;
	BEGIN
		FOR i IN 1 .. times LOOP
			BEGIN
				EXECUTE query INTO result;
			EXCEPTION WHEN OTHERS THEN
			END;
		END LOOP;
	END $$;
});

# Values of arguments, by their types: some make an error.
my %values = (
	cltv_model => [
		q{'{"kind":"nbd","params":{"r":0.79,"alpha":81.4},"calendar":{"first":"2023-01-01","last":"2026-12-31",'
			|| '"parts":[{"columns":["sale"],"days":[["2023-01-01",0],["2024-06-01",1],["2025-01-01",0]]}]},"season":[-0.19],'
			|| '"log_likelihood":-4415.6,"customers":300,"iterations":5,"status":"converged",'
			|| '"covariance":[[0.008,0.9,0.0002],[0.9,163,0.39],[0.0002,0.39,0.006]]}'},
		# Whose customers leave at other times in a sale, and a model whose attributes a penalty holds.
		q{'{"kind":"pnbd","params":{"r":0.55,"alpha":40,"s":0.6,"beta":90},"calendar":{"first":"2023-01-01","last":"2026-12-31",'
			|| '"parts":[{"columns":["sale"],"days":[["2023-01-01",0],["2024-06-01",1],["2025-01-01",0]]},'
			|| '{"on":"dropout","columns":["price"],"days":[["2023-01-01",0],["2024-03-01",1],["2024-05-01",0]]}]},"season":[-0.19,0.4],'
			|| '"log_likelihood":null,"customers":null,"iterations":null,"status":"given","covariance":null}'},
		q{SELECT mbgnbd_fit(feature_base(frequency, recency, tenure, features(ROW(tenure))), penalty => 0.1) FROM summaries},
		'bgnbd_model(0.55, 40, 0.8, 2.5)', 'bgcnbd_model(0.55, 40, 0.8, 2.5, 3)', 'mbgcnbd_model(1.3, 20, 0.4, 0.8, 2)',
		'mbgnbd_model(0.5, 6, 0.3, 2)', 'pnbd_model(0.55, 10.6, 0.6, 11.7)',
		'bgbb_model(1.2, 0.75, 0.66, 2.8)', 'gg_model(6.25, 3.74, 15.44)',
		'lognormal_model(3.4, 0.5, 0.6)', 'own_model(30, 20, 20)', 'sbg_model(0.67, 3.8)', 'bdw_model(0.5, 3, 1.3)', 'geometric_model(0.2)', 'nbd_model(0.55, 40)',
		'SELECT bgnbd_fit(frequency, recency, tenure) FROM summaries',
		q{SELECT bgnbd_fit(frequency, recency, tenure, features(ROW(tenure)), features(ROW(tenure))) FROM summaries},
		'SELECT gg_fit(frequency, monetary_value, features(ROW(tenure))) FROM summaries',
		'SELECT sbg_fit(1 + frequency, label, features(ROW(tenure))) FROM summaries',
		'SELECT geometric_fit(1 + frequency, label, features(ROW(tenure))) FROM summaries',
		'SELECT bdw_fit(1 + frequency, label, features(ROW(tenure))) FROM summaries',
		'SELECT cox_fit(1 + tenure, label, features(ROW(tenure))) FROM summaries',
		q{SELECT cox_fit(1 + tenure, label, features(ROW(tenure)), 'month') FROM summaries},
		'SELECT aft_fit(1 + tenure, label, features(ROW(tenure))) FROM summaries',
		'SELECT linear_fit(frequency, features(ROW(tenure))) FROM summaries',
		'SELECT ziln_fit(frequency, features(ROW(tenure))) FROM summaries',
		'SELECT tree_fit(frequency, features(ROW(tenure))) FROM summaries',
		q{SELECT boost_fit(response_feature_base(label, features(ROW(tenure))), 'logistic', 3) FROM summaries},
		'SELECT svm_fit(label, features(ROW(tenure))) FROM summaries',
		q{SELECT mlp_fit(response_feature_base(label, features(ROW(tenure))), 'logistic', '{2}', 0.1, 3) FROM summaries},
		'SELECT gg_fit(frequency, monetary_value) FROM summaries' ],
	features => [ q{'{"f1":200}'}, q{'{"f1":300}'}, 'NULL' ],
	feature_base => [    # in months, too
		q{SELECT uplift_base(frequency, label, floor(tenure / 100)) FROM summaries},
		'SELECT feature_base(least(frequency, ceil(recency / 30)), ceil(recency / 30), ceil(tenure / 30), '
			. 'features(ROW(floor(tenure / 100))), features(ROW(floor(tenure / 100)))) FROM summaries',
		'SELECT feature_base(least(frequency, ceil(recency / 30)), ceil(recency / 30), ceil(tenure / 30), '
			. 'features(ROW(floor(tenure / 100)))) FROM summaries',
		'SELECT feature_base(frequency, monetary_value, features(ROW(floor(tenure / 100)))) FROM summaries',
		'SELECT feature_base(1 + frequency, label, features(ROW(floor(tenure / 100)))) FROM summaries',
		'SELECT survival_feature_base(1 + tenure, label, features(ROW(floor(tenure / 100)))) FROM summaries',
		'SELECT response_feature_base(label, features(ROW(floor(tenure / 100)))) FROM summaries',
		'SELECT response_feature_base(1 + frequency, features(ROW(floor(tenure / 100)))) FROM summaries',
		q{SELECT treatment_base(i % 7, i % 2 = 0, features(ROW(i % 5))) FROM generate_series(1, 300) AS i},
		q{SELECT linear_bandit_base('arm ' || i % 3, i % 7, features(ROW(i % 5))) FROM generate_series(1, 300) AS i},
		q{SELECT fairness_base(label, floor(tenure / 100) / 10, 's' || frequency::int % 2) FROM summaries},
		q{SELECT anonymity_base(features(ROW(floor(tenure / 100))), 's' || frequency::int % 2) FROM summaries},
		'SELECT dp_base(frequency::bigint) FROM summaries', 'SELECT dp_base(frequency::bigint, tenure) FROM summaries',
		q{SELECT dp_base(frequency::bigint, 's' || frequency::int % 2) FROM summaries},
		q{SELECT treatment_base(i * i % 7, i % 3 = 0, features(ROW(i % 5))) FROM generate_series(0, 59) AS i},
		q{SELECT did_base(i * i % 7, 'u' || i % 6, i / 6, CASE WHEN i % 2 = 0 THEN 2 END) FROM generate_series(0, 23) AS i} ],
	calendar => [    # of few days, for a plan may keep the rows of a table of them
		q{calendar_months(date '2024-01-01', date '2024-01-05')},
		q{(calendar_season(date '2024-01-01', date '2024-01-05', 'week', 2) || calendar_season(date '2024-01-01', date '2024-01-04'))},
		q{(calendar_months(date '2024-01-01', date '2024-01-05') || dropout_calendar(calendar_season(date '2024-01-01', date '2024-01-05', 'week', 1)))},
		q{'{"first":"2024-01-01","last":"2024-01-05","parts":[{"columns":["a"],"days":[["2024-01-01",1],["2024-01-03",0]]}]}'} ],
	calendar_base => [    # few customers and a few changes: fits of a hundredth of a second
		q{'{"as_of":"2024-12-31",'
			|| '"calendar":{"first":"2022-01-01","last":"2024-12-31",'
			|| '"parts":[{"columns":["sale"],"days":[["2022-01-01",0],["2022-06-01",1],["2023-01-01",0],["2023-06-01",1],["2024-01-01",0],["2024-06-01",1]]}]},'
			|| '"customers":11,"purchases":[["2024-12-24",1],["2024-12-01",1],["2024-06-30",1],["2023-11-25",2],["2023-10-10",1],["2023-06-07",1]],'
			|| '"rows":[[0,"2024-12-19","2024-12-19",1],[0,"2024-04-30","2024-04-30",1],[0,"2023-11-05","2023-11-05",1],'
			|| '[0,"2023-02-23","2023-02-23",1],[0,"2023-01-28","2023-01-28",1],[0,"2022-10-16","2022-10-16",1],[0,"2022-04-22","2022-04-22",1],'
			|| '[1,"2023-01-17","2023-06-07",1],[1,"2022-03-31","2023-11-25",1],[2,"2023-07-21","2024-12-24",1],[3,"2023-05-03","2024-12-01",1]]}'} ],
	record => [ 'SELECT ROW(1, 2.5, true)', q{SELECT ROW('a'::text, date '2024-01-01')} ],
	purchase_history => [ 'SELECT purchase_history(ordered_at, amount) FROM orders WHERE customer_id = 1',
		q{(SELECT '{"as_of":"2024-12-31","orders":1,"first_spend":[1,0],"repeat_spend":[0,0],"refunds":[0,0],'
			|| '"last_row":"2024-01-01","days":["2024-01-01"]}')} ],
	customer_base => [    # months: BG/BB takes each for an opportunity
		'SELECT customer_base(least(frequency, ceil(recency / 30)), ceil(recency / 30), ceil(tenure / 30)) FROM summaries' ],
	regular_base => [q{'{"customers":3,"k":4,"rows":[[0,0,9,0,1],[2,7,9,2.3,1],[3,30,31,6.5,1]]}'}],
	spend_base => ['SELECT spend_base(frequency, monetary_value) FROM summaries'],
	contract_base => ['SELECT contract_base(1 + frequency, label) FROM summaries'],
	survival_base => [q{'{"customers":5,"rows":[[0,2,0,0.5,2],[0,3,1,7,3]]}'}],
	survival_curve => ['SELECT survival_curve(tenure, label) FROM summaries'],
	rfm_base => ['SELECT rfm_base(last_order, orders, revenue) FROM summaries'],
	rfm_breaks => [
		map { "SELECT rfm_breaks(last_order::$_, orders, revenue) FROM summaries" } qw(date timestamp timestamptz) ],
	score_base => [ q{'{"top":null,"rows":[[10,12.5],[10,0],[3,4],[2,2],[1,7]]}'}, q{SELECT rdd_base(frequency, tenure - 300) FROM summaries} ],
	linear_bandit => [ q{SELECT linear_bandit(CASE WHEN label THEN 'A' ELSE 'B' END, frequency, features(ROW(1))) FROM summaries},
		q{SELECT linear_bandit(CASE WHEN label THEN 'A' ELSE 'B' END, frequency, features(ROW(tenure))) FROM summaries} ],
	'cltv_model[]' => [ q{SELECT ARRAY[linear_fit(frequency, features(ROW(tenure)))] FROM summaries} ],
	experiment_base => [
		q{SELECT bandit(CASE WHEN label THEN 'A' ELSE 'B' END, frequency) FROM summaries},
		q{SELECT experiment_base(CASE WHEN label THEN 'A' ELSE 'B' END, frequency, tenure) FROM summaries},
		q{SELECT experiment_base(CASE WHEN label THEN 'A' ELSE 'revenue' END, frequency, tenure) FROM summaries},
		q{SELECT policy_base(frequency, 0.5, 0.5) FROM summaries}, 'SELECT nps_base(1 + frequency::int % 10) FROM summaries' ],
	series_base => [ q{SELECT series_base(date '2024-01-01' + i, i % 4 + 0.1) FROM generate_series(0, 11) AS i} ],
	forecast_model => [ q{SELECT forecast_fit(date '2024-01-01' + i, i % 4 + 0.1, 'ets') FROM generate_series(0, 29) AS i} ],
	clusters => [
		'SELECT kmeans_fit(feature_base(features(ROW(frequency))), 3) FROM summaries',
		'SELECT hclust_fit(feature_base(features(ROW(frequency)))) FROM summaries' ],
	confusion_matrix => [q{'{"true_positives":3,"false_positives":1,"true_negatives":5,"false_negatives":2}'}],
	exact_sum => [q{'[0.30000000000000004,-2.7755575615628914e-17]'}],
	metrics_base => [q{'{"customers":2,"as_of":2460677,"rows":[[8.54,1,1,0,1,1],[83.22,1,2,31,1,1]]}'}],
	'double precision' => [qw(0 1 2 3 10 30 60 90 365 -1 0.1 0.5 0.9)],
	bigint => [qw(0 1 2 5 100 -1)],
	numeric => [qw(120 29.99 0 -1)],
	integer => [qw(1 2 3 4 5 0 11)],
	boolean => [qw(true false)],
	date => [qw('2023-01-01' '2024-06-30' '2024-12-31' 'infinity')],
	'timestamp without time zone' => [ "'2023-02-01 10:00'", "'2024-06-30'", "'infinity'" ],
	'timestamp with time zone' => [ "'2023-02-01 10:00+01'", "'2024-06-30'", "'infinity'" ],
	text => [qw('month' 'week' 'revenue' 'converged' '')],
	name => [qw('public' 'orders' 'amount' 'nothing')],
	regclass => [qw('orders' 'shop')],
	interval => [q('100 years')],
	uuid => [q('8f14e45f-ceea-167a-5a36-dedd4bea2543')],
	'text[]' => [ q('{bgnbd,pnbd}'), q('{}') ],
	'integer[]' => [ q('{30,60}'), q('{7}'), q('{}') ],
	'double precision[]' => [ q('{0.2,0.5}'), q('{0.8,0.95}'), q('{}') ],
	'date[]' => [q('{2024-01-01,2024-01-02,2024-01-05}')],
	'regclass[]' => [q('{orders}')],
	cltv_setting => [ q('0.3'), q('margin') ],
	'customer_base[]' => [ 'SELECT array_agg(base) FROM segments' ],
	'spend_base[]' => [ 'SELECT array_agg(spends) FROM segments' ],
	'features[]' => [ 'NULL', q{ARRAY['{"f1":200}', '{"f1":300}']::features[]} ],
	'integer[]' => [ q('{2}'), q('{2,1}'), q('{}') ],
	'bigint[]' => [ q('{1,2,3}'), q('{3,2,1}'), q('{}') ],
	jsonb => [ 'rfm_rules()', q{'{"bins": [1, 2, 3]}'}, q{'{}'} ]);
# By their names, where hardly any other would do.
my %named = (
	weights => { 'double precision[]' => [ q('{1,0.5}'), 'NULL' ] },
	(map { $_ => { 'double precision[]' => [q('{40,12}')] } } qw(monetary_value first_value counts)),
	horizon => { integer => [qw(30 365)] },
	level => { 'double precision' => [qw(0.5 0.8 2)] },
	calendar => { text => [ 'NULL', q('season') ] },
	acts_on => { text => [ q('purchases'), q('dropout') ] },
	windows => { integer => [qw(1 2)] },
	weeks => { integer => [qw(5 52)] },
	contracts_model => { cltv_model => [ 'NULL', 'SELECT sbg_model(0.7, 3.8)', 'SELECT geometric_model(0.1)' ] },
	orders_model => { cltv_model => [ 'NULL', 'SELECT bgnbd_model(0.6, 40, 0.7, 2.5)' ] },
	spend_model => { cltv_model => [ 'NULL', 'SELECT gg_model(6.25, 3.74, 15.44)' ] },
	orders => { regclass => [q('orders')] },
	items => { regclass => [q('orders')] },
	item => { name => [q('amount')] },
	# Of few, for the orders of a simulation are kept until they are read: those of a hundred alone may need more than the slack.
	customers => { regclass => [ q('shop'), q('club'), 'NULL' ], bigint => [qw(0 1 2 5)] },
	audience => { regclass => [q('winback')] },
	folds => { integer => [qw(2 3 5)] },
	bandit => { linear_bandit => [ q{SELECT linear_bandit(CASE WHEN label THEN 'A' ELSE 'B' END, frequency, features(ROW(tenure))) FROM summaries} ],
		experiment_base => [ q{SELECT bandit(CASE WHEN label THEN 'A' ELSE 'B' END, frequency) FROM summaries} ] },
	logged_prob => { 'double precision' => [qw(0.5 1)] },
	target_prob => { 'double precision' => [qw(0.5 1 0)] },
	value => { name => [q('amount')] },
	referrals => { regclass => [q('referrals')] },
	referrer => { name => [q('referrer')] },
	referred => { name => [q('referred')] },
	history => { text => [q('public.club_history')] },
	histories => { text => [q('SELECT public.purchase_history(ordered_at, amount) AS history FROM public.orders WHERE ordered_at::date <= $1 GROUP BY customer_id')] },
	first_day => { date => [q('2023-01-01')] },
	model => { text => [ q('public.club_model'), q('bgnbd'), q('auto') ] },
	key => { text => [ q('customer_id'), q('1') ] },    # a column's name, or a customer
	source => { text => [q('SELECT customer_id AS customer, ordered_at::date AS started, ordered_at::date + 30 AS ended, amount AS mrr FROM public.orders')] },
	default_schema => { text => [q('public')] },
	models => { 'text[]' => [ q('{bgnbd,pnbd}'), q('{sbg,kaplan-meier}'), q('{}') ] },
	customer => { name => [q('customer_id')] },
	ordered_at => { name => [q('ordered_at')] },
	amount => { name => [qw('amount' 'nothing')] },
	order_id => { name => [q('customer_id')] },
	refund_of => { name => [q('customer_id')] },
	currency => { name => [q('customer_id')] },
	prior => { cltv_model => [ (map { "SELECT ${_}_pool(base) FROM segments" } qw(nbd bgnbd mbgnbd pnbd)), 'SELECT gg_pool(spends) FROM segments' ] },
	refunds => { text => [ q('match'), q('subtract') ] },
	subscriptions => { regclass => [q('orders')] },
	started_on => { name => [q('ordered_at')] },
	ended_on => { name => [q('ordered_at')] },
	mrr => { name => [q('customer_id')] },
	control => { text => [ q('A'), q('B') ] },
	method => { text => [ q('welch'), q('cuped'), q('ward'), q('doubly_robust'), q('two_models') ] },
	controls => { text => [ q('never'), q('not yet') ] },
	kernel => { text => [ q('triangular'), q('uniform') ] },
	by => { text => [ q('customers'), q('revenue'), q('cohort'), q('relative') ], name => ['NULL'] },    # a row for each value: a call alone would need more than the slack
	interval_unit => { text => [qw('month' 'year' 'week')] },
	ends => { text => [ q('exclusive'), q('inclusive') ] },
	season => { text => [ q('season'), q('months') ] },
	ties => { text => [ q('efron'), q('breslow') ] },
	transform => { text => [ q('km'), q('rank'), q('log') ] },
	family => { text => [ q('bgnbd'), q('weibull'), q('lognormal'), q('loglogistic'), q('linear'), q('logistic'), q('ets'), q('seasonal'), q('auto') ] },
	means => { features => [ q{'{"f1":250}'}, 'NULL' ] },
	learner => { text => [ q('ziln'), q('poisson'), q('linear') ] },
	objective => { text => [ q('squared'), q('logistic') ] },
	monotone => { jsonb => [q('{}')] },
	conf => { text => [ q('log-log'), q('log'), q('plain') ] },
	counted => { text => [ q('started'), q('completed') ] },
	choose => { text => [ q('bic'), q('holdout') ] },
	attributes => { 'text[]' => [ q('{segment}'), q('{}'), 'NULL' ], jsonb => [ q{'{"age": 30, "country": "AT", "newsletter": true}'}, q{'{"age": null}'} ] },
	amounts => { text => [ q('revenue'), q('signed') ] },
	days => { text => [q('SELECT ordered_at::timestamp AS ordered_at FROM public.orders')] },
	state => { feature_base => [ 'SELECT feature_base(2460311 + i, 1, 1, features(ROW(i))) FROM generate_series(0, 3) AS i',
			q{SELECT linear_bandit_base('arm ' || i % 3, i % 7, features(ROW(i % 5))) FROM generate_series(1, 300) AS i},
			'SELECT survival_feature_base(1 + tenure, label, features(ROW(floor(tenure / 100)))) FROM summaries',
			'SELECT response_feature_base(1 + frequency, features(ROW(floor(tenure / 100)))) FROM summaries',
			'SELECT response_feature_base(label, features(ROW(floor(tenure / 100)))) FROM summaries',
			'SELECT feature_base(least(frequency, ceil(recency / 30)), ceil(recency / 30), ceil(tenure / 30), features(ROW(floor(tenure / 100)))) FROM summaries',
			'SELECT feature_base(frequency, monetary_value, features(ROW(floor(tenure / 100)))) FROM summaries',
			'SELECT feature_base(1 + frequency, label, features(ROW(floor(tenure / 100)))) FROM summaries' ] },
	lines => { text => [q('SELECT customer_id AS customer, ordered_at, amount::float8 AS amount FROM public.orders')] },
	query => { text => [q('SELECT customer_id AS customer, ordered_at, amount::float8 AS amount FROM public.orders')] },
	given => { jsonb => [
			q{'{"kind":"orders","orders":"orders","customer":"customer_id","ordered_at":"ordered_at","amount":"amount","horizon":365,'
				|| '"discount_rate":0.1,"margin":"0.3","model":"auto","bins":5,"replace":false,"incremental":false,"late_days":3,'
				|| '"refunds":"subtract","amounts":"revenue","all_customers":false,"choose":"bic","min_group":1}'}] },
	budget => { regclass => [q('shop_privacy_budget')] },
	epsilon => { 'double precision' => [qw(1 0.5 0)] },
	delta => { 'double precision' => [qw(0 1e-5)] },
	sensitivity => { bigint => [qw(1 100 0)] },
	lower => { 'double precision' => [qw(0 -10)] },
	upper => { 'double precision' => [qw(50 100)] },
	centre => { 'double precision' => [qw(0 20)] },
	step => { 'double precision' => [qw(0.001 1)] },
	per => { text => [ q('month'), q('ever') ] },
	column_name => { name => [q('amount')] },
	allowed => { 'text[]' => [ q('{double precision}'), q('{date}') ] },
	home => { name => [q('public')], text => [q('public')] },
	base => { name => [ q('shop'), q('nothing') ] },
	cut => { date => [q('2024-06-30')] },
	power => { 'double precision' => [qw(1.5 1.2 2 0.8)] },
	discount_rate => { 'double precision' => [qw(0 0.1 -1)] },
	opportunities => { 'double precision' => [qw(60 90)] },
	frequency => { 'double precision[]' => [q('{1,0}')] },
	tenure => { 'double precision' => [qw(60 90)], 'double precision[]' => [q('{60,90}')] },
	recency => { 'double precision' => [qw(0 10 30)], 'double precision[]' => [q('{10,0}')] });

sub pick { return $_[ int rand @_ ] }

sub argument
{
	my ($name, $type) = @_;
	my $from = ($named{$name} // {})->{$type} // $values{$type} // die "no value of $type for a call\n";
	return '(' . pick(@$from) . ")::$type";
}

sub one_call
{
	my ($function, $arguments) = @_;
	my $call = "$function->{name}(" . join(', ', @$arguments) . ')';
	return "SELECT count(*) FROM $call" if $function->{is_set};
	return "SELECT $call OVER () FROM summaries" if $function->{kind} eq 'w';
	return "SELECT $call FROM summaries" if $function->{kind} eq 'a';
	return "SELECT $call";
}

# Arguments that give results, and some that give an error.
sub arguments_of
{
	my ($function) = @_;
	my ($types, $names) = @$function{ 'types', 'names' };
	my (%seen, @good, @bad);
	# Most functions have them among the first; some want many.
	for my $tries (60, 600, @$types > 8 ? 12000 : 1500)
	{
		my @tried = grep { !$seen{"@$_"}++ }
		  map { [ map { argument($names->[$_] // '', $types->[$_]) } 0 .. $#$types ] } 1 .. (@$types ? $tries : 1);
		last if !@tried;
		my @states = split /\n/, $node->safe_psql('postgres', 'SET client_min_messages = error; SELECT tried(ARRAY['
			  . join(', ', map { '$call$' . one_call($function, $_) . '$call$' } @tried) . q{]) || '.'});
		push @good, map { $states[$_] eq '.' ? $tried[$_] : () } 0 .. $#tried;
		push @bad, map { $states[$_] ne '.' ? $tried[$_] : () } 0 .. $#tried;
		last if @good >= 3 && (@bad || $tries >= 600);
	}
	return ([ splice @good, 0, 3 ], $bad[0]);
}

# Many calls with each row of arguments in one statement that needs no memory of its own but for groups and partitions.
sub many_calls
{
	my ($function, $share, $times, $rows) = @_;
	my $n = 0;
	my $columns = join ', ', map { "a$_" } 1 .. @{ $function->{types} };
	my $names = join ', ', 'n', $columns || ();
	my $from = sprintf 'generate_series(1, %d) AS i, generate_series(1, %d) AS j, (VALUES %s OFFSET 0) AS a (%s)',
	  100 * $share, 1 + $times / 100, join(', ', map { '(' . join(', ', $n++, @$_) . ')' } @$rows), $names;
	my $call = "$function->{name}($columns)";
	return "SELECT count(*) FROM $from, LATERAL $call AS x" if $function->{is_set};
	return "SELECT count($call) FROM $from" if $function->{kind} eq 'f';
	my $over = $function->{kind} eq 'w' ? ' OVER (PARTITION BY n, i, j)' : '';
	my $grouped = $function->{kind} eq 'a' ? ' GROUP BY n, i, j' : '';
	return "SELECT count(x) FROM (SELECT $call$over AS x FROM $from$grouped) AS s";
}

my $session;
my $sees_contexts =
  $node->safe_psql('postgres', q{SELECT to_regclass('pg_catalog.pg_backend_memory_contexts') IS NOT NULL}) eq 't';

# In kB: the process's own memory, all its memory at the most since the last look, the server's contexts.
sub memory
{
	my $process = '/proc/' . $session->pid;
	my $query = 'SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts';
	my ($contexts) = $sees_contexts ? $session->query($query) =~ /(\d+)/ : 0;
	my %kb = slurp_file("$process/status") =~ /^(\w+):\s+(\d+) kB/mg;
	append_to_file("$process/clear_refs", "5\n");
	return { own => $kb{RssAnon}, peak => $kb{VmHWM}, contexts => $contexts };
}

# What a round of work leaves behind, after one to warm up; tried again where it is too much, since what is lost is lost
# each time. While a statement makes no groups, its calls may not need more than a twentieth of them does either: a call alone
# may need megabytes. The session is new: what earlier work had freed would hide what is lost.
sub stays_flat
{
	my ($what, $in_statement, $round) = @_;
	my ($before, $after, $few, $grown, $error);
	$session = Session->new($node, 'postgres');
	$session->query(q{SET client_min_messages = error; SET work_mem = '64MB'});
	$round->(1 / 20);
	$round->(1) if !$in_statement;
	for (1 .. 3)
	{
		$before = memory();
		if ($in_statement)
		{
			$round->(1 / 20);
			$few = memory()->{peak};
		}
		$error = $round->(1);
		$after = memory();
		$grown = $in_statement ? $after->{peak} - $few : $after->{own} - $before->{own};
		last if $grown < $slack && $after->{contexts} - $before->{contexts} < $slack / 16;
	}
	ok(!$error && $grown < $slack && $after->{contexts} - $before->{contexts} < $slack / 16, $what)
	  or diag sprintf '%s grown by %d kB, memory contexts by %d kB', $error, $grown, $after->{contexts} - $before->{contexts};
	$session->finish;
	return;
}

# The errors of the session itself.
sub run
{
	$session->send($_[0]);
	return ($session->answer)[1];
}

# The steps of a refresh are below, with what the server itself keeps of each; cltv_forget goes some of them. cltv_refuse
# gives errors alone, which the bad arguments of all others call for.
my $number = 0;
for my $function (grep { $_->{kind} ne 't' && $_->{name} !~ /^cltv_(refresh_(model|step|view)|hold|swap|refuse|forget\w*)$/ } functions($node, 'postgres'))
{
	next if $number++ % 2 != $half;
	my ($good, $bad) = arguments_of($function);
	if (!@$good)
	{
		fail("$function->{signature}: no arguments that give a result");
		next;
	}
	my $cost = (grep { /^(regclass|name)$/ } @{ $function->{types} }) ? 100000 : $function->{cost};    # reads tables
	my $times = $calls / ($cost >= 100000 ? 10000 : $cost >= 1000 ? 100 : $cost >= 10 || $function->{kind} ne 'f' ? 10 : 1);
	stays_flat($function->{signature}, $function->{kind} eq 'f', sub {
			my ($share) = @_;
			my $error = run(many_calls($function, $share, $times, $good));
			$error .= run(sprintf 'CALL err($call$%s$call$, %d)', one_call($function, $bad), $share * $times / 50) if $bad;
			return $error;
		});
}

if ($half)
{
	$node->stop;
	done_testing();
	exit;
}

# Text and binary forms.
for my $type (types($node, 'postgres'))
{
	my $value = argument('', $type);
	my $cast = sub {
		return "SELECT count(x::text::$type)
			FROM generate_series(1, 100) AS i, generate_series(1, $_[0] / 1000) AS j, (SELECT $value AS x OFFSET 0) AS s";
	};
	stays_flat("$type as text", 1, sub {
			my ($share) = @_;
			my $error = run($cast->($share * $calls));
			return $error . run(sprintf q{CALL err($call$SELECT 'no value'::%s$call$, %d)}, $type, $share * $calls / 100);
		});
	$node->safe_psql('postgres', "CREATE TABLE forms_of_$type AS SELECT $value AS x FROM generate_series(1, 500)");
	stays_flat("$type by COPY BINARY", 0, sub {
			my $copied = "forms_of_$type FROM '$files/$type' (FORMAT binary)";
			return run("COPY forms_of_$type TO '$files/$type' (FORMAT binary)")
			  . join '', map { run("TRUNCATE forms_of_$type; COPY $copied") } 1 .. 20;
		});
}

# The server's caches keep what they learned of relations that are gone: REFRESH CONCURRENTLY alone, which makes some,
# costs 7 kB each time. What is ours may not come to more in six rounds than calls do by chance.
$sees_contexts = 0;
stays_flat('cltv_materialize, cltv_refresh and cltv_drop', 0, sub {
		my @steps = map { "CALL $_" } q{cltv_materialize('other', 'orders', incremental => true)}, q{cltv_refresh('other')},
		  q{cltv_drop('other')};
		return join '', map { run($_) } (@steps) x 6;
	});

$node->stop;
done_testing();

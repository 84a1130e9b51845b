# Orders on three data nodes behind one coordinator, core PostgreSQL alone: histories are made where the orders are, the
# rest on the coordinator, and everything equals, to the last bit, what one server makes of the same rows.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Foreign;
use Near;
use Session;
use Test::More;

my $coordinator = PostgreSQL::Test::Cluster->new('coordinator');
$coordinator->init;
$coordinator->append_conf('postgresql.conf', "enable_partitionwise_aggregate = on\nTimeZone = 'Europe/Vienna'\n");
$coordinator->start;
plan skip_all => 'postgres_fdw is not installed' if !Foreign::available($coordinator, 'postgres');
my $version = $coordinator->safe_psql('postgres', 'SHOW server_version_num');

# The shop of one server, and the same rows by hash of the customer on three. Foreign tables answer side by side, and
# take rows by the thousand, from PostgreSQL 14 on.
$coordinator->safe_psql('postgres', 'CREATE DATABASE single');
$coordinator->safe_psql($_, 'CREATE EXTENSION cltv') for qw(postgres single);
my %server_options = (extensions => 'cltv', $version < 140000 ? () : (async_capable => 'true', batch_size => '1000'));
my $columns = 'customer_id bigint, ordered_at timestamp, amount numeric, placed_at timestamptz';
$coordinator->safe_psql('postgres', "CREATE TABLE orders ($columns) PARTITION BY HASH (customer_id)");
my @nodes;
for my $i (0 .. 2)
{
	my $node = PostgreSQL::Test::Cluster->new("data$i");
	$node->init;
	$node->append_conf('postgresql.conf', "TimeZone = 'Asia/Tokyo'\n");    # postgres_fdw has its own idea of the time
	$node->start;
	$node->safe_psql('postgres', "CREATE EXTENSION cltv; CREATE TABLE orders ($columns)");
	Foreign::server($coordinator, 'postgres', "data$i", $node, 'postgres', %server_options);
	$coordinator->safe_psql('postgres', qq{
		CREATE FOREIGN TABLE orders_$i PARTITION OF orders FOR VALUES WITH (MODULUS 3, REMAINDER $i)
			SERVER data$i OPTIONS (table_name 'orders')});
	push @nodes, $node;
}

# What all but the newest orders are; refunds, orders of unknown value, moments of two days in another time zone.
my $all_orders = q{
	SELECT customer_id, ordered_at, CASE WHEN n % 41 = 0 THEN -amount WHEN n % 43 <> 0 THEN amount END AS amount,
		ordered_at AT TIME ZONE 'UTC' AS placed_at
	FROM (SELECT customer_id, ordered_at, amount::numeric, row_number() OVER () AS n
		FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5),
			gg_model(p => 6.25, q => 3.74, v => 15.44), 1500, date '2023-01-01', date '2024-12-31', 7)) AS o};

sub both
{
	my ($sql) = @_;
	return map { $coordinator->safe_psql($_, $sql) } qw(postgres single);
}

sub same
{
	my ($sql, $name) = @_;
	my ($distributed, $single) = both($sql);
	isnt($single, '', "$name: there is a result");
	return is($distributed, $single, "$name: the same");
}

sub plan_of { return $coordinator->safe_psql('postgres', "EXPLAIN (VERBOSE, COSTS OFF) $_[0]") }

$coordinator->safe_psql('single', "CREATE TABLE orders ($columns)");
both("INSERT INTO orders $all_orders WHERE ordered_at < '2024-12-01'");
$coordinator->safe_psql('postgres', 'ANALYZE orders_0; ANALYZE orders_1; ANALYZE orders_2');
$coordinator->safe_psql('single', 'ANALYZE');
cmp_ok($_->safe_psql('postgres', 'SELECT count(*) FROM orders'), '>', 1000, $_->name . ' has a part of the orders') for @nodes;

# ---- the plans ----

my $histories = 'SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id';
my $summaries = "SELECT customer_id, s.* FROM ($histories) AS h, rfm_summary(history, date '2024-12-31') AS s";
my $remote_history = qr/Remote SQL: SELECT customer_id, public\.purchase_history\(ordered_at, amount\) FROM public\.orders GROUP BY/;

for ([ 'histories', $histories ],
	[ 'summaries', $summaries ],
	[ 'fits', "SELECT bgnbd_fit(frequency, recency, tenure), gg_fit(frequency, monetary_value) FROM ($summaries) AS s" ])
{
	my ($name, $query) = @$_;
	my $plan = plan_of($query);
	is(scalar(() = $plan =~ /$remote_history/g), 3, "$name: histories are made on the nodes") or diag($plan);
	unlike($plan, qr/Aggregate.*\n.*Group Key/, "$name: and none on the coordinator");
	like($plan, qr/Async Foreign Scan/, "$name: by all nodes at once") if $version >= 140000;
}
like(plan_of('SELECT customer_id FROM orders WHERE cltv_simple(amount::float8, 1, 2) > 50'),
	qr/Remote SQL: [^\n]*WHERE \(\(public\.cltv_simple/, 'an immutable function is evaluated on the nodes');

# postgres_fdw's sessions have a TimeZone of their own: what depends on it stays here.
my $placed = 'SELECT customer_id, purchase_history(placed_at, amount) AS history FROM orders GROUP BY customer_id';
unlike(plan_of($placed), qr/Remote SQL: [^\n]*purchase_history/, 'days of the session are counted on the coordinator');
is($coordinator->safe_psql('postgres', q{
	SELECT string_agg(a.aggfnoid::text, ', ') FROM pg_aggregate AS a
	JOIN pg_depend AS d ON d.objid = a.aggfnoid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	JOIN pg_proc AS p ON p.oid = a.aggfnoid
	JOIN pg_proc AS f ON f.oid IN (a.aggtransfn, a.aggcombinefn, a.aggfinalfn)
	WHERE p.provolatile = 'i' AND f.provolatile <> 'i'}), '', 'an aggregate is as stable as its functions');

# ---- values ----

# One value of every type, there and back, and made there.
my %specimens = (
	purchase_history => q{(SELECT purchase_history(ordered_at, amount) FROM orders WHERE customer_id = 58)},
	customer_base => q{'{"customers":2.1,"rows":[[2,30.43,38.86,2.1]]}'},
	spend_base => q{'{"customers":1,"without_spend":3,"rows":[[2,0.1,0,1]]}'},
	regular_base => q{'{"customers":3,"k":4,"rows":[[0,0,9,0,1],[2,7,9,2.3,1],[3,30,31,6.5,1]]}'},
	contract_base => q{'{"customers":5,"rows":[[2,0,2],[3,1,3]]}'},
	logrank_test => q{(10.1, 1, 0.1)},
	survival_curve => q{'{"customers":5,"rows":[[0.1,0,2],[2,1,2],[3,2,3]]}'},
	survival_base => q{'{"customers":5,"rows":[[0,2,0,0.1,2],[-7,3,1,1e300,3]]}'},
	features => q{'{"age":0.1,"country":"\u00c4 \"1\"","newsletter":null}'},
	feature_base => q{('{"customers":3,"targets":"orders","columns":[{"role":"purchases","name":"a","kind":"number"},'
		|| '{"role":"dropout","name":"b","kind":"category","levels":["x","y"]}],'
		|| '"attributes":[[0.1,1],[null,0]],"rows":[[0,0,0,5,2],[1,1,2,5,1]]}')},
	calendar => q{(calendar_months('2024-01-01', '2024-12-31')
		|| '{"first":"2024-01-01","last":"2024-12-31","parts":[{"columns":["a","closed"],"days":[["2024-01-01",0.1,1],["2024-02-29",-1e300,0]]}]}')},
	calendar_base => q{(SELECT calendar_base(history, '2024-12-31', calendar_season('2024-01-01', '2024-12-31')) FROM (} . $histories . q{) AS h
		WHERE customer_id < 60)},
	score_base => q{'{"top":0.07,"rows":[[0.30000000000000004,-1],[2,1e-300]]}'},
	metrics_base => q{'{"customers":2,"as_of":2460676,"rows":[[10.1,1,3,40,1,2]]}'},
	rfm_base => q{(SELECT rfm_base(ordered_at, 3::bigint, amount::float8) FROM orders WHERE customer_id = 58)},
	rfm_breaks => q{(SELECT rfm_breaks(ordered_at, 3::bigint, amount::float8) FROM orders)},
	experiment_base => q{'{"companion":"none","zero_one":false,"variants":[{"variant":"A","customers":1,"skipped":2,"y":[46,3,0,0,0,0],"yy":[46,9,0,0,0,0]}]}'},
	series_base => q{(SELECT series_base(date '2024-01-01' + i, 0.1 * i, 'ets', '2024-02-01', 'week') FROM generate_series(0, 9) AS i)},
	forecast_model => q{(SELECT forecast_fit(date '2024-01-01' + i, i % 4 + 0.1, 'ets') FROM generate_series(0, 29) AS i)},
	linear_bandit => q{(SELECT linear_bandit(CASE WHEN i % 2 = 0 THEN 'A "b", {c}' ELSE 'D' END, i % 4 + 0.1, features(ROW(i))) FROM generate_series(0, 29) AS i)},
	clusters => q{(SELECT kmeans_fit(feature_base(features(s)), 2) FROM (VALUES (1, 0.1), (2, 1e-300), (9, 5)) AS s (a, b))},
	confusion_matrix => q{'{"true_positives":1,"false_positives":2,"true_negatives":3,"false_negatives":9007199254740992}'},
	exact_sum => q{'[0.1,5e-324]'},
	cltv_setting => q{'margin rate'},
	cltv_model => q{(SELECT bgnbd_fit(frequency, recency, tenure) FROM (} . $summaries . q{) AS s)},
	rfm_summary => q{(SELECT rfm_summary(history, date '2024-12-31') FROM (} . $histories . q{) AS h WHERE customer_id = 58)},
	rfm => q{(5, 4, 3, 'Lost')},
	classification_metrics => q{(0.1, 0.2, NULL, 'NaN', 1, 2, 3, 4)},
	regression_metrics => q{(7, 0.1, 1e-300, -0.1, NULL, 1)},
	customer_metrics => q{(SELECT customer_metrics(history, date '2024-12-31') FROM (} . $histories . q{) AS h)},
	cohort_report => q{('2024-02-01', 3, 4, 2, 0.5, 3, 0.1, 1e300, true)},
	subscription_metrics => q{('2024-02-01', 'a', 3, 10.50, 0, 5, 1.25, 0.000000000000001, 0, 14.25, 1.36, 1e-300, 1, NULL, 4.75, true)});
my $types = $coordinator->safe_psql('postgres', q{
	SELECT string_agg(typname, ' ' ORDER BY typname COLLATE "C") FROM pg_type AS t
	WHERE typelem = 0 AND oid IN (SELECT objid FROM pg_depend WHERE classid = 'pg_type'::regclass AND deptype = 'e')
		AND (typrelid = 0 OR (SELECT relkind FROM pg_class WHERE oid = typrelid) = 'c')});
is(join(' ', sort keys %specimens), $types, 'there is a specimen of every type');
my $definition = join ', ', map { "$_ $_" } sort keys %specimens;
my $row = join ', ', map { "$specimens{$_}::$_" } sort keys %specimens;
my $sent = $coordinator->safe_psql('postgres', q{
	SELECT string_agg(format('encode(%s(s.%I), ''hex'')', typsend, typname), ', ' ORDER BY typname)
	FROM pg_type WHERE typname = ANY (string_to_array('} . $types . q{', ' ')) AND typname <> 'linear_bandit'});    # whose bytes have the number of a type
$nodes[1]->safe_psql('postgres', "CREATE TABLE specimens ($definition)");
$coordinator->safe_psql('postgres', "CREATE FOREIGN TABLE specimens ($definition) SERVER data1");
$coordinator->safe_psql('single', "CREATE TABLE specimens ($definition)");
both("INSERT INTO specimens VALUES ($row)");
same('SELECT * FROM specimens', 'a value of every type, as text');
same("SELECT $sent FROM specimens AS s", 'a value of every type, as bytes');

# ---- everything from histories to reports ----

both("CREATE VIEW histories AS $histories; CREATE VIEW summaries AS $summaries");

sub of_each_customer
{
	my ($columns, $from) = @_;
	return "SELECT count(*), md5(string_agg(concat_ws(' ', customer_id, $columns), ',' ORDER BY customer_id)) FROM $from AS c";
}

sub as_text_and_bytes
{
	my ($call, $type, $from) = @_;
	return "SELECT v, encode($type\_send(v), 'hex') FROM (SELECT $call AS v FROM $from OFFSET 0) AS c";
}

my $models = q{SELECT bgnbd_fit(frequency, recency, tenure) AS bgnbd, pnbd_fit(frequency, recency, tenure) AS pnbd,
	gg_fit(frequency, monetary_value) AS spend, rfm_breaks(last_order, orders, revenue) AS breaks FROM summaries};
my $predicted = qq{(SELECT customer_id, frequency, revenue, bgnbd_predict(bgnbd, frequency, recency, tenure, 90) AS predicted
	FROM summaries, ($models) AS m)};
my %queries = (
	'histories' => of_each_customer(q{history, encode(purchase_history_send(history), 'hex')}, 'histories'),
	'histories, days of the session' => of_each_customer('history', "($placed)"),
	'histories, days of a zone' => of_each_customer('history', q{(SELECT customer_id,
		purchase_history(placed_at AT TIME ZONE 'America/New_York', amount) AS history FROM orders GROUP BY customer_id)}),
	'summaries in one step' => of_each_customer('s', q{(SELECT customer_id, rfm_summary(ordered_at, amount, date '2024-06-30') AS s
		FROM orders GROUP BY customer_id)}),
	'rollup of histories' => as_text_and_bytes('rollup(history)', 'purchase_history', 'histories'),
	'exact_sum in groups' => of_each_customer('s', '(SELECT customer_id, exact_sum(amount) AS s FROM orders GROUP BY customer_id)'),
	'exact_sum of all' => 'SELECT exact_sum(amount) FROM orders',
	'customer_base' => as_text_and_bytes('customer_base(frequency, recency, tenure)', 'customer_base', 'summaries'),
	'spend_base' => as_text_and_bytes('spend_base(frequency, monetary_value)', 'spend_base', 'summaries'),
	'contract_base' => as_text_and_bytes('contract_base(orders, recency < tenure - 200)', 'contract_base',
		'summaries WHERE orders > 0'),
	'survival_curve' => as_text_and_bytes('survival_curve(tenure, recency < tenure - 200)', 'survival_curve', 'summaries'),
	'logrank_test' => q{SELECT logrank_test(tenure, recency < tenure - 200, least(orders, 4)::text) FROM summaries},
	'rfm_base' => as_text_and_bytes('rfm_base(last_order, orders, revenue)', 'rfm_base', 'summaries'),
	'rfm_breaks' => as_text_and_bytes('rfm_breaks(last_order, orders, revenue)', 'rfm_breaks', 'summaries'),
	(map { ("$_\_fit" => as_text_and_bytes("$_\_fit(frequency, recency, tenure)", 'cltv_model', 'summaries')) }
			qw(bgnbd mbgnbd pnbd bgbb)),
	'gg_fit' => as_text_and_bytes('gg_fit(frequency, monetary_value)', 'cltv_model', 'summaries'),
	'sbg_fit' => as_text_and_bytes('sbg_fit(orders, recency < tenure - 200)', 'cltv_model', 'summaries WHERE orders > 0'),
	'predictions' => of_each_customer(q{bgnbd_predict(bgnbd, frequency, recency, tenure, 90),
		prob_alive(pnbd, frequency, recency, tenure), churn_prob(bgnbd, frequency, recency, tenure, 90),
		cltv_predict(pnbd, spend, frequency, recency, tenure, monetary_value, 365)}, "(SELECT * FROM summaries, ($models) AS m)"),
	'scores by rank' => of_each_customer('s',
		'(SELECT customer_id, rfm_score(last_order, orders, revenue) OVER () AS s FROM summaries)'),
	'scores by breaks' => of_each_customer('s', qq{(SELECT customer_id, rfm_score(last_order, orders, revenue, breaks) AS s
		FROM summaries, ($models) AS m)}),
	'tiers' => of_each_customer('t', '(SELECT customer_id, value_tier(revenue) OVER () AS t FROM summaries)'),
	'validation' => "SELECT auc(frequency > 2, predicted), gini(revenue, predicted), lift(revenue, predicted, 0.07),
		regression_metrics(frequency, predicted), classification_metrics(frequency > 2, predicted) FROM $predicted AS p",
	'concentration' => 'SELECT gini(revenue), revenue_share(revenue), revenue_share(revenue, 0.07)
		FROM summaries WHERE revenue >= 0',
	'customer_metrics' => q{SELECT customer_metrics(history, '2024-12-31', 90) FROM histories},
	'cohort_report' => q{SELECT * FROM cohort_report('orders', 'customer_id', 'ordered_at', 'amount')},
	'cohort_report, days of the session' =>
		q{SELECT * FROM cohort_report('orders', 'customer_id', 'placed_at', 'amount', 'week', '2023-06-30')},
	'cltv_holdout' => of_each_customer('c', q{cltv_holdout('orders', 'customer_id', 'ordered_at', 'amount', '2024-03-31')}),
	(map { ("cltv_$_" => "SELECT * FROM cltv_$_('orders', 'customer_id', 'ordered_at', 'amount', '2024-03-31', '{bgnbd}')") }
			qw(backtest calibration tracking)));
same($queries{$_}, $_) for sort keys %queries;

# Whole bases from the nodes, a value each, where even histories would be too many.
$coordinator->safe_psql('postgres', 'CREATE TABLE bases (customers customer_base, spends spend_base, scored rfm_base)');
for my $i (0 .. 2)
{
	$nodes[$i]->safe_psql('postgres', qq{
		CREATE VIEW bases AS
		SELECT customer_base(frequency, recency, tenure) AS customers, spend_base(frequency, monetary_value) AS spends,
			rfm_base(last_order, orders, revenue) AS scored FROM ($summaries) AS s});
	$coordinator->safe_psql('postgres',
		"CREATE FOREIGN TABLE bases_$i () INHERITS (bases) SERVER data$i OPTIONS (table_name 'bases')");
}
$coordinator->safe_psql('single', qq{
	CREATE VIEW bases AS
	SELECT customer_base(frequency, recency, tenure) AS customers, spend_base(frequency, monetary_value) AS spends,
		rfm_base(last_order, orders, revenue) AS scored FROM summaries});
is($coordinator->safe_psql('postgres', 'SELECT count(*) FROM bases'), 3, 'bases: one from each node');
same('SELECT bgnbd_fit(rollup(customers)), gg_fit(rollup(spends)), rfm_breaks(rollup(scored)) FROM bases',
	'fits of bases from the nodes');

# And back: the model is sent to the nodes, and each scores its own customers.
my $score = q{
	SELECT customer_id, bgnbd_predict(model, frequency, recency, tenure, 90) AS predicted,
		rfm_score(last_order, orders, revenue, breaks) AS score FROM summaries, models};
$coordinator->safe_psql('postgres', "CREATE TABLE scores (customer_id bigint, predicted float8, score rfm)");
for my $i (0 .. 2)
{
	$nodes[$i]->safe_psql('postgres', qq{
		CREATE TABLE models (model cltv_model, breaks rfm_breaks);
		CREATE VIEW summaries AS $summaries; CREATE VIEW scores AS $score});
	$coordinator->safe_psql('postgres', qq{
		CREATE FOREIGN TABLE models_$i (model cltv_model, breaks rfm_breaks) SERVER data$i OPTIONS (table_name 'models');
		INSERT INTO models_$i SELECT bgnbd_fit(rollup(customers)), rfm_breaks(rollup(scored)) FROM bases;
		CREATE FOREIGN TABLE scores_$i () INHERITS (scores) SERVER data$i OPTIONS (table_name 'scores')});
}
$coordinator->safe_psql('single', qq{
	CREATE TABLE models AS SELECT bgnbd_fit(rollup(customers)) AS model, rfm_breaks(rollup(scored)) AS breaks FROM bases;
	CREATE VIEW scores AS $score});
same(of_each_customer('predicted, score', 'scores'), 'scores made on the nodes by a model that they were sent');

# ---- the views of a shop ----

my @exact = ('', qw(_model _history _at_risk));
my @sums = qw(_segments _rfm_grid _value_bands _forecast);

# The rows of each view of a shop, those of @exact as a number and a checksum.
sub contents
{
	my ($database, $name) = @_;
	my %rows = map { $_ => $coordinator->safe_psql($database, qq{
		SELECT count(*), md5(string_agg(v::text, E'\\n' ORDER BY v::text COLLATE "C")) FROM $name$_ AS v}) } @exact;
	$rows{$_} = $coordinator->safe_psql($database, "TABLE $name$_ ORDER BY 1, 2") for @sums;
	return \%rows;
}

# Whether they are the same rows.
sub alike
{
	my ($got, $expected, $what) = @_;
	my @different = grep { $got->{$_} ne $expected->{$_} } @exact;
	push @different, grep { !near($got->{$_}, $expected->{$_}) } @sums;
	is_deeply(\@different, [], $what) or diag(map { "$got->{$_}\nis not\n$expected->{$_}\n" } @different);
	return;
}

sub same_views
{
	my ($when) = @_;
	alike(contents('postgres', $_), contents('single', $_), "$_, $when: the same") for qw(shop folded placed);
	return;
}

both(q{
	CALL cltv_materialize('shop', 'orders', margin => 0.3);
	CALL cltv_materialize('folded', 'orders', incremental => true);
	CALL cltv_materialize('placed', 'orders', ordered_at => 'placed_at', model => 'pnbd')});
my $definition_of_shop = $coordinator->safe_psql('postgres', q{SELECT rtrim(pg_get_viewdef('shop_history'), ';')});
is(scalar(() = plan_of($definition_of_shop) =~ /Remote SQL: SELECT customer_id, public\.purchase_history/g), 3,
	'cltv_materialize: histories are made on the nodes');
same_views('made');
both("INSERT INTO orders $all_orders WHERE ordered_at >= '2024-12-01' AND ordered_at < '2024-12-20'");
both('CALL cltv_refresh($$shop$$); CALL cltv_refresh($$folded$$); CALL cltv_refresh($$placed$$, concurrently => false)');
like(contents('single', 'shop')->{''}, qr/^1\d\d\d\|/, 'there are customers in it');
same_views('refreshed');

# ---- a node that stops ----

# What the statement says when the node stops in the midst of it: a lock holds it there, the other nodes have answered.
sub stopped_in_the_midst
{
	my ($node, $statement) = @_;
	my $lock = Session->new($node, 'postgres');
	$lock->query('BEGIN; LOCK TABLE orders');
	my $session = Session->new($coordinator, 'postgres');
	$session->send($statement);
	$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_stat_activity
		WHERE application_name = 'postgres_fdw' AND wait_event_type = 'Lock'}) or die 'it does not come to the lock';
	$node->stop('immediate');
	my ($output, $error) = $session->answer;
	$lock->finish;
	return ($session, $error);
}

both("INSERT INTO orders $all_orders WHERE ordered_at >= '2024-12-20'");
my $before = contents('postgres', 'shop');
my $fit = 'SELECT bgnbd_fit(frequency, recency, tenure) AS model FROM summaries';
my ($session, $error) = stopped_in_the_midst($nodes[2], "CREATE TABLE fitted AS $fit");
like($error, qr/ERROR: .*(connection|server)/, 'a node stops in the midst of a fit: an error');
is($coordinator->safe_psql('postgres', q{SELECT to_regclass('fitted')}), '', 'and no result');
like($session->query('SELECT count(*) FROM summaries'), qr/^$/, 'nor one of the nodes that are left');
is($coordinator->safe_psql('postgres', 'SELECT 1'), 1, 'the coordinator goes on');
$nodes[2]->start;
$session->query("CREATE TABLE fitted AS $fit");
is($session->query('SELECT model FROM fitted'), $coordinator->safe_psql('single', $fit),
	'the node is back: the fit, in the same session, and the same');
$session->finish;

($session, $error) = stopped_in_the_midst($nodes[0], q{CALL cltv_refresh('shop')});
like($error, qr/ERROR: .*(connection|server)/, 'a node stops in the midst of a refresh: an error');
$session->finish;
alike(contents('postgres', 'shop'), $before, 'and the views are as they were');
like($coordinator->safe_psql('postgres', q{
	SELECT error FROM cltv_refresh_log WHERE name = 'public.shop' ORDER BY started DESC LIMIT 1}),
	qr/^history: .*(connection|server)/, 'the log says so');
$nodes[0]->start;
both('CALL cltv_refresh($$shop$$); CALL cltv_refresh($$folded$$); CALL cltv_refresh($$placed$$)');
same_views('after the node is back');

$_->stop for @nodes, $coordinator;
done_testing();

# Orders on three data nodes behind one coordinator, core PostgreSQL alone: histories are made where the orders are, the
# rest on the coordinator, and everything equals, to the last bit, what one server makes of the same rows.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Foreign;
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
my $remote_history = qr/Remote SQL: SELECT customer_id, public\.purchase_history\(ordered_at, \(?amount\)?[^)]*\) FROM public\.orders GROUP BY/;

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
	spend_base => q{'{"customers":1,"without_spend":3,"rows":[[2,0.1,1]]}'},
	contract_base => q{'{"customers":5,"rows":[[2,0,2],[3,1,3]]}'},
	score_base => q{'{"top":0.07,"rows":[[0.30000000000000004,-1],[2,1e-300]]}'},
	metrics_base => q{'{"customers":2,"as_of":2460676,"rows":[[10.1,1,3,40,1,2]]}'},
	rfm_base => q{(SELECT rfm_base(ordered_at, 3::bigint, amount::float8) FROM orders WHERE customer_id = 58)},
	rfm_breaks => q{(SELECT rfm_breaks(ordered_at, 3::bigint, amount::float8) FROM orders)},
	confusion_matrix => q{'{"true_positives":1,"false_positives":2,"true_negatives":3,"false_negatives":9007199254740992}'},
	exact_sum => q{'[0.1,5e-324]'},
	cltv_model => q{(SELECT bgnbd_fit(frequency, recency, tenure) FROM (} . $summaries . q{) AS s)},
	rfm_summary => q{(SELECT rfm_summary(history, date '2024-12-31') FROM (} . $histories . q{) AS h WHERE customer_id = 58)},
	rfm => q{(5, 4, 3, 'Lost')},
	classification_metrics => q{(0.1, 0.2, NULL, 'NaN', 1, 2, 3, 4)},
	regression_metrics => q{(7, 0.1, 1e-300, -0.1, NULL, 1)},
	customer_metrics => q{(SELECT customer_metrics(history, date '2024-12-31') FROM (} . $histories . q{) AS h)},
	cohort_report => q{('2024-02-01', 3, 4, 2, 0.5, 3, 0.1, 1e300, true)});
my $types = $coordinator->safe_psql('postgres', q{
	SELECT string_agg(typname, ' ' ORDER BY typname COLLATE "C") FROM pg_type AS t
	WHERE typelem = 0 AND oid IN (SELECT objid FROM pg_depend WHERE classid = 'pg_type'::regclass AND deptype = 'e')
		AND (typrelid = 0 OR (SELECT relkind FROM pg_class WHERE oid = typrelid) = 'c')});
is(join(' ', sort keys %specimens), $types, 'there is a specimen of every type');
my $definition = join ', ', map { "$_ $_" } sort keys %specimens;
my $row = join ', ', map { "$specimens{$_}::$_" } sort keys %specimens;
my $sent = join ', ', map { ("s.$_\::text", "encode($_\_send(s.$_), 'hex')") } grep { $specimens{$_} !~ /^\(\S*[0-9'].*,/ && $_ !~ /^(rfm|rfm_summary|customer_metrics)$/ } sort keys %specimens;
$nodes[1]->safe_psql('postgres', "CREATE TABLE specimens ($definition)");
$coordinator->safe_psql('postgres', "CREATE FOREIGN TABLE specimens ($definition) SERVER data1; INSERT INTO specimens VALUES ($row)");
$coordinator->safe_psql('single', "CREATE TABLE specimens ($definition); INSERT INTO specimens VALUES ($row)");
same('SELECT * FROM specimens', 'values as text, through a foreign table');
same("SELECT $sent FROM specimens AS s", 'values as bytes, through a foreign table');

$_->stop for @nodes, $coordinator;
done_testing();

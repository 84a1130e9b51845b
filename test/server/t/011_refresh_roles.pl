# Who may do and see what: everything runs with the caller's rights, and everyone sees their own rows of the log alone.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('roles');
$node->init;
$node->start;
# Whoever runs the tests: the roles of this one are postgres, shop, analyst and the like.
$node->safe_psql('postgres', 'CREATE ROLE postgres SUPERUSER LOGIN')
  if $node->safe_psql('postgres', 'SELECT current_user') ne 'postgres';
$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN; CREATE ROLE analyst LOGIN; CREATE ROLE branch LOGIN;
	CREATE ROLE marketing; CREATE ROLE marketeer LOGIN IN ROLE marketing; CREATE DATABASE shop OWNER shop');

# (output, errors), each of the commands in one session.
sub as
{
	my ($user, $query) = @_;
	my (undef, $out, $err) = $node->psql('shop', "\\set VERBOSITY verbose\n$query", extra_params => [ '-U', $user ], on_error_stop => 0);
	$err =~ s/^(?:psql:<stdin>:\d+: )?(?:NOTICE|LOCATION|CONTEXT|PL\/pgSQL|SQL).*\n?//mg;
	return "$out$err";
}

is( as('shop', q{
	CREATE SCHEMA models; GRANT USAGE ON SCHEMA models TO PUBLIC;
	CREATE EXTENSION cltv SCHEMA models;
	CREATE SCHEMA sales; GRANT USAGE ON SCHEMA sales TO PUBLIC;
	SET search_path = sales, models;
	CREATE TABLE orders AS SELECT *, CASE WHEN customer_id % 3 = 0 THEN 'branch' ELSE 'shop' END AS sold_by
		FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5),
			gg_model(p => 6.25, q => 3.74, v => 15.44), 600, date '2023-01-01', date '2024-12-31', 7);
	CALL cltv_materialize('value', 'orders');
	CALL cltv_materialize('folded', 'orders', incremental => true)}),
	'', 'the owner of a database, no superuser, installs and materialises');
is(as('shop', q{CALL models.cltv_refresh('sales.value'); CALL models.cltv_refresh('sales.folded')}), '', 'and refreshes');
is(as('shop', 'SELECT name, health FROM models.cltv_health ORDER BY name'), "sales.folded|stale\nsales.value|stale", 'and is told so');
is( as('shop', q{SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class
		WHERE relnamespace = 'sales'::regnamespace AND relkind IN ('m', 'v', 'r')}),
	'shop', 'all of it belongs to the caller');

# SELECT on the views alone is enough for all of them.
my @views = map { "sales.value$_" } '', qw(_model _history _segments _rfm_grid _value_bands _at_risk _forecast _next);
like(as('analyst', 'SELECT count(*) FROM sales.value_segments'), qr/ERROR:  42501/, 'without a grant nobody reads');
as('shop', "GRANT SELECT ON $_ TO analyst") for @views;
for my $view (@views)
{
	like(as('analyst', "SELECT count(*) FROM (SELECT * FROM $view) AS v"), qr/^\d+$/, "a role with SELECT alone reads $view");
}
is(as('analyst', 'SELECT name, health, days_old > 300 FROM models.cltv_health'), 'sales.value|stale|t', 'and its health, of no other');
is(as('branch', 'SELECT count(*) FROM models.cltv_health'), '0', 'which nobody else is told');
as('branch', q{INSERT INTO models.cltv_refresh_runs (name, started, error) VALUES ('sales.value', now(), 'forged')});
is(as('analyst', 'SELECT health FROM models.cltv_health'), 'stale', 'and nobody but the owner can say');
like(as('analyst', 'SELECT * FROM models.cltv_refresh_calls'), qr/ERROR:  42501/, 'what others did stays theirs');
is( as('analyst', 'SELECT count(*) FROM sales.value_model, sales.value_history,
		LATERAL models.rfm_summary(history, as_of) AS s WHERE models.prob_alive(orders_model, frequency, recency, tenure) > 0'),
	'600', 'and uses the stored models and histories');
like(as('analyst', 'SELECT count(*) FROM sales.orders'), qr/ERROR:  42501/, 'but not the orders');
like(as('analyst', q{CREATE SCHEMA mine; CALL models.cltv_materialize('mine.value', 'sales.orders')}), qr/ERROR:  42501/,
	'nor can it materialise them');

# Only the owner refreshes; what others try is in their own log.
for my $name ('value', 'folded')
{
	my $error = as('analyst', "CALL models.cltv_refresh('sales.$name')");
	like($error, qr/ERROR:  42501: must be owner of sales\.$name\nDETAIL:.*\nHINT:  SET ROLE shop\./, "$name: not anyone's to refresh");
	$error = as('postgres', "CALL models.cltv_refresh('sales.$name')");
	like($error, qr/ERROR:  42501: must be owner of sales\.$name/, "$name: nor a superuser's, who would run the owner's code");
	is(as('postgres', "SET ROLE shop; CALL models.cltv_refresh('sales.$name')"), '', "$name: unless in the role of the owner");
}
like(as('analyst', q{SELECT models.cltv_fold('sales.folded', true)}), qr/ERROR:  42501/, 'folding is the owner\'s, too');
like(as('analyst', q{CALL models.cltv_rebuild('sales.folded')}), qr/ERROR:  42501/, 'and rebuilding');
like(as('analyst', q{CALL models.cltv_drop('sales.value')}), qr/ERROR:  42501: must be owner of sales\.value\nHINT:  SET ROLE shop\.\n(?!CONTEXT)/, 'and dropping');
is(as('analyst', q{SELECT name, health, reason FROM models.cltv_health WHERE name = 'sales.value'}),
	'sales.value|failing|history: must be owner of sales.value', 'the failure is in the log of who called');
is(as('shop', q{SELECT name, health FROM models.cltv_health WHERE name = 'sales.value'}), 'sales.value|stale', 'not in the owner\'s');
is(as('shop', q{CREATE TABLE sales.seen (who name);
		CREATE FUNCTION sales.spy() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN INSERT INTO sales.seen VALUES (current_user); RETURN NEW; END $$;
		CREATE TRIGGER spy BEFORE INSERT OR UPDATE OR DELETE ON sales.folded_history FOR EACH ROW EXECUTE FUNCTION sales.spy()}),
	'', 'an owner puts a trigger on the histories');
as('postgres', q{CALL models.cltv_refresh('sales.folded'); SELECT models.cltv_fold('sales.folded', true); CALL models.cltv_rebuild('sales.folded')});
is(as('shop', q{SELECT count(*) FROM sales.seen}), '0', 'it never runs as somebody else');
as('shop', q{CALL models.cltv_rebuild('sales.folded')});
is(as('shop', q{SELECT DISTINCT who FROM sales.seen}), 'shop', 'but as its owner');
as('shop', q{DROP TRIGGER spy ON sales.folded_history});

# The log: own rows alone, to read, to write and to spy upon.
is(as('analyst', 'SELECT DISTINCT role FROM models.cltv_refresh_log'), 'analyst', 'a role sees its own rows of the log');
is(as('shop', 'SELECT DISTINCT role FROM models.cltv_refresh_log'), 'shop', 'each its own');
is(as('postgres', 'SELECT DISTINCT role FROM models.cltv_refresh_log ORDER BY 1'), "analyst\nbranch\npostgres\nshop", 'a superuser sees all');
is(as('postgres', 'SELECT count(*) FROM models.cltv_health WHERE health <> $$failing$$'), '0', 'but cltv_health is of the current role');
like(as('analyst', q{INSERT INTO models.cltv_refresh_runs (role, name, started) VALUES ('shop', 'sales.value', now())}),
	qr/ERROR:  42501: permission denied for table cltv_refresh_runs/, 'nobody writes rows of others');
like(as('analyst', $_), qr/ERROR:  42501: permission denied|ERROR:  55000: cannot (?:update|delete)/, "nor may they: $_")
  for map { ("UPDATE models.$_ SET name = 'x'", "DELETE FROM models.$_") } qw(cltv_refresh_runs cltv_refresh_log);
as('shop', q{SET search_path = sales, models; CALL cltv_materialize('quiet', 'orders')});
like(my $leaked = as('analyst', q{
		CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
			BEGIN RAISE WARNING 'leaked %', $1; RETURN true; END $$;
		SELECT count(*) FROM models.cltv_health WHERE pg_temp.leak(name);
		SELECT count(*) FROM models.cltv_refresh_log WHERE pg_temp.leak(role || name)}),
	qr/leaked analystsales\.value/, 'a function in a WHERE is shown one\'s own rows');
unlike($leaked, qr/leaked (?:shop|sales\.quiet)/, 'and no others');
as('shop', q{CALL models.cltv_drop('sales.quiet')});

# Row-level security of the orders: views hold what their owner may see at the refresh.
is(as('shop', q{
		ALTER TABLE sales.orders ENABLE ROW LEVEL SECURITY;
		CREATE POLICY by_branch ON sales.orders USING (sold_by = current_user);
		GRANT SELECT ON sales.orders TO branch, marketing;
		GRANT CREATE ON DATABASE shop TO branch, marketing}), '', 'a policy shows each branch its own orders');
is(as('branch', q{CREATE SCHEMA branch; SET search_path = branch, models;
		CALL cltv_materialize('value', 'sales.orders');
		CALL cltv_materialize('folded', 'sales.orders', incremental => true);
		SELECT count(*), count(*) FILTER (WHERE customer_id % 3 = 0) FROM value;
		SELECT count(*), count(*) FILTER (WHERE customer_id % 3 = 0) FROM folded}),
	"200|200\n200|200", 'a branch materialises what it sees');
as('shop', q{INSERT INTO sales.orders SELECT 601 + i, '2024-12-31', 10, CASE WHEN i % 2 = 0 THEN 'branch' ELSE 'shop' END FROM generate_series(1, 10) AS i});
is(as('branch', q{SET search_path = branch, models;
		CALL cltv_refresh('value'); CALL cltv_refresh('folded');
		SELECT count(*), count(*) FILTER (WHERE customer_id > 601) FROM value;
		SELECT count(*), count(*) FILTER (WHERE customer_id > 601) FROM folded}),
	"205|5\n205|5", 'and refreshes that');
is(as('shop', q{CALL models.cltv_refresh('sales.value'); SELECT count(*) FROM sales.value}), '610', 'the owner of the orders sees all');
as('shop', q{ALTER TABLE sales.orders FORCE ROW LEVEL SECURITY});
is(as('shop', q{CALL models.cltv_refresh('sales.value'); SELECT count(*) FROM sales.value}), '405', 'unless the policy is forced');
is(as('branch', q{SET search_path = branch, models; CALL cltv_rebuild('folded'); CALL cltv_refresh('folded'); SELECT count(*) FROM folded}),
	'205', 'a rebuild respects it as well');

# Owned by a group: in the role of the group.
is(as('marketeer', q{SET ROLE marketing; CREATE SCHEMA marketing;
		CREATE TABLE marketing.orders AS SELECT * FROM models.simulate_orders(models.bgnbd_model(0.55, 40, 0.8, 2.5),
			models.gg_model(6.25, 3.74, 15.44), 100, date '2023-01-01', date '2024-12-31', 7);
		CALL models.cltv_materialize('marketing.value', 'marketing.orders')}), '', 'a member materialises for a group');
like(as('marketeer', q{CALL models.cltv_refresh('marketing.value')}), qr/HINT:  SET ROLE marketing\./, 'is told how to refresh');
is(as('marketeer', q{SET ROLE marketing; CALL models.cltv_refresh('marketing.value');
		SELECT name, health FROM models.cltv_health}), 'marketing.value|stale', 'and does');

# Gone from the sight of a role, a name is not watched, and is no error.
as('postgres', q{REVOKE USAGE ON SCHEMA sales FROM PUBLIC});
is(as('analyst', 'SELECT count(*) FROM models.cltv_health'), '0', 'cltv_health of names in schemas that are closed');

$node->stop;
done_testing();

# Overloads that were there before the extension: in the schema into which it is installed, a function for each of its
# functions with other types of the arguments, and with fewer of them. The installation takes none of them up, and no call in
# installed or generated SQL fits one better.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('overloads');
$node->init;
$node->start;

sub answer
{
	my ($database, $query) = @_;
	my ($status, $out, $err) = $node->psql($database, $query);
	return $status == 0 ? $out : "status $status: $err";
}

# The extension's functions, from a database that has it. Of its own types there are none before it: their arguments are
# taken for text, float8 and others, which a literal or a cast of theirs would fit.
$node->safe_psql('postgres', 'CREATE EXTENSION cltv');
my @statements = split /\n/, $node->safe_psql('postgres', q{
	WITH ours AS (
		SELECT p.*, n FROM pg_proc AS p JOIN pg_depend ON classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e'
		JOIN pg_extension AS e ON refobjid = e.oid AND extname = 'cltv',
			generate_series(greatest(1, pronargs - pronargdefaults), pronargs) AS n
		WHERE '{internal,cstring}'::regtype[]::oid[] && proargtypes::oid[] IS FALSE),
	exchanges (declared, other) AS (VALUES ('float8'::regtype, 'int8'::regtype), ('float8', 'int4'), ('float8', 'numeric'),
		('int8', 'int4'), ('int4', 'int8'), ('int4', 'int2'), ('name', 'text'), ('text', 'name'), ('text', 'varchar'),
		('regclass', 'oid'), ('regclass', 'text'), ('date', 'timestamp'), ('timestamp', 'date'), ('timestamp', 'timestamptz'),
		('jsonb', 'json'), ('jsonb', 'text'), ('boolean', 'text'), ('text[]', 'name[]'), ('float8[]', 'numeric[]'),
		('bigint[]', 'int[]')),
	places AS (SELECT NULL::int AS place UNION ALL SELECT generate_series(1, 15)),
	variants AS (
		SELECT DISTINCT proname, prokind,
			(SELECT string_agg(CASE WHEN t = declared AND (place IS NULL OR place = i) THEN other
					WHEN t::regtype::text ~ '^(purchase_history|.*_base|cltv_|rfm|exact_sum|.*_metrics|confusion)' THEN standing
					ELSE t::regtype END::text, ', ' ORDER BY i)
				FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS a (t, i) WHERE i <= n) AS arguments,
			proargtypes::oid[] AS own, n
		FROM ours, exchanges, places, unnest('{text,float8,jsonb,record}'::regtype[]) AS standing)
	SELECT DISTINCT format('CREATE %s public.%I(%s) %s LANGUAGE plpgsql AS $evil$ BEGIN RAISE EXCEPTION ''an impostor was called''; END $evil$',
		CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, proname, arguments,
		CASE prokind WHEN 'p' THEN '' ELSE 'RETURNS text' END)
	FROM variants
	WHERE NOT EXISTS (SELECT FROM ours WHERE ours.proname = variants.proname AND pg_catalog.oidvectortypes(ours.proargtypes) = arguments)});
cmp_ok(scalar @statements, '>', 1000, 'there are overloads to be made');

$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN; CREATE DATABASE shop OWNER shop');
$node->safe_psql('shop', 'GRANT CREATE ON SCHEMA public TO shop');
my $file = PostgreSQL::Test::Utils::tempdir() . '/overloads.sql';
open my $script, '>', $file or die "$file: $!";
# Procedures and functions share a name space: a few cannot be made.
print $script "SET ROLE shop;\nSET check_function_bodies = off;\n", map { "$_;\n" } @statements;
close $script;
$node->psql('shop', "\\i $file", on_error_stop => 0);
my $made = $node->safe_psql('shop', q{SELECT count(*) FROM pg_proc WHERE prosrc LIKE '%an impostor was called%'});
note "$made overloads";
cmp_ok($made, '>', 1000, 'they are there before the extension');

is(answer('shop', 'SET ROLE shop; CREATE EXTENSION cltv SCHEMA public'), '', 'the extension installs beside them');
my $impostors = q{SELECT oid FROM pg_proc WHERE prosrc LIKE '%an impostor was called%'};
is( answer('shop', qq{SELECT DISTINCT pg_describe_object(classid, objid, objsubid) FROM pg_depend
		WHERE refclassid = 'pg_proc'::regclass AND refobjid IN ($impostors)}), '', 'and nothing of it takes one up');
is(answer('shop', q{SET ROLE shop;
	CREATE TABLE orders AS
	SELECT * FROM simulate_orders(bgnbd_model(0.55::float8, 40::float8, 0.8::float8, 2.5::float8),
		gg_model(6.25::float8, 3.74::float8, 15.44::float8), 300::bigint, date '2023-01-01', date '2024-12-31', 7::bigint);
	CREATE TABLE known AS SELECT customer_id, customer_id % 2 = 0::bigint AS even FROM orders GROUP BY customer_id;
	CREATE TABLE buyers AS SELECT DISTINCT customer_id, 0.5::numeric AS margin FROM orders}), '', 'a shop');

# Whoever calls exactly, as installed SQL does, calls ours; all of it runs below.
my $columns = q{'customer_id'::name, 'ordered_at'::name, 'amount'::name};
my $rest = q{5, NULL::date, 'buyers'::regclass, false};
for my $call (
	"CALL cltv_materialize('plain'::text, 'orders'::regclass, $columns, 365::float8, 0.1::float8, '0.3'::cltv_setting,
		'bgnbd'::text, 5, NULL::date, NULL::regclass, false, false, 3)",
	"CALL cltv_materialize('folded'::text, 'orders'::regclass, $columns, 365::float8, 0.1::float8, 'margin'::cltv_setting,
		'pnbd'::text, 5, NULL::date, 'buyers'::regclass, false, true, 3)",
	"CALL cltv_materialize('rich'::text, 'orders'::regclass, $columns, 365::float8, 0.1::float8, '0.3'::cltv_setting, 'auto'::text, 5, NULL::date,
		'known'::regclass, false, false, 3, NULL::name, NULL::name, 'subtract'::text, false, NULL::name, ARRAY['even']::text[], 'revenue'::text,
		'auto'::text, NULL::text, 'bic'::text, 1, NULL::name, NULL::name, '{\"Lost\": \"Gone\"}'::jsonb, 'month'::text, 'month'::text, 'customer_id'::name)",
	"INSERT INTO orders VALUES (7, '2025-01-15', 20)",
	"CALL cltv_refresh('plain'::text, true)", "CALL cltv_refresh('folded'::text, false)", "CALL cltv_refresh('rich'::text, true)",
	"SELECT FROM rich_model WHERE family IS NULL OR compared IS NULL", "SELECT FROM cltv_playbook('rich'::regclass) AS p WHERE p.segment = 'Lost'",
	"SELECT FROM cltv_explain('rich'::regclass, '7'::text) WHERE contribution IS NULL",
	"SELECT FROM (SELECT count(*) AS n FROM rich_next) AS r WHERE r.n = 0", "SELECT FROM (SELECT count(*) AS n FROM rich_revenue) AS r WHERE r.n = 0",
	"SELECT FROM (SELECT count(*) AS n FROM rich_cohorts) AS r WHERE r.n = 0", "SELECT FROM (SELECT count(*) AS n FROM rich_products) AS r WHERE r.n = 0",
	"CALL cltv_rebuild('folded'::text)",
	"SELECT FROM cltv_explain('folded'::regclass, '7'::text) WHERE contribution IS NULL", "SELECT FROM (SELECT cltv_model_card('folded'::regclass) AS card) AS c WHERE card IS NULL",
	"CALL cltv_retain('folded'::text, interval '100 years')", "SELECT FROM cltv_forget('folded'::text, '7'::text, true) WHERE removed IS NULL",
	"CALL cltv_materialize_contracts('contracts'::text, 'orders'::regclass, 'customer_id'::name, 'ordered_at'::name, 'ordered_at'::name,
		'amount'::name, 'week'::text, 'inclusive'::text, 12::float8, 0.1::float8, 1::float8, 'auto'::text, ARRAY['amount']::text[],
		NULL::date, false, 1, 1)",
	"CALL cltv_refresh('contracts'::text, true)", "CALL cltv_drop('contracts'::text, false)",
	"SELECT FROM cltv_health WHERE health NOT IN ('ok', 'stale') OR name IS NULL",
	"SELECT FROM cltv_refresh_log WHERE error IS NOT NULL",
	"SELECT FROM cltv_made WHERE cltv_made_as(customers) IS NULL",
	"SELECT FROM rfm_segments WHERE segment IS NULL",
	"CALL cltv_audience('winback'::text, 'SELECT customer_id, 1 AS cost, even AS stratum FROM known'::text, 0.2::float8, 3::bigint,
		'SELECT 7'::text, 5, 100::bigint, 50::float8)",
	"CALL cltv_audience_refresh('winback'::text)",
	"CALL cltv_retain('winback'::text, interval '100 years')", "SELECT FROM cltv_forget('winback'::text, 8::bigint, true) WHERE removed IS NULL",
	"SELECT FROM cltv_audience_changes('winback'::regclass, '-infinity'::timestamptz) WHERE change <> 'entered'",
	"SELECT FROM audience_result('winback'::regclass, 'orders'::regclass, 'customer_id'::name, 'ordered_at'::name, 'amount'::name, 30,
		date '2999-12-31', 1::float8, 0::float8, NULL::regclass, 'welch'::text, 0.95::float8) WHERE treated = 0",
	"CALL cltv_drop('winback'::text, false)",
	"CALL cltv_materialize('folded'::text, 'orders'::regclass, $columns, 365::float8, 0.1::float8, '0.3'::cltv_setting,
		'mbgnbd'::text, 5, NULL::date, NULL::regclass, true, true, 3)",
	"CALL cltv_drop('folded'::text, false)",
	"CALL cltv_materialize('learnt'::text, 'orders'::regclass, $columns, 30::float8, learner => 'ziln'::text, clusters => '3'::cltv_setting)",
	"CALL cltv_drop('learnt'::text, false)")
{
	is(answer('shop', "SET client_min_messages = warning; SET ROLE shop; $call") =~ s/^\n*$//r, '', $call =~ s/\s+/ /gr) if $call !~ /refresh\(/;
	is(join('', map { $_ // '' } run_refresh($call)), '', $call) if $call =~ /refresh\(/;
}
sub run_refresh
{
	my ($call) = @_;
	my (undef, $out, $err) = $node->psql('shop', $call, extra_params => [ '-U', 'shop' ]);
	return ($out, join "\n", grep { /ERROR/ } split /\n/, $err);
}
my $of_rows = q{NULL::name, NULL::name, 'subtract'::text};
my $of_lines = q{'customer_id'::name, 'amount'::name, 'match'::text};
for my $report (
	q{subscription_metrics('orders'::regclass, 'customer_id'::name, 'ordered_at'::name, 'ordered_at'::name, 'amount'::name,
		'month'::text, NULL::date, 'customer_id'::name, 'inclusive'::text)},
	q{cltv_backtest_contracts('orders'::regclass, 'customer_id'::name, 'ordered_at'::name, 'ordered_at'::name, date '2024-01-01',
		ARRAY['sbg', 'sbg: attributes', 'kaplan-meier']::text[], 'week'::text, NULL::date, 'inclusive'::text, ARRAY['amount']::text[], 1)},
	(map { ("cohort_report('orders'::regclass, $columns, 'month'::text, NULL::date, $_, 'revenue'::text)",
		"cltv_holdout('orders'::regclass, $columns, '2024-01-01'::date, NULL::date, $_, 'revenue'::text)") } $of_rows, $of_lines),
	(map { "$_('orders'::regclass, $columns, '2024-01-01'::date, ARRAY['bgnbd', 'pnbd', 'bgnbd: season: purchases, dropout'" . ($_ eq 'cltv_backtest' ? ", 'ziln', 'logistic', 'auto'" : '') . "]::text[], NULL::date, $of_rows"
			. ($_ eq 'cltv_backtest' ? ", 'holdout'::text" : '') . ", 'revenue'::text, 'known'::regclass, ARRAY['even']::text[])" }
		qw(cltv_backtest cltv_calibration cltv_tracking)),
	(map { ("acquisition_forecast('orders'::regclass, $columns, 10, NULL::date, 0.8::float8, $_, 'revenue'::text)",
		"customer_equity('orders'::regclass, $columns, 100, 0.1::float8, 0.3::float8, 5::float8, NULL::date, 0.8::float8, 'auto'::text, NULL::text, NULL::cltv_model, NULL::cltv_model, $_, 'revenue'::text, 'known'::regclass, ARRAY['even']::text[])",
		"cltv_backtest_revenue('orders'::regclass, $columns, 100, 1, 'horizon'::text, NULL::date, 0.8::float8, 'auto'::text, 'auto'::text, $_, 'revenue'::text, 'known'::regclass, ARRAY['even']::text[])") } $of_rows, $of_lines),
	"revenue_forecast('orders'::regclass, $columns, 100, 'week'::text, NULL::date, 0.8::float8, 'bgnbd'::text, 'season'::text, NULL::cltv_model, NULL::cltv_model, $of_rows, 'revenue'::text, 'known'::regclass, ARRAY['even']::text[])",
	"calendar_table(calendar_learn('orders'::regclass, $columns, date '2024-12-31', true, NULL::date, $of_rows, 'revenue'::text))")
{
	like(answer('shop', "SET ROLE shop; SELECT count(*) FROM $report"), qr/^[1-9]\d*$/, $report);
}
is( answer('shop', qq{SELECT DISTINCT pg_describe_object(classid, objid, objsubid) FROM pg_depend
		WHERE refclassid = 'pg_proc'::regclass AND refobjid IN ($impostors)}), '', 'no view holds one');

$node->stop;
done_testing();

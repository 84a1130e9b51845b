# Hostile names, schemas and callers: SQL in identifiers is not run, a search_path full of impostors changes nothing, an
# installation beside impostors takes none of them up, and who may not read the orders learns nothing of them.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('hostile');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

# What a query prints, or how it fails.
sub answer
{
	my ($query, $database) = @_;
	my ($status, $out, $err) = $node->psql($database // 'postgres', $query);
	return $status == 0 ? $out : "status $status: $err";
}

is( answer(q{
	CREATE EXTENSION cltv;
	CREATE TABLE orders AS
	SELECT customer_id, ordered_at, amount
	FROM simulate_orders(bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), 300, '2023-01-01', '2024-12-31', 7);
	CREATE TABLE buyers AS SELECT DISTINCT customer_id, 'x'::text AS region, 0.5::float8 AS margin FROM orders;
	CREATE TABLE bases AS SELECT customer_base(frequency, recency, tenure) AS base
	FROM (SELECT purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS h,
		rfm_summary(history, '2024-12-31') AS s}), '', 'a shop');

# All that takes the name of a table or of a column: label => statements, with ORDERS (as a literal), BUYERS, NAME, and
# CUSTOMER, DAY, AMOUNT, MARGIN for columns, all as literals.
my $columns = 'CUSTOMER, DAY, AMOUNT';
my %reports = (
	cohort_report => "SELECT * FROM public.cohort_report(ORDERS, $columns)",
	referral_value => "SELECT * FROM public.referral_value(ORDERS, CUSTOMER, CUSTOMER, BUYERS, CUSTOMER, MARGIN) ORDER BY 1",
	product_affinity => "SELECT pg_catalog.count(*), pg_catalog.sum(baskets), pg_catalog.max(llr) FROM public.product_affinity(ORDERS, CUSTOMER, DAY, min_baskets => 1)",
	next_product => "SELECT pg_catalog.count(*) FROM public.next_product(ORDERS, CUSTOMER, DAY, min_baskets => 1, max_p_value => 1)",
	first_product_value => "SELECT pg_catalog.count(*), pg_catalog.sum(customers), pg_catalog.max(repeat_rate) FROM public.first_product_value(ORDERS, CUSTOMER, DAY, DAY, AMOUNT, horizon => 90, min_customers => 1)",
	subscription_metrics => "SELECT * FROM public.subscription_metrics(ORDERS, CUSTOMER, DAY, DAY, AMOUNT, by => CUSTOMER, ends => 'inclusive')",
	cltv_backtest_contracts => "SELECT * FROM public.cltv_backtest_contracts(ORDERS, CUSTOMER, DAY, DAY, '2024-01-01', period => 'day', ends => 'inclusive', attributes => ARRAY[AMOUNT])",
	cltv_backtest => "SELECT * FROM public.cltv_backtest(ORDERS, $columns, '2024-01-01')",
	cltv_calibration => "SELECT * FROM public.cltv_calibration(ORDERS, $columns, '2024-01-01')",
	cltv_tracking => "SELECT * FROM public.cltv_tracking(ORDERS, $columns, '2024-01-01', ARRAY['bgnbd'])",
	revenue_forecast => "SELECT * FROM public.revenue_forecast(ORDERS, $columns)",
	customer_equity => "SELECT * FROM public.customer_equity(ORDERS, $columns)",
	acquisition_forecast => "SELECT * FROM public.acquisition_forecast(ORDERS, $columns)",
	cltv_backtest_revenue => "SELECT * FROM public.cltv_backtest_revenue(ORDERS, $columns)",
	cltv_holdout => "SELECT * FROM public.cltv_holdout(ORDERS, $columns, '2024-01-01')",
	cltv_fits => "SELECT * FROM public.cltv_fits((SELECT base FROM public.bases), ARRAY['bgnbd', 'pnbd'])",
	cltv_orders_source => "SELECT query FROM public.cltv_orders_source(ORDERS, $columns, true)",
	cltv_source_column => "SELECT 'SELECT ', term FROM public.cltv_source_column(ORDERS, DAY, 'ordered_at', 'o')",
	cltv_same_customer => "SELECT public.cltv_same_customer(ORDERS, BUYERS, CUSTOMER)",
	population_stability_index => "SELECT public.population_stability_index('{10,20,30}', '{30,20,10}')");
my @procedures = (
	"CALL public.cltv_materialize(NAME, ORDERS, customer => CUSTOMER, ordered_at => DAY, amount => AMOUNT, as_of => '2024-12-31', revenue => 'month', cohorts => 'month', products => CUSTOMER, clusters => 2, segments => '[{\"segment\": \"Best\", \"fm\": 5}, {\"segment\": \"Other\"}]')",
	"SELECT FROM public.cltv_playbook(NAME) OFFSET 100000",
	"CALL public.cltv_refresh(NAME)",
	"CALL public.cltv_drop(NAME)",
	"CALL public.cltv_materialize(NAME, ORDERS, customer => CUSTOMER, ordered_at => DAY, amount => AMOUNT, customers => BUYERS, incremental => true)",
	"CALL public.cltv_refresh(NAME)",
	"CALL public.cltv_rebuild(NAME)",
	"CALL public.cltv_retain(NAME, '100 years')",
	"SELECT FROM public.cltv_forget(NAME, 5) OFFSET 100000",
	"SELECT public.cltv_refreshing(NAME) IS NULL",
	"SELECT public.cltv_drift(public.cltv_observe(NAME), public.cltv_observe(NAME))::text",
	"SELECT public.cltv_model_card(NAME)::text", "SELECT FROM public.cltv_explain(NAME, '7') OFFSET 100000",
	"SELECT public.cltv_binned(NAME)::text",
	"CALL public.cltv_drop(NAME)",
	"CALL public.cltv_audience(NAME, 'SELECT customer_id, 2 AS cost FROM public.orders', exclude => 'SELECT 3', rest_days => 3)",
	"CALL public.cltv_audience_refresh(NAME)",
	"CALL public.cltv_retain(NAME, '100 years')",
	"SELECT FROM public.cltv_forget(NAME, '5') OFFSET 100000",
	"SELECT FROM public.cltv_audience_changes(NAME) OFFSET 100000",
	"SELECT FROM public.audience_result(NAME, ORDERS, CUSTOMER, DAY, AMOUNT, as_of => '2999-12-31') OFFSET 100000",
	"CALL public.cltv_drop(NAME)",
	"CALL public.cltv_materialize_contracts(NAME, ORDERS, customer => CUSTOMER, started_on => DAY, ended_on => DAY, mrr => AMOUNT,
		ends => 'inclusive', period => 'week', attributes => ARRAY[AMOUNT], replace => true)",
	"CALL public.cltv_refresh(NAME)",
	"SELECT public.cltv_drift(public.cltv_observe(NAME), public.cltv_observe(NAME))::text",
	"CALL public.cltv_materialize(NAME, ORDERS, margin => MARGIN, customers => BUYERS, customer => CUSTOMER, ordered_at => DAY,
		amount => AMOUNT, replace => true, incremental => true)");

sub label { return $_[0] =~ s/\s+/ /gr }
sub literal { my ($text) = @_; return q{E'} . $text =~ s/(['\\])/\\$1/gr . q{'} }
sub quoted { my ($name) = @_; return '"' . $name =~ s/"/""/gr . '"' }

# A statement with the names filled in.
sub named
{
	my ($statement, %names) = @_;
	my $any = join '|', keys %names;
	return $statement =~ s/\b($any)\b/literal($names{$1})/ger;
}
my %plain = (ORDERS => 'public.orders', BUYERS => 'public.buyers', NAME => 'public.plain', CUSTOMER => 'customer_id',
	DAY => 'ordered_at', AMOUNT => 'amount', MARGIN => 'margin');
# What a report says; SQL that it writes depends on the names.
sub report { return answer(@_) =~ s/^SELECT .*/SQL/sr }
my %expected = map { $_ => report(named($reports{$_}, %plain)) } keys %reports;
unlike($expected{$_}, qr/^(status.*)?\z/s, "$_: there is a result") for sort keys %expected;

# The figures of a name's views, in plain order.
my $figures = q{SELECT md5(string_agg(concat_ws(' ', orders, revenue, churn_prob, cltv), ',' ORDER BY orders, revenue, churn_prob, cltv)) FROM };
is(answer(named($_, %plain)) =~ s/^(t|\{.*\})$//mgr, '', "plain: " . label($_)) for @procedures;
my $plain_figures = answer($figures . 'public.plain');
like($plain_figures, qr/^[0-9a-f]{32}$/, 'plain: there are figures');

# 1. Identifiers
my @names = (q{o"rd'ers}, q{x"; DROP TABLE public.orders; --}, q{'); DROP TABLE public.orders; --}, q{$$ a $1 $body$}, q{%s %I %1$s %%},
	q{back\slash\\}, q{Zażółć gęślą 注文 🛒}, q{select}, q{ leading. dots.and spaces }, 'ü' x 24, "new\nline\ttab");
for my $name (@names)
{
	my ($table, $customer, $day, $amount, $margin) = map { $_ . $name } '', 'c', 'd', 'a', 'm';
	my $home = quoted("s$name");
	my $fits = length($name) < 44 ? $name : substr $name, 0, 40; # a name's views carry suffixes: 63 bytes in all
	my %hostile = (ORDERS => "$home." . quoted($table), BUYERS => "$home." . quoted("b$name"), NAME => "$home." . quoted($fits . 'v'),
		CUSTOMER => $customer, DAY => $day, AMOUNT => $amount, MARGIN => $margin);
	my $shown = $name =~ s/\n/\\n/r =~ s/\t/\\t/r;
	my ($c, $d, $a, $m, $r) = map { quoted($_) } $customer, $day, $amount, $margin, "r$name";
	is( answer("CREATE SCHEMA $home;
			CREATE TABLE $hostile{ORDERS} AS SELECT customer_id AS $c, ordered_at AS $d, amount AS $a FROM orders;
			CREATE TABLE $hostile{BUYERS} AS SELECT customer_id AS $c, region AS $r, margin AS $m FROM buyers"),
		'', "$shown: tables of that name");
	for my $report (sort keys %reports)
	{
		is(report(named($reports{$report}, %hostile)), $expected{$report}, "$shown: $report");
	}
	is(answer(named($_, %hostile)) =~ s/^(t|\{.*\})$//mgr, '', "$shown: " . label($_)) for @procedures;
	is(answer($figures . $hostile{NAME}), $plain_figures, "$shown: the views say the same");
	my $left = 'SELECT count(*) FROM pg_class WHERE relnamespace = ' . literal($home) . q{::regnamespace AND relkind IN ('m', 'v')};
	is(answer(named('CALL public.cltv_drop(NAME)', %hostile) . "; $left"), '0', "$shown: all dropped");
}
is(answer('SELECT count(DISTINCT customer_id) FROM orders'), '300', 'nothing was run');

# 2. A search_path on which an impostor stands before each function, aggregate, operator, type and table of pg_catalog, and
# before ours. Whoever calls one is told.
is(answer(q{CALL cltv_drop('plain')}), '', 'the plain name is dropped');
sub impostors
{
	my ($schema, $candidates) = @_;
	return qq{
	DO \$do\$
	DECLARE
		one record;
		made jsonb := '{}';
		body CONSTANT text := 'LANGUAGE plpgsql AS \$evil\$ BEGIN RAISE EXCEPTION ''an impostor was called''; END \$evil\$';
	BEGIN
		SET LOCAL check_function_bodies = off;
		FOR one IN $candidates LOOP
			BEGIN
				EXECUTE replace(one.statement, 'BODY', body);
				made := made || jsonb_build_object(one.kind, coalesce((made ->> one.kind)::int, 0) + 1);
			EXCEPTION WHEN OTHERS THEN NULL; -- pseudo-types of the server's inner workings
			END;
		END LOOP;
		PERFORM set_config('test.made', made::text, false);
	END \$do\$;
	SELECT current_setting('test.made')};
}
my $exact = q{
	SELECT 'function' AS kind, format('CREATE FUNCTION evil.%I(%s) RETURNS %s%s BODY', proname,
		pg_get_function_identity_arguments(oid), CASE WHEN proretset THEN 'SETOF ' ELSE '' END, format_type(prorettype, NULL)) AS statement
	FROM pg_proc WHERE pronamespace IN ('pg_catalog'::regnamespace, 'public'::regnamespace) AND prokind IN ('f', 'w')
	UNION ALL
	SELECT 'aggregate', format('CREATE FUNCTION evil.step_%s(%s) RETURNS int4 BODY;
		CREATE AGGREGATE evil.%I(%s) (SFUNC = evil.step_%s, STYPE = int4)', oid,
		concat_ws(', ', 'int4', nullif(pg_get_function_identity_arguments(oid), '')), proname,
		coalesce(nullif(pg_get_function_identity_arguments(oid), ''), '*'), oid)
	FROM pg_proc WHERE pronamespace IN ('pg_catalog'::regnamespace, 'public'::regnamespace) AND prokind = 'a'
	UNION ALL
	SELECT 'operator', format('CREATE FUNCTION evil.operator_%s(%s) RETURNS %s BODY;
		CREATE OPERATOR evil.%s (%s RIGHTARG = %s, FUNCTION = evil.operator_%s)', oid,
		concat_ws(', ', nullif(oprleft, 0)::regtype, oprright::regtype), oprresult::regtype, oprname,
		'LEFTARG = ' || nullif(oprleft, 0)::regtype || ',', oprright::regtype, oid)
	FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace
	UNION ALL
	SELECT 'type', format('CREATE DOMAIN evil.%I AS pg_catalog.text CHECK (false)', typname)
	FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typelem = 0
	UNION ALL
	SELECT 'table', format('CREATE TABLE evil.%I AS SELECT * FROM pg_catalog.%I WITH NO DATA', relname, relname)
	FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')};
my ($made) = answer('CREATE SCHEMA evil; ' . impostors('evil', $exact));
my %made = $made =~ /"(\w+)": (\d+)/g;
note "impostors: $made";
cmp_ok($made{function}, '>', 2000, 'impostors of functions');
cmp_ok($made{aggregate}, '>', 80, 'of aggregates');
cmp_ok($made{operator}, '>', 600, 'of operators');
cmp_ok($made{type}, '>', 50, 'of types');
cmp_ok($made{table}, '>', 100, 'of tables');
my $path = 'SET search_path = evil, pg_catalog, public;';
like(answer("$path SELECT 1 + 1"), qr/an impostor was called/, 'they are called, where nobody guards against them');
for my $report (sort keys %reports)
{
	is(report("$path " . named($reports{$report}, %plain)), $expected{$report}, "impostors: $report");
}
is(answer("$path " . named($_ =~ s/ IS NULL$|::text$//r, %plain)) =~ s/^(|\{.*\})$//mgr, '', "impostors: " . label($_)) for @procedures;
is(answer("$path TABLE public.cltv_health") =~ s/\|.*//sr, 'public.plain', 'impostors: cltv_health');
is(answer($figures . 'public.plain'), $plain_figures, 'impostors: the views say the same');
is(answer('CREATE TABLE bad_orders AS SELECT * FROM orders'), '', 'other orders');
is(answer("CALL cltv_materialize('bad', 'bad_orders')"), '', 'and their views');
is(answer("INSERT INTO bad_orders VALUES (1, '2024-01-01', 'NaN')"), '', 'an amount that is none');
like(answer("$path CALL public.cltv_refresh('public.bad')"), qr/ERROR:  amount must be a finite number, not NaN/, 'impostors: a refresh that fails');
is( answer(q{SELECT count(*) FROM pg_depend AS d JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
		WHERE refclassid = 'pg_proc'::regclass AND refobjid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'evil'::regnamespace)
			OR refclassid = 'pg_operator'::regclass AND refobjid IN (SELECT oid FROM pg_operator WHERE oprnamespace = 'evil'::regnamespace)}),
	'0', 'impostors: no view holds one');

# Calls of whatever takes the orders, or a name of views, with exactly the declared arguments, in a database where impostors
# overload our names: none of them is called, by the call or by what is made of it.
sub call_all
{
	my ($database, $schema) = @_;
	is(answer(qq{
		CREATE SCHEMA mine; -- of whoever calls; public may be its owner's
		CREATE DOMAIN public.day AS pg_catalog.timestamp;
		CREATE TABLE public.orders AS
		SELECT customer_id, ordered_at::public.day AS ordered_at, amount
		FROM $schema.simulate_orders($schema.bgnbd_model(0.55::float8, 40::float8, 0.8::float8, 2.5::float8),
			$schema.gg_model(6.25::float8, 3.74::float8, 15.44::float8), 300::int8, '2023-01-01'::date, '2024-12-31'::date, 7::int8,
			NULL::$schema.features, NULL::$schema.features, NULL::$schema.features);
		CREATE FUNCTION $schema.purchase_history(public.day, float8) RETURNS $schema.purchase_history LANGUAGE plpgsql
			AS \$\$ BEGIN RAISE EXCEPTION 'an impostor was called'; END \$\$;
		CREATE TABLE public.buyers AS SELECT DISTINCT customer_id, 0.5::numeric AS margin FROM public.orders}, $database),
		'', "$database: a shop, and an impostor for its domain");
	my %values = (orders => "'public.orders'", customer => "'customer_id'", ordered_at => "'ordered_at'", amount => "'amount'",
		subscriptions => "'public.orders'", started_on => "'ordered_at'", ended_on => "'ordered_at'", mrr => "'amount'", by => "'customer_id'",
		ends => "'inclusive'", cut => "'2024-01-01'", models => "ARRAY['bgnbd', 'pnbd']", lasting => 'true', relation => "'public.orders'",
		column_name => "'amount'", role => "'amount'", argument => "'amount'", alias => "'o'");
	my $call = sub {
		my ($function, %other) = @_;
		my %given = (%values, %other);
		my @calls;
		for my $row (split /\n/, answer(qq{
			SELECT prokind::text || '~' || string_agg(format('%s~%s~%s', proargnames[i], format_type(t, NULL),
				replace(coalesce(pg_get_function_arg_default(p.oid, i::int), ''), E'\\n', ' ')), '~' ORDER BY i)
			FROM pg_proc AS p, unnest(proargtypes::oid[]) WITH ORDINALITY AS a (t, i)
			WHERE proname = '$function' AND pronamespace = '$schema'::regnamespace AND p.oid IN (SELECT objid FROM pg_depend
				WHERE deptype = 'e' AND classid = 'pg_proc'::regclass) GROUP BY p.oid, prokind ORDER BY p.oid}, $database))
		{
			my ($kind, @arguments) = split /~/, $row, -1;
			my @terms;
			while (my ($name, $type, $default) = splice @arguments, 0, 3)
			{
				push @terms, 'CAST(' . ($given{$name} // ($default eq '' ? 'NULL' : $default)) . " AS $type)";
			}
			push @calls, ($kind eq 'p' ? 'CALL' : 'SELECT count(*) FROM') . " $schema.$function(" . join(', ', @terms) . ')';
		}
		return @calls;
	};
	for my $statement (
		$call->('cltv_materialize', name => "'mine.plain'", margin => '0.3'),
		$call->('cltv_drop', name => "'mine.plain'"),
		$call->('cltv_materialize', name => "'mine.plain'", margin => "'0.3'", model => "'mbgnbd'", replace => 'true'),
		$call->('cltv_materialize', name => "'mine.folded'", margin => "'margin'", customers => "'public.buyers'", model => "'pnbd'",
			incremental => 'true', replace => 'true'),
		"INSERT INTO public.orders VALUES (7, '2025-01-15', 20)",
		(map { $call->('cltv_refresh', name => "'mine.$_'") } qw(plain folded)), $call->('cltv_rebuild', name => "'mine.folded'"),
		"SELECT count(*) FROM $schema.cltv_health HAVING count(*) <> 2")
	{
		is(answer($statement, $database), '', "$database: " . label($statement) =~ s/(\(.{0,30}).*/$1/r);
	}
	for my $function (qw(cohort_report subscription_metrics cltv_backtest cltv_calibration cltv_tracking cltv_holdout cltv_orders_source cltv_source_column))
	{
		like(answer($_, $database), qr/^[1-9]\d*$/, "$database: $function") for $call->($function);
	}
	is( answer(q{SELECT count(*) FROM pg_depend JOIN pg_proc AS p ON refclassid = 'pg_proc'::regclass AND refobjid = p.oid
			WHERE classid = 'pg_rewrite'::regclass AND prosrc LIKE '%an impostor was called%'}, $database),
		'0', "$database: no view holds one");
	is(answer($_, $database), '', "$database: " . label($_)) for $call->('cltv_drop', name => "'mine.plain'");
	return;
}

# 3. An installation into a schema with functions and operators that fit the script's expressions better than pg_catalog's,
# and that overload each name of ours: such a schema's owner would get a superuser, or whoever calls ours, to run them.
# Variants of the arguments of our functions: other types, and fewer where there are defaults. A type of ours, of which
# there is none before the installation, is any type there.
my $variants = q{
	WITH members AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
			AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cltv') AND refclassid = 'pg_extension'::regclass),
	own_types AS (SELECT oid, CASE rank() OVER (ORDER BY typname) % 2 WHEN 0 THEN 'anyelement' ELSE 'anycompatible' END AS any_type
		FROM pg_type WHERE oid IN (SELECT objid FROM members WHERE classid = 'pg_type'::regclass)),
	ours AS (SELECT p.*, n FROM pg_proc AS p, generate_series(greatest(1, pronargs - pronargdefaults), pronargs) AS n
		WHERE p.oid IN (SELECT objid FROM members WHERE classid = 'pg_proc'::regclass)
			AND NOT proargtypes::oid[] && '{internal,cstring}'::regtype[]::oid[]),
	exchanges (declared, other) AS (VALUES ('float8'::regtype, 'int8'::regtype), ('float8', 'int4'), ('float8', 'numeric'),
		('int8', 'int4'), ('int4', 'int8'), ('name', 'text'), ('text', 'name'), ('regclass', 'oid'), (NULL, NULL)),
	variants AS (
		SELECT DISTINCT proname, prokind, proretset, CASE WHEN prorettype IN (SELECT oid FROM own_types) THEN 'text'::regtype
				ELSE prorettype::regtype END AS result,
			(SELECT string_agg(CASE WHEN t = declared AND (place IS NULL OR place = i) THEN other::text
					WHEN before THEN coalesce((SELECT any_type FROM own_types WHERE oid = t), t::regtype::text)
					ELSE t::regtype::text END, ', ' ORDER BY i)
				FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS a (t, i) WHERE i <= n) AS arguments
		FROM ours, exchanges, (SELECT NULL::int UNION ALL SELECT generate_series(1, 20)) AS p (place))
	SELECT 'overload' AS kind, format('CREATE %s SCHEMA.%I(%s) %s BODY',
		CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, proname, arguments,
		CASE prokind WHEN 'p' THEN '' ELSE 'RETURNS ' || CASE WHEN proretset THEN 'SETOF ' ELSE '' END || result END) AS statement
	FROM variants
	WHERE NOT EXISTS (SELECT FROM ours AS o WHERE o.proname = variants.proname AND o.n = o.pronargs AND variants.arguments =
		(SELECT string_agg(t::regtype::text, ', ' ORDER BY i) FROM unnest(o.proargtypes::oid[]) WITH ORDINALITY AS a (t, i)))};
my $before = answer('SELECT json_agg(v) FROM (' . $variants =~ s/\bbefore\b/true/gr =~ s/SCHEMA/evil/gr . ') AS v');
$before = q{SELECT v ->> 'kind' AS kind, v ->> 'statement' AS statement FROM json_array_elements($json$} . $before . q{$json$) AS v};

my %called;
for my $file (glob "$ENV{CLTV_SOURCE}/sql/*/*.sql")
{
	$called{$_} = 1 for slurp_file($file) =~ /\b([a-z_0-9]+) ?\(/g;
}
my $called = join ', ', map { "'$_'" } sort keys %called;
my $better = qq{
	WITH types AS (SELECT t, i FROM unnest(ARRAY['text', 'name', 'int4', 'int8', 'float8', 'numeric', 'date', 'timestamptz', 'oid',
			'regclass', 'int2', 'bool', 'timestamp', 'regtype', 'regproc', 'regprocedure', 'jsonb', 'interval']) WITH ORDINALITY AS u (t, i)),
		names AS (SELECT DISTINCT proname, prokind FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
			AND prokind IN ('f', 'a') AND proname IN ($called))
	SELECT 'function' AS kind, format('CREATE FUNCTION evil.%I(%s) RETURNS text BODY', proname, t) AS statement
	FROM names, types WHERE prokind = 'f'
	UNION ALL SELECT 'function', format('CREATE FUNCTION evil.%I(%s, %s) RETURNS text BODY', proname, a.t, b.t)
	FROM names, types AS a, types AS b WHERE prokind = 'f' AND a.i <= 10 AND b.i <= 10
	UNION ALL SELECT 'aggregate', format('CREATE FUNCTION evil.step_%s(text, %s) RETURNS text BODY;
		CREATE AGGREGATE evil.%I(%2\$s) (SFUNC = evil.step_%1\$s, STYPE = text)', proname, t, proname)
	FROM names, types WHERE prokind = 'a'
	UNION ALL SELECT 'operator', format('CREATE FUNCTION evil.operator_%s(%s, %s) RETURNS boolean BODY;
		CREATE OPERATOR evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = evil.operator_%s)', o.i, a.t, b.t, o, a.t, b.t, o.i)
	FROM types AS a, types AS b, unnest(ARRAY['=', '<>', '<', '>', '<=', '>=', '||', '+', '-', '*', '/', '~']) WITH ORDINALITY AS o (o, i)};
is(answer('CREATE ROLE shop LOGIN; CREATE DATABASE shop OWNER shop;'), '', 'a database with an owner');
($made) = answer("SET ROLE shop; CREATE SCHEMA evil; " . impostors('evil', $better), 'shop');
%made = $made =~ /"(\w+)": (\d+)/g;
note "better fits: $made";
cmp_ok($made{function}, '>', 4000, 'functions that fit better');
cmp_ok($made{aggregate}, '>', 80, 'aggregates that fit better');
cmp_ok($made{operator}, '>', 3000, 'operators that fit better');
($made) = answer("SET ROLE shop; " . impostors('evil', $before), 'shop');
%made = $made =~ /"(\w+)": (\d+)/g;
note "overloads before the installation: $made";
cmp_ok($made{overload}, '>', 500, 'overloads of the functions to come');
like(answer("SET search_path = evil; SELECT 'a'::text || 1::int8", 'shop'), qr/an impostor was called/, 'they would be called');
is(answer('SET ROLE shop; CREATE EXTENSION cltv SCHEMA evil', 'shop'), '', 'the extension installs beside them');
is( answer(q{WITH ours AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass),
			parts AS (SELECT * FROM ours UNION SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite
				WHERE ('pg_class'::regclass, ev_class) IN (TABLE ours))
		SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0) || ' takes ' || pg_describe_object(refclassid, refobjid, 0)
		FROM pg_depend AS d JOIN parts USING (classid, objid)
		WHERE (refclassid, refobjid) NOT IN (TABLE ours) AND (refclassid, refobjid) NOT IN (TABLE parts)
			AND (refclassid = 'pg_proc'::regclass AND refobjid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'evil'::regnamespace)
			OR refclassid = 'pg_operator'::regclass AND refobjid IN (SELECT oid FROM pg_operator WHERE oprnamespace = 'evil'::regnamespace))},
		'shop'), '', 'and takes none of them up');
call_all('shop', 'evil');

# 4. Whose orders are not theirs to read
is(answer(q{CREATE ROLE stranger LOGIN; GRANT CREATE ON DATABASE postgres TO stranger; CREATE SCHEMA stranger AUTHORIZATION stranger}), '', 'a stranger');
my %catalogue = map { $_ => 1 } qw(cltv_fits population_stability_index); # read no rows, or are given them
for my $report (grep { !$catalogue{$_} } sort keys %reports)
{
	my (undef, $out, $err) = $node->psql('postgres', "SET ROLE stranger;\n\\set VERBOSITY verbose\n" . named($reports{$report}, %plain));
	is($out, '', "a stranger: $report gives nothing");
	like($err, qr/^psql:<stdin>:\d+: ERROR:  42501: permission denied for table orders\n/, "a stranger: $report says why");
}
for my $procedure (@procedures)
{
	my (undef, $out, $err) = $node->psql('postgres', "SET ROLE stranger;\n\\set VERBOSITY verbose\n" . named($procedure, %plain, $procedure =~ /materialize|cltv_audience\(/ ? (NAME => 'stranger.mine') : ()));
	next if $procedure =~ /cltv_refreshing|cltv_playbook|audience_/; # a process number or NULL; what cltv_made tells everybody; there is no audience
	is($out, '', "a stranger: @{[label($procedure)]} gives nothing");
	like($err, qr/ERROR:  42501: /, "a stranger: @{[label($procedure)]} says why");
}
is(answer(q{SET ROLE stranger; SELECT count(*) FROM cltv_health WHERE last_success IS NOT NULL OR customers IS NOT NULL}), '0',
	'a stranger: cltv_health tells of their own attempts alone');
is( answer(q{SELECT count(*) FROM pg_proc JOIN pg_depend ON classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
		JOIN pg_extension AS e ON refobjid = e.oid AND extname = 'cltv' WHERE proleakproof OR prosecdef}),
	'0', 'no function of ours is leakproof or runs with the rights of its owner');

# 5. Where others may create functions in the schema of the extension later on.
is(answer('CREATE DATABASE overloads'), '', 'a database for overloads');
is(answer('CREATE EXTENSION cltv', 'overloads'), '', 'the extension');
($made) = answer(impostors('public', $variants =~ s/\bbefore\b/false/gr =~ s/SCHEMA/public/gr), 'overloads');
%made = $made =~ /"(\w+)": (\d+)/g;
note "overloads: $made";
cmp_ok($made{overload}, '>', 500, 'overloads of our functions');
like(answer(q{SELECT expected_purchases(bgnbd_model(0.55::float8, 40::float8, 0.8::float8, 2.5::float8), 1::bigint, 2::float8, 3::float8,
	4::float8)}, 'overloads'), qr/an impostor was called/, 'they are called by whoever is not exact');
call_all('overloads', 'public');

$node->stop;
done_testing();

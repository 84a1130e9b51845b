# Orders of any names and types, read under any settings: what the SQL that reads them means does not depend on how the
# user's columns are called, which casts the user's types have, or what the session's settings are.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('orders_source');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

# What a query prints, or how it fails.
sub answer
{
	my ($query) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $query);
	return $status == 0 ? $out : "status $status: $err";
}

# Everything that reads orders, of a table and its columns: the reports' rows, as one text.
my @reports = (
	'cohort_report(ORDERS)', "cltv_holdout(ORDERS, '2023-12-31')", "cltv_tracking(ORDERS, '2023-12-31', '{bgnbd}')", 'cltv_check_orders(ORDERS)',
	"cltv_calibration(ORDERS, '2023-12-31', '{bgnbd}')", "cltv_backtest(ORDERS, '2023-12-31', '{bgnbd}')",
	"revenue_forecast(ORDERS, model => 'bgnbd')", 'acquisition_forecast(ORDERS)');
sub saying
{
	my ($function, @reports) = @_;
	return "CREATE FUNCTION $function(orders regclass, customer name, ordered_at name, amount name) RETURNS text LANGUAGE sql AS \$\$ SELECT md5(concat("
	  . join(', ', map { q{(SELECT string_agg(r::text, ',' ORDER BY r::text) FROM } . s/ORDERS/\$1, \$2, \$3, \$4/r . ' AS r)' } @reports) . ')) $$;';
}
is(answer(q{
	CREATE EXTENSION cltv;
	CREATE TABLE orders AS
	SELECT customer_id, ordered_at, amount
	FROM simulate_orders(bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), 40, '2023-01-01', '2024-06-30', 7);
	CREATE SCHEMA names;
	CREATE TABLE names."$ 0" AS SELECT customer_id AS "$ 1", ordered_at AS "$ 2", amount AS "$ 3" FROM orders WHERE customer_id < 15;} .
	saying('said', @reports) . saying('said_in_short', @reports[ 0, 1, 3 ], "cltv_purchase_days(ORDERS, '2023-12-31')")), '', 'a small shop, and all that its reports say');
my $expected = answer(q{SELECT said('orders', 'customer_id', 'ordered_at', 'amount')});
like($expected, qr/^[0-9a-f]{32}$/, 'they say something');
isnt(answer(q{SELECT said('orders', 'customer_id', 'ordered_at', 'customer_id')}), $expected, 'which depends on the columns');

# 1. Every word of the SQL that reads orders for reports, aliases, columns, variables, parameters and keywords alike, is the
# name of a table, of its customers, times and amounts in turn; so are the usual names, of the other columns.
my %words;
for my $file (glob "$ENV{CLTV_SOURCE}/sql/{history,fit,shop,validation}/*.sql")
{
	my $sql = slurp_file($file);
	$sql =~ s/COMMENT ON .*?;\n//gs;
	$sql =~ s/--.*//g;
	$words{ lc $1 } = 1 while $sql =~ /\b([A-Za-z_]\w*)\b/g;
}
my @words = sort keys %words;
cmp_ok(scalar @words, '>', 500, 'words in the SQL');
ok($words{$_}, "$_ among them") for qw(customer o day rows ordered_at amount cohort as_of select);
is(answer(q{
	CREATE FUNCTION renamed(words name[], expected text) RETURNS SETOF text LANGUAGE plpgsql AS $$
	DECLARE
		said text;
	BEGIN
		FOR i IN 1 .. 3 LOOP
			EXECUTE format('ALTER TABLE names."$ 0" RENAME "$ %s" TO %I', i, words[i]);
		END LOOP;
		EXECUTE format('ALTER TABLE names."$ 0" RENAME TO %I', words[4]);
		BEGIN
			said := said_in_short(format('names.%I', words[4])::regclass, words[1], words[2], words[3]);
		EXCEPTION WHEN OTHERS THEN
			said := SQLERRM;
		END;
		IF said <> expected THEN
			RETURN NEXT format('%s: %s', words, said);
		END IF;
		EXECUTE format('ALTER TABLE names.%I RENAME TO "$ 0"', words[4]);
		FOR i IN 1 .. 3 LOOP
			EXECUTE format('ALTER TABLE names."$ 0" RENAME %I TO "$ %s"', words[i], i);
		END LOOP;
	END $$}), '', 'a table to be renamed');
my $said_in_short = answer(q{SELECT said_in_short('names."$ 0"', '$ 1', '$ 2', '$ 3')});
my @quartets = (
	[qw(amount customer ordered_at orders)], [qw(ordered_at amount customer o)], [qw(amount ordered_at customer_id customer)],
	map { [ @words[ map { $_ % @words } $_ .. $_ + 3 ] ] } 0 .. $#words);
for my $start (map { 100 * $_ } 0 .. $#quartets / 100)
{
	my @some = grep { defined } @quartets[ $start .. $start + 99 ];
	my $list = join ', ', map { "('{" . join(',', map { qq{"$_"} } @$_) . "}')" } @some;
	is(answer("SELECT r FROM (VALUES $list) AS v (words), renamed(words::name[], '$said_in_short') AS r"),
		'', "$some[0][0] ... $some[-1][0] as names");
}

# 2. Types of users' making, with casts that tell when they are called
is(answer(q{
	CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
	CREATE TYPE pair AS (shop int, mood mood);
	CREATE DOMAIN code AS varchar(20) CHECK (VALUE <> '');
	CREATE DOMAIN price AS numeric(10, 2);
	CREATE DOMAIN moment AS timestamp;} .
	join('', map { my $type = $_; map { qq{
		CREATE FUNCTION to_$_($type) RETURNS $_ LANGUAGE plpgsql AS \$\$ BEGIN RAISE EXCEPTION 'a user''s cast ran'; END \$\$;
		CREATE CAST ($type AS $_) WITH FUNCTION to_$_($type) AS IMPLICIT;} } qw(text float8 numeric date timestamp timestamptz) } qw(mood pair)) . q{
	CREATE TABLE typed AS
	SELECT (ARRAY['sad', 'ok', 'happy'])[customer_id % 3 + 1]::mood AS mood,
		(customer_id % 3, (ARRAY['sad', 'ok', 'happy'])[customer_id % 3 + 1])::pair AS pair,
		ARRAY[(ARRAY['sad', 'ok', 'happy'])[customer_id % 3 + 1]]::mood[] AS moods, (customer_id % 3)::text::code AS code,
		customer_id % 3 = 0 AS flag, ('a' || customer_id % 3)::char(9) AS padded, (customer_id % 3)::text::json AS doc, ARRAY['1'::json] AS docs,
		customer_id % 3 AS whole, ordered_at::moment AS ordered_at, amount::numeric::price AS amount, to_jsonb(amount) AS json_amount,
		amount::text AS text_amount, amount::numeric::money AS money, ordered_at::text AS text_time, ordered_at::time AS clock,
		extract(epoch FROM ordered_at) AS epoch
	FROM orders}), '', 'types whose casts are traps');
like(answer($_), qr/a user's cast ran/, "$_: they spring, where nobody guards against them")
  for 'SELECT mood::text FROM typed', 'SELECT mood::float8 FROM typed', 'SELECT pair::date FROM typed';
my $plain = answer(q{SELECT said('typed', 'whole', 'ordered_at', 'amount')});
like($plain, qr/^[0-9a-f]{32}$/, 'three customers');
my %text = (mood => 'sad', pair => '(0,sad)', moods => '{sad}', code => '0', flag => 'true', padded => 'a0', whole => '0');
for my $customer (sort keys %text)
{
	is(answer("SELECT md5(string_agg(r::text, '' ORDER BY r::text)) FROM cohort_report('typed', '$customer', 'ordered_at', 'amount') AS r"),
		answer(q{SELECT md5(string_agg(r::text, '' ORDER BY r::text)) FROM cohort_report('typed', 'whole', 'ordered_at', 'amount') AS r}),
		"cohorts of customers of a $customer") if $customer ne 'flag';
	is(answer("SELECT count(*) FROM cltv_holdout('typed', '$customer', 'ordered_at', 'amount', '2023-12-31') WHERE customer_id = '$text{$customer}'"),
		'1', "a $customer is $text{$customer}");
	unlike(answer("SELECT said('typed', '$customer', 'ordered_at', 'amount')"), qr/status/, "all reports of customers of a $customer");
}
is(answer(q{SELECT said('typed', 'whole', 'ordered_at', 'json_amount')}), $plain, 'amounts in jsonb, by the cast of PostgreSQL');

# 3. What cannot be read is told in one message, with the cast to write in a view, and a context of a few lines.
my @unfit = (
	[ 'missing', 'ordered_at', 'amount', '42703', "customer => '...'" ],
	[ 'whole', 'Ordered_at', 'amount', '42703', "ordered_at => '...'" ],
	[ 'whole', 'ordered_at', 'ctid', '42703', "amount => '...'" ],
	[ 'doc', 'ordered_at', 'amount', '42804', 'doc::text AS doc FROM public.typed' ],
	[ 'docs', 'ordered_at', 'amount', '42804', 'docs::text AS docs FROM public.typed' ],
	[ 'whole', 'text_time', 'amount', '42804', 'text_time::timestamp AS text_time FROM public.typed' ],
	[ 'whole', 'clock', 'amount', '42804', 'a_day + clock::time AS clock FROM public.typed' ],
	[ 'whole', 'epoch', 'amount', '42804', 'to_timestamp(epoch) AS epoch FROM public.typed' ],
	[ 'whole', 'doc', 'amount', '42804', q{(doc #>> '{}')::timestamp AS doc FROM public.typed} ],
	[ 'whole', 'mood', 'amount', '42804', 'mood::text::timestamp AS mood FROM public.typed' ],
	[ 'whole', 'pair', 'amount', '42804', 'pair::text::timestamp AS pair FROM public.typed' ],
	[ 'whole', 'ordered_at', 'mood', '42804', 'mood::text::numeric AS mood FROM public.typed' ],
	[ 'whole', 'ordered_at', 'text_amount', '42804', 'text_amount::numeric AS text_amount FROM public.typed' ],
	[ 'whole', 'ordered_at', 'money', '42804', 'money::numeric AS money FROM public.typed' ],
	[ 'whole', 'ordered_at', 'flag', '42804', 'flag::text::numeric AS flag FROM public.typed' ]);
for my $report (@reports)
{
	for my $case (@unfit)
	{
		my ($customer, $time, $amount, $code, $hint) = @$case;
		my $call = $report =~ s/ORDERS/'typed', '$customer', '$time', '$amount'/r;
		my (undef, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM $call");
		ok($out eq '' && $err =~ /^psql:<stdin>:\d+: ERROR:  $code: / && $err =~ /^HINT:  [^\n]*\Q$hint\E/m && $err =~ tr/\n// < 16, "$call: $hint")
		  or diag($err);
	}
}
# So is what no report can be made of, where the query that makes it would be quoted.
is(answer(q{CREATE VIEW endless AS
	SELECT whole, ordered_at, amount, CASE whole WHEN 1 THEN 'infinity' ELSE ordered_at END AS at,
		CASE whole WHEN 1 THEN 'NaN' ELSE amount::float8 END AS unknown FROM typed}), '', 'a view without bounds');
for my $report (grep { !/check_orders/ } @reports)
{
	for my $case ([ 'at', 'amount', 'at must be finite, not infinity', 'make the time NULL' ],
		[ 'ordered_at', 'unknown', 'unknown must be a finite number, not NaN', 'make it NULL' ])
	{
		my ($time, $amount, $message, $hint) = @$case;
		my $call = $report =~ s/ORDERS/'endless', 'whole', '$time', '$amount'/r;
		my (undef, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM $call");
		ok($out eq '' && $err =~ /^psql:<stdin>:\d+: ERROR:  22023: \Q$message\E$/m && $err =~ /^HINT:  [^\n]*\Q$hint\E/m
				&& $err !~ /purchase_history|exact_sum/ && $err =~ tr/\n// < 16, "$call: $message") or diag($err);
	}
}
# The casts that the hints say do the work, in a view.
is(answer(q{CREATE VIEW mended AS
	SELECT whole, text_time::timestamp AS text_time, text_amount::numeric AS text_amount, money::numeric AS money FROM typed}), '', 'a view');
is(answer(q{SELECT said('mended', 'whole', 'text_time', 'text_amount')}), $plain, 'text that is a time or a number, cast in a view');
is(answer(q{SELECT said('mended', 'whole', 'text_time', 'money')}), $plain, 'money, cast in a view');

# Two tables of customers: one type, or two that PostgreSQL takes for each other.
is(answer(q{
	CREATE TYPE plain_mood AS ENUM ('sad', 'ok');
	CREATE DOMAIN calm AS plain_mood;
	CREATE TABLE others (whole text, mood mood, pair pair, code text, flag int, padded text, moods mood[]);
	CREATE TABLE same (whole bigint, pair text);
	CREATE TABLE moods (mood plain_mood);
	CREATE TABLE calm_moods (mood calm)}), '', 'tables of customers');
is(answer("SELECT cltv_same_customer('typed', $_)"), 'OPERATOR(pg_catalog.=)', "$_ has the same customers")
  for q{'others', 'code'}, q{'others', 'padded'}, q{'others', 'moods'}, q{'same', 'whole'};
is(answer(q{SELECT cltv_same_customer('moods', 'calm_moods', 'mood')}), 'OPERATOR(pg_catalog.=)', 'so have an enum and its domain');
for my $case (
	[ q{'others', 'whole'}, 'whole::text AS whole FROM public.typed' ], [ q{'others', 'flag'}, 'flag::boolean AS flag FROM public.others' ],
	[ q{'same', 'pair'}, 'pair::text AS pair FROM public.typed' ], [ q{'others', 'mood'}, 'mood::text AS mood FROM public.typed' ],
	[ q{'others', 'pair'}, 'pair::text AS pair FROM public.typed' ])
{
	my ($arguments, $hint) = @$case;
	my (undef, undef, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT cltv_same_customer('typed', $arguments)");
	ok($err =~ /ERROR:  42804: / && $err =~ /^HINT:  [^\n]*\Q$hint\E/m, "$arguments: $hint") or diag($err);
}
SKIP: {
	skip 'citext is not installed', 2 if answer('CREATE SCHEMA extra; CREATE EXTENSION citext SCHEMA extra') ne '';
	is(answer('CREATE TABLE folded AS SELECT (ARRAY[\'a\', \'A\'])[customer_id % 2 + 1]::extra.citext AS who, ordered_at, amount FROM orders'),
		'', 'customers in citext');
	is(answer(q{SELECT customers || cltv_same_customer('folded', 'folded', 'who')
			FROM cohort_report('folded', 'who', 'ordered_at', 'amount') LIMIT 1}), '1OPERATOR(extra.=)', 'are those of citext');
}

# 4. Settings that change how text is read and written, one at a time and together. The rows are kept and read again by a
# session with the usual ones.
my @settings = (
	q{DateStyle = 'German, MDY'}, q{DateStyle = 'SQL, DMY'}, q{DateStyle = 'Postgres, YMD'}, q{IntervalStyle = 'sql_standard'},
	'extra_float_digits = -15', 'standard_conforming_strings = off', 'quote_all_identifiers = on', 'transform_null_equals = on',
	'array_nulls = off', q{bytea_output = 'escape'}, q{backslash_quote = 'off'}, q{lc_monetary = 'C'}, q{lc_numeric = 'C'},
	q{timezone_abbreviations = 'India'}, q{plpgsql.variable_conflict = 'use_variable'}, q{plpgsql.variable_conflict = 'use_column'},
	q{plpgsql.variable_conflict = 'error'}, q{search_path = ''}, q{xmloption = 'document'});
is(answer(q{CREATE TABLE instants AS SELECT customer_id, ordered_at AT TIME ZONE 'UTC' AS at, amount FROM orders}), '', 'orders of instants');
my @kept = (
	(map { s/ORDERS/'public.orders', 'customer_id', 'ordered_at', 'amount'/r } @reports),
	(map { s/ORDERS/'public.instants', 'customer_id', 'at', 'amount'/r } @reports));
my $zone = q{SET TimeZone = 'Pacific/Auckland'};
sub kept
{
	my (@set) = @_;
	my $drop = 'DROP TABLE IF EXISTS ' . join(', ', map { "public.kept_$_" } 0 .. $#kept);
	my $make = join '; ', map { "CREATE TABLE public.kept_$_ AS SELECT * FROM public.$kept[$_]" } 0 .. $#kept;
	my $problem = answer(join '; ', $drop, $zone, (map { "SET $_" } @set), $make);
	return $problem if $problem ne '';
	return answer('SELECT md5(concat(' . join(', ', map { "(SELECT string_agg(k::text, ',' ORDER BY k::text) FROM public.kept_$_ AS k)" } 0 .. $#kept) . '))');
}
my $usual = kept();
like($usual, qr/^[0-9a-f]{32}$/, 'the usual settings');
is(kept($_), $usual, $_) for @settings;
is(kept(map { $settings[$_] } 0, 3 .. 7, 9), $usual, 'many of them together');
# A view's text is read as the session would read it.
is(answer(q{CREATE VIEW written AS SELECT customer_id, to_char(ordered_at, 'DD.MM.YYYY HH24:MI:SS')::timestamp AS ordered_at, amount FROM orders}),
	'', 'a view over days in writing');
for my $report (@reports)
{
	my ($written, $plainly) = map { my $orders = $_; $report =~ s/ORDERS/'$orders', 'customer_id', 'ordered_at', 'amount'/r } qw(written orders);
	is(answer("SET DateStyle = 'German, DMY'; SELECT count(*) FROM (SELECT * FROM $written EXCEPT SELECT * FROM $plainly) AS d"), '0',
		"$written: day first");
}
# A zone whose name AT TIME ZONE takes for an abbreviation without summer time
$zone = q{SET TimeZone = 'CET'};
my $cet = kept();
isnt($cet, $usual, 'CET has other days than Auckland');
$zone = q{SET TimeZone = 'Europe/Brussels'};
is($cet, kept(), 'and those of Brussels');
like(answer(q{SET TimeZone = 'CET'; SELECT cltv_orders_source('instants', 'customer_id', 'at', 'amount', true)}),
	qr/ERROR:  TimeZone CET has a different meaning in AT TIME ZONE\n/, 'which is no zone to be written into a view');

$node->stop;
done_testing();

# What belongs to whom: cltv_drop and replace drop what was made and nothing else, nobody but the owner holds up a refresh,
# no session setting changes what is made, and a schema that somebody else could move away is refused.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('whose');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE shop LOGIN; CREATE ROLE mallory LOGIN; CREATE ROLE boss LOGIN SUPERUSER;
	CREATE EXTENSION cltv;
	CREATE SCHEMA sales AUTHORIZATION shop; CREATE SCHEMA theirs AUTHORIZATION mallory;
	GRANT USAGE, CREATE ON SCHEMA theirs TO shop; GRANT USAGE ON SCHEMA sales TO mallory});

# What a role's query prints and how it fails, without notices and what stands behind them.
sub as
{
	my ($user, $query) = @_;
	my (undef, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$query", extra_params => [ '-U', $user ], on_error_stop => 0);
	$err = join "\n", grep { /ERROR:|WARNING:|^DETAIL:|^HINT:/ && !/NOTICE/ } split /\n/, $err;
	$err =~ s/^psql:<stdin>:\d+: //mg;
	return "$out$err";
}
is(as('shop', q{SET search_path = sales, public;
	CREATE TABLE orders AS
	SELECT * FROM simulate_orders(bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), 300, '2023-01-01', '2024-12-31', 7);
	GRANT SELECT ON orders TO mallory;
	CALL cltv_materialize('value', 'orders'); CALL cltv_materialize('folded', 'orders', incremental => true)}), '', 'a shop');

# 1. A user's own relations of such names are never taken for what was made, be they there before or after.
my $left = q{SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class
	WHERE relnamespace = 'sales'::regnamespace AND relkind IN ('r', 'v', 'm') AND relname ~ 'NAME'};
sub left_of { my ($name) = @_; return as('shop', $left =~ s/NAME/^$name/r) }
for my $part (qw(history model segments rfm_grid value_bands at_risk forecast next source watermark))
{
	my $own = "own_$part";
	is(as('shop', qq{CREATE TABLE sales.${own}_$part AS SELECT 1 AS precious}), '', "$part: a table of their own");
	if ($part eq 'source' || $part eq 'watermark')
	{
		is(as('shop', qq{CALL cltv_materialize('sales.$own', 'sales.orders')}), '', "$part: not in the way");
		is(as('shop', qq{CALL cltv_materialize('sales.$own', 'sales.orders', replace => true)}), '', "$part: nor of replace");
		is(as('shop', qq{CALL cltv_drop('sales.$own')}), '', "$part: cltv_drop");
	}
	else
	{
		for my $replace ('false', 'true')
		{
			like(as('shop', qq{CALL cltv_materialize('sales.$own', 'sales.orders', replace => $replace)}),
				qr/ERROR:  42P07: relation sales\.${own}_$part already exists/, "$part: in the way, replace => $replace");
		}
		like(as('shop', qq{CALL cltv_drop('sales.$own')}), qr/ERROR:  42P01: sales\.$own was not made by cltv_materialize/, "$part: nothing to drop");
		# Nor does a materialized view named like the model's make all the others ours.
		is(as('shop', qq{CREATE MATERIALIZED VIEW sales.${own}_model AS SELECT 2 AS other; CREATE TABLE sales.$own AS SELECT 3 AS third}), '',
			"$part: more of their own") if $part ne 'model';
		like(as('shop', qq{CALL cltv_drop('sales.$own')}), qr/ERROR:  42P01/, "$part: still nothing to drop");
		like(as('shop', qq{CALL cltv_refresh('sales.$own')}), qr/ERROR:  42P01/, "$part: nor to refresh");
		like(as('shop', qq{CALL cltv_rebuild('sales.$own')}), qr/ERROR:  42P01/, "$part: nor to rebuild");
	}
	is(as('shop', qq{SELECT precious FROM sales.${own}_$part}), '1', "$part: theirs is there");
}
# Renamed, moved or given away, what was made is still known, and only that.
is(as('shop', q{ALTER MATERIALIZED VIEW sales.value RENAME TO worth; ALTER MATERIALIZED VIEW sales.value_model RENAME TO fitted;
	CREATE TABLE sales.worth_history AS SELECT 1 AS precious; CALL cltv_refresh('sales.worth')}), '', 'renamed parts are refreshed');
is(left_of('value|worth|fitted'), 'fitted value_at_risk value_forecast value_history value_next value_rfm_grid value_segments value_value_bands worth worth_history',
	'all of them are there');
is(as('shop', q{CALL cltv_drop('sales.worth')}), '', 'and dropped');
is(left_of('value|worth|fitted'), 'worth_history', 'but for the one of their own');
# Half gone, the rest is found by its name.
is(as('shop', q{CALL cltv_materialize('sales.half', 'sales.orders'); SET client_min_messages = warning;
	DROP MATERIALIZED VIEW sales.half CASCADE; CALL cltv_drop('sales.half')}), '',
	'NAME itself was dropped by hand');
is(left_of('half'), '', 'cltv_drop drops the rest');

# Rows of the registry are the owner's to write, and nobody's to change.
like(as('mallory', q{INSERT INTO cltv_made (customers, part, relation) VALUES ('sales.folded', 'segments', 'sales.orders')}),
	qr/ERROR:  42501: must be owner of/, 'nobody registers what is not theirs');
like(as('mallory', qq{$_ cltv_made}), qr/ERROR:  42501: permission denied/, "$_ is refused") for 'DELETE FROM', 'TRUNCATE';
like(as('mallory', q{UPDATE cltv_made SET part = 'x'}), qr/ERROR:  42501: permission denied/, 'UPDATE is refused');
is(as('mallory', q{CREATE TABLE theirs.bait AS SELECT 1 AS i; INSERT INTO cltv_made (customers, part, relation) VALUES
	('theirs.bait', 'customers', 'theirs.bait')}), '', 'of what is one\'s own anything may be said');
like(as('mallory', q{CALL cltv_refresh('theirs.bait')}), qr/ERROR:  42P01/, 'without arguments it is no name');

# 2. Locks. None that a stranger can take is waited for longer than the refresher's own timeouts, and none is left.
my $stranger = Session->new($node, 'postgres', '-U', 'mallory');
$stranger->query('BEGIN');
my @tables = split /\n/, $node->safe_psql('postgres', q{SELECT objid::regclass FROM pg_depend JOIN pg_class AS c ON c.oid = objid
	WHERE classid = 'pg_class'::regclass AND deptype = 'e' AND relkind IN ('r', 'v') AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cltv')});
cmp_ok(scalar @tables, '>=', 4, 'there are tables and views of the extension');
for my $table (@tables)
{
	for my $mode ('ACCESS SHARE', 'ROW SHARE', 'ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE')
	{
		$stranger->query("SAVEPOINT s; LOCK TABLE $table IN $mode MODE");
		$stranger->query('ROLLBACK TO s') if ($stranger->query('SELECT 1'))[1]; # refused
	}
	$stranger->query("INSERT INTO $table DEFAULT VALUES");
	$stranger->query('ROLLBACK TO s');
}
is( $node->safe_psql('postgres', q{SELECT count(*) FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
		WHERE l.pid = } . $stranger->pid . q{ AND c.relname LIKE 'cltv%' AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')}),
	'0', 'a stranger gets no lock that keeps others from reading or adding rows');
my $key = $node->safe_psql('postgres', q{SELECT format('hashtext(%L), %s', 'cltv_refresh', 'sales.folded'::regclass::oid::int)});
$stranger->query("SELECT pg_advisory_lock($key)");
is(as('shop', q{SET statement_timeout = '60s'; CALL cltv_refresh('sales.folded')}), '', 'all that a stranger can lock, and a refresh goes on');
is(as('shop', q{SELECT cltv_refreshing('sales.folded') IS NULL}), 't', 'the stranger is not said to refresh');
$stranger->query("COMMIT");
$stranger->finish;
# Its own timeouts end it, also where the log itself is locked by a superuser for good; nothing is left behind.
my $superuser = Session->new($node, 'postgres');
$superuser->query('BEGIN; LOCK TABLE cltv_refresh_runs IN ACCESS EXCLUSIVE MODE');
my $refresher = Session->new($node, 'postgres', '-U', 'shop');
$refresher->query(q{SET lock_timeout = '300ms'});
my (undef, $error) = $refresher->query(q{CALL cltv_refresh('sales.folded')});
like($error, qr/WARNING:.*cannot be written to cltv_refresh_log.*ERROR:  canceling statement due to lock timeout/s, 'lock_timeout ends it, also where the log is locked');
is( $node->safe_psql('postgres', q{SELECT count(*) FROM pg_locks WHERE granted AND locktype IN ('advisory', 'relation') AND pid = } . $refresher->pid),
	'0', 'and no lock is left');
$superuser->query('ROLLBACK');
$superuser->finish;
$refresher->query('RESET lock_timeout');
my ($after) = $refresher->query(q{CALL cltv_refresh('sales.folded'); });
is(as('shop', q{SELECT health FROM cltv_health WHERE name = 'sales.folded'}), 'stale', 'the same session refreshes then');
$refresher->finish;

# 3. Schemas. Whoever owns one can put another in its place.
for my $call (q{CALL cltv_materialize('theirs.value', 'sales.orders')}, q{CALL cltv_materialize('theirs.value', 'sales.orders', incremental => true)})
{
	like(as('shop', $call), qr/ERROR:  42501: schema theirs belongs to mallory.*HINT:  .*Use a schema that belongs to shop/s, "refused: $call");
}
is(as('postgres', 'ALTER SCHEMA sales OWNER TO mallory; GRANT ALL ON SCHEMA sales TO shop'), '', 'the schema is given away');
like(as('shop', $_), qr/ERROR:  42501: schema sales belongs to mallory/, "refused then: $_")
  for q{CALL cltv_refresh('sales.folded')}, q{CALL cltv_rebuild('sales.folded')}, q{SELECT cltv_fold('sales.folded', false)};
is(as('postgres', 'ALTER SCHEMA sales OWNER TO shop'), '', 'and given back');
is(as('shop', q{CALL cltv_refresh('sales.folded')}), '', 'and all is well');

# 4. A superuser is told whose orders these are: at the call and at each refresh, for the table of customers too.
my $warned = qr/WARNING:  01000: sales\.orders belongs to shop, and is read with the rights of a superuser\nDETAIL:.*\nHINT:  SET ROLE shop/;
like(as('boss', q{CREATE SCHEMA desk; CALL cltv_materialize('desk.value', 'sales.orders')}), $warned, 'a superuser is warned at cltv_materialize');
like(as('boss', q{CALL cltv_refresh('desk.value')}), $warned, 'and at cltv_refresh');
like(as('boss', q{CREATE TABLE desk.orders AS TABLE sales.orders; CREATE VIEW sales.buyers AS SELECT DISTINCT customer_id FROM sales.orders;
	ALTER VIEW sales.buyers OWNER TO shop; CALL cltv_materialize('desk.own', 'desk.orders', customers => 'sales.buyers')}),
	qr/^WARNING:  01000: sales\.buyers belongs to shop/, 'of the customers alone, where only these belong to another');
unlike(as('boss', q{CALL cltv_materialize('desk.all', 'desk.orders'); CALL cltv_refresh('desk.all')}), qr/WARNING/, 'not of what is a superuser\'s');
is(as('shop', q{CALL cltv_materialize('sales.quiet', 'sales.orders'); CALL cltv_refresh('sales.quiet')}), '', 'nobody else is warned');

# 5. No setting of the session changes what is made.
my $figures = q{SELECT md5(string_agg(concat_ws(' ', customer_id, first_order::text, tenure, cltv), ',' ORDER BY customer_id)) FROM sales.};
as('shop', q{SET search_path = sales, public; CALL cltv_materialize('plain', 'orders', as_of => date '2024-04-05', horizon => 123.456, margin => 0.123456789)});
my $plain = as('shop', "SET datestyle = ISO; $figures" . 'plain');
like($plain, qr/^[0-9a-f]{32}$/, 'there are figures');
for my $settings (
	"DateStyle = 'German, MDY'", "DateStyle = 'SQL, DMY'", "DateStyle = 'Postgres, MDY'", "IntervalStyle = 'sql_standard'",
	'extra_float_digits = -15', 'standard_conforming_strings = off', 'quote_all_identifiers = on', "TimeZone = 'Pacific/Kiritimati'",
	'transform_null_equals = on', 'array_nulls = off', "bytea_output = 'escape'",
	"plpgsql.extra_errors = 'all'", "lc_numeric = 'C'", 'from_collapse_limit = 1', 'join_collapse_limit = 1', "xmloption = 'document'")
{
	my $answer = as('shop', qq{SET $settings; CALL cltv_materialize('sales.odd', 'sales.orders', as_of => date '2024-04-05', horizon => 123.456,
		margin => 0.123456789, replace => true); CALL cltv_refresh('sales.odd')});
	next if $answer =~ /ERROR:  22023|ERROR:  42704/ && $answer =~ /standard_conforming|parameter/; # not every version knows each
	is($answer, '', "$settings: made and refreshed");
	is(as('shop', "SET datestyle = ISO; $figures" . 'odd'), $plain, "$settings: the same figures");
	is(as('shop', q{SELECT pg_get_viewdef('sales.odd') = replace(pg_get_viewdef('sales.plain'), 'plain', 'odd')}), 't', "$settings: the same SQL");
}
# A view of the user's reads its texts in the order of the session, as a query of it does.
is(as('shop', q{CREATE TABLE sales.texts AS SELECT customer_id, to_char(ordered_at, 'DD/MM/YYYY') AS day, amount FROM sales.orders
		WHERE extract(day FROM ordered_at) <= 12;
	CREATE VIEW sales.read_texts AS SELECT customer_id, day::date AS ordered_at, amount FROM sales.texts;
	SET DateStyle = 'SQL, DMY'; CALL cltv_materialize('sales.texts_made', 'sales.read_texts'); CALL cltv_refresh('sales.texts_made');
	SELECT count(*) FROM sales.texts_made AS m JOIN (SELECT customer_id, max(ordered_at) AS day FROM sales.read_texts
		WHERE NOT amount < 0 GROUP BY 1) AS o USING (customer_id) WHERE m.last_order <> o.day}), '0', 'texts are dates in the order of the session');
like(as('shop', q{CREATE TABLE sales.moments AS SELECT customer_id, ordered_at::timestamptz, amount FROM sales.orders;
	SET TimeZone = 'EST'; CALL cltv_materialize('sales.est', 'sales.moments')}), qr/ERROR:  22023: TimeZone EST .*\nHINT:  SET TimeZone to a place/,
	'a zone whose meaning is a setting is refused');

# 6. Gone in the midst of it: a refresh stops before the step after, whatever is dropped.
{
	my $gate = Session->new($node, 'postgres');
	as('shop', q{CREATE FUNCTION sales.gate() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN true; END $$;
		CREATE VIEW sales.gated AS SELECT o.* FROM (SELECT sales.gate() AS open OFFSET 0) AS g, sales.orders AS o WHERE g.open});
	for my $part ('', '_model')
	{
		as('shop', q{CALL cltv_materialize('sales.doomed', 'sales.gated', replace => true)});
		$gate->query('SELECT pg_advisory_lock(1)');
		my $doomed = Session->new($node, 'postgres', '-U', 'shop');
		$doomed->send(q{CALL cltv_refresh('sales.doomed')});
		ok($node->poll_query_until('postgres', q{SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = } . $doomed->pid), 'a refresh waits in its history');
		my $dropper = Session->new($node, 'postgres');
		$dropper->send("DROP MATERIALIZED VIEW sales.doomed$part CASCADE");
		$gate->query('SELECT pg_advisory_unlock(1)');
		$dropper->answer;
		my (undef, $why) = $doomed->answer;
		like($why, qr/ERROR:  (?:the model of )?sales\.doomed is gone\n|^(?!.*ERROR)/, "sales.doomed$part: said to be gone, or dropped after the end");
		unlike($why, qr/null values cannot be formatted/, "sales.doomed$part: in words");
		$_->finish for $doomed, $dropper;
	}
	$gate->finish;
}

# 7. Errors of generated SQL are one message: no statement of ours in the context, a hint always.
for my $case (
	[ q{CREATE TABLE sales.written AS SELECT customer_id, ordered_at::text AS ordered_at, amount FROM sales.orders;
		CALL cltv_materialize('sales.bad', 'sales.written')}, qr/42804/ ],
	[ q{CREATE TABLE sales.keyed AS SELECT DISTINCT customer_id::text AS customer_id FROM sales.orders;
		CALL cltv_materialize('sales.bad', 'sales.orders', customers => 'sales.keyed')}, qr/42804/ ],
	[ q{CALL cltv_materialize('nowhere.bad', 'sales.orders')}, qr/3F000/ ],
	[ q{CREATE VIEW sales.broken AS SELECT customer_id, ordered_at, amount / 0 AS amount FROM sales.orders; CALL cltv_materialize('sales.bad', 'sales.broken')}, qr/22012/ ],
	[ q{BEGIN; CALL cltv_refresh('sales.quiet'); ROLLBACK}, qr/2D000: cltv_refresh cannot run inside a transaction block/ ],
	[ q{DO $$ BEGIN BEGIN CALL cltv_refresh('sales.quiet'); EXCEPTION WHEN division_by_zero THEN NULL; END; END $$}, qr/2D000/ ])
{
	my ($sql, $expected) = @$case;
	my (undef, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql", extra_params => [ '-U', 'shop' ], on_error_stop => 0);
	like($err, qr/ERROR:  $expected/, 'an error: ' . ($err =~ /(ERROR: .*)/)[0]);
	like($err, qr/^HINT:/m, '... with a hint');
	unlike($err, qr/CREATE (?:MATERIALIZED )?VIEW|SELECT FROM|purchase_history/, '... without the SQL that failed');
	cmp_ok(scalar(split /\n/, $err), '<', 12, '... in few lines') or diag($err);
}

# 8. DROP EXTENSION CASCADE leaves of an incremental name what does not use the extension; it is recognised afterwards.
is(as('postgres', q{CREATE TABLE sales.stay_history AS SELECT 1 AS precious; CREATE TABLE sales.stay_watermark AS SELECT 1 AS precious;
	SET client_min_messages = error; DROP EXTENSION cltv CASCADE; CREATE EXTENSION cltv}), '', 'the extension is dropped and made again');
is(left_of('folded|stay'), 'folded_history folded_source folded_watermark stay_history stay_watermark', 'something is left of it');
like(as('shop', q{CALL cltv_drop('sales.stay')}), qr/ERROR:  42P01/, 'what is their own is not taken for it');
is(as('shop', q{CALL cltv_drop('sales.folded')}), '', 'cltv_drop removes what was left');
is(left_of('folded|stay'), 'stay_history stay_watermark', 'and nothing else');
is(as('shop', q{CALL cltv_materialize('sales.folded', 'sales.orders', incremental => true, replace => true); CALL cltv_refresh('sales.folded')}), '', 'made again');

$node->stop;
done_testing();

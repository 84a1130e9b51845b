# Whom cltv_forget forgot is nowhere: not in a dump, not in a row of any relation. Only the owner may, no stranger's function
# runs, and a refresh at the same time brings nobody back.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('forget');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\n");
$node->start;

sub answer
{
	my ($sql) = @_;
	my ($out, $err);
	my $status = $node->psql('postgres', $sql, stdout => \$out, stderr => \$err, on_error_stop => 1, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return ($status, $out, $err);
}
sub value { return $node->safe_psql('postgres', $_[0]) }

# Where a word stands: in the dump, and in the rows of all relations, of which materialized views are not in a dump.
sub places
{
	my ($word) = @_;
	my ($dump, $error) = run_command([ 'pg_dumpall', '-d', $node->connstr('postgres') ]);
	my @places = grep { /\Q$word\E/ } split /\n/, $dump;
	push @places, split /\n/, $node->safe_psql('postgres', qq{
		SET client_min_messages = warning;
		CREATE PROCEDURE pg_temp.search(word text) LANGUAGE plpgsql AS \$\$
		DECLARE
			r record; n bigint;
		BEGIN
			CREATE TEMP TABLE hit (relation text);
			FOR r IN SELECT c.oid::regclass AS name FROM pg_class AS c WHERE c.relkind IN ('r', 'm', 'v') AND c.relpersistence <> 't' AND (c.relkind <> 'v' OR c.relnamespace = 'shops'::regnamespace)
				AND c.relname NOT IN ('pg_statistic') LOOP
				EXECUTE format('SELECT count(*) FROM %s AS x WHERE strpos(x::text, \$1) > 0', r.name) INTO n USING word;
				IF n > 0 THEN INSERT INTO hit VALUES (r.name::text); END IF;
			END LOOP;
		END \$\$;
		CALL pg_temp.search('$word'); SELECT relation FROM hit ORDER BY 1;});
	return @places;
}

$node->safe_psql('postgres', q{
	CREATE EXTENSION cltv;
	CREATE ROLE owner; CREATE ROLE reader; CREATE ROLE stranger;
	CREATE SCHEMA shops AUTHORIZATION owner; CREATE SCHEMA reading AUTHORIZATION reader;
	GRANT USAGE ON SCHEMA reading TO owner;
	GRANT ALL ON SCHEMA public TO stranger;
	GRANT ALL ON SCHEMA shops TO reader});
my $as = 'SET ROLE owner; SET search_path = shops, public; SET client_min_messages = warning;';
my $id = q{O'Hara "7f3a%d9\\};    # quotes, a percent sign and a backslash
(my $quoted = $id) =~ s/'/''/g;
my $mark = '7f3a';
$node->safe_psql('postgres', qq{$as
	CREATE TABLE orders AS SELECT CASE WHEN i % 60 = 7 THEN '$quoted' ELSE 'c' || i % 60 END AS customer_id, date '2024-01-01' + (i * i * 7 % 300) AS ordered_at, 10 + i % 9 AS amount
		FROM generate_series(1, 600) AS i;
	CREATE TABLE people AS SELECT DISTINCT customer_id, customer_id || '\@example.com' AS email, length(customer_id) > 2 AS long FROM orders;
	CALL cltv_materialize('shop', 'orders', customers => 'people', all_customers => true, incremental => true);
	CALL cltv_materialize('"My %shop"', 'orders', customers => 'people', calendar => 'season');
	CALL cltv_audience('winback', 'SELECT customer_id, email FROM shop WHERE orders > 1', control => 0.2);
	CALL cltv_audience('"List"', 'SELECT customer_id, email FROM "My %shop" WHERE orders > 1', control => 0.2, seed => 3);
	CREATE VIEW over AS SELECT customer_id FROM shop; GRANT SELECT ON over TO reader;
	CREATE MATERIALIZED VIEW mine AS SELECT customer_id FROM over;
	CALL cltv_refresh('shop')});
# A log that names them: an error of a refresh.
$node->psql('postgres', qq{$as INSERT INTO people SELECT customer_id, 'x' FROM people WHERE customer_id LIKE 'O%'});
isnt((answer("$as CALL cltv_refresh('shop')"))[0], 0, 'a refresh fails');
$node->safe_psql('postgres', "$as DELETE FROM people WHERE email = 'x'");
$node->psql('postgres', qq{INSERT INTO cltv_refresh_runs (role, name, started, finished, error) VALUES
	('owner', 'shops.shop', clock_timestamp(), clock_timestamp(), 'duplicate customer $quoted'), ('reader', 'shops.shop', clock_timestamp(), clock_timestamp(), 'another''s');});
cmp_ok(scalar(grep { /cltv_refresh_runs/ } places($mark)), '>', 0, 'the log names the customer');

# Rights and strangers ---------------------------------------------------------------------------------------------------

like((answer(qq{SET ROLE reader; SELECT * FROM cltv_forget('shops.shop', '$quoted')}))[2], qr/42501.*must be owner of shops.shop/s, 'nobody else forgets');
like((answer(qq{SELECT * FROM cltv_forget('shops.winback', '$quoted')}))[2], qr/42501.*must be owner of shops.winback/s, 'not even a superuser');
like((answer(q{SET ROLE reader; CALL cltv_retain('shops.shop', '1 day')}))[2], qr/42501.*must be owner of shops.shop/s, 'or says how long to keep');
like((answer(q{SET ROLE reader; INSERT INTO cltv_made (customers, part, relation, options) VALUES ('shops.shop', 'retention', 'shops.shop', '{"keep": "1 day"}')}))[2],
	qr/42501/, 'also by the registry');
for my $lock ('ACCESS EXCLUSIVE', 'SHARE ROW EXCLUSIVE', 'SHARE', 'EXCLUSIVE')
{
	like((answer("SET ROLE reader; BEGIN; LOCK TABLE cltv_log_removal IN $lock MODE"))[2], qr/42501/, "the log is not to be locked, $lock");
}
is(value(q{SET ROLE stranger; SET client_min_messages = warning; INSERT INTO cltv_log_removal VALUES ('shops.shop', 'infinity', NULL); RESET ROLE;
	SELECT count(*) FROM cltv_refresh_runs WHERE role IN ('owner', 'reader')}), value(q{SELECT count(*) FROM cltv_refresh_runs}), 'and not the rows of others to be removed');
like((answer('SET ROLE reader; DELETE FROM cltv_refresh_runs'))[2], qr/42501/, 'or by a DELETE');

# Whatever fits better in public is not called.
$node->safe_psql('postgres', q{
	SET ROLE stranger;
	CREATE FUNCTION public.trap() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped as %', current_user; END $$;
	CREATE FUNCTION public.cltv_word(varchar) RETURNS text LANGUAGE sql AS 'SELECT public.trap()';
	CREATE FUNCTION public.cltv_word(unknown_ name) RETURNS text LANGUAGE sql AS 'SELECT public.trap()';
	CREATE FUNCTION public.cltv_retention(oid) RETURNS interval LANGUAGE sql AS 'SELECT NULL::interval FROM (SELECT public.trap()) AS t';
	CREATE FUNCTION public.cltv_expire(oid) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint FROM (SELECT public.trap()) AS t';
	CREATE FUNCTION public.last_row(bytea) RETURNS date LANGUAGE sql AS 'SELECT NULL::date FROM (SELECT public.trap()) AS t';
	CREATE FUNCTION public.eq(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap() IS NULL';
	CREATE FUNCTION public.to_regclass(text) RETURNS regclass LANGUAGE sql AS 'SELECT NULL::regclass FROM (SELECT public.trap()) AS t';
	CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE sql AS 'SELECT public.trap()';
	CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.eq);
	CREATE OPERATOR public.~ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.eq)});
$node->safe_psql('postgres', q{SET ROLE reader; CREATE MATERIALIZED VIEW shops.theirs AS SELECT customer_id FROM shops.over});
$node->safe_psql('postgres', q{SET ROLE reader; SET client_min_messages = warning; CALL cltv_audience('reading.of_reader', 'SELECT customer_id FROM shops.over')});

# Forgotten --------------------------------------------------------------------------------------------------------------

my $path = $as =~ s/public/public, pg_catalog/r;
my ($status, $out, $err) = answer(qq{$path SELECT relation, removed, remaining, note FROM cltv_forget('shop', '$quoted')});
is($err, '', 'without an error');
like($out, qr/shops\.orders\|0\|10\|yours: DELETE FROM shops.orders WHERE customer_id = /, 'the orders still hold the customer');
$node->safe_psql('postgres', qq{$as DELETE FROM orders WHERE customer_id = '$quoted'; DELETE FROM people WHERE customer_id = '$quoted'; CALL cltv_rebuild('shop')});
$node->safe_psql('postgres', qq{$as CALL cltv_audience_refresh('winback')});
($status, $out, $err) = answer(qq{$path SELECT relation, removed, remaining, note FROM cltv_forget('shop', '$quoted')});
is($err, '', 'without an error');
like($out, qr/^shops\.shop\|1\|0\|made afresh$/m, 'gone from the view');
like($out, qr/^shops\.mine\|0\|\|a view of owner over these: REFRESH MATERIALIZED VIEW shops.mine$/m, 'who made more of it is told');
like($out, qr/^shops\.theirs\|0\|\|a view of reader/m, 'also another');
like($out, qr/^reading\.of_reader\|0\|\|an audience of reader/m, 'also an audience');
$node->safe_psql('postgres', q{SET ROLE owner; REFRESH MATERIALIZED VIEW shops.mine; SET ROLE reader; REFRESH MATERIALIZED VIEW shops.theirs; SET client_min_messages = warning});
($status, $out, $err) = answer(qq{SET ROLE reader; SELECT relation, removed FROM cltv_forget('reading.of_reader', '$quoted')});
like($out, qr/^reading.of_reader\|[01]$/m, 'who forgets it, too') or diag($err);
($status, $out, $err) = answer(qq{$path SELECT relation, removed, remaining FROM cltv_forget('"My %shop"', '$quoted')});
like($out, qr/^shops\."My %shop_history"\|1\|0$/m, 'the other NAME') or diag($err);
like($out, qr/^shops\."List"\|1\|0$/m, 'and its audience');
is(join("\n", places($mark)), '', 'neither a dump nor a row knows the customer');
$node->safe_psql('postgres', qq{$as CALL cltv_refresh('shop')});
$node->safe_psql('postgres', qq{$as CALL cltv_refresh('"My %shop"')});
is(join("\n", places($mark)), '', 'or after the next refresh');
cmp_ok(scalar(places('c8')), '>', 10, 'others are still there');

# At once with a refresh --------------------------------------------------------------------------------------------------

my $session = Session->new($node, 'postgres');
$session->query(q{SET ROLE owner; BEGIN; SELECT pg_advisory_xact_lock(hashtext('cltv_refresh'), 'shops.shop'::regclass::oid::int)});
like((answer(qq{$as SELECT * FROM cltv_forget('shop', 'c8')}))[2], qr/55P03.*is being refreshed/s, 'not while a refresh is at work');
$session->query('COMMIT');
$session->finish;
like((answer(qq{$as BEGIN; SELECT count(*) FROM cltv_forget('shop', 'c8'); ROLLBACK; SELECT count(*) FROM shop_history WHERE customer_id = 'c8'}))[1], qr/^1$/m, 'rolled back, nothing is forgotten');

# Made again, it is kept for as long as was said.
$node->safe_psql('postgres', qq{$as CALL cltv_materialize('"Made again"', 'orders'); CALL cltv_retain('"Made again"', '90 years'); CALL cltv_materialize('"Made again"', 'orders', replace => true)});
is(value(q{SELECT cltv_retention('shops."Made again"'::regclass)}), '90 years', 'a NAME that is made again is kept for as long');

# For so long --------------------------------------------------------------------------------------------------------------

$node->safe_psql('postgres', q{INSERT INTO cltv_refresh_runs (role, name, started, finished) VALUES ('owner', 'shops.shop', now() - interval '3 years', now() - interval '3 years'),
	('owner', 'shops.other', now() - interval '3 years', now() - interval '3 years'), ('reader', 'shops.shop', now() - interval '3 years', now() - interval '3 years')});
$node->safe_psql('postgres', qq{$as CALL cltv_retain('shop', '100 years'); CALL cltv_retain('shop', '2 years')});
is(value(q{SELECT string_agg(concat_ws(' ', role, name), ', ' ORDER BY role, name) FROM cltv_refresh_runs WHERE started < now() - interval '2 years'}), 'owner shops.other, reader shops.shop',
	'calls that are older are gone from the log, but no others');
# It is part of a dump.
my $file = $node->basedir . '/retention.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $file, '-d', $node->connstr('postgres') ], 'a dump');
$node->safe_psql('postgres', 'CREATE DATABASE again');
IPC::Run::run([ 'pg_restore', '-d', $node->connstr('again'), $file ], '>', \my $said, '2>', \my $wrong);
is($node->safe_psql('again', q{SELECT cltv_retention('shops.shop'::regclass)}), '2 years', 'how long to keep is part of it') or diag($wrong);

$node->stop;
done_testing();

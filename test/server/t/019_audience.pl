# Audiences send nobody twice, whatever runs at once, is killed or is tried again; show nobody what they may not read; and
# take any name for their own and their customers'.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('audience');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION cltv;
	CREATE ROLE marketing; CREATE ROLE reader;
	CREATE TABLE customers AS SELECT c AS customer_id, 'c' || c || '@example.com' AS email FROM generate_series(1, 300) AS c;
	CREATE TABLE secrets AS SELECT 1 AS customer_id;
	GRANT SELECT (customer_id) ON customers TO marketing;
	GRANT CREATE ON SCHEMA public TO marketing});

# (status of psql, output, errors)
sub answer
{
	my ($sql) = @_;
	my ($out, $err);
	my $status = $node->psql('postgres', $sql, stdout => \$out, stderr => \$err, on_error_stop => 1,
		extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return ($status, $out, $err);
}
sub value { return $node->safe_psql('postgres', $_[0]) }

# Rights ---------------------------------------------------------------------------------------------------------------

my $as = 'SET ROLE marketing;';
like((answer("$as CALL cltv_audience('mails', 'SELECT customer_id, email FROM customers')"))[2], qr/42501.*customers/, 'a column that the caller may not read');
like((answer("$as CALL cltv_audience('mails', 'SELECT customer_id FROM customers', exclude => 'SELECT customer_id FROM secrets')"))[2],
	qr/42501.*secrets/, 'a table that the caller may not read');
is((answer("$as CALL cltv_audience('mails', 'SELECT customer_id FROM customers WHERE customer_id % 2 = 0')"))[0], 0, 'a query that they may run');
for my $part ('', qw(_export _outbox _versions _source _excluded))
{
	like((answer("SET ROLE reader; SELECT FROM mails$part"))[2], qr/42501/, "nobody else reads mails$part");
}
like((answer(q{SET ROLE reader; CALL cltv_audience_refresh('mails')}))[2], qr/42501.*must be owner of public.mails/s, 'nobody else refreshes it');
like((answer(q{CALL cltv_audience_refresh('mails')}))[2], qr/42501.*must be owner of public.mails/s, 'not even a superuser');
like((answer(q{SET ROLE reader; SELECT * FROM cltv_audience_changes('mails')}))[2], qr/42501/, 'nobody else sees its changes');
# What the owner may no longer read is not kept up to date.
value('REVOKE SELECT (customer_id) ON customers FROM marketing');
like((answer("$as CALL cltv_audience_refresh('mails')"))[2], qr/42501.*customers/, 'a right that was taken away');
value('GRANT SELECT (customer_id) ON customers TO marketing');

# At once --------------------------------------------------------------------------------------------------------------

# Slow enough that all are at work together.
value(q{CREATE TABLE pace AS SELECT 0.0::float8 AS seconds;
	CREATE VIEW slow AS SELECT customer_id FROM customers WHERE pg_sleep((SELECT seconds FROM pace) / 100) IS NOT NULL;
	CALL cltv_audience('winback', 'SELECT customer_id FROM slow WHERE customer_id <= 100', control => 0.2);
	DELETE FROM customers WHERE customer_id <= 10;
	UPDATE pace SET seconds = 0.5});
my @options = ('psql', '-XqAt', '-d', $node->connstr('postgres'));
sub in_background
{
	my @statements = @_;
	my $out = '';
	# By -c: what is to be read from standard input is not sent before somebody waits.
	my $run = IPC::Run::start([ @options, map { ('-c', $_) } @statements ], '<', \undef, '>&', \$out);
	return { run => $run, out => \$out };
}
sub ended { my ($job) = @_; IPC::Run::finish($job->{run}); return ${ $job->{out} } }

my @jobs = map { in_background("CALL cltv_audience_refresh('winback')") } 1 .. 4;
my @said = map { ended($_) } @jobs;
is(scalar(grep { /version 2, 0 entered, 10 left/ } @said), 1, 'of four at once one does the work');
is(scalar(grep { /version 2, 0 entered, 0 left/ } @said), 3, 'and three find nothing left to do');
value(q{INSERT INTO customers SELECT c FROM generate_series(1, 10) AS c});
@jobs = map { in_background('BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT pg_sleep(0.5)', "CALL cltv_audience_refresh('winback')", 'COMMIT') } 1 .. 3;
@said = map { ended($_) } @jobs;
is(scalar(grep { /version 3, 10 entered, 0 left/ } @said), 1, 'with snapshots of before one does the work');
is(scalar(grep { /ERROR/ } @said), 2, 'and others are errors');
my $sent = q{SELECT count(*) = count(DISTINCT (customer_id, change, version)) AND count(*) FILTER (WHERE version = 3) > 0 FROM winback_outbox};
is(value($sent), 't', 'nobody is to be sent anything twice');
is(value('SELECT count(*), count(DISTINCT customer_id) FROM winback WHERE left_at IS NULL'), '100|100', 'or stands on the list twice');

# Killed ---------------------------------------------------------------------------------------------------------------

my $all = q{SELECT md5(concat((SELECT string_agg(w::text, ',' ORDER BY w) FROM winback AS w), (SELECT string_agg(o::text, ',' ORDER BY o) FROM winback_outbox AS o)))};
my $before = value($all);
value('DELETE FROM customers WHERE customer_id BETWEEN 20 AND 29; UPDATE pace SET seconds = 20');
my $job = in_background("CALL cltv_audience_refresh('winback')");
ok($node->poll_query_until('postgres', q{SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity
	WHERE wait_event = 'PgSleep' AND query LIKE 'CALL cltv_audience_refresh%'}), 'a refresh is killed');
ended($job);
is(value($all), $before, 'and nothing has changed');
my ($status, undef, $err) = answer(q{SET statement_timeout = '200ms'; CALL cltv_audience_refresh('winback')});
like($err, qr/57014/, 'one that takes too long is cancelled');
is(value($all), $before, 'and nothing has changed, either');
value('UPDATE pace SET seconds = 0');
like((answer(q{CALL cltv_audience_refresh('winback')}))[2], qr/version 4, 0 entered, 10 left/, 'the next one does it');

# Said -----------------------------------------------------------------------------------------------------------------

like((answer(q{LISTEN cltv_audience; INSERT INTO customers SELECT 20; CALL cltv_audience_refresh('winback'); SELECT 1}))[1],
	qr/"cltv_audience" with payload "public.winback"/, 'a change is told by its name');
unlike((answer(q{LISTEN cltv_audience; CALL cltv_audience_refresh('winback'); SELECT 1}))[1], qr/payload/, 'no change is not');

# Sent, while another refreshes
value(q{UPDATE winback_outbox SET sent_at = now() WHERE id IN (SELECT id FROM winback_export)});
is(value('SELECT count(*) FROM winback_export'), '0', 'what was sent is not to be sent again');

# Names ----------------------------------------------------------------------------------------------------------------

$node->safe_psql('postgres', q{
	CREATE PROCEDURE tried(word text, second text, INOUT made text) LANGUAGE plpgsql AS $$
	DECLARE
		target regclass;
	BEGIN
		EXECUTE format('CREATE SCHEMA %I', 's ' || word);
		EXECUTE format('CREATE TABLE %I.%I AS SELECT c AS %I, c %% 3 AS %I FROM generate_series(1, 60) AS c', 's ' || word, second, word, second);
		CALL cltv_audience(format('%I.%I', 's ' || word, word), format('SELECT %I, %I AS stratum FROM %I.%I AS %I', word, second, 's ' || word, second, second),
			control => 0.3, exclude => format('SELECT %I FROM %I.%I WHERE %1$I < 5', word, 's ' || word, second), rest_days => 5);
		EXECUTE format('DELETE FROM %I.%I WHERE %I > 50', 's ' || word, second, word);
		CALL cltv_audience_refresh(format('%I.%I', 's ' || word, word));
		target := format('%I.%I', 's ' || word, word)::regclass;
		SELECT md5(string_agg(concat_ws(' ', c.customer, c.change, c.version, c.arm), ',' ORDER BY c.change, c.customer)) INTO made
		FROM cltv_audience_changes(target) AS c;
		CALL cltv_drop(format('%I.%I', 's ' || word, word));
		EXECUTE format('DROP SCHEMA %I CASCADE', 's ' || word);
	EXCEPTION WHEN others THEN
		made := SQLSTATE || ' ' || SQLERRM;
	END $$});
my $plain = value("CALL tried('customer_id', 'source', NULL)");
like($plain, qr/^[0-9a-f]{32}$/, 'there are changes');
my %words = map { $_ => 1 } map { slurp_file($_) =~ /(?<![\w\\])([a-z_][a-z_0-9]*)/g } glob "$ENV{CLTV_SOURCE}/sql/views/audience*.sql";
my @words = sort keys %words;
cmp_ok(scalar @words, '>', 200, 'there are words');
my $given = join '', map { "CALL tried('$words[$_]', '$words[$_ - 1]', NULL);\n" } 0 .. $#words;
my @made = split /\n/, $node->safe_psql('postgres', "SET client_min_messages = error;\n$given");
is(scalar @made, scalar @words, 'each was tried');
my @other = map { "$words[$_]: $made[$_]" } grep { $made[$_] ne $plain && $made[$_] !~ /^42701/ } 0 .. $#made;
is(join("\n", @other), '', 'whatever the customers and the audience are called');
cmp_ok(scalar(grep { $_ eq $plain } @made), '>', 150, 'most names are taken');

$node->stop;
done_testing();

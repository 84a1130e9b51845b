# A privacy budget is never overspent, however many ask at once; whoever may ask can do no more than spend; and what a
# rollback gives back is what the page says that it gives back.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('budget');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION cltv;
	CREATE ROLE owner; CREATE ROLE analyst; CREATE ROLE stranger;
	CREATE SCHEMA shops AUTHORIZATION owner; CREATE SCHEMA theirs AUTHORIZATION stranger;
	GRANT USAGE ON SCHEMA shops TO analyst, stranger; GRANT USAGE, CREATE ON SCHEMA theirs, public TO stranger; GRANT USAGE ON SCHEMA theirs TO analyst;
	CREATE TABLE orders AS SELECT i % 50 AS customer_id FROM generate_series(1, 500) AS i; GRANT SELECT ON orders TO analyst;
	SET ROLE owner; SET client_min_messages = warning;
	CALL cltv_privacy_budget('shops."Big %shop"', epsilon => 3, per => 'year', delta => 1e-5);
	GRANT SELECT, UPDATE ON shops."Big %shop_privacy_budget" TO analyst});
my $budget = q{'shops."Big %shop_privacy_budget"'};

sub answer
{
	my ($sql) = @_;
	my ($out, $err);
	$node->psql('postgres', $sql, stdout => \$out, stderr => \$err, on_error_stop => 1, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return $out . $err;
}
my $spent = 'SELECT epsilon_spent, answers FROM shops."Big %shop_privacy_budget"';
my $ask = "SELECT dp_count((SELECT dp_base(customer_id) FROM orders), budget => $budget, epsilon => 0.5) IS NOT NULL";

# At once ------------------------------------------------------------------------------------------------------------------

my @options = ('psql', '-XqAt', '-d', $node->connstr('postgres'));
sub in_background
{
	my @statements = @_;
	my $out = '';
	my $run = IPC::Run::start([ @options, map { ('-c', $_) } @statements ], '<', \undef, '>&', \$out);
	return { run => $run, out => \$out };
}
sub ended { my ($job) = @_; IPC::Run::finish($job->{run}); return ${ $job->{out} } }

# Ten ask for a sixth of the budget each, and hold on to it for a while.
my @jobs = map { in_background('SET ROLE analyst', 'BEGIN', $ask, 'SELECT pg_sleep(0.1)', 'COMMIT') } 1 .. 10;
my @said = map { ended($_) } @jobs;
is(scalar(grep { /^t$/m } @said), 6, 'six of ten are answered');
is(scalar(grep { /does not allow an answer of epsilon 0.5/ } @said), 4, 'four are not');
is(answer($spent), '3.0|6', 'all is spent, and no more');
# Snapshots of before do not help.
answer(q{SET ROLE owner; UPDATE shops."Big %shop_privacy_budget" SET epsilon_spent = 2.2, answers = 0});
@jobs = map { in_background('SET ROLE analyst', "BEGIN ISOLATION LEVEL $_", 'SELECT 1 FROM orders LIMIT 1', 'SELECT pg_sleep(0.3)', $ask, 'COMMIT') } ('REPEATABLE READ', 'SERIALIZABLE') x 2;
@said = map { ended($_) } @jobs;
is(scalar(grep { /^t$/m } @said), 1, 'one of four is answered') or diag(@said);
is(scalar(grep { /ERROR/ } @said), 3, 'for three it is an error');
is(answer($spent), '2.7|1', 'the budget is not overspent');

# Rolled back ----------------------------------------------------------------------------------------------------------------

is(answer("SET ROLE analyst; BEGIN; SELECT dp_count(NULL, budget => $budget, epsilon => 0.2) IS NOT NULL; ROLLBACK; $spent"), "t\n2.7|1", 'an answer that is rolled back costs nothing: the page says so');
like(answer("SET ROLE analyst; SELECT dp_count(dp_base(customer_id), budget => $budget, epsilon => 0.4) FROM orders"), qr/53400.*Of epsilon 3, 2.7 is spent.*Ask with a smaller epsilon, or from \d{4}-01-01 on/s, 'what is not there is not spent');
is(answer($spent), '2.7|1', 'an error costs nothing');
is(answer("SET ROLE analyst; SELECT dp_count(dp_base(customer_id), budget => $budget, epsilon => 0.1, delta => 1e-5) IS NOT NULL FROM orders"), 't', 'a Gaussian answer');
like(answer("SET ROLE analyst; SELECT dp_count(NULL, budget => $budget, epsilon => 0.01, delta => 1e-6)"), qr/53400.*of delta 0.00001, 0.00001/s, 'and no delta for another');

# Who may ask can only spend -----------------------------------------------------------------------------------------------------

for my $change ('epsilon_spent = 0', 'epsilon_spent = NULL', 'epsilon = 100', 'per = \'day\'', 'period = period + 366, epsilon_spent = 0, answers = 1', 'period = period - 366, epsilon_spent = 0, answers = 1',
	'delta_spent = 0, answers = answers + 1', 'epsilon_spent = 2.9, answers = answers', 'epsilon_spent = 3.1, answers = answers + 1', 'period = NULL', 'delta = 1')
{
	like(answer(qq{SET ROLE analyst; UPDATE shops."Big %shop_privacy_budget" SET $change}), qr/42501|23502/, "not SET $change");
}
for my $statement ('DELETE FROM %s', 'TRUNCATE %s', 'INSERT INTO %s SELECT * FROM %s', 'ALTER TABLE %s DISABLE TRIGGER ALL', 'DROP TABLE %s')
{
	my $sql = $statement =~ s/%s/shops."Big %shop_privacy_budget"/gr;
	like(answer("SET ROLE analyst; $sql"), qr/42501/, "not $statement");
}
like(answer(q{SET ROLE stranger; CALL cltv_privacy_budget('shops."Big %shop"', epsilon => 300)}), qr/42501/, 'nobody else allows more');
like(answer("SET ROLE stranger; SELECT dp_count(NULL, budget => $budget)"), qr/42501.*permission denied/s, 'who was not allowed to ask does not');
is(answer("SET ROLE analyst; SET TimeZone = 'Pacific/Kiritimati'; SELECT dp_count(NULL, budget => $budget, epsilon => 0.001) IS NOT NULL; $spent"), "t\n2.801|3", 'whatever the time zone of who asks');

# Tables of others ---------------------------------------------------------------------------------------------------------------

answer(q{SET ROLE stranger; SET client_min_messages = warning;
	CREATE FUNCTION theirs.trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped as %', current_user; END $$;
	CREATE TABLE theirs.like_it (one boolean, epsilon numeric, delta numeric, per text, period date, epsilon_spent numeric, delta_spent numeric, answers bigint);
	GRANT SELECT, UPDATE ON theirs.like_it TO analyst;
	CALL cltv_privacy_budget('theirs.mine', epsilon => 3); GRANT SELECT, UPDATE ON theirs.mine_privacy_budget TO analyst});
like(answer(q{SET ROLE analyst; SELECT dp_count(NULL, budget => 'theirs.like_it')}), qr/42P01.*is not a budget/s, 'a table that looks like one is none');
is(answer(q{SET ROLE analyst; SELECT dp_count(NULL, budget => 'theirs.mine_privacy_budget') IS NOT NULL}), 't', 'one of a stranger is one');
answer(q{SET ROLE stranger; CREATE TRIGGER trap BEFORE UPDATE ON theirs.mine_privacy_budget FOR EACH ROW EXECUTE FUNCTION theirs.trap()});
like(answer(q{SET ROLE analyst; SELECT dp_count(NULL, budget => 'theirs.mine_privacy_budget')}), qr/42P01.*is not a budget/s, 'until it has triggers');
# Functions that fit better
answer(q{SET ROLE stranger; CREATE FUNCTION public.boo() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped as %', current_user; END $$;
	CREATE FUNCTION public.cltv_noise(int, float8, float8) RETURNS bigint LANGUAGE sql AS 'SELECT public.boo()';
	CREATE FUNCTION public.cltv_noise(bigint, numeric, numeric) RETURNS bigint LANGUAGE sql AS 'SELECT public.boo()';
	CREATE FUNCTION public.cltv_dp_step(numeric) RETURNS float8 LANGUAGE sql AS 'SELECT public.boo()::float8';
	CREATE FUNCTION public.cltv_dp_total(feature_base, int, int, int, float8) RETURNS bigint LANGUAGE sql AS 'SELECT public.boo()';
	CREATE FUNCTION public.cltv_privacy_spend(oid, float8, float8) RETURNS void LANGUAGE sql AS 'SELECT public.boo()';
	CREATE FUNCTION public.abs(float8) RETURNS float8 LANGUAGE sql AS 'SELECT public.boo()::float8'});
is(answer("SET ROLE analyst; SET search_path = public, pg_catalog; SELECT dp_sum(NULL, 0::float8, 5::float8, budget => $budget, epsilon => 0.001::float8) IS NOT NULL, dp_mean(NULL, 0::float8, 5::float8) IS NOT NULL"), 't|t', 'are not called');

# A dump takes it along.
my $file = $node->basedir . '/budget.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $file, '-d', $node->connstr('postgres') ], 'a dump');
$node->safe_psql('postgres', 'CREATE DATABASE again');
IPC::Run::run([ 'pg_restore', '-d', $node->connstr('again'), $file ], '>', \my $said, '2>', \my $wrong);
is($node->safe_psql('again', $spent), '2.802|4', 'the budget is part of a dump') or diag($wrong);
is($node->safe_psql('again', "SELECT dp_count(NULL, budget => $budget, epsilon => 0.001) IS NOT NULL; $spent"), "t\n2.803|5", 'and goes on there');

$node->stop;
done_testing();

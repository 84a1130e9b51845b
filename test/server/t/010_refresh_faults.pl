# cltv_refresh may be killed anywhere: each view is whole, old or new, the log tells, and the next call repairs. Readers
# go on reading meanwhile, two refreshes never meet, and a cancel lets go of everything.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;
use Time::HiRes qw(usleep);

my $node = PostgreSQL::Test::Cluster->new('faults');
$node->init;
$node->append_conf('postgresql.conf', "restart_after_crash = on\nmax_parallel_workers_per_gather = 0\n");
$node->start;

# A gate in the orders and one in the customers stop a refresh in the midst of a step, its locks held.
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION cltv;
	CREATE FUNCTION gate(key int) RETURNS boolean LANGUAGE plpgsql COST 1 AS $$
	BEGIN
		PERFORM pg_advisory_xact_lock_shared(key);
		RETURN true;
	END $$;
	CREATE TABLE all_orders AS
	SELECT *, customer_id % 5 AS product FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5),
		gg_model(p => 6.25, q => 3.74, v => 15.44), 600, date '2023-01-01', date '2024-12-31', 7);
	CREATE TABLE order_rows AS SELECT * FROM all_orders WHERE ordered_at < date '2024-10-01';
	CREATE VIEW orders AS SELECT r.* FROM (SELECT gate(1) AS open OFFSET 0) AS g, order_rows AS r WHERE g.open;
	CREATE TABLE buyer_rows AS SELECT id AS customer_id, 'AT' AS country FROM generate_series(1, 1000) AS id;
	CREATE VIEW buyers AS SELECT r.* FROM (SELECT gate(2) AS open OFFSET 0) AS g, buyer_rows AS r WHERE g.open;
	CALL cltv_materialize('shop', 'orders', customers => 'buyers', products => 'product');
	CALL cltv_materialize('inc', 'orders', customers => 'buyers', incremental => true, products => 'product');
});

# Every step of a refresh in turn, with what stops it there: gates close from outside of the step, locks of relations
# from within a transaction that is rolled back.
my %steps = (
	log         => 'BEGIN; LOCK TABLE cltv_refresh_runs IN SHARE MODE',
	history     => 'SELECT pg_advisory_lock(1)',
	observation => 'BEGIN; ALTER MATERIALIZED VIEW NAME RENAME COLUMN churn_prob TO chance',
	model       => 'BEGIN; CREATE INDEX ON NAME_model (status)',
	customers   => 'SELECT pg_advisory_lock(2)',
	forecast    => 'BEGIN; CREATE INDEX ON NAME_forecast (first_day)',
	products    => 'BEGIN; CREATE INDEX ON NAME_products (customers)');
my @order = qw(log history observation model customers forecast products drift);
my @views = ('_history', '_model', '', '_forecast', '_products');
my %step_of = ('_history' => 'history', '_model' => 'model', '' => 'customers', '_forecast' => 'forecast', '_products' => 'products');

sub contents
{
	my ($name) = @_;
	return { map { $_ => $node->safe_psql('postgres', qq{
		SELECT md5(coalesce(string_agg(row::text, E'\\n' ORDER BY row::text COLLATE "C"), ''))
		FROM (SELECT } . ($_ eq '_forecast' ? 'week, first_day, round(expected_purchases::numeric, 6)'
			: $_ eq '_history' ? 'customer_id, history' : '*') . qq{ FROM $name$_) AS row}) } @views };
}

# The orders are of years ago, and that is all.
my $well = qr/^stale\|no order after [0-9-]+(; until then one came every [0-9.]+ days)?$/;
sub health { return $node->safe_psql('postgres', "SELECT health, reason FROM cltv_health WHERE name = 'public.$_[0]'") }

my $day = 0;

# The orders of three days more, so that every view changes; returns what the views of NAME are, and what they will be.
sub next_night
{
	my ($name) = @_;
	my $old = contents($name);
	++$day;
	$node->safe_psql('postgres', qq{
		INSERT INTO order_rows SELECT * FROM all_orders
		WHERE ordered_at >= date '2024-10-01' + 3 * ($day - 1) AND ordered_at < date '2024-10-01' + 3 * $day;
		CALL cltv_materialize('afresh', 'orders', customers => 'buyers', products => 'product', replace => true)});
	return ($old, contents('afresh'));
}

# Starts a refresh that stops in the step; returns its session and the one that stops it.
sub stopped_in
{
	my ($name, $step) = @_;
	my $stopper = Session->new($node, 'postgres');
	if ($step eq 'drift')
	{
		# The step before stops it until the log is locked.
		my ($refresh, $first) = stopped_in($name, 'products');
		$stopper->query('BEGIN; LOCK TABLE cltv_refresh_runs IN SHARE MODE');
		$first->finish;
		ok( $node->poll_query_until('postgres', qq{
				SELECT EXISTS (SELECT FROM pg_locks
				WHERE NOT granted AND relation = 'cltv_refresh_runs'::regclass AND pid = } . $refresh->pid . ')'),
			"$name: and then in the step $step");
		return ($refresh, $stopper);
	}
	$stopper->query($steps{$step} =~ s/NAME/$name/r);
	my $refresh = Session->new($node, 'postgres');
	$refresh->send("CALL cltv_refresh('$name')");
	ok( $node->poll_query_until('postgres', qq{
			SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = } . $refresh->pid),
		"$name: a refresh stops in the step $step");
	return ($refresh, $stopper);
}

# The views of the steps before are new, those of this one and of the later ones are old.
sub check_views
{
	my ($name, $step, $old, $new) = @_;
	my $now = contents($name);
	my %place = map { $order[$_] => $_ } 0 .. $#order;
	my %expected = map { $_ => $place{ $step_of{$_} } < $place{$step} ? $new->{$_} : $old->{$_} } @views;
	is_deeply($now, \%expected, "$name, $step: every view is whole, new before the step and old from it on");
	return;
}

sub check_repaired
{
	my ($name, $step, $new) = @_;
	$node->safe_psql('postgres', "CALL cltv_refresh('$name')");
	is_deeply(contents($name), $new, "$name, $step: the next call repairs");
	like(health($name), $well, "$name, $step: and health is well again");
	is( $node->safe_psql('postgres', "SELECT count(*) FROM cltv_refresh_log WHERE finished IS NULL AND error IS NULL"),
		'0', "$name, $step: no row of the log is left open");
	return;
}

my %death = (
	'kill -9' => sub { kill 'KILL', $_[0]->pid },
	'pg_ctl stop -m immediate' => sub { $node->stop('immediate') },
	'pg_terminate_backend' => sub { $node->safe_psql('postgres', 'SELECT pg_terminate_backend(' . $_[0]->pid . ')') });

# The server may answer once more before it notices that one of its processes was killed. A psql that is refused does not
# read its input, so that poll_query_until would write into a broken pipe.
sub wait_for_restart
{
	my ($before) = @_;
	my $sql = "SELECT backend_start > '$before' FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
	for (1 .. 1800)
	{
		my ($answer) = run_command([ 'psql', '-XAt', '-d', $node->connstr('postgres'), '-c', $sql ]);
		return if $answer eq 't';
		usleep(100_000);
	}
	die 'the server does not come back';
}

sub die_in
{
	my ($name, $step, $how) = @_;
	my ($old, $new) = next_night($name);
	my ($refresh, $stopper) = stopped_in($name, $step);
	# The log tells of a refresh at work by its open row; nobody is alarmed yet.
	like(health($name), $well, "$name, $step: while it is at work, health speaks of the one before") unless $step eq 'log';
	my $before = $node->safe_psql('postgres', 'SELECT clock_timestamp()');
	$death{$how}->($refresh);
	$refresh->answer;
	$_->finish for $refresh, $stopper;
	$node->start if $how =~ /stop/;
	wait_for_restart($before) unless $how eq 'pg_terminate_backend';
	note "$how in the step $step";
	check_views($name, $step, $old, $new);
	like(health($name), qr/^failing\|interrupted/, "$name, $step: health tells that it was interrupted")
	  unless $step eq 'log';
	check_repaired($name, $step, $new);
	is( $node->safe_psql('postgres', "SELECT count(*) FROM cltv_refresh_log WHERE error LIKE 'interrupted%'"),
		$step eq 'log' ? 0 : 1, "$name, $step: so does the log");
	$node->safe_psql('postgres', q{DELETE FROM cltv_refresh_runs AS r USING cltv_refresh_log AS l WHERE l.error IS NOT NULL AND r.started = l.started});
	return;
}

for my $step (@order)
{
	die_in('shop', $step, 'kill -9');
	die_in('inc', $step, 'kill -9') unless $step =~ /log|forecast|products|drift/;
}
die_in('shop', $_, 'pg_ctl stop -m immediate') for 'history', 'customers';
die_in('inc', 'history', 'pg_ctl stop -m immediate');
die_in('shop', $_, 'pg_terminate_backend') for 'history', 'model';
die_in('inc', 'history', 'pg_terminate_backend');

# Cancelled or timed out: the step is undone, the log says so, the lock is gone, and the session goes on.
for my $step (@order)
{
	my ($old, $new) = next_night('shop');
	my ($refresh, $stopper) = stopped_in('shop', $step);
	$node->safe_psql('postgres', 'SELECT pg_cancel_backend(' . $refresh->pid . ')');
	# The error can be written as soon as the log can.
	$stopper->finish if $step =~ /log|drift/;
	my (undef, $error) = $refresh->answer;
	like($error, qr/ERROR:  canceling statement due to user request\nDETAIL:  In the step $step /, "$step: cancelled");
	$stopper->finish;
	check_views('shop', $step, $old, $new);
	is(health('shop'), "failing|$step: canceling statement due to user request", "$step: health");
	is( $node->safe_psql('postgres', "SELECT cltv_refreshing('shop') IS NULL"), 't', "$step: the lock is gone");
	is($refresh->query('SELECT 1'), '1', "$step: the session goes on");
	my ($out, $err) = $refresh->query("CALL cltv_refresh('shop')");
	unlike($err, qr/ERROR/, "$step: and refreshes");
	is_deeply(contents('shop'), $new, "$step: to the end");
	$refresh->finish;
}
{
	my ($old, $new) = next_night('inc');
	my $stopper = Session->new($node, 'postgres');
	$stopper->query('SELECT pg_advisory_lock(1)');
	my ($status, undef, $error) = $node->psql('postgres', "SET statement_timeout = '500ms'; CALL cltv_refresh('inc')");
	isnt($status, 0, 'a refresh ends at its timeout');
	like($error, qr/canceling statement due to statement timeout/, '... of statement_timeout');
	like(health('inc'), qr/^failing\|history: canceling statement due to statement timeout$/, '... and the log says so');
	$stopper->finish;
	check_repaired('inc', 'timeout', $new);
}

# Two at once: the second leaves with a clear message, changes nothing and writes nothing.
{
	my ($old, $new) = next_night('shop');
	my ($refresh, $stopper) = stopped_in('shop', 'customers');
	my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM cltv_refresh_log');
	my ($status, undef, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\nCALL cltv_refresh('shop')");
	my $pid = $refresh->pid;
	like($error, qr/ERROR:  55P03: public\.shop is being refreshed by another session\nDETAIL:  Process $pid holds the lock/,
		'the second refresh leaves with 55P03');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM cltv_refresh_log'), $rows, 'and writes nothing');

	# Readers are not kept waiting by the step that holds its locks now.
	for my $view ('shop', 'shop_model', 'shop_history', 'shop_segments', 'shop_at_risk')
	{
		my ($read, $out, $err) = $node->psql('postgres', "SET lock_timeout = '5s'; SELECT count(*) FROM $view");
		is("$read$err", '0', "$view is read while it is refreshed concurrently");
	}
	is_deeply(contents('shop')->{''}, $old->{''}, 'what they read is the old contents');
	$stopper->finish;
	my (undef, $notices) = $refresh->answer;
	like($notices, qr/NOTICE:  public\.shop_history: \d+ rows in [\d.]+ s\n.*NOTICE:  public\.shop_model: 1 rows in [\d.]+ s\n.*NOTICE:  public\.shop: \d+ rows in [\d.]+ s\n.*NOTICE:  public\.shop_forecast: 53 rows in [\d.]+ s/s,
		'the first says what it does as it goes, and ends');
	is_deeply(contents('shop'), $new, 'with the new contents');
	$refresh->finish;
}

# Without concurrently, readers wait: the lock that a plain refresh takes.
{
	my $stopper = Session->new($node, 'postgres');
	$stopper->query('SELECT pg_advisory_lock(2)');
	my $refresh = Session->new($node, 'postgres');
	$refresh->send("CALL cltv_refresh('shop', concurrently => false)");
	ok( $node->poll_query_until('postgres', qq{
			SELECT count(*) = 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
				AND relation = 'shop'::regclass AND pid = } . $refresh->pid),
		'a plain refresh locks the view');
	my ($read, $out, $err) = $node->psql('postgres', "SET lock_timeout = '100ms'; SELECT count(*) FROM shop");
	like($err, qr/canceling statement due to lock timeout/, 'and its readers wait');
	$stopper->finish;
	$refresh->answer;
	$refresh->finish;
	like(health('shop'), $well, 'until it has ended');
}

# cltv_rebuild and a fold take turns.
{
	my ($old, $new) = next_night('inc');
	my ($refresh, $stopper) = stopped_in('inc', 'history');
	my $rebuild = Session->new($node, 'postgres');
	$rebuild->send("CALL cltv_rebuild('inc')");
	ok( $node->poll_query_until('postgres', qq{
			SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = } . $rebuild->pid),
		'a rebuild waits for the fold');
	$stopper->finish;
	for my $session ($refresh, $rebuild)
	{
		my (undef, $err) = $session->answer;
		unlike($err, qr/ERROR/, 'both end well');
		$session->finish;
	}
	check_repaired('inc', 'rebuild', $new);
}

unlike(slurp_file($node->logfile), qr/PANIC/, 'no panic');
$node->stop;
done_testing();

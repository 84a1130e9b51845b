# Whatever is long answers a statement_timeout and a cancel request, and the session goes on.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Catalog qw(rows functions);
use PostgreSQL::Test::Cluster;
use POSIX ();
use PostgreSQL::Test::Utils;
use Session;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('cancel');
$node->init;
$node->start;

# Times with fractions make every customer another one, so that nothing is merged and the fit is long.
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION cltv;
	CREATE TABLE bases AS
	SELECT customer_base(frequency, CASE WHEN frequency > 0 THEN tenure * u ELSE 0 END, tenure) AS base
	FROM (SELECT (i * 7919::bigint) % 13 % 5 AS frequency, 100 + i::float8 / 1000 AS tenure,
			((i * 104729::bigint) % 999983 + 1) / 1000000.0 AS u
		FROM generate_series(1, 300000) AS i) AS customers;
});
my $fit = 'SELECT bgnbd_fit(base) FROM bases';

my $begin = time;
my $model = $node->safe_psql('postgres', $fit);
my $milliseconds = 1000 * (time - $begin);
like($model, qr/"kind": ?"bgnbd"/, 'the fit ends when it is left alone');
note sprintf('the fit takes %.0f ms', $milliseconds);

# In the midst of the fit: reading the stored base takes a small part of the time.
my ($status, $stdout, $stderr) =
  $node->psql('postgres', sprintf('SET statement_timeout = %d; %s', 1 + $milliseconds / 2, $fit));
isnt($status, 0, 'the fit ends with an error at its timeout');
like($stderr, qr/canceling statement due to statement timeout/, '... of statement_timeout');

# The cancelled session itself goes on: psql's second statement is answered by the same backend.
my ($out, $err) = ('', '');
my $session = $PostgreSQL::Test::Utils::tmp_check . '/session.sql';
append_to_file($session, "SELECT pg_backend_pid();\n$fit;\nSELECT 'alive', pg_backend_pid();\n");
my $client = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $session ],
	'>', \$out, '2>', \$err, IPC::Run::timeout(180));
ok( $node->poll_query_until(
		'postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'SELECT bgnbd_fit%' AND state = 'active'}),
	'a session fits');
usleep(1000 * $milliseconds / 4);
$node->safe_psql('postgres',
	q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT bgnbd_fit%' AND state = 'active'});
$client->finish;
like($err, qr/canceling statement due to user request/, 'pg_cancel_backend ends the fit');
my ($pid) = $out =~ /^(\d+)$/m;
like($out, qr/^alive\|$pid$/m, 'and the same session answers the next query');

is($node->safe_psql('postgres', $fit), $model, 'a later fit gives the same model');
# Checks of the client's connection interrupt a fit, but are no cancel: a fit longer than the interval must still end.
SKIP:
{
	skip 'no client_connection_check_interval here', 1
	  if $node->psql('postgres', q{SET client_connection_check_interval = '10ms'}) != 0;
	is( $node->safe_psql(
			'postgres', qq{SET client_connection_check_interval = '10ms'; SET statement_timeout = '60s'; $fit}),
		$model, 'a fit interrupted often ends all the same');
}

# Every function whose time grows with the value that it takes, or that reads or writes one. A cancel request is there
# when it begins, and behind it stands a sequence: the executor itself looks at neither before the row is done, so that
# a function that does not look for requests moves the sequence.
$node->safe_psql(
	'postgres', q{
	SET client_min_messages = error;
	CREATE SEQUENCE ended;
	CREATE AGGREGATE scores(float8, float8) (SFUNC = score_base_accum, STYPE = score_base);
	CREATE AGGREGATE metrics(purchase_history, date) (SFUNC = metrics_base_accum, STYPE = metrics_base);
	CREATE TABLE values_of AS
	SELECT customer_base(frequency, 10 * frequency, 300), spend_base(frequency, 9.5), contract_base(frequency, frequency < 3),
		rfm_base(date '2024-12-31', frequency, 9.5), scores(frequency, 9.5), metrics(history, '2026-12-31'),
		rollup(history) AS purchase_history
	FROM generate_series(1::bigint, 20) AS frequency,
		LATERAL (SELECT purchase_history('2024-01-01'::date + 30 * i::int, 9.5) AS history
			FROM generate_series(1, frequency) AS i) AS h;
	ALTER TABLE values_of RENAME scores TO score_base;
	ALTER TABLE values_of RENAME metrics TO metrics_base;
});
my @of_any_size = map { $_->[0] } rows($node, 'postgres',
	q{SELECT attname FROM pg_attribute WHERE attrelid = 'values_of'::regclass AND attnum > 0 ORDER BY attnum});
my %sizes = map { $_ => 1 } @of_any_size;
my %more = (
	'rdd_fit(score_base,double precision,text,double precision,double precision)' => q{(SELECT rdd_base(i, i) FROM generate_series(1, 100) AS i), 50.5},
	'rdd_density(score_base,double precision,double precision)' => q{(SELECT rdd_base(i, i) FROM generate_series(1, 100) AS i), 50.5},
	'rfm_breaks(rfm_base,integer)' => 'rfm_base, 5',
	'customer_features(purchase_history,date)' => q{purchase_history, date '2026-12-31'},
	'learner_features(purchase_history,date)' => q{purchase_history, date '2026-12-31'},
	'cluster_features(purchase_history,date)' => q{purchase_history, date '2026-12-31'},
	'cltv_named_spend(spend_base,feature_base)' => 'spend_base, NULL::feature_base',
	'lifetime(purchase_history,date,integer)' => q{purchase_history, date '2026-12-31', 90});
# What these read of a history is at its head, or is copied at once; a sort looks but once in 16384 comparisons.
my %quick = map { $_ => 1 } qw(last_row rfm_summary rfm_summary_final purchase_history_final rfm_base_final);
my @calls;
for my $function (grep { $_->{kind} eq 'f' && !$_->{is_set} && !$quick{ $_->{name} } } functions($node, 'postgres'))
{
	my ($type, @others) = @{ $function->{types} };
	next if !$type || !$sizes{$type};
	push @calls, [ $function->{signature}, "$function->{name}(" . ($more{ $function->{signature} } // $type) . ')' ];
}
for my $type (@of_any_size)
{
	push @calls, [ "output of $type", "$type\::text" ],
	  [ "input of $type", "written::$type", ", LATERAL (SELECT $type\::text AS written OFFSET 0) AS w" ];
}

# Fits to attributes.
$node->safe_psql(
	'postgres', q{
	SET client_min_messages = error;
	CREATE TABLE attributes_of AS
	SELECT feature_base(x) AS numbers, response_feature_base(i * 7 % 13 < 6, x) AS yes_or_no, response_feature_base(i * 7 % 13, x) AS amounts,
		response_feature_base(1 + i * 7 % 13, x) AS above, treatment_base(i * 7 % 13, i % 2 = 0, x) AS treated
	FROM generate_series(1, 200) AS i, LATERAL (SELECT features(v) AS x FROM (SELECT i % 17 AS a, i * i % 23 AS b) AS v) AS f;
	ALTER TABLE attributes_of ADD means clusters, ADD tree clusters, ADD line cltv_model;
	UPDATE attributes_of SET means = kmeans_fit(numbers, 3), tree = hclust_fit(numbers), line = linear_fit(amounts);
});
push @calls, [ $_, $_, ', attributes_of' ] for 'kmeans_fit(numbers, 3)', 'hclust_fit(numbers)', 'silhouette(means, numbers)', 'silhouette(tree, numbers, 4)',
  'linear_fit(amounts)', 'logistic_fit(yes_or_no)', 'ziln_fit(amounts)', 'svm_fit(yes_or_no)', q{mlp_fit(amounts, 'ziln')}, q{mlp_fit(yes_or_no, 'logistic', '{3,2}')},
  'poisson_fit(amounts)', 'negbinom_fit(amounts)', 'tweedie_fit(amounts)', 'gamma_fit(above)', 'logistic_fit(yes_or_no, penalty => 0.01, alpha => 1)',
  q{(SELECT count(*) FROM penalty_by_folds(yes_or_no, 'logistic'))}, '(SELECT count(*) FROM kmeans_choose(numbers, 3))',
  'tree_fit(amounts)', 'forest_fit(amounts)', q{boost_fit(amounts, 'squared')}, q{boost_fit(amounts, 'ziln')}, q{cross_validate(amounts, 'linear')},
  '(SELECT count(*) FROM permutation_importance(line, amounts))', 'ate(treated)', 'uplift_fit(treated)';

# Fits to days, with calendars of either side, and to attributes held by a penalty.
$node->safe_psql(
	'postgres', q{
	SET client_min_messages = error;
	CREATE TABLE days_of AS
	SELECT calendar_base(history, '2024-12-31', sale) AS sales, calendar_base(history, '2024-12-31', sale || dropout_calendar(price)) AS both_of,
		calendar_base(history, '2024-12-31', sale || dropout_calendar(price), x, x) AS attributes, feature_base(frequency, recency, tenure, x, x) AS known
	FROM (SELECT i, purchase_history(date '2023-01-01' + (i * 7 % 40 + j * (3 + i % 11 * 7 % 31)) % 730, 9.5) AS history
			FROM generate_series(1, 200) AS i, generate_series(0, i % 6) AS j GROUP BY i) AS h,
		(SELECT calendar(date '2023-01-01' + d, features('{sale}', ARRAY[(d % 97 < 12)::int])) AS sale,
			calendar(date '2023-01-01' + d, features('{price}', ARRAY[(d % 180 < 45)::int])) AS price FROM generate_series(0, 760) AS d) AS c,
		LATERAL rfm_summary(history, date '2024-12-31'), LATERAL (SELECT features('{a}', ARRAY[i * i % 23]) AS x) AS f;
});
push @calls, [ $_, $_, ', days_of' ] for 'pnbd_fit(sales)', 'bgnbd_fit(sales)', 'pnbd_fit(both_of)', 'orders_fit(both_of)', 'pnbd_fit(attributes)',
  'pnbd_fit(attributes, penalty => 0.1)', 'bgnbd_fit(known, penalty => 0.1)', 'orders_fit(known, penalty => 0.1)';

my $backend = Session->new($node, 'postgres', '-v', 'VERBOSITY=sqlstate');
$backend->query('SET client_min_messages = error');
for my $call (@calls)
{
	my ($name, $sql, $from) = (@$call, '');
	$backend->send("SELECT pg_cancel_backend(pg_backend_pid()), $sql, nextval('ended') FROM values_of$from");
	my (undef, $error) = $backend->answer;
	like($error, qr/57014/, "$name: cancelled");
	is($backend->query('SELECT is_called FROM ended'), 'f', "$name: ... before its end")
	  or $backend->query("SELECT setval('ended', 1, false)");
	like($backend->query("SELECT ($sql) IS NULL FROM values_of$from"), qr/^[tf]$/, "$name: done when it is left alone");
}

# In the midst of fits to 20,000 customers: after the request the server works for less than a tenth of a second, whatever else the
# machine does, so that processor time is what is measured.
SKIP:
{
	skip 'no /proc here', 1 unless -r '/proc/self/stat';
	my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK());
	my $seconds = sub {
		my ($used) = slurp_file('/proc/' . $backend->pid . '/stat') =~ /\) (.*)/s;
		my @fields = split ' ', $used;
		return ($fields[11] + $fields[12]) / $ticks;
	};
	$backend->query(
		q{CREATE TABLE many AS
		SELECT feature_base(x - '{g}'::text[]) AS numbers, response_feature_base(a + b * c + sin(i) > 0.9, x) AS yes_or_no, response_feature_base(a + b * c + sin(i), x) AS amounts,
			response_feature_base(floor(3 * a + 1 + sin(i)), x) AS counts, response_feature_base(exp(a + sin(i)), x) AS above,
			response_feature_base(CASE WHEN i % 3 = 0 THEN exp(a + sin(i)) ELSE 0 END, x) AS often_0, treatment_base(a + b * c + sin(i), i % 2 = 0, x) AS treated
		FROM generate_series(1, 20000) AS i, LATERAL (SELECT (i * 7919::bigint % 99991) / 99991.0::float8 AS a, (i * 104729::bigint % 99989) / 99989.0::float8 AS b,
				(i * 1299709::bigint % 99971) / 99971.0::float8 AS c, (ARRAY['u', 'v', 'w'])[1 + i % 3] AS g) AS v, LATERAL (SELECT features(v) AS x) AS f});
	$backend->query('ALTER TABLE many ADD means clusters, ADD boost cltv_model');
	$backend->query(q{UPDATE many SET means = kmeans_fit(numbers), boost = boost_fit(amounts, 'squared', 20)});
	for my $sql ('linear_fit(amounts, robust => true)', 'logistic_fit(yes_or_no)', 'poisson_fit(counts)', 'negbinom_fit(counts)', 'gamma_fit(above)', 'tweedie_fit(often_0)',
		'ziln_fit(often_0)', 'logistic_fit(yes_or_no, penalty => 0.001, alpha => 1)', q{(SELECT count(*) FROM penalty_by_folds(yes_or_no, 'logistic', folds => 2))},
		'tree_fit(amounts, 10)', 'forest_fit(amounts, 20)', q{boost_fit(yes_or_no, 'logistic', 50, early_stop => 0)}, q{boost_fit(often_0, 'ziln', 20, early_stop => 0)},
		'svm_fit(yes_or_no)', q{mlp_fit(amounts, 'squared', iterations => 50)}, 'kmeans_fit(numbers)', '(SELECT count(*) FROM kmeans_choose(numbers, 3))', 'hclust_fit(numbers)',
		'silhouette(means, numbers)', q{cross_validate(counts, 'poisson')}, '(SELECT count(*) FROM permutation_importance(boost, amounts, 1))', 'ate(treated)',
		'uplift_fit(treated, repeats => 1)')
	{
		my $begin = $seconds->();
		like($backend->query("SELECT ($sql) IS NULL FROM many"), qr/^f$/, "$sql of many customers");
		my $all = $seconds->() - $begin;
		my $longest = 0;
		for my $share (0.3, 0.6, 0.9)
		{
			$begin = $seconds->();
			$backend->send("SELECT ($sql) IS NULL FROM many");
			usleep(1000) while !$backend->answered && $seconds->() - $begin < $share * $all;    # the next may take less than the first
			kill 'INT', $backend->pid;
			my $at = $seconds->();
			$backend->answer;
			my $late = $seconds->() - $at;
			$longest = $late if $late > $longest;
		}
		cmp_ok($longest, '<=', 0.1, sprintf '%s: cancelled within %.2f of its %.2f seconds', $sql, $longest, $all);
	}
}
$backend->finish;

unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'nothing crashed');

$node->stop;
done_testing();

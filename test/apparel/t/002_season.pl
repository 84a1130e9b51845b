# The high season on the apparel data that come with the R package CLVTools: the first 104 weeks of 600 customers, in days.
#
# BG/NBD against a search of the same likelihood by other means, in weeks, whose weight is e^gamma in season and 1 else: the
# likelihood of days is that of weeks less ln 7 a repeat purchase, and alpha is 7 times theirs, by the mean weight of a year.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{CLTV_DATA} // '';
plan skip_all => 'CLTV_DATA names no folder with apparel_weeks.csv.gz' unless -f "$data/apparel_weeks.csv.gz";

my $node = PostgreSQL::Test::Cluster->new('season');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', $_[0]) }

# A day belongs to the week that begins with it, or before.
query(qq{
	CREATE EXTENSION cltv;
	CREATE TABLE orders (customer_id int, ordered_on date, amount float8);
	CREATE TABLE week (week date, high_season int);
	COPY orders FROM PROGRAM 'gzip -dc $data/apparel_orders.csv.gz' (FORMAT csv, HEADER);
	COPY week FROM PROGRAM 'gzip -dc $data/apparel_weeks.csv.gz' (FORMAT csv, HEADER);
	CREATE TABLE histories AS
	SELECT customer_id, purchase_history(ordered_on, amount) AS history FROM orders WHERE ordered_on <= '2006-12-31' GROUP BY customer_id;
	CREATE TABLE seasons AS
	SELECT calendar(week + i, features(x)) AS season
	FROM week, generate_series(0, 6) AS i, LATERAL (SELECT high_season) AS x WHERE week + i <= '2006-12-31';
	CREATE TABLE models AS
	SELECT bgnbd_fit(history, '2006-12-31', season) AS season, bgnbd_fit(s.frequency, s.recency, s.tenure) AS plain,
		pnbd_fit(history, '2006-12-31', season) AS timed, pnbd_fit(s.frequency, s.recency, s.tenure) AS timed_plain
	FROM histories, rfm_summary(history, '2006-12-31') AS s, seasons;
});
is(query('SELECT count(*), sum(frequency), count(*) FILTER (WHERE frequency = 0) FROM histories, rfm_summary(history, date \'2006-12-31\')'),
	'600|1266|213', 'customers');
is(query(q{SELECT sum(value) FROM seasons, calendar_table(season)}),
	query(q{SELECT sum(high_season) * 7 FROM week WHERE week < '2006-12-31'}), 'days in season');

is(query('SELECT model_status(season) FROM models'), 'converged', 'converged');
my $gain = query('SELECT log_likelihood(season) + 1266 * ln(7::float8) FROM models');
cmp_ok(abs($gain - -5791.79377), '<', 1e-5, "log-likelihood in weeks, $gain");
my $plain = query('SELECT log_likelihood(plain) + 1266 * ln(7::float8) FROM models');
cmp_ok(abs($plain - -5857.01974891), '<', 1e-6, "without the season, $plain");
is(query('SELECT df FROM models, lr_test(plain, season)'), 1, 'one coefficient');

# To the four digits that were kept.
my $found = query(q{
	WITH p AS (SELECT name, estimate FROM models, model_params(season)),
		w AS (SELECT ln(avg(exp(g.estimate * value))) AS log_mean
			FROM seasons, calendar_table(season) AS c, p AS g WHERE g.name = 'season: high_season' AND c.day > '2005-12-31')
	SELECT ln((SELECT estimate FROM p WHERE name = 'r')), ln((SELECT estimate FROM p WHERE name = 'alpha') / 7) + log_mean,
		ln(a.estimate / b.estimate), ln(a.estimate + b.estimate), (SELECT estimate FROM p WHERE name = 'season: high_season')
	FROM w, p AS a, p AS b WHERE a.name = 'a' AND b.name = 'b'});
my @expected = ([ 'ln r', -.5728 ], [ 'ln alpha', 3.1036 ], [ 'logit of the mean dropout', -1.7950 ], [ 'ln (a + b)', 2.6371 ], [ 'season', .7083 ]);
my @found = split /\|/, $found;
cmp_ok(abs($found[$_] - $expected[$_][1]), '<', 3e-4, "$expected[$_][0]: $found[$_], $expected[$_][1]") for 0 .. $#expected;

my ($high, $low) = split /\|/, query(q{
	SELECT max(factor) FILTER (WHERE value = 1) - min(factor) FILTER (WHERE value = 1), ln(max(factor) / min(factor))
	FROM models AS m, seasons AS s, season_factors(m.season) AS f JOIN LATERAL calendar_table(s.season) AS c USING (day)});
cmp_ok(abs($low - $found[4]), '<', 1e-12, 'the factors differ by the coefficient');
is($high + 0, 0, 'and by nothing else');

# Pareto/NBD: what CLVTools prints without the season, and 67 more with it.
is(query('SELECT model_status(timed) FROM models'), 'converged', 'Pareto/NBD: converged');
my $timed_plain = query('SELECT log_likelihood(timed_plain) + 1266 * ln(7::float8) FROM models');
cmp_ok(abs($timed_plain - -5848.09782696), '<', 1e-6, "without the season, $timed_plain");
my $timed_gain = query('SELECT log_likelihood(timed) - log_likelihood(timed_plain) FROM models');
cmp_ok(abs($timed_gain - 67), '<', 0.5, "the season adds $timed_gain");
cmp_ok(abs(query(q{SELECT p.estimate FROM models, model_params(timed) AS p WHERE p.name = 'season: high_season'}) - 0.705), '<', 0.03,
	'a coefficient within half a standard error of the one with attributes');
cmp_ok(query(q{SELECT abs(sum(log_likelihood(timed, history, '2006-12-31')) - min(log_likelihood(timed))) FROM models, histories}), '<', 1e-8,
	'the likelihoods of the customers are that of the fit');

# A forecast of the year after, and of its first quarter, which is not high season: the cells of docs/accuracy.md.
for ([ 90, 'pnbd: season', 83, 82.2, 114.8 ], [ 365, 'pnbd: season', 389, 396.9, 436.0 ])
{
	my ($days, $best, $actual, $with, $without) = @$_;
	is( query(qq{
			SELECT model, actual_purchases, round(predicted_purchases::numeric, 1),
				(SELECT round(p.predicted_purchases::numeric, 1)
				 FROM cltv_backtest('orders', 'customer_id', 'ordered_on', 'amount', '2006-12-31', '{mbgnbd}', date '2006-12-31' + $days) AS p LIMIT 1)
			FROM cltv_backtest('orders', 'customer_id', 'ordered_on', 'amount', '2006-12-31',
				'{bgnbd,mbgnbd,pnbd,bgnbd: season,mbgnbd: season,pnbd: season,mbgnbd: months,pnbd: months}', date '2006-12-31' + $days) WHERE chosen}),
		sprintf('%s|%d|%.1f|%.1f', $best, $actual, $with, $without), "$days days ahead with a season, and without");
}

$node->stop;
done_testing();

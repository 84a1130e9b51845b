# Backtests of the sample of the CDNOW log: fitted to the 39 weeks up to 1997-09-30, compared with the 39 weeks after.
#
# Published: the walkthrough of the R package BTYD 2.4.3 (L. Dziurzynski, E. Wadsworth, D. McCarthy), which fits the
# Pareto/NBD and BG/NBD models to the same customers in weeks, and prints the comparisons that P. S. Fader,
# B. G. S. Hardie, K. L. Lee drew in Marketing Science 24 (2005).
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{CLTV_DATA} // '';
plan skip_all => 'CLTV_DATA names no folder with cdnow.csv' unless -f "$data/cdnow.csv";

my $node = PostgreSQL::Test::Cluster->new('cdnow_backtest');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', $_[0]) }
sub rows { return map { [ split /\|/ ] } split /\n/, query($_[0]) }

query(qq{
	CREATE EXTENSION cltv;
	CREATE TABLE orders (customer_id int, ordered_on date, units int, amount float8, in_sample boolean);
	COPY orders FROM '$data/cdnow.csv' (FORMAT csv, HEADER);
	CREATE VIEW sample AS SELECT * FROM orders WHERE in_sample;
});
my $arguments = q{'sample', 'customer_id', 'ordered_on', 'amount', date '1997-09-30'};

is( query("SELECT count(*), sum(frequency), sum(holdout_purchases), min(horizon), max(horizon)
		FROM cltv_holdout($arguments)"),
	'2357|2457|1882|273|273', 'customers, repeat purchases, purchases in the holdout, days of it');

# Purchases in the holdout by repeat purchases before. The walkthrough's searches end a little before the maximum, that
# of the Pareto/NBD model, which is flatter, a little more so.
my @customers = (1411, 439, 214, 100, 62, 38, 29, 64);
my @actual = (0.2367116, 0.6970387, 1.392523, 1.560000, 2.532258, 2.947368, 3.862069, 6.359375);
my %predicted = (
	bgnbd => [ 2e-4, 0.2250893, 0.5231364, 1.044126, 1.520256, 2.163824, 2.653789, 3.503957, 6.157036 ],
	pnbd => [ 2e-3, 0.138, 0.600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403 ]);
for my $model (sort keys %predicted)
{
	my ($tolerance, @printed) = @{ $predicted{$model} };
	my @classes = rows("SELECT frequency, customers, actual, predicted FROM cltv_calibration($arguments, '{$model}')");
	is(join(' ', map { $_->[0] } @classes), '0 1 2 3 4 5 6 7+', "$model: all frequencies");
	for my $n (0 .. 7)
	{
		my ($frequency, $customers, $actual, $predicted) = @{ $classes[$n] };
		is($customers, $customers[$n], "$model, frequency $frequency: customers");
		cmp_ok(abs($actual - $actual[$n]), '<', 1e-6, "$model, frequency $frequency: purchases");
		cmp_ok(abs($predicted - $printed[$n]), '<', $tolerance, "$model, frequency $frequency: purchases foretold");
	}
}

# Weeks 20 to 25. The walkthrough counts the first and the last day of a customer's time, cltv_tracking one of them, as
# the fit does. A day later, on a straight line to the next week, it is the same but for the curvature of the expectation.
my @weekly = (73, 55, 70, 33, 56, 99);
my @cumulative = (1359, 1414, 1484, 1517, 1573, 1672);
my %expected = (
	bgnbd => [ [ 76.86531, 74.88843, 73.04554, 71.32166, 69.70412, 68.18213 ],
		[ 1312.458, 1387.346, 1460.392, 1531.713, 1601.418, 1669.6 ] ],
	pnbd => [ [ 78.308, 76.419, 74.648, 72.983, 71.414, 69.933 ],
		[ 1308.856, 1385.275, 1459.923, 1532.906, 1604.32, 1674.253 ] ]);
for my $model (sort keys %expected)
{
	my ($weekly_printed, $cumulative_printed) = @{ $expected{$model} };
	my @weeks = rows("SELECT week_end, actual, actual_cumulative,
			expected + (next - expected) / 7, expected_cumulative + next / 7
		FROM (SELECT *, lead(expected) OVER (ORDER BY week) AS next FROM cltv_tracking($arguments, '{$model}')) AS w
		WHERE week BETWEEN 20 AND 25 ORDER BY week");
	for my $n (0 .. 5)
	{
		my ($end, $weekly, $cumulative, $expected, $expected_cumulative) = @{ $weeks[$n] };
		is($weekly, $weekly[$n], "$model, week to $end: repeat purchases");
		is($cumulative, $cumulative[$n], "$model, week to $end: repeat purchases so far");
		cmp_ok(abs($expected - $weekly_printed->[$n]), '<', 0.02, "$model, week to $end: foretold");
		cmp_ok(abs($expected_cumulative - $cumulative_printed->[$n]), '<', 0.15, "$model, week to $end: foretold so far");
	}
}

# The cumulative number of repeat purchases at the end of the holdout, which the paper's figure shows, is foretold within
# a few percent; that of the holdout alone, less well.
is_deeply(
	[ rows("SELECT model, actual_cumulative, round(expected_cumulative::numeric, 1),
			round((100 * (expected_cumulative / actual_cumulative - 1))::numeric, 1)
		FROM cltv_tracking($arguments) WHERE week_end = '1998-06-30'") ],
	[ [ 'bgnbd', 4339, '4160.6', '-4.1' ], [ 'mbgnbd', 4339, '4050.0', '-6.7' ], [ 'pnbd', 4339, '4270.0', '-1.6' ] ],
	'78 weeks: model, repeat purchases, foretold, percent off');
is_deeply(
	[ rows("SELECT model, round(predicted_purchases::numeric, 1), actual_purchases,
			round((100 * (predicted_purchases / actual_purchases - 1))::numeric, 1), round(predicted_revenue::numeric),
			round(actual_revenue::numeric), round(mae::numeric, 3), round(rmse::numeric, 3), round(gini::numeric, 3),
			round(lift::numeric, 2), round(churn_auc::numeric, 3), round(revenue_gini::numeric, 3)
		FROM cltv_backtest($arguments)") ],
	[   [ 'bgnbd', '1653.4', 1882, '-12.1', 59085, 70976, '0.785', '1.608', '0.662', '4.69', '0.757', '0.660' ],
		[ 'mbgnbd', '1576.7', 1882, '-16.2', 56396, 70976, '0.765', '1.607', '0.664', '4.77', '0.760', '0.664' ],
		[ 'pnbd', '1665.5', 1882, '-11.5', 59844, 70976, '0.755', '1.603', '0.673', '4.73', '0.771', '0.686' ],
		[ 'naive', '2930.1', 1882, '55.7', 114396, 70976, '1.024', '2.212', '0.666', '4.59', '0.760', '0.672' ],
		[ 'past revenue', '', 1882, '', 173116, 70976, '', '', '', '', '', '0.680' ] ],
	'39 weeks of holdout: model, purchases foretold and made, percent off, revenue, and how each customer was foretold');

$node->stop;
done_testing();

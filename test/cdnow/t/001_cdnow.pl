# The CDNOW log and the numbers that the papers published for it.
#
# BG/NBD: P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting Your Customers" the Easy Way: An Alternative to the
# Pareto/NBD Model, Marketing Science 24 (2005), and the authors' notes on its implementation, times in weeks. Times here
# are in days: only alpha and the log-likelihood change, the latter by the logarithm of 7 for each repeat purchase.
# Gamma-Gamma: P. S. Fader, B. G. S. Hardie, The Gamma-Gamma Model of Monetary Value (2013).
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{CLTV_DATA} // '';
plan skip_all => 'CLTV_DATA names no folder with cdnow.csv' unless -f "$data/cdnow.csv";

my $node = PostgreSQL::Test::Cluster->new('cdnow');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', $_[0]) }

# Agrees with a printed number to all of its digits.
sub agrees
{
	my ($got, $printed, $name, $scale) = @_;
	my ($decimals) = $printed =~ /\.(\d+)$/;
	is(sprintf('%.*f', length $decimals, $got / ($scale // 1)), $printed, $name);
}

query(qq{
	CREATE EXTENSION cltv;
	CREATE TABLE orders (customer_id int, ordered_on date, units int, amount float8, in_sample boolean);
	COPY orders FROM '$data/cdnow.csv' (FORMAT csv, HEADER);
	CREATE VIEW calibration AS
	SELECT in_sample, customer_id, s.* FROM (
		SELECT in_sample, customer_id, rfm_summary(ordered_on, amount, date '1997-09-30') AS summary
		FROM orders GROUP BY in_sample, customer_id) AS c, LATERAL (SELECT (summary).*) AS s;
	CREATE TABLE models AS
	SELECT in_sample, bgnbd_fit(frequency, recency, tenure) AS orders_model, gg_fit(frequency, monetary_value) AS spend_model
	FROM calibration WHERE in_sample GROUP BY in_sample
	UNION ALL
	SELECT NULL, bgnbd_fit(frequency, recency, tenure), gg_fit(frequency, monetary_value) FROM calibration;
});

is(query('SELECT count(*), count(DISTINCT customer_id), min(ordered_on), max(ordered_on) FROM orders'),
	'69659|23570|1997-01-01|1998-06-30', 'the file is whole');
is(query('SELECT count(*), sum(frequency), count(*) FILTER (WHERE frequency > 0) FROM calibration WHERE in_sample'),
	'2357|2457|946', 'the sample: customers, repeat purchases, customers with one');

my %printed = (
	r => [ '0.2425945', '0.012557', 1 ],
	alpha => [ '4.4136020', '0.378224', 7 ],
	a => [ '0.7929220', '0.185734', 1 ],
	b => [ '2.4259068', '0.705414', 1 ]);
for my $row (split /\n/, query('SELECT p.* FROM models, model_params(orders_model) AS p WHERE in_sample'))
{
	my ($name, $estimate, $std_error) = split /\|/, $row;
	my ($expected, $expected_error, $scale) = @{ delete $printed{$name} };
	agrees($estimate, $expected, "BG/NBD $name", $scale);
	agrees($std_error, $expected_error, "BG/NBD standard error of $name", $scale);
}
is_deeply([ keys %printed ], [], 'BG/NBD has all its parameters');
agrees(query('SELECT log_likelihood(orders_model) + 2457 * ln(7) FROM models WHERE in_sample'),
	'-9582.429207', 'BG/NBD log-likelihood');

%printed = (p => '6.24957227', q => '3.74422467', v => '15.44352096');
for my $row (split /\n/, query('SELECT p.name, p.estimate FROM models, model_params(spend_model) AS p WHERE in_sample'))
{
	my ($name, $estimate) = split /\|/, $row;
	agrees($estimate, delete $printed{$name}, "Gamma-Gamma $name");
}
is_deeply([ keys %printed ], [], 'Gamma-Gamma has all its parameters');
agrees(query('SELECT log_likelihood(spend_model) FROM models WHERE in_sample'), '-4055.917695', 'Gamma-Gamma log-likelihood');

# The paper's own example, in weeks.
my $published = 'bgnbd_model(.243, 4.414, .793, 2.426)';
agrees(query("SELECT bgnbd_predict($published, 2, 30.43, 38.86, 39)"), '1.22603', 'expected purchases of the example');
agrees(query("SELECT prob_alive($published, 2, 30.43, 38.86)"), '0.72658', 'P(alive) of the example');

# The holdout: the nine months that the models have not seen, customer by customer. The paper shows cumulative repeat
# purchases, of which the model foretells all but a few in a hundred. P(alive) says nothing about customers without a
# repeat purchase: BG/NBD has them all alive.
for my $part ([ 'the sample', 'c.in_sample', 'm.in_sample' ], [ 'all customers', 'true', 'm.in_sample IS NULL' ])
{
	my ($name, $customers, $model) = @$part;
	my ($before, $actual, $expected, $orders_corr, $alive, $silent, $spent, $value) = split /\|/, query(qq{
		SELECT sum(frequency), sum(days), sum(predicted), corr(days, predicted),
			avg(alive) FILTER (WHERE frequency > 0 AND days > 0), avg(alive) FILTER (WHERE frequency > 0 AND days = 0),
			sum(spent), sum(value)
		FROM (
			SELECT frequency, coalesce(h.days, 0) AS days, coalesce(h.spent, 0) AS spent,
				bgnbd_predict(orders_model, frequency, recency, tenure, 273) AS predicted,
				prob_alive(orders_model, frequency, recency, tenure) AS alive,
				cltv_predict(orders_model, spend_model, frequency, recency, tenure, monetary_value, 273,
					discount_rate => 0) AS value
			FROM calibration AS c JOIN models AS m ON $model
			LEFT JOIN (SELECT customer_id, count(DISTINCT ordered_on) AS days, sum(amount) AS spent FROM orders
				WHERE ordered_on > date '1997-09-30' GROUP BY customer_id) AS h USING (customer_id)
			WHERE $customers) AS holdout});
	note "$name: $actual purchases, $expected expected (correlation $orders_corr), spent $spent, value $value, ",
	  "P(alive) $alive of those who ordered, $silent of others";
	cmp_ok(abs(($before + $expected) / ($before + $actual) - 1), '<', 0.07, "holdout of $name: purchases as in the paper");
	cmp_ok(abs($value / $spent - 1), '<', 0.2, "holdout of $name: value");
	cmp_ok($orders_corr, '>', 0.6, "holdout of $name: expected purchases follow the customers");
	cmp_ok($alive, '>', 1.2 * $silent, "holdout of $name: those who ordered were the likelier alive");
}

$node->stop;
done_testing();

# Attributes of customers on the apparel data that come with the R package CLVTools, in weeks: the first 104 of 600 customers.
#
# Pareto/NBD, static and with gender and channel, as CLVTools prints it; BG/NBD against a search of the same likelihood by other
# means. Where dropout is explained in BG/NBD, the mean chance moves and its precision stays: see docs/purchases/attributes.md.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{CLTV_DATA} // '';
plan skip_all => 'CLTV_DATA names no folder with apparel_customers.csv.gz' unless -f "$data/apparel_customers.csv.gz";

my $node = PostgreSQL::Test::Cluster->new('apparel');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', $_[0]) }

# Weeks begin with the first day of all; the last of the 104 ends before 2006-12-31.
query(qq{
	CREATE EXTENSION cltv;
	CREATE TABLE orders (customer_id int, ordered_on date, amount float8);
	CREATE TABLE customer (customer_id int, gender int, channel int);
	COPY orders FROM PROGRAM 'gzip -dc $data/apparel_orders.csv.gz' (FORMAT csv, HEADER);
	COPY customer FROM PROGRAM 'gzip -dc $data/apparel_customers.csv.gz' (FORMAT csv, HEADER);
	CREATE TABLE weeks AS
	SELECT customer_id, frequency, recency / 7.0::float8 AS recency, tenure / 7.0::float8 AS tenure, features(a) AS a
	FROM (SELECT customer_id, count(DISTINCT ordered_on) - 1 AS frequency, max(ordered_on) - min(ordered_on) AS recency,
			date '2006-12-31' - min(ordered_on) AS tenure
		FROM orders WHERE ordered_on <= '2006-12-31' GROUP BY customer_id) AS s
		JOIN customer USING (customer_id), LATERAL (SELECT gender, channel) AS a;
});
is(query('SELECT count(*), sum(frequency), count(*) FILTER (WHERE frequency = 0) FROM weeks'), '600|1266|213', 'customers');

query(q{
	CREATE TABLE models AS
	SELECT pnbd_fit(frequency, recency, tenure) AS pnbd, pnbd_fit(frequency, recency, tenure, a, a) AS pnbd_both,
		bgnbd_fit(frequency, recency, tenure) AS bgnbd, bgnbd_fit(frequency, recency, tenure, a) AS bgnbd_purchases,
		bgnbd_fit(frequency, recency, tenure, a, a) AS bgnbd_both
	FROM weeks;
});

my %published = (
	pnbd => {
		log_likelihood => '-5848.09782696',
		estimates => { r => '1.448977', alpha => '48.636084', s => '0.561260', beta => '46.884363' },
		std_errors => { r => '0.243428', alpha => '7.489182', s => '0.271048', beta => '35.611411' } },
	pnbd_both => {
		log_likelihood => '-5821.06270909',
		estimates => {
			r => '1.837843', alpha => '92.912349', s => '0.591999', beta => '49.622727',
			'purchases: gender' => '0.285874', 'purchases: channel' => '0.624124',
			'dropout: gender' => '-0.642993', 'dropout: channel' => '0.790679' },
		std_errors => {
			'purchases: gender' => '0.104148', 'purchases: channel' => '0.104958',
			'dropout: gender' => '0.295526', 'dropout: channel' => '0.305859' } },
	bgnbd => {
		log_likelihood => '-5857.01974891',
		estimates => { r => '0.607311', alpha => '20.956729', a => '1.275543', b => '8.860816' } },
	bgnbd_purchases => { log_likelihood => '-5841.17459' },
	bgnbd_both => { log_likelihood => '-5838.96370' });

# To the digits printed: one unit of the last one is what rounding leaves.
sub near
{
	my ($got, $expected, $what) = @_;
	my ($decimals) = $expected =~ /\.(\d+)$/;
	cmp_ok(abs($got - $expected), '<=', 1.01 * 10**-length($decimals), "$what: $got, published $expected");
}

# A search that ends a little below the maximum prints parameters that are a small part of a standard error away from it: the
# likelihood there is the published one, and that of the fit is no lower.
for my $kind (sort keys %published)
{
	my $expected = $published{$kind};
	is(query("SELECT model_status($kind) FROM models"), 'converged', "$kind: converged");
	my $found = query("SELECT log_likelihood($kind) FROM models");
	cmp_ok($found - $expected->{log_likelihood}, '>', -6e-6, "$kind: no lower than the published log-likelihood, $found");
	cmp_ok($found - $expected->{log_likelihood}, '<', 5e-5, "$kind: the published log-likelihood");
	my %rows = map { my ($name, @row) = split /\|/; ($name => \@row) }
		split /\n/, query("SELECT p.name, p.estimate, p.std_error FROM models, model_params($kind) AS p");
	for my $name (sort keys %{ $expected->{estimates} // {} })
	{
		my ($estimate, $std_error) = @{ $rows{$name} };
		cmp_ok(abs($estimate - $expected->{estimates}{$name}) / $std_error, '<', 0.005,
			"$kind: $name is $estimate, published $expected->{estimates}{$name}");
	}
	for my $name (sort keys %{ $expected->{std_errors} // {} })
	{
		cmp_ok(abs($rows{$name}[1] / $expected->{std_errors}{$name} - 1), '<', 5e-4,
			"$kind: the standard error of $name is $rows{$name}[1], published $expected->{std_errors}{$name}");
	}
}

# The published model, given by its parameters.
my $estimates = $published{pnbd_both}{estimates};
my $design = join ',', map {
	my ($role, $name) = split /: /;
	qq({"role":"$role","name":"$name","coefficients":[$estimates->{$_}]})
} ('purchases: channel', 'purchases: gender', 'dropout: channel', 'dropout: gender');
my $params = join ',', map { qq("$_":$estimates->{$_}) } qw(r alpha s beta);
query(qq{CREATE TABLE given AS SELECT '{"kind":"pnbd","params":{$params},"design":[$design],"log_likelihood":null,"customers":null,
	"iterations":null,"status":"given","covariance":null}'::cltv_model AS model});
near(query('SELECT sum(log_likelihood(model, frequency, recency, tenure, a, a)) FROM given, weeks'), '-5821.06270909',
	'the log-likelihood at the published parameters');

# BG/NBD in the coordinates of its search.
my %logs = (
	bgnbd_purchases => [ qw(-.3959 3.6726 .3434 2.3625 .4673 .5859) ],
	bgnbd_both => [ qw(-.4061 3.6127 -1.6384 2.3279 .3891 .5964 -.6264 .0320) ]);
my %coordinates = (
	bgnbd_purchases => q{ln(r), ln(alpha), ln(a), ln(b), pg, pc},
	bgnbd_both => q{ln(r), ln(alpha), ln(a / b), ln(a + b), pg, pc, dg, dc});
for my $kind (sort keys %logs)
{
	my @got = split /\|/, query(qq{
		SELECT $coordinates{$kind} FROM (
			SELECT max(estimate) FILTER (WHERE name = 'r') AS r, max(estimate) FILTER (WHERE name = 'alpha') AS alpha,
				max(estimate) FILTER (WHERE name = 'a') AS a, max(estimate) FILTER (WHERE name = 'b') AS b,
				max(estimate) FILTER (WHERE name = 'purchases: gender') AS pg,
				max(estimate) FILTER (WHERE name = 'purchases: channel') AS pc,
				max(estimate) FILTER (WHERE name = 'dropout: gender') AS dg,
				max(estimate) FILTER (WHERE name = 'dropout: channel') AS dc
			FROM models, model_params($kind)) AS p});
	near($got[$_], $logs{$kind}[$_], "$kind: coordinate $_") for 0 .. $#{ $logs{$kind} };
}

# Predictions of the published model, of customers and of all.
my $horizon = '207.142857142857';
my %customers = (1 => [ '.947864208003', '5.919372037754' ], 10 => [ '.986052883853', '3.585915801368' ]);
for my $id (sort keys %customers)
{
	my ($alive, $expected) = split /\|/, query(qq{
		SELECT prob_alive(model, frequency, recency, tenure, a, a),
			expected_purchases(model, frequency, recency, tenure, $horizon, a, a)
		FROM given, weeks WHERE customer_id = $id});
	cmp_ok(abs($alive - $customers{$id}[0]), '<', 2e-6, "customer $id: P(alive) $alive, published $customers{$id}[0]");
	cmp_ok(abs($expected / $customers{$id}[1] - 1), '<', 5e-6, "customer $id: expected $expected, published $customers{$id}[1]");
}
my ($year, $long) = split /\|/, query(qq{
	SELECT sum(expected_purchases(model, frequency, recency, tenure, 52, a, a)),
		sum(expected_purchases(model, frequency, recency, tenure, $horizon, a, a)) FROM given, weeks});
cmp_ok(abs($year / 438.34875 - 1), '<', 2e-6, "expected within 52 weeks: $year");
cmp_ok(abs($long / 1453.5466 - 1), '<', 2e-6, "expected within 207 weeks: $long");

is(query(q{SELECT round(statistic::numeric, 3), df, p_value < 1e-10 FROM models, lr_test(pnbd, pnbd_both)}), '54.070|4|t',
	'the likelihood ratio test');

# One coefficient for purchases and dropout, against a search of the same likelihood by other means (Nelder & Mead).
my %same = (pnbd => [ -5827.298234701536, .31682102213, .62686038465 ], bgnbd => [ -5846.109928694311, .34270522200, .56587694088 ]);
for my $kind (sort keys %same)
{
	my ($value, $gender, $channel) = split /\|/, query(qq{
		SELECT log_likelihood(model), max(estimate) FILTER (WHERE name = 'dropout: gender'), max(estimate) FILTER (WHERE name = 'purchases: channel')
		FROM (SELECT ${kind}_fit(feature_base(frequency, recency, tenure, a, a), same => true) AS model FROM weeks) AS f, model_params(model)
		GROUP BY 1});
	cmp_ok(abs($value - $same{$kind}[0]), '<', 1e-7, "$kind with the same effects: log-likelihood $value");
	cmp_ok(abs($gender - $same{$kind}[1]), '<', 1e-5, "$kind with the same effects: gender $gender");
	cmp_ok(abs($channel - $same{$kind}[2]), '<', 1e-5, "$kind with the same effects: channel $channel");
}

$node->stop;
done_testing();

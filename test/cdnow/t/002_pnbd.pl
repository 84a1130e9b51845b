# Pareto/NBD and MBG/NBD on the sample of the CDNOW log, against published numbers in weeks.
#
# Pareto/NBD: P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting Your Customers" the Easy Way: An Alternative to the
# Pareto/NBD Model, Marketing Science 24 (2005), and the authors' notes. MBG/NBD: E. P. Batislam, M. Denizel,
# A. Filiztekin, Int. J. of Research in Marketing 24 (2007); D. Hoppe, U. Wagner, Marketing ZFP 3 (2007).
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{CLTV_DATA} // '';
plan skip_all => 'CLTV_DATA names no folder with cdnow.csv' unless -f "$data/cdnow.csv";

my $node = PostgreSQL::Test::Cluster->new('cdnow_models');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', $_[0]) }

query(qq{
	CREATE EXTENSION cltv;
	CREATE TABLE orders (customer_id int, ordered_on date, units int, amount float8, in_sample boolean);
	COPY orders FROM '$data/cdnow.csv' (FORMAT csv, HEADER);
	CREATE TABLE weeks AS
	SELECT frequency, recency / 7 AS recency, tenure / 7 AS tenure FROM (
		SELECT rfm_summary(ordered_on, amount, date '1997-09-30') AS summary
		FROM orders WHERE in_sample GROUP BY customer_id) AS c, LATERAL (SELECT (summary).*) AS s;
});

my %published = (
	mbgnbd => {
		log_likelihood => '-9582.135716',
		estimates => { r => '0.5248432', alpha => '6.1830853', a => '0.8913594', b => '1.6140022' } },
	pnbd => {
		log_likelihood => '-9594.976179',
		estimates => { r => '0.5532770', alpha => '10.5776835', s => '0.6062400', beta => '11.6687353' },
		std_errors => { r => '0.047628', alpha => '0.842723', s => '0.187281', beta => '6.211114' } });

for my $kind (sort keys %published)
{
	my $expected = $published{$kind};
	query("CREATE TABLE $kind AS SELECT ${kind}_fit(frequency, recency, tenure) AS model FROM weeks");
	my $log_likelihood = query("SELECT log_likelihood(model) FROM $kind");
	is(sprintf('%.6f', $log_likelihood), $expected->{log_likelihood}, "$kind: log-likelihood");
	my (%estimates, %std_errors);
	for my $row (split /\n/, query("SELECT p.name, p.estimate, p.std_error FROM $kind, model_params(model) AS p"))
	{
		my ($name, $estimate, $std_error) = split /\|/, $row;
		$estimates{$name} = sprintf '%.7f', $estimate;
		$std_errors{$name} = sprintf '%.6f', $std_error;
	}
	is_deeply(\%estimates, $expected->{estimates}, "$kind: estimates");
	is_deeply(\%std_errors, $expected->{std_errors}, "$kind: standard errors") if $expected->{std_errors};
	my ($mean, $observed) = split /\|/,
		query("SELECT sum(expected_purchases(model, tenure)), sum(frequency) FROM $kind, weeks");
	cmp_ok(abs($mean / $observed - 1), '<', 0.03, "$kind: the model of new customers explains the purchases seen");
}

$node->stop;
done_testing();

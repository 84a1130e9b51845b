# Tests of variants on Hillstrom's e-mail challenge: R's t.test, CUPED by hand, estimatr's lm_lin, prop.test.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../../server/lib";
use Data;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = data_with(qw(hillstrom));

my $node = PostgreSQL::Test::Cluster->new('hillstrom');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', $_[0]) }

query('CREATE EXTENSION cltv');
load_csv($node, 'hillstrom', "$data/hillstrom.csv.gz");
query(q{
	CREATE TABLE bases AS
	SELECT name, experiment_base(segment, outcome, history::float8) AS base, experiment_base(segment, outcome) AS plain
	FROM hillstrom, LATERAL (VALUES ('visit', visit::float8), ('conversion', conversion::float8), ('spend', spend::float8)) AS o (name, outcome)
	GROUP BY name;
});

# As printed there.
my @published = (
	[ 'visit', 'welch', 'difference', .076589564, 5e-10 ], [ 'visit', 'welch', 'std_error', .003385888, 5e-10 ],
	[ 'visit', 'welch', 'difference / std_error', 22.62023, 5e-6 ], [ 'visit', 'welch', 'p_value * 1e112', 1.36445119627, 1e-8 ],
	[ 'conversion', 'welch', 'difference', .006805007, 5e-10 ], [ 'conversion', 'welch', 'std_error', .000920873, 5e-10 ],
	[ 'conversion', 'welch', 'difference / std_error', 7.38974, 5e-6 ],
	[ 'spend', 'welch', 'difference', .769827156, 5e-10 ], [ 'spend', 'welch', 'std_error', .145246560, 5e-10 ],
	[ 'spend', 'welch', 'difference / std_error', 5.30014, 5e-6 ], [ 'spend', 'welch', 'p_value', 1.16381496823e-07, 1e-17 ],
	[ 'spend', 'welch', 'lower', .485139732568, 1e-12 ], [ 'spend', 'welch', 'upper', 1.054514579221, 1e-12 ],
	[ 'visit', 'cuped', 'difference', .076411147, 5e-10 ], [ 'visit', 'cuped', 'std_error', .003378360, 5e-10 ],
	[ 'conversion', 'cuped', 'difference', .006783433, 5e-10 ], [ 'conversion', 'cuped', 'std_error', .000920467, 5e-10 ],
	[ 'spend', 'cuped', 'difference', .767438499, 5e-10 ], [ 'spend', 'cuped', 'std_error', .145215042, 5e-10 ],
	[ 'spend', 'cuped', 'variance_reduction', .00043395, 1e-8 ]);
for (@published)
{
	my ($outcome, $method, $what, $value, $tolerance) = @$_;
	my $ours = query(qq{SELECT $what FROM bases, ab_test(base, 'No E-Mail', method => '$method')
		WHERE name = '$outcome' AND variant = 'Mens E-Mail'});
	cmp_ok(abs($ours - $value), '<=', $tolerance, "$outcome, $method: $what");
}
is(query(q{SELECT string_agg(variant || ' ' || customers, ', ') FROM bases, ab_test(plain, 'No E-Mail') WHERE name = 'visit'}),
	'No E-Mail 21306, Mens E-Mail 21307, Womens E-Mail 21387', 'customers, the control first');
is(query(q{SELECT round(chi2::numeric, 8) FROM bases, srm_test(plain) WHERE name = 'visit'}), '0.20253125', 'sample ratio');

# The regression with both arms alone has their mean of the covariate, as lm_lin; its HC2 knows the leverages, which sums do not.
my ($difference, $error) = split /\|/, query(q{
	SELECT difference, std_error FROM ab_test((SELECT experiment_base(segment, spend::float8, history::float8) FROM hillstrom
		WHERE segment <> 'Womens E-Mail'), 'No E-Mail', method => 'lin') WHERE variant = 'Mens E-Mail'});
cmp_ok(abs($difference - .767480234791251), '<', 1e-12, 'lin: difference');
cmp_ok(abs($error / .145146188249984 - 1), '<', 1e-3, 'lin: standard error near that of HC2');

# A third of a thousandth of spenders makes a sixth of the difference, and a fifth of its error.
is(query(q{
	SELECT round(difference::numeric, 4) || ' ' || round(std_error::numeric, 4)
	FROM ab_test((SELECT experiment_base(segment, least(spend::float8, cap)) FROM hillstrom,
		(SELECT percentile_cont(0.999) WITHIN GROUP (ORDER BY spend::float8) AS cap FROM hillstrom) AS c), 'No E-Mail')
	WHERE variant = 'Mens E-Mail'}), '0.6592 0.1145', 'winsorised by SQL');

$node->stop;
done_testing();

# How well scores rank Hillstrom's customers by what the mail does to them: areas computed in R and by scikit-uplift's definitions.
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
	CREATE VIEW mens AS SELECT h.*, segment = 'Mens E-Mail' AS treated FROM hillstrom AS h WHERE segment <> 'Womens E-Mail';
	CREATE TABLE bases AS
	SELECT name, uplift_base(visit::float8, treated, score) AS base
	FROM mens, LATERAL (VALUES ('history', history::float8), ('-recency', -recency::float8), ('mens', mens::float8)) AS s (name, score)
	GROUP BY name;
});

# As printed there: the end of the curve, its area, that less the straight line.
my %published = (
	'history' => [ 868.29954776422, 52.35263140263 ],
	'-recency' => [ 849.59900350757, 33.65208714600 ],
	'mens' => [ 844.22361779792, 28.27670143633 ]);
for my $score (sort keys %published)
{
	my ($area, $qini) = @{ $published{$score} };
	my ($end, $our_area, $our_qini, $customers) = split /\|/,
	  query(qq{SELECT 2 * (auuc - qini), auuc, qini, customers FROM bases, qini(base) WHERE name = '$score'});
	cmp_ok(abs($end - 1631.8938327231767), '<', 1e-9, "$score: end of the curve");
	cmp_ok(abs($our_area - $area), '<', 1e-10, "$score: area");
	cmp_ok(abs($our_qini - $qini), '<', 1e-10, "$score: above the straight line");
	is($customers, 42613, "$score: customers");
}

# Drawn by chance, no score tells the treated from the others; and all bins together are the whole test.
is(query(q{SELECT bool_and(abs(treated_auc - 0.5) < 0.01 AND abs(treated_auc - a) < 1e-12) FROM bases, qini(base),
	(SELECT auc(treated, history::float8) AS h, auc(treated, -recency::float8) AS r, auc(treated, mens::float8) AS m FROM mens) AS aucs,
	LATERAL (SELECT CASE name WHEN 'history' THEN h WHEN '-recency' THEN r ELSE m END AS a) AS of_name}), 't', 'treated by chance');
cmp_ok(abs(query(q{SELECT uplift_so_far FROM bases, uplift_table(base) WHERE name = 'history' AND bin = 10}) - .076589564), '<', 5e-10, 'the last bin and those before it');
cmp_ok(abs(query(q{SELECT uplift_so_far FROM bases, uplift_table(base, 10) WHERE name = 'history' AND bin = 3}) - .089478983302526), '<', 1e-4,
	'uplift of the best 30 %, but for ties');

# A bootstrap of Poisson weights, 150 times: the error is that of sampling customers.
my $bootstrap = query(q{
	SELECT setseed(0.5);
	SELECT stddev_samp(q) FROM (
		SELECT (qini(uplift_base(visit::float8, treated, history::float8, weight))).qini / sum(weight) * 42613 AS q
		FROM (SELECT b, m.*, CASE WHEN u < 0.36787944117144233 THEN 0 WHEN u < 0.7357588823428847 THEN 1 WHEN u < 0.9196986029286058 THEN 2
				WHEN u < 0.9810118431238462 THEN 3 WHEN u < 0.9963401531726563 THEN 4 WHEN u < 0.9994058151824184 THEN 5 ELSE 6 END::float8 AS weight
			FROM generate_series(1, 150) AS b, mens AS m, LATERAL (SELECT random() AS u WHERE m.visit IS NOT NULL AND b > 0) AS r) AS w
		GROUP BY b) AS q});
$bootstrap =~ s/\s//g;
my $error = query(q{SELECT std_error FROM bases, qini(base) WHERE name = 'history'});
cmp_ok(abs($error / $bootstrap - 1), '<', 0.2, "error $error beside the bootstrap's $bootstrap");

$node->stop;
done_testing();

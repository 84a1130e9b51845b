# Boosted trees beside those of XGBoost 1.7.4 (hist, lambda 1, min_child_weight 0, from the share of all) on Complete Journey: which
# of 2,377 households spends 30 or more in the eight weeks from 30 October 2017 on. Its log-loss on the households that both
# have learnt from; ours may be off by half a percent.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../../server/lib";
use Data;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = data_with(qw(complete_journey_lines));

my $node = PostgreSQL::Test::Cluster->new('journey_trees');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', $_[0]) }

query('CREATE EXTENSION cltv');
load_csv($node, 'lines', "$data/complete_journey_lines.csv.gz", null => 'NA',
	columns => 'household_id int, basket_id text, at timestamp, product_id text, quantity numeric, sales_value numeric, retail_disc numeric, coupon_disc numeric, coupon_match_disc numeric');
query(qq{
	CREATE TABLE household AS
	SELECT spent >= 30 AS spends, features(known) AS x
	FROM (SELECT household_id, coalesce(sum(sales_value) FILTER (WHERE at >= day AND at < day + 56), 0) AS spent,
		count(DISTINCT basket_id) FILTER (WHERE at < day)::float8 AS baskets,
		coalesce(sum(sales_value) FILTER (WHERE at < day), 0)::float8 AS revenue,
		coalesce(sum(sales_value) FILTER (WHERE at >= day - 56 AND at < day), 0)::float8 AS before,
		(day - coalesce(max(at) FILTER (WHERE at < day), '2017-01-01')::date)::float8 AS silence
		FROM lines, (SELECT date '2017-10-30') AS d (day) GROUP BY household_id, day) AS h,
	LATERAL (SELECT baskets, revenue, before, silence) AS known});

for ([ 10, .3, 3, .31319217405595484 ], [ 60, .1, 6, .21738315015493836 ])
{
	my ($trees, $rate, $depth, $theirs) = @$_;
	my $loss = query(qq{SELECT -avg(ln(CASE WHEN spends THEN p ELSE 1 - p END))
		FROM (SELECT boost_fit(response_feature_base(spends, x), 'logistic', $trees, rate => $rate, max_depth => $depth, min_rows => 1,
			early_stop => 0) AS model FROM household OFFSET 0) AS m, household, LATERAL predict(model, x) AS p});
	cmp_ok($loss / $theirs, '<', 1.005, "$trees trees of depth $depth: log-loss $loss, of XGBoost $theirs");
}

$node->stop;
done_testing();

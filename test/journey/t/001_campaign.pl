# A grocer's campaign that nobody drew lots for, Complete Journey's number 18, as docs/experiments/ate.md tells it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../../server/lib";
use Data;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = data_with(qw(complete_journey_campaigns));

my $node = PostgreSQL::Test::Cluster->new('journey');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', $_[0]) }

query('CREATE EXTENSION cltv');
my %columns = (
	lines => 'household_id int, basket_id text, at timestamp, product_id text, quantity numeric, sales_value numeric, retail_disc numeric, coupon_disc numeric, coupon_match_disc numeric',
	campaigns => 'campaign_id int, household_id int',
	dates => 'campaign_id int, campaign_type text, start_date date, end_date date',
	households => 'household_id int, age text, income text, home_ownership text, marital_status text, household_size text, household_comp text, kids_count text');
load_csv($node, $_, "$data/complete_journey_" . ($_ eq 'dates' ? 'campaign_dates' : $_) . '.csv.gz', columns => $columns{$_}, null => 'NA')
  for sort keys %columns;

# What was known of households on a day, and what they spent in the eight weeks before it and from it on.
query(q{
	CREATE FUNCTION households_on(day date) RETURNS TABLE (household_id int, treated boolean, spent float8, before float8, x features) STABLE LANGUAGE sql AS $$
	SELECT household_id, EXISTS (SELECT FROM campaigns AS c WHERE c.household_id = l.household_id AND campaign_id = 18), spent::float8, before::float8, x
	FROM (SELECT household_id, coalesce(sum(sales_value) FILTER (WHERE at >= day AND at < day + 56), 0) AS spent,
	             coalesce(sum(sales_value) FILTER (WHERE at >= day - 56 AND at < day), 0) AS before,
	             count(DISTINCT basket_id) FILTER (WHERE at < day) AS baskets, coalesce(sum(sales_value) FILTER (WHERE at < day), 0) AS revenue,
	             day - coalesce(max(at) FILTER (WHERE at < day), '2017-01-01')::date AS silence
	      FROM lines GROUP BY household_id) AS l
	LEFT JOIN households AS h USING (household_id)
	LEFT JOIN LATERAL (SELECT count(*) AS mailed FROM campaigns AS c JOIN dates USING (campaign_id) WHERE c.household_id = l.household_id AND start_date < day) AS e ON true,
	LATERAL (SELECT features(known) AS x
	         FROM (SELECT ln(1 + baskets::float8) AS baskets, ln(1 + greatest(revenue, 0)::float8) AS revenue, before, ln(1 + silence::float8) AS silence, mailed,
	                      coalesce(age, 'unknown') AS age, coalesce(income, 'unknown') AS income) AS known) AS k $$;
});

my $told = q{SELECT format('%s: %s (%s to %s), auc %s, outside %s', round(difference::numeric, 2), round(estimate::numeric, 2), round(lower::numeric, 2),
	round(upper::numeric, 2), round(propensity_auc::numeric, 3), outside) FROM ate((SELECT treatment_base(spent, treated, x) FROM households_on('%s')))};
is(query($told =~ s/%s'\)\)\)$/2017-10-30')))/r), '14.97: -6.29 (-13.44 to 0.85), auc 0.907, outside 74', 'those who were mailed, beside households like them');
is(query($told =~ s/%s'\)\)\)$/2017-09-04')))/r), '14.33: -2.70 (-7.83 to 2.43), auc 0.909, outside 96', 'what the mail of October did in September, which is nothing');
is(query(q{SELECT format('%s (%s to %s)', round(estimate::numeric, 2), round(lower::numeric, 2), round(upper::numeric, 2))
	FROM did_effects((SELECT did_base(y, treated, post, household_id::text) FROM households_on('2017-10-30'), LATERAL (VALUES (spent, true), (before, false)) AS v (y, post)))}),
	'0.63 (-0.87 to 2.14)', 'before and after');

$node->stop;
done_testing();

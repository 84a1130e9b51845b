# Regressions on published data: churn of IBM's Telco sample by R's glm and glmnet 4.1-6, visits and spend of Hillstrom's
# e-mail challenge by R's glm and lm.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../../server/lib";
use Data;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = data_with(qw(telco hillstrom));

my $node = PostgreSQL::Test::Cluster->new('regression');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', $_[0]) }

query('CREATE EXTENSION cltv');
load_csv($node, $_, "$data/$_.csv.gz") for qw(telco hillstrom);
query(q{
	CREATE TABLE churn AS
	SELECT response_feature_base(churn = 'Yes', features(x)) AS base
	FROM telco AS t, LATERAL (SELECT t.tenure::float8, t.monthlycharges::float8 AS monthly, t.seniorcitizen::int AS senior,
		(t.contract = 'One year')::int AS one_year, (t.contract = 'Two year')::int AS two_years,
		(t.internetservice = 'Fiber optic')::int AS fiber, (t.internetservice = 'No')::int AS no_net,
		(t.paymentmethod = 'Electronic check')::int AS e_check) AS x;
	CREATE TABLE mailed AS
	SELECT poisson_fit(h.visit::float8, features(v)) AS visits, ziln_fit(h.spend::float8, features(s)) AS spend
	FROM (SELECT *, (segment <> 'No E-Mail')::int AS t FROM hillstrom) AS h,
		LATERAL (SELECT h.t, h.newbie::int, h.t * h.newbie::int AS both, h.recency::int, h.history::float8) AS v,
		LATERAL (SELECT h.t, h.newbie::int, h.recency::int) AS s;
	CREATE TABLE models AS
	SELECT 'logistic' AS name, logistic_fit(base) AS model FROM churn
	UNION ALL SELECT 'lasso', logistic_fit(base, penalty => 0.02, alpha => 1) FROM churn
	UNION ALL SELECT 'poisson', visits FROM mailed UNION ALL SELECT 'ziln', spend FROM mailed;
});

# As printed there, and within one of their last digit; glmnet stops at a tolerance of 1e-7, and glm at one of 1e-8, before
# the errors of Poisson's have their digits: they are those at 1e-15.
my @published = (
	[ 'logistic', 'intercept', -.7418913847, 1e-10 ], [ 'logistic', 'tenure', -.0321605435, 1e-10 ],
	[ 'logistic', 'monthly', .0041114647, 1e-10 ], [ 'logistic', 'senior', .3446630582, 1e-10 ],
	[ 'logistic', 'one_year', -.7700262157, 1e-10 ], [ 'logistic', 'two_years', -1.5607480660, 1e-10 ],
	[ 'logistic', 'fiber', .9092588179, 1e-10 ], [ 'logistic', 'no_net', -.7809947629, 1e-10 ],
	[ 'logistic', 'e_check', .4688885854, 1e-10 ],
	[ 'lasso', 'intercept', -.6545691846, 1e-7 ], [ 'lasso', 'tenure', -.0272630154, 1e-7 ], [ 'lasso', 'monthly', 0, 0 ],
	[ 'lasso', 'senior', .1416849002, 1e-7 ], [ 'lasso', 'one_year', -.3835292070, 1e-7 ],
	[ 'lasso', 'two_years', -.7588644089, 1e-7 ], [ 'lasso', 'fiber', .9296079918, 1e-7 ],
	[ 'lasso', 'no_net', -.5290489788, 1e-7 ], [ 'lasso', 'e_check', .4228774363, 1e-7 ],
	[ 'poisson', 't', .3642628914, 1e-10 ],
	[ 'ziln', 'purchase_intercept', -4.61404895774, 1e-11 ], [ 'ziln', 'purchases: t', .62993142327, 1e-11 ],
	[ 'ziln', 'purchases: recency', -.07842581145, 1e-11 ], [ 'ziln', 'purchases: newbie', -.26938431245, 1e-11 ],
	[ 'ziln', 'spend_intercept', 4.361732966, 1e-9 ], [ 'ziln', 'spend: t', -.034635832, 1e-9 ],
	[ 'ziln', 'spend: recency', .008534043, 1e-9 ], [ 'ziln', 'spend: newbie', .043492335, 1e-9 ],
	[ 'ziln', 'sigma', .8397333377, 1e-10 ]);
for my $row (@published)
{
	my ($model, $name, $value, $within) = @$row;
	my $estimate = query("SELECT estimate FROM models, model_params(model) AS p WHERE models.name = '$model' AND p.name = '$name'");
	cmp_ok(abs($estimate - $value), '<=', $within, "$model: $name $estimate");
}
my %errors = ('logistic intercept' => .1585811683, 'logistic tenure' => .0020938973, 'logistic monthly' => .0030135689, 'poisson t' => .0308055766);
for my $of (sort keys %errors)
{
	my ($model, $name) = split / /, $of;
	my $error = query("SELECT std_error FROM models, model_params(model) AS p WHERE models.name = '$model' AND p.name = '$name'");
	cmp_ok(abs($error - $errors{$of}), '<=', 1e-10, "standard error of $of $error");
}
my %likelihood = (logistic => [ -2996.5681175413856, 1e-11 ], poisson => [ -26776.73083, 1e-9 ]);
for my $model (sort keys %likelihood)
{
	my $value = query("SELECT log_likelihood(model) FROM models WHERE name = '$model'");
	cmp_ok(abs($value / $likelihood{$model}[0] - 1), '<=', $likelihood{$model}[1], "$model: log-likelihood $value");
}
cmp_ok(abs(query(q{SELECT auc(t.churn = 'Yes', predict(m.model, features(x)))
	FROM models AS m, telco AS t, LATERAL (SELECT t.tenure::float8, t.monthlycharges::float8 AS monthly, t.seniorcitizen::int AS senior,
		(t.contract = 'One year')::int AS one_year, (t.contract = 'Two year')::int AS two_years,
		(t.internetservice = 'Fiber optic')::int AS fiber, (t.internetservice = 'No')::int AS no_net,
		(t.paymentmethod = 'Electronic check')::int AS e_check) AS x WHERE m.name = 'logistic'}) - .8372827321362131), '<', 1e-12, 'area under the curve');

$node->stop;
done_testing();

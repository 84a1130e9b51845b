# Whom to mail: a model of the men's mail's effect on visits, learnt from half of Hillstrom's customers and judged on the other half, as
# docs/experiments/uplift.md tells it.
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
load_csv($node, 'hillstrom', "$data/hillstrom.csv.gz", extra => 'line serial');
query(q{
	CREATE TABLE mens AS
	SELECT row_number() OVER (ORDER BY line) AS customer, segment = 'Mens E-Mail' AS treated, visit::float8, spend::float8, features(h) AS x
	FROM hillstrom, LATERAL (SELECT recency::float8, ln(history::float8) AS log_history, mens::float8, womens::float8, newbie::float8, zip_code, channel) AS h
	WHERE segment <> 'Womens E-Mail';
	CREATE TABLE fitted AS
	SELECT learner, uplift_fit(treatment_base(visit, treated, x), learner) AS model FROM mens, unnest('{linear,boost}'::text[]) AS learner
	WHERE customer % 2 = 0 GROUP BY 1;
	CREATE TABLE judged AS
	SELECT learner, uplift_base(visit, treated, uplift(model, x)) AS visits, uplift_base(spend, treated, uplift(model, x)) AS spend
	FROM fitted, mens WHERE customer % 2 = 1 GROUP BY 1;
});

is(query(q{SELECT string_agg(format('%s %s (%s to %s)', learner, round(qini::numeric, 1), round(lower::numeric, 1), round(upper::numeric, 1)), ', ' ORDER BY learner DESC)
	FROM judged, qini(visits)}), 'linear 27.9 (-1.7 to 57.4), boost 0.8 (-26.7 to 28.3)', 'qini on the other half');
is(query(q{SELECT string_agg(format('%s %s to %s', round(n * (0.3 * uplift_so_far - 0.1)), round(n * (0.3 * lower_so_far - 0.1)),
		round(n * (0.3 * upper_so_far - 0.1))), ', ' ORDER BY bin)
	FROM (SELECT *, (sum(customers) OVER (ORDER BY bin))::float8 AS n FROM judged, uplift_table(spend) WHERE learner = 'linear') AS t WHERE bin IN (3, 10)}),
	'1212 -631 to 3055, 3695 1050 to 6340', 'profit of mailing the best 30 % and all');
is(query(q{SELECT treat_worth(0.3 * uplift, 1, 0.1) FROM judged, uplift_table(spend, bins => 1) WHERE learner = 'linear'}), 't', 'worth it on average');

# The mean of what the model says is what the test of both arms found.
cmp_ok(abs(query(q{SELECT avg(uplift(model, x)) FROM fitted, mens WHERE learner = 'linear' AND customer % 2 = 0})
	- query(q{SELECT estimate FROM ate((SELECT treatment_base(visit, treated, x) FROM mens WHERE customer % 2 = 0))})), '<', 0.0003, 'mean uplift beside ate');

$node->stop;
done_testing();

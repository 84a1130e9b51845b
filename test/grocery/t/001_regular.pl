# Regular buyers on the grocery data that come with the R package BTYDplus, in weeks: MBG/CNBD-k, as BTYDplus prints it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{CLTV_DATA} // '';
plan skip_all => 'CLTV_DATA names no folder with grocery_orders.csv.gz' unless -f "$data/grocery_orders.csv.gz";

my $node = PostgreSQL::Test::Cluster->new('grocery');
$node->init;
$node->start;

sub query { return $node->safe_psql('postgres', $_[0]) }

query(qq{
	CREATE EXTENSION cltv;
	CREATE TABLE orders (customer_id int, ordered_on date);
	COPY orders FROM PROGRAM 'gzip -dc $data/grocery_orders.csv.gz' (FORMAT csv, HEADER);
	CREATE TABLE weeks AS
	SELECT customer_id, frequency, recency / 7 AS recency, tenure / 7 AS tenure, log_gaps - frequency * ln(7::float8) AS log_gaps, history
	FROM (SELECT customer_id, purchase_history(ordered_on, NULL) AS history, sum(ln(gap::float8)) AS log_gaps
			FROM (SELECT *, nullif(ordered_on - lag(ordered_on, 1, ordered_on) OVER (PARTITION BY customer_id ORDER BY ordered_on), 0) AS gap
				FROM orders WHERE ordered_on <= '2006-12-31') AS o GROUP BY customer_id) AS h,
		rfm_summary(history, date '2006-12-31');
	CREATE TABLE models AS
	SELECT k, mbgcnbd_fit(frequency, recency, tenure, k) AS model FROM weeks, generate_series(1, 4) AS k GROUP BY k;
	CREATE TABLE histories AS
	SELECT mbgcnbd_fit(history, '2006-12-31') AS mbg, bgcnbd_fit(history, '2006-12-31') AS bg, mbgcnbd_fit(history, '2006-12-31', 1) AS one
	FROM weeks;
});
is(query('SELECT count(*), sum(frequency) FROM weeks'), '1525|5569', 'customers');

# The log-likelihood of all gaps is that of the customers, with the gaps' part in the place of its mean.
my $gaps = q{(k - 1) * log_gaps - frequency * (SELECT coalesce(sum(ln(i)), 0) FROM generate_series(1, k - 1) AS i)
	- CASE WHEN frequency = 0 THEN 0 ELSE (SELECT coalesce(sum(ln(i)), 0) FROM generate_series(1, frequency - 1) AS i)
		- (SELECT coalesce(sum(ln(i)), 0) FROM generate_series(1, k * frequency - 1) AS i) + (k - 1) * frequency * ln(recency) END};
is(query("SELECT k, round((log_likelihood(model) + (SELECT sum($gaps) FROM weeks))::numeric, 4) FROM models WHERE k <= 2 ORDER BY k"),
	"1|-15781.9394\n2|-14978.2107", 'log-likelihoods as published');
# From days to weeks: the density of each repeat purchase.
is(query(q{SELECT round((log_likelihood(mbg) + 5569 * ln(7))::numeric, 4), round((log_likelihood(one) + 5569 * ln(7))::numeric, 4)
		FROM histories}), '-14978.2107|-15781.9394', 'and of fits from histories in days');
is(query(q{SELECT (mbg::jsonb #>> '{params,k}')::int, (bg::jsonb #>> '{params,k}')::int FROM histories}), '2|2', 'k');
is(query('SELECT (mbgcnbd_fit(frequency, recency, tenure)::jsonb)::text = (SELECT (model::jsonb)::text FROM models WHERE k = 2) FROM weeks'),
	't', 'k without the gaps');
is(query(q{SELECT bool_and(abs(estimate / published - 1) < 3e-4) FROM models, model_params(model) JOIN (VALUES ('r', 1.329197269),
		('alpha', 2.812600330), ('a', .4247155804), ('b', .7900402222)) AS p (name, published) USING (name) WHERE k = 2}),
	't', 'parameters at k = 2');

# At the published parameters, which are not quite at the maximum.
my $published = 'mbgcnbd_model(1.329197269, 2.812600330, .4247155804, .7900402222, 2)';
is(query("SELECT round(avg(prob_alive($published, frequency, recency, tenure))::numeric, 8) FROM weeks"), '0.32897753', 'P(alive)');
is(query("SELECT round(sum(expected_purchases($published, frequency, recency, tenure, 52))) FROM weeks"), '3812', 'expected purchases');

# One year: half of the customers drawn one gap of two; here both orders count.
is(query(q{SELECT round(regularity(h)::numeric, 6) FROM (SELECT purchase_history(ordered_on, NULL) AS h FROM orders GROUP BY customer_id) AS s}),
	'1.827381', 'regularity');

done_testing();

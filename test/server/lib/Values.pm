# A table for each type of the extension, of_TYPE (value TYPE): some rows of all kinds, a NULL among them.
package Values;
use strict;
use warnings;

my $tables = q{
	CREATE EXTENSION cltv;
	CREATE TABLE orders AS
	SELECT i % 211 AS customer_id, date '1969-06-01' + ((i::bigint * i * 7919) % (300 + 90 * (i % 211)))::int AS ordered_at,
		CASE WHEN i % 17 = 0 THEN NULL WHEN i % 23 = 0 THEN -1 ELSE 1 END * ((i * 37) % 1000)::float8 / 7 AS amount
	FROM generate_series(1, 2000) AS i;
	CREATE TABLE summaries AS
	SELECT customer_id, s.* FROM
		(SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS h,
		rfm_summary(history, date '2025-12-31') AS s;
	CREATE MATERIALIZED VIEW histories AS
	SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id;
};

our %rows = (
	purchase_history => q{SELECT purchase_history(ordered_at, amount) AS value FROM orders GROUP BY customer_id},
	customer_base => q{SELECT customer_base(frequency, recency, tenure) AS value FROM summaries GROUP BY frequency % 7},
	regular_base => q{SELECT v::regular_base AS value FROM unnest(ARRAY['{"customers":4,"k":12,"rows":[[0,0,9,0,2],[2,7,9,2.302585092994046,1],[3,30,31,6.5,1]]}',
		'{"customers":0,"k":0,"rows":[]}']) AS v},
	spend_base => q{SELECT spend_base(frequency, monetary_value) AS value FROM summaries
		WHERE frequency > 0 GROUP BY frequency % 7},
	contract_base => q{SELECT contract_base(1 + i % 5, i % 3 = 0) AS value FROM generate_series(1, 90) AS i GROUP BY i % 4},
	survival_curve => q{SELECT survival_curve(1 + i % 5, i % 3 = 0, 1, i % 2 * 0.5) AS value FROM generate_series(1, 90) AS i GROUP BY i % 4},
	logrank_test => q{SELECT logrank_test(frequency, recency < tenure - 200, (frequency::int % 3)::text) AS value FROM summaries},
	survival_base => q{SELECT v::survival_base AS value FROM unnest(ARRAY['{"customers":5,"rows":[[0,2,0,0.5,2],[-7,3,1,1e300,3]]}',
		'{"customers":0,"rows":[]}']) AS v},
	features => q{SELECT features(s) AS value FROM (SELECT frequency, recency, CASE WHEN frequency < 3 THEN 'few' WHEN frequency < 9
		THEN 'many' END AS class FROM summaries) AS s},
	feature_base => q{SELECT feature_base(frequency, recency, tenure, features(p), features(d)) AS value
		FROM (SELECT *, ROW(frequency::int % 3, 'c' || frequency::int % 2) AS p, ROW(tenure) AS d FROM summaries) AS s GROUP BY frequency::int % 7
		UNION ALL SELECT survival_feature_base(1 + tenure, recency > 100, features(ROW(frequency::int % 3)), 's' || frequency::int % 2, 1.5, 0.5, 'c' || frequency::int % 5) FROM summaries
		UNION ALL SELECT response_feature_base(tenure - 100.5, features(ROW(frequency::int % 3)), 1.5, recency, 'c' || frequency::int % 5) FROM summaries
		UNION ALL SELECT dp_base(frequency::bigint, tenure) FROM summaries UNION ALL SELECT dp_base(frequency::bigint, 's' || frequency::int % 2) FROM summaries
		UNION ALL SELECT anonymity_base(features(ROW(frequency::int % 3, NULLIF(tenure, 200))), 's' || frequency::int % 2) FROM summaries},
	calendar => q{SELECT calendar_months(date '2024-01-01', date '2024-12-31') || calendar_season(date '2024-01-01', date '2024-12-31', 'week', 1)
		|| calendar(date '2024-01-01' + i, features('{price,closed}', ARRAY[i / 90 / 3.0, (i % 7 = 6)::int])) AS value FROM generate_series(0, 365) AS i
		UNION ALL SELECT calendar_months(date '2024-01-01', date '2024-12-31')
			|| dropout_calendar(calendar(date '2024-01-01' + i, features('{price}', ARRAY[i / 90 / 3.0]))) FROM generate_series(0, 365) AS i
		UNION ALL SELECT calendar_season(date '4714-11-24 BC', date '4600-01-01 BC', 'month', 6)},
	calendar_base => q{SELECT calendar_base(purchase_history, date '2025-12-31', calendar_months(date '2024-01-01', date '2024-12-31')) AS value
		FROM (SELECT customer_id, purchase_history(ordered_at, amount) FROM orders GROUP BY customer_id) AS h GROUP BY customer_id % 7
		UNION ALL SELECT calendar_base(purchase_history, date '2025-12-31', calendar_months(date '2024-01-01', date '2024-12-31'), features(p), features(d))
		FROM (SELECT customer_id, purchase_history(ordered_at, amount), ROW(customer_id % 3, 'c' || customer_id % 2) AS p, ROW(customer_id) AS d
			FROM orders GROUP BY customer_id) AS h GROUP BY customer_id % 7},
	cltv_model => q{SELECT bgnbd_model(.2425945, 7 * 4.4136020, .7929220, 2.4259068) AS value
		UNION ALL SELECT mbgnbd_model(.5248432, 6.1830853, .8913594, 1.6140022)
		UNION ALL SELECT mbgcnbd_model(1.329197269, 2.8126, .4247155804, .7900402222, 2)
		UNION ALL SELECT bgcnbd_fit(frequency, recency, tenure, 3) FROM summaries
		UNION ALL SELECT pnbd_model(.5532770, 10.5776835, .6062400, 11.6687353)
		UNION ALL SELECT bgbb_model(1.2035224, .7497164, .6567182, 2.7834422)
		UNION ALL SELECT sbg_model(.668088, 3.806096)
		UNION ALL SELECT bdw_model(.21425, 1.42657, 1.72356)
		UNION ALL SELECT gg_model(6.24957227, 3.74422467, 15.44352096)
		UNION ALL SELECT bgnbd_fit(frequency, recency, tenure) FROM summaries
		UNION ALL SELECT cox_fit(1 + tenure, frequency::int % 2 = 0, features(ROW(frequency::int % 3)), 's' || frequency::int % 2) FROM summaries
		UNION ALL SELECT aft_fit(1 + tenure, frequency::int % 2 = 0, features(ROW(frequency::int % 3)), 'loglogistic') FROM summaries
		UNION ALL SELECT ziln_fit(recency, features(ROW(frequency::int % 3))) FROM summaries
		UNION ALL SELECT tweedie_fit(response_feature_base(recency, features(ROW(frequency::int % 3))), 1.2, true) FROM summaries
		UNION ALL SELECT tree_fit(recency, features(ROW(NULLIF(frequency::int % 3, 1), 'c' || frequency::int % 2))) FROM summaries
		UNION ALL SELECT svm_fit(frequency::int % 2 = 0, features(ROW(tenure, 'c' || frequency::int % 3))) FROM summaries
		UNION ALL SELECT mlp_fit(response_feature_base(recency, features(ROW(tenure, 'c' || frequency::int % 2))), 'ziln', '{3,2}', 0.1, 5) FROM summaries
		UNION ALL SELECT boost_fit(response_feature_base(recency, features(ROW(frequency::int % 3, NULLIF(tenure, 200)))), 'ziln', 4, max_depth => 2) FROM summaries
		UNION ALL SELECT gg_fit(frequency, monetary_value) FROM summaries},
	cltv_setting => q{SELECT v::cltv_setting AS value FROM unnest(ARRAY['0.3', 'margin rate', '']) AS v UNION ALL SELECT 1e-300::float8::cltv_setting},
	rfm_summary => q{SELECT rfm_summary(ordered_at, amount, date '2025-12-31') AS value FROM orders GROUP BY customer_id},
	score_base => q{SELECT v::score_base AS value FROM unnest(ARRAY['{"top":null,"rows":[[0.1,1],[-2.5,0],[0.1,1]]}',
		'{"top":0.1,"rows":[[1e300,-5e-324]]}']) AS v},
	experiment_base => q{SELECT experiment_base('arm ' || i % 3, 1.1 * i, i) AS value FROM generate_series(1, 90) AS i GROUP BY i % 4
		UNION ALL SELECT experiment_ratio_base('', i, 1e-300 * i) FROM generate_series(1, 3) AS i},
	linear_bandit => q{SELECT linear_bandit(CASE WHEN frequency::int % 2 = 0 THEN 'A "quoted", {arm}' ELSE 'B' END, recency, features(ROW(tenure))) AS value FROM summaries
		UNION ALL SELECT linear_bandit('only', recency, features(ROW(1))) FROM summaries},
	series_base => q{SELECT series_base(date '2024-01-01' + i, 0.1 * i) AS value FROM generate_series(0, 9) AS i
		UNION ALL SELECT series_base(date '2024-01-01' + i, -1e-300 * i, 'ets', '2024-02-01', 'week') FROM generate_series(0, 9) AS i},
	forecast_model => q{SELECT forecast_fit((date '2024-01-01' + i * interval '1 month')::date, i % 4 + 1, 'ets') AS value FROM generate_series(0, 29) AS i
		UNION ALL SELECT forecast_fit((date '2020-01-01' + i * interval '1 month')::date, i % 12 + i * i % 7, f) FROM generate_series(0, 47) AS i, unnest('{arima,seasonal,holt_winters,theta}'::text[]) AS f GROUP BY f
		UNION ALL SELECT forecast_fit(series_base((date '2020-01-01' + i * interval '1 month')::date, i % 12 + i * i % 7), 'seasonal', calendar => calendar_months('2020-01-01', '2020-12-31')) FROM generate_series(0, 47) AS i
		UNION ALL SELECT acquisition_fit(date '2024-01-01' + i * i) FROM generate_series(0, 30) AS i
		UNION ALL SELECT forecast_fit(date '2024-01-01' + i, 3) FROM generate_series(0, 9) AS i},
	clusters => q{SELECT kmeans_fit(feature_base(features(ROW(frequency, tenure))), 3) AS value FROM summaries
		UNION ALL SELECT hclust_fit(feature_base(features(ROW(frequency, tenure))), 'average') FROM summaries
		UNION ALL SELECT kmeans_fit(feature_base(features(ROW(frequency, 1)))) FROM summaries},
	confusion_matrix => q{SELECT '{"true_positives":1,"false_positives":2,"true_negatives":3,"false_negatives":9007199254740992}'
		::confusion_matrix AS value},
	classification_metrics => q{SELECT classification_metrics(frequency > 3, monetary_value, 30) AS value FROM summaries},
	regression_metrics => q{SELECT regression_metrics(frequency, monetary_value) AS value FROM summaries},
	metrics_base => q{SELECT v::metrics_base AS value FROM unnest(ARRAY[
		'{"customers":3,"as_of":2460402,"rows":[[-0.1,1,2,3,1,2],[0,0,1,0,0,1]]}', '{"customers":0,"as_of":0,"rows":[]}']) AS v},
	customer_metrics => q{SELECT customer_metrics(history, '2025-12-31', 9000) AS value FROM histories GROUP BY customer_id % 7},
	cohort_report => q{SELECT value FROM cohort_report('orders', 'customer_id', 'ordered_at', 'amount', 'year') AS value},
	subscription_metrics => q{SELECT ROW('2024-02-01', 'a', 3, 10.50, 0, 5, 1.25, 0.000000000000001, 0, 14.25, 1.36, 1e-300, 1, NULL, 4.75, true)::subscription_metrics AS value
		UNION ALL SELECT value FROM subscription_metrics('orders', 'customer_id', 'ordered_at', 'ordered_at', 'customer_id', 'year', ends => 'inclusive') AS value},
	exact_sum => q{SELECT v::exact_sum AS value FROM unnest(ARRAY['[0.1,0]', '[1e16,1]', '[-1e300,5e-324]']) AS v},
	rfm => q{SELECT rfm_score(last_order, orders, revenue) OVER () AS value FROM summaries},
	rfm_base => q{SELECT rfm_base(last_order, orders, revenue) AS value FROM summaries GROUP BY frequency % 7
		UNION ALL SELECT rfm_base(ordered_at + interval '1.000001 s' * customer_id, NULL, amount / 3) FROM orders
		UNION ALL SELECT rfm_base(ordered_at::timestamptz, NULL, amount / 3) FROM orders},
	rfm_breaks => q{SELECT rfm_breaks(last_order, orders, revenue, 2 + frequency::int % 9) AS value FROM summaries GROUP BY frequency % 9
		UNION ALL SELECT rfm_breaks(ordered_at + interval '1.000001 s' * customer_id, NULL, amount / 3) FROM orders
		UNION ALL SELECT rfm_breaks(ordered_at::timestamptz, NULL, amount / 3) FROM orders},
);

sub types { return sort keys %rows }

# The commands that make the tables, in an empty database.
sub tables
{
	return $tables . join '', map { "CREATE TABLE of_$_ (value $_); INSERT INTO of_$_ $rows{$_}; INSERT INTO of_$_ VALUES (NULL);\n" } types();
}

# Only their definitions, for a second database.
sub definitions
{
	return 'CREATE EXTENSION cltv;' . join '', map { "CREATE TABLE of_$_ (value $_);\n" } types();
}

# All values of a table as text, in the same order wherever they are.
sub contents
{
	my ($node, $database, $relation) = @_;
	return $node->safe_psql($database, qq{SELECT t::text FROM $relation AS t ORDER BY t::text COLLATE "C"});
}

1;

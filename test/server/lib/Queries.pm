# A small shop and the queries whose results must not depend on how PostgreSQL runs them.
package Queries;
use strict;
use warnings;

# Refunds, several orders a day, unknown amounts; histories of several rows a customer in "parts"; bases of many rows.
our $tables = q{
	CREATE EXTENSION cltv;
	CREATE TABLE orders AS
	SELECT customer_id, ordered_at,
		CASE WHEN n % 31 = 0 THEN -amount / 2 WHEN n % 101 = 0 THEN NULL WHEN n % 103 = 0 THEN 0 ELSE amount END AS amount
	FROM (SELECT *, row_number() OVER (ORDER BY customer_id, ordered_at, amount) AS n
		FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 6, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
			2000, date '2023-01-01', date '2024-12-31', 7)) AS s
	CROSS JOIN LATERAL generate_series(1, 1 + n % 2);
	CREATE TABLE histories AS
	SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id;
	CREATE TABLE parts AS
	SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id, ordered_at < '2023-09-01';
	CREATE TABLE summaries AS SELECT customer_id, s.* FROM histories, rfm_summary(history, date '2025-01-01') AS s;
	CREATE TABLE contracts AS
	SELECT customer_id, (ARRAY[1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4])[1 + customer_id % 20] AS periods, true AS churned
	FROM histories WHERE customer_id % 20 < 13
	UNION ALL SELECT customer_id, 5, false FROM histories WHERE customer_id % 20 >= 13;
	CREATE TABLE donors AS
	SELECT CASE WHEN recency < 91 THEN 0 ELSE 1 + customer_id * 7 % floor(recency / 91)::int END AS frequency,
		floor(recency / 91) AS recency, floor(tenure / 91) AS opportunities
	FROM summaries WHERE frequency IS NOT NULL;
	CREATE TABLE days AS
	SELECT day::date AS day, extract(isodow FROM day)::int AS weekday, sqrt(extract(day FROM day)::float8) AS share
	FROM generate_series(date '1990-01-01', '2024-12-31', '1 day') AS day;
	CREATE TABLE bases AS
	SELECT customer_base(frequency, recency, tenure) AS customers, spend_base(frequency, monetary_value) AS spends,
		contract_base(1 + customer_id % 5, customer_id % 3 = 0) AS contracts,
		survival_curve(tenure, customer_id % 3 = 0) AS lasting, experiment_base('arm ' || customer_id % 2, revenue, tenure) AS tested,
		rfm_base(last_order, orders, revenue) AS scored
	FROM summaries GROUP BY customer_id % 97;
	CREATE TABLE models AS
	SELECT bgnbd_model(.2426, 30.9, .793, 2.426) AS bgnbd, mbgnbd_model(.525, 43, .891, 1.614) AS mbgnbd,
		pnbd_model(.553, 74, .606, 82) AS pnbd, gg_model(6.25, 3.74, 15.44) AS gg, sbg_model(.668, 3.806) AS sbg,
		(SELECT rfm_breaks(last_order, orders, revenue) FROM summaries) AS breaks;
	ANALYZE};

# name => [table, query with %s for the table]: aggregates that a plan may split.
our %aggregates = (
	'purchase_history in groups' => [ 'orders', q{SELECT md5(string_agg(h, ',' ORDER BY customer_id)) FROM
		(SELECT customer_id, purchase_history(ordered_at, amount)::text AS h FROM %s AS o GROUP BY customer_id) AS g} ],
	'purchase_history of all' => [ 'orders', q{SELECT purchase_history(ordered_at, amount) FROM %s AS o} ],
	'rfm_summary in one step' => [ 'orders', q{SELECT rfm_summary(ordered_at, amount, date '2024-06-30') FROM %s AS o} ],
	'rollup(purchase_history)' => [ 'histories', q{SELECT rollup(history) FROM %s AS h} ],
	'customer_base' => [ 'summaries', q{SELECT customer_base(frequency, recency, tenure) FROM %s AS s} ],
	'spend_base' => [ 'summaries', q{SELECT spend_base(frequency, monetary_value) FROM %s AS s} ],
	'purchase_history of dates and moments' => [ 'orders', q{SELECT purchase_history(ordered_at::date, amount),
		purchase_history(ordered_at::timestamptz, amount), rfm_summary(ordered_at::timestamptz, amount, date '2024-06-30')
		FROM %s AS o} ],
	'whole weights' => [ 'summaries', q{SELECT bgnbd_fit(frequency, recency, tenure, 1 + mod(orders, 3)),
		customer_base(frequency, recency, tenure, 1 + mod(orders, 3)), spend_base(frequency, monetary_value, NULL, 1 + mod(orders, 3)),
		contract_base(1 + orders, mod(orders, 3) = 0, 1 + mod(orders, 3)) FROM %s AS s} ],
	'contract_base' => [ 'contracts', q{SELECT contract_base(periods, churned) FROM %s AS c} ],
	'survival_curve' => [ 'summaries', q{SELECT survival_curve(tenure, mod(orders, 3) = 0),
		survival_curve(1 + tenure, mod(orders, 3) = 0, 1 + mod(orders, 3), recency) FROM %s AS s} ],
	'experiment_base' => [ 'summaries', q{SELECT experiment_base('arm ' || mod(customer_id, 3), revenue),
		experiment_base('arm ' || mod(customer_id, 3), revenue, tenure), experiment_ratio_base('arm ' || mod(customer_id, 3), revenue, orders) FROM %s AS s} ],
	'series' => [ 'orders', q{SELECT series_base(ordered_at::date, amount), forecast_fit(ordered_at::date, amount, 'ets', NULL, 'month'), acquisition_fit(ordered_at::date), acquisition_fit(ordered_at::date, '2030-01-01') FROM %s AS o} ],
	'did_base' => [ 'summaries', q{SELECT did_base(revenue, mod(customer_id, 2) = 0, mod(orders, 2) = 0),
		did_base(revenue, mod(customer_id, 2) = 0, mod(orders, 2) = 0, mod(customer_id, 50)::text),
		did_base(revenue, customer_id::text, 1, NULLIF(mod(customer_id, 3), 0)::int) FROM %s AS s} ],
	'regression discontinuity' => [ 'summaries', q{SELECT rdd_fit(rdd_base(revenue, tenure), 300, bandwidth => 200) FROM %s AS s} ],
	'ate' => [ 'summaries', q{SELECT ate(treatment_base(revenue, mod(customer_id, 2) = 0, features(ARRAY['orders'], ARRAY[orders::float8]))) FROM %s AS s} ],
	'uplift_base' => [ 'summaries', q{SELECT uplift_base(revenue, mod(customer_id, 3) = 0, tenure),
		uplift_base(revenue, mod(customer_id, 3) = 0, tenure, 1 + mod(orders, 3)) FROM %s AS s} ],
	'bandit' => [ 'summaries', q{SELECT bandit('arm ' || mod(customer_id, 3), revenue), bandit('arm ' || mod(customer_id, 3), revenue, orders, 0.9),
		policy_base(revenue, 0.5, 0.25), policy_base(revenue, 0.5, 0.25, orders), nps_base(mod(customer_id, 11)::int) FROM %s AS s} ],
	'linear_bandit' => [ 'summaries', q{SELECT linear_bandit_base('arm ' || mod(customer_id, 3), revenue, features(ROW(orders))),
		linear_bandit('arm ' || mod(customer_id, 3), revenue, features(ROW(orders))) FROM %s AS s} ],
	'anonymity_base' => [ 'summaries', q{SELECT anonymity_base(features(ROW(mod(orders, 5))), mod(customer_id, 7)::text),
		k_anonymity(features(ROW(mod(orders, 5)))), l_diversity(features(ROW(mod(orders, 5))), mod(customer_id, 7)::text) FROM %s AS s} ],
	'dp_base' => [ 'summaries', q{SELECT dp_base(customer_id), dp_base(mod(customer_id, 50)::text, revenue), dp_base(mod(customer_id, 50), mod(orders, 5)::text) FROM %s AS s} ],
	'concordance' => [ 'summaries', q{SELECT concordance(tenure, mod(orders, 3) = 0, recency) FROM %s AS s} ],
	'logrank_test' => [ 'summaries', q{SELECT logrank_test(tenure, mod(orders, 3) = 0, mod(customer_id, 7)::text),
		logrank_test(tenure, mod(orders, 3) = 0, mod(customer_id, 3)::text, mod(customer_id, 7)::text) FROM %s AS s} ],
	'survival_feature_base' => [ 'summaries', q{SELECT survival_feature_base(1 + tenure, mod(orders, 3) = 0, features(ROW(mod(orders, 5))), mod(customer_id, 3)::text,
		1, recency, mod(customer_id, 11)::text), survival_feature_base(tenure, mod(orders, 3) = 0, features(ROW(mod(orders, 5)))) FROM %s AS s} ],
	'response_feature_base' => [ 'summaries', q{SELECT response_feature_base(tenure, features(ROW(mod(orders, 5))), 1, recency, mod(customer_id, 11)::text),
		response_feature_base(mod(orders, 3) = 0, features(ROW(mod(orders, 5)))) FROM %s AS s} ],
	'linear_fit' => [ 'summaries', q{SELECT linear_fit(tenure, x), logistic_fit(mod(customer_id, 3) = 0, x), poisson_fit(orders, x, 1, ln(1 + tenure)),
		negbinom_fit(orders, x), gamma_fit(1 + tenure, x), tweedie_fit(recency, x), ziln_fit(recency, x)
		FROM (SELECT *, features(ROW(mod(orders, 5), 'c' || mod(customer_id, 7))) AS x FROM %s AS s) AS s} ],
	'clusters' => [ 'summaries', q{SELECT feature_base(x), feature_base(x, 1 + mod(orders, 3)), kmeans_fit(x), kmeans_fit(x, 1 + mod(orders, 3))
		FROM (SELECT *, features(ROW(mod(orders, 5), NULLIF(tenure, 100))) AS x FROM %s AS s) AS s} ],
	'tree_fit' => [ 'summaries', q{SELECT tree_fit(tenure, x), tree_fit(mod(customer_id, 3) = 0, x, 1 + mod(orders, 3)), forest_fit(tenure, x),
		boost_fit(recency, x), boost_fit(mod(customer_id, 3) = 0, x)
		FROM (SELECT *, features(ROW(mod(orders, 5), 'c' || mod(customer_id, 7), NULLIF(tenure, 100))) AS x FROM %s AS s) AS s} ],
	'svm_fit' => [ 'summaries', q{SELECT svm_fit(mod(customer_id, 3) = 0, x), svm_fit(mod(customer_id, 3) = 0, x, 1 + mod(orders, 3)),
		mlp_fit(tenure, x), mlp_fit(mod(customer_id, 3) = 0, x), mlp_fit(recency, x, 1 + mod(orders, 3)), mlp_fit(mod(customer_id, 3) = 0, x, 2)
		FROM (SELECT *, features(ROW(mod(orders, 5), 'c' || mod(customer_id, 7))) AS x FROM %s AS s) AS s} ],
	'cox_fit' => [ 'summaries', q{SELECT cox_fit(tenure, mod(customer_id, 3) = 0, features(ROW(mod(orders, 5), 'c' || mod(customer_id, 7)))),
		cox_fit(tenure, mod(customer_id, 3) = 0, features(ROW(mod(orders, 5))), mod(customer_id, 5)::text) FROM %s AS s} ],
	'aft_fit' => [ 'summaries', q{SELECT aft_fit(1 + tenure, mod(customer_id, 3) = 0, features(ROW(mod(orders, 5)))),
		aft_fit(1 + tenure, mod(customer_id, 3) = 0, features(ROW(mod(orders, 5))), 'lognormal', 1 + mod(orders, 3), recency) FROM %s AS s} ],
	'bgnbd_fit' => [ 'summaries', q{SELECT bgnbd_fit(frequency, recency, tenure) FROM %s AS s} ],
	'mbgnbd_fit' => [ 'summaries', q{SELECT mbgnbd_fit(frequency, recency, tenure) FROM %s AS s} ],
	'pnbd_fit' => [ 'summaries', q{SELECT pnbd_fit(frequency, recency, tenure) FROM %s AS s} ],
	'bgbb_fit' => [ 'donors', q{SELECT bgbb_fit(frequency, recency, opportunities) FROM %s AS d} ],
	'gg_fit' => [ 'summaries', q{SELECT gg_fit(frequency, monetary_value) FROM %s AS s} ],
	'sbg_fit' => [ 'contracts', q{SELECT sbg_fit(periods, churned) FROM %s AS c} ],
	'bdw_fit' => [ 'contracts', q{SELECT bdw_fit(periods, churned), geometric_fit(periods, churned), contracts_fit(periods, churned),
		bdw_fit(periods, churned, features(ROW(mod(customer_id, 3)))) FROM %s AS c} ],
	'feature_base' => [ 'summaries', q{SELECT feature_base(frequency, recency, tenure, features(ROW(tenure, 'c' || mod(customer_id, 7))),
		features(ROW(mod(customer_id, 3)))) FROM %s AS s} ],
	'bgnbd_fit with attributes' => [ 'summaries', q{SELECT bgnbd_fit(frequency, recency, tenure,
		features(ROW(tenure, 'c' || mod(customer_id, 7)))) FROM %s AS s} ],
	'regular buyers' => [ 'histories', q{SELECT regularity(history), mbgcnbd_fit(history, date '2030-12-31'),
		bgcnbd_fit(history, date '2030-12-31', 2) FROM %s AS h} ],
	'regular buyers of a k' => [ 'summaries', q{SELECT bgcnbd_fit(frequency, recency, tenure, 2),
		mbgcnbd_fit(frequency::float8, recency, tenure, 3) FROM %s AS s} ],
	'pools of segments' => [ 'bases', q{SELECT bgnbd_pool(customers), gg_pool(spends) FROM %s AS b} ],
	'calendar_base' => [ 'histories', q{SELECT calendar_base(history, '2024-12-31', calendar_season('2023-01-01', '2024-12-31')) FROM %s AS h} ],
	'bgnbd_fit with a calendar' => [ 'histories', q{SELECT bgnbd_fit(history, '2024-12-31', calendar_season('2023-01-01', '2024-12-31', harmonics => 1)) FROM %s AS h} ],
	'calendar_base with attributes' => [ 'histories', q{SELECT calendar_base(history, '2024-12-31', calendar_season('2023-01-01', '2024-12-31'),
		features(ROW(mod(customer_id, 3))), features(ROW('c' || mod(customer_id, 7)))) FROM %s AS h} ],
	'bgnbd_fit with a calendar and attributes' => [ 'histories', q{SELECT bgnbd_fit(history, '2024-12-31',
		calendar_season('2023-01-01', '2024-12-31', harmonics => 1), features(ROW(mod(customer_id, 3)))) FROM %s AS h} ],
	'calendar' => [ 'days', q{SELECT calendar(day, features(ROW(weekday, share))) FROM %s AS d} ],
	'validation' => [ 'summaries', q{SELECT auc(frequency > 2, monetary_value), gini(monetary_value, frequency),
		lift(monetary_value, frequency, 0.07), regression_metrics(monetary_value, frequency),
		classification_metrics(frequency > 2, monetary_value, 50) FROM %s AS s} ],
	'score_base' => [ 'summaries', q{SELECT score_base(monetary_value, frequency), score_base(frequency > 2, monetary_value),
		predict_interval(100, score_base(monetary_value, 50), 0.9) FROM %s AS s} ],
	'concentration' => [ 'summaries', q{SELECT gini(monetary_value), revenue_share(monetary_value),
		revenue_share(monetary_value, 0.07) FROM %s AS s} ],
	'exact_sum' => [ 'orders', q{SELECT exact_sum(amount) FROM %s AS o} ],
	'customer_metrics' => [ 'histories', q{SELECT customer_metrics(history, '2025-12-31', 600) FROM %s AS h} ],
	'rollup(customer_base)' => [ 'bases', q{SELECT rollup(customers) FROM %s AS b} ],
	'rollup(spend_base)' => [ 'bases', q{SELECT rollup(spends) FROM %s AS b} ],
	'rollup(survival_curve)' => [ 'bases', q{SELECT rollup(lasting) FROM %s AS b} ],
	'rollup(experiment_base)' => [ 'bases', q{SELECT rollup(tested) FROM %s AS b} ],
	'rollup(contract_base)' => [ 'bases', q{SELECT rollup(contracts) FROM %s AS b} ],
	'rollup(rfm_base)' => [ 'bases', q{SELECT rollup(scored) FROM %s AS b} ],
	'rfm_base' => [ 'summaries', q{SELECT rfm_base(last_order, orders, revenue) FROM %s AS s} ],
	'rfm_breaks' => [ 'summaries', q{SELECT rfm_breaks(last_order, orders, revenue) FROM %s AS s} ],
	'rfm_breaks with bins' => [ 'summaries', q{SELECT rfm_breaks(last_order::timestamp, orders, revenue, 9) FROM %s AS s} ]);

# name => query: functions of a row, window functions, and reports that run queries of their own.
our %others = (
	'fits in groups' => q{SELECT md5(string_agg(m, ',' ORDER BY region)) FROM (SELECT customer_id % 7 AS region,
		bgnbd_fit(frequency, recency, tenure)::text || gg_fit(frequency, monetary_value)::text AS m FROM summaries GROUP BY 1) AS g},
	'rollup(purchase_history) in groups' => q{SELECT md5(string_agg(h, ',' ORDER BY customer_id)) FROM
		(SELECT customer_id, rollup(history)::text AS h FROM parts GROUP BY customer_id) AS g},
	'several levels at once' => q{SELECT md5(string_agg(x, ',' ORDER BY x)) FROM (SELECT concat_ws(' ', customer_id % 7, customer_id % 3,
		bgnbd_fit(frequency, recency, tenure), customer_base(frequency, recency, tenure) FILTER (WHERE orders > 3),
		auc(frequency > 2, revenue ORDER BY revenue)) AS x
		FROM summaries GROUP BY CUBE (customer_id % 7, customer_id % 3)) AS g},
	'predictions' => q{SELECT md5(string_agg(x, ',' ORDER BY customer_id)) FROM (
		SELECT customer_id, concat_ws(' ', bgnbd_predict(bgnbd, frequency, recency, tenure, 90),
			mbgnbd_predict(mbgnbd, frequency, recency, tenure, 90), pnbd_predict(pnbd, frequency, recency, tenure, 90),
			churn_prob(bgnbd, frequency, recency, tenure, 90), purchase_pmf(pnbd, frequency, recency, tenure, 90, 2),
			expected_purchases_at(pnbd, frequency, recency, tenure, '{7,90}'), expected_purchases_at(bgnbd, frequency, recency, tenure, '{7,90}'),
			next_order(bgnbd, frequency, recency, tenure, '2026-01-01'), next_order_interval(pnbd, frequency, recency, tenure, '2026-01-01', 0.5),
			cltv_predict(bgnbd, gg, frequency, recency, tenure, monetary_value, 365),
			rfm_score(last_order, orders, revenue, breaks)) AS x
		FROM summaries, models WHERE prob_alive(bgnbd, frequency, recency, tenure) > 0.1) AS p},
	'contracts' => q{SELECT md5(string_agg(sbg_predict(sbg, periods, 12)::text, ',' ORDER BY customer_id)) FROM contracts, models},
	'rfm_score' => q{SELECT md5(string_agg(x::text, ',' ORDER BY customer_id)) FROM
		(SELECT customer_id, rfm_score(last_order, orders, revenue) OVER () AS x FROM summaries) AS s},
	'value_tier' => q{SELECT md5(string_agg(x, ',' ORDER BY customer_id)) FROM
		(SELECT customer_id, value_tier(revenue) OVER (PARTITION BY customer_id % 5) AS x FROM summaries) AS s},
	'aggregates as window functions' => q{SELECT md5(string_agg(x, ',' ORDER BY customer_id)) FROM (
		SELECT customer_id, concat_ws(' ', bgnbd_fit(frequency, recency, tenure) OVER (PARTITION BY customer_id % 7),
			auc(frequency > 2, revenue) OVER (PARTITION BY customer_id % 7)) AS x FROM summaries) AS s},
	'cohort_report' => q{SELECT md5(string_agg(c::text, ',' ORDER BY c::text)) FROM
		cohort_report('orders', 'customer_id', 'ordered_at', 'amount') AS c},
	'product_affinity' => q{SELECT md5(string_agg(a::text, ',' ORDER BY a::text)) FROM
		product_affinity('orders', 'customer_id', 'ordered_at', max_items => 20, min_baskets => 1) AS a},
	'first_product_value' => q{SELECT md5(string_agg(a::text, ',' ORDER BY a::text)) FROM
		first_product_value('orders', 'customer_id', 'amount', 'ordered_at', 'amount') AS a},
	'cltv_backtest' => q{SELECT md5(string_agg(b::text, ',' ORDER BY b::text)) FROM
		cltv_backtest('orders', 'customer_id', 'ordered_at', 'amount', date '2024-01-01') AS b},
	'revenue_forecast' => q{SELECT md5(string_agg(f::text, ',' ORDER BY f::text)) FROM revenue_forecast('orders', 'customer_id', 'ordered_at', 'amount', as_of => date '2024-01-01') AS f});

# All of them: name => query.
sub all
{
	return (%others, map { $_ => sprintf $aggregates{$_}[1], $aggregates{$_}[0] } keys %aggregates);
}

1;

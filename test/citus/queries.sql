-- Run by 001_results.pl on distributed orders and on the same rows in plain tables of one node.

-- histories
SELECT customer_id, purchase_history(ordered_at, amount) AS history
FROM orders GROUP BY customer_id ORDER BY customer_id;

-- histories of days
SELECT customer_id, purchase_history(day, amount) AS history
FROM orders GROUP BY customer_id ORDER BY customer_id;

-- histories of moments, on the days of a place
SELECT customer_id, purchase_history(moment AT TIME ZONE 'Pacific/Auckland', amount) AS history
FROM orders GROUP BY customer_id ORDER BY customer_id;

-- histories of numeric amounts
SELECT customer_id, purchase_history(ordered_at, price) AS history
FROM orders GROUP BY customer_id ORDER BY customer_id;

-- histories of a part of the orders
SELECT customer_id, purchase_history(ordered_at, amount) FILTER (WHERE ordered_at < '2024-01-01') AS history
FROM orders GROUP BY customer_id ORDER BY customer_id;

-- histories merged by customer
SELECT customer_id, rollup(history) AS history FROM histories GROUP BY customer_id ORDER BY customer_id;

-- histories merged by country
SELECT country, rollup(history) AS history FROM histories GROUP BY country ORDER BY country;

-- summaries in one step
SELECT customer_id, (rfm_summary(ordered_at, amount, date '2024-06-30')).* FROM orders GROUP BY customer_id
ORDER BY customer_id;

-- summaries in two steps
SELECT customer_id, s.*
FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS h,
     rfm_summary(history, date '2024-12-31') AS s
ORDER BY customer_id;

-- bases
SELECT customer_base(frequency, recency, tenure) AS customers, spend_base(frequency, monetary_value) AS spends,
       rfm_base(last_order, orders, revenue) AS scored
FROM summaries;

-- weighted bases
SELECT customer_base(frequency::float8, recency, tenure, 1 + customer_id % 3) AS customers,
       spend_base(frequency::float8, monetary_value, NULL, 1 + customer_id % 3) AS spends
FROM summaries;

-- bases of contracts
SELECT contract_base(periods::bigint, churned) AS contracts, contract_base(periods::bigint, churned, 2.5) AS weighted
FROM contracts;

-- survival
SELECT survival_curve(periods, churned) AS curve, survival_curve(periods::float8 + 1, churned, 1, 1) AS late,
       logrank_test(periods, churned, (periods % 2)::text) AS test, concordance(periods, churned, periods % 3) AS concordance
FROM contracts;

-- bases merged
SELECT rollup(customers) AS customers, rollup(spends) AS spends, rollup(scored) AS scored
FROM (SELECT country, customer_base(frequency, recency, tenure) AS customers,
             spend_base(frequency, monetary_value) AS spends, rfm_base(last_order, orders, revenue) AS scored
      FROM summaries GROUP BY country) AS b;

-- models, from the orders
WITH c AS (
    SELECT customer_id, (rfm_summary(ordered_at, amount, date '2024-12-31')).* FROM orders GROUP BY customer_id
)
SELECT bgnbd_fit(frequency, recency, tenure) AS orders_model, gg_fit(frequency, monetary_value) AS spend_model FROM c;

-- models of orders
SELECT bgnbd_fit(frequency, recency, tenure) AS bgnbd, mbgnbd_fit(frequency, recency, tenure) AS mbgnbd,
       pnbd_fit(frequency, recency, tenure) AS pnbd
FROM summaries;

-- models of other numbers
SELECT bgnbd_fit(frequency::float8, recency, tenure) AS bgnbd, mbgnbd_fit(frequency::float8, recency, tenure) AS mbgnbd,
       pnbd_fit(frequency::float8, recency, tenure) AS pnbd, gg_fit(frequency::float8, monetary_value) AS gg
FROM summaries;

-- models of a weighted sample
SELECT bgnbd_fit(frequency::float8, recency, tenure, 1 + customer_id % 3) AS bgnbd,
       mbgnbd_fit(frequency::float8, recency, tenure, 1 + customer_id % 3) AS mbgnbd,
       pnbd_fit(frequency::float8, recency, tenure, 1 + customer_id % 3) AS pnbd,
       gg_fit(frequency::float8, monetary_value, 1 + customer_id % 3) AS gg
FROM summaries;

-- models from bases
SELECT bgnbd_fit(customers) AS bgnbd, mbgnbd_fit(customers) AS mbgnbd, pnbd_fit(customers) AS pnbd, gg_fit(spends) AS gg
FROM (SELECT customer_base(frequency, recency, tenure) AS customers, spend_base(frequency, monetary_value) AS spends
      FROM summaries) AS b;

-- models of opportunities
SELECT bgbb_fit(frequency, recency, opportunities) AS bgbb,
       bgbb_fit(frequency::float8, recency, opportunities) AS other_numbers,
       bgbb_fit(frequency::float8, recency, opportunities, 1 + customer_id % 3) AS weighted
FROM opportunities;

-- models of contracts
SELECT sbg_fit(periods::bigint, churned) AS sbg, sbg_fit(periods::bigint, churned, 1 + customer_id % 3) AS weighted
FROM contracts;

-- models of contracts that tire, or do not
SELECT bdw_fit(periods, churned) AS bdw, geometric_fit(periods, churned) AS geometric, contracts_fit(periods, churned) AS best,
       bdw_fit(periods, churned, 1 + customer_id % 3) AS weighted,
       bdw_fit(periods, churned, features('{third}', ARRAY[customer_id % 3]::float8[])) AS with_attributes
FROM contracts;

-- models of survival
SELECT cox_fit(periods, churned, features('{third}', ARRAY[customer_id % 3]::float8[])) AS cox,
       cox_fit(periods::float8 + 1, churned, features('{third}', ARRAY[customer_id % 3]::float8[]), (customer_id % 2)::text,
               1 + customer_id % 3, customer_id % 2) AS strata,
       aft_fit(periods, churned, features('{third}', ARRAY[customer_id % 3]::float8[])) AS weibull,
       aft_fit(periods, churned, features('{third}', ARRAY[customer_id % 3]::float8[]), 'loglogistic') AS loglogistic
FROM contracts;

-- bases of survival with attributes, merged
SELECT cox_fit(rollup(base)) AS cox
FROM (SELECT churned, survival_feature_base(periods, churned, features('{third}', ARRAY[customer_id % 3]::float8[])) AS base
      FROM contracts GROUP BY churned, periods % 2) AS b;

-- a model for each country
SELECT country, bgnbd_fit(frequency, recency, tenure) AS orders_model, gg_fit(frequency, monetary_value) AS spend_model
FROM summaries GROUP BY country ORDER BY country;

-- a model of some customers
SELECT bgnbd_fit(frequency, recency, tenure) FILTER (WHERE country <> 'AT') AS orders_model,
       pnbd_fit(frequency, recency, tenure) FILTER (WHERE frequency > 0) AS of_repeat_buyers
FROM summaries;

-- a model that the data do not support
SELECT bgnbd_fit(frequency, recency, tenure) AS refused FROM summaries WHERE frequency = 0;

-- a model of nobody
SELECT bgnbd_fit(frequency, recency, tenure) AS orders_model, gg_fit(frequency, monetary_value) AS spend_model,
       count(*) AS customers
FROM summaries WHERE frequency < 0;

-- several models by name
SELECT f.* FROM (SELECT customer_base(frequency, recency, tenure) AS base FROM summaries) AS b, cltv_fits(base) AS f
ORDER BY model;

-- what a model says of itself
SELECT p.*, model_status(orders_model) AS status, log_likelihood(orders_model) AS log_likelihood,
       aic(orders_model) AS aic, bic(orders_model) AS bic, orders_model::jsonb AS model
FROM models, model_params(orders_model) AS p ORDER BY name;

-- predictions
SELECT customer_id, bgnbd_predict(orders_model, frequency, recency, tenure, 90) AS orders_90,
       expected_purchases(orders_model, frequency, recency, tenure, 365) AS orders_365,
       prob_alive(orders_model, frequency, recency, tenure) AS alive,
       churn_prob(orders_model, frequency, recency, tenure) AS gone_for_good,
       churn_prob(orders_model, frequency, recency, tenure, 90) AS silent_for_90_days,
       gg_predict(spend_model, frequency, monetary_value) AS spend,
       purchase_pmf(orders_model, frequency, recency, tenure, 90, 2) AS twice,
       log_likelihood(orders_model, frequency, recency, tenure) AS log_likelihood
FROM summaries, models WHERE frequency IS NOT NULL ORDER BY customer_id;

-- predictions with intervals
SELECT customer_id, i.* FROM summaries, models,
       expected_purchases_interval(orders_model, frequency, recency, tenure, 90) AS i
WHERE customer_id < 100 ORDER BY customer_id;

-- lifetime value
SELECT customer_id, cltv_predict(orders_model, spend_model, frequency, recency, tenure, monetary_value,
                                 horizon => 365, margin => 0.3) AS cltv_1y,
       cltv_predict(orders_model, spend_model, frequency, recency, tenure, monetary_value, 'infinity') AS cltv_all,
       cltv_predict(orders_model, spend_model, frequency, recency, tenure, monetary_value, 365, 0.1, 1, 7) AS of_weeks
FROM summaries, models WHERE customer_id <= 500 ORDER BY customer_id;

-- opportunities to come
SELECT customer_id, bgbb_predict(opportunities_model, frequency, recency, opportunities, 5) AS predicted,
       bgbb_dert(opportunities_model, frequency, recency, opportunities, 0.1) AS dert
FROM opportunities, models ORDER BY customer_id;

-- contracts to come
SELECT customer_id, sbg_predict(contracts_model, periods, 12) AS renewals,
       sbg_retention(contracts_model, periods) AS retention, churn_prob(contracts_model, periods) AS churn,
       cltv_predict(contracts_model, periods, 10, 24, 0.01) AS value
FROM contracts, models WHERE NOT churned ORDER BY customer_id;

-- the first query of the tour
WITH c AS (
    SELECT customer_id, s.*
    FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS h,
         rfm_summary(history, date '2024-12-31') AS s
), m AS (
    SELECT bgnbd_fit(frequency, recency, tenure) AS orders_model,
           gg_fit(frequency, monetary_value)     AS spend_model
    FROM c
), scored AS (
    SELECT customer_id,
           bgnbd_predict(orders_model, frequency, recency, tenure, 90) AS orders_next_90_days,
           churn_prob(orders_model, frequency, recency, tenure, 90)    AS churn_prob,
           cltv_predict(orders_model, spend_model, frequency, recency, tenure, monetary_value,
                        horizon => 365, margin => 0.3)                 AS cltv_1y,
           (rfm_score(last_order, orders, revenue) OVER ()).*          -- r, f, m, segment
    FROM c, m
)
SELECT * FROM scored ORDER BY customer_id;

-- orders expected by country
SELECT country, count(*) AS customers,
       exact_sum(bgnbd_predict(orders_model, frequency, recency, tenure, 90)) AS orders_90
FROM summaries, models GROUP BY country ORDER BY country;

-- textbook lifetime value
SELECT customer_id, cltv_simple(avg(price), count(*) / 2.0, lifespan(churn_rate => 0.25), 0.2) AS value
FROM orders WHERE price > 0 GROUP BY customer_id ORDER BY customer_id;

-- everyday numbers
SELECT (customer_metrics(history, '2024-12-31')).*,
       (customer_metrics(history, '2024-12-31', 90)).active_customers AS active_90
FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS h;

-- scores
SELECT customer_id, (rfm_score(last_order, orders, revenue) OVER ()).*, value_tier(revenue) OVER () AS tier,
       value_tier(revenue, shares => '{0.8,0.95}', by => 'revenue') OVER () AS abc
FROM summaries WHERE revenue > 0 ORDER BY customer_id;

-- scores within a country
SELECT customer_id, (rfm_score(last_order, orders, revenue, bins => 4) OVER (PARTITION BY country)).*
FROM summaries ORDER BY customer_id;

-- cut points
SELECT rfm_breaks(last_order, orders, revenue) AS quintiles,
       rfm_breaks(last_order::timestamp, orders, revenue, 9) AS ninths
FROM summaries;

-- cut points as rows
SELECT t.* FROM models, rfm_breaks_table(breaks) AS t ORDER BY score;

-- cut points from a base
SELECT rfm_breaks(scored, 10) AS breaks
FROM (SELECT rfm_base(last_order, orders, revenue) AS scored FROM summaries) AS b;

-- scores by cut points
SELECT customer_id, (rfm_score(last_order, orders, revenue, breaks)).* FROM summaries, models ORDER BY customer_id;

-- segments counted by cut points
SELECT segment, count(*) AS customers, exact_sum(revenue) AS revenue
FROM (SELECT revenue, (rfm_score(last_order, orders, revenue, breaks)).segment FROM summaries, models) AS s
GROUP BY segment ORDER BY segment;

-- segments by rules of one's own
SELECT customer_id, rfm_segment(1 + (customer_id % 5)::int, 1 + (orders % 5)::int, 3,
                                rules => '[{"segment": "VIP", "r": [4, 5], "fm": 5}, {"segment": "Other"}]') AS segment
FROM summaries ORDER BY customer_id;

-- concentration
SELECT revenue_share(revenue) AS top_fifth, revenue_share(revenue, 0.01) AS top_hundredth, gini(revenue) AS gini
FROM summaries WHERE revenue >= 0;

-- measures of predictions
SELECT auc(frequency > 2, tenure) AS auc, gini(frequency::float8, tenure) AS gini,
       lift(frequency::float8, tenure) AS lift, lift(frequency::float8, tenure, 0.05) AS lift_5,
       (regression_metrics(frequency::float8, recency)).*,
       (classification_metrics(frequency > 2, recency / 1000)).*,
       classification_metrics(frequency > 2, recency / 1000, 0.2) AS at_another_threshold
FROM summaries;

-- can I believe it
WITH c AS (
    SELECT customer_id, (rfm_summary(ordered_at, amount, date '2024-06-30')).* FROM orders GROUP BY customer_id
), m AS (
    SELECT bgnbd_fit(frequency, recency, tenure) AS model FROM c
), later AS (
    SELECT customer_id, count(DISTINCT ordered_at::date) AS purchases
    FROM orders WHERE ordered_at >= date '2024-07-01' GROUP BY customer_id
), judged AS (
    SELECT coalesce(purchases, 0) AS actual, purchases IS NULL AS silent,
           bgnbd_predict(model, frequency, recency, tenure, 184) AS predicted,
           churn_prob(model, frequency, recency, tenure, 184) AS churn_prob
    FROM c CROSS JOIN m LEFT JOIN later USING (customer_id) WHERE frequency IS NOT NULL
)
SELECT auc(silent, churn_prob) AS churn_auc, gini(actual, predicted) AS gini, lift(actual, predicted) AS lift_top_tenth,
       (regression_metrics(actual, predicted)).*
FROM judged;

-- differences in differences
SELECT did_base(amount, mod(customer_id, 2) = 0, day >= date '2024-01-01', customer_id::text) AS clustered FROM orders;

-- rdd_base
SELECT rdd_fit(rdd_base(price, amount), 30, bandwidth => 20) FROM orders;

-- anonymity_base
SELECT anonymity_base(features(ARRAY['price'], ARRAY[price]), mod(customer_id, 3)::text) AS alike FROM orders;

-- dp_base
SELECT dp_base(customer_id) AS customers, dp_base(customer_id::text, amount) AS amounts FROM orders;

-- treatment_base
SELECT treatment_base(amount, mod(customer_id, 2) = 0, features(ARRAY['price'], ARRAY[price])) AS treated FROM orders;

-- uplift
SELECT uplift_base(amount, mod(customer_id, 3) = 0, price) FROM orders;
-- bandits that look at the customer
SELECT linear_bandit('arm ' || mod(customer_id, 3), amount, features(ARRAY['price'], ARRAY[price])) AS bandit FROM orders;
-- bandits, policies, net promoter scores
SELECT bandit('arm ' || mod(customer_id, 3), amount, 1, 0.9) AS bandit, policy_base(amount, 0.5, 0.25, price) AS policy,
       nps_base(mod(customer_id, 11)::int) AS nps FROM orders;
-- tests of variants
SELECT experiment_base('arm ' || mod(customer_id, 3), amount) AS plain, experiment_base('arm ' || mod(customer_id, 3), amount, price) AS pre,
       experiment_ratio_base('arm ' || mod(customer_id, 3), amount, price) AS ratio FROM orders;

-- forecast_fit
SELECT forecast_fit(day, price, 'ets', NULL, 'month') AS model FROM orders;
-- acquisition_fit
SELECT acquisition_fit(day) AS model FROM orders;

-- clusters
SELECT kmeans_fit(features(ROW(amount, price))) AS clusters, feature_base(features(ROW(amount))) AS customers FROM orders WHERE amount < 20;

-- sums
SELECT exact_sum(amount) AS revenue, exact_sum(price) AS prices FROM orders;

-- cohorts by hand
SELECT cohort, cohort_period(cohort, month, 'month') AS period, count(DISTINCT customer_id) AS active,
       exact_sum(revenue) AS revenue
FROM (SELECT customer_id, date_trunc('month', ordered_at)::date AS month, exact_sum(amount) AS revenue,
             min(date_trunc('month', ordered_at)::date) OVER (PARTITION BY customer_id) AS cohort
      FROM orders GROUP BY customer_id, date_trunc('month', ordered_at)::date) AS m
GROUP BY 1, 2 ORDER BY 1, 2;

-- cohort_report
SELECT * FROM cohort_report('orders', 'customer_id', 'ordered_at', 'amount');

-- cohort_report by quarter up to a day
SELECT * FROM cohort_report('orders', 'customer_id', 'day', 'price', period => 'quarter', as_of => '2024-11-30');

-- cohort_report of moments
SELECT * FROM cohort_report('orders', 'customer_id', 'moment', 'amount', period => 'day', as_of => '2023-03-31');

-- cltv_holdout
SELECT * FROM cltv_holdout('orders', 'customer_id', 'ordered_at', 'amount', cut => '2024-06-30') ORDER BY customer_id;

-- cltv_holdout of moments
SELECT * FROM cltv_holdout('orders', 'customer_id', 'moment', 'amount', cut => '2024-06-30', as_of => '2024-12-01')
ORDER BY customer_id;

-- cltv_backtest
SELECT * FROM cltv_backtest('orders', 'customer_id', 'ordered_at', 'amount', cut => '2024-06-30');

-- revenue_forecast
SELECT first_day, new_customers, existing_revenue, new_revenue, lower, upper FROM revenue_forecast('orders', 'customer_id', 'ordered_at', 'amount', as_of => '2024-06-30');

-- cltv_backtest of moments
SELECT * FROM cltv_backtest('orders', 'customer_id', 'moment', 'price', cut => '2024-03-31', models => '{pnbd,bgnbd}');

-- cltv_calibration
SELECT * FROM cltv_calibration('orders', 'customer_id', 'ordered_at', 'amount', cut => '2024-06-30');

-- cltv_tracking
SELECT * FROM cltv_tracking('orders', 'customer_id', 'ordered_at', 'amount', cut => '2024-06-30');

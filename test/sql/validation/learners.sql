-- Learners beside models of purchases: what is said of the time after the cut is what a fit by hand to the window before says.
\set VERBOSITY terse
SET extra_float_digits = 0;
CREATE TABLE orders AS
SELECT customer_id, ordered_at::date AS day, round(amount::numeric, 2) AS amount
FROM simulate_orders(bgnbd_model(0.6, 30, 0.8, 3), lognormal_model(3.4, 0.5, 0.6), 900, '2022-01-01', '2023-12-31', 7);
CREATE TABLE people AS
SELECT c AS customer_id, CASE c % 3 WHEN 0 THEN 'ads' WHEN 1 THEN 'mail' ELSE 'shop' END AS channel, 7 AS seven, c * 7919 % 50 AS age
FROM generate_series(0, 1000) AS c;
-- As of a cut, and what came by a day.
CREATE FUNCTION known(cut date, until date, OUT customer_id text, OUT x features, OUT revenue float8, OUT purchases float8) RETURNS SETOF record
LANGUAGE sql AS $$
    SELECT h.customer_id::text, learner_features(h.before, cut), coalesce(h.revenue, 0), h.purchases
    FROM (SELECT customer_id, purchase_history(day, amount) FILTER (WHERE day <= cut) AS before,
                 sum(amount) FILTER (WHERE day > cut AND day <= until)::float8 AS revenue,
                 count(DISTINCT day) FILTER (WHERE day > cut AND day <= until)::float8 AS purchases FROM orders GROUP BY 1) AS h
    WHERE h.before IS NOT NULL
$$;
CREATE FUNCTION tested(models text[], cut date DEFAULT '2023-06-30', choose text DEFAULT 'bic', attributes text[] DEFAULT NULL)
RETURNS TABLE (model text, status text, customers bigint, bic float8, purchases float8, revenue float8, gini float8, churn_auc float8,
               revenue_gini float8, revenue_mae float8, chosen boolean)
LANGUAGE sql AS $$
    SELECT model, status, customers, bic, predicted_purchases, predicted_revenue, gini, churn_auc, revenue_gini, revenue_mae, chosen
    FROM cltv_backtest('orders', 'customer_id', 'day', 'amount', cut, models, as_of => '2023-12-31', choose => choose,
                       customers => CASE WHEN attributes IS NOT NULL THEN 'people'::regclass END, attributes => attributes)
$$;
SELECT model, status, customers, bic IS NULL AS no_bic, round(purchases) AS purchases, round(revenue) AS revenue, round(revenue_gini::numeric, 3) AS revenue_gini,
       round(churn_auc::numeric, 3) AS churn_auc, round(revenue_mae::numeric, 2) AS revenue_mae, chosen
FROM tested('{ziln,bgnbd,auto,tweedie,linear,boost,forest,poisson,negbinom,logistic}');
-- By hand.
WITH past AS (SELECT * FROM known(date '2023-06-30' - 184, '2023-06-30')), now AS (SELECT * FROM known('2023-06-30', '2023-12-31')),
models AS (SELECT ziln_fit(p.revenue, p.x) AS ziln, linear_fit(p.revenue, p.x) AS linear, poisson_fit(p.purchases, p.x) AS poisson,
                  boost_fit(response_feature_base(p.revenue, p.x), 'ziln') AS boost, forest_fit(p.revenue, p.x) AS forest,
                  logistic_fit(p.purchases > 0, p.x) AS logistic FROM past AS p),
said AS (SELECT n.revenue, n.purchases, predict(ziln, n.x) AS ziln, predict(linear, n.x) AS linear, predict(poisson, n.x) AS poisson,
                predict(boost, n.x) AS boost, predict(forest, n.x) AS forest,
                predict(logistic, n.x) AS logistic FROM now AS n, models),
by_hand AS (SELECT v.* FROM (SELECT sum(ziln) AS ziln, gini(revenue, ziln) AS ziln_gini, avg(abs(revenue - ziln)) AS ziln_mae, sum(linear) AS linear,
                gini(revenue, linear) AS linear_gini, sum(poisson) AS poisson, gini(purchases, poisson) AS poisson_gini,
                sum(boost) AS boost, gini(revenue, boost) AS boost_gini, sum(forest) AS forest, gini(revenue, forest) AS forest_gini,
                auc(purchases = 0, -logistic) AS logistic_auc FROM said) AS s,
            LATERAL (VALUES ('ziln', ziln, ziln_gini, ziln_mae), ('linear', linear, linear_gini, NULL), ('poisson', poisson, poisson_gini, NULL), ('boost', boost, boost_gini, NULL), ('forest', forest, forest_gini, NULL),
                            ('logistic', NULL, logistic_auc, NULL)) AS v (model, total, rank, mae))
SELECT t.model, abs(coalesce(t.revenue, t.purchases) / h.total - 1) < 1e-9 AS total,
       abs(CASE model WHEN 'logistic' THEN t.churn_auc WHEN 'poisson' THEN t.gini ELSE t.revenue_gini END - h.rank) < 1e-9 AS rank,
       abs(t.revenue_mae - h.mae) < 1e-9 AS mae
FROM tested('{ziln,linear,poisson,logistic,boost,forest}') AS t JOIN by_hand AS h USING (model) ORDER BY 1;
-- A blend has the total of the model, and the mean of how both divide it.
WITH past AS (SELECT * FROM known(date '2023-06-30' - 184, '2023-06-30')), models AS (SELECT tweedie_fit(p.revenue, p.x) AS tweedie FROM past AS p),
h AS MATERIALIZED (SELECT * FROM cltv_holdout_rows('orders', 'customer_id', 'day', 'amount', '2023-06-30', '2023-12-31', NULL, NULL, 'subtract', 'revenue', false, true, NULL, NULL)),
fitted AS (SELECT bgnbd_fit(customer_base(frequency, recency, tenure)) AS o, spend_fit(frequency::float8, monetary_value, first_value) AS s FROM h),
said AS (SELECT holdout_revenue, cltv_predict(o, s, frequency::float8, recency, tenure, monetary_value, horizon, discount_rate => 0, first_value => first_value) AS model,
                predict(tweedie, learner_features(history, '2023-06-30')) AS learner FROM h, fitted, models),
blend AS (SELECT holdout_revenue, model, (model + learner * sum(model) OVER () / sum(learner) OVER ()) / 2 AS blend FROM said)
SELECT t.model, t.status, abs(t.revenue / (SELECT sum(model) FROM blend) - 1) < 1e-9 AS total_of_the_model,
       abs(t.revenue_gini - (SELECT gini(greatest(holdout_revenue, 0), blend) FROM blend)) < 1e-9 AS rank,
       abs(t.revenue_mae - (SELECT avg(abs(holdout_revenue - blend)) FROM blend)) < 1e-9 AS mae, t.chosen
FROM tested('{bgnbd,tweedie,bgnbd + tweedie}') AS t WHERE t.model LIKE '% + %';
SELECT model, status, revenue FROM tested('{bgnbd,ziln,bgnbd + ziln}', '2022-03-01') WHERE model LIKE '% + %';
SELECT tested('{bgnbd,bgnbd + ziln}');
SELECT tested('{bgnbd,poisson,bgnbd + poisson}');
SELECT tested('{ziln,tweedie,ziln + tweedie}');
-- By holdout a learner of purchases may be the one to take; by bic none is.
SELECT count(*) FILTER (WHERE chosen) AS chosen, count(*) FILTER (WHERE chosen AND model IN ('ziln', 'logistic')) AS without_purchases
FROM tested('{ziln,poisson,bgnbd,logistic}', choose => 'holdout');
SELECT count(*) FILTER (WHERE chosen) AS chosen FROM tested('{ziln,poisson}');
-- Attributes, of which one is the same for all and left out.
SELECT model, status, round(revenue) AS revenue FROM tested('{ziln,tweedie}', attributes => '{age,channel,seven}') WHERE model IN ('ziln', 'tweedie');
SELECT learner, model_status(fitted) AS status, dropped, (SELECT array_agg(name) FROM model_params(fitted) WHERE name NOT LIKE '%log%') AS names
FROM cltv_learnt('orders', 'customer_id', 'day', 'amount', '2022-12-31', '2023-06-30', NULL, NULL, 'subtract', 'revenue', 'people', '{age,channel,seven}',
                 '{tweedie}');
-- In the first days of a shop there is no window before, or nothing in it tells customers apart.
SELECT model, status, revenue FROM tested('{ziln,poisson}', '2022-03-01') LIMIT 2;
SELECT learner, model_status(fitted) AS status, dropped
FROM cltv_learnt('orders', 'customer_id', 'day', 'amount', '2022-01-01', '2023-06-30', NULL, NULL, 'subtract', 'revenue', NULL, NULL, '{poisson}');
-- Only the backtest has learners; other names are none.
SELECT * FROM tested('{zilm}');
SELECT count(*) FROM cltv_calibration('orders', 'customer_id', 'day', 'amount', '2023-06-30', '{ziln}');
SELECT DISTINCT model FROM cltv_calibration('orders', 'customer_id', 'day', 'amount', '2023-06-30', '{auto}');
SELECT learner FROM cltv_learnt('orders', 'customer_id', 'day', 'amount', '2022-12-31', '2023-06-30', NULL, NULL, 'subtract', 'revenue', NULL, NULL, '{bgnbd}');
SELECT count(*) FROM cltv_learnt('orders', 'customer_id', 'day', 'amount', '2022-12-31', '2023-06-30', NULL, NULL, 'subtract', 'revenue', NULL, NULL, NULL);
DROP FUNCTION known, tested;
DROP TABLE orders, people;

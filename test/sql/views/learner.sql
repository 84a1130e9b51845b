-- A learner beside the models of a shop: trained on the window before, scores today, is watched.
\set VERBOSITY terse
SET extra_float_digits = 0;
SET client_min_messages = warning;
CREATE TABLE orders AS
SELECT customer_id, ordered_at::date AS ordered_at, round(amount::numeric, 2) AS amount
FROM simulate_orders(bgnbd_model(0.6, 30, 0.8, 3), lognormal_model(3.4, 0.5, 0.6), 600, '2022-01-01', '2023-12-31', 7);
CREATE TABLE people AS
SELECT c AS customer_id, CASE c % 3 WHEN 0 THEN 'ads' WHEN 1 THEN 'mail' ELSE 'shop' END AS channel, c * 7919 % 50 AS age, 7 AS seven
FROM generate_series(0, 700) AS c;
CALL cltv_materialize('shop', 'orders', horizon => 180, as_of => '2023-12-31', learner => 'ziln');
SELECT learner_status, learner_dropped, round(learner_predicted) AS predicted, round(learner_actual) AS actual, round(learner_gini::numeric, 3) AS gini FROM shop_model;
-- By hand: learnt on the half year before, said of today's customers, and of those of half a year ago by what was known another half year before.
WITH l AS (SELECT * FROM cltv_learnt('orders', 'customer_id', 'ordered_at', 'amount', date '2023-12-31' - 180, '2023-12-31', NULL, NULL, 'subtract', 'revenue',
                                     NULL, NULL, '{ziln}'))
SELECT count(*) AS customers, count(*) FILTER (WHERE s.learnt_revenue IS DISTINCT FROM predict(l.fitted, learner_features(h.history, '2023-12-31'))) AS differ
FROM shop AS s JOIN shop_history AS h USING (customer_id), l;
SELECT m.learner_predicted = b.predicted_revenue AND m.learner_actual = b.actual_revenue AND m.learner_gini = b.revenue_gini AS as_backtest
FROM shop_model AS m, cltv_backtest('orders', 'customer_id', 'ordered_at', 'amount', date '2023-12-31' - 180, '{ziln}', '2023-12-31') AS b WHERE b.model = 'ziln';
SELECT health, reason FROM cltv_health WHERE name LIKE '%shop';
SELECT col_description('shop'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'shop'::regclass AND attname = 'learnt_revenue';
SELECT count(*) AS undescribed FROM pg_attribute WHERE attrelid = 'shop_model'::regclass AND attnum > 0 AND attname LIKE 'learner%' AND col_description(attrelid, attnum) IS NULL;
-- A refresh trains it anew.
DELETE FROM orders WHERE customer_id % 2 = 0 AND ordered_at > '2023-09-01';
CREATE TABLE earlier AS SELECT learner_model::text AS fitted FROM shop_model;
CALL cltv_refresh('shop');
SELECT m.learner_model::text <> e.fitted AS another, m.learner_status FROM shop_model AS m, earlier AS e;
-- What is learnt of purchases, or of whether there are any, has its own column; attributes, of which one is the same for all.
CALL cltv_materialize('shop', 'orders', horizon => 90, as_of => '2023-12-31', learner => 'logistic', customers => 'people', attributes => '{age,channel,seven}', replace => true);
SELECT count(*) AS customers, bool_and(learnt_return BETWEEN 0 AND 1) AS chances, round(auc(orders > 2, learnt_return)::numeric, 2) AS ranks FROM shop;
SELECT learner_status, learner_dropped, learner_attributes, learner_predicted, learner_gini BETWEEN 0.2 AND 0.9 AS ranks FROM shop_model;
UPDATE people SET age = NULL WHERE customer_id = 5;
CALL cltv_materialize('shop', 'orders', horizon => 90.5, as_of => '2023-12-31', learner => 'negbinom', customers => 'people', attributes => '{age,channel}', all_customers => true,
                      incremental => true, replace => true);
SELECT learner_status, learner_attributes, count(learnt_purchases) AS learnt, count(*) FILTER (WHERE orders = 0 AND learnt_purchases IS NULL) AS never_ordered
FROM shop_model, shop GROUP BY 1, 2;
-- Too young for a window before, empty, and off by half.
CALL cltv_materialize('young', 'orders', horizon => 365, as_of => '2022-11-01', learner => 'ziln');
SELECT learner_status, learner_predicted IS NULL AS no_past FROM young_model;
SELECT count(learnt_revenue) AS learnt FROM young;
SELECT health, reason FROM cltv_health WHERE name LIKE '%young';
-- The window before begins on the very first day, when nothing tells the first customers apart.
CREATE TABLE begun_orders AS SELECT * FROM orders
UNION ALL SELECT 1000 + c, d, 20 FROM generate_series(1, 30) AS c, unnest('{2021-12-31,2022-05-05}'::date[]) AS d WHERE d < '2022-01-01' OR c <= 12;
CALL cltv_materialize('begun', 'begun_orders', horizon => 365, as_of => '2023-12-31', learner => 'ziln');
SELECT learner_status, learner_predicted FROM begun_model;
SELECT model, status, predicted_revenue FROM cltv_backtest('begun_orders', 'customer_id', 'ordered_at', 'amount', '2022-12-31', '{ziln}', '2023-12-31') WHERE model = 'ziln';
CALL cltv_drop('begun');
CREATE TABLE empty AS SELECT * FROM orders WHERE false;
CALL cltv_materialize('nobody', 'empty', learner => 'ziln');
SELECT learner_status FROM nobody_model;
INSERT INTO orders SELECT customer_id, ordered_at + 1, 5000 FROM orders WHERE ordered_at BETWEEN '2022-04-10' AND '2022-07-31';
CALL cltv_materialize('young', 'orders', horizon => 120, as_of => '2022-11-30', learner => 'tweedie', replace => true);
SELECT health, regexp_replace(reason, '\d+', 'N', 'g') AS reason FROM cltv_health WHERE name LIKE '%young';
-- What cannot be.
CALL cltv_materialize('x', 'orders', learner => 'zilm');
CALL cltv_materialize('x', 'orders', learner => 'ziln', horizon => 'infinity');
CREATE TABLE taken AS SELECT customer_id AS learnt_revenue, ordered_at, amount FROM orders LIMIT 5;
CALL cltv_materialize('x', 'taken', 'learnt_revenue', learner => 'ziln');
CALL cltv_drop('shop');
CALL cltv_drop('young');
CALL cltv_drop('nobody');
DROP TABLE orders, people, earlier, empty, taken, begun_orders;

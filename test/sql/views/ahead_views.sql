-- What comes next, as views: NAME_next, and where asked for NAME_revenue, NAME_cohorts, NAME_products.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET DateStyle = ISO;
CREATE SCHEMA to_come;
SET search_path = to_come, public;
CREATE TABLE orders AS
SELECT customer_id, ordered_at, amount, CASE WHEN customer_id % 3 = 0 THEN 'tea' WHEN customer_id % 3 = 1 THEN 'cup' ELSE 'pot "large"' END AS product
FROM simulate_orders(bgnbd_model(0.6, 40, 0.7, 2.5), gg_model(6.25, 3.74, 15.44), 400, '2023-01-01', '2024-12-31', 3);
INSERT INTO orders SELECT customer_id, '2024-12-30', -5, product FROM orders WHERE ordered_at >= '2024-12-01';
-- Who buys tea buys sugar
INSERT INTO orders SELECT customer_id, ordered_at, 0, 'sugar' FROM orders WHERE product = 'tea' AND amount > 0;
CALL cltv_materialize('shop', 'orders', horizon => 200, revenue => 'Month', cohorts => 'month', products => 'product', margin => 0.4);
-- The same as of the orders themselves
SELECT count(*), bool_and(abs(v.revenue / f.revenue - 1) < 1e-6) AS revenue, bool_and(abs(v.lower / f.lower - 1) < 1e-6) AS lower, bool_and(v.last_day = f.last_day) AS days
FROM shop_revenue AS v JOIN revenue_forecast('orders', horizon => 200) AS f USING (first_day);
SELECT count(*) = (SELECT count(*) FROM shop) AS all_of_them, count(next_order) > 50 AS some_order,
       bool_and(n.next_order IS NOT DISTINCT FROM next_order(orders_model, frequency::float8, recency, tenure, '2024-12-31')) AS next_order,
       bool_and(n.usual_gap IS NOT DISTINCT FROM recency / nullif(frequency, 0)) AS usual_gap, bool_and(n.earliest <= n.next_order) AS ordered
FROM shop_next AS n JOIN shop AS s USING (customer_id), shop_model;
-- Cohorts: what was is as cohort_report has it; what comes, over all cohorts, is the forecast of the known customers up to that day, less refunds
SELECT count(*) AS cells, bool_and(c.customers = r.customers) AS customers, bool_and(c.active = r.active) AS active,
       bool_and(abs(c.cumulative_margin - 0.4 * r.cumulative_value) < 1e-9) AS cumulative_margin, bool_and(abs(c.margin - 0.4 * r.revenue) < 1e-9) AS margin
FROM shop_cohorts AS c JOIN cohort_report('orders', 'customer_id', 'ordered_at', 'amount') AS r USING (cohort, period) WHERE NOT predicted;
SELECT count(*) AS cells, count(*) FILTER (WHERE predicted) AS predicted, count(DISTINCT cohort) AS cohorts, max(last_day) AS until FROM shop_cohorts;
SELECT max(abs(c.margin / (0.4 * e.revenue) - 1)) < 1e-9 AS as_of_each_customer
FROM (SELECT last_day, sum(margin) AS margin FROM (SELECT last_day, sum(margin) OVER (PARTITION BY cohort ORDER BY period) AS margin FROM shop_cohorts WHERE predicted) AS w GROUP BY last_day) AS c
JOIN LATERAL (SELECT sum(expected_purchases(orders_model, frequency::float8, recency, tenure, (c.last_day - as_of)::float8)
                         * expected_spend(spend_model, frequency::float8, monetary_value, first_value, NULL))
                     * (SELECT sum(revenue) / sum(first_value + frequency * coalesce(monetary_value, 0)) FROM shop) AS revenue FROM shop, shop_model) AS e ON true;
SELECT bool_and(rising) AS rising, count(*) FROM (SELECT cumulative_margin >= lag(cumulative_margin) OVER (PARTITION BY cohort ORDER BY period) AS rising FROM shop_cohorts WHERE predicted) AS w;
-- Their past is net of refunds, so what comes is too, as in NAME_revenue. Of numbered orders some are lowered, some sent back whole, and
-- refunds without a number belong to none.
CREATE TABLE numbered AS SELECT customer_id, ordered_at, amount, row_number() OVER (ORDER BY customer_id, ordered_at, amount) AS invoice FROM orders WHERE amount > 0;
INSERT INTO numbered SELECT customer_id, ordered_at + interval '2 days', amount * CASE WHEN invoice % 3 = 0 THEN -1 ELSE -0.2 END, CASE WHEN invoice % 2 = 0 THEN invoice END
FROM numbered WHERE invoice % 4 < 2 AND ordered_at < '2024-12-20';
CALL cltv_materialize('returned', 'numbered', order_id => 'invoice', horizon => 200, revenue => 'month', cohorts => 'month', margin => 0.4);
SELECT count(*) AS months, max(abs(c.margin / (0.4 * r.existing_revenue) - 1)) < 1e-6 AS as_in_revenue
FROM returned_revenue AS r JOIN (SELECT last_day, sum(margin) AS margin FROM returned_cohorts WHERE predicted GROUP BY last_day) AS c USING (last_day);
SELECT sum(revenue) < 0.95 * sum(first_value + frequency * coalesce(monetary_value, 0)) AS refunds_matter FROM returned;
CALL cltv_materialize('returned', 'numbered', order_id => 'invoice', amounts => 'signed', horizon => 200, revenue => 'month', cohorts => 'month', margin => 0.4, replace => true);
SELECT count(*) AS months, max(abs(c.margin / (0.4 * r.existing_revenue) - 1)) < 1e-6 AS as_in_revenue
FROM returned_revenue AS r JOIN (SELECT last_day, sum(margin) AS margin FROM returned_cohorts WHERE predicted GROUP BY last_day) AS c USING (last_day);
CALL cltv_drop('returned');
-- Products
SELECT product, customers, revenue, goes_with, round(confidence::numeric, 3) AS confidence, round(lift::numeric, 3) AS lift FROM shop_products ORDER BY product COLLATE "C";
SELECT p.product, p.customers = (SELECT count(DISTINCT customer_id) FROM orders AS o WHERE o.product = p.product) AS customers,
       abs(p.revenue - (SELECT sum(amount) FROM orders AS o WHERE o.product = p.product)) < 1e-6 AS revenue,
       ROW(p.first_customers, p.repeat_rate, p.repeat_lower, p.repeat_upper, p.later_value, p.value_lower, p.value_upper)
           IS NOT DISTINCT FROM ROW(f.customers, f.repeat_rate, f.repeat_lower, f.repeat_upper, f.later_value, f.value_lower, f.value_upper) AS first_product
FROM shop_products AS p LEFT JOIN first_product_value('orders', 'customer_id', 'product', 'ordered_at', 'amount', horizon => 200) AS f USING (product) ORDER BY product COLLATE "C";
-- They are refreshed with the rest, made anew and dropped with it
INSERT INTO orders SELECT customer_id + 1000, ordered_at + interval '31 days', amount, 'filter' FROM orders WHERE ordered_at >= '2024-11-01' AND amount > 0;
CALL cltv_refresh('shop');
SELECT min(first_day) = max(o.ordered_at)::date + 1 AS moved_on FROM shop_revenue, orders AS o;
SELECT max(cohort) = '2025-01-01' AS moved_on FROM shop_cohorts;
SELECT count(*) FROM shop_products WHERE product = 'filter';
-- All columns say what they are
SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'to_come'::regnamespace AND c.relkind IN ('m', 'v') AND coalesce(col_description(c.oid, a.attnum), 'Parameter') ~ '^(Parameter|Of the table)'
    AND c.relname !~ '_model$' ORDER BY 1, 2;
-- Who wants less of it drops it
DROP VIEW shop_next;
DROP MATERIALIZED VIEW shop_revenue;
CALL cltv_refresh('shop');
CALL cltv_drop('shop');
SELECT relname FROM pg_class WHERE relnamespace = 'to_come'::regnamespace AND relname ~ '^shop';
-- A margin of each customer, and every family
CREATE TABLE known AS SELECT DISTINCT customer_id, CASE WHEN customer_id % 2 = 0 THEN 'web' ELSE 'shop' END AS channel, 0.3 + 0.1 * (customer_id % 2) AS rate FROM orders;
CALL cltv_materialize('shop', 'orders', customers => 'known', margin => 'rate', cohorts => 'quarter', model => 'bgnbd', horizon => 'infinity');
SELECT count(*), max(abs(c.margin - e.margin)) < 1e-6 AS margin FROM shop_cohorts AS c JOIN (
    SELECT date_trunc('quarter', s.first_order)::date AS cohort, (extract(year FROM o.ordered_at) - extract(year FROM s.first_order)) * 4
               + extract(quarter FROM o.ordered_at) - extract(quarter FROM s.first_order) AS period, sum(o.amount * k.rate) AS margin
    FROM orders AS o JOIN shop AS s USING (customer_id) JOIN known AS k USING (customer_id) GROUP BY 1, 2) AS e USING (cohort, period) WHERE NOT predicted;
SELECT count(*) > 100 AS five_years, min(margin) >= 0 AS margin FROM shop_cohorts WHERE predicted;
-- With attributes, a season, groups
CALL cltv_materialize('shop', 'orders', customers => 'known', attributes => '{channel}', all_customers => true, min_group => 5, replace => true,
                      revenue => 'month', cohorts => 'month', products => 'product');
SELECT count(*) >= 11 AS months, min(revenue) > 0 AS revenue FROM shop_revenue;
SELECT count(*) FROM shop_next;
SELECT min(customers) >= 5 AS groups, min(active) FILTER (WHERE active > 0 AND margin IS NOT NULL) >= 5 AS active, count(*) FILTER (WHERE margin IS NULL) > 0 AS held_back,
       bool_or(predicted AND margin IS NOT NULL) AS predicted, count(*) FILTER (WHERE predicted AND cumulative_margin IS NOT NULL) > 0 AS some FROM shop_cohorts;
SELECT min(customers) >= 5 AS groups FROM shop_products;
-- A period in which one customer only had a refund, and one that three have begun, are small, and not to be had from the sums.
CREATE TABLE few AS
SELECT i AS customer_id, date '2024-01-05' + i % 20 AS ordered_at, 20::numeric AS amount FROM generate_series(1, 40) AS i
UNION ALL SELECT i, date '2024-03-05' + i % 20, 20 FROM generate_series(1, 15) AS i
UNION ALL SELECT 7, date '2024-02-10', -13.37
UNION ALL SELECT i, date '2024-05-09', 20 FROM generate_series(1, 3) AS i;
CALL cltv_materialize('all_few', 'few', cohorts => 'month', horizon => 60);
CALL cltv_materialize('large_few', 'few', cohorts => 'month', horizon => 60, min_group => 10);
SELECT period, predicted, a.active, a.margin AS all_margin, l.active AS large_active, l.margin, l.cumulative_margin * 40 AS cumulative_margin
FROM all_few_cohorts AS a JOIN large_few_cohorts AS l USING (cohort, period, predicted) WHERE NOT predicted ORDER BY period;
SELECT period, predicted, l.active, l.margin, round(((a.cumulative_margin - l.cumulative_margin) * 40)::numeric, 9) AS held_back
FROM all_few_cohorts AS a JOIN large_few_cohorts AS l USING (cohort, period, predicted) WHERE predicted ORDER BY period LIMIT 2;
-- Of ten who have begun it, it is in the sum.
INSERT INTO few SELECT i, date '2024-05-09', 20 FROM generate_series(4, 10) AS i;
CALL cltv_refresh('all_few');
CALL cltv_refresh('large_few');
SELECT period, predicted, l.active, l.margin, round(((a.cumulative_margin - l.cumulative_margin) * 40)::numeric, 9) AS held_back
FROM all_few_cohorts AS a JOIN large_few_cohorts AS l USING (cohort, period, predicted) WHERE predicted ORDER BY period LIMIT 1;
CALL cltv_drop('all_few');
CALL cltv_drop('large_few');
DROP TABLE few;
-- Where attributes tell much, the revenue is by them
UPDATE known AS k SET channel = CASE WHEN (SELECT count(*) FROM orders AS o WHERE o.customer_id = k.customer_id) > 3 THEN 'often' ELSE 'seldom' END;
CALL cltv_materialize('shop', 'orders', customers => 'known', attributes => '{channel}', replace => true, revenue => 'quarter');
SELECT m.attributes, count(*) AS quarters, bool_and(abs(v.revenue / f.revenue - 1) < 1e-6) AS revenue, bool_and(abs(v.lower / f.lower - 1) < 1e-6) AS lower
FROM shop_model AS m, revenue_forecast('orders', period => 'quarter', customers => 'known', attributes => '{channel}', orders_model => m.orders_model, spend_model => m.spend_model) AS f
JOIN shop_revenue AS v USING (first_day) GROUP BY 1;
CALL cltv_materialize('shop', 'orders', calendar => 'auto', incremental => true, replace => true, amounts => 'signed', horizon => 400, revenue => 'year', cohorts => 'year', products => 'product');
SELECT count(*), min(revenue) > 0 AS revenue FROM shop_revenue;
SELECT count(*) > 400 AS customers FROM shop_next;
SELECT cohort, period, last_day, predicted, margin > 0 AS margin FROM shop_cohorts ORDER BY cohort, period;
CALL cltv_drop('shop');
-- Every family has them
DO $$ BEGIN
    FOR i IN 1 .. 9 LOOP CONTINUE WHEN (SELECT count(*) FROM cltv_families() WHERE topic = 'orders' AND unit = 'days') < i;
        EXECUTE (SELECT format('CALL cltv_materialize(%L, %L, model => %L, revenue => %L, cohorts => %L, replace => true)', 'each', 'orders', name, 'quarter', 'quarter')
                 FROM cltv_families() WHERE topic = 'orders' AND unit = 'days' ORDER BY name OFFSET i - 1 LIMIT 1);
        RAISE WARNING '% % % %', (SELECT family FROM each_model), (SELECT count(*) >= 3 FROM each_revenue), (SELECT count(next_order) > 50 FROM each_next),
            (SELECT min(margin) > 0 FROM each_cohorts WHERE predicted);
    END LOOP;
END $$;
CALL cltv_drop('each');
-- Of few customers whose amounts are about an own mean: sales never fall below 0, signed amounts may
CREATE TABLE few (customer_id, ordered_at, amount) AS VALUES (1, date '2023-08-13', 11.92), (1, '2023-10-10', 19.36), (1, '2023-11-04', 32.8), (1, '2023-11-17', 9.08),
    (1, '2023-12-19', 12.7), (1, '2024-01-27', 20.13), (1, '2024-04-05', 18.45), (1, '2024-06-16', 18.36), (2, '2024-04-16', 95.13), (2, '2024-06-10', 84.48), (3, '2024-02-08', 15.86);
CALL cltv_materialize('sales', 'few', revenue => 'quarter');
CREATE VIEW few_profits AS SELECT customer_id, ordered_at, amount - 30 AS amount FROM few;
CALL cltv_materialize('profits', 'few_profits', revenue => 'quarter', amounts => 'signed');
SELECT min(s.lower) >= 0 AS of_sales, min(p.lower) < 0 AS of_profits, count(*) AS quarters
FROM sales_revenue AS s JOIN profits_revenue AS p USING (first_day);
CALL cltv_drop('sales');
CALL cltv_drop('profits');
-- Nobody has ordered yet, and one who ordered once
CREATE TABLE none (customer_id int, ordered_at date, amount numeric, product text);
CALL cltv_materialize('empty', 'none', revenue => 'month', cohorts => 'month', products => 'product');
SELECT (SELECT count(*) FROM empty_revenue) AS revenue, (SELECT count(*) FROM empty_next) AS next, (SELECT count(*) FROM empty_cohorts) AS cohorts, (SELECT count(*) FROM empty_products) AS products;
INSERT INTO none VALUES (7, '2024-05-05', 12, 'tea');
SET client_min_messages = error;
CALL cltv_refresh('empty');
SET client_min_messages = warning;
SELECT (SELECT count(*) FROM empty_revenue) AS revenue, (SELECT count(next_order) FROM empty_next) AS next, (SELECT count(*) FROM empty_products) AS products;
SELECT * FROM empty_cohorts WHERE period < 2 ORDER BY period;
CALL cltv_drop('empty');
-- Errors
CALL cltv_materialize('wrong', 'orders', revenue => 'decade');
CALL cltv_materialize('wrong', 'orders', cohorts => 'day');
CALL cltv_materialize('wrong', 'orders', revenue => 'month', horizon => 20);
CALL cltv_materialize('wrong', 'orders', products => 'colour');
CREATE TABLE wrong_next (i int);
CALL cltv_materialize('wrong', 'orders');
SELECT relname FROM pg_class WHERE relnamespace = 'to_come'::regnamespace AND relname ~ '^wrong';
ALTER TABLE orders RENAME customer_id TO next_order;
CALL cltv_materialize('wrong', 'orders', customer => 'next_order');
DROP SCHEMA to_come CASCADE;

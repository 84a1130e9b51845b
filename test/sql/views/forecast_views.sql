-- What comes next, as views: NAME_revenue and NAME_next.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET DateStyle = ISO;
CREATE SCHEMA to_come;
SET search_path = to_come, public;
CREATE TABLE orders AS
SELECT customer_id, ordered_at, amount FROM simulate_orders(bgnbd_model(0.6, 40, 0.7, 2.5), gg_model(6.25, 3.74, 15.44), 400, '2023-01-01', '2024-12-31', 3);
INSERT INTO orders SELECT customer_id, '2024-12-30', -5 FROM orders WHERE ordered_at >= '2024-12-01';
CALL cltv_materialize('shop', 'orders');
CALL cltv_forecast_views('shop', horizon => 200);
-- The same as of the orders themselves
SELECT count(*), bool_and(abs(v.revenue / f.revenue - 1) < 1e-6) AS revenue, bool_and(abs(v.lower / f.lower - 1) < 1e-6) AS lower, bool_and(v.last_day = f.last_day) AS days
FROM shop_revenue AS v JOIN revenue_forecast('orders', horizon => 200) AS f USING (first_day);
SELECT count(*) = (SELECT count(*) FROM shop) AS all_of_them, count(next_order) > 50 AS some_order,
       bool_and(n.next_order IS NOT DISTINCT FROM next_order(orders_model, frequency::float8, recency, tenure, '2024-12-31')) AS next_order,
       bool_and(n.usual_gap IS NOT DISTINCT FROM recency / nullif(frequency, 0)) AS usual_gap, bool_and(n.earliest <= n.next_order) AS ordered
FROM shop_next AS n JOIN shop AS s USING (customer_id), shop_model;
-- They are refreshed with the rest, made anew and dropped with it
INSERT INTO orders SELECT customer_id + 1000, ordered_at + interval '31 days', amount FROM orders WHERE ordered_at >= '2024-11-01' AND amount > 0;
CALL cltv_refresh('shop');
SELECT min(first_day) = max(o.ordered_at)::date + 1 AS moved_on FROM shop_revenue, orders AS o;
CALL cltv_forecast_views('shop', horizon => 100, period => 'horizon', level => 0.9);
SELECT last_day - first_day + 1 AS days, revenue > 0 AS revenue FROM shop_revenue;
DROP VIEW shop_next;
DROP MATERIALIZED VIEW shop_revenue;
CALL cltv_refresh('shop');
CALL cltv_forecast_views('shop', period => 'quarter');
CALL cltv_drop('shop');
SELECT to_regclass('shop_revenue') IS NULL AND to_regclass('shop_next') IS NULL AS gone;
-- With attributes, a season, groups
CREATE TABLE known AS SELECT DISTINCT customer_id, CASE WHEN customer_id % 2 = 0 THEN 'web' ELSE 'shop' END AS channel FROM orders;
CALL cltv_materialize('shop', 'orders', customers => 'known', attributes => '{channel}', all_customers => true, min_group => 5);
CALL cltv_forecast_views('shop');
SELECT count(*) >= 11 AS months, min(revenue) > 0 AS revenue FROM shop_revenue;
SELECT count(*) FROM shop_next;
CALL cltv_materialize('shop', 'orders', calendar => 'auto', incremental => true, replace => true, amounts => 'signed');
CALL cltv_forecast_views('shop', period => 'year', horizon => 400);
SELECT count(*), min(revenue) > 0 AS revenue FROM shop_revenue;
SELECT count(*) > 400 AS customers FROM shop_next;
CALL cltv_drop('shop');
-- Nobody has ordered yet
CREATE TABLE none (customer_id int, ordered_at date, amount numeric);
CALL cltv_materialize('empty', 'none');
CALL cltv_forecast_views('empty');
SELECT count(*) FROM empty_revenue;
SELECT count(*) FROM empty_next;
-- Errors
CREATE TABLE empty_of_mine AS SELECT 1 AS i;
CALL cltv_forecast_views('empty_of_mine');
CALL cltv_forecast_views(NULL);
CALL cltv_forecast_views('empty', horizon => 20);
CALL cltv_forecast_views('empty', period => 'decade');
CALL cltv_forecast_views('empty', level => 2);
DROP VIEW empty_next;
CREATE TABLE empty_next (i int);
CALL cltv_forecast_views('empty');
SELECT to_regclass('empty_revenue') IS NOT NULL AS as_before;
DROP TABLE empty_next;
CALL cltv_drop('empty');
DROP SCHEMA to_come CASCADE;

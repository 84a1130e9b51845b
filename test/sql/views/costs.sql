-- What customers cost: acquisition_cost and cost_to_serve of cltv_materialize, beside the same by hand
SET client_min_messages = warning;
CREATE TABLE cost_orders AS
SELECT c AS customer_id, date '2024-01-01' + (c * 7 + o * (11 + c % 5)) % 360 AS ordered_at, 20.0 + (c * o) % 30 AS amount
FROM generate_series(1, 120) AS c, generate_series(1, 1 + c % 5) AS o;
CREATE TABLE cost_customers AS
SELECT c AS customer_id, CASE WHEN c % 2 = 0 THEN 'ads' ELSE 'friends' END AS channel, CASE WHEN c % 9 > 0 THEN (c % 2 * 10)::numeric + 5 END AS "Paid",
       CASE WHEN c % 7 > 0 THEN c % 4 * 2.5 END AS service, c AS net_value
FROM generate_series(1, 130) AS c;
CALL cltv_materialize('cost_shop', 'cost_orders', margin => 0.4, customers => 'cost_customers', acquisition_cost => 'Paid', cost_to_serve => 'service', all_customers => true);
SELECT count(*) AS customers, bool_and(abs(profit - (0.4 * revenue - coalesce(service, 0))) < 1e-9) AS profit,
       bool_and(abs(lifetime_value - (profit + cltv * (1 - coalesce(service, 0) / (0.4 * revenue)))) < 1e-9) AS lifetime_value,
       bool_and(abs(net_value - (lifetime_value - "Paid")) < 1e-9) AS net_value, count(*) FILTER (WHERE net_value IS NULL) AS unknown,
       bool_and(customer_net_value = customer_id) AS carried
FROM cost_shop WHERE orders > 0;
SELECT bool_and(profit = -coalesce(service, 0)) AS profit, count(lifetime_value) AS lifetime_value, count(*) AS customers FROM cost_shop WHERE orders = 0;
SELECT attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'cost_shop'::regclass AND attname IN ('profit', 'lifetime_value', 'net_value') ORDER BY attnum;
-- By channel.
SELECT channel, round((sum(lifetime_value) / sum("Paid"))::numeric, 1) > 1 AS ltv_to_cac, sum(net_value) > 0 AS pays FROM cost_shop WHERE "Paid" IS NOT NULL GROUP BY channel ORDER BY channel;
CALL cltv_refresh('cost_shop');
-- One of the two, a margin of each customer's own, with attributes; no such columns where none is asked for.
ALTER TABLE cost_customers ADD rate float8 DEFAULT 0.5;
CALL cltv_materialize('cost_shop', 'cost_orders', margin => 'rate', customers => 'cost_customers', acquisition_cost => 'Paid', attributes => '{channel}', replace => true);
SELECT bool_and(abs(profit - 0.5 * revenue) < 1e-9) AS profit, bool_and(abs(net_value - (0.5 * revenue + cltv - "Paid")) < 1e-9) AS net_value FROM cost_shop;
CALL cltv_materialize('cost_shop', 'cost_orders', customers => 'cost_customers', cost_to_serve => 'service', replace => true);
SELECT bool_and(net_value = lifetime_value) AS no_acquisition FROM cost_shop;
CALL cltv_materialize('cost_shop', 'cost_orders', customers => 'cost_customers', replace => true);
SELECT count(*) FROM pg_attribute WHERE attrelid = 'cost_shop'::regclass AND attname IN ('profit', 'lifetime_value');
-- What is refused.
CALL cltv_materialize('cost_no', 'cost_orders', acquisition_cost => 'Paid');
CALL cltv_materialize('cost_no', 'cost_orders', customers => 'cost_customers', acquisition_cost => 'paid');
CALL cltv_materialize('cost_no', 'cost_orders', customers => 'cost_customers', cost_to_serve => 'channel');
CALL cltv_drop('cost_shop');
DROP TABLE cost_orders, cost_customers;

-- cltv_materialize with attributes of customers: kept where they tell something, in the views, the forecast, refreshes and health.
-- runs a statement and shows the error that it raises
\set ECHO none
\pset format unaligned
SET client_min_messages = warning;
CREATE SCHEMA sales;
SET search_path = sales, public;
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;

CREATE TABLE orders AS
SELECT channel || customer_id AS customer_id, ordered_at, amount
FROM (VALUES ('ads', 500, bgnbd_model(0.8, 60, 0.9, 4), 60, 1), ('friends', 300, bgnbd_model(0.8, 25, 0.9, 4), 100, 2)) AS c (channel, customers, model, level, seed),
     LATERAL simulate_orders(model, gg_model(6, 4, level), customers, '2023-01-01', '2024-12-31', seed);
CREATE TABLE accounts AS
SELECT customer_id, CASE WHEN customer_id LIKE 'ads%' THEN 'ads' ELSE 'friends' END AS channel, 20 + row_number() OVER (ORDER BY customer_id) % 50 AS age,
       row_number() OVER (ORDER BY customer_id) % 2 = 0 AS coin, NULL::text AS attributes
FROM (SELECT DISTINCT customer_id FROM orders) AS o;

\echo '-- attributes that tell something are kept, and are in all predictions'
CALL cltv_materialize('shop', 'orders', customers => 'accounts', attributes => '{channel}');
SELECT family, spend_family, attributes, status, spend_status FROM shop_model;
SELECT (compared ->> 'bgnbd: purchases, dropout') IS NOT NULL AS both, (compared ->> 'nbd: purchases, dropout') IS NULL AS never_leave,
       (compared #>> '{bgnbd: purchases,bic}')::float8 < (compared #>> '{bgnbd,bic}')::float8 AS better, (spend_compared ->> 'gg: spend') IS NOT NULL AS spend FROM shop_model;
SELECT count(*) AS customers, bool_and(v.expected_orders = CASE WHEN 'dropout' = ANY (m.attributes) THEN expected_purchases(m.orders_model, v.frequency, v.recency, v.tenure, 365, v.attributes, v.attributes)
                                       ELSE expected_purchases(m.orders_model, v.frequency, v.recency, v.tenure, 365, v.attributes) END) AS orders,
       bool_and(v.attributes::jsonb = jsonb_build_object('channel', v.channel)) AS attributes, bool_and(v.customer_attributes IS NULL) AS renamed,
       avg(v.cltv) FILTER (WHERE v.channel = 'friends') > 2 * avg(v.cltv) FILTER (WHERE v.channel = 'ads') AS worth
FROM shop AS v, shop_model AS m;
SELECT abs(sum(v.expected_orders) / (SELECT sum(f.expected_purchases) FROM shop_forecast AS f) - 1) < 1e-9 AS forecast FROM shop AS v;
SELECT sum(v.cltv) > 0 AS new_customers FROM shop_model AS m, LATERAL (VALUES ('ads'), ('friends')) AS c (channel), LATERAL (SELECT features(won) AS k FROM (SELECT c.channel) AS won) AS f,
    LATERAL (SELECT cltv_predict(m.orders_model, m.spend_model, 0, 0, 0, NULL, 365, purchases => k, dropout => CASE WHEN 'dropout' = ANY (m.attributes) THEN k END, spend => CASE WHEN 'spend' = ANY (m.attributes) THEN k END) AS cltv) AS v;
SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute AS a WHERE a.attrelid IN ('shop'::regclass, 'shop_model'::regclass) AND a.attname LIKE '%attributes' ORDER BY a.attrelid, a.attnum;

\echo '-- a refresh, with orders that came since, and health'
INSERT INTO orders SELECT 'ads' || i, timestamp '2025-01-10', 50 FROM generate_series(1, 20) AS i;
CALL cltv_refresh('shop');
SELECT attributes, as_of FROM shop_model;
SELECT health, reason FROM cltv_health WHERE name = 'sales.shop';
SELECT count(*) FILTER (WHERE key LIKE 'purchases: channel=%' OR key LIKE 'spend.spend: channel=%') AS coefficients
FROM (SELECT parameters FROM cltv_refresh_log WHERE name = 'sales.shop' ORDER BY started DESC LIMIT 1) AS l, jsonb_each(l.parameters);

\echo '-- a coin tells nothing: the models are those without attributes, and so is all that they predict'
CALL cltv_materialize('coin', 'orders', customers => 'accounts', attributes => '{coin}', incremental => true);
CALL cltv_materialize('plain', 'orders', customers => 'accounts');
SELECT attributes, c.orders_model::text = p.orders_model::text AS same_model, c.spend_model::text = p.spend_model::text AS same_spend FROM coin_model AS c, plain_model AS p;
SELECT bool_and(c.cltv = p.cltv AND c.churn_prob = p.churn_prob AND c.expected_orders = p.expected_orders) AS same FROM coin AS c JOIN plain AS p USING (customer_id);
SELECT bool_and(abs(c.expected_purchases - p.expected_purchases) < 1e-9) AS same_forecast FROM coin_forecast AS c JOIN plain_forecast AS p USING (week);

\echo '-- a number that is not known: without attributes until it is, and never an error at night'
CALL cltv_materialize('aged', 'orders', customers => 'accounts', attributes => '{channel,age}', model => 'bgnbd');
SELECT attributes FROM aged_model;
UPDATE accounts SET age = NULL WHERE customer_id = 'ads7';
CALL cltv_refresh('aged');
SELECT attributes, compared #>> '{bgnbd: purchases,status}' AS status FROM aged_model;
SELECT count(cltv) = count(*) AS all_have_values FROM aged;
UPDATE accounts SET age = 31 WHERE customer_id = 'ads7';
DELETE FROM accounts WHERE customer_id = 'ads8';
CALL cltv_refresh('aged');
SELECT attributes FROM aged_model;
CALL cltv_materialize('never', 'orders', customers => 'accounts', attributes => '{channel}', all_customers => true);
SELECT attributes, (SELECT count(*) FROM never WHERE cltv IS NULL) AS without_value FROM never_model;

\echo '-- what cannot be'
SELECT e.* FROM (VALUES ($$attributes => '{channel}'$$), ($$customers => 'accounts', attributes => '{}'$$), ($$customers => 'accounts', attributes => '{colour}'$$),
    ($$customers => 'accounts', attributes => '{customer_id}'$$), ($$customers => 'accounts', attributes => '{channel,NULL}'$$), ($$customers => 'accounts', attributes => '{channel,channel}'$$)) AS v (arguments),
    error_of(format($$CALL cltv_materialize('other', 'orders', %s)$$, v.arguments)) AS e;
ALTER TABLE accounts ADD strange point;
SELECT e.* FROM error_of($$CALL cltv_materialize('other', 'orders', customers => 'accounts', attributes => '{strange}')$$) AS e;

CALL cltv_drop('shop');
CALL cltv_drop('coin');
CALL cltv_drop('plain');
CALL cltv_drop('aged');
CALL cltv_drop('never');
SET search_path = public;
DROP SCHEMA sales CASCADE;

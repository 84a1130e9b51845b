-- cltv_materialize with a calendar: kept where there is a season, in the views, the forecast, refreshes and health.
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

-- A shop whose year is a wave: what happens evenly on the clock of the weights happens on the days that the clock says.
CREATE TABLE orders AS
WITH day AS (SELECT d::date AS day, exp(0.8 * sin(2 * pi() * extract(doy FROM d) / 365.25)) AS weight
             FROM generate_series(date '2022-01-01', date '2025-12-31', interval '1 day') AS d),
clock AS (SELECT day, sum(weight) OVER (ORDER BY day) - weight AS begins, sum(weight) OVER (ORDER BY day) AS ends FROM day)
SELECT customer_id, day + time '12:00' AS ordered_at, amount
FROM simulate_orders(bgnbd_model(1.2, 60, 0.8, 4), gg_model(6.25, 3.74, 15.44), 1500, '2022-01-01', '2025-12-31', 5),
     LATERAL (SELECT extract(epoch FROM ordered_at - timestamp '2022-01-01') / 86400 AS at) AS t
     JOIN clock ON at >= begins AND at < ends WHERE day <= '2024-12-31';

\echo '-- a season is kept, and is in all predictions'
CALL cltv_materialize('shop', 'orders', calendar => 'auto', horizon => 364);
SELECT family, calendar, status, spend_status FROM shop_model;
SELECT count(*) AS compared, count(*) FILTER (WHERE c.key LIKE '%: season') AS season, count(*) FILTER (WHERE c.key LIKE '%: months') AS months,
       (compared #>> '{bgnbd: season,bic}')::float8 < (compared #>> '{bgnbd,bic}')::float8 AS better FROM shop_model AS m, jsonb_each(m.compared) AS c GROUP BY m.compared;
SELECT count(*) AS customers, bool_and(v.expected_orders = expected_purchases(m.orders_model, h.history, m.as_of, 364)) AS orders,
       bool_and(v.expected_orders = expected_purchases(m.orders_model, v.frequency, v.recency, v.tenure, m.as_of, 364)) AS by_numbers,
       bool_and(v.churn_prob = churn_prob(m.orders_model, h.history, m.as_of, 364)) AS churn,
       bool_and(v.cltv = cltv_predict(m.orders_model, m.spend_model, h.history, m.as_of, 364)) AS cltv
FROM shop AS v JOIN shop_history AS h USING (customer_id), shop_model AS m;
SELECT abs(sum(f.expected_purchases) / (SELECT sum(v.expected_orders) FROM shop AS v) - 1) < 1e-9 AS forecast,
       -- spring's weeks beside those of autumn: the wave is e^0.8 up, e^-0.8 down
       avg(f.expected_purchases) FILTER (WHERE f.week BETWEEN 11 AND 15) > 2 * avg(f.expected_purchases) FILTER (WHERE f.week BETWEEN 37 AND 41) AS follows
FROM shop_forecast AS f;
SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute AS a WHERE a.attrelid = 'shop_model'::regclass AND a.attname = 'calendar';

\echo '-- a refresh, with orders that came since, and health'
INSERT INTO orders SELECT i, timestamp '2025-01-10', 50 FROM generate_series(1, 20) AS i;
CALL cltv_refresh('shop');
SELECT calendar, as_of FROM shop_model;
SELECT health, reason FROM cltv_health WHERE name = 'sales.shop';
SELECT count(*) FILTER (WHERE key LIKE 'season: %') AS coefficients
FROM (SELECT parameters FROM cltv_refresh_log WHERE name = 'sales.shop' ORDER BY started DESC LIMIT 1) AS l, jsonb_each(l.parameters);
DELETE FROM orders WHERE ordered_at >= '2025-01-01';

\echo '-- one kind of season, of one family, all customers, histories that are kept'
CREATE TABLE accounts AS SELECT c AS customer_id, date '2024-01-01' AS since FROM generate_series(1, 1510) AS c;
CALL cltv_materialize('months', 'orders', calendar => 'months', model => 'mbgnbd', customers => 'accounts', all_customers => true, incremental => true);
SELECT family, calendar, (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(compared) AS k) AS compared, (SELECT count(*) FROM months WHERE cltv IS NULL) AS never_ordered FROM months_model;

\echo '-- less than a year and a half: a season is not told from growth, and none is tried'
CALL cltv_materialize('short', 'orders', calendar => 'season', as_of => '2023-06-01', model => 'bgnbd');
CALL cltv_materialize('plain', 'orders', as_of => '2023-06-01', model => 'bgnbd');
SELECT s.calendar, s.compared #>> '{bgnbd: season,status}' AS season, s.orders_model::text = p.orders_model::text AS same FROM short_model AS s, plain_model AS p;
SELECT bool_and(abs(s.cltv / p.cltv - 1) < 1e-12 AND abs(s.churn_prob / p.churn_prob - 1) < 1e-12 AND abs(s.expected_orders / p.expected_orders - 1) < 1e-12) AS same FROM short AS s JOIN plain AS p USING (customer_id);
SELECT bool_and(abs(s.expected_purchases / p.expected_purchases - 1) < 1e-9) AS same_forecast FROM short_forecast AS s JOIN plain_forecast AS p USING (week);

\echo '-- from numbers as of a day'
SELECT e.* FROM (VALUES ('2, 30.5, 100, date ''2024-12-31'''), ('2, 30, 100.5, date ''2024-12-31'''), ('31, 30, 100, date ''2024-12-31'''), ('2, 30, 3e6, date ''2024-12-31'''), ('2, 30, 100, date ''infinity'''), ('-1, 0, 1, date ''2024-12-31''')) AS v (numbers),
    error_of(format('SELECT expected_purchases(orders_model, %s, 90) FROM shop_model', v.numbers)) AS e;
SELECT expected_purchases(orders_model, 2, 30.5, 100, date '2024-12-31', 90) = expected_purchases(orders_model, 2, 30.5, 100, 90) AS without_calendar FROM plain_model;

\echo '-- attributes and a calendar: friends order twice as often, and December brings more orders of everybody'
CREATE TABLE people AS SELECT c AS customer_id, c % 2 AS friend, 'c' || c % 3 AS colour FROM generate_series(1, 2400) AS c;
CREATE TABLE sold AS
SELECT 2 * o.customer_id - 1 + f.friend AS customer_id, o.ordered_at, o.amount
FROM (SELECT '{"kind":"bgnbd","params":{"r":1.4,"alpha":200,"a":0.8,"b":3.2},"design":[{"role":"purchases","name":"friend","coefficients":[0.7]}],
              "calendar":{"first":"2021-01-01","last":"2025-12-31","parts":[{"rule":"months"}]},"season":[0,0.2,0,0,0,-0.4,0,0,0,0.3,0.9],
              "log_likelihood":null,"customers":null,"iterations":null,"status":"given","covariance":null}'::cltv_model AS model) AS t,
     (SELECT g.friend, features(x) AS a FROM generate_series(0, 1) AS g (friend), LATERAL (SELECT 1 - g.friend AS friend) AS x) AS f,
     simulate_orders(model, gg_model(6, 4, 15), 1200, '2021-01-01', '2024-12-31', 5 + f.friend, f.a) AS o;
CALL cltv_materialize('joint', 'sold', customers => 'people', attributes => '{friend,colour}', calendar => 'months', model => 'bgnbd', horizon => 91);
SELECT family, calendar, attributes, status, (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(compared) AS k) AS compared FROM joint_model;
CALL cltv_materialize('joint', 'sold', customers => 'people', attributes => '{friend}', calendar => 'months', model => 'bgnbd', horizon => 91, replace => true);
SELECT family, calendar, attributes, status,
       (compared #>> '{bgnbd: months: purchases,bic}')::float8 < least((compared #>> '{bgnbd: months,bic}')::float8, (compared #>> '{bgnbd: purchases,bic}')::float8) AS better FROM joint_model;
SELECT string_agg(p.name, ', ') AS params FROM joint_model, model_params(orders_model) AS p WHERE p.name !~ '^season: (f|m|a|j|s|o)';
SELECT count(*) AS customers, bool_and(v.expected_orders = expected_purchases(m.orders_model, h.history, m.as_of, 91, v.attributes)) AS orders,
       bool_and(v.churn_prob = churn_prob(m.orders_model, h.history, m.as_of, 91, v.attributes)) AS churn,
       bool_and(v.cltv = cltv_predict(m.orders_model, m.spend_model, h.history, m.as_of, 91, purchases => v.attributes)) AS cltv
FROM joint AS v JOIN joint_history AS h USING (customer_id), joint_model AS m;
SELECT abs(sum(f.expected_purchases) / (SELECT sum(v.expected_orders) FROM joint AS v) - 1) < 1e-9 AS forecast FROM joint_forecast AS f;
INSERT INTO sold SELECT i, timestamp '2025-01-10', 50 FROM generate_series(1, 20) AS i;
CALL cltv_refresh('joint');
SELECT calendar, attributes, as_of FROM joint_model;
SELECT health, reason FROM cltv_health WHERE name = 'sales.joint';
SELECT count(*) FILTER (WHERE key LIKE 'season: %') AS season, count(*) FILTER (WHERE key LIKE 'purchases: %') AS purchases
FROM (SELECT parameters FROM cltv_refresh_log WHERE name = 'sales.joint' ORDER BY started DESC LIMIT 1) AS l, jsonb_each(l.parameters);
CALL cltv_drop('joint');

\echo '-- choose: the model that would have foretold the last days best, as the backtest says'
CALL cltv_materialize('foretold', 'orders', calendar => 'season', horizon => 90, choose => 'holdout');
SELECT m.family = split_part(best.model, ': ', 1) AND m.calendar IS NOT DISTINCT FROM nullif(split_part(best.model, ': ', 2), '') AS chosen,
       (SELECT bool_and(abs((m.compared -> b.model ->> 'rmse')::float8 - b.rmse) < 1e-6) AND count(*) = 8
        FROM cltv_backtest('orders', 'customer_id', 'ordered_at', 'amount', m.as_of - 90, ARRAY(SELECT jsonb_object_keys(m.compared)), m.as_of, choose => 'holdout') AS b
        WHERE b.status IS NOT NULL) AS by_backtest
FROM foretold_model AS m, LATERAL (SELECT b.model FROM cltv_backtest('orders', 'customer_id', 'ordered_at', 'amount', m.as_of - 90,
    ARRAY(SELECT k FROM jsonb_object_keys(m.compared) AS k ORDER BY k), m.as_of, choose => 'holdout') AS b WHERE b.chosen) AS best;
CALL cltv_drop('foretold');

\echo '-- what cannot be'
SELECT e.* FROM (VALUES ($$choose => 'luck'$$), ($$calendar => 'weeks'$$), ($$calendar => 'auto', attributes => '{since}'$$)) AS v (arguments),
    error_of(format($$CALL cltv_materialize('other', 'orders', %s)$$, v.arguments)) AS e;

CALL cltv_drop('shop');
CALL cltv_drop('months');
CALL cltv_drop('short');
CALL cltv_drop('plain');
SET search_path = public;
DROP SCHEMA sales CASCADE;

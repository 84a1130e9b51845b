-- Backtests of orders tables: cltv_holdout, cltv_fits, cltv_calibration, cltv_tracking, cltv_backtest
\set ECHO none
\pset format unaligned

SET TimeZone = 'UTC';
CREATE TABLE shop AS
SELECT customer_id, ordered_at, amount
FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), customers => 1000, first_day => '2023-01-01',
                     last_day => '2024-06-30', seed => 42);

\echo '-- Customers as of the cut, and what they did next, against the same by hand: several orders of a day are one purchase'
SELECT count(*), sum(frequency) AS frequency, round(sum(monetary_value)::numeric, 6) AS monetary_value, min(horizon), max(horizon),
       sum(holdout_purchases) AS purchases, round(sum(holdout_revenue)::numeric, 2) AS revenue
FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31');
WITH by_hand AS (
    SELECT customer_id::text, (rfm_summary(ordered_at, amount, '2023-12-31')).*,
           count(DISTINCT ordered_at::date) FILTER (WHERE ordered_at >= '2024-01-01' AND ordered_at < '2024-04-01') AS purchases,
           coalesce(sum(amount) FILTER (WHERE ordered_at >= '2024-01-01' AND ordered_at < '2024-04-01'), 0) AS spent
    FROM shop GROUP BY customer_id
)
SELECT count(*) AS customers, bool_and(h.frequency = b.frequency AND h.recency = b.recency AND h.tenure = b.tenure) AS times,
       bool_and(h.monetary_value IS NOT DISTINCT FROM b.monetary_value) AS money, bool_and(horizon = 91) AS horizon,
       bool_and(holdout_purchases = purchases) AS purchases, bool_and(abs(holdout_revenue - spent) < 1e-9) AS revenue
FROM (SELECT * FROM by_hand WHERE frequency IS NOT NULL) AS b
     FULL JOIN cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '2024-03-31') AS h USING (customer_id);

\echo '-- Rows of every kind: refunds, unknown amounts, nobody''s orders, no time, orders of the last and of the first day'
CREATE TABLE "Odd Orders" ("Who?" text, "when" date, "how ""much""" numeric(12,2));
INSERT INTO "Odd Orders" VALUES
    ('both', '2024-01-01', 10), ('both', '2024-01-11', 20), ('both', '2024-01-11', 5), ('both', '2024-02-01', 7), ('both', '2024-02-01', 8),
    ('both', '2024-02-29', -3), ('both', '2024-03-01', 100),
    ('before', '2024-01-31', 10),
    ('refund', '2024-01-02', 10), ('refund', '2024-02-03', -10),
    ('only refund', '2024-01-03', -1), ('only refund', '2024-02-03', 4),
    ('unknown', '2024-01-04', NULL), ('unknown', '2024-01-09', NULL), ('unknown', '2024-02-04', NULL),
    ('after', '2024-02-05', 10), ('no time', NULL, 10), (NULL, '2024-01-05', 10), (NULL, '2024-12-31', 10);
SELECT * FROM cltv_holdout('"Odd Orders"', 'Who?', 'when', 'how "much"', '2024-01-31', '2024-02-29') ORDER BY customer_id;
\echo '-- Without as_of, to the day of the newest order that is somebody''s'
SELECT customer_id, horizon, holdout_purchases, holdout_revenue
FROM cltv_holdout('"Odd Orders"', 'Who?', 'when', 'how "much"', '2024-01-31') WHERE customer_id = 'both';
\echo '-- Days without any order since'
SELECT customer_id, tenure, horizon, holdout_purchases, holdout_revenue
FROM cltv_holdout('"Odd Orders"', 'Who?', 'when', 'how "much"', '2024-03-01', '2024-12-24') WHERE customer_id = 'after';

\echo '-- Fits by name, in the order of the names'
SELECT model, fitted::jsonb ->> 'kind' AS kind, model_status(fitted) AS status, round(bic(fitted)::numeric, 4) AS bic
FROM (SELECT customer_base(frequency, recency, tenure) AS base
      FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31')) AS b, cltv_fits(base);
SELECT model, fitted::text = (SELECT mbgnbd_fit(frequency, recency, tenure)::text
                              FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31')) AS same
FROM (SELECT customer_base(frequency, recency, tenure) AS base
      FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31')) AS b, cltv_fits(base, '{mbgnbd,mbgnbd}');
SELECT count(*) FROM (SELECT customer_base(1, 2, 3) AS base) AS b, cltv_fits(base, '{}');
SELECT count(*) FROM cltv_fits(NULL);

\echo '-- Predicted against actual by frequency: the same by hand'
SELECT model, frequency, customers, round(predicted::numeric, 6) AS predicted, round(actual::numeric, 6) AS actual
FROM cltv_calibration('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd}');
WITH h AS (SELECT * FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '2024-03-31')),
     m AS (SELECT mbgnbd_fit(frequency, recency, tenure) AS model FROM h),
     by_hand AS (SELECT CASE WHEN frequency > 6 THEN '7+' ELSE frequency::text END AS frequency, count(*) AS customers,
                        avg(mbgnbd_predict(model, frequency, recency, tenure, 91)) AS predicted, avg(holdout_purchases) AS actual
                 FROM h, m GROUP BY 1)
SELECT count(*), bool_and(c.customers = b.customers AND abs(c.predicted - b.predicted) < 1e-12 AND abs(c.actual - b.actual) < 1e-12) AS same
FROM by_hand AS b FULL JOIN
     cltv_calibration('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{mbgnbd}', '2024-03-31') AS c USING (frequency);
\echo '-- Without a customer of a frequency there is no mean of them'
SELECT frequency, customers, round(predicted::numeric, 12) AS predicted, actual FROM cltv_calibration('"Odd Orders"', 'Who?', 'when', 'how "much"', '2024-01-31', '{mbgnbd}');

\echo '-- Weeks: the cut ends one, the last one is shorter; the same by hand, customer by customer'
SELECT model, week, week_end, actual, round(expected::numeric, 6) AS expected, actual_cumulative,
       round(expected_cumulative::numeric, 6) AS expected_cumulative, holdout
FROM cltv_tracking('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,pnbd}', '2024-03-20')
WHERE week IN (1, 2, 52, 53, 54, 63, 64, 65) ORDER BY model, week;
WITH h AS (SELECT * FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '2024-03-20')),
     m AS (SELECT mbgnbd_fit(frequency, recency, tenure) AS model FROM h),
     t AS (SELECT * FROM cltv_tracking('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{mbgnbd}', '2024-03-20'))
SELECT count(*) AS weeks,
       bool_and(abs(expected_cumulative - (SELECT sum(expected_purchases(model, week_end - (date '2023-12-31' - tenure::int)))
                                           FROM h, m WHERE date '2023-12-31' - tenure::int <= week_end)) < 1e-9) AS expected,
       bool_and(actual_cumulative = (SELECT count(DISTINCT (s.customer_id, ordered_at::date)) FROM shop AS s JOIN h ON h.customer_id = s.customer_id::text
                                     WHERE ordered_at::date <= week_end)
                                    - (SELECT count(*) FROM h WHERE date '2023-12-31' - tenure::int <= week_end)) AS actual
FROM t;

\echo '-- The backtest: a model that the data do not tell has its status only; the naive forecast goes on as before'
SELECT model, status, customers, round(log_likelihood::numeric, 4) AS log_likelihood, round(aic::numeric, 4) AS aic, round(bic::numeric, 4) AS bic
FROM cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31');
SELECT model, round(predicted_purchases::numeric, 4) AS predicted, actual_purchases AS actual,
       round(predicted_revenue::numeric, 2) AS predicted_revenue, round(actual_revenue::numeric, 2) AS actual_revenue,
       round(mae::numeric, 6) AS mae, round(rmse::numeric, 6) AS rmse, round(gini::numeric, 6) AS gini, round(lift::numeric, 6) AS lift,
       round(churn_auc::numeric, 6) AS churn_auc
FROM cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', models => '{mbgnbd,bgnbd}', as_of => '2024-03-31');
\echo '-- The same by hand'
WITH h AS (SELECT * FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '2024-03-31')),
     m AS (SELECT bgnbd_fit(frequency, recency, tenure) AS orders_model, gg_fit(frequency, monetary_value, first_value) AS spend_model FROM h),
     p AS (SELECT 'bgnbd' AS model, holdout_purchases AS actual, holdout_revenue AS spent,
                  bgnbd_predict(orders_model, frequency, recency, tenure, 91) AS predicted,
                  bgnbd_predict(orders_model, frequency, recency, tenure, 91) * gg_predict(spend_model, frequency, monetary_value, first_value) AS revenue,
                  churn_prob(orders_model, frequency, recency, tenure, 91) AS silence
           FROM h, m
           UNION ALL
           SELECT 'naive', holdout_purchases, holdout_revenue, p, p * monetary_value, exp(-p)
           FROM h, LATERAL (SELECT CASE WHEN tenure > 0 THEN frequency / tenure * 91 ELSE 0 END) AS past(p)),
     by_hand AS (SELECT model, sum(actual) AS actual_purchases, sum(spent) AS actual_revenue, sum(predicted) AS predicted_purchases,
                        sum(revenue) AS predicted_revenue, avg(abs(actual - predicted)) AS mae, sqrt(avg((actual - predicted) ^ 2)) AS rmse,
                        gini(actual, predicted) AS gini, lift(actual, predicted, 0.1) AS lift, auc(actual = 0, silence) AS churn_auc
                 FROM p GROUP BY model)
SELECT model, b.actual_purchases = h.actual_purchases AS purchases, h.gini = b.gini AS gini, h.lift = b.lift AS lift,
       h.churn_auc = b.churn_auc AS churn_auc, abs(h.predicted_purchases / b.predicted_purchases - 1) < 1e-12 AS predicted,
       abs(h.actual_revenue / b.actual_revenue - 1) < 1e-12 AS actual, abs(h.predicted_revenue / b.predicted_revenue - 1) < 1e-12 AS revenue,
       abs(h.mae / b.mae - 1) < 1e-12 AS mae, abs(h.rmse / b.rmse - 1) < 1e-12 AS rmse
FROM by_hand AS b FULL JOIN
     cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd}', '2024-03-31') AS h USING (model) ORDER BY model;
\echo '-- The naive forecast of customers with unknown amounts spends what the others do on average'
SELECT model, predicted_purchases, predicted_revenue, actual_purchases, actual_revenue
FROM cltv_backtest('"Odd Orders"', 'Who?', 'when', 'how "much"', '2024-01-31', '{}', '2024-02-29');
\echo '-- The model to take: by what was seen up to the cut, or by what came after it; never one that does not answer'
SELECT b.model, round(b.bic::numeric, 2) AS bic, round(b.rmse::numeric, 6) AS rmse, b.chosen, h.chosen AS by_holdout
FROM cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{pnbd,nbd,bgnbd,mbgnbd}') AS b
     JOIN cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{pnbd,nbd,bgnbd,mbgnbd}', choose => 'holdout') AS h
     USING (model);
SELECT count(*) FILTER (WHERE chosen = (rank = 1)) = count(*) AS least_rmse
FROM (SELECT chosen, rank() OVER (ORDER BY rmse) FROM cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', choose => 'holdout')
      WHERE bic IS NOT NULL) AS r;
SELECT array_agg(model) FILTER (WHERE chosen) AS of_none FROM cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{}');
\echo '-- What is odd about the orders is one NOTICE'
CREATE VIEW odd_shop AS
SELECT customer_id AS "whose", ordered_at AS at, amount FROM shop
UNION ALL SELECT 3, '2062-01-01', 10
UNION ALL SELECT NULL, ordered_at, amount FROM shop WHERE customer_id % 10 = 0;
SELECT model, customers FROM cltv_backtest('odd_shop', 'whose', 'at', 'amount', '2023-12-31', '{bgnbd}') WHERE chosen;
DROP VIEW odd_shop;

\echo '-- One customer; one order each up to the cut, of unknown value'
CREATE TABLE small (customer int, day date, amount numeric);
INSERT INTO small VALUES (1, '2024-01-01', 10), (1, '2024-02-01', 20), (1, '2024-03-01', 15);
SELECT model, status, customers, predicted_purchases, actual_purchases, predicted_revenue, actual_revenue, mae, gini, lift, churn_auc
FROM cltv_backtest('small', 'customer', 'day', 'amount', '2024-02-10', '{bgnbd}');
TRUNCATE small;
INSERT INTO small SELECT n, date '2024-01-01' + n, NULL FROM generate_series(1, 20) AS n;
INSERT INTO small SELECT n, date '2024-03-01', NULL FROM generate_series(1, 5) AS n;
SELECT model, status, customers, predicted_purchases, actual_purchases, predicted_revenue, actual_revenue, mae, gini, lift, churn_auc
FROM cltv_backtest('small', 'customer', 'day', 'amount', '2024-01-31', '{bgnbd}');
\echo '-- Nothing there, or an argument NULL: no rows'
TRUNCATE small;
SELECT count(*) FROM cltv_holdout('small', 'customer', 'day', 'amount', '2024-02-10');
SELECT count(*) FROM cltv_holdout('small', 'customer', 'day', 'amount', '2024-02-10', '2024-02-11');
SELECT count(*) FROM cltv_calibration('small', 'customer', 'day', 'amount', '2024-02-10');
SELECT count(*) FROM cltv_tracking('small', 'customer', 'day', 'amount', '2024-02-10');
SELECT count(*) FROM cltv_backtest('small', 'customer', 'day', 'amount', '2024-02-10');
SELECT (SELECT count(*) FROM cltv_backtest(NULL, 'customer_id', 'ordered_at', 'amount', '2023-12-31')) AS orders,
       (SELECT count(*) FROM cltv_backtest('shop', NULL, 'ordered_at', 'amount', '2023-12-31')) AS customer,
       (SELECT count(*) FROM cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', NULL)) AS cut,
       (SELECT count(*) FROM cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', NULL)) AS models,
       (SELECT count(*) FROM cltv_tracking('shop', 'customer_id', 'ordered_at', NULL, '2023-12-31')) AS amount,
       (SELECT count(*) FROM cltv_calibration('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', NULL)) AS models_too;

\echo '-- Orders in any shape: types, partitions, views, domains, keys that are equal without being the same'
CREATE TABLE expected AS
SELECT b::text FROM cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,mbgnbd}') AS b
UNION ALL
SELECT c::text FROM cltv_calibration('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,mbgnbd}') AS c
UNION ALL
SELECT t::text FROM cltv_tracking('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,mbgnbd}') AS t;
CREATE FUNCTION differing_rows(orders regclass, customer name, ordered_at name, amount name) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (
        SELECT * FROM public.expected
        EXCEPT ALL (SELECT b::text FROM public.cltv_backtest(orders, customer, ordered_at, amount, '2023-12-31', '{bgnbd,mbgnbd}') AS b
                    UNION ALL
                    SELECT c::text FROM public.cltv_calibration(orders, customer, ordered_at, amount, '2023-12-31', '{bgnbd,mbgnbd}') AS c
                    UNION ALL
                    SELECT t::text FROM public.cltv_tracking(orders, customer, ordered_at, amount, '2023-12-31', '{bgnbd,mbgnbd}') AS t)) AS d
$$;
SELECT count(*) AS rows FROM expected;
CREATE TABLE "Parts of ""orders""" ("select" text, "ordered at" timestamp, "Amount $" numeric) PARTITION BY RANGE ("ordered at");
CREATE TABLE part_1 PARTITION OF "Parts of ""orders""" FOR VALUES FROM ('2023-01-01') TO ('2023-12-20');
CREATE TABLE part_2 PARTITION OF "Parts of ""orders""" FOR VALUES FROM ('2023-12-20') TO ('2025-01-01');
INSERT INTO "Parts of ""orders""" SELECT customer_id, ordered_at, amount FROM shop;
SELECT differing_rows('"Parts of ""orders"""', 'select', 'ordered at', 'Amount $');
CREATE DOMAIN day AS date;
CREATE DOMAIN order_day AS day;
CREATE DOMAIN price AS numeric(10,2) CHECK (VALUE > 0);
CREATE VIEW by_day AS
SELECT customer_id::numeric AS c, ordered_at::date::order_day AS d, amount::numeric::price AS a FROM shop;
SELECT differing_rows('by_day', 'c', 'd', 'a');
CREATE MATERIALIZED VIEW equal_keys AS
SELECT (customer_id || CASE WHEN ordered_at < '2024-01-01' THEN '' ELSE '.0' END)::numeric AS c, ordered_at, amount FROM shop;
SELECT differing_rows('equal_keys', 'c', 'ordered_at', 'amount');
\echo '-- An order at half past eleven at night is on another day in Auckland'
CREATE TEMPORARY TABLE instants AS SELECT customer_id AS c, ordered_at AT TIME ZONE 'UTC' AS at, amount FROM shop;
SELECT differing_rows('instants', 'c', 'at', 'amount');
SET TimeZone = 'Pacific/Auckland';
CREATE TABLE local_days AS SELECT c, at::date AS at, amount FROM instants;
SELECT differing_rows('instants', 'c', 'at', 'amount') > 0 AS other_days;
SELECT model FROM (SELECT * FROM cltv_backtest('instants', 'c', 'at', 'amount', '2023-12-31', '{bgnbd}')
                   INTERSECT SELECT * FROM cltv_backtest('local_days', 'c', 'at', 'amount', '2023-12-31', '{bgnbd}')) AS same_days
ORDER BY model;
SET TimeZone = 'UTC';

\echo '-- Lines of orders with their numbers, and refunds that undo orders: what came of the time up to the cut does not depend on'
\echo '-- what came after it, nor that of the time after it on what came after as_of.'
CREATE TABLE lines AS
SELECT customer_id, ordered_at, amount / 2 AS amount, number::text, NULL::text AS refunded
FROM (SELECT *, row_number() OVER (ORDER BY ordered_at, customer_id, amount) AS number FROM shop) AS s, generate_series(1, 2);
SELECT count(*) AS differences FROM (
    SELECT * FROM cltv_backtest('lines', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd}', order_id => 'number')
    EXCEPT ALL SELECT * FROM cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd}')) AS d;
SELECT count(*) AS differences FROM (
    SELECT * FROM cltv_calibration('lines', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd}', order_id => 'number')
    EXCEPT ALL SELECT * FROM cltv_calibration('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd}')) AS d;
SELECT count(*) AS differences FROM (
    SELECT * FROM cltv_tracking('lines', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd}', order_id => 'number')
    EXCEPT ALL SELECT * FROM cltv_tracking('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd}')) AS d;
\echo '-- A hint where the number is not given'
SELECT count(*) FROM cltv_holdout('lines', 'customer_id', 'ordered_at', 'amount', '2023-12-31');
TRUNCATE lines;
INSERT INTO lines VALUES
    (1, '2024-01-01', 10, 'A', NULL), (1, '2024-01-11', 20, 'B', NULL), (1, '2024-01-12', -20, 'R1', 'B'),      -- before the cut
    (2, '2024-01-01', 10, 'C', NULL), (2, '2024-01-11', 20, 'D', NULL), (2, '2024-02-05', -20, 'R2', 'D'),      -- across it
    (3, '2024-01-01', 10, 'E', NULL), (3, '2024-02-05', 20, 'F', NULL), (3, '2024-02-06', -20, 'R3', 'F'),      -- after it
    (4, '2024-01-01', 10, 'G', NULL), (4, '2024-02-05', 20, 'H', NULL), (4, '2024-03-05', -20, 'R4', 'H'),      -- after as_of
    (5, '2024-03-05', 10, 'I', NULL);
SELECT customer_id, frequency, monetary_value, holdout_purchases, holdout_revenue
FROM cltv_holdout('lines', 'customer_id', 'ordered_at', 'amount', '2024-01-31', '2024-02-29') ORDER BY customer_id;
SELECT customer_id, frequency, monetary_value, holdout_purchases, holdout_revenue
FROM cltv_holdout('lines', 'customer_id', 'ordered_at', 'amount', '2024-01-31', '2024-02-29', 'number', 'refunded') ORDER BY customer_id;
SELECT count(*) AS differences FROM (
    SELECT * FROM cltv_holdout('lines', 'customer_id', 'ordered_at', 'amount', '2024-01-31', '2024-02-29', refunds => 'match')
    EXCEPT ALL
    SELECT * FROM cltv_holdout('lines', 'customer_id', 'ordered_at', 'amount', '2024-01-31', '2024-02-29', 'number', 'refunded')) AS d;
SELECT week_end, actual_cumulative, holdout
FROM cltv_tracking('lines', 'customer_id', 'ordered_at', 'amount', '2024-01-31', '{bgnbd}', '2024-02-29')
WHERE week_end IN ('2024-01-31', '2024-02-29')
UNION ALL SELECT week_end, actual_cumulative, holdout
FROM cltv_tracking('lines', 'customer_id', 'ordered_at', 'amount', '2024-01-31', '{bgnbd}', '2024-02-29', refunds => 'match')
WHERE week_end IN ('2024-01-31', '2024-02-29');
\echo '-- An order of a day that cannot be believed is no end of the time'
INSERT INTO lines VALUES (1, '2062-02-01', 10, 'J', NULL);
SELECT DISTINCT horizon FROM cltv_holdout('lines', 'customer_id', 'ordered_at', 'amount', '2024-01-31');
SELECT (SELECT count(*) FROM cltv_backtest('lines', 'customer_id', 'ordered_at', 'amount', '2024-01-31', refunds => NULL)) AS backtest,
       (SELECT count(*) FROM cltv_backtest('lines', 'customer_id', 'ordered_at', 'amount', '2024-01-31', choose => NULL)) AS choice,
       (SELECT count(*) FROM cltv_calibration('lines', 'customer_id', 'ordered_at', 'amount', '2024-01-31', refunds => NULL)) AS calibration,
       (SELECT count(*) FROM cltv_tracking('lines', 'customer_id', 'ordered_at', 'amount', '2024-01-31', refunds => NULL)) AS tracking;
DROP TABLE lines;

\echo '-- Neither functions, operators and tables of the same names nor a transaction that may not write change anything'
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.sum(float8) RETURNS float8 LANGUAGE sql AS 'SELECT -1.0::float8';
CREATE FUNCTION hostile.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS $$SELECT 'SELECT 1 / 0'$$;
CREATE FUNCTION hostile.isfinite(date) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION hostile.expected_purchases(cltv_model, float8) RETURNS float8 LANGUAGE sql AS 'SELECT -1.0::float8';
CREATE FUNCTION hostile.cltv_fits(customer_base, text[], OUT model text, OUT fitted cltv_model) LANGUAGE sql AS $$SELECT 'hostile', NULL::cltv_model$$;
CREATE FUNCTION hostile.never(date, date) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR hostile.<= (FUNCTION = hostile.never, LEFTARG = date, RIGHTARG = date);
CREATE OPERATOR hostile.>= (FUNCTION = hostile.never, LEFTARG = date, RIGHTARG = date);
CREATE OPERATOR hostile.> (FUNCTION = hostile.never, LEFTARG = date, RIGHTARG = date);
CREATE TABLE hostile.pg_extension (oid oid, extname name, extnamespace oid);
CREATE TABLE hostile.pg_attribute (attrelid oid, attname name, atttypid oid, attnum int2, attisdropped boolean);
CREATE TABLE hostile.shop (customer_id int, ordered_at date, amount int);
SET search_path = hostile, public, pg_catalog;
SELECT public.differing_rows('public.shop', 'customer_id', 'ordered_at', 'amount');
SELECT count(*) FROM public.cltv_backtest('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31');
RESET search_path;
\echo '-- nor functions beside those of the extension that fit a whole number'
CREATE FUNCTION expected_purchases(cltv_model, bigint, float8, float8, float8) RETURNS float8 LANGUAGE sql AS 'SELECT 1.0::float8';
CREATE FUNCTION expected_purchases(cltv_model, int) RETURNS float8 LANGUAGE sql AS 'SELECT 1.0::float8';
CREATE FUNCTION churn_prob(cltv_model, bigint, float8, float8, float8) RETURNS float8 LANGUAGE sql AS 'SELECT random()';
CREATE FUNCTION cltv_predict(cltv_model, cltv_model, bigint, float8, float8, float8, float8, discount_rate int) RETURNS float8
    LANGUAGE sql AS 'SELECT 1.0::float8';
CREATE FUNCTION cltv_predict(cltv_model, cltv_model, float8, float8, float8, float8, float8, discount_rate float8) RETURNS float8
    LANGUAGE sql AS 'SELECT 1.0::float8';
CREATE FUNCTION one(float8, bigint, float8) RETURNS float8 LANGUAGE sql AS 'SELECT 1.0::float8';
CREATE AGGREGATE gini(bigint, float8) (SFUNC = one, STYPE = float8);
CREATE AGGREGATE lift(bigint, float8) (SFUNC = one, STYPE = float8);
CREATE FUNCTION one(regression_metrics, bigint, float8) RETURNS regression_metrics LANGUAGE sql AS 'SELECT NULL::regression_metrics';
CREATE AGGREGATE regression_metrics(bigint, float8) (SFUNC = one, STYPE = regression_metrics);
SELECT differing_rows('shop', 'customer_id', 'ordered_at', 'amount');
DROP AGGREGATE gini(bigint, float8), lift(bigint, float8), regression_metrics(bigint, float8);
DROP FUNCTION expected_purchases(cltv_model, bigint, float8, float8, float8), expected_purchases(cltv_model, int),
    churn_prob(cltv_model, bigint, float8, float8, float8),
    cltv_predict(cltv_model, cltv_model, bigint, float8, float8, float8, float8, int),
    cltv_predict(cltv_model, cltv_model, float8, float8, float8, float8, float8, float8),
    one(float8, bigint, float8), one(regression_metrics, bigint, float8);
BEGIN READ ONLY;
SELECT differing_rows('shop', 'customer_id', 'ordered_at', 'amount');
COMMIT;

\echo '-- In parallel the same, to the last bit; of a temporary table too, which workers cannot read'
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT differing_rows('shop', 'customer_id', 'ordered_at', 'amount');
SET parallel_leader_participation = off; SET enable_hashagg = off;
SELECT differing_rows('shop', 'customer_id', 'ordered_at', 'amount');
SELECT count(set_config(name, 'on', false)) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT differing_rows('instants', 'c', 'at', 'amount');
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
RESET parallel_leader_participation; RESET enable_hashagg;
SELECT count(set_config(name, 'off', false)) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');

\echo '-- The caller''s rights, and no others'
CREATE ROLE regress_cltv_clerk;
GRANT SELECT ON by_day TO regress_cltv_clerk;
SET ROLE regress_cltv_clerk;
SELECT count(*) FROM cltv_holdout('by_day', 'c', 'd', 'a', '2023-12-31');
\set VERBOSITY terse
SELECT count(*) FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31');
\set VERBOSITY default
RESET ROLE;
DROP OWNED BY regress_cltv_clerk;
DROP ROLE regress_cltv_clerk;

\echo '-- Bad input'
CREATE VIEW wrong AS
SELECT customer_id, ordered_at, ordered_at::text AS as_text, ordered_at::time AS as_time, amount, amount::text AS text_amount,
       CASE WHEN customer_id = 7 THEN 'infinity' ELSE ordered_at END AS for_ever,
       CASE WHEN customer_id = 7 THEN 'NaN' ELSE amount END AS nan
FROM shop;
DO $$
DECLARE
    arguments text;
    state text; message text; detail text; hint text;
BEGIN
    FOREACH arguments IN ARRAY ARRAY[
        $a$'shop', 'customer', 'ordered_at', 'amount', '2023-12-31'$a$,
        $a$'shop', 'Customer_id', 'ordered_at', 'amount', '2023-12-31'$a$,
        $a$'shop', 'customer_id', 'ctid', 'amount', '2023-12-31'$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount; DROP TABLE shop', '2023-12-31'$a$,
        $a$'nowhere', 'customer_id', 'ordered_at', 'amount', '2023-12-31'$a$,
        $a$'wrong', 'customer_id', 'as_text', 'amount', '2023-12-31'$a$,
        $a$'wrong', 'customer_id', 'as_time', 'amount', '2023-12-31'$a$,
        $a$'wrong', 'customer_id', 'ordered_at', 'text_amount', '2023-12-31'$a$,
        $a$'wrong', 'customer_id', 'for_ever', 'amount', '2023-12-31'$a$,
        $a$'wrong', 'customer_id', 'ordered_at', 'nan', '2023-12-31'$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount', '2022-12-31'$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount', '2024-06-30'$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount', 'infinity'$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', as_of => '2023-12-31'$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', as_of => 'infinity'$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,lognormal}'$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgbb}'$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{gg}'$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{"bgnbd_fit(NULL); --"}'$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', ARRAY[NULL]$a$,
        $a$'shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', choose => 'gini'$a$] LOOP
        BEGIN
            EXECUTE 'SELECT count(*) FROM cltv_backtest(' || arguments || ')';
            RAISE NOTICE '% passes', arguments;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
            RAISE NOTICE '% -> % % (%) (%)', arguments, state, message, detail, hint;
        END;
    END LOOP;
END $$;

SET client_min_messages = warning;
DROP SCHEMA hostile CASCADE;
\echo '-- Models with a season of the year, beside those without: the same by hand'
CREATE TABLE seasonal AS
SELECT customer_id, ordered_at, amount
FROM simulate_orders(bgnbd_model(1.2, 60, .8, 4), gg_model(6, 4, 15), customers => 800, first_day => '2021-01-01', last_day => '2024-06-30', seed => 4)
WHERE customer_id % 2 = 0 OR extract(month FROM ordered_at) NOT IN (6, 7);
CREATE TABLE by_hand AS
WITH h AS (SELECT customer_id::text, purchase_history(ordered_at, amount) AS history FROM seasonal WHERE ordered_at < '2024-01-01' GROUP BY customer_id)
SELECT customer_id, history, s.*, fitted, spend FROM h, rfm_summary(history, '2023-12-31') AS s,
    (SELECT bgnbd_fit(history, '2023-12-31', calendar_months('2022-12-31', '2023-12-31')) AS fitted,
            spend_fit((s2).frequency::float8, (s2).monetary_value, (s2).first_value) AS spend
     FROM (SELECT history, rfm_summary(history, '2023-12-31') AS s2 FROM h) AS h2) AS f;
SELECT b.model, b.status, round(b.bic::numeric, 3) AS bic, round(b.predicted_purchases::numeric, 3) AS predicted, b.actual_purchases AS actual, b.chosen,
       CASE WHEN b.model LIKE '%months' THEN abs(b.predicted_purchases / v.purchases - 1) < 1e-9 AND abs(b.predicted_revenue / v.revenue - 1) < 1e-9 END AS same
FROM cltv_backtest('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,nbd: season,bgnbd: months}') AS b,
     (SELECT sum(expected_purchases(fitted, history, '2023-12-31', 182)) AS purchases, sum(cltv_predict(fitted, spend, history, '2023-12-31', 182, 0)) AS revenue FROM by_hand) AS v;
SELECT abs(sum(c.customers * c.predicted) / v.purchases - 1) < 1e-9 AS calibrated
FROM cltv_calibration('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd: months}') AS c,
     (SELECT sum(expected_purchases(fitted, history, '2023-12-31', 182)) AS purchases FROM by_hand) AS v GROUP BY v.purchases;
SELECT t.week, t.week_end, t.actual_cumulative, abs(t.expected_cumulative / v.purchases - 1) < 1e-9 AS expected
FROM cltv_tracking('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,bgnbd: months}') AS t,
     LATERAL (SELECT sum(expected_purchases(fitted, 0, 0, 0, first_order, t.week_end - first_order)) FROM by_hand WHERE first_order <= t.week_end) AS v (purchases)
WHERE t.model = 'bgnbd: months' AND t.week_end IN ('2021-12-26', '2023-12-31', '2024-06-30');
SELECT * FROM cltv_backtest('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,bgnbd: weeks}');
SELECT * FROM cltv_backtest('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgbb: season}');
SELECT * FROM cltv_backtest('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{": "}');
SELECT * FROM cltv_backtest('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,NULL,bgnbd: season}');

\echo '-- Models with attributes of customers, with a season or without, beside the others: the same by hand'
CREATE TABLE accounts AS
SELECT customer_id, CASE WHEN customer_id % 2 = 0 THEN 'even' ELSE 'odd' END AS channel, customer_id % 7 AS size, NULL::float8 AS unknown
FROM seasonal GROUP BY customer_id HAVING customer_id <> 5;
TRUNCATE by_hand;
ALTER TABLE by_hand ADD x features, ADD spend_by_channel cltv_model;
INSERT INTO by_hand
WITH h AS (SELECT customer_id::text, purchase_history(ordered_at, amount) AS history FROM seasonal WHERE ordered_at < '2024-01-01' GROUP BY customer_id),
     c AS (SELECT h.*, s.*, features(x) AS x FROM h, rfm_summary(history, '2023-12-31') AS s,
               LATERAL (SELECT (SELECT channel FROM accounts WHERE accounts.customer_id::text = h.customer_id) AS channel) AS x),
     f AS (SELECT bgnbd_fit(history, '2023-12-31', calendar_season('2021-12-31', '2023-12-31'), x, x) AS fitted,
                  bgnbd_fit(frequency, recency, tenure, x) AS without, spend_fit(frequency::float8, monetary_value, first_value) AS spend,
                  gg_fit(frequency, monetary_value, x) AS spend_by_channel FROM c)
SELECT c.customer_id, c.history, s.*, fitted, spend, x, without FROM c, rfm_summary(history, '2023-12-31') AS s, f;
ALTER TABLE by_hand RENAME spend_by_channel TO without;
SELECT b.model, b.status, round(b.bic::numeric, 3) AS bic, round(b.predicted_purchases::numeric, 3) AS predicted, b.actual_purchases AS actual, b.chosen,
       abs(b.predicted_purchases / v.purchases - 1) < 1e-9 AS purchases, abs(b.predicted_revenue / v.revenue - 1) < 1e-9 AS revenue,
       abs(b.churn_auc / v.churn_auc - 1) < 1e-9 AS silence
FROM cltv_backtest('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31',
                   '{bgnbd,bgnbd: purchases,"pnbd: purchases, dropout",bgnbd: season,"bgnbd: season: purchases, dropout"}', choose => 'holdout',
                   customers => 'accounts', attributes => '{channel}') AS b
LEFT JOIN (SELECT 'bgnbd: purchases' AS model, sum(expected_purchases(without, b.frequency, b.recency, b.tenure, 182, x)) AS purchases,
             sum(cltv_predict(without, spend, b.frequency, b.recency, b.tenure, b.monetary_value, 182, 0, first_value => b.first_value,
                              purchases => x)) AS revenue,
             auc(holdout_purchases = 0, churn_prob(without, b.frequency, b.recency, b.tenure, 182, x)) AS churn_auc
      FROM by_hand AS b JOIN cltv_holdout('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31') USING (customer_id)
      UNION ALL
      SELECT 'bgnbd: season: purchases, dropout', sum(expected_purchases(fitted, history, '2023-12-31', 182, x, x)),
             sum(cltv_predict(fitted, spend, history, '2023-12-31', 182, 0, purchases => x, dropout => x)), NULL
      FROM by_hand) AS v USING (model) ORDER BY b.model;
SELECT c.model, abs(sum(c.customers * c.predicted) / v.purchases - 1) < 1e-9 AS calibrated
FROM cltv_calibration('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd: purchases}', customers => 'accounts', attributes => '{channel}') AS c,
     (SELECT sum(expected_purchases(without, frequency, recency, tenure, 182, x)) AS purchases FROM by_hand) AS v GROUP BY c.model, v.purchases;
SELECT t.model, t.week, t.week_end, t.actual_cumulative, abs(t.expected_cumulative / v.purchases - 1) < 1e-9 AS expected
FROM cltv_tracking('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,bgnbd: purchases,"bgnbd: season: purchases, dropout"}',
                   customers => 'accounts', attributes => '{channel}') AS t,
     LATERAL (SELECT sum(CASE WHEN t.model = 'bgnbd: purchases' THEN expected_purchases(without, t.week_end - first_order, x)
                         ELSE expected_purchases(fitted, 0, 0, 0, first_order, t.week_end - first_order, x, x) END)
              FROM by_hand WHERE first_order <= t.week_end) AS v (purchases)
WHERE t.model <> 'bgnbd' AND t.week_end IN ('2021-12-26', '2023-12-31', '2024-06-30') ORDER BY model, week;
\echo '-- Spend that depends on the channel is foretold by the channel'
CREATE TABLE dear AS SELECT customer_id, ordered_at, amount * CASE WHEN customer_id % 2 = 0 THEN 3 ELSE 1 END AS amount FROM seasonal;
SELECT model, round(predicted_revenue::numeric) AS revenue, round(actual_revenue::numeric) AS actual, round(revenue_gini::numeric, 3) AS gini
FROM cltv_backtest('dear', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,bgnbd: purchases}', customers => 'accounts', attributes => '{channel}');
\echo '-- Bad input: each is an error that names it'
CREATE VIEW twice AS SELECT * FROM accounts UNION ALL SELECT * FROM accounts WHERE customer_id = 12;
CREATE VIEW as_text AS SELECT customer_id::text, channel FROM accounts;
SET client_min_messages = notice;
DO $$
DECLARE
    arguments text;
    state text; message text; hint text;
BEGIN
    FOREACH arguments IN ARRAY ARRAY[
        $a$'{bgnbd: purchases}'$a$, $a$'{bgnbd: purchases}', customers => 'accounts'$a$, $a$'{bgnbd}', attributes => '{channel}'$a$,
        $a$'{bgnbd}', customers => 'accounts', attributes => '{}'$a$, $a$'{bgnbd}', customers => 'accounts', attributes => '{colour}'$a$,
        $a$'{bgnbd}', customers => 'accounts', attributes => '{channel,NULL}'$a$, $a$'{bgnbd}', customers => 'accounts', attributes => '{customer_id}'$a$,
        $a$'{bgnbd}', customers => 'accounts', attributes => '{size,size}'$a$, $a$'{bgnbd: purchases}', customers => 'accounts', attributes => '{size}'$a$,
        $a$'{bgnbd: purchases}', customers => 'accounts', attributes => '{unknown}'$a$,
        $a$'{bgnbd: dropout}', customers => 'accounts', attributes => '{channel}'$a$, $a$'{"nbd: purchases, dropout"}', customers => 'accounts', attributes => '{channel}'$a$,
        $a$'{bgnbd: purchases: season}', customers => 'accounts', attributes => '{channel}'$a$,
        $a$'{bgcnbd: purchases}', customers => 'accounts', attributes => '{channel}'$a$,
        $a$'{bgnbd}', customers => 'twice', attributes => '{channel}'$a$, $a$'{bgnbd}', customers => 'as_text', attributes => '{channel}'$a$] LOOP
        BEGIN
            EXECUTE $q$SELECT count(*) FROM cltv_backtest('seasonal', 'customer_id', 'ordered_at', 'amount', '2023-12-31', $q$ || arguments || ')';
            RAISE NOTICE '% passes', arguments;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
            RAISE NOTICE '% -> % % (%)', arguments, state, message, hint;
        END;
    END LOOP;
END $$;
SET client_min_messages = warning;
DROP TABLE accounts, dear CASCADE;

DROP TABLE seasonal, by_hand, shop, "Odd Orders", small, expected, "Parts of ""orders""", instants, local_days CASCADE;
DROP FUNCTION differing_rows;
DROP DOMAIN order_day, day, price;

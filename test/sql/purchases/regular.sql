-- Customers who order at regular intervals: regularity, bgcnbd_fit and mbgcnbd_fit
\set ECHO none
\pset format unaligned
SET TimeZone = 'UTC';
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
CREATE TABLE shop AS
SELECT k, customer_id, purchase_history(ordered_at, amount) AS history
FROM generate_series(1, 4) AS k,
     LATERAL simulate_orders(mbgcnbd_model(1.5, 60.0 / k, 0.5, 2, k), gg_model(6, 4, 15), 3000, '2023-01-01', '2024-12-31', k)
GROUP BY k, customer_id;
ALTER TABLE shop SET (parallel_workers = 2);

\echo '-- What the customers were made of is found again; the two last gaps tell, too.'
CREATE TABLE fits AS
SELECT k, mbgcnbd_fit(history, '2024-12-31') AS mbg, bgcnbd_fit(history, '2024-12-31') AS bg, regularity(history) AS regularity
FROM shop GROUP BY k;
SELECT k, mbg::jsonb #>> '{params,k}' AS mbg, bg::jsonb #>> '{params,k}' AS bg, model_status(mbg) AS status,
       regularity BETWEEN k * 0.8 AND k * 1.25 AS regularity
FROM fits ORDER BY k;
SELECT k, bool_and(abs(estimate - truth) < 4 * std_error) AS holds
FROM fits, LATERAL model_params(mbg) JOIN LATERAL (VALUES ('r', 1.5), ('alpha', 60.0 / k), ('a', 0.5), ('b', 2)) AS t (name, truth) USING (name)
GROUP BY k ORDER BY k;
SELECT name, estimate, std_error, lower, upper FROM fits, model_params(mbg) WHERE k = 3 AND name = 'k';

\echo '-- At k = 1 they are BG/NBD and MBG/NBD.'
CREATE TABLE rows AS SELECT k, s.* FROM shop, rfm_summary(history, date '2024-12-31') AS s;
SELECT p.name, p.estimate = q.estimate AND p.std_error = q.std_error AS same
FROM (SELECT bgcnbd_fit(frequency, recency, tenure, 1) AS m, bgnbd_fit(frequency, recency, tenure) AS n FROM rows WHERE k = 2) AS f,
     model_params(m) AS p JOIN model_params(n) AS q USING (name);
SELECT bool_and(expected_purchases(m, frequency, recency, tenure, 90) = expected_purchases(n, frequency, recency, tenure, 90)) AS purchases,
       bool_and(prob_alive(m, frequency, recency, tenure) = prob_alive(n, frequency, recency, tenure)) AS alive,
       bool_and(churn_prob(m, frequency, recency, tenure, 90) = churn_prob(n, frequency, recency, tenure, 90)) AS churn,
       bool_and(purchase_pmf(m, frequency, recency, tenure, 90, 2) = purchase_pmf(n, frequency, recency, tenure, 90, 2)) AS pmf,
       bool_and(cltv_predict(m, gg_model(6, 4, 15), frequency, recency, tenure, monetary_value, 365)
                = cltv_predict(n, gg_model(6, 4, 15), frequency, recency, tenure, monetary_value, 365)) AS cltv
FROM mbgcnbd_model(1.5, 12, 0.5, 2, 1) AS m, mbgnbd_model(1.5, 12, 0.5, 2) AS n, rows WHERE k = 2 AND frequency < 9;

\echo '-- The ways to a fit at a k agree, in any order, in parallel, with NULLs between.'
SELECT bool_and(fit = mbgcnbd_fit) AS same FROM (
    SELECT mbgcnbd_fit(frequency, recency, tenure, 3)::text, unnest(ARRAY[mbgcnbd_fit(frequency::float8, recency, tenure, 3),
        mbgcnbd_fit(customer_base(frequency, recency, tenure), 3), mbgcnbd_fit(frequency, recency, tenure, 3 ORDER BY tenure)])::text AS fit
    FROM rows WHERE k = 3) AS s;
SELECT (SELECT mbgcnbd_fit(history, '2024-12-31') FROM (SELECT history FROM shop WHERE k = 3 UNION ALL SELECT NULL) AS s)::text = mbg::text AS nulls,
       (SELECT mbgcnbd_fit(history, '2024-12-31', 5 ORDER BY customer_id DESC) FROM shop WHERE k = 3)::text = mbg::text AS max_k,
       (SELECT regularity(history ORDER BY customer_id DESC) FROM shop WHERE k = 3) = regularity AS reversed
FROM fits WHERE k = 3;
BEGIN;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
EXPLAIN (COSTS off) SELECT mbgcnbd_fit(history, '2024-12-31'), regularity(history) FROM shop WHERE k = 3;
SELECT (SELECT mbgcnbd_fit(history, '2024-12-31') FROM shop WHERE k = 3)::text = mbg::text AS parallel,
       (SELECT regularity(history) FROM shop WHERE k = 3) = regularity AS of_gaps FROM fits WHERE k = 3;
ROLLBACK;

\echo '-- Predictions: numbers of purchases add up, discounting takes off, the longer the horizon the more.'
SELECT round(sum(purchase_pmf(m, 4, 100, 130, 365, n))::numeric, 12) AS all,
       abs(sum(n * purchase_pmf(m, 4, 100, 130, 365, n)) / max(expected_purchases(m, 4, 100, 130, 365)) - 1) < 1e-10 AS mean
FROM mbgcnbd_model(1.5, 12, 0.5, 2, 3) AS m, generate_series(0, 300) AS n;
SELECT horizon, round(expected_purchases(m, 4, 100, 130, horizon)::numeric, 6) AS purchases, round(churn_prob(m, 4, 100, 130, horizon)::numeric, 6) AS churn,
       round(cltv_predict(m, gg_model(6, 4, 15), 4, 100, 130, 30, horizon)::numeric, 4) AS value
FROM mbgcnbd_model(1.5, 12, 1.5, 2, 3) AS m, unnest(ARRAY[0, 1, 30, 365, 3650, 1e6, 'infinity']::float8[]) AS horizon;

\echo '-- A model is a value: text, JSON and binary forms, and k is a whole number.'
SELECT bool_and(mbg::text::cltv_model::text = mbg::text) AS text, bool_and((mbg::jsonb)::text::cltv_model::text = mbg::text) AS json FROM fits;
SELECT bool_and(aic(mbg) = 8 - 2 * log_likelihood(mbg)) AS four_parameters FROM fits;
SELECT e.* FROM fits, (VALUES ('0'), ('2.5'), ('51'), ('null'), ('"Infinity"')) AS v (value),
    error_of(format('SELECT %L::cltv_model', replace(mbg::text, '"k":3', '"k":' || value))) AS e WHERE k = 3;

\echo '-- Customers that tell nothing.'
SET client_min_messages = error;
SELECT model_status(mbgcnbd_fit('{"customers":50,"rows":[[0,0,100,50]]}'::customer_base)) AS never,
       model_status(mbgcnbd_fit('{"customers":50,"rows":[[3,50,100,50]]}'::customer_base)) AS same,
       bgcnbd_fit(NULL::purchase_history, '2024-12-31') AS nobody, regularity(NULL) AS regularity;
RESET client_min_messages;
SELECT regularity(history) AS of_two FROM (SELECT purchase_history(day, 1) AS history FROM (VALUES (date '2024-01-01'), ('2024-01-08')) AS s (day)) AS h;
SELECT regularity(history) AS of_clocks FROM (SELECT purchase_history(date '2024-01-01' + 7 * i, 1) AS history FROM generate_series(1, 5) AS i) AS s;

\echo '-- What is wrong.'
SELECT e.* FROM (VALUES ('mbgcnbd_fit(frequency, recency, tenure, 0)'), ('mbgcnbd_fit(frequency, recency, tenure, 51)'),
    ('mbgcnbd_fit(frequency, recency, tenure, 1 + (frequency % 2)::int)'), ('mbgcnbd_fit(2.5, recency, tenure, 2)'), ('mbgcnbd_fit(2, 9, 8, 2)'),
    ('mbgcnbd_model(1, 1, 1, 1, 2.5)'), ('bgcnbd_model(1, 1, 1, 1, 51)')) AS v (call),
    error_of(format('SELECT %s FROM rows', call)) AS e;
SELECT e.* FROM (VALUES ('bgcnbd_fit(history, date ''2024-01-01'')'), ('bgcnbd_fit(history, date ''infinity'')'),
    ('bgcnbd_fit(history, date ''2024-12-31'', 99)'), ('bgcnbd_fit(customer_base(1, 2, 3), 0)')) AS v (call),
    error_of(format('SELECT %s FROM (SELECT history FROM shop ORDER BY k, customer_id) AS shop', call)) AS e;
SELECT e.* FROM (VALUES ('{"customers":1,"k":0.5,"rows":[[0,0,9,0,1]]}'), ('{"customers":1,"k":2,"rows":[[2,7,9,9,1]]}'),
    ('{"customers":1,"k":2,"rows":[[0,0,9,1,1]]}'), ('{"customers":1,"k":2,"rows":[[2,10,9,0,1]]}')) AS v (state),
    error_of(format('SELECT %L::regular_base', state)) AS e;

DROP TABLE shop, rows, fits;
DROP FUNCTION error_of(text);

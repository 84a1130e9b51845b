-- Small segments: NAME_pool and NAME_fit(base, prior)
\set ECHO none
\pset format unaligned
SET TimeZone = 'UTC';
SET client_min_messages = error;
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
                            detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- 40 segments of 80 customers, each with parameters of its own: their logarithms wander by a standard deviation of .35.
CREATE TABLE truth AS
SELECT s, bgnbd_model(r => 0.8 * exp(0.5 * sin(s * 1.7)), alpha => 40 * exp(0.5 * sin(s * 2.9 + 1)),
                      a => 0.7 * exp(0.5 * sin(s * 4.3 + 2)), b => 2.5 * exp(0.5 * sin(s * 6.1 + 3))) AS model
FROM generate_series(1, 40) AS s;
CREATE TABLE segment AS
SELECT s, c.*
FROM truth, LATERAL (
    SELECT (rfm_summary(purchase_history(o.ordered_at, o.amount), date '2024-12-31')).*
    FROM simulate_orders(model, gg_model(p => 6 * exp(0.3 * sin(s * 3.1)), q => 4, v => 15 * exp(0.3 * sin(s))), 80,
                         date '2024-01-01', date '2024-12-31', s) AS o
    GROUP BY o.customer_id) AS c;
CREATE TABLE bases AS
SELECT s, customer_base(frequency, recency, tenure) AS base, spend_base(frequency, monetary_value) AS spends
FROM segment GROUP BY s;

\echo '-- What they have in common is near what they were made of, the mean of the logarithms and their spread.'
CREATE TABLE priors AS
SELECT nbd_pool(base) AS nbd, bgnbd_pool(base) AS bgnbd, mbgnbd_pool(base) AS mbgnbd, pnbd_pool(base) AS pnbd, gg_pool(spends) AS gg
FROM bases;
SELECT model_status(nbd) AS nbd, model_status(bgnbd) AS bgnbd, model_status(mbgnbd) AS mbgnbd, model_status(pnbd) AS pnbd,
       model_status(gg) AS gg FROM priors;
SELECT name, abs(ln(p.estimate / t.value)) < 0.25 AS mean, p.std_error / p.estimate BETWEEN 0.1 AND 0.7 AS spread
FROM priors, model_params(bgnbd) AS p
     JOIN (VALUES ('r', 0.8), ('alpha', 40.0), ('a', 0.7), ('b', 2.5)) AS t (name, value) USING (name);
SELECT count(*) AS segments, bool_and(model_status(bgnbd_fit(base, bgnbd)) = 'pooled') AS bgnbd,
       bool_and(model_status(mbgnbd_fit(base, mbgnbd)) = 'pooled') AS mbgnbd, bool_and(model_status(pnbd_fit(base, pnbd)) = 'pooled') AS pnbd,
       bool_and(model_status(nbd_fit(base, nbd)) = 'pooled') AS nbd, bool_and(model_status(gg_fit(spends, gg)) = 'pooled') AS gg
FROM bases, priors;

\echo '-- A segment''s orders of the next quarter are foretold better than by its own fit, and than by one fit of all.'
CREATE TABLE errors AS
WITH common AS (SELECT bgnbd_fit(rollup(base)) AS model FROM bases), models AS (
    SELECT s, bgnbd_fit(base) AS own, bgnbd_fit(base, bgnbd) AS pooled, common.model AS common FROM bases, priors, common
), totals AS (
    SELECT s, sum(expected_purchases(t.model, frequency, recency, tenure, 90)) AS truth,
           sum(expected_purchases(own, frequency, recency, tenure, 90)) AS own,
           sum(expected_purchases(pooled, frequency, recency, tenure, 90)) AS pooled,
           sum(expected_purchases(common, frequency, recency, tenure, 90)) AS common
    FROM segment JOIN models USING (s) JOIN truth AS t USING (s) GROUP BY s)
SELECT sqrt(avg((own / truth - 1) ^ 2)) AS own, sqrt(avg((pooled / truth - 1) ^ 2)) AS pooled,
       sqrt(avg((common / truth - 1) ^ 2)) AS common FROM totals;
SELECT round(pooled::numeric, 3) AS pooled, pooled < own AS beats_own, pooled < common AS beats_common FROM errors;

\echo '-- A segment without customers is as the prior says; a large one hardly takes notice of it.'
SELECT bgnbd_fit('{"customers":0,"rows":[]}'::customer_base, bgnbd)::jsonb -> 'params' = bgnbd::jsonb -> 'params' AS empty,
       model_status(bgnbd_fit('{"customers":0,"rows":[]}'::customer_base, bgnbd)) FROM priors;
CREATE TABLE large AS
SELECT customer_base(frequency, recency, tenure) AS base
FROM (SELECT (rfm_summary(purchase_history(ordered_at, amount), date '2024-12-31')).*
      FROM simulate_orders(bgnbd_model(1.5, 30, 0.4, 2), gg_model(6, 4, 15), 20000, date '2024-01-01', date '2024-12-31', 7)
      GROUP BY customer_id) AS c;
SELECT bool_and(abs(p.estimate - o.estimate) < 0.5 * o.std_error) AS as_own
FROM large, priors, model_params(bgnbd_fit(base, bgnbd)) AS p JOIN model_params(bgnbd_fit((SELECT base FROM large))) AS o USING (name);

\echo '-- Segments in any order, as rows or as an array, with NULLs between, and in parallel: the same to the last bit.'
SELECT (SELECT bgnbd_pool(base ORDER BY s DESC) FROM bases)::text = bgnbd::text AS reversed,
       (SELECT bgnbd_pool(array_agg(base ORDER BY hashint4(s))) FROM bases)::text = bgnbd::text AS array,
       (SELECT bgnbd_pool(base) FROM (SELECT base FROM bases UNION ALL SELECT NULL) AS b)::text = bgnbd::text AS nulls
FROM priors;
BEGIN;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
EXPLAIN (COSTS off) SELECT bgnbd_pool(base) FROM bases;
SELECT (SELECT bgnbd_pool(base) FROM bases)::text = bgnbd::text AS parallel FROM priors;
ROLLBACK;

\echo '-- One segment; segments that are alike; two; none, or nobody in them, or nobody who came back.'
SELECT model_status(p) AS status, model_status(bgnbd_fit(base, p)) AS fitted, abs(log_likelihood(p) - log_likelihood(bgnbd_fit(base))) < 0.1 AS as_own,
       log_likelihood(bgnbd_fit(base, p)) = log_likelihood(p) AS same
FROM large, (SELECT bgnbd_pool(base) AS p FROM large) AS one;
SELECT model_status(bgnbd_pool(base)) FROM large, generate_series(1, 3);
SELECT model_status(bgnbd_pool(base)) FROM bases WHERE s <= 2;
SELECT bgnbd_pool(base) FROM bases WHERE false;
SELECT bgnbd_pool(NULL::customer_base), model_status(bgnbd_pool(ARRAY[NULL]::customer_base[]));
SELECT model_status(bgnbd_pool(base)) AS bgnbd FROM (VALUES ('{"customers":0,"rows":[]}'::customer_base)) AS b (base);
SELECT model_status(bgnbd_pool(base)) AS bgnbd FROM (VALUES ('{"customers":9,"rows":[[0,0,5,9]]}'::customer_base)) AS b (base);
SELECT model_status(gg_pool(base)) AS gg FROM (VALUES ('{"customers":0,"without_spend":3,"rows":[]}'::spend_base)) AS b (base);

\echo '-- Segments without customers count for nothing, not even as segments; one whose customers never came back, and one of a'
\echo '-- single customer, lean on the others.'
SELECT model_status(bgnbd_pool(base)) AS status
FROM (SELECT base FROM large UNION ALL SELECT '{"customers":0,"rows":[]}'::customer_base) AS b;
SELECT (bgnbd_pool(base))::text = (SELECT bgnbd FROM priors)::text AS same
FROM (SELECT base FROM bases UNION ALL SELECT '{"customers":0,"rows":[]}'::customer_base) AS b;
SELECT (gg_pool(spends))::text = (SELECT gg FROM priors)::text AS same
FROM (SELECT spends FROM bases UNION ALL SELECT '{"customers":0,"without_spend":5,"rows":[]}'::spend_base) AS b;
SELECT model_status(bgnbd_fit(never, bgnbd)) AS never, model_status(bgnbd_fit(single, bgnbd)) AS single,
       expected_purchases(bgnbd_fit(never, bgnbd), 0, 0, 0, 365) < expected_purchases(bgnbd, 0, 0, 0, 365) AS fewer,
       model_status(bgnbd_pool(ARRAY[never, single])) AS pool, bgnbd_fit(NULL::customer_base, bgnbd) IS NULL AS of_null
FROM priors, (VALUES ('{"customers":60,"rows":[[0,0,200,60]]}'::customer_base,
                      '{"customers":1,"rows":[[4,90,100,1]]}'::customer_base)) AS v (never, single);
SET client_min_messages = warning;
SELECT model_status(mbgnbd_pool('{"customers":9,"rows":[[0,0,5,9]]}'::customer_base)) AS pool;
SET client_min_messages = error;

\echo '-- It is a model as any other: text, binary and JSON forms, parameters, predictions for a new segment.'
SELECT bgnbd::text::cltv_model::text = bgnbd::text AS text, (bgnbd::jsonb)::text::cltv_model::text = bgnbd::text AS json,
       expected_purchases(bgnbd, 0, 0, 0, 365) > 0 AS predicts FROM priors;
SELECT model_status(f::text::cltv_model) AS text FROM bases, priors, LATERAL (SELECT bgnbd_fit(base, bgnbd) AS f) AS x WHERE s = 1;

\echo '-- What is no prior.'
SELECT e.code, e.message, CASE WHEN e.code < '42' THEN e.detail END AS detail, CASE WHEN e.code < '42' THEN e.hint END AS hint
FROM (VALUES ('bgnbd_fit(base, bgnbd_fit(base))'), ('bgnbd_fit(base, (SELECT mbgnbd FROM priors))'),
    ('bgnbd_fit(base, bgnbd_model(1, 1, 1, 1))'), ('gg_fit(spends, (SELECT bgnbd FROM priors))'),
    ('gg_fit(''{"customers":1,"without_spend":0,"rows":[[2,-5,0,1]]}''::spend_base, (SELECT gg FROM priors))'),
    ('bgnbd_fit(base, NULL::cltv_model)'), ('bgnbd_fit(base, NULL)')) AS v (call),
    error_of(format('SELECT %s FROM bases WHERE s = 1', v.call)) AS e;

\echo '-- Forged ones: at a limit, without an estimate, of a family that is not pooled, and where the segments would have no mean.'
CREATE FUNCTION fault_of(model text) RETURNS text LANGUAGE sql AS $$ SELECT detail FROM error_of(format('SELECT %L::cltv_model', model)) $$;
SELECT v.status, fault_of('{"kind":"bgnbd","form":"nobody leaves","params":{"r":1,"alpha":9},"log_likelihood":-5,"customers":9,'
                          '"iterations":1,"status":"' || v.status || '","prior":true,"covariance":[[1,0],[0,1]]}') AS at_a_limit,
       fault_of('{"kind":"lognormal","params":{"mu":1,"sigma":1,"tau":1},"log_likelihood":-5,"customers":9,'
                '"iterations":1,"status":"' || v.status || '","prior":true,"covariance":[[1,0,0],[0,1,0],[0,0,1]]}') AS of_lognormal
FROM (VALUES ('converged'), ('prior'), ('no differences'), ('pooled of one'), ('pooled')) AS v (status);
SELECT name, model_status(gg_fit(spends, replace(gg::text, estimate::text, '0.5')::cltv_model)) AS at_half
FROM bases, priors, model_params(gg) WHERE s = 1;

DROP TABLE truth, segment, bases, priors, errors, large;
DROP FUNCTION fault_of(text), error_of(text);

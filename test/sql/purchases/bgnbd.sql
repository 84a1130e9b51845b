-- BG/NBD: published figures, fits that refuse, predictions, bad input

-- Fader, Hardie & Lee (2005), times in weeks: customer (2, 30.43, 38.86) over 39 weeks
SELECT round(bgnbd_predict(m, 2, 30.43, 38.86, 39)::numeric, 5) AS purchases,
       round(prob_alive(m, 2, 30.43, 38.86)::numeric, 5) AS alive,
       round(churn_prob(m, 2, 30.43, 38.86)::numeric, 5) AS gone,
       round(churn_prob(m, 2, 30.43, 38.86, 39)::numeric, 5) AS silent
FROM bgnbd_model(.243, 4.414, .793, 2.426) m;

-- A customer without repeat purchase, where a + b < 1 makes other libraries return NaN
SELECT round(bgnbd_predict(bgnbd_model(r => .11, alpha => 2.24, a => .31, b => .5), 0, 0, 1, 30)::numeric, 12) AS purchases;

-- No cliff at a = 1
SELECT round(bgnbd_predict(bgnbd_model(.25, 30, a, 2.5), 3, 100, 200, 365)::numeric, 12) AS purchases
FROM unnest(ARRAY[1 - 1e-13, 1, 1 + 1e-13]::float8[]) a;

-- The longer the horizon, the more; all there will ever be is finite for a > 1 only
SELECT horizon, round(bgnbd_predict(m, 4, 200, 250, horizon)::numeric, 6) AS purchases,
       round(churn_prob(m, 4, 200, 250, horizon)::numeric, 6) AS silent
FROM bgnbd_model(.5, 30, 1.5, 4) m, unnest(ARRAY[0, 1, 30, 365, 3650, 1e6, 'infinity']::float8[]) horizon;
SELECT bgnbd_predict(bgnbd_model(.5, 30, .9, 4), 4, 200, 250, 'infinity');

-- A fit: the same from rows, from a stored base, from its parts, in parallel, as a float8 frequency
CREATE TABLE base AS
WITH days AS (SELECT customer_id, ordered_at::date AS day
              FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), 4000, '2023-01-01', '2024-06-30', 11))
SELECT customer_id, count(DISTINCT day) - 1 AS frequency, (max(day) - min(day))::float8 AS recency,
       (date '2024-06-30' - min(day))::float8 AS tenure
FROM days GROUP BY customer_id;
CREATE TABLE fitted AS SELECT bgnbd_fit(frequency, recency, tenure) AS model FROM base;
SELECT name, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error
FROM fitted, model_params(model);
SELECT model_status(model), round(log_likelihood(model)::numeric, 4) AS log_likelihood FROM fitted;
SELECT bgnbd_fit(b)::text = model::text AS from_base
FROM fitted, (SELECT customer_base(frequency, recency, tenure) AS b FROM base) s;
SELECT bgnbd_fit(rollup(b))::text = (SELECT model::text FROM fitted) AS from_parts
FROM (SELECT customer_base(frequency, recency, tenure) AS b FROM base GROUP BY customer_id % 7) s;
SELECT bgnbd_fit(frequency::float8, recency, tenure)::text = (SELECT model::text FROM fitted) AS from_float8 FROM base;
SELECT bgnbd_fit(frequency, recency, tenure)::text = (SELECT model::text FROM fitted) AS reversed
FROM (SELECT * FROM base ORDER BY customer_id DESC) s;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
ALTER TABLE base SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT bgnbd_fit(frequency, recency, tenure) FROM base;
SELECT bgnbd_fit(frequency, recency, tenure)::text = (SELECT model::text FROM fitted) AS parallel FROM base;
COMMIT;

-- The log-likelihood is the sum of the customers', and the estimates are where it is largest
SELECT abs(sum(log_likelihood(model, frequency, recency, tenure)) - max(log_likelihood(model))) < 1e-6 AS sums
FROM fitted, base;
SELECT p.name, bool_and(there < log_likelihood(model)) AS lower
FROM fitted, LATERAL (SELECT (model::jsonb -> 'params') AS params) e,
     (VALUES ('r'), ('alpha'), ('a'), ('b')) p(name), (VALUES (.99), (1.01)) f(factor),
     LATERAL (SELECT sum(log_likelihood(bgnbd_model(
                  (params ->> 'r')::float8 * CASE name WHEN 'r' THEN factor ELSE 1 END,
                  (params ->> 'alpha')::float8 * CASE name WHEN 'alpha' THEN factor ELSE 1 END,
                  (params ->> 'a')::float8 * CASE name WHEN 'a' THEN factor ELSE 1 END,
                  (params ->> 'b')::float8 * CASE name WHEN 'b' THEN factor ELSE 1 END),
                  frequency, recency, tenure)) AS there FROM base) s
GROUP BY p.name ORDER BY p.name;

-- Another unit of time is another alpha, and nothing else
SELECT name, round((CASE name WHEN 'alpha' THEN 7 ELSE 1 END * estimate)::numeric, 6) AS estimate
FROM (SELECT bgnbd_fit(frequency, recency / 7, tenure / 7) AS model FROM base) s, model_params(model);

-- Running fits over a window: the final function leaves the state alone
SELECT bool_and(model IS NOT NULL) FROM (
    SELECT bgnbd_fit(frequency, recency, tenure) OVER (ORDER BY customer_id / 1000) AS model FROM base) s;

-- Fits that refuse say why and predict nothing
SELECT bgnbd_fit(frequency, recency, tenure) IS NULL AS no_rows FROM base WHERE false;
SELECT bgnbd_fit(0, 0, tenure) AS nobody_came_back FROM base;
SELECT model_status(bgnbd_fit(frequency, recency, tenure)) AS one_customer FROM base WHERE customer_id = 1;
SELECT model_status(bgnbd_fit(3, 100, 200)) AS identical FROM generate_series(1, 1000);
-- Everybody buys every 30 days and nobody leaves: how purchase rates differ, and how many leave, cannot be told
SELECT model_status(model) AS clockwork, bgnbd_predict(model, 2, 50, 100, 30) AS purchases,
       prob_alive(model, 2, 50, 100) AS alive, churn_prob(model, 2, 50, 100) AS churn,
       churn_prob(model, 2, 50, 100, 30) AS silent, log_likelihood(model, 2, 50, 100) AS log_likelihood
FROM (SELECT bgnbd_fit(n, 30 * n, 30 * n + 1) AS model FROM generate_series(1, 100) n) s;
SELECT * FROM model_params((SELECT bgnbd_fit(0, 0, tenure) FROM base));

-- NULLs: rows are skipped, predictions are NULL
SELECT bgnbd_fit(frequency, recency, tenure)::text = (SELECT model::text FROM fitted) AS nulls_skipped
FROM (SELECT frequency, recency, tenure FROM base UNION ALL VALUES (NULL, 0, 1), (1, NULL, 1), (1, 1, NULL)) s;
SELECT bgnbd_predict(m, NULL, 0, 1, 30), bgnbd_predict(m, 0, NULL, 1, 30), bgnbd_predict(m, 0, 0, NULL, 30),
       bgnbd_predict(m, 0, 0, 1, NULL), bgnbd_predict(NULL, 0, 0, 1, 30), prob_alive(NULL, 0, 0, 1)
FROM bgnbd_model(.243, 4.414, .793, 2.426) m;

-- Bad input: the value and the mend
CREATE TABLE bad (query text);
INSERT INTO bad VALUES
    ('bgnbd_predict(m, -1, 0, 1, 30)'), ('bgnbd_predict(m, 2.5, 1, 2, 30)'), ('bgnbd_predict(m, 1, 3, 2, 30)'),
    ('bgnbd_predict(m, 1, 0, 2, 30)'), ('bgnbd_predict(m, 0, 1, 2, 30)'), ('bgnbd_predict(m, 1, -1, 2, 30)'),
    ('bgnbd_predict(m, 1, ''NaN'', 2, 30)'), ('bgnbd_predict(m, 1, 1, ''infinity'', 30)'),
    ('bgnbd_predict(m, ''NaN'', 1, 2, 30)'), ('bgnbd_predict(m, 1e300, 1, 2, 30)'),
    ('bgnbd_predict(m, 1, 1, 2, -1)'), ('bgnbd_predict(m, 1, 1, 2, ''NaN'')'), ('churn_prob(m, 1, 1, 2, -1e-9)'),
    ('prob_alive(m, 1, 3, 2)'), ('churn_prob(m, 1, 3, 2)'), ('log_likelihood(m, 1, 3, 2)'),
    ('bgnbd_predict(gg_model(6, 4, 15), 1, 1, 2, 30)'), ('prob_alive(gg_model(6, 4, 15), 1, 1, 2)'),
    ('bgnbd_model(0, 1, 1, 1)'), ('bgnbd_model(1, -1, 1, 1)'), ('bgnbd_model(1, 1, ''NaN'', 1)'),
    ('bgnbd_model(1, 1, 1, ''infinity'')'), ('(SELECT bgnbd_fit(-1, 0, 0))'), ('(SELECT bgnbd_fit(1.5, 1, 2))'),
    ('(SELECT bgnbd_fit(1, 3, 2))');
DO $$
DECLARE
    bad record;
    state text; message text; detail text; hint text;
BEGIN
    FOR bad IN SELECT * FROM bad LOOP
        BEGIN
            EXECUTE 'SELECT ' || bad.query || ' FROM bgnbd_model(.243, 4.414, .793, 2.426) m';
            RAISE NOTICE '% passes', bad.query;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
            RAISE NOTICE '% -> % % (%)', bad.query, state, message, hint;
        END;
    END LOOP;
END $$;

DROP TABLE base, fitted, bad;

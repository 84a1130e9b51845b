-- Pareto/NBD: published figures, fits that refuse, predictions, bad input

-- Fader & Hardie's notes on the CDNOW sample, times in weeks: the discounted expected residual transactions of customer
-- (7, 35, 77.86) at a continuous rate of .0027 a week, 1.864183328. cltv_predict wants the rate of 365 units.
SELECT round(cltv_predict(m, g, 7, 35, 77.86, 1, 'infinity', exp(.0027 * 365) - 1)::numeric / gg_predict(g, 7, 1)::numeric, 9)
           AS residual
FROM pnbd_model(.5629966, 12.559037, .4081095, 10.5148048) m, gg_model(6, 4, 15) g;

-- The same customer over a year
SELECT round(pnbd_predict(m, 7, 35, 77.86, 52)::numeric, 9) AS purchases,
       round(prob_alive(m, 7, 35, 77.86)::numeric, 9) AS alive,
       round(churn_prob(m, 7, 35, 77.86)::numeric, 9) AS gone,
       round(churn_prob(m, 7, 35, 77.86, 52)::numeric, 9) AS silent,
       round(log_likelihood(m, 7, 35, 77.86)::numeric, 9) AS log_likelihood
FROM pnbd_model(.5629966, 12.559037, .4081095, 10.5148048) m;

-- No cliff at s = 1, nor at alpha = beta
SELECT round(pnbd_predict(pnbd_model(.25, 30, s, 25), 3, 100, 200, 365)::numeric, 12) AS purchases
FROM unnest(ARRAY[1 - 1e-13, 1, 1 + 1e-13]::float8[]) s;
SELECT round(pnbd_predict(m, 3, 100, 200, 365)::numeric, 12) AS purchases,
       round(prob_alive(m, 3, 100, 200)::numeric, 12) AS alive,
       round(churn_prob(m, 3, 100, 200, 365)::numeric, 12) AS silent
FROM unnest(ARRAY[30 - 1e-12, 30, 30 + 1e-12]::float8[]) beta, pnbd_model(.25, 30, .7, beta) m;

-- Heavy buyers, long silences: no overflow
SELECT prob_alive(m, 10000, 300, 36500) AS alive, churn_prob(m, 10000, 300, 36500) AS gone,
       pnbd_predict(m, 10000, 300, 36500, 365) AS purchases,
       round(prob_alive(m, 10000, 36400, 36410)::numeric, 12) AS alive_still
FROM pnbd_model(.55, 80, .6, 80) m;

-- The longer the horizon, the more; all there will ever be is finite for s > 1 only
SELECT horizon, round(pnbd_predict(m, 4, 200, 250, horizon)::numeric, 6) AS purchases,
       round(churn_prob(m, 4, 200, 250, horizon)::numeric, 6) AS silent
FROM pnbd_model(.5, 30, 1.5, 100) m, unnest(ARRAY[0, 1, 30, 365, 3650, 1e6, 'infinity']::float8[]) horizon;
SELECT pnbd_predict(pnbd_model(.5, 30, .9, 100), 4, 200, 250, 'infinity');

-- A fit: the same from rows, from a stored base, from its parts, in parallel, as a float8 frequency
CREATE TABLE base AS
WITH days AS (SELECT customer_id, ordered_at::date AS day
              FROM simulate_orders(pnbd_model(.6, 60, .7, 90), gg_model(6, 4, 15), 4000, '2023-01-01', '2024-06-30', 11))
SELECT customer_id, count(DISTINCT day) - 1 AS frequency, (max(day) - min(day))::float8 AS recency,
       (date '2024-06-30' - min(day))::float8 AS tenure
FROM days GROUP BY customer_id;
CREATE TABLE fitted AS SELECT pnbd_fit(frequency, recency, tenure) AS model FROM base;
SELECT name, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error
FROM fitted, model_params(model);
SELECT model_status(model), round(log_likelihood(model)::numeric, 4) AS log_likelihood FROM fitted;
SELECT pnbd_fit(b)::text = model::text AS from_base
FROM fitted, (SELECT customer_base(frequency, recency, tenure) AS b FROM base) s;
SELECT pnbd_fit(rollup(b))::text = (SELECT model::text FROM fitted) AS from_parts
FROM (SELECT customer_base(frequency, recency, tenure) AS b FROM base GROUP BY customer_id % 7) s;
SELECT pnbd_fit(frequency::float8, recency, tenure)::text = (SELECT model::text FROM fitted) AS from_float8 FROM base;
SELECT pnbd_fit(frequency, recency, tenure)::text = (SELECT model::text FROM fitted) AS reversed
FROM (SELECT * FROM base ORDER BY customer_id DESC) s;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
ALTER TABLE base SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT pnbd_fit(frequency, recency, tenure) FROM base;
SELECT pnbd_fit(frequency, recency, tenure)::text = (SELECT model::text FROM fitted) AS parallel FROM base;
COMMIT;

-- The log-likelihood is the sum of the customers', and the estimates are where it is largest
SELECT abs(sum(log_likelihood(model, frequency, recency, tenure)) - max(log_likelihood(model))) < 1e-6 AS sums
FROM fitted, base;
SELECT p.name, bool_and(there < log_likelihood(model)) AS lower
FROM fitted, LATERAL (SELECT (model::jsonb -> 'params') AS params) e,
     (VALUES ('r'), ('alpha'), ('s'), ('beta')) p(name), (VALUES (.99), (1.01)) f(factor),
     LATERAL (SELECT sum(log_likelihood(pnbd_model(
                  (params ->> 'r')::float8 * CASE name WHEN 'r' THEN factor ELSE 1 END,
                  (params ->> 'alpha')::float8 * CASE name WHEN 'alpha' THEN factor ELSE 1 END,
                  (params ->> 's')::float8 * CASE name WHEN 's' THEN factor ELSE 1 END,
                  (params ->> 'beta')::float8 * CASE name WHEN 'beta' THEN factor ELSE 1 END),
                  frequency, recency, tenure)) AS there FROM base) s
GROUP BY p.name ORDER BY p.name;

-- Another unit of time is another alpha and beta, and nothing else
SELECT name, round((CASE WHEN name IN ('alpha', 'beta') THEN 7 ELSE 1 END * estimate)::numeric, 6) AS estimate
FROM (SELECT pnbd_fit(frequency, recency / 7, tenure / 7) AS model FROM base) s, model_params(model);

-- Running fits over a window: the final function leaves the state alone
SELECT bool_and(model IS NOT NULL) FROM (
    SELECT pnbd_fit(frequency, recency, tenure) OVER (ORDER BY customer_id / 1000) AS model FROM base) s;

-- Fits that refuse say why and predict nothing
SELECT pnbd_fit(frequency, recency, tenure) IS NULL AS no_rows FROM base WHERE false;
SELECT pnbd_fit(0, 0, tenure) AS nobody_came_back FROM base;
SELECT model_status(pnbd_fit(frequency, recency, tenure)) AS one_customer FROM base WHERE customer_id = 1;
SELECT model_status(pnbd_fit(3, 100, 200)) AS identical FROM generate_series(1, 1000);
-- Everybody buys every 30 days and nobody leaves: how purchase rates differ, and how many leave, cannot be told
SELECT model_status(model) AS clockwork, pnbd_predict(model, 2, 50, 100, 30) AS purchases,
       prob_alive(model, 2, 50, 100) AS alive, churn_prob(model, 2, 50, 100) AS churn,
       churn_prob(model, 2, 50, 100, 30) AS silent, log_likelihood(model, 2, 50, 100) AS log_likelihood
FROM (SELECT pnbd_fit(n, 30 * n, 30 * n + 1) AS model FROM generate_series(1, 100) n) s;
SELECT * FROM model_params((SELECT pnbd_fit(0, 0, tenure) FROM base));

-- NULLs: rows are skipped, predictions are NULL
SELECT pnbd_fit(frequency, recency, tenure)::text = (SELECT model::text FROM fitted) AS nulls_skipped
FROM (SELECT frequency, recency, tenure FROM base UNION ALL VALUES (NULL, 0, 1), (1, NULL, 1), (1, 1, NULL)) s;
SELECT pnbd_predict(m, NULL, 0, 1, 30), pnbd_predict(m, 0, NULL, 1, 30), pnbd_predict(m, 0, 0, NULL, 30),
       pnbd_predict(m, 0, 0, 1, NULL), pnbd_predict(NULL, 0, 0, 1, 30), prob_alive(NULL, 0, 0, 1)
FROM pnbd_model(.5629966, 12.559037, .4081095, 10.5148048) m;

-- Bad input: the value and the mend
CREATE TABLE bad (query text);
INSERT INTO bad VALUES
    ('pnbd_predict(m, -1, 0, 1, 30)'), ('pnbd_predict(m, 2.5, 1, 2, 30)'), ('pnbd_predict(m, 1, 3, 2, 30)'),
    ('pnbd_predict(m, 1, 0, 2, 30)'), ('pnbd_predict(m, 0, 1, 2, 30)'), ('pnbd_predict(m, 1, -1, 2, 30)'),
    ('pnbd_predict(m, 1, ''NaN'', 2, 30)'), ('pnbd_predict(m, 1, 1, ''infinity'', 30)'),
    ('pnbd_predict(m, ''NaN'', 1, 2, 30)'), ('pnbd_predict(m, 1e300, 1, 2, 30)'),
    ('pnbd_predict(m, 1, 1, 2, -1)'), ('pnbd_predict(m, 1, 1, 2, ''NaN'')'), ('churn_prob(m, 1, 1, 2, -1e-9)'),
    ('prob_alive(m, 1, 3, 2)'), ('churn_prob(m, 1, 3, 2)'), ('log_likelihood(m, 1, 3, 2)'),
    ('pnbd_predict(gg_model(6, 4, 15), 1, 1, 2, 30)'), ('pnbd_predict(bgnbd_model(1, 1, 1, 1), 1, 1, 2, 30)'),
    ('prob_alive(gg_model(6, 4, 15), 1, 1, 2)'),
    ('pnbd_model(0, 1, 1, 1)'), ('pnbd_model(1, -1, 1, 1)'), ('pnbd_model(1, 1, ''NaN'', 1)'),
    ('pnbd_model(1, 1, 1, ''infinity'')'), ('(SELECT pnbd_fit(-1, 0, 0))'), ('(SELECT pnbd_fit(1.5, 1, 2))'),
    ('(SELECT pnbd_fit(1, 3, 2))');
DO $$
DECLARE
    bad record;
    state text; message text; detail text; hint text;
BEGIN
    FOR bad IN SELECT * FROM bad LOOP
        BEGIN
            EXECUTE 'SELECT ' || bad.query || ' FROM pnbd_model(.5629966, 12.559037, .4081095, 10.5148048) m';
            RAISE NOTICE '% passes', bad.query;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
            RAISE NOTICE '% -> % % (%)', bad.query, state, message, hint;
        END;
    END LOOP;
END $$;

DROP TABLE base, fitted, bad;

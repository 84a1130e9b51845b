-- Pareto/NBD: published figures, predictions, a fit

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

-- The figures of a fit
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

-- Another unit of time is another alpha and beta, and nothing else
SELECT name, round((CASE WHEN name IN ('alpha', 'beta') THEN 7 ELSE 1 END * estimate)::numeric, 6) AS estimate
FROM (SELECT pnbd_fit(frequency, recency / 7, tenure / 7) AS model FROM base) s, model_params(model);

-- Everybody buys every 30 days and nobody leaves: how purchase rates differ, and how many leave, cannot be told
SELECT model_status(model) AS clockwork, pnbd_predict(model, 2, 50, 100, 30) AS purchases,
       prob_alive(model, 2, 50, 100) AS alive, churn_prob(model, 2, 50, 100) AS churn,
       churn_prob(model, 2, 50, 100, 30) AS silent, log_likelihood(model, 2, 50, 100) AS log_likelihood
FROM (SELECT pnbd_fit(n, 30 * n, 30 * n + 1) AS model FROM generate_series(1, 100) n) s;

DROP TABLE base, fitted;

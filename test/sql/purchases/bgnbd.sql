-- BG/NBD: published figures, predictions, a fit

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

-- The figures of a fit
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

-- Another unit of time is another alpha, and nothing else
SELECT name, round((CASE name WHEN 'alpha' THEN 7 ELSE 1 END * estimate)::numeric, 6) AS estimate
FROM (SELECT bgnbd_fit(frequency, recency / 7, tenure / 7) AS model FROM base) s, model_params(model);

-- A fit that refuses says why
SELECT bgnbd_fit(0, 0, tenure) AS nobody_came_back FROM base;
SELECT * FROM model_params((SELECT bgnbd_fit(0, 0, tenure) FROM base));

-- Everybody buys every 30 days and nobody leaves: how purchase rates differ, and how many leave, cannot be told
SELECT model_status(model) AS clockwork, bgnbd_predict(model, 2, 50, 100, 30) AS purchases,
       prob_alive(model, 2, 50, 100) AS alive, churn_prob(model, 2, 50, 100) AS churn,
       churn_prob(model, 2, 50, 100, 30) AS silent, log_likelihood(model, 2, 50, 100) AS log_likelihood
FROM (SELECT bgnbd_fit(n, 30 * n, 30 * n + 1) AS model FROM generate_series(1, 100) n) s;

DROP TABLE base, fitted;

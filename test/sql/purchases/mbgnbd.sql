-- MBG/NBD: the first purchase counts, published figures, predictions, a fit

-- A customer without repeat purchase may have left at once: P(alive) is b/(a + b) at first, and falls with time
SELECT tenure, round(prob_alive(m, 0, 0, tenure)::numeric, 9) AS alive, round(churn_prob(m, 0, 0, tenure)::numeric, 9) AS gone,
       round(mbgnbd_predict(m, 0, 0, tenure, 39)::numeric, 9) AS purchases
FROM mbgnbd_model(.5248432, 6.1830853, .8913594, 1.6140022) m, unnest(ARRAY[0, 1, 10, 38.86, 1000]) tenure;

-- Who purchased again is a customer of a BG/NBD model with b + 1
SELECT round(mbgnbd_predict(m, 2, 30.43, 38.86, 39)::numeric, 9) AS purchases,
       round(bgnbd_predict(bgnbd_model(.5248432, 6.1830853, .8913594, 2.6140022), 2, 30.43, 38.86, 39)::numeric, 9) AS as_bgnbd,
       round(prob_alive(m, 2, 30.43, 38.86)::numeric, 9) AS alive,
       round(churn_prob(m, 2, 30.43, 38.86)::numeric, 9) AS gone,
       round(churn_prob(m, 2, 30.43, 38.86, 39)::numeric, 9) AS silent
FROM mbgnbd_model(.5248432, 6.1830853, .8913594, 1.6140022) m;

-- The chances of no and of one repeat purchase within a day make up almost all
SELECT round((exp(max(log_likelihood(m, 0, 0, 1))) + sum(exp(log_likelihood(m, 1, t, 1))) / 10000)::numeric, 5) AS none_or_one
FROM mbgnbd_model(.5, 300, .9, 1.6) m, generate_series(.00005, .99995, .0001) t;

-- The longer the horizon, the more; all there will ever be is finite for a > 1 only
SELECT horizon, round(mbgnbd_predict(m, 4, 200, 250, horizon)::numeric, 6) AS purchases,
       round(churn_prob(m, 4, 200, 250, horizon)::numeric, 6) AS silent
FROM mbgnbd_model(.5, 30, 1.5, 4) m, unnest(ARRAY[0, 1, 30, 365, 3650, 1e6, 'infinity']::float8[]) horizon;
SELECT mbgnbd_predict(mbgnbd_model(.5, 30, .9, 4), 4, 200, 250, 'infinity');

-- The figures of a fit
CREATE TABLE base AS
WITH days AS (SELECT customer_id, ordered_at::date AS day
              FROM simulate_orders(mbgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), 4000, '2023-01-01', '2024-06-30', 11))
SELECT customer_id, count(DISTINCT day) - 1 AS frequency, (max(day) - min(day))::float8 AS recency,
       (date '2024-06-30' - min(day))::float8 AS tenure
FROM days GROUP BY customer_id;
CREATE TABLE fitted AS SELECT mbgnbd_fit(frequency, recency, tenure) AS model FROM base;
SELECT name, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error
FROM fitted, model_params(model);
SELECT model_status(model), round(log_likelihood(model)::numeric, 4) AS log_likelihood FROM fitted;

-- Another unit of time is another alpha, and nothing else
SELECT name, round((CASE name WHEN 'alpha' THEN 7 ELSE 1 END * estimate)::numeric, 6) AS estimate
FROM (SELECT mbgnbd_fit(frequency, recency / 7, tenure / 7) AS model FROM base) s, model_params(model);

-- Everybody buys every 30 days and nobody leaves: how purchase rates differ, and how many leave, cannot be told
SELECT model_status(model) AS clockwork, mbgnbd_predict(model, 2, 50, 100, 30) AS purchases,
       prob_alive(model, 2, 50, 100) AS alive, churn_prob(model, 2, 50, 100) AS churn,
       churn_prob(model, 2, 50, 100, 30) AS silent, log_likelihood(model, 2, 50, 100) AS log_likelihood
FROM (SELECT mbgnbd_fit(n, 30 * n, 30 * n + 1) AS model FROM generate_series(1, 100) n) s;

DROP TABLE base, fitted;

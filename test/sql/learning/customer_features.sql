-- Attributes of customers from their histories, and training sets: by hand, edges, refusals.
\set VERBOSITY terse
SET extra_float_digits = 0;
CREATE TEMP TABLE orders (customer int, day date, amount numeric);
INSERT INTO orders VALUES (1, '2024-01-10', 10), (1, '2024-01-10', 5), (1, '2024-02-09', 20), (1, '2024-04-09', NULL), (1, '2024-07-08', 30),
    (2, '2024-05-01', 7), (3, '2023-12-31', NULL), (3, '2024-02-29', NULL), (4, '2024-08-01', 1), (5, '2024-03-01', -4), (1, '2024-09-01', 100),
    (2, '2024-08-15', -2), (6, '2024-09-20', 9), (3, '2024-12-01', 8);
CREATE TEMP TABLE histories AS
SELECT customer, purchase_history(day, amount) FILTER (WHERE day <= '2024-08-01') AS history FROM orders GROUP BY 1;
SELECT customer, f.* FROM histories LEFT JOIN LATERAL customer_features(history, '2024-08-01') AS f ON true ORDER BY 1;
-- The same from the definitions.
WITH d AS (SELECT customer, day, lead(day) OVER (PARTITION BY customer ORDER BY day) - day AS gap
           FROM (SELECT DISTINCT customer, day FROM orders WHERE day <= '2024-08-01' AND amount IS DISTINCT FROM -4) AS o),
h AS (SELECT customer, count(*) AS purchases, avg(gap) AS mean_gap, stddev_pop(gap) AS gap_deviation, date '2024-08-01' - max(day) AS silence,
        date '2024-08-01' - min(day) AS tenure,
        count(*) FILTER (WHERE day > date '2024-08-01' - 90) / count(*)::float8 AS recent_share FROM d GROUP BY 1)
SELECT count(*), bool_and(f.purchases = h.purchases AND f.silence = h.silence AND f.tenure = h.tenure
    AND abs(f.mean_gap - coalesce(h.mean_gap, h.tenure)) < 1e-12 AND abs(f.gap_deviation - coalesce(h.gap_deviation, 0)) < 1e-10
    AND f.recent_share = h.recent_share
    AND abs(f.silence_ratio - h.silence / greatest(1, coalesce(h.mean_gap, h.tenure))::float8) < 1e-12) AS same
FROM h JOIN histories USING (customer), LATERAL customer_features(history, '2024-08-01') AS f;
SELECT customer_features(history, '2024-07-31') FROM histories WHERE customer = 4;
SELECT customer_features(history, 'infinity') FROM histories WHERE customer = 4;
SELECT customer_features(NULL, '2024-07-31') IS NULL AS none;
-- Months, over centuries.
SELECT count(*) AS days, bool_and(f.first_month = extract(month FROM day)) AS same
FROM (SELECT day::date AS day, purchase_history(day::date, 1) AS history FROM generate_series(timestamp '1896-01-01', '2110-01-01', '17 days') AS day
      GROUP BY day) AS d, LATERAL customer_features(history, day) AS f;

-- The same in the scales of learners.
SELECT count(*), bool_and(feature_names(x) = '{log_gap,log_purchases,log_revenue,log_silence,log_tenure,recent_share,trend}'::text[]
    AND (SELECT bool_and(abs((x::jsonb ->> v.name)::float8 - v.value) < 1e-14)
         FROM (VALUES ('log_gap', ln(1 + f.mean_gap)), ('log_purchases', ln(f.purchases)), ('log_revenue', ln(1 + coalesce(f.revenue, 0))),
                      ('log_silence', ln(1 + f.silence)), ('log_tenure', ln(1 + f.tenure)), ('recent_share', f.recent_share), ('trend', f.trend))
              AS v (name, value))) AS same
FROM histories, LATERAL customer_features(history, '2024-08-01') AS f, LATERAL learner_features(history, '2024-08-01') AS x WHERE f.purchases > 0;
SELECT learner_features(purchase_history(date '2024-01-01', -4), '2024-08-01') IS NULL AS none, learner_features(NULL, '2024-08-01') IS NULL AS nobody;
SELECT learner_features(history, '2024-07-31') FROM histories WHERE customer = 4;

SELECT customer_id, purchases, orders_before, revenue, silence, trend, purchases_after, revenue_after
FROM cltv_training_set('orders', 'customer', 'day', 'amount', '2024-08-01', 60) ORDER BY 1;
-- What comes later changes no attribute, and what comes after the horizon no response.
CREATE TEMP TABLE before AS SELECT * FROM cltv_training_set('orders', 'customer', 'day', 'amount', '2024-08-01', 60);
INSERT INTO orders VALUES (1, '2024-10-01', 1000), (2, '2024-10-01', 50);
SELECT count(*) FROM (TABLE before EXCEPT SELECT * FROM cltv_training_set('orders', 'customer', 'day', 'amount', '2024-08-01', 60)) AS other;
INSERT INTO orders VALUES (2, '2024-08-02', 50);
SELECT b.customer_id, a.purchases_after, a.revenue_after
FROM before AS b JOIN cltv_training_set('orders', 'customer', 'day', 'amount', '2024-08-01', 60) AS a USING (customer_id)
WHERE a IS DISTINCT FROM b;
SELECT * FROM cltv_training_set('orders', 'customer', 'day', 'amount', '2024-08-01', 400);
SELECT * FROM cltv_training_set('orders', 'customer', 'day', 'amount', '2024-08-01', 0);
SELECT * FROM cltv_training_set('orders', 'customer', 'day', 'amount', '2020-08-01', 60);
SELECT * FROM cltv_training_set('orders', 'customer', 'day', 'amount', 'infinity', 60);
SELECT * FROM cltv_training_set('orders', 'customer', 'no', 'amount', '2024-08-01', 60);
SELECT count(*) FROM cltv_training_set('orders', 'customer', 'day', 'amount', NULL, 60);
SELECT count(*) FROM cltv_training_set('orders', 'customer', 'day', 'amount', '2024-08-01', NULL);

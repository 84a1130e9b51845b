-- When a customer orders next: from churn_prob, day by day.
CREATE TEMP TABLE models AS SELECT bgnbd_model(0.2426, 30.9, 0.793, 2.426) AS bgnbd, pnbd_model(0.553, 74, 0.606, 82) AS pnbd, mbgnbd_model(0.525, 43, 0.891, 1.614) AS mbgnbd,
    nbd_model(0.8, 60) AS nbd;
CREATE TEMP TABLE customers AS
SELECT * FROM (VALUES (0, 0.0, 0.0), (0, 0, 400), (3, 100, 120), (12, 350, 365), (12, 100, 365), (1, 1, 700)) AS v (frequency, recency, tenure);
SELECT m.name, count(*) AS tried, count(n.day) AS found,
       bool_and(CASE WHEN n.day IS NULL THEN churn_prob(m.model, frequency, recency, tenure, 36525) > 1 - prob
                ELSE churn_prob(m.model, frequency, recency, tenure, n.day - date '2025-01-01') <= 1 - prob
                     AND (n.day = date '2025-01-02' OR churn_prob(m.model, frequency, recency, tenure, n.day - 1 - date '2025-01-01') > 1 - prob) END) AS right
FROM models, LATERAL (VALUES ('bgnbd', bgnbd), ('pnbd', pnbd), ('mbgnbd', mbgnbd), ('nbd', nbd)) AS m (name, model), customers,
     unnest('{0.01,0.1,0.5,0.9,0.999}'::float8[]) AS prob, LATERAL (SELECT next_order(m.model, frequency, recency, tenure, '2025-01-01', prob) AS day) AS n
GROUP BY 1 ORDER BY 1;
SELECT frequency, recency, tenure, next_order(bgnbd, frequency, recency, tenure, '2025-01-01'), i.*
FROM models, customers, next_order_interval(bgnbd, frequency, recency, tenure, '2025-01-01') AS i;
SELECT bool_and(i.lower IS NOT DISTINCT FROM next_order(pnbd, frequency, recency, tenure, '2025-01-01', (1 - 0.9::float8) / 2)
                AND i.upper IS NOT DISTINCT FROM next_order(pnbd, frequency, recency, tenure, '2025-01-01', (1 + 0.9::float8) / 2)) AS ends
FROM models, customers, next_order_interval(pnbd, frequency, recency, tenure, '2025-01-01', 0.9) AS i;
-- Attributes
CREATE TEMP TABLE known AS
SELECT c % 4 AS frequency, (CASE WHEN c % 4 > 0 THEN 20 + c % 90 ELSE 0 END)::float8 AS recency, (120 + c % 200)::float8 AS tenure,
       features(ARRAY['web'], ARRAY[c % 2]::float8[]) AS x FROM generate_series(1, 400) AS c;
CREATE TEMP TABLE of_known AS SELECT nbd_fit(frequency, recency, tenure) AS plain, bgnbd_fit(frequency, recency, tenure, x) AS fitted FROM known;
SELECT next_order(fitted, 3, 100, 120, '2025-01-01', 0.3, features(ARRAY['web'], ARRAY[1::float8])) IS NOT NULL AS known,
       next_order(fitted, 3, 100, 120, '2025-01-01', 0.3, features(ARRAY['web'], ARRAY[NULL::float8])) IS NULL AS not_known FROM of_known;
SELECT next_order(fitted, 3, 100, 120, '2025-01-01') FROM of_known;
-- A calendar
CREATE TEMP TABLE orders AS SELECT * FROM simulate_orders(bgnbd_model(0.6, 30, 0.8, 3), gg_model(6.25, 3.74, 15.44), 400, '2022-01-01', '2024-12-31', 5);
CREATE TEMP TABLE dated AS
SELECT bgnbd_fit(history, '2024-12-31', calendar_season('2022-01-01', '2024-12-31', harmonics => 1)) AS seasonal,
       pnbd_fit(history, '2024-12-31', calendar_months('2022-01-01', '2024-12-31')) AS monthly
FROM (SELECT purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS h;
SELECT name, count(*) > 1000 AS tried, count(n.day) BETWEEN 200 AND 1100 AS found,
       bool_and(CASE WHEN n.day IS NULL THEN churn_prob(model, history, '2024-12-31', 3652) > 1 - prob
                ELSE churn_prob(model, history, '2024-12-31', n.day - date '2024-12-31') <= 1 - prob
                     AND (n.day = date '2025-01-01' OR churn_prob(model, history, '2024-12-31', n.day - 1 - date '2024-12-31') > 1 - prob) END) AS right
FROM (SELECT history, s.* FROM (SELECT purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS h, rfm_summary(history, '2024-12-31') AS s) AS c,
     dated, LATERAL (VALUES ('seasonal', seasonal), ('monthly', monthly)) AS m (name, model), unnest('{0.1,0.5,0.9}'::float8[]) AS prob,
     LATERAL (SELECT next_order(model, frequency, recency, tenure, '2024-12-31', prob) AS day) AS n
GROUP BY name ORDER BY name;
SELECT next_order(seasonal, 3, 100.5, 120, '2024-12-31') FROM dated;
-- By their own rhythm
SELECT days_between_orders(4, 100), days_between_orders(0, 0), overdue(4, 100, 150), overdue(0, 0, 100), overdue(1, 1, NULL);
-- NULL, and bad input
SELECT next_order(NULL, 1, 2, 3, '2025-01-01'), next_order(bgnbd, 3, 100, 120, NULL), next_order(bgnbd, 3, 100, 120, '2025-01-01', NULL) FROM models;
SELECT next_order(bgnbd, 3, 100, 120, '2025-01-01', 1) FROM models;
SELECT next_order(bgnbd, 3, 100, 120, '2025-01-01', 'NaN') FROM models;
SELECT next_order_interval(bgnbd, 3, 100, 120, '2025-01-01', 0) FROM models;
SELECT next_order(bgnbd, 3, 130, 120, '2025-01-01') FROM models;
SELECT next_order(bgnbd, 3, 100, 120, 'infinity') FROM models;
SELECT next_order(nbd, 3, 100, 120, '5874897-12-30', 0.999) FROM models;
SELECT next_order(bgbb_model(1.2, 0.75, 0.66, 2.78), 1, 2, 3, '2025-01-01');
SELECT next_order(gg_model(6.25, 3.74, 15.44), 1, 2, 3, '2025-01-01');

-- Two years of a shop whose customers come by three channels: those of referrals buy more often and dearer, those of discounts
-- leave sooner.
SELECT setseed(0.5);
CREATE TABLE orders AS
SELECT channel || '-' || customer_id AS customer_id, ordered_at, amount
FROM (VALUES ('search', 900, bgnbd_model(0.8, 60, 0.9, 4), 60, 1), ('referral', 600, bgnbd_model(0.8, 40, 0.9, 4), 78, 2),
             ('discount', 700, bgnbd_model(0.8, 60, 2.0, 2.9), 60, 3)) AS c (channel, customers, model, level, seed),
     LATERAL simulate_orders(model, gg_model(6, 4, level), customers, '2023-01-01', '2024-12-31', seed);
CREATE TABLE customer AS
SELECT DISTINCT customer_id, split_part(customer_id, '-', 1) AS channel, 20 + abs(hashtext(customer_id)) % 50 AS age
FROM orders;
CREATE TABLE summaries AS
SELECT customer_id, s.*
FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS h,
     rfm_summary(history, date '2024-12-31') AS s;
CREATE TABLE acquisition AS
SELECT * FROM (VALUES ('search', 45.0), ('referral', 20.0), ('discount', 38.0)) AS c (channel, cost);
CREATE TABLE subscriptions AS
SELECT plan, least(lasts, 12) AS periods, lasts <= 12 AS churned
FROM (SELECT CASE WHEN i % 3 = 0 THEN 'yearly' ELSE 'monthly' END AS plan,
             -- The quantiles of a geometric time to leave, for chances that differ.
             1 + floor(ln(1 - (i * 0.6180339887) % 1) / ln(1 - (0.05 + 0.2 * ((i * 0.7548776662) % 1)) / (1 + (i % 3 = 0)::int)))::int AS lasts
      FROM generate_series(1, 1500) AS i) AS s;

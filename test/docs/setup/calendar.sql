-- Orders of a shop in which December brings more orders than July: what happens evenly on the clock of the weights happens on
-- the days that the clock says.
CREATE TABLE orders AS
WITH day AS (
    SELECT d::date AS day, CASE WHEN extract(month FROM d) = 12 THEN exp(0.9) WHEN extract(month FROM d) = 7 THEN exp(-0.5) ELSE 1.0 END AS weight
    FROM generate_series(date '2021-01-01', '2024-12-31', '1 day') AS d),
clock AS (SELECT day, sum(weight) OVER (ORDER BY day) - weight AS begins, sum(weight) OVER (ORDER BY day) AS ends FROM day)
SELECT customer_id, day AS ordered_at, amount
FROM simulate_orders(bgnbd_model(r => 1.2, alpha => 60, a => 0.8, b => 4), gg_model(p => 6.25, q => 3.74, v => 15.44), 3000,
                     date '2021-01-01', date '2025-12-31', 5),
     LATERAL (SELECT extract(epoch FROM ordered_at - timestamp '2021-01-01') / 86400 AS at) AS t JOIN clock ON at >= begins AND at < ends;
-- Another shop, whose customers leave in time, and e^1.2 times as fast while its prices are up.
CREATE TABLE shop_days AS
SELECT d::date AS day, i % 97 < 12 AS sale, i % 180 < 45 AS prices_up
FROM generate_series(date '2021-01-01', '2024-12-31', '1 day') AS d, LATERAL (SELECT d::date - date '2021-01-01' AS i) AS n;
CREATE TABLE subscribers AS
SELECT o.customer_id, purchase_history(o.ordered_at, o.amount) AS history
FROM (SELECT jsonb_build_object('kind', 'pnbd', 'params', jsonb '{"r":1.4,"alpha":45,"s":0.9,"beta":200}', 'calendar', calendar::jsonb,
                 'season', jsonb '[0.8, 1.2]', 'log_likelihood', NULL, 'customers', NULL, 'iterations', NULL, 'status', 'given', 'covariance', NULL)::text::cltv_model AS model
      FROM (SELECT calendar(day, features(s)) || dropout_calendar(calendar(day, features(p))) AS calendar
            FROM shop_days, LATERAL (SELECT sale) AS s, LATERAL (SELECT prices_up) AS p) AS c) AS m,
     simulate_orders(model, gg_model(6, 4, 15), 3000, date '2021-01-01', date '2023-12-31', 7) AS o
GROUP BY o.customer_id;
CREATE TABLE customers AS
SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id;

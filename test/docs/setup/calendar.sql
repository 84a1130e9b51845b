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
CREATE TABLE customers AS
SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id;

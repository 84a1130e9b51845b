CREATE TABLE customers AS
SELECT customer_id, (ARRAY['AT', 'BE'])[1 + customer_id % 2] AS country, purchase_history(ordered_at, amount) AS history
FROM simulate_orders(bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), 2000,
                     date '2023-01-01', date '2024-12-31', 1)
GROUP BY customer_id;

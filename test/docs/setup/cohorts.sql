CREATE TABLE orders AS
SELECT customer_id, ordered_at, amount
FROM simulate_orders(bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), 1000,
                     date '2024-01-01', date '2024-06-20', 1);

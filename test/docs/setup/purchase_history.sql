CREATE TABLE orders AS
SELECT * FROM simulate_orders(bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), 200,
                              date '2024-01-01', date '2024-12-31', 1);
CREATE TABLE monthly_histories AS
SELECT date_trunc('month', ordered_at) AS month, customer_id, purchase_history(ordered_at, amount) AS history
FROM orders GROUP BY month, customer_id;

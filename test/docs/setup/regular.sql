-- A shop of coffee, whose customers order at regular intervals.
CREATE TABLE histories AS
SELECT customer_id, purchase_history(ordered_at, amount) AS history
FROM simulate_orders(mbgcnbd_model(r => 2, alpha => 6, a => 0.5, b => 3, k => 3), gg_model(6, 4, 15), 2000,
                     '2024-01-01', '2024-12-31', 1)
GROUP BY customer_id;

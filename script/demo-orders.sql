-- The demo's shop: two years of 5,000 customers, the same each time.

CREATE TABLE orders AS
SELECT * FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5),
                              gg_model(p => 6.25, q => 3.74, v => 15.44),
                              5000, date '2023-01-01', date '2024-12-31', 42);

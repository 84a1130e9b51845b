-- A shop of a thousand customers.
CREATE TABLE orders AS
SELECT * FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
                              customers => 1000, first_day => '2023-01-01', last_day => '2024-12-31', seed => 42);

-- A shop until the end of November, and the accounts of its customers.
CREATE TABLE everything AS
SELECT * FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
                              customers => 1000, first_day => '2023-01-01', last_day => '2024-12-31', seed => 42);
CREATE TABLE orders AS SELECT * FROM everything WHERE ordered_at < '2024-12-01';
CREATE TABLE accounts AS
SELECT customer_id, CASE customer_id % 3 WHEN 0 THEN 'AT' WHEN 1 THEN 'CH' ELSE 'DE' END AS country,
       CASE WHEN customer_id % 3 = 1 THEN 0.40 ELSE 0.25 END AS margin_rate
FROM (SELECT DISTINCT customer_id FROM everything) AS c;

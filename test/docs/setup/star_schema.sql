-- A warehouse: a row of facts for each line of an order, and a dimension of customers with a row for each of their
-- versions.
CREATE TABLE dim_customer (customer_key integer PRIMARY KEY, customer_number text, email text, country text,
    is_internal boolean,
    valid_from date, valid_to date, is_current boolean);
CREATE TABLE dim_date (date_key integer PRIMARY KEY, full_date date);
CREATE TABLE fact_orders (order_number text, line_number integer, date_key integer, time_of_day time,
    customer_key integer,
    order_status text, transaction_type text, original_order_number text, quantity integer, gross_amount numeric(12,2),
    discount_amount numeric(12,2), tax_amount numeric(12,2), shipping_amount numeric(12,2), currency_code text,
    rate_to_eur numeric(12,6));
INSERT INTO dim_date SELECT to_char(d, 'YYYYMMDD')::integer, d::date
FROM generate_series(timestamp '2024-01-01', '2024-06-30', '1 day') AS d;
INSERT INTO dim_customer VALUES
    (-1, 'unknown', NULL, NULL, false, '1900-01-01', '9999-12-31', true),
    (1, 'C-7', 'anna@example.com', 'DE', false, '2024-01-08', '2024-03-31', false),
    (2, 'C-8', 'ben@example.com', 'DE', false, '2024-01-20', '9999-12-31', true),
    (3, 'C-3', 'carla@example.com', 'AT', false, '2024-02-02', '9999-12-31', true),
    (4, 'C-7', 'anna@example.com', 'CH', false, '2024-04-01', '9999-12-31', true),
    (5, 'C-1', 'owner@shop.example', 'DE', true, '2023-01-01', '9999-12-31', true),
    (6, 'C-5', 'eric@example.com', 'US', false, '2024-03-18', '9999-12-31', true);
INSERT INTO fact_orders VALUES
('1001', 1, 20240108, '10:15', 1, 'shipped', 'sale', NULL, 1, 30.00, 2.00, 4.47, 4.90, 'EUR', 1),
('1001', 2, 20240108, '10:15', 1, 'shipped', 'sale', NULL, 2, 12.00, 0.00, 1.92, 0.00, 'EUR', 1),
('1002', 1, 20240120, '18:02', 2, 'shipped', 'sale', NULL, 1, 88.00, 8.00, 12.77, 0.00, 'EUR', 1),
('1003', 1, 20240202, '09:30', 3, 'shipped', 'sale', NULL, 1, 25.10, 0.00, 4.01, 4.90, 'EUR', 1),
('1004', 1, 20240219, '21:12', 1, 'shipped', 'sale', NULL, 2, 40.00, 0.00, 6.39, 0.00, 'EUR', 1),
('1004', 2, 20240219, '21:12', 1, 'shipped', 'sale', NULL, 1, 20.00, 0.00, 3.19, 0.00, 'EUR', 1),
('1005', 1, 20240220, '08:00', 3, 'cancelled', 'sale', NULL, 1, 19.90, 0.00, 3.18, 4.90, 'EUR', 1),
('1006', 1, 20240301, '12:00', 5, 'shipped', 'sale', NULL, 1, 1.00, 0.00, 0.16, 0.00, 'EUR', 1),
('R-17', 1, 20240304, '11:05', 1, 'shipped', 'return', '1004', 1, 20.00, 0.00, 3.19, 0.00, 'EUR', 1),
('1007', 1, 20240305, '16:40', 2, 'shipped', 'sale', NULL, 1, 35.00, 0.00, 5.59, 0.00, 'EUR', 1),
('R-18', 1, 20240312, '10:00', 2, 'shipped', 'return', '1007', 1, 35.00, 0.00, 5.59, 0.00, 'EUR', 1),
('1008', 1, 20240318, '23:05', 6, 'open', 'sale', NULL, 1, 50.00, 0.00, 0.00, 0.00, 'USD', 0.92),
('1009', 1, 20240413, '13:20', -1, 'shipped', 'sale', NULL, 2, 12.00, 0.00, 1.92, 0.00, 'EUR', 1),
('1010', 1, 20240610, '07:55', 4, 'open', 'sale', NULL, 1, 34.00, 0.00, 5.43, 4.90, 'EUR', 1),
('1011', 1, 20240612, '07:55', 4, 'draft', 'sale', NULL, 1, 34.00, 0.00, 5.43, 4.90, 'EUR', 1);

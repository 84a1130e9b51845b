-- The tables of a shop on Magento, as a copy in PostgreSQL has them, with only the columns that the view reads. Times
-- are in UTC.
CREATE TABLE sales_order (entity_id bigint PRIMARY KEY, increment_id text, state text, status text, store_id smallint,
    customer_id bigint, customer_is_guest smallint, customer_email text, base_grand_total numeric(20,4),
    base_tax_amount numeric(20,4),
    base_currency_code text, grand_total numeric(20,4), order_currency_code text, created_at timestamp);
CREATE TABLE sales_creditmemo (entity_id bigint PRIMARY KEY, increment_id text, order_id bigint, state integer,
    base_grand_total numeric(20,4), base_tax_amount numeric(20,4), created_at timestamp);
INSERT INTO sales_order VALUES
(1, '000000001', 'complete', 'complete', 1, 7, 0, 'anna@example.com', 44.90, 7.17, 'EUR', 44.90, 'EUR',
    '2024-01-08 09:15:00'),
(2, '000000002', 'complete', 'complete', 1, NULL, 1, 'Ben@Example.com', 80.00, 12.77, 'EUR', 80.00, 'EUR',
    '2024-01-20 17:02:11'),
(3, '000000003', 'complete', 'complete', 1, NULL, 1, 'carla@example.com', 30.00, 4.79, 'EUR', 30.00, 'EUR',
    '2024-02-02 08:30:45'),
(4, '000000004', 'complete', 'complete', 1, 7, 0, 'anna@example.com', 60.00, 9.58, 'EUR', 60.00, 'EUR',
    '2024-02-19 20:12:00'),
(5, '000000005', 'canceled', 'canceled', 1, NULL, 1, 'dora@example.com', 24.80, 3.96, 'EUR', 24.80, 'EUR',
    '2024-02-20 07:00:00'),
(6, '000000006', 'complete', 'complete', 1, 1, 0, 'owner@shop.example', 1.00, 0.16, 'EUR', 1.00, 'EUR',
    '2024-03-01 11:00:00'),
(7, '000000007', 'closed', 'closed', 1, 9, 0, 'ben@example.com', 35.00, 5.59, 'EUR', 35.00, 'EUR',
    '2024-03-05 15:40:00'),
(8, '2000000001', 'processing', 'processing', 2, NULL, 1, 'eric@example.com', 40.00, 0, 'EUR', 50.00, 'USD',
    '2024-03-18 22:05:00'),
(9, '000000009', 'new', 'pending', 1, 7, 0, 'anna@example.com', 20.00, 3.19, 'EUR', 20.00, 'EUR',
    '2024-04-02 09:00:00'),
(10, '000000010', 'pending_payment', 'pending_payment', 1, NULL, 1, 'fred@example.com', 12.00, 1.92, 'EUR', 12.00,
    'EUR', '2024-04-13 11:20:00'),
(11, '000000011', 'complete', 'complete', 1, NULL, 1, 'carla@example.com', 45.00, 7.18, 'EUR', 45.00, 'EUR',
    '2024-05-31 22:40:00'),
(12, '000000012', 'processing', 'processing', 1, 7, 0, 'anna@example.com', 38.90, 6.21, 'EUR', 38.90, 'EUR',
    '2024-06-10 05:55:30');
INSERT INTO sales_creditmemo VALUES (1, '000000001', 4, 2, 20.00, 3.19, '2024-03-04 10:05:00'),
    (2, '000000002', 7, 2, 35.00, 5.59, '2024-03-12 09:00:00'), (3, '000000003', 11, 3, 45.00, 7.18,
    '2024-06-03 09:00:00');

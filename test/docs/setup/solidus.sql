-- The tables of a shop on Solidus with only the columns that the view reads. Times are in UTC.
CREATE TABLE spree_orders (id integer PRIMARY KEY, number text, state text, user_id integer, email text,
    total numeric(10,2),
    additional_tax_total numeric(10,2), included_tax_total numeric(10,2), currency text, completed_at timestamp,
    store_id integer);
CREATE TABLE spree_payment_methods (id integer PRIMARY KEY, type text, name text);
CREATE TABLE spree_payments (id integer PRIMARY KEY, order_id integer, payment_method_id integer, amount numeric(10,2),
    state text);
CREATE TABLE spree_refunds (id integer PRIMARY KEY, payment_id integer, amount numeric(10,2), created_at timestamp(6));
INSERT INTO spree_orders VALUES
(1, 'R100000001', 'complete', 7, 'anna@example.com', 44.90, 0, 7.17, 'EUR', '2024-01-08 09:15:00', 1),
(2, 'R100000002', 'complete', NULL, 'Ben@Example.com', 80.00, 0, 12.77, 'EUR', '2024-01-20 17:02:11', 1),
(3, 'R100000003', 'complete', NULL, 'carla@example.com', 30.00, 0, 4.79, 'EUR', '2024-02-02 08:30:45', 1),
(4, 'R100000004', 'complete', 7, 'anna@example.com', 60.00, 0, 9.58, 'EUR', '2024-02-19 20:12:00', 1),
(5, 'R100000005', 'canceled', NULL, 'dora@example.com', 24.80, 0, 3.96, 'EUR', '2024-02-20 07:00:00', 1),
(6, 'R100000006', 'complete', 1, 'owner@shop.example', 1.00, 0, 0.16, 'EUR', '2024-03-01 11:00:00', 1),
(7, 'R100000007', 'returned', 9, 'ben@example.com', 35.00, 0, 5.59, 'EUR', '2024-03-05 15:40:00', 1),
(8, 'R100000008', 'complete', NULL, 'eric@example.com', 54.00, 4.00, 0, 'USD', '2024-03-18 22:05:00', 1),
(9, 'R100000009', 'complete', 7, 'anna@example.com', 20.00, 0, 3.19, 'EUR', '2024-04-02 09:00:00', 1),
(10, 'R100000010', 'delivery', NULL, 'fred@example.com', 12.00, 0, 1.92, 'EUR', NULL, 1),
(11, 'R100000011', 'complete', NULL, 'carla@example.com', 45.00, 0, 7.18, 'EUR', '2024-05-31 22:40:00', 1),
(12, 'R100000012', 'complete', 7, 'anna@example.com', 38.90, 0, 6.21, 'EUR', '2024-06-10 05:55:30', 1);
INSERT INTO spree_payment_methods VALUES (1, 'SolidusStripe::PaymentMethod', 'Card'), (2,
    'Spree::PaymentMethod::BogusCreditCard', 'Test'),
    (3, 'Spree::PaymentMethod::Check', 'Bank transfer');
INSERT INTO spree_payments VALUES
(1, 1, 1, 44.90, 'completed'), (2, 2, 1, 80.00, 'failed'), (3, 2, 1, 80.00, 'completed'), (4, 3, 1, 30.00, 'completed'),
(5, 4, 1, 60.00, 'completed'), (6, 5, 1, 24.80, 'void'), (7, 6, 2, 1.00, 'completed'), (8, 7, 1, 35.00, 'completed'),
(9, 8, 1, 54.00, 'completed'), (10, 9, 3, 20.00, 'checkout'), (11, 11, 1, 45.00, 'completed'), (12, 12, 1, 38.90,
    'completed');
INSERT INTO spree_refunds VALUES (1, 5, 20.00, '2024-03-04 10:05:00'), (2, 8, 35.00, '2024-03-12 09:00:00');

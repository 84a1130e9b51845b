-- The tables of a shop on WooCommerce in Berlin, as a copy in PostgreSQL has them, with only the columns that the
-- views read.
CREATE TABLE wp_wc_orders (id bigint PRIMARY KEY, status text, currency text, type text, tax_amount numeric(26,8),
    total_amount numeric(26,8), customer_id bigint, billing_email text, date_created_gmt timestamp,
    parent_order_id bigint);
CREATE TABLE wp_wc_order_operational_data (id bigint PRIMARY KEY, order_id bigint, shipping_tax_amount numeric(26,8));
CREATE TABLE wp_woocommerce_order_items (order_item_id bigint PRIMARY KEY, order_item_name text, order_item_type text,
    order_id bigint);
CREATE TABLE wp_woocommerce_order_itemmeta (meta_id bigint PRIMARY KEY, order_item_id bigint, meta_key text,
    meta_value text);
INSERT INTO wp_wc_orders VALUES
(101, 'wc-completed', 'EUR', 'shop_order', 6.39, 44.90, 7, 'anna@example.com', '2024-01-08 09:15:00', 0),
(102, 'wc-completed', 'EUR', 'shop_order', 12.77, 80.00, 0, 'Ben@Example.com', '2024-01-20 17:02:11', 0),
(103, 'wc-completed', 'EUR', 'shop_order', 4.01, 30.00, 0, 'carla@example.com', '2024-02-02 08:30:45', 0),
(104, 'wc-completed', 'EUR', 'shop_order', 9.58, 60.00, 7, 'anna@example.com', '2024-02-19 20:12:00', 0),
(105, 'wc-cancelled', 'EUR', 'shop_order', 3.18, 24.80, 0, 'dora@example.com', '2024-02-20 07:00:00', 0),
(106, 'wc-completed', 'EUR', 'shop_order', 0.16, 1.00, 1, 'owner@shop.example', '2024-03-01 11:00:00', 0),
(107, 'wc-completed', 'EUR', 'shop_order_refund', -3.19, -20.00, NULL, NULL, '2024-03-04 10:05:00', 104),
(108, 'wc-refunded', 'EUR', 'shop_order', 4.81, 35.00, 9, 'ben@example.com', '2024-03-05 15:40:00', 0),
(109, 'wc-completed', 'EUR', 'shop_order_refund', -4.81, -35.00, NULL, NULL, '2024-03-12 09:00:00', 108),
(110, 'wc-processing', 'USD', 'shop_order', 0.00, 50.00, 0, 'eric@example.com', '2024-03-18 22:05:00', 0),
(111, 'wc-pending', 'EUR', 'shop_order', 2.41, 20.00, 7, 'anna@example.com', '2024-04-02 09:00:00', 0),
(112, 'wc-checkout-draft', 'EUR', 'shop_order', 0.00, 12.00, 0, NULL, '2024-04-13 11:20:00', 0),
(113, 'wc-completed', 'EUR', 'shop_order', 7.18, 45.00, 0, 'carla@example.com', '2024-05-31 22:40:00', 0),
(114, 'wc-processing', 'EUR', 'shop_order', 5.43, 38.90, 7, 'anna@example.com', '2024-06-10 05:55:30', 0);
INSERT INTO wp_wc_order_operational_data
SELECT id, id, CASE WHEN id IN (101, 103, 105, 108, 111, 114) THEN 0.78 WHEN id = 109 THEN -0.78 ELSE 0 END
FROM wp_wc_orders WHERE id <> 112;
INSERT INTO wp_woocommerce_order_items VALUES
(1, 'Teapot', 'line_item', 101), (2, 'Cup', 'line_item', 101), (3, 'Flat rate', 'shipping', 101),
(4, 'Tea', 'line_item', 104), (5, 'Strainer', 'line_item', 104), (6, 'Strainer', 'line_item', 107);
INSERT INTO wp_woocommerce_order_itemmeta VALUES
(1, 1, '_qty', '1'), (2, 1, '_line_total', '23.53'), (3, 2, '_qty', '2'), (4, 2, '_line_total', '10.08'), (5, 3,
    'cost', '4.12'),
(6, 4, '_qty', '2'), (7, 4, '_line_total', '33.61'), (8, 5, '_qty', '1'), (9, 5, '_line_total', '16.81'),
(10, 6, '_qty', '-1'), (11, 6, '_line_total', '-16.81');

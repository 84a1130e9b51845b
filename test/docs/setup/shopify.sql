-- An order export of a shop in Berlin, of its columns only those that the view reads. An order has its own values in the
-- first of its lines.
CREATE TABLE shopify_export ("Name" text, "Email" text, "Financial Status" text, "Currency" text, "Subtotal" text,
    "Shipping" text, "Taxes" text, "Total" text, "Discount Amount" text, "Created at" text, "Lineitem quantity" text,
    "Lineitem name" text, "Lineitem price" text, "Cancelled at" text, "Payment Method" text, "Refunded Amount" text,
    "Tags" text, "Phone" text);
INSERT INTO shopify_export VALUES
('#1001', 'anna@example.com', 'paid', 'EUR', '40.00', '4.90', '7.17', '44.90', '0.00', '2024-01-08 10:15:00 +0100', '1', 'Teapot', '28.00', NULL, 'Shopify Payments', '0.00', NULL, NULL),
('#1001', 'anna@example.com', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024-01-08 10:15:00 +0100', '2', 'Cup', '6.00', NULL, NULL, NULL, NULL, NULL),
('#1002', 'Ben@Example.com', 'paid', 'EUR', '80.00', '0.00', '12.77', '80.00', '8.00', '2024-01-20 18:02:11 +0100', '1', 'Kettle', '88.00', NULL, 'PayPal Express Checkout', '0.00', NULL, NULL),
('#1003', 'carla@example.com', 'paid', 'EUR', '25.10', '4.90', '4.79', '30.00', '0.00', '2024-02-02 09:30:45 +0100', '1', 'Tea', '25.10', NULL, 'Shopify Payments', '0.00', NULL, NULL),
('#1004', 'anna@example.com', 'partially_refunded', 'EUR', '60.00', '0.00', '9.58', '60.00', '0.00', '2024-02-19 21:12:00 +0100', '3', 'Tea', '20.00', NULL, 'Shopify Payments', '20.00', NULL, NULL),
('#1005', 'dora@example.com', 'voided', 'EUR', '19.90', '4.90', '3.96', '24.80', '0.00', '2024-02-20 08:00:00 +0100', '1', 'Cup', '19.90', '2024-02-20 09:15:00 +0100', 'Shopify Payments', '0.00', NULL, NULL),
('#1006', 'owner@shop.example', 'paid', 'EUR', '1.00', '0.00', '0.16', '1.00', '0.00', '2024-03-01 12:00:00 +0100', '1', 'Tea', '1.00', NULL, '(for testing) Bogus Gateway', '0.00', NULL, NULL),
('#1007', 'ben@example.com', 'refunded', 'EUR', '30.10', '4.90', '5.59', '35.00', '0.00', '2024-03-05 16:40:00 +0100', '1', 'Strainer', '30.10', NULL, 'Shopify Payments', '35.00', NULL, NULL),
('#1008', 'eric@example.com', 'paid', 'USD', '50.00', '0.00', '0.00', '50.00', '0.00', '2024-03-18 23:05:00 +0100', '1', 'Teapot', '50.00', NULL, 'Shopify Payments', '0.00', NULL, NULL),
('#1009', 'anna@example.com', 'pending', 'EUR', '15.10', '4.90', '3.19', '20.00', '0.00', '2024-04-02 11:00:00 +0200', '1', 'Tea', '15.10', NULL, 'Bank Deposit', '0.00', NULL, NULL),
('#1010', NULL, 'paid', 'EUR', '12.00', '0.00', '1.92', '12.00', '0.00', '2024-04-13 13:20:00 +0200', '2', 'Cup', '6.00', NULL, 'Cash', '0.00', NULL, NULL),
('#1011', 'carla@example.com', 'paid', 'EUR', '45.00', '0.00', '7.18', '45.00', '5.00', '2024-05-31 23:40:00 +0200', '1', 'Teapot', '50.00', NULL, 'Shopify Payments', '0.00', 'tea club', NULL),
('#1012', 'anna@example.com', 'paid', 'EUR', '34.00', '4.90', '6.21', '38.90', '0.00', '2024-06-10 07:55:30 +0200', '1', 'Kettle', '34.00', NULL, 'Shopify Payments', '0.00', NULL, NULL);

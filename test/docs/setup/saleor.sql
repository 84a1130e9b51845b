-- The tables of a shop on Saleor with only the columns that the view reads. Identities of orders are shortened to
-- their number.
CREATE TABLE order_order (id uuid PRIMARY KEY, number integer, status text, origin text, user_id integer,
    user_email text,
    currency text, total_gross_amount numeric(20,3), total_net_amount numeric(20,3), total_charged_amount numeric(20,3),
    created_at timestamptz);
CREATE TABLE payment_transactionitem (id integer PRIMARY KEY, order_id uuid, name text);
CREATE TABLE payment_transactionevent (id integer PRIMARY KEY, transaction_id integer, type text,
    amount_value numeric(20,3),
    include_in_calculations boolean, created_at timestamptz);
CREATE TABLE payment_payment (id integer PRIMARY KEY, order_id uuid, gateway text);
CREATE TABLE payment_transaction (id integer PRIMARY KEY, payment_id integer, kind text, is_success boolean,
    amount numeric(20,3), created_at timestamptz);
CREATE FUNCTION pg_temp.u(int) RETURNS uuid LANGUAGE sql AS $$SELECT lpad($1::text, 32, '0')::uuid$$;
INSERT INTO order_order
SELECT pg_temp.u(number), number, status, origin, user_id, user_email, currency, gross, net, charged,
    created_at::timestamptz
FROM (VALUES
    (1, 'fulfilled', 'checkout', 7, 'anna@example.com', 'EUR', 44.90, 37.73, 44.90, '2024-01-08 09:15:00Z'),
    (2, 'fulfilled', 'checkout', NULL, 'Ben@Example.com', 'EUR', 80.00, 67.23, 80.00, '2024-01-20 17:02:11Z'),
    (3, 'fulfilled', 'checkout', NULL, 'carla@example.com', 'EUR', 30.00, 25.21, 30.00, '2024-02-02 08:30:45Z'),
    (4, 'partially_returned', 'checkout', 7, 'anna@example.com', 'EUR', 60.00, 50.42, 40.00, '2024-02-19 20:12:00Z'),
    (5, 'canceled', 'checkout', NULL, 'dora@example.com', 'EUR', 24.80, 20.84, 0, '2024-02-20 07:00:00Z'),
    (6, 'fulfilled', 'checkout', 1, 'owner@shop.example', 'EUR', 1.00, 0.84, 1.00, '2024-03-01 11:00:00Z'),
    (7, 'returned', 'checkout', 9, 'ben@example.com', 'EUR', 35.00, 29.41, 0, '2024-03-05 15:40:00Z'),
    (8, 'partially fulfilled', 'checkout', NULL, 'eric@example.com', 'USD', 50.00, 50.00, 50.00,
    '2024-03-18 22:05:00Z'),
    (9, 'unfulfilled', 'draft', 7, 'anna@example.com', 'EUR', 20.00, 16.81, 0, '2024-04-02 09:00:00Z'),
    (10, 'draft', 'draft', NULL, '', 'EUR', 12.00, 10.08, 0, '2024-04-13 11:20:00Z'),
    (11, 'fulfilled', 'checkout', NULL, 'carla@example.com', 'EUR', 45.00, 37.82, 45.00, '2024-05-31 22:40:00Z'),
    (12, 'fulfilled', 'reissue', 7, 'anna@example.com', 'EUR', 20.00, 16.81, 20.00, '2024-03-05 09:00:00Z'),
    (13, 'unfulfilled', 'checkout', 7, 'anna@example.com', 'EUR', 38.90, 32.69, 38.90, '2024-06-10 05:55:30Z')
) AS o (number, status, origin, user_id, user_email, currency, gross, net, charged, created_at);
INSERT INTO payment_transactionitem VALUES (1, pg_temp.u(4), 'Card'), (2, pg_temp.u(13), 'Card');
INSERT INTO payment_transactionevent VALUES
(1, 1, 'charge_success', 60.00, true, '2024-02-19 20:12:10Z'), (2, 1, 'refund_request', 20.00, true,
    '2024-03-04 10:04:00Z'),
(3, 1, 'refund_success', 20.00, true, '2024-03-04 10:05:00Z'), (4, 2, 'charge_success', 38.90, true,
    '2024-06-10 05:56:00Z');
INSERT INTO payment_payment VALUES (1, pg_temp.u(6), 'mirumee.payments.dummy'), (2, pg_temp.u(7),
    'saleor.payments.stripe');
INSERT INTO payment_transaction VALUES
(1, 2, 'capture', true, 35.00, '2024-03-05 15:41:00Z'), (2, 2, 'refund', false, 35.00, '2024-03-11 09:00:00Z'),
(3, 2, 'refund', true, 35.00, '2024-03-12 09:00:00Z');

-- The tables of a shop on Medusa 2 with only the columns that the view reads.
CREATE TABLE "order" (id text PRIMARY KEY, display_id integer, status text, is_draft_order boolean, customer_id text,
    email text,
    currency_code text, created_at timestamptz, canceled_at timestamptz, deleted_at timestamptz);
CREATE TABLE order_summary (id text PRIMARY KEY, order_id text, version integer, totals jsonb, deleted_at timestamptz);
CREATE TABLE order_transaction (id text PRIMARY KEY, order_id text, amount numeric, currency_code text, reference text,
    created_at timestamptz, deleted_at timestamptz);
INSERT INTO "order" VALUES
('order_01', 1, 'completed', false, 'cus_7', 'anna@example.com', 'eur', '2024-01-08 09:15:00Z', NULL, NULL),
('order_02', 2, 'completed', false, 'cus_8', 'Ben@Example.com', 'eur', '2024-01-20 17:02:11Z', NULL, NULL),
('order_03', 3, 'archived', false, 'cus_3', 'carla@example.com', 'eur', '2024-02-02 08:30:45Z', NULL, NULL),
('order_04', 4, 'completed', false, 'cus_7', 'anna@example.com', 'eur', '2024-02-19 20:12:00Z', NULL, NULL),
('order_05', 5, 'canceled', false, 'cus_4', 'dora@example.com', 'eur', '2024-02-20 07:00:00Z', '2024-02-20 08:00:00Z',
    NULL),
('order_06', 6, 'completed', false, 'cus_1', 'owner@shop.example', 'eur', '2024-03-01 11:00:00Z', NULL, NULL),
('order_07', 7, 'completed', false, 'cus_9', 'ben@example.com', 'eur', '2024-03-05 15:40:00Z', NULL, NULL),
('order_08', 8, 'pending', false, 'cus_5', 'eric@example.com', 'usd', '2024-03-18 22:05:00Z', NULL, NULL),
('order_09', 9, 'pending', false, 'cus_7', 'anna@example.com', 'eur', '2024-04-02 09:00:00Z', NULL, NULL),
('order_10', 10, 'draft', true, 'cus_6', 'fred@example.com', 'eur', '2024-04-13 11:20:00Z', NULL, NULL),
('order_11', 11, 'completed', false, 'cus_3', 'carla@example.com', 'eur', '2024-05-31 22:40:00Z', NULL, NULL),
('order_12', 12, 'pending', false, 'cus_7', 'anna@example.com', 'eur', '2024-06-10 05:55:30Z', NULL, NULL);
INSERT INTO order_summary
SELECT 'ordsum_' || n, 'order_' || lpad(n::text, 2, '0'), 1,
       jsonb_build_object('original_order_total', total, 'current_order_total', total), NULL
FROM unnest(ARRAY[44.90, 80.00, 30.00, 60.00, 24.80, 1.00, 35.00, 50.00, 20.00, 12.00, 45.00,
    38.90]) WITH ORDINALITY AS t (total, n);
INSERT INTO order_summary VALUES ('ordsum_13', 'order_12', 2,
    '{"original_order_total": 38.90, "current_order_total": 48.90}', NULL);
INSERT INTO order_transaction VALUES
('ordtrx_01', 'order_01', 44.90, 'eur', 'capture', '2024-01-08 09:15:10Z', NULL),
('ordtrx_02', 'order_02', 80.00, 'eur', 'capture', '2024-01-21 10:00:00Z', NULL),
('ordtrx_03', 'order_03', 30.00, 'eur', 'capture', '2024-02-02 08:31:00Z', NULL),
('ordtrx_04', 'order_04', 60.00, 'eur', 'capture', '2024-02-20 09:00:00Z', NULL),
('ordtrx_05', 'order_04', -20.00, 'eur', 'refund', '2024-03-04 10:05:00Z', NULL),
('ordtrx_06', 'order_06', 1.00, 'eur', 'capture', '2024-03-01 11:00:10Z', NULL),
('ordtrx_07', 'order_07', 35.00, 'eur', 'capture', '2024-03-05 15:41:00Z', NULL),
('ordtrx_08', 'order_07', -35.00, 'eur', 'refund', '2024-03-12 09:00:00Z', NULL),
('ordtrx_09', 'order_08', 50.00, 'usd', 'capture', '2024-03-18 22:06:00Z', NULL),
('ordtrx_10', 'order_11', 45.00, 'eur', 'capture', '2024-05-31 22:41:00Z', NULL),
('ordtrx_11', 'order_12', 38.90, 'eur', 'capture', '2024-06-10 06:00:00Z', NULL),
('ordtrx_12', 'order_12', 10.00, 'eur', 'capture', '2024-06-11 06:00:00Z', NULL);

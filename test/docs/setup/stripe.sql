-- What an engine that syncs Stripe to PostgreSQL has of a small account, with only the columns that the views read.
-- Money is in the smallest unit of the currency, a time in seconds since 1970.
CREATE SCHEMA stripe;
CREATE TABLE stripe.customers (id text PRIMARY KEY, email text, created integer, livemode boolean);
CREATE TABLE stripe.charges (id text PRIMARY KEY, amount bigint, currency text, created integer, customer text,
    invoice text,
    receipt_email text, status text, paid boolean, captured boolean, livemode boolean);
CREATE TABLE stripe.refunds (id text PRIMARY KEY, charge text, amount integer, currency text, created integer,
    status text);
CREATE TABLE stripe.invoices (id text PRIMARY KEY, tax integer);
CREATE TABLE stripe.prices (id text PRIMARY KEY, recurring jsonb);
CREATE TABLE stripe.subscriptions (id text PRIMARY KEY, customer text, status text, start_date integer, trial_end jsonb,
    ended_at integer, livemode boolean);
CREATE TABLE stripe.subscription_items (id text PRIMARY KEY, subscription text, price text, quantity integer,
    deleted boolean);

CREATE FUNCTION pg_temp.at(timestamptz) RETURNS integer LANGUAGE sql AS 'SELECT extract(epoch FROM $1)::integer';
INSERT INTO stripe.customers
SELECT id, email, pg_temp.at('2024-01-01 UTC'), true
FROM (VALUES ('cus_A', 'anna@example.com'), ('cus_B', 'ben@example.com'), ('cus_C', 'Carla@example.com'),
             ('cus_D', 'dora@example.com'), ('cus_E', 'eric@example.com'), ('cus_F', 'fred@example.com')) AS c (id,
    email);
INSERT INTO stripe.invoices VALUES ('in_1', 319), ('in_2', 319), ('in_3', 319), ('in_4', 3194), ('in_5', 319);
INSERT INTO stripe.charges
SELECT id, amount, currency, pg_temp.at(created::timestamptz), customer, invoice, receipt_email, status,
       status = 'succeeded', captured, livemode
FROM (VALUES
    ('ch_01', 2000, 'eur', '2024-01-15 09:00 UTC', 'cus_A', 'in_1', NULL, 'succeeded', true, true),
    ('ch_02', 2000, 'eur', '2024-02-15 09:00 UTC', 'cus_A', 'in_2', NULL, 'succeeded', true, true),
    ('ch_03', 2000, 'eur', '2024-03-15 09:00 UTC', 'cus_A', 'in_3', NULL, 'succeeded', true, true),
    ('ch_04', 20000, 'eur', '2024-01-20 17:02 UTC', 'cus_B', 'in_4', NULL, 'succeeded', true, true),
    ('ch_05', 2000, 'eur', '2024-02-01 23:30 UTC', 'cus_C', 'in_5', NULL, 'succeeded', true, true),
    ('ch_06', 2000, 'eur', '2024-03-01 23:30 UTC', 'cus_C', NULL, NULL, 'failed', true, true),
    ('ch_07', 4900, 'eur', '2024-03-05 12:00 UTC', NULL, NULL, 'Guest@example.com', 'succeeded', true, true),
    ('ch_08', 9900, 'eur', '2024-03-10 12:00 UTC', 'cus_D', NULL, NULL, 'succeeded', false, true),
    ('ch_09', 100, 'eur', '2024-03-11 12:00 UTC', 'cus_A', NULL, NULL, 'succeeded', true, false),
    ('ch_10', 5000, 'usd', '2024-04-02 12:00 UTC', 'cus_E', NULL, NULL, 'succeeded', true, true),
    ('ch_11', 3000, 'jpy', '2024-04-03 12:00 UTC', 'cus_F', NULL, NULL, 'succeeded', true, true),
    ('ch_12', 2500, 'eur', '2024-04-20 12:00 UTC', 'cus_A', NULL, NULL, 'succeeded', true, true)
) AS c (id, amount, currency, created, customer, invoice, receipt_email, status, captured, livemode);
INSERT INTO stripe.refunds VALUES
    ('re_1', 'ch_03', 500, 'eur', pg_temp.at('2024-03-20 10:00 UTC'), 'succeeded'),
    ('re_2', 'ch_07', 4900, 'eur', pg_temp.at('2024-03-09 10:00 UTC'), 'succeeded'),
    ('re_3', 'ch_04', 20000, 'eur', pg_temp.at('2024-03-21 10:00 UTC'), 'failed');
INSERT INTO stripe.prices VALUES ('price_month', '{"interval": "month", "interval_count": 1}'),
    ('price_year', '{"interval": "year", "interval_count": 1}'), ('price_once', NULL);
INSERT INTO stripe.subscriptions
SELECT id, customer, status, pg_temp.at(start_date::timestamptz), to_jsonb(pg_temp.at(trial_end::timestamptz)),
       pg_temp.at(ended_at::timestamptz), livemode
FROM (VALUES
    ('sub_1', 'cus_A', 'canceled', '2024-01-15 09:00 UTC', NULL, '2024-04-15 09:00 UTC', true),
    ('sub_2', 'cus_B', 'active', '2024-01-20 17:02 UTC', NULL, NULL, true),
    ('sub_3', 'cus_C', 'past_due', '2024-01-18 23:30 UTC', '2024-02-01 23:30 UTC', NULL, true),
    ('sub_4', 'cus_D', 'canceled', '2024-02-10 08:00 UTC', '2024-02-24 08:00 UTC', '2024-02-20 11:00 UTC', true),
    ('sub_5', 'cus_E', 'trialing', '2024-04-15 12:00 UTC', '2024-04-29 12:00 UTC', NULL, true),
    ('sub_6', 'cus_F', 'incomplete_expired', '2024-03-01 12:00 UTC', NULL, '2024-03-02 12:00 UTC', true),
    ('sub_7', 'cus_F', 'canceled', '2024-01-31 12:00 UTC', NULL, '2024-02-12 12:00 UTC', true),
    ('sub_8', 'cus_A', 'active', '2024-01-01 12:00 UTC', NULL, NULL, false)
) AS s (id, customer, status, start_date, trial_end, ended_at, livemode);
INSERT INTO stripe.subscription_items
SELECT 'si_' || n, 'sub_' || n, CASE n WHEN 2 THEN 'price_year' ELSE 'price_month' END, 1,
    false FROM generate_series(1, 8) AS n;
INSERT INTO stripe.subscription_items VALUES ('si_9', 'sub_1', 'price_month', 1, NULL);

-- From orders to purchase histories and summaries.
\set ECHO none
\pset format unaligned
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, MDY';

CREATE TEMP TABLE orders (customer_id int, ordered_at date, amount float8);
INSERT INTO orders VALUES
    (1, '1997-01-01', 11.77),                                                       -- one purchase
    (2, '1997-01-12', 12.00), (2, '1997-01-12', 77.00),                             -- two orders, one purchase
    (3, '1997-12-12', 26.48), (3, '1997-01-02', 20.76), (3, '1997-03-30', 20.76),   -- out of order
    (3, '1997-04-02', 19.54), (3, '1997-04-02', 0.46),
    (4, '1997-02-01', 10), (4, '1997-02-05', NULL), (4, '1997-02-09', 30),          -- unknown amount
    (5, '1997-02-01', 10), (5, '1997-02-05', NULL),                                 -- no known repeat
    (6, '1997-01-15', -5), (6, '1997-02-01', 10), (6, '1997-02-03', 40),            -- refunds before, on and after
    (6, '1997-02-03', -40), (6, '1997-05-05', -2.5),
    (7, '1997-03-03', -7),                                                          -- a refund only
    (8, NULL, 10), (8, NULL, NULL),                                                 -- no time
    (9, '1997-02-01', 0), (9, '1997-02-02', -0.0::float8),                          -- free orders
    (10, '1997-02-01', NULL), (10, '1997-02-02', NULL);                             -- no amount known

SELECT customer_id, purchase_history(ordered_at, amount) FROM orders GROUP BY customer_id ORDER BY customer_id;

SELECT customer_id, s.*
FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) h,
     rfm_summary(history, '1998-01-01') s
ORDER BY customer_id;

\echo '-- The one-step form says the same.'
SELECT count(*) AS differences
FROM (SELECT rfm_summary(purchase_history(ordered_at, amount), '1998-01-01') AS two_steps,
             rfm_summary(ordered_at, amount, '1998-01-01') AS one_step
      FROM orders GROUP BY customer_id) s
WHERE two_steps IS DISTINCT FROM one_step;

\echo '-- It leaves out what is after as_of; rows without as_of or time are skipped; nothing left gives NULL.'
SELECT customer_id, (rfm_summary(ordered_at, amount, '1997-02-03')).* FROM orders GROUP BY customer_id ORDER BY customer_id;
SELECT rfm_summary(ordered_at, amount, NULL) IS NULL AS no_as_of,
       rfm_summary(ordered_at, amount, CASE WHEN customer_id = 3 THEN date '1998-01-01' END) AS only_customer_3
FROM orders;
SELECT purchase_history(ordered_at, amount) AS history, rfm_summary(ordered_at, amount, '1998-01-01') AS summary
FROM orders WHERE false;

\echo '-- By hand.'
SELECT count(*) AS customers, count(*) FILTER (WHERE (s).frequency IS DISTINCT FROM by_hand.frequency
    OR (s).recency IS DISTINCT FROM by_hand.recency OR (s).first_order IS DISTINCT FROM by_hand.first_order
    OR (s).orders IS DISTINCT FROM by_hand.orders
    OR round((s).revenue::numeric, 6) IS DISTINCT FROM round(by_hand.revenue::numeric, 6)
    OR round((s).monetary_value::numeric, 6) IS DISTINCT FROM round(by_hand.monetary_value::numeric, 6)) AS differences
FROM (SELECT g % 97 AS customer_id, rfm_summary(day, amount, '2025-01-01') AS s
      FROM (SELECT g, date '2020-01-01' + (g * 7919 % 1501) AS day,
                   nullif(g * 104729 % 20011, 5)::float8 / 100 AS amount FROM generate_series(1, 5000) g) o
      GROUP BY 1) ours
JOIN (SELECT customer_id, count(*) - 1 AS frequency, max(day) - min(day) AS recency, min(day) AS first_order,
             sum(n)::bigint AS orders, sum(spend) AS revenue,
             sum(spend) FILTER (WHERE NOT is_first) / count(spend) FILTER (WHERE NOT is_first) AS monetary_value
      FROM (SELECT customer_id, day, n, spend, day = min(day) OVER (PARTITION BY customer_id) AS is_first
            FROM (SELECT g % 97 AS customer_id, date '2020-01-01' + (g * 7919 % 1501) AS day, count(*) AS n,
                         sum(nullif(g * 104729 % 20011, 5)::float8 / 100) AS spend
                  FROM generate_series(1, 5000) g GROUP BY 1, 2) d) f
      GROUP BY customer_id) by_hand USING (customer_id);

\echo '-- Days before 1970 and before Christ, and the ends of the calendar, whatever the DateStyle.'
SET DateStyle = 'German';
SELECT purchase_history(day, 1) FROM (VALUES (date '0044-03-15 BC'), ('1969-12-31'), ('4714-11-24 BC'), ('5874897-12-31'),
                                             ('0001-12-31 BC'), ('0001-01-01'), ('10000-01-01')) v (day);
SET DateStyle = 'ISO, MDY';
SELECT (rfm_summary(day, 1, '1970-01-01')).*
FROM (VALUES (date '4714-11-24 BC'), ('0044-03-15 BC'), ('1969-12-31'), ('1970-01-01'), ('1970-01-02')) v (day);
SELECT purchase_history(ts, 1) FROM (VALUES (timestamp '1969-12-31 23:59:59.999999'), ('1970-01-01'), ('4714-11-24 00:00 BC'),
                                            ('0044-03-15 23:00 BC'), ('294276-12-31 23:59:59.999999')) v (ts);

\echo '-- A timestamptz falls on a day of the session''s time zone, also across clock changes.'
CREATE TEMP TABLE moments (at timestamptz);
INSERT INTO moments VALUES ('2024-03-31 22:30Z'), ('2024-03-31 23:30Z'), ('2024-10-26 21:59Z'), ('2024-10-26 22:00Z'),
                           ('2024-10-27 22:30Z'), ('2024-10-27 23:00Z');
SET TimeZone = 'Europe/Berlin';
SELECT purchase_history(at, 1) FROM moments;
SET TimeZone = 'America/New_York';
SELECT purchase_history(at, 1) FROM moments;
SELECT (rfm_summary(at, 1, '2024-10-26')).* FROM moments;
SET TimeZone = 'UTC';
SELECT purchase_history(at, 1) FROM moments;

\echo '-- The day is the one that the cast to date gives: every hour of some years, the minutes around clock changes, and'
\echo '-- random times of the whole range, in zones that change at midnight, twice within a month, by half an hour or by a day.'
CREATE FUNCTION wrong_days(zone text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    RETURN (SELECT count(*) FROM (
        SELECT timestamptz '2009-12-31 00:30Z' + g * interval '1 hour' FROM generate_series(0, 8766 * 3) g
        UNION ALL SELECT timestamptz '2011-03-01Z' + g * interval '15 minutes' FROM generate_series(0, 20000) g
        UNION ALL SELECT timestamptz '4713-01-02 BC' + g * interval '8999 hours 59 minutes 59.5 seconds'
                  FROM generate_series(0, 20000) g) t (at)
        WHERE (rfm_summary_of(at)).first_order <> at::date);
END $$;
CREATE FUNCTION rfm_summary_of(at timestamptz) RETURNS rfm_summary STABLE LANGUAGE sql
    AS 'SELECT rfm_summary(at, 1, ''5874897-12-31'')';
SELECT count(*) AS zones, string_agg(zone, ', ') FILTER (WHERE wrong_days(zone) IS DISTINCT FROM 0) AS wrong
FROM unnest(ARRAY['UTC', 'Europe/Berlin', 'America/New_York', 'America/Sao_Paulo', 'Africa/Casablanca', 'Africa/Cairo',
                  'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kathmandu', '+05:30']) zone;

\echo '-- Histories of parts roll up to the history of the whole; NULLs and empty histories change nothing.'
CREATE TEMP TABLE many AS
SELECT g % 50 AS customer_id, g % 7 AS part, date '2023-01-01' + (g * 7919 % 400) AS ordered_at,
       nullif((g * 104729 % 30011 - 3000), 7)::float8 / 100 AS amount
FROM generate_series(1, 20000) g;
SELECT count(*) AS customers, count(*) FILTER (WHERE whole.history::text <> rolled.history::text) AS differences
FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM many GROUP BY 1) whole
JOIN (SELECT customer_id, rollup(history) AS history
      FROM (SELECT customer_id, part, purchase_history(ordered_at, amount) AS history FROM many GROUP BY 1, 2) p
      GROUP BY 1) rolled USING (customer_id);
SELECT count(DISTINCT history::text) AS histories_whatever_the_order
FROM (SELECT purchase_history(ordered_at, amount) AS history FROM many
      UNION ALL SELECT purchase_history(ordered_at, amount ORDER BY amount) FROM many
      UNION ALL SELECT purchase_history(ordered_at, amount ORDER BY ordered_at DESC, amount DESC) FROM many) h;

\set nothing '{"orders":0,"first_spend":[0,0],"repeat_spend":[0,0],"refunds":[0,0],"last_row":null,"days":[]}'
\set refund '{"orders":0,"first_spend":[0,0],"repeat_spend":[0,0],"refunds":[-7,0],"last_row":"2024-01-05","days":[]}'
\set one '{"orders":1,"first_spend":[5,0],"repeat_spend":[0,0],"refunds":[0,0],"last_row":"2024-01-03","days":["2024-01-03"]}'
\set until '{"as_of":"2024-02-01","orders":1,"first_spend":[5,0],"repeat_spend":[0,0],"refunds":[0,0],"last_row":"2024-01-03","days":["2024-01-03"]}'
SELECT rollup(h) FROM (VALUES (NULL::purchase_history)) v (h);
SELECT rollup(h) FROM (VALUES (NULL::purchase_history)) v (h) WHERE false;
SELECT rollup(h) FROM (VALUES (NULL::purchase_history), (:'nothing')) v (h);
SELECT rollup(h) FROM (VALUES (:'nothing'::purchase_history), (:'nothing')) v (h);
SELECT rollup(h) FROM (VALUES (:'nothing'::purchase_history), (:'one')) v (h);
SELECT rollup(h) FROM (VALUES (:'one'::purchase_history), (NULL), (:'nothing')) v (h);
SELECT rollup(h) FROM (VALUES (:'one'::purchase_history), (:'refund'), (:'one')) v (h);
SELECT rollup(h) FROM (VALUES (:'refund'::purchase_history), (:'one')) v (h);
SELECT rollup(h) FROM (VALUES (:'nothing'::purchase_history), (:'until'), (:'until')) v (h);
SELECT rfm_summary(:'nothing', date '2024-02-01') IS NULL AS empty, rfm_summary(:'until', date '2024-02-01') AS until,
       rfm_summary(:'refund', date '2024-02-01') AS refund, rfm_summary(NULL, date '2024-02-01') AS no_history,
       rfm_summary(:'one'::purchase_history, NULL) AS no_as_of;

\echo '-- Inside windows, and with the clauses of aggregates.'
SELECT ordered_at, (rfm_summary(purchase_history(ordered_at, amount) OVER w, '1998-01-01')).*
FROM orders WHERE customer_id = 3 WINDOW w AS (ORDER BY ordered_at) ORDER BY ordered_at;
SELECT (rfm_summary(rollup(history) OVER w, '1998-01-01')).*
FROM (SELECT ordered_at, purchase_history(ordered_at, amount) AS history FROM orders WHERE customer_id = 3 GROUP BY 1) h
WINDOW w AS (ORDER BY ordered_at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) ORDER BY ordered_at;
SELECT purchase_history(DISTINCT ordered_at, amount ORDER BY ordered_at, amount) AS "distinct",
       purchase_history(ordered_at, amount) FILTER (WHERE amount > 20) AS filtered
FROM (SELECT * FROM orders UNION ALL SELECT * FROM orders) o WHERE customer_id = 3;

\echo '-- A parallel plan gives what a serial one gives, to the last bit.'
CREATE TABLE history_orders AS
SELECT g % 300 AS customer_id, date '2023-01-01' + (g * 7919 % 700) AS ordered_at,
       timestamptz '2023-01-01 00:00Z' + g * 7919 % 700 * interval '25 hours' AS moment,
       (g * 104729::bigint % 30011 - 3000)::float8 / 100 AS amount
FROM generate_series(1, 30000) g;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE history_serial AS
SELECT customer_id, purchase_history(ordered_at, amount) AS history, rfm_summary(moment, amount, '2024-01-01') AS summary
FROM history_orders GROUP BY customer_id;
ANALYZE history_orders;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL enable_sort = off;
EXPLAIN (COSTS OFF) SELECT customer_id, purchase_history(ordered_at, amount), rfm_summary(moment, amount, '2024-01-01')
FROM history_orders GROUP BY customer_id;
CREATE TEMP TABLE history_parallel AS
SELECT customer_id, purchase_history(ordered_at, amount) AS history, rfm_summary(moment, amount, '2024-01-01') AS summary
FROM history_orders GROUP BY customer_id;
SELECT count(*) AS customers, count(*) FILTER (WHERE s.history::text <> p.history::text) AS histories_differ,
       count(*) FILTER (WHERE s.summary IS DISTINCT FROM p.summary) AS summaries_differ
FROM history_serial s JOIN history_parallel p USING (customer_id);
COMMIT;

\echo '-- Text and binary forms read back exactly.'
SELECT count(*) AS histories,
       count(*) FILTER (WHERE purchase_history_send(history::text::purchase_history) <> purchase_history_send(history)) AS by_text
FROM history_serial;
SELECT history::text::jsonb -> 'orders' AS orders, jsonb_array_length(history::text::jsonb -> 'days') AS days
FROM history_serial WHERE customer_id = 17;
SET extra_float_digits = 0;
SELECT purchase_history(date '2024-01-01', x) FROM (VALUES (0.1::float8), (0.2), (1e15)) v (x);
RESET extra_float_digits;
SELECT ' { "orders" : 1 , "first_spend" : [ 5 , 0 ] , "repeat_spend":[0,0],"refunds":[0,0],"last_row": "2024-01-03", "days": [ "2024-01-03" ] } '::purchase_history;
SELECT :'refund'::purchase_history, :'until'::purchase_history;

\echo '-- Profits: with signed amounts a negative one is that of a purchase.'
SELECT customer_id, purchase_history(ordered_at, amount, 'signed') FROM orders GROUP BY customer_id ORDER BY customer_id;
SELECT customer_id, (rfm_summary(ordered_at, amount, '1998-01-01', 'signed')).* FROM orders GROUP BY customer_id ORDER BY customer_id;
SELECT count(*) AS customers, count(*) FILTER (WHERE two_steps IS DISTINCT FROM one_step) AS differences,
       count(*) FILTER (WHERE plain::text <> revenue::text) AS revenue_differs
FROM (SELECT rfm_summary(purchase_history(ordered_at, amount, 'signed'), '1998-01-01') AS two_steps,
             rfm_summary(ordered_at, amount, '1998-01-01', 'signed') AS one_step,
             purchase_history(ordered_at, amount) AS plain, purchase_history(ordered_at, amount, 'revenue') AS revenue
      FROM orders GROUP BY customer_id) s;
SELECT (rfm_summary(ordered_at::timestamp, amount, '1997-02-05', 'signed')).*,
       (rfm_summary(ordered_at::timestamptz, amount, '1997-02-05', 'signed')).revenue AS again
FROM orders WHERE customer_id = 6;
SELECT count(*) AS customers, count(*) FILTER (WHERE whole.history::text <> rolled.history::text) AS differences,
       count(*) FILTER (WHERE purchase_history_send(whole.history::text::purchase_history)
                              <> purchase_history_send(rolled.history)) AS by_text,
       count(*) FILTER (WHERE abs((s).revenue - whole.revenue) > 1e-9 OR (s).orders <> whole.orders
                              OR (s).frequency <> whole.days - 1) AS by_hand
FROM (SELECT customer_id, purchase_history(ordered_at, amount, 'signed') AS history, sum(amount) AS revenue,
             count(*) AS orders, count(DISTINCT ordered_at) AS days FROM many GROUP BY 1) whole
JOIN (SELECT customer_id, rollup(history) AS history
      FROM (SELECT customer_id, part, purchase_history(ordered_at, amount, 'signed') AS history FROM many GROUP BY 1, 2) p
      GROUP BY 1) rolled USING (customer_id), rfm_summary(rolled.history, date '2025-01-01') AS s;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL enable_sort = off;
CREATE TEMP TABLE signed_parallel AS
SELECT customer_id, purchase_history(ordered_at, amount, 'signed') AS history FROM history_orders GROUP BY customer_id;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT count(*) AS customers, count(*) FILTER (WHERE s.history::text <> p.history::text) AS differ
FROM signed_parallel p
JOIN (SELECT customer_id, purchase_history(ordered_at, amount, 'signed') AS history FROM history_orders GROUP BY 1) s USING (customer_id);
COMMIT;
\set profit '{"amounts":"signed","orders":1,"first_spend":[-5,0],"repeat_spend":[0,0],"refunds":[0,0],"last_row":"2024-01-03","days":["2024-01-03"]}'
SELECT rollup(h) FROM (VALUES (:'nothing'::purchase_history), (:'profit'), (:'profit')) v (h);

\echo '-- Bad input. A row is (what, SQLSTATE, message, detail or hint).'
CREATE FUNCTION trouble(query text, OUT code text, OUT message text, OUT help text) LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE query;
    code := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    code := SQLSTATE;
    message := SQLERRM;
    help := concat_ws(' ', nullif(detail, ''), nullif(hint, ''));
END $$;
\x on
SELECT query, t.* FROM (VALUES
    ($$SELECT purchase_history(date '2024-01-01', 'NaN')$$),
    ($$SELECT purchase_history(date '2024-01-01', 1, 'profit')$$),
    ($$SELECT purchase_history(date '2024-01-01', 1, NULL)$$),
    ($$SELECT purchase_history(date '2024-01-01', 1, a) FROM (VALUES ('signed'), ('revenue')) v (a)$$),
    ($$SELECT rfm_summary(date '2024-01-01', 1, '2023-01-01', a) FROM (VALUES ('signed'), ('revenue')) v (a)$$),
    ($$SELECT rollup(h) FROM (VALUES ('{"amounts":"signed","orders":1,"first_spend":[-5,0],"repeat_spend":[0,0],"refunds":[0,0],"last_row":"2024-01-03","days":["2024-01-03"]}'::purchase_history),
        ('{"orders":1,"first_spend":[5,0],"repeat_spend":[0,0],"refunds":[0,0],"last_row":"2024-01-03","days":["2024-01-03"]}')) v (h)$$),
    ($$SELECT '{"amounts":"signed","orders":0,"first_spend":[0,0],"repeat_spend":[0,0],"refunds":[0,0],"last_row":null,"days":[]}'::purchase_history$$),
    ($$SELECT '{"amounts":"signed","orders":1,"first_spend":[5,0],"repeat_spend":[0,0],"refunds":[-5,0],"last_row":"2024-01-03","days":["2024-01-03"]}'::purchase_history$$),
    ($$SELECT '{"amounts":"profit","orders":0,"first_spend":[0,0],"repeat_spend":[0,0],"refunds":[0,0],"last_row":null,"days":[]}'::purchase_history$$),
    ($$SELECT purchase_history(date '2024-01-01', '-Infinity')$$),
    ($$SELECT purchase_history(date 'infinity', 1)$$),
    ($$SELECT purchase_history(timestamp '-infinity', 1)$$),
    ($$SELECT rfm_summary(timestamptz 'infinity', NULL, date '2024-01-01')$$),
    ($$SELECT rfm_summary(date '2024-01-01', 1, date 'infinity')$$),
    ($$SELECT rfm_summary(purchase_history(date '2024-01-01', 1), '-infinity')$$),
    ($$SELECT rfm_summary(purchase_history(date '2024-01-02', 1), '2024-01-01')$$),
    ($$SELECT rfm_summary(purchase_history(day, amount), '2024-01-01') FROM (VALUES (date '2024-01-01', 1), ('2024-01-02', -1)) v (day, amount)$$),
    ($$SELECT rfm_summary(date '2023-01-01', 1, as_of) FROM (VALUES (date '2024-01-01'), ('2024-01-02')) v (as_of)$$),
    ($$SELECT rfm_summary(date '2025-01-01', 1, as_of) FROM (VALUES (date '2024-01-02'), ('2024-01-01')) v (as_of)$$),
    ($$SELECT purchase_history(date '2024-01-01', 1e308) FROM generate_series(1, 2)$$),
    ($$SELECT rfm_summary(purchase_history(date '2024-01-01' + g, 1e308), '2025-01-01') FROM generate_series(1, 2) g$$),
    ($$SELECT purchase_history_add(NULL, date '2024-01-01', 1)$$),
    ($$SELECT purchase_history_combine(NULL, NULL)$$)) v (query), trouble(query) t;
SELECT t.* FROM (VALUES
    (format('SELECT rfm_summary(%L::purchase_history, date %L)', :'until', '2024-02-02')),
    (format('SELECT rollup(h) FROM (VALUES (%L::purchase_history), (%L)) v (h)', :'until', :'one'))) v (query), trouble(query) t;
\x off

\echo '-- Forged texts: each differs in one place from a value that is right.'
\set right '{"orders":4,"first_spend":[10,0],"repeat_spend":[7.5,1e-17],"refunds":[-2,0],"last_row":"2024-01-09","days":["2024-01-01","2024-01-05?","2024-01-07"]}'
SELECT :'right'::purchase_history;
SELECT was, becomes, t.code, t.help AS detail FROM (VALUES
    ('{', ''), ('}', ''), ('}', '}}'), ('}', '} x'), ('"orders"', '"order"'), ('"orders":4', '"orders":'),
    ('"orders":4', '"orders":2'), ('"orders":4', '"orders":-4'), ('"orders":4', '"orders":4.5'),
    ('"orders":4', '"orders":9223372036854775807'), ('"orders":4', '"orders":9223372036854775808'),
    ('[10,0]', '[10]'), ('[10,0]', '[-10,0]'), ('[10,0]', '[NaN,0]'), ('[10,0]', '[Infinity,0]'), ('[10,0]', '[1e999,0]'),
    ('[10,0]', '[0x10,0]'), ('[10,0]', '[10,1]'), ('[10,0]', '[-0,0]'), ('[10,0]', '[0,1]'), ('[10,0]', '["10",0]'),
    ('[10,0]', '[1e,0]'), ('[10,0]', '[--1,0]'), ('[10,0]', '[' || repeat('1', 100) || ',0]'),
    ('[7.5,1e-17]', '[-7.5,0]'), ('[-2,0]', '[2,0]'), ('[-2,0]', '[0,0]'),
    ('"last_row":"2024-01-09"', '"last_row":null'), ('"last_row":"2024-01-09"', '"last_row":"2024-01-06"'),
    ('2024-01-09', '2024-01-32'), ('2024-01-09', '2023-02-29'), ('2024-01-09', '2024-13-01'), ('2024-01-09', '2024-00-01'),
    ('2024-01-09', '24-01-09'), ('2024-01-09', '2024-1-09'), ('2024-01-09', 'infinity'), ('2024-01-09', '2024-01-09?'),
    ('2024-01-09', '5874898-01-01'), ('2024-01-09', '5874897-12-31'), ('2024-01-01', '-4713-11-24'),
    ('2024-01-01', '-4713-11-23'), ('2024-01-01', '-4714-12-31'), ('2024-01-01', '99999999-01-01'),
    ('"2024-01-01"', '"2024-01-01?"'), ('"2024-01-07"', '"2024-01-07?"'), ('2024-01-07', '2024-01-05'),
    ('2024-01-07', '2024-01-04'), ('2024-01-07', '2024-01-10'), ('"2024-01-07"]', '"2024-01-07"'),
    ('"2024-01-07"]', '"2024-01-07",]'), ('{', '{"as_of":"2024-01-08",'), ('{', '{"as_of":null,'),
    ('{', '{"as_of":"2024-01-09",'), ('"days"', '"dés"'), ('{', repeat('é', 50))) v (was, becomes),
    trouble(format('SELECT %L::purchase_history', replace(:'right', was, becomes))) t;

\echo '-- Every truncation of the text is refused, and no change of one character crashes or gets past the checks unread.'
SELECT t.code, count(*) FROM generate_series(0, length(:'right') - 1) n,
    trouble(format('SELECT %L::purchase_history', left(:'right', n))) t GROUP BY 1;
SELECT bool_and(t.code IN ('none', '22P02', '22003')) AS only_input_errors, count(*) FILTER (WHERE t.code = 'none') > 0 AS some_pass
FROM generate_series(1, length(:'right')) n, unnest(string_to_array('0 9 - ? " ] , }', ' ')) c,
    trouble(format('SELECT %L::purchase_history::text::purchase_history', overlay(:'right' PLACING c FROM n FOR 1))) t;

\echo '-- Binary forms, by way of a file in the data directory: as they are, truncated, and with every single bit flipped.'
CREATE TABLE history_binary (history purchase_history);
CREATE FUNCTION receive(field bytea, OUT code text, OUT detail text) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_purchase_history_test.bin';
    -- signature, flags, header extension, one column, its length, the field, the trailer
    content bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' ||
                     int4send(length(field)) || field || '\xffff';
    blob oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(blob, file);
    PERFORM lo_unlink(blob);
    TRUNCATE history_binary;
    EXECUTE format('COPY history_binary FROM %L (FORMAT binary)', file);
    code := 'none';
    IF (SELECT purchase_history_send(history) <> field OR purchase_history_send(history::text::purchase_history) <> field
        FROM history_binary) THEN
        code := 'changed';
    END IF;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    code := SQLSTATE;
END $$;
SELECT count(*), (receive(purchase_history_send(history))).code FROM history_serial WHERE customer_id < 20 GROUP BY 2;
SELECT (receive(purchase_history_send(h::purchase_history))).code
FROM unnest(ARRAY[:'right', :'nothing', :'refund', :'until']) h;
SELECT r.code, r.detail, count(*) FROM (SELECT purchase_history_send(:'right') AS field) f,
    generate_series(0, length(field) - 1) n, receive(substr(field, 1, n)) r GROUP BY 1, 2 ORDER BY 1, 2;
SELECT r.code, r.detail, count(*) FROM (SELECT purchase_history_send(:'right') AS field) f,
    generate_series(0, length(field) * 8 - 1) n, receive(set_bit(field, n, 1 - get_bit(field, n))) r GROUP BY 1, 2 ORDER BY 1, 2;

DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_purchase_history_test.bin'));
END $$;

\echo '-- Histories longer than a page are stored compressed or out of line, and come back whole.'
CREATE TEMP TABLE long_history AS
SELECT purchase_history(date '1990-01-01' + g * 7919 % 9973, 1) AS history FROM generate_series(1, 9973) g;
SELECT (rfm_summary(rollup(history), '2025-01-01')).*, jsonb_array_length(min(history::text)::jsonb -> 'days') AS days
FROM (SELECT * FROM long_history UNION ALL SELECT * FROM long_history) l;

\echo '-- The final function of the one-step aggregate is for histories that were cut at an as_of.'
SELECT trouble($$SELECT rfm_summary_final(purchase_history(date '2024-05-01', 1))$$);
\echo '-- Somebody altered the row type: an error, not a row with what happened to be in memory.'
BEGIN;
ALTER TYPE rfm_summary ADD ATTRIBUTE extra text;
SELECT trouble($$SELECT rfm_summary(purchase_history(date '2024-05-01', 1), '2024-06-01')::text$$);
SELECT trouble($$SELECT rfm_summary(date '2024-05-01', 1, '2024-06-01')::text$$);
ROLLBACK;

DROP FUNCTION receive(bytea), trouble(text), wrong_days(text), rfm_summary_of(timestamptz);
DROP TABLE history_binary, history_orders, history_serial;
RESET TimeZone;
RESET DateStyle;
RESET max_parallel_workers_per_gather;

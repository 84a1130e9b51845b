-- rfm_base, rfm_breaks and rfm_score by stored breaks
-- runs a statement and shows the error that it raises
\set ECHO none
\pset format unaligned
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

\echo '-- The seven customers of the window function: the 2nd, 3rd, 5th and 6th value of each column.'
CREATE TABLE seven (customer text, last_order date, orders bigint, revenue float8);
INSERT INTO seven VALUES
    ('a', '2024-01-01', 1, 10), ('b', '2024-02-01', 1, 20), ('c', '2024-03-01', 2, 30), ('d', '2024-04-01', 2, 40),
    ('e', '2024-05-01', 3, 50), ('f', '2024-06-01', 5, 60), ('g', '2024-07-01', 9, 900);
SELECT rfm_breaks(last_order, orders, revenue) FROM seven;
SELECT rfm_breaks(last_order::timestamp + interval '90.25 s', orders, revenue, 2) FROM seven;
SET TimeZone = 'America/New_York';
SELECT rfm_breaks(last_order::timestamptz, orders, revenue, bins) FROM seven, (VALUES (3)) b (bins);
RESET TimeZone;
SELECT rfm_base(last_order, orders, revenue) FROM seven;

CREATE TABLE breaks AS SELECT rfm_breaks(last_order, orders, revenue) AS breaks FROM seven;
SELECT customer, (score).* FROM (SELECT customer, rfm_score(last_order, orders, revenue, breaks) AS score
                                 FROM seven, breaks) s ORDER BY customer;
\echo '-- Customers of tomorrow, by name, below and above all, and at a cut point.'
SELECT rfm_score(breaks => breaks, last_order => day, orders => 2, revenue => 1e300) AS score
FROM breaks, (VALUES (date '1970-01-01'), ('2024-03-01'), ('2024-03-02'), ('2030-01-01')) d (day);
SELECT * FROM breaks, rfm_breaks_table(breaks);
SELECT breaks::jsonb -> 'bins' AS bins, breaks::jsonb -> 'orders' AS orders FROM breaks;

\echo '-- Scattered customers with many ties and some NULLs: the same rows of rfm as by the window function, for every number of'
\echo '-- bins and each kind of time, from one aggregate a shop. No random(), whose numbers differ between versions.'
CREATE TABLE customers AS
SELECT i AS customer_id, sqrt(i)::int AS shop,
       CASE WHEN i % 19 <> 1 THEN timestamptz '2024-01-01 00:00+00' + i * 7919 % 41 * interval '31 hours' END AS last_order,
       CASE WHEN i * 31 % 23 > 0 THEN ((i * 104729::bigint % 1009 / 1009::float8) ^ 3 * 12)::bigint END AS orders,
       CASE WHEN i * 17 % 21 > 0 THEN i * 6007 % 61 * 5.0 - 20 END::float8 AS revenue
  FROM generate_series(1, 3000) i;
ANALYZE customers;
WITH cases AS (
SELECT kind, bins, count(*) AS customers, count(*) FILTER (WHERE by_window IS DISTINCT FROM by_breaks) AS different,
       max((by_breaks).r) AS max_r
FROM (
    SELECT 'date' AS kind, bins, rfm_score(last_order::date, orders, revenue, bins) OVER (PARTITION BY shop, bins) AS by_window,
           rfm_score(last_order::date, orders, revenue, breaks) AS by_breaks
    FROM customers JOIN (SELECT shop, bins, rfm_breaks(last_order::date, orders, revenue, bins) AS breaks
                         FROM customers, generate_series(2, 10) bins GROUP BY shop, bins) b USING (shop)
    UNION ALL
    SELECT 'timestamp', bins, rfm_score(last_order::timestamp, orders, revenue, bins) OVER (PARTITION BY shop, bins),
           rfm_score(last_order::timestamp, orders, revenue, breaks)
    FROM customers JOIN (SELECT shop, bins, rfm_breaks(last_order::timestamp, orders, revenue, bins) AS breaks
                         FROM customers, generate_series(2, 10) bins GROUP BY shop, bins) b USING (shop)
    UNION ALL
    SELECT 'timestamptz', bins, rfm_score(last_order, orders, revenue, bins) OVER (PARTITION BY shop, bins),
           rfm_score(last_order, orders, revenue, breaks)
    FROM customers JOIN (SELECT shop, bins, rfm_breaks(last_order, orders, revenue, bins) AS breaks
                         FROM customers, generate_series(2, 10) bins GROUP BY shop, bins) b USING (shop)
) s GROUP BY kind, bins
)
SELECT count(*) AS cases, min(customers) AS customers, sum(different) AS different,
       count(*) FILTER (WHERE max_r IS DISTINCT FROM bins) AS other_range FROM cases;

\echo '-- The table says what the scores do: a value above one bound and up to the other has the score of the row.'
SELECT count(*) AS values, count(*) FILTER (WHERE t.score IS DISTINCT FROM (s.score).r) AS r_wrong,
       count(*) FILTER (WHERE f.score IS DISTINCT FROM (s.score).f) AS f_wrong,
       count(*) FILTER (WHERE m.score IS DISTINCT FROM (s.score).m) AS m_wrong
FROM (SELECT last_order, orders, revenue, breaks, rfm_score(last_order, orders, revenue, breaks) AS score
      FROM customers, (SELECT rfm_breaks(last_order, orders, revenue, 7) AS breaks FROM customers) b) s
     LEFT JOIN LATERAL rfm_breaks_table(breaks) t
          ON last_order > coalesce(t.last_order_after, '-infinity') AND last_order <= coalesce(t.last_order_to, 'infinity')
     LEFT JOIN LATERAL rfm_breaks_table(breaks) f
          ON orders > coalesce(f.orders_above, -1) AND orders <= coalesce(f.orders_to, 9223372036854775807)
     LEFT JOIN LATERAL rfm_breaks_table(breaks) m
          ON revenue > coalesce(m.revenue_above, '-infinity') AND revenue <= coalesce(m.revenue_to, 'infinity');

\echo '-- A base to keep: its breaks are the aggregate''s, whatever the order of the customers, and parts merge to the whole.'
CREATE TABLE whole AS SELECT rfm_base(last_order, orders, revenue) AS base FROM customers;
CREATE TABLE parts AS SELECT shop, rfm_base(last_order, orders, revenue) AS base FROM customers GROUP BY shop;
INSERT INTO parts VALUES (1000, NULL), (1001, '{"time":"timestamptz","bins":null,"customers":0,"rows":[]}');
SELECT count(*) AS cases, count(*) FILTER (WHERE rfm_breaks(base, bins)::text IS DISTINCT FROM
           (SELECT rfm_breaks(last_order, orders, revenue, bins) FROM customers)::text) AS different
FROM whole, generate_series(2, 10) bins;
SELECT rfm_breaks(base)::text = rfm_breaks(base, bins => 5)::text AS usual FROM whole;
SELECT rfm_base_send(rfm_base(last_order, orders, revenue ORDER BY customer_id DESC)) = (SELECT rfm_base_send(base) FROM whole)
           AS descending,
       rfm_base_send(rfm_base(last_order, orders, revenue ORDER BY md5(customer_id::text)))
           = (SELECT rfm_base_send(base) FROM whole) AS shuffled,
       rfm_breaks(last_order, orders, revenue, 4 ORDER BY md5(customer_id::text))::text
           = (SELECT rfm_breaks(base, 4)::text FROM whole) AS breaks_shuffled
FROM customers;
SELECT rfm_base_send(rollup(base)) = (SELECT rfm_base_send(base) FROM whole) AS rolled_up,
       rfm_base_send(rollup(base ORDER BY shop DESC)) = (SELECT rfm_base_send(base) FROM whole) AS backwards
FROM parts;
SELECT rollup(base) FROM parts WHERE shop >= 1000;
SELECT rollup(base) FROM parts WHERE shop = 1000;
SELECT rollup(base) FROM parts WHERE false;

\echo '-- A running base: each row''s result stays what it was.'
SELECT rfm_base(last_order, orders, revenue) OVER (ORDER BY customer) FROM seven WHERE customer <= 'c' ORDER BY customer;
SELECT id, rollup(base) OVER (ORDER BY id)
FROM (VALUES (1, '{"time":"date","bins":null,"customers":1,"rows":[["2024-01-01",1,2]]}'::rfm_base), (2, NULL),
             (3, '{"time":"date","bins":null,"customers":1,"rows":[[null,null,7]]}')) b (id, base) ORDER BY id;

\echo '-- Parallel plans: workers with all, some and none of the customers.'
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT rfm_breaks(last_order, orders, revenue, 3) FROM customers;
SELECT rfm_breaks(last_order, orders, revenue, 3)::text = (SELECT rfm_breaks(base, 3)::text FROM whole) AS parallel FROM customers;
SELECT rfm_base_send(rfm_base(last_order, orders, revenue)) = (SELECT rfm_base_send(base) FROM whole) AS parallel FROM customers;
SELECT rfm_breaks(last_order, orders, revenue) FROM customers WHERE customer_id = 77;
SELECT rfm_breaks(last_order, orders, revenue) FROM customers WHERE customer_id < 0;
\echo '-- Scores are made by the workers, too.'
CREATE TABLE kept AS SELECT rfm_breaks(base) AS breaks FROM whole;
SELECT sum((rfm_score(last_order, orders, revenue, (SELECT breaks FROM kept))).m) AS parallel FROM customers;
SET max_parallel_workers_per_gather = 0;
SELECT sum((rfm_score(last_order, orders, revenue, (SELECT breaks FROM kept))).m) AS serial FROM customers;
SET max_parallel_workers_per_gather = 2;
SELECT e.* FROM error_of('SELECT rfm_breaks(last_order, orders, revenue, (customer_id % 2)::int + 4) FROM customers') e;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

\echo '-- NULL: a value that is not known is left out of its column; a column of which nothing is known has no cut points, and'
\echo '-- gives no score, not even to a customer of whom it is known.'
SELECT rfm_breaks(last_order, orders, revenue)
FROM (VALUES (date '2024-01-01', NULL::bigint, 1::float8), (NULL, NULL, 2), ('2024-01-03', NULL, NULL)) c (last_order, orders, revenue);
CREATE TABLE gaps AS
SELECT rfm_breaks(last_order, orders, revenue, 2) AS breaks
FROM (VALUES (date '2024-01-01', NULL::bigint, 1::float8), (NULL, NULL, 2)) c (last_order, orders, revenue);
SELECT rfm_score(date '2024-02-01', 5, 2, breaks), rfm_score(NULL::date, 5, 2, breaks), rfm_score(date '2024-02-01', NULL, NULL, breaks)
FROM gaps;
SELECT * FROM gaps, rfm_breaks_table(breaks);
SELECT rfm_breaks(NULL::date, NULL, NULL) FROM generate_series(1, 2);
SELECT rfm_score(NULL::date, NULL, NULL, rfm_breaks(NULL::date, NULL, NULL)) FROM generate_series(1, 2);
SELECT rfm_breaks(date '2024-01-01', 1, 1) FROM generate_series(1, 0);
SELECT rfm_score(date '2024-01-01', 1, 1, breaks => NULL) IS NULL AS no_score, rfm_breaks(NULL::rfm_base) IS NULL AS no_breaks;
SELECT count(*) FROM rfm_breaks_table(NULL);
\echo '-- bins NULL: the row is skipped'
SELECT rfm_breaks(date '2024-01-01' + i, i, i, nullif(2 * (i % 2), 0)) AS odd, rfm_breaks(date '2024-01-01' + i, i, i, NULL) AS none
FROM generate_series(1, 6) i;

\echo '-- One customer, equal ones, 0 and -0, extremes.'
SELECT rfm_breaks(date '2024-01-01', 1, 10);
SELECT rfm_breaks(date '2024-01-01', 1, 10, 3) FROM generate_series(1, 4);
SELECT rfm_breaks(date '2024-01-01', 0, revenue, 3) FROM (VALUES ('-0'::float8), ('0'), ('-0')) v (revenue);
SELECT rfm_breaks(last_order, orders, revenue, 3) AS breaks
FROM (VALUES (date '4714-11-24 BC', 0::bigint, -1.7976931348623157e308::float8), ('5874897-12-31', 9007199254740992, 5e-324)) v (last_order, orders, revenue);
SELECT rfm_breaks(last_order, 1, 0.1::float8 + 0.2::float8, 3) AS breaks
FROM (VALUES (timestamp '4714-11-24 00:00:00 BC'), ('294276-12-31 23:59:59.999999')) v (last_order);
SELECT rfm_breaks(last_order, 1, 1, 3) AS breaks
FROM (VALUES (timestamptz '0044-03-15 12:30:00.5+00 BC'), ('1999-12-31 23:59:59.000001+00')) v (last_order);

\echo '-- Growth through every size.'
SELECT bool_and(jsonb_array_length(base::text::jsonb -> 'rows') = n) AS grows_well
FROM (SELECT n, rfm_base(date '2024-01-01' + i, i, i) AS base FROM generate_series(1, 200) n, generate_series(1, n) i GROUP BY n) g;
SELECT rfm_breaks(date '2024-01-01' + i % 1000, i % 77, i) FROM generate_series(0, 199999) i;

\echo '-- Errors.'
SELECT e.* FROM (VALUES
    ('rfm_breaks(date ''infinity'', 1, 10)'), ('rfm_breaks(timestamp ''-infinity'', 1, 10)'),
    ('rfm_breaks(timestamptz ''infinity'', 1, 10)'), ('rfm_breaks(date ''2024-01-01'', -1, 10)'),
    ('rfm_breaks(date ''2024-01-01'', 1, ''NaN'')'), ('rfm_base(date ''2024-01-01'', 1, ''-Infinity'')'),
    ('rfm_breaks(date ''2024-01-01'', 1, 10, 1)'), ('rfm_breaks(date ''2024-01-01'', 1, 10, 11)'),
    ('rfm_breaks(date ''2024-01-01'', 1, 10, b) FROM generate_series(5, 6) b'),
    ('rfm_breaks(base, 0) FROM whole'),
    ('rollup(b) FROM (SELECT rfm_base(date ''2024-01-01'', 1, 1) UNION ALL SELECT rfm_base(timestamp ''2024-01-01'', 1, 1)) x (b)'),
    ('rollup(b) FROM (VALUES (''{"time":"date","bins":null,"customers":0,"rows":[]}''::rfm_base), (''{"time":"date","bins":3,"customers":0,"rows":[]}'')) x (b)'),
    ('rfm_score(timestamp ''2024-01-01'', 1, 1, breaks) FROM breaks'),
    ('rfm_score(timestamptz ''2024-01-01'', 1, 1, rfm_breaks(base)) FROM (SELECT rfm_base(timestamp ''2024-01-01'', 1, 1)) x (base)'),
    ('rfm_score(date ''infinity'', 1, 1, breaks) FROM breaks'), ('rfm_score(date ''2024-01-01'', -1, 1, breaks) FROM breaks'),
    ('rfm_score(date ''2024-01-01'', 1, ''Infinity'', breaks) FROM breaks'),
    ('rfm_score(date ''2024-01-01'', 1, 1, breaks) OVER () FROM breaks')
) v (call), error_of('SELECT ' || v.call) e;
SELECT e.code, e.message FROM error_of('SELECT rfm_base_accum(NULL, date ''2024-01-01'', 1, 1)') e;
SELECT e.code, e.message FROM error_of('SELECT rfm_base_combine(NULL, NULL)') e;
\echo '-- A row type that somebody altered is refused.'
BEGIN;
ALTER TYPE rfm ADD ATTRIBUTE note text;
SELECT * FROM error_of('SELECT rfm_score(date ''2024-01-01'', 1, 10, breaks) FROM breaks');
ROLLBACK;

\echo '-- Text: independent of the session, exact, with white space where JSON has it.'
SET DateStyle = 'SQL, DMY';
SET TimeZone = 'Asia/Kolkata';
SET extra_float_digits = -10;
SELECT rfm_breaks(timestamptz '2024-01-01 05:30:00.25+05:30', 1, 0.1::float8 + 0.2::float8);
RESET DateStyle;
RESET TimeZone;
RESET extra_float_digits;
SELECT count(*) AS breaks, count(*) FILTER (WHERE b::text::rfm_breaks::text <> b::text) AS text_differs,
       count(*) FILTER (WHERE rfm_breaks_send(b::text::rfm_breaks) <> rfm_breaks_send(b)) AS bytes_differ,
       count(DISTINCT pg_column_size(b)) AS sizes
FROM (SELECT rfm_breaks(base, bins) AS b FROM parts, generate_series(2, 10) bins WHERE base IS NOT NULL) x;
SELECT ' { "bins" : 2 , "time" : "date", "last_order" : [ "2024-01-01" ] , "orders":[ 3 ],"revenue":[] } '::rfm_breaks;
SELECT base::text::rfm_base::text = base::text AS text_trip FROM whole;
SELECT ' { "time" : "timestamp" , "bins" : 3 , "customers" : 1, "rows" : [ [ "2024-01-01T00:00:00.1" , null , -0 ] ] } '::rfm_base;

\echo '-- Forged text.'
SELECT v.value, e.code, e.message, e.detail FROM (VALUES
    (''), ('{}'), ('{"bins":1,"time":"date","last_order":[],"orders":[],"revenue":[]}'),
    ('{"bins":4294967298,"time":"date","last_order":[],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"day","last_order":[],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"dates","last_order":[],"orders":[],"revenue":[]}'),
    ('{"bins":3,"time":"date","last_order":[],"orders":[1],"revenue":[]}'),
    ('{"bins":2,"time":"date","last_order":[],"orders":[1,2],"revenue":[]}'),
    ('{"bins":10,"time":"date","last_order":[],"orders":[1,2,3,4,5,6,7,8,9,10],"revenue":[]}'),
    ('{"bins":3,"time":"date","last_order":[],"orders":[2,1],"revenue":[]}'),
    ('{"bins":2,"time":"date","last_order":[],"orders":[-1],"revenue":[]}'),
    ('{"bins":2,"time":"date","last_order":[],"orders":[1.5],"revenue":[]}'),
    ('{"bins":2,"time":"date","last_order":[],"orders":[],"revenue":["NaN"]}'),
    ('{"bins":2,"time":"date","last_order":[],"orders":[],"revenue":[1e999]}'),
    ('{"bins":2,"time":"date","last_order":["2024-02-30"],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"date","last_order":["infinity"],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"date","last_order":["5874898-01-01"],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"date","last_order":["2024-01-01T00:00:00"],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"timestamp","last_order":["2024-01-01"],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"timestamp","last_order":["2024-01-01T24:00:00"],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"timestamp","last_order":["2024-01-01T00:00:00.1234567"],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"timestamp","last_order":["2024-01-01T00:00:00."],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"timestamp","last_order":["294277-01-01T00:00:00"],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"timestamp","last_order":["5874897-12-31T00:00:00"],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"timestamptz","last_order":["2024-01-01T00:00:00"],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"timestamptz","last_order":["2024-01-01T00:00:00+01"],"orders":[],"revenue":[]}'),
    ('{"bins":2,"time":"date","last_order":[],"orders":[],"revenue":[1]} x')
) v (value), error_of(format('SELECT %L::rfm_breaks', v.value)) e;
SELECT v.value, e.code, e.message, e.detail FROM (VALUES
    (''), ('{"time":"date","bins":0,"customers":0,"rows":[]}'), ('{"time":"date","bins":11,"customers":0,"rows":[]}'),
    ('{"time":"date","bins":null,"customers":1,"rows":[]}'), ('{"time":"date","bins":null,"customers":1,"rows":[["2024-01-01",1]]}'),
    ('{"time":"date","bins":null,"customers":1,"rows":[["2024-01-01",-1,1]]}'),
    ('{"time":"date","bins":null,"customers":1,"rows":[["-infinity",1,1]]}'),
    ('{"time":"date","bins":null,"customers":1,"rows":[["2024-01-01",1,-Infinity]]}'),
    ('{"time":"date","bins":null,"customers":1,"rows":[["2024-01-01",1,1]')
) v (value), error_of(format('SELECT %L::rfm_base', v.value)) e;

\echo '-- Binary forms come in through a file in the data directory: whole, cut short, with one bit of three changed.'
CREATE TABLE received_breaks (value rfm_breaks);
CREATE TABLE received_base (value rfm_base);
CREATE FUNCTION receive(kind text, field bytea, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_rfm_breaks_test.bin';
    -- signature, flags, no header extension, one column, its length, the field, the trailer
    content bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' ||
                     int4send(length(field)) || field || '\xffff';
    object oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(object, file);
    PERFORM lo_unlink(object);
    EXECUTE format('TRUNCATE received_%s', kind);
    EXECUTE format('COPY received_%s FROM %L (FORMAT binary)', kind, file);
    code := 'none';
    -- what comes in is a value like any other: its text is readable
    EXECUTE format('SELECT rfm_%1$s_send(value) = $1 AND rfm_%1$s_send(value::text::rfm_%1$s) = $1 FROM received_%1$s', kind)
    INTO same USING field;
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
SELECT r.*, count(*) FROM parts, receive('base', rfm_base_send(base)) r WHERE base IS NOT NULL AND shop % 10 = 1 GROUP BY 1, 2;
SELECT r.*, count(*) FROM parts, receive('breaks', rfm_breaks_send(rfm_breaks(base, 2 + shop % 9))) r WHERE shop % 10 = 1 GROUP BY 1, 2;
CREATE TABLE fields AS
SELECT 'base' AS kind, rfm_base_send(rfm_base(last_order, orders, nullif(revenue, 30))) AS field FROM seven WHERE customer <= 'c'
UNION ALL SELECT 'breaks', rfm_breaks_send(rfm_breaks(last_order, orders, revenue, 3)) FROM seven
UNION ALL SELECT 'breaks', rfm_breaks_send(rfm_breaks(last_order::timestamptz, orders, NULL, 2)) FROM seven;
SELECT kind, r.*, count(*) FROM fields, generate_series(0, length(field) - 1) n, receive(kind, substr(field, 1, n)) r GROUP BY 1, 2, 3 ORDER BY 1;
SELECT kind, r.*, count(*) FROM fields, receive(kind, field || '\x00') r GROUP BY 1, 2, 3 ORDER BY 1;
SELECT kind, count(*) FILTER (WHERE r.code = 'none') > 0 AS some_pass, bool_and(r.code IN ('none', '22P03')) AS only_input_errors
FROM fields, generate_series(0, length(field) * 8 - 1, 3) n, receive(kind, set_bit(field, n, 1 - get_bit(field, n))) r GROUP BY 1 ORDER BY 1;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_rfm_breaks_test.bin'));
END $$;

\echo '-- The times of rfm_breaks_table are what the server''s casts make of them.'
SET TimeZone = 'Europe/Vienna';
SELECT score, last_order_after, last_order_to FROM breaks, rfm_breaks_table(breaks);
SELECT score, last_order_after, last_order_to
FROM rfm_breaks_table('{"bins":2,"time":"timestamp","last_order":["2024-07-01T08:00:00"],"orders":[],"revenue":[]}');
SELECT score, last_order_after, last_order_to
FROM rfm_breaks_table('{"bins":2,"time":"timestamptz","last_order":["2024-07-01T08:00:00Z"],"orders":[],"revenue":[]}');
SELECT e.* FROM error_of($$SELECT * FROM rfm_breaks_table('{"bins":2,"time":"date","last_order":["5874897-12-31"],"orders":[],"revenue":[]}')$$) e;
RESET TimeZone;

DROP TABLE received_breaks, received_base, fields, kept, gaps, parts, whole, customers, breaks, seven;
DROP FUNCTION receive(text, bytea), error_of(text);

-- customer_base: the aggregate, its text, its checks, rollup, parallel plans, stored values
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

\echo '-- equal customers are counted, rows are sorted'
SELECT customer_base(frequency, recency, tenure)
FROM (VALUES (2::bigint, 30.43::float8, 38.86::float8), (0, 0, 38.86), (2, 30.43, 38.86), (10, 1, 2), (9, 1, 2)) c(frequency, recency, tenure);
\echo '-- the same from float8, int and numeric frequencies'
SELECT customer_base(f::float8, 1, 2), customer_base(f, 1, 2), customer_base(f::numeric, 1, 2), customer_base(f::smallint, 1, 2)
FROM (VALUES (1), (2)) c(f);
\echo '-- -0 is 0'
SELECT customer_base(f, r, t) FROM (VALUES (0::float8, 0::float8, 0::float8), ('-0', '-0', '-0')) c(f, r, t);
\echo '-- rows with a NULL are skipped; no rows: NULL'
SELECT customer_base(f, r, t) FROM (VALUES (1::bigint, 1::float8, NULL::float8), (1, NULL, 1), (NULL, 1, 1), (3, 1, 1)) c(f, r, t);
SELECT customer_base(f, r, t) FROM (VALUES (1::bigint, 1::float8, NULL::float8), (1, NULL, 1), (NULL, 1, 1)) c(f, r, t);
SELECT customer_base(1::bigint, 1, 1) WHERE false;

\echo '-- bad customers'
SELECT e.* FROM (VALUES
    ('-1::bigint, 0, 1'), ('9007199254740993, 1, 1'),
    ('-1::float8, 0, 1'), ('2.5::float8, 1, 1'), ('1e300::float8, 1, 1'), ('''NaN''::float8, 1, 1'), ('''Infinity''::float8, 1, 1'),
    ('1::bigint, -1, 1'), ('1::bigint, 3, 2'), ('1::bigint, 0, 2'), ('0::bigint, 1, 2'), ('0::bigint, 0, -1'),
    ('1::bigint, ''NaN'', 1'), ('1::bigint, 1, ''NaN'''), ('1::bigint, 1, ''Infinity'''), ('1::bigint, ''-Infinity'', 1')
) v(args), error_of('SELECT customer_base(' || args || ')') e;
\echo '-- A count beyond 2^53, which no input would take, does not come out either'
SELECT e.* FROM error_of('SELECT customer_base(1::float8, 1, 2, 9e15) FROM generate_series(1, 2)') e;
SELECT e.code, e.message FROM error_of('SELECT customer_base_accum(NULL, 1::bigint, 1, 1)') e;
SELECT e.code, e.message FROM error_of($$SELECT customer_base_combine('{"customers":0,"rows":[]}', NULL)$$) e;

\echo '-- a shop: 20,000 customers, many of them equal'
CREATE TABLE shop AS
SELECT i AS id, i % 7 AS region, x::bigint AS frequency,
       CASE WHEN x = 0 THEN 0 ELSE 1 + (i * 31) % t END::float8 AS recency, t::float8 AS tenure
FROM (SELECT i, (i * 13) % 4 AS x, 1 + (i * 7919) % 97 AS t FROM generate_series(1, 20000) i) c;
ANALYZE shop;

\echo '-- every customer is there, and the aggregate agrees with GROUP BY'
WITH base AS (SELECT customer_base(frequency, recency, tenure)::text::jsonb AS b FROM shop)
SELECT b -> 'customers' AS customers, jsonb_array_length(b -> 'rows') AS rows,
       (SELECT jsonb_agg(jsonb_build_array(frequency, recency, tenure, n) ORDER BY frequency, recency, tenure)
        FROM (SELECT frequency, recency, tenure, count(*) AS n FROM shop GROUP BY 1, 2, 3) g) = b -> 'rows' AS as_group_by
FROM base;

\echo '-- the same bytes whatever the order, and whatever the plan'
CREATE TABLE whole AS SELECT customer_base(frequency, recency, tenure) AS base FROM shop;
SELECT customer_base_send(customer_base(frequency, recency, tenure ORDER BY id DESC)) = (SELECT customer_base_send(base) FROM whole) AS descending,
       customer_base_send(customer_base(frequency, recency, tenure ORDER BY md5(id::text))) = (SELECT customer_base_send(base) FROM whole) AS shuffled
FROM shop;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT customer_base(frequency, recency, tenure) FROM shop;
SELECT customer_base_send(customer_base(frequency, recency, tenure)) = (SELECT customer_base_send(base) FROM whole) AS parallel FROM shop;
\echo '-- some workers see no row, or only rows that are skipped'
SELECT customer_base(frequency, recency, tenure) FROM shop WHERE id = 77;
SELECT customer_base(frequency, nullif(recency, recency), tenure) FROM shop;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

\echo '-- rollup of parts is the whole; NULL and empty parts change nothing'
CREATE TABLE parts AS SELECT region, customer_base(frequency, recency, tenure) AS base FROM shop GROUP BY region;
INSERT INTO parts VALUES (100, NULL), (101, '{"customers":0,"rows":[]}');
SELECT customer_base_send(rollup(base)) = (SELECT customer_base_send(base) FROM whole) AS rolled_up,
       customer_base_send(rollup(base ORDER BY region DESC)) = (SELECT customer_base_send(base) FROM whole) AS backwards
FROM parts;
SELECT rollup(base) FROM parts WHERE region >= 100;
SELECT rollup(base) FROM parts WHERE region = 100;
SELECT rollup(base) FROM parts WHERE false;
\echo '-- a rollup leaves its arguments as they were'
SELECT count(*) FROM parts JOIN (SELECT region, customer_base(frequency, recency, tenure) AS again FROM shop GROUP BY region) s
USING (region) WHERE base::text = again::text;

\echo '-- a window''s running base: each row''s result stays what it was'
SELECT id, customer_base(frequency, recency, tenure) OVER (ORDER BY id) FROM shop WHERE id <= 4 ORDER BY id;
SELECT id, rollup(base) OVER (ORDER BY id)
FROM (VALUES (1, '{"customers":1,"rows":[[1,1,2,1]]}'::customer_base), (2, NULL), (3, '{"customers":3,"rows":[[1,1,1,2],[1,1,2,1]]}')) b(id, base) ORDER BY id;
SELECT sum((w.base::text::jsonb -> 'customers')::int) AS sum_of_sizes
FROM (SELECT customer_base(frequency, recency, tenure) OVER (ORDER BY id) AS base FROM shop WHERE id <= 500) w;

\echo '-- many groups, and growth through every size'
SELECT count(*) AS groups, sum((base::text::jsonb -> 'customers')::int) AS customers
FROM (SELECT id / 2, customer_base(frequency, recency, tenure) AS base FROM shop GROUP BY 1) g;
SELECT bool_and((base::text::jsonb -> 'customers')::int = 2 * n AND jsonb_array_length(base::text::jsonb -> 'rows') = n) AS grows_well
FROM (SELECT n, customer_base(i % 50 + 1, i + 0.25, i + 0.5) AS base
      FROM generate_series(1, 300) n, generate_series(1, n) i, generate_series(1, 2) again GROUP BY n) g;
SELECT b ->> 'customers' AS customers, jsonb_array_length(b -> 'rows') AS rows
FROM (SELECT customer_base(1 + i % 3, 1 + i % 20000, 20000)::text::jsonb AS b FROM generate_series(0, 199999) i) s;

\echo '-- text and binary round trips'
SELECT base::text::customer_base::text = base::text AS text_trip, pg_column_size(base::text::customer_base) FROM whole;
SELECT '{"customers":3,"rows":[[3,2.5,1e300,0.1],[1,0.1,0.30000000000000004,1.9],[3,2.5,1e+300,1]]}'::customer_base;
SELECT ' { "customers" : 0 , "rows" : [ ] } '::customer_base;
SELECT count(*) FROM parts p JOIN parts q USING (region) WHERE customer_base_send(p.base) = customer_base_send(q.base::text::customer_base);

\echo '-- forged text'
SELECT v.value, e.code, e.message, e.detail FROM (VALUES
    (''), ('{}'), ('[]'), ('{"customers":1}'), ('{"customers":1,"rows":[[1,1,1,1]]'), ('{"customers":1,"rows":[[1,1,1,1]]} x'),
    ('{"customers":2,"rows":[[1,1,1,1]]}'), ('{"customers":1,"rows":[[1,1,1,1],]}'), ('{"customers":1,"rows":[[1,1,1]]}'),
    ('{"customers":1,"rows":[[1,1,1,1,1]]}'), ('{"customers":0,"rows":[[1,1,1,0]]}'), ('{"customers":-1,"rows":[[1,1,1,-1]]}'),
    ('{"customers":1e17,"rows":[[1,1,1,1e17]]}'), ('{"customers":1,"rows":[[1,1,1,NaN]]}'), ('{"customers":1,"rows":[[1,1,1e999,1]]}'),
    ('{"customers":1,"rows":[[1.5,1,1,1]]}'), ('{"customers":1,"rows":[[-1,1,1,1]]}'), ('{"customers":1,"rows":[[1,0,1,1]]}'),
    ('{"customers":1,"rows":[[1,2,1,1]]}'), ('{"customers":1,"without_spend":0,"rows":[[1,1,1,1]]}')
) v(value), error_of(format('SELECT %L::customer_base', v.value)) e;

\echo '-- binary forms come in through a file in the data directory: whole, cut short, with one bit changed'
CREATE TABLE received (base customer_base);
CREATE FUNCTION receive(field bytea, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_customer_base_test.bin';
    -- signature, flags, no header extension, one column, its length, the field, the trailer
    content bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' ||
                     int4send(length(field)) || field || '\xffff';
    object oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(object, file);
    PERFORM lo_unlink(object);
    TRUNCATE received;
    EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
    code := 'none';
    -- what comes in is a value like any other: its text is readable
    same := (SELECT customer_base_send(base) = field AND customer_base_send(base::text::customer_base) = field FROM received);
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
SELECT r.*, count(*) FROM parts, receive(customer_base_send(base)) r WHERE base IS NOT NULL GROUP BY 1, 2;
\set field 'customer_base_send(\'{"customers":3,"rows":[[0,0,38.5,1],[2,30.5,38.5,2]]}\')'
SELECT r.*, count(*) FROM generate_series(0, length(:field) - 1) n, receive(substr(:field, 1, n)) r GROUP BY 1, 2;
SELECT r.*, count(*) FROM receive(:field || '\x00') r GROUP BY 1, 2;
SELECT count(*) FILTER (WHERE r.code = 'none') > 0 AS some_pass,
       bool_and(r.code IN ('none', '22P03', '22023')) AS only_input_errors
FROM generate_series(0, length(:field) * 8 - 1) n, receive(set_bit(:field, n, 1 - get_bit(:field, n))) r;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_customer_base_test.bin'));
END $$;

DROP TABLE received, parts, whole, shop;
DROP FUNCTION receive(bytea), error_of(text);

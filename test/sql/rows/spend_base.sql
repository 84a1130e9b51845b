-- spend_base: the aggregate, its text, its checks, rollup, parallel plans, stored values
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

\echo '-- equal customers are counted, rows are sorted; without a repeat purchase they are only counted'
SELECT spend_base(frequency, monetary_value)
FROM (VALUES (2::bigint, 35.5::float8), (0, 0), (2, 35.5), (0, NULL), (10, 1), (9, 0.1), (3, 0), (0, 'NaN'), (0, -5)) c(frequency, monetary_value);
\echo '-- with first purchases, which are known of customers without a repeat purchase, too; 0 and NULL say nothing'
SELECT spend_base(f, m, first)
FROM (VALUES (2::bigint, 35.5::float8, 12::float8), (0, NULL, 12), (2, 35.5, NULL), (0, 7, 0), (2, 35.5, 12), (0, NULL, -3), (0, NULL, NULL)) c(f, m, first);
SELECT spend_base(f, m, first, weight)
FROM (VALUES (2, 35.5, 12::float8, 0.5), (2, 35.5, 12, 2), (0, 0, 4, 3), (0, 0, NULL, 5), (1, 1, 1, 0), (1, 1, 1, NULL)) c(f, m, first, weight);
\echo '-- the same from float8, int and numeric frequencies'
SELECT spend_base(f::float8, 1), spend_base(f, 1), spend_base(f::numeric, 1) FROM (VALUES (1), (2)) c(f);
SELECT spend_base(f, m) FROM (VALUES ('-0'::float8, 1::float8), (1, '-0')) c(f, m);
\echo '-- profits'
SELECT spend_base(f, m) FROM (VALUES (1, -0.01), (2, -5)) c(f, m);
\echo '-- rows with a NULL are skipped; no rows: NULL; nobody with repeat spend: a base that says so'
SELECT spend_base(f, m) FROM (VALUES (1::bigint, NULL::float8), (NULL, 1), (3, 1)) c(f, m);
SELECT spend_base(f, m) FROM (VALUES (1::bigint, NULL::float8), (NULL, 1), (NULL, NULL)) c(f, m);
SELECT spend_base(1::bigint, 1) WHERE false;
SELECT spend_base(f, m) FROM (VALUES (0::bigint, NULL::float8), (0, 0), (4, 0)) c(f, m);

\echo '-- bad customers'
SELECT e.* FROM (VALUES
    ('-1::bigint, 1'), ('9007199254740993, 1'), ('-1::float8, 0'), ('2.5::float8, 1'), ('1e300::float8, 1'), ('''NaN''::float8, 1'),
    ('1::float8, 1, ''NaN'''), ('1::float8, 1, ''-Infinity'', 1'), ('1::float8, 1, 1, -1'), ('1::bigint, ''NaN'''), ('1::bigint, ''Infinity'''), ('1::bigint, ''-Infinity''')
) v(args), error_of('SELECT spend_base(' || args || ')') e;
SELECT e.code, e.message FROM error_of('SELECT spend_base_accum(NULL, 1::bigint, 1)') e;
SELECT e.code, e.message FROM error_of('SELECT spend_base_combine(NULL, NULL)') e;

\echo '-- a shop: 20,000 customers, many of them equal'
CREATE TABLE shop AS
SELECT i AS id, i % 7 AS region, x::bigint AS frequency, CASE WHEN x > 0 THEN (i * 7919 % 9973) / 4 / 100.0 END::float8 AS monetary_value
FROM (SELECT i, (i * 13) % 4 AS x FROM generate_series(1, 20000) i) c;
ANALYZE shop;

\echo '-- every customer is there, and the aggregate agrees with GROUP BY'
WITH base AS (SELECT spend_base(frequency, monetary_value)::text::jsonb AS b FROM shop)
SELECT b -> 'customers' AS customers, b -> 'without_spend' AS without_spend, jsonb_array_length(b -> 'rows') AS rows,
       (SELECT jsonb_agg(jsonb_build_array(frequency, monetary_value, 0, n) ORDER BY frequency, monetary_value)
        FROM (SELECT frequency, monetary_value, count(*) AS n FROM shop WHERE frequency > 0 GROUP BY 1, 2) g)
       = b -> 'rows' AS as_group_by
FROM base;

\echo '-- the same bytes whatever the order, and whatever the plan'
CREATE TABLE whole AS SELECT spend_base(frequency, monetary_value) AS base FROM shop;
SELECT spend_base_send(spend_base(frequency, monetary_value ORDER BY id DESC)) = (SELECT spend_base_send(base) FROM whole) AS descending,
       spend_base_send(spend_base(frequency, monetary_value ORDER BY md5(id::text))) = (SELECT spend_base_send(base) FROM whole) AS shuffled
FROM shop;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT spend_base(frequency, monetary_value) FROM shop;
SELECT spend_base_send(spend_base(frequency, monetary_value)) = (SELECT spend_base_send(base) FROM whole) AS parallel FROM shop;
SELECT spend_base(frequency, monetary_value) FROM shop WHERE id = 77;
SELECT spend_base(frequency, monetary_value) FROM shop WHERE frequency = 0;
SELECT spend_base(frequency, nullif(monetary_value, monetary_value)) FROM shop WHERE frequency > 0;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

\echo '-- rollup of parts is the whole; NULL and empty parts change nothing'
CREATE TABLE parts AS SELECT region, spend_base(frequency, monetary_value) AS base FROM shop GROUP BY region;
INSERT INTO parts VALUES (100, NULL), (101, '{"customers":0,"without_spend":0,"rows":[]}');
SELECT spend_base_send(rollup(base)) = (SELECT spend_base_send(base) FROM whole) AS rolled_up,
       spend_base_send(rollup(base ORDER BY region DESC)) = (SELECT spend_base_send(base) FROM whole) AS backwards
FROM parts;
SELECT rollup(base) FROM parts WHERE region >= 100;
SELECT rollup(base) FROM parts WHERE region = 100;
SELECT rollup(base) FROM parts WHERE false;

\echo '-- a window''s running base: each row''s result stays what it was'
SELECT id, spend_base(frequency, monetary_value) OVER (ORDER BY id) FROM shop WHERE id <= 4 ORDER BY id;
SELECT id, rollup(base) OVER (ORDER BY id)
FROM (VALUES (1, '{"customers":1,"without_spend":1,"rows":[[1,2,0,1]]}'::spend_base), (2, NULL),
             (3, '{"customers":3,"without_spend":2,"rows":[[1,1,0,2],[1,2,0,1]]}')) b(id, base) ORDER BY id;

\echo '-- many groups, and growth through every size'
SELECT count(*) AS groups, sum((base::text::jsonb -> 'customers')::int) AS customers, sum((base::text::jsonb -> 'without_spend')::int) AS without_spend
FROM (SELECT id / 2, spend_base(frequency, monetary_value) AS base FROM shop GROUP BY 1) g;
SELECT bool_and((base::text::jsonb -> 'customers')::int = 2 * n AND jsonb_array_length(base::text::jsonb -> 'rows') = n) AS grows_well
FROM (SELECT n, spend_base(i % 50 + 1, i + 0.25) AS base
      FROM generate_series(1, 300) n, generate_series(1, n) i, generate_series(1, 2) again GROUP BY n) g;
SELECT b ->> 'customers' AS customers, jsonb_array_length(b -> 'rows') AS rows
FROM (SELECT spend_base(1 + i % 3, 1 + i % 20000)::text::jsonb AS b FROM generate_series(0, 199999) i) s;

\echo '-- text round trips'
SELECT base::text::spend_base::text = base::text AS text_trip, pg_column_size(base::text::spend_base) FROM whole;
SELECT '{"customers":3,"without_spend":0.5,"rows":[[3,1e300,0,0.1],[1,0.30000000000000004,5,1.9],[3,1e+300,0,1]]}'::spend_base;
SELECT ' { "customers" : 0 , "without_spend" : 7, "rows" : [ ] } '::spend_base;

\echo '-- forged text'
SELECT v.value, e.code, e.message, e.detail FROM (VALUES
    (''), ('{}'), ('{"customers":1,"rows":[[1,1,0,1]]}'), ('{"customers":1,"without_spend":-1,"rows":[[1,1,0,1]]}'),
    ('{"customers":1,"without_spend":1e17,"rows":[[1,1,0,1]]}'), ('{"customers":1,"without_spend":0,"rows":[[1,1,0,1]'),
    ('{"customers":1,"without_spend":1,"rows":[[1,1,0,2]]}'), ('{"customers":1,"without_spend":0,"rows":[[1,1,0,1,1]]}'),
    ('{"customers":1,"without_spend":0,"rows":[[0,1,0,1]]}'), ('{"customers":1,"without_spend":0,"rows":[[0,0,0,1]]}'),
    ('{"customers":1,"without_spend":0,"rows":[[0,1,1,1]]}'), ('{"customers":1,"without_spend":0,"rows":[[1.5,1,0,1]]}'),
    ('{"customers":0,"without_spend":0,"rows":[[1,1,0,0]]}')
) v(value), error_of(format('SELECT %L::spend_base', v.value)) e;

\echo '-- binary forms come in through a file in the data directory: whole, cut short, with one bit changed'
CREATE TABLE received (base spend_base);
CREATE FUNCTION receive(field bytea, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_spend_base_test.bin';
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
    same := (SELECT spend_base_send(base) = field AND spend_base_send(base::text::spend_base) = field FROM received);
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
SELECT r.*, count(*) FROM parts, receive(spend_base_send(base)) r WHERE base IS NOT NULL GROUP BY 1, 2;
\set field 'spend_base_send(\'{"customers":3,"without_spend":4,"rows":[[1,38.5,0,1],[2,30.5,4,2]]}\')'
SELECT r.*, count(*) FROM generate_series(0, length(:field) - 1) n, receive(substr(:field, 1, n)) r GROUP BY 1, 2;
SELECT r.*, count(*) FROM receive(:field || '\x00') r GROUP BY 1, 2;
SELECT count(*) FILTER (WHERE r.code = 'none') > 0 AS some_pass,
       bool_and(r.code IN ('none', '22P03', '22023')) AS only_input_errors
FROM generate_series(0, length(:field) * 8 - 1) n, receive(set_bit(:field, n, 1 - get_bit(:field, n))) r;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_spend_base_test.bin'));
END $$;

DROP TABLE received, parts, whole, shop;
DROP FUNCTION receive(bytea), error_of(text);

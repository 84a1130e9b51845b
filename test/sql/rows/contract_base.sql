-- contract_base: the aggregate, its text, its checks, rollup, parallel plans, stored values
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

\echo '-- equal customers are counted, rows are sorted; rows with a NULL are skipped; no rows: NULL'
SELECT contract_base(periods, churned)
FROM (VALUES (2, true), (0, false), (2, true), (NULL, true), (10, false), (9, NULL), (2, false)) c(periods, churned);
SELECT contract_base(NULL, churned) FROM (VALUES (true), (NULL)) c(churned);
SELECT contract_base(1, true) WHERE false;

\echo '-- weights; rows of weight 0 and NULL are left out'
SELECT contract_base(periods, churned, weight)
FROM (VALUES (2, true, 2.5), (2, true, 1), (3, false, 0), (4, false, NULL)) c(periods, churned, weight);

\echo '-- bad customers'
SELECT e.* FROM (VALUES ('-1, true'), ('9007199254740994, false'), ('2.5, true'), ('''NaN'', true'), ('0, true'), ('1, true, -1')) v(args),
    error_of('SELECT contract_base(' || args || ')') e;
SELECT e.code, e.message FROM error_of('SELECT contract_base_accum(NULL, 1, true)') e;
SELECT e.code, e.message FROM error_of('SELECT contract_base_combine(NULL, NULL)') e;

\echo '-- whole numbers of any type: counts, sums, what extract() gives'
SELECT DISTINCT b FROM (
    SELECT contract_base(p::smallint, true)::text FROM generate_series(1, 3) p UNION ALL
    SELECT contract_base(p::bigint, true)::text FROM generate_series(1, 3) p UNION ALL
    SELECT contract_base(p::numeric, true)::text FROM generate_series(1, 3) p UNION ALL
    SELECT contract_base(p::real, true)::text FROM generate_series(1, 3) p) AS a (b);

\echo '-- 20,000 subscribers, many of them equal'
CREATE TABLE subscriber AS
SELECT i AS id, i % 7 AS region, (1 + i * 7919 % 997 / 10)::bigint AS periods, i % 3 = 0 AS churned
FROM generate_series(1, 20000) i;
ANALYZE subscriber;

\echo '-- every customer is there, and the aggregate agrees with GROUP BY'
WITH base AS (SELECT contract_base(periods, churned)::text::jsonb AS b FROM subscriber)
SELECT b -> 'customers' AS customers, jsonb_array_length(b -> 'rows') AS rows,
       (SELECT jsonb_agg(jsonb_build_array(periods, churned::int, n) ORDER BY periods, churned)
        FROM (SELECT periods, churned, count(*) AS n FROM subscriber GROUP BY 1, 2) g) = b -> 'rows' AS as_group_by
FROM base;

\echo '-- the same bytes whatever the order, and whatever the plan'
CREATE TABLE whole AS SELECT contract_base(periods, churned) AS base FROM subscriber;
SELECT contract_base_send(contract_base(periods, churned ORDER BY id DESC)) = (SELECT contract_base_send(base) FROM whole) AS descending
FROM subscriber;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT contract_base(periods, churned) FROM subscriber;
SELECT contract_base_send(contract_base(periods, churned)) = (SELECT contract_base_send(base) FROM whole) AS parallel FROM subscriber;
SELECT contract_base(periods, churned) FROM subscriber WHERE id = 77;
COMMIT;

\echo '-- rollup of parts is the whole; NULL and empty parts change nothing'
CREATE TABLE parts AS SELECT region, contract_base(periods, churned) AS base FROM subscriber GROUP BY region;
INSERT INTO parts VALUES (100, NULL), (101, '{"customers":0,"rows":[]}');
SELECT contract_base_send(rollup(base)) = (SELECT contract_base_send(base) FROM whole) AS rolled_up FROM parts;
SELECT rollup(base) FROM parts WHERE region >= 100;
SELECT rollup(base) FROM parts WHERE region = 100;

\echo '-- a window''s running base: each row''s result stays what it was'
SELECT id, contract_base(periods, churned) OVER (ORDER BY id) FROM subscriber WHERE id <= 3 ORDER BY id;

\echo '-- text round trips'
SELECT base::text::contract_base::text = base::text AS text_trip FROM whole;
SELECT ' { "customers" : 3 , "rows" : [[3,1,0.5],[1,0,2], [3,1,0.5] ] } '::contract_base;

\echo '-- forged text'
SELECT v.value, e.code, e.message, e.detail FROM (VALUES
    (''), ('{}'), ('{"customers":1,"rows":[[1,1]]}'), ('{"customers":2,"rows":[[1,1,1]]}'),
    ('{"customers":1,"rows":[[0,1,1]]}'), ('{"customers":1,"rows":[[1,2,1]]}'), ('{"customers":1,"rows":[[1,-1,1]]}'),
    ('{"customers":1,"rows":[[-1,0,1]]}'), ('{"customers":1,"rows":[[1.5,0,1]]}'), ('{"customers":0,"rows":[[1,1,0]]}')
) v(value), error_of(format('SELECT %L::contract_base', v.value)) e;

\echo '-- binary round trip through COPY, and a forged flag'
CREATE TABLE received (base contract_base);
CREATE FUNCTION receive(field bytea, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_contract_base_test.bin';
    content bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' ||
                     int4send(length(field)) || field || '\xffff';
    object oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(object, file);
    PERFORM lo_unlink(object);
    TRUNCATE received;
    EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
    code := 'none';
    same := (SELECT contract_base_send(base) = field FROM received);
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
\set field 'contract_base_send(\'{"customers":3,"rows":[[1,1,1],[2,0,2]]}\')'
SELECT r.*, count(*) FROM parts, receive(contract_base_send(base)) r WHERE base IS NOT NULL GROUP BY 1, 2;
SELECT r.*, count(*) FROM generate_series(0, length(:field) - 1) n, receive(substr(:field, 1, n)) r GROUP BY 1, 2;
SELECT bool_and(r.code IN ('none', '22P03', '22023')) AS only_input_errors
FROM generate_series(0, length(:field) * 8 - 1) n, receive(set_bit(:field, n, 1 - get_bit(:field, n))) r;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_contract_base_test.bin'));
END $$;

DROP TABLE received, parts, whole, subscriber;
DROP FUNCTION receive(bytea), error_of(text);

-- feature_base: the aggregate, its text, its checks, rollup, parallel plans, stored values
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

\echo '-- equal customers are counted, all is sorted; rows with a NULL are skipped; no rows: NULL'
SELECT feature_base(f, r, t, features(a)) FROM (VALUES
    (2, 30.43, 38.86, 'DE', 40), (0, 0, 38.86, 'AT', NULL), (2, 30.43, 38.86, 'DE', 40), (NULL, 1, 2, 'FR', 1),
    (1, 3, 38.86, 'AT', 31), (0, 0, 7, NULL, 31)) AS v (f, r, t, country, age), LATERAL (SELECT country, age) AS a;
SELECT feature_base(1::bigint, 2, 3, NULL::features), feature_base(1::bigint, 2, 3, NULL::features, NULL::features);
SELECT feature_base(1::bigint, 2, 3, features('{a}', '{1}')) WHERE false;

\echo '-- attributes of purchases and of dropout, and of one of them'
SELECT feature_base(2, 3, 4.5, '{"a":1}'::features, '{"a":2,"b":"x"}'::features);
SELECT feature_base(2, 3, 4.5, NULL, '{"a":2,"b":"x"}'::features);
SELECT feature_base(2, 3, 4.5, '{"a":1}'::features, NULL::features)::text = feature_base(2, 3, 4.5, '{"a":1}'::features)::text AS as_without;

\echo '-- skipped rows are counted, whatever comes first, in bases, in what is merged of them and in models'
CREATE TABLE gap AS SELECT i, CASE WHEN i % 4 > 0 THEN i % 3 END::bigint AS f, i % 7 AS r, 9.0 AS t,
    CASE WHEN i % 5 > 0 THEN features(ARRAY['a'], ARRAY[i % 2]::float8[]) END AS a FROM generate_series(1, 60) AS i WHERE i % 3 > 0 OR i % 4 = 0;
UPDATE gap SET r = 0 WHERE f = 0;
UPDATE gap SET r = 1 WHERE f > 0 AND r = 0;
SELECT count(*) FILTER (WHERE f IS NULL OR a IS NULL) AS skipped FROM gap;
SELECT substr(feature_base(f, r, t, a ORDER BY i)::text, 1, 45) AS base,
       feature_base_send(feature_base(f, r, t, a ORDER BY i)) = feature_base_send(feature_base(f, r, t, a ORDER BY -i)) AS any_order,
       feature_base(f, r, t, a)::text = feature_base(f, r, t, a)::text::feature_base::text AS read_again FROM gap;
SELECT rollup(base)::text = (SELECT feature_base(f, r, t, a)::text FROM gap) AS merged, count(*) FILTER (WHERE base IS NULL) AS nothing
FROM (SELECT i % 2 AS part, feature_base(f, r, t, a) AS base FROM gap GROUP BY 1) AS parts;
SELECT feature_base(f, r, t, a) IS NULL AS nobody, bgnbd_fit(f, r, t, a) IS NULL AS no_model, logistic_fit(f > 1, a) IS NULL AS no_learner,
       cox_fit(f, true, a) IS NULL AS no_cox FROM gap WHERE f IS NULL;
SELECT linear_fit(f, a)::jsonb -> 'skipped' AS learner, linear_fit(f, a)::jsonb -> 'customers' AS customers, count(*) FROM gap;
SELECT sign, substr(rollup(b ORDER BY sign * place)::text, 1, 45) AS base FROM (
    SELECT 1 AS place, feature_base(f, r, t, a) AS b FROM gap UNION ALL
    SELECT 2, '{"customers":0,"skipped":2,"targets":"orders","columns":[],"attributes":[],"rows":[]}') AS s, unnest('{1,-1}'::int[]) AS sign GROUP BY sign;
SELECT e.code, e.message FROM unnest('{1,-1}'::int[]) AS sign, error_of(format($$SELECT rollup(b ORDER BY %s * place) FROM (
    SELECT 1 AS place, feature_base(f, r, t, a) AS b FROM gap UNION ALL
    SELECT 2, '{"customers":0,"skipped":2,"targets":"spend","columns":[],"attributes":[],"rows":[]}') AS s$$, sign)) AS e;

\echo '-- without some attributes: as if they had never been told'
SELECT (base - '{a,nobody}'::text[])::text = other::text AS without_a, (base - '{}'::text[])::text = base::text AS whole, base - '{a,b}'::text[] IS NULL AS nothing,
       base - NULL::text[] IS NULL AND NULL::feature_base - '{a}'::text[] IS NULL AS of_null, (base - ARRAY['b', NULL])::text AS without_b
FROM (SELECT feature_base(f, r, t, a, features(ARRAY['b'], ARRAY[f]::float8[])) AS base, feature_base(f, r, t, NULL::features, features(ARRAY['b'], ARRAY[f]::float8[])) AS other
      FROM gap WHERE a IS NOT NULL AND f IS NOT NULL) AS s;
DROP TABLE gap;

\echo '-- weights; rows of weight 0 and NULL are left out'
SELECT feature_base(f, r, t, '{"a":1}', weight) AS base, feature_base(f, r, t, '{"a":1}', '{"b":2}', weight) AS both
FROM (VALUES (2, 3, 9, 2.5), (2, 3, 9, 1), (3, 3, 9, 0), (4, 4, 9, NULL)) AS v (f, r, t, weight);

\echo '-- bad customers, other attributes within one aggregate'
SELECT e.* FROM (VALUES
    ('-1, 2, 3, a'), ('1, 5, 3, a'), ('1.5, 2, 3, a'), ('1, 2, 3, a, -1'),
    ('1, 2, 3, CASE WHEN i = 1 THEN a ELSE ''{"b":1}'' END'), ('1, 2, 3, CASE WHEN i = 1 THEN a ELSE ''{"a":1,"b":1}'' END'),
    ('1, 2, 3, CASE WHEN i = 2 THEN a ELSE ''{"a":1,"b":1}'' END'), ('1, 2, 3, CASE WHEN i = 1 THEN a ELSE ''{"a":"x"}'' END'),
    ('1, 2, 3, a, CASE WHEN i = 1 THEN a END'), ('1, 2, 3, CASE WHEN i = 2 THEN a END, a')) AS v (args),
    error_of('SELECT feature_base(' || args || ') FROM (SELECT ''{"a":1}''::features AS a, i FROM generate_series(1, 2) AS i) AS s') AS e;
SELECT e.code, e.message, e.detail FROM (VALUES ('{"b":1}'), ('{"a":"x"}'), ('{"a":null}')) AS v (other),
    error_of(format('SELECT rollup(base) FROM (SELECT feature_base(1, 2, 3, ''{"a":1}''::features) AS base UNION ALL '
                    'SELECT feature_base(1, 2, 3, %L::features)) AS s', other)) AS e;
SELECT e.code, e.message FROM error_of('SELECT feature_base_accum(NULL, 1, 2, 3, NULL::features)') AS e;
SELECT e.code, e.message FROM error_of('SELECT feature_base_combine(NULL, NULL)') AS e;

\echo '-- what is not known has no kind of its own: the first value settles it, in whatever order'
SELECT feature_base(1, 2, 3, a) FROM unnest(ARRAY['{"a":null}', '{"a":"x"}', '{"a":null}']::features[]) AS a;
SELECT feature_base(1, 2, 3, '{"a":null}'::features);

\echo '-- 20,000 customers of many countries'
CREATE TABLE customer AS
SELECT i AS id, i % 7 AS region, (i % 5)::bigint AS frequency, CASE WHEN i % 5 = 0 THEN 0 ELSE 1 + i * 7919 % 97 END::float8 AS recency,
       (100 + i % 3)::float8 AS tenure, 'c' || i * 31 % 61 AS country, (nullif(i % 9, 0) / 4.0)::numeric AS score
FROM generate_series(1, 20000) AS i;
ANALYZE customer;

\echo '-- every customer is there, and the aggregate agrees with GROUP BY'
WITH base AS (SELECT feature_base(frequency, recency, tenure, features(a))::text::jsonb AS b
              FROM customer, LATERAL (SELECT country, score) AS a),
     row AS (SELECT b -> 'columns' #>> ARRAY['0', 'levels', (b -> 'attributes' -> (r ->> 0)::int ->> 0)] AS country,
                    (b -> 'attributes' -> (r ->> 0)::int ->> 1)::numeric AS score, (r ->> 1)::bigint AS frequency,
                    (r ->> 2)::float8 AS recency, (r ->> 3)::float8 AS tenure, (r ->> 4)::bigint AS n
             FROM base, jsonb_array_elements(b -> 'rows') AS r),
     expected AS (SELECT country, score, frequency, recency, tenure, count(*) AS n FROM customer GROUP BY 1, 2, 3, 4, 5)
SELECT (SELECT b -> 'customers' FROM base) AS customers, (SELECT count(*) FROM row) = (SELECT count(*) FROM expected) AS as_many,
       (SELECT count(*) FROM (SELECT * FROM row EXCEPT SELECT * FROM expected) AS d) AS differences;

\echo '-- the same bytes whatever the order, and whatever the plan'
CREATE TABLE whole AS
SELECT feature_base(frequency, recency, tenure, features(a)) AS base FROM customer, LATERAL (SELECT country, score) AS a;
SELECT feature_base_send(feature_base(frequency, recency, tenure, features(a) ORDER BY id DESC)) = (SELECT feature_base_send(base) FROM whole) AS descending
FROM customer, LATERAL (SELECT country, score) AS a;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT feature_base(frequency, recency, tenure, features(ROW(country, score))) FROM customer;
SELECT feature_base_send(feature_base(frequency, recency, tenure, features(a))) = (SELECT feature_base_send(base) FROM whole) AS parallel
FROM customer, LATERAL (SELECT country, score) AS a;
COMMIT;

\echo '-- rollup of parts is the whole; NULL parts change nothing'
CREATE TABLE parts AS
SELECT region, feature_base(frequency, recency, tenure, features(a)) AS base FROM customer, LATERAL (SELECT country, score) AS a GROUP BY region;
INSERT INTO parts VALUES (100, NULL);
SELECT feature_base_send(rollup(base)) = (SELECT feature_base_send(base) FROM whole) AS rolled_up FROM parts;
SELECT feature_base_send(rollup(base ORDER BY region DESC)) = (SELECT feature_base_send(base) FROM whole) AS descending FROM parts;
SELECT rollup(base) FROM parts WHERE region >= 100;

\echo '-- a window''s running base: each row''s result stays what it was'
SELECT id, feature_base(frequency, recency, tenure, features(a)) OVER (ORDER BY id)
FROM customer, LATERAL (SELECT country, score) AS a WHERE id <= 3 ORDER BY id;

\echo '-- text round trips'
SELECT base::text::feature_base::text = base::text AS text_trip FROM whole;
\set good '{"customers":3,"targets":"orders","columns":[{"role":"purchases","name":"a","kind":"number"},{"role":"dropout","name":"b","kind":"category","levels":["y","x"]}],"attributes":[[1,0],[null,1],[1,0]],"rows":[[0,0,0,5,1],[2,0,0,5,1],[1,1,2,5,1]]}'
SELECT :'good'::feature_base;

\echo '-- forged text'
SELECT v.was, v.becomes, e.code, e.message IS NOT NULL AS refused, e.detail FROM (VALUES
    ('"customers":3', '"customers":4'), ('"role":"dropout"', '"role":"other"'), ('"name":"b"', '"name":""'), ('"kind":"number"', '"kind":"date"'), ('"kind":"number"', '"kind":"null"'),
    ('"kind":"category"', '"kind":"number"'), ('["y","x"]', '["y","y"]'), ('["y","x"]', '["y"]'), ('[[1,0],', '[[1],'),
    ('[1,0]]', '[1,0.5]]'), ('[1,0]]', '[1,-1]]'), ('[1,0]]', '[1e400,0]]'), ('[[0,0,0,5,1]', '[[3,0,0,5,1]'), ('[[0,0,0,5,1]', '[[0,1,0,5,1]'),
    ('[[0,0,0,5,1]', '[[0,0,0,5,0]'), ('[[0,0,0,5,1]', '[[0,0,0,5]'), ('[[0,0,0,5,1]', '[[0.5,0,0,5,1]'), ('5,1]]}', '5,1]]'),
    ('{"customers"', '{"customer"'), ('"columns":[', '"columns":[]')) AS v (was, becomes),
    error_of(format('SELECT %L::feature_base', replace(:'good', v.was, v.becomes))) AS e;

\echo '-- binary round trip through COPY; every prefix, and every bit turned'
CREATE TABLE received (base feature_base);
CREATE FUNCTION receive(field bytea, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_feature_base_test.bin';
    content bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' ||
                     int4send(length(field)) || field || '\xffff';
    object oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(object, file);
    PERFORM lo_unlink(object);
    TRUNCATE received;
    EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
    code := 'none';
    same := (SELECT feature_base_send(base) = field FROM received);
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
SELECT r.*, count(*) FROM parts, receive(feature_base_send(base)) AS r WHERE base IS NOT NULL GROUP BY 1, 2;
SELECT feature_base_send(:'good'::feature_base) AS field \gset
SELECT r.*, count(*) FROM generate_series(0, length(:'field'::bytea) - 1) AS n, receive(substr(:'field'::bytea, 1, n)) AS r GROUP BY 1, 2 ORDER BY 1, 2;
SELECT bool_and(r.code IN ('none', '22P03', '22021', '22023', '08P01')) AS only_input_errors
FROM generate_series(0, length(:'field'::bytea) * 8 - 1) AS n, receive(set_bit(:'field'::bytea, n, 1 - get_bit(:'field'::bytea, n))) AS r;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_feature_base_test.bin'));
END $$;

DROP TABLE received, parts, whole, customer;
DROP FUNCTION receive(bytea), error_of(text);

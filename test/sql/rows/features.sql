-- features: made of rows, arrays and JSON; what it takes and refuses; text and binary forms
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

\echo '-- a column of every type that is read; names come in the order of their bytes, a NULL stays one'
CREATE TYPE size AS ENUM ('small', 'large');
CREATE DOMAIN years AS int;
CREATE TABLE customer (small smallint, whole int, large bigint, single real, double float8, exact numeric, flag boolean,
    won date, city text, "Channel" varchar(10), code char(4), label name, size size, age years, gone int);
ALTER TABLE customer DROP COLUMN gone;
INSERT INTO customer VALUES (-1, 2, 3, 0.5, 1e300, 12.34, true, '1970-01-11', 'Zürich "1"', 'shop', 'a', 'n', 'large', 31),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (0, 0, 0, '-0', '-0', 0.0, false, '2000-01-01', '', '', '', '', 'small', 0);
SELECT features(c) FROM customer AS c;
SELECT feature_names(features(c)) FROM customer AS c LIMIT 1;
SELECT features(c)::jsonb -> 'city' AS city, jsonb_typeof(features(c)::jsonb -> 'age') AS age FROM customer AS c;
SELECT features(ROW(1, 'x')), features(NULL::customer);

\echo '-- the plan of a row is made anew where the type of rows changes: within a statement, and between two'
SELECT features(r) FROM (SELECT ROW(1, 'a') AS r UNION ALL SELECT ROW(2.5, 'b', true)) AS mixed;
CREATE TABLE shrinking AS SELECT 1 AS a, 'x' AS b, 2 AS c;
PREPARE of_shrinking AS SELECT features(t) FROM shrinking AS t;
EXECUTE of_shrinking;
ALTER TABLE shrinking DROP COLUMN b, ADD COLUMN d text DEFAULT 'new';
EXECUTE of_shrinking;

\echo '-- arrays and JSON give the same as a row'
SELECT features('{b,a}', '{1,NULL}'), features('{"b":1,"a":null}'::jsonb), features(r) FROM (SELECT 1 AS b, NULL::int AS a) AS r;
SELECT features_send(features('{b,a}', '{1,2}')) = features_send(features(r)) AS arrays,
       features_send('{"b":1,"a":2}'::features) = features_send(features(r)) AS text,
       features_send(features('{"b":1,"a":2}'::jsonb)) = features_send(features(r)) AS json
FROM (SELECT 2::numeric AS a, 1::bigint AS b) AS r;
SELECT features('{"n":true,"c":"x","z":-0.0,"none":null}'::jsonb);
SELECT features(NULL::jsonb), features(NULL, '{1}'), feature_names(NULL);

\echo '-- what is neither a number nor a category, and numbers that are none'
SELECT e.* FROM (VALUES
    ('SELECT features(r) FROM (SELECT now() AS seen) AS r'),
    ('SELECT features(r) FROM (SELECT interval ''1 day'' AS gap) AS r'),
    ('SELECT features(r) FROM (SELECT ARRAY[1, 2] AS "List") AS r'),
    ('SELECT features(r) FROM (SELECT ''{}''::jsonb AS doc) AS r'),
    ('SELECT features(r) FROM (SELECT point(1, 2) AS place) AS r'),
    ('SELECT features(r) FROM (SELECT ROW(1, 2) AS inner_row) AS r'),
    ('SELECT features(r) FROM (SELECT ''NaN''::float8 AS x) AS r'),
    ('SELECT features(r) FROM (SELECT ''infinity''::real AS x) AS r'),
    ('SELECT features(r) FROM (SELECT ''NaN''::numeric AS x) AS r'),
    ('SELECT features(r) FROM (SELECT 1e400::numeric AS x) AS r'),
    ('SELECT features(r) FROM (SELECT ''infinity''::date AS day) AS r'),
    ('SELECT features(r) FROM (SELECT 1 AS a, 2 AS a) AS r'),
    ('SELECT features(r) FROM (SELECT) AS r'),
    ('SELECT features(''{a,a}'', ''{1,2}'')'),
    ('SELECT features(''{a}'', ''{1,2}'')'),
    ('SELECT features(''{NULL}'', ''{1}'')'),
    ('SELECT features(''{""}'', ''{1}'')'),
    ('SELECT features(''{}'', ''{}'')'),
    ('SELECT features(ARRAY[repeat(''n'', 256)], ''{1}'')'),
    ('SELECT features(ARRAY[''a''], ARRAY[''-inf''::float8])'),
    ('SELECT features(''[1]''::jsonb)'),
    ('SELECT features(''{}''::jsonb)'),
    ('SELECT features(''{"a":{"b":1}}''::jsonb)'),
    ('SELECT features(''{"a":1e400}''::jsonb)')) AS v (statement), error_of(statement) AS e;
SELECT e.code, e.message, left(e.detail, 60) AS detail
FROM error_of($$SELECT features(array_agg('n' || i), array_agg(1::float8)) FROM generate_series(1, 1601) AS i$$) AS e;
SELECT octet_length(features_send(features(array_agg('n' || i), array_agg(1::float8)))) AS bytes FROM generate_series(1, 1600) AS i;

\echo '-- only built-in functions read a row: a cast or an output of somebody else''s does not run'
CREATE FUNCTION stranger(customer) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''run''; END';
CREATE CAST (customer AS text) WITH FUNCTION stranger(customer) AS IMPLICIT;
CREATE FUNCTION stranger(size) RETURNS float8 LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''run''; END';
CREATE CAST (size AS float8) WITH FUNCTION stranger(size) AS IMPLICIT;
SELECT features(r) FROM (SELECT 'large'::size AS size) AS r;

\echo '-- text: a JSON object, keys in any order, exact digits, all characters'
SELECT ' { "b" : "x\u00e9\ud83d\ude00\"\\\/\n\t" , "a" : 0.1 , "c" : null , "d" : true, "e" : false, "ä" : "" } '::features;
SELECT bool_and(features(c)::text::features::text = features(c)::text
                AND features_send(features(c)::text::features) = features_send(features(c))) AS text_trip
FROM customer AS c;

\echo '-- forged text'
SELECT v.value, e.code, e.message, e.detail FROM (VALUES
    (''), ('{}'), ('{"a":1'), ('{"a":1}x'), ('{a:1}'), ('{"a"}'), ('{"a":1,"a":2}'), ('{"":1}'), ('{"a":[1]}'), ('{"a":NaN}'),
    ('{"a":1e400}'), ('{"a":"x}'), ('{"a":"\x"}'), ('{"a":"\u12"}'), ('{"a":"\u0000"}'), ('{"a":"\ud800"}'),
    ('{"a":"\udc00"}'), (E'{"a":"\n"}'), ('{"a":1,}'), ('[1]')
) v(value), error_of(format('SELECT %L::features', v.value)) e;

\echo '-- binary round trip through COPY; every prefix, and every bit turned'
CREATE TABLE received (value features);
CREATE FUNCTION receive(field bytea, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_features_test.bin';
    content bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' ||
                     int4send(length(field)) || field || '\xffff';
    object oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(object, file);
    PERFORM lo_unlink(object);
    TRUNCATE received;
    EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
    code := 'none';
    same := (SELECT features_send(value) = field FROM received);
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
SELECT r.*, count(*) FROM customer AS c, receive(features_send(features(c))) AS r GROUP BY 1, 2;
\set field 'features_send(\'{"a":1.5,"b":"xy","c":null}\')'
SELECT r.*, count(*) FROM generate_series(0, length(:field) - 1) AS n, receive(substr(:field, 1, n)) AS r GROUP BY 1, 2 ORDER BY 1, 2;
SELECT bool_and(r.code IN ('none', '22P03', '22021', '08P01')) AS only_input_errors
FROM generate_series(0, length(:field) * 8 - 1) AS n, receive(set_bit(:field, n, 1 - get_bit(:field, n))) AS r;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_features_test.bin'));
END $$;

\echo '-- put together and taken apart'
SELECT features('{"b":1,"z":"x"}'::jsonb) || features('{"a":null,"m":"yy","é":2}'::jsonb) AS both,
       features('{"b":1,"z":"x","a":"yyy"}'::jsonb) - '{b,nobody}'::text[] AS without, features('{"b":1}'::jsonb) - '{}'::text[] AS whole,
       features('{"b":1}'::jsonb) || NULL::features IS NULL AND features('{"b":1}'::jsonb) - NULL::text[] IS NULL AS nothing;
SELECT features_send(a || b) = features_send(features(a::jsonb || b::jsonb)) AS same
FROM (SELECT features(c) AS a FROM customer AS c) AS c, (VALUES (features('{"x":1,"y":"two"}'::jsonb))) AS d (b) GROUP BY 1;
SELECT features('{"b":1}'::jsonb) || features('{"b":2}'::jsonb);
SELECT features('{"b":1}'::jsonb) - '{b}'::text[];
SELECT features('{"a":1,"b":1}'::jsonb) - ARRAY['b', NULL] AS without;

\echo '-- stored, also out of line'
CREATE TABLE stored AS SELECT features(c) AS value FROM customer AS c;
INSERT INTO stored SELECT features(jsonb_object_agg('k' || i, repeat(md5(i::text), 20))) FROM generate_series(1, 50) AS i;
SELECT count(*), sum(length(value::text)) AS length, sum(length(value::text::features::text)) AS again FROM stored;

DROP CAST (customer AS text);
DROP CAST (size AS float8);
DROP TABLE received, stored, shrinking;
DROP FUNCTION receive(bytea), error_of(text), stranger(customer), stranger(size);
DROP TABLE customer;
DROP TYPE size, years;
-- Means of unknown numbers.
CREATE TEMP TABLE gaps AS
SELECT i, CASE WHEN i % 4 > 0 THEN i % 7 END AS a, CASE WHEN i % 3 = 0 THEN 'x' END AS c, i % 5 AS d, CASE WHEN i % 10 < 9 THEN i * i % 11 END AS b,
       (i * 7919 % 13)::float8 AS y, 1 + i % 3 AS w FROM generate_series(1, 200) AS i;
SELECT feature_means(feature_base(features(x))) AS means FROM (SELECT a, b, c, d FROM gaps) AS x;
SELECT avg(a), avg(b) FROM gaps;
SELECT feature_means(feature_base(features(x), w)), sum(g.a * w) FILTER (WHERE g.a IS NOT NULL) / sum(w) FILTER (WHERE g.a IS NOT NULL)::float8 AS a
FROM gaps AS g, LATERAL (SELECT a, d) AS x;
SELECT fill_missing(features(x), '{"a": 2.5, "b": -1}') FROM (VALUES (1, NULL::int, 'x'), (NULL, 3, NULL), (NULL, NULL, NULL)) AS x (a, b, c);
-- A fit with them is the fit with means and a column of one's own.
SELECT bool_and(abs(f.estimate - h.estimate) < 1e-9 AND abs(f.std_error - h.std_error) < 1e-9) AS same, count(*)
FROM (SELECT p.* FROM (SELECT feature_means(feature_base(features(x))) AS m FROM (SELECT a, b, c, d FROM gaps) AS x) AS m,
          LATERAL (SELECT linear_fit(y, fill_missing(features(x), m.m)) AS fitted FROM gaps AS g, LATERAL (SELECT a, b, c, d) AS x) AS l, model_params(fitted) AS p) AS f
FULL JOIN (SELECT p.* FROM (SELECT linear_fit(y, features(x)) AS fitted FROM gaps AS g, LATERAL (
               SELECT coalesce(a, (SELECT avg(a) FROM gaps)) AS a, a IS NULL AS a_missing, coalesce(b, (SELECT avg(b) FROM gaps)) AS b, b IS NULL AS b_missing, c, d) AS x) AS l,
               model_params(fitted) AS p) AS h ON h.name = f.name;
SELECT linear_fit(y, features(x)) FROM gaps AS g, LATERAL (SELECT a, d) AS x;
-- Of nothing, and what cannot be.
SELECT feature_means(feature_base(features(x))) IS NULL AS all_known FROM (SELECT d, c FROM gaps) AS x;
SELECT feature_means(feature_base(features(x))) AS known_of_nobody FROM (SELECT NULL::int AS z, a FROM gaps) AS x;
SELECT feature_means(feature_base(features(x))) AS far_apart FROM (VALUES (1.7e308), (-1.7e308), (NULL::float8)) AS x (a);
SELECT feature_means(feature_base(1, 1, 2, features(x), features(x))) AS of_both FROM (SELECT a, d FROM gaps) AS x;
SELECT fill_missing(NULL, '{"a": 1}') IS NULL AS none, fill_missing('{"a": null}', NULL) AS without_means, feature_means(NULL) IS NULL AS nothing;
SELECT fill_missing('{"a": 1}', '{"b": 1}');
SELECT fill_missing('{"a": "x"}', '{"a": 1}');
SELECT fill_missing('{"a": 1}', '{"a": "x"}');
SELECT fill_missing('{"a": 1, "a_missing": 0}', '{"a": 1}');
SELECT fill_missing(features(ARRAY[repeat('n', 250)], ARRAY[1.0]), features(ARRAY[repeat('n', 250)], ARRAY[1.0]));
DROP TABLE gaps;

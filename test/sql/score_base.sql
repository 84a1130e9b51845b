-- score_base: its text, its checks, merging, stored values
-- runs a statement and shows the error that it raises
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
-- what the aggregates carry from row to row
CREATE AGGREGATE labels(label boolean, score float8) (SFUNC = score_base_accum, STYPE = score_base);
CREATE AGGREGATE decisions(label boolean, score float8, threshold float8) (SFUNC = score_base_accum, STYPE = score_base);
CREATE AGGREGATE pairs(actual float8, predicted float8) (SFUNC = score_base_accum, STYPE = score_base);
CREATE AGGREGATE pairs(actual float8, predicted float8, top float8) (SFUNC = score_base_accum, STYPE = score_base);
CREATE AGGREGATE "values"(value float8) (SFUNC = score_base_accum, STYPE = score_base);
CREATE AGGREGATE "values"(value float8, top float8) (SFUNC = score_base_accum_top, STYPE = score_base);
CREATE AGGREGATE merged(base score_base) (SFUNC = score_base_combine, STYPE = score_base, COMBINEFUNC = score_base_combine);

-- equal pairs are counted, rows are sorted, also below 0; -0 is 0
SELECT pairs(a, p) FROM (VALUES (1::float8, -2.5::float8), (3, 7), (-1, -2.5), (1, -2.5), (0, 0), ('-0', '-0'), (NULL, 1), (1, NULL)) v(a, p);
SELECT labels(l, s), decisions(l, s, 0.5) FROM (VALUES (true, 0.5), (false, 0.25), (true, 0.75), (false, 0.5), (true, 0.5)) v(l, s);
SELECT pairs(v, -v, 0.25), "values"(v), "values"(v, 0.5) FROM (VALUES (1e300), (-3), (1e300), (0.1)) x(v);
SELECT pairs(1, NULL) IS NULL AS skipped, pairs(1, 1, NULL) IS NULL AS skipped_too;

-- large and small negative numbers are in order, whatever stands beside them
SELECT bool_and(actual_before <= actual) AS sorted, count(*) FROM (
    SELECT (r ->> 0)::float8 AS actual, lag((r ->> 0)::float8, 1, '-infinity') OVER (ORDER BY i) AS actual_before
    FROM (SELECT pairs(0, sign * (1 + i) * 10::float8 ^ e) AS b
          FROM generate_series(0, 99) AS i, unnest('{-1,1}'::int[]) AS sign, unnest('{-300,-3,0,3,9,300}'::int[]) AS e) AS base,
         jsonb_array_elements(b::text::jsonb -> 'rows') WITH ORDINALITY AS rows(r, i)) AS numbers;

-- merging: NULL and empty change nothing, parts give the whole, two different tops are an error
CREATE TABLE shop AS SELECT i AS id, i % 7 AS region, (i * 7919 % 997) / 8.0 - 50 AS actual, i * 104729 % 1009 AS predicted
FROM generate_series(1, 20000) AS i;
CREATE TABLE parts AS SELECT region, pairs(actual, predicted) AS base FROM shop GROUP BY region;
INSERT INTO parts VALUES (100, NULL), (101, '{"customers":0,"top":0,"rows":[]}');
SELECT score_base_send(merged(base)) = (SELECT score_base_send(pairs(actual, predicted)) FROM shop) AS merged,
       score_base_send(merged(base ORDER BY region DESC)) = (SELECT score_base_send(pairs(actual, predicted)) FROM shop) AS backwards
FROM parts;
SELECT merged(base) FROM parts WHERE region >= 100;
SELECT merged(base) FROM parts WHERE region = 100;
SELECT merged(base) FROM (VALUES ('{"customers":0,"top":0,"rows":[]}'::score_base), ('{"customers":0,"top":0,"rows":[]}')) v(base);
SELECT merged(base) FROM (VALUES ('{"customers":1,"top":0,"rows":[[1,2,1]]}'::score_base), ('{"customers":1,"top":0.5,"rows":[[1,2,1]]}'),
    ('{"customers":1,"top":0.5,"rows":[[1,1,1]]}')) v(base);
SELECT e.* FROM error_of($$SELECT merged(base) FROM (VALUES ('{"customers":1,"top":0.25,"rows":[[1,2,1]]}'::score_base),
    ('{"customers":1,"top":0.5,"rows":[[1,2,1]]}')) v(base)$$) e;
-- a window's running state: each row's result stays what it was
SELECT id, pairs(id, -id) OVER (ORDER BY id) FROM shop WHERE id <= 3 ORDER BY id;

-- final functions of stored states are those of the aggregates; an empty state is like no rows
SELECT gini_final(b) = gini AS gini, lift_final(b) = lift AS lift, regression_metrics_final(b) = r AS regression
FROM (SELECT merged(base) AS b FROM parts) m,
     (SELECT gini(actual, predicted), lift(actual, predicted), regression_metrics(actual, predicted) AS r FROM shop) s;
SELECT auc_final(b), gini_final(b), lift_final(b), concentration_final(b), revenue_share_final(b), regression_metrics_final(b),
       (classification_metrics_final(b)).*
FROM (VALUES (NULL::score_base), ('{"customers":0,"top":0,"rows":[]}')) v(b);
-- counts of 2^53: exact as long as bigint holds them
SELECT (regression_metrics_final('{"customers":9007199254740992,"top":0,"rows":[[1,2,9007199254740992]]}')).*;
SELECT auc_final('{"customers":27021597764222976,"top":0,"rows":[[1,1,9007199254740992],[2,0,9007199254740992],[2,1,9007199254740992]]}') AS auc;
SELECT e.code, e.message FROM error_of(format('SELECT regression_metrics_final(%L)', (
    SELECT '{"customers":' || 2048 * 9007199254740992::numeric || ',"top":0,"rows":[' || string_agg('[' || i || ',0,9007199254740992]', ',') || ']}'
    FROM generate_series(1, 2048) AS i))) e;

-- text round trips
SELECT bool_and(base::text::score_base::text = base::text) AS text_trip FROM parts;
SELECT '{"customers":7,"top":1,"rows":[[3,-1e300,1],[-1,0.30000000000000004,2],[3,-1e+300,1],[-0,-0.0,3]]}'::score_base;
SELECT ' { "customers" : 0 , "top" : 0.1, "rows" : [ ] } '::score_base;

-- forged text
SELECT v.value, e.code, e.message, e.detail FROM (VALUES
    (''), ('{}'), ('{"customers":1,"rows":[[1,1,1]]}'), ('{"customers":1,"top":-1,"rows":[[1,1,1]]}'),
    ('{"customers":1,"top":1.5,"rows":[[1,1,1]]}'), ('{"customers":1,"top":0,"rows":[[1,1,1]'),
    ('{"customers":1,"top":0,"rows":[[1,1,2]]}'), ('{"customers":1,"top":0,"rows":[[1,1,1,1]]}'), ('{"customers":1,"top":0,"rows":[[1,1]]}'),
    ('{"customers":1.5,"top":0,"rows":[[1,1,1.5]]}'), ('{"customers":0,"top":0,"rows":[[1,1,0]]}'),
    ('{"customers":-1,"top":0,"rows":[[1,1,-1]]}'), ('{"customers":1,"top":0,"rows":[[NaN,1,1]]}'),
    ('{"customers":1,"top":0,"rows":[[1e400,1,1]]}'), ('{"customers":1,"top":0,"rows":[[1,1,1]]}x')
) v(value), error_of(format('SELECT %L::score_base', v.value)) e;

-- binary forms come in through a file in the data directory: whole, cut short, with one bit changed
CREATE TABLE received (base score_base);
CREATE FUNCTION receive(field bytea, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_score_base_test.bin';
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
    same := (SELECT score_base_send(base) = field AND score_base_send(base::text::score_base) = field FROM received);
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
SELECT r.*, count(*) FROM parts, receive(score_base_send(base)) r WHERE base IS NOT NULL GROUP BY 1, 2;
\set field 'score_base_send(\'{"customers":3,"top":0.5,"rows":[[-1,38.5,1],[2,-30.5,2]]}\')'
SELECT r.*, count(*) FROM generate_series(0, length(:field) - 1) n, receive(substr(:field, 1, n)) r GROUP BY 1, 2;
SELECT r.*, count(*) FROM receive(:field || '\x00') r GROUP BY 1, 2;
SELECT count(*) FILTER (WHERE r.code = 'none') > 0 AS some_pass,
       bool_and(r.code IN ('none', '22P03', '22023')) AS only_input_errors
FROM generate_series(0, length(:field) * 8 - 1) n, receive(set_bit(:field, n, 1 - get_bit(:field, n))) r;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_score_base_test.bin'));
END $$;

DROP TABLE received, parts, shop;
DROP AGGREGATE labels(boolean, float8), decisions(boolean, float8, float8), pairs(float8, float8), pairs(float8, float8, float8),
    "values"(float8), "values"(float8, float8), merged(score_base);
DROP FUNCTION receive(bytea), error_of(text);

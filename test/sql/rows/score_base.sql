-- score_base and confusion_matrix: their text, their checks, merging, stored values
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
\echo '-- what the aggregates carry from row to row'
CREATE AGGREGATE labels(label boolean, score float8) (SFUNC = score_base_accum, STYPE = score_base);
CREATE AGGREGATE pairs(actual float8, predicted float8) (SFUNC = score_base_accum, STYPE = score_base);
CREATE AGGREGATE pairs(actual float8, predicted float8, top float8) (SFUNC = score_base_accum, STYPE = score_base);
CREATE AGGREGATE "values"(value float8) (SFUNC = score_base_accum, STYPE = score_base);
CREATE AGGREGATE "values"(value float8, top float8) (SFUNC = score_base_accum_top, STYPE = score_base);
CREATE AGGREGATE merged(base score_base) (SFUNC = score_base_combine, STYPE = score_base, COMBINEFUNC = score_base_combine);
CREATE AGGREGATE decisions(label boolean, score float8) (SFUNC = confusion_matrix_accum, STYPE = confusion_matrix);
CREATE AGGREGATE decisions(label boolean, score float8, threshold float8) (SFUNC = confusion_matrix_accum, STYPE = confusion_matrix);
CREATE AGGREGATE merged(matrix confusion_matrix) (SFUNC = confusion_matrix_combine, STYPE = confusion_matrix);

\echo '-- rows with a NULL are skipped; -0 is 0'
SELECT pairs(a, p) FROM (VALUES (1::float8, -2.5::float8), (3, 7), ('-0', '-0'), (NULL, 1), (1, NULL), (1, -2.5)) v(a, p);
SELECT labels(l, s), decisions(l, s), decisions(l, s, 0.6)
FROM (VALUES (true, 0.5), (false, 0.25), (NULL, 3), (true, 0.75), (false, 0.5), (true, 0.4), (true, NULL)) v(l, s);
SELECT pairs(v, -v, 0.25), "values"(v), "values"(v, 0.5) FROM (VALUES (1e300), (-3), (1e300), (0.1)) x(v);
SELECT pairs(1, NULL) IS NULL AS skipped, pairs(1, 1, NULL) IS NULL AS top, decisions(NULL, 1) IS NULL AS label,
       decisions(true, 1, NULL) IS NULL AS threshold;

\echo '-- growth through every size'
SELECT bool_and(jsonb_array_length(base::text::jsonb -> 'rows') = n) AS grows_well
FROM (SELECT n, pairs(i, n ORDER BY i) AS base FROM generate_series(1, 300) n, generate_series(1, n) i GROUP BY n) g;

\echo '-- merging: NULL and empty change nothing, parts give the whole, two different tops are an error'
CREATE TABLE shop AS SELECT i AS id, i % 7 AS region, (i * 7919 % 997) / 8.0 - 50 AS actual, i * 104729 % 1009 AS predicted
FROM generate_series(1, 20000) AS i;
CREATE TABLE parts AS SELECT region, pairs(actual, predicted ORDER BY id) AS base FROM shop GROUP BY region;
INSERT INTO parts VALUES (100, NULL), (101, '{"top":null,"rows":[]}');
SELECT score_base_send(merged(base ORDER BY region)) =
       (SELECT score_base_send(pairs(actual, predicted ORDER BY region, id)) FROM shop) AS merged FROM parts;
SELECT merged(base) FROM parts WHERE region >= 100;
SELECT merged(base) FROM parts WHERE region = 100;
SELECT merged(base) FROM (VALUES ('{"top":null,"rows":[]}'::score_base), ('{"top":null,"rows":[]}')) v(base);
SELECT merged(base) FROM (VALUES ('{"top":null,"rows":[[1,2]]}'::score_base), ('{"top":0.5,"rows":[[1,2]]}'), ('{"top":0.5,"rows":[[1,1]]}')) v(base);
SELECT e.* FROM error_of($$SELECT merged(base) FROM (VALUES ('{"top":0.25,"rows":[[1,2]]}'::score_base), ('{"top":0.5,"rows":[[1,2]]}')) v(base)$$) e;
SELECT merged(m) FROM (VALUES ('{"true_positives":1,"false_positives":2,"true_negatives":3,"false_negatives":4}'::confusion_matrix), (NULL),
    ('{"true_positives":10,"false_positives":20,"true_negatives":30,"false_negatives":9007199254740988}')) v(m);
SELECT e.* FROM error_of($$SELECT merged(m) FROM (VALUES ('{"true_positives":1,"false_positives":2,"true_negatives":3,"false_negatives":4}'::confusion_matrix),
    ('{"true_positives":10,"false_positives":20,"true_negatives":9007199254740990,"false_negatives":0}')) v(m)$$) e;
\echo '-- a window''s running state: each row''s result stays what it was'
SELECT id, pairs(id, -id) OVER w, decisions(id > 1, id, 2) OVER w FROM shop WHERE id <= 3 WINDOW w AS (ORDER BY id) ORDER BY id;

\echo '-- final functions of stored states are those of the aggregates; an empty state is like no rows'
SELECT gini_final(b) = gini AS gini, lift_final(b) = lift AS lift, regression_metrics_final(b) = r AS regression
FROM (SELECT merged(base) AS b FROM parts) m,
     (SELECT gini(actual, predicted), lift(actual, predicted), regression_metrics(actual, predicted) AS r FROM shop) s;
SELECT auc_final(b), gini_final(b), lift_final(b), concentration_final(b), revenue_share_final(b), regression_metrics_final(b)
FROM (VALUES (NULL::score_base), ('{"top":null,"rows":[]}')) v(b);
SELECT classification_metrics_final(m) FROM (VALUES (NULL::confusion_matrix),
    ('{"true_positives":0,"false_positives":0,"true_negatives":0,"false_negatives":0}')) v(m);
SELECT (classification_metrics_final('{"true_positives":9007199254740992,"false_positives":0,"true_negatives":9007199254740992,"false_negatives":9007199254740992}')).*;

\echo '-- text round trips'
SELECT bool_and(base::text::score_base::text = base::text AND score_base_send(base::text::score_base) = score_base_send(base)) AS text_trip FROM parts;
SELECT '{"top":1,"rows":[[3,-1e300],[-1,0.30000000000000004],[-0,-0.0]]}'::score_base;
SELECT ' { "top" : 0.1, "rows" : [ ] } '::score_base;
SELECT ' { "true_positives" : 1,"false_positives":2 , "true_negatives":0,"false_negatives":-0} '::confusion_matrix;

\echo '-- forged text'
SELECT v.value, e.code, e.message, e.detail FROM (VALUES
    (''), ('{}'), ('{"rows":[[1,1]]}'), ('{"top":-1,"rows":[[1,1]]}'), ('{"top":0,"rows":[[1,1]]}'), ('{"top":1.5,"rows":[[1,1]]}'),
    ('{"top":null,"rows":[[1,1]'), ('{"top":null,"rows":[[1,1,1]]}'), ('{"top":null,"rows":[[1]]}'), ('{"top":null,"rows":[1,1]}'),
    ('{"top":null,"rows":[[NaN,1]]}'), ('{"top":null,"rows":[[1,Infinity]]}'), ('{"top":null,"rows":[[1e400,1]]}'),
    ('{"top":null,"rows":[[1,1]]}x')
) v(value), error_of(format('SELECT %L::score_base', v.value)) e;
SELECT v.value, e.code, e.detail FROM (VALUES
    (''), ('{"true_positives":1}'), ('{"true_positives":-1,"false_positives":0,"true_negatives":0,"false_negatives":0}'),
    ('{"true_positives":1.5,"false_positives":0,"true_negatives":0,"false_negatives":0}'),
    ('{"true_positives":9007199254740993,"false_positives":0,"true_negatives":0,"false_negatives":0}'),
    ('{"true_positives":1,"false_positives":0,"true_negatives":0,"false_negatives":0}}')
) v(value), error_of(format('SELECT %L::confusion_matrix', v.value)) e;

\echo '-- binary forms come in through a file in the data directory: whole, cut short, with one bit changed'
CREATE TABLE received_base (value score_base);
CREATE TABLE received_matrix (value confusion_matrix);
CREATE FUNCTION receive(field bytea, relation regclass, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_score_base_test.bin';
    -- signature, flags, no header extension, one column, its length, the field, the trailer
    content bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' ||
                     int4send(length(field)) || field || '\xffff';
    object oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(object, file);
    PERFORM lo_unlink(object);
    EXECUTE format('TRUNCATE %s', relation);
    EXECUTE format('COPY %s FROM %L (FORMAT binary)', relation, file);
    code := 'none';
    -- what comes in is a value like any other: its text is readable
    IF relation = 'received_base'::regclass THEN
        same := (SELECT score_base_send(value) = field AND score_base_send(value::text::score_base) = field FROM received_base);
    ELSE
        same := (SELECT confusion_matrix_send(value) = field AND confusion_matrix_send(value::text::confusion_matrix) = field
                 FROM received_matrix);
    END IF;
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
SELECT r.*, count(*) FROM parts, receive(score_base_send(base), 'received_base') r WHERE base IS NOT NULL GROUP BY 1, 2;
CREATE TABLE fields AS
SELECT 'received_base'::regclass AS relation, score_base_send('{"top":0.5,"rows":[[-1,38.5],[2,-30.5]]}') AS field
UNION ALL SELECT 'received_matrix',
    confusion_matrix_send('{"true_positives":1,"false_positives":20,"true_negatives":300,"false_negatives":4000}');
SELECT relation, r.*, count(*) FROM fields, receive(field, relation) r GROUP BY 1, 2, 3 ORDER BY 1;
SELECT relation, r.*, count(*) FROM fields, generate_series(0, length(field) - 1) n, receive(substr(field, 1, n), relation) r
GROUP BY 1, 2, 3 ORDER BY 1;
SELECT relation, r.*, count(*) FROM fields, receive(field || '\x00', relation) r GROUP BY 1, 2, 3 ORDER BY 1;
SELECT relation, count(*) FILTER (WHERE r.code = 'none') > 0 AS some_pass, bool_and(r.code IN ('none', '22P03')) AS only_input_errors
FROM fields, generate_series(0, length(field) * 8 - 1) n, receive(set_bit(field, n, 1 - get_bit(field, n)), relation) r
GROUP BY 1 ORDER BY 1;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_score_base_test.bin'));
END $$;

DROP TABLE received_base, received_matrix, fields, parts, shop;
DROP AGGREGATE labels(boolean, float8), pairs(float8, float8), pairs(float8, float8, float8), "values"(float8), "values"(float8, float8),
    merged(score_base), decisions(boolean, float8), decisions(boolean, float8, float8), merged(confusion_matrix);
DROP FUNCTION receive(bytea, regclass), error_of(text);

-- concordance: pairs, ties, order, plans, errors
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

CREATE TABLE scored AS
SELECT i, i * 7919 % 23 AS days, i % 3 > 0 AS gone, sin(i)::numeric(3,1)::float8 AS score FROM generate_series(1, 300) i;
ANALYZE scored;

\echo '-- as by pairs'
SELECT c = (SELECT sum(CASE WHEN a.score > b.score THEN 1 WHEN a.score = b.score THEN 0.5 ELSE 0 END)::float8 / count(*)::float8
            FROM scored a JOIN scored b ON a.gone AND (a.days < b.days OR (a.days = b.days AND NOT b.gone))) AS as_by_pairs,
       round(c::numeric, 6) AS concordance, round((c + opposite)::numeric, 12) AS one
FROM (SELECT concordance(days, gone, score) AS c, concordance(days, gone, -score) AS opposite FROM scored) s;
SELECT concordance(days, gone, score ORDER BY sin(i + 0.5)) = (SELECT concordance(days, gone, score) FROM scored) AS reordered FROM scored;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT concordance(days, gone, score) FROM scored;
SELECT round(concordance(days, gone, score)::numeric, 6) AS parallel FROM scored;
COMMIT;
SELECT concordance(days, gone, -days) AS perfect, concordance(days, gone, 1) AS chance FROM scored;
SELECT concordance(days, false, score) AS nobody_left, concordance(1, true, score) AS at_once FROM scored;
SELECT concordance(days, gone, score) FROM scored WHERE false;
SELECT concordance(days, gone, CASE WHEN i > 100 THEN score END) = (SELECT concordance(days, gone, score) FROM scored WHERE i > 100)
       AS nulls_are_skipped FROM scored;
SELECT e.* FROM (VALUES ($$concordance(-1, true, 1)$$), ($$concordance(1, true, 'NaN')$$), ($$concordance(1, true, 'infinity')$$)) v(call),
    error_of('SELECT ' || call) e;
SELECT e.code, e.message FROM error_of('SELECT survival_base_accum(NULL, 1, true, 1.5)') e;

\echo '-- the state: its text, forged texts'
SELECT ' { "customers" : 3 , "rows" : [[0,3,1,2,0.5],[-1,2,0,-0,2], [0,3,1,2,0.5] ] } '::survival_base;
SELECT concordance_final('{"customers":3,"rows":[[0,2,1,5,1],[0,3,0,4,2]]}'),
       logrank_test_final('{"customers":3,"rows":[[0,2,1,5,1],[0,3,0,4,2]]}');
SELECT v.value, e.code, e.message, e.detail FROM (VALUES
    (''), ('{"customers":1,"rows":[[0,1,1,1]]}'), ('{"customers":2,"rows":[[0,1,1,1,1]]}'), ('{"customers":1,"rows":[[0,1,2,1,1]]}'),
    ('{"customers":1,"rows":[[0,-1,1,1,1]]}'), ('{"customers":0,"rows":[[0,1,1,1,0]]}')
) v(value), error_of(format('SELECT %L::survival_base', v.value)) e;

DROP TABLE scored;
DROP FUNCTION error_of(text);

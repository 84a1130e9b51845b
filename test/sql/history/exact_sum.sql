-- Sums that do not depend on the order of the rows
\set ECHO none
\pset format unaligned
SELECT exact_sum(x) FROM (VALUES (0.1::float8), (0.2), (0.3)) v (x);
\echo '-- Rounded once: 1e16 + 1 is not a float8, and yet nothing is lost'
SELECT exact_sum(x) AS ours, sum(x) = 0 AS sum_loses FROM (VALUES (1::float8), (1e16), (-1e16)) v (x);
CREATE TABLE amounts AS SELECT (g * 104729::bigint % 30011 - 3000)::float8 / 7 AS amount, g % 9 AS part FROM generate_series(1, 20000) g;
SELECT count(DISTINCT total) AS sums_whatever_the_order
FROM (SELECT exact_sum(amount ORDER BY amount) AS total FROM amounts UNION ALL SELECT exact_sum(amount ORDER BY amount DESC) FROM amounts
      UNION ALL SELECT exact_sum(amount ORDER BY md5(amount::text)) FROM amounts) t;
SELECT exact_sum(amount) = sum(amount::numeric(40, 25))::float8 AS right FROM (SELECT (g % 1000)::float8 / 64 AS amount FROM generate_series(1, 10000) g) a;
\echo '-- In windows'
SELECT x, exact_sum(x) OVER (ORDER BY x), exact_sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS moving
FROM (VALUES (1::float8), (2), (NULL), (4.5)) v (x) ORDER BY x;
\echo '-- NULLs, no rows, negative zero'
SELECT exact_sum(x), exact_sum(x) FILTER (WHERE x > 5) AS none FROM (VALUES (NULL::float8), (2), (NULL)) v (x);
SELECT exact_sum(x) AS nothing_known FROM (VALUES (NULL::float8)) v (x);
SELECT exact_sum(x) AS no_rows FROM (VALUES (1::float8)) v (x) WHERE false;
SELECT exact_sum(x) FROM (VALUES ('-0'::float8), ('-0')) v (x);
\echo '-- In parallel the same, also with workers that saw no row or only NULLs'
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT part, exact_sum(amount) AS total FROM amounts GROUP BY part;
SELECT exact_sum(amount) AS total FROM amounts \gset
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT exact_sum(amount) FROM amounts;
SELECT exact_sum(amount) = :total AS same FROM amounts;
SELECT count(*) AS parts, count(*) FILTER (WHERE p.total <> s.total) AS differences
FROM (SELECT part, exact_sum(amount) AS total FROM amounts GROUP BY part) p JOIN serial s USING (part);
SELECT exact_sum(nullif(part, part)) AS nothing_known, exact_sum(amount) FILTER (WHERE part > 9) AS no_rows FROM amounts;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
\echo '-- The state as text'
SELECT '[0.1,0]'::exact_sum, ' [ 1e16 , 1 ] '::exact_sum, exact_sum_send('[1e16,1]') = '\x4341c37937e080003ff0000000000000' AS sent;

\echo '-- Bad input'
CREATE FUNCTION trouble(query text, OUT code text, OUT message text, OUT help text) LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE 'SELECT ' || query;
    code := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    help := concat_ws(' ', nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT query, t.* FROM unnest(ARRAY['exact_sum(x) FROM (VALUES (1::float8), (''NaN'')) v (x)', 'exact_sum(x) FROM (VALUES (''-infinity''::float8)) v (x)',
    'exact_sum(1e308) FROM generate_series(1, 2)', 'exact_sum_add(NULL, 1)', 'exact_sum_combine(NULL, NULL)', '''[1]''::exact_sum', '''[1,1]''::exact_sum',
    '''[NaN,0]''::exact_sum', '''[1e999,0]''::exact_sum', '''[0,1]''::exact_sum', '''[1,0] x''::exact_sum']) query, trouble(query) t;

DROP FUNCTION trouble(text);
DROP TABLE amounts;

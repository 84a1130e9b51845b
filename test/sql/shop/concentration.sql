-- gini(value) and revenue_share: published numbers, ties, fractions of a customer, NULL, errors, parallel plans
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

\echo '-- the ten incomes of R''s help on Gini coefficients, where it is 0.4620911'
SELECT round(gini(x)::numeric, 7) FROM unnest('{541,1463,2445,3438,4437,5401,6392,8304,11904,22261}'::float8[]) AS x;
\echo '-- equal values, one who has all, one customer'
SELECT gini(7) AS equal, revenue_share(7) AS share, revenue_share(7, 0.3) AS share_30 FROM generate_series(1, 10);
SELECT gini(CASE WHEN i = 4 THEN 5 ELSE 0 END), revenue_share(CASE WHEN i = 4 THEN 5 ELSE 0 END, 0.125) AS first,
       revenue_share(CASE WHEN i = 4 THEN 5 ELSE 0 END, 0.1) AS of_first
FROM generate_series(1, 8) AS i;
SELECT gini(3), revenue_share(3), revenue_share(3, 1) AS all;
\echo '-- the top fifth of 5 is one customer, the top quarter one and a quarter of the next, the top tenth half of the first'
SELECT gini(v), revenue_share(v), revenue_share(v, 0.25) AS quarter, revenue_share(v, 0.1) AS tenth, revenue_share(v, 1) AS all
FROM unnest('{1,2,3,4,10}'::float8[]) AS v;
\echo '-- where top x n is whole but for the rounding of top, nobody is cut off or added'
SELECT round(revenue_share(i, 0.07)::numeric, 12) AS of_100, round((94+95+96+97+98+99+100) / 5050.0, 12) AS by_hand
FROM generate_series(1, 100) AS i;

\echo '-- 500 values with ties, against half the mean difference over the mean and interpolated shares by numpy'
CREATE TABLE tied AS SELECT i AS id, (i * 7919 % 23) * (i % 5) / 4.0::float8 AS value FROM generate_series(1, 500) AS i;
SELECT abs(gini(value) - 0.5508986083499006) < 1e-12 AS gini,
       abs(revenue_share(value) - 0.5386770287366709) < 1e-12 AS share,
       abs(revenue_share(value, 0.07) - 0.23730345201518163) < 1e-12 AS share_7,
       abs(revenue_share(value, 0.5) - 0.8990601843484547) < 1e-12 AS share_50
FROM tied;
SELECT abs(gini(value) - (SELECT avg(abs(a.value - b.value)) / 2 / (SELECT avg(value) FROM tied) FROM tied a, tied b)) < 1e-12 AS mean_difference
FROM tied;

\echo '-- numeric and integer columns'
SELECT gini(v::numeric), gini(v::int), revenue_share(v::numeric, 0.5::real) FROM (VALUES (1), (3)) x(v);
\echo '-- NULL: rows are skipped; no rows, and a total of 0, give NULL'
SELECT gini(v), revenue_share(v), revenue_share(v, 0.5) FROM (VALUES (1.0), (NULL), (3)) x(v);
SELECT revenue_share(v, t) FROM (VALUES (1, 0.5), (100, NULL), (3, 0.5)) x(v, t);
SELECT gini(value), revenue_share(value), revenue_share(value, 0.1) FROM tied WHERE false;
SELECT gini(v), revenue_share(v) FROM (VALUES (NULL::float8), (NULL)) x(v);
SELECT gini(v), revenue_share(v) FROM (VALUES (0.0), (0)) x(v);
\echo '-- negative values: a share of the total as long as there is one, no coefficient'
SELECT revenue_share(v, 0.5) FROM (VALUES (8), (-3)) x(v);
SELECT revenue_share(v) FROM (VALUES (3), (-8)) x(v);
SELECT e.* FROM error_of('SELECT gini(v) FROM (VALUES (8), (-3), (-0.5)) x(v)') e;
SELECT gini(greatest(v, 0)) FROM (VALUES (8), (-3)) x(v);
SELECT gini(v) FROM (VALUES ('-0'::float8), (2)) x(v);

\echo '-- values that overflow when they are added'
SELECT gini(v), revenue_share(v, 0.5) FROM (VALUES (1e308), (1.5e308), (0), (1.7e308)) x(v);
SELECT gini(v), revenue_share(v, 0.5) FROM (VALUES (5e-324::float8), (1e-323)) x(v);

\echo '-- bad values'
SELECT e.code, e.message, e.hint FROM (VALUES ('gini(float8 ''NaN'')'), ('gini(float8 ''Infinity'')'), ('revenue_share(''-Infinity'')'),
    ('revenue_share(1, 0)'), ('revenue_share(1, 1.01)'), ('revenue_share(1, ''NaN'')'), ('revenue_share(''NaN'', 0.5)')) v(call),
    error_of('SELECT ' || call) e;
SELECT e.* FROM error_of('SELECT revenue_share(value, 0.1 + (id % 2) / 10.0) FROM tied') e;
SELECT e.code, e.message FROM (VALUES ('score_base_accum(NULL, 1)'), ('score_base_accum_top(NULL, 1, 1)')) v(call),
    error_of('SELECT ' || call) e;

\echo '-- one pass: both share their state. The function is called once a row.'
CREATE FUNCTION seen(x float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE NOTICE 'seen %', x; RETURN x; END $$;
SELECT gini(seen(v)), revenue_share(seen(v)) FROM (VALUES (1.0::float8), (3)) x(v);

\echo '-- the same to the last bit, whatever the order and the plan'
CREATE TABLE customers AS SELECT i AS id, i % 7 AS region, 1 + sin(i * 0.7) AS value FROM generate_series(1, 20000) AS i;
ANALYZE customers;
CREATE TABLE serial AS SELECT gini(value), revenue_share(value), revenue_share(value, 0.03) AS share_3 FROM customers;
SELECT (SELECT s::text FROM serial s) = t::text AS shuffled FROM (
    SELECT gini(value), revenue_share(value), revenue_share(value, 0.03) AS share_3
    FROM (SELECT * FROM customers ORDER BY md5(id::text)) c) t;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT gini(value), revenue_share(value), revenue_share(value, 0.03) FROM customers;
SELECT (SELECT s::text FROM serial s) = t::text AS parallel FROM (
    SELECT gini(value), revenue_share(value), revenue_share(value, 0.03) AS share_3 FROM customers) t;
SELECT gini(value), revenue_share(value, 0.5) FROM customers WHERE id = 77;
SELECT e.code, e.message FROM error_of('SELECT revenue_share(value, 0.1 + (id % 2) / 10.0) FROM customers') e;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
SELECT id, gini(value) OVER w, revenue_share(value, 0.5) OVER w AS share
FROM tied WHERE id <= 4 WINDOW w AS (ORDER BY id) ORDER BY id;

DROP TABLE tied, customers, serial;
DROP FUNCTION seen(float8), error_of(text);

-- value_tier: tiers by share of customers and of revenue
-- Ten customers: by customers the first two and the next three; by revenue those before whom less than 20 and 50 % of 200
-- are made.
\set ECHO none
\pset format unaligned
SELECT value, value_tier(value) OVER () AS by_customers, value_tier(value, by => 'revenue') OVER () AS by_revenue,
       value_tier(value, '{0.8,0.95}', 'revenue') OVER () AS abc
FROM unnest('{60,50,30,20,15,10,6,5,3,1}'::float8[]) value ORDER BY value DESC;

\echo '-- Random customers with many ties, refunds and NULLs, against SQL: by customers as cume_dist; by revenue the sum of all'
\echo '-- that is larger, by exact numeric arithmetic.'
SELECT setseed(0.5);
CREATE TABLE customers AS
SELECT i AS customer_id, sqrt(i)::int AS shop,
       CASE WHEN random() > 0.05 THEN ((random() ^ 3 * 1000)::int - 30)::float8 / 100 END AS value
FROM generate_series(1, 3000) i;
CREATE FUNCTION expected(high numeric, medium numeric, OUT customer_id int, OUT by_customers text, OUT by_revenue text)
RETURNS SETOF record LANGUAGE sql AS $$
    WITH parts AS (
        SELECT c.customer_id, c.value, cume_dist() OVER (PARTITION BY shop ORDER BY value DESC) AS place,
               coalesce(sum(greatest(value, 0)::numeric) OVER (PARTITION BY shop ORDER BY value DESC
                                                               GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS larger,
               sum(greatest(value, 0)::numeric) OVER (PARTITION BY shop) AS total
        FROM customers c WHERE value IS NOT NULL
    )
    SELECT c.customer_id, CASE WHEN place <= high THEN 'High' WHEN place <= medium THEN 'Medium' WHEN p.value IS NOT NULL THEN 'Low' END,
           CASE WHEN p.value > 0 AND larger < high * total THEN 'High' WHEN p.value > 0 AND larger < medium * total THEN 'Medium'
                WHEN p.value IS NOT NULL THEN 'Low' END
    FROM customers c LEFT JOIN parts p USING (customer_id)
$$;
SELECT high, medium, count(*) AS customers, count(*) FILTER (WHERE t.by_customers IS DISTINCT FROM e.by_customers) AS wrong,
       count(*) FILTER (WHERE t.by_revenue IS DISTINCT FROM e.by_revenue) AS wrong_by_revenue,
       count(DISTINCT t.by_customers) AS tiers, count(DISTINCT t.by_revenue) AS tiers_by_revenue
FROM (VALUES (0.2, 0.5), (0.1, 0.9), (0.07, 0.29), (0, 0.3), (0.25, 1), (0, 1), (0.01, 0.02)) s (high, medium),
     LATERAL (SELECT customer_id, value_tier(value, ARRAY[high, medium]::float8[]) OVER (PARTITION BY shop) AS by_customers,
                     value_tier(value, ARRAY[high, medium]::float8[], 'revenue') OVER (PARTITION BY shop) AS by_revenue
              FROM customers) t JOIN LATERAL expected(high, medium) e USING (customer_id)
GROUP BY high, medium ORDER BY high, medium;

\echo '-- The share itself, to the last customer, for decimals that float8 does not hold.'
SELECT share, count(*) FILTER (WHERE by_customers = 'High') AS by_customers, count(*) FILTER (WHERE by_revenue = 'High') AS by_revenue
FROM (SELECT share, value_tier(i, ARRAY[share, 1]) OVER (PARTITION BY share) AS by_customers,
             value_tier(0.1 + i / 1e9, ARRAY[share, 1], 'revenue') OVER (PARTITION BY share) AS by_revenue
      FROM unnest('{0.07,0.14,0.28,0.29,0.55,0.56,0.57,0.58}'::float8[]) share, generate_series(1, 100) i) s
GROUP BY share ORDER BY share;
SELECT value, value_tier(value, '{0.3,0.6}', 'revenue') OVER () FROM unnest('{0.3,0.29,0.28,0.1,0.03}'::float8[]) value;
SELECT value, value_tier(value, '{0.5,0.8}', 'revenue') OVER () FROM unnest('{0.5,0.3,0.2}'::float8[]) value;

\echo '-- ORDER BY and the frame change nothing.'
SELECT count(*) AS customers, count(*) FILTER (WHERE whole IS DISTINCT FROM ordered OR whole IS DISTINCT FROM framed) AS different
FROM (SELECT value_tier(value) OVER (PARTITION BY shop) AS whole,
             value_tier(value) OVER (PARTITION BY shop ORDER BY value DESC, customer_id) AS ordered,
             value_tier(value) OVER (PARTITION BY shop ORDER BY customer_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS framed
      FROM customers) s;

\echo '-- One customer; equal ones; one who brings in most; a crowd without revenue; NULL; no rows.'
SELECT value_tier(7) OVER () AS by_customers, value_tier(7, by => 'revenue') OVER () AS by_revenue, value_tier(7, '{0.5,1}') OVER () AS all_medium;
SELECT value_tier(7) OVER () AS by_customers, value_tier(7, by => 'revenue') OVER () AS by_revenue FROM generate_series(1, 3);
SELECT value, value_tier(value) OVER () AS by_customers, value_tier(value, by => 'revenue') OVER () AS by_revenue
FROM unnest('{900,20,20,20,20,20}'::float8[]) value;
SELECT value, value_tier(value) OVER () AS by_customers, value_tier(value, by => 'revenue') OVER () AS by_revenue, count(*)
FROM (SELECT greatest(i - 90, 0)::float8 AS value FROM generate_series(1, 100) i) c GROUP BY value ORDER BY value DESC;
SELECT value, value_tier(value) OVER () AS by_customers, value_tier(value, '{0.5,1}', by => 'revenue') OVER () AS by_revenue
FROM unnest('{4,1,0,-5,NULL}'::float8[]) value;
SELECT value_tier(NULL) OVER () FROM generate_series(1, 2);
SELECT value_tier(7) OVER () WHERE false;
SELECT value, value_tier(value, '{0.2,1}', 'revenue') OVER () FROM unnest('{-5,-0,0,-1}'::float8[]) value;
SELECT value, value_tier(value, '{0.2,1}', 'revenue') OVER () FROM unnest('{5e-324,1e-300,1e300}'::float8[]) value;
\echo '-- numeric values, and shares and by from a table, the same throughout a partition'
SELECT shop, value, value_tier(value::numeric, shares, by) OVER (PARTITION BY shop)
FROM (VALUES (1, '{0.5,0.9}'::float8[], 'customers'), (2, '{0.5,0.9}', 'revenue'), (3, NULL, 'revenue'), (4, '{0.5,0.9}', NULL)) s (shop, shares, by),
     unnest('{4,3,2,1}'::float8[]) value ORDER BY shop, value DESC;
\echo '-- a partition that does not fit into work_mem'
SET work_mem = '64kB';
SELECT tier, count(*), min(value), max(value) FROM (SELECT value, value_tier(value) OVER () AS tier FROM generate_series(1, 20000) value) s
GROUP BY tier ORDER BY min;
RESET work_mem;

\echo '-- Errors.'
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
SELECT v.call, e.* FROM (VALUES
    ('value_tier(''NaN'') OVER ()'), ('value_tier(''-Infinity'') OVER ()'), ('value_tier(7, by => ''Revenue'') OVER ()'),
    ('value_tier(7, by => '''') OVER ()'), ('value_tier(7, ''{}'') OVER ()'), ('value_tier(7, ''{0.2}'') OVER ()'),
    ('value_tier(7, ''{0.2,0.5,0.9}'') OVER ()'), ('value_tier(7, ''{{0.2,0.5}}'') OVER ()'), ('value_tier(7, ''{0.2,NULL}'') OVER ()'),
    ('value_tier(7, ''{0.5,0.2}'') OVER ()'), ('value_tier(7, ''{0.2,0.2}'') OVER ()'), ('value_tier(7, ''{-0.1,0.2}'') OVER ()'),
    ('value_tier(7, ''{0.2,1.1}'') OVER ()'), ('value_tier(7, ''{NaN,0.5}'') OVER ()'), ('value_tier(7, ''{0.2,NaN}'') OVER ()'),
    ('value_tier(7, ARRAY[i / 10.0, 0.9]) OVER () FROM generate_series(1, 2) i'),
    ('value_tier(7, CASE WHEN i = 1 THEN ''{0.2,0.5}''::float8[] END) OVER () FROM generate_series(1, 2) i'),
    ('value_tier(7, by => CASE WHEN i = 1 THEN ''customers'' ELSE ''revenue'' END) OVER () FROM generate_series(1, 2) i'),
    ('value_tier(1e308, by => ''revenue'') OVER () FROM generate_series(1, 2) i'),
    ('value_tier(7)')
) v (call), error_of('SELECT ' || v.call) e;

DROP FUNCTION error_of(text), expected(numeric, numeric);
DROP TABLE customers;

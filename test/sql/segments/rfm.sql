-- RFM scores and segments
\set ECHO none
\pset format unaligned

\echo '-- A score is 1 plus the number of cut points below the value: seven customers in quintiles.'
\echo '-- Cut points: percentile_disc(.2, .4, .6, .8) = the 2nd, 3rd, 5th and 6th value.'
SELECT customer, (rfm_score(last_order, orders, revenue) OVER ()).*
  FROM (VALUES ('a', date '2024-01-01', 1::bigint, 10::float8), ('b', '2024-02-01', 1, 20), ('c', '2024-03-01', 2, 30),
               ('d', '2024-04-01', 2, 40), ('e', '2024-05-01', 3, 50), ('f', '2024-06-01', 5, 60),
               ('g', '2024-07-01', 9, 900)) c (customer, last_order, orders, revenue)
 ORDER BY customer;

\echo '-- Random customers with many ties and some NULLs, against percentile_disc itself, for every number of bins and whole'
\echo '-- partitions of up to 110 rows.'
SELECT setseed(0.25);
CREATE TABLE rfm_customers AS
SELECT i AS customer_id, sqrt(i)::int AS shop,
       CASE WHEN random() > 0.05 THEN timestamptz '2024-01-01 00:00+00' + (random() * 40)::int * interval '31 hours' END
           AS last_order,
       CASE WHEN random() > 0.05 THEN (random() ^ 3 * 12)::bigint END AS orders,
       CASE WHEN random() > 0.05 THEN (random() * 60)::int * 5.0 - 20 END::float8 AS revenue
  FROM generate_series(1, 3000) i;

CREATE FUNCTION rfm_expected(bins int) RETURNS TABLE (customer_id int, r int, f int, m int) LANGUAGE sql AS $$
    WITH percentiles AS (
        SELECT array_agg(k / bins::float8) AS ps FROM generate_series(1, bins - 1) k
    ), cuts AS (
        SELECT shop, percentile_disc(ps) WITHIN GROUP (ORDER BY last_order) AS last_orders,
               percentile_disc(ps) WITHIN GROUP (ORDER BY orders) AS orders,
               percentile_disc(ps) WITHIN GROUP (ORDER BY revenue) AS revenues
          FROM rfm_customers, percentiles GROUP BY shop, ps
    )
    SELECT c.customer_id,
           CASE WHEN c.last_order IS NOT NULL
                THEN 1 + (SELECT count(*) FROM unnest(cuts.last_orders) cut WHERE cut < c.last_order) END::int,
           CASE WHEN c.orders IS NOT NULL
                THEN 1 + (SELECT count(*) FROM unnest(cuts.orders) cut WHERE cut < c.orders) END::int,
           CASE WHEN c.revenue IS NOT NULL
                THEN 1 + (SELECT count(*) FROM unnest(cuts.revenues) cut WHERE cut < c.revenue) END::int
      FROM rfm_customers c JOIN cuts USING (shop)
$$;

WITH by_bins AS (
SELECT b AS bins, count(*) AS customers,
       count(*) FILTER (WHERE (s.r, s.f, s.m) IS DISTINCT FROM (e.r::smallint, e.f::smallint, e.m::smallint)) AS wrong,
       count(*) FILTER (WHERE s.segment IS DISTINCT FROM
                              rfm_segment(floor((s.r - 1) * 4.0 / (b - 1) + 1.5)::int, floor((s.f - 1) * 4.0 / (b - 1) + 1.5)::int, floor((s.m - 1) * 4.0 / (b - 1) + 1.5)::int)
                       ) AS other_segment,
       max(s.r) AS max_r, max(s.f) AS max_f, max(s.m) AS max_m
  FROM generate_series(2, 10) b,
       LATERAL (SELECT customer_id, (rfm_score(last_order, orders, revenue, b) OVER (PARTITION BY shop)).*
                  FROM rfm_customers) s
       JOIN LATERAL rfm_expected(b) e USING (customer_id)
 GROUP BY b
)
SELECT count(*) AS cases, min(customers) AS customers, sum(wrong) AS wrong, sum(other_segment) AS other_segment,
       count(*) FILTER (WHERE (max_r, max_f, max_m) IS DISTINCT FROM (bins, bins, bins)) AS other_range
  FROM by_bins;

\echo '-- date, timestamp and timestamptz score alike, by position and by name.'
SELECT count(*) AS customers,
       count(*) FILTER (WHERE by_day IS DISTINCT FROM by_instant OR by_day IS DISTINCT FROM by_name) AS different
  FROM (SELECT rfm_score(day, orders, revenue) OVER () AS by_day,
               rfm_score(day::timestamp, orders, revenue) OVER () AS by_instant,
               rfm_score(revenue => revenue, orders => orders, last_order => day::timestamptz, bins => 5) OVER ()
                   AS by_name
          FROM (SELECT last_order::date AS day, orders, revenue FROM rfm_customers) c) s;

\echo '-- ORDER BY and the frame change nothing: the whole partition is scored.'
SELECT count(*) AS customers,
       count(*) FILTER (WHERE whole IS DISTINCT FROM ordered OR whole IS DISTINCT FROM framed) AS different
  FROM (SELECT rfm_score(last_order, orders, revenue) OVER (PARTITION BY shop) AS whole,
               rfm_score(last_order, orders, revenue) OVER (PARTITION BY shop ORDER BY revenue DESC, customer_id)
                   AS ordered,
               rfm_score(last_order, orders, revenue) OVER (PARTITION BY shop ORDER BY customer_id
                                                            ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS framed
          FROM rfm_customers) s;

\echo '-- A partition that does not fit into work_mem, and arguments that are expressions.'
SET work_mem = '64kB';
SELECT sum(r) AS r, sum(f) AS f, sum(m) AS m, count(DISTINCT segment) AS segments
  FROM (SELECT (rfm_score(date '2024-01-01' + i % 500, (i % 7)::bigint, ((i % 100)::numeric / 3)::float8) OVER ()).*
          FROM generate_series(1, 20000) i) s;
RESET work_mem;

\echo '-- One row, equal rows, NULLs in one column each, no rows.'
SELECT rfm_score(date '2024-01-01', 1, 10) OVER ();
SELECT rfm_score(date '2024-01-01', 3, 10) OVER () FROM generate_series(1, 3);
SELECT (rfm_score(last_order, orders, revenue) OVER (ORDER BY n)).*
  FROM (VALUES (1, NULL, 1::bigint, 10::float8), (2, date '2024-01-01', NULL, 20), (3, '2024-01-02', 2, NULL),
               (4, '2024-01-03', 3, 30), (5, NULL, NULL, NULL)) c (n, last_order, orders, revenue)
 ORDER BY n;
SELECT (rfm_score(NULL::date, NULL, NULL) OVER ()).* FROM generate_series(1, 2);
SELECT rfm_score(date '2024-01-01', 1, 10) OVER () WHERE false;

\echo '-- A refunded customer''s revenue may be below zero; 0 and -0 are equal.'
SELECT (rfm_score(date '2024-01-01', 0, revenue, 2) OVER ()).m, revenue
  FROM unnest('{-5, -0, 0, 7}'::float8[]) revenue ORDER BY revenue, 1;

\echo '-- bins NULL: no scores. bins may differ between partitions.'
SELECT rfm_score(date '2024-01-01', 1, 10, NULL::int) OVER () IS NULL AS no_score FROM generate_series(1, 2);
SELECT DISTINCT b AS bins, max((s).r) OVER (PARTITION BY b) AS max_r
  FROM (SELECT b, rfm_score(date '2024-01-01' + i, i, i, b) OVER (PARTITION BY b) AS s
          FROM generate_series(2, 10, 4) b, generate_series(1, 40) i) q ORDER BY b;

\echo '-- Counts, sums of counts and sums of these, in any type of number, give the same scores; text gives none.'
CREATE FUNCTION scores_of(orders text, revenue text, OUT same boolean, OUT error text) LANGUAGE plpgsql AS $$
DECLARE
    term text := format('last_order, orders::%s, revenue::%s', orders, revenue);
BEGIN
    EXECUTE format('SELECT (SELECT string_agg(s::text, '','' ORDER BY n) FROM (SELECT n, rfm_score(%1$s) OVER () AS s FROM whole) AS s) = e '
                   'AND (SELECT string_agg(rfm_score(%1$s, b)::text, '','' ORDER BY n) FROM whole, (SELECT rfm_breaks(%1$s) AS b FROM whole) AS b) = e '
                   'AND (SELECT string_agg(rfm_score(%1$s, b)::text, '','' ORDER BY n) FROM whole, (SELECT rfm_breaks(rfm_base(%1$s)) AS b FROM whole) AS b) = e '
                   'AND (SELECT count(*) FROM (SELECT rfm_score(%1$s, 3) OVER () FROM whole) AS s) = 40 '
                   'AND (SELECT rfm_breaks(%1$s, 3) IS NOT NULL FROM whole) '
                   'FROM (SELECT string_agg(s::text, '','' ORDER BY n) AS e FROM '
                   '      (SELECT n, rfm_score(last_order, orders::float8, revenue::float8) OVER () AS s FROM whole) AS s) AS e', term) INTO same;
EXCEPTION WHEN OTHERS THEN
    error := SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE TABLE whole AS
SELECT n, date '2024-01-01' + n * 7 % 40 AS last_order, n * 13 % 17 AS orders, n * 29 % 31 - 3 AS revenue FROM generate_series(1, 40) AS n;
SELECT o AS orders, r AS revenue, s.* FROM unnest('{smallint,int,bigint,numeric,real,float8,text}'::text[]) AS o,
    unnest('{smallint,int,bigint,numeric,real,float8,text}'::text[]) AS r, scores_of(o, r) AS s
WHERE same IS NOT TRUE ORDER BY 1, 2;
SELECT count(*) AS alike FROM unnest('{smallint,int,bigint,numeric,real,float8}'::text[]) AS o,
    unnest('{smallint,int,bigint,numeric,real,float8}'::text[]) AS r, scores_of(o, r) AS s WHERE same;
WITH by_week AS (
    SELECT n % 8 AS customer, max(last_order) AS last_order, count(*) AS orders, sum(revenue) AS revenue FROM whole GROUP BY n % 8, n % 3
)
SELECT customer, pg_typeof(sum(orders)), pg_typeof(sum(revenue)), (rfm_score(max(last_order), sum(orders), sum(revenue)) OVER ()).*
FROM by_week GROUP BY customer ORDER BY customer LIMIT 2;
SELECT DISTINCT rfm_segment(r::smallint, f::bigint, m::numeric) = rfm_segment(r, f, m) AS same,
       rfm_segment(r::real, f::float8, m::int, rfm_rules()) = rfm_segment(r, f, m) AS same_by_rules
FROM generate_series(1, 5) AS r, generate_series(1, 5) AS f, generate_series(1, 5) AS m;
SELECT value_tier(v::bigint) OVER () = value_tier(v::numeric) OVER () AS same, value_tier(v) OVER () FROM generate_series(1, 3) AS v;
DROP FUNCTION scores_of;
DROP TABLE whole;

\echo '-- From orders to segments in one query.'
SELECT customer_id, (rfm_score(max(ordered_at), count(*), sum(amount)) OVER ()).*
  FROM (VALUES (1, date '2024-03-01', 10::float8), (1, '2024-05-01', 20), (1, '2024-05-20', 20), (2, '2024-01-01', 5),
               (3, '2024-04-01', 90), (3, '2024-04-02', 15), (4, '2024-02-01', 70), (5, '2024-05-02', 1)
       ) o (customer_id, ordered_at, amount)
 GROUP BY customer_id ORDER BY customer_id;

\echo '-- The grid, then each of the 125 cells.'
SELECT r, rfm_segment(r, 1, 1) AS fm1, rfm_segment(r, 2, 2) AS fm2, rfm_segment(r, 3, 3) AS fm3,
       rfm_segment(r, 4, 4) AS fm4, rfm_segment(r, 5, 5) AS fm5
  FROM generate_series(5, 1, -1) r;
SELECT r, f, rfm_segment(r, f, 1) AS m1, rfm_segment(r, f, 2) AS m2, rfm_segment(r, f, 3) AS m3,
       rfm_segment(r, f, 4) AS m4, rfm_segment(r, f, 5) AS m5
  FROM generate_series(5, 1, -1) r, generate_series(1, 5) f ORDER BY r DESC, f;
SELECT rfm_segment(r, f, m) AS segment, count(*) AS cells
  FROM generate_series(1, 5) r, generate_series(1, 5) f, generate_series(1, 5) m GROUP BY 1 ORDER BY 1;
SELECT rfm_segment(NULL, 1, 1) IS NULL AS no_segment, rfm_segment(5::smallint, 5::smallint, 5::smallint);

\echo '-- Errors.'
CREATE FUNCTION rfm_error(query text) RETURNS TABLE (code text, message text, hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    code := 'none';
    RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END $$;
SELECT e.* FROM unnest(ARRAY[
    $$SELECT rfm_score(date '2024-01-01', 1, 10, 1) OVER ()$$,
    $$SELECT rfm_score(date '2024-01-01', 1, 10, bins => 11) OVER ()$$,
    $$SELECT rfm_score(date '2024-01-01', 1, 10, i) OVER () FROM generate_series(2, 5) i$$,
    $$SELECT rfm_score(date '2024-01-01', 1, 10, nullif(i, 3)) OVER () FROM generate_series(3, 4) i$$,
    $$SELECT rfm_score(date 'infinity', 1, 10) OVER ()$$,
    $$SELECT rfm_score(date '-infinity', 1, 10) OVER ()$$,
    $$SELECT rfm_score(timestamp 'infinity', 1, 10) OVER ()$$,
    $$SELECT rfm_score(timestamptz '-infinity', 1, 10) OVER ()$$,
    $$SELECT rfm_score(date '2024-01-01', -1, 10) OVER ()$$,
    $$SELECT rfm_score(date '2024-01-01', 1, 'NaN') OVER ()$$,
    $$SELECT rfm_score(date '2024-01-01', 1, '-Infinity') OVER ()$$,
    $$SELECT rfm_score(date '2024-01-01', 1, 10)$$,
    $$SELECT rfm_segment(0, 1, 1)$$,
    $$SELECT rfm_segment(1, 6, 1)$$,
    $$SELECT rfm_segment(1, 1, -2147483648)$$]) WITH ORDINALITY q (query, n), rfm_error(query) e ORDER BY n;

\echo '-- A row type that somebody altered is refused.'
BEGIN;
ALTER TYPE rfm ADD ATTRIBUTE note text;
SELECT * FROM rfm_error($$SELECT rfm_score(date '2024-01-01', 1, 10) OVER ()$$);
ROLLBACK;

DROP FUNCTION rfm_error, rfm_expected;
DROP TABLE rfm_customers;

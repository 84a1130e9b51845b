-- Cohorts
\set ECHO none
\pset format unaligned
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, MDY';

\echo '-- cohort_period: calendar periods, month ends and leap years'
SELECT first_order, ordered_at, cohort_period(first_order, ordered_at, 'day') AS day, cohort_period(first_order, ordered_at, 'week') AS week,
       cohort_period(first_order, ordered_at, 'month') AS month, cohort_period(first_order, ordered_at, 'quarter') AS quarter,
       cohort_period(first_order, ordered_at, 'year') AS year
FROM (VALUES (date '2024-01-31', date '2024-01-31'), ('2024-01-31', '2024-02-01'), ('2024-01-01', '2024-01-31'), ('2024-01-31', '2024-02-29'),
             ('2024-02-29', '2024-03-01'), ('2023-02-28', '2023-03-01'), ('2024-02-28', '2024-03-01'), ('2024-02-29', '2025-02-28'),
             ('2023-12-31', '2024-01-01'), ('2024-03-31', '2024-04-01'), ('2024-04-01', '2024-03-31'), ('2024-12-29', '2024-12-30'),
             ('2024-12-30', '2025-01-05'), ('1999-12-31', '2000-03-01'), ('1900-02-28', '1900-03-01'), ('2000-02-28', '2000-03-01'),
             ('0001-12-31 BC', '0001-01-01'), ('0005-02-28 BC', '0005-03-01 BC'), ('4714-11-24 BC', '5874897-12-31')) v (first_order, ordered_at);
\echo '-- The same as PostgreSQL''s own calendar says, for every day of 160 years and some days of 8000'
SELECT count(*) AS days,
       count(*) FILTER (WHERE cohort_period('2001-01-01', day, 'week') <> floor((day - date '2001-01-01') / 7.0)) AS weeks_differ,
       count(*) FILTER (WHERE (date '2001-01-01' + cohort_period('2001-01-01', day, 'month') * interval '1 month')::date <> date_trunc('month', day)::date) AS months_differ,
       count(*) FILTER (WHERE (date '2001-01-01' + cohort_period('2001-01-01', day, 'quarter') * interval '3 months')::date <> date_trunc('quarter', day)::date) AS quarters_differ,
       count(*) FILTER (WHERE (date '2001-01-01' + cohort_period('2001-01-01', day, 'year') * interval '1 year')::date <> date_trunc('year', day)::date) AS years_differ
FROM (SELECT date '1890-01-01' + g AS day FROM generate_series(0, 60000) g
      UNION ALL SELECT date '4713-01-01 BC' + 101 * g FROM generate_series(0, 30000) g) d;
\echo '-- Times: the day that they show, or the session''s'
SELECT cohort_period(timestamp '2024-01-31 23:59:59.999999', timestamp '2024-02-01 00:00', 'month') AS midnight,
       cohort_period(timestamp '1969-12-31 23:59', timestamp '1970-01-01 00:00', 'year') AS before_1970,
       cohort_period(date '2024-01-31', timestamp '2024-02-01 00:00', 'day') AS mixed;
SET TimeZone = 'America/New_York';
SELECT cohort_period(timestamptz '2024-01-31 23:00Z', timestamptz '2024-02-01 04:59Z', 'month') AS there,
       cohort_period(timestamptz '2024-01-31 23:00Z', timestamptz '2024-02-01 05:00Z', 'month') AS and_then;
SET TimeZone = 'UTC';
SELECT cohort_period(timestamptz '2024-01-31 23:00Z', timestamptz '2024-02-01 04:59Z', 'month') AS here;
SELECT cohort_period(NULL, date '2024-01-31', 'month') AS a, cohort_period(date '2024-01-31', NULL, 'month') AS b,
       cohort_period(date '2024-01-31', date '2024-01-31', NULL) AS c;

\echo '-- A report of every kind of row'
CREATE TABLE cohort_orders (customer text, ordered_at date, amount float8);
INSERT INTO cohort_orders VALUES
    ('a', '2023-11-30', 10), ('a', '2023-12-01', 5), ('a', '2024-02-29', 8),   -- month ends
    ('b', '2023-11-01', 20), ('b', '2023-11-01', 4), ('b', '2023-12-31', -6),  -- two orders on a day, a refund later
    ('c', '2024-01-01', NULL), ('c', '2024-01-31', 7),                         -- unknown value
    ('d', '2024-01-15', -2), ('d', '2024-02-10', 30),                          -- a refund before the first order
    ('e', '2024-01-20', -9),                                                   -- refunds only
    ('f', NULL, 3), (NULL, '2024-01-05', 3);                                   -- no time, no customer
SELECT * FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount');
SELECT * FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', 'quarter');
SELECT * FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', 'year');
SELECT * FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', period => 'week', as_of => '2023-12-10');
SELECT count(*) AS rows, count(DISTINCT cohort) AS cohorts, sum(active) AS active, sum(orders) AS orders, sum(revenue) AS revenue,
       count(*) FILTER (WHERE complete) AS complete
FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', 'day');

\echo '-- As of: later rows are left out, and a period is complete when as_of is its last day or later'
SELECT as_of, count(*) AS rows, sum(orders) AS orders, sum(revenue) AS revenue, count(*) FILTER (WHERE NOT complete) AS unfinished
FROM unnest(ARRAY['2023-10-31', '2023-11-01', '2023-11-30', '2023-12-30', '2023-12-31', '2024-02-28', '2024-02-29', '2024-05-15']::date[]) as_of,
     cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', as_of => as_of)
GROUP BY as_of ORDER BY as_of;
SELECT period, active, revenue, complete FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', as_of => '2024-04-30')
WHERE cohort = '2023-11-01';
\echo '-- A refund is the newest row'
CREATE TEMP VIEW late_refund AS SELECT * FROM cohort_orders WHERE customer IN ('d', 'e') UNION ALL SELECT 'd', '2024-04-30', -5;
SELECT cohort, period, orders, revenue, complete FROM cohort_report('late_refund', 'customer', 'ordered_at', 'amount');

\echo '-- By hand, on a larger shop: every cell, and nothing but the grid'
CREATE TABLE cohort_shop AS
SELECT g % 701 AS customer, timestamp '2022-01-01' + (g * 7919::bigint % (200 + g % 701)) * interval '1 day 7 minutes' AS ordered_at,
       nullif((g * 104729::bigint % 5011 - 400), 7)::numeric / 100 AS amount
FROM generate_series(1, 8000) g;
CREATE FUNCTION cohort_report_by_hand(period text) RETURNS SETOF cohort_report LANGUAGE sql STABLE AS $$
    WITH firsts AS (
        SELECT customer, date_trunc(period, min(ordered_at)) AS cohort FROM cohort_shop WHERE amount >= 0 OR amount IS NULL GROUP BY 1
    ), steps AS (
        SELECT start, row_number() OVER (ORDER BY start) AS number, start + step <= last::date + 1 AS complete
        FROM (SELECT min(ordered_at) AS first, max(ordered_at) AS last,
                     CASE period WHEN 'quarter' THEN '3 months' ELSE '1 ' || period END::interval AS step FROM cohort_shop) s,
             generate_series(date_trunc(period, first), last, step) start
    ), cohorts AS (
        SELECT cohort, count(*) AS customers FROM firsts GROUP BY 1
    ), cells AS (
        SELECT f.cohort, greatest(date_trunc(period, ordered_at), f.cohort) AS start,
               count(DISTINCT customer) FILTER (WHERE amount >= 0 OR amount IS NULL) AS active,
               count(*) FILTER (WHERE amount >= 0 OR amount IS NULL) AS orders, sum(amount) AS revenue
        FROM cohort_shop JOIN firsts f USING (customer) GROUP BY 1, 2
    )
    SELECT n0.start::date, (n.number - n0.number)::int, customers, coalesce(active, 0), coalesce(active, 0)::float8 / customers,
           coalesce(orders, 0), coalesce(revenue, 0)::float8,
           coalesce(sum(revenue) OVER (PARTITION BY n0.start ORDER BY n.number), 0)::float8 / customers, n.complete
    FROM cohorts JOIN steps n0 ON n0.start = cohorts.cohort JOIN steps n ON n.number >= n0.number LEFT JOIN cells c ON c.cohort = n0.start AND c.start = n.start
$$;
CREATE FUNCTION cohort_differences(period text, OUT rows bigint, OUT differences bigint) LANGUAGE sql STABLE AS $$
    SELECT count(*), count(*) FILTER (WHERE (a.customers, a.active, a.retention, a.orders, a.complete)
                                            IS DISTINCT FROM (b.customers, b.active, b.retention, b.orders, b.complete)
                                      OR abs(a.revenue - b.revenue) > 1e-9 OR abs(a.cumulative_value - b.cumulative_value) > 1e-9)
    FROM cohort_report('cohort_shop', 'customer', 'ordered_at', 'amount', $1) a FULL JOIN cohort_report_by_hand($1) b USING (cohort, period)
$$;
SELECT period, d.* FROM unnest(ARRAY['year', 'quarter', 'month', 'week', 'day']) period, cohort_differences(period) d;

\echo '-- No rows'
SELECT count(*) FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', as_of => '2023-10-31');
SELECT count(*) FROM cohort_report(NULL, 'customer', 'ordered_at', 'amount');
SELECT count(*) FROM cohort_report('cohort_orders', NULL, 'ordered_at', 'amount');
SELECT count(*) FROM cohort_report('cohort_orders', 'customer', NULL, 'amount');
SELECT count(*) FROM cohort_report('cohort_orders', 'customer', 'ordered_at', NULL);
SELECT count(*) FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', NULL);
CREATE TEMP TABLE no_orders (LIKE cohort_orders);
SELECT count(*) FROM cohort_report('no_orders', 'customer', 'ordered_at', 'amount');
INSERT INTO no_orders VALUES ('e', '2024-01-20', -9);
SELECT count(*) FROM cohort_report('no_orders', 'customer', 'ordered_at', 'amount');

\echo '-- Tables of any name, columns of any name, order and type'
CREATE SCHEMA "odd ""schema";
CREATE TABLE "odd ""schema"."Order's; DROP" ("amount" int, "Customer ID" uuid, "date" date, "select" timestamptz, "a""b" numeric(8,2), "%I" float4);
INSERT INTO "odd ""schema"."Order's; DROP"
SELECT amount, md5(customer)::uuid, ordered_at, ordered_at + time '23:30', amount / 4, amount FROM cohort_orders WHERE customer < 'e';
CREATE FUNCTION summary_of(source regclass, customer name, ordered_at name, amount name, OUT rows bigint, OUT customers numeric, OUT orders numeric,
                           OUT revenue float8) LANGUAGE sql STABLE
    AS $$ SELECT count(*), sum(customers) FILTER (WHERE period = 0), sum(orders), sum(revenue) FROM cohort_report($1, $2, $3, $4) $$;
SELECT ordered_at, amount, s.* FROM (VALUES ('date', 'amount'), ('select', 'a"b'), ('date', '%I')) v (ordered_at, amount),
     summary_of('"odd ""schema"."Order''s; DROP"', 'Customer ID', ordered_at::name, amount::name) s;
\echo '-- The days of a timestamptz are those of the session'
SET TimeZone = 'Asia/Tokyo';
SELECT cohort, period, active, complete FROM cohort_report('"odd ""schema"."Order''s; DROP"', 'Customer ID', 'select', 'amount') WHERE active > 0;
\echo '-- Also where another server, in another zone, runs a part of the query'
SELECT query FROM cltv_orders_source('"odd ""schema"."Order''s; DROP"', 'Customer ID', 'select', 'amount', false) \gset
SET TimeZone = 'UTC';
SELECT count(*), count(*) FILTER (WHERE o.ordered_at::date = d."date" + 1) AS on_the_next_day
FROM "odd ""schema"."Order's; DROP" d, (:query) o
WHERE d."Customer ID" = o.customer AND d."select" = o.ordered_at::timestamp AT TIME ZONE 'Asia/Tokyo';
\echo '-- Clocks go back from 1:00 to 0:00, so that the day before ends at the first of two midnights'
SET TimeZone = 'Atlantic/Azores';
CREATE TABLE two_midnights (customer int, at timestamptz, amount int);
INSERT INTO two_midnights VALUES (1, '2024-10-26 23:59:59', 1), (1, '2024-10-27 00:30:00+00', 2), (1, '2024-10-27 00:30:00-01', 4);
SELECT cohort, period, orders, revenue, complete
FROM cohort_report('two_midnights', 'customer', 'at', 'amount', 'day', as_of => '2024-10-26');
SELECT cohort, period, orders, revenue, complete
FROM cohort_report('two_midnights', 'customer', 'at', 'amount', 'day', as_of => '2024-10-27');
DROP TABLE two_midnights;
SET TimeZone = 'UTC';
\echo '-- Views, partitions, inheritance, domains, materialized views'
CREATE VIEW order_view AS SELECT upper(customer) AS who, ordered_at::timestamp AS at, amount * 2 AS twice FROM cohort_orders;
CREATE MATERIALIZED VIEW order_matview AS SELECT * FROM cohort_orders;
CREATE TABLE order_parts (LIKE cohort_orders) PARTITION BY RANGE (ordered_at);
CREATE TABLE order_part_1 PARTITION OF order_parts FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE order_part_2 PARTITION OF order_parts FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
INSERT INTO order_parts SELECT * FROM cohort_orders WHERE ordered_at IS NOT NULL;
CREATE DOMAIN price AS numeric(10,2);
CREATE DOMAIN pretty_price AS price;
CREATE DOMAIN day_of_order AS date;
CREATE TABLE order_domains AS SELECT customer::varchar(9) AS customer, ordered_at::day_of_order AS ordered_at, amount::pretty_price AS amount FROM cohort_orders;
SELECT source, s.* FROM (VALUES ('cohort_orders', 'customer', 'ordered_at', 'amount'), ('order_view', 'who', 'at', 'twice'),
    ('order_matview', 'customer', 'ordered_at', 'amount'), ('order_parts', 'customer', 'ordered_at', 'amount'),
    ('order_domains', 'customer', 'ordered_at', 'amount')) v (source, customer, ordered_at, amount),
    summary_of(source::regclass, customer::name, ordered_at::name, amount::name) s;

\echo '-- Customers that are rows, such as a shop and a number, of which one may be NULL'
CREATE TYPE shop_customer AS (shop int, number int);
CREATE TABLE shop_orders (customer shop_customer, day date, amount int);
INSERT INTO shop_orders VALUES ((1, 1), '2024-01-01', 1), ((1, NULL), '2024-01-01', 2), ((NULL, NULL), '2024-01-01', 4), (NULL, '2024-01-01', 8);
SELECT customers, revenue FROM cohort_report('shop_orders', 'customer', 'day', 'amount');
SELECT customer_id FROM cltv_holdout('shop_orders', 'customer', 'day', 'amount', '2024-01-01', '2024-01-31') ORDER BY customer_id;
DROP TABLE shop_orders;
DROP TYPE shop_customer;

\echo '-- The caller''s rights only: of tables, columns and rows'
CREATE ROLE regress_cltv_caller;
SET ROLE regress_cltv_caller;
\set VERBOSITY terse
SELECT count(*) FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount');
RESET ROLE;
GRANT SELECT (customer, ordered_at, amount) ON cohort_orders TO regress_cltv_caller;
ALTER TABLE cohort_orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY two ON cohort_orders FOR SELECT TO regress_cltv_caller USING (customer IN ('a', 'b'));
SET ROLE regress_cltv_caller;
SELECT cohort, period, customers FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount');
RESET ROLE;
ALTER TABLE cohort_orders DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON cohort_orders FROM regress_cltv_caller;
DROP POLICY two ON cohort_orders;
DROP ROLE regress_cltv_caller;

\echo '-- Whatever the caller''s search_path'
CREATE TABLE expected_report AS SELECT * FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount');
CREATE SCHEMA evil;
CREATE FUNCTION evil.none(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT NULL::boolean';
CREATE FUNCTION evil.none(float8, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT NULL::boolean';
CREATE FUNCTION evil.zero(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE FUNCTION evil.never(date, int) RETURNS date LANGUAGE sql IMMUTABLE AS 'SELECT NULL::date';
CREATE OPERATOR evil.= (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.none);
CREATE OPERATOR evil.> (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.none);
CREATE OPERATOR evil.< (LEFTARG = float8, RIGHTARG = int, FUNCTION = evil.none);
CREATE OPERATOR evil.- (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.zero);
CREATE OPERATOR evil.+ (LEFTARG = date, RIGHTARG = int, FUNCTION = evil.never);
CREATE AGGREGATE evil.max (int) (SFUNC = evil.zero, STYPE = int, INITCOND = 0);
CREATE AGGREGATE evil.exact_sum (float8) (SFUNC = float8pl, STYPE = float8, INITCOND = 1000);
CREATE FUNCTION evil.cohort_period(date, date, text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 7';
CREATE FUNCTION evil.cltv_orders_source(regclass, name, name, name, boolean, OUT query text) LANGUAGE sql AS 'SELECT ''SELECT 1''';
CREATE FUNCTION evil.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS 'SELECT ''SELECT 1''';
CREATE DOMAIN evil.interval AS text;
CREATE TYPE evil.date AS ENUM ('2001-01-01');
SET search_path = evil, pg_catalog, public;
SELECT count(*) AS differences FROM (TABLE public.expected_report EXCEPT ALL
    SELECT * FROM public.cohort_report('public.cohort_orders', 'customer', 'ordered_at', 'amount')) d;
RESET search_path;
DROP SCHEMA evil CASCADE;
\echo '-- Nor do functions beside those of the extension that fit other arguments'
CREATE FUNCTION cohort_period(text, date, text) RETURNS int LANGUAGE sql AS 'SELECT 7';
CREATE FUNCTION cohort_period(text, timestamptz, text) RETURNS int LANGUAGE sql AS 'SELECT 7';
CREATE FUNCTION cohort_period(date, timestamptz, text) RETURNS int LANGUAGE sql AS 'SELECT 7';
SELECT count(*) AS differences FROM (TABLE expected_report EXCEPT ALL
    SELECT * FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount')) d;
CREATE VIEW instant_orders AS SELECT customer, ordered_at::timestamptz AS at, amount FROM cohort_orders;
SELECT count(*) AS differences FROM (TABLE expected_report EXCEPT ALL
    SELECT * FROM cohort_report('instant_orders', 'customer', 'at', 'amount')) d;
DROP VIEW instant_orders;
DROP FUNCTION cohort_period(text, date, text), cohort_period(text, timestamptz, text), cohort_period(date, timestamptz, text);

\echo '-- The same to the last bit in another order of the rows, and in parallel'
CREATE TABLE cohort_shuffled AS SELECT customer, ordered_at, amount::float8 / 7 AS amount FROM cohort_shop ORDER BY md5(cohort_shop::text);
CREATE TABLE cohort_sorted AS SELECT * FROM cohort_shuffled ORDER BY ordered_at, customer;
ANALYZE cohort_shuffled, cohort_sorted;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE serial_report AS SELECT * FROM cohort_report('cohort_sorted', 'customer', 'ordered_at', 'amount');
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(*) AS rows, count(*) FILTER (WHERE r IS DISTINCT FROM s) AS differences
FROM cohort_report('cohort_shuffled', 'customer', 'ordered_at', 'amount') r FULL JOIN serial_report s USING (cohort, period);
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

\echo '-- Periods are read in any case.'
SELECT cohort_period(date '2024-01-31', date '2024-05-01', 'Month') AS months, cohort_period(date '2024-01-31', date '2024-05-01', 'QUARTER') AS quarters;
SELECT p.period, (SELECT count(*) FROM (SELECT * FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', upper(p.period))
                                        INTERSECT ALL
                                        SELECT * FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', p.period)) AS same)
    = (SELECT count(*) FROM cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', p.period)) AS same
FROM unnest('{day,week,month,quarter,year}'::text[]) AS p (period);

\echo '-- Lines of orders are orders by their number, a hint says so; a refund undoes its order. Nothing after as_of changes the'
\echo '-- report of that day, nor does a day that cannot be believed.'
CREATE TABLE order_lines (customer int, at timestamp, amount numeric, number text, refunds text);
INSERT INTO order_lines
SELECT c, timestamp '2024-01-01 08:00' + c * interval '1 day' + n * interval '30 days', 10 * line, format('%s-%s', c, n), NULL
FROM generate_series(1, 20) AS c, generate_series(0, c % 3) AS n, generate_series(1, 2) AS line;
INSERT INTO order_lines VALUES (1, '2024-03-05', -30, 'R1', '1-1'), (1, '2024-03-05', -10, 'R2', '1-0'), (3, '2024-03-06', -30, NULL, NULL);
SELECT 'lines', * FROM cohort_report('order_lines', 'customer', 'at', 'amount')
UNION ALL SELECT 'orders', * FROM cohort_report('order_lines', 'customer', 'at', 'amount', order_id => 'number')
UNION ALL SELECT 'refunded', * FROM cohort_report('order_lines', 'customer', 'at', 'amount', order_id => 'number', refund_of => 'refunds')
UNION ALL SELECT 'matched', * FROM cohort_report('order_lines', 'customer', 'at', 'amount', order_id => 'number', refunds => 'match');
CREATE VIEW until_february AS SELECT * FROM order_lines WHERE at < '2024-03-01';
SELECT count(*) AS differences FROM (
    SELECT * FROM cohort_report('until_february', 'customer', 'at', 'amount', 'week', '2024-02-29', 'number', 'refunds', 'match')
    EXCEPT ALL
    SELECT * FROM cohort_report('order_lines', 'customer', 'at', 'amount', 'week', '2024-02-29', 'number', 'refunds', 'match')) AS d;
INSERT INTO order_lines VALUES (2, '2062-01-01', 5, 'far', NULL);
SELECT max(cohort) AS newest, max(period), bool_and(complete)
FROM cohort_report('order_lines', 'customer', 'at', 'amount', order_id => 'number');
SELECT count(*) FROM cohort_report('order_lines', 'customer', 'at', 'amount', refunds => NULL);
DROP TABLE order_lines CASCADE;

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
CREATE TABLE bad_orders (customer int, day date, amount float8, note text, doc json, at time);
INSERT INTO bad_orders VALUES (1, '2024-01-01', 'NaN'), (2, 'infinity', 3), (3, '2024-01-01', '-Infinity'), (4, '2024-01-02', 1e308), (5, '2024-01-02', 1e308);
CREATE VIEW nan_orders AS SELECT * FROM bad_orders WHERE customer = 1;
CREATE VIEW mistyped_orders (customer, day, amount) AS VALUES (1, date '2024-02-03', 10.5), (1, '20240-03-04', 20);
CREATE VIEW late_orders AS SELECT * FROM bad_orders WHERE customer = 2;
CREATE VIEW infinite_orders AS SELECT * FROM bad_orders WHERE customer = 3;
CREATE VIEW large_orders AS SELECT * FROM bad_orders WHERE customer > 3;
\x on
SELECT query, t.* FROM unnest(ARRAY[
    $$cohort_period(date '2024-01-01', date '2024-01-01', 'fortnight')$$,
    $$cohort_period(date '2024-01-01', date '2024-01-01', 'Months')$$,
    $$cohort_period(date '2024-01-01', date '2024-01-01', '')$$,
    $$cohort_period(date '-infinity', date '2024-01-01', 'month')$$,
    $$cohort_period(timestamp '2024-01-01', timestamp 'infinity', 'month')$$,
    $$cohort_period(timestamptz '2024-01-01', timestamptz '-infinity', 'month')$$,
    $$cohort_report('no_orders', 'customer', 'ordered_at', 'amount', 'fortnight')$$,
    $$cohort_report('no_orders', 'customer', 'ordered_at', 'amount', as_of => 'infinity')$$,
    $$cohort_report('cohort_orders', 'customer', 'ordered_at', 'amount', 'week', as_of => '5874897-12-31')$$,
    $$cohort_report('mistyped_orders', 'customer', 'day', 'amount', as_of => '20240-03-31')$$,
    $$cltv_holdout('mistyped_orders', 'customer', 'day', 'amount', cut => '2024-03-01', as_of => '20240-03-31')$$,
    $$cohort_report('bad_orders', 'who', 'day', 'amount')$$,
    $$cohort_report('bad_orders', 'customer', 'Day', 'amount')$$,
    $$cohort_report('bad_orders', 'customer', 'at', 'amount')$$,
    $$cohort_report('bad_orders', 'customer', 'note', 'amount')$$,
    $$cohort_report('bad_orders', 'customer', 'day', 'note')$$,
    $$cohort_report('bad_orders', 'doc', 'day', 'amount')$$,
    $$cohort_report('nan_orders', 'customer', 'day', 'amount')$$,
    $$cohort_report('late_orders', 'customer', 'day', 'amount')$$,
    $$cohort_report('infinite_orders', 'customer', 'day', 'amount')$$,
    $$cohort_report('large_orders', 'customer', 'day', 'amount')$$,
    $$cohort_report('no_such_table', 'customer', 'day', 'amount')$$,
    $$cohort_report('bad_orders', 'customer', 'day', 'amount', order_id => 'doc')$$,
    $$cohort_report('bad_orders', 'customer', 'day', 'amount', order_id => 'number')$$,
    $$cohort_report('bad_orders', 'customer', 'day', 'amount', refund_of => 'note')$$,
    $$cohort_report('bad_orders', 'customer', 'day', 'amount', refunds => 'net')$$]) query, trouble(query) t;
\x off

DROP FUNCTION trouble(text), summary_of(regclass, name, name, name), cohort_report_by_hand(text), cohort_differences(text);
DROP TABLE cohort_shop, cohort_shuffled, cohort_sorted, expected_report, serial_report, order_parts, order_domains, no_orders;
DROP TABLE bad_orders, cohort_orders, "odd ""schema"."Order's; DROP" CASCADE;
DROP DOMAIN pretty_price, price, day_of_order;
DROP SCHEMA "odd ""schema";

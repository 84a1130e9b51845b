-- The everyday numbers of many customers
\set ECHO none
\pset format unaligned
SET DateStyle = 'ISO, MDY';
CREATE TABLE metrics_orders (customer_id text, ordered_at date, amount float8);
INSERT INTO metrics_orders VALUES
    ('a', '2024-01-31', 10), ('a', '2024-02-01', 5.5), ('a', '2024-02-29', -3),   -- 2 orders, 12.5, a day
    ('b', '2023-01-01', 0.1), ('b', '2023-04-02', 0.2),                           -- 2 orders, 0.3, 91 days
    ('c', '2024-03-05', 7), ('c', '2024-03-05', NULL),                            -- 2 orders, 7, one purchase
    ('d', '2024-03-31', NULL),                                                    -- unknown value
    ('e', '2024-02-02', -9),                                                      -- refunds only: no customer
    ('f', NULL, 3),                                                               -- no order
    ('g', '2024-01-15', -2), ('g', '2024-03-15', 20);                             -- 1 order, 18
CREATE TABLE metrics_histories AS SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM metrics_orders GROUP BY customer_id;
CREATE FUNCTION rounded(customer_metrics) RETURNS customer_metrics LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT $1.customers, $1.active_customers, $1.orders, round($1.revenue::numeric, 9)::float8, round($1.average_order_value::numeric, 9)::float8,
           round($1.purchase_frequency::numeric, 9)::float8, round($1.repeat_rate::numeric, 9)::float8, round($1.mean_lifespan::numeric, 9)::float8,
           round($1.historic_value::numeric, 9)::float8, round($1.top_fifth_share::numeric, 9)::float8
$$;
\x on
SELECT (rounded(customer_metrics(history, '2024-04-01'))).* FROM metrics_histories;
\x off
\echo '-- Active: the last order is on one of the days that end with as_of'
SELECT active_days, (customer_metrics(history, '2024-04-01', active_days)).active_customers
FROM metrics_histories, unnest(ARRAY[1, 2, 17, 18, 27, 28, 60, 61, 364, 365, 366, 2147483647]) active_days GROUP BY active_days ORDER BY active_days;
SELECT as_of, (customer_metrics(history, as_of)).active_customers, (customer_metrics(history, as_of, 365)).active_customers AS of_365
FROM metrics_histories, unnest(ARRAY['2024-03-31', '2024-04-01', '2024-04-02', '2025-03-04', '2025-03-05', '2025-03-31']::date[]) as_of GROUP BY as_of ORDER BY as_of;
\echo '-- The share of the top fifth, with the fraction of a customer''s revenue where a fifth is no whole number of customers'
SELECT customers, round((m).top_fifth_share::numeric, 9) AS top_fifth_share, (m).top_fifth_share = revenue_share AS by_revenue_share
FROM unnest(ARRAY[1, 3, 5, 7, 10]) customers,
     LATERAL (SELECT customer_metrics(history, '2024-12-31') AS m, revenue_share((rfm_summary(history, '2024-12-31')).revenue)
              FROM (SELECT purchase_history(date '2024-01-01', g * g) AS history FROM generate_series(1, customers) g GROUP BY g) h) s;
SELECT (customer_metrics(history, '2024-12-31')).top_fifth_share AS of_no_revenue
FROM (SELECT purchase_history(date '2024-01-01', 0) AS history FROM generate_series(1, 5) g GROUP BY g) h;
\echo '-- Nobody''s amount is known'
SELECT (customer_metrics(history, '2024-04-01')).* FROM metrics_histories WHERE customer_id = 'd';

\echo '-- By hand'
CREATE TABLE metrics_shop AS
SELECT g % 997 AS customer_id, date '2022-01-01' + (g * 7919::bigint % (100 + g % 997))::int AS ordered_at,
       nullif(g * 104729::bigint % 5011 - 400, 7)::float8 / 100 AS amount
FROM generate_series(1, 9000) g;
CREATE TABLE metrics_shop_histories AS SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM metrics_shop GROUP BY customer_id;
SELECT m.customers = hand.customers AS customers, active_customers = active AS active, m.orders = hand.orders AS orders,
       abs(m.revenue - hand.revenue) < 1e-8 AS revenue, abs(average_order_value - hand.revenue / hand.orders) < 1e-9 AS order_value,
       abs(purchase_frequency - hand.orders::float8 / hand.customers) < 1e-12 AS frequency, abs(repeat_rate - returned) < 1e-12 AS repeat_rate,
       abs(mean_lifespan - lifespan) < 1e-9 AS lifespan, abs(historic_value - hand.revenue / hand.customers) < 1e-9 AS historic_value,
       abs(top_fifth_share - share) < 1e-12 AS top_fifth
FROM (SELECT (customer_metrics(history, '2024-12-31', 700)).* FROM metrics_shop_histories) m,
     (SELECT count(*) AS customers, count(*) FILTER (WHERE last > date '2024-12-31' - 700) AS active, sum(orders)::bigint AS orders, sum(revenue) AS revenue,
             avg((first < last)::int)::float8 AS returned, avg(last - first)::float8 AS lifespan, revenue_share(revenue) AS share
      FROM (SELECT customer_id, count(*) FILTER (WHERE bought) AS orders, sum(amount) AS revenue,
                   min(ordered_at) FILTER (WHERE bought) AS first, max(ordered_at) FILTER (WHERE bought) AS last
            FROM (SELECT *, amount >= 0 OR amount IS NULL AS bought FROM metrics_shop) o GROUP BY customer_id) c) hand;

\echo '-- NULLs and no rows'
SELECT customer_metrics(NULL, date '2024-04-01') AS no_history, customer_metrics(history, NULL) AS no_as_of, customer_metrics(history, '2024-04-01', NULL) AS no_days,
       customer_metrics(history, '2024-04-01') FILTER (WHERE customer_id > 'x') AS no_rows, customer_metrics(history, '2024-04-01') FILTER (WHERE customer_id IN ('e', 'f')) AS no_customer
FROM metrics_histories;
SELECT rounded(customer_metrics(CASE WHEN customer_id = 'b' THEN history END, '2024-04-01')) AS only_b FROM metrics_histories;
SELECT country, (customer_metrics(history, '2024-12-31')).customers FROM (SELECT customer_id % 3 AS country, history FROM metrics_shop_histories) c GROUP BY country ORDER BY country;

\echo '-- The same to the last bit in another order, and in parallel; workers that see no customer are the identity'
CREATE TABLE metrics_shuffled AS SELECT * FROM metrics_shop_histories ORDER BY md5(customer_id::text);
SET max_parallel_workers_per_gather = 0;
CREATE TABLE metrics_serial AS SELECT customer_metrics(history, '2024-12-31') AS m FROM metrics_shop_histories;
SELECT customer_metrics(history, '2024-12-31') IS NOT DISTINCT FROM m AS same FROM metrics_shuffled, metrics_serial GROUP BY m;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT customer_metrics(history, '2024-12-31') FROM metrics_shuffled;
SELECT (SELECT customer_metrics(history, '2024-12-31') FROM metrics_shuffled) IS NOT DISTINCT FROM m AS same FROM metrics_serial;
SELECT customer_metrics(history, '2024-12-31') FILTER (WHERE customer_id < 0) AS nobody, (customer_metrics(history, '2024-12-31') FILTER (WHERE customer_id = 500)).customers AS one
FROM metrics_shuffled;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

\echo '-- The state as text: rows in any order, equal ones merged, and everything checked'
SELECT '{"customers":3,"as_of":2460402,"rows":[[5,1,2,3,1,1],[0,0,1,0,0,1],[5,1,2,3,1,1]]}'::metrics_base AS base;
SELECT metrics_base_send(base::text::metrics_base) = metrics_base_send(base) AS sent
FROM (SELECT '{"customers":1,"as_of":2460402,"rows":[[-0.1,1,1,0,0,1]]}'::metrics_base AS base) b;

\echo '-- Bad input'
CREATE FUNCTION trouble(query text, OUT code text, OUT message text, OUT help text) LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE query;
    code := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    help := concat_ws(' ', nullif(detail, ''), nullif(hint, ''));
END $$;
\x on
SELECT query, t.* FROM unnest(ARRAY[
    $$SELECT customer_metrics(history, '2024-03-30') FROM metrics_histories$$,
    $$SELECT customer_metrics(history, 'infinity') FROM metrics_histories$$,
    $$SELECT customer_metrics(history, as_of) FROM metrics_histories, unnest(ARRAY['2024-04-01', '2024-05-01']::date[]) as_of$$,
    $$SELECT customer_metrics(history, '2024-04-01', 0) FROM metrics_histories$$,
    $$SELECT customer_metrics(history, '2024-04-01') FROM (SELECT purchase_history(date '2024-01-01', 1e308) AS history FROM generate_series(1, 2) g GROUP BY g) h$$,
    $$SELECT customer_metrics(history, '2024-04-01') FROM (SELECT purchase_history(date '2024-01-01', 1e308 + g * 1e307) AS history FROM generate_series(1, 2) g GROUP BY g) h$$,
    $$SELECT metrics_base_accum(NULL, NULL, NULL)$$,
    $$SELECT metrics_base_combine(NULL, NULL)$$]) query, trouble(query) t;
\x off
SELECT rows, t.code, t.help FROM (VALUES ('[0,1,1,0,1,1]'), ('[NaN,1,1,0,1,1]'), ('[1e999,1,1,0,1,1]'), ('[5,2,1,0,1,1]'), ('[5,1,1,0,0.5,1]'), ('[5,0,1,0,1,1]'), ('[5,1,0,0,1,1]'),
    ('[5,1,1.5,0,1,1]'), ('[5,1,1,2,1,1]'), ('[5,1,3,2.5,1,1]'), ('[5,1,3,3e9,1,1]'), ('[5,1,3,-1,1,1]'), ('[5,1,1,0,1,1.5]'), ('[5,1,1,0,1,0]'), ('[5,1,1,0,1]')) v (rows),
    trouble(format($$SELECT '{"customers":1,"as_of":2460402,"rows":[%s]}'::metrics_base$$, rows)) t;
SELECT as_of, t.code, t.help FROM unnest(ARRAY['-1', '0.5', '3e9']) as_of, trouble(format($$SELECT '{"customers":0,"as_of":%s,"rows":[]}'::metrics_base$$, as_of)) t;

DROP FUNCTION trouble(text), rounded(customer_metrics);
DROP TABLE metrics_orders, metrics_histories, metrics_shop, metrics_shop_histories, metrics_shuffled, metrics_serial;

-- The measurements of script/bench, in one session and one process: our functions and PostgreSQL's own work on the same
-- rows, in turns. Wants the tables orders, customers (their summaries) and models; psql variable runs.
\set ON_ERROR_STOP on
\set QUIET on
SET max_parallel_workers_per_gather = 0;
SET jit = off;

CREATE TABLE queries (name text PRIMARY KEY, query text);
INSERT INTO queries VALUES
('sums',      'SELECT sum(frequency), sum(recency), sum(tenure) FROM customers'),
('fit',       'SELECT bgnbd_fit(frequency, recency, tenure) FROM customers'),
('predict',   'SELECT sum(bgnbd_predict(orders_model, frequency, recency, tenure, 90)) FROM customers, models'),
('value',     'SELECT sum(cltv_predict(orders_model, spend_model, frequency, recency, tenure, monetary_value, 365))
               FROM customers, models'),
-- count(column) outside, for columns of a subquery that nobody reads are not computed at all
('groups',    'SELECT count(n), count(first), count(last), count(total) FROM (
                   SELECT count(*) AS n, min(ordered_at) AS first, max(ordered_at) AS last, sum(amount) AS total
                   FROM orders GROUP BY customer_id) AS customers'),
('days',      'SELECT count(n), count(days), count(first), count(last), count(total) FROM (
                   SELECT count(*) AS n, count(DISTINCT ordered_at) AS days, min(ordered_at) AS first,
                          max(ordered_at) AS last, sum(amount) AS total
                   FROM orders GROUP BY customer_id) AS customers'),
('histories', 'SELECT count(history) FROM (
                   SELECT purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS customers'),
('by hand',   'WITH days AS (
                   SELECT customer_id, ordered_at, sum(amount) AS amount FROM orders GROUP BY customer_id, ordered_at
               ), firsts AS (
                   SELECT *, min(ordered_at) OVER (PARTITION BY customer_id) AS first FROM days
               )
               SELECT count(frequency), count(recency), count(tenure), count(value) FROM (
                   SELECT count(*) - 1 AS frequency, max(ordered_at) - min(ordered_at) AS recency,
                          date ''2024-12-31'' - min(ordered_at) AS tenure,
                          avg(amount) FILTER (WHERE ordered_at > first) AS value
                   FROM firsts GROUP BY customer_id) AS customers'),
('summaries', 'SELECT count(frequency), count(recency), count(tenure), count(monetary_value) FROM (
                   SELECT s.* FROM (SELECT purchase_history(ordered_at, amount) AS history
                                    FROM orders GROUP BY customer_id OFFSET 0) AS h,
                                   rfm_summary(history, date ''2024-12-31'') AS s) AS customers'),
('ntiles',    'SELECT count(r), count(f), count(m) FROM (
                   SELECT ntile(5) OVER (ORDER BY last_order) AS r, ntile(5) OVER (ORDER BY orders) AS f,
                          ntile(5) OVER (ORDER BY revenue) AS m
                   FROM customers) AS scores'),
('scores',    'SELECT count(score) FROM (
                   SELECT rfm_score(last_order, orders, revenue) OVER () AS score FROM customers) AS scores');

CREATE TABLE comparisons (id int, what text, ours text, beside text, beside_what text, at_most float8);
INSERT INTO comparisons VALUES
(1, 'bgnbd_fit',          'fit',       'sums',   'three sums',               10),
(2, 'sum(bgnbd_predict)', 'predict',   'sums',   'three sums',               8),
(3, 'sum(cltv_predict)',  'value',     'sums',   'three sums',               60),
(4, 'purchase_history',   'histories', 'groups', 'count, min, max, sum',     1.4),
(5, 'purchase_history',   'histories', 'days',   'count(DISTINCT day), ...', 1),
(6, 'rfm_summary of them','summaries', 'by hand', 'the same by hand',        1),
(7, 'rfm_score',          'scores',    'ntiles', 'three ntile(5)',           1 / 1.7);

CREATE TABLE timings (run int, name text, ms float8);
SELECT set_config('bench.runs', :'runs', false) \g /dev/null

-- Run 0 warms the caches and is not counted.
DO $$
DECLARE
    q record;
    began timestamptz;
BEGIN
    FOR run IN 0 .. current_setting('bench.runs')::int LOOP
        FOR q IN SELECT * FROM queries ORDER BY name LOOP
            began := clock_timestamp();
            EXECUTE q.query;
            INSERT INTO timings VALUES (run, q.name, 1000 * extract(epoch FROM clock_timestamp() - began));
        END LOOP;
        RAISE INFO '  run % of % done', run, current_setting('bench.runs');
    END LOOP;
END
$$;

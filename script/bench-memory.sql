-- Set-up of script/bench --memory: every step from orders to reports, the table that it reads, and the formula of
-- docs/scaling.md by which its memory grows.
\set ON_ERROR_STOP on
\set QUIET on

-- Sizes of what the server allocates: powers of two with 16 bytes before them (8 from PostgreSQL 16 on).
CREATE FUNCTION power_of_two(bytes float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT 2 ^ ceil(log(2, greatest(bytes, 1)::numeric))';

-- A hash table of a base: so many rows of so many bytes, three quarters full at most; 256 bytes at least.
CREATE FUNCTION counted(rows bigint, row_bytes int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT greatest(256, power_of_two(32 + rows * row_bytes / 0.75))';

-- A list of a base: rows side by side.
CREATE FUNCTION listed(rows bigint, row_bytes int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT greatest(256, power_of_two(24 + rows * row_bytes))';

-- What the server keeps for each group of a hashed GROUP BY bigint: key, pointers, a place in its hash table.
CREATE FUNCTION grouped(groups bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    'SELECT 80 * groups + 24 * power_of_two(groups / 0.9)';

CREATE TABLE queries (id int GENERATED ALWAYS AS IDENTITY, name text PRIMARY KEY, reads text, query text, formula text);
CREATE TABLE memory (name text, kb bigint, seconds float8);
CREATE TABLE measured (customers bigint, name text, kb bigint, seconds float8, bytes float8);

INSERT INTO queries (name, reads, query, formula) VALUES
('purchase_history', 'orders',
 'SELECT count(history) FROM (SELECT purchase_history(ordered_at, amount) AS history FROM orders
                              GROUP BY customer_id) AS h',
 'grouped(customers) + history_bytes'),
('same, work_mem 64 MB', 'orders', 'SELECT histories_in_64_mb()', '2 * 64 * 1024 * 1024'),
('exact_sum', 'orders', 'SELECT exact_sum(amount) FROM orders', '0'),
('cohort_report, 64 MB', 'orders', 'SELECT cohorts_in_64_mb()', NULL),
('rfm_summary', 'histories',
 'SELECT count(s.frequency) FROM histories, rfm_summary(history, date ''2024-12-31'') AS s', '0'),
('customer_metrics', 'histories', 'SELECT customer_metrics(history, date ''2024-12-31'') FROM histories',
 '2.5 * counted(distinct_totals, 48)'),
('bgnbd_fit', 'customers', 'SELECT bgnbd_fit(frequency, recency, tenure) FROM customers',
 '2.5 * counted(distinct_customers, 32)'),
('pnbd_fit', 'customers', 'SELECT pnbd_fit(frequency, recency, tenure) FROM customers',
 '2.5 * counted(distinct_customers, 32)'),
('gg_fit', 'customers', 'SELECT gg_fit(frequency, monetary_value) FROM customers',
 '2.5 * counted(distinct_spends, 24)'),
('customer_base, tens', 'customers',
 'SELECT count(base) FROM (SELECT customer_base(frequency, recency, tenure) AS base FROM customers
                           GROUP BY customer_id / 10) AS groups',
 'grouped(customers / 10) + (256 + 16) * (groups - larger_groups) + (512 + 16) * larger_groups'),
('rollup of these', 'bases', 'SELECT bgnbd_fit(rollup(base)) FROM bases', '2.5 * counted(distinct_customers, 32)'),
('bgnbd_predict', 'customers',
 'SELECT sum(bgnbd_predict(bgnbd, frequency, recency, tenure, 90)) FROM customers, models', '0'),
('cltv_predict, a year', 'customers',
 'SELECT sum(cltv_predict(bgnbd, spend, frequency, recency, tenure, monetary_value, 365)) FROM customers, models', '0'),
('rfm_breaks', 'customers', 'SELECT rfm_breaks(last_order, orders, revenue) FROM customers',
 '2 * listed(customers, 24)'),
('rfm_score by breaks', 'customers',
 'SELECT count(rfm_score(last_order, orders, revenue, breaks)) FROM customers, models', '0'),
('rfm_score OVER ()', 'customers', 'SELECT scores_in_64_mb()', '24 * customers + 64 * 1024 * 1024'),
('value_tier OVER ()', 'customers', 'SELECT tiers_in_64_mb()', '8 * customers + 64 * 1024 * 1024'),
('auc', 'customers', 'SELECT auc(frequency > 2, monetary_value) FROM customers',
 'greatest(2.5 * listed(spenders, 16), listed(spenders, 16) + 48 * spenders)'),
('gini', 'customers', 'SELECT gini(revenue) FROM customers',
 'greatest(2.5 * listed(customers, 16), listed(customers, 16) + 48 * customers)'),
('regression_metrics', 'customers', 'SELECT regression_metrics(revenue, orders) FROM customers',
 'greatest(2.5 * listed(customers, 16), listed(customers, 16) + 48 * customers)'),
('classification_metrics', 'customers', 'SELECT classification_metrics(frequency > 2, revenue) FROM customers', '0');

-- With little memory the server writes groups and partitions to disk; what ours need beside stays.
CREATE FUNCTION histories_in_64_mb() RETURNS bigint LANGUAGE plpgsql SET work_mem = '64MB' AS
    'BEGIN RETURN (SELECT count(history) FROM (SELECT purchase_history(ordered_at, amount) AS history
                                               FROM orders GROUP BY customer_id) AS h); END';
CREATE FUNCTION cohorts_in_64_mb() RETURNS bigint LANGUAGE plpgsql SET work_mem = '64MB' AS
    'BEGIN RETURN (SELECT count(*) FROM cohort_report(''orders'', ''customer_id'', ''ordered_at'', ''amount'')); END';
CREATE FUNCTION scores_in_64_mb() RETURNS bigint LANGUAGE plpgsql SET work_mem = '64MB' AS
    'BEGIN RETURN (SELECT count(score) FROM (SELECT rfm_score(last_order, orders, revenue) OVER () AS score
                                             FROM customers) AS s); END';
CREATE FUNCTION tiers_in_64_mb() RETURNS bigint LANGUAGE plpgsql SET work_mem = '64MB' AS
    'BEGIN RETURN (SELECT count(tier) FROM (SELECT value_tier(revenue) OVER () AS tier FROM customers) AS t); END';

-- What the formulas speak of.
CREATE TABLE sizes (customers bigint, orders bigint, distinct_customers bigint, distinct_spends bigint,
                    distinct_totals bigint, spenders bigint, groups bigint, larger_groups bigint, history_bytes float8,
                    stored float8, text float8);
CREATE PROCEDURE count_sizes() LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sizes
    SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders),
           (SELECT count(*) FROM (SELECT FROM customers GROUP BY frequency, recency, tenure) AS d),
           (SELECT count(*) FROM (SELECT FROM customers WHERE frequency > 0 GROUP BY frequency, monetary_value) AS d),
           (SELECT count(*) FROM (SELECT FROM customers GROUP BY revenue, orders, recency) AS d),
           (SELECT count(*) FROM customers WHERE frequency > 0),
           (SELECT count(*) FROM bases), (SELECT count(*) FROM bases WHERE pg_column_size(base) > 32 + 5 * 32),
           sum(greatest(128, power_of_two(pg_column_size(history))) + 16), avg(pg_column_size(history)),
           avg(length(history::text))
    FROM histories;
END
$$;

CREATE PROCEDURE keep_size() LANGUAGE plpgsql AS $$
DECLARE
    q record;
BEGIN
    FOR q IN SELECT * FROM queries LOOP
        EXECUTE format('INSERT INTO measured SELECT customers, $1, kb, seconds, %s FROM sizes, memory '
                       'WHERE name = $1 AND customers = (SELECT max(customers) FROM sizes)',
                       coalesce(q.formula, 'NULL')) USING q.name;
    END LOOP;
    TRUNCATE memory;
END
$$;

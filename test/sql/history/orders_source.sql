-- One row an order, and refunds that undo their orders: what cltv_orders_source reads of lines and refunds.
\set ON_ERROR_STOP on
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
\set ON_ERROR_STOP off

-- The rows that a call of cltv_orders_source reads, as text.
CREATE FUNCTION pg_temp.rows_read(query text) RETURNS SETOF text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT concat_ws('' '', customer, to_char(ordered_at, ''MM-DD HH24:MI''), amount) '
                                'FROM (%s) AS q ORDER BY customer, ordered_at, amount', query);
END
$$;

CREATE TABLE lines (customer_id int, ordered_at timestamp, amount numeric, number text, refunds text);
INSERT INTO lines VALUES
    (1, '2024-01-01 10:00', 10, 'A', NULL), (1, '2024-01-01 10:00', 5.5, 'A', NULL),   -- lines of one order
    (1, '2024-01-02 10:00', 7, 'B', NULL), (1, '2024-01-05 10:00', -7, 'R1', 'B'),     -- refunded whole
    (1, '2024-01-03 10:00', 9, 'C', NULL), (1, '2024-01-06 10:00', -2, 'R2', 'C'),     -- refunded in part
    (2, '2024-01-01 10:00', 10, 'A', NULL),                                            -- another customer's number
    (2, '2024-01-02 10:00', 3, NULL, NULL), (2, '2024-01-02 10:00', 3, '', NULL),      -- no number: orders of their own
    (2, '2024-01-03 10:00', NULL, 'D', NULL), (2, '2024-01-03 10:00', 4, 'D', NULL),   -- a line of unknown amount
    (2, '2024-01-04 10:00', 0, 'E', NULL),                                             -- free
    (2, '2024-01-05 10:00', -6, 'X', 'lost');                                          -- the order is not there
SELECT pg_temp.rows_read(query) AS lines FROM cltv_orders_source('lines', 'customer_id', 'ordered_at', 'amount', false);
SELECT pg_temp.rows_read(query) AS orders
FROM cltv_orders_source('lines', 'customer_id', 'ordered_at', 'amount', false, order_id => 'number');
SELECT pg_temp.rows_read(query) AS net
FROM cltv_orders_source('lines', 'customer_id', 'ordered_at', 'amount', false, order_id => 'number', refund_of => 'refunds');
-- No refund after the cut changes an order before it.
SELECT pg_temp.rows_read(query) AS net_at_cut
FROM cltv_orders_source('lines', 'customer_id', 'ordered_at', 'amount', false, order_id => 'number', refund_of => 'refunds',
                        cut => '2024-01-05');

-- Matched by amount: the latest earlier order of the same amount, as brackets close, else the next higher amount.
CREATE TABLE orders (customer_id int, ordered_at timestamp, amount float8);
INSERT INTO orders VALUES
    (1, '2024-01-01', 10), (1, '2024-01-02', 10), (1, '2024-01-03', -10),                          -- the later one goes
    (2, '2024-01-01', 10), (2, '2024-01-02', 10), (2, '2024-01-03', -10), (2, '2024-01-04', -10),  -- both go
    (3, '2024-01-01', -10), (3, '2024-01-02', 10),                                                 -- nothing to undo
    (4, '2024-01-01', 10), (4, '2024-01-02', -10), (4, '2024-01-03', -10), (4, '2024-01-04', 10),  -- one refund too many
    (5, '2024-01-01', 50), (5, '2024-01-02', 20), (5, '2024-01-03', -5), (5, '2024-01-04', -4),    -- off the 20
    (6, '2024-01-01', 20), (6, '2024-01-02', -15), (6, '2024-01-03', -15),                         -- one fits, one does not
    (9, '2024-01-01', 20), (9, '2024-01-02', -15), (9, '2024-01-03', -5),                          -- whole, in two parts
    (7, '2024-01-01', 8), (7, '2024-01-02', NULL), (7, '2024-01-03', 0), (7, '2024-01-04', -100),
    (8, '2024-01-01 09:00', 168469.60), (8, '2024-01-01 09:12', -168469.60), (8, '2023-05-18', 2.9);
SELECT pg_temp.rows_read(query) AS matched
FROM cltv_orders_source('orders', 'customer_id', 'ordered_at', 'amount', false, refunds => 'match');
SELECT count(*) AS rows, sum(amount) AS money FROM orders;
SELECT count(*) AS rows_at_cut
FROM cltv_orders_source('orders', 'customer_id', 'ordered_at', 'amount', false, refunds => 'match', cut => '2024-01-02') AS s,
    LATERAL pg_temp.rows_read(s.query);

-- What a call cannot mean is an error.
SELECT cltv_orders_source('orders', 'customer_id', 'ordered_at', 'amount', false, refunds => 'net');
SELECT cltv_orders_source('orders', 'customer_id', 'ordered_at', 'amount', false, refund_of => 'amount');
SELECT cltv_orders_source('orders', 'customer_id', 'ordered_at', 'amount', false, order_id => 'number');
SELECT query IS NULL AS nothing FROM cltv_orders_source(NULL, 'customer_id', 'ordered_at', 'amount', false);

DROP TABLE lines, orders;

-- What a user has to mend is one error: no functions and queries of the way to it, in whatever function it is found.
\set SHOW_CONTEXT errors
CREATE TABLE locked_orders (customer_id int, ordered_at date, amount numeric, secret text, "order" text);
CREATE VIEW locked_view AS TABLE locked_orders;
CREATE ROLE regress_cltv_low;
GRANT SELECT (customer_id, ordered_at, amount) ON locked_orders TO regress_cltv_low;
CREATE FUNCTION pg_temp.told(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    hint text;
    context text;
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
    RETURN concat_ws(' | ', SQLSTATE, message, nullif(hint, ''), nullif(regexp_replace(context, 'pg_temp_\d+', 'pg_temp'), ''));
END
$$;
SET ROLE regress_cltv_low;
SELECT pg_temp.told(q) FROM unnest(ARRAY[
    $$SELECT * FROM cltv_check_orders('locked_view')$$,
    $$SELECT * FROM cltv_check_orders('locked_orders', order_id => 'order')$$,
    $$SELECT * FROM cltv_backtest('locked_view', 'customer_id', 'ordered_at', 'amount', '2024-01-01')$$,
    $$SELECT * FROM cltv_calibration('locked_view', 'customer_id', 'ordered_at', 'amount', '2024-01-01')$$,
    $$SELECT * FROM cltv_tracking('locked_view', 'customer_id', 'ordered_at', 'amount', '2024-01-01')$$,
    $$SELECT * FROM cltv_holdout('locked_view', 'customer_id', 'ordered_at', 'amount', '2024-01-01')$$,
    $$SELECT * FROM cltv_training_set('locked_view', 'customer_id', 'ordered_at', 'amount', '2024-01-01', 90)$$,
    $$SELECT * FROM cohort_report('locked_view', 'customer_id', 'ordered_at', 'amount')$$,
    $$SELECT * FROM revenue_forecast('locked_view')$$,
    $$SELECT * FROM customer_equity('locked_view')$$,
    $$SELECT * FROM acquisition_forecast('locked_view')$$,
    $$SELECT * FROM product_affinity('locked_view', 'customer_id', 'secret')$$,
    $$SELECT * FROM next_product('locked_view', 'customer_id', 'secret')$$,
    $$SELECT * FROM first_product_value('locked_view', 'customer_id', 'secret', 'ordered_at', 'amount')$$,
    $$SELECT count(*) FROM cohort_report('locked_orders', 'customer_id', 'ordered_at', 'amount')$$]) AS q;
RESET ROLE;
SELECT pg_temp.told(q) FROM unnest(ARRAY[
    $$SELECT * FROM cltv_check_orders('locked_orders', amount => 'total')$$,
    $$SELECT * FROM cltv_check_orders('locked_orders', ordered_at => 'secret')$$,
    $$SELECT * FROM cltv_backtest('locked_orders', 'customer_id', 'ordered_at', 'amount', 'infinity')$$,
    $$SELECT * FROM cltv_backtest('locked_orders', 'customer_id', 'ordered_at', 'amount', '2024-01-01', choose => 'aic')$$,
    $$SELECT * FROM cohort_report('locked_orders', 'customer_id', 'ordered_at', 'amount', refunds => 'guess')$$,
    $$SELECT cltv_refuse('55000', 'another class keeps its context', '', NULL)$$, $$SELECT cltv_refuse('01000', 'forged', NULL, NULL)$$, $$SELECT cltv_refuse(NULL, 'forged', NULL, NULL)$$,
    $$SELECT cltv_refuse('22023', NULL, NULL, NULL)$$, $$SELECT cltv_refuse('42', 'forged', NULL, NULL)$$,
    $$SELECT cltv_refuse('22a23', 'forged', NULL, NULL)$$, $$SELECT cltv_refuse('22023', '100 %s', 'de%tail', NULL)$$]) AS q;
-- Where it is caught, what follows has its context again.
DO $$
BEGIN
    BEGIN
        PERFORM * FROM cohort_report('locked_orders', 'customer_id', 'ordered_at', 'total');
    EXCEPTION WHEN undefined_column THEN NULL;
    END;
    RAISE division_by_zero USING MESSAGE = 'a later error';
END
$$;
DROP VIEW locked_view;
DROP TABLE locked_orders;
DROP ROLE regress_cltv_low;

-- A shop whose amounts are profits: negative ones are those of purchases that lost money, in views and in reports
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA of_profits;
SET search_path = of_profits, public;
CREATE TABLE profits AS
SELECT customer_id, ordered_at, round((amount - 30)::numeric, 2) AS amount
FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
                     customers => 1500, first_day => '2023-01-01', last_day => '2024-12-31', seed => 7);

CALL cltv_materialize('shop', 'profits', amounts => 'signed');
-- Every order is one, and money adds up; the one model of amounts of any sign is taken.
SELECT sum(orders) = (SELECT count(*) FROM profits) AS all_orders, round(sum(revenue)::numeric, 2) = (SELECT sum(amount) FROM profits) AS all_money,
       count(*) FILTER (WHERE monetary_value < 0) > 100 AS losses, count(*) - count(cltv) AS without_value,
       count(*) FILTER (WHERE cltv < 0) > 20 AS of_negative_value, count(*) - count(value_tier) AS without_tier FROM shop;
SELECT spend_family, spend_status, (SELECT string_agg(c, ',') FROM jsonb_object_keys(spend_compared) AS c) AS compared FROM shop_model;
SELECT relname, attname, col_description(attrelid, attnum) AS remark FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
WHERE attrelid IN ('shop'::regclass, 'shop_history'::regclass) AND attname IN ('orders', 'revenue', 'history') ORDER BY 1, 2;
-- The same by hand.
WITH c AS (
    SELECT customer_id, count(DISTINCT ordered_at::date) - 1 AS frequency, (max(ordered_at::date) - min(ordered_at::date))::float8 AS recency,
           (max(max(ordered_at::date)) OVER () - min(ordered_at::date))::float8 AS tenure,
           sum(amount) FILTER (WHERE day > 1)::float8 / nullif(count(DISTINCT ordered_at::date) - 1, 0) AS monetary_value,
           sum(amount) FILTER (WHERE day = 1)::float8 AS first_value
    FROM (SELECT *, dense_rank() OVER (PARTITION BY customer_id ORDER BY ordered_at::date) AS day FROM profits) AS p GROUP BY customer_id
), m AS (
    SELECT orders_fit(frequency, recency, tenure) AS orders_model, own_fit(frequency::float8, monetary_value, first_value) AS spend_model FROM c
)
SELECT count(*) AS customers, max(abs(s.frequency - c.frequency)) AS frequency, max(abs(s.monetary_value - c.monetary_value)) < 1e-4 AS monetary_value,
       max(abs(s.cltv - cltv_predict(m.orders_model, m.spend_model, c.frequency, c.recency, c.tenure, c.monetary_value, 365, 0.1, 1,
                                     first_value => c.first_value))) < 1e-6 AS cltv
FROM shop AS s JOIN c USING (customer_id), m;
SELECT count(*) AS segments, round(sum(cltv)::numeric) = (SELECT round(sum(cltv)::numeric) FROM shop) AS value FROM shop_segments;
SELECT count(*) AS bands, min(cltv_from) < 0 AS losses FROM shop_value_bands;
SELECT count(*) > 0 AS at_risk, count(*) FILTER (WHERE value_at_stake IS NULL) AS nothing FROM shop_at_risk;
SELECT count(*) AS weeks, count(*) - count(expected_revenue) AS unknown FROM shop_forecast;

-- Folded in night by night: the histories are those of all orders.
CREATE TABLE fed AS SELECT * FROM profits WHERE ordered_at < '2024-11-01';
CALL cltv_materialize('folded', 'fed', amounts => 'signed', incremental => true, late_days => 5);
DO $$ BEGIN
    FOR day IN 0..60 LOOP
        INSERT INTO fed SELECT * FROM profits WHERE ordered_at::date = date '2024-11-01' + day;
        PERFORM cltv_fold('folded', false);
    END LOOP;
END $$;
CALL cltv_refresh('folded');
SELECT count(*) AS histories, count(*) FILTER (WHERE f.history::text IS DISTINCT FROM s.history::text) AS differ
FROM folded_history AS f FULL JOIN shop_history AS s USING (customer_id);
SELECT count(*) AS differ FROM (SELECT customer_id, orders, revenue, frequency, segment FROM shop
                                EXCEPT SELECT customer_id, orders, revenue, frequency, segment FROM folded) AS d;
-- Lines, and rows that name what they refund.
CREATE TABLE lines (number int, customer_id int, day date, amount numeric, refunds int);
INSERT INTO lines VALUES (1, 1, '2024-01-01', 20, NULL), (1, 1, '2024-01-01', -20, NULL), (2, 1, '2024-02-01', -5, NULL),
    (3, 1, '2024-03-01', 8, NULL), (4, 1, '2024-03-05', -8, 3), (5, 1, '2024-04-01', -4, NULL), (6, 1, '2024-04-02', 3, 5);
CALL cltv_materialize('by_line', 'lines', 'customer_id', 'day', order_id => 'number', refund_of => 'refunds', amounts => 'signed');
CALL cltv_materialize('by_line_folded', 'lines', 'customer_id', 'day', order_id => 'number', refund_of => 'refunds', amounts => 'signed',
                      incremental => true);
SELECT orders, revenue, frequency, first_order, last_order, first_value, monetary_value FROM by_line
UNION ALL SELECT orders, revenue, frequency, first_order, last_order, first_value, monetary_value FROM by_line_folded;

-- Reports.
SELECT sum(orders) = (SELECT count(*) FROM profits) AS all_orders, round(sum(revenue)::numeric, 2) = (SELECT sum(amount) FROM profits) AS all_money
FROM cohort_report('profits', 'customer_id', 'ordered_at', 'amount', amounts => 'signed');
SELECT sum(orders) < (SELECT count(*) FROM profits) AS without_losses FROM cohort_report('profits', 'customer_id', 'ordered_at', 'amount');
SELECT count(*) = (SELECT count(DISTINCT customer_id) FROM profits WHERE ordered_at < '2024-07-01') AS everybody,
       sum(holdout_purchases) = (SELECT count(DISTINCT (p.customer_id, p.ordered_at::date)) FROM profits AS p
                                 WHERE p.ordered_at >= '2024-07-01' AND EXISTS (SELECT FROM profits AS q WHERE q.customer_id = p.customer_id
                                                                             AND q.ordered_at < '2024-07-01')) AS all_purchases
FROM cltv_holdout('profits', 'customer_id', 'ordered_at', 'amount', '2024-06-30', amounts => 'signed');
SELECT model, status, customers > 1000 AS many, abs(predicted_revenue / actual_revenue - 1) < 0.25 AS near, revenue_gini > 0.3 AS ranked, chosen
FROM cltv_backtest('profits', 'customer_id', 'ordered_at', 'amount', '2024-06-30', '{bgnbd}', amounts => 'signed');
SELECT sum(customers) = (SELECT count(DISTINCT customer_id) FROM profits WHERE ordered_at < '2024-07-01') AS everybody
FROM cltv_calibration('profits', 'customer_id', 'ordered_at', 'amount', '2024-06-30', '{bgnbd}', amounts => 'signed');
SELECT max(actual_cumulative) = (SELECT count(DISTINCT (customer_id, ordered_at::date)) - count(DISTINCT customer_id) FROM profits
                                 WHERE customer_id IN (SELECT customer_id FROM profits WHERE ordered_at < '2024-07-01')) AS all_repeats
FROM cltv_tracking('profits', 'customer_id', 'ordered_at', 'amount', '2024-06-30', '{bgnbd}', amounts => 'signed');
SELECT what, what_to_do FROM cltv_check_orders('profits', amounts => 'signed') WHERE what = 'negative amounts'
UNION ALL SELECT what, what_to_do FROM cltv_check_orders('profits') WHERE what = 'negative amounts';

-- What cannot be.
CALL cltv_materialize('no', 'profits', amounts => 'profit');
CALL cltv_materialize('no', 'profits', amounts => NULL);
CALL cltv_materialize('no', 'profits', amounts => 'signed', refunds => 'match');
SELECT * FROM cltv_backtest('profits', 'customer_id', 'ordered_at', 'amount', '2024-06-30', amounts => 'all');
SELECT count(*) AS of_null FROM cltv_backtest('profits', 'customer_id', 'ordered_at', 'amount', '2024-06-30', amounts => NULL);

SET client_min_messages = error;
CALL cltv_drop('shop');
CALL cltv_drop('folded');
CALL cltv_drop('by_line');
CALL cltv_drop('by_line_folded');
DROP SCHEMA of_profits CASCADE;

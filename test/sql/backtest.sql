-- Backtests of orders tables: cltv_holdout, cltv_fits, cltv_calibration, cltv_tracking, cltv_backtest

SET TimeZone = 'UTC';
CREATE TABLE shop AS
SELECT customer_id, ordered_at, amount
FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), customers => 1000, first_day => '2023-01-01',
                     last_day => '2024-06-30', seed => 42);

-- Customers as of the cut, and what they did next, against the same by hand: several orders of a day are one purchase
SELECT count(*), sum(frequency) AS frequency, round(sum(monetary_value)::numeric, 6) AS monetary_value, min(horizon), max(horizon),
       sum(holdout_purchases) AS purchases, round(sum(holdout_revenue)::numeric, 2) AS revenue
FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31');
WITH by_hand AS (
    SELECT customer_id::text, (rfm_summary(ordered_at, amount, '2023-12-31')).*,
           count(DISTINCT ordered_at::date) FILTER (WHERE ordered_at >= '2024-01-01' AND ordered_at < '2024-04-01') AS purchases,
           coalesce(sum(amount) FILTER (WHERE ordered_at >= '2024-01-01' AND ordered_at < '2024-04-01'), 0) AS spent
    FROM shop GROUP BY customer_id
)
SELECT count(*) AS customers, bool_and(h.frequency = b.frequency AND h.recency = b.recency AND h.tenure = b.tenure) AS times,
       bool_and(h.monetary_value IS NOT DISTINCT FROM b.monetary_value) AS money, bool_and(horizon = 91) AS horizon,
       bool_and(holdout_purchases = purchases) AS purchases, bool_and(abs(holdout_revenue - spent) < 1e-9) AS revenue
FROM (SELECT * FROM by_hand WHERE frequency IS NOT NULL) AS b
     FULL JOIN cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '2024-03-31') AS h USING (customer_id);

-- Rows of every kind: refunds, unknown amounts, nobody's orders, no time, orders of the last and of the first day
CREATE TABLE "Odd Orders" ("Who?" text, "when" date, "how ""much""" numeric(12,2));
INSERT INTO "Odd Orders" VALUES
    ('both', '2024-01-01', 10), ('both', '2024-01-11', 20), ('both', '2024-01-11', 5), ('both', '2024-02-01', 7), ('both', '2024-02-01', 8),
    ('both', '2024-02-29', -3), ('both', '2024-03-01', 100),
    ('before', '2024-01-31', 10),
    ('refund', '2024-01-02', 10), ('refund', '2024-02-03', -10),
    ('only refund', '2024-01-03', -1), ('only refund', '2024-02-03', 4),
    ('unknown', '2024-01-04', NULL), ('unknown', '2024-01-09', NULL), ('unknown', '2024-02-04', NULL),
    ('after', '2024-02-05', 10), ('no time', NULL, 10), (NULL, '2024-01-05', 10), (NULL, '2024-12-31', 10);
SELECT * FROM cltv_holdout('"Odd Orders"', 'Who?', 'when', 'how "much"', '2024-01-31', '2024-02-29') ORDER BY customer_id;
-- Without as_of, to the day of the newest order that is somebody's
SELECT customer_id, horizon, holdout_purchases, holdout_revenue
FROM cltv_holdout('"Odd Orders"', 'Who?', 'when', 'how "much"', '2024-01-31') WHERE customer_id = 'both';
-- Days without any order since
SELECT customer_id, tenure, horizon, holdout_purchases, holdout_revenue
FROM cltv_holdout('"Odd Orders"', 'Who?', 'when', 'how "much"', '2024-03-01', '2024-12-24') WHERE customer_id = 'after';

-- Fits by name, in the order of the names
SELECT model, fitted::jsonb ->> 'kind' AS kind, model_status(fitted) AS status, round(bic(fitted)::numeric, 4) AS bic
FROM (SELECT customer_base(frequency, recency, tenure) AS base
      FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31')) AS b, cltv_fits(base);
SELECT model, fitted::text = (SELECT pnbd_fit(frequency, recency, tenure)::text
                              FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31')) AS same
FROM (SELECT customer_base(frequency, recency, tenure) AS base
      FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31')) AS b, cltv_fits(base, '{pnbd,pnbd}');
SELECT count(*) FROM (SELECT customer_base(1, 2, 3) AS base) AS b, cltv_fits(base, '{}');
SELECT count(*) FROM cltv_fits(NULL);

-- Predicted against actual by frequency: the same by hand
SELECT model, frequency, customers, round(predicted::numeric, 6) AS predicted, round(actual::numeric, 6) AS actual
FROM cltv_calibration('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd}');
WITH h AS (SELECT * FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '2024-03-31')),
     m AS (SELECT pnbd_fit(frequency, recency, tenure) FROM h),
     by_hand AS (SELECT CASE WHEN frequency > 6 THEN '7+' ELSE frequency::text END AS frequency, count(*) AS customers,
                        avg(pnbd_predict(pnbd_fit, frequency, recency, tenure, 91)) AS predicted, avg(holdout_purchases) AS actual
                 FROM h, m GROUP BY 1)
SELECT count(*), bool_and(c.customers = b.customers AND abs(c.predicted - b.predicted) < 1e-12 AND abs(c.actual - b.actual) < 1e-12) AS same
FROM by_hand AS b FULL JOIN
     cltv_calibration('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{pnbd}', '2024-03-31') AS c USING (frequency);
-- Without a customer of a frequency there is no mean of them
SELECT frequency, customers, predicted, actual FROM cltv_calibration('"Odd Orders"', 'Who?', 'when', 'how "much"', '2024-01-31', '{mbgnbd}');

-- Weeks: the cut ends one, the last one is shorter; the same by hand, customer by customer
SELECT model, week, week_end, actual, round(expected::numeric, 6) AS expected, actual_cumulative,
       round(expected_cumulative::numeric, 6) AS expected_cumulative, holdout
FROM cltv_tracking('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{bgnbd,pnbd}', '2024-03-20')
WHERE week IN (1, 2, 52, 53, 54, 63, 64, 65) ORDER BY model, week;
WITH h AS (SELECT * FROM cltv_holdout('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '2024-03-20')),
     m AS (SELECT mbgnbd_fit(frequency, recency, tenure) AS model FROM h),
     t AS (SELECT * FROM cltv_tracking('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', '{mbgnbd}', '2024-03-20'))
SELECT count(*) AS weeks,
       bool_and(abs(expected_cumulative - (SELECT sum(expected_purchases(model, week_end - (date '2023-12-31' - tenure::int)))
                                           FROM h, m WHERE date '2023-12-31' - tenure::int <= week_end)) < 1e-9) AS expected,
       bool_and(actual_cumulative = (SELECT count(DISTINCT (s.customer_id, ordered_at::date)) FROM shop AS s JOIN h ON h.customer_id = s.customer_id::text
                                     WHERE ordered_at::date <= week_end)
                                    - (SELECT count(*) FROM h WHERE date '2023-12-31' - tenure::int <= week_end)) AS actual
FROM (SELECT * FROM t) AS t
WHERE true;
DROP TABLE shop, "Odd Orders";

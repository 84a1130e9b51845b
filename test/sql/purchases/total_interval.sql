-- The total of many customers, and between which numbers it lies
CREATE TEMP TABLE shop AS
SELECT c.customer_id, (rfm_summary(ordered_at, amount, date '2024-06-30')).*
FROM (SELECT * FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
          customers => 1000, first_day => '2023-01-01', last_day => '2024-12-31', seed => 3)) AS c
GROUP BY customer_id;
DELETE FROM shop WHERE frequency IS NULL;
CREATE TEMP TABLE fits AS
SELECT f.model, f.fitted, b.base FROM (SELECT customer_base(frequency, recency, tenure) AS base FROM shop) AS b, orders_fits(b.base) AS f;
-- The estimate is the sum of what is expected of each; the interval holds it, is of whole numbers and wider at a higher level.
SELECT f.model, abs(i.estimate / (SELECT sum(expected_purchases(f.fitted, frequency::float8, recency, tenure, 90)) FROM shop) - 1) < 1e-9 AS sum,
       i.lower < i.estimate AND i.estimate < i.upper AS holds, i.lower = trunc(i.lower) AND i.upper = trunc(i.upper) AS whole,
       h.lower > i.lower AND h.upper < i.upper AS half_is_narrower, i.upper - i.lower > 2 * sqrt(i.estimate) AS wider_than_poisson
FROM fits AS f, total_purchases_interval(f.fitted, f.base, 90) AS i, total_purchases_interval(f.fitted, f.base, 90, level => 0.5) AS h
ORDER BY f.model;
-- Whatever the order of the rows, and from parts that are rolled up.
SELECT count(DISTINCT i::text) AS intervals
FROM fits AS f, LATERAL (
    SELECT customer_base(frequency, recency, tenure ORDER BY tenure DESC) AS base FROM shop
    UNION ALL SELECT customer_base(frequency, recency, tenure) FROM shop
    UNION ALL SELECT rollup(p.base) FROM (SELECT customer_base(frequency, recency, tenure) AS base FROM shop GROUP BY customer_id % 7) AS p) AS b,
    total_purchases_interval(f.fitted, b.base, 90) AS i WHERE f.model = 'bgnbd';
-- A part of the customers has an interval of its own; no time, all time, a given model, a model that refused.
SELECT i.lower <= i.estimate AND i.estimate <= i.upper AS holds
FROM fits AS f, (SELECT customer_base(frequency, recency, tenure) AS base FROM shop WHERE frequency > 5) AS b,
     total_purchases_interval(f.fitted, b.base, 30) AS i WHERE f.model = 'pnbd';
SELECT horizon, i.lower, i.estimate > 0 AS some, i.upper FROM fits AS f, (VALUES (0::float8), ('infinity')) AS v (horizon),
     total_purchases_interval(f.fitted, f.base, horizon) AS i WHERE f.model = 'bgnbd' ORDER BY horizon;
SELECT i.lower, round(i.estimate::numeric, 2) AS estimate, i.upper
FROM fits AS f, total_purchases_interval(bgnbd_model(0.55, 40, 0.8, 2.5), f.base, 90) AS i WHERE f.model = 'bgnbd';
SELECT total_purchases_interval(fitted, base, NULL) IS NULL AS no_horizon, total_purchases_interval(NULL, base, 90) IS NULL AS no_model
FROM fits WHERE model = 'bgnbd';
-- Opportunities.
SELECT round(i.estimate::numeric, 2) AS estimate, i.lower, i.upper
FROM (SELECT bgbb_fit(frequency, recency, opportunities) AS m, customer_base(frequency, recency, opportunities::float8) AS base
      FROM (SELECT g % 5 AS frequency, (g % 5 + g % 2 * sign(g % 5))::float8 AS recency, 6 AS opportunities FROM generate_series(1, 500) AS g) AS c) AS f,
     total_purchases_interval(f.m, f.base, 5) AS i;
-- What cannot be.
SELECT total_purchases_interval(fitted, base, -1) FROM fits WHERE model = 'bgnbd';
SELECT total_purchases_interval(fitted, base, 90, 1) FROM fits WHERE model = 'bgnbd';
SELECT total_purchases_interval(gg_model(6, 4, 15), base, 90) FROM fits WHERE model = 'bgnbd';
SELECT total_purchases_interval(bgbb_model(1, 1, 1, 1), customer_base(2, 3.5, 7), 5);

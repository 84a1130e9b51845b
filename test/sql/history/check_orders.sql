-- What cltv_check_orders finds: a shop without fault, then one fault at a time.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';

-- 400 customers of whom each has some orders a minute or more apart and at no regular intervals, two years up to today.
CREATE TABLE sound AS
SELECT c AS customer_id, (current_date - 729 + (c * 37 + n * n * 91) % 730) + time '08:00' + (c * 7 + n) * interval '1 minute' AS ordered_at,
       (10 + (c * 13 + n * 29) % 90 + 0.25)::numeric AS amount, format('%s-%s', c, n) AS number, 'EUR' AS money
FROM generate_series(1, 400) AS c, generate_series(0, 4) AS n WHERE n <= c % 5;

CREATE FUNCTION pg_temp.found(change text, order_id name DEFAULT NULL, currency name DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE shop AS TABLE sound;
    EXECUTE change;
    RETURN QUERY SELECT concat_ws(': ', severity, what, how_many)
        FROM cltv_check_orders('shop', order_id => order_id, currency => currency);
    DROP TABLE shop;
END
$$;

SELECT count(*) AS orders, count(DISTINCT customer_id) AS customers FROM sound;
SELECT count(*) AS findings_in_a_sound_shop FROM pg_temp.found('');
SELECT v.change, array(SELECT pg_temp.found(v.sql, v.order_id, v.currency)) AS found
FROM (VALUES
    (1, 'a mistyped year', $$INSERT INTO shop VALUES (1, '2062-03-01', 5)$$, NULL, NULL),
    (2, 'a pre-order', $$INSERT INTO shop VALUES (1, current_date + 60, 5)$$, NULL, NULL),
    (3, 'missing dates as 1970', $$INSERT INTO shop VALUES (1, '1970-01-01', 5), (2, '1970-01-01', 5)$$, NULL, NULL),
    (4, 'no time', $$INSERT INTO shop VALUES (1, NULL, 5)$$, NULL, NULL),
    (5, 'no customer', $$INSERT INTO shop SELECT NULL, ordered_at, amount FROM shop LIMIT 100$$, NULL, NULL),
    (6, 'guests under one number', $$INSERT INTO shop SELECT 0, ordered_at + interval '30 seconds', amount FROM shop LIMIT 300$$, NULL, NULL),
    (7, 'lines of orders', $$INSERT INTO shop SELECT customer_id, ordered_at, amount + 1, number FROM shop$$, NULL, NULL),
    (8, 'lines with their order', $$INSERT INTO shop SELECT customer_id, ordered_at, amount + 1, number FROM shop$$, 'number', NULL),
    (9, 'loaded twice', $$INSERT INTO shop SELECT * FROM shop LIMIT 50$$, NULL, NULL),
    (10, 'cents', $$UPDATE shop SET amount = trunc(amount) * 100 + 99$$, NULL, NULL),
    (11, 'whole prices', $$UPDATE shop SET amount = trunc(amount)$$, NULL, NULL),
    (12, 'a refund, a free order, an unknown amount',
     $$INSERT INTO shop VALUES (1, current_date, -5), (2, current_date, 0), (3, current_date, NULL)$$, NULL, NULL),
    (13, 'a month is missing', $$DELETE FROM shop WHERE ordered_at BETWEEN current_date - 100 AND current_date - 70$$, NULL, NULL),
    (14, 'the feed stopped', $$DELETE FROM shop WHERE ordered_at >= current_date - 50$$, NULL, NULL),
    (15, 'two currencies', $$UPDATE shop SET money = 'USD' WHERE customer_id % 10 = 0$$, NULL, 'money'),
    (16, 'one currency', '', NULL, 'money'),
    (17, 'NaN', $$UPDATE shop SET amount = 'NaN' WHERE customer_id = 7$$, NULL, NULL),
    (18, 'nothing', 'TRUNCATE shop', NULL, NULL),
    (19, 'one order', $$DELETE FROM shop WHERE number <> '1-0'$$, NULL, NULL),
    (20, 'a currency that nobody named', $$ALTER TABLE shop RENAME money TO currency; UPDATE shop SET currency = 'USD' WHERE customer_id % 10 = 0$$, NULL, NULL),
    (21, 'half a year', $$DELETE FROM shop WHERE ordered_at < current_date - 180$$, NULL, NULL),
    (22, 'old orders dated by their import', $$UPDATE shop SET ordered_at = (SELECT min(ordered_at) FROM shop) WHERE customer_id % 2 = 0$$, NULL, NULL),
    (23, 'one order each by an import', $$UPDATE shop SET ordered_at = current_date - 729 + customer_id * interval '1 minute' WHERE number LIKE '%-0' AND customer_id % 2 = 0$$, NULL, NULL),
    (24, 'an import, then lines', $$UPDATE shop SET ordered_at = (SELECT min(ordered_at) FROM shop) WHERE customer_id % 2 = 0; INSERT INTO shop TABLE shop$$, NULL, NULL),
    (25, 'a lively first day', $$INSERT INTO shop SELECT 1000 + n, current_date - 729 + time '09:00', 25.25 FROM generate_series(1, 19) AS n$$, NULL, NULL),
    (27, 'revenue as books of accounts have it', $$UPDATE shop SET amount = -amount$$, NULL, NULL),
    (26, 'the worst comes first', $$INSERT INTO shop VALUES (1, NULL, 5), (2, current_date, -5), (3, current_date, 'NaN'); DELETE FROM shop WHERE ordered_at >= current_date - 50 AND NOT amount IN (-5, 'NaN')$$, NULL, NULL)
) AS v (number, change, sql, order_id, currency) ORDER BY number;

-- Orders that look like renewals: of 20 customers, and of more than half of those with four days of orders, three of four
-- gaps lie within a tenth or a day of the customer's own median.
SELECT v.change, array(SELECT f FROM pg_temp.found(format($$TRUNCATE shop; INSERT INTO shop
    SELECT c, (current_date - 400 + c %% 30 + %s)::timestamp + c * interval '1 minute', 10.25, format('%%s-%%s', c, n)
    FROM generate_series(1, %s) AS c, generate_series(0, %s) AS n$$, v.day, v.customers, v.orders - 1)) AS f
    WHERE f ~ 'renewals') AS found
FROM (VALUES
    (1, 'months', '(''{0,31,59,90,120,151,181,212,243,273}''::int[])[n + 1]', 40, 10),
    (2, 'weeks, a day late at times', '7 * n + (c + n) % 5 / 4', 40, 20),
    (3, 'weeks, some days late', '7 * n + (c + n * n) % 5', 40, 20),
    (4, 'months and quarters', '30 * n * (1 + c % 2 * 2)', 40, 4),
    (5, 'one month of eight is left out', '30 * (n + (n + c % 8) / 8)', 40, 10),
    (6, 'four days of orders', '30 * n', 20, 4),
    (7, 'three days of orders', '30 * n', 40, 3),
    (8, 'few customers', '30 * n', 19, 10),
    (9, 'half of the customers', '30 * n + c % 2 * (n * n * 7 % 23)', 40, 10),
    (10, 'more than half of them', '30 * n + (c % 5 / 3) * (n * n * 7 % 23)', 40, 10),
    (11, 'every four days', '4 * n', 40, 10),
    (12, 'every five days', '5 * n', 40, 10)
) AS v (number, change, day, customers, orders) ORDER BY number;
-- Several orders on a day, refunds, and what is not known are no gaps.
SELECT array(SELECT f FROM pg_temp.found($$TRUNCATE shop; INSERT INTO shop
    SELECT c, (current_date - 400 + c + 30 * n)::timestamp + k * interval '5 minutes', 10.25 + k, format('%s-%s', c, n)
    FROM generate_series(1, 40) AS c, generate_series(0, 9) AS n, generate_series(1, 2) AS k
    UNION ALL SELECT c, current_date - 395 + c + 30 * n, -5, NULL FROM generate_series(1, 40) AS c, generate_series(0, 9) AS n
    UNION ALL SELECT NULL, current_date - 300 + n * n, 5, NULL FROM generate_series(1, 9) AS n
    UNION ALL SELECT c, 'infinity', 5, NULL FROM generate_series(1, 40) AS c
    UNION ALL SELECT c, NULL, 5, NULL FROM generate_series(1, 40) AS c$$, 'number') AS f
    WHERE f ~ 'renewals') AS found;

-- No finding says nothing where something is not known: amounts, customers or times that are all missing.
CREATE FUNCTION pg_temp.gaps(change text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE shop AS TABLE sound;
    EXECUTE change;
    RETURN QUERY SELECT c::text FROM cltv_check_orders('shop', currency => 'money') AS c
        WHERE concat_ws('|', c.what, coalesce(c.example, 'none'), c.what_to_do) ~ '(^|[ (|])[ ,.|)]|[(|]of ' OR c.how_many IS NULL;
    RETURN QUERY SELECT f::text FROM cltv_findings('shop', 'customer_id', 'ordered_at', 'amount', NULL, NULL, 'revenue', NULL) AS f
        WHERE concat_ws('|', f.sentence, f.advice) ~ '(^|[ (|])[ ,.|)]|[(|]of ';
    DROP TABLE shop;
END
$$;
SELECT v.sql, array(SELECT pg_temp.gaps(v.sql)) AS gaps
FROM (VALUES
    (1, 'UPDATE shop SET amount = NULL; INSERT INTO shop SELECT NULL, ordered_at FROM shop LIMIT 100'),
    (2, 'INSERT INTO shop SELECT NULL, ordered_at, NULL FROM shop LIMIT 100'),
    (3, $$UPDATE shop SET amount = 'NaN'; INSERT INTO shop SELECT NULL, ordered_at, amount FROM shop LIMIT 100$$),
    (4, 'UPDATE shop SET customer_id = NULL'),
    (5, 'UPDATE shop SET amount = -1; INSERT INTO shop SELECT NULL, ordered_at, NULL FROM shop LIMIT 100'),
    (6, $$INSERT INTO shop SELECT customer_id, NULL, NULL FROM shop; INSERT INTO shop SELECT customer_id, 'infinity' FROM shop; UPDATE shop SET money = ''$$),
    (7, 'INSERT INTO shop SELECT customer_id, ordered_at, NULL FROM shop')
) AS v (number, sql) ORDER BY number;

-- The newest plausible day.
CREATE FUNCTION pg_temp.newest(days date[]) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(', ', d.newest - date '2020-01-01', d.beyond, d.farthest - date '2020-01-01')
    FROM cltv_newest_day(format('SELECT unnest(%L::date[]) AS ordered_at', days)) AS d
$$;
SELECT pg_temp.newest(ARRAY(SELECT date '2020-01-01' + i FROM generate_series(0, 99) AS i)) AS every_day,
       pg_temp.newest(ARRAY(SELECT date '2020-01-01' + i FROM generate_series(0, 99) AS i) || date '2020-09-01') AS one_far,
       pg_temp.newest(ARRAY(SELECT date '2020-01-01' + i FROM generate_series(0, 99) AS i)
                      || ARRAY(SELECT date '2020-09-01' + i FROM generate_series(0, 20) AS i)) AS resumed,
       pg_temp.newest(ARRAY(SELECT date '2020-01-01' + i * 20 FROM generate_series(0, 9) AS i) || date '2020-08-20') AS seldom,
       pg_temp.newest('{2020-01-01,2020-06-01}') AS two_days, pg_temp.newest('{2020-01-01,infinity}') AS unbounded,
       pg_temp.newest('{}') AS none;

-- What is told beside a materialise: currencies, too, where a column is called so, of whatever letters, and its reader may
-- see it.
CREATE FUNCTION pg_temp.told(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    CREATE TEMP TABLE shop AS SELECT s.*, CASE WHEN customer_id % 10 = 0 THEN 'USD' ELSE 'EUR' END AS currency FROM sound AS s;
    EXECUTE change;
    SELECT concat(f.sentence, substring(f.query FROM ', currency => .*')) INTO told
    FROM cltv_findings('shop', 'customer_id', 'ordered_at', 'amount', NULL, NULL, 'revenue', NULL) AS f;
    DROP TABLE shop;
    RETURN told;
END
$$;
SELECT v.change, pg_temp.told(v.sql) AS told
FROM (VALUES
    (1, 'two', ''),
    (2, 'one', $$UPDATE shop SET currency = 'EUR'$$),
    (3, 'by another name', $$ALTER TABLE shop RENAME currency TO "Currency_Code"$$),
    (4, 'by a name of its own', $$ALTER TABLE shop RENAME currency TO cash$$),
    (5, 'a number', $$ALTER TABLE shop ALTER currency TYPE int USING length(currency)$$),
    (6, 'NULL', $$UPDATE shop SET currency = NULL$$)
) AS v (number, change, sql) ORDER BY number;

-- Of many orders the first are looked at, and what is said of them says so; the days are those of all.
CREATE TEMP TABLE many AS
SELECT CASE WHEN n % 10 <> 0 THEN n % 997 END AS customer_id, timestamp '2020-01-01' + n * interval '17 minutes' AS ordered_at, 10.25 AS amount
FROM generate_series(1, 60000) AS n;
SELECT severity, what, how_many, example FROM cltv_check_orders('many', as_of => '2021-12-09');
SELECT severity, what, how_many, example FROM cltv_check_orders('many', as_of => '2021-12-09', first_rows => 50000);
SELECT severity, what, how_many, example FROM cltv_check_orders('many', as_of => '2021-12-09', first_rows => 100);
SELECT * FROM cltv_check_orders('many', first_rows => -1);
SELECT sentence FROM cltv_findings('many', 'customer_id', 'ordered_at', 'amount', NULL, '2021-12-09', 'revenue', NULL);

-- How far ahead, and what is an import: the rules at their edges.
SELECT days, horizon, cltv_extrapolation(days, horizon)
FROM (VALUES (14, 365), (14, 15.4), (14, 16), (1, 30), (364, 365), (10, 'infinity'), (NULL, 365), (14, NULL::float8)) AS v (days, horizon);
SELECT first_day, total, days, cltv_is_import(first_day, total, days)
FROM (VALUES (20, 200, 10), (19, 100, 10), (100, 190, 10), (100, 190, 9), (99, 190, 10), (20, 201, 1000), (20, 20, 1), (NULL, 20, 10)) AS v (first_day, total, days);

-- An import is no sign of lines for reports either; lines on other days are.
CREATE TEMP TABLE imported AS SELECT customer_id, CASE WHEN customer_id % 2 = 0 THEN current_date - 729 ELSE ordered_at::date END AS ordered_at, amount FROM sound;
SELECT count(*) > 0 AS told_nothing FROM cohort_report('imported', 'customer_id', 'ordered_at', 'amount', 'year');
INSERT INTO imported SELECT customer_id, ordered_at, amount FROM imported;
SELECT count(*) > 0 AS told_of_lines FROM cohort_report('imported', 'customer_id', 'ordered_at', 'amount', 'year');

SELECT count(*) AS of_null FROM cltv_check_orders(NULL);
SELECT * FROM cltv_check_orders('sound', customer => 'nobody');
SELECT * FROM cltv_check_orders('sound', amount => 'number');
DROP TABLE sound;

-- Audiences: chosen, held back, kept up to date, sent once, and what came of it.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
CREATE TABLE customers_of_shop AS
SELECT c AS customer_id, 'customer' || c || '@example.com' AS email, CASE WHEN c % 4 = 0 THEN 'web' ELSE 'shop' END AS channel,
       (c * 7919 % 1000) / 1000.0 AS uplift, c % 50 AS silent
FROM generate_series(1, 1000) AS c;

-- Draws are the same everywhere: the first 52 bits of a SHA-256, here by sha256sum of "1:42" and "2:42".
SELECT cltv_draw('42', 1), cltv_draw('42', 2), cltv_draw('42', 1) = ('x' || left(encode(sha256('1:42'), 'hex'), 13))::bit(52)::bigint / 2 ^ 52 AS by_hand;
SELECT count(*) FILTER (WHERE cltv_draw(c::text, 7) < 0.1) BETWEEN 900 AND 1100 AS a_tenth, min(cltv_draw(c::text, 7)) >= 0 AS above,
       max(cltv_draw(c::text, 7)) < 1 AS below FROM generate_series(1, 10000) AS c;
-- echo -n someone@example.com | sha256sum
SELECT hashed_email(E' Someone@Example.com\n'), hashed_email(NULL);

CALL cltv_audience('winback', $$SELECT customer_id, email, channel FROM customers_of_shop WHERE silent >= 40$$);
SELECT arm, count(*), min(details::text) FROM winback GROUP BY arm ORDER BY arm;
SELECT count(*) AS wrong FROM winback WHERE (arm = 'control') <> (cltv_draw(customer_id::text, 1) < 0.1);
SELECT count(*) AS to_send, count(DISTINCT customer_id) AS customers, bool_and(change = 'entered') AS entered FROM winback_export;
SELECT count(*) AS controls_to_send FROM winback_outbox JOIN winback USING (customer_id) WHERE arm = 'control';
SELECT version, entered, "left", treated + control AS customers, options - 'key' AS options FROM winback_versions;
-- A night in which nothing happened
CALL cltv_audience_refresh('winback');
SELECT count(*), max(version) FROM winback_versions;
-- Some are sent; some customers are no longer silent, some are now.
UPDATE winback_outbox SET sent_at = at WHERE id IN (SELECT id FROM winback_export ORDER BY id LIMIT 100);
UPDATE customers_of_shop SET silent = 0 WHERE customer_id % 50 IN (40, 41);
UPDATE customers_of_shop SET silent = 45 WHERE customer_id % 50 = 3;
UPDATE customers_of_shop SET email = 'new@example.com' WHERE customer_id = 42;
CALL cltv_audience_refresh('winback');
SELECT change, count(*), count(DISTINCT customer), min(arm) < max(arm) AS both_arms FROM cltv_audience_changes('winback') GROUP BY change ORDER BY change;
SELECT details ->> 'email' AS email FROM winback WHERE customer_id = 42;
-- Taken back is only what was sent; what was not yet, and is not wanted any more, is not sent.
SELECT o.change, count(*) AS in_outbox, count(e.id) AS to_send, count(o.sent_at) AS sent
FROM winback_outbox AS o LEFT JOIN winback_export AS e USING (id) GROUP BY o.change ORDER BY o.change;
SELECT count(*) AS wrongly_taken_back FROM winback_export AS e
WHERE e.change = 'left' AND NOT EXISTS (SELECT FROM winback_outbox AS o WHERE o.customer_id = e.customer_id AND o.sent_at IS NOT NULL);
-- They come back in the arm that they were in.
UPDATE customers_of_shop SET silent = 50 WHERE customer_id % 50 IN (40, 41);
CALL cltv_audience_refresh('winback');
SELECT count(*) AS came_back, count(*) FILTER (WHERE first_arm = last_arm) AS in_their_arm, count(*) FILTER (WHERE last_arm = 'control') > 0 AS some_controls
FROM (SELECT customer_id, (array_agg(arm ORDER BY entered_version))[1] AS first_arm, (array_agg(arm ORDER BY entered_version DESC))[1] AS last_arm
      FROM winback GROUP BY 1 HAVING count(*) > 1) AS a;
SELECT customer_id, count(*) FROM winback_export WHERE change = 'entered' GROUP BY 1 HAVING count(*) > 1;

-- Another query of the same name: who is and was on it stays.
CALL cltv_audience('winback', $$SELECT customer_id, email, uplift AS priority, 0.5 AS cost, channel AS stratum FROM customers_of_shop$$, control => 0.25,
                   exclude => $$SELECT customer_id FROM customers_of_shop WHERE customer_id <= 10$$, budget => 100);
SELECT count(*) AS customers, sum((details ->> 'cost')::float8) AS cost, min(customer_id) > 10 AS none_excluded FROM winback WHERE left_at IS NULL;
SELECT min((details ->> 'priority')::float8) >= (SELECT percentile_disc(0.79) WITHIN GROUP (ORDER BY uplift) FROM customers_of_shop) AS the_best
FROM winback WHERE left_at IS NULL;
-- Excluded since, and not sent yet
CREATE TABLE opted_out (who text);
CALL cltv_audience('news', $$SELECT customer_id, email, channel AS stratum FROM customers_of_shop$$, control => 0.25, seed => 3, most => 400,
                   exclude => 'SELECT who FROM opted_out -- by mail');
SELECT stratum, count(*), count(*) FILTER (WHERE arm = 'control') AS control, count(*) FILTER (WHERE arm = 'control') = round(0.25 * count(*)) AS exact
FROM news GROUP BY stratum ORDER BY stratum;
INSERT INTO opted_out SELECT customer_id::text FROM news WHERE arm = 'treated' ORDER BY customer_id LIMIT 5;
SELECT count(*) FROM news_export;
SELECT count(*) FROM news_outbox;
-- Whom another audience has had is left alone.
CALL cltv_audience('rested', $$SELECT customer_id FROM customers_of_shop$$, control => 0, rest_days => 30);
SELECT count(*) = 1000 - (SELECT count(DISTINCT customer_id) FROM (SELECT customer_id FROM news_outbox WHERE change = 'entered'
    UNION ALL SELECT customer_id FROM winback_outbox WHERE change = 'entered') AS o) AS the_others, min(arm) AS arm FROM rested;
CALL cltv_audience_refresh('rested');
-- One of nobody, and one of NULLs and of doubles
CALL cltv_audience('nobody', 'SELECT customer_id FROM customers_of_shop WHERE false');
SELECT version, treated, control FROM nobody_versions;
CALL cltv_audience('doubles', $$SELECT * FROM (VALUES ('a', 1, 'low'), ('a', 2, 'high'), (NULL, 3, 'none'), ('b', NULL, NULL)) AS v ("Who", priority, of)$$, control => 0);
SELECT "Who", arm, details FROM doubles ORDER BY "Who";

-- What it did: those treated buy for 8 more, every second of them.
CREATE TABLE orders (customer_id int, ordered_at date, amount numeric);
UPDATE winback SET entered_at = '2026-03-01' WHERE true;
INSERT INTO orders SELECT customer_id, date '2026-02-10' + customer_id % 10, 10 + customer_id % 7 FROM customers_of_shop WHERE customer_id % 3 = 0;
INSERT INTO orders SELECT customer_id, date '2026-03-01' + 1 + customer_id % 30, 5 + customer_id % 7 + CASE WHEN arm = 'treated' THEN 8 ELSE 0 END
    FROM winback WHERE customer_id % 2 = 0;
INSERT INTO orders VALUES (1, '2026-04-30', 1);
SELECT measure, treated, control, round(treated_mean::numeric, 3) AS treated_mean, round(control_mean::numeric, 3) AS control_mean, round(difference::numeric, 3) AS difference,
       lower < difference AND difference < upper AS around, p_value < 0.01 AS sure, round(incremental::numeric, 1) AS incremental
FROM audience_result('winback', 'orders', 'customer_id', 'ordered_at', 'amount', margin => 0.5, contact_cost => 1, method => 'welch');
-- By hand
SELECT round(t.difference::numeric, 6) = round(r.difference::numeric, 6) AS same, round(t.lower::numeric, 6) = round(r.lower::numeric, 6) AS same_lower
FROM (SELECT experiment_base(arm, revenue) AS base FROM (
          SELECT w.customer_id, w.arm, coalesce(sum(o.amount), 0)::float8 AS revenue
          FROM (SELECT DISTINCT ON (customer_id) * FROM winback ORDER BY customer_id, entered_version) AS w
          LEFT JOIN orders AS o ON o.customer_id = w.customer_id AND o.ordered_at BETWEEN '2026-03-02' AND '2026-03-31' GROUP BY 1, 2) AS c) AS b,
     ab_test(base, 'control') AS t,
     audience_result('winback', 'orders', 'customer_id', 'ordered_at', 'amount', method => 'welch') AS r
WHERE t.variant = 'treated' AND r.measure = 'revenue';
SELECT round(t.difference::numeric, 6) = round(r.difference::numeric, 6) AS same, round(t.lower::numeric, 6) = round(r.lower::numeric, 6) AS same_lower
FROM (SELECT experiment_base(arm, revenue, before) AS base FROM (
          SELECT w.customer_id, w.arm, coalesce(sum(o.amount) FILTER (WHERE o.ordered_at > '2026-03-01'), 0)::float8 AS revenue,
                 coalesce(sum(o.amount) FILTER (WHERE o.ordered_at < '2026-03-01'), 0)::float8 AS before
          FROM (SELECT DISTINCT ON (customer_id) * FROM winback ORDER BY customer_id, entered_version) AS w
          LEFT JOIN orders AS o ON o.customer_id = w.customer_id AND o.ordered_at BETWEEN '2026-01-30' AND '2026-03-31' GROUP BY 1, 2) AS c) AS b,
     ab_test(base, 'control', method => 'cuped') AS t,
     audience_result('winback', 'orders', 'customer_id', 'ordered_at', 'amount') AS r
WHERE t.variant = 'treated' AND r.measure = 'revenue';
-- Too early, and nobody did anything
SELECT * FROM audience_result('winback', 'orders', 'customer_id', 'ordered_at', 'amount', days => 100);
TRUNCATE orders;
SELECT measure, treated > 0 AS some, difference, lower, p_value FROM audience_result('winback', 'orders', 'customer_id', 'ordered_at', 'amount', as_of => '2026-05-01');
CREATE TABLE valued AS SELECT customer_id, customer_id::float8 AS cltv FROM customers_of_shop;
SELECT measure, treated, control, round(difference::numeric, 3) AS difference, lower < upper AS known
FROM audience_result('winback', 'orders', 'customer_id', 'ordered_at', 'amount', as_of => '2026-05-01', customers => 'valued') WHERE measure = 'cltv';

-- Refreshed with what it is over
INSERT INTO orders SELECT c % 100, date '2025-01-01' + c % 300, 10 FROM generate_series(1, 400) AS c;
CALL cltv_materialize('shop', 'orders', model => 'bgnbd');
CREATE VIEW big AS SELECT * FROM shop WHERE orders >= 4;
CALL cltv_audience('loyal', 'SELECT customer_id FROM big', control => 0);
INSERT INTO orders VALUES (500, '2025-12-01', 10), (500, '2025-12-02', 10), (500, '2025-12-03', 10), (500, '2025-12-04', 10);
SET client_min_messages = warning;
CALL cltv_refresh('shop');
RESET client_min_messages;
SELECT customer_id, entered_version FROM loyal WHERE entered_version > 1;

-- Bad input
CALL cltv_audience('bad', 'SELECT 1 AS customer_id', control => 1);
CALL cltv_audience('bad', 'SELECT 1 AS customer_id', control => NULL);
CALL cltv_audience('bad', 'SELECT 1 AS customer_id', rest_days => -1);
CALL cltv_audience('bad', NULL);
CALL cltv_audience(NULL, 'SELECT 1 AS customer_id');
CALL cltv_audience('bad', 'SELECT 1 AS arm');
CALL cltv_audience('bad', 'SELECT 1 AS customer_id, point(1, 2) AS "where", ROW(1, 2) AS pair');
CALL cltv_audience('bad', 'SELECT 1 AS customer_id, ''high''::text AS priority');
CALL cltv_audience('bad', 'SELECT point(1, 2) AS customer_id');
CALL cltv_audience('bad', 'SELECT 1 AS customer_id; DROP TABLE orders');
CALL cltv_audience('bad', 'DELETE FROM orders RETURNING customer_id');
CALL cltv_audience('bad', 'SELECT nothing FROM orders');
CALL cltv_audience('orders', 'SELECT 1 AS customer_id');
CALL cltv_audience('winback', 'SELECT 1 AS who');
CALL cltv_audience_refresh('orders');
CALL cltv_audience_refresh('missing');
SELECT cltv_audience_changes('orders');
SELECT audience_result('winback', 'orders', 'customer_id', 'ordered_at', 'amount', days => 0);
SELECT audience_result('winback', 'orders', 'customer_id', 'ordered_at', 'amount', margin => 2);
SELECT audience_result('winback', 'orders', 'customer_id', 'ordered_at', 'missing');
SELECT to_regclass('bad'), to_regclass('bad_source'), count(*) FROM winback_versions;
CALL cltv_refresh('winback');
-- Nothing else is dropped.
CALL cltv_drop('winback');
SELECT to_regclass('winback'), to_regclass('winback_source'), to_regclass('winback_excluded'), to_regclass('winback_versions'), to_regclass('winback_outbox'),
       to_regclass('winback_export'), to_regclass('customers_of_shop');
CALL cltv_drop('shop');
DROP VIEW big CASCADE;
CALL cltv_audience_refresh('loyal');
CALL cltv_drop('loyal');
SET client_min_messages = error;
CALL cltv_drop('shop');
CALL cltv_drop('news', true);
CALL cltv_drop('rested', true);
CALL cltv_drop('nobody', true);
CALL cltv_drop('doubles', true);
DROP TABLE orders, customers_of_shop, opted_out, valued CASCADE;

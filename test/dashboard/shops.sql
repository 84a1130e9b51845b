-- The demo's shop, and odd ones: a horizon without end; names that must be quoted, and nobody who came back; no prices;
-- one customer; none.
\set ON_ERROR_STOP on
SET client_min_messages = error;

CREATE EXTENSION cltv;
\ir ../../script/demo-orders.sql
CALL cltv_materialize('customers', 'orders');
CALL cltv_refresh('customers');

CALL cltv_materialize('forever', 'orders', horizon => 'infinity', bins => 10);

CREATE SCHEMA "The ""odd"" shop";
CREATE TABLE "The ""odd"" shop".once AS
SELECT 'No. ' || i AS "customer's ""number""", date '2024-01-01' + i % 90 AS day, 10.0 + i AS price
FROM generate_series(1, 200) AS i;
CALL cltv_materialize('"The ""odd"" shop"."Those: who came"', '"The ""odd"" shop".once',
                      customer => 'customer''s "number"', ordered_at => 'day', amount => 'price');

CREATE TABLE unpriced AS
SELECT i AS customer_id, date '2024-01-01' + i % 90 AS ordered_at, NULL::float8 AS amount FROM generate_series(1, 200) AS i;
CREATE TABLE unpriced_people AS
SELECT customer_id, CASE customer_id % 2 WHEN 0 THEN 'Empfehlungsprogramm für Stammkunden und Freunde' END AS programme FROM unpriced;
CALL cltv_materialize('of_no_price', 'unpriced', customers => 'unpriced_people');

CREATE TABLE one_order AS SELECT 7 AS customer_id, date '2024-05-05' AS ordered_at, 12.5 AS amount;
CALL cltv_materialize('one_customer', 'one_order');

CREATE TABLE no_order AS SELECT * FROM one_order WHERE false;
CALL cltv_materialize('nobody', 'no_order');

-- One who may look at the views and nothing else, and who has refreshed nothing.
CREATE ROLE reader LOGIN;
GRANT SELECT ON customers, customers_history, customers_model, customers_segments, customers_rfm_grid,
    customers_value_bands, customers_at_risk, customers_forecast TO reader;

-- A shop with columns of its own: words to filter by, ids of eighty characters, one that looks like markup and one like a formula,
-- segments of forty characters in German and Chinese.
CREATE TABLE people AS
SELECT repeat('k', 74) || to_char(i, 'FM000000') AS customer_id,
       (ARRAY['web', 'shop', 'phone'])[1 + i % 3] AS channel, (ARRAY['DE', 'AT', 'FR', 'CN'])[1 + i * i % 4] AS country,
       'person' || i || '@example.org' AS email
FROM generate_series(1, 600) AS i;
UPDATE people SET customer_id = '<b>&"''' WHERE email = 'person7@example.org';
UPDATE people SET customer_id = '=1+1' WHERE email = 'person8@example.org';
CREATE TABLE long_orders AS
SELECT p.customer_id, o.ordered_at, o.amount
FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
                     600, date '2023-01-01', date '2024-12-31', 43) AS o
JOIN people AS p ON p.email = 'person' || o.customer_id || '@example.org';
CALL cltv_materialize('long_names', 'long_orders', customers => 'people', margin => '0.4');

-- The same under names of forty characters in German and Chinese.
CALL cltv_materialize('renamed', 'long_orders', customers => 'people',
    segments => '{"Champions": "Langjährige Stammkundschaft mit Höchstwert", "Loyal Customers": "长期以来一直忠诚并且消费额度非常高的尊贵客户群体以及他们的家人和朋友们在全国各地"}');

-- Three customers.
CREATE TABLE three_orders AS
SELECT c AS customer_id, date '2024-05-05' + 40 * i * c AS ordered_at, 10.0 * c AS amount
FROM generate_series(1, 3) AS c CROSS JOIN generate_series(0, 2) AS i WHERE i < c;
CALL cltv_materialize('three', 'three_orders');

-- No group of fewer than ten.
CALL cltv_materialize('of_ten', 'long_orders', customers => 'people', min_group => 10);

-- An audience, contacted three months before the newest day.
CALL cltv_audience('spring', 'SELECT customer_id FROM customers WHERE customer_id <= 2000', control => 0.3);
UPDATE spring SET entered_at = '2024-10-01';

-- Lines of orders, two a basket, of which some go together: products, and revenue to come, as views.
CREATE TABLE lines AS
SELECT o.customer_id, o.ordered_at, o.amount / 2 AS amount,
       'Product ' || CASE WHEN i = 0 THEN p WHEN p % 2 = 1 AND o.customer_id % 3 > 0 THEN p + 1 ELSE 1 + (p * 5 + o.customer_id) % 12 END AS product
FROM orders AS o CROSS JOIN LATERAL (SELECT 1 + (o.customer_id * 7 + extract(doy FROM o.ordered_at)::int) % 12 AS p) AS p CROSS JOIN generate_series(0, 1) AS i
WHERE o.customer_id <= 1500;
CALL cltv_materialize('goods', 'lines', products => 'product', revenue => 'month');

-- Subscriptions on two plans, up to the end of 2025, of which some have been cancelled; three of them; none.
CREATE TABLE subscriptions AS
SELECT i AS customer_id, plan, CASE plan WHEN 'team' THEN 40.00 ELSE 9.90 END AS mrr, started_on,
       CASE WHEN ended_on <= '2025-12-31' OR i % 50 = 0 THEN ended_on END AS ended_on
FROM generate_series(1, 900) AS i,
     LATERAL (SELECT CASE WHEN i % 5 = 0 THEN 'team' ELSE 'solo' END AS plan,
                     date '2024-06-01' + (i * 0.7548776662 * 579)::int % 579 AS started_on) AS p,
     LATERAL (SELECT count(*)::int AS months FROM generate_series(0, 59) AS t
              WHERE sbg_survival(CASE plan WHEN 'team' THEN sbg_model(0.6, 9) ELSE sbg_model(0.9, 6) END, t)
                    > i * 0.6180339887 % 1) AS m,
     LATERAL (SELECT (started_on + months * interval '1 month')::date AS ended_on) AS e;
CALL cltv_materialize_contracts('club', 'subscriptions', attributes => '{plan}', as_of => '2025-12-31');
CREATE TABLE few AS SELECT * FROM subscriptions WHERE customer_id <= 3;
CALL cltv_materialize_contracts('club_of_few', 'few', as_of => '2025-12-31');
CREATE TABLE none AS SELECT * FROM subscriptions WHERE false;
CALL cltv_materialize_contracts('club_of_none', 'none', as_of => '2025-12-31');

-- The same, of whom some come to pay more, some less, and some come back after a pause; a view of those on one plan.
CREATE TABLE moved AS
SELECT customer_id, plan, mrr, started_on, ended_on FROM subscriptions
UNION ALL SELECT customer_id, plan, mrr / 3, started_on + 70, CASE WHEN customer_id % 2 = 0 THEN started_on + 200 ELSE ended_on END
FROM subscriptions WHERE customer_id % 7 = 0 AND coalesce(ended_on, date '2026-01-01') > started_on + 200
UNION ALL SELECT customer_id, plan, mrr, ended_on + 60, NULL FROM subscriptions WHERE customer_id % 11 = 0 AND ended_on < '2025-09-30';
CALL cltv_materialize_contracts('club_that_moves', 'moved', attributes => '{plan}', as_of => '2025-12-31');
CREATE VIEW moved_team AS SELECT * FROM moved WHERE plan = 'team';
CREATE VIEW moved_team_running AS SELECT m.* FROM moved AS m JOIN club_that_moves AS c USING (customer_id) WHERE m.plan = 'team' AND c.status = 'running';

-- One who may look at the views of subscriptions, and not at the subscriptions.
GRANT SELECT ON club, club_history, club_model, club_curve, club_mrr, club_cohorts, club_renewals TO reader;

-- A shop that has a calendar, and one whose customers order by where they came from.
CREATE TABLE tidal AS SELECT customer_id, ordered_at, amount FROM long_orders WHERE extract(month FROM ordered_at) NOT IN (2, 3, 8) OR right(customer_id, 1) IN ('1', '2');
CALL cltv_materialize('tides', 'tidal', customers => 'people', calendar => 'auto');
CREATE TABLE swayed AS
SELECT o.customer_id, o.ordered_at, CASE p.channel WHEN 'web' THEN 2 ELSE 1 END * o.amount AS amount
FROM long_orders AS o JOIN people AS p USING (customer_id) JOIN (SELECT customer_id, min(ordered_at) AS first FROM long_orders GROUP BY 1) AS f USING (customer_id)
WHERE p.channel = 'web' OR o.ordered_at < f.first + interval '60 days';
CALL cltv_materialize('told', 'swayed', customers => 'people', attributes => '{channel,country}');

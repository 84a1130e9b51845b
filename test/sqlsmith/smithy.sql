-- A database for SQLsmith to work in, and a role that may only read it: two tables, one of them with columns of all the
-- types that our functions take, for where there is no column it writes NULL, which calls nothing.
CREATE DATABASE smithy;
\c smithy
SET client_min_messages = error;
CREATE EXTENSION cltv;

CREATE TABLE orders AS
SELECT * FROM simulate_orders(bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), customers => 60,
                              first_day => '2024-01-01', last_day => '2024-12-31', seed => 1);
CREATE TABLE customers AS
SELECT customer_id, history, s.*, (rfm_score(last_order, orders, revenue) OVER ()).*, frequency > 1 AS loyal
FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS h,
     rfm_summary(history, '2024-12-31') AS s;
CREATE TABLE bases AS
SELECT frequency % 3 AS part, customer_base(frequency, recency, tenure) AS customers,
       spend_base(frequency, monetary_value) AS spends, contract_base(frequency + 1, tenure < 200) AS contracts,
       survival_curve(tenure, tenure < 200) AS lasting,
       rfm_base(last_order, orders, revenue) AS scored, rfm_breaks(last_order, orders, revenue) AS breaks
FROM customers GROUP BY 1;
CREATE TABLE states (scores score_base, matrix confusion_matrix, sum exact_sum, metrics metrics_base);
INSERT INTO states VALUES
    ('{"top":0.5,"rows":[[1,1],[2,0]]}',
     '{"true_positives":3,"false_positives":1,"true_negatives":5,"false_negatives":2}', '[1,0]',
     '{"customers":1,"as_of":2460677,"rows":[[8.54,1,1,0,1,1]]}'),
    ('{"top":null,"rows":[]}',
     '{"true_positives":0,"false_positives":0,"true_negatives":0,"false_negatives":0}', '[0,0]',
     '{"customers":0,"as_of":0,"rows":[]}');
CREATE TABLE models AS
SELECT bgnbd_fit(customers) AS orders_model, gg_fit(spends) AS spend_model, sbg_fit(contracts) AS contract_model
FROM bases;
INSERT INTO models VALUES
    (bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), sbg_model(0.67, 3.8)),
    (mbgnbd_model(0.5, 6, 0.3, 2), gg_model(6.25, 3.74, 15.44), sbg_model(0.67, 3.8)),
    (pnbd_model(0.55, 10.6, 0.6, 11.7), gg_model(6.25, 3.74, 15.44), sbg_model(0.67, 3.8)),
    (bgbb_model(1.2, 0.75, 0.66, 2.8), gg_model(6.25, 3.74, 15.44), sbg_model(0.67, 3.8));
CREATE TABLE arguments AS
SELECT * FROM (VALUES (0::float8, 0, 0::bigint, 'bgnbd'::text, '{bgnbd,pnbd}'::text[]),
                      (1, 5, 1, 'month', '{gg}'), (0.5, 3, 7, 'week', '{}'), (90, 10, 60, 'revenue', '{0.8,0.95}'),
                      ('NaN', -1, -1, '', NULL), ('Infinity', 2147483647, 9223372036854775807, 'High', '{NULL}'),
                      (-1e300, NULL, NULL, NULL, NULL)) AS a (number, whole, big, word, words),
              (VALUES (date '2024-06-30', '2024-06-30 10:00'::timestamp, '2024-06-30 10:00+00'::timestamptz, rfm_rules()),
                      ('infinity', '-infinity', 'infinity', '[]')) AS t (day, at, at_with_zone, rules);

-- SQLsmith reads pg_proc by its plain name: it finds our functions there, and of core's enough to make arguments of.
CREATE SCHEMA narrow;
CREATE VIEW narrow.ours AS
SELECT p.oid, p.proname, p.prokind FROM pg_catalog.pg_proc AS p JOIN pg_depend AS d ON d.objid = p.oid AND d.deptype = 'e'
WHERE d.classid = 'pg_proc'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cltv')
  AND NOT '{internal,cstring}' && p.proargtypes::regtype[]::text[] AND p.prorettype <> 'cstring'::regtype
  AND p.prokind <> 'p' AND NOT p.proretset;
CREATE VIEW narrow.pg_proc AS
SELECT * FROM pg_catalog.pg_proc AS p
WHERE p.oid IN (SELECT oid FROM narrow.ours)
   OR p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN ('abs', 'float8', 'int8', 'int4', 'date', 'timestamp',
        'timestamptz', 'count', 'sum', 'length', 'md5', 'jsonb_agg');
-- Operators of ranges are polymorphic, which it does not understand, and those of shapes, networks and bits lead nowhere.
SET allow_system_table_mods = on;
DELETE FROM pg_operator USING pg_type AS t
WHERE t.oid IN (oprleft, oprright) AND (typcategory IN ('G', 'I', 'R', 'V') OR typname ~ '^any.*range$');

CREATE TABLE everything AS
SELECT h.*, a.*, b.*, s.*, m.*
FROM customers AS h JOIN bases AS b ON b.part = h.frequency % 3, arguments AS a, states AS s, models AS m
ORDER BY md5(ROW(h.customer_id, a.number, a.day, s.sum::text, m.orders_model::text)::text) LIMIT 200;

CREATE ROLE smith LOGIN;
ALTER ROLE smith SET search_path = narrow, public, pg_catalog;
GRANT USAGE ON SCHEMA narrow TO smith;
REVOKE ALL ON cltv_refresh_log, cltv_refresh_runs, cltv_made, cltv_health, rfm_segments FROM PUBLIC;
GRANT SELECT ON orders, everything TO smith;
GRANT SELECT ON narrow.pg_proc TO smith;

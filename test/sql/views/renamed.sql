-- What a name was made of is read by its identity: not by the name that it had, which others may take.
CREATE SCHEMA renamed;
CREATE TABLE renamed.orders AS
SELECT customer_id, ordered_at, amount FROM simulate_orders(bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), 60, '2023-01-01', '2024-06-30', 7);
CREATE TABLE renamed.contracts AS
SELECT i AS customer_id, date '2022-01-01' + i * 7 % 800 AS started_on, CASE WHEN i % 3 = 0 THEN date '2022-01-01' + i * 7 % 800 + 30 * (1 + i % 9) END AS ended_on, 10 AS mrr
FROM generate_series(1, 300) AS i;
CREATE TABLE renamed.calls (who text);
SET client_min_messages = error;
CALL cltv_materialize('renamed.plain', 'renamed.orders');
CALL cltv_materialize('renamed.folded', 'renamed.orders', incremental => true);
CALL cltv_materialize_contracts('renamed.club', 'renamed.contracts', as_of => '2024-06-30');
CREATE TABLE renamed.before AS SELECT name, findings FROM cltv_refresh_log WHERE name LIKE 'renamed.%';

ALTER TABLE renamed.orders RENAME TO orders_of_old;
ALTER TABLE renamed.contracts RENAME TO contracts_of_old;
-- What a stranger puts in their place
CREATE FUNCTION renamed.called(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO renamed.calls VALUES (current_user); RETURN $1; END $$;
CREATE VIEW renamed.orders AS SELECT renamed.called(1) AS customer_id, timestamp '2024-01-05' AS ordered_at, 5::numeric AS amount;
CREATE VIEW renamed.contracts AS SELECT renamed.called(1) AS customer_id, date '2024-01-05' AS started_on, NULL::date AS ended_on, 5 AS mrr;
CALL cltv_refresh('renamed.plain');
CALL cltv_refresh('renamed.folded');
CALL cltv_refresh('renamed.club');
CALL cltv_rebuild('renamed.folded');
SELECT name, health, reason FROM cltv_health WHERE name LIKE 'renamed.%' ORDER BY name;
SELECT count(*) AS calls FROM renamed.calls;
SELECT l.name, count(*) AS refreshes, bool_and(l.findings IS NOT DISTINCT FROM b.findings) AS same_findings
FROM cltv_refresh_log AS l JOIN renamed.before AS b USING (name) GROUP BY l.name ORDER BY l.name;
-- Who is to be forgotten is still in the orders.
SELECT relation, remaining > 0 AS remains, regexp_replace(note, '[0-9]+', '*', 'g') AS note FROM cltv_forget('renamed.plain', (SELECT min(customer_id) FROM renamed.orders_of_old));
SELECT count(*) AS calls FROM renamed.calls;

CALL cltv_drop('renamed.plain');
CALL cltv_drop('renamed.folded');
CALL cltv_drop('renamed.club');
RESET client_min_messages;
SET client_min_messages = warning;
DROP SCHEMA renamed CASCADE;
RESET client_min_messages;

-- Forgetting a customer, and keeping none for longer than was said.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA forget;
SET search_path = forget, public;

CREATE TABLE orders AS
SELECT 'ann' || i % 40 AS customer_id, date '2024-01-01' + (i * i * 7 % 300) AS ordered_at, (10 + i % 9)::numeric AS amount
FROM generate_series(1, 200) AS i;
CREATE TABLE people AS SELECT DISTINCT customer_id, customer_id || '@example.com' AS email FROM orders;
CALL cltv_materialize('shop', 'orders', customers => 'people', incremental => true);
CALL cltv_materialize('fresh', 'orders');
CALL cltv_audience('winback', 'SELECT customer_id, email FROM shop WHERE orders > 1', control => 0.2);
CREATE MATERIALIZED VIEW mine AS SELECT customer_id FROM shop_at_risk;

-- While the orders still hold them, the answer says so.
SELECT relation, removed, remaining, note FROM cltv_forget('fresh', 'ann7');
SELECT relation, removed, remaining, regexp_replace(note, 'view of \S+', 'view of somebody') AS note FROM cltv_forget('shop', 'ann7');
SELECT count(*) FROM shop WHERE customer_id = 'ann7';
CALL cltv_refresh('shop');
SELECT count(*) FROM shop WHERE customer_id = 'ann7';

-- Once these are gone, so is all of it: models keep sums.
CALL cltv_rebuild('shop');
CALL cltv_refresh('shop');
CALL cltv_audience_refresh('winback');
SELECT count(*) FROM shop WHERE customer_id = 'ann7';
DELETE FROM orders WHERE customer_id = 'ann7';
DELETE FROM people WHERE customer_id = 'ann7';
SELECT relation, removed, remaining, note FROM cltv_forget('fresh', 'ann7', refresh => false);
SELECT relation, removed, remaining, note FROM cltv_forget('fresh', 'ann7');
SELECT relation, removed, remaining, regexp_replace(note, 'view of \S+', 'view of somebody') AS note FROM cltv_forget('shop', 'ann7');
SELECT (SELECT count(*) FROM shop_history WHERE customer_id = 'ann7'), (SELECT count(*) FROM shop WHERE customer_id = 'ann7'),
       (SELECT count(*) FROM fresh WHERE customer_id = 'ann7'), (SELECT count(*) FROM winback WHERE customer_id = 'ann7'),
       (SELECT count(*) FROM winback_outbox WHERE customer_id = 'ann7'), (SELECT count(*) FROM shop_history);
CALL cltv_refresh('shop');
SELECT count(*) FROM shop WHERE customer_id = 'ann7';
-- Another with the beginning of the same name, or with the case of it changed, is another.
SELECT relation, removed FROM cltv_forget('winback', 'ann') WHERE removed > 0;
SELECT relation, removed FROM cltv_forget('winback', 'ANN8') WHERE removed > 0;
SELECT relation, removed FROM cltv_forget('winback', 'ann8'::varchar) WHERE removed > 0;

-- Keys of any type
CREATE TYPE kind AS ENUM ('a', 'b c', '"q"', 'd');
CREATE DOMAIN number AS numeric;
DO $$
DECLARE
    tried record;
    found text;
BEGIN
    FOR tried IN SELECT * FROM (VALUES ('int', 'i', '07'), ('bigint', 'i', '7'), ('numeric', 'i', '7.00'), ('number', 'i', '7.0'), ('uuid', 'md5(i::text)', '8F14E45F-CEEA-167A-5A36-DEDD4BEA2543'),
        ('char(9)', 'i', '7'), ('date', 'date ''2024-01-01'' + i', '2024-01-08'), ('int[]', 'ARRAY[i, 1]', '{7,1}'),
        ('kind', '(ARRAY[''a'', ''b c'', ''"q"'', ''d''])[1 + i % 4]', 'd'), ('text', '''o''''x"'' || i', 'o''x"7')) AS t (type, term, customer) LOOP
        EXECUTE format('CREATE TABLE o AS SELECT (%s)::%s AS "Who %%", date ''2024-01-01'' + (i + k) %% 50 AS ordered_at, 10 AS amount '
                       'FROM generate_series(1, 10) AS i, generate_series(1, 30, 7) AS k', tried.term, tried.type);
        CALL cltv_materialize('forget."s''h%op"', 'o', customer => 'Who %', incremental => tried.type <> 'uuid');
        EXECUTE format('DELETE FROM o WHERE "Who %%" = %L', tried.customer);
        EXECUTE 'SELECT string_agg(format(''%s %s %s'', f.relation, f.removed, f.remaining), '', '') FROM cltv_forget(''forget."s''''h%op"'', $1) AS f WHERE f.remaining IS NOT NULL AND f.relation LIKE ''forget%'''
        INTO found USING tried.customer;
        RAISE WARNING '%: %', tried.type, found;
        CALL cltv_drop('forget."s''h%op"');
        DROP TABLE o;
    END LOOP;
END $$;
CREATE TABLE o AS SELECT i AS customer_id, date '2024-01-01' + (i + k) % 50 AS ordered_at, 10 AS amount FROM generate_series(1, 10) AS i, generate_series(1, 30, 7) AS k;
CALL cltv_materialize('numbers', 'o', incremental => true);
SELECT removed, note FROM cltv_forget('numbers', 3) WHERE relation = 'forget.numbers_history';
SELECT removed, note FROM cltv_forget('numbers', 4::bigint) WHERE relation = 'forget.numbers_history';
SELECT count(*) FROM numbers_history;
SELECT * FROM cltv_forget('numbers', 'three');
SELECT * FROM cltv_forget('numbers', '99999999999');
SELECT * FROM cltv_explain('numbers', 'three');
CALL cltv_audience('listed', 'SELECT customer_id FROM numbers');
SELECT * FROM cltv_forget('listed', '3.5');
CALL cltv_drop('listed');

-- What was found in the orders may name the customer, too.
CREATE TABLE tills AS SELECT 5000 + i % 300 AS customer_id, date '2024-01-01' + (i * 7 + i / 300 * 31) % 300 AS ordered_at, (10 + i % 9)::numeric AS amount FROM generate_series(1, 600) AS i;
INSERT INTO tills SELECT 5017, date '2024-01-01' + i * 4, 12 FROM generate_series(1, 60) AS i;
CALL cltv_materialize('till', 'tills');
CALL cltv_refresh('till');
SELECT findings FROM cltv_refresh_log WHERE name = 'forget.till' AND role = current_user;
DELETE FROM tills WHERE customer_id = 5017;
SELECT removed, remaining, note FROM cltv_forget('till', 501) WHERE relation LIKE '%.cltv_refresh_log';
SELECT removed, remaining, note FROM cltv_forget('till', 5017) WHERE relation LIKE '%.cltv_refresh_log';
SELECT health FROM cltv_health WHERE name = 'forget.till';
SELECT count(*) AS named FROM cltv_refresh_log AS l WHERE l.name = 'forget.till' AND strpos(l::text, '5017') > 0;
-- A small number is also a count, a share and a part of a date: what goes is what names this customer alone.
INSERT INTO tills SELECT 5017, date '2024-01-01' + i * 4, 12 FROM generate_series(1, 60) AS i;
UPDATE tills SET customer_id = CASE customer_id WHEN 5017 THEN 9 WHEN 5009 THEN 17 ELSE customer_id - 5000 END;
CALL cltv_refresh('till');
SELECT findings FROM cltv_refresh_log WHERE name = 'forget.till' AND role = current_user;
SELECT removed FROM cltv_forget('till', 1) WHERE relation LIKE '%.cltv_refresh_log';
SELECT removed FROM cltv_forget('till', 4) WHERE relation LIKE '%.cltv_refresh_log';
SELECT removed FROM cltv_forget('till', '0009') WHERE relation LIKE '%.cltv_refresh_log';
-- So are keys with quotes, and those that a type spells in another way.
CREATE TABLE written AS SELECT CASE customer_id WHEN 9 THEN 'O''x" 9\' ELSE 'k' || customer_id END AS customer_id, ordered_at, amount FROM tills;
CALL cltv_materialize('till', 'written', replace => true);
SELECT findings FROM cltv_refresh_log WHERE name = 'forget.till' AND role = current_user;
SELECT removed FROM cltv_forget('till', 'O') WHERE relation LIKE '%.cltv_refresh_log';
SELECT removed FROM cltv_forget('till', 'O''x" 9\') WHERE relation LIKE '%.cltv_refresh_log';
CREATE TABLE exact AS SELECT customer_id::numeric(9, 2), ordered_at, amount FROM tills;
CALL cltv_materialize('till', 'exact', replace => true);
SELECT findings FROM cltv_refresh_log WHERE name = 'forget.till' AND role = current_user;
SELECT removed FROM cltv_forget('till', 9) WHERE relation LIKE '%.cltv_refresh_log';
CALL cltv_drop('till');
DROP TABLE tills, written, exact;

-- Contracts
CREATE TABLE contracts AS SELECT i AS customer_id, date '2024-01-01' + i AS started_on, CASE WHEN i % 3 = 0 THEN date '2024-06-01' + i * 3 END AS ended_on, 10.0 AS mrr
FROM generate_series(1, 60) AS i;
CALL cltv_materialize_contracts('subscribers', 'contracts');
SELECT relation, removed, remaining, note FROM cltv_forget('subscribers', 5);
DELETE FROM contracts WHERE customer_id = 5;
SELECT relation, removed, remaining, note FROM cltv_forget('subscribers', 5);

-- What cannot be
SELECT * FROM cltv_forget('orders', 'ann7');
SELECT * FROM cltv_forget(NULL, 'ann7');
SELECT * FROM cltv_forget('nowhere', 'ann7');
SELECT * FROM cltv_forget('shop', NULL::text);
SELECT * FROM cltv_forget('shop', NULL::int);
SELECT * FROM cltv_forget('shop', 'ann7', NULL);
SELECT count(*) FROM cltv_forget('shop', '');

-- Retention. Orders are moved to today, so that the clock may judge them.
CREATE TABLE recent AS
SELECT i % 40 AS customer_id, current_date - (i % 40) * 40 - (i * 7 % 30) AS ordered_at, (10 + i % 9)::numeric AS amount FROM generate_series(1, 400) AS i;
CALL cltv_materialize('kept', 'recent', incremental => true);
CALL cltv_materialize('read', 'recent');
CALL cltv_audience('list', 'SELECT customer_id FROM kept WHERE orders > 1', control => 0.2);
SET client_min_messages = notice;
CALL cltv_retain('kept', '2 years');
CALL cltv_retain('read', '2 years');
RESET client_min_messages;
SET client_min_messages = warning;
SELECT (SELECT min(last_row(history)) >= current_date - interval '2 years' FROM kept_history) AS all_younger, (SELECT count(*) FROM kept_history) AS left_there,
       (SELECT count(DISTINCT customer_id) FROM recent WHERE ordered_at >= current_date - interval '2 years') AS expected;
SELECT cltv_retention('kept');
-- Audiences: who has left before that time, and what they were sent.
CALL cltv_refresh('kept');
SELECT count(*) FILTER (WHERE left_at IS NULL) = (SELECT count(*) FROM kept WHERE orders > 1) AS current, count(*) FILTER (WHERE left_at IS NOT NULL) > 0 AS left FROM list;
UPDATE list SET entered_at = entered_at - interval '9 years', left_at = left_at - interval '3 years';
UPDATE list_outbox SET at = at - interval '3 years';
UPDATE list_versions SET at = at - interval '3 years';
CALL cltv_retain('list', '4 years');
CALL cltv_refresh('kept');
SELECT count(*) FILTER (WHERE left_at IS NOT NULL) > 0 AS left FROM list;
CALL cltv_retain('list', NULL);
CALL cltv_audience_refresh('list');
SELECT count(*) FILTER (WHERE left_at IS NOT NULL) > 0 AS left FROM list;
CALL cltv_refresh('kept');
SELECT count(*) AS n, count(*) FILTER (WHERE left_at IS NOT NULL) AS left FROM list;
SELECT count(*) = (SELECT count(*) FROM list WHERE arm = 'treated') AS of_those FROM list_outbox;
SELECT count(*) FROM list_versions;
-- All are kept again.
CALL cltv_retain('kept', NULL);
CALL cltv_rebuild('kept');
CALL cltv_refresh('kept');
SELECT count(*) FROM kept;
CALL cltv_retain('kept', '-1 day');
CALL cltv_retain('kept', '23 hours');
CALL cltv_retain('kept', '300000 years');
CALL cltv_retain('kept', '100000 years');
CALL cltv_retain('kept', '12000 months');
CALL cltv_retain('kept', interval '2147483647 days');
CALL cltv_retain('kept', interval '999 years');
CALL cltv_retain('kept', NULL);
CALL cltv_retain('recent', '1 year');

DROP MATERIALIZED VIEW mine;
CALL cltv_drop('winback');
CALL cltv_drop('list');
CALL cltv_drop('shop');
CALL cltv_drop('fresh');
CALL cltv_drop('numbers');
CALL cltv_drop('subscribers');
CALL cltv_drop('kept');
CALL cltv_drop('read');
DROP TABLE orders, people, contracts, recent, o;
DROP TYPE kind;
DROP DOMAIN number;
DROP SCHEMA forget;

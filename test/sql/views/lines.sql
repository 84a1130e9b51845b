-- cltv_materialize over the lines of orders, with refunds that undo their orders; made, refreshed and folded in
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA by_line;
SET search_path = by_line, public;

-- A shop of orders, and the same one as lines: each order in two, a minute apart.
CREATE TABLE whole AS
SELECT row_number() OVER (ORDER BY customer_id, ordered_at) AS number, customer_id, ordered_at, amount
FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
                     customers => 300, first_day => '2023-01-01', last_day => '2024-12-31', seed => 5);
CREATE TABLE lines AS
SELECT number AS invoice, NULL::bigint AS credit_of, customer_id, ordered_at + part * interval '1 minute' AS ordered_at,
       CASE part WHEN 0 THEN 5 ELSE amount::numeric - 5 END AS amount
FROM whole, generate_series(0, 1) AS part;
CALL cltv_materialize('shop', 'lines', order_id => 'invoice');
CALL cltv_materialize('of_orders', 'whole');
SELECT count(*) AS customers, sum(orders) AS orders FROM shop;
SELECT count(*) FILTER (WHERE (l.orders, l.revenue, l.frequency, l.recency, l.tenure, l.segment) = (o.orders, o.revenue, o.frequency, o.recency, o.tenure, o.segment)
                              AND abs(l.cltv / o.cltv - 1) < 1e-9) AS same
FROM shop AS l JOIN of_orders AS o USING (customer_id);
SELECT key, value FROM jsonb_each_text(cltv_made_as('shop')) WHERE key IN ('order_id', 'refund_of', 'refunds') ORDER BY key;
SELECT relname, attname, col_description(attrelid, attnum) AS remark FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
WHERE attrelid IN ('shop'::regclass, 'shop_history'::regclass) AND attname IN ('orders', 'history') ORDER BY 1, 2;

-- A customer of UCI Online Retail, who cancelled after 12 minutes: the refund is a row of its own number.
INSERT INTO lines VALUES (553573, NULL, 16446, '2024-05-18 09:52', 1.65), (553573, NULL, 16446, '2024-05-18 09:52', 1.25),
    (581483, NULL, 16446, '2024-12-09 09:15', 168469.60), (581484, 581483, 16446, '2024-12-09 09:27', -168469.60);
CALL cltv_refresh('shop');
CALL cltv_materialize('matched', 'lines', order_id => 'invoice', refunds => 'match');
CALL cltv_materialize('named', 'lines', order_id => 'invoice', refund_of => 'credit_of');
SELECT v.how, s.orders, s.last_order, s.revenue, s.frequency, rank <= 10 AS among_the_first
FROM (VALUES ('order_id', 'shop'), ('order_id, match', 'matched'), ('order_id, refund_of', 'named')) AS v (how, name),
     LATERAL (SELECT * FROM (SELECT 'shop' AS name, *, rank() OVER (ORDER BY cltv DESC NULLS LAST) FROM shop
                             UNION ALL SELECT 'matched', *, rank() OVER (ORDER BY cltv DESC NULLS LAST) FROM matched
                             UNION ALL SELECT 'named', *, rank() OVER (ORDER BY cltv DESC NULLS LAST) FROM named) AS u
              WHERE u.name = v.name AND u.customer_id = 16446) AS s;
SELECT DISTINCT col_description(c.oid::regclass, attnum) AS remark FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
WHERE attrelid IN ('matched'::regclass, 'named'::regclass) AND attname = 'orders' ORDER BY 1;
-- What is refunded after the day of observation was not refunded then.
CALL cltv_materialize('back_then', 'lines', order_id => 'invoice', refund_of => 'credit_of', as_of => '2024-12-08');
INSERT INTO lines VALUES (600000, 553573, 16446, '2024-12-20', -2.90);
CALL cltv_refresh('back_then');
SELECT orders, revenue FROM back_then WHERE customer_id = 16446;
CALL cltv_refresh('named');
SELECT count(*) AS nothing_is_left FROM named WHERE customer_id = 16446;

-- Night by night, folded in: lines that come a month after their order, refunds of orders settled long ago, refunds that are
-- taken back, lines that are deleted. Afterwards every history is the one that all lines make.
CREATE TABLE fed (LIKE lines);
CREATE PROCEDURE of_all(name text, orders regclass) LANGUAGE plpgsql AS $$
BEGIN
    CALL cltv_materialize(name, orders, order_id => 'invoice', incremental => true, late_days => 5);
    CALL cltv_materialize(name || '_r', orders, order_id => 'invoice', refund_of => 'credit_of', incremental => true, late_days => 5);
    CALL cltv_materialize(name || '_m', orders, refunds => 'match', incremental => true, late_days => 5);
    CALL cltv_materialize(name || '_om', orders, order_id => 'invoice', refunds => 'match', incremental => true, late_days => 5);
END $$;
CALL of_all('inc', 'fed');
CREATE TABLE nights (night date, way text, differences bigint);
CREATE FUNCTION differing(way text, query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %I AS h FULL JOIN (SELECT q.customer, purchase_history(q.ordered_at, q.amount) AS history '
                   'FROM (%s) AS q GROUP BY 1) AS f ON f.customer = h.customer_id '
                   'WHERE h.history::text IS DISTINCT FROM f.history::text', way || '_history', query) INTO found;
    RETURN found;
END $$;
CREATE PROCEDURE one_night(night date) LANGUAGE plpgsql AS $$
DECLARE
    way record;
BEGIN
    INSERT INTO fed
    SELECT l.* FROM lines AS l
    WHERE l.ordered_at::date = night AND (l.invoice % 9 <> 0 OR extract(minute FROM l.ordered_at) = 0) AND l.customer_id < 1000;
    -- second lines of orders of a month ago, dated today; refunds of orders of three weeks ago
    INSERT INTO fed SELECT l.invoice, NULL, l.customer_id, night + time '08:00', 1 FROM fed AS l
    WHERE l.ordered_at::date = night - 30 AND l.invoice % 9 = 0;
    INSERT INTO fed SELECT l.invoice + 1000000, l.invoice, l.customer_id, night + time '09:00', -sum(l.amount) FROM fed AS l
    WHERE l.ordered_at::date = night - 21 AND l.invoice % 4 = 0 AND l.credit_of IS NULL GROUP BY l.invoice, l.customer_id;
    INSERT INTO fed SELECT l.invoice + 2000000, l.invoice, l.customer_id, night + time '09:00', -l.amount FROM fed AS l
    WHERE l.ordered_at::date = night - 20 AND l.invoice % 4 = 1 AND l.credit_of IS NULL;
    -- some taken back
    DELETE FROM fed WHERE credit_of IS NOT NULL AND ordered_at::date = night - 3 AND credit_of % 3 = 0;
    DELETE FROM fed WHERE ordered_at::date = night - 2 AND invoice % 11 = 0;
    IF night = '2023-03-01' THEN    -- a typing error, which is never mended
        INSERT INTO fed VALUES (3000000, NULL, 5000, '2062-03-01', 10);
    END IF;
    FOR way IN
        SELECT w.name, q.query FROM (VALUES ('inc', 'invoice', NULL, 'subtract'), ('inc_r', 'invoice', 'credit_of', 'subtract'),
                ('inc_m', NULL, NULL, 'match'), ('inc_om', 'invoice', NULL, 'match')) AS w (name, order_id, refund_of, refunds),
            cltv_orders_source('fed', 'customer_id', 'ordered_at', 'amount', false, w.order_id, w.refund_of, w.refunds) AS q
    LOOP
        PERFORM cltv_fold(way.name::regclass, false);
        INSERT INTO nights SELECT night, way.name,
            differing(way.name, format('SELECT * FROM (%s) AS a WHERE a.ordered_at < ''2030-01-01''', way.query));
    END LOOP;
END $$;
DO $$ BEGIN FOR day IN 0..100 LOOP CALL one_night(date '2023-01-01' + day); END LOOP; END $$;
SELECT way, count(*) AS nights, sum(differences) AS differences FROM nights GROUP BY way ORDER BY way;
SELECT settled_until < '2023-04-07' AND settled_until > '2023-03-25' AS near, late_days FROM inc_om_watermark;
SELECT count(*) > 0 AS someone, count(*) FILTER (WHERE open) > 0 AS some_open, count(*) FILTER (WHERE NOT open) > 0 AS some_settled
FROM inc_om_history;
SELECT count(*) > 0 AS undone_and_remembered FROM inc_om_history WHERE history IS NULL;
CALL cltv_refresh('inc_om');
CALL cltv_materialize('full_om', 'fed', order_id => 'invoice', refunds => 'match');
SELECT count(*) AS differences FROM (SELECT customer_id, orders, frequency, tenure, segment, cltv FROM full_om EXCEPT
                                     SELECT customer_id, orders, frequency, tenure, segment, cltv FROM inc_om) AS d;
SELECT (SELECT count(*) FROM inc_om) - (SELECT count(*) FROM full_om) AS missing;
SELECT attname, col_description(attrelid, attnum) AS remark FROM pg_attribute
WHERE attrelid IN ('inc_om_history'::regclass, 'inc_om_source'::regclass) AND attnum > 0 ORDER BY attrelid::regclass::text, attnum;
CALL cltv_rebuild('inc_om');
CALL cltv_refresh('inc_om');
SELECT count(*) AS differences FROM (SELECT customer_id, orders, frequency, tenure, segment, cltv FROM full_om EXCEPT
                                     SELECT customer_id, orders, frequency, tenure, segment, cltv FROM inc_om) AS d;

-- What is odd about the orders is said once, when they are materialised, and kept with each refresh.
CREATE TABLE odd AS SELECT invoice, customer_id, date_trunc('day', ordered_at) AS ordered_at, amount FROM lines;
INSERT INTO odd VALUES (1, 5, '2062-03-01', 10);
SET client_min_messages = notice;
CALL cltv_materialize('odd_shop', 'odd');
CALL cltv_materialize('odd_folded', 'odd', order_id => 'invoice', incremental => true);
DELETE FROM odd WHERE ordered_at > '2060-01-01';
CALL cltv_materialize('lines_only', 'odd');
CALL cltv_materialize('of_orders_again', 'whole');
SET client_min_messages = warning;
CALL cltv_refresh('odd_shop');
CALL cltv_refresh('odd_folded');
SELECT name, findings FROM cltv_refresh_log WHERE name LIKE '%.odd%' ORDER BY started;
SELECT name, health, reason FROM cltv_health WHERE name LIKE '%.odd%' ORDER BY name;

-- Customers without orders are rows of their own kind, and change nothing of the others.
CREATE TABLE accounts AS SELECT DISTINCT customer_id, timestamp '2022-06-01' AS since, 'AT' AS country FROM whole;
INSERT INTO accounts VALUES (90001, '2024-11-30 23:00', 'CH'), (90002, '2025-03-01', 'DE'), (90003, NULL, 'AT'), (NULL, NULL, NULL);
INSERT INTO accounts VALUES (16446, NULL, 'UK');
CALL cltv_materialize('only_buyers', 'whole', customers => 'accounts');
CALL cltv_materialize('everybody', 'whole', customers => 'accounts', all_customers => true, signed_up => 'since');
SELECT customer_id, country, first_order, orders, revenue, frequency, tenure, r, f, m, segment, expected_orders, cltv, value_tier
FROM everybody WHERE customer_id > 1000 ORDER BY 1;
SELECT count(*) AS missing FROM (TABLE only_buyers EXCEPT TABLE everybody) AS d;
SELECT count(*) AS more FROM (TABLE everybody EXCEPT TABLE only_buyers) AS d;
SELECT segment, customers, revenue FROM everybody_segments WHERE segment = 'Never Ordered';
CALL cltv_materialize('everybody_folded', 'lines', order_id => 'invoice', refund_of => 'credit_of', customers => 'accounts',
                      all_customers => true, incremental => true);
CALL cltv_refresh('everybody_folded');
SELECT customer_id, orders, revenue, tenure, segment FROM everybody_folded WHERE customer_id > 1000 ORDER BY 1;
SELECT health FROM cltv_health WHERE name = 'by_line.everybody_folded';
CALL cltv_materialize('bad', 'whole', all_customers => true);
CALL cltv_materialize('bad', 'whole', customers => 'accounts', signed_up => 'since');
CALL cltv_materialize('bad', 'whole', customers => 'accounts', all_customers => true, signed_up => 'country');

-- What cannot be.
CALL cltv_materialize('bad', 'lines', order_id => 'number');
CALL cltv_materialize('bad', 'lines', refund_of => 'credit_of');
CALL cltv_materialize('bad', 'lines', order_id => 'invoice', refund_of => 'credit');
CALL cltv_materialize('bad', 'lines', refunds => 'ignore');
CALL cltv_materialize('bad', 'lines', refunds => NULL);
ALTER TABLE lines RENAME customer_id TO order_key;
CALL cltv_materialize('bad', 'lines', customer => 'order_key');

DROP SCHEMA by_line CASCADE;
DELETE FROM cltv_refresh_runs;

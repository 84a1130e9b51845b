-- What customers are worth with those whom they brought
\set SHOW_CONTEXT never
CREATE TABLE "the Referrals" ("by whom" int, "whom" bigint);
CREATE TABLE worth (customer text, value numeric);
-- 1 brought 2 and 3, 2 brought 4, 4 brought 5; 6 brought itself; 9 has no value, 8 was brought by nobody.
INSERT INTO "the Referrals" VALUES (1, 2), (1, 3), (2, 4), (4, 5), (6, 6), (8, 9), (1, 2), (NULL, 7), (7, NULL);
INSERT INTO worth VALUES ('1', 100), ('2', 10), ('3', 20), ('4', 40), ('5', 60), ('5', 20), ('6', 7), ('7', NULL), ('8', 1), (NULL, 1000), ('', 1000);
SELECT * FROM referral_value('"the Referrals"', 'by whom', 'whom', 'worth', 'customer', 'value') ORDER BY customer_id;
SELECT * FROM referral_value('"the Referrals"', 'by whom', 'whom', 'worth', 'customer', 'value', generations => 1) ORDER BY customer_id LIMIT 2;
SELECT decay, abs(sum(attributed) - sum(own_value)) < 1e-9 AS adds_up, sum(own_value) AS own, sum(total) AS does_not
FROM unnest('{0,0.5,1}'::float8[]) AS decay, referral_value('"the Referrals"', 'by whom', 'whom', 'worth', 'customer', 'value', decay) GROUP BY decay ORDER BY decay;
-- Cycles: 10 brought 11, 11 brought 12, 12 brought 10, and 12 brought 13.
CREATE TABLE circle AS SELECT * FROM (VALUES ('10', '11'), ('11', '12'), ('12', '10'), ('12', '13')) AS r (referrer, referred);
ALTER TABLE circle ADD CHECK (referrer <> referred);
CREATE TABLE ten AS SELECT c::text AS customer, 1::float8 AS value FROM generate_series(10, 13) AS c;
CREATE VIEW of_circle AS SELECT DISTINCT ON (referred) * FROM circle;
SELECT customer_id, referral_value, round(attributed::numeric, 6) AS attributed FROM referral_value('of_circle', 'referrer', 'referred', 'ten', 'customer', 'value') ORDER BY 1;
SELECT round(sum(attributed)::numeric, 12) AS adds_up FROM referral_value('of_circle', 'referrer', 'referred', 'ten', 'customer', 'value');
-- A long chain, and many of one.
CREATE TABLE chain AS SELECT c AS referrer, c + 1 AS referred FROM generate_series(1, 2000) AS c UNION ALL SELECT 0, -c FROM generate_series(1, 3000) AS c;
CREATE TABLE ones AS SELECT c AS customer, 1 AS value FROM generate_series(-3000, 2001) AS c;
SELECT customer_id, referral_value, round(attributed::numeric, 6) AS attributed FROM referral_value('chain', 'referrer', 'referred', 'ones', 'customer', 'value')
WHERE customer_id IN ('0', '1', '2001') ORDER BY 1;
SELECT referral_value FROM referral_value('chain', 'referrer', 'referred', 'ones', 'customer', 'value', 1, 100) WHERE customer_id = '1';
-- The same bits in any order.
SELECT count(DISTINCT v) AS one FROM (
    SELECT md5(string_agg(r::text, ',' ORDER BY customer_id)) AS v FROM referral_value('chain', 'referrer', 'referred', 'ones', 'customer', 'value', 0.3) AS r
    UNION ALL SELECT md5(string_agg(r::text, ',' ORDER BY customer_id)) FROM (SELECT 1 FROM pg_class LIMIT 1) AS o, referral_value('chain', 'referrer', 'referred', 'ones', 'customer', 'value', 0.3) AS r) AS v;
-- NULL, nothing, what is refused.
SELECT count(*) FROM referral_value(NULL, 'a', 'b', 'ten', 'customer', 'value');
DELETE FROM worth;
SELECT count(*), sum(total) FROM referral_value('"the Referrals"', 'by whom', 'whom', 'worth', 'customer', 'value');
SELECT referral_value('circle', 'referrer', 'referred', 'ten', 'customer', 'value', 1.5);
SELECT referral_value('circle', 'referrer', 'referred', 'ten', 'customer', 'value', 'NaN');
SELECT referral_value('circle', 'referrer', 'referred', 'ten', 'customer', 'value', 0.5, 0);
INSERT INTO circle VALUES ('1', '13');
SELECT referral_value('circle', 'referrer', 'referred', 'ten', 'customer', 'value');
SELECT referral_value('circle', 'who', 'referred', 'ten', 'customer', 'value');
SELECT referral_value('of_circle', 'referrer', 'referred', 'ten', 'customer', 'customer');
CREATE ROLE cltv_reader;
SET ROLE cltv_reader;
SELECT referral_value('of_circle', 'referrer', 'referred', 'ten', 'customer', 'value');
RESET ROLE;
DROP ROLE cltv_reader;
DROP VIEW of_circle;
DROP TABLE "the Referrals", worth, circle, ten, chain, ones;

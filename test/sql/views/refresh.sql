-- cltv_refresh, its log, the folding in of new orders, and what cltv_health says of it all
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DELETE FROM cltv_refresh_runs;
CREATE SCHEMA nightly;
SET search_path = nightly, public;

CREATE TABLE all_orders AS
SELECT * FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
                              customers => 600, first_day => '2023-01-01', last_day => '2024-12-31', seed => 11);
CREATE TABLE night_orders AS SELECT * FROM all_orders WHERE ordered_at < '2024-11-01';
CREATE TABLE buyers_of_the_night AS SELECT DISTINCT customer_id, 0.5 AS margin FROM all_orders;
CALL cltv_materialize('night', 'night_orders', customers => 'buyers_of_the_night', margin => 'margin');
SELECT name, finished >= started AS finished, as_of, customers, orders, status, drift, error FROM cltv_refresh_log;

-- A refresh takes in what is new, and moves as_of on; a fixed as_of stays.
CALL cltv_materialize('back_then', 'night_orders', as_of => '2024-06-30');
INSERT INTO night_orders SELECT * FROM all_orders WHERE ordered_at BETWEEN '2024-11-01' AND '2024-12-01';
UPDATE buyers_of_the_night SET margin = 0.25;
CALL cltv_refresh('night');
CALL cltv_refresh('back_then');
CREATE VIEW night_log AS
SELECT name, as_of, customers, orders, status, round((parameters ->> 'r')::numeric, 3) AS r, round((parameters ->> 'spend.p')::numeric, 2) AS p,
       drift -> 'actual' AS actual, round((drift ->> 'predicted')::numeric, 1) AS predicted,
       round((drift #>> '{parameters,r}')::numeric, 2) AS drift_r, round((drift #>> '{parameters,spend.v}')::numeric, 2) AS drift_v,
       round((drift #>> '{psi,cltv}')::numeric, 4) AS psi_cltv, round((drift #>> '{psi,orders}')::numeric, 4) AS psi_orders,
       drift, error, started
FROM cltv_refresh_log WHERE finished IS NOT NULL;
SELECT name, as_of, customers, orders, r, p, actual, predicted, drift_r, drift_v, psi_cltv, psi_orders, error
FROM night_log ORDER BY started;
CALL cltv_materialize('afresh', 'night_orders', customers => 'buyers_of_the_night', margin => 'margin');
SELECT count(*) AS differences FROM (TABLE night EXCEPT TABLE afresh) AS d;
SELECT count(*) AS weeks FROM night_forecast AS n JOIN afresh_forecast AS a USING (week, first_day, last_day)
WHERE abs(n.expected_purchases - a.expected_purchases) < 1e-9 AND abs(n.expected_revenue - a.expected_revenue) < 1e-9;
-- The drift by hand: the purchases of those who were known, since then; the parameters in standard errors; PSI from the
-- deciles of the customers before.
SELECT (SELECT sum(frequency) FROM night WHERE first_order <= '2024-10-31') - sum((s).frequency) AS actual
FROM (SELECT rfm_summary(ordered_at, amount, date '2024-10-31') AS s FROM all_orders GROUP BY customer_id) AS before;
WITH before AS (
    SELECT customer_id, s.* FROM (SELECT customer_id, rfm_summary(ordered_at, amount, date '2024-10-31') AS s
                                  FROM all_orders GROUP BY customer_id) AS t, LATERAL (SELECT (s).*) AS s WHERE s.orders > 0
), cuts AS (
    SELECT percentile_disc('{.1,.2,.3,.4,.5,.6,.7,.8,.9}'::float8[]) WITHIN GROUP (ORDER BY orders::float8) AS orders FROM before
), bins AS (
    SELECT bin, (SELECT count(*) FROM before, cuts WHERE width_bucket(before.orders::float8, cuts.orders) = bin) AS expected,
           (SELECT count(*) FROM night, cuts WHERE width_bucket(night.orders::float8, cuts.orders) = bin) AS actual
    FROM generate_series(0, 9) AS bin
)
SELECT round(population_stability_index(array_agg(expected ORDER BY bin), array_agg(actual ORDER BY bin))::numeric, 4) AS psi_orders,
       round((SELECT (n.r - f.r) / (SELECT std_error FROM model_params(n.orders_model) WHERE name = 'r')
              FROM night_model AS n, (SELECT (bgnbd_fit(frequency, recency, tenure)::jsonb #>> '{params,r}')::float8 AS r
                                      FROM before) AS f)::numeric, 2) AS drift_r
FROM bins;

-- population_stability_index by hand: shares .5 .5 against .8 .2
SELECT round(population_stability_index('{50,50}', '{80,20}')::numeric, 6) AS psi,
       round(((0.8 - 0.5) * ln(0.8 / 0.5) + (0.2 - 0.5) * ln(0.2 / 0.5))::numeric, 6) AS by_hand;
SELECT population_stability_index('{1,2,3}', '{10,20,30}') AS scaled, population_stability_index('{0,10}', '{0,10}') AS same,
       round(population_stability_index('{0,10}', '{5,5}')::numeric, 4) AS half_for_none, population_stability_index(NULL, '{1}') AS null,
       population_stability_index('{}', '{}') AS no_bins;
SELECT population_stability_index('{1,2}', '{1,2,3}');
SELECT population_stability_index('{1,-2}', '{1,2}');
SELECT population_stability_index('{1,2}', '{1,NULL}');

-- Folding in night by night: late orders, corrections and deletions within the window, refunds, orders of unknown value,
-- amounts that no sum of doubles holds. Afterwards every history is the one that all orders make.
CREATE TABLE folded_orders (LIKE night_orders);
CREATE INDEX ON folded_orders (ordered_at);
CALL cltv_materialize('inc', 'folded_orders', incremental => true, late_days => 5);
CREATE FUNCTION differences() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*)
    FROM inc_history AS h
    FULL JOIN (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM folded_orders
               WHERE ordered_at IS NOT NULL AND customer_id IS NOT NULL GROUP BY customer_id) AS f USING (customer_id)
    WHERE h.history::text IS DISTINCT FROM f.history::text
$$;
CREATE TABLE nights (night date, folded bigint, differences bigint, settled_until date);
CREATE PROCEDURE one_night(night date) LANGUAGE plpgsql AS $$
DECLARE folded bigint;
BEGIN
    -- of the night's orders a seventh comes late
    INSERT INTO folded_orders
    SELECT customer_id, ordered_at, CASE customer_id % 11 WHEN 1 THEN NULL WHEN 2 THEN -amount WHEN 3 THEN amount * 1e13 WHEN 4 THEN amount / 1e13
                                    ELSE amount END
    FROM all_orders
    WHERE ordered_at::date = night AND (customer_id + extract(day FROM ordered_at)::int) % 7 <> 0
        OR ordered_at::date = night - 4 AND (customer_id + extract(day FROM ordered_at)::int) % 7 = 0;
    -- corrections and deletions
    UPDATE folded_orders SET amount = amount + 0.1 WHERE ordered_at::date = night - 2 AND customer_id % 3 = 0;
    UPDATE folded_orders SET customer_id = customer_id + 1 WHERE ordered_at::date = night - 1 AND customer_id % 5 = 0;
    DELETE FROM folded_orders WHERE ordered_at::date = night - 3 AND customer_id % 4 = 0;
    folded := cltv_fold('inc', false);
    INSERT INTO nights SELECT night, folded, differences(), settled_until FROM inc_watermark;
END $$;
DO $$ BEGIN FOR day IN 0..120 LOOP CALL one_night(date '2023-01-01' + day); END LOOP; END $$;
SELECT count(*) AS nights, sum(differences) AS differences, max(settled_until) AS settled_until, max(folded) < 100 AS few_a_night FROM nights;
SELECT count(*) AS customers, count(settled) AS settled FROM inc_history;
-- Older than the window: not seen by a refresh, but by cltv_rebuild; a wider window from now on.
INSERT INTO folded_orders VALUES (1, '2023-01-02', 1), (100001, '2023-01-03', 1);
DELETE FROM folded_orders WHERE customer_id = (SELECT min(customer_id) FROM folded_orders WHERE ordered_at < '2023-01-05' AND customer_id > 1);
SELECT cltv_fold('inc', false) > 0 AS folded, differences();
CALL cltv_rebuild('inc');
SELECT differences(), settled_until, late_days FROM inc_watermark;
UPDATE inc_watermark SET late_days = 400;
CALL cltv_rebuild('inc');
SELECT differences(), settled_until FROM inc_watermark;
UPDATE folded_orders SET amount = 1 WHERE customer_id % 2 = 0;
DELETE FROM folded_orders WHERE customer_id % 3 = 0;
SELECT cltv_fold('inc', false) > 0 AS folded, differences();
UPDATE inc_watermark SET late_days = -1;
-- An order of a day to come is left out, and settles nothing.
UPDATE inc_watermark SET late_days = 5;
INSERT INTO folded_orders VALUES (1, '9999-12-31', 1);
CALL cltv_rebuild('inc');
SELECT settled_until < current_date - 5 AS not_dragged, differences() AS left_out FROM inc_watermark;
DELETE FROM folded_orders WHERE ordered_at = '9999-12-31';
SELECT cltv_fold('inc', false) AS folded, differences();
-- Nor do several of one customer, whether they are taken back or not; what comes later is not lost.
INSERT INTO folded_orders SELECT 100, day, 1 FROM unnest('{2062-03-01,2062-03-02,2062-03-03,2062-03-04}'::timestamp[]) AS day;
CALL cltv_refresh('inc');
CREATE TEMPORARY TABLE before_typo AS SELECT settled_until FROM inc_watermark;
INSERT INTO folded_orders SELECT customer_id, ordered_at, amount FROM all_orders WHERE ordered_at::date BETWEEN '2023-05-02' AND '2023-05-05';
CALL cltv_refresh('inc');
SELECT settled_until < current_date - 5 AS not_dragged, settled_until >= (SELECT settled_until FROM before_typo) AS goes_on,
       (SELECT max(last_row(history)) FROM inc_history) = (SELECT max(ordered_at)::date FROM folded_orders WHERE ordered_at < '2060-01-01')
       AS nothing_is_lost, differences() AS left_out FROM inc_watermark;
DELETE FROM folded_orders WHERE ordered_at > '2060-01-01';
CALL cltv_refresh('inc');
SELECT differences();
-- All gone, and back.
DELETE FROM folded_orders;
CALL cltv_rebuild('inc');
SELECT settled_until, (SELECT count(*) FROM inc_history) AS customers FROM inc_watermark;
SELECT cltv_fold('inc', false) AS folded, settled_until FROM inc_watermark;
INSERT INTO folded_orders SELECT * FROM all_orders;
SELECT cltv_fold('inc', false) AS folded, differences();
SELECT settled_until FROM inc_watermark;
CALL cltv_refresh('inc');
CALL cltv_materialize('full', 'folded_orders');
SELECT count(*) AS customers FROM inc;
SELECT count(*) AS differences FROM (SELECT customer_id, frequency, tenure, segment, cltv FROM "full" EXCEPT
                                     SELECT customer_id, frequency, tenure, segment, cltv FROM inc) AS d;
SELECT i.orders_model::text = f.orders_model::text AS same_orders_model, i.spend_model::text = f.spend_model::text AS same_spend_model
FROM inc_model AS i, full_model AS f;
CALL cltv_rebuild('full');
CALL cltv_rebuild('nowhere');
CALL cltv_rebuild(NULL);
SELECT cltv_fold('inc', NULL) IS NULL AS null;

-- A fit that refuses keeps the last good model, of orders or of spend, and says so until one succeeds again.
CREATE TABLE fickle_orders AS SELECT * FROM all_orders WHERE customer_id <= 5;
CALL cltv_materialize('fickle', 'fickle_orders');
SELECT status, spend_status, customers, r IS NULL AS no_parameters FROM fickle_model;
SELECT health, reason FROM cltv_health WHERE name = 'nightly.fickle';
CALL cltv_refresh('fickle');
SELECT status, spend_status, customers, r IS NULL AS no_parameters FROM fickle_model;
INSERT INTO fickle_orders SELECT * FROM all_orders WHERE customer_id > 5;
CALL cltv_refresh('fickle');
SELECT health, reason, customers FROM cltv_health WHERE name = 'nightly.fickle';
SELECT status, spend_status, as_of, customers, round(r::numeric, 3) AS r FROM fickle_model;
DELETE FROM fickle_orders WHERE customer_id > 5;
INSERT INTO fickle_orders VALUES (1, '2025-01-10', 30);
CALL cltv_refresh('fickle');
SELECT status, spend_status, as_of, customers, round(r::numeric, 3) AS r FROM fickle_model;
SELECT count(*) AS customers, count(cltv) AS with_cltv, max(last_order) AS last_order, max(first_order + tenure::int) AS as_of FROM fickle;
SELECT health, reason, customers FROM cltv_health WHERE name = 'nightly.fickle';
CALL cltv_refresh('fickle', concurrently => false);
SELECT health, reason, customers FROM cltv_health WHERE name = 'nightly.fickle';
INSERT INTO fickle_orders SELECT customer_id, ordered_at, 10 FROM all_orders WHERE customer_id > 5;
DELETE FROM fickle_orders WHERE customer_id <= 5;
CALL cltv_refresh('fickle');
SELECT status, spend_status, customers FROM fickle_model;
SELECT health, reason, customers FROM cltv_health WHERE name = 'nightly.fickle';
TRUNCATE fickle_orders;
CALL cltv_refresh('fickle');
SELECT status, spend_status, as_of, customers, (SELECT count(*) FROM fickle) AS now FROM fickle_model;
INSERT INTO fickle_orders SELECT * FROM all_orders;
CALL cltv_refresh('fickle');
SELECT health, customers FROM cltv_health WHERE name = 'nightly.fickle';
SELECT name, as_of, customers, status, r, drift_r, error FROM night_log WHERE name = 'nightly.fickle' ORDER BY started;

-- The words of cltv_health, from rows of the log as refreshes write them.
CREATE PROCEDURE rewrite(name text, what text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE cltv_refresh_runs SET %s WHERE name = %L AND started = (SELECT max(started) FROM cltv_refresh_runs WHERE name = %2$L) AND finished IS NOT NULL',
                   what, name);
END $$;
CREATE FUNCTION health_of(name text) RETURNS TABLE (health text, reason text) LANGUAGE sql
AS $$ SELECT health, regexp_replace(reason, '\d{4}-.*', 'DAY') FROM cltv_health AS h WHERE h.name = health_of.name $$;
CALL rewrite('nightly.fickle', $$drift = '{"parameters": {"r": -3.1, "a": 2.9}, "psi": {"cltv": 0.3, "orders": 0.2}, "predicted": 100, "actual": 139}'$$);
SELECT * FROM health_of('nightly.fickle');
CALL rewrite('nightly.fickle', $$drift = '{"predicted": 100, "actual": 141}'$$);
SELECT * FROM health_of('nightly.fickle');
CALL rewrite('nightly.fickle', $$drift = '{"predicted": 10000, "actual": 12001}'$$);
SELECT * FROM health_of('nightly.fickle');
CALL rewrite('nightly.fickle', $$drift = '{"predicted": 10000, "actual": 8001, "psi": {}}'$$);
SELECT * FROM health_of('nightly.fickle');
UPDATE cltv_refresh_runs SET started = started - interval '47 hours', finished = finished - interval '47 hours' WHERE name = 'nightly.fickle';
SELECT * FROM health_of('nightly.fickle');
UPDATE cltv_refresh_runs SET started = started - interval '2 hours', finished = finished - interval '2 hours' WHERE name = 'nightly.fickle';
SELECT * FROM health_of('nightly.fickle');
-- Data are old after ten times the days that are usual between days with an order, unless their day was given.
BEGIN;
DELETE FROM cltv_refresh_runs WHERE name = 'nightly.fickle';
INSERT INTO cltv_refresh_runs (name, started, finished, as_of, customers, orders, status)
VALUES ('nightly.fickle', clock_timestamp(), clock_timestamp(), current_date, 9, 99, 'converged');
CREATE TABLE by_age AS SELECT 0 AS days, NULL::float8 AS day_gap, NULL::text AS health, NULL::text AS reason WHERE false;
DO $$ DECLARE days int; gap float8; BEGIN
    FOR days, gap IN VALUES (7, 0.5), (8, 0.5), (12, 1.2), (13, 1.2), (30, NULL), (31, NULL), (365, 100), (366, 100), (-3, 1) LOOP
        UPDATE cltv_refresh_runs AS r SET as_of = current_date - days, day_gap = gap WHERE r.name = 'nightly.fickle';
        INSERT INTO by_age SELECT days, gap, h.health, regexp_replace(h.reason, '\d{4}-\d\d-\d\d', 'DAY') FROM cltv_health AS h WHERE h.name = 'nightly.fickle';
    END LOOP;
END $$;
SELECT * FROM by_age;
-- What has drifted is said first.
UPDATE cltv_refresh_runs SET as_of = current_date - 99, day_gap = 1, drift = '{"predicted": 100, "actual": 141}' WHERE name = 'nightly.fickle';
SELECT health, reason FROM cltv_health WHERE name = 'nightly.fickle';
SELECT name, health, reason, days_old FROM cltv_health WHERE name = 'nightly.back_then';
ROLLBACK;
-- What a refresh writes down of it
SELECT day_gap = (SELECT (max(d) - min(d))::float8 / (count(DISTINCT d) - 1) FROM (SELECT unnest(ARRAY[first_order, last_order]) AS d FROM fickle) AS u
                  WHERE d > (SELECT max(last_order) FROM fickle) - 365) AS day_gap
FROM cltv_refresh_runs WHERE name = 'nightly.fickle' AND finished IS NOT NULL ORDER BY started DESC LIMIT 1;
INSERT INTO cltv_refresh_runs (name, started) VALUES ('nightly.fickle', clock_timestamp());
SELECT * FROM health_of('nightly.fickle');
CALL cltv_refresh('fickle');
SELECT * FROM health_of('nightly.fickle');
SELECT error, finished IS NOT NULL AS finished FROM cltv_refresh_log WHERE name = 'nightly.fickle' AND error LIKE 'interrupted%';
-- At work: the lock says so, and another session's call would leave with 55P03.
INSERT INTO cltv_refresh_runs (name, started) VALUES ('nightly.fickle', clock_timestamp());
SELECT cltv_refreshing('fickle') IS NULL AS nobody;
SELECT pg_advisory_lock(hashtext('cltv_refresh'), 'fickle'::regclass::oid::int) \g /dev/null
SELECT cltv_refreshing('fickle') = pg_backend_pid() AS this_session;
SELECT * FROM health_of('nightly.fickle');
CALL cltv_refresh('fickle');
SELECT pg_advisory_unlock(hashtext('cltv_refresh'), 'fickle'::regclass::oid::int), cltv_refreshing('fickle') IS NULL AS nobody;
-- What is no longer there is not watched.
CALL cltv_drop('fickle');
SELECT * FROM health_of('nightly.fickle');

-- A refresh that fails in a step tells which, and leaves that step's view as it was; mended, the next one is whole.
INSERT INTO night_orders VALUES (5, '2024-12-02', 'NaN');
CALL cltv_refresh('night');
SELECT health, reason FROM cltv_health WHERE name = 'nightly.night';
DELETE FROM night_orders WHERE amount = 'NaN';
INSERT INTO buyers_of_the_night VALUES (7, 0.5);
CALL cltv_refresh('night');
SELECT health, reason FROM cltv_health WHERE name = 'nightly.night';
DELETE FROM buyers_of_the_night WHERE customer_id = 7;
UPDATE buyers_of_the_night SET margin = 30 WHERE customer_id = 8;
CALL cltv_refresh('night', concurrently => false);
DROP MATERIALIZED VIEW night_forecast;
UPDATE buyers_of_the_night SET margin = 0.25;
CALL cltv_refresh('night');
SELECT health, reason FROM cltv_health WHERE name = 'nightly.night';
SELECT cltv_refreshing('night') IS NULL AS nobody;

-- Views that are not filled, as a restore of the schema alone leaves them.
REFRESH MATERIALIZED VIEW night_history WITH NO DATA;
REFRESH MATERIALIZED VIEW night WITH NO DATA;
CALL cltv_refresh('night');
SELECT as_of, customers, drift IS NULL AS no_drift, error FROM night_log WHERE name = 'nightly.night' ORDER BY started DESC LIMIT 1;

-- Not everything is refreshed, nor everywhere.
CALL cltv_refresh('all_orders');
CALL cltv_refresh('nowhere');
CALL cltv_refresh('nowhere.night');
CALL cltv_refresh('"no name"');
CALL cltv_refresh(NULL);
BEGIN;
CALL cltv_refresh('night');
ROLLBACK;
DO $$ BEGIN CALL cltv_refresh('night'); END $$;
CREATE FUNCTION refresh_it() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL cltv_refresh('night'); END $$;
SELECT refresh_it();
SELECT count(*) FROM cltv_refresh_log WHERE finished IS NULL AND name = 'nightly.night';
SELECT cltv_refreshing('night') IS NULL AS nobody;
CREATE PROCEDURE two_names() LANGUAGE plpgsql AS $$ BEGIN CALL cltv_refresh('night'); CALL cltv_refresh('back_then', false); END $$;
CALL two_names();
SHOW search_path;
SELECT name, health FROM cltv_health WHERE name IN ('nightly.night', 'nightly.back_then') ORDER BY name;

DROP SCHEMA nightly CASCADE;
DELETE FROM cltv_refresh_runs;

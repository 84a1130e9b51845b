-- Views of contracts: what stands in them is what the functions say of the same rows by hand.
\set SHOW_CONTEXT never
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';

-- 900 customers on two plans, whose months are geometric with a chance of their own: all that will ever be known of them.
CREATE TABLE life AS
SELECT c AS customer_id, CASE WHEN c % 3 = 0 THEN 'team' ELSE 'solo' END AS plan, CASE WHEN c % 3 = 0 THEN 40.00 ELSE 9.90 END AS mrr,
       date '2022-01-01' + (c * 7) % 880 AS started_on,
       (date '2022-01-01' + (c * 7) % 880
           + ceil(ln(((c * 7919) % 997 + 1) / 998.0) / ln(1 - CASE WHEN c % 3 = 0 THEN 0.03 ELSE 0.12 END)) * interval '1 month')::date AS ended_on
FROM generate_series(1, 900) AS c;

-- As it was known at the end of June 2024.
CREATE TABLE subscriptions AS
SELECT l.customer_id, l.plan, l.mrr, l.started_on, CASE WHEN l.ended_on <= '2024-06-30' THEN l.ended_on END AS ended_on
FROM life AS l WHERE l.started_on <= '2024-06-30';
INSERT INTO subscriptions VALUES
    (1001, 'solo', 9.90, '2023-01-01', '2023-03-01'), (1001, 'team', 40.00, '2023-03-01', NULL),    -- changed plans
    (1002, 'solo', 9.90, '2023-01-10', '2023-04-10'), (1002, 'solo', 9.90, '2023-09-01', NULL),     -- came back
    (1003, 'team', 40.00, '2023-02-01', '2023-06-01'), (1003, 'solo', 9.90, '2023-05-01', NULL),    -- two at a time
    (1004, 'solo', 9.90, '2024-05-01', '2024-05-01'),                                               -- never ran
    (1005, 'solo', 9.90, '2024-01-15', '2024-08-15'),                                               -- has cancelled
    (1006, 'solo', 9.90, '2024-06-20', '2024-07-20'),                                               -- leaves at the first renewal
    (NULL, 'solo', 9.90, '2024-06-20', NULL);
CALL cltv_materialize_contracts('club', 'subscriptions', as_of => '2024-06-30', attributes => '{plan}', horizon => 60);
SELECT m.as_of, m.family, m.attributes, m.status, m.contracts, round(m.log_likelihood::numeric, 6) AS log_likelihood,
       (SELECT count(*) FROM jsonb_object_keys(m.compared)) AS compared
FROM club_model AS m;
SELECT * FROM club_history WHERE customer_id > 1000 ORDER BY customer_id, contract_number;
SELECT customer_id, status, first_started, started_on, ended_on, tenure, contracts, renewals, next_renewal, mrr, value_tier
FROM club WHERE customer_id > 1000 OR customer_id <= 3 ORDER BY customer_id;

-- By hand: the periods, the model, the predictions, the curve, the revenue.
CREATE VIEW by_hand AS
SELECT s.customer_id, p.periods, p.churned, s.mrr, (SELECT features(f) FROM (SELECT s.plan) AS f) AS attributes
FROM subscriptions AS s, contract_periods(s.started_on, s.ended_on, as_of => '2024-06-30') AS p
WHERE s.customer_id < 1000;
SELECT count(*) FILTER (WHERE (h.periods, h.churned) IS DISTINCT FROM (b.periods, b.churned)) AS wrong, count(*) > 800 AS many
FROM by_hand AS b LEFT JOIN club_history AS h USING (customer_id);
SELECT m.contracts_model::text = (SELECT geometric_fit(h.periods::float8, h.churned, k.attributes)::text
    FROM club_history AS h, LATERAL (SELECT features(f) AS attributes FROM (SELECT h.plan) AS f) AS k) AS same_model
FROM club_model AS m;
SELECT count(*) AS customers,
       count(*) FILTER (WHERE v.churn_prob IS DISTINCT FROM churn_prob(m.contracts_model, b.periods, b.attributes)) AS churn_prob,
       count(*) FILTER (WHERE v.expected_periods IS DISTINCT FROM geometric_predict(m.contracts_model, b.periods, 60, b.attributes)
                        ) AS expected_periods,
       count(*) FILTER (WHERE abs(v.cltv / cltv_predict(m.contracts_model, b.periods, b.mrr::float8, 60, 1.1 ^ (1 / 12.0::float8) - 1,
                                                        b.attributes) - 1) > 1e-13) AS cltv
FROM club AS v JOIN by_hand AS b USING (customer_id), club_model AS m WHERE v.status = 'running';
-- Of who is expected to leave with chance q each time, at least n renew with probability (1 - q)^n.
SELECT count(*) FILTER (WHERE least(60, floor(ln(0.975) / ln(1 - v.churn_prob))) <> v.periods_lower
                           OR least(60, floor(ln(0.025) / ln(1 - v.churn_prob))) <> v.periods_upper) AS wrong,
       count(DISTINCT v.periods_upper) AS kinds,
       bool_and(v.cltv_lower <= v.cltv AND v.cltv <= v.cltv_upper) AS within
FROM club AS v WHERE v.status = 'running';
SELECT customer_id, status, churn_prob, expected_periods, periods_lower, periods_upper, round(cltv::numeric, 6) AS cltv,
       cltv_lower = cltv AND cltv = cltv_upper AS is_sure
FROM club WHERE customer_id IN (1, 1005, 1006) ORDER BY customer_id;
SELECT count(*) AS periods, count(*) FILTER (WHERE (c.at_risk, c.ended, c.survival, c.lower, c.upper) IS DISTINCT FROM
                                             (t.at_risk::bigint, t.events::bigint, t.survival, t.lower, t.upper)) AS wrong
FROM (SELECT survival_curve(periods::float8, churned) AS curve FROM club_history) AS k, survival_table(k.curve) AS t
FULL JOIN club_curve AS c ON c.period = t.time;
SELECT count(*) FILTER (WHERE abs(c.expected / e.survival - 1) > 1e-12 OR e.survival IS NULL AND c.period > 0) AS wrong, count(*) > 20 AS many
FROM club_curve AS c LEFT JOIN (
    SELECT g.period, avg(geometric_survival(m.contracts_model, g.period, k.attributes)) AS survival
    FROM generate_series(1, 40) AS g (period), club_model AS m, club_history AS h,
         LATERAL (SELECT features(f) AS attributes FROM (SELECT h.plan) AS f) AS k
    GROUP BY g.period) AS e USING (period);
SELECT count(*) AS months, count(*) FILTER (WHERE v.* IS DISTINCT FROM (m.period, m.customers, m.starting_mrr, m.new_mrr,
           m.expansion_mrr, m.contraction_mrr, m.churned_mrr, m.reactivation_mrr, m.ending_mrr, m.net_revenue_retention,
           m.gross_revenue_retention, m.logo_retention, m.quick_ratio, m.arpa, m.complete)) AS wrong
FROM subscription_metrics('subscriptions', 'customer_id', 'started_on', 'ended_on', 'mrr', as_of => '2024-06-30') AS m
FULL JOIN club_mrr AS v USING (period);
SELECT sum(c.customers) AS customers, sum(c.still_there) AS still_there, min(c.cohort) AS first, sum(c.mrr) AS mrr,
       sum(c.mrr) = (SELECT ending_mrr FROM club_mrr WHERE period = '2024-06-01') AS same_mrr FROM club_cohorts AS c;
SELECT month, renewals, round(expected_to_leave::numeric, 4) AS expected_to_leave, mrr, round(mrr_at_risk::numeric, 4) AS mrr_at_risk
FROM club_renewals ORDER BY month;
-- Everything is described.
SELECT count(*) AS columns, count(*) FILTER (WHERE col_description(a.attrelid, a.attnum) IS NULL) AS without_comment,
       (SELECT count(*) FROM cltv_parts('club') AS p WHERE obj_description(p.relation, 'pg_class') IS NULL) AS parts_without
FROM cltv_parts('club') AS p JOIN pg_attribute AS a ON a.attrelid = p.relation AND a.attnum > 0;
SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute AS a
WHERE a.attrelid = 'club'::regclass AND a.attname IN ('plan', 'customer_id', 'cltv') ORDER BY a.attnum;

-- A quarter later: whatever the newest day is. Who left is compared with who should have.
SET client_min_messages = warning;
CALL cltv_materialize_contracts('later', 'subscriptions', model => 'geometric', attributes => '{plan}');
SELECT as_of FROM later_model;
UPDATE subscriptions AS s SET ended_on = l.ended_on FROM life AS l WHERE s.customer_id = l.customer_id AND l.ended_on <= '2024-09-30';
INSERT INTO subscriptions VALUES (1007, 'team', 40.00, '2024-09-30', NULL);
CALL cltv_refresh('later');
SELECT as_of, contracts, attributes FROM later_model;
SELECT r.as_of, r.customers, r.orders AS contracts, r.status, round((r.drift ->> 'predicted')::numeric, 2) AS predicted, r.drift ->> 'actual' AS actual,
       (SELECT string_agg(k, ' ' ORDER BY k) FROM jsonb_object_keys(r.drift -> 'psi') AS k) AS psi
FROM cltv_refresh_log AS r WHERE r.name LIKE '%later' ORDER BY r.started;
SELECT name, health, regexp_replace(reason, '[0-9.]+', '*', 'g') AS reason FROM cltv_health WHERE name LIKE '%later';
CALL cltv_drop('later');
SELECT to_regclass('later_history') IS NULL AND to_regclass('later_mrr') IS NULL AND to_regclass('later_curve') IS NULL AS dropped;

-- Months by calendar, years of contracts, ends that are the last day, times of a zone, names that must be quoted.
CREATE SCHEMA "Odd";
CREATE TABLE "Odd"."50% off" AS
SELECT c::text AS "Who?", timestamptz '2019-03-01 23:30+00' + c * interval '11 days' AS "from", 100.00 + c % 7 AS "m%r",
       CASE WHEN c % 4 > 0 THEN timestamptz '2019-03-01 23:30+00' + c * interval '11 days' + (1 + c % 3) * interval '1 year' - interval '1 day' END AS "to",
       c % 5 AS "size%"
FROM generate_series(1, 90) AS c;
SET TimeZone = 'Europe/Vienna';
CALL cltv_materialize_contracts('"Odd"."C%lub"', '"Odd"."50% off"', customer => 'Who?', started_on => 'from', ended_on => 'to', mrr => 'm%r',
                                period => 'YEAR', ends => 'Inclusive', discount_rate => 0, horizon => 5, attributes => '{size%}',
                                as_of => '2023-12-31', margin => 0.5);
SET TimeZone = 'America/New_York';
CALL cltv_refresh('"Odd"."C%lub"', concurrently => false);
SELECT h.* FROM "Odd"."C%lub_history" AS h WHERE "Who?" IN ('4', '7') ORDER BY 1;
SELECT v."Who?", v.renewals, v.next_renewal, v.mrr, abs(v.cltv / (v.expected_periods * v.mrr::float8 * 6) - 1) < 1e-14 AS not_discounted, v."size%" FROM "Odd"."C%lub" AS v
WHERE v."Who?" IN ('4', '8') ORDER BY 1;
SELECT health, error FROM cltv_health JOIN cltv_refresh_log USING (name) WHERE name LIKE '%C\%lub%';
SET TimeZone = 'UTC';
CALL cltv_drop('"Odd"."C%lub"');

-- No subscriptions, one, one that all leave: whole views, and a model that says why it says nothing.
CREATE TABLE few (customer_id int, started_on date, ended_on date, mrr float8);
CALL cltv_materialize_contracts('small', 'few');
SELECT (SELECT count(*) FROM small) AS customers, (SELECT count(*) FROM small_curve) AS curve, (SELECT count(*) FROM small_mrr) AS mrr,
       contracts, status FROM small_model;
INSERT INTO few VALUES (1, '2024-01-01', NULL, 5);
CALL cltv_refresh('small');
INSERT INTO few VALUES (2, '2024-01-01', '2024-02-01', 5), (3, '2024-03-01', '2024-04-01', 'infinity');
CALL cltv_refresh('small');
UPDATE few SET mrr = 7 WHERE mrr = 'infinity';
CALL cltv_refresh('small');
SELECT customer_id, status, renewals, churn_prob, expected_periods, periods_upper, cltv, value_tier FROM small ORDER BY customer_id;
SELECT name, health, reason FROM cltv_health WHERE name LIKE '%small';

-- Who comes back within the longest pause never left; a refresh remembers it.
CREATE TABLE paused (customer_id int, started_on date, ended_on date, mrr float8);
INSERT INTO paused VALUES (1, '2024-01-10', '2024-03-10', 5), (1, '2024-04-09', NULL, 6), (2, '2024-01-10', '2024-03-10', 5), (2, '2024-04-10', NULL, 5),
    (3, '2024-01-10', '2024-03-10', 5), (3, '2024-02-01', '2024-02-20', 5), (3, '2024-03-30', '2024-04-05', 5);
CALL cltv_materialize_contracts('rests', 'paused', as_of => '2024-07-01', longest_pause => 30);
SELECT customer_id, contract_number, started_on, ended_on, periods, churned, mrr FROM rests_history ORDER BY 1, 2;
INSERT INTO paused VALUES (3, '2024-05-05', NULL, 7);
CALL cltv_refresh('rests');
SELECT customer_id, contract_number, started_on, ended_on, periods, churned, mrr FROM rests_history WHERE customer_id = 3;
CALL cltv_materialize_contracts('rests', 'paused', as_of => '2024-07-01', replace => true);
SELECT customer_id, count(*) FROM rests_history GROUP BY customer_id ORDER BY 1;
CALL cltv_drop('rests');
DROP TABLE paused;

-- What cannot be.
CALL cltv_materialize_contracts('x', 'few', longest_pause => -1);
CALL cltv_materialize_contracts('x', 'few', longest_pause => NULL);
CALL cltv_materialize_contracts(NULL, 'few');
CALL cltv_materialize_contracts('small', 'few');
CALL cltv_materialize_contracts('x', 'few', started_on => 'begun');
CALL cltv_materialize_contracts('x', 'few', mrr => 'started_on');
CALL cltv_materialize_contracts('x', 'few', period => 'fortnight');
CALL cltv_materialize_contracts('x', 'few', period => NULL);
CALL cltv_materialize_contracts('x', 'few', ends => 'never');
CALL cltv_materialize_contracts('x', 'few', horizon => 0);
CALL cltv_materialize_contracts('x', 'few', horizon => 2.5);
CALL cltv_materialize_contracts('x', 'few', horizon => 'infinity');
CALL cltv_materialize_contracts('x', 'few', discount_rate => 10);
CALL cltv_materialize_contracts('x', 'few', margin => 30);
CALL cltv_materialize_contracts('x', 'few', model => 'bgnbd');
CALL cltv_materialize_contracts('x', 'few', as_of => 'infinity');
CALL cltv_materialize_contracts('x', 'few', attributes => '{}');
CALL cltv_materialize_contracts('x', 'few', attributes => '{plan}');
CALL cltv_materialize_contracts('x', 'few', customer => 'mrr', mrr => 'mrr');
CALL cltv_materialize_contracts('x', 'few', attributes => '{customer_id}');
INSERT INTO few VALUES (4, '2024-05-01', '2024-04-01', 5);
CALL cltv_materialize_contracts('x', 'few');
SELECT to_regclass('x_history') IS NULL AS nothing_made;
CALL cltv_drop('small');
CALL cltv_drop('club');
DROP TABLE life, few, subscriptions CASCADE;
DROP SCHEMA "Odd" CASCADE;

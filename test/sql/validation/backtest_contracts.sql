-- Backtests of contracts: by hand from the functions that they are made of.
SET DateStyle = 'ISO';
-- Times to leave are the quantiles of sBG models, those of teams stay longer.
CREATE TABLE subscriptions AS
SELECT i AS customer_id, plan, started_on, CASE WHEN ended_on <= '2024-12-31' THEN ended_on END AS ended_on
FROM generate_series(1, 1500) AS i,
     LATERAL (SELECT CASE WHEN i % 3 = 0 THEN 'team' ELSE 'solo' END AS plan,
                     date '2022-01-01' + (i * 0.7548776662 * 1000)::int % 1000 AS started_on) AS p,
     LATERAL (SELECT count(*)::int AS months FROM generate_series(0, 59) AS t
              WHERE sbg_survival(CASE plan WHEN 'team' THEN sbg_model(0.6, 9) ELSE sbg_model(0.9, 6) END, t) > i * 0.6180339887 % 1) AS m,
     LATERAL (SELECT (started_on + months * interval '1 month')::date AS ended_on) AS e;
CREATE FUNCTION tested(cutoff date, models text[], attributes text[] DEFAULT '{plan}', OUT model text, OUT status text, OUT contracts bigint, OUT renewals bigint,
                       OUT gone bigint, OUT expected numeric, OUT bias numeric, OUT brier numeric, OUT concordance numeric, OUT calibration numeric)
RETURNS SETOF record LANGUAGE sql AS $$
    SELECT b.model, b.status, b.contracts, b.renewals, b."left", round(b.expected_left::numeric, 4), round(b.bias::numeric, 4), round(b.brier::numeric, 6),
           round(b.concordance::numeric, 4), round(b.calibration::numeric, 4)
    FROM cltv_backtest_contracts('subscriptions', 'customer_id', 'started_on', 'ended_on', cutoff, models, attributes => attributes, as_of => '2024-12-31') AS b
$$;
SELECT * FROM tested('2024-06-30', '{geometric,sbg,bdw,kaplan-meier,"sbg: attributes"}');
-- By hand, of sBG with attributes.
WITH past AS (
    SELECT s.customer_id, p.periods, p.churned, k.attributes, n.churned AS gone, n.periods - p.periods AS seen, e.periods - p.periods AS came
    FROM subscriptions AS s, LATERAL (SELECT features(f) AS attributes FROM (SELECT s.plan) AS f) AS k,
         contract_periods(s.started_on, CASE WHEN s.ended_on <= '2024-06-30' THEN s.ended_on END, '2024-06-30') AS p,
         contract_periods(s.started_on, s.ended_on, '2024-12-31') AS n, contract_periods(s.started_on, NULL, '2024-12-31') AS e
    WHERE s.started_on <= '2024-06-30'
), model AS (
    SELECT sbg_fit(periods::float8, churned, attributes) AS model FROM past
), said AS (
    SELECT p.*, sbg_survival(m.model, p.periods + p.came, p.attributes) / sbg_survival(m.model, p.periods, p.attributes) AS stays,
           churn_prob(m.model, p.periods, p.attributes) AS leaves
    FROM past AS p, model AS m WHERE NOT p.churned AND p.came > 0
)
SELECT count(*) AS contracts, sum(least(seen, came)) AS renewals, count(*) FILTER (WHERE gone) AS gone, round(sum(1 - stays)::numeric, 4) AS expected,
       round(avg((stays - (NOT gone)::int) ^ 2)::numeric, 6) AS brier, round(concordance(seen::float8, gone, leaves)::numeric, 4) AS concordance
FROM said;
-- Who has cancelled by the cut-off for a later day was not known to leave; the order of rows does not matter.
CREATE TABLE shuffled AS SELECT * FROM subscriptions ORDER BY customer_id * 7919 % 1501;
SELECT count(*) AS models, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ
FROM cltv_backtest_contracts('subscriptions', 'customer_id', 'started_on', 'ended_on', '2024-03-31', as_of => '2024-12-31') AS a
FULL JOIN cltv_backtest_contracts('shuffled', 'customer_id', 'started_on', 'ended_on', '2024-03-31', as_of => '2024-12-31') AS b USING (model);
-- With a pause in it a contract is one, unless nobody says how long pauses are.
CREATE TABLE paused AS
WITH whole AS (
    SELECT s.*, s.started_on + 20 AS pause, s.started_on + 30 AS resumed,
           s.started_on + 31 < coalesce(s.ended_on, '2024-12-31') AND NOT date '2024-03-31' - s.started_on BETWEEN 20 AND 30 AS rests
    FROM subscriptions AS s
)
SELECT customer_id, started_on, CASE WHEN rests THEN pause ELSE ended_on END AS ended_on FROM whole
UNION ALL SELECT customer_id, resumed, ended_on FROM whole WHERE rests;
SELECT count(*) AS models, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ, count(*) FILTER (WHERE a IS DISTINCT FROM c) AS ends_differ
FROM cltv_backtest_contracts('subscriptions', 'customer_id', 'started_on', 'ended_on', '2024-03-31', as_of => '2024-12-31') AS a
FULL JOIN cltv_backtest_contracts('paused', 'customer_id', 'started_on', 'ended_on', '2024-03-31', as_of => '2024-12-31', longest_pause => 10) AS b USING (model)
FULL JOIN cltv_backtest_contracts('paused', 'customer_id', 'started_on', 'ended_on', '2024-03-31', as_of => '2024-12-31', longest_pause => 9) AS c USING (model);
DROP TABLE paused;
-- Quarters, nothing to judge by, nobody.
SELECT model, status, contracts, renewals FROM cltv_backtest_contracts('subscriptions', 'customer_id', 'started_on', 'ended_on', '2024-06-30', '{sbg}', 'QUARTER');
SELECT * FROM tested('2024-12-30', '{sbg,kaplan-meier}');
SELECT * FROM tested('2021-06-30', '{sbg,kaplan-meier}');
SELECT * FROM tested('2021-06-30', '{}');
SELECT * FROM tested(NULL, '{sbg}');
-- What cannot be.
\set VERBOSITY terse
SELECT * FROM tested('2024-12-31', '{sbg}');
SELECT * FROM tested('infinity', '{sbg}');
SELECT * FROM tested('2024-06-30', '{bgnbd}');
SELECT * FROM tested('2024-06-30', ARRAY[NULL]);
SELECT * FROM tested('2024-06-30', '{sbg: attributes}', NULL);
SELECT * FROM tested('2024-06-30', '{sbg}', '{colour}');
SELECT * FROM tested('2024-06-30', '{sbg}', '{customer_id}');
SELECT * FROM cltv_backtest_contracts('subscriptions', 'customer_id', 'plan', 'ended_on', '2024-06-30');
SELECT * FROM cltv_backtest_contracts('subscriptions', 'customer_id', 'started_on', 'ended_on', '2024-06-30', period => 'fortnight');
SELECT * FROM cltv_backtest_contracts('subscriptions', 'customer_id', 'started_on', 'ended_on', '2024-06-30', ends => 'never');
SELECT * FROM cltv_backtest_contracts('subscriptions', 'customer_id', 'started_on', 'ended_on', '2024-06-30', longest_pause => -1);
INSERT INTO subscriptions VALUES (0, 'solo', '2024-05-01', '2024-04-01');
SELECT * FROM tested('2024-06-30', '{sbg}');
DROP FUNCTION tested;
DROP TABLE subscriptions, shuffled;

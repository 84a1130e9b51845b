-- BdW: the published fits, what it predicts beside sBG, value, attributes, limits, bad input
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;
-- Fader & Hardie (2007): customers still there after 0, 1, ... years
CREATE TABLE survivors AS
SELECT v.cohort, u.t - 1 AS year, u.n FROM (VALUES
    ('regular', ARRAY[1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173]),
    ('high end', ARRAY[1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394])) AS v (cohort, alive), unnest(v.alive) WITH ORDINALITY AS u (n, t);
CREATE TABLE contracts AS
SELECT cohort, seen, year AS periods, churned, CASE WHEN churned THEN before - n ELSE n END AS customers
FROM (SELECT *, lag(n) OVER (PARTITION BY cohort ORDER BY year) AS before FROM survivors) AS s, unnest(ARRAY[4, 7]) AS seen, unnest(ARRAY[false, true]) AS churned
WHERE year BETWEEN 1 AND seen AND (churned OR year = seen);
CREATE TABLE fitted AS
SELECT cohort, seen, sbg_fit(periods, churned, customers) AS sbg, bdw_fit(periods, churned, customers) AS bdw FROM contracts GROUP BY 1, 2;

-- Fader, Hardie, Liu, Davin & Steenburgh (2018), from four and from seven renewals
SELECT seen, cohort, kind, model_status(m) AS status, round(p.alpha, 5) AS alpha_gamma, round(p.beta, 5) AS beta_delta, round(p.c, 5) AS c,
       round(log_likelihood(m)::numeric, 5) AS log_likelihood
FROM fitted, LATERAL (VALUES ('sbg', sbg), ('bdw', bdw)) AS k (kind, m),
     LATERAL (SELECT max(estimate) FILTER (WHERE name IN ('alpha', 'gamma'))::numeric AS alpha,
                     max(estimate) FILTER (WHERE name IN ('beta', 'delta'))::numeric AS beta,
                     max(estimate) FILTER (WHERE name = 'c')::numeric AS c FROM model_params(m)) AS p
ORDER BY seen, cohort DESC, kind DESC;
-- Of 1,000, still there after twelve years, as the first four told, and in truth
SELECT cohort, round(1000 * sbg_survival(sbg, 12)::numeric, 1) AS sbg, round(1000 * bdw_survival(bdw, 12)::numeric, 1) AS bdw, n AS actual
FROM fitted JOIN survivors USING (cohort) WHERE seen = 4 AND year = 12 ORDER BY cohort;
-- Is it time that makes the difference? sBG is BdW with c = 1
SELECT seen, cohort, round(t.statistic::numeric, 4) AS statistic, t.df, round(t.p_value::numeric, 6) AS p_value
FROM fitted, lr_test(sbg, bdw) AS t ORDER BY 1, 2;
SELECT model, status, round(bic::numeric, 2) AS bic
FROM contracts_fits((SELECT contract_base(periods, churned, customers) FROM contracts WHERE seen = 7 AND cohort = 'high end'));
SELECT bdw_survival(bdw_model(0.7, 1.2, 1), 9) / sbg_survival(sbg_model(0.7, 1.2), 9) - 1 < 1e-14 AS sbg_inside;

-- The same from a stored base, from its parts, from a row a customer, in parallel
SELECT bool_and(bdw_fit(b)::text = bdw::text) AS from_base, bool_and(bdw_fit(b, 1)::text = bdw::text) AS prior_of_1,
       bool_and(bdw_fit(b, 0)::text = bdw::text) AS no_prior
FROM fitted JOIN (SELECT cohort, seen, contract_base(periods, churned, customers) AS b FROM contracts GROUP BY 1, 2) AS s USING (cohort, seen);
SELECT bdw_fit(rollup(b))::text = (SELECT bdw::text FROM fitted WHERE seen = 7 AND cohort = 'regular') AS from_parts
FROM (SELECT contract_base(periods, churned, customers) AS b FROM contracts WHERE seen = 7 AND cohort = 'regular' GROUP BY periods) AS s;
CREATE TABLE subscriber AS SELECT cohort, periods, churned FROM contracts, generate_series(1, customers) WHERE seen = 7;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
ALTER TABLE subscriber SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT bdw_fit(periods, churned) FROM subscriber WHERE cohort = 'regular';
SELECT bdw_fit(periods, churned)::text = (SELECT bdw::text FROM fitted WHERE seen = 7 AND cohort = 'regular') AS from_rows FROM subscriber WHERE cohort = 'regular';
COMMIT;
SELECT bool_and(m::text = m::text::cltv_model::text) AS reads_back FROM fitted, unnest(ARRAY[bdw]) AS m;
SELECT abs(sum(customers * log_likelihood(bdw, periods, churned)) - max(log_likelihood(bdw))) < 1e-8 AS sums
FROM fitted JOIN contracts USING (cohort, seen) WHERE seen = 7 AND cohort = 'regular';

-- Predictions: the chance to leave rises first, as customers tire, and falls when those who tire are gone
SELECT n AS renewals, round(churn_prob(m, n)::numeric, 6) AS churn, round(bdw_retention(m, n + 1)::numeric, 6) AS retention,
       round(bdw_survival(m, n)::numeric, 6) AS survival, round(bdw_predict(m, n, 5)::numeric, 6) AS next_5,
       round(bdw_predict(m, n, 1000)::numeric, 6) AS next_1000
FROM bdw_model(.25934, 1.72255, 1.58436) AS m, unnest(ARRAY[0, 1, 2, 3, 4, 8, 20]) AS n;
-- The share falls as t^-(gamma c) in the end: its sum is finite where gamma c is above 1
SELECT bdw_predict(bdw_model(.5, 2, 2), 3, 'infinity') AS no_mean, bdw_predict(bdw_model(.5, 2, 1.9), 3, 'infinity') AS none_either,
       round(bdw_predict(bdw_model(.5, 2, 2.5), 3, 'infinity')::numeric, 8) AS a_mean,
       bdw_predict(bdw_model(.5, 2, 2.5), 3, 0) AS nothing_ahead;
-- Value: the next payment counts in full, the one after it over 1.01, ...
SELECT round(cltv_predict(m, 5, margin_per_period => 9, horizon => 3, discount_rate => .01)::numeric, 10) AS next_3,
       round((9 * (bdw_survival(m, 6) + bdw_survival(m, 7) / 1.01 + bdw_survival(m, 8) / 1.01 ^ 2) / bdw_survival(m, 5))::numeric, 10) AS by_hand,
       round(cltv_predict(m, 5, 9, 'infinity', .01)::numeric, 9) AS residual,
       round((SELECT sum(9 * bdw_survival(m, 5 + h) / bdw_survival(m, 5) / 1.01 ^ (h - 1)) FROM generate_series(1, 4000) AS h)::numeric, 9) AS by_sum,
       cltv_predict(m, 5, 9, 12, 0) = 9 * bdw_predict(m, 5, 12) AS undiscounted, cltv_predict(m, 5, 9, 'infinity', 0) AS forever,
       cltv_predict(m, 5, 0, 'infinity', 0) AS worthless
FROM bdw_model(.52, .89, 1.2) AS m;

-- Attributes move the mean chance to leave; the shapes' sum and the clock are the same for all
CREATE TABLE planned AS
SELECT plan, t AS periods, churned, size * CASE WHEN churned THEN bdw_survival(m, t - 1) - bdw_survival(m, t) ELSE bdw_survival(m, t) END AS customers
FROM (VALUES ('monthly', 2000, bdw_model(1.2, 2.8, 1.3)), ('yearly', 1000, bdw_model(4 / (1 + exp(.9) * 2.8 / 1.2), 4 / (1 + exp(-.9) * 1.2 / 2.8), 1.3))) AS p (plan, size, m),
     generate_series(1, 8) AS t, unnest(ARRAY[true, false]) AS churned
WHERE churned OR t = 8;
CREATE TABLE moved AS
SELECT bdw_fit(periods, churned, features(p), customers) AS m, bdw_fit(periods, churned, customers) AS plain FROM planned, LATERAL (SELECT plan) AS p;
SELECT model_status(m) AS status, p.name, round(p.estimate::numeric, 6) AS estimate, p.p_value < 1e-6 AS told FROM moved, model_params(m) AS p;
SELECT abs(sum(customers * log_likelihood(m, periods, churned, features(p))) / max(log_likelihood(m)) - 1) < 1e-12 AS sums,
       max(log_likelihood(m)) > max(log_likelihood(plain)) AS better, max((SELECT df FROM lr_test(plain, m))) AS df
FROM moved, planned, LATERAL (SELECT plan) AS p;
SELECT bdw_fit(feature_base(periods, churned, features(p), customers))::text = (SELECT m::text FROM moved) AS from_base
FROM planned, LATERAL (SELECT plan) AS p;
-- A customer with attributes is one of the family with parameters of its own
SELECT p.what, abs(p.with_attributes / p.by_hand - 1) < 1e-12 AS same
FROM moved, LATERAL (SELECT features(x) AS c FROM (SELECT 'yearly'::text AS plan) AS x) AS f,
     LATERAL (SELECT max(estimate) FILTER (WHERE name = 'gamma') AS g, max(estimate) FILTER (WHERE name = 'delta') AS d,
                     max(estimate) FILTER (WHERE name = 'c') AS c, max(estimate) FILTER (WHERE name LIKE 'churn:%') AS b FROM model_params(m)) AS e,
     LATERAL (SELECT bdw_model((e.g + e.d) / (1 + e.d / e.g * exp(-e.b)), (e.g + e.d) / (1 + e.g / e.d * exp(e.b)), e.c) AS own) AS o,
     LATERAL (VALUES ('survival', bdw_survival(m, 5, f.c), bdw_survival(own, 5)), ('retention', bdw_retention(m, 5, f.c), bdw_retention(own, 5)),
                     ('periods', bdw_predict(m, 2, 10, f.c), bdw_predict(own, 2, 10)), ('churn', churn_prob(m, 2, f.c), churn_prob(own, 2)),
                     ('value', cltv_predict(m, 2, 10, 'infinity', 0.1, f.c), cltv_predict(own, 2, 10, 'infinity', 0.1)),
                     ('likelihood', log_likelihood(m, 2, true, f.c), log_likelihood(own, 2, true))) AS p (what, with_attributes, by_hand);

-- Limits: customers who tire alike; some at once, the others never; one decision each; nobody yet
SELECT model_status(m) AS status, p.name, round(p.estimate::numeric, 6) AS estimate, round(bdw_survival(m, 3)::numeric, 6) AS survival_3,
       round(bdw_predict(m, 2, 'infinity')::numeric, 6) AS ever, round(churn_prob(m, 2)::numeric, 6) AS churn
FROM (SELECT bdw_fit(t, c, 1e5 * CASE WHEN c THEN .8 ^ ((t - 1) ^ 1.5) - .8 ^ (t ^ 1.5) ELSE .8 ^ (t ^ 1.5) END) AS m
      FROM generate_series(1, 6) AS t, unnest(ARRAY[true, false]) AS c WHERE c OR t = 6) AS s, model_params(m) AS p;
SELECT model_status(m) AS status, p.name, p.estimate, bdw_survival(m, 30) AS survival_30, bdw_predict(m, 0, 10) AS next_10, churn_prob(m, 1) AS churn
FROM (SELECT bdw_fit(t, c, n) AS m FROM (VALUES (1, true, 500), (40, false, 500)) AS v (t, c, n)) AS s, model_params(m) AS p;
SELECT model_status(m) AS status, p.name, p.estimate, bdw_predict(m, 0, 'infinity') AS ever
FROM (SELECT bdw_fit(1, c, n) AS m FROM (VALUES (true, 50), (false, 50)) AS v (c, n)) AS s, model_params(m) AS p;
SELECT model_status(m) AS status, bdw_predict(m, 5, 4) > 3.9 AS hardly_any FROM (SELECT bdw_fit(5, false) AS m FROM generate_series(1, 100)) AS s;

-- Fits that refuse say why and predict nothing
SELECT bdw_fit(periods, churned) IS NULL AS no_rows FROM subscriber WHERE false;
SELECT model_status(m) AS status, bdw_predict(m, 1, 2), bdw_survival(m, 1), bdw_retention(m, 1), churn_prob(m, 1), cltv_predict(m, 1, 9, 12, 0), log_likelihood(m, 1, true)
FROM (SELECT bdw_fit(1, true) AS m FROM generate_series(1, 50)) AS s;

-- Bad input
SELECT e.* FROM (VALUES
    ('bdw_model(0, 1, 1)'), ('bdw_model(1, 1, -1)'), ('bdw_model(1, 1, ''Infinity'')'), ('bdw_retention(bdw_model(1, 2, 1), 0)'),
    ('bdw_survival(bdw_model(1, 2, 1), 1.5)'), ('bdw_predict(bdw_model(1, 2, 1), 1, 2.5)'), ('bdw_predict(sbg_model(1, 2), 1, 2)'),
    ('sbg_predict(bdw_model(1, 2, 1), 1, 2)'), ('lr_test((SELECT bdw FROM fitted LIMIT 1), (SELECT sbg FROM fitted LIMIT 1))')
) AS v (call), error_of('SELECT ' || call) AS e;

DROP TABLE survivors, contracts, fitted, subscriber, planned, moved;
DROP FUNCTION error_of(text);

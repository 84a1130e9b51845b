-- attributes with the same effect on purchases and on dropout: one coefficient for both, and who cannot have it
-- runs a statement and shows the error that it raises
\set ECHO none
\pset format unaligned
SET client_min_messages = warning;
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- Customers whom a promotion made buy more often, and leave sooner: rates of both are e^0.6 times as high.
CREATE TEMP TABLE shop AS
SELECT c.promoted, o.customer_id, o.ordered_at::date AS day, o.amount
FROM (SELECT p AS promoted, features(x) AS a FROM generate_series(0, 1) AS p, LATERAL (SELECT p AS promoted) AS x) AS c,
     LATERAL (SELECT '{"kind":"pnbd","params":{"r":1.4,"alpha":60,"s":1.1,"beta":200},"design":[
                 {"role":"purchases","name":"promoted","coefficients":[0.6]},{"role":"dropout","name":"promoted","coefficients":[0.6]}],
              "same":true,"log_likelihood":null,"customers":null,"iterations":null,"status":"given","covariance":null}'::cltv_model AS truth) AS t,
     simulate_orders(truth, gg_model(6, 4, 15), 700, '2022-01-01', '2024-12-31', 7 + c.promoted, c.a, c.a) AS o;
CREATE TEMP TABLE customer AS
SELECT promoted, customer_id % 5 AS age, frequency, recency, tenure, history
FROM (SELECT promoted, customer_id, purchase_history(day, amount) AS history FROM shop GROUP BY promoted, customer_id) AS h,
     LATERAL rfm_summary(history, '2024-12-31') AS s;
CREATE TEMP TABLE bases AS
SELECT feature_base(frequency, recency, tenure, p, p) AS base, feature_base(frequency, recency, tenure, p) AS purchases,
       feature_base(frequency, recency, tenure, b, p) AS more, feature_base(frequency, recency, tenure, b, o) AS other,
       feature_base(frequency, recency, tenure, p, c) AS kinds,
       calendar_base(history, '2024-12-31', calendar_season('2022-01-01', '2024-12-31', harmonics => 1), p, p) AS days,
       calendar_base(history, '2024-12-31', calendar_season('2022-01-01', '2024-12-31', harmonics => 1)) AS days_alone
FROM customer, LATERAL (SELECT features(x) AS p FROM (SELECT promoted) AS x) AS p, LATERAL (SELECT features(x) AS b FROM (SELECT promoted, age) AS x) AS b,
     LATERAL (SELECT features(x) AS o FROM (SELECT promoted, age % 2 AS age) AS x) AS o,
     LATERAL (SELECT features(x) AS c FROM (SELECT promoted::text AS promoted) AS x) AS c;
CREATE TEMP TABLE models AS
SELECT name, pnbd_of AS same, free, NULL::cltv_model AS plain
FROM bases, LATERAL (VALUES ('pnbd', pnbd_fit(base, same => true), pnbd_fit(base)), ('bgnbd', bgnbd_fit(base, same => true), bgnbd_fit(base)),
    ('mbgnbd', mbgnbd_fit(base, same => true), mbgnbd_fit(base)), ('pnbd by days', pnbd_fit(days, same => true), pnbd_fit(days)),
    ('best', orders_fit(base, same => true), orders_fit(base))) AS m (name, pnbd_of, free);

\echo '-- one estimate and one error for both; what was put in is 0.6'
SELECT m.name, p.name AS parameter, round(estimate::numeric, 3) AS estimate, round(std_error::numeric, 3) AS std_error
FROM models AS m, model_params(same) AS p WHERE m.name LIKE 'pnbd%' AND p.name LIKE '%promoted';
SELECT m.name, count(DISTINCT estimate) AS estimates, count(DISTINCT std_error) AS errors, count(*) AS rows
FROM models AS m, model_params(same) AS p WHERE p.name LIKE '%promoted' GROUP BY m.name ORDER BY m.name;

\echo '-- it counts once'
SELECT name, model_status(same) AS status, same::jsonb -> 'same' AS same, log_likelihood(same) < log_likelihood(free) AS no_higher,
       round((aic(free) - aic(same) + 2 * (log_likelihood(free) - log_likelihood(same)))::numeric, 6) AS parameters_saved, t.df
FROM models, lr_test(same, free) AS t;
SELECT df, p_value < 1e-10 AS more_than_chance FROM models, (SELECT pnbd_fit(frequency, recency, tenure) AS plain FROM customer) AS p, lr_test(p.plain, same) WHERE name = 'pnbd';

\echo '-- the likelihoods of the customers are that of the fit, and forms of the model come back'
SELECT name, abs(sum(log_likelihood(same, frequency, recency, tenure, p, p)) / min(log_likelihood(same)) - 1) < 1e-12 AS adds_up
FROM models, customer, LATERAL (SELECT features(x) AS p FROM (SELECT promoted) AS x) AS p WHERE name IN ('pnbd', 'bgnbd', 'mbgnbd') GROUP BY name ORDER BY name;
SELECT name, same::text::cltv_model::text = same::text AS by_text, same::jsonb::text::cltv_model::jsonb = same::jsonb AS by_jsonb FROM models;

\echo '-- only what has one name is the same'
SELECT p.name, round(estimate::numeric, 3) AS estimate FROM bases, model_params(bgnbd_fit(more, same => true)) AS p WHERE p.name LIKE '%: %';

\echo '-- opportunities, and a penalty, which holds it once'
SELECT p.name, count(*) OVER (PARTITION BY round(estimate::numeric, 9)) AS as_many
FROM (SELECT bgbb_fit(feature_base(least(frequency, 12)::bigint, ceil(least(recency / 100, 12)), 12, p, p), same => true) AS m
      FROM customer, LATERAL (SELECT features(x) AS p FROM (SELECT promoted) AS x) AS p WHERE least(frequency, 12) <= ceil(least(recency / 100, 12))) AS f,
     model_params(m) AS p WHERE p.name LIKE '%: %';
SELECT model_status(m), p.name, round(estimate::numeric, 3) AS estimate, std_error
FROM bases, LATERAL (SELECT bgnbd_fit(base, penalty => 0.5, same => true) AS m) AS f, model_params(m) AS p WHERE p.name LIKE '%: %';

\echo '-- who cannot have the same effect, and who is no such model'
-- how many digits a number has, and so where a byte is, the compiler decides, too
SELECT e.code, e.message, CASE WHEN e.code < '42' THEN regexp_replace(e.detail, 'byte \d+', 'byte N') END AS detail,
       CASE WHEN e.code < '42' THEN e.hint END AS hint FROM (VALUES
    ('SELECT bgnbd_fit(purchases, same => true) FROM bases'),
    ('SELECT bgnbd_fit(other, same => true) FROM bases'),
    ('SELECT pnbd_fit(kinds, same => true) FROM bases'),
    ('SELECT orders_fit(purchases, same => true) FROM bases'),
    ('SELECT pnbd_fit(days_alone, same => true) FROM bases'),
    ('SELECT nbd_fit(purchases, same => true) FROM bases'),
    ('SELECT ''{"kind":"pnbd","params":{"r":1,"alpha":6,"s":1,"beta":2},"same":true,"log_likelihood":null,"customers":null,"iterations":null,"status":"given","covariance":null}''::cltv_model'),
    ('SELECT replace(same::text, ''"role":"dropout","name":"promoted"'', ''"role":"dropout","name":"other"'')::cltv_model FROM models'),
    ('SELECT regexp_replace(same::text, ''("role":"dropout","name":"promoted","coefficients":)\[[^]]*'', ''\1[9'')::cltv_model FROM models'),
    ('SELECT replace(same::text, ''"same":true'', ''"same":false'')::cltv_model FROM models')) AS s (statement), error_of(statement) AS e;
SELECT bgnbd_fit(base, same => NULL) IS NULL AS nothing FROM bases;

DROP TABLE models, bases, customer, shop;
DROP FUNCTION error_of;

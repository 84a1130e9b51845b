-- models with a calendar and attributes of customers: one fit, its coefficients, predictions; what they refuse
-- runs a statement and shows the error that it raises
\set ECHO none
\pset format unaligned
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- A shop of two channels, drawn from a model with both: friends order twice as often, and December brings e^0.9 as many orders.
CREATE TABLE truth AS
SELECT '{"kind":"bgnbd","params":{"r":1.4,"alpha":200,"a":0.8,"b":3.2},"design":[
            {"role":"purchases","name":"friend","coefficients":[0.7]},{"role":"dropout","name":"friend","coefficients":[-0.5]}],
         "calendar":{"first":"2021-01-01","last":"2025-12-31","parts":[{"rule":"months"}]},
         "season":[0,0.2,0,0,0,-0.4,0,0,0,0.3,0.9],"log_likelihood":null,"customers":null,"iterations":null,"status":"given",
         "covariance":null}'::cltv_model AS model;
CREATE TABLE histories AS
SELECT h.friend, customer_id, history, features(x) AS a
FROM (SELECT c.friend, o.customer_id, purchase_history(o.ordered_at::date, o.amount) AS history
      FROM truth, (SELECT f.friend, features(x) AS a FROM generate_series(0, 1) AS f (friend), LATERAL (SELECT f.friend) AS x) AS c,
           simulate_orders(model, gg_model(6, 4, 15), 1500, '2021-01-01', '2024-12-31', 5 + c.friend, c.a, c.a) AS o
      GROUP BY c.friend, o.customer_id) AS h,
     LATERAL (SELECT h.friend) AS x;
CREATE TABLE calendars AS SELECT calendar_months('2021-01-01', '2025-12-31') AS months;
CREATE TABLE models AS
SELECT bgnbd_fit(history, '2024-12-31', months, a, a) AS joint, bgnbd_fit(history, '2024-12-31', months, a) AS purchases,
       bgnbd_fit(history, '2024-12-31', months, NULL, a) AS dropout, bgnbd_fit(history, '2024-12-31', months) AS season,
       bgnbd_fit(s.frequency, s.recency, s.tenure, a, a) AS attributes, bgnbd_fit(s.frequency, s.recency, s.tenure) AS plain,
       nbd_fit(history, '2024-12-31', months, a) AS nbd, mbgnbd_fit(history, '2024-12-31', months, a, a) AS mbgnbd,
       pnbd_fit(history, '2024-12-31', months, a, a) AS pnbd
FROM histories, calendars, rfm_summary(history, '2024-12-31') AS s;

\echo '-- a fit finds what was put in; coefficients of both kinds have names'
SELECT p.name, p.estimate - t.estimate BETWEEN -3.5 * p.std_error AND 3.5 * p.std_error AS right
FROM models, truth, model_params(joint) AS p JOIN LATERAL model_params(truth.model) AS t USING (name);
SELECT count(*) AS params, count(*) FILTER (WHERE p.z IS NOT NULL) AS coefficients FROM models, model_params(joint) AS p;
SELECT model_status(joint) AS joint, model_status(purchases) AS purchases, model_status(dropout) AS dropout, model_status(nbd) AS nbd,
       model_status(mbgnbd) AS mbgnbd, model_status(pnbd) AS pnbd FROM models;
SELECT string_agg(p.name, ', ') FILTER (WHERE p.name NOT LIKE 'season%') AS of_nbd FROM models, model_params(nbd) AS p;
SELECT a.df AS more_than_season, a.p_value < 1e-9 AS matter, b.df AS more_than_attributes, b.p_value < 1e-9 AS matters,
       c.df AS more_than_nothing, d.df AS of_dropout, bic(joint) < least(bic(season), bic(attributes), bic(plain)) AS best
FROM models, lr_test(season, joint) AS a, lr_test(attributes, joint) AS b, lr_test(plain, joint) AS c, lr_test(purchases, joint) AS d;

\echo '-- forms of the model come back as they were'
SELECT bool_and(model::text::cltv_model::text = model::text) AS text, bool_and(model::jsonb::text::cltv_model::text = model::text) AS json
FROM models, unnest(ARRAY[joint, purchases, dropout, nbd, mbgnbd, pnbd]) AS model;
SELECT cltv_model_send(joint) = cltv_model_send(joint::text::cltv_model) AS binary FROM models;

\echo '-- the likelihoods of the customers are that of the fit, and predictions know the attributes'
SELECT abs(sum(log_likelihood(joint, history, '2024-12-31', a, a)) - min(log_likelihood(joint))) < 1e-7 AS bgnbd,
       abs(sum(log_likelihood(pnbd, history, '2024-12-31', a, a)) - min(log_likelihood(pnbd))) < 1e-7 AS pnbd,
       abs(sum(log_likelihood(nbd, history, '2024-12-31', a)) - min(log_likelihood(nbd))) < 1e-7 AS nbd,
       abs(sum(log_likelihood(dropout, history, '2024-12-31', NULL, a)) - min(log_likelihood(dropout))) < 1e-7 AS dropout
FROM models, histories;
SELECT max(abs(expected_purchases(attributes, history, '2024-12-31', 90, a, a) - expected_purchases(attributes, s.frequency, s.recency, s.tenure, 90, a, a))) AS no_calendar,
       max(abs(expected_purchases(joint, history, '2024-12-31', 90, a, a) - expected_purchases(joint, s.frequency, s.recency, s.tenure, date '2024-12-31', 90, a, a))) AS by_numbers,
       max(abs(prob_alive(joint, history, '2024-12-31', a, a) + churn_prob(joint, history, '2024-12-31', a, a) - 1)) < 1e-14 AS sum,
       bool_and(prob_alive(pnbd, history, '2024-12-31', 90, a, a) < prob_alive(pnbd, history, '2024-12-31', a, a)) AS leaving,
       bool_and(churn_prob(pnbd, history, '2024-12-31', 90, a, a) > churn_prob(pnbd, history, '2024-12-31', a, a)) AS silent
FROM models, histories, rfm_summary(history, '2024-12-31') AS s;
\echo '-- a new customer: a friend has more to come, and more of it in December'
SELECT friend.friend, round(expected_purchases(joint, 0, 0, 0, date '2024-12-31', 365, f, f)::numeric, 1) AS year,
       expected_purchases(joint, 0, 0, 0, date '2024-11-30', 31, f, f) > 1.5 * expected_purchases(joint, 0, 0, 0, date '2024-12-31', 31, f, f) AS december
FROM models, generate_series(0, 1) AS friend (friend), LATERAL (SELECT friend.friend) AS x, LATERAL (SELECT features(x) AS f) AS f ORDER BY 1;
SELECT max(abs(cltv_predict(joint, spend, history, '2024-12-31', 365, discount_rate => 0, margin => 0.3, purchases => a, dropout => a)
               / (0.3 * expected_spend(spend, s.frequency, s.monetary_value) * expected_purchases(joint, history, '2024-12-31', 365, a, a)) - 1)) < 1e-12 AS undiscounted,
       bool_and(cltv_predict(joint, spend, history, '2024-12-31', 365, purchases => a, dropout => a)
                < cltv_predict(joint, spend, history, '2024-12-31', 365, 0, purchases => a, dropout => a)) AS discounted,
       max(abs(cltv_predict(attributes, spend, history, '2024-12-31', 365, purchases => a, dropout => a)
               / cltv_predict(attributes, spend, s.frequency, s.recency, s.tenure, s.monetary_value, 365, purchases => a, dropout => a) - 1)) < 1e-12 AS no_calendar
FROM models, (SELECT gg_model(6, 4, 15) AS spend) AS g, histories, rfm_summary(history, '2024-12-31') AS s WHERE customer_id < 200;

\echo '-- stored bases: the same model by parts, in any order, and from text'
CREATE TABLE bases AS
SELECT customer_id % 3 AS part, calendar_base(history, '2024-12-31', months, a, a) AS base FROM histories, calendars GROUP BY part;
SELECT bgnbd_fit(rollup)::text = (SELECT joint FROM models)::text AS same, bgnbd_fit(rollup::text::calendar_base)::text = bgnbd_fit(rollup)::text AS text,
       calendar_base_send(rollup::text::calendar_base) = calendar_base_send(rollup) AS binary
FROM (SELECT rollup(base) FROM bases) AS r;
SELECT bgnbd_fit(base, 0)::text = bgnbd_fit(base)::text AS same_without_prior FROM (SELECT rollup(base ORDER BY part DESC) AS base FROM bases) AS r;
SELECT calendar_base(history, '2024-01-10', calendar_months('2024-01-01', '2024-12-31'), features('{x,y}', '{1,2.5}')) AS base
FROM (SELECT purchase_history(day::date, 1) AS history FROM generate_series(date '2024-01-02', '2024-01-03', '1 day') AS day) AS h;
SELECT calendar_base(NULL::purchase_history, '2024-12-31', months, a) IS NULL AS no_history, calendar_base(history, '2024-12-31', months, NULL::features) IS NULL AS no_attributes,
       calendar_base(history, '2024-12-31', months, NULL::features, NULL) IS NULL AS none_of_either
FROM histories, calendars;

\echo '-- who is asked without what the model knows: errors that name it'
SELECT e.* FROM (VALUES
    ('SELECT expected_purchases(joint, 3, 100, 200, 90) FROM models'),
    ('SELECT expected_purchases(joint, 3, 100, 200, 90, a, a) FROM models, histories'),
    ('SELECT expected_purchases(joint, history, ''2024-12-31'', 90) FROM models, histories'),
    ('SELECT expected_purchases(joint, history, ''2024-12-31'', 90, a) FROM models, histories'),
    ('SELECT expected_purchases(season, history, ''2024-12-31'', 90, a) FROM models, histories'),
    ('SELECT prob_alive(joint, history, ''2024-12-31'') FROM models, histories'),
    ('SELECT cltv_predict(joint, gg_model(6, 4, 15), history, ''2024-12-31'', 90) FROM models, histories'),
    ('SELECT expected_purchases(joint, history, ''2024-12-31'', 90, features(''{enemy}'', ''{1}''), a) FROM models, histories'),
    ('SELECT bgnbd_fit(history, ''2024-12-31'', months, features(''{friend}'', ''{NULL}'')) FROM histories, calendars'),
    ('SELECT bgnbd_fit(history, ''2024-12-31'', months, CASE friend WHEN 0 THEN a ELSE features(''{x}'', ''{1}'') END) FROM histories, calendars'),
    ('SELECT rollup(base) FROM (SELECT base FROM bases UNION ALL SELECT calendar_base(history, ''2024-12-31'', months) FROM histories, calendars) AS b'),
    ('SELECT nbd_fit(base) FROM bases'),
    ('SELECT ''{"as_of":"2024-01-10","calendar":{"first":"2024-01-01","last":"2024-12-31","parts":[{"rule":"months"}]},"customers":1,"purchases":[["2023-01-05",1]],"rows":[[1,"2024-01-02","2024-01-05",1]]}''::calendar_base')) AS s (statement),
    LATERAL error_of(statement) AS e;
SELECT expected_purchases(joint, history, '2024-12-31', 90, NULL::features, NULL) IS NULL AS unknown FROM models, histories LIMIT 1;

\echo '-- an attribute, or a column of the calendar, that tells nothing: a model without parameters that names it'
SELECT model_status(m), m::text::cltv_model::text = m::text AS same, expected_purchases(m, history, '2024-12-31', 9, o) IS NULL AS silent
FROM (SELECT bgnbd_fit(history, '2024-12-31', months, features('{one}', '{1}')) AS m FROM histories, calendars) AS f,
     LATERAL (SELECT history, features('{one}', '{1}') AS o FROM histories LIMIT 1) AS h;
SELECT model_status(m), m::text::cltv_model::text = m::text AS same FROM (
    SELECT bgnbd_fit(history, '2024-12-31', flat, a) AS m
    FROM histories, (SELECT calendar(day::date, features('{flat}', '{1}')) AS flat FROM generate_series(date '2021-01-01', '2024-12-31', '1 day') AS day) AS c) AS f;
DROP TABLE bases, models, calendars, histories, truth;
DROP FUNCTION error_of;

-- models with a calendar: fits, coefficients, predictions from histories; what they refuse
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

-- A shop in which December brings e^0.9 as many orders, July e^-0.5, a sale e^0.6, and Sundays are closed: what happens evenly
-- on the clock of the weights happens on the days that the clock says.
CREATE TABLE shop_day AS
SELECT day::date AS day, extract(month FROM day) AS month, extract(isodow FROM day) = 7 AS closed,
       (extract(month FROM day) = 5 AND extract(day FROM day) BETWEEN 10 AND 19)::int AS sale
FROM generate_series(date '2021-01-01', '2025-12-31', '1 day') AS day;
CREATE TABLE clock AS
SELECT day, closed, sale, weight, sum(weight) OVER (ORDER BY day) - weight AS begins, sum(weight) OVER (ORDER BY day) AS ends
FROM (SELECT *, CASE WHEN closed THEN 0 ELSE exp(0.9 * (month = 12)::int - 0.5 * (month = 7)::int + 0.6 * sale) END AS weight FROM shop_day) AS d;
CREATE TABLE orders AS
SELECT customer_id, day AS ordered_on, amount
FROM simulate_orders(bgnbd_model(r => 1.2, alpha => 60, a => 0.8, b => 4), gg_model(p => 6.25, q => 3.74, v => 15.44), 2500, date '2021-01-01', date '2025-12-31', 5),
     LATERAL (SELECT extract(epoch FROM ordered_at - timestamp '2021-01-01') / 86400 AS at) AS t JOIN clock ON at >= begins AND at < ends;
CREATE TABLE histories AS
SELECT customer_id, purchase_history(ordered_on, amount) AS history FROM orders WHERE ordered_on <= '2024-12-31' GROUP BY customer_id;
CREATE TABLE calendars AS
SELECT calendar_months('2021-01-01', '2024-12-31') AS months, calendar_season('2021-01-01', '2024-12-31') AS season, campaigns,
       calendar_months('2021-01-01', '2024-12-31') || campaigns AS all_of_it
FROM (SELECT calendar(day, features(x)) AS campaigns FROM shop_day, LATERAL (SELECT sale, closed) AS x) AS c;
SELECT count(*) > 1000 AS customers FROM histories;

\echo '-- the coefficients that the shop has, each within three standard errors and far from none'
CREATE TABLE models AS
SELECT bgnbd_fit(history, '2024-12-31', all_of_it) AS all_of_it, mbgnbd_fit(history, '2024-12-31', all_of_it) AS modified,
       bgnbd_fit(history, '2024-12-31', season) AS season, bgnbd_fit(history, '2024-12-31', campaigns) AS campaigns,
       bgnbd_fit(s.frequency, s.recency, s.tenure) AS plain
FROM histories, rfm_summary(history, '2024-12-31') AS s, calendars;
SELECT model_status(all_of_it), model_status(modified), model_status(season), model_status(campaigns) FROM models;
SELECT p.name, CASE WHEN abs(p.estimate - truth) < 3 * std_error THEN 'right' ELSE format('%s, not %s', estimate, truth) END AS estimate, std_error < 0.15 AS told,
       CASE WHEN truth <> 0 THEN p_value < 0.001 END AS significant, abs(z - estimate / std_error) < 1e-12 AS z
FROM models, model_params(all_of_it) AS p
     JOIN (VALUES ('season: december', 0.9), ('season: july', -0.5), ('season: sale', 0.6), ('season: june', 0), ('season: march', 0)) AS t (name, truth) USING (name)
ORDER BY p.name;
SELECT count(*), count(*) FILTER (WHERE name LIKE 'season: %'), count(z), bool_or(name LIKE '%closed%') AS closed FROM models, model_params(all_of_it);
-- With a mean weight of 1 a year, alpha is that of the shop in days: 60, by the mean weight of 2024.
SELECT abs(estimate - 60 / mean) < 3 * std_error AS alpha
FROM models, model_params(all_of_it) AS p, (SELECT avg(weight) AS mean FROM clock WHERE extract(year FROM day) = 2024) AS c WHERE name = 'alpha';
SELECT log_likelihood(all_of_it) - log_likelihood(campaigns) > 50 AS months_matter, log_likelihood(campaigns) - log_likelihood(plain) > 10 AS closed_days_matter,
       (lr_test(campaigns, all_of_it)).df FROM models;

\echo '-- the same bits whatever customers and horizons come before'
WITH up AS MATERIALIZED (
    SELECT customer_id, churn_prob(m, history, '2024-12-31', 90.0) AS churn, expected_purchases(m, history, '2024-12-31', 40.0) AS soon,
        (expected_purchases_interval(m, history, '2024-12-31', 40.0)).upper
    FROM (SELECT * FROM histories ORDER BY customer_id OFFSET 0) AS h, (SELECT season AS m FROM models) AS m),
down AS MATERIALIZED (
    SELECT customer_id, churn_prob(m, history, '2024-12-31', 90.0) AS churn, expected_purchases(m, history, '2024-12-31', 40.0) AS soon,
        expected_purchases(m, history, '2024-12-31', 4000.0) AS late, (expected_purchases_interval(m, history, '2024-12-31', 40.0)).upper
    FROM (SELECT * FROM histories ORDER BY customer_id DESC OFFSET 0) AS h, (SELECT season AS m FROM models) AS m)
SELECT count(*) > 1000 AS customers, count(*) FILTER (WHERE up.churn <> down.churn) AS churn, count(*) FILTER (WHERE up.soon <> down.soon) AS soon,
    count(*) FILTER (WHERE up.upper <> down.upper) AS upper
FROM up JOIN down USING (customer_id);

\echo '-- the likelihood is that of the customers, one by one; a calendar that says nothing of these days is not looked at'
SELECT abs(sum(log_likelihood(all_of_it, history, '2024-12-31')) - min(log_likelihood(all_of_it))) < 1e-8 AS of_bgnbd,
       abs(sum(log_likelihood(modified, history, '2024-12-31')) - min(log_likelihood(modified))) < 1e-8 AS of_mbgnbd,
       abs(sum(log_likelihood(plain, history, '2024-12-31')) - min(log_likelihood(plain))) < 1e-8 AS plain
FROM histories, models;

\echo '-- factors of days: 0 where closed, 1 on average over the last year of the calendar, the ratios those of the coefficients'
SELECT count(*), min(day), max(day), bool_and((factor = 0) = closed) AS closed,
       abs(avg(factor) FILTER (WHERE day > '2024-12-31') - 1) < 1e-12 AS mean
FROM models, season_factors(all_of_it) JOIN shop_day USING (day);
SELECT abs(ln(a.factor / b.factor) - p.estimate) < 1e-12 AS december
FROM models, model_params(all_of_it) AS p, season_factors(all_of_it) AS a, season_factors(all_of_it) AS b
WHERE p.name = 'season: december' AND a.day = '2024-12-10' AND b.day = '2024-01-10';

\echo '-- predictions: the next December has more than the next July; a model without a calendar says the same as from three numbers'
SELECT round((sum(expected_purchases(all_of_it, history, '2024-12-31', 365)) / count(*) FILTER (WHERE ordered_on > '2024-12-31'))::numeric, 1) AS by_actual
FROM models, (SELECT history, NULL::date AS ordered_on FROM histories UNION ALL
              SELECT NULL, ordered_on FROM (SELECT DISTINCT o.customer_id, ordered_on FROM orders AS o JOIN histories USING (customer_id)) AS o) AS h;
SELECT month, round((100 * expected / sum(expected) OVER ())::numeric) AS share
FROM (SELECT month, sum(expected_purchases(all_of_it, history, '2024-12-31', month * 365 / 12) - expected_purchases(all_of_it, history, '2024-12-31', (month - 1) * 365 / 12)) AS expected
      FROM models, histories, generate_series(1, 12) AS month GROUP BY month) AS m ORDER BY month;
SELECT max(abs(expected_purchases(plain, history, '2024-12-31', 90.5) - expected_purchases(plain, s.frequency, s.recency, s.tenure, 90.5))) AS expected,
       max(abs(prob_alive(plain, history, '2024-12-31') - prob_alive(plain, s.frequency, s.recency, s.tenure))) AS alive,
       max(abs(prob_alive(plain, history, '2024-12-31', 30) - prob_alive(plain, s.frequency, s.recency, s.tenure, 30))) AS alive_after,
       max(abs(churn_prob(plain, history, '2024-12-31') - churn_prob(plain, s.frequency, s.recency, s.tenure))) AS churn,
       max(abs(churn_prob(plain, history, '2024-12-31', 30) - churn_prob(plain, s.frequency, s.recency, s.tenure, 30))) AS silent
FROM models, histories, rfm_summary(history, '2024-12-31') AS s;
SELECT bool_and(abs(prob_alive(all_of_it, history, '2024-12-31') + churn_prob(all_of_it, history, '2024-12-31') - 1) < 1e-14) AS both,
       bool_and(churn_prob(all_of_it, history, '2024-12-31', 0) BETWEEN 0 AND 1) AS none_within_none,
       bool_and(expected_purchases(all_of_it, history, '2024-12-31', 0) = 0) AS nothing,
       bool_and(expected_purchases(all_of_it, history, '2024-12-31', 1.5) BETWEEN expected_purchases(all_of_it, history, '2024-12-31', 1) AND expected_purchases(all_of_it, history, '2024-12-31', 2)) AS between_days,
       bool_and(expected_purchases(season, history, '2024-12-31', 'infinity') > expected_purchases(season, history, '2024-12-31', 100000)) AS for_ever
FROM models, histories WHERE customer_id < 200;
SELECT expected_purchases(all_of_it, NULL, '2024-12-31', 10) IS NULL AS of_null, expected_purchases(all_of_it, refunds, '2024-12-31', 10) IS NULL AS of_refunds
FROM models, (SELECT purchase_history('2024-05-01', -3) AS refunds) AS h;
\echo '-- value: without a discount spend times purchases; discounted, the days that come sum up'
CREATE TABLE spend AS SELECT gg_fit(s.frequency, s.monetary_value) AS model FROM histories, rfm_summary(history, '2024-12-31') AS s;
SELECT max(abs(cltv_predict(all_of_it, spend.model, history, '2024-12-31', 365, discount_rate => 0, margin => 0.3)
               / (0.3 * expected_spend(spend.model, s.frequency, s.monetary_value) * expected_purchases(all_of_it, history, '2024-12-31', 365)) - 1)) < 1e-12 AS undiscounted,
       max(abs(cltv_predict(plain, spend.model, history, '2024-12-31', 365) / cltv_predict(plain, spend.model, s.frequency, s.recency, s.tenure, s.monetary_value, 365) - 1)) AS plain
FROM models, spend, histories, rfm_summary(history, '2024-12-31') AS s;
SELECT max(abs(cltv_predict(all_of_it, spend.model, history, '2024-12-31', 365, 0.5) / expected_spend(spend.model, s.frequency, s.monetary_value) / by_day - 1)) < 1e-5 AS discounted
FROM models, spend, (SELECT * FROM histories WHERE customer_id <= 20) AS h, rfm_summary(history, '2024-12-31') AS s,
     LATERAL (SELECT sum((expected_purchases(all_of_it, history, '2024-12-31', day + 1) - expected_purchases(all_of_it, history, '2024-12-31', day)) * exp(-ln(1.5) * (day + 0.5) / 365)) AS by_day
              FROM generate_series(0, 364) AS day) AS d;
SELECT cltv_predict(season, spend.model, history, '2024-12-31', 'infinity') > cltv_predict(season, spend.model, history, '2024-12-31', 3650) AS residual
FROM models, spend, histories WHERE customer_id = 5;

-- A Sunday adds nothing: 2025-01-05 is the fifth day after.
SELECT bool_and(expected_purchases(all_of_it, history, '2025-01-01', 4) = expected_purchases(all_of_it, history, '2025-01-01', 5)) AS sunday
FROM models, histories;

\echo '-- Pareto/NBD: customers leave in time, whatever the season'
CREATE TABLE timed AS SELECT pnbd_fit(history, '2024-12-31', sales) AS model, pnbd_fit(s.frequency, s.recency, s.tenure) AS plain
FROM histories, rfm_summary(history, '2024-12-31') AS s, (SELECT calendar(day, features(x)) AS sales FROM shop_day, LATERAL (SELECT sale, (month = 12)::int AS december) AS x) AS c;
SELECT model_status(model), p.name, estimate > 0.4 AND z > 4 AS right, log_likelihood(model) - log_likelihood(plain) > 10 AS matters
FROM timed, model_params(model) AS p WHERE p.name LIKE 'season%';
SELECT abs(sum(log_likelihood(model, history, '2024-12-31')) - min(log_likelihood(model))) < 1e-7 AS sum,
       bool_and(abs(prob_alive(model, history, '2024-12-31') + churn_prob(model, history, '2024-12-31') - 1) < 1e-14) AS both,
       bool_and(churn_prob(model, history, '2024-12-31', 0) > 1 - 1e-12) AS none_within_none,
       bool_and(prob_alive(model, history, '2024-12-31', 30) < prob_alive(model, history, '2024-12-31')) AS leaving,
       bool_and(expected_purchases(model, history, '2024-12-31', 365) - expected_purchases(model, history, '2024-12-31', 334) > 1.2 * expected_purchases(model, history, '2024-12-31', 31)) AS december,
       bool_and(cltv_predict(model, gg_model(6, 4, 15), history, '2024-12-31', 365) < cltv_predict(model, gg_model(6, 4, 15), history, '2024-12-31', 365, 0)) AS discounted
FROM timed, histories;

\echo '-- simulated shops: nothing on closed days, and a fit finds the model again; NBD, too'
CREATE TABLE simulated AS SELECT customer_id, ordered_at::date AS day FROM models, simulate_orders(all_of_it, gg_model(6, 4, 15), 4000, '2021-01-01', '2024-12-31', 3);
SELECT count(*) FILTER (WHERE closed) AS closed, round(count(*) FILTER (WHERE extract(month FROM day) = 12) / count(*)::numeric, 1) AS december,
       min(day) <= '2021-01-02' AS first, max(day) AS last FROM simulated JOIN shop_day USING (day);
SELECT model_status(refit) AS status, count(*) AS params, bool_and(abs(p.estimate - m.estimate) < 3.5 * p.std_error) AS right
FROM models CROSS JOIN (SELECT bgnbd_fit(history, '2024-12-31', all_of_it) AS refit FROM calendars, (SELECT purchase_history(day, 1) AS history FROM simulated GROUP BY customer_id) AS h) AS r
     CROSS JOIN LATERAL model_params(refit) AS p JOIN LATERAL model_params(all_of_it) AS m USING (name) GROUP BY 1;
SELECT model_status(nbd) AS status, p.estimate BETWEEN 0.5 AND 1.2 AS december, abs((SELECT sum(log_likelihood(nbd, history, '2024-12-31')) FROM histories) - log_likelihood(nbd)) < 1e-7 AS sum
FROM (SELECT nbd_fit(history, '2024-12-31', all_of_it) AS nbd FROM histories, calendars) AS n, model_params(nbd) AS p WHERE p.name = 'season: december';
SELECT e.* FROM (VALUES
    ('SELECT simulate_orders(all_of_it, gg_model(6, 4, 15), 10, ''2021-01-01'', ''2026-01-01'', 1) FROM models'),
    ('SELECT simulate_orders(all_of_it, gg_model(6, 4, 15), 10, ''2020-01-01'', ''2021-01-01'', 1) FROM models'),
    ('SELECT simulate_orders(season, gg_model(6, 4, 15), 10, ''1021-01-01'', ''2021-01-01'', 1) FROM models')) AS s (statement), LATERAL error_of(statement) AS e;

\echo '-- days beyond: a calendar with a table ends, one by rules repeats'
SELECT e.* FROM (VALUES
    ('SELECT expected_purchases(all_of_it, history, ''2024-12-31'', 366) FROM models, histories'),
    ('SELECT expected_purchases(all_of_it, history, ''2024-12-31'', 367) FROM models, histories'),
    ('SELECT expected_purchases(all_of_it, history, ''2024-12-31'', ''infinity'') FROM models, histories'),
    ('SELECT prob_alive(all_of_it, history, ''2026-01-01'') FROM models, histories'),
    ('SELECT prob_alive(season, history, ''2036-01-01'') FROM models, histories'),
    ('SELECT prob_alive(all_of_it, history, ''2023-01-01'') FROM models, histories'),
    ('SELECT prob_alive(all_of_it, early, ''2023-01-01'') FROM models, (SELECT purchase_history(''2020-05-01'', 1) AS early) AS h'),
    ('SELECT bgnbd_fit(history, ''2025-12-31'', campaigns) FROM histories, calendars'),
    ('SELECT bgnbd_fit(history, ''2026-01-01'', campaigns) FROM histories, calendars'),
    ('SELECT bgnbd_fit(early, ''2025-12-31'', campaigns) FROM calendars, (SELECT purchase_history(''2020-05-01'', 1) AS early) AS h'),
    ('SELECT bgnbd_fit(early, ''2026-01-01'', months) FROM calendars, (SELECT purchase_history(''1820-05-01'', 1) AS early) AS h')) AS s (statement),
    LATERAL error_of(statement) AS e;

\echo '-- three numbers do not say on which days: an error in every function, never a number'
SELECT e.code, e.message, count(*) FROM (VALUES
    ('expected_purchases(season, 2, 30, 40, 90)'), ('prob_alive(season, 2, 30, 40)'), ('prob_alive(season, 2, 30, 40, 9)'), ('churn_prob(season, 2, 30, 40)'),
    ('churn_prob(season, 2, 30, 40, 90)'), ('bgnbd_predict(season, 2, 30, 40, 90)'), ('log_likelihood(season, 2, 30, 40)'), ('expected_purchases(season, 90)'),
    ('purchase_pmf(season, 2, 30, 40, 90, 1)'), ('purchase_pmf(season, 1, 90)'), ('expected_purchases_interval(season, 2, 30, 40, 90)'),
    ('cltv_predict(season, gg_model(6, 4, 15), 2, 30, 40, 10, 90)')) AS f (call),
    LATERAL error_of('SELECT ' || call || ' FROM models') AS e GROUP BY 1, 2;
SELECT e.* FROM (VALUES
    ('SELECT season_factors(plain) FROM models'),
    ('SELECT prob_alive(gg_model(6, 4, 15), history, ''2024-12-31'') FROM histories'),
    ('SELECT prob_alive(bgbb_model(1.2, 0.75, 0.66, 2.8), history, ''2024-12-31'') FROM histories'),
    ('SELECT expected_purchases(season, history, ''2024-12-31'', -1) FROM models, histories'),
    ('SELECT prob_alive(season, 2, 30, 40) FROM models')) AS s (statement), LATERAL error_of(statement) AS e;

\echo '-- bases: in one step or two, in parts, in any order; a model is the same from each'
CREATE TABLE bases AS SELECT calendar_base(history, '2024-12-31', season) AS base FROM histories, calendars GROUP BY customer_id % 7;
SELECT bgnbd_fit(rollup(base))::text = (SELECT season::text FROM models) AS rolled_up FROM bases;
SELECT (SELECT calendar_base(history, '2024-12-31', season ORDER BY md5(customer_id::text)) FROM histories, calendars)::text = rollup(base)::text AS same FROM bases;
SELECT base::text::calendar_base::text = base::text AS text FROM bases LIMIT 1;
SELECT calendar_base(history, '2024-12-31', months)
FROM calendars, (VALUES ('2024-01-01'::date, '2024-01-05'::date), ('2024-01-01', '2024-01-05'), ('2024-02-29', NULL)) AS c (a, b),
     LATERAL (SELECT purchase_history(day, 1) AS history FROM (VALUES (a), (b)) AS d (day)) AS h;
SELECT bgnbd_fit(base, 1)::text = bgnbd_fit(base)::text AS prior FROM bases LIMIT 1;
SELECT calendar_base(NULL, '2024-12-31', months) IS NULL AS nulls, calendar_base(purchase_history, '2024-12-31', months) IS NULL AS refunds
FROM calendars, (SELECT purchase_history('2024-05-01', -1.0::float8)) AS h;
SELECT e.* FROM (VALUES
    ('SELECT calendar_base(history, ''2024-12-31''::date + customer_id::int % 2, season) FROM histories, calendars'),
    ('SELECT calendar_base(history, ''2024-12-31'', CASE WHEN customer_id % 2 = 0 THEN season ELSE months END) FROM histories, calendars'),
    ('SELECT calendar_base(history, ''2023-12-31'', season) FROM histories, calendars'),
    ('SELECT bgnbd_fit(purchase_history, ''2024-12-31'', campaigns) FROM (SELECT g, purchase_history(day, 1) FROM generate_series(1, 20) AS g, unnest(ARRAY[date ''2024-01-02'', ''2024-01-07'', ''2024-01-14'']) AS day GROUP BY g) AS h, calendars'),
    ('SELECT log_likelihood(all_of_it, h, ''2024-12-31'') FROM models, (SELECT purchase_history(day, 1) AS h FROM unnest(ARRAY[date ''2024-01-02'', ''2024-01-07'']) AS day) AS s')) AS s (statement),
    LATERAL error_of(statement) AS e;

\echo '-- columns that tell nothing have a name, and so has one that runs away; a season that was seen once'
CREATE FUNCTION of_columns(columns text, OUT status text, OUT params bigint, OUT back boolean) LANGUAGE plpgsql AS $$
DECLARE model cltv_model;
BEGIN
    EXECUTE format('SELECT bgnbd_fit(history, ''2024-12-31'', c) FROM histories, (SELECT calendar(day, features(x)) AS c FROM shop_day, LATERAL (SELECT %s) AS x) AS c', columns)
        INTO model;
    status := model_status(model);
    params := (SELECT count(estimate) FROM model_params(model));
    back := model::text::cltv_model::text = model::text AND model::jsonb::text::cltv_model::text = model::text;
END $$;
\set VERBOSITY terse
SELECT * FROM of_columns('sale, 1 AS one');
SELECT * FROM of_columns('sale, (day > ''2025-01-01'')::int AS later');
SELECT * FROM of_columns('sale, 2 * sale AS twice');
SELECT * FROM of_columns('sale, closed AS "Sunday ""closed"""');
\set VERBOSITY default
SELECT model_status(bgnbd_fit(history, '2024-12-31', months)) FROM calendars, (SELECT customer_id, purchase_history(ordered_on, amount) AS history FROM orders
    WHERE ordered_on BETWEEN '2023-10-01' AND '2024-12-31' GROUP BY 1) AS h;
SELECT model_status(bgnbd_fit(history, '2024-12-31', months)) FROM calendars, (SELECT purchase_history(date '2024-01-01' + g, 1) AS history FROM generate_series(1, 50) AS g GROUP BY g) AS h;

\echo '-- the text and binary forms of a model with a calendar'
SELECT all_of_it::text::cltv_model::text = all_of_it::text AS text, all_of_it::jsonb::text::cltv_model::text = all_of_it::text AS jsonb,
       cltv_model_send(all_of_it::text::cltv_model) = cltv_model_send(all_of_it) AS binary,
       jsonb_array_length(all_of_it::jsonb -> 'season') AS coefficients, season::jsonb -> 'calendar' AS calendar FROM models;
-- how many digits a number has, and so where a byte is, the compiler decides, too
SELECT e.code, e.message, regexp_replace(e.detail, 'byte \d+', 'byte N') AS detail, e.hint FROM models, (VALUES ('{"season":null}'), ('{"season":[1]}'), ('{"calendar":null}'), ('{"status":"constant: season: x"}'), ('{"status":"runaway: season: year sin 1"}'), ('{"kind":"nbd"}')) AS c (change),
    LATERAL error_of(format('SELECT %L::cltv_model', (season::jsonb || change::jsonb)::text)) AS e;

\echo '-- growth of a whole shop, 35 % a year (as a logarithm) beside a season: found again, and the next half year is foretold by it'
CREATE TABLE growing AS
SELECT customer_id, ordered_at, amount FROM (
    SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY ordered_at) AS n, ordered_at::date - date '2021-01-01' AS day
    FROM simulate_orders(nbd_model(1.5, 30), gg_model(6, 4, 15), customers => 1500, first_day => '2021-01-01', last_day => '2024-06-30', seed => 1)) AS s
WHERE n = 1 OR hashtextextended(format('%s %s', customer_id, ordered_at), 1)::float8 / 2::float8 ^ 64 + 0.5
    < exp(0.35 * (day / 365.25 - 3.5)) * (1 + 0.5 * sin(2 * pi() * day / 365.25)) / 1.5;
CREATE TABLE growing_histories AS
SELECT customer_id, purchase_history(ordered_at, amount) FILTER (WHERE ordered_at < '2024-01-01') AS history,
       count(DISTINCT ordered_at::date) FILTER (WHERE ordered_at >= '2024-01-01') AS later
FROM growing GROUP BY 1 HAVING min(ordered_at) < '2024-01-01';
CREATE TABLE growing_models AS
SELECT nbd_fit(history, '2023-12-31', calendar_season('2021-01-01', '2023-12-31')) AS season,
       nbd_fit(history, '2023-12-31', calendar_season('2021-01-01', '2023-12-31') || calendar_trend('2021-01-01', '2023-12-31', '2024-12-31')) AS grown,
       nbd_fit(history, '2023-12-31', calendar_season('2021-01-01', '2023-12-31') || calendar_trend('2021-01-01', '2023-12-31', '2024-12-31', 0)) AS ended
FROM growing_histories;
SELECT name, abs(estimate - 0.35) < 2 * std_error AS found, round(std_error::numeric, 4) AS std_error FROM growing_models, model_params(grown) WHERE name = 'season: trend';
SELECT sum(later) AS came, round(sum(expected_purchases(season, history, '2023-12-31', 182))) AS season,
       round(sum(expected_purchases(grown, history, '2023-12-31', 182))) AS grown, round(sum(expected_purchases(ended, history, '2023-12-31', 182))) AS ended
FROM growing_histories, growing_models;
SELECT e.* FROM error_of('SELECT expected_purchases(grown, history, ''2023-12-31'', 400) FROM growing_histories, growing_models') AS e;
DROP TABLE growing, growing_histories, growing_models;

DROP TABLE shop_day, clock, orders, histories, calendars, models, bases, spend, timed, simulated;
DROP FUNCTION error_of(text), of_columns(text);

-- a calendar that acts on dropout: when customers leave, beside when they purchase
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

\echo '-- the calendar'
SELECT dropout_calendar(calendar_months('2021-01-01', '2021-12-31'));
SELECT dropout_calendar(calendar_season('2021-01-01', '2021-12-31', harmonics => 1)) || calendar_months('2021-01-01', '2022-12-31');
SELECT DISTINCT name FROM calendar_table(calendar_season('2021-01-01', '2021-12-31', harmonics => 1) || dropout_calendar(calendar_season('2021-01-01', '2021-12-31', harmonics => 1))) ORDER BY name;
SELECT c::text = c::text::calendar::text AS text, dropout_calendar(c)::text = c::text AS again, dropout_calendar(NULL) IS NULL AS nothing
FROM (SELECT dropout_calendar(calendar(date '2021-01-01' + i, features(x))) AS c FROM generate_series(0, 9) AS i, LATERAL (SELECT i / 4 AS rise, i % 2 AS "a ""b""") AS x) AS c;
SELECT (error_of($$SELECT dropout_calendar(calendar_months('2021-01-01', '2021-12-31')) || dropout_calendar(calendar_months('2021-01-01', '2021-12-31'))$$)).*;
SELECT (error_of($$SELECT dropout_calendar(calendar(date '2021-01-01' + i, features(x))) FROM generate_series(0, 9) AS i, LATERAL (SELECT i % 2 AS closed) AS x$$)).*;
SELECT (error_of($$SELECT '{"first":"2021-01-01","last":"2021-12-31","parts":[{"on":"dropout","rule":"months"},{"rule":"months"}]}'::calendar$$)).*;
SELECT (error_of($$SELECT '{"first":"2021-01-01","last":"2021-12-31","parts":[{"on":"purchase","rule":"months"}]}'::calendar$$)).*;

-- A shop whose sale brings e^0.8 as many purchases, and whose price rises make customers leave e^1.2 times as fast.
CREATE TABLE calendars AS
SELECT calendar(day, features(s)) AS sale, dropout_calendar(calendar(day, features(r))) AS rise, calendar(day, features(s)) || dropout_calendar(calendar(day, features(r))) AS both_of
FROM generate_series(date '2021-01-01', '2024-12-31', '1 day') AS d, LATERAL (SELECT d::date AS day, d::date - date '2021-01-01' AS i) AS n,
     LATERAL (SELECT (i % 97 < 12)::int AS sale) AS s, LATERAL (SELECT (i % 180 < 45)::int AS rise) AS r;
CREATE TABLE truth AS
SELECT jsonb_build_object('kind', 'pnbd', 'params', jsonb '{"r":1.4,"alpha":45,"s":0.9,"beta":200}', 'calendar', both_of::jsonb, 'season', jsonb '[0.8, 1.2]',
    'log_likelihood', NULL, 'customers', NULL, 'iterations', NULL, 'status', 'given', 'covariance', NULL)::text::cltv_model AS model FROM calendars;
CREATE TABLE orders AS
SELECT customer_id, ordered_at::date AS ordered_on, amount FROM truth, simulate_orders(model, gg_model(6, 4, 15), 3000, '2021-01-01', '2024-12-31', 7);
CREATE TABLE histories AS
SELECT customer_id, purchase_history(ordered_on, amount) AS history FROM orders WHERE ordered_on <= '2023-12-31' GROUP BY customer_id;

\echo '-- the fit finds what was put in'
CREATE TABLE models AS
SELECT pnbd_fit(history, '2023-12-31', both_of) AS both_of, pnbd_fit(history, '2023-12-31', sale) AS sale, pnbd_fit(history, '2023-12-31', rise) AS rise,
       calendar_base(history, '2023-12-31', both_of) AS base
FROM histories, calendars;
SELECT model_status(both_of), model_status(sale), model_status(rise) FROM models;
SELECT p.name, CASE WHEN abs(p.estimate - t.estimate) < 3 * p.std_error THEN 'right' ELSE format('%s, not %s, by %s', p.estimate, t.estimate, p.std_error) END AS estimate, p.z > 4 AS told
FROM models, model_params(both_of) AS p, truth, model_params(model) AS t WHERE p.name = t.name ORDER BY p.name;
SELECT (lr_test(sale, both_of)).df, (lr_test(sale, both_of)).p_value < 1e-6 AS sale_tells, (lr_test(rise, both_of)).p_value < 1e-6 AS rise_tells FROM models;
SELECT abs(sum(log_likelihood(both_of, history, '2023-12-31')) - min(log_likelihood(both_of))) < 1e-7 AS adds_up FROM models, histories;
SELECT pnbd_fit(base)::text = both_of::text AS stored, both_of::text::cltv_model::text = both_of::text AS text FROM models;
SELECT count(*) AS days, max(factor) > 1.5 AS sale FROM models, season_factors(both_of);
-- The factors of the truth, whose coefficients are 0.8 and 1.2: the mean is 1 over the calendar's last year.
SELECT v.acts_on, count(*) AS days, round(ln(max(factor) / min(factor))::numeric, 12) AS coefficient,
       round(avg(factor) FILTER (WHERE day > '2023-12-31')::numeric, 12) AS mean
FROM truth, (VALUES ('purchases'), ('dropout')) AS v (acts_on), season_factors(model, v.acts_on) GROUP BY v.acts_on ORDER BY v.acts_on;
SELECT min(factor) AS least, max(factor) AS most FROM models, season_factors(sale, acts_on => 'dropout');
SELECT (error_of($$SELECT season_factors(sale, 'leaving') FROM models$$)).*;
SELECT count(*) AS none FROM models, season_factors(both_of, NULL);

\echo '-- in any order and by parts'
SELECT count(DISTINCT m::text) AS models FROM (
    SELECT pnbd_fit(history, '2023-12-31', both_of) AS m FROM (SELECT * FROM histories ORDER BY customer_id DESC) AS h, calendars
    UNION ALL SELECT pnbd_fit(rollup(base)) FROM (SELECT calendar_base(history, '2023-12-31', both_of) AS base FROM histories, calendars GROUP BY customer_id % 7) AS b
    UNION ALL SELECT both_of FROM models) AS m;

\echo '-- predictions agree with one another'
CREATE TABLE predicted AS
SELECT customer_id, prob_alive(both_of, history, '2023-12-31') AS alive, churn_prob(both_of, history, '2023-12-31') AS gone,
       prob_alive(both_of, history, '2023-12-31', 90) AS alive_later, churn_prob(both_of, history, '2023-12-31', 90) AS silent,
       expected_purchases(both_of, history, '2023-12-31', 90) AS expected, i.*,
       (SELECT sum(purchase_pmf(both_of, history, '2023-12-31', 90, n)) FROM generate_series(0, 200) AS n) AS all_n,
       (SELECT sum(n * purchase_pmf(both_of, history, '2023-12-31', 90, n)) FROM generate_series(0, 200) AS n) AS mean,
       purchase_pmf(both_of, history, '2023-12-31', 90, 0) AS none,
       cltv_predict(both_of, gg_model(6, 4, 15), history, '2023-12-31', 90) AS value
FROM models, histories, LATERAL expected_purchases_interval(both_of, history, '2023-12-31', 90) AS i WHERE customer_id <= 200;
SELECT count(*), max(abs(alive + gone - 1)) < 1e-12 AS one, bool_and(alive_later < alive OR alive < 1e-9) AS fewer, max(abs(silent - none)) < 1e-12 AS silent,
       max(abs(all_n - 1)) < 1e-9 AS all_n, max(abs(mean - expected)) < 1e-8 AS mean, bool_and(lower < estimate AND estimate < upper) AS interval,
       max(abs(estimate - expected)) < 1e-12 AS estimate, bool_and(value > 0 OR expected < 1e-6) AS value FROM predicted;
-- Next to no discount is none.
SELECT max(abs(cltv_predict(both_of, gg_model(6, 4, 15), history, '2023-12-31', 90, discount_rate => 1e-12) / cltv_predict(both_of, gg_model(6, 4, 15), history, '2023-12-31', 90, discount_rate => 0) - 1)) < 1e-11 AS undiscounted
FROM models, histories WHERE customer_id <= 200;
-- The price rise that begins on the 21st of December makes more of them leave than the days before it.
SELECT sum(prob_alive(both_of, history, '2023-12-31', 5) / prob_alive(both_of, history, '2023-12-31')) <
       sum(prob_alive(both_of, history, '2023-12-31', 75) / prob_alive(both_of, history, '2023-12-31', 70)) AS faster_in_the_rise
FROM models, histories WHERE customer_id <= 500 AND prob_alive(both_of, history, '2023-12-31') > 1e-6;
SELECT actual BETWEEN lower AND upper AS total
FROM models, total_purchases_interval(both_of, base, 180, 0.999) AS t,
     LATERAL (SELECT count(DISTINCT (customer_id, ordered_on)) AS actual FROM orders JOIN histories USING (customer_id) WHERE ordered_on BETWEEN '2024-01-01' AND date '2023-12-31' + 180) AS o;

\echo '-- with attributes beside it'
CREATE TABLE with_attributes AS
SELECT pnbd_fit(history, '2023-12-31', both_of, features(x), features(x)) AS model FROM histories, calendars, LATERAL (SELECT customer_id % 2 = 0 AS even) AS x;
SELECT name, abs(z) < 4 AS by_chance FROM with_attributes, model_params(model) WHERE name LIKE '%: %' ORDER BY name;
SELECT expected_purchases(w.model, history, '2023-12-31', 90, features(x), features(x)) / expected_purchases(m.both_of, history, '2023-12-31', 90) BETWEEN 0.8 AND 1.25 AS near
FROM with_attributes AS w, models AS m, histories, LATERAL (SELECT customer_id % 2 = 0 AS even) AS x WHERE customer_id = 3;

\echo '-- what it refuses'
SELECT (error_of($$SELECT bgnbd_fit(history, '2023-12-31', both_of) FROM histories, calendars$$)).*;
SELECT (error_of($$SELECT mbgnbd_fit(history, '2023-12-31', rise) FROM histories, calendars$$)).message;
SELECT (error_of($$SELECT nbd_fit(history, '2023-12-31', rise) FROM histories, calendars$$)).message;
SELECT (error_of($$SELECT jsonb_set(model::jsonb, '{kind}', '"bgnbd"')::text::cltv_model FROM truth$$)).message;
SELECT (error_of($$SELECT replace(replace(model::text, '"kind":"pnbd"', '"kind":"bgnbd"'), '"s":0.9,"beta":200', '"a":0.9,"b":2')::cltv_model FROM truth$$)).*;
SELECT (error_of($$SELECT expected_purchases(both_of, history, '2023-12-31', 1000) FROM models, histories$$)).message;
SELECT (error_of($$SELECT expected_purchases(both_of, 2, 30, 60, 90) FROM models$$)).message;
SET client_min_messages = error;
-- Nothing tells a column that is never 1 while customers are seen, and nobody leaves in a shop whose customers stay.
SELECT model_status(pnbd_fit(history, '2023-12-31', both_of || dropout_calendar(late))) FROM histories, calendars,
     (SELECT calendar(day::date, features(x)) AS late FROM generate_series(date '2021-01-01', '2024-12-31', '1 day') AS day, LATERAL (SELECT (day > '2024-06-01')::int AS late) AS x) AS l;
SELECT model_status(pnbd_fit(history, '2023-12-31', rise)) <> 'converged' AS nobody_leaves
FROM (SELECT customer_id, purchase_history(ordered_at::date, amount) AS history FROM simulate_orders(nbd_model(1.4, 45), gg_model(6, 4, 15), 500, '2021-01-01', '2023-12-31', 3) GROUP BY customer_id) AS h, calendars;
RESET client_min_messages;

DROP TABLE calendars, truth, orders, histories, models, predicted, with_attributes;
DROP FUNCTION error_of(text);

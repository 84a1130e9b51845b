-- Calendars as they come from real tables, in every family: gaps, closed days, leap days, days that nobody knows.
\set ECHO none
\pset format unaligned
SET client_min_messages = error;
CREATE FUNCTION error_of(statement text, OUT error text) LANGUAGE plpgsql AS $$
DECLARE detail text; hint text;
BEGIN
    EXECUTE statement;
    error := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    error := concat_ws('|', SQLSTATE, SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
CREATE TEMP TABLE histories AS
SELECT customer_id AS id, purchase_history(ordered_at, amount) AS history
FROM simulate_orders(bgnbd_model(1, 40, 0.8, 3), gg_model(6, 4, 15), 600, '2022-01-01', '2023-12-31', 7) GROUP BY customer_id;
CREATE TEMP TABLE days AS
SELECT day::date AS day, (extract(isodow FROM day) >= 6)::int AS weekend FROM generate_series(date '2022-01-01', '2024-12-31', '1 day') AS day;
CREATE TEMP TABLE families (name) AS VALUES ('bgnbd'), ('mbgnbd'), ('pnbd'), ('nbd'), ('orders');

\echo '-- a gap: the first missing day, of any and of the leap day alone'
SELECT error_of(format('SELECT calendar(day, features(x)) FROM days, LATERAL (SELECT weekend) AS x WHERE %s', missing))
FROM (VALUES ('day NOT BETWEEN ''2023-02-03'' AND ''2023-02-05'' AND day <> ''2024-01-01'''), ('day <> ''2024-02-29''')) AS v (missing);

\echo '-- purchases on a day of weight 0: the first such day, in every family, with attributes and without'
CREATE TEMP TABLE shut AS
SELECT calendar(day, features(x)) AS shut FROM days, LATERAL (SELECT weekend, day IN ('2023-05-02', '2023-05-03') AS closed) AS x;
SELECT e AS error, string_agg(name || attributes, ', ' ORDER BY (name || attributes) COLLATE "C") AS fits
FROM families, (VALUES (''), (', features(''{id}'', ARRAY[id::float8])')) AS a (attributes),
     error_of(format('SELECT %s_fit(history, ''2023-12-31'', shut%s) FROM histories, shut', name, attributes)) AS e GROUP BY 1;
SELECT error_of('SELECT log_likelihood(m, history, ''2023-12-31'') FROM histories, (SELECT bgnbd_fit(history, ''2023-04-30'', shut) AS m FROM shut,
    (SELECT purchase_history(o.ordered_at, o.amount) AS history FROM simulate_orders(bgnbd_model(1, 40, 0.8, 3), gg_model(6, 4, 15), 600, ''2022-01-01'', ''2023-04-30'', 7) AS o GROUP BY o.customer_id) AS h) AS f') AS of_one_customer;

\echo '-- the leap day: in a year by season its factor is e^(coefficients x values of the day), over the mean of the year; among months it is in February'
CREATE TEMP TABLE models AS
SELECT f.name, f.model FROM (
    SELECT nbd_fit(history, '2023-12-31', calendar_season('2022-01-01', '2023-12-31')) AS nbd, bgnbd_fit(history, '2023-12-31', calendar_season('2022-01-01', '2023-12-31')) AS bgnbd,
           mbgnbd_fit(history, '2023-12-31', calendar_season('2022-01-01', '2023-12-31')) AS mbgnbd, pnbd_fit(history, '2023-12-31', calendar_season('2022-01-01', '2023-12-31')) AS pnbd,
           nbd_fit(history, '2023-12-31', calendar_months('2022-01-01', '2023-12-31')) AS months, nbd_fit(history, '2023-12-31', leaping) AS days
    FROM histories, (SELECT calendar(day, features(x)) AS leaping FROM days, LATERAL (SELECT weekend, (extract(month FROM day) = 2)::int AS february) AS x) AS c) AS fits,
    LATERAL (VALUES ('nbd', nbd), ('bgnbd', bgnbd), ('mbgnbd', mbgnbd), ('pnbd', pnbd), ('months', months), ('days', days)) AS f (name, model);
SELECT string_agg(DISTINCT model_status(model), ', ') AS statuses FROM models;
-- NBD: what is expected on a day is as the weight of the day. What is expected of the n-th day is that of as_of + n - 1.
WITH weights AS (
    SELECT models.name, day, exp(sum(p.estimate * c.value)) AS weight
    FROM models, (VALUES ('nbd', calendar_season('2024-01-01', '2024-12-31')), ('months', calendar_months('2024-01-01', '2024-12-31'))) AS v (which, calendar),
         LATERAL calendar_table(calendar) AS c JOIN LATERAL model_params(model) AS p ON p.name = 'season: ' || c.name
    WHERE models.name = which GROUP BY models.name, day),
expected AS (
    SELECT name, day::date AS day, expected_purchases(model, history, '2023-12-31', day::date - date '2023-12-31' + 1) - expected_purchases(model, history, '2023-12-31', day::date - date '2023-12-31') AS purchases
    FROM models, (SELECT history FROM histories WHERE id = 1) AS h, generate_series(date '2024-02-26', '2024-03-04', '1 day') AS day)
SELECT name, count(*), max(abs(purchases / weight / first - 1)) < 1e-9 AS as_the_weight, abs(max(purchases) FILTER (WHERE day = '2024-02-29') / max(purchases) FILTER (WHERE day = '2024-02-28') - 1) < 1e-9 AS as_the_day_before
FROM (SELECT *, first_value(purchases / weight) OVER (PARTITION BY name ORDER BY day) AS first FROM weights JOIN expected USING (name, day)) AS w
GROUP BY name ORDER BY name;
SELECT name, bool_and(year > to_leap_day AND abs(to_leap_day / sum_of_days - 1) < 1e-9) AS adds_up, bool_and(after_leap_day BETWEEN 0.9 AND 1.1) AS as_of_the_leap_day
FROM (SELECT name, expected_purchases(model, history, '2023-12-31', 366) AS year, expected_purchases(model, history, '2023-12-31', 61) AS to_leap_day,
             (SELECT sum(expected_purchases(model, history, '2023-12-31', n) - expected_purchases(model, history, '2023-12-31', n - 1)) FROM generate_series(1, 61) AS n) AS sum_of_days,
             expected_purchases(model, history, '2024-02-29', 30) / expected_purchases(model, history, '2024-03-01', 30) AS after_leap_day
      FROM models, histories WHERE id <= 50 AND name <> 'days') AS e GROUP BY name ORDER BY name;
-- A year that has the leap day, and purchases on it.
CREATE TEMP TABLE leaping AS
SELECT nbd_fit(history, '2024-12-31', calendar_season('2023-01-01', '2024-12-31', harmonics => 1)) AS model
FROM (SELECT g, purchase_history(day, 10) AS history FROM generate_series(1, 400) AS g, (VALUES (date '2023-02-27'), ('2024-02-29'), ('2023-08-01'), ('2024-10-02')) AS d (day) WHERE g % 7 < 3 OR day < '2024-01-01' AND g % 7 < 5 OR day = '2023-02-27' GROUP BY g) AS h;
SELECT model_status(model), count(*) AS days, count(*) FILTER (WHERE f.day = '2024-02-29') AS leap_days,
       max(abs(f.factor / (exp(b.sine * sin(phase) + b.cosine * cos(phase)) / mean) - 1)) < 1e-12 AS by_hand
FROM leaping, season_factors(model) AS f, (SELECT max(estimate) FILTER (WHERE name = 'season: year sin 1') AS sine, max(estimate) FILTER (WHERE name = 'season: year cos 1') AS cosine FROM leaping, model_params(model)) AS b,
     LATERAL (SELECT 2 * pi() * (extract(doy FROM f.day) - 1) / CASE WHEN extract(year FROM f.day) = 2024 THEN 366 ELSE 365 END AS phase) AS p,
     LATERAL (SELECT avg(exp(b.sine * sin(2 * pi() * d / 366) + b.cosine * cos(2 * pi() * d / 366))) AS mean FROM generate_series(0, 365) AS d) AS m GROUP BY 1;

\echo '-- beyond the calendar: the last day is named, by every function and family; a calendar by rules repeats'
SELECT error_of(format('SELECT %s_fit(history, ''2025-01-01'', c) FROM histories, (SELECT calendar(day, features(x)) AS c FROM days, LATERAL (SELECT weekend) AS x) AS c', name)) AS error, count(*) FROM families GROUP BY 1;
CREATE TEMP TABLE ending AS
SELECT bgnbd_fit(history, '2023-12-31', c) AS bgnbd, mbgnbd_fit(history, '2023-12-31', c) AS mbgnbd, pnbd_fit(history, '2023-12-31', c) AS pnbd, nbd_fit(history, '2023-12-31', c) AS nbd,
       bgnbd_fit(history, '2023-12-31', c, features('{even}', ARRAY[(id % 2)::float8])) AS attributes, calendar_base(history, '2023-12-31', c) AS base
FROM histories, (SELECT calendar(day, features(x)) AS c FROM days, LATERAL (SELECT weekend) AS x) AS c;
SELECT e AS error, count(*), string_agg(DISTINCT m.name, ', ') AS models
FROM (VALUES ('bgnbd'), ('mbgnbd'), ('pnbd'), ('nbd'), ('attributes')) AS m (name),
     (VALUES ('expected_purchases(%s, history, ''2023-12-31'', 368%s)'), ('churn_prob(%s, history, ''2023-12-31'', 368%s)'), ('prob_alive(%s, history, ''2023-12-31'', 368%s)'),
             ('purchase_pmf(%s, history, ''2023-12-31'', 368, 1%s)'), ('expected_purchases(%s, 3, 100, 300, date ''2023-12-31'', 368%s)'), ('cltv_predict(%s, gg_model(6, 4, 15), history, ''2023-12-31'', 368%s)'),
             ('expected_purchases_interval(%s, history, ''2023-12-31'', 368%s)'), ('expected_purchases(%s, history, ''2025-01-02'', 1%s)')) AS f (call),
     error_of(format('SELECT ' || f.call || ' FROM ending, (SELECT history, features(''{even}'', ''{1}'') AS x FROM histories WHERE id = 1) AS h', m.name, CASE m.name WHEN 'attributes' THEN ', purchases => x' ELSE '' END)) AS e
WHERE NOT (m.name = 'nbd' AND f.call LIKE 'prob_alive%') GROUP BY 1;
SELECT error_of('SELECT total_purchases_interval(bgnbd, base, 368) FROM ending') AS total;
SELECT bool_and(expected_purchases(bgnbd, history, '2023-12-31', 367) > 0) AS to_the_last_day FROM ending, histories;
SELECT name, bool_and(expected_purchases(model, history, '2023-12-31', 3650) > expected_purchases(model, history, '2023-12-31', 3000)) AS ten_years FROM models, histories WHERE id <= 20 AND name <> 'days' GROUP BY name ORDER BY name;

DROP FUNCTION error_of(text);
DROP TABLE histories, days, families, shut, models, leaping, ending;

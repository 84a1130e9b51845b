-- Do the fits with a calendar find what was put in? Prints the table of docs/purchases/calendar.md; takes minutes.
--
--   psql -XqAt -v shops=100 -f test/recovery/calendar.sql      in a database with the extension
--
-- The shops are of models with a smooth season of two harmonics, and with a year of growth beside it, and of Pareto/NBD with
-- sales, and with price rises on which customers leave, drawn by simulate_orders; what is put in stands in the models' text form.
SET client_min_messages = warning;
CREATE TEMPORARY TABLE truth AS
WITH base AS (
    SELECT purchase_history(ordered_at, amount) AS history
    FROM simulate_orders(bgnbd_model(1.2, 60, 0.8, 4), gg_model(6, 4, 15), 500, date '2021-01-01', date '2023-12-31', 1) GROUP BY customer_id
), campaigns AS (
    SELECT calendar(day, features(s)) AS sale, dropout_calendar(calendar(day, features(r))) AS rise
    FROM generate_series(0, 1094) AS i, LATERAL (SELECT date '2021-01-01' + i AS day) AS d, LATERAL (SELECT (i % 97 < 12)::int AS sale) AS s,
         LATERAL (SELECT (i % 180 < 45)::int AS rise) AS r
), calendars (kind, calendar, season) AS (
    SELECT 'sales and price rises', sale || rise, jsonb '[0.6, 1.0]' FROM campaigns
    UNION ALL VALUES ('season', calendar_season('2021-01-01', '2023-12-31'), jsonb '[0.2, -0.3, -0.1, 0.25]'),
    ('season and growth', calendar_season('2021-01-01', '2023-12-31') || calendar_trend('2021-01-01', '2023-12-31', '2023-12-31'), '[0.2, -0.3, -0.1, 0.25, 0.3]')
)
SELECT f.title, c.kind, f.customers, c.calendar, f.fit,
       (f.model::jsonb || jsonb_build_object('params', f.params, 'season', c.season))::text::cltv_model AS model
FROM calendars AS c CROSS JOIN LATERAL (
    SELECT 1 AS place, 'NBD' AS title, 'nbd_fit' AS fit, 900 AS customers, nbd_fit(history, '2023-12-31', calendar) AS model, jsonb '{"r":0.9,"alpha":80}' AS params FROM base WHERE kind LIKE 'season%'
    UNION ALL
    SELECT 2, 'BG/NBD', 'bgnbd_fit', 1200, bgnbd_fit(history, '2023-12-31', calendar), '{"r":1.2,"alpha":60,"a":0.8,"b":4}' FROM base WHERE kind LIKE 'season%'
    UNION ALL
    SELECT 3, 'MBG/NBD', 'mbgnbd_fit', 1200, mbgnbd_fit(history, '2023-12-31', calendar), '{"r":1.2,"alpha":60,"a":0.8,"b":4}' FROM base WHERE kind LIKE 'season%'
    UNION ALL
    SELECT 4, 'Pareto/NBD', 'pnbd_fit', 1200, pnbd_fit(history, '2023-12-31', calendar), '{"r":1.2,"alpha":60,"s":0.8,"beta":250}' FROM base) AS f
ORDER BY f.place, c.kind;
CREATE FUNCTION pg_temp.refitted(fit text, model cltv_model, calendar calendar, customers int, seed int) RETURNS cltv_model LANGUAGE plpgsql AS $$
DECLARE fitted cltv_model;
BEGIN
    EXECUTE format('SELECT %I(history, ''2023-12-31'', $1) FROM (SELECT purchase_history(ordered_at, amount) AS history '
                   'FROM simulate_orders($2, gg_model(6, 4, 15), $3, date ''2021-01-01'', date ''2023-12-31'', $4) GROUP BY customer_id) AS h', fit)
    INTO fitted USING calendar, model, customers, seed;
    RETURN fitted;
END $$;
CREATE TEMPORARY TABLE found AS
SELECT t.title, t.kind, t.customers, p.name, p.lower, p.upper, q.estimate AS truth
FROM truth AS t CROSS JOIN generate_series(1, :shops) AS seed
CROSS JOIN LATERAL pg_temp.refitted(t.fit, t.model, t.calendar, t.customers, seed) AS fitted
CROSS JOIN LATERAL model_params(fitted) AS p JOIN LATERAL model_params(t.model) AS q ON q.name = p.name
WHERE p.name LIKE '%: %';
SELECT '| model | calendar | customers | coefficients | truth in the 95 % interval |' || E'\n|---|---|---:|---:|---:|';
SELECT format('| %s | %s | %s | %s | %s %% |', title, kind, customers, count(*), round(100.0 * avg((truth BETWEEN lower AND upper)::int), 1))
FROM found GROUP BY title, kind, customers ORDER BY array_position('{NBD,BG/NBD,MBG/NBD,Pareto/NBD}', title), kind;
SELECT format('| all | | | %s | %s %% |', count(*), round(100.0 * avg((truth BETWEEN lower AND upper)::int), 1)) FROM found;

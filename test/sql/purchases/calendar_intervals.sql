-- models with a calendar: how likely so many purchases are, how sure an expectation is, and a total
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

-- A shop of two channels: friends order twice as often, December brings e^0.9 as many orders.
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
           simulate_orders(model, gg_model(6, 4, 15), 500, '2021-01-01', '2024-12-31', 5 + c.friend, c.a, c.a) AS o
      GROUP BY c.friend, o.customer_id) AS h,
     LATERAL (SELECT h.friend) AS x;
CREATE TABLE calendars AS
SELECT calendar_months('2021-01-01', '2025-12-31') AS months,
       (SELECT calendar(day::date, features(x)) FROM generate_series(date '2021-01-01', '2025-12-31', '1 day') AS day,
            LATERAL (SELECT (extract(month FROM day) = 12)::int AS december) AS x) AS table_of_days;
CREATE TABLE models AS
SELECT bgnbd_fit(history, '2024-12-31', months) AS bgnbd, mbgnbd_fit(history, '2024-12-31', months) AS mbgnbd,
       nbd_fit(history, '2024-12-31', months) AS nbd, pnbd_fit(history, '2024-12-31', months) AS pnbd,
       bgnbd_fit(history, '2024-12-31', table_of_days) AS ends, bgnbd_fit(history, '2024-12-31', months, a, a) AS attributed,
       pnbd_fit(history, '2024-12-31', months, a, a) AS pnbd_attributed, pnbd_fit(s.frequency, s.recency, s.tenure) AS plain,
       bgnbd_fit(s.frequency, s.recency, s.tenure, a, a) AS attributes
FROM histories, calendars, rfm_summary(history, '2024-12-31') AS s;
CREATE TABLE kinds AS
SELECT m.* FROM models, LATERAL (VALUES ('bgnbd', bgnbd), ('mbgnbd', mbgnbd), ('nbd', nbd), ('pnbd', pnbd), ('plain', plain)) AS m (kind, model);
SELECT string_agg(format('%s: %s', kind, model_status(model)), ', ') AS status FROM kinds;
CREATE TABLE few AS
SELECT row_number() OVER (ORDER BY friend, customer_id) AS id, history, a, s.frequency, s.recency, s.tenure FROM histories, rfm_summary(history, '2024-12-31') AS s WHERE customer_id <= 6;

\echo '-- a distribution, whose mean is what is expected; no purchase is as likely as churn_prob says'
SELECT kind, horizon, bool_and(abs(one - 1) < 1e-11) AS one, bool_and(abs(mean / expected - 1) < 1e-9) AS mean, bool_and(none = silent) AS none
FROM (SELECT kind, horizon, id, sum(p) AS one, sum(n * p) AS mean, min(p) FILTER (WHERE n = 0) AS none,
             min(expected_purchases(model, history, '2024-12-31', horizon)) AS expected, min(churn_prob(model, history, '2024-12-31', horizon)) AS silent
      FROM kinds, few, unnest(ARRAY[20, 365.5]) AS horizon, generate_series(0, 250) AS n, purchase_pmf(model, history, '2024-12-31', horizon, n) AS p
      GROUP BY kind, horizon, id) AS d
GROUP BY kind, horizon ORDER BY kind, horizon;
\echo '-- by numbers as of a day, of a new customer, and of a model without a calendar as from three numbers'
SELECT kind, bool_and(purchase_pmf(model, history, '2024-12-31', 90, 2) = purchase_pmf(model, frequency, recency, tenure, '2024-12-31', 90, 2)) AS numbers,
       bool_and(purchase_pmf(model, (SELECT purchase_history(date '2024-12-31', 1)), '2024-12-31', 90, 2) = purchase_pmf(model, 0, 0, 0, '2024-12-31', 90, 2)) AS new
FROM kinds, few GROUP BY kind ORDER BY kind;
SELECT bool_and(purchase_pmf(plain, history, '2024-12-31', 90, n) = purchase_pmf(plain, frequency, recency, tenure, 90, n)) AS pmf,
       bool_and(purchase_pmf(plain, 0, 0, 0, '2024-12-31', 90, n) = purchase_pmf(plain, n, 90)) AS new,
       bool_and((SELECT i::text FROM expected_purchases_interval(plain, history, '2024-12-31', 90) AS i) = (SELECT i::text FROM expected_purchases_interval(plain, frequency, recency, tenure, 90) AS i)) AS interval
FROM models, few, generate_series(0, 3) AS n;
\echo '-- with attributes'
SELECT bool_and(abs(one - 1) < 1e-11) AS one, bool_and(abs(mean / expected - 1) < 1e-9) AS mean
FROM (SELECT sum(p) AS one, sum(n * p) AS mean, min(expected_purchases(model, history, '2024-12-31', 200, a, a)) AS expected
      FROM models, unnest(ARRAY[attributed, pnbd_attributed]) WITH ORDINALITY AS m (model, number), few, generate_series(0, 200) AS n, purchase_pmf(model, history, '2024-12-31', 200, n, a, a) AS p
      GROUP BY number, id) AS d;
SELECT bool_and(purchase_pmf(model, history, '2024-12-31', 90, 2, a, a) = purchase_pmf(model, frequency, recency, tenure, '2024-12-31', 90, 2, a, a)) AS numbers,
       bool_and(purchase_pmf(attributes, history, '2024-12-31', 90, 2, a, a) = purchase_pmf(attributes, frequency, recency, tenure, 90, 2, a, a)) AS no_calendar,
       bool_and((SELECT i::text FROM expected_purchases_interval(attributes, history, '2024-12-31', 90, 0.8, a, a) AS i)
                = (SELECT i::text FROM expected_purchases_interval(attributes, frequency, recency, tenure, 90, 0.8, a, a) AS i)) AS interval
FROM models, unnest(ARRAY[attributed, pnbd_attributed]) AS model, few;

\echo '-- intervals hold what is expected and are narrower at a lower level'
SELECT kind, bool_and(i.estimate = expected_purchases(model, history, '2024-12-31', 90)) AS estimate, bool_and(i.lower < i.estimate AND i.estimate < i.upper) AS holds,
       bool_and(h.lower > i.lower AND h.upper < i.upper) AS half_is_narrower
FROM kinds, few, expected_purchases_interval(model, history, '2024-12-31', 90) AS i, expected_purchases_interval(model, history, '2024-12-31', 90, 0.5) AS h
GROUP BY kind ORDER BY kind;
SELECT bool_and(i.estimate = expected_purchases(model, history, '2024-12-31', 90, a, a)) AS estimate, bool_and(i.lower < i.estimate AND i.estimate < i.upper) AS holds
FROM models, unnest(ARRAY[attributed, pnbd_attributed]) AS model, few, expected_purchases_interval(model, history, '2024-12-31', 90, purchases => a, dropout => a) AS i;
-- The delta method by hand: each parameter and coefficient of the model moved, and the covariance that the model has.
CREATE TABLE parts AS
SELECT kind, model, params, season, ordinality - 1 AS i, CASE WHEN ordinality <= n THEN params ->> keys[ordinality] ELSE season ->> (ordinality - n - 1)::int END::float8 AS value,
       CASE WHEN ordinality <= n THEN ARRAY['params', keys[ordinality]] ELSE ARRAY['season', (ordinality - n - 1)::text] END AS place
FROM (SELECT kind, model, model::jsonb -> 'params' AS params, model::jsonb -> 'season' AS season, (SELECT array_agg(name ORDER BY o) FROM model_params(model) WITH ORDINALITY AS p (name, a, b, c, d, e, f, o) WHERE name NOT LIKE 'season%') AS keys FROM kinds WHERE kind IN ('bgnbd', 'pnbd')) AS m,
     LATERAL (SELECT cardinality(keys) AS n) AS k, generate_series(1, n + jsonb_array_length(season)) AS ordinality;
CREATE TABLE gradients AS
SELECT kind, id, p.i, (expected_purchases(above, history, '2024-12-31', 300.5) - expected_purchases(below, history, '2024-12-31', 300.5)) / (2 * step) AS slope
FROM parts AS p, LATERAL (SELECT 1e-5 * greatest(abs(value), 0.1) AS step) AS s,
     LATERAL (SELECT jsonb_set(model::jsonb, place, to_jsonb(value + step))::text::cltv_model AS above,
                     jsonb_set(model::jsonb, place, to_jsonb(value - step))::text::cltv_model AS below) AS m, few;
SELECT kind, bool_and(abs(ln(e.upper / e.estimate) / (1.959963984540054 * sqrt(variance) / e.estimate) - 1) < 1e-6) AS by_hand
FROM (SELECT kind, id, sum(a.slope * b.slope * (k.model::jsonb #>> ARRAY['covariance', a.i::text, b.i::text])::float8) AS variance
      FROM gradients AS a JOIN gradients AS b USING (kind, id) JOIN kinds AS k USING (kind) GROUP BY kind, id) AS v
     JOIN kinds USING (kind) JOIN few USING (id), expected_purchases_interval(model, history, '2024-12-31', 300.5) AS e
GROUP BY kind ORDER BY kind;

\echo '-- the total of all customers of a base'
CREATE TABLE bases AS SELECT calendar_base(history, '2024-12-31', months) AS base FROM histories, calendars GROUP BY customer_id % 5;
SELECT kind, abs(i.estimate / (SELECT sum(expected_purchases(model, history, '2024-12-31', 90)) FROM histories) - 1) < 1e-9 AS sum,
       i.lower < i.estimate AND i.estimate < i.upper AS holds, i.lower = trunc(i.lower) AND i.upper = trunc(i.upper) AS whole,
       h.lower > i.lower AND h.upper < i.upper AS half_is_narrower, i.upper - i.lower > 2 * sqrt(i.estimate) AS wider_than_poisson
FROM kinds, (SELECT rollup(base) AS base FROM bases) AS b, total_purchases_interval(model, b.base, 90) AS i, total_purchases_interval(model, b.base, 90, 0.5) AS h
ORDER BY kind;
SELECT kind, count(DISTINCT i::text) AS intervals
FROM kinds, (SELECT rollup(base) AS base FROM bases
             UNION ALL SELECT calendar_base(history, '2024-12-31', table_of_days ORDER BY customer_id DESC) FROM histories, calendars
             UNION ALL SELECT calendar_base(history, '2024-12-31', months, a) FROM histories, calendars) AS b,
     total_purchases_interval(model, base, 60) AS i GROUP BY kind ORDER BY kind;
SELECT (SELECT i::text FROM total_purchases_interval(plain, (SELECT rollup(base) FROM bases), 90) AS i)
       = (SELECT i::text FROM (SELECT customer_base(s.frequency, s.recency, s.tenure) AS base FROM histories, rfm_summary(history, '2024-12-31') AS s) AS b, total_purchases_interval(plain, b.base, 90) AS i) AS no_calendar
FROM models;
SELECT upper - lower BETWEEN 0.02 * estimate AND 0.3 * estimate AS width FROM models, (SELECT rollup(base) AS base FROM bases) AS b, total_purchases_interval(bgnbd, b.base, 365);
SELECT horizon, i.lower, i.estimate > 0 AS some, i.upper FROM models, (SELECT rollup(base) AS base FROM bases) AS b, unnest(ARRAY[0, 'infinity'::float8]) AS horizon, total_purchases_interval(bgnbd, b.base, horizon) AS i ORDER BY horizon;

\echo '-- a model that was given does not say how sure it is, one without parameters says nothing; no purchase, and NULLs'
SELECT lower, estimate > 0 AS some, upper FROM (SELECT (model::jsonb - 'design')::text::cltv_model AS model FROM truth) AS t, few, expected_purchases_interval(model, history, '2024-12-31', 90) WHERE id = 1;
SELECT lower, estimate > 0 AS some, upper FROM (SELECT (model::jsonb - 'design')::text::cltv_model AS model FROM truth) AS t, (SELECT rollup(base) AS base FROM bases) AS b, total_purchases_interval(model, base, 90);
SELECT i.* FROM models, few, expected_purchases_interval(pnbd, history, '2024-12-31', 0) AS i WHERE id = 1;
\set VERBOSITY terse
CREATE TABLE refused AS SELECT bgnbd_fit(purchase_history, '2024-12-31', months) AS model FROM calendars, (SELECT purchase_history(date '2024-05-01' + g, 1) FROM generate_series(1, 20) AS g GROUP BY g) AS h;
\set VERBOSITY default
SELECT model_status(model), purchase_pmf(model, history, '2024-12-31', 90, 1) IS NULL AS pmf, expected_purchases_interval(model, history, '2024-12-31', 90) IS NULL AS interval,
       total_purchases_interval(model, base, 90) IS NULL AS total, purchase_pmf(model, 0, 0, 0, '2024-12-31', 90, 1) IS NULL AS new FROM refused, bases, few LIMIT 1;
SELECT purchase_pmf(bgnbd, (SELECT purchase_history('2024-05-01', -1.0::float8)), '2024-12-31', 90, 1) IS NULL AS refund, purchase_pmf(bgnbd, history, NULL, 90, 1) IS NULL AS day,
       expected_purchases_interval(bgnbd, NULL, '2024-12-31', 90) IS NULL AS history, expected_purchases_interval(bgnbd, history, '2024-12-31', 90, NULL) IS NULL AS level,
       purchase_pmf(attributed, history, '2024-12-31', 90, 1, features('{friend}', '{NULL}'), a) IS NULL AS attribute, purchase_pmf(attributed, history, '2024-12-31', 90, 1, NULL::features, NULL) IS NULL AS attributes
FROM models, few LIMIT 1;
SELECT e.* FROM (VALUES
    ('SELECT purchase_pmf(bgnbd, history, ''2024-12-31'', 90, -1) FROM models, few'),
    ('SELECT purchase_pmf(bgnbd, history, ''2024-12-31'', 90, 1.5) FROM models, few'),
    ('SELECT purchase_pmf(pnbd, history, ''2024-12-31'', -1, 1) FROM models, few'),
    ('SELECT purchase_pmf(bgnbd, history, ''2020-12-31'', 90, 1) FROM models, few'),
    ('SELECT purchase_pmf(ends, history, ''2024-12-31'', 367, 1) FROM models, few'),
    ('SELECT purchase_pmf(ends, 0, 0, 0, ''2024-12-31'', 367, 1) FROM models'),
    ('SELECT purchase_pmf(bgnbd, 2, 30.5, 40, ''2024-12-31'', 90, 1) FROM models'),
    ('SELECT purchase_pmf(attributed, history, ''2024-12-31'', 90, 1) FROM models, few'),
    ('SELECT purchase_pmf(bgnbd, history, ''2024-12-31'', 90, 1, a) FROM models, few'),
    ('SELECT purchase_pmf(gg_model(6, 4, 15), history, ''2024-12-31'', 90, 1) FROM few'),
    ('SELECT purchase_pmf(bgbb_model(1, 1, 1, 1), history, ''2024-12-31'', 90, 1) FROM few'),
    ('SELECT expected_purchases_interval(bgnbd, history, ''2024-12-31'', 90, 1) FROM models, few'),
    ('SELECT expected_purchases_interval(attributed, history, ''2024-12-31'', 90) FROM models, few'),
    ('SELECT expected_purchases_interval(bgnbd, history, ''2024-12-31'', 90, 0.9, a) FROM models, few'),
    ('SELECT expected_purchases_interval(ends, history, ''2024-12-31'', 367) FROM models, few'),
    ('SELECT total_purchases_interval(ends, base, 367) FROM models, bases'),
    ('SELECT total_purchases_interval(attributed, base, 90) FROM models, bases'),
    ('SELECT total_purchases_interval(bgnbd, base, -1) FROM models, bases'),
    ('SELECT total_purchases_interval(bgnbd, base, 90, 0) FROM models, bases'),
    ('SELECT total_purchases_interval(bgbb_model(1, 1, 1, 1), base, 90) FROM bases'),
    ('SELECT total_purchases_interval(bgnbd, base, 90) FROM models, (SELECT customer_base(2, 30, 40) AS base) AS b')) AS s (statement),
    LATERAL error_of(statement) AS e;
DROP TABLE truth, histories, calendars, models, kinds, few, parts, gradients, bases, refused;
DROP FUNCTION error_of;

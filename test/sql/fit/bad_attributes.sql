-- Attributes and calendars as they come from real tables: what every family makes of them, by name, and who is left out is counted.
\set ECHO none
\pset format unaligned
\pset null NULL
SET client_min_messages = error;
-- the status of a model, its customers and how many rows it skipped, or the error
CREATE FUNCTION outcome(statement text, OUT outcome text) LANGUAGE plpgsql AS $$
DECLARE model cltv_model; message text; detail text; hint text;
BEGIN
    EXECUTE statement INTO model;
    outcome := format('%s, %s customers, %s skipped', model_status(model), model::jsonb ->> 'customers', coalesce(model::jsonb ->> 'skipped', '0'));
    IF model IS NULL THEN outcome := NULL; END IF;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    outcome := concat_ws('|', SQLSTATE, message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- 600 customers of a shop and 600 subscribers; every tenth has no row in the table of attributes.
CREATE TEMP TABLE who AS
SELECT h.customer_id AS id, history, s.frequency, s.recency, s.tenure, s.monetary_value, 1 + customer_id % 9 AS periods, customer_id * 7919 % 3 = 0 AS gone,
       20 + customer_id * 7919 % 50 AS age
FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history
      FROM simulate_orders(bgnbd_model(1, 40, 0.8, 3), gg_model(6, 4, 15), 600, '2022-01-01', '2023-12-31', 7) GROUP BY customer_id) AS h,
     LATERAL rfm_summary(history, '2023-12-31') AS s;
CREATE TEMP TABLE attributes AS SELECT id, age, age % 2 = 0 AS newsletter FROM who WHERE id % 10 <> 0;
CREATE TEMP TABLE calendars AS SELECT calendar_season('2022-01-01', '2023-12-31', harmonics => 1) AS season;
CREATE TEMP TABLE families (name, call) AS VALUES
    ('bgnbd', 'bgnbd_fit(frequency, recency, tenure, %s)'), ('mbgnbd', 'mbgnbd_fit(frequency, recency, tenure, %s)'),
    ('pnbd', 'pnbd_fit(frequency, recency, tenure, %s)'), ('nbd', 'nbd_fit(frequency, recency, tenure, %s)'),
    ('orders', 'orders_fit(frequency, recency, tenure, %s)'), ('bgbb', 'bgbb_fit(least(frequency, 9), least(frequency, 9)::float8, 9::float8, %s)'),
    ('bgnbd of dropout', 'bgnbd_fit(frequency, recency, tenure, NULL, %s)'), ('pnbd of dropout', 'pnbd_fit(frequency, recency, tenure, NULL, %s)'),
    ('gg', 'gg_fit(frequency, monetary_value, %s)'), ('lognormal', 'lognormal_fit(frequency, monetary_value, %s)'), ('spend', 'spend_fit(frequency, monetary_value, %s)'),
    ('geometric', 'geometric_fit(periods::float8, gone, %s)'), ('sbg', 'sbg_fit(periods::float8, gone, %s)'), ('bdw', 'bdw_fit(periods::float8, gone, %s)'),
    ('bgnbd by days', 'bgnbd_fit(history, ''2023-12-31'', season, %s)'), ('mbgnbd by days', 'mbgnbd_fit(history, ''2023-12-31'', season, %s)'),
    ('pnbd by days', 'pnbd_fit(history, ''2023-12-31'', season, %s)'), ('nbd by days', 'nbd_fit(history, ''2023-12-31'', season, %s)'),
    ('orders by days', 'orders_fit(history, ''2023-12-31'', season, %s)'), ('bgnbd by days, of dropout', 'bgnbd_fit(history, ''2023-12-31'', season, NULL, %s)');
CREATE FUNCTION outcomes(attributes text, source text DEFAULT 'who', OUT outcome text, OUT families text) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT o.outcome, string_agg(name, ', ' ORDER BY name COLLATE "C")
    FROM families, LATERAL outcome(format('SELECT %s FROM %s, calendars', format(call, attributes), source)) AS o
    GROUP BY o.outcome ORDER BY o.outcome COLLATE "C"
$$;

\echo '-- attributes NULL in all rows: no model, as of no rows'
SELECT * FROM outcomes('NULL::features');
\echo '-- a number NULL in some rows: an error with the name and the share; of spend only where there is a repeat purchase'
SELECT * FROM outcomes('features(p)', '(SELECT * FROM who WHERE frequency > 0) AS who, LATERAL (SELECT nullif(age, 33) AS age) AS p');
\echo '-- customers without a row: left out, and counted in every family'
SELECT * FROM outcomes('CASE WHEN a.id IS NOT NULL THEN features(p) END', 'who LEFT JOIN attributes AS a USING (id), LATERAL (SELECT a.newsletter) AS p');
\echo '-- one who is missing; the model is that of the others'
SELECT bool_and((a::jsonb - 'skipped') = b::jsonb AND a::jsonb -> 'skipped' = '1') AS of_the_others
FROM (SELECT bgnbd_fit(frequency, recency, tenure, CASE WHEN id <> 5 THEN features(p) END) AS plain, pnbd_fit(history, '2023-12-31', season, CASE WHEN id <> 5 THEN features(p) END) AS days,
             sbg_fit(periods::float8, gone, CASE WHEN id <> 5 THEN features(p) END) AS contracts FROM calendars, who, LATERAL (SELECT who.age AS n) AS p) AS a (x, y, z),
     (SELECT bgnbd_fit(frequency, recency, tenure, features(p)) AS plain, pnbd_fit(history, '2023-12-31', season, features(p)) AS days,
             sbg_fit(periods::float8, gone, features(p)) AS contracts FROM calendars, who, LATERAL (SELECT who.age AS n) AS p WHERE id <> 5) AS b (x, y, z),
     LATERAL (VALUES (a.x, b.x), (a.y, b.y), (a.z, b.z)) AS v (a, b);
\echo '-- a part of a base that skipped all it saw: it goes there and back, adds to the count, and is no model by itself'
SELECT bool_and(s.base::text::calendar_base::text = s.base::text AND calendar_base_send(s.base) = calendar_base_send(s.base::text::calendar_base)) AS trips,
       bool_and(bgnbd_fit(base) IS NULL AND total_purchases_interval(bgnbd_model(1, 1, 1, 1), base, 30) IS NULL) AS no_model
FROM (SELECT replace('{"as_of":"2023-12-31","calendar":C,"customers":0,"purchases":[],"features":{"customers":0,"skipped":3,"targets":"orders","columns":[],"attributes":[],"rows":[]}}',
                     'C', (SELECT season FROM calendars)::text)::calendar_base AS base) AS s;
SELECT bgnbd_fit(rollup(base ORDER BY base::text))::jsonb -> 'skipped' AS skipped, bgnbd_fit(rollup(base ORDER BY base::text))::text = bgnbd_fit(rollup(base ORDER BY base::text DESC))::text AS in_any_order
FROM (SELECT calendar_base(history, '2023-12-31', season, CASE WHEN id % 10 <> 0 THEN features(p) END) FROM who, calendars, LATERAL (SELECT age) AS p
      UNION ALL SELECT replace('{"as_of":"2023-12-31","calendar":C,"customers":0,"purchases":[],"features":{"customers":0,"skipped":3,"targets":"orders","columns":[],"attributes":[],"rows":[]}}', 'C', season::text)::calendar_base FROM calendars) AS b (base);
\echo '-- one value'
SELECT * FROM outcomes('''{"country":"AT"}''::features');
\echo '-- columns of two names, and of two kinds'
SELECT * FROM outcomes('CASE WHEN id % 2 = 0 THEN features(p) ELSE features(q) END', 'who, LATERAL (SELECT who.age AS n) AS p, LATERAL (SELECT who.age AS years) AS q');
SELECT * FROM outcomes('CASE WHEN id % 2 = 0 THEN features(p) ELSE features(q) END', 'who, LATERAL (SELECT who.age AS n) AS p, LATERAL (SELECT who.age::text AS n) AS q');
\echo '-- 5,000 levels, of 40 customers each'
SELECT * FROM outcomes('features(p)', '(SELECT 1 + i % 3 AS frequency, 10.0::float8 AS recency, 50.0::float8 AS tenure, 20.0::float8 AS monetary_value, 1 + i % 4 AS periods, i % 3 = 0 AS gone, ''c'' || i % 5000 AS code, h.history
    FROM generate_series(1, 200000) AS i, (SELECT history FROM who WHERE id = 1) AS h) AS who, LATERAL (SELECT code) AS p');
\echo '-- nor is there room for as many names: a features value has at most so many'
SELECT outcome(format('SELECT bgnbd_fit(frequency, recency, tenure, features(%L, %L::float8[])) FROM who', array_agg('a' || i), array_agg(i))) FROM generate_series(1, 5000) AS i;

\echo '-- predictions: names decide, not the order; one more is not looked at, one that is missing is an error that names it'
CREATE TEMP TABLE models AS
SELECT name, model
FROM (SELECT bgnbd_fit(frequency, recency, tenure, features(p)) AS bgnbd, mbgnbd_fit(frequency, recency, tenure, features(p)) AS mbgnbd,
             pnbd_fit(frequency, recency, tenure, features(p)) AS pnbd, nbd_fit(frequency, recency, tenure, features(p)) AS nbd,
             bgbb_fit(least(frequency, 9), least(frequency, 9)::float8, 9::float8, features(p)) AS bgbb, gg_fit(frequency, monetary_value, features(p)) AS gg,
             lognormal_fit(frequency, monetary_value, features(p)) AS lognormal, sbg_fit(periods::float8, gone, features(p)) AS sbg,
             bdw_fit(periods::float8, gone, features(p)) AS bdw, geometric_fit(periods::float8, gone, features(p)) AS geometric,
             bgnbd_fit(history, '2023-12-31', season, features(p)) AS bgnbd_days, pnbd_fit(history, '2023-12-31', season, features(p)) AS pnbd_days
      FROM calendars, who, LATERAL (SELECT age, CASE WHEN age % 5 = 0 THEN 'ads' ELSE 'shop' END AS channel) AS p) AS f,
    LATERAL (VALUES ('bgnbd', bgnbd), ('mbgnbd', mbgnbd), ('pnbd', pnbd), ('nbd', nbd), ('bgbb', bgbb), ('gg', gg), ('lognormal', lognormal), ('sbg', sbg), ('bdw', bdw),
             ('geometric', geometric), ('bgnbd by days', bgnbd_days), ('pnbd by days', pnbd_days)) AS m (name, model);
SELECT string_agg(DISTINCT model_status(model), ', ') AS statuses FROM models;
CREATE FUNCTION predicted(name text, model cltv_model, x features, OUT value float8, OUT error text) LANGUAGE plpgsql AS $$
BEGIN
    value := CASE WHEN name IN ('gg', 'lognormal') THEN expected_spend(model, 3, 20, spend => x)
                  WHEN name IN ('sbg', 'bdw', 'geometric') THEN churn_prob(model, 2, x)
                  WHEN name LIKE '%days' THEN expected_purchases(model, 1, 5, 20, date '2023-12-31', 90, x)
                  WHEN name = 'bgbb' THEN expected_purchases(model, 1, 5, 9, 4, x)
                  ELSE expected_purchases(model, 1, 5, 20, 90, x) END;
EXCEPTION WHEN OTHERS THEN
    error := concat_ws('|', SQLSTATE, SQLERRM);
END $$;
SELECT bool_and(a.value > 0) AS predicts, bool_and(a.value = b.value) AS order_of_columns, bool_and(a.value = c.value) AS one_more
FROM models, predicted(name, model, '{"age":31,"channel":"shop"}') AS a,
     LATERAL (SELECT features(q) AS q FROM (SELECT 'shop' AS channel, 31 AS age) AS q) AS q, predicted(name, model, q) AS b,
     LATERAL (SELECT features(r) AS r FROM (SELECT 'shop' AS channel, 31 AS age, 5 AS zeal, 'x' AS aim) AS r) AS r, predicted(name, model, r) AS c;
SELECT p.error, string_agg(DISTINCT name, ', ' ORDER BY name) AS families FROM models, (VALUES ('{"channel":"shop"}'::features), ('{"age":"31","channel":"shop"}'), ('{"years":31,"channel":"shop"}'), ('{"AGE":31,"channel":"shop"}')) AS v (x),
    predicted(name, model, x) AS p GROUP BY 1 ORDER BY error COLLATE "C";
\echo '-- a level that the fit never saw counts as (other) or, without such a level, as the most frequent one; an unknown number gives NULL'
SELECT bool_and(a.value = b.value) AS new_level_is_the_most_frequent, bool_and(c.value IS NULL AND c.error IS NULL) AS unknown_number, bool_and(d.value = a.value) AS unknown_level
FROM models, predicted(name, model, '{"age":31,"channel":"tv"}') AS a, predicted(name, model, '{"age":31,"channel":"shop"}') AS b,
     predicted(name, model, '{"age":null,"channel":"shop"}') AS c, predicted(name, model, '{"age":31,"channel":null}') AS d;

DROP FUNCTION outcome(text), outcomes(text, text), predicted(text, cltv_model, features);
DROP TABLE who, attributes, calendars, families, models;

-- Trees, forests and boosted trees: against what SQL says of the same customers, refusals, odd input.
\set VERBOSITY terse
SET extra_float_digits = 0;
CREATE TEMP TABLE d AS
SELECT i, i % 7 AS x1, CASE WHEN i % 10 > 0 THEN (i * i % 11) / 3::float8 END AS x2, (ARRAY['a', 'b', 'it''s', 'a', NULL])[i % 5 + 1] AS "G", 1 + i % 3 AS w,
    3 + 0.5 * (i % 7) - 0.2 * ((i * i % 11) / 3::float8) + sin(i) AS num,
    i * 7 % 13 + i % 7 > 9 AS yes, (i * i * 3 % 17) * (i % 7 > 1)::int AS cnt,
    10 * exp(0.1 * (i % 7) + 0.3 * sin(i * 1.7::float8) + 0.2 * (i % 5 = 1)::int) AS amt
FROM generate_series(1, 600) AS i;
ALTER TABLE d ADD zam float8, ADD x features;
UPDATE d SET zam = CASE WHEN i % 3 = 0 THEN 0 ELSE amt END, x = (SELECT features(f) FROM (SELECT d."G", d.x1, d.x2) AS f);
CREATE TEMP TABLE base AS SELECT response_feature_base(num, x) AS num, response_feature_base(yes, x) AS yes,
    response_feature_base(cnt, x) AS cnt, response_feature_base(amt, x) AS amt, response_feature_base(zam, x) AS zam FROM d;
CREATE TEMP TABLE models (name text, model cltv_model);
INSERT INTO models
SELECT v.* FROM base, LATERAL (VALUES ('tree', tree_fit(num, 6, 10)), ('tree_yes', tree_fit(yes)), ('forest', forest_fit(num, 20)),
    ('forest_yes', forest_fit(yes, trees => 20, seed => 7)), ('squared', boost_fit(num, 'squared', 30, early_stop => 0)),
    ('logistic', boost_fit(yes, 'logistic', 30)), ('poisson', boost_fit(cnt, 'poisson', 30, early_stop => 0)),
    ('gamma', boost_fit(amt, 'Gamma', 30)), ('ziln', boost_fit(zam, 'ziln', 30)),
    ('stump', boost_fit(num, 'squared', trees => 1, rate => 1, max_depth => 1, min_rows => 1, lambda => 0, early_stop => 0))) AS v (name, model);
SELECT name, model_status(model), (SELECT string_agg(p.name || ' ' || estimate, ', ') FROM model_params(model) AS p) AS chosen,
    log_likelihood(model) IS NULL AND aic(model) IS NULL AND bic(model) IS NULL AS no_likelihood FROM models;
SELECT * FROM model_params((SELECT model FROM models WHERE name = 'tree_yes'));
-- The aggregates are the fits by themselves, with weights, from any order of rows and from merged bases.
SELECT tree_fit(num, x)::text = tree_fit((SELECT num FROM base))::text AS tree, forest_fit(yes, x)::text = forest_fit((SELECT yes FROM base))::text AS forest,
    boost_fit(num, x)::text = boost_fit((SELECT num FROM base), 'squared')::text AS squared,
    boost_fit(yes, x)::text = boost_fit((SELECT yes FROM base), 'logistic')::text AS logistic,
    boost_fit(yes, x ORDER BY md5(i::text))::text = boost_fit((SELECT yes FROM base), 'logistic')::text AS in_any_order,
    tree_fit(yes, x, 1)::text = tree_fit((SELECT yes FROM base))::text AS weight
FROM d;
SELECT tree_fit(num, d.x, w)::text = (SELECT tree_fit(num, t.x)::text FROM d AS t, generate_series(1, w)) AS weights,
    forest_fit(num, d.x, w)::text = (SELECT forest_fit(num, t.x)::text FROM d AS t, generate_series(1, w)) AS of_forests FROM d;
SELECT boost_fit(rollup(base), 'squared')::text = (SELECT boost_fit(num, 'squared')::text FROM base) AS merged
FROM (SELECT response_feature_base(num, x) AS base FROM d GROUP BY i % 4) AS parts;

-- Rules: every customer is where one rule says, and only there, and is predicted the mean of those who are.
SELECT rule, customers, round(prediction::numeric, 6) AS prediction FROM tree_rules((SELECT model FROM models WHERE name = 'tree_yes'));
CREATE FUNCTION pg_temp.check_leaves(tree text, y text) RETURNS TABLE (rules bigint, customers numeric, counts boolean, means boolean, predicted boolean)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE (SELECT format('SELECT count(*), sum(n), bool_and(n = customers), bool_and(abs(mean - prediction) < 1e-12), bool_and(low = prediction AND high = prediction)
        FROM (%s) AS r', string_agg(format('SELECT %L::float8 AS customers, %L::float8 AS prediction, count(*) AS n, avg(%s) AS mean,
            min(predict(model, x)) AS low, max(predict(model, x)) AS high FROM d, models WHERE models.name = %L AND (%s)',
            r.customers, r.prediction, y, tree, r.rule), ' UNION ALL '))
        FROM models AS m, tree_rules(m.model) AS r WHERE m.name = tree);
END $$;
SET extra_float_digits = 1;
SELECT * FROM pg_temp.check_leaves('tree', 'num');
SELECT * FROM pg_temp.check_leaves('tree_yes', 'yes::int');
SET extra_float_digits = 0;
SELECT tree_rules(model) FROM models WHERE name = 'forest';
-- One question: the best by hand, of what is known on either side and of levels.
WITH n AS (
    SELECT 'x1' AS column_name, v::float8 AS cut, d.x1 > v AS r, num FROM d, generate_series(0, 5) AS v
    UNION ALL SELECT 'x2', v, COALESCE(d.x2 > v, u), num FROM d, (SELECT DISTINCT x2 AS v FROM d WHERE x2 IS NOT NULL) AS v, (VALUES (true), (false)) AS u (u)
    UNION ALL SELECT 'G', v, CASE "G" WHEN 'a' THEN v & 1 > 0 WHEN 'b' THEN v & 2 > 0 WHEN 'it''s' THEN v & 4 > 0 ELSE false END, num FROM d, generate_series(1, 7) AS v),
best AS (SELECT max(gain) AS gain FROM (SELECT sum(s * s / n) AS gain FROM
    (SELECT column_name, cut, r, count(*) AS n, sum(num - (SELECT avg(num) FROM d)) AS s, min(num) FROM n GROUP BY 1, 2, 3) AS g GROUP BY column_name, cut) AS g)
SELECT abs(sum(importance) * 2 / (SELECT gain FROM best) - 1) < 1e-9 AS best FROM models, feature_importance(model) WHERE name = 'stump';

-- Predictions add up to what there was, and explanations to predictions.
SELECT m.name, round((sum(p) / sum(y))::numeric, 2) AS total, corr(p, y) > 0.1 AS tells
FROM models AS m, d, LATERAL predict(m.model, x) AS p,
    LATERAL (SELECT CASE m.name WHEN 'tree_yes' THEN yes::int WHEN 'forest_yes' THEN yes::int WHEN 'logistic' THEN yes::int
        WHEN 'poisson' THEN cnt WHEN 'gamma' THEN amt WHEN 'ziln' THEN zam ELSE num END AS y) AS y
GROUP BY m.name ORDER BY m.name COLLATE "C";
SELECT m.name, count(*), bool_and(abs(CASE m.name WHEN 'logistic' THEN 1 / (1 + exp(-s)) WHEN 'poisson' THEN exp(s) WHEN 'gamma' THEN exp(s) ELSE s END
    / predict(m.model, x) - 1) < 1e-12) AS adds_up
FROM models AS m, d, LATERAL (SELECT sum(contribution) AS s FROM explain(m.model, x)) AS e WHERE name <> 'ziln' AND i <= 50
GROUP BY m.name ORDER BY m.name COLLATE "C";
SELECT bool_and(abs(exp(spend + exp(2 * sigma) / 2) / (1 + exp(-purchases)) / predict(m.model, x) - 1) < 1e-12) AS ziln_adds_up
FROM models AS m, d, LATERAL (SELECT sum(contribution) FILTER (WHERE feature LIKE 'purchases: %') AS purchases,
        sum(contribution) FILTER (WHERE feature LIKE 'spend: %') AS spend, sum(contribution) FILTER (WHERE feature LIKE 'sigma: %') AS sigma
    FROM explain(m.model, x)) AS e WHERE name = 'ziln' AND i <= 50;
SELECT feature, value, round(contribution::numeric, 6) AS contribution FROM models, explain(model, features('{"G": null, "x1": 6, "x2": null, "more": 1}'::jsonb)) WHERE name = 'ziln';
SELECT name, feature, round(share::numeric, 3) AS share FROM models, feature_importance(model) WHERE name IN ('tree', 'squared', 'ziln');
-- Regressions, too: what attributes add is 0 on average, and the base what is predicted on average.
CREATE TEMP TABLE r AS SELECT d.*, features(c) AS f FROM d, LATERAL (SELECT d."G", d.x1, coalesce(d.x2, 1) AS x2) AS c;
CREATE TEMP TABLE regressions AS SELECT linear_fit(num, f) AS linear, logistic_fit(yes, f) AS logistic, ziln_fit(zam, f) AS ziln,
    linear_fit(response_feature_base(num, f), penalty => 0.1, alpha => 1) AS lasso FROM r;
SELECT bool_and(abs(l.s - predict(linear, f)) < 1e-12) AS linear, bool_and(abs(1 / (1 + exp(-g.s)) - predict(logistic, f)) < 1e-14) AS logistic,
    bool_and(abs(p.s - predict(lasso, f)) < 1e-12) AS lasso, abs(avg(l.base) - avg(predict(linear, f))) < 1e-12 AS base,
    abs(avg(l.g)) < 1e-12 AND stddev_pop(l.g) > 0.01 AS centred
FROM regressions, r, LATERAL (SELECT sum(contribution) AS s, max(contribution) FILTER (WHERE feature = '(base)') AS base,
        max(contribution) FILTER (WHERE feature = 'G') AS g FROM explain(linear, f)) AS l,
    LATERAL (SELECT sum(contribution) AS s FROM explain(logistic, f)) AS g, LATERAL (SELECT sum(contribution) AS s FROM explain(lasso, f)) AS p;
SELECT i.feature, round(i.share::numeric, 4) AS share, abs(i.importance / v.variance - 1) < 1e-10 AS is_variance
FROM regressions, feature_importance(linear) AS i JOIN LATERAL (SELECT feature, var_pop(contribution) AS variance
    FROM r, explain(linear, f) GROUP BY feature) AS v USING (feature);
SELECT feature, value, round(contribution::numeric, 6) AS contribution FROM regressions, explain(ziln, features('{"G": "new", "x1": 6, "x2": null}'::jsonb));
SELECT count(*) AS none FROM feature_importance(tree_fit((SELECT response_feature_base(true, x) FROM d)));
SELECT explain(bgnbd_model(1, 1, 1, 1), features(f)) FROM (SELECT 1 AS x) AS f;
SELECT feature_importance(gg_model(6.25, 3.74, 15.44));

-- Stored: text and json are exact.
SELECT name, (model::text)::cltv_model::text = model::text AS text, ((model::jsonb)::text::cltv_model)::text = model::text AS json FROM models;
SELECT bool_and(((m::jsonb)::text::cltv_model)::text = m::text) AS regressions
FROM regressions, LATERAL (VALUES (linear), (logistic), (ziln), (lasso)) AS v (m);
\set VERBOSITY default
SELECT replace(model::text, '"objective":"squared"', '"objective":"mean"')::cltv_model FROM models WHERE name = 'stump';
SELECT regexp_replace(model::text, '\[\[\[(\d+),\d+,', '[[[\1,99,')::cltv_model FROM models WHERE name = 'stump';
SELECT regexp_replace(model::text, '"trees":\{.*?\]\]\]\},', '')::cltv_model FROM models WHERE name = 'stump';
SELECT replace(model::text, '"converged"', '"given"')::cltv_model FROM models WHERE name = 'stump';
\set VERBOSITY terse

-- Attributes: more than those of the fit, fewer, of another kind; offsets.
SELECT round(predict(model, features('{"G": "new", "x1": 3, "x2": 1, "y": 2}'::jsonb))::numeric, 6) AS unseen,
    predict(model, features('{"G": "new", "x1": 3, "x2": 1, "y": 2}'::jsonb)) = predict(model, features('{"G": "a", "x1": 3, "x2": 1}'::jsonb)) AS as_most
FROM models WHERE name = 'squared';
SELECT predict(model, features('{"G": "a", "x1": 3}'::jsonb)) FROM models WHERE name = 'tree';
SELECT predict(model, features('{"G": 1, "x1": 3, "x2": 1}'::jsonb)) FROM models WHERE name = 'tree';
SELECT explain(model, features('{"G": "a", "x1": 3}'::jsonb)) FROM models WHERE name = 'tree';
SELECT abs(predict(model, x, 0.5) / predict(model, x) - exp(0.5)) < 1e-14 AS offset_adds FROM models, d WHERE name = 'poisson' AND i = 1;
SELECT predict(model, x, 0.5) FROM models, d WHERE name = 'tree' AND i = 1;
SELECT predict_quantile(model, x, 0.5) FROM models, d WHERE name = 'ziln' AND i = 1;
SELECT expected_purchases(model, 1, 1, 2, 3) FROM models WHERE name = 'boost' OR name = 'squared';
SELECT abs(sum(predict(m, x, ln(w))) / sum(cnt) - 1) < 0.01 AS with_offsets
FROM d, (SELECT boost_fit(response_feature_base(cnt, x, 1, ln(w)), 'poisson', 50, early_stop => 0) AS m FROM d) AS m;

-- Models that take turns in one call, in rows, compressed there, or fetched from elsewhere, each say their own.
CREATE TEMP TABLE alone AS SELECT name, i, predict(model, x) AS p FROM d, models WHERE i <= 20 ORDER BY name, i;
SELECT count(*), count(DISTINCT p) > 50 AS differ, bool_and(p = own) AS same
FROM (SELECT name, i, predict(model, x) AS own FROM (SELECT * FROM d, models WHERE i <= 20 ORDER BY i, name OFFSET 0) AS turns) AS t JOIN alone USING (name, i);

-- A number that only rises.
SELECT bool_and(free >= before) AS free, bool_and(held >= held_before) AS held
FROM (SELECT free, held, lag(free) OVER w AS before, lag(held) OVER w AS held_before
    FROM (SELECT boost_fit(b, 'squared', 50, min_rows => 3, early_stop => 0) AS f, boost_fit(b, 'squared', 50, min_rows => 3, early_stop => 0, monotone => '{"x2": 1}') AS h
        FROM (SELECT response_feature_base(num, features(v)) AS b FROM d, LATERAL (SELECT x2) AS v) AS b) AS m,
        generate_series(0, 3, 0.1) AS g, LATERAL (SELECT features(v) AS x FROM (SELECT g::float8 AS x2) AS v) AS x,
        LATERAL predict(f, x) AS free, LATERAL predict(h, x) AS held WINDOW w AS (ORDER BY g)) AS w;

-- Refusals.
SELECT model_status(tree_fit(true, x)), model_status(boost_fit(7, x)), model_status(forest_fit(num, features(ROW(1)))),
    model_status(tree_fit(num, x) FILTER (WHERE i < 100)) AS few, model_status(boost_fit(response_feature_base(0, x), 'ziln')),
    model_status(boost_fit(response_feature_base(zam ^ 30, x), 'ziln')) AS tail FROM d;
SELECT tree_fit(NULL::float8, x) IS NULL AS none, tree_fit(1, NULL::features) IS NULL AS none_either, predict(tree_fit(true, x), (SELECT x FROM d WHERE i = 1)) IS NULL AS unknown FROM d;
-- Odd input.
SELECT tree_fit('NaN'::float8, x) FROM d;
SELECT tree_fit(1, x, -1) FROM d;
SELECT tree_fit(num, 0) FROM base;
SELECT tree_fit(num, 3, 0) FROM base;
SELECT forest_fit(num, 0) FROM base;
SELECT forest_fit(num, seed => -1) FROM base;
SELECT boost_fit(num, 'linear') FROM base;
SELECT boost_fit(num, 'logistic') FROM base;
SELECT boost_fit(num, 'poisson') FROM base;
SELECT boost_fit(zam, 'gamma') FROM base;
SELECT boost_fit(num, 'ziln') FROM (SELECT response_feature_base(-1, x) AS num FROM d) AS b;
SELECT boost_fit(num, 'squared', rate => 0) FROM base;
SELECT boost_fit(num, 'squared', lambda => 'NaN') FROM base;
SELECT boost_fit(num, 'squared', early_stop => -1) FROM base;
SELECT boost_fit(num, 'squared', monotone => '{"x3": 1}') FROM base;
SELECT boost_fit(num, 'squared', monotone => '{"G": 1}') FROM base;
SELECT boost_fit(num, 'squared', monotone => '{"x1": 2}') FROM base;
SELECT boost_fit(num, 'squared', monotone => '[1]') FROM base;
SELECT tree_fit(response_feature_base(num, x, 1, w)) FROM d;
SELECT boost_fit(response_feature_base(zam, x, 1, w), 'ziln') FROM d;
SELECT tree_fit(feature_base(1::bigint, 1, 2, x)) FROM d;

-- The support vector machine and neural nets: what they say of customers, refusals, odd input.
\set VERBOSITY terse
SET extra_float_digits = 0;
CREATE TEMP TABLE d AS
SELECT i, i % 7 AS x1, (i * i % 11) / 3::float8 AS x2, (ARRAY['a', 'b', 'it''s', 'a', NULL])[i % 5 + 1] AS "G", 1 + i % 3 AS w,
    3 + 0.5 * (i % 7) - 0.2 * ((i * i % 11) / 3::float8) + sin(i) AS num, i * 7 % 13 + i % 7 > 9 AS yes,
    10 * exp(0.1 * (i % 7) + 0.3 * sin(i * 1.7::float8) + 0.2 * (i % 5 = 1)::int) AS amt
FROM generate_series(1, 600) AS i;
ALTER TABLE d ADD zam float8, ADD x features;
UPDATE d SET zam = CASE WHEN i % 3 = 0 THEN 0 ELSE amt END, x = (SELECT features(f) FROM (SELECT d."G", d.x1, d.x2) AS f);
CREATE TEMP TABLE base AS SELECT response_feature_base(num, x) AS num, response_feature_base(yes, x) AS yes, response_feature_base(zam, x) AS zam FROM d;
CREATE TEMP TABLE models (name text, model cltv_model);
INSERT INTO models
SELECT v.* FROM base, LATERAL (VALUES ('svm', svm_fit(yes)), ('svm_loose', svm_fit(yes, cost => 0.01, seed => 2)), ('squared', mlp_fit(num, 'squared')),
    ('logistic', mlp_fit(yes, 'Logistic', '{3,2}')), ('ziln', mlp_fit(zam, 'ziln', hidden => '{4}', penalty => 0.01, iterations => 50, seed => 7))) AS v (name, model);
SELECT name, model_status(model), log_likelihood(model) IS NULL AS no_likelihood FROM models;
SELECT m.name, p.name, round(estimate::numeric, 6) AS estimate, std_error FROM models AS m, model_params(model) AS p WHERE m.name LIKE 'svm%';
SELECT m.name, string_agg(p.name || ' ' || estimate, ', ') FROM models AS m, model_params(model) AS p WHERE m.name NOT LIKE 'svm%' GROUP BY 1 ORDER BY 1;
-- The aggregates are the fits by themselves, with weights, from any order of rows and from merged bases.
SELECT svm_fit(yes, x)::text = svm_fit((SELECT yes FROM base))::text AS svm, mlp_fit(num, x)::text = mlp_fit((SELECT num FROM base), 'squared')::text AS squared,
    mlp_fit(yes, x)::text = mlp_fit((SELECT yes FROM base), 'logistic')::text AS logistic,
    svm_fit(yes, x ORDER BY md5(i::text))::text = svm_fit((SELECT yes FROM base))::text AS in_any_order,
    mlp_fit(yes, x ORDER BY md5(i::text))::text = mlp_fit((SELECT yes FROM base), 'logistic')::text AS net_in_any_order,
    svm_fit(yes, x, 1)::text = svm_fit((SELECT yes FROM base))::text AS weight
FROM d;
SELECT svm_fit(yes, d.x, w)::text = (SELECT svm_fit(yes, t.x)::text FROM d AS t, generate_series(1, w)) AS weights,
    mlp_fit(num, d.x, w)::text = (SELECT mlp_fit(num, t.x)::text FROM d AS t, generate_series(1, w)) AS of_nets FROM d;
SELECT mlp_fit(rollup(base), 'squared')::text = (SELECT mlp_fit(num, 'squared')::text FROM base) AS merged
FROM (SELECT response_feature_base(num, x) AS base FROM d GROUP BY i % 4) AS parts;
SELECT mlp_fit(num, 'squared', seed => 2)::text = mlp_fit(num, 'squared')::text AS seed_matters FROM base;

-- The decision of a support vector machine is at the minimum of its loss: in standard deviations of the attributes no derivative
-- is left, where each level of G has a coefficient of its own.
CREATE TEMP TABLE decided AS
SELECT d.*, (yes::int * 2 - 1) AS s, (SELECT sum(contribution) FROM explain(model, x)) AS f FROM d, models WHERE name = 'svm';
WITH w AS (SELECT p.name, estimate FROM models AS m, model_params(model) AS p WHERE m.name = 'svm'),
slack AS (SELECT *, 2 * s * greatest(0, 1 - s * f) AS g FROM decided)
SELECT abs(sum(g)) < 1e-9 AS intercept,
    abs(sum(g * x1) - (SELECT estimate FROM w WHERE name = 'x1') * var_pop(x1)) < 1e-7 AS x1,
    abs(sum(g * x2) - (SELECT estimate FROM w WHERE name = 'x2') * var_pop(x2)) < 1e-7 AS x2,
    abs(sum(g) FILTER (WHERE "G" = 'b') - (SELECT estimate FROM w WHERE name = 'G=b')) < 1e-9 AS b,
    abs(sum(g) FILTER (WHERE "G" IS NULL) - (SELECT estimate FROM w WHERE name = 'G=(null)')) < 1e-9 AS unknown FROM slack;
-- Probabilities are those of the decision, scaled, and add up to what there was.
SELECT max(abs(ln(p / (1 - p)) - slope * f - shift)) < 1e-12 AS scaled, round((sum(p) / sum(yes::int))::numeric, 2) AS total, round(auc(yes, p)::numeric, 3) AS auc
FROM decided, models AS m, LATERAL predict(model, x) AS p,
    LATERAL (SELECT max(estimate) FILTER (WHERE p.name = 'slope') AS slope, max(estimate) FILTER (WHERE p.name = 'shift') AS shift FROM model_params(model) AS p) AS s
WHERE m.name = 'svm';
SELECT m.name, round((sum(p) / sum(y))::numeric, 2) AS total, round(corr(p, y)::numeric, 2) AS corr
FROM models AS m, d, LATERAL predict(m.model, x) AS p, LATERAL (SELECT CASE m.name WHEN 'squared' THEN num WHEN 'ziln' THEN zam ELSE yes::int END AS y) AS y
GROUP BY m.name ORDER BY m.name COLLATE "C";
-- A net by hand, from its own text.
WITH m AS (SELECT model, model::jsonb AS json FROM models WHERE name = 'squared'),
weight AS (SELECT n, v::float8 FROM m, jsonb_array_elements_text(json #> '{net,weights}') WITH ORDINALITY AS a (v, n)),
shape AS (SELECT 6 AS per_unit)
SELECT max(abs(by_hand - p)) < 1e-12 AS same FROM (
    SELECT max(predict(model, x)) AS p, (SELECT v FROM weight WHERE n = 8 * per_unit + 1) + sum(tanh(unit) * (SELECT v FROM weight WHERE n = 8 * per_unit + 2 + j)) AS by_hand
    FROM m, shape, d, generate_series(0, 7) AS u (j), LATERAL (
        SELECT sum(v * CASE n - j * per_unit WHEN 1 THEN 1 WHEN 2 THEN ("G" IS NOT DISTINCT FROM 'b')::int WHEN 3 THEN ("G" IS NOT DISTINCT FROM 'it''s')::int
            WHEN 4 THEN ("G" IS NULL)::int WHEN 5 THEN x1 ELSE x2 END) AS unit FROM weight WHERE n BETWEEN j * per_unit + 1 AND (j + 1) * per_unit) AS s
    WHERE i <= 30 GROUP BY i, per_unit) AS h;

-- Learners by name: judged on customers from whom they have not learnt.
SELECT round(auc(cross_validate(yes, 'svm'))::numeric, 1) AS svm, round(gini(cross_validate(zam, 'mlp'))::numeric, 1) AS mlp FROM base;

-- Explained, where that can be.
SELECT feature, round(share::numeric, 3) AS share FROM models, feature_importance(model) WHERE name = 'svm';
SELECT feature, value, round(contribution::numeric, 6) AS contribution FROM models, explain(model, features('{"G": "new", "x1": 6, "x2": null}'::jsonb)) WHERE name = 'svm';
SELECT explain(model, x) FROM models, d WHERE name = 'squared' AND i = 1;
SELECT feature_importance(model) FROM models WHERE name = 'ziln';

-- Stored: text and json are exact.
SELECT name, (model::text)::cltv_model::text = model::text AS text, ((model::jsonb)::text::cltv_model)::text = model::text AS json FROM models;
\set VERBOSITY default
SELECT replace(model::text, '"squared"', '"poisson"')::cltv_model FROM models WHERE name = 'squared';
SELECT replace(model::text, '"hidden":[8]', '"hidden":[7]')::cltv_model FROM models WHERE name = 'squared';
SELECT replace(model::text, '"hidden":[8]', '"hidden":[8,1,1]')::cltv_model FROM models WHERE name = 'squared';
SELECT regexp_replace(model::text, '"net":\{.*?\},', '')::cltv_model FROM models WHERE name = 'squared';
SELECT replace(model::text, '"penalised"', '"converged"')::cltv_model FROM models WHERE name = 'svm';
SELECT replace(model::text, '"kind":"svm"', '"kind":"mlp"')::cltv_model FROM models WHERE name = 'svm';
\set VERBOSITY terse

-- Attributes: a new level is as the most frequent one, what is not known gives nothing; more, fewer, of another kind; offsets.
SELECT name, predict(model, features('{"G": "new", "x1": 3, "x2": 1, "y": 2}'::jsonb)) = predict(model, features('{"G": "a", "x1": 3, "x2": 1}'::jsonb)) AS as_most,
    predict(model, features('{"G": "a", "x1": 3, "x2": null}'::jsonb)) IS NULL AS unknown FROM models;
SELECT predict(model, features('{"G": "a", "x1": 3}'::jsonb)) FROM models WHERE name = 'squared';
SELECT predict(model, features('{"G": 1, "x1": 3, "x2": 1}'::jsonb)) FROM models WHERE name = 'squared';
SELECT predict(model, features('{"G": "a", "x1": "3", "x2": 1}'::jsonb)) FROM models WHERE name = 'svm';
SELECT predict(model, x, 0.5) FROM models, d WHERE name = 'svm' AND i = 1;
SELECT predict(model, x, 0.5) FROM models, d WHERE name = 'squared' AND i = 1;
SELECT predict(model, x, 0) = predict(model, x) AS none FROM models, d WHERE name = 'squared' AND i = 1;
SELECT predict_quantile(model, x, 0.5) FROM models, d WHERE name = 'ziln' AND i = 1;
SELECT predict_interval(model, x) FROM models, d WHERE name = 'svm' AND i = 1;
SELECT expected_purchases(model, 1, 1, 2, 3) FROM models WHERE name = 'squared';
SELECT tree_rules(model) FROM models WHERE name = 'svm';

-- Refusals: attributes that follow from others are held apart by the penalty.
SELECT model_status(svm_fit(true, x)), model_status(svm_fit(yes, features(ROW(1)))), model_status(mlp_fit(7, x)), model_status(mlp_fit(num, x) FILTER (WHERE i < 10)) AS level,
    model_status(mlp_fit(response_feature_base(0, x), 'ziln')) AS nothing, model_status(mlp_fit(response_feature_base(amt, x), 'ziln')) AS never_nothing,
    model_status(mlp_fit(response_feature_base(zam ^ 30, x), 'ziln')) AS tail, model_status(svm_fit(yes, features(ROW(x1, -x1)))) AS collinear,
    model_status(svm_fit(yes, features(ROW(x1))) FILTER (WHERE i < 10)) AS few FROM d;
SELECT svm_fit(NULL::boolean, x) IS NULL AS none, mlp_fit(1, NULL::features) IS NULL AS none_either, predict(svm_fit(true, x), (SELECT x FROM d WHERE i = 1)) IS NULL AS unknown FROM d;
-- Perfectly told apart.
SELECT min(model_status(m)) AS status, min(predict(m, x)) FILTER (WHERE x1 > 3) > 0.9 AS yes, max(predict(m, x)) FILTER (WHERE x1 <= 3) < 0.1 AS no FROM d, (SELECT svm_fit(x1 > 3, x) AS m FROM d) AS s;
-- Odd input.
SELECT mlp_fit('NaN'::float8, x) FROM d;
SELECT mlp_fit('inf'::float8, x) FROM d;
SELECT svm_fit(yes, x, -1) FROM d;
SELECT svm_fit(yes, features(r)) FROM d, LATERAL (SELECT nullif(x1, 3) AS x1) AS r;
SELECT svm_fit(num) FROM base;
SELECT svm_fit(yes, cost => 0) FROM base;
SELECT svm_fit(yes, cost => 'inf') FROM base;
SELECT svm_fit(yes, seed => -1) FROM base;
SELECT mlp_fit(num, 'gamma') FROM base;
SELECT mlp_fit(num, 'logistic') FROM base;
SELECT mlp_fit(response_feature_base(-1, x), 'ziln') FROM d;
SELECT mlp_fit(num, 'squared', '{}') FROM base;
SELECT mlp_fit(num, 'squared', '{65}') FROM base;
SELECT mlp_fit(num, 'squared', '{8,NULL}') FROM base;
SELECT mlp_fit(num, 'squared', '{8,4,2}') FROM base;
SELECT mlp_fit(num, 'squared', '{{8},{4}}') FROM base;
SELECT mlp_fit(num, 'squared', penalty => 'NaN') FROM base;
SELECT mlp_fit(num, 'squared', iterations => 0) FROM base;
SELECT svm_fit(response_feature_base(yes, x, 1, w)) FROM d;
SELECT mlp_fit(response_feature_base(num, x, 1, w), 'squared') FROM d;
SELECT mlp_fit(feature_base(1::bigint, 1, 2, x), 'squared') FROM d;
SELECT predict(mlp_fit(1e300 * i, x), (SELECT x FROM d WHERE i = 1)) FROM d;

-- Models of a response: against R 4.2.2 (lm, glm; what it has no function for without packages by its own maximum), refusals,
-- odd input.
\set VERBOSITY terse
SET extra_float_digits = 0;
CREATE TEMP TABLE d AS
SELECT i, i % 7 AS x1, (i * i % 11) / 3::float8 AS x2, (ARRAY['a', 'b', 'c', 'a', 'a'])[i % 5 + 1] AS g, 1 + i % 3 AS w,
    ln((1 + i % 5)::float8) AS o, 3 + 0.5 * (i % 7) - 0.2 * ((i * i % 11) / 3::float8) + sin(i) AS num,
    i * 7 % 13 + i % 7 > 9 AS yes, (i * i * 3 % 17) * (i % 7 > 1)::int AS cnt,
    10 * exp(0.1 * (i % 7) + 0.3 * sin(i * 1.7::float8) + 0.2 * (i % 5 = 1)::int) AS amt
FROM generate_series(1, 240) AS i;
ALTER TABLE d ADD zam float8;
UPDATE d SET zam = CASE WHEN i % 3 = 0 THEN 0 ELSE amt END;
CREATE TEMP TABLE models (name text, model cltv_model);
INSERT INTO models
SELECT v.* FROM (SELECT linear_fit(num, x) AS linear, logistic_fit(yes, x) AS logistic, poisson_fit(cnt, x, 1, o) AS poisson,
        negbinom_fit(cnt, x, 1, o) AS negbinom, gamma_fit(amt, x) AS gamma, tweedie_fit(zam, x) AS tweedie,
        ziln_fit(zam, x) AS ziln, logistic_fit(yes, x, w) AS weighted,
        linear_fit(response_feature_base(num, x), robust => true) AS robust,
        linear_fit(response_feature_base(num, x, 1, 0, (i / 10)::text), robust => true) AS clustered,
        logistic_fit(response_feature_base(yes, x), true) AS logistic_robust
    FROM (SELECT d.*, features(f) AS x FROM d, LATERAL (SELECT d.g, d.x1, d.x2) AS f) AS d) AS m,
    LATERAL (VALUES ('linear', linear), ('logistic', logistic), ('poisson', poisson), ('negbinom', negbinom), ('gamma', gamma),
        ('tweedie', tweedie), ('ziln', ziln), ('weighted', weighted), ('robust', robust), ('clustered', clustered),
        ('logistic_robust', logistic_robust)) AS v (name, model);
SELECT name, model_status(model), (model::jsonb)->'robust' AS robust FROM models;
SET extra_float_digits = -2; -- 13 digits: on 32 bits the last of 15 may differ
SELECT * FROM model_params((SELECT model FROM models WHERE name = 'ziln'));
SET extra_float_digits = 0;
CREATE TEMP TABLE reference (name text, parameter text, estimate float8, std_error float8);
INSERT INTO reference VALUES
    ('linear', 'intercept', 2.95823520662346873, 0.1138668754318808), ('linear', 'g=b', -0.02465287808555824, 0.1192763697663756),
    ('linear', 'g=c', -0.00771126964569242, 0.1192039714959355), ('linear', 'x1', 0.50515624148124494, 0.0231129523339503),
    ('linear', 'x2', -0.17217228089599107, 0.0491235524732118), ('linear', 'sigma', 0.714967800852123, NULL),
    ('logistic', 'intercept', -1.0688107993123364, 0.3419187424507936), ('logistic', 'g=b', 0.0491438521656083, 0.3502643697486031),
    ('logistic', 'g=c', 0.2421251270394384, 0.3497490726483099), ('logistic', 'x1', 0.3084776809438952, 0.0703450103797071),
    ('logistic', 'x2', -0.0697139096719541, 0.1444648705083763),
    ('poisson', 'intercept', -0.3779133489578371, 0.0783458357062659), ('poisson', 'g=b', 0.4033746559663851, 0.0712523156043533),
    ('poisson', 'g=c', 0.0498145929452209, 0.0700794560592784), ('poisson', 'x1', 0.2671420225511058, 0.0146396410165452),
    ('poisson', 'x2', 0.0122864430357405, 0.0282643653974357),
    ('negbinom', 'theta', 0.743480279948853, NULL), ('negbinom', 'intercept', -0.6205458785432307, 0.2105316207779679),
    ('negbinom', 'g=b', -0.0258821832376876, 0.2139680163979092), ('negbinom', 'g=c', -0.3131582403988853, 0.2124588771078395),
    ('negbinom', 'x1', 0.4603695065458933, 0.0420369556621095), ('negbinom', 'x2', -0.0103079134596367, 0.0875534780958179),
    ('gamma', 'intercept', 2.35412161169479495, 0.03328676965624645), ('gamma', 'g=b', 0.19635080535302352, 0.03486813026868215),
    ('gamma', 'g=c', -0.00353338490711623, 0.03484696604034527), ('gamma', 'x1', 0.10379099479778393, 0.00675662274474426),
    ('gamma', 'x2', -0.02950527932412202, 0.01436031655097581), ('gamma', 'shape', 22.8917259865152, 2.07467444264684),
    ('tweedie', 'intercept', 1.96635585168212956, 0.1241458963722361), ('tweedie', 'g=b', 0.18614574450697907, 0.1236886591017891),
    ('tweedie', 'g=c', -0.00332964234150733, 0.1281248311377911), ('tweedie', 'x1', 0.09895547079621674, 0.0246429140962773),
    ('tweedie', 'x2', -0.03013022176984886, 0.0524784786349527), ('tweedie', 'dispersion', 1.79998389018837, NULL),
    ('tweedie', 'power', 1.5, NULL),
    ('ziln', 'purchase_intercept', 0.752137175717522144, 0.3388573858549360), ('ziln', 'purchases: x1', -0.014154248161961095, 0.0685865994408269),
    ('ziln', 'purchases: g=b', -0.001063953479857511, 0.3539256051400502), ('ziln', 'purchases: x2', -0.012033884208659508, 0.1456293361101226),
    ('ziln', 'spend_intercept', 2.32552222489898908, 0.04171901568814577), ('ziln', 'spend: g=b', 0.19336210170305304, 0.04370936188706994),
    ('ziln', 'spend: x1', 0.10398852902408504, 0.00847140530402663), ('ziln', 'spend: x2', -0.02617607520659154, 0.01803466182580180),
    ('ziln', 'sigma', 0.213945785312195, NULL),
    ('weighted', 'intercept', -1.1167816287565653, 0.2430111752957778), ('weighted', 'x1', 0.3151007958653513, 0.0499569813811316),
    ('robust', 'intercept', 2.95823520662346873, 0.1115471209276992), ('robust', 'x1', 0.50515624148124494, 0.0231117717309676),
    ('robust', 'x2', -0.17217228089599107, 0.0491301189325510), ('clustered', 'intercept', 2.95823520662346873, 0.1589006315594710),
    ('clustered', 'g=b', -0.02465287808555824, 0.1531967793241362), ('clustered', 'x2', -0.17217228089599107, 0.0872875113517294),
    ('logistic_robust', 'intercept', -1.0688107993123364, 0.3472787776211259), ('logistic_robust', 'x2', -0.0697139096719541, 0.1516525607136245);
SELECT r.name, count(*), count(p.name) AS found, bool_and(abs(p.estimate - r.estimate) <= 1e-10 * (1 + abs(r.estimate))) AS estimates,
    bool_and(abs(p.std_error / r.std_error - 1) < 1e-9) AS errors
FROM reference AS r JOIN models AS m USING (name) LEFT JOIN LATERAL model_params(m.model) AS p ON p.name = r.parameter
GROUP BY r.name ORDER BY r.name COLLATE "C";
SELECT m.name, abs(log_likelihood(m.model) / v.log_likelihood - 1) < 1e-11 AS log_likelihood, bic(m.model) - aic(m.model) AS penalty
FROM models AS m JOIN (VALUES ('linear', -257.4945738072773), ('logistic', -154.7633292558057), ('poisson', -981.696388459179),
    ('negbinom', -663.5009387459072), ('gamma', -600.4711220654674), ('tweedie', -831.042452506745),
    ('weighted', -308.3645636257046)) AS v (name, log_likelihood) USING (name) ORDER BY m.name COLLATE "C";
-- The lognormal's is of the amounts, not of their logarithms.
SELECT abs(log_likelihood(model) - (-152.7388270406593 + 22.23495226743308 - (SELECT sum(ln(zam)) FROM d WHERE zam > 0))) < 1e-9
FROM models WHERE name = 'ziln';

-- Predictions: by hand from the parameters.
WITH p AS (SELECT name, model, (SELECT jsonb_object_agg(p.name, p.estimate) FROM model_params(model) AS p) AS p FROM models),
x AS (SELECT features(f) AS x FROM (SELECT 'b' AS g, 2 AS x1, 1.5 AS x2, 'more' AS extra) AS f),
e AS (SELECT name, model, x, p, (p->>'intercept')::float8 + (p->>'g=b')::float8 + 2 * (p->>'x1')::float8 + 1.5 * (p->>'x2')::float8 AS eta FROM p, x)
SELECT name, abs(predict(model, x) / CASE name WHEN 'linear' THEN eta WHEN 'logistic' THEN 1 / (1 + exp(-eta)) ELSE exp(eta) END - 1) < 1e-14 AS same,
    abs(predict(model, x, 0.25) / CASE name WHEN 'linear' THEN eta + 0.25 WHEN 'logistic' THEN 1 / (1 + exp(-eta - 0.25)) ELSE exp(eta + 0.25) END - 1) < 1e-14 AS with_offset
FROM e WHERE name IN ('linear', 'logistic', 'poisson', 'negbinom', 'gamma', 'tweedie') ORDER BY 1;
SELECT round(predict(model, x)::numeric, 10) AS mean, round(predict_quantile(model, x, 0.5)::numeric, 10) AS median,
    predict_quantile(model, x, 0.2) AS fifth
FROM models, (SELECT features(f) AS x FROM (SELECT 'b' AS g, 2 AS x1, 1.5 AS x2) AS f) AS x WHERE name = 'ziln';
SELECT abs(predict_quantile(model, x, 0.975) - predict(model, x) - 1.959963984540054 * p.estimate) < 1e-12
FROM models, model_params(model) AS p, (SELECT features(f) AS x FROM (SELECT 'b' AS g, 2 AS x1, 1.5 AS x2) AS f) AS x
WHERE models.name = 'linear' AND p.name = 'sigma';
SELECT name, predict(model, features(f)) AS unknown FROM models, (SELECT NULL::text AS g, NULL::int AS x1, 1 AS x2) AS f WHERE name IN ('linear', 'ziln');
SELECT predict(model, features(f)) FROM models, (SELECT 1 AS x1, 1 AS x2) AS f WHERE name = 'linear';
SELECT predict_quantile(model, features(f), 0.5) FROM models, (SELECT 'a' AS g, 1 AS x1, 1 AS x2) AS f WHERE name = 'poisson';
SELECT predict_quantile(model, features(f), 1) FROM models, (SELECT 'a' AS g, 1 AS x1, 1 AS x2) AS f WHERE name = 'linear';
SELECT predict(bgnbd_model(1, 1, 1, 1), features(f)) FROM (SELECT 1 AS x1) AS f;
SELECT expected_purchases(model, 1, 1, 2, 3) FROM models WHERE name = 'poisson';

-- Stored: text, json, and what is in it.
SELECT count(*) AS models, bool_and((model::text)::cltv_model::text = model::text) AS text, bool_and(((model::jsonb)::text::cltv_model)::text = model::text) AS json
FROM models;
-- A base merged of parts is the same, and its fit the same to the last bit.
SELECT rollup(base)::text = (SELECT response_feature_base(num, features(f))::text FROM d, LATERAL (SELECT d.g, d.x1, d.x2) AS f) AS same
FROM (SELECT response_feature_base(num, features(f)) AS base FROM d, LATERAL (SELECT d.g, d.x1, d.x2) AS f GROUP BY i % 4) AS parts;

-- Refusals.
SELECT model_status(logistic_fit(true, x)), model_status(poisson_fit(0, x)), model_status(negbinom_fit(0, x)),
    model_status(ziln_fit(0, x)), model_status(tweedie_fit(0, x)), model_status(linear_fit(7, x))
FROM (SELECT d.*, features(f) AS x FROM d, LATERAL (SELECT d.x1) AS f) AS d;
SELECT model_status(linear_fit(num, x)) AS few FROM (SELECT d.*, features(f) AS x FROM d, LATERAL (SELECT d.x1) AS f WHERE i < 10) AS d;
SELECT model_status(logistic_fit(x1 > 3, x)) AS separated, model_status(linear_fit(num, same)) AS constant, model_status(linear_fit(num, twice)) AS collinear
FROM (SELECT d.*, features(f) AS x, features(s) AS same, features(t) AS twice
    FROM d, LATERAL (SELECT d.x1) AS f, LATERAL (SELECT 1 AS one) AS s, LATERAL (SELECT d.x1, 2 * d.x1 AS x2) AS t) AS d;
SELECT model_status(ziln_fit(zam ^ 30, x)) AS tail FROM (SELECT d.*, features(f) AS x FROM d, LATERAL (SELECT d.x2) AS f) AS d;
SELECT model_status(m), (SELECT estimate FROM model_params(m) WHERE name = 'theta') AS theta
FROM (SELECT negbinom_fit(i % 2, features(f)) AS m FROM d, LATERAL (SELECT d.x2) AS f) AS m;
-- Odd input.
SELECT linear_fit('NaN', features(f)) FROM (SELECT 1 AS x) AS f;
SELECT linear_fit(1, features(f), -1) FROM (SELECT 1 AS x) AS f;
SELECT linear_fit(1, features(f), 1, 'Infinity') FROM (SELECT 1 AS x) AS f;
SELECT poisson_fit(0.5, features(f)) FROM (SELECT 1 AS x) AS f;
SELECT gamma_fit(0, features(f)) FROM (SELECT 1 AS x) AS f;
SELECT ziln_fit(-1, features(f)) FROM (SELECT 1 AS x) AS f;
SELECT tweedie_fit(response_feature_base(1, features(f)), 2) FROM (SELECT 1 AS x) AS f;
SELECT logistic_fit(response_feature_base(2, features(f))) FROM (SELECT 1 AS x) AS f;
SELECT linear_fit(num, features(f)) FROM d, LATERAL (SELECT NULLIF(d.x1, 3) AS x1) AS f;
SELECT linear_fit(NULL, features(f)) IS NULL AS none, linear_fit(1, NULL::features) IS NULL AS none_either FROM (SELECT 1 AS x) AS f;
SELECT linear_fit(feature_base(1::bigint, 1, 2, features(f))) FROM (SELECT 1 AS x) AS f;
SELECT bgnbd_fit(response_feature_base(1, features(f))) FROM (SELECT 1 AS x) AS f;

-- Penalties: the conditions of a maximum, by hand. Numbers are penalised by their standard deviations.
CREATE TEMP TABLE base AS SELECT response_feature_base(yes, features(f)) AS yes, response_feature_base(num, features(f)) AS num,
    response_feature_base(amt, features(f)) AS amt, response_feature_base(zam, features(f)) AS zam, response_feature_base(cnt, features(f)) AS cnt
FROM d, LATERAL (SELECT (d.g = 'b')::int AS b, d.x1, d.x2) AS f;
CREATE TEMP TABLE held AS
SELECT v.* FROM base, LATERAL (VALUES ('ridge', logistic_fit(yes, penalty => 0.1)), ('lasso', logistic_fit(yes, penalty => 0.02, alpha => 1)),
    ('both', logistic_fit(yes, penalty => 0.05, alpha => 0.5)), ('none', logistic_fit(yes, penalty => 10, alpha => 1)),
    ('linear', linear_fit(num, penalty => 0.05, alpha => 0.7)), ('poisson', poisson_fit(cnt, penalty => 0.3, alpha => 0.9)),
    ('gamma', gamma_fit(amt, penalty => 0.02, alpha => 0.5)), ('tweedie', tweedie_fit(zam, penalty => 0.1, alpha => 0.5)),
    ('ziln', ziln_fit(zam, penalty => 0.02, alpha => 1))) AS v (name, model);
SELECT name, model_status(model), (SELECT array_agg(p.name ORDER BY p.name COLLATE "C") FROM model_params(model) AS p WHERE estimate <> 0) AS left_in,
    aic(model) + 2 * log_likelihood(model) AS twice_left FROM held ORDER BY name COLLATE "C";
SELECT * FROM model_params((SELECT model FROM held WHERE name = 'lasso'));
WITH p AS (SELECT name, model, (SELECT jsonb_object_agg(p.name, p.estimate) FROM model_params(model) AS p) AS p FROM held WHERE name <> 'ziln'),
x AS (SELECT d.*, x.name AS attribute, x.value, stddev_pop(x.value) OVER (PARTITION BY x.name) AS s, features(f) AS f
      FROM d, LATERAL (SELECT (d.g = 'b')::int AS b, d.x1, d.x2) AS f, LATERAL (VALUES ('b', f.b::float8), ('x1', f.x1), ('x2', f.x2)) AS x (name, value)),
g AS (SELECT p.name, x.attribute, min(x.s) AS s, min((p.p->>x.attribute)::float8) AS b, min((p.p->>'penalty')::float8) AS penalty,
          min((p.p->>'alpha')::float8) AS alpha,
          avg(x.value * CASE p.name WHEN 'linear' THEN num - m WHEN 'poisson' THEN cnt - m WHEN 'gamma' THEN amt / m - 1
              WHEN 'tweedie' THEN (zam - m) / sqrt(m) ELSE yes::int - m END) AS gradient
      FROM p, x, LATERAL predict(p.model, x.f) AS m GROUP BY 1, 2)
SELECT name, count(*), bool_and(CASE WHEN b = 0 THEN abs(gradient) <= penalty * alpha * s
    ELSE abs(gradient - penalty * (alpha * s * sign(b) + (1 - alpha) * s * s * b)) < 1e-12 END) AS at_maximum
FROM g GROUP BY name ORDER BY name COLLATE "C";
SELECT count(*) AS models, bool_and((model::text)::cltv_model::text = model::text) AS text, bool_and(((model::jsonb)::text::cltv_model)::text = model::text) AS json
FROM held;
SELECT model_status(linear_fit(response_feature_base(num, features(f)), penalty => 0.1)) AS collinear FROM d, LATERAL (SELECT x1, 2 * x1 AS x2) AS f;
SELECT count(*), count(*) FILTER (WHERE is_best) AS best, count(*) FILTER (WHERE is_simplest) AS simplest, min(coefficients), max(coefficients),
    bool_and(coefficients = 0) FILTER (WHERE first) AS none_at_first, min(deviance) < max(deviance) FILTER (WHERE first) AS learns
FROM base, LATERAL (SELECT p.*, row_number() OVER (ORDER BY penalty DESC) = 1 AS first FROM penalty_by_folds(yes, 'logistic') AS p) AS p;
SELECT family, max(penalty / p.largest) FILTER (WHERE is_best) < 1 AS finds
FROM base, LATERAL (VALUES ('linear', num), ('poisson', cnt), ('gamma', amt), ('tweedie', zam)) AS f (family, of),
    LATERAL (SELECT *, max(penalty) OVER () AS largest FROM penalty_by_folds(of, family, 0.5, 5, 7)) AS p GROUP BY family ORDER BY 1;
SELECT count(*) FROM penalty_by_folds((SELECT response_feature_base(true, features(f)) FROM d, LATERAL (SELECT x1) AS f), 'logistic');
SELECT * FROM penalty_by_folds((SELECT yes FROM base), 'ziln');
SELECT * FROM penalty_by_folds((SELECT yes FROM base), 'logistic', folds => 1);
SELECT logistic_fit(yes, penalty => -1) FROM base;
SELECT logistic_fit(yes, penalty => 1, alpha => 2) FROM base;
SELECT logistic_fit(yes, robust => true, penalty => 1) FROM base;

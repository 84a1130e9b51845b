-- A model of what a treatment adds: held against simulated truths, by qini on other customers
CREATE FUNCTION draw(what text, customer int) RETURNS float8 IMMUTABLE LANGUAGE sql
    AS $$ SELECT ('x' || substr(md5(what || customer), 1, 8))::bit(32)::bigint / 4294967296.0::float8 $$;
-- The treatment adds 2 + 3 a; who is treated depends on a, more so than what follows from it.
CREATE TABLE treated AS
SELECT c, a, b, t, 1 + 4 * a + b + CASE WHEN t THEN 2 + 3 * a ELSE 0 END + 2 * (draw('noise', c) + draw('more', c) - 1) AS y
FROM (SELECT c, draw('a', c) AS a, draw('b', c) AS b, draw('t', c) < 0.2 + 0.6 * draw('a', c) AS t FROM generate_series(1, 8000) AS c) AS s;
CREATE TABLE models AS
SELECT learner, uplift_fit((SELECT treatment_base(y, t, features(ARRAY['a', 'b'], ARRAY[a, b])) FROM treated WHERE c <= 6000), learner) AS model
FROM unnest('{linear,boost}'::text[]) AS learner;
SELECT name, round(estimate::numeric, 1) AS estimate, abs(estimate - truth) < 4 * std_error AS within FROM models, model_params(model) JOIN (VALUES ('intercept', 2), ('a', 3), ('b', 0)) AS v (name, truth) USING (name)
WHERE learner = 'linear' ORDER BY name;
SELECT learner, sqrt(avg((uplift(model, features(ARRAY['a', 'b'], ARRAY[a, b])) - (2 + 3 * a)) ^ 2)) < CASE learner WHEN 'linear' THEN 0.1 ELSE 0.3 END AS near
FROM models, treated WHERE c > 6000 GROUP BY learner ORDER BY learner;
-- Two models, and a tree to be read. Two models that are right find the same; where they are wrong (a line for a parabola, and the
-- treated chosen by it) only the doubly robust are not misled.
SELECT learner, method, sqrt(avg((uplift(model, features(ARRAY['a', 'b'], ARRAY[a, b])) - (2 + 3 * a)) ^ 2)) < CASE learner WHEN 'tree' THEN 0.5 ELSE 0.1 END AS near
FROM (SELECT learner, method, uplift_fit((SELECT treatment_base(y, t, features(ARRAY['a', 'b'], ARRAY[a, b])) FROM treated WHERE c <= 6000), learner, method => method) AS model
      FROM unnest('{linear,tree}'::text[]) AS learner, unnest('{doubly_robust,two_models}'::text[]) AS method OFFSET 0) AS m, treated WHERE c > 6000
GROUP BY learner, method ORDER BY learner, method;
SELECT method, abs(avg(uplift(model, features(ARRAY['a'], ARRAY[a]))) - 1) < 0.15 AS right
FROM (SELECT method, uplift_fit((SELECT treatment_base(10 * a ^ 2 + (draw('curve', c) < 1 / (1 + exp(3 - 4 * a)))::int, draw('curve', c) < 1 / (1 + exp(3 - 4 * a)), features(ARRAY['a'], ARRAY[a]))
                                 FROM treated WHERE c <= 6000), method => method) AS model
      FROM unnest('{doubly_robust,two_models}'::text[]) AS method OFFSET 0) AS m, treated WHERE c > 6000 GROUP BY method ORDER BY method;
SELECT rule ~ '^a ' AS by_a, round(prediction::numeric) AS adds FROM (
    SELECT uplift_fit(treatment_base(y, t, features(ARRAY['a', 'b'], ARRAY[a, b])), 'tree') AS model FROM treated) AS m, tree_rules(model) ORDER BY prediction;
-- What plain means of the arms would say is another thing: those with a high a were treated.
SELECT round((avg(y) FILTER (WHERE t) - avg(y) FILTER (WHERE NOT t))::numeric, 1) AS plain, round(avg(2 + 3 * a)::numeric, 1) AS truth,
       round(avg(uplift(model, features(ARRAY['a', 'b'], ARRAY[a, b])))::numeric, 1) AS uplift
FROM models, treated WHERE learner = 'linear';
-- Drawn by chance: on other customers qini is above 0, and what is learnt from noise is not.
CREATE TABLE drawn AS SELECT c, a, b, draw('by chance', c) < 0.5 AS t, b + CASE WHEN draw('by chance', c) < 0.5 THEN a ELSE 0 END + draw('noise', c) AS y FROM treated;
SELECT lower > 0 AS found, abs(treated_auc - 0.5) < 0.03 AS by_chance
FROM qini((SELECT uplift_base(y, t, uplift(model, features(ARRAY['a', 'b'], ARRAY[a, b])))
           FROM (SELECT uplift_fit(treatment_base(y, t, features(ARRAY['a', 'b'], ARRAY[a, b]))) AS model FROM drawn WHERE c <= 4000) AS m, drawn WHERE c > 4000));
SELECT lower < 0 AND upper > 0 AS nothing
FROM qini((SELECT uplift_base(draw('nothing', c), t, uplift(model, features(ARRAY['a', 'b'], ARRAY[a, b])))
           FROM (SELECT uplift_fit(treatment_base(draw('nothing', c), t, features(ARRAY['a', 'b'], ARRAY[a, b]))) AS model FROM drawn WHERE c <= 4000) AS m, drawn WHERE c > 4000));
-- The same bits in any order and by parts.
SELECT count(DISTINCT model::text) AS one FROM (
    SELECT uplift_fit(treatment_base(y, t, features(ARRAY['a', 'b'], ARRAY[a, b]) ORDER BY -c)) AS model FROM treated WHERE c <= 1000
    UNION ALL SELECT uplift_fit(rollup(base)) FROM (SELECT treatment_base(y, t, features(ARRAY['a', 'b'], ARRAY[a, b])) AS base FROM treated WHERE c <= 1000 GROUP BY c % 7) AS p) AS m;
-- Repeats: a linear model of the median of two deals, which is their mean, has the mean of the coefficients of both.
SELECT count(*), bool_and(abs(pair.estimate - (one.estimate + other.estimate) / 2) < 1e-12) AS mean, bool_or(abs(one.estimate - other.estimate) > 1e-4) AS differ
FROM (SELECT treatment_base(y, t, features(ARRAY['a', 'b'], ARRAY[a, b])) AS base FROM treated WHERE c <= 500) AS b,
     LATERAL model_params(uplift_fit(base, repeats => 2)) AS pair, LATERAL model_params(uplift_fit(base, repeats => 1)) AS one,
     LATERAL model_params(uplift_fit(base, seed => 2, repeats => 1)) AS other
WHERE pair.name = one.name AND pair.name = other.name AND pair.name <> 'sigma';
-- Several treatments with costs.
CREATE TABLE two AS SELECT ARRAY[model, linear_model] AS models
FROM models, (SELECT linear_fit(5 - 4 * a + draw('noise', c) / 10, features(ARRAY['a'], ARRAY[a])) AS linear_model FROM treated WHERE c <= 500) AS l WHERE learner = 'linear';
SELECT a, best_treatment(models, '{1,1}', 10, x) AS best, best_treatment(models, '{1,40}', 10, x) AS dear, best_treatment(models, '{100,100}', 10, x) AS none,
       best_treatment(models, '{NULL,1}', 10, x) AS other, best_treatment(models, '{1,1}', NULL, x) AS unknown
FROM two, unnest('{0,1}'::float8[]) AS a, features(ARRAY['a', 'b'], ARRAY[a, 0.5]) AS x;
-- NULL, and what is refused.
\set SHOW_CONTEXT never
SELECT uplift_fit(NULL), uplift(NULL, NULL);
SELECT uplift_fit(treatment_base(y, t, features(ARRAY['a'], ARRAY[a])), 'ziln') FROM treated;
SELECT uplift_fit(treatment_base(y, t, features(ARRAY['a'], ARRAY[a]))) FROM treated WHERE c <= 60;
SELECT uplift_fit(treatment_base(y, true, features(ARRAY['a'], ARRAY[a]))) FROM treated;
SELECT uplift_fit(treatment_base(y, t, features(ARRAY['a'], ARRAY[a])), method => 's') FROM treated;
SELECT uplift_fit(treatment_base(y, t, features(ARRAY['a'], ARRAY[a])), folds => 1) FROM treated;
SELECT uplift_fit(treatment_base(y, t, features(ARRAY['a'], ARRAY[a])), repeats => 0) FROM treated;
SELECT uplift_fit(response_feature_base(y, features(ARRAY['a'], ARRAY[a]), 1, 0.5)) FROM treated;
SELECT uplift_fit(did_base(y, t, a > 0.5)) FROM treated;
SELECT best_treatment(models, '{1}', 1, features(ARRAY['a', 'b'], ARRAY[1, 1]::float8[])) FROM two;
SELECT best_treatment('{}', '{}', 1, features(ARRAY['a'], ARRAY[1]::float8[]));
SELECT best_treatment(models, '{1,-1}', 1, features(ARRAY['a', 'b'], ARRAY[1, 1]::float8[])) FROM two;
DROP TABLE treated, drawn, models, two;
DROP FUNCTION draw(text, int);

-- What a model loses when an attribute is shuffled: by algebra, edges, refusals.
\set VERBOSITY terse
CREATE TEMP TABLE d AS
SELECT i, i % 7 AS a, i * i % 11 AS b, 3 + 0.5 * (i % 7) - 0.2 * (i * i % 11) + sin(i) AS y, (ARRAY['x', 'y', 'z'])[1 + i * i % 3] AS "It's" FROM generate_series(1, 101) AS i;
CREATE TEMP TABLE bases AS
SELECT response_feature_base(y, features(ARRAY['a', 'b'], ARRAY[d.a, d.b])) AS numbers, response_feature_base(y > 3, features(f)) AS yes, response_feature_base(y, features(f)) AS all_of
FROM d, LATERAL (SELECT d.a, d.b, d."It's") AS f;
-- Over all 100 shifts of 101 customers every customer has everybody else's value: of least squares the error rises by twice the
-- square of the coefficient times the variance, for residuals go with nothing.
SELECT p.feature, abs(p.importance - 2 * m.estimate ^ 2 * CASE p.feature WHEN 'a' THEN v.a ELSE v.b END) < 1e-12 AS same, p.importance > 3 * p.std_error AS found, p.gini_loss > 0 AS ranks
FROM bases, LATERAL linear_fit(numbers) AS model, LATERAL permutation_importance(model, numbers, repeats => 100) AS p,
     LATERAL model_params(model) AS m, (SELECT var_samp(a) AS a, var_samp(b) AS b FROM d) AS v WHERE m.name = p.feature;
-- One shift by hand: its order by the hash, the next customer's value.
WITH model AS (SELECT linear_fit(numbers) AS model FROM bases),
r AS (SELECT row_number() OVER () AS place, t.* FROM bases, feature_rows(numbers) AS t),
o AS (SELECT row_number() OVER (ORDER BY sha256(convert_to(place || ' 1 7', 'UTF8'))) - 1 AS at, y, (x::jsonb ->> 'a')::float8 AS a, (x::jsonb ->> 'b')::float8 AS b FROM r),
e AS (SELECT o.y, predict(model, features(ARRAY['a', 'b'], ARRAY[o.a, o.b])) AS p, predict(model, features(ARRAY['a', 'b'], ARRAY[n.a, o.b])) AS q FROM model, o JOIN o AS n ON n.at = (o.at + 1) % 101)
SELECT abs(importance - (SELECT avg((y - q) ^ 2 - (y - p) ^ 2) FROM e)) < 1e-12 AS importance, abs(std_error - (SELECT stddev((y - q) ^ 2 - (y - p) ^ 2) / sqrt(101) FROM e)) < 1e-12 AS std_error,
    abs(gini_loss - (SELECT gini(y, p) - gini(y, q) FROM e)) < 1e-12 AS gini
FROM model, bases, permutation_importance(model, numbers, 1, 7) WHERE feature = 'a';
-- Categories, names that want quotes, a yes or no; what no tree asks about is worth nothing.
SELECT feature, round(importance::numeric, 4) AS importance, round(gini_loss::numeric, 3) AS gini_loss FROM bases, permutation_importance(boost_fit(yes, 'logistic', 20, early_stop => 0), yes);
SELECT feature, importance, std_error, gini_loss FROM bases, permutation_importance(tree_fit(all_of, 1, 20), all_of) ORDER BY importance DESC OFFSET 1;
-- Known to the base, not to the model: nothing is lost. Those with NULL for a prediction are left out.
SELECT p.feature, p.importance = 0 AS nothing FROM bases, LATERAL linear_fit(numbers - '{b}') AS model, permutation_importance(model, numbers) AS p;
SELECT count(*), bool_and(importance IS NOT NULL) AS all_known
FROM (SELECT response_feature_base(y, features(f)) AS known FROM d, LATERAL (SELECT NULLIF(d.a, 3) AS a, d.b) AS f) AS s, bases, permutation_importance(linear_fit(numbers), known);
-- One attribute alone.
SELECT p.feature, p.importance > 0 AS tells FROM (SELECT response_feature_base(y, features(ARRAY['a'], ARRAY[a])) AS one FROM d) AS s, permutation_importance(linear_fit(one), one) AS p;
-- The same in any order and by parts; a weight is as many customers.
SELECT count(DISTINCT p::text) AS one FROM bases, LATERAL linear_fit(numbers) AS model, LATERAL (
    SELECT numbers UNION ALL SELECT response_feature_base(y, features(ARRAY['a', 'b'], ARRAY[a, b]) ORDER BY -i) FROM d
    UNION ALL SELECT rollup(part) FROM (SELECT response_feature_base(y, features(ARRAY['a', 'b'], ARRAY[a, b])) AS part FROM d GROUP BY i % 3) AS p) AS n (base),
    LATERAL (SELECT array_agg(p) AS p FROM permutation_importance(model, base) AS p) AS p;
SELECT count(DISTINCT p::text) AS one FROM bases, LATERAL linear_fit(numbers) AS model, LATERAL (
    SELECT response_feature_base(y, features(ARRAY['a', 'b'], ARRAY[a, b]), 3) FROM d
    UNION ALL SELECT response_feature_base(y, features(ARRAY['a', 'b'], ARRAY[a, b])) FROM d, generate_series(1, 3)) AS n (base),
    LATERAL (SELECT array_agg(p) AS p FROM permutation_importance(model, base) AS p) AS p;
-- Nobody to shuffle with, nothing known, refusals.
SELECT count(*) FROM bases, permutation_importance(linear_fit(numbers), (SELECT response_feature_base(y, features(ARRAY['a', 'b'], ARRAY[a, b])) FROM d WHERE i = 1));
SELECT count(*) FROM bases, permutation_importance(NULL, numbers);
SELECT count(*) FROM bases, (SELECT linear_fit(7, features(ARRAY['a'], ARRAY[a])) AS refused FROM d) AS r, permutation_importance(refused, numbers);
SELECT count(*) FROM bases, permutation_importance(linear_fit(numbers), NULL);
SELECT permutation_importance(linear_fit(numbers), numbers, 0) FROM bases;
SELECT permutation_importance(linear_fit(numbers), orders) FROM bases, (SELECT feature_base(1::bigint, 1, 2, features('{a}', '{1}')) AS orders) AS o;
SELECT permutation_importance(bgnbd_model(1, 1, 1, 1), numbers) FROM bases;
SELECT permutation_importance(linear_fit(all_of), numbers) FROM bases;

-- Predictions of customers that a fit has not seen, and intervals from how far off they were.
\set SHOW_CONTEXT never
CREATE TEMP TABLE shop AS
SELECT c, 3 + c % 7 * 2 + hash_noise.n AS y, features(x) AS x
FROM generate_series(1, 3000) AS c, LATERAL (SELECT (c * 7919 % 1009) / 100.0 - 5.04 AS n) AS hash_noise,
     LATERAL (SELECT c % 7 AS visits, CASE WHEN c % 3 = 0 THEN 'web' ELSE 'shop' END AS channel) AS x;
CREATE TEMP TABLE base AS SELECT response_feature_base(y::float8, x) AS base FROM shop;

-- A base as rows is the same base.
SELECT response_feature_base(r.y, r.x, r.customers, r."offset")::text = (SELECT base::text FROM base) AS same, count(*) > 100 AS many,
       sum(r.customers) FROM base, feature_rows(base) AS r;
SELECT r.y, r."offset", r.customers, r.x FROM
    (SELECT response_feature_base(y, features(ARRAY['a'], ARRAY[a]), w, o) AS base
     FROM (VALUES (1.5, 2, 1, 0), (1.5, 2, 1, 0), (-3, NULL, 4, 0.25)) AS v (y, a, w, o)) AS b, feature_rows(base) AS r;

-- Folds part the customers.
SELECT fold, here.n + there.n AS all, abs(here.n - 750) < 100 AS a_quarter
FROM base, generate_series(1, 4) AS fold,
     LATERAL (SELECT sum(customers) AS n FROM feature_rows(feature_base_fold(base, 4, fold, 1, true))) AS here,
     LATERAL (SELECT sum(customers) AS n FROM feature_rows(feature_base_fold(base, 4, fold, 1, false))) AS there
ORDER BY fold;
SELECT rollup(feature_base_fold(base, 4, fold, 1, true))::text = min(base::text) AS same FROM base, generate_series(1, 4) AS fold;
SELECT feature_base_fold(base, 4, 1, 1, true)::text = feature_base_fold(base, 4, 1, 2, true)::text AS same_of_another_seed FROM base;
-- Those of a cluster stay together.
SELECT count(*) AS clusters, count(*) FILTER (WHERE folds > 1) AS torn FROM (
    SELECT r.x::jsonb ->> 'of' AS cluster, count(DISTINCT fold) AS folds
    FROM (SELECT response_feature_base(c::float8, features(ARRAY['of'], ARRAY[c / 10]::float8[]), 1, 0, (c / 10)::text) AS base FROM generate_series(10, 409) AS c) AS b,
         generate_series(1, 5) AS fold, feature_rows(feature_base_fold(base, 5, fold, 1, true)) AS r
    GROUP BY 1) AS of;
SELECT feature_base_fold(base, 2, 1, 1, true) IS NULL AS nobody_here, feature_base_fold(base, 2, 2, 1, true) IS NULL AS nobody_there
FROM (SELECT response_feature_base(1, features(ARRAY['a'], ARRAY[1.0::float8])) AS base) AS b;

-- By hand: each fold predicted by a fit to the others.
SELECT cross_validate(base, 'linear', 3)::text = by_hand::text AS same FROM base, (
    SELECT score_base(r.y, predict(m.fitted, r.x)) AS by_hand
    FROM base, generate_series(1, 3) AS fold,
         LATERAL (SELECT linear_fit(feature_base_fold(base, 3, fold, 1, false)) AS fitted OFFSET 0) AS m,
         feature_rows(feature_base_fold(base, 3, fold, 1, true)) AS r, generate_series(1, r.customers::int)) AS h;
CREATE TEMP TABLE held_out AS SELECT cross_validate(base) AS held_out FROM base;
SELECT round(rmse::numeric, 4) AS rmse, n, round(gini(held_out)::numeric, 4) AS gini, lift(held_out) > 1 AS lift
FROM held_out, regression_metrics(held_out) WHERE n > 0;
SELECT auc(cross_validate(response_feature_base(y > 9, x), 'logistic')) > 0.8 AS ranks FROM shop;
-- What a fit refuses is left out.
SELECT cross_validate(response_feature_base(1, features(ARRAY['a'], ARRAY[c]::float8[])), 'logistic') FROM generate_series(1, 100) AS c;

-- Intervals hold as much as they say, of customers that nobody has learnt from.
CREATE TEMP TABLE fitted AS SELECT linear_fit(base) AS model FROM base;
SELECT level, avg((c.y BETWEEN i.lower AND i.upper)::int) BETWEEN level - 0.02 AND level + 0.02 AS holds
FROM (VALUES (0.5), (0.8), (0.95)) AS l (level), held_out, fitted, shop AS c, predict_interval(predict(model, c.x), held_out, level) AS i
GROUP BY level ORDER BY level;
SELECT i.lower < i.estimate AND i.estimate < i.upper AS around, i.estimate = predict(model, x) AS same,
       i.lower = predict_quantile(model, x, (1 - 0.9::float8) / 2) AND i.upper = predict_quantile(model, x, (1 + 0.9::float8) / 2) AS quantiles
FROM fitted, shop, predict_interval(model, x, 0.9) AS i WHERE c = 1;
-- As many customers as they are, in whatever order, merged or not.
SELECT rollup(part)::text = (SELECT score_base(c::float8, -c::float8)::text FROM generate_series(1, 1000) AS c) AS same
FROM (SELECT score_base(c::float8, -c::float8) AS part FROM generate_series(1, 1000) AS c GROUP BY c % 7) AS p;
SELECT score_base(y, 1) FROM (VALUES (NULL::float8)) AS v (y);
SELECT score_base(label, score) FROM (VALUES (true, 0.75::float8), (false, 0.5)) AS v (label, score);
SELECT * FROM predict_interval(10, (SELECT score_base(10 + c, 10) FROM generate_series(-99, 99) AS c), 0.9);
SELECT * FROM predict_interval(10, (SELECT score_base(10 + abs(c), 10) FROM generate_series(-99, 99) AS c), 0.999);
SELECT * FROM predict_interval(NULL, (SELECT score_base(1, 1)), 0.9);
SELECT * FROM predict_interval(1, (SELECT score_base(1, 1)), NULL);

-- Bad input.
SELECT predict_interval(1, (SELECT score_base(1, 1)), 1);
SELECT predict_interval('NaN', (SELECT score_base(1, 1)));
SELECT predict_interval(boost_fit(base, 'squared', 5), (SELECT x FROM shop LIMIT 1)) FROM base;
SELECT feature_base_fold(base, 1, 1, 1, true) FROM base;
SELECT feature_base_fold(base, 5, 6, 1, true) FROM base;
SELECT feature_rows(feature_base(1, 2, 3, features(ARRAY['a'], ARRAY[1.0::float8])));
SELECT cross_validate(base, 'oracle') FROM base;
SELECT cross_validate(base, 'linear', 101) FROM base;
SELECT cross_validate(base, 'linear', 2147483647) FROM base;
SELECT cross_validate(base, 'linear', 0) FROM base;

-- What a decision by a score does to groups: against counts by hand, merged, edges, refusals.
\set VERBOSITY terse
SET extra_float_digits = 0;
CREATE TABLE judged AS
SELECT c AS customer_id, CASE WHEN c % 10 < 6 THEN 'north' WHEN c % 10 < 9 THEN 'süd' ELSE 'east' END AS region,
       c * 7919 % 1000 < 100 + c % 10 * 60 AS bought, (c * 104729 % 101) / 100.0 * CASE WHEN c % 10 < 6 THEN 1 ELSE 0.8 END AS score
FROM generate_series(1, 1500) AS c;
INSERT INTO judged SELECT 2000 + c, 'few', c % 2 = 0, 0.7 FROM generate_series(1, 29) AS c;
INSERT INTO judged VALUES (3001, NULL, true, 0.9), (3002, 'north', NULL, 0.9), (3003, 'north', true, NULL);

SELECT grp, customers, positives, selected, round(selection_rate::numeric, 4) AS rate, round(selection_ratio::numeric, 4) AS ratio,
       round(true_positive_rate::numeric, 4) AS tpr, round(false_positive_rate::numeric, 4) AS fpr, round("precision"::numeric, 4) AS "precision",
       round(calibration::numeric, 4) AS calibration, round(auc::numeric, 4) AS auc, round(equal_opportunity_gap::numeric, 4) AS gap
FROM (SELECT fairness_base(bought, score, region) AS base FROM judged) AS b, fairness(base, 0.5);
WITH by_hand AS (
    SELECT region, count(*) AS customers, count(*) FILTER (WHERE bought) AS positives, count(*) FILTER (WHERE score >= 0.5) AS selected,
           avg((score >= 0.5)::int) AS rate, avg((score >= 0.5)::int) FILTER (WHERE bought) AS tpr, avg((score >= 0.5)::int) FILTER (WHERE NOT bought) AS fpr,
           avg(bought::int) FILTER (WHERE score >= 0.5) AS "precision", avg(score) - avg(bought::int) AS calibration, auc(bought, score) AS auc
    FROM judged WHERE region <> 'few' AND bought IS NOT NULL AND score IS NOT NULL GROUP BY 1
)
SELECT count(*) AS groups, bool_and(f.customers = h.customers AND f.positives = h.positives AND f.selected = h.selected
    AND abs(f.selection_rate - rate) < 1e-12 AND abs(f.true_positive_rate - tpr) < 1e-12 AND abs(f.false_positive_rate - fpr) < 1e-12
    AND abs(f."precision" - h."precision") < 1e-12 AND abs(f.calibration - h.calibration) < 1e-12 AND abs(f.auc - h.auc) < 1e-12
    AND abs(f.selection_ratio - rate / (SELECT max(rate) FROM by_hand)) < 1e-12
    AND abs(f.equal_opportunity_gap - ((SELECT max(tpr) FROM by_hand) - tpr)) < 1e-12) AS same
FROM by_hand AS h JOIN (SELECT f.* FROM (SELECT fairness_base(bought, score, region) AS base FROM judged) AS b, fairness(base) AS f) AS f ON grp = region;
-- Merged, weighted, stored: the same bytes.
WITH parts AS (SELECT customer_id % 7 AS part, fairness_base(bought, score, region) AS base FROM judged GROUP BY 1),
whole AS (SELECT fairness_base(bought, score, region) AS base, fairness_base(bought, score, region, 1) AS weighted FROM judged)
SELECT feature_base_send(rollup(p.base)) = feature_base_send(w.base) AS merged, w.base::text = w.weighted::text AS weighted,
       w.base::text::feature_base::text = w.base::text AS read_again, w.base::text LIKE '{"customers":1529,"skipped":3,%' AS skipped
FROM parts AS p, whole AS w GROUP BY w.base::text, w.weighted::text, feature_base_send(w.base);
SELECT grp, customers, positives, selected, selection_rate
FROM (SELECT fairness_base(c % 2 = 0, 2, 'all', 10) AS base FROM generate_series(1, 4) AS c) AS b, fairness(base, 'infinity');
-- Everybody, nobody; scores that are no chances; groups of nothing.
SELECT grp, selected, selection_ratio, true_positive_rate, false_positive_rate, "precision", calibration IS NULL AS no_chances, auc
FROM (SELECT fairness_base(c <= 40, c, CASE WHEN c <= 40 THEN 'a' ELSE '' END) AS base FROM generate_series(1, 80) AS c) AS b,
     unnest('{-infinity,1000}'::float8[]) AS threshold, fairness(base, threshold);
SELECT fairness_base(NULL, 0.5, 'a') IS NULL AS none, (SELECT count(*) FROM fairness(NULL)) AS nothing;
-- What cannot be.
SELECT fairness_base(true, 'NaN', 'a');
SELECT fairness_base(true, 0.5, 'a', -1);
SELECT fairness(fairness_base(true, 0.5, 'a'), 'NaN');
SELECT fairness(response_feature_base(true, features(ARRAY['a', 'b'], ARRAY[1, 2]::float8[])));
SELECT fairness(response_feature_base(2, features('{"group":"a","score":1}'::jsonb)));
SELECT fairness(response_feature_base(true, features('{"group":null,"score":1}'::jsonb)));
DROP TABLE judged;

-- Difference in differences: two periods with and without clusters, staggered adoption
CREATE TABLE shops AS
SELECT 'shop ' || lpad(s::text, 3, '0') AS unit, p AS period, CASE s % 5 WHEN 0 THEN 3 WHEN 1 THEN 4 WHEN 2 THEN 9 END AS first_treated,
       10 + s * 37 % 11 + p + (s * 7919 + p * 104729) % 101 / 25.0
       + CASE WHEN s % 5 = 0 AND p >= 3 THEN p - 2 WHEN s % 5 = 1 AND p >= 4 THEN 2 ELSE 0 END AS outcome
FROM generate_series(1, 60) AS s, generate_series(1, 5) AS p;
CREATE TABLE bases AS
SELECT did_base(outcome, unit, period, first_treated) AS staggered,
       did_base(outcome, coalesce(first_treated = 3, false), period >= 3, unit) FILTER (WHERE first_treated = 3 OR first_treated IS NULL) AS clustered,
       did_base(outcome, coalesce(first_treated = 3, false), period >= 3) FILTER (WHERE first_treated = 3 OR first_treated IS NULL) AS alone
FROM shops;

-- 1. Two periods, beside the regression's normal equations by hand: four cells, residuals, sums of clusters
CREATE VIEW residuals AS
SELECT unit, outcome - avg(outcome) OVER cell AS e, count(*) OVER cell AS n, (treated = post)::int * 2 - 1 AS sign, treated, post, outcome
FROM (SELECT *, coalesce(first_treated = 3, false) AS treated, period >= 3 AS post FROM shops WHERE first_treated = 3 OR first_treated IS NULL) AS r
WINDOW cell AS (PARTITION BY treated, post);
SELECT abs(d.estimate - s.estimate) < 1e-12 AS estimate, abs(d.std_error - sqrt(s.v * g / (g - 1) * (n - 1) / (n - 4))) < 1e-12 AS cr1,
       abs(h.std_error - sqrt(s.h * n / (n - 4))) < 1e-12 AS hc1, round(d.estimate::numeric, 3) AS value, round(d.lower::numeric, 3) AS lower
FROM bases, did_effects(clustered) AS d, did_effects(alone) AS h,
     (SELECT sum(sign * outcome / n) AS estimate, count(*)::float8 AS n, sum((e / n) ^ 2) AS h FROM residuals) AS c (estimate, n, h),
     (SELECT (SELECT sum(sign * outcome / n) FROM residuals) AS estimate, sum(u ^ 2) AS v, count(*)::float8 AS g, (SELECT sum((e / n) ^ 2) FROM residuals) AS h
      FROM (SELECT sum(sign * e / n) AS u FROM residuals GROUP BY unit) AS clusters) AS s;

-- 2. Cohorts and periods, beside joins
CREATE VIEW by_hand AS
SELECT controls, g AS cohort, t AS period, avg(change) FILTER (WHERE is_treated) - avg(change) FILTER (WHERE NOT is_treated) AS estimate,
       sqrt(var_samp(change) FILTER (WHERE is_treated) / count(*) FILTER (WHERE is_treated)
            + var_samp(change) FILTER (WHERE NOT is_treated) / count(*) FILTER (WHERE NOT is_treated)) AS std_error
FROM unnest('{never,not yet}'::text[]) AS controls, unnest('{3,4}'::int[]) AS g, generate_series(2, 5) AS t,
     LATERAL (SELECT now.outcome - before.outcome AS change, now.first_treated IS NOT DISTINCT FROM g AS is_treated
              FROM shops AS now JOIN shops AS before USING (unit)
              WHERE now.period = t AND before.period = CASE WHEN t < g THEN t - 1 ELSE g - 1 END
                    AND (now.first_treated = g OR coalesce(now.first_treated, 99) > CASE controls WHEN 'never' THEN 5 ELSE greatest(t, before.period) END)) AS c
GROUP BY 1, 2, 3;
SELECT c.controls, cohort, period, relative, round(d.estimate::numeric, 4) AS estimate, round(d.std_error::numeric, 4) AS std_error,
       abs(d.estimate - h.estimate) < 1e-12 AND abs(d.std_error - h.std_error) < 1e-12 AS same
FROM bases, unnest('{never,not yet}'::text[]) AS c (controls), did_effects(staggered, controls => c.controls) AS d
LEFT JOIN by_hand AS h USING (cohort, period) WHERE h.controls = c.controls ORDER BY 1, 2, 3;
SELECT count(*) FROM by_hand;
-- Both cohorts have twelve shops: a mean of their effects.
SELECT relative, abs(d.estimate - m.estimate) < 1e-12 AS estimate, round(d.estimate::numeric, 4) AS value, round(d.std_error::numeric, 4) AS std_error
FROM bases, did_effects(staggered, by => 'relative') AS d
JOIN (SELECT period - cohort AS relative, avg(estimate) AS estimate FROM by_hand WHERE controls = 'never' GROUP BY 1) AS m USING (relative);
SELECT cohort, period, relative, abs(d.estimate - (SELECT avg(estimate) FROM by_hand WHERE controls = 'never' AND period >= cohort)) < 1e-12 AS estimate,
       round(d.estimate::numeric, 4) AS value, round(d.std_error::numeric, 4) AS std_error
FROM bases, did_effects(staggered, by => 'ALL') AS d;

-- 3. The same bits by parts and in any order; kept as text
SELECT count(DISTINCT base::text) AS one FROM (
    SELECT did_base(outcome, unit, period, first_treated ORDER BY md5(unit || period)) AS base FROM shops
    UNION ALL SELECT rollup(part) FROM (SELECT did_base(outcome, unit, period, first_treated) AS part FROM shops GROUP BY period * 7 % 3, unit) AS p) AS b;
SELECT count(*) FROM bases, did_effects(staggered::text::feature_base);
-- Units seen but once, gaps in the periods, a unit treated all along
SELECT d.* FROM (SELECT did_base(y, u, p, f) AS base FROM (VALUES
    (1.0, 'a', 10, 20), (5.0, 'a', 20, 20), (2, 'b', 10, 20), (4, 'b', 20, 20), (9, 'c', 20, 20), (1, 'd', 10, NULL), (2, 'd', 20, NULL), (3, 'e', 10, NULL),
    (3, 'e', 20, NULL), (7, 'f', 10, 5), (8, 'f', 20, 5)) AS v (y, u, p, f)) AS b, did_effects(base) AS d;

-- 4. NULLs and what is refused
SELECT did_base(NULL, true, true) AS skipped, did_base(1, 'a', NULL, 3)::text LIKE '%"skipped":1%' AS counted;
SELECT count(*) FROM did_effects(NULL);
SELECT count(*) FROM did_effects((SELECT did_base(NULL, true, true)));
SELECT did_effects(did_base(1, true, true));
SELECT did_effects(staggered, controls => 'all') FROM bases;
SELECT did_effects(staggered, by => 'cohorts') FROM bases;
SELECT did_effects(staggered, level => 0) FROM bases;
SELECT did_effects(did_base(1, 'a', p, 2)) FROM generate_series(1, 3) AS p;
SELECT did_effects(did_base(1, 'a', p, NULL)) FROM generate_series(1, 3) AS p;
SELECT did_effects(did_base(1, 'a', p, p)) FROM generate_series(1, 3) AS p;
SELECT did_effects(did_base(p, 'a', 1, 1)) FROM generate_series(1, 2) AS p;
SELECT did_effects(did_base(1, 'a', 1, 1)) FROM generate_series(1, 2) AS p;
SELECT did_effects(response_feature_base(1, features('{"a":1}'::jsonb)));
SELECT did_effects(response_feature_base(1, features('{"period":null,"first":1,"unit":"a"}'::jsonb)));
SELECT did_base('NaN', true, true);
DROP TABLE bases, shops CASCADE;

-- Regression discontinuity: the fit, ties, the density of the running variable
CREATE TABLE spenders AS
SELECT x, 3 * x + 2 * x * x + x * x * x + CASE WHEN x >= 0 THEN 2 ELSE 0 END + (i * 104729 % 101) / 101.0::float8 AS y
FROM (SELECT i, floor(((i * 7919 % 400 + 0.5) / 200 - 1)::float8 * 1e6 + 0.5) / 1e6 AS x FROM generate_series(0, 399) AS i) AS r;
CREATE TABLE bases AS SELECT rdd_base(y, x) AS base, rdd_base(y, floor(x * 20) / 20) AS rounded FROM spenders;

-- 1. Printed by rdrobust 4.0.0: 1.97831993868 .118809123309 2.00762202606 .140415934486 .374688576953 .59747672205
SELECT round(estimate::numeric, 9) AS estimate, round(std_error::numeric, 9) AS std_error, round(robust_estimate::numeric, 9) AS robust,
       round(robust_std_error::numeric, 9) AS robust_error, round(h::numeric, 9) AS h, round(b::numeric, 9) AS b, below, above, below_in_h, above_in_h,
       below_distinct, above_distinct
FROM bases, rdd_fit(base);
-- 1.98778080269 .157015292888 with a bandwidth, for both
SELECT kernel, round(robust_estimate::numeric, 9) AS robust, round(robust_std_error::numeric, 9) AS error, h, b, lower < estimate AND estimate < upper AS inside,
       round((robust_upper - robust_lower)::numeric, 6) AS width, p_value < 1e-20 AS found
FROM bases, unnest('{Uniform,triangular,epanechnikov}'::text[]) AS kernel, rdd_fit(base, kernel => kernel, bandwidth => 0.4, level => 0.9);
SELECT round(robust_estimate::numeric, 9) AS robust, below_distinct, above_distinct FROM bases, rdd_fit(rounded, 0);
-- Nothing happens elsewhere.
SELECT round(robust_estimate::numeric, 3) AS robust, round(p_value::numeric, 3) AS p FROM bases, rdd_fit(base, cutoff => 0.5);

-- 2. As many above as below; then a part of those just below move over the line
SELECT round(density_below::numeric, 3) AS below, round(density_above::numeric, 3) AS above, round(std_error::numeric, 3) AS error, p_value > 0.5 AS fair, below_in_h, above_in_h
FROM bases, rdd_density(base);
SELECT round(difference::numeric, 3) AS difference, p_value < 0.05 AS moved
FROM (SELECT rdd_base(y, CASE WHEN x > -0.15 AND x < 0 THEN -x / 3 ELSE x END) AS base FROM spenders) AS b, rdd_density(base);

-- 3. The same bits in any order and by parts
SELECT count(DISTINCT f::text) AS one FROM (
    SELECT rdd_base(y, x ORDER BY md5(x::text)) AS base FROM spenders
    UNION ALL SELECT rollup(part) FROM (SELECT rdd_base(y, x) AS part FROM spenders GROUP BY floor(x * 3)) AS p
    UNION ALL SELECT base::text::score_base FROM bases) AS b, rdd_fit(base) AS f;

-- 4. NULLs and what is refused
SELECT rdd_base(NULL, 1) AS skipped, rdd_fit(NULL) IS NULL AS nothing, rdd_density(NULL) IS NULL AS nor_here, (SELECT rdd_fit(base, NULL) IS NULL FROM bases) AS no_cutoff;
SELECT rdd_fit(base, 5) FROM bases;
SELECT rdd_fit(base, -1) FROM bases;
SELECT rdd_fit(base, 'NaN') FROM bases;
SELECT rdd_fit(base, kernel => 'gaussian') FROM bases;
SELECT rdd_fit(base, bandwidth => 0) FROM bases;
SELECT rdd_fit(base, bandwidth => 0.005) FROM bases;
SELECT rdd_fit(base, level => 1) FROM bases;
SELECT rdd_density(base, bandwidth => 'infinity') FROM bases;
SELECT rdd_density(base, 3) FROM bases;
SELECT rdd_fit(rdd_base(i, i), 5) FROM generate_series(1, 10) AS i;
SELECT rdd_fit(rdd_base(i, i % 2), 1) FROM generate_series(1, 100) AS i;
SELECT rdd_fit(rdd_base(i, CASE i WHEN 7 THEN 1e308 ELSE i END), -1e308) FROM generate_series(1, 100) AS i;
SELECT rdd_base('NaN', 1);
SELECT rdd_base(1, 'infinity');
DROP TABLE bases, spenders;

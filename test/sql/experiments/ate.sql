-- The effect of a treatment that was not drawn by lot
CREATE TABLE offered AS
SELECT c, c % 3 AS kind, c * 7919 % 1000 / 1000.0::float8 AS spent, draw < 0.2 + 0.3 * (c % 3) AS treated,
       2 + c % 3 + c * 7919 % 1000 / 500.0::float8 + (draw < 0.2 + 0.3 * (c % 3))::int * (1 + c % 3) + c * 104729 % 101 / 101.0::float8 AS outcome
FROM (SELECT c, ('x' || substr(md5('t' || c), 1, 8))::bit(32)::bigint / 4294967296.0::float8 AS draw FROM generate_series(1, 6000) AS c) AS d;
CREATE TABLE bases AS
SELECT treatment_base(outcome, treated, features(ARRAY['kind', 'spent'], ARRAY[kind, spent])) AS base,
       treatment_base(outcome, treated, features(jsonb_build_object('kind', 'k' || kind))) AS strata,
       treatment_base(outcome, treated, features(ARRAY['same'], ARRAY[1]::float8[])) AS blind
FROM offered;

-- 1. The true effect is 1 + kind, 2 on average; those of a higher kind are treated more often, and have more anyway.
SELECT round(estimate::numeric, 3) AS estimate, round(std_error::numeric, 3) AS std_error, lower < 2 AND 2 < upper AS holds, p_value < 1e-100 AS found,
       round(difference::numeric, 3) AS difference, customers, treated, round(propensity_auc::numeric, 3) AS auc, outside
FROM bases, ate(base);
-- A category alone: the differences within its levels, weighed by all customers.
SELECT abs(a.estimate - s.effect) < 0.001 AS estimate, abs(a.difference - s.plain) < 1e-9 AS difference
FROM bases, ate(strata, level => 0.9) AS a,
     (SELECT sum(n * d) / sum(n) AS effect FROM (SELECT count(*) AS n, avg(outcome) FILTER (WHERE treated) - avg(outcome) FILTER (WHERE NOT treated) AS d FROM offered GROUP BY kind) AS k) AS e,
     LATERAL (SELECT e.effect, avg(outcome) FILTER (WHERE treated) - avg(outcome) FILTER (WHERE NOT treated) AS plain FROM offered) AS s;
-- Attributes that say nothing leave the difference as it is.
SELECT abs(estimate - difference) < 0.01 AS same, propensity_auc BETWEEN 0.45 AND 0.55 AS no_idea FROM bases, ate(blind);

-- Several deals into parts: each, and the median of five and of four, as R 4.2.2 computes them from the definitions.
CREATE TEMP TABLE few AS SELECT treatment_base(outcome, treated, features(ARRAY['kind', 'spent'], ARRAY[kind, spent])) AS base FROM offered WHERE c <= 600;
SELECT count(*) AS deals, bool_and(abs(a.estimate - r.estimate) < 1e-13 AND abs(a.std_error - r.std_error) < 1e-13 AND abs(a.propensity_auc - r.auc) < 1e-14) AS same
FROM few, (VALUES (1, 1.9887034848779424, 0.0457838182149098, 0.7650320587614317), (2, 1.9928432115303452, 0.0456055647465484, 0.7657654654354324),
                  (3, 1.9929446189865807, 0.0460349393087039, 0.7590092342567590), (4, 1.9991774854614350, 0.0458661810195721, 0.7588425509217588),
                  (5, 1.9941238862723429, 0.0460986806149866, 0.7621317687324288)) AS r (seed, estimate, std_error, auc), ate(base, repeats => 1, seed => r.seed) AS a;
SELECT bool_and(abs(a.estimate - r.estimate) < 1e-13 AND abs(a.std_error - r.std_error) < 1e-13) AS same
FROM few, (VALUES (5, 1.99294461898658, 0.0460349393087039), (4, 1.99289391525846, 0.0460050862684442)) AS r (repeats, estimate, std_error), ate(base, repeats => r.repeats) AS a;
SELECT ate(base) = ate(base, 0.95, 5, 1) AS by_default, ate(base, seed => 6) <> ate(base) AS seed_matters FROM few;

-- 2. The same bits in any order and by parts
SELECT count(DISTINCT a::text) AS one FROM (
    SELECT treatment_base(outcome, treated, features(ARRAY['kind', 'spent'], ARRAY[kind, spent]) ORDER BY md5(c::text)) AS base FROM offered
    UNION ALL SELECT rollup(part) FROM (SELECT treatment_base(outcome, treated, features(ARRAY['kind', 'spent'], ARRAY[kind, spent])) AS part FROM offered GROUP BY c % 7) AS p
    UNION ALL SELECT base::text::feature_base FROM bases) AS b, ate(base) AS a;

-- 3. Treated by a rule: nobody to compare with
SELECT round(propensity_auc::numeric, 3) AS auc, outside > 3000 AS many
FROM ate((SELECT treatment_base(outcome, spent > 0.5, features(ARRAY['spent'], ARRAY[spent])) FROM offered));

-- 4. NULLs and what is refused
SELECT treatment_base(NULL, true, NULL) AS skipped, ate(NULL) IS NULL AS nothing;
SELECT ate(treatment_base(1, i % 2 = 0, features(ARRAY['a'], ARRAY[i]::float8[]))) FROM generate_series(1, 100) AS i;
SELECT ate(treatment_base(i, true, features(ARRAY['a'], ARRAY[i]::float8[]))) FROM generate_series(1, 100) AS i;
SELECT ate(treatment_base(i, i % 2 = 0, features(ARRAY['a'], ARRAY[i]::float8[]))) FROM generate_series(1, 15) AS i;
SELECT ate(treatment_base(i, i % 2 = 0, features(ARRAY['a'], ARRAY[NULLIF(i, 7)]::float8[]))) FROM generate_series(1, 100) AS i;
SELECT ate(response_feature_base(i, features(ARRAY['a'], ARRAY[i]::float8[]), 1, 0.5)) FROM generate_series(1, 100) AS i;
SELECT ate(base, 2) FROM bases;
SELECT ate(base, repeats => 0) FROM bases;
SELECT ate(base, repeats => 1001) FROM bases;
SELECT ate(base, seed => -1) FROM bases;
SELECT treatment_base('NaN', true, features('{"a":1}'::jsonb));
DROP TABLE bases, few, offered;

-- Bandits as sums, choices by Thompson sampling, what another policy would have brought, net promoter scores
CREATE TABLE offers AS
SELECT c AS offer, 'arm ' || c % 3 AS arm, (c * 7919 % 1000 < 100 + 15 * (c % 3))::int::float8 AS bought,
       (c * 104729 % 997) / 10.0 * (c * 7919 % 1000 < 100 + 15 * (c % 3))::int AS spent, c % 10 AS age
FROM generate_series(1, 3000) AS c;

-- 1. The probability to be the best: published, exact, and how often it is chosen
SELECT arm, trials, mean, round(prob_best::numeric, 12) AS prob_best
FROM bandit_shares((SELECT bandit(v, (i <= CASE v WHEN 'A' THEN 100 ELSE 120 END)::int) FROM unnest('{A,B}'::text[]) AS v, generate_series(1, 1000) AS i));
SELECT arm, trials, mean, round(prob_best::numeric, 12) AS prob_best FROM bandit_shares((SELECT bandit(v, r) FROM (VALUES ('A', NULL), ('B', 1)) AS r (v, r)));
SELECT arm, round(prob_best::numeric, 12) AS prob_best FROM bandit_shares((SELECT bandit(v, NULL) FROM unnest('{a,b,c}'::text[]) AS v));
-- Normal: two arms, the difference of two normals, with Winitzki's erf.
WITH b AS (SELECT bandit(arm, spent) AS b FROM offers WHERE arm <> 'arm 2'),
moments AS (SELECT arm, count(*)::float8 AS n, avg(spent) AS m, sum((spent - own) ^ 2) AS own, max(mean) AS mean, max(v) AS v
            FROM (SELECT *, avg(spent) OVER (PARTITION BY arm) AS own FROM offers) AS o,
                 (SELECT avg(spent) AS mean, var_pop(spent) AS v FROM offers WHERE arm <> 'arm 2') AS a
            WHERE arm <> 'arm 2' GROUP BY arm),
posterior AS (SELECT arm, (n * m + mean) / (n + 1) AS mean, (own + v) / n / (n + 1) AS variance FROM moments)
SELECT s.arm, abs(s.prob_best - CASE s.arm WHEN 'arm 1' THEN p ELSE 1 - p END) < 2e-4 AS prob_best
FROM b, bandit_shares(b) AS s,
     (SELECT 0.5 * (1 + sign(z) * sqrt(1 - exp(-z * z * (4 / pi() + a * z * z) / (1 + a * z * z)))) AS p
      FROM (SELECT (y.mean - x.mean) / sqrt(2 * (x.variance + y.variance)) AS z, 0.147 AS a
            FROM posterior AS x, posterior AS y WHERE x.arm = 'arm 0' AND y.arm = 'arm 1') AS z) AS by_winitzki ORDER BY 1;
SELECT kind, arm, abs(chosen / 5000.0 - prob_best) < 4 * sqrt(prob_best * (1 - prob_best) / 5000) AS as_often
FROM (SELECT 'bought' AS kind, bandit(arm, bought) AS b FROM offers WHERE offer <= 600 UNION ALL SELECT 'spent', bandit(arm, spent) FROM offers WHERE offer <= 600
      UNION ALL SELECT 'decayed', bandit(arm, bought, age, 0.5) FROM offers) AS b,
     bandit_shares(b) AS s,
     LATERAL (SELECT count(*) FILTER (WHERE bandit_choose(b, i) = s.arm) AS chosen FROM generate_series(1, 5000) AS i) AS c;

-- 2. Weights, merging, storing
SELECT s.arm, abs(trials - w) < 1e-9 AS trials, abs(mean - wy / w) < 1e-12 AS mean
FROM bandit_shares((SELECT bandit(arm, spent, age, 0.9) FROM offers)) AS s
JOIN (SELECT arm, sum(0.9 ^ age::float8) AS w, sum(spent * 0.9 ^ age::float8) AS wy FROM offers GROUP BY arm) AS h USING (arm) ORDER BY arm;
SELECT kind, rollup(p)::text = max(w::text) AS merged, max(w::text)::experiment_base::text = max(w::text) AS read_again
FROM (SELECT kind, CASE kind WHEN 1 THEN bandit(arm, bought, age, 0.9) WHEN 2 THEN bandit(arm, spent, age, 0.9) WHEN 3 THEN policy_base(spent, 0.3, 0.1 * age, 5)
                        ELSE nps_base(age) END AS p FROM offers, generate_series(1, 4) AS kind GROUP BY kind, offer % 7) AS p
JOIN (SELECT kind, CASE kind WHEN 1 THEN bandit(arm, bought, age, 0.9 ORDER BY -offer) WHEN 2 THEN bandit(arm, spent, age, 0.9 ORDER BY -offer)
                        WHEN 3 THEN policy_base(spent, 0.3, 0.1 * age, 5 ORDER BY -offer) ELSE nps_base(age) END AS w
      FROM offers, generate_series(1, 4) AS kind GROUP BY kind) AS w USING (kind) GROUP BY kind ORDER BY kind;
SELECT bandit(arm, bought)::text = experiment_base(arm, bought)::text AS the_same_sums FROM offers;
SELECT bandit(a, r, 1, 0.5) FROM (VALUES ('a', 1), ('a', 0), ('b', NULL), (NULL, 1)) AS v (a, r);
SELECT bandit_choose(b, 1) = bandit_choose(b, 1) AS repeatable, count(DISTINCT bandit_choose(b, i)) AS arms FROM (SELECT bandit(arm, NULL) AS b FROM offers) AS b, generate_series(1, 100) AS i GROUP BY 1;

-- 3. What another policy would have brought
CREATE TABLE choices AS
SELECT c AS choice, spent AS reward, CASE arm WHEN 'arm 0' THEN 0.5 WHEN 'arm 1' THEN 0.3 ELSE 0.2 END AS logged,
       CASE arm WHEN 'arm 2' THEN 0.8 ELSE 0.1 END AS target, 8 + age AS model
FROM (SELECT offer AS c, * FROM offers) AS o;
SELECT abs(p.ips - h.ips) < 1e-12 AS ips, abs(p.snips - h.snips) < 1e-12 AS snips, p.doubly_robust,
       abs(p.std_error - h.snips_error) < 1e-12 AS std_error, abs(effective_sample - sample) < 1e-9 AS sample, choices,
       abs(upper - p.snips - 1.959963984540054 * p.std_error) < 1e-12 AS upper
FROM policy_value((SELECT policy_base(reward, logged, target) FROM choices)) AS p,
     (SELECT avg(w * r) AS ips, avg(w * r) / avg(w) AS snips, sqrt(avg((w * (r - s)) ^ 2) / (count(*) - 1)) / avg(w) AS snips_error,
             sum(w) ^ 2 / sum(w * w) AS sample
      FROM (SELECT target / logged AS w, reward AS r, sum(target / logged * reward) OVER () / sum(target / logged) OVER () AS s FROM choices) AS c) AS h;
SELECT abs(p.doubly_robust - h.v) < 1e-12 AS doubly_robust, abs(p.std_error - h.e) < 1e-12 AS std_error
FROM policy_value((SELECT policy_base(reward, logged, target, model) FROM choices)) AS p,
     (SELECT avg(v) AS v, stddev_samp(v) / sqrt(count(*)) AS e FROM (SELECT model + target / logged * (reward - model) AS v FROM choices) AS c) AS h;
-- The same policy: the mean itself. One choice; nobody would have chosen so.
SELECT ips, snips, round(std_error::numeric, 12) AS std_error, effective_sample FROM policy_value((SELECT policy_base(r, 0.25, 0.25) FROM unnest('{1,2,3}'::float8[]) AS r));
SELECT * FROM policy_value((SELECT policy_base(3, 0.25, 0.5)));
SELECT * FROM policy_value((SELECT policy_base(3, 0.25, 0, 2) FROM generate_series(1, 3)));

-- 4. Net promoter scores: of 100 answers 50 promoters and 20 detractors; of one
SELECT promoters, passives, detractors, nps, abs(std_error - 100 * sqrt((0.7 - 0.09) / 100)) < 1e-12 AS std_error,
       round(lower::numeric, 6) AS lower, round(upper::numeric, 6) AS upper
FROM nps((SELECT nps_base(CASE WHEN i <= 50 THEN 9 + i % 2 WHEN i <= 80 THEN 7 + i % 2 ELSE i % 7 END) FROM generate_series(1, 100) AS i));
SELECT abs(lower - 100 * (c - 1.959963984540054 * s)) < 1e-9 AS lower, abs(upper - 100 * (c + 1.959963984540054 * s)) < 1e-9 AS upper
FROM nps((SELECT nps_base(CASE WHEN i <= 50 THEN 9 WHEN i <= 80 THEN 7 ELSE 0 END) FROM generate_series(1, 100) AS i)),
     (SELECT p - d AS c, sqrt((p + d - (p - d) ^ 2) / 103) AS s FROM (SELECT 50.75 / 103 AS p, 20.75 / 103 AS d) AS a) AS h;
SELECT nps, std_error, round(lower::numeric, 3) AS lower, upper FROM nps((SELECT nps_base(10)));

-- 5. NULLs, nothing, what is refused
SELECT bandit(NULL, 1) IS NULL AS none, policy_base(NULL, 1, 1) IS NULL AS skipped, nps_base(NULL) IS NULL AS skipped_too;
SELECT bandit_choose(NULL, 1), bandit_choose(bandit('a', 1), NULL), (SELECT count(*) FROM bandit_shares(NULL)) AS rows;
SELECT * FROM policy_value(NULL);
SELECT * FROM policy_value((SELECT policy_base(NULL, 1, 1)));
SELECT * FROM nps((SELECT nps_base(NULL)));
SELECT arm, trials, mean, prob_best FROM bandit_shares((SELECT bandit(a, 7) FROM unnest('{a,b}'::text[]) AS a));
SELECT arm, round(prob_best::numeric, 9) AS prob_best FROM bandit_shares((SELECT bandit(a, r) FROM (VALUES ('a', 1e100), ('a', 9e99), ('it''s "b"', -1e100)) AS v (a, r)));
SELECT bandit_choose(b, 1) AS none, (SELECT count(*) FROM bandit_shares(b)) AS arms FROM (SELECT '{"companion":"none","zero_one":true,"variants":[]}'::experiment_base AS b) AS b;
SELECT arm, prob_best FROM bandit_shares('{"companion":"none","zero_one":false,"variants":[{"variant":"b","customers":1,"skipped":0,"y":[88,99999,0,0,0,0],"yy":[88,99999,0,0,0,0]}]}');
SELECT bandit('a', 'NaN');
SELECT bandit('a', 1, -1, 0.5);
SELECT bandit('a', 1, 1, 0);
SELECT bandit('a', 1, 1, 'NaN');
SELECT bandit_choose(experiment_base('a', 1, 2), 1);
SELECT bandit_shares(experiment_ratio_base('a', 1, 2));
SELECT ab_test(bandit(a, 1, 0, 0.5)) FROM unnest('{A,B}'::text[]) AS a;
SELECT policy_base(1, 0, 0.5);
SELECT policy_base(1, 0.5, 1.5);
SELECT policy_base('infinity', 0.5, 0.5);
SELECT policy_value(experiment_base('a', 1));
SELECT policy_value(policy_base(1, 0.5, 0.5), 0);
SELECT nps_base(11);
SELECT nps_base(-1);
SELECT nps(experiment_base('a', 1));
SELECT nps(experiment_base('', 0.5));
SELECT rollup(b) FROM (SELECT bandit('a', 1) AS b UNION ALL SELECT bandit('a', 1, 0, 0.5)) AS b;
SELECT '{"companion":"weight","zero_one":true,"variants":[{"variant":"b","customers":1,"skipped":0,"y":[46,2,0,0,0,0],"yy":[46,2,0,0,0,0],"z":[46,1,0,0,0,0],"zz":[46,1,0,0,0,0],"yz":[46,1,0,0,0,0]}]}'::experiment_base;
SELECT '{"companion":"weight","zero_one":false,"variants":[{"variant":"b","customers":1,"skipped":0,"y":[46,2,0,0,0,0],"yy":[46,2,0,0,0,0],"z":[46,2,0,0,0,0],"zz":[46,1,0,0,0,0],"yz":[46,1,0,0,0,0]}]}'::experiment_base;
DROP TABLE choices, offers;

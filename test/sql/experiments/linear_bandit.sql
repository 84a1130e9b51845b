-- Bandits that look at the customer: held against the posterior by hand, and against what they are for
CREATE FUNCTION draw(what text, customer int) RETURNS float8 IMMUTABLE LANGUAGE sql
    AS $$ SELECT ('x' || substr(md5(what || customer), 1, 8))::bit(32)::bigint / 4294967296.0::float8 $$;
CREATE TEMP TABLE offers AS
SELECT c, CASE WHEN c % 3 = 0 THEN 'mail' ELSE 'call' END AS arm, draw('a', c) AS a, 5 + CASE WHEN c % 3 = 0 THEN 2 ELSE -1 END * draw('a', c) + draw('e', c) AS reward
FROM generate_series(1, 60) AS c;
-- The posterior by hand: of one attribute in standard deviations z, of a reward less the mean of all d, with a ridge of one reward.
WITH scaled AS (SELECT arm, (a - avg(a) OVER ()) / stddev_pop(a) OVER () AS z, reward - avg(reward) OVER () AS d, avg(a) OVER () AS centre,
                       stddev_pop(a) OVER () AS scale, avg(reward) OVER () AS mean, var_pop(reward) OVER () AS variance FROM offers),
sums AS (SELECT arm, count(*) AS n, count(*) + 1 AS g00, sum(z) AS g01, sum(z * z) + 1 AS g11, sum(d) AS r0, sum(z * d) AS r1, sum(d * d) AS dd,
                min(centre) AS centre, min(scale) AS scale, min(mean) AS mean, min(variance) AS variance FROM scaled GROUP BY arm),
solved AS (SELECT *, (g11 * r0 - g01 * r1) / (g00 * g11 - g01 ^ 2) AS b0, (g00 * r1 - g01 * r0) / (g00 * g11 - g01 ^ 2) AS b1 FROM sums),
posterior AS (SELECT *, (dd - b0 * r0 - b1 * r1 + variance) / (n + 1) AS s2 FROM solved),
by_hand AS (SELECT arm, b1 / scale AS slope, mean + b0 - b1 * centre / scale AS intercept, sqrt(s2 * g00 / (g00 * g11 - g01 ^ 2)) / scale AS slope_error, sqrt(s2) AS sigma FROM posterior),
ours AS (SELECT arm, model FROM (SELECT linear_bandit(arm, reward, features(ARRAY['a'], ARRAY[a])) AS b FROM offers OFFSET 0) AS l, unnest((b).arms, (b).models) AS u (arm, model))
SELECT arm, name, abs(estimate / CASE name WHEN 'a' THEN slope WHEN 'intercept' THEN intercept ELSE sigma END - 1) < 1e-12 AS estimate,
       CASE WHEN name = 'a' THEN abs(std_error / slope_error - 1) < 1e-12 END AS error
FROM ours JOIN by_hand USING (arm), model_params(model) ORDER BY arm, name;
-- How probably it is the best, by hand: the distribution function of the difference of the two at a = 0.15.
WITH scaled AS (SELECT arm, (a - avg(a) OVER ()) / stddev_pop(a) OVER () AS z, reward - avg(reward) OVER () AS d, (0.15 - avg(a) OVER ()) / stddev_pop(a) OVER () AS at,
                       var_pop(reward) OVER () AS variance FROM offers),
sums AS (SELECT arm, count(*) AS n, count(*) + 1 AS g00, sum(z) AS g01, sum(z * z) + 1 AS g11, sum(d) AS r0, sum(z * d) AS r1, sum(d * d) AS dd, min(at) AS at,
                min(variance) AS variance FROM scaled GROUP BY arm),
solved AS (SELECT *, (g11 * r0 - g01 * r1) / (g00 * g11 - g01 ^ 2) AS b0, (g00 * r1 - g01 * r0) / (g00 * g11 - g01 ^ 2) AS b1 FROM sums),
believed AS (SELECT arm, b0 + at * b1 AS mean, (dd - b0 * r0 - b1 * r1 + variance) / (n + 1) * (g11 - 2 * at * g01 + at ^ 2 * g00) / (g00 * g11 - g01 ^ 2) AS variance FROM solved),
difference AS (SELECT (sum(mean) FILTER (WHERE arm = 'call') - sum(mean) FILTER (WHERE arm = 'mail')) / sqrt(sum(variance)) AS z FROM believed)
SELECT abs(prob_best - (SELECT sum(exp((z - (i + 0.5) / 1000) ^ 2 / -2)) / 1000 / sqrt(2 * pi()) FROM difference, generate_series(0, 12000) AS i)) < 1e-7 AS by_hand
FROM (SELECT linear_bandit(arm, reward, features(ARRAY['a'], ARRAY[a])) AS bandit FROM offers) AS b, bandit_shares(bandit, features(ARRAY['a'], ARRAY[0.15])) WHERE arm = 'call';
-- As often as it is the best.
WITH b AS MATERIALIZED (SELECT linear_bandit(arm, reward, features(ARRAY['a', 'b'], ARRAY[a, draw('b', c)])) AS bandit FROM offers),
told AS (SELECT x.a, s.* FROM b, (VALUES (0::float8), (0.1), (0.15), (1)) AS x (a), bandit_shares(bandit, features(ARRAY['a', 'b'], ARRAY[x.a, 0.5])) AS s),
chosen AS (SELECT x.a, bandit_choose(bandit, features(ARRAY['a', 'b'], ARRAY[x.a, 0.5]), seed) AS arm, count(*) AS n
           FROM b, (VALUES (0::float8), (0.1), (0.15), (1)) AS x (a), generate_series(1, 4000) AS seed GROUP BY 1, 2)
SELECT a, arm, trials, abs(coalesce(n, 0) / 4000.0 - prob_best) < 4 * sqrt(prob_best * (1 - prob_best) / 4000) + 0.001 AS as_often, round(mean::numeric, 1) AS mean
FROM told LEFT JOIN chosen USING (a, arm) ORDER BY a, arm;
-- What it is for: of two offers each is right for half of the customers. By night, with what the nights before have brought.
CREATE TEMP TABLE nights (night int, customer int, kind text, arm text, reward float8);
DO $$ BEGIN
    INSERT INTO nights SELECT 0, c, CASE WHEN draw('kind', c) < 0.5 THEN 'new' ELSE 'old' END, CASE WHEN c % 2 = 0 THEN 'gift' ELSE 'code' END FROM generate_series(1, 40) AS c;
    FOR night IN 1 .. 8 LOOP
        UPDATE nights SET reward = (draw('buys', customer) < CASE WHEN (kind = 'new') = (arm = 'gift') THEN 0.3 ELSE 0.1 END)::int WHERE reward IS NULL;
        INSERT INTO nights
        SELECT night, c, kind, bandit_choose(b.bandit, features(ARRAY['kind'], ARRAY[(kind = 'new')::int::float8]), c)
        FROM (SELECT linear_bandit(arm, reward, features(ARRAY['kind'], ARRAY[(kind = 'new')::int::float8])) AS bandit FROM nights OFFSET 0) AS b,
             generate_series(night * 1000, night * 1000 + 299) AS c, LATERAL (SELECT CASE WHEN draw('kind', c) < 0.5 THEN 'new' ELSE 'old' END AS kind) AS k;
    END LOOP;
END $$;
SELECT night, avg(((kind = 'new') = (arm = 'gift'))::int) > 0.85 AS right FROM nights WHERE night IN (0, 8) GROUP BY night ORDER BY night;
-- The same bits in any order and by parts.
SELECT count(DISTINCT bandit::text) AS one FROM (
    SELECT linear_bandit(arm, reward, features(ARRAY['a'], ARRAY[a]) ORDER BY -c) AS bandit FROM offers
    UNION ALL SELECT linear_bandit(arm, reward, features(ARRAY['a'], ARRAY[a]) ORDER BY c) FROM offers
    UNION ALL SELECT linear_bandit(rollup(base)) FROM (SELECT linear_bandit_base(arm, reward, features(ARRAY['a'], ARRAY[a])) AS base FROM offers GROUP BY c % 7) AS p) AS m;
-- Few rewards, none of an arm's customers of a kind, attributes that follow from one another, one arm.
SELECT arm, trials, mean BETWEEN -10 AND 10 AS finite, prob_best > 0 AS possible
FROM (SELECT linear_bandit(arm, reward, features(ARRAY['a', 'b'], ARRAY[a, 2 * a])) AS bandit FROM (VALUES ('one', 1::float8, 0::float8), ('two', 0, 1), ('three', 0.5, 0)) AS v (arm, reward, a)) AS b,
     bandit_shares(bandit, features(ARRAY['a', 'b'], ARRAY[1, 2]::float8[]));
SELECT bandit_choose(bandit, features(ARRAY['a'], ARRAY[9]::float8[]), 1) AS one FROM (SELECT linear_bandit('only', a, features(ARRAY['a'], ARRAY[a])) AS bandit FROM offers) AS b;
SELECT s.* FROM (SELECT linear_bandit(arm, reward, features(ARRAY['country'], ARRAY[1]::float8[])) AS bandit FROM offers) AS b, bandit_shares(bandit, features(ARRAY['country'], ARRAY[1]::float8[])) AS s;
-- NULL, and what is refused.
SELECT linear_bandit(arm, NULL, features(ARRAY['a'], ARRAY[a])), linear_bandit_base(NULL, reward, NULL) IS NULL AS none FROM offers;
SELECT linear_bandit(NULL::feature_base), bandit_choose(NULL::linear_bandit, NULL, 1), bandit_choose(ROW('{}', '{}')::linear_bandit, features(ARRAY['a'], ARRAY[1]::float8[]), 1) AS none;
SELECT bandit_choose(bandit, features(ARRAY['a'], ARRAY[NULL]::float8[]), 1) AS unknown FROM (SELECT linear_bandit(arm, reward, features(ARRAY['a'], ARRAY[a])) AS bandit FROM offers) AS b;
SELECT bandit_choose(bandit, features(ARRAY['b'], ARRAY[1]::float8[]), 1) FROM (SELECT linear_bandit(arm, reward, features(ARRAY['a'], ARRAY[a])) AS bandit FROM offers) AS b;
SELECT linear_bandit(arm, 'NaN', features(ARRAY['a'], ARRAY[a])) FROM offers;
SELECT linear_bandit(response_feature_base(reward, features(ARRAY['a'], ARRAY[a]))) FROM offers;
SELECT bandit_choose(ROW('{a}', '{}')::linear_bandit, features(ARRAY['a'], ARRAY[1]::float8[]), 1);
SELECT bandit_choose(ROW(NULL, NULL)::linear_bandit, features(ARRAY['a'], ARRAY[1]::float8[]), 1);
SELECT bandit_choose(ROW('{a}', ARRAY[bgnbd_model(0.2, 4, 0.8, 2)])::linear_bandit, features(ARRAY['a'], ARRAY[1]::float8[]), 1);
SELECT bandit_choose(ROW('{a}', ARRAY[(SELECT linear_fit(response_feature_base(reward, features(ARRAY['a'], ARRAY[a])), penalty => 1) FROM offers)])::linear_bandit, features(ARRAY['a'], ARRAY[1]::float8[]), 1);
DROP TABLE offers, nights;
DROP FUNCTION draw(text, int);

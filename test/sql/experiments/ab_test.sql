-- Tests of variants: sums that merge exactly, ab_test, srm_test, how many customers it takes
CREATE TABLE tested AS
SELECT c AS customer, CASE c % 3 WHEN 0 THEN 'A' WHEN 1 THEN 'B' ELSE 'C' END AS variant,
       (c * 7919 % 1000) / 100.0::float8 + (c % 3) * 0.1 AS outcome, (c * 104729 % 997) / 10.0::float8 + (c * 7919 % 1000) / 50.0 AS pre,
       c * 31 % 7 AS orders, c * 7919 % 1000 < 100 + (c % 3) * 20 AS bought
FROM generate_series(1, 3000) AS c;
CREATE TABLE bases AS
SELECT experiment_base(variant, outcome) AS plain, experiment_base(variant, outcome, pre) AS pre,
       experiment_ratio_base(variant, outcome, orders) AS ratio, experiment_base(variant, bought::int) AS shares
FROM tested;

-- 1. Beside the formulas in SQL
CREATE VIEW parts AS
SELECT variant, count(*)::float8 AS n, avg(outcome) AS y, var_samp(outcome) AS v, avg(pre) AS x FROM tested GROUP BY variant;
SELECT t.variant, t.customers = b.n AS n, abs(t.mean - b.y) < 1e-12 AS mean, abs(t.difference - (b.y - a.y)) < 1e-12 AS difference,
       abs(t.std_error - sqrt(a.v / a.n + b.v / b.n)) < 1e-13 AS std_error, t.lower < t.difference AND t.difference < t.upper AS inside,
       t.lower_always < t.lower AND t.upper < t.upper_always AS wider, abs(t.relative - (b.y / a.y - 1)) < 1e-12 AS relative
FROM bases, ab_test(plain) AS t JOIN parts AS b USING (variant), parts AS a WHERE a.variant = 'A' AND t.variant <> 'A';
-- theta of both arms together
SELECT t.variant, abs(t.difference - (s.yb - s.ya - s.theta * (s.xb - s.xa))) < 1e-11 AS difference,
       abs(t.std_error - sqrt(s.va / s.na + s.vb / s.nb)) < 1e-12 AS std_error, round(t.variance_reduction::numeric, 3) AS saved
FROM bases, ab_test(pre, method => 'CUPED') AS t,
     LATERAL (SELECT avg(outcome) FILTER (WHERE r.variant = 'A') AS ya, avg(outcome) FILTER (WHERE r.variant <> 'A') AS yb,
                     avg(pre) FILTER (WHERE r.variant = 'A') AS xa, avg(pre) FILTER (WHERE r.variant <> 'A') AS xb, max(theta) AS theta,
                     var_samp(outcome - theta * pre) FILTER (WHERE r.variant = 'A') AS va, count(*) FILTER (WHERE r.variant = 'A') AS na,
                     var_samp(outcome - theta * pre) FILTER (WHERE r.variant <> 'A') AS vb, count(*) FILTER (WHERE r.variant <> 'A') AS nb
              FROM tested AS r, (SELECT regr_slope(outcome, pre) AS theta FROM tested WHERE tested.variant IN ('A', t.variant)) AS slope
              WHERE r.variant IN ('A', t.variant)) AS s
WHERE t.variant <> 'A';
SELECT t.variant, round(t.difference::numeric, 6) AS difference, round(t.std_error::numeric, 6) AS std_error,
       round(t.variance_reduction::numeric, 3) AS saved
FROM bases, ab_test(pre, method => 'lin') AS t;
SELECT t.variant, abs(t.mean - s.ratio) < 1e-12 AS mean, abs(t.std_error - sqrt(a.v + s.v)) < 1e-12 AS std_error
FROM bases, ab_test(ratio, control => 'B') AS t
JOIN LATERAL (SELECT variant, max(r) AS ratio, var_samp((outcome - r * orders) / d) / count(*) AS v
              FROM tested JOIN (SELECT variant, sum(outcome) / sum(orders) AS r, avg(orders) AS d FROM tested GROUP BY 1) AS m USING (variant)
              GROUP BY variant) AS s USING (variant),
     LATERAL (SELECT var_samp((outcome - r * orders) / d) / count(*) AS v
              FROM tested, (SELECT sum(outcome) / sum(orders) AS r, avg(orders) AS d FROM tested WHERE variant = 'B') AS m
              WHERE variant = 'B') AS a
WHERE t.variant <> 'B';
SELECT t.variant, mean, round(p_value::numeric, 6) AS p, round(p_adjusted::numeric, 6) AS adjusted, round(prob_better::numeric, 6) AS better
FROM bases, ab_test(shares, level => 0.9) AS t;

-- 2. Published values
SELECT round(prob_better::numeric, 13) AS better
FROM (SELECT experiment_base(v, (i <= CASE v WHEN 'A' THEN 100 ELSE 120 END)::int) AS base FROM unnest('{A,B}'::text[]) AS v, generate_series(1, 1000) AS i) AS b,
     ab_test(base) WHERE variant = 'B';
SELECT prob_better FROM (SELECT experiment_base(v, y) AS base FROM (VALUES ('A', 0), ('A', 1), ('B', 1), ('B', 1)) AS r (v, y)) AS b, ab_test(base) WHERE variant = 'B';
SELECT round(sample_size(0.10, 0.02)::numeric, 10) AS customers, round(minimum_detectable_effect(0.10, 3838.1021900967)::numeric, 13) AS lift,
       round(sample_size(20, 1, 0.9, 0.99, 15)::numeric, 3) AS of_money,
       round(minimum_detectable_effect(20, sample_size(20, 1, 0.9, 0.99, 15), 0.9, 0.99, 15)::numeric, 12) AS back,
       minimum_detectable_effect(0.9, 5) AS none;
SELECT round(chi2::numeric, 8) AS chi2, df, round(p_value::numeric, 13) AS p_value
FROM srm_test((SELECT experiment_base(v, 1) FROM (VALUES ('W', 21387), ('M', 21307), ('N', 21306)) AS s (v, n), generate_series(1, n)));

-- 3. The same bits in any order, by parts, stored
CREATE FUNCTION pieces(n int, kind text) RETURNS SETOF experiment_base LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT %s FROM tested GROUP BY customer %% %s ORDER BY md5(min(customer)::text)',
        CASE kind WHEN 'plain' THEN 'experiment_base(variant, exp(outcome * 5 - 30) ORDER BY -customer)'
                  WHEN 'pre' THEN 'experiment_base(variant, outcome / 7, pre * 1e9)'
                  ELSE 'experiment_ratio_base(variant, outcome * 1e-9, orders)' END, n);
END $$;
SELECT kind, n, count(*) OVER (PARTITION BY kind, md5(base::text)) AS the_same
FROM unnest('{plain,pre,ratio}'::text[]) AS kind, unnest('{1,2,7,3000}'::int[]) AS n,
     LATERAL (SELECT rollup(p) AS base FROM pieces(n, kind) AS p) AS b ORDER BY 1, 2;
\echo '-- binary forms come in through a file in the data directory: whole, cut short, with one bit changed'
CREATE TABLE received (value experiment_base);
CREATE FUNCTION receive(field bytea, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_experiment_base_test.bin';
    -- signature, flags, no header extension, one column, its length, the field, the trailer
    content bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' ||
                     int4send(length(field)) || field || '\xffff';
    object oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(object, file);
    PERFORM lo_unlink(object);
    TRUNCATE received;
    EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
    code := 'none';
    same := (SELECT experiment_base_send(value) = field AND experiment_base_send(value::text::experiment_base) = field FROM received);
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
SELECT r.* FROM bases, unnest(ARRAY[plain, pre, ratio, shares]) AS base, receive(experiment_base_send(base)) AS r;
SELECT r.code, count(*) FROM bases, generate_series(0, 400) AS n, receive(substr(experiment_base_send(shares), 1, n)) AS r GROUP BY 1 ORDER BY 1;
SELECT r.code, r.same, count(*) > 20 AS often FROM bases, generate_series(0, 400) AS n, receive(set_bit(experiment_base_send(plain), n * 7, 1 - get_bit(experiment_base_send(plain), n * 7))) AS r
GROUP BY 1, 2 ORDER BY 1, 2;
SELECT experiment_base(v, y) FROM (VALUES ('b', 1.5), ('a', NULL), (NULL, 7), ('b', -0.5), ('a', 2)) AS r (v, y);

-- 4. NULLs, nothing, names
SELECT experiment_base(v, y) AS none FROM (VALUES ('A', 1.0)) AS r (v, y) WHERE false;
SELECT experiment_base(NULL, 1) AS not_in_the_test, rollup(NULL::experiment_base) AS of_nothing;
SELECT count(*) FROM ab_test(NULL);
SELECT * FROM srm_test(NULL);
SELECT sample_size(NULL, 1), sample_size(0.1, 0.1, level => NULL), minimum_detectable_effect(0.1, NULL);
SELECT variant, customers, mean
FROM (SELECT experiment_base(v, y) AS base FROM unnest(ARRAY['', 'it''s "B"', 'größer']) AS v, unnest('{1,2,NULL}'::float8[]) AS y) AS b, ab_test(base, control => '');
SELECT * FROM srm_test((SELECT plain FROM bases), '{2,1,1}');
SELECT variant, difference, relative, relative_upper, lower < 0 AS below FROM (SELECT experiment_base(v, -y) AS base FROM (VALUES ('A', 1), ('A', 2), ('B', 3), ('B', 5)) AS r (v, y)) AS b, ab_test(base);
-- One arm without variance.
SELECT variant, difference, std_error, round(p_value::numeric, 6) AS p FROM (SELECT experiment_base(v, y) AS base FROM (VALUES ('A', 0), ('A', 0), ('B', 0), ('B', 1), ('B', 1)) AS r (v, y)) AS b, ab_test(base);

-- 5. What is refused
SELECT ab_test(plain, control => 'X') FROM bases;
SELECT ab_test(plain, method => 'cuped') FROM bases;
SELECT ab_test(plain, method => 'bayes') FROM bases;
SELECT ab_test(plain, level => 1) FROM bases;
SELECT ab_test(plain, planned => 0) FROM bases;
SELECT ab_test(experiment_base('A', i)) FROM generate_series(1, 3) AS i;
SELECT ab_test(experiment_base(CASE i WHEN 1 THEN 'A' ELSE 'B' END, i)) FROM generate_series(1, 3) AS i;
SELECT ab_test(experiment_base(CASE i % 2 WHEN 1 THEN 'A' ELSE 'B' END, CASE i % 2 WHEN 0 THEN i END)) FROM generate_series(1, 9) AS i;
SELECT ab_test(experiment_base(CASE i % 2 WHEN 1 THEN 'A' ELSE 'B' END, 0.1)) FROM generate_series(1, 9) AS i;
SELECT ab_test(experiment_ratio_base(CASE i % 2 WHEN 1 THEN 'A' ELSE 'B' END, i, 0)) FROM generate_series(1, 9) AS i;
SELECT experiment_base('A', 'NaN');
SELECT experiment_base('A', 1, '-infinity');
SELECT experiment_ratio_base('A', 1e101, 1);
SELECT experiment_base(repeat('x', 64), 1);
SELECT experiment_base('customer ' || i, 1) FROM generate_series(1, 1001) AS i;
SELECT rollup(base) FROM (SELECT unnest(ARRAY[plain, ratio]) AS base FROM bases) AS b;
SELECT experiment_base_combine(plain, plain) FROM bases;
SELECT srm_test(plain, '{0.5,0.5}') FROM bases;
SELECT srm_test(plain, '{1,0,1}') FROM bases;
SELECT srm_test(plain, '{1,NULL,1}') FROM bases;
SELECT srm_test(experiment_base('A', 1));
SELECT sample_size(0.1, 0);
SELECT sample_size(0.9, 0.2);
SELECT sample_size(10, 1);
SELECT sample_size(0.1, 0.02, power => 1);
SELECT sample_size(10, 1, sd => 0);
SELECT minimum_detectable_effect(0.1, 1);
SELECT '{"companion":"else","zero_one":true,"variants":[]}'::experiment_base;
SELECT '{"companion":"none","zero_one":true,"variants":[{"variant":"b","customers":1,"skipped":0,"y":[46,1,0,0,0,0],"yy":[46,1,0,0,0,0]},{"variant":"a","customers":0,"skipped":0,"y":[0,0,0,0,0,0],"yy":[0,0,0,0,0,0]}]}'::experiment_base;
SELECT '{"companion":"none","zero_one":true,"variants":[{"variant":"b","customers":1,"skipped":0,"y":[46,99999999,0,0,0,0],"yy":[46,1,0,0,0,0]}]}'::experiment_base;
SELECT '{"companion":"none","zero_one":true,"variants":[{"variant":"b","customers":1,"skipped":0,"y":[46,2,0,0,0,0],"yy":[46,2,0,0,0,0]}]}'::experiment_base;

DROP FUNCTION pieces(int, text), receive(bytea);
DROP TABLE received, bases, tested CASCADE;

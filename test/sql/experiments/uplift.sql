-- How well a score finds those whom a treatment moves: qini, uplift_table, treat_worth
CREATE TABLE treated AS
SELECT c AS customer, c * 7919 % 1000 < 520 AS mailed, (c * 104729 % 97) / 10.0::float8 AS score,
       (c * 31337 % 1009 < 100 + (c * 104729 % 97) * (c * 7919 % 1000 < 520)::int)::int::float8 AS bought
FROM generate_series(1, 5000) AS c;
INSERT INTO treated VALUES (5001, NULL, 1, 1), (5002, true, NULL, 1), (5003, false, 1, NULL);

-- 1. Beside the formulas in SQL
CREATE VIEW curve AS
SELECT n, sum(yt) OVER w - sum(yc) OVER w * (sum(nt) OVER w)::float8 / nullif(sum(nc) OVER w, 0) AS q
FROM (SELECT score, count(*)::float8 AS n, sum(bought) FILTER (WHERE mailed) AS yt, sum(bought) FILTER (WHERE NOT mailed) AS yc,
             count(*) FILTER (WHERE mailed) AS nt, count(*) FILTER (WHERE NOT mailed) AS nc
      FROM treated WHERE mailed IS NOT NULL AND score IS NOT NULL AND bought IS NOT NULL GROUP BY score) AS s
WINDOW w AS (ORDER BY score DESC);
SELECT abs(g.auuc - h.area) < 1e-9 AS auuc, abs(g.qini - (h.area - h.q / 2)) < 1e-9 AS qini, customers, std_error > 0 AS error,
       abs(lower - (qini - 1.959963984540054 * std_error)) < 1e-9 AS lower, abs(upper - (qini + 1.959963984540054 * std_error)) < 1e-9 AS upper,
       abs(treated_auc - of_treated) < 1e-12 AS treated_auc
FROM qini((SELECT uplift_base(bought, mailed, score) FROM treated)) AS g,
     (SELECT sum((q + before) / 2 * n) / sum(n) AS area, max(last) AS q
      FROM (SELECT n, q, coalesce(lag(q) OVER (), 0) AS before, last_value(q) OVER () AS last FROM curve) AS c) AS h,
     (SELECT auc(mailed, score) AS of_treated FROM treated WHERE bought IS NOT NULL) AS a;
-- The jackknife itself, customer by customer.
CREATE VIEW few AS SELECT * FROM treated WHERE customer <= 150 AND customer % 3 > 0;
WITH left_out AS (
    SELECT o.customer, (qini(uplift_base(f.bought, f.mailed, f.score))).qini / 99 AS q FROM few AS o JOIN few AS f ON f.customer <> o.customer
    GROUP BY o.customer)
SELECT round((g.std_error / 100 / sqrt(99.0 / 100 * (SELECT sum((q - m) ^ 2) FROM left_out, (SELECT avg(q) AS m FROM left_out) AS a)))::numeric, 1) AS of_jackknife
FROM qini((SELECT uplift_base(bought, mailed, score) FROM few)) AS g;
SELECT t.bin, t.customers, highest_score, lowest_score, treated = nt AND control = nc AS counts, abs(uplift - (yt - yc)) < 1e-12 AS uplift,
       abs(std_error - sqrt(vt / nt + vc / nc)) < 1e-12 AS std_error, lower < uplift AND uplift < upper AS inside,
       round(uplift_so_far::numeric, 4) AS so_far
FROM uplift_table((SELECT uplift_base(bought, mailed, score) FROM treated), bins => 4) AS t,
     LATERAL (SELECT avg(bought) FILTER (WHERE mailed) AS yt, avg(bought) FILTER (WHERE NOT mailed) AS yc,
                     var_samp(bought) FILTER (WHERE mailed) AS vt, var_samp(bought) FILTER (WHERE NOT mailed) AS vc,
                     count(*) FILTER (WHERE mailed) AS nt, count(*) FILTER (WHERE NOT mailed) AS nc
              FROM treated WHERE bought IS NOT NULL AND score BETWEEN lowest_score AND highest_score) AS h;
SELECT abs(uplift_so_far - difference) < 1e-12 AS last_is_all, abs(upper_so_far - difference - 1.959963984540054 * b.std_error) < 1e-12 AS error
FROM uplift_table((SELECT uplift_base(bought, mailed, score) FROM treated), bins => 4) AS t,
     ab_test((SELECT experiment_base(CASE WHEN mailed THEN 'B' ELSE 'A' END, bought) FROM treated WHERE score IS NOT NULL AND mailed IS NOT NULL)) AS b
WHERE bin = 4 AND variant = 'B';

-- 2. By hand: treated 3 and 0, others 1 and 0; of ties one step; a bin of one arm
SELECT qini, auuc, treated_auc, customers FROM qini((SELECT uplift_base(y, t, s) FROM (VALUES (3, true, 4), (1, false, 3), (0, true, 2), (0, false, 1)) AS r (y, t, s)));
SELECT qini, auuc, treated_auc FROM qini((SELECT uplift_base(y, t, 7) FROM (VALUES (3, true), (1, false), (0, true), (0, false)) AS r (y, t)));
SELECT bin, customers, treated, control, treated_mean, control_mean, uplift, std_error, uplift_so_far, upper_so_far
FROM uplift_table((SELECT uplift_base(y, t, s) FROM (VALUES (3, true, 4), (1, false, 3), (0, true, 2), (0, false, 1)) AS r (y, t, s)), 4);
SELECT bin, customers FROM uplift_table((SELECT uplift_base(1, c % 2 = 0, (c > 95)::int) FROM generate_series(1, 100) AS c), 10);

-- 3. Merged, weighted, stored, in any order
WITH parts AS (SELECT customer % 7 AS part, uplift_base(bought, mailed, score) AS base FROM treated GROUP BY 1),
whole AS (SELECT uplift_base(bought, mailed, score ORDER BY -customer) AS base, uplift_base(bought, mailed, score, 1) AS weighted FROM treated)
SELECT feature_base_send(rollup(p.base)) = feature_base_send(w.base) AS merged, w.base::text = w.weighted::text AS weighted,
       w.base::text::feature_base::text = w.base::text AS read_again, qini(rollup(p.base)) = qini(w.base) AS the_same,
       w.base::text LIKE '{"customers":5000,"skipped":3,%' AS skipped
FROM parts AS p, whole AS w GROUP BY w.base::text, w.weighted::text, w.base::text, feature_base_send(w.base), qini(w.base);
SELECT qini((SELECT uplift_base(y, t, s, 50) FROM (VALUES (3, true, 4), (1, false, 3), (0, true, 2), (0, false, 1)) AS r (y, t, s)))
     = qini((SELECT uplift_base(y, t, s) FROM (VALUES (3, true, 4), (1, false, 3), (0, true, 2), (0, false, 1)) AS r (y, t, s), generate_series(1, 50))) AS counted;

-- 4. NULLs, nothing, extremes
SELECT uplift_base(NULL, true, 1) AS skipped, uplift_base(1, true, 1) FILTER (WHERE false) AS none;
SELECT * FROM qini(NULL);
SELECT * FROM qini((SELECT uplift_base(NULL, true, 1)));
SELECT count(*) FROM uplift_table(NULL);
SELECT count(*) FROM uplift_table((SELECT uplift_base(NULL, true, 1)));
SELECT qini, std_error, treated_auc FROM qini((SELECT uplift_base(y * 1e100, y > 0, y) FROM (VALUES (1), (-1)) AS r (y)));
SELECT treat_worth(0.02, 40, 0.5) AS worth, treat_worth(0.0125, 40, 0.5) AS just_not, treat_worth(-0.02, -40, 0.5) AS keeps, treat_worth(NULL, 1, 1) AS unknown;

-- 5. What is refused
SELECT uplift_base('NaN', true, 1);
SELECT uplift_base(1e101, true, 1);
SELECT uplift_base(1, true, 'infinity');
SELECT uplift_base(1, true, 1, -1);
SELECT qini(uplift_base(1, true, 1));
SELECT uplift_table(uplift_base(1, false, 1));
SELECT qini(uplift_base(1, c = 1, 1), level => 1) FROM generate_series(1, 2) AS c;
SELECT uplift_table(uplift_base(1, c = 1, 1), bins => 0) FROM generate_series(1, 2) AS c;
SELECT uplift_table(uplift_base(1, c = 1, 1), bins => 1001) FROM generate_series(1, 2) AS c;
SELECT qini(fairness_base(true, 0.5, 'a'));
SELECT qini(response_feature_base(1, features('{"score":1,"treated":2}'::jsonb)));
SELECT qini(response_feature_base(1, features('{"score":null,"treated":1}'::jsonb)));
SELECT qini(response_feature_base(1e200, features('{"score":1,"treated":1}'::jsonb)));
SELECT treat_worth('NaN', 1, 1);
SELECT treat_worth(1, 'infinity', 1);
SELECT treat_worth(1, 1, -1);
DROP TABLE treated CASCADE;

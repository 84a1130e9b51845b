-- How many customers look alike, and views that leave small groups out.
SET client_min_messages = warning;
-- The table of hospital patients of Machanavajjhala et al. 2007, Figure 2: 4-anonymous, of which the third group has one disease.
CREATE TEMP TABLE patients AS
SELECT * FROM (VALUES
    ('130**', '<30', 'Heart Disease'), ('130**', '<30', 'Heart Disease'), ('130**', '<30', 'Viral Infection'), ('130**', '<30', 'Viral Infection'),
    ('1485*', '>=40', 'Cancer'), ('1485*', '>=40', 'Heart Disease'), ('1485*', '>=40', 'Viral Infection'), ('1485*', '>=40', 'Viral Infection'),
    ('130**', '3*', 'Cancer'), ('130**', '3*', 'Cancer'), ('130**', '3*', 'Cancer'), ('130**', '3*', 'Cancer')) AS p (zip, age, disease);
SELECT k_anonymity(features(x)) AS k, l_diversity(features(x), disease) AS l
FROM patients, LATERAL (SELECT zip, age) AS x;
SELECT t.* FROM (SELECT anonymity_base(features(x), disease) AS base FROM patients, LATERAL (SELECT zip, age) AS x) AS b, k_anonymity_table(base) AS t;
SELECT t.* FROM (SELECT anonymity_base(features(x)) AS base FROM patients, LATERAL (SELECT zip) AS x) AS b, k_anonymity_table(base, below => 8) AS t;
-- The same by counting
CREATE TEMP TABLE people AS
SELECT i, CASE WHEN i % 11 > 0 THEN i % 7 END AS age, CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN 'AT' ELSE 'D"E' END AS country, i * i % 13 AS rank FROM generate_series(1, 500) AS i;
SELECT (SELECT k_anonymity(features(x)) FROM people, LATERAL (SELECT age, country) AS x) = (SELECT min(n) FROM (SELECT count(*) AS n FROM people GROUP BY age, country) AS g) AS k,
       (SELECT l_diversity(features(x), rank::text) FROM people, LATERAL (SELECT age, country) AS x)
       = (SELECT min(n) FROM (SELECT count(DISTINCT rank) AS n FROM people GROUP BY age, country) AS g) AS l;
SELECT count(*) AS differ FROM (
    (SELECT t.attributes::jsonb ->> 'age' AS age, t.attributes::jsonb ->> 'country' AS country, t.customers, t.sensitive_values
     FROM (SELECT anonymity_base(features(x), rank::text) AS base FROM people, LATERAL (SELECT age, country) AS x) AS b, k_anonymity_table(base) AS t)
    EXCEPT SELECT age::text, country, count(*), count(DISTINCT rank) FROM people GROUP BY age, country) AS e;
-- Whose sensitive value is not known counts, and NULL is one value of its own, other than any text.
SELECT k_anonymity(anonymity_base(x, s)) AS k, l_diversity(x, s) AS l, l_diversity(anonymity_base(x, s)) AS of_base
FROM (VALUES ('{"a": 1}'::features, 'high'), ('{"a": 1}', 'low'), ('{"a": 2}', NULL)) AS t (x, s);
SELECT t.* FROM (SELECT anonymity_base(x, s) AS base FROM (VALUES ('{"a": 1}'::features, NULL), ('{"a": 1}', NULL), ('{"a": 1}', ''), ('{"a": 1}', 'null'),
    ('{"a": 2}', NULL), ('{"a": 2}', NULL)) AS t (x, s)) AS b, k_anonymity_table(base) AS t;
SELECT k_anonymity(base), l_diversity(base), l_diversity(base::text::feature_base) AS back
FROM (SELECT anonymity_base(x, NULL) AS base FROM (VALUES ('{"a": 1}'::features), ('{"a": 1}'), (NULL)) AS t (x)) AS b;
SELECT k_anonymity(rollup(base)), l_diversity(rollup(base)) FROM (SELECT anonymity_base('{"a": 1}', s) AS base FROM (VALUES (1, NULL), (2, 'high'), (3, NULL)) AS t (i, s) GROUP BY i) AS b;
SELECT count(*) AS differ FROM (
    (SELECT t.attributes::jsonb ->> 'age' AS age, t.customers, t.sensitive_values
     FROM (SELECT anonymity_base(features(x), country) AS base FROM people, LATERAL (SELECT age) AS x) AS b, k_anonymity_table(base) AS t)
    EXCEPT SELECT age::text, count(*), count(DISTINCT country) + count(DISTINCT 1) FILTER (WHERE country IS NULL) FROM people GROUP BY age) AS e;
-- Stored, merged, in any order
SELECT k_anonymity(rollup(base)) = (SELECT k_anonymity(features(x)) FROM people, LATERAL (SELECT age, country) AS x) AS merged
FROM (SELECT anonymity_base(features(x)) AS base FROM people, LATERAL (SELECT age, country) AS x GROUP BY i % 3) AS b;
SELECT (SELECT anonymity_base(features(x) ORDER BY i) FROM people, LATERAL (SELECT age, country) AS x)::text
     = (SELECT anonymity_base(features(x) ORDER BY rank, i) FROM people, LATERAL (SELECT age, country) AS x)::text AS same;
SELECT k_anonymity(base::text::feature_base) = k_anonymity(base) AS back FROM (SELECT anonymity_base(features(x)) AS base FROM people, LATERAL (SELECT age, country) AS x) AS b;
-- Nobody, NULLs, one, and what cannot be
SELECT k_anonymity(x) FROM (SELECT NULL::features WHERE false) AS t (x);
SELECT k_anonymity(NULL::features), l_diversity(NULL::features, 'a'), l_diversity('{"a": 1}'::features, NULL), k_anonymity(NULL::feature_base), l_diversity(NULL::feature_base);
SELECT k_anonymity('{"a": null}'::features), l_diversity('{"a": 1}'::features, '');
SELECT * FROM k_anonymity_table(NULL);
SELECT count(*) FROM (SELECT anonymity_base(x) AS base FROM (VALUES ('{"a": 1}'::features), (NULL)) AS t (x)) AS b, k_anonymity_table(base, below => 1);
SELECT k_anonymity(fairness_base(true, 0.5, 'a'));
SELECT l_diversity(anonymity_base('{"a": 1}'::features));
SELECT * FROM k_anonymity_table((SELECT fairness_base(true, 0.5, 'a')));
SELECT k_anonymity(x) FROM (VALUES ('{"a": 1}'::features), ('{"b": 1}'::features)) AS t (x);

-- Views for charts of groups of ten at least
CREATE TABLE min_group_orders AS
SELECT i % 103 AS customer_id, date '2024-01-01' + (i * i * 7 % 300) AS ordered_at, (10 + i % 9)::numeric AS amount FROM generate_series(1, 600) AS i;
CALL cltv_materialize('all_groups', 'min_group_orders', bins => 10);
CALL cltv_materialize('large_groups', 'min_group_orders', bins => 10, min_group => 10);
SELECT (SELECT count(*) FROM all_groups_segments WHERE customers < 10) > 0 AS some_are_small, (SELECT min(customers) FROM large_groups_segments) >= 10 AS left_out,
       (SELECT count(*) FROM (TABLE large_groups_segments EXCEPT TABLE all_groups_segments) AS e) AS others;
SELECT count(*) FILTER (WHERE a.customers BETWEEN 1 AND 9) > 0 AS small, count(*) FILTER (WHERE a.customers BETWEEN 1 AND 9 AND (l.customers, l.revenue, l.cltv) IS NOT NULL) AS shown,
       count(*) FILTER (WHERE a.customers NOT BETWEEN 1 AND 9 AND (a.customers, a.revenue, a.cltv) IS DISTINCT FROM (l.customers, l.revenue, l.cltv)) AS differ
FROM all_groups_rfm_grid AS a JOIN large_groups_rfm_grid AS l USING (r, f);
SELECT count(*), sum(customers), min(customers) >= 10 AS large, count(cltv_from) + count(cltv_to) AS of_one, max(cumulative_share) AS of_all FROM large_groups_value_bands;
SELECT count(*) FROM large_groups_at_risk;
SELECT count(*) > 50 AS weeks FROM large_groups_forecast;
CALL cltv_materialize('large_groups', 'min_group_orders', min_group => 60, replace => true);
SELECT customers, share FROM large_groups_value_bands;
CALL cltv_materialize('large_groups', 'min_group_orders', min_group => 104, replace => true);
SELECT (SELECT count(*) FROM large_groups_segments), (SELECT count(*) FROM large_groups_value_bands);
CALL cltv_materialize('large_groups', 'min_group_orders', min_group => 0, replace => true);
CALL cltv_materialize('large_groups', 'min_group_orders', min_group => NULL, replace => true);
CALL cltv_drop('large_groups');
CALL cltv_drop('all_groups');
DROP TABLE min_group_orders;

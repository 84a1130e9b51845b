-- Answers with noise. With epsilon 100 there is next to none: 0 but once in 10^43 for counts.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE TEMP TABLE bought AS
SELECT i % 200 AS customer_id, (i % 17)::float8 AS amount, CASE WHEN i % 200 % 3 = 0 THEN 'AT' WHEN i % 200 % 7 = 0 THEN 'CH' ELSE 'DE' END AS country
FROM generate_series(1, 1000) AS i;
INSERT INTO bought SELECT 7, 1000, 'AT' FROM generate_series(1, 100);
INSERT INTO bought VALUES (NULL, 3, 'AT'), (8, NULL, 'CH'), (9, 3, NULL);

-- One contribution a customer, held within bounds
SELECT dp_count(dp_base(customer_id), epsilon => 100) AS customers, dp_count(dp_base(customer_id::text), epsilon => 100) AS by_text,
       dp_count(dp_base(md5(customer_id::text)::uuid), epsilon => 100) AS by_uuid, count(DISTINCT customer_id) AS exact FROM bought;
SELECT abs(dp_sum(dp_base(customer_id, amount), 0, 50, epsilon => 100) - (SELECT sum(least(s, 50)) FROM (SELECT sum(amount) AS s FROM bought WHERE customer_id IS NOT NULL AND amount IS NOT NULL GROUP BY customer_id) AS c)) < 25 AS within,
       abs(dp_sum(dp_base(customer_id, -amount), -50, -10, epsilon => 100) + (SELECT sum(greatest(10, least(s, 50))) FROM (SELECT sum(amount) AS s FROM bought WHERE customer_id IS NOT NULL AND amount IS NOT NULL GROUP BY customer_id) AS c)) < 25 AS below_0,
       abs(dp_mean(dp_base(customer_id, amount), 0, 50, epsilon => 100) - (SELECT avg(least(s, 50)) FROM (SELECT sum(amount) AS s FROM bought WHERE customer_id IS NOT NULL AND amount IS NOT NULL GROUP BY customer_id) AS c)) < 0.3 AS mean
FROM bought;
SELECT h.* FROM (SELECT dp_base(customer_id, country) AS base FROM bought) AS b, dp_histogram(base, '{DE,AT,FR,CH}', epsilon => 100) AS h;
SELECT country, count(*) FROM (SELECT DISTINCT ON (customer_id) customer_id, country FROM (SELECT customer_id, country, count(*) AS n FROM bought WHERE customer_id IS NOT NULL AND country IS NOT NULL GROUP BY 1, 2) AS c ORDER BY 1, n DESC, country COLLATE "C") AS c GROUP BY 1 ORDER BY 1;
-- Merged, and of nobody
SELECT dp_count(rollup(base), epsilon => 100) FROM (SELECT dp_base(customer_id) AS base FROM bought GROUP BY amount) AS b;
SELECT dp_count(NULL, epsilon => 100), round(dp_sum(NULL, 0, 1e-6, epsilon => 100)::numeric, 3), dp_mean(NULL, 1, 1.01) BETWEEN 1 AND 1.01 AS within;
SELECT * FROM dp_histogram(NULL, '{a,b}', epsilon => 100);
SELECT count(*) FROM dp_histogram(NULL, '{}');

-- The noise: its mean and its variance, of Laplace 2 exp(-e) / (1 - exp(-e))^2, of the Gaussian as Balle & Wang have it; never the same
SELECT round(avg(n), 0) = 0 AS about_0, var_samp(n) BETWEEN 1.841 * 0.9 AND 1.841 * 1.1 AS variance FROM (SELECT dp_count(NULL) AS n FROM generate_series(1, 20000)) AS d;
SELECT stddev_samp(n) BETWEEN 3.7306 * 0.95 AND 3.7306 * 1.05 AS sd FROM (SELECT dp_count(NULL, delta => 1e-5) AS n FROM generate_series(1, 5000)) AS d;
SELECT stddev_samp(n) BETWEEN 14.14 * 100 * 0.9 AND 14.14 * 100 * 1.1 AS sd FROM (SELECT dp_sum(NULL, -30, 100, epsilon => 0.1) AS n FROM generate_series(1, 5000)) AS d;
SELECT stddev_samp(n) BETWEEN 2.6 * 3.7306 * 0.95 AND 2.6 * 3.7306 * 1.05 AS sd FROM (SELECT dp_sum(NULL, 0, 2.6, delta => 1e-5) AS n FROM generate_series(1, 5000)) AS d;
SELECT count(DISTINCT n) > 500 AS differ FROM (SELECT dp_count(NULL, epsilon => 0.001) AS n FROM generate_series(1, 1000)) AS d;
SELECT provolatile, proparallel, count(*) FROM pg_proc WHERE proname IN ('dp_count', 'dp_sum', 'dp_mean', 'dp_histogram', 'cltv_noise') GROUP BY 1, 2 ORDER BY 1, 2;

-- What cannot be
SELECT dp_count(dp_base(customer_id), epsilon => 0) FROM bought;
SELECT dp_count(dp_base(customer_id), epsilon => 'NaN') FROM bought;
SELECT dp_count(dp_base(customer_id), epsilon => NULL) FROM bought;
SELECT dp_count(dp_base(customer_id), delta => 0.5) FROM bought;
SELECT dp_count(dp_base(customer_id), delta => -1e-5) FROM bought;
SELECT dp_sum(dp_base(customer_id, amount), 5, 5) FROM bought;
SELECT dp_sum(dp_base(customer_id, amount), 0, 'infinity') FROM bought;
SELECT dp_sum(dp_base(customer_id, amount), NULL, 5) FROM bought;
SELECT dp_sum(dp_base(customer_id), 0, 5) FROM bought;
SELECT dp_mean(dp_base(customer_id, country), 0, 5) FROM bought;
SELECT dp_mean(dp_base(customer_id, amount), 0, 5, epsilon => 0.001) FROM bought;
SELECT * FROM dp_histogram((SELECT dp_base(customer_id) FROM bought), '{AT}');
SELECT * FROM dp_histogram((SELECT dp_base(customer_id, country) FROM bought), '{AT,AT}');
SELECT * FROM dp_histogram((SELECT dp_base(customer_id, country) FROM bought), '{AT,NULL}');
SELECT * FROM dp_histogram((SELECT dp_base(customer_id, country) FROM bought), NULL);
SELECT dp_count((SELECT fairness_base(true, 0.5, 'a')));
SELECT dp_base(1::bigint, 'infinity'::float8);
SELECT cltv_noise(0, 1, 0);
SELECT cltv_noise(NULL, 1, 0);

-- A budget
CREATE SCHEMA dp;
SET search_path = dp, public;
CALL cltv_privacy_budget('shop', epsilon => 3, per => 'ever', delta => 1e-5);
-- BETWEEN would ask twice.
SELECT dp_count(dp_base(customer_id), budget => 'shop_privacy_budget') IS NOT NULL AS answer FROM bought;
SELECT dp_sum(dp_base(customer_id, amount), 0, 50, budget => 'shop_privacy_budget', epsilon => 0.5, delta => 1e-5) IS NOT NULL AS answer FROM bought;
SELECT dp_mean(dp_base(customer_id, amount), 0, 50, budget => 'shop_privacy_budget', epsilon => 0.1) IS NOT NULL AS answer FROM bought;
SELECT count(*) FROM dp_histogram((SELECT dp_base(customer_id, country) FROM bought), '{AT,DE,CH}', budget => 'shop_privacy_budget', epsilon => 0.4);
SELECT epsilon_spent, delta_spent, answers FROM shop_privacy_budget;
SELECT dp_count(NULL, budget => 'shop_privacy_budget', epsilon => 1.5);
SELECT dp_count(NULL, budget => 'shop_privacy_budget', epsilon => 0.5, delta => 1e-5);
SELECT epsilon_spent, answers FROM shop_privacy_budget;
SELECT dp_count(NULL, budget => 'shop_privacy_budget') IS NOT NULL AS the_last;
SELECT dp_count(NULL, budget => 'shop_privacy_budget', epsilon => 0.001);
SELECT cltv_privacy_spend('shop_privacy_budget', 0.001, 1e-6);
-- Nothing is given back: what an answer costs is above 0, and a number.
SELECT cltv_privacy_spend('shop_privacy_budget', -2, 0);
SELECT cltv_privacy_spend('shop_privacy_budget', 0, 0);
SELECT cltv_privacy_spend('shop_privacy_budget', 'NaN', 0);
SELECT cltv_privacy_spend('shop_privacy_budget', 1.1e9, 0);
SELECT cltv_privacy_spend('shop_privacy_budget', NULL, 0);
SELECT cltv_privacy_spend('shop_privacy_budget', 0.001, -1e-6);
SELECT cltv_privacy_spend('shop_privacy_budget', 0.001, 'NaN');
SELECT cltv_privacy_spend('shop_privacy_budget', 0.001, 0.11);
SELECT cltv_privacy_spend('shop_privacy_budget', 0.001, NULL);
SELECT epsilon_spent, delta_spent, answers FROM shop_privacy_budget;
-- Ten tenths are one.
\set VERBOSITY terse
CALL cltv_privacy_budget('tenths', epsilon => 1, per => 'year');
SELECT count(dp_count(NULL, budget => 'tenths_privacy_budget', epsilon => 0.1)) FROM generate_series(1, 10);
SELECT dp_count(NULL, budget => 'tenths_privacy_budget', epsilon => 0.001) IS NULL AS more;
-- A new period
UPDATE tenths_privacy_budget SET period = period - interval '1 year';
SELECT dp_count(NULL, budget => 'tenths_privacy_budget', epsilon => 0.25) IS NOT NULL AS again;
SELECT epsilon_spent, answers, period = date_trunc('year', now() AT TIME ZONE 'UTC') AS this_year FROM tenths_privacy_budget;
-- Another allowance; what is spent stays so.
CALL cltv_privacy_budget('tenths', epsilon => 0.3, per => 'year');
SELECT epsilon, epsilon_spent FROM tenths_privacy_budget;
SELECT dp_count(NULL, budget => 'tenths_privacy_budget', epsilon => 0.1);
\set VERBOSITY default
SELECT period, cltv_budget_period(per, '2026-02-15 23:30:00-02') FROM unnest('{day,week,month,quarter,year,ever}'::text[]) AS p (per), LATERAL (SELECT per) AS x (period);
-- What cannot be
CALL cltv_privacy_budget('shop', epsilon => 0);
CALL cltv_privacy_budget('shop', epsilon => 3, per => 'fortnight');
CALL cltv_privacy_budget('shop', epsilon => NULL);
CREATE TABLE own_privacy_budget (epsilon float8);
CALL cltv_privacy_budget('own', epsilon => 3);
SELECT dp_count(NULL, budget => 'own_privacy_budget');
SELECT dp_count(NULL, budget => NULL::regclass);
SELECT dp_count(NULL, budget => 'nowhere');
DROP TABLE shop_privacy_budget, tenths_privacy_budget, own_privacy_budget;
DROP SCHEMA dp;

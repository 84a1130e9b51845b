-- The everyday numbers of marketing
\set ECHO none
\pset format unaligned
SELECT churn_rate(500, 25), churn_rate(customers_at_start => 500, customers_lost => 0) AS nobody, churn_rate(7, 7) AS everybody,
       retention_rate(500, 490, 15), retention_rate(customers_at_start => 500, customers_at_end => 30, new_customers => 30) AS nobody,
       retention_rate(500, 530, 30) AS everybody;
SELECT lifespan(0.05), lifespan(churn_rate => 1) AS one, cac(5000, 100), cac(spend => 0, new_customers => 3) AS free,
       ltv_cac_ratio(150, 50), ltv_cac_ratio(ltv => -20, cac => 50) AS loss, cac_payback(50, 12.5),
       cac_payback(cac => 0, margin_per_period => 3) AS at_once;
\echo '-- What stays and what leaves is everybody'
SELECT churn_rate(start, lost) + retention_rate(start, start - lost + won, won) AS everybody
FROM (VALUES (400, 25, 15), (8, 0, 0), (8, 8, 3)) v (start, lost, won);

\echo '-- Value at a constant retention: the sum of its terms, and its limit'
SELECT periods, round(cltv_retention(100, 0.8, 0.1, periods)::numeric, 9) AS value,
       abs(cltv_retention(100, 0.8, 0.1, periods)
           - (SELECT coalesce(sum(100 * power(0.8::float8, k) / power(1.1::float8, k)), 0) FROM generate_series(1, periods::int) k)) < 1e-12 AS as_a_sum
FROM unnest(ARRAY[0, 1, 2, 12, 60]::float8[]) periods;
SELECT round(cltv_retention(100, 0.8, 0.1)::numeric, 9) AS always,
       cltv_retention(100, 0.8, 0.1) = cltv_retention(margin_per_period => 100, retention_rate => 0.8, discount_rate => 0.1, periods => 'infinity') AS default_periods,
       cltv_retention(100, 0.8, 0.1, 1e6) = cltv_retention(100, 0.8, 0.1) AS limit_reached;
\echo '-- Nobody leaves; everybody leaves; nothing is discounted'
SELECT cltv_retention(2, 1, 0, 12) AS nobody_leaves, cltv_retention(2, 1, 0.25) AS perpetuity, cltv_retention(2, 1, 0) AS for_ever,
       cltv_retention(0, 1, 0) AS of_nothing, cltv_retention(2, 0, 0.1) AS everybody_leaves,
       round(cltv_retention(2, 0.5, 0)::numeric, 12) AS undiscounted;
\echo '-- Near a ratio of 1 the subtraction 1 - ratio^periods would leave no digits'
SELECT round(cltv_retention(1, 1, 1e-18, 1000000)::numeric, 9) AS a_million,
       round(cltv_retention(1, 1 - 1e-15::float8, 0, 1000)::numeric, 9) AS a_thousand;

\echo '-- NULLs'
SELECT churn_rate(NULL, 1), churn_rate(nullif(0, 0), 1), retention_rate(1, NULL, 1), lifespan(NULL), cac(1, NULL), ltv_cac_ratio(NULL, 1),
       cac_payback(1, NULL), cltv_retention(1, NULL, 1), cltv_retention(1, 1, 1, NULL);

\echo '-- Bad input'
CREATE FUNCTION trouble(query text, OUT code text, OUT message text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT ' || query;
    code := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;
\x on
SELECT query, t.* FROM unnest(ARRAY['churn_rate(0, 0)', 'churn_rate(0, 3)', 'retention_rate(0, 5, 5)', 'lifespan(0)', 'cac(100, 0)',
    'ltv_cac_ratio(100, 0)', 'cac_payback(100, 0)', 'churn_rate(10, 11)', 'churn_rate(-1, 0)', 'churn_rate(10, ''NaN'')',
    'retention_rate(100, 120, 5)', 'retention_rate(100, 5, 7)', 'lifespan(5)', 'lifespan(1e-320)', 'cac(-1, 10)', 'cac(''infinity'', 10)',
    'ltv_cac_ratio(''NaN'', 1)', 'ltv_cac_ratio(1, -1)', 'ltv_cac_ratio(-1e300, 1e-300)', 'cac_payback(1, -1)',
    'cltv_retention(-1, 0.8, 0.1)', 'cltv_retention(1, 1.1, 0.1)', 'cltv_retention(1, 80, 0.1)', 'cltv_retention(1, ''NaN'', 0.1)',
    'cltv_retention(1, 0.8, -0.1)', 'cltv_retention(1, 0.8, ''infinity'')', 'cltv_retention(1, 0.8, 0.1, -1)',
    'cltv_retention(1, 0.8, 0.1, 2.5)', 'cltv_retention(1, 0.8, 0.1, ''-infinity'')', 'cltv_retention(1, 0.8, 0.1, ''NaN'')',
    'cltv_retention(1e300, 1, 0, 1e300)']) query, trouble(query) t;
\x off

DROP FUNCTION trouble(text);

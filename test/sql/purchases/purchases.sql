-- What every model of orders answers: expectation, survival, probabilities of numbers of purchases, intervals

CREATE TABLE models AS
WITH days AS (SELECT customer_id, ordered_at::date AS day
              FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), 500, '2023-01-01', '2024-06-30', 5)),
     customers AS (SELECT count(DISTINCT day) - 1 AS x, (max(day) - min(day))::float8 AS t, (date '2024-06-30' - min(day))::float8 AS tt
                   FROM days GROUP BY customer_id)
SELECT bgnbd_model(.6, 40, .8, 2.4) AS given, bgnbd_fit(x, t, tt) AS fitted FROM customers;
-- Probabilities sum to 1, their mean is the expectation, and none at all is what churn_prob says
SELECT horizon, abs(sum(p) - 1) < 1e-12 AS sums_to_1,
       abs(sum(n * p) - max(expected_purchases(given, 3, 100, 200, horizon))) < 1e-11 AS mean,
       max(p) FILTER (WHERE n = 0) = max(churn_prob(given, 3, 100, 200, horizon)) AS none
FROM models, unnest(ARRAY[1, 30, 365]::float8[]) horizon, generate_series(0, 300) n,
     LATERAL (SELECT purchase_pmf(given, 3, 100, 200, horizon, n) AS p) s
GROUP BY horizon ORDER BY horizon;
SELECT n, round(purchase_pmf(given, n, 90)::numeric, 6) AS new_customer,
       purchase_pmf(given, n, 90) = purchase_pmf(given, 0, 0, 0, 90, n) AS same
FROM models, generate_series(0, 4) n;
SELECT expected_purchases(given, 90) = expected_purchases(given, 0, 0, 0, 90) AS new_customer,
       expected_purchases(given, 3, 100, 200, 90) = bgnbd_predict(given, 3, 100, 200, 90) AS bgnbd FROM models;
-- Whatever the horizon, somebody in BG/NBD leaves in the end, after how many purchases is geometric
SELECT n, round(purchase_pmf(given, n, 'infinity')::numeric, 6) AS lifetime FROM models, generate_series(0, 3) n;
-- Survival begins with prob_alive and falls
SELECT prob_alive(given, 3, 100, 200, 0) = prob_alive(given, 3, 100, 200) AS today,
       round(prob_alive(given, 3, 100, 200, 365)::numeric, 6) AS year, prob_alive(given, 3, 100, 200, 'infinity') AS ever
FROM models;

-- Measures of fit and intervals: 2k - 2 LL, k ln n - 2 LL, estimate x exp(+- 1.959964 s/estimate)
SELECT round(aic(fitted)::numeric - (8 - 2 * log_likelihood(fitted))::numeric, 9) AS aic,
       round(bic(fitted)::numeric - (4 * ln(500) - 2 * log_likelihood(fitted))::numeric, 9) AS bic FROM models;
SELECT name, round((ln(upper / estimate) * estimate / std_error)::numeric, 6) AS above, round((ln(estimate / lower) * estimate / std_error)::numeric, 6) AS below
FROM models, model_params(fitted);
SELECT name, round((ln(upper / estimate) * estimate / std_error)::numeric, 6) AS half FROM models, model_params(fitted, level => 0.5);
SELECT aic(given), bic(given), p.* FROM models, model_params(given) p;
-- An interval holds the estimate, and is the wider the surer it shall be
SELECT level, estimate = expected_purchases(fitted, 3, 19, 120, 90) AS estimate, lower < estimate AND estimate < upper AS inside,
       round(((upper - lower) / (lag(upper - lower) OVER (ORDER BY level)))::numeric, 4) AS wider
FROM models, unnest(ARRAY[.5, .9, .95, .99]) level, expected_purchases_interval(fitted, 3, 19, 120, 90, level);
SELECT i.lower, i.upper, i.estimate IS NOT NULL AS estimate FROM models, expected_purchases_interval(given, 3, 100, 200, 90) i;
-- Nothing can happen within no time; what is all but impossible, or endless, is as unsure as a model that was given
SELECT horizon, tenure, i.* FROM models, (VALUES (0::float8, 200), (90, 36500), ('infinity', 200)) AS v (horizon, tenure),
       expected_purchases_interval(bgnbd_model(r => 9000, alpha => 1, a => 1, b => 1), 3, 100, tenure, horizon) i;
SELECT horizon, i.* FROM models, (VALUES (0::float8), ('infinity')) AS v (horizon), expected_purchases_interval(fitted, 3, 19, 120, horizon) i;

-- Weights: whole ones are as many customers
CREATE TABLE sample AS SELECT x, 3 * x + 10 * least(x, 1) + n AS t, 90.0 + 5 * n AS tt, 10.0 + 3 * n AS m, 1 + (x + n) % 3 AS weight
FROM generate_series(1, 6) x, generate_series(0, 9) n;
SELECT customer_base(x, t, tt, weight)::text = (SELECT customer_base(x, t, tt)::text FROM sample, generate_series(1, weight)) AS as_often FROM sample;
SELECT bgnbd_fit(x, t, tt, weight)::text = (SELECT bgnbd_fit(x, t, tt)::text FROM sample, generate_series(1, weight)) AS as_often FROM sample;
SELECT gg_fit(x, m, NULL, weight)::text = (SELECT gg_fit(x, m)::text FROM sample, generate_series(1, weight)) AS as_often FROM sample;
SELECT customer_base(1, 2, 3, w) FROM unnest(ARRAY[0, 0.5, NULL, 1]::float8[]) w;
SELECT spend_base(x, 3, NULL, w) FROM unnest(ARRAY[0, 0.5, NULL, 1]::float8[]) w, generate_series(0, 1) x;

-- NULLs and bad input
SELECT purchase_pmf(NULL, 1, 90), purchase_pmf(given, NULL, 90), expected_purchases(given, NULL), prob_alive(given, 3, 100, 200, NULL) FROM models;
DO $$
DECLARE
    query text;
    state text; message text; hint text;
BEGIN
    FOREACH query IN ARRAY ARRAY['purchase_pmf(given, -1, 90)', 'purchase_pmf(given, 1.5, 90)', 'purchase_pmf(given, 1, -90)',
        'purchase_pmf(given, ''NaN'', 90)', 'purchase_pmf(given, 3, 300, 200, 90, 1)', 'purchase_pmf(gg_model(1, 1, 1), 1, 90)',
        'expected_purchases(given, -1)', 'expected_purchases(given, 3, 300, 200, 90)', 'prob_alive(given, 3, 100, 200, -1)',
        '(SELECT model_params(given, 0))', '(SELECT model_params(given, 1.5))', 'expected_purchases_interval(given, 3, 100, 200, 90, ''NaN'')',
        '(SELECT customer_base(1, 2, 3, -1))', '(SELECT bgnbd_fit(1, 2, 3, ''NaN''))', '(SELECT gg_fit(1, 2, 1, 1e300))'] LOOP
        BEGIN
            EXECUTE 'SELECT ' || query || ' FROM models';
            RAISE NOTICE '% passes', query;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
            RAISE NOTICE '% -> % % (%)', query, state, message, hint;
        END;
    END LOOP;
END $$;

DROP TABLE models, sample;

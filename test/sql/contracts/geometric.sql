-- Geometric contracts: the fit is a share of decisions, predictions, value, bad input
CREATE TABLE cohort (periods bigint, churned boolean, customers float8);  -- Fader & Hardie (2007), segment "high end"
INSERT INTO cohort VALUES (1, true, 131), (2, true, 126), (3, true, 90), (4, true, 60), (5, true, 42), (6, true, 34),
                          (7, true, 26), (7, false, 491);
CREATE TABLE fitted AS SELECT geometric_fit(periods, churned, customers) AS model FROM cohort;
SELECT model_status(model), abs(p.estimate - share) < 1e-15 AS share, abs(p.std_error - sqrt(share * (1 - share) / decisions)) < 1e-15 AS error,
       p.lower < p.estimate AND p.estimate < p.upper AS interval, round(log_likelihood(model)::numeric, 6) AS log_likelihood
FROM fitted, model_params(model) p,
     (SELECT sum(customers * periods) AS decisions,
             sum(customers) FILTER (WHERE churned) / sum(customers * periods) AS share FROM cohort) s;
SELECT abs(sum(customers * log_likelihood(model, periods, churned)) - log_likelihood((array_agg(model))[1])) < 1e-8 AS sums FROM fitted, cohort;

-- The same from a stored base, from its parts, from a row a customer, with a weight of the prior that has nothing to hold
SELECT geometric_fit(contract_base(periods, churned, customers))::text = (SELECT model::text FROM fitted) AS from_base FROM cohort;
SELECT geometric_fit(rollup(b))::text = (SELECT model::text FROM fitted) AS from_parts
FROM (SELECT contract_base(periods, churned, customers) AS b FROM cohort GROUP BY periods) s;
SELECT geometric_fit(periods, churned)::text = (SELECT model::text FROM fitted) AS from_rows FROM cohort, generate_series(1, customers::int);
SELECT geometric_fit(contract_base(periods, churned, customers), prior => 0)::text = (SELECT model::text FROM fitted) AS no_prior FROM cohort;

-- These customers differ: sBG tells it
SELECT bic(sbg_fit(periods, churned, customers)) < bic((SELECT model FROM fitted)) AS sbg_is_better FROM cohort;

-- Predictions: nothing depends on how long a customer has stayed
SELECT round(geometric_predict(m, 7, 2)::numeric, 12) AS of_next_2, geometric_predict(m, 0, 'infinity') AS ever,
       round(geometric_survival(m, 3)::numeric, 12) AS survival,
       geometric_retention(m, 1) AS retention, churn_prob(m, 9) AS churn, geometric_predict(m, 7, 0) AS none
FROM geometric_model(.25) m;
SELECT cltv_predict(m, 5, 10, 2, .25) AS next_2, round(cltv_predict(m, 5, 10, 'infinity', .25)::numeric, 12) AS ever FROM geometric_model(.25) m;
SELECT cltv_predict(geometric_model(1e-300), 5, 1, 12, 0) AS hardly_any_leaves;

-- Nobody has left yet
SELECT model_status(m) AS status, round(p.estimate::numeric, 6) AS theta, round(p.lower::numeric, 6) AS lower, round(p.upper::numeric, 6) AS upper
FROM (SELECT geometric_fit(periods, false) AS m FROM cohort, generate_series(1, 10)) s, model_params(m) p;
SELECT model_status(geometric_fit(b, prior => 0)) FROM (SELECT contract_base(5, false) AS b) s;
-- All left at once; no rows
SELECT model_status(geometric_fit(1, true)), geometric_predict(geometric_fit(1, true), 1, 1) FROM cohort;
SELECT geometric_fit(periods, churned) IS NULL AS no_rows FROM cohort WHERE false;

-- Text, binary and jsonb forms
SELECT model::text::cltv_model::text = model::text AS text, model::jsonb ->> 'kind' AS kind FROM fitted;

-- Bad input
CREATE FUNCTION error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN format('%s %s (%s)', state, message, hint);
END $$;
SELECT call, error_of('SELECT ' || call) FROM (VALUES
    ('geometric_model(0)'), ('geometric_model(1)'), ('geometric_model(1.5)'), ('geometric_model(''NaN'')'),
    ('geometric_retention(geometric_model(.5), 0)'), ('geometric_survival(geometric_model(.5), -1)'),
    ('geometric_predict(geometric_model(.5), 1, 2.5)'), ('geometric_predict(sbg_model(1, 2), 1, 2)'),
    ('prob_alive(geometric_model(.5), 1, 2, 3)'),
    ('replace(geometric_model(.5)::text, ''0.5'', ''1.5'')::cltv_model')) v(call);

DROP TABLE cohort, fitted;
DROP FUNCTION error_of(text);

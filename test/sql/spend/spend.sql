-- Every family of spend models: shops of every kind, first purchases, the best model, intervals, bad input

CREATE FUNCTION made_up(kind text) RETURNS TABLE(frequency bigint, monetary_value float8, first_value float8)
LANGUAGE sql AS $$
    SELECT 1 + i % 7, CASE kind WHEN 'one price' THEN 9.99 WHEN 'plans' THEN plan WHEN 'plans without first' THEN plan
                           WHEN 'free' THEN 0 WHEN 'profit' THEN 40 * sin(i) + 5 * cos(7 * i)
                           WHEN 'wholesale' THEN exp(7 + 2 * sin(i) + sin(5 * i) / 3) END::float8,
           CASE kind WHEN 'one price' THEN 9.99 WHEN 'plans' THEN plan WHEN 'free' THEN 0
                     WHEN 'profit' THEN 40 * sin(i) + 15 * cos(3 * i)
                     WHEN 'wholesale' THEN exp(7 + 2 * sin(i) + sin(11 * i) / 2) END::float8
    FROM generate_series(1, CASE kind WHEN 'wholesale' THEN 100 ELSE 600 END) i, LATERAL (SELECT (ARRAY[10, 20, 50])[1 + i % 3] AS plan) p
    WHERE kind <> 'nobody came back'
    UNION ALL SELECT 0, NULL, 5 + i FROM generate_series(1, 30) i WHERE kind = 'nobody came back'
$$;
SELECT kind, fitted.name, model_status(model) AS status, round(expected_spend(model, 3, 40, 20)::numeric, 2) AS back,
       round(expected_spend(model, 0, NULL, 20)::numeric, 2) AS told, round(expected_spend(model, 0, NULL)::numeric, 2) AS unknown
FROM unnest(ARRAY['one price', 'plans', 'plans without first', 'free', 'wholesale', 'nobody came back']) kind,
     LATERAL (SELECT spend_base(frequency::float8, monetary_value, first_value) AS base FROM made_up(kind)) b,
     LATERAL (VALUES ('gg', gg_fit(base)), ('lognormal', lognormal_fit(base)), ('own', own_fit(base)), ('best: ' || (spend_fit(base)::jsonb ->> 'kind'), spend_fit(base))) fitted(name, model);
-- profits
SELECT model::jsonb ->> 'kind' AS kind, round(expected_spend(model, 3, -40, -20)::numeric) AS back, round(expected_spend(model, 0, NULL, -20)::numeric) AS told
FROM (SELECT spend_fit(frequency::float8, monetary_value, first_value) AS model FROM made_up('profit')) s;

-- a made-up shop: first purchases are drawn as later ones are, so that they tell
CREATE TABLE shop AS
SELECT (rfm_summary(ordered_at, amount, date '2024-06-30')).*
FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), lognormal_model(3.4, .6, .5), 3000, '2023-01-01', '2024-06-30', 11) GROUP BY customer_id;
CREATE TABLE fitted AS
SELECT gg_fit(frequency::float8, monetary_value, first_value) AS gg, lognormal_fit(frequency::float8, monetary_value, first_value) AS lognormal,
       own_fit(frequency::float8, monetary_value, first_value) AS own, spend_fit(frequency::float8, monetary_value, first_value) AS best FROM shop;
SELECT f.name, model_status(model) AS status, m.name AS parameter, round(estimate::numeric, 3) AS estimate, round(std_error::numeric, 3) AS std_error
FROM fitted, LATERAL (VALUES ('gg', gg), ('lognormal', lognormal), ('own', own)) f(name, model), model_params(model) m WHERE m.name = 'first_weight';
SELECT best::text = lognormal::text AS lognormal_is_best, bic(lognormal) < bic(gg) AND bic(gg) < bic(own) AS by_bic FROM fitted;
SELECT f.model, f.status, f.bic = bic(f.fitted) AND f.aic = aic(f.fitted) AND f.log_likelihood = log_likelihood(f.fitted) AS measures,
       f.fitted::text = best::text AS is_best
FROM fitted, (SELECT spend_base(frequency::float8, monetary_value, first_value) AS base FROM shop) b, spend_fits(b.base) f;
-- free purchases are left out of the comparison, and own means know them nevertheless
SELECT f.model, f.status, f.bic = bic(f.fitted) AS of_all, (f.fitted::jsonb ->> 'customers')::int AS customers, f.fitted::jsonb ->> 'skipped' AS skipped
FROM (SELECT spend_base(1 + i % 7, CASE i % 10 WHEN 0 THEN 0 ELSE 100 + 20 * sin(i) + 9 * sin(7 * i) / (1 + i % 7) END) AS base FROM generate_series(1, 600) i) b,
     spend_fits(b.base) f;
SELECT f.model, f.status, f.bic FROM spend_fits('{"customers":0,"without_spend":3,"rows":[]}') f;
-- the same from a base, from parts, from text
SELECT lognormal_fit(base)::text = lognormal::text AS from_base, lognormal_fit(base::text::spend_base)::text = lognormal::text AS from_text
FROM fitted, (SELECT spend_base(frequency::float8, monetary_value, first_value) AS base FROM shop) b;
SELECT lognormal_fit(rollup(base))::text = (SELECT lognormal::text FROM fitted) AS from_parts
FROM (SELECT spend_base(frequency::float8, monetary_value, first_value) AS base FROM shop GROUP BY frequency % 5) b;
SELECT gg::text::cltv_model::text = gg::text AS gg, lognormal::text::cltv_model::text = lognormal::text AS lognormal, own::text::cltv_model::text = own::text AS own FROM fitted;
-- what first purchases tell, in fifths
SELECT fifth, round(avg(expected_spend(best, 0, NULL, first_value))::numeric, 1) AS expected,
       round((sum(frequency * monetary_value) / sum(frequency))::numeric, 1) AS spent
FROM (SELECT *, ntile(5) OVER (ORDER BY first_value) AS fifth FROM shop) s, fitted GROUP BY 1 ORDER BY 1;
-- a value with it, and an interval
SELECT round(cltv_predict(m, best, 0, 0, 90, NULL, 365, first_value => 10)::numeric, 2) AS small, round(cltv_predict(m, best, 0, 0, 90, NULL, 365, first_value => 100)::numeric, 2) AS large
FROM fitted, bgnbd_model(.6, 40, .8, 2.4) m;
SELECT name, lower < estimate AND estimate < upper AND abs(estimate - expected_spend(model, 2, 30, 20)) < 1e-9 AS sound, upper - lower < 5 AS narrow
FROM fitted, LATERAL (VALUES ('gg', gg), ('lognormal', lognormal), ('own', own)) f(name, model), expected_spend_interval(model, 2, 30, 20) i;
SELECT i.* FROM expected_spend_interval(gg_model(6, 4, 15), 0, NULL) i;
-- plain maximum likelihood
SELECT name, model_status(model) FROM (SELECT spend_base(n, 10 * n) AS base FROM generate_series(1, 3) n) b,
     LATERAL (VALUES ('gg', gg_fit(base, 0)), ('lognormal', lognormal_fit(base, 0)), ('own', own_fit(base, 0)), ('prior', gg_fit(base, 1))) f(name, model);

-- Bad input
DO $$
DECLARE
    query text;
    state text; message text; hint text;
BEGIN
    FOREACH query IN ARRAY ARRAY['expected_spend(m, 1, -20)', 'expected_spend(m, 1, 20, -1)', 'expected_spend(bgnbd_model(1, 1, 1, 1), 1, 20)',
        'own_predict(m, 1, 20)', 'lognormal_predict(own_model(1, 1, 1), 1, 20)', 'own_model(1, 0, 1)', 'lognormal_model(''NaN'', 1, 1)',
        '(SELECT lognormal_fit(1, -20))', '(SELECT gg_fit(1, 20, -20))', '(SELECT spend_fit(-1, 20))', '(SELECT own_fit(1, ''infinity''))',
        'gg_fit(''{"customers":0,"without_spend":3,"rows":[]}''::spend_base, -1)'] LOOP
        BEGIN
            EXECUTE 'SELECT ' || query || ' FROM gg_model(6.25, 3.74, 15.44) m';
            RAISE NOTICE '% passes', query;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
            RAISE NOTICE '% -> % % (%)', query, state, message, hint;
        END;
    END LOOP;
END $$;

DROP TABLE shop, fitted;
DROP FUNCTION made_up(text);

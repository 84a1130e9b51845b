-- sBG: published figures, fits that refuse, predictions, value, bad input
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- Fader & Hardie (2007): of 1,000 customers each, so many were left after years 1 to 7
CREATE TABLE cohort AS
SELECT segment, year, survivors, lag(survivors, 1, 1000) OVER (PARTITION BY segment ORDER BY year) - survivors AS lost
FROM (VALUES ('highend', ARRAY[869, 743, 653, 593, 551, 517, 491]),
             ('regular', ARRAY[631, 468, 382, 326, 289, 262, 241])) c(segment, curve),
     unnest(curve) WITH ORDINALITY u(survivors, year);
CREATE TABLE subscriber AS
SELECT segment, year AS periods, true AS churned FROM cohort, generate_series(1, lost)
UNION ALL
SELECT segment, year, false FROM cohort, generate_series(1, survivors) WHERE year = 7;
CREATE TABLE fitted AS SELECT segment, sbg_fit(periods, churned) AS model FROM subscriber GROUP BY segment;
SELECT segment, name, round(estimate::numeric, 4) AS estimate, round(std_error::numeric, 4) AS std_error,
       round(log_likelihood(model)::numeric, 4) AS log_likelihood, model_status(model)
FROM fitted, model_params(model) ORDER BY segment, name;

-- Their projection to year 12, and what was seen
SELECT segment, year, round((100 * sbg_survival(model, year))::numeric, 1) AS survival,
       round((100.0 * survivors / 1000), 1) AS seen, round((100 * sbg_retention(model, year))::numeric, 1) AS retention
FROM fitted CROSS JOIN (VALUES (1), (4), (7), (12)) y(year) LEFT JOIN cohort USING (segment, year) ORDER BY segment, year;

-- The same from a stored base, from its parts, in parallel, as a window's running fit
SELECT bool_and(sbg_fit(b)::text = model::text) AS from_base
FROM fitted JOIN (SELECT segment, contract_base(periods, churned) AS b FROM subscriber GROUP BY 1) s USING (segment);
SELECT sbg_fit(rollup(b))::text = (SELECT sbg_fit(periods, churned)::text FROM subscriber) AS from_parts
FROM (SELECT contract_base(periods, churned) AS b FROM subscriber GROUP BY segment, periods) s;
-- A table of counts is a weighted sample
SELECT bool_and(sbg_fit(w)::text = model::text) AS from_counts, bool_and(weighted::text = model::text) AS weighted
FROM fitted JOIN (SELECT segment, contract_base(periods, churned, n) AS w, sbg_fit(periods, churned, n) AS weighted
                  FROM (SELECT segment, periods, churned, count(*) AS n FROM subscriber GROUP BY 1, 2, 3) c GROUP BY 1) s USING (segment);
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
ALTER TABLE subscriber SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT sbg_fit(periods, churned) FROM subscriber;
SELECT sbg_fit(periods, churned)::text = (SELECT sbg_fit(b)::text FROM (SELECT contract_base(periods, churned) AS b FROM subscriber OFFSET 0) s) AS parallel
FROM subscriber;
COMMIT;
SELECT bool_and(model IS NOT NULL) FROM (SELECT sbg_fit(periods, churned) OVER (ORDER BY segment) AS model FROM subscriber) s;

-- The log-likelihood is the sum of the customers'; who has no period behind has nothing to say
SELECT abs(sum(log_likelihood(model, periods, churned)) - max(log_likelihood(model))) < 1e-8 AS sums
FROM fitted JOIN subscriber USING (segment) WHERE segment = 'regular';
SELECT sbg_fit(periods, churned)::text = max(model::text) AS newcomers_change_nothing
FROM (SELECT periods, churned FROM subscriber WHERE segment = 'regular' UNION ALL SELECT 0, false FROM generate_series(1, 100)) s,
     fitted WHERE segment = 'regular';
SELECT log_likelihood(sbg_model(1, 2), 0, false) AS newcomer;

-- The longer a customer has stayed, the less likely is the next churn, and the more is to come
SELECT periods, round(churn_prob(m, periods)::numeric, 6) AS churn, round(sbg_predict(m, periods, 4)::numeric, 6) AS next_4,
       round(sbg_predict(m, periods, 100)::numeric, 6) AS next_100, sbg_predict(m, periods, 'infinity') AS ever
FROM sbg_model(.668088, 3.806096) m, generate_series(0, 4) periods;
SELECT sbg_predict(sbg_model(3, 8), 4, 'infinity') AS ever, sbg_predict(sbg_model(1, 8), 4, 'infinity') AS no_mean;
-- No cliff at alpha = 1
SELECT round(sbg_predict(sbg_model(alpha, 3), 2, 24)::numeric, 12) AS periods
FROM unnest(ARRAY[1 - 1e-13, 1, 1 + 1e-13]::float8[]) alpha;

-- Value: 9 Euros a month, 1 % a month. The next payment counts in full, the one after it over 1.01, ...
SELECT round(cltv_predict(m, 5, margin_per_period => 9, horizon => 3, discount_rate => .01)::numeric, 8) AS next_3,
       round((9 * (sbg_survival(m, 6) + sbg_survival(m, 7) / 1.01 + sbg_survival(m, 8) / 1.01 ^ 2) / sbg_survival(m, 5))::numeric, 8) AS by_hand,
       round(cltv_predict(m, 5, 9, 'infinity', .01)::numeric, 6) AS residual,
       round((SELECT sum(9 * sbg_survival(m, 5 + h) / sbg_survival(m, 5) / 1.01 ^ (h - 1)) FROM generate_series(1, 5000) h)::numeric, 6) AS by_sum
FROM sbg_model(.7, 9) m;
SELECT cltv_predict(m, 5, 9, 0, .01) AS nothing_ahead, cltv_predict(m, 5, 0, 'infinity', 0) AS worthless,
       cltv_predict(m, 5, 9, 'infinity', 0) AS undiscounted, cltv_predict(m, 5, 9, 12, 0) = 9 * sbg_predict(m, 5, 12) AS as_predicted
FROM sbg_model(.7, 9) m;

-- Fits that refuse say why and predict nothing
SELECT sbg_fit(periods, churned) IS NULL AS no_rows FROM subscriber WHERE false;
SELECT model_status(sbg_fit(periods, churned)) FROM (VALUES (1, true), (2, false)) c(periods, churned);
SELECT model_status(sbg_fit(periods, false)) FROM subscriber;
SELECT model_status(sbg_fit(1, true)) FROM subscriber;
SELECT model_status(sbg_fit(1, churned)) FROM subscriber;
SELECT model_status(m) AS constant_churn, sbg_predict(m, 1, 2), sbg_survival(m, 1), sbg_retention(m, 1), churn_prob(m, 1),
       cltv_predict(m, 1, 9, 12, 0), log_likelihood(m, 1, true)
FROM (SELECT sbg_fit(t, c) AS m FROM (VALUES (1, true, 400), (2, true, 200), (3, true, 100), (3, false, 100)) v(t, c, n), generate_series(1, n)) s;
SELECT model_status(m::text::cltv_model) FROM (SELECT sbg_fit(5, false) AS m FROM generate_series(1, 10)) s;

-- Bad input
SELECT e.* FROM (VALUES
    ('sbg_model(0, 1)'), ('sbg_model(1, ''Infinity'')'), ('sbg_retention(sbg_model(1, 2), 0)'), ('sbg_retention(sbg_model(1, 2), 1.5)'),
    ('sbg_survival(sbg_model(1, 2), -1)'), ('sbg_survival(sbg_model(1, 2), ''NaN'')'), ('churn_prob(sbg_model(1, 2), ''Infinity'')'),
    ('sbg_predict(sbg_model(1, 2), 1, -1)'), ('sbg_predict(sbg_model(1, 2), 1, 2.5)'), ('sbg_predict(sbg_model(1, 2), 1, ''NaN'')'),
    ('log_likelihood(sbg_model(1, 2), 0, true)'), ('cltv_predict(sbg_model(1, 2), 1, -9, 12, 0)'), ('cltv_predict(sbg_model(1, 2), 1, 9, 12, -.01)'),
    ('cltv_predict(sbg_model(1, 2), 1, 9, 12, ''Infinity'')'), ('sbg_predict(bgnbd_model(1, 2, 3, 4), 1, 2)'), ('churn_prob(bgnbd_model(1, 2, 3, 4), 1)'),
    ('prob_alive(sbg_model(1, 2), 1, 2, 3)'), ('bgnbd_predict(sbg_model(1, 2), 1, 2, 3, 4)'),
    ('cltv_predict(sbg_model(1, 2), gg_model(1, 2, 3), 1, 2, 3, 4, 5)')
) v(call), error_of('SELECT ' || call) e;
SELECT churn_prob(NULL::cltv_model, 1) IS NULL AND sbg_predict(sbg_model(1, 2), NULL, 1) IS NULL AS nulls;

DROP TABLE cohort, subscriber, fitted;
DROP FUNCTION error_of(text);

-- BG/BB: published figures, fits that refuse, predictions, bad input
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- Fader, Hardie & Shang (2010), table 1: 11,104 donors and their six years since the first gift
CREATE TABLE donation AS
SELECT frequency, recency, 6 AS opportunities, donors FROM (VALUES
    (0, 0, 3464), (1, 1, 1091), (1, 2, 277), (1, 3, 129), (1, 4, 78), (1, 5, 119), (1, 6, 129), (2, 2, 613), (2, 3, 255),
    (2, 4, 155), (2, 5, 173), (2, 6, 234), (3, 3, 322), (3, 4, 181), (3, 5, 225), (3, 6, 357), (4, 4, 240), (4, 5, 284),
    (4, 6, 512), (5, 5, 335), (5, 6, 728), (6, 6, 1203)) v(frequency, recency, donors);
CREATE TABLE donor AS SELECT frequency, recency, opportunities FROM donation, generate_series(1, donors);
CREATE TABLE fitted AS SELECT bgbb_fit(frequency, recency, opportunities) AS model FROM donor;
SELECT name, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error
FROM fitted, model_params(model);
SELECT model_status(model), round(log_likelihood(model)::numeric, 6) AS log_likelihood FROM fitted;

-- What donors of that table give in the next five years
SELECT frequency, recency, round(bgbb_predict(model, frequency, recency, 6, 5)::numeric, 4) AS gifts,
       round(prob_alive(model, frequency, recency, 6)::numeric, 4) AS alive,
       round(churn_prob(model, frequency, recency, 6)::numeric, 4) AS gone,
       round(churn_prob(model, frequency, recency, 6, 5)::numeric, 4) AS silent,
       round(churn_prob(model, frequency, recency, 6, 'infinity')::numeric, 4) AS silent_for_ever,
       round(bgbb_dert(model, frequency, recency, 6, .1)::numeric, 4) AS dert
FROM fitted, donation WHERE frequency IN (0, 2, 4, 6) ORDER BY 1, 2;

-- Their number of gifts, who is still there after them, and how sure the fit is
SELECT n, round(purchase_pmf(model, 4, 5, 6, 5, n)::numeric, 6) AS probability, round(purchase_pmf(model, n, 5)::numeric, 6) AS of_a_new_donor
FROM fitted, generate_series(0, 6) n;
SELECT round(sum(n * purchase_pmf(model, 4, 5, 6, 5, n))::numeric, 10) = round(expected_purchases(model, 4, 5, 6, 5)::numeric, 10) AS mean,
       round(sum(n * purchase_pmf(model, n, 5))::numeric, 10) = round(expected_purchases(model, 5)::numeric, 10) AS mean_of_a_new_donor
FROM fitted, generate_series(0, 5) n GROUP BY model::text, expected_purchases(model, 4, 5, 6, 5), expected_purchases(model, 5);
SELECT horizon, round(prob_alive(model, 4, 5, 6, horizon)::numeric, 6) AS alive FROM fitted, unnest(ARRAY[0, 1, 5, 100, 'infinity']::float8[]) horizon;
SELECT round(lower::numeric, 4) AS lower, round(estimate::numeric, 4) AS estimate, round(upper::numeric, 4) AS upper
FROM fitted, expected_purchases_interval(model, 4, 5, 6, 5);

-- Discounting by hand: the next opportunity over 1.1, the one after it over 1.1^2, ...
SELECT round(bgbb_dert(model, 4, 5, 6, .1, horizon => 3)::numeric, 10) AS next_3,
       round((SELECT sum((bgbb_predict(model, 4, 5, 6, h) - bgbb_predict(model, 4, 5, 6, h - 1)) / 1.1 ^ h) FROM generate_series(1, 3) h)::numeric, 10) AS by_hand,
       bgbb_dert(model, 4, 5, 6, 0, 7) = bgbb_predict(model, 4, 5, 6, 7) AS undiscounted,
       bgbb_dert(model, 4, 5, 6, .1, 0) AS nothing_ahead, bgbb_dert(model, 4, 5, 6, 0) AS ever
FROM fitted;
SELECT round(bgbb_predict(bgbb_model(1, 1, 2, 4), 3, 4, 6, 'infinity')::numeric, 8) AS ever;
-- No cliff at gamma = 1
SELECT round(bgbb_predict(bgbb_model(1.2, .75, gamma, 3), 3, 4, 6, 24)::numeric, 12) AS purchases
FROM unnest(ARRAY[1 - 1e-13, 1, 1 + 1e-13]::float8[]) gamma;

-- The same from a stored base, from its parts, in parallel, as a float8 frequency, as a window's running fit
SELECT bgbb_fit(b)::text = model::text AS from_base
FROM fitted, (SELECT customer_base(frequency, recency, opportunities) AS b FROM donor) s;
SELECT bgbb_fit(rollup(b))::text = (SELECT model::text FROM fitted) AS from_parts
FROM (SELECT customer_base(frequency, recency, opportunities) AS b FROM donor GROUP BY recency) s;
SELECT bgbb_fit(frequency, recency, opportunities, donors)::text = (SELECT model::text FROM fitted) AS weighted FROM donation;
SELECT bgbb_fit(frequency::float8, recency, opportunities)::text = (SELECT model::text FROM fitted) AS from_float8 FROM donor;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
ALTER TABLE donor SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT bgbb_fit(frequency, recency, opportunities) FROM donor;
SELECT bgbb_fit(frequency, recency, opportunities)::text = (SELECT model::text FROM fitted) AS parallel FROM donor;
COMMIT;
SET client_min_messages = error;
SELECT bool_and(model IS NOT NULL) FROM (SELECT bgbb_fit(frequency, recency, opportunities) OVER (ORDER BY recency) AS model FROM donor WHERE frequency > 0) s;
RESET client_min_messages;
SELECT abs(sum(log_likelihood(model, frequency, recency, opportunities)) - max(log_likelihood(model))) < 1e-6 AS sums
FROM fitted, donor;

-- A shop whose customers may order once a day: opportunities are days
WITH days AS (SELECT customer_id, ordered_at::date AS day
              FROM simulate_orders(bgbb_model(2, 18, .8, 40), gg_model(6, 4, 15), 3000, '2024-01-01', '2024-06-30', 5)),
     base AS (SELECT count(DISTINCT day) - 1 AS frequency, (max(day) - min(day))::float8 AS recency,
                     (date '2024-06-30' - min(day))::float8 AS opportunities FROM days GROUP BY customer_id)
SELECT name, abs(estimate - truth) < 3 * std_error AS recovered
FROM (SELECT bgbb_fit(frequency, recency, opportunities) AS model FROM base) m, model_params(model)
     JOIN (VALUES ('alpha', 2), ('beta', 18), ('gamma', .8), ('delta', 40)) t(name, truth) USING (name);

-- Limits: of two opportunities each, as independent as coins; all or nothing; a departure with the probability 1/2
CREATE TABLE alike (name text, frequency int, recency int, opportunities int, customers float8);
INSERT INTO alike VALUES
    ('coins', 0, 0, 2, 400), ('coins', 1, 1, 2, 400), ('coins', 1, 2, 2, 400), ('coins', 2, 2, 2, 400),
    ('all or nothing', 0, 0, 6, 50), ('all or nothing', 6, 6, 6, 150),
    ('contracts', 0, 0, 3, 400), ('contracts', 1, 1, 3, 200), ('contracts', 2, 2, 3, 100), ('contracts', 3, 3, 3, 100);
CREATE TABLE limits AS
SELECT name, bgbb_fit(frequency, recency, opportunities, customers) AS model, customer_base(frequency, recency, opportunities, customers) AS base
FROM alike GROUP BY name;
SELECT name, model_status(model) AS status, model::jsonb -> 'params' AS params, round(bgbb_predict(model, 1, 1, 2, 10)::numeric, 6) AS next_10,
       round(prob_alive(model, 1, 1, 2)::numeric, 6) AS alive, bic(model) < 'infinity' AS bic, model::text::cltv_model::text = model::text AS text
FROM limits ORDER BY name;
SELECT limits.name, parameter.name AS parameter, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error, lower < estimate AND estimate < upper AS interval
FROM limits, model_params(model) WITH ORDINALITY AS parameter (name, estimate, std_error, lower, upper, number) ORDER BY limits.name, number;
-- An estimated parameter each
SELECT bool_and(abs(aic(model) - 2 + 2 * log_likelihood(model)) < 1e-9) AS one_parameter FROM limits;
SELECT name, model_status(bgbb_fit(base, prior => 0)) AS plain, bgbb_fit(base, prior => 1)::text = model::text AS as_without FROM limits ORDER BY name;
SELECT round(purchase_pmf(model, 1, 1, 2, 4, 2)::numeric, 6) AS two_of_four, round(bgbb_dert(model, 1, 1, 2, .1, 2)::numeric, 6) AS dert,
       round(estimate::numeric, 3) AS estimate, lower < estimate AND estimate < upper AS interval
FROM limits, expected_purchases_interval(model, 1, 1, 2, 4) WHERE name = 'coins';
-- A handful of donors
SELECT model_status(bgbb_fit(base)) AS status, round(log_likelihood(bgbb_fit(base, prior => 0))::numeric, 2) >= round(log_likelihood(bgbb_fit(base))::numeric, 2) AS plain_is_higher
FROM (SELECT customer_base(frequency, recency, opportunities) AS base FROM (VALUES (0, 0, 6), (0, 0, 6), (0, 0, 5), (1, 2, 6), (3, 5, 6), (5, 6, 6), (1, 1, 4), (0, 0, 3), (2, 3, 3)) v (frequency, recency, opportunities)) s;

-- No purchase, or one at every opportunity: a bound
SELECT model_status(m) AS status, name, round(estimate::numeric, 8) AS estimate, round(upper::numeric, 8) AS upper FROM (SELECT bgbb_fit(0, 0, 6) AS m FROM donor) s, model_params(m);
SELECT model_status(m) AS always, round(estimate::numeric, 6) AS p, round(bgbb_predict(m, 1, 1, 1, 1)::numeric, 6) AS next, prob_alive(m, 1, 1, 1) AS alive
FROM (SELECT bgbb_fit(n, n, n) AS m FROM generate_series(1, 50) n) s, model_params(m) WHERE name = 'p';

-- Fits that refuse say why and predict nothing
SELECT bgbb_fit(frequency, recency, opportunities) IS NULL AS no_rows FROM donor WHERE false;
SELECT model_status(m), bgbb_predict(m, 1, 1, 1, 1), bgbb_dert(m, 1, 1, 1, .1), prob_alive(m, 1, 1, 1), churn_prob(m, 1, 1, 1, 1) FROM (SELECT bgbb_fit(2, 4, 6) AS m FROM donor) s;
SELECT model_status(bgbb_fit(customer_base(0, 0, opportunities), prior => 0)) FROM donor;

-- Bad input
SELECT e.* FROM (VALUES
    ('bgbb_model(1, 1, 1, -1)'), ('bgbb_predict(bgbb_model(1, 1, 1, 1), 3, 4.5, 6, 1)'), ('bgbb_predict(bgbb_model(1, 1, 1, 1), 3, 4, 6.5, 1)'),
    ('bgbb_predict(bgbb_model(1, 1, 1, 1), 3, 2, 6, 1)'), ('prob_alive(bgbb_model(1, 1, 1, 1), 3, 4, 100001)'), ('churn_prob(bgbb_model(1, 1, 1, 1), 3, 7, 6)'),
    ('churn_prob(bgbb_model(1, 1, 1, 1), 3, 4, 6, 1.5)'), ('bgbb_predict(bgbb_model(1, 1, 1, 1), 3, 4, 6, -1)'), ('log_likelihood(bgbb_model(1, 1, 1, 1), 3, 4.5, 6)'),
    ('bgbb_dert(bgbb_model(1, 1, 1, 1), 3, 4, 6, -.1)'), ('bgbb_dert(bgbb_model(1, 1, 1, 1), 3, 4, 6, ''NaN'')'), ('bgbb_dert(bgbb_model(1, 1, 1, 1), 3, 4, 6, .1, .5)'),
    ('bgbb_predict(bgnbd_model(1, 1, 1, 1), 3, 4, 6, 1)'), ('bgbb_dert(bgnbd_model(1, 1, 1, 1), 3, 4, 6, .1)'), ('bgnbd_predict(bgbb_model(1, 1, 1, 1), 3, 4, 6, 1)'),
    ('cltv_predict(bgbb_model(1, 1, 1, 1), gg_model(6, 4, 15), 3, 4, 6, 25, 10)'),
    ('purchase_pmf(bgbb_model(1, 1, 1, 1), 3, 4, 6, 1e6, 2)'), ('purchase_pmf(bgbb_model(1, 1, 1, 1), 3, 4, 6, 1.5, 2)'), ('purchase_pmf(bgbb_model(1, 1, 1, 1), 2, 1.5)'),
    ('expected_purchases(bgbb_model(1, 1, 1, 1), 1.5)'), ('prob_alive(bgbb_model(1, 1, 1, 1), 3, 4.5, 6, 1)'), ('bgbb_fit(2, 1, 6)'), ('bgbb_fit(2, 2.5, 6)'), ('bgbb_fit(2, 3, 6.25)'), ('bgbb_fit(2, 3, 1e6)'),
    ('bgbb_fit(customer_base(2, 30.43, 38.86))')
) v(call), error_of('SELECT ' || call) e;

DROP TABLE donation, donor, fitted, alike, limits;
DROP FUNCTION error_of(text);

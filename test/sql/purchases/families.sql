-- What every model of orders in days answers alike; the figures of a family are in the file of its name.

CREATE TABLE base AS
WITH days AS (SELECT customer_id, ordered_at::date AS day
              FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), 4000, '2023-01-01', '2024-06-30', 11))
SELECT customer_id, count(DISTINCT day) - 1 AS frequency, (max(day) - min(day))::float8 AS recency,
       (date '2024-06-30' - min(day))::float8 AS tenure
FROM days GROUP BY customer_id;
ALTER TABLE base SET (parallel_workers = 2);
CREATE TABLE family AS SELECT name, parameters FROM cltv_families() WHERE topic = 'orders' AND unit = 'days';
CREATE TABLE fitted (name text, model cltv_model);

-- A query for each family, its name in the place of {}: what comes out, one value of one row
CREATE FUNCTION for_each_family(query text) RETURNS TABLE (family text, result text) LANGUAGE plpgsql AS $$
BEGIN
    FOR family IN SELECT name FROM family LOOP
        EXECUTE replace(query, '{}', family) INTO result;
        RETURN NEXT;
    END LOOP;
END $$;

-- A fit: the same from rows, from a stored base, from its parts, as a float8 frequency, in any order, in parallel
SELECT DISTINCT result AS status
FROM for_each_family($$ INSERT INTO fitted SELECT '{}', {}_fit(frequency, recency, tenure) FROM base RETURNING model_status(model) $$);
CREATE TABLE ways (way text, query text);
INSERT INTO ways VALUES
    ('base', 'SELECT {}_fit(b) FROM (SELECT customer_base(frequency, recency, tenure) AS b FROM base) s'),
    ('parts', 'SELECT {}_fit(rollup(b)) FROM (SELECT customer_base(frequency, recency, tenure) AS b FROM base GROUP BY customer_id % 7) s'),
    ('float8', 'SELECT {}_fit(frequency::float8, recency, tenure) FROM base'),
    ('weight 1', 'SELECT {}_fit(frequency, recency, tenure, 1) FROM base'),
    ('reversed', 'SELECT {}_fit(frequency, recency, tenure) FROM (SELECT * FROM base ORDER BY customer_id DESC) s'),
    ('NULLs', 'SELECT {}_fit(frequency, recency, tenure) FROM (SELECT frequency, recency, tenure FROM base UNION ALL VALUES (NULL, 0, 1), (1, NULL, 1), (1, 1, NULL)) s'),
    ('by name', 'SELECT fitted FROM cltv_fits((SELECT customer_base(frequency, recency, tenure) FROM base), ARRAY[''{}''])');
SELECT way, bool_and(result = model::text) AS same, count(*) = (SELECT count(*) FROM family WHERE way <> 'weight 1' OR name NOT LIKE '%cnbd') AS of_all
FROM ways, for_each_family(query) JOIN fitted ON fitted.name = family
WHERE way <> 'weight 1' OR family NOT LIKE '%cnbd' GROUP BY way ORDER BY way;  -- there a whole number is k
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
SELECT bool_and(result ~ 'Partial') AS partial FROM for_each_family('EXPLAIN (COSTS OFF, FORMAT JSON) SELECT {}_fit(frequency, recency, tenure) FROM base');
SELECT bool_and(result = model::text) AS same
FROM for_each_family('SELECT {}_fit(frequency, recency, tenure) FROM base') JOIN fitted ON fitted.name = family;
COMMIT;

-- The log-likelihood is the sum of the customers', and the estimates are where it is largest
SELECT bool_and(abs(log_likelihood(model) - (SELECT sum(log_likelihood(model, frequency, recency, tenure)) FROM base)) < 1e-6) AS sums
FROM fitted;
SELECT bool_and(there < log_likelihood(model)) AS lower
FROM fitted f JOIN family USING (name), unnest(array_remove(parameters, 'k')) AS p (parameter), (VALUES (.99), (1.01)) s (factor),
     LATERAL (SELECT jsonb_set(model::jsonb || '{"status": "given", "log_likelihood": null, "customers": null, "iterations": null, "covariance": null}',
                               ARRAY['params', parameter], to_jsonb((model::jsonb -> 'params' ->> parameter)::float8 * factor))) m (moved),
     LATERAL (SELECT sum(log_likelihood(moved::text::cltv_model, frequency, recency, tenure)) AS there FROM base) l;

-- The unit of time is nobody's business
SELECT bool_and(abs(result::float8 - expected_purchases(model, 3, 100, 200, 90)) < 1e-7) AS in_weeks
FROM for_each_family('SELECT {}_predict({}_fit(frequency, recency / 7, tenure / 7), 3, 100 / 7., 200 / 7., 90 / 7.) FROM base')
     JOIN fitted ON fitted.name = family;

-- Running fits over a window: the final function leaves the state alone
SELECT DISTINCT result FROM for_each_family('SELECT bool_and(model IS NOT NULL) FROM (SELECT {}_fit(frequency, recency, tenure) OVER (ORDER BY customer_id / 1000) AS model FROM base) s');

-- Fits that refuse say why and predict nothing
SELECT DISTINCT result IS NULL AS no_rows FROM for_each_family('SELECT {}_fit(frequency, recency, tenure) FROM base WHERE false');
SET client_min_messages = error;
SELECT DISTINCT result FROM for_each_family('SELECT model_status({}_fit(0, 0, tenure)) FROM base');
SELECT DISTINCT result FROM for_each_family('SELECT model_status({}_fit(frequency, recency, tenure)) FROM base WHERE customer_id = 1');
SELECT DISTINCT result FROM for_each_family('SELECT model_status({}_fit(3, 100, 200)) FROM generate_series(1, 1000)');
SELECT DISTINCT result FROM for_each_family($$
    SELECT ROW(model_status(m), {}_predict(m, 2, 50, 100, 30), prob_alive(m, 2, 50, 100), churn_prob(m, 2, 50, 100),
               churn_prob(m, 2, 50, 100, 30), log_likelihood(m, 2, 50, 100), (SELECT count(estimate) FROM model_params(m)))
    FROM (SELECT {}_fit(3, 100, 200) AS m FROM generate_series(1, 5) n) s $$);
RESET client_min_messages;

-- Predictions of NULLs are NULL; the longer the horizon, the more and the likelier
CREATE TABLE typical AS SELECT name, (model::jsonb || '{"status": "given", "log_likelihood": null, "customers": null, "iterations": null, "covariance": null}')::text::cltv_model AS m FROM fitted;
SELECT DISTINCT result FROM for_each_family($$
    SELECT ROW({}_predict(m, NULL, 0, 1, 30), {}_predict(m, 0, NULL, 1, 30), {}_predict(m, 0, 0, NULL, 30), {}_predict(m, 0, 0, 1, NULL),
               {}_predict(NULL, 0, 0, 1, 30), prob_alive(NULL, 0, 0, 1)) FROM typical WHERE name = '{}' $$);
SELECT DISTINCT result FROM for_each_family($$
    SELECT bool_and(purchases >= before AND silent <= silent_before) FROM (
        SELECT purchases, silent, lag(purchases, 1, 0::float8) OVER w AS before, lag(silent, 1, 1::float8) OVER w AS silent_before
        FROM typical, unnest(ARRAY[0, 1, 30, 365, 3650, 1e6, 'infinity']::float8[]) horizon,
             LATERAL (SELECT {}_predict(m, 4, 200, 250, horizon) AS purchases, churn_prob(m, 4, 200, 250, horizon) AS silent) p
        WHERE name = '{}' WINDOW w AS (ORDER BY horizon)) s $$);

-- Bad input: the value and the mend, the same for all
CREATE FUNCTION error_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; hint text;
BEGIN
    EXECUTE query;
    RETURN 'passes';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN format('%s %s (%s)', state, message, hint);
END $$;
CREATE TABLE bad (n serial, call text);
INSERT INTO bad (call) VALUES
    ('{}_predict(m, -1, 0, 1, 30)'), ('{}_predict(m, 2.5, 1, 2, 30)'), ('{}_predict(m, 1, 3, 2, 30)'),
    ('{}_predict(m, 1, 0, 2, 30)'), ('{}_predict(m, 0, 1, 2, 30)'), ('{}_predict(m, 1, -1, 2, 30)'),
    ('{}_predict(m, 1, ''NaN'', 2, 30)'), ('{}_predict(m, 1, 1, ''infinity'', 30)'),
    ('{}_predict(m, ''NaN'', 1, 2, 30)'), ('{}_predict(m, 1e300, 1, 2, 30)'),
    ('{}_predict(m, 1, 1, 2, -1)'), ('{}_predict(m, 1, 1, 2, ''NaN'')'), ('churn_prob(m, 1, 1, 2, -1e-9)'),
    ('prob_alive(m, 1, 3, 2)'), ('churn_prob(m, 1, 3, 2)'), ('log_likelihood(m, 1, 3, 2)'),
    ('{}_predict(gg_model(6, 4, 15), 1, 1, 2, 30)'),
    ('(SELECT {}_fit(-1, 0, 0))'), ('(SELECT {}_fit(1.5, 1, 2))'), ('(SELECT {}_fit(1, 3, 2))');
SELECT call, string_agg(DISTINCT replace(result, family, '{}'), ' or ') AS error
FROM bad, for_each_family(format('SELECT error_of(%L)', 'SELECT ' || call || ' FROM typical WHERE name = ''{}'''))
GROUP BY n, call ORDER BY n;
-- A model of another family, and parameters that are none
SELECT bool_and(error_of(format('SELECT %s_predict(m, 1, 1, 2, 30)', f.name) || format(' FROM typical WHERE name <> %L LIMIT 1', f.name)) ~ ('cannot be used here: one of kind ' || f.name)) AS refuses
FROM family f;
SELECT bool_and(error_of(format('SELECT %s_model(%s)', f.name, (
           SELECT string_agg(CASE WHEN i = n THEN value ELSE '1' END, ', ') FROM generate_series(1, cardinality(parameters)) i)))
           ~ format('22023 parameter %s of a model of kind %s must be a finite number above 0, not %s', parameters[n], f.name, quoted)) AS refuses
FROM family f, (VALUES ('0', '0'), ('-1', '-1'), ('''NaN''', 'NaN'), ('''infinity''', 'Infinity')) b (value, quoted), generate_series(1, cardinality(array_remove(parameters, 'k'))) n;

DROP TABLE base, family, fitted, ways, typical, bad;
DROP FUNCTION for_each_family(text), error_of(text);

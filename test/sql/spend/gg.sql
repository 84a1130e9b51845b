-- Gamma-Gamma: predictions, fits that refuse, bad input

-- E[M | m, x] = p(v + xm)/(px + q - 1), and the population's mean pv/(q - 1)
SELECT round(gg_predict(m, 2, 22.35)::numeric, 6) AS two_purchases,
       round((6.25 * (15.44 + 2 * 22.35) / (6.25 * 2 + 3.74 - 1))::numeric, 6) AS by_hand,
       round(gg_predict(m, 0, NULL)::numeric, 6) AS population, round((6.25 * 15.44 / 2.74)::numeric, 6) AS by_hand
FROM gg_model(p => 6.25, q => 3.74, v => 15.44) m;
-- Money without repeat purchase says nothing; nor do purchases of unknown value; free ones do
SELECT gg_predict(m, 0, 99) = gg_predict(m, 0, NULL) AS no_repeat, gg_predict(m, 3, NULL) = gg_predict(m, 0, NULL) AS unknown,
       round(gg_predict(m, 3, 0)::numeric, 6) AS free
FROM gg_model(6.25, 3.74, 15.44) m;
-- q <= 1: the population has no mean and gets none, a customer has one as soon as px + q > 1
SELECT gg_predict(m, 0, NULL) AS population, round(gg_predict(m, 1, 20)::numeric, 6) AS customer FROM gg_model(2, .8, 15) m;
SELECT gg_predict(NULL, 1, 20), gg_predict(gg_model(2, .8, 15), NULL, 20);

CREATE TABLE spend AS
WITH days AS (SELECT customer_id, ordered_at::date AS day, sum(amount) AS amount
              FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), 4000, '2023-01-01', '2024-06-30', 11)
              GROUP BY 1, 2)
SELECT customer_id, count(*) - 1 AS frequency, avg(amount) FILTER (WHERE NOT first) AS monetary_value
FROM (SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY day) = 1 AS first FROM days) d GROUP BY 1;
CREATE TABLE fitted AS SELECT gg_fit(frequency, monetary_value) AS model FROM spend;
SELECT name, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error FROM fitted, model_params(model);
SELECT model_status(model), model::jsonb ->> 'customers' = (SELECT count(*)::text FROM spend WHERE frequency > 0) AS repeaters
FROM fitted;
SELECT gg_fit(b)::text = (SELECT model::text FROM fitted) AS from_base
FROM (SELECT spend_base(frequency, monetary_value) AS b FROM spend) s;
SELECT gg_fit(rollup(b))::text = (SELECT model::text FROM fitted) AS from_parts
FROM (SELECT spend_base(frequency, monetary_value) AS b FROM spend GROUP BY customer_id % 7) s;
SELECT gg_fit(frequency::float8, monetary_value)::text = (SELECT model::text FROM fitted) AS from_float8 FROM spend;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
ALTER TABLE spend SET (parallel_workers = 2);
SELECT gg_fit(frequency, monetary_value)::text = (SELECT model::text FROM fitted) AS parallel FROM spend;
COMMIT;
SELECT abs(sum(log_likelihood(model, frequency, monetary_value)) - max(log_likelihood(model))) < 1e-6 AS sums
FROM fitted, spend WHERE frequency > 0;
-- Another currency is another v, and nothing else
SELECT name, round((CASE name WHEN 'v' THEN 0.01 ELSE 1 END * estimate)::numeric, 6) AS estimate
FROM (SELECT gg_fit(frequency, monetary_value * 100) AS model FROM spend) s, model_params(model);
-- However many customers each row stands for
SELECT weight, model_status(gg_fit(frequency::float8, monetary_value, NULL, weight))
FROM spend, (VALUES (1e3::float8), (1e6), (1e9), (1e10), (1e12)) v (weight) GROUP BY weight ORDER BY weight;

-- No rows, nobody who came back, free orders, one price, few customers
SELECT gg_fit(frequency, monetary_value) IS NULL AS no_rows FROM spend WHERE false;
SELECT model_status(gg_fit(0, NULL)) AS nobody_came_back FROM generate_series(1, 100);
SELECT model_status(gg_fit(2, 0)) AS all_free FROM generate_series(1, 100);
SELECT model_status(gg_fit(2, 30)) AS identical FROM generate_series(1, 100);
SELECT model_status(gg_fit(n, 30)) AS one_price, gg_predict(gg_fit(n, 30), 2, 30) AS spend FROM generate_series(1, 100) n;
SELECT model_status(gg_fit(n, 10 * n)) AS few FROM generate_series(1, 5) n;

-- Amounts whose squares are beyond float8: a value that reads back, whose errors have no end
SELECT p.name, p.std_error, f.model::text::cltv_model::text = f.model::text AS reads_back
FROM (SELECT gg_fit(n % 5 + 1, 1e299 * (1 + n % 7)) AS model FROM generate_series(1, 200) AS n) AS f
CROSS JOIN LATERAL model_params(f.model) AS p WHERE p.name = 'mean';

-- Bad input
DO $$
DECLARE
    query text;
    state text; message text; hint text;
BEGIN
    FOREACH query IN ARRAY ARRAY['gg_predict(m, -1, 20)', 'gg_predict(m, 1.5, 20)', 'gg_predict(m, 1, -20)',
        'gg_predict(m, 1, ''NaN'')', 'gg_predict(m, 1, ''infinity'')', 'gg_predict(bgnbd_model(1, 1, 1, 1), 1, 20)',
        'gg_model(0, 1, 1)', 'gg_model(1, ''NaN'', 1)', 'gg_model(1, 1, -1)', '(SELECT gg_fit(1, -20))',
        '(SELECT gg_fit(-1, 20))', '(SELECT gg_fit(0.5, 20))', 'log_likelihood(m, 1, -1)', 'log_likelihood(m, 1, 1, 1)'] LOOP
        BEGIN
            EXECUTE 'SELECT ' || query || ' FROM gg_model(6.25, 3.74, 15.44) m';
            RAISE NOTICE '% passes', query;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
            RAISE NOTICE '% -> % % (%)', query, state, message, hint;
        END;
    END LOOP;
END $$;

DROP TABLE spend, fitted;

-- simulate_orders

CREATE TABLE shop AS
SELECT * FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), customers => 3000, first_day => '2023-01-01',
                              last_day => '2024-06-30', seed => 42);
-- The same on every platform
SELECT count(*) AS orders, count(DISTINCT customer_id) AS customers, min(ordered_at), max(ordered_at), sum(amount::numeric) AS revenue FROM shop;
SELECT * FROM shop LIMIT 5;
SELECT bool_and(amount >= 0.01 AND amount::numeric = round(amount::numeric, 2)) AS cents,
       bool_and(ordered_at = date_trunc('second', ordered_at)) AS seconds FROM shop;
-- The same seed gives the same rows, another one others; more customers go on where fewer ended
SELECT count(*) = (SELECT count(*) FROM shop) AS same FROM (
    SELECT * FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), 3000, '2023-01-01', '2024-06-30', 42)
    INTERSECT ALL SELECT * FROM shop) s;
SELECT count(*) AS common FROM (
    SELECT * FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), 3000, '2023-01-01', '2024-06-30', 43)
    INTERSECT ALL SELECT * FROM shop) s;
SELECT count(*) = (SELECT count(*) FROM shop WHERE customer_id <= 100) AS beginning FROM (
    SELECT * FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), 100, '2023-01-01', '2024-06-30', 42)
    INTERSECT ALL SELECT * FROM shop) s;
-- A fit finds the parameters again, within three standard errors
WITH histories AS (SELECT customer_id, rfm_summary(ordered_at, amount, date '2024-06-30') AS s FROM shop GROUP BY customer_id),
     fits AS (SELECT bgnbd_fit((s).frequency, (s).recency, (s).tenure) AS orders,
                     gg_fit((s).frequency, (s).monetary_value) AS spend FROM histories)
SELECT name, abs(estimate - truth) < 3 * std_error AS found
FROM fits, LATERAL (SELECT * FROM model_params(orders) UNION ALL SELECT * FROM model_params(spend)) p
     JOIN (VALUES ('r', .6), ('alpha', 40), ('a', .8), ('b', 2.4), ('p', 6), ('q', 4), ('v', 15)) t(name, truth) USING (name);

-- Few, none, NULL, a single day
SELECT count(*) FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), 0, '2023-01-01', '2024-06-30', 42);
SELECT count(*) FROM simulate_orders(NULL, gg_model(6, 4, 15), 10, '2023-01-01', '2024-06-30', 42);
SELECT count(*) >= 10 AS all_came, min(ordered_at)::date, max(ordered_at)::date
FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), 10, '1969-07-20', '1969-07-20', -1);
-- Extreme parameters
SELECT count(*) FROM simulate_orders(bgnbd_model(1e-3, 1e4, 1e-3, 1e-3), gg_model(1e-2, 4, 15), 100, '2023-01-01', '2024-06-30', 42);

-- Bad input
DO $$
DECLARE
    arguments text;
    state text; message text; hint text;
BEGIN
    FOREACH arguments IN ARRAY ARRAY['o, s, -1, ''2023-01-01'', ''2024-01-01'', 1', 'o, s, 10, ''2024-01-01'', ''2023-01-01'', 1',
        'o, s, 10, ''-infinity'', ''2023-01-01'', 1', 'o, s, 10, ''2023-01-01'', ''infinity'', 1', 's, s, 10, ''2023-01-01'', ''2024-01-01'', 1',
        'o, o, 10, ''2023-01-01'', ''2024-01-01'', 1', '(SELECT bgnbd_fit(0, 0, 0)), s, 10, ''2023-01-01'', ''2024-01-01'', 1',
        'o, s, 10, ''2023-01-01'', ''5874897-01-01'', 1'] LOOP
        BEGIN
            EXECUTE 'SELECT x.* FROM bgnbd_model(1, 1, 1, 1) o, gg_model(2, 2, 2) s, simulate_orders(' || arguments || ') x';
            RAISE NOTICE '% passes', arguments;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
            RAISE NOTICE '% -> % % (%)', arguments, state, message, hint;
        END;
    END LOOP;
END $$;

DROP TABLE shop;

-- orders_fit and spend_fit with attributes and with a calendar: the best of the families by bic
-- runs a statement and shows the error that it raises
\set ECHO none
\pset format unaligned
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- Shops of one kind each, whose friends buy twice as often, and spend more.
CREATE TABLE histories AS
SELECT shop, friend, customer_id, purchase_history(ordered_at, amount) AS history
FROM (VALUES ('bgnbd', bgnbd_model(1.4, 60, 0.5, 3), bgnbd_model(1.4, 30, 0.5, 3), gg_model(6, 4, 15)),
             ('mbgnbd', mbgnbd_model(1.4, 60, 0.9, 1.5), mbgnbd_model(1.4, 30, 0.9, 1.5), gg_model(6, 4, 15)),
             ('pnbd', pnbd_model(1.4, 60, 1.2, 90), pnbd_model(1.4, 30, 1.2, 90), lognormal_model(2.5, 0.4, 1.1)),
             ('nbd', nbd_model(1.4, 60), nbd_model(1.4, 30), gg_model(6, 4, 15))) AS s (shop, others, friends, spend),
     LATERAL (VALUES (0, others, 1), (1, friends, 2)) AS f (friend, model, seed),
     LATERAL simulate_orders(model, spend, 700, date '2021-01-01', date '2023-12-31', seed) AS o
GROUP BY shop, friend, customer_id;
CREATE TABLE customers AS
SELECT h.*, s.*, features(x) AS a, features(y) AS other FROM histories AS h, rfm_summary(history, date '2023-12-31') AS s, LATERAL (SELECT friend) AS x, LATERAL (SELECT customer_id % 5 AS other) AS y;
CREATE FUNCTION kind_of(cltv_model) RETURNS text LANGUAGE sql AS $$ SELECT $1::jsonb ->> 'kind' $$;

\echo '-- the family that the shop is of, and the fit of that family'
CREATE TABLE fits AS
SELECT shop, orders_fit(frequency, recency, tenure, a) AS best, orders_fit(frequency, recency, tenure, a, a) AS best_both,
       feature_base(frequency, recency, tenure, a) AS base,
       ARRAY[nbd_fit(frequency, recency, tenure, a), bgnbd_fit(frequency, recency, tenure, a), mbgnbd_fit(frequency, recency, tenure, a), pnbd_fit(frequency, recency, tenure, a)] AS of_each
FROM customers GROUP BY shop;
SELECT shop, kind_of(best) AS best, kind_of(best_both) AS with_dropout, orders_fit(base)::text = best::text AS of_a_base,
       (SELECT best::text = m::text FROM unnest(of_each) WITH ORDINALITY AS m (m, i) ORDER BY round(bic(m)::numeric, 6), i LIMIT 1) AS smallest,
       orders_fit(base, 0)::jsonb ? 'prior' AS prior
FROM fits ORDER BY shop;
SELECT shop, p.name, abs(p.estimate - ln(2)) < 4 * p.std_error AS right FROM fits, model_params(best) AS p WHERE name LIKE '%: %' ORDER BY shop;

\echo '-- spend'
CREATE TABLE spends AS
SELECT shop, spend_fit(frequency, monetary_value, a) AS best, gg_fit(frequency, monetary_value, a) AS gg, lognormal_fit(frequency, monetary_value, a) AS lognormal,
       feature_base(frequency, monetary_value, a) AS base
FROM customers GROUP BY shop;
SELECT shop, kind_of(best) AS best, best::text = CASE WHEN bic(gg) < bic(lognormal) THEN gg ELSE lognormal END::text AS smallest, spend_fit(base)::text = best::text AS of_a_base, spend_fit(base, 1)::text = best::text AS prior
FROM spends ORDER BY shop;

\echo '-- with a calendar, and with both'
SET client_min_messages = error;
CREATE TABLE dated AS
SELECT shop, orders_fit(history, '2023-12-31', season) AS best, orders_fit(history, '2023-12-31', season, a) AS with_a, orders_fit(history, '2023-12-31', season, NULL, a) AS leaving,
       calendar_base(history, '2023-12-31', season, a) AS base,
       orders_fit(history, '2023-12-31', dropout_calendar(season)) AS dropout,
       ARRAY[nbd_fit(history, '2023-12-31', season), bgnbd_fit(history, '2023-12-31', season), mbgnbd_fit(history, '2023-12-31', season), pnbd_fit(history, '2023-12-31', season)] AS of_each
FROM customers, calendar_season('2021-01-01', '2023-12-31', harmonics => 1) AS season WHERE shop IN ('bgnbd', 'pnbd') GROUP BY shop;
SELECT shop, kind_of(best) AS best, kind_of(with_a) AS with_a, kind_of(leaving) AS leaving, kind_of(dropout) AS dropout, orders_fit(base)::text = with_a::text AS of_a_base,
       (SELECT best::text = m::text FROM unnest(of_each) WITH ORDINALITY AS m (m, i) ORDER BY round(bic(m)::numeric, 6), i LIMIT 1) AS smallest
FROM dated ORDER BY shop;
RESET client_min_messages;

\echo '-- what is refused'
SELECT orders_fit(frequency, recency, tenure, a) IS NULL AS none, spend_fit(frequency, monetary_value, a) IS NULL AS no_spend FROM customers WHERE false;
SELECT model_status(orders_fit(frequency, recency, tenure, a)) FROM (SELECT * FROM customers ORDER BY shop, customer_id LIMIT 1) AS c;
SELECT e.* FROM (VALUES ('SELECT orders_fit(feature_base(frequency, monetary_value, a)) FROM customers'),
    ('SELECT spend_fit(feature_base(frequency, recency, tenure, a)) FROM customers'),
    ('SELECT orders_fit(feature_base(frequency, recency, tenure, a), -1) FROM customers'),
    ('SELECT orders_fit(frequency, recency, tenure, features(x)) FROM customers, LATERAL (SELECT NULLIF(friend, 0) AS friend) AS x'),
    ('SELECT orders_fit(-1::float8, recency, tenure, a) FROM customers')) AS s (statement), LATERAL error_of(statement) AS e;

DROP TABLE histories, customers, fits, spends, dated;
DROP FUNCTION error_of(text), kind_of(cltv_model);

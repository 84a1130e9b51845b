-- calendar_learn: the season of a year, learned from a table of orders
\set ECHO none
\pset format unaligned
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
SET TimeZone = 'UTC';

\echo '-- A shop that grows by 35 % a year (as a logarithm), with a season of 1 + sin / 2 and half of the orders on Sundays'
CREATE TABLE shop AS
SELECT customer_id, ordered_at, amount FROM (
    SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY ordered_at) AS n, ordered_at::date AS day
    FROM simulate_orders(nbd_model(1.5, 20), gg_model(6, 4, 15), customers => 1500, first_day => '2021-01-01', last_day => '2024-06-30', seed => 1)) AS s
WHERE n = 1 OR hashtextextended(format('%s %s', customer_id, ordered_at), 1)::float8 / 2::float8 ^ 64 + 0.5
    < exp(0.35 * ((day - date '2021-01-01') / 365.25 - 3.5)) * (1 + 0.5 * sin(2 * pi() * (extract(doy FROM day) - 1) / 365)) / 1.5
      * CASE WHEN extract(isodow FROM day) = 7 THEN 0.5 ELSE 1 END;
CREATE TABLE learned AS
SELECT calendar_learn('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31') AS plain,
       calendar_learn('shop', 'customer_id', 'ordered_at', 'amount', as_of => '2023-12-31', weekdays => true, last => '2024-12-31') AS weekly;
\echo '-- the season is found, without the growth, and repeats year after year, five years on; its mean factor is 1'
SELECT name, count(*) AS days, min(day) AS first, max(day) AS last, max(abs(exp(value) - (1 + 0.5 * sin(2 * pi() * (extract(doy FROM day) - 1) / 365)))) < 0.1 AS found,
       abs(avg(exp(value)) FILTER (WHERE day BETWEEN '2023-01-01' AND '2023-12-31') - 1) < 1e-12 AS mean,
       count(DISTINCT (extract(doy FROM day), value)) AS weeks_of_days
FROM learned, calendar_table(plain) GROUP BY name;
SELECT count(*) AS others FROM learned, calendar_table(plain) AS a JOIN calendar_table(plain) AS b ON b.day = a.day + 1461 WHERE a.value <> b.value;
SELECT extract(isodow FROM day) AS weekday, round(exp(min(value))::numeric, 1) AS factor, min(value) = max(value) AS always
FROM learned, calendar_table(weekly) WHERE name = 'weekday' GROUP BY 1 ORDER BY 1;
\echo '-- fits take it; beside the growth its coefficient is 1, and so is that of the weekdays; a horizon beyond its end is an error'
CREATE TABLE histories AS
SELECT customer_id, purchase_history(ordered_at, amount) FILTER (WHERE ordered_at < '2024-01-01') AS history,
       count(DISTINCT ordered_at::date) FILTER (WHERE ordered_at >= '2024-01-01') AS later
FROM shop GROUP BY 1 HAVING min(ordered_at) < '2024-01-01';
CREATE TABLE models AS
SELECT nbd_fit(history, '2023-12-31', plain) AS plain, nbd_fit(history, '2023-12-31', weekly) AS weekly,
       nbd_fit(history, '2023-12-31', plain || trend) AS grown, nbd_fit(history, '2023-12-31', weekly || trend) AS grown_weekly
FROM histories, learned, calendar_trend('2021-01-01', '2023-12-31', '2024-12-31') AS trend;
SELECT m.name AS model, p.name, abs(estimate - CASE p.name WHEN 'season: trend' THEN 0.35 ELSE 1 END) < 3 * std_error AS as_learned, z > 10 AS seen
FROM models, LATERAL (VALUES ('grown', grown), ('weekly', grown_weekly)) AS m (name, model), model_params(model) AS p
WHERE p.name LIKE 'season:%' ORDER BY 1, 2;
SELECT round((bic(weekly) - bic(plain))::numeric) < -10 AS weekdays_tell, sum(later) AS came, round(sum(expected_purchases(plain, history, '2023-12-31', 182))) AS season,
       round(sum(expected_purchases(grown, history, '2023-12-31', 182))) AS with_growth
FROM models, histories GROUP BY bic(weekly), bic(plain);
SELECT e.* FROM error_of('SELECT expected_purchases(weekly, history, ''2023-12-31'', 400) FROM models, histories') AS e;

\echo '-- a small part of the shop borrows the shape of the whole: one number is estimated, not four'
SELECT bic(own) > bic(borrowed) AS better, p.name, abs(p.estimate - 1) < 2 * std_error AS as_learned
FROM (SELECT nbd_fit(history, '2023-12-31', plain || trend) AS borrowed, nbd_fit(history, '2023-12-31', calendar_season('2021-01-01', '2023-12-31') || trend) AS own
      FROM histories, learned, calendar_trend('2021-01-01', '2023-12-31', '2024-12-31') AS trend WHERE customer_id <= 80) AS m,
     model_params(borrowed) AS p WHERE p.name = 'season: year';

\echo '-- less than two years: a season may be growth; no season; lines of orders, and refunds'
SELECT count(*) > 0 AS learned FROM calendar_table(calendar_learn('shop', 'customer_id', 'ordered_at', 'amount', '2022-06-30'));
CREATE TABLE even AS
SELECT customer_id, ordered_at, amount
FROM simulate_orders(bgnbd_model(1, 40, 1, 3), gg_model(6, 4, 15), customers => 300, first_day => '2021-01-01', last_day => '2023-12-31', seed => 5);
SELECT count(*) > 0 AS learned FROM calendar_table(calendar_learn('even', 'customer_id', 'ordered_at', 'amount'));
CREATE TABLE lines AS
SELECT customer_id, ordered_at, amount / 2 AS amount, number::text, NULL::text AS refunded
FROM (SELECT *, row_number() OVER (ORDER BY ordered_at, customer_id, amount) AS number FROM shop) AS s, generate_series(1, 2);
SELECT calendar_learn('lines', 'customer_id', 'ordered_at', 'amount', '2023-12-31', order_id => 'number')::text = plain::text AS lines,
       calendar_learn('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', amounts => 'signed')::text = plain::text AS signed,
       calendar_learn(NULL, 'customer_id', 'ordered_at', 'amount') IS NULL AS nothing,
       calendar_learn('shop', 'customer_id', 'ordered_at', 'amount', weekdays => NULL) IS NULL AS null_weekdays FROM learned;
\echo '-- in parallel the same'
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT calendar_learn('shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31')::text = plain::text AS same FROM learned;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

\echo '-- what it refuses'
CREATE TABLE once AS SELECT n AS customer_id, date '2021-01-01' + n AS ordered_at, 1.0 AS amount FROM generate_series(1, 900) AS n;
CREATE VIEW mondays AS SELECT customer_id, date_trunc('week', ordered_at)::date AS ordered_at, amount FROM shop WHERE customer_id <= 100;
CREATE TABLE nobody (customer_id int, ordered_at date, amount numeric);
SELECT calendar_learn('nobody', 'customer_id', 'ordered_at', 'amount') IS NULL AS nothing, calendar_learn('shop', 'customer_id', 'ordered_at', 'amount', '2020-12-30') IS NULL AS before;
SELECT e.* FROM (VALUES
    ($a$'shop', 'customer_id', 'ordered_at', 'amount', '2021-12-30'$a$),
    ($a$'shop', 'customer_id', 'ordered_at', 'amount', 'infinity'$a$), ($a$'shop', 'customer_id', 'ordered_at', 'amount', last => '-infinity'$a$),
    ($a$'shop', 'customer_id', 'ordered_at', 'amount', '2023-12-31', last => '2023-12-30'$a$), ($a$'shop', 'customer_id', 'ordered_at', 'amount', last => '2300-01-01'$a$),
    ($a$'once', 'customer_id', 'ordered_at', 'amount'$a$), ($a$'mondays', 'customer_id', 'ordered_at', 'amount', weekdays => true$a$), ($a$'shop', 'customer', 'ordered_at', 'amount'$a$),
    ($a$'shop', 'customer_id', 'amount', 'amount'$a$), ($a$'shop', 'customer_id', 'ordered_at', 'amount', refunds => 'none'$a$)) AS a (arguments),
    LATERAL error_of(format('SELECT calendar_learn(%s)', arguments)) AS e;
DROP VIEW mondays;
DROP TABLE shop, learned, histories, models, even, lines, once, nobody;
DROP FUNCTION error_of;

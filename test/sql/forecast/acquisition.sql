-- New customers to come.
\set SHOW_CONTEXT never
-- A level of 20 a week that never changed is what is expected; Poisson's 80 % of it, a little wider for what is not known.
SELECT week, round(new_customers::numeric, 3) AS new, lower, upper FROM cltv_acquisition_ahead(array_fill(20::float8, ARRAY[60]), '2024-12-29', 52, 0.8) WHERE week IN (1, 52);
-- A level that went from 100 to 50 a year ago is forgotten, and so are customers who come no more.
SELECT abs(new_customers - 50) < 2 AS follows FROM cltv_acquisition_ahead(array_fill(100::float8, ARRAY[50]) || array_fill(50::float8, ARRAY[52]), '2024-12-29', 1, 0.8);
SELECT new_customers < 0.01 AS nobody, lower, upper FROM cltv_acquisition_ahead(array_fill(100::float8, ARRAY[156]) || array_fill(0::float8, ARRAY[52]), '2024-12-29', 1, 0.8);
-- Four years with a season, 30 e^(0.6 cos) a week: the fifth is known within 7 %.
CREATE TEMP TABLE seasonal AS
SELECT i, 30 * exp(0.6 * cos(2 * pi() * extract(doy FROM date '2021-01-03' + 7 * i) / 365.25)) AS mean FROM generate_series(0, 260) AS i;
SELECT count(*), max(abs(a.new_customers / s.mean - 1)) < 0.07 AS known
FROM cltv_acquisition_ahead((SELECT array_agg(round(mean) ORDER BY i) FROM seasonal WHERE i < 208), '2024-12-25', 52, 0.8) AS a JOIN seasonal AS s ON s.i = 207 + a.week;
-- Growth of 30 % a year goes on, but less and less.
SELECT week, new_customers / (50 * exp(0.3 * (week - 1) / 52.0)) BETWEEN CASE week WHEN 1 THEN 0.97 ELSE 0.85 END AND 1.03 AS goes_on
FROM cltv_acquisition_ahead((SELECT array_agg(round(50 * exp(0.3 * (i - 207) / 52.0)) ORDER BY i) FROM generate_series(0, 207) AS i), '2024-12-25', 52, 0.8) WHERE week IN (1, 26, 52);
-- From orders: whole weeks up to the last day
CREATE TEMP TABLE orders AS
SELECT i AS customer_id, date '2024-01-01' + i / 3 AS ordered_at, 10 AS amount FROM generate_series(0, 299) AS i UNION ALL SELECT i, '2024-04-09', 5 FROM generate_series(0, 9) AS i;
SELECT first_day, last_day, round(new_customers) AS new, lower, upper FROM acquisition_forecast('orders', weeks => 2);
SELECT (SELECT new_customers FROM acquisition_forecast('orders', weeks => 1)) = (SELECT new_customers FROM cltv_acquisition_ahead(array_fill(21::float8, ARRAY[14]), '2024-04-09', 1, 0.8)) AS by_weeks;
SELECT first_day, last_day, round(new_customers) AS new FROM acquisition_forecast('orders', weeks => 1, as_of => '2024-02-01');
SELECT count(*) FROM acquisition_forecast('orders', as_of => '2024-01-06');
-- Nothing, and bad input
SELECT count(*) FROM cltv_acquisition_ahead('{}', '2024-04-09', 1, 0.8);
SELECT count(*) FROM cltv_acquisition_ahead(NULL, '2024-04-09', 1, 0.8);
SELECT count(*) FROM acquisition_forecast(NULL);
SELECT count(*) FROM acquisition_forecast('orders', weeks => NULL);
SELECT new_customers < 0.01 AS nobody, lower, upper FROM cltv_acquisition_ahead('{0,0,0}', '2024-04-09', 1, 0.8);
SELECT cltv_acquisition_ahead('{1,-1}', '2024-04-09', 1, 0.8);
SELECT cltv_acquisition_ahead('{1,NULL}', '2024-04-09', 1, 0.8);
SELECT cltv_acquisition_ahead('{1,NaN}', '2024-04-09', 1, 0.8);
SELECT cltv_acquisition_ahead('{1}', 'infinity', 1, 0.8);
SELECT acquisition_forecast('orders', weeks => 0);
SELECT acquisition_forecast('orders', weeks => 1000);
SELECT acquisition_forecast('orders', level => 0);
SELECT acquisition_forecast('orders', as_of => 'infinity');

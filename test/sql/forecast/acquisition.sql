-- New customers to come.
\set SHOW_CONTEXT never
-- A level of 20 a week that never changed is what is expected; Poisson's 80 % of it, a little wider for what is unknown.
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
-- As a model: of the first days themselves, in any order, of parts and of numbers by days; what acquisition_forecast says.
CREATE TEMP TABLE firsts AS SELECT customer_id, min(ordered_at) AS day FROM orders GROUP BY 1;
CREATE TEMP TABLE won AS SELECT acquisition_fit(day, '2024-04-09') AS m FROM firsts;
SELECT m::jsonb ->> 'form' AS form, m::jsonb ->> 'period' AS period, jsonb_array_length(m::jsonb -> 'values') AS weeks, model_status(m), m::text::forecast_model::text = m::text AS text_kept FROM won;
SELECT bool_and((f.period, f.estimate, f.lower, f.upper) = (a.first_day, a.new_customers, a.lower, a.upper)) AS the_same
FROM won, forecast(m, 30) AS f JOIN acquisition_forecast('orders', weeks => 30) AS a ON a.first_day = f.period;
SELECT m::text = (SELECT acquisition_fit(day, '2024-04-09' ORDER BY customer_id DESC)::text FROM firsts) AS any_order,
       m::text = (SELECT acquisition_fit(rollup(b), '2024-04-09')::text FROM (SELECT series_base(day, 1) AS b FROM firsts GROUP BY customer_id % 7) AS p) AS parts,
       m::text = (SELECT acquisition_fit(series_base(day, n), '2024-04-09')::text FROM (SELECT day, count(*) AS n FROM firsts GROUP BY 1) AS d) AS by_days FROM won;
SELECT name, round(estimate::numeric, 3) AS estimate, round(std_error::numeric, 3) AS std_error, lower < estimate AND estimate < upper AS between_them FROM won, model_params(m);
-- By group; the last day that is known, without which a group would end with its last customer.
SELECT g, round((f.estimate)::numeric, 1) AS next_week FROM (SELECT customer_id % 2 = 0 OR day > '2024-02-01' AS g, acquisition_fit(day, '2024-04-09') AS m FROM firsts GROUP BY 1) AS s, forecast(m, 1) AS f ORDER BY g;
SELECT round(f.estimate::numeric, 1) AS next_week FROM (SELECT acquisition_fit(day) AS m FROM firsts WHERE day < '2024-02-01') AS s, forecast(m, 1) AS f;
-- A season: the trend and the waves, of four years of 30 e^(0.6 cos) a week.
SELECT name, round(estimate::numeric, 1) AS estimate, std_error < 0.1 AS known, lower
FROM (SELECT acquisition_fit(series_base(date '2021-01-03' + 7 * i, round(mean)), '2024-12-28') AS m FROM seasonal WHERE i < 208) AS s, model_params(m) WHERE name IN ('trend', 'year_sin_1', 'year_cos_1');
-- Campaigns: on the days of one there come three times as many. A week of seven such days has three times as many, too.
CREATE TEMP TABLE campaigns AS SELECT date '2023-01-01' + i AS day, (i / 7 % 5 = 2)::int AS campaign FROM generate_series(0, 769) AS i;
CREATE TEMP TABLE with_campaigns AS
SELECT acquisition_fit(series_base(day, 6 * (1 + 2 * campaign)) FILTER (WHERE day < '2024-12-29'), '2024-12-28', calendar(day, features(ARRAY['campaign'], ARRAY[campaign::float8]))) AS m FROM campaigns;
SELECT m::jsonb ->> 'form' AS form, m::text::forecast_model::text = m::text AS text_kept FROM with_campaigns;
SELECT name, round(exp(7 * estimate)::numeric, 1) AS times, std_error < 0.02 AS known FROM with_campaigns, model_params(m) WHERE name LIKE 'calendar%';
SELECT f.period, round(f.estimate) AS new, c.campaign FROM with_campaigns, forecast(m, 5) AS f JOIN campaigns AS c ON c.day = f.period;
SELECT count(*) FROM with_campaigns, forecast(m, 10);
SELECT acquisition_fit((SELECT series_base(day, 6) FROM campaigns), NULL, calendar(day, features(ARRAY['campaign'], ARRAY[campaign::float8]))) FROM campaigns WHERE day > '2023-03-01';
-- What cannot be, and nothing.
SELECT model_status(acquisition_fit(day)) FROM firsts WHERE day < '2024-01-05';
SELECT count(*) FROM forecast((SELECT acquisition_fit(day) FROM firsts WHERE day < '2024-01-05'));
SELECT acquisition_fit(day) IS NULL AS none FROM firsts WHERE false;
SELECT acquisition_fit(NULL::date) IS NULL AS none, acquisition_fit(NULL::series_base) IS NULL AS neither;
SELECT acquisition_fit(series_base('2024-01-01'::date + i, 1 - i)) FROM generate_series(0, 20) AS i;
SELECT acquisition_fit('infinity'::date);
SELECT acquisition_fit('2024-01-01'::date, '2024-01-01'::date + i) FROM generate_series(0, 1) AS i;
SELECT forecast_fit('2024-01-01'::date + i, 1, 'acquisition') FROM generate_series(0, 20) AS i;
SELECT estimate, lower, upper FROM forecast((SELECT acquisition_fit(series_base('2024-01-01'::date + i, 0)) FROM generate_series(0, 20) AS i), 1) WHERE estimate < 0.1;

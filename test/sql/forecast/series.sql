-- Forecasts of series.
\set VERBOSITY terse
CREATE TEMP TABLE airline AS
SELECT (date '1949-01-01' + (i - 1) * interval '1 month')::date AS month, y FROM unnest(ARRAY[
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
    145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
    196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201, 204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
    242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
    315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336, 340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
    360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405, 417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432]) WITH ORDINALITY AS a (y, i);

-- R 4's forecast::ets(AirPassengers, "MAM") ends at -682.4036191, its best of all forms at a criterion of 1400.638432: both below
-- the maximum that is found here.
CREATE TEMP TABLE model AS SELECT forecast_fit(month, y, 'ets') AS m FROM airline;
SELECT m::jsonb ->> 'form' AS form, round((m::jsonb ->> 'log_likelihood')::numeric, 3) AS ll, round((m::jsonb ->> 'aicc')::numeric, 2) AS aicc,
       (m::jsonb ->> 'log_likelihood')::float8 > -682.4036191 AS above_r, m::jsonb ->> 'period' AS period, model_status(m) FROM model;
SELECT period, round(estimate::numeric, 1) AS estimate, round(lower::numeric, 1) AS lower, round(upper::numeric, 1) AS upper FROM model, forecast(m);
SELECT m::text::forecast_model::text = m::text AS text_kept FROM model;

-- The same in any order, of parts, of many rows a month, and by group.
SELECT (SELECT m::text FROM model) = (SELECT forecast_fit(month, y, 'ets' ORDER BY y)::text FROM airline) AS any_order,
       (SELECT m::text FROM model) = (SELECT forecast_fit(rollup(b), 'ets')::text FROM (SELECT series_base(month, y) AS b FROM airline GROUP BY y % 7) AS p) AS parts,
       (SELECT m::text FROM model) = (SELECT forecast_fit(month, y / 2.0, 'ets')::text FROM airline, generate_series(1, 2)) AS many_rows;
SELECT g, model_status(forecast_fit(month, y * g, 'ets')) FROM airline, generate_series(1, 2) AS g GROUP BY g ORDER BY g;

-- ARIMA: R 4.2's arima() of the differences of the logarithms, (0,0,1)(0,0,1), has theta -0.401823, Theta -0.556936, a log-likelihood of
-- 244.69648683 and a variance of 0.0013480991; auto.arima() takes the same orders, and foretells 6.110186, 6.053775, 6.171714.
CREATE TEMP TABLE arima AS SELECT forecast_fit(month, ln(y), 'arima') AS m FROM airline;
SELECT m::jsonb ->> 'form' AS form, round((m::jsonb ->> 'log_likelihood')::numeric, 6) AS ll, round((m::jsonb ->> 'variance')::numeric, 8) AS variance,
       round((m::jsonb #>> '{parameters,ma1}')::numeric, 4) AS ma1, round((m::jsonb #>> '{parameters,sma1}')::numeric, 4) AS sma1 FROM arima;
SELECT period, round(estimate::numeric, 5) AS estimate, round(((upper - estimate) / 1.2815515655446)::numeric, 6) AS std_error FROM arima, forecast(m, 3);

-- A trend that bends, a year and a week: beside what was put in.
CREATE TEMP TABLE daily AS
SELECT date '2022-01-01' + i AS day, 100 + 0.05 * i + CASE WHEN i > 500 THEN 0.1 * (i - 500) ELSE 0 END + 20 * sin(2 * pi() * i / 365.2425)
       + CASE WHEN i % 7 = 6 THEN -30 ELSE 5 END AS truth, ((hashint8extended(i, 3) & 1023) - 511.5) / 60 AS noise
FROM generate_series(0, 1159) AS i;
CREATE TEMP TABLE seasonal AS SELECT forecast_fit(day, truth + noise, 'seasonal') AS m FROM daily WHERE day < '2025-01-05';
SELECT m::jsonb ->> 'form' AS form, round(sqrt((m::jsonb ->> 'variance')::numeric), 1) AS noise, (SELECT round(stddev(noise)::numeric, 1) FROM daily) AS true_noise FROM seasonal;
SELECT count(*), max(abs(f.estimate - d.truth)) < 8 AS near, avg((d.truth + d.noise BETWEEN f.lower AND f.upper)::int) > 0.75 AS held
FROM seasonal, forecast(m, 60) AS f JOIN daily AS d ON d.day = f.period;

-- The best of all, and every family in any order and as text.
SELECT m::jsonb ->> 'form' AS form FROM (SELECT forecast_fit(month, y) AS m FROM airline) AS a;
SELECT f, a.m::text = b.m::text AS any_order, a.m::text::forecast_model::text = a.m::text AS text_kept,
       (SELECT count(*) FROM forecast(a.m, 24) WHERE lower < estimate AND estimate < upper) AS periods
FROM unnest('{ets,arima,seasonal}'::text[]) AS f, LATERAL (SELECT forecast_fit(month, y, f) AS m FROM airline) AS a,
     LATERAL (SELECT forecast_fit(month, y, f ORDER BY y) AS m FROM airline) AS b ORDER BY f;
-- Few periods of each family.
SELECT f, n, (SELECT count(*) FROM forecast(s.m) WHERE lower <= upper) AS rows
FROM unnest('{auto,ets,arima,seasonal}'::text[]) AS f, unnest('{4,6,9,15,30}'::int[]) AS n,
     LATERAL (SELECT forecast_fit(date '2024-01-01' + i, i % 3 + 1, f) AS m FROM generate_series(1, n) AS i) AS s ORDER BY f, n;

-- Periods are recognised.
SELECT label, m::jsonb ->> 'period' AS period, jsonb_array_length(m::jsonb -> 'values') AS periods, m::jsonb ->> 'week_start' AS start, model_status(m) AS status,
       (SELECT min(period) FROM forecast(m)) AS next
FROM (
    SELECT 'days' AS label, forecast_fit(date '2024-01-01' + i, i % 7 + i * 0.01) AS m FROM generate_series(0, 90) AS i
    UNION ALL SELECT 'sundays', forecast_fit(date '2024-01-07' + 7 * i, i % 3 + 1) FROM generate_series(0, 30) AS i
    UNION ALL SELECT 'month ends', forecast_fit((date '2024-01-01' + (i + 1) * interval '1 month' - interval '1 day')::date, i % 3) FROM generate_series(0, 20) AS i
    UNION ALL SELECT 'quarters', forecast_fit((date '2015-01-01' + i * interval '3 months')::date, i % 4 + 0.1 * i) FROM generate_series(0, 20) AS i
    UNION ALL SELECT 'years', forecast_fit(make_date(2000 + i, 7, 1), i % 3) FROM generate_series(0, 20) AS i
    UNION ALL SELECT 'gaps', forecast_fit(date '2024-01-01' + i, 1 + i % 5) FROM generate_series(0, 60) AS i WHERE i % 7 <> 6
    UNION ALL SELECT 'months of days', forecast_fit(date '2024-01-01' + i, 1 + i % 5, 'ets', NULL, 'month') FROM generate_series(0, 400) AS i
    UNION ALL SELECT 'weeks of days', forecast_fit(date '2024-01-01' + i, 1 + i % 5, 'ets', NULL, 'week') FROM generate_series(0, 69) AS i
    UNION ALL SELECT 'silent of late', forecast_fit(date '2024-01-01' + i, 1 + i % 5, 'ets', '2024-12-31', 'month') FROM generate_series(0, 200) AS i
    UNION ALL SELECT 'known until', forecast_fit((date '2024-01-01' + i * interval '1 month')::date, 1 + i % 5, 'ets', '2025-03-15') FROM generate_series(0, 20) AS i
) AS s ORDER BY label;
SELECT estimate, lower, upper FROM forecast((SELECT forecast_fit(date '2024-01-01' + i, 5) FROM generate_series(0, 30) AS i), 2);
SELECT count(*), min(lower) FROM forecast((SELECT forecast_fit(date '2024-01-01' + i, (40 - i) + i % 3) FROM generate_series(0, 38) AS i), 30) WHERE lower >= 0;
SELECT min(lower) < 0 AS below FROM forecast((SELECT forecast_fit(date '2024-01-01' + i, 2 - i) FROM generate_series(0, 38) AS i), 30);

-- What is known but for rounding: a line, a season over and over.
SELECT f, (SELECT string_agg(round(estimate::numeric, 6)::text, ' ' ORDER BY period) FROM forecast(l.m, 3)) AS line,
       (SELECT string_agg(round(estimate::numeric, 6)::text, ' ' ORDER BY period) FROM forecast(s.m, 3)) AS season
FROM unnest('{ets,arima}'::text[]) AS f, LATERAL (SELECT forecast_fit(date '2024-01-01' + i, 3 + 2 * i, f) AS m FROM generate_series(0, 19) AS i) AS l,
     LATERAL (SELECT forecast_fit(date '2024-01-01' + i, i % 7 + 1, f) AS m FROM generate_series(0, 27) AS i) AS s ORDER BY f;

-- Few rows, none, NULLs, and what cannot be.
SELECT forecast_fit(date '2024-01-01', 1) IS NULL AS one;
SELECT count(*) FROM forecast((SELECT forecast_fit(date '2024-01-01' + i, i) FROM generate_series(0, 2) AS i));
SELECT forecast_fit(d, y) IS NULL AS none FROM (SELECT date '2024-01-01' AS d, 1 AS y WHERE false) AS n;
SELECT forecast_fit(NULL::date, 1) IS NULL AS a, forecast_fit(date '2024-01-01', NULL) IS NULL AS b, forecast(NULL) IS NULL AS c;
SELECT forecast_fit('2024-01-01'::date, 'NaN'::float8);
SELECT forecast_fit('2024-01-01'::date, 'infinity'::float8);
SELECT forecast_fit('2024-01-01'::date, 1e200);
SELECT forecast_fit('infinity'::date, 1);
SELECT forecast_fit('2024-01-01'::date, 1, 'prophet');
SELECT forecast_fit('2024-01-01'::date, 1, 'ets', NULL, 'decade');
SELECT forecast_fit('2024-01-01'::date + i, 1, 'ets', '2024-01-01'::date + i) FROM generate_series(0, 1) AS i;
SELECT forecast_fit(make_date(i, 1, 1), i, 'ets', NULL, 'day') FROM generate_series(1, 2000, 50) AS i;
SELECT forecast_fit(date '2024-01-01' + i, 9e149) FROM generate_series(0, 9) AS i, generate_series(1, 2);
SELECT count(*) FROM model, forecast(m, 0);
SELECT count(*) FROM model, forecast(m, 12, 1);
SELECT '{"family":"ets"}'::forecast_model;
SELECT '{"family":"auto","period":"recognised","as_of":null,"rows":[["2024-02-30",1]]}'::series_base;
SELECT series_base(d, y, 'ets', '2024-03-01', 'day') FROM (VALUES (date '2024-02-02', 1.5), ('2024-02-01', -2)) AS v (d, y);

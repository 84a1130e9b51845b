-- Forecasts of series: the methods with names, what was learnt with its errors, and calendars.
\set VERBOSITY terse
-- The carbon dioxide at Mauna Loa, 1959 to 1997, of R's datasets (C. D. Keeling, T. P. Whorf).
CREATE TEMP TABLE co2 AS
SELECT (date '1959-01-01' + (i - 1) * interval '1 month')::date AS month, y FROM unnest(ARRAY[
    315.42, 316.31, 316.5, 317.56, 318.13, 318, 316.39, 314.65, 313.68, 313.18, 314.66, 315.43, 316.27, 316.81, 317.42, 318.87, 319.87,
    319.43, 318.01, 315.74, 314, 313.68, 314.84, 316.03, 316.73, 317.54, 318.38, 319.31, 320.42, 319.61, 318.42, 316.63, 314.83, 315.16,
    315.94, 316.85, 317.78, 318.4, 319.53, 320.42, 320.85, 320.45, 319.45, 317.25, 316.11, 315.27, 316.53, 317.53, 318.58, 318.92, 319.7,
    321.22, 322.08, 321.31, 319.58, 317.61, 316.05, 315.83, 316.91, 318.2, 319.41, 320.07, 320.74, 321.4, 322.06, 321.73, 320.27, 318.54,
    316.54, 316.71, 317.53, 318.55, 319.27, 320.28, 320.73, 321.97, 322, 321.71, 321.05, 318.71, 317.66, 317.14, 318.7, 319.25, 320.46,
    321.43, 322.23, 323.54, 323.91, 323.59, 322.24, 320.2, 318.48, 317.94, 319.63, 320.87, 322.17, 322.34, 322.88, 324.25, 324.83, 323.93,
    322.38, 320.76, 319.1, 319.24, 320.56, 321.8, 322.4, 322.99, 323.73, 324.86, 325.4, 325.2, 323.98, 321.95, 320.18, 320.09, 321.16,
    322.74, 323.83, 324.26, 325.47, 326.5, 327.21, 326.54, 325.72, 323.5, 322.22, 321.62, 322.69, 323.95, 324.89, 325.82, 326.77, 327.97,
    327.91, 327.5, 326.18, 324.53, 322.93, 322.9, 323.85, 324.96, 326.01, 326.51, 327.01, 327.62, 328.76, 328.4, 327.2, 325.27, 323.2,
    323.4, 324.63, 325.85, 326.6, 327.47, 327.58, 329.56, 329.9, 328.92, 327.88, 326.16, 324.68, 325.04, 326.34, 327.39, 328.37, 329.4,
    330.14, 331.33, 332.31, 331.9, 330.7, 329.15, 327.35, 327.02, 327.99, 328.48, 329.18, 330.55, 331.32, 332.48, 332.92, 332.08, 331.01,
    329.23, 327.27, 327.21, 328.29, 329.41, 330.23, 331.25, 331.87, 333.14, 333.8, 333.43, 331.73, 329.9, 328.4, 328.17, 329.32, 330.59,
    331.58, 332.39, 333.33, 334.41, 334.71, 334.17, 332.89, 330.77, 329.14, 328.78, 330.14, 331.52, 332.75, 333.24, 334.53, 335.9, 336.57,
    336.1, 334.76, 332.59, 331.42, 330.98, 332.24, 333.68, 334.8, 335.22, 336.47, 337.59, 337.84, 337.72, 336.37, 334.51, 332.6, 332.38,
    333.75, 334.78, 336.05, 336.59, 337.79, 338.71, 339.3, 339.12, 337.56, 335.92, 333.75, 333.7, 335.12, 336.56, 337.84, 338.19, 339.91,
    340.6, 341.29, 341, 339.39, 337.43, 335.72, 335.84, 336.93, 338.04, 339.06, 340.3, 341.21, 342.33, 342.74, 342.08, 340.32, 338.26,
    336.52, 336.68, 338.19, 339.44, 340.57, 341.44, 342.53, 343.39, 343.96, 343.18, 341.88, 339.65, 337.81, 337.69, 339.09, 340.32, 341.2,
    342.35, 342.93, 344.77, 345.58, 345.14, 343.81, 342.21, 339.69, 339.82, 340.98, 342.82, 343.52, 344.33, 345.11, 346.88, 347.25, 346.62,
    345.22, 343.11, 340.9, 341.18, 342.8, 344.04, 344.79, 345.82, 347.25, 348.17, 348.74, 348.07, 346.38, 344.51, 342.92, 342.62, 344.06,
    345.38, 346.11, 346.78, 347.68, 349.37, 350.03, 349.37, 347.76, 345.73, 344.68, 343.99, 345.48, 346.72, 347.84, 348.29, 349.23, 350.8,
    351.66, 351.07, 349.33, 347.92, 346.27, 346.18, 347.64, 348.78, 350.25, 351.54, 352.05, 353.41, 354.04, 353.62, 352.22, 350.27, 348.55,
    348.72, 349.91, 351.18, 352.6, 352.92, 353.53, 355.26, 355.52, 354.97, 353.75, 351.52, 349.64, 349.83, 351.14, 352.37, 353.5, 354.55,
    355.23, 356.04, 357, 356.07, 354.67, 352.76, 350.82, 351.04, 352.69, 354.07, 354.59, 355.63, 357.03, 358.48, 359.22, 358.12, 356.06,
    353.92, 352.05, 352.11, 353.64, 354.89, 355.88, 356.63, 357.72, 359.07, 359.58, 359.17, 356.94, 354.92, 352.94, 353.23, 354.09, 355.33,
    356.63, 357.1, 358.32, 359.41, 360.23, 359.55, 357.53, 355.48, 353.67, 353.95, 355.3, 356.78, 358.34, 358.89, 359.95, 361.25, 361.67,
    360.94, 359.55, 357.49, 355.84, 356, 357.59, 359.05, 359.98, 361.03, 361.66, 363.48, 363.82, 363.3, 361.94, 359.5, 358.11, 357.8,
    359.61, 360.74, 362.09, 363.29, 364.06, 364.76, 365.45, 365.01, 363.7, 361.54, 359.51, 359.65, 360.8, 362.38, 363.23, 364.06, 364.61,
    366.4, 366.84, 365.68, 364.52, 362.57, 360.24, 360.83, 362.49, 364.34]) WITH ORDINALITY AS a (y, i);
CREATE TEMP TABLE airline AS
SELECT (date '1949-01-01' + (i - 1) * interval '1 month')::date AS month, y FROM unnest('{
112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201, 204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336, 340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405, 417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432}'::float8[]) WITH ORDINALITY AS a (y, i);

-- Holt and Winters. R's HoltWinters(co2) ends at .512648443564 .009497669046 .472886787995, a little short of the minimum; from there it
-- foretells 365.107894933 365.966391338 366.734329477, and so do these parameters here.
CREATE FUNCTION pg_temp.at(model forecast_model, VARIADIC p text[]) RETURNS forecast_model LANGUAGE sql AS $$
    SELECT regexp_replace(model::text, '"parameters":{[^}]*}', '"parameters":{' || (
        SELECT string_agg(format('"%s":%s', k.name, p[k.place]), ',' ORDER BY k.place) FROM model_params(model) WITH ORDINALITY AS k (name, e, s, l, u, place) WHERE k.place <= cardinality(p)) || '}')::forecast_model $$;
CREATE TEMP TABLE winters AS SELECT forecast_fit(month, y, 'holt_winters') AS m FROM co2;
SELECT m::jsonb ->> 'form' AS form, name, round(estimate::numeric, 4) AS estimate, round(std_error::numeric, 4) AS std_error,
       abs(estimate - ('{"alpha":0.512648443564,"beta":0.009497669046,"gamma":0.472886787995}'::jsonb ->> name)::float8) < 5e-5 AS r FROM winters, model_params(m);
SELECT period, round(r.estimate::numeric, 9) AS of_r, abs(f.estimate - r.estimate) < 2e-4 AS near
FROM winters, forecast(pg_temp.at(m, '0.51264844356418', '0.00949766904603', '0.47288678799482'), 3) AS r JOIN forecast((SELECT m FROM winters), 3) AS f USING (period);
-- R's HoltWinters(AirPassengers, seasonal = "mult"): 0.2755925 0.0326930 0.8707292; 447.0559 419.7123 464.8671. Without a season, Holt's trend.
CREATE TEMP TABLE multiplied AS SELECT forecast_fit(month, y, 'holt_winters_multiplicative') AS m FROM airline;
SELECT m::jsonb ->> 'form' AS form, (SELECT string_agg(round(estimate::numeric, 4)::text, ' ') FROM model_params(m)) AS parameters,
       (SELECT string_agg(round(estimate::numeric, 1)::text, ' ') FROM forecast(m, 3)) AS ahead FROM multiplied;
SELECT string_agg(round(r.estimate::numeric, 6)::text, ' ') AS of_r FROM multiplied, forecast(pg_temp.at(m, '0.2755924747364', '0.0326929527337', '0.8707292222650'), 3) AS r;
SELECT m::jsonb ->> 'form' AS form, (SELECT string_agg(round(estimate::numeric, 6)::text, ' ') FROM forecast(m, 3)) AS line
FROM (SELECT forecast_fit(make_date(2000 + i, 1, 1), 3 + 2 * i, 'holt_winters') AS m FROM generate_series(0, 19) AS i) AS l;

-- Theta. R's thetaf(AirPassengers): 440.0781911 428.3842806 489.7070987, from 0.837752089949 and 124.669258172778 where its smoothing ends.
CREATE TEMP TABLE theta AS SELECT forecast_fit(month, y, 'theta') AS m FROM airline;
SELECT m::jsonb ->> 'form' AS form, string_agg(concat_ws(' ', name, round(estimate::numeric, 3), round(std_error::numeric, 3)), ', ') AS parameters FROM theta, model_params(m) GROUP BY m::jsonb;
SELECT round(r.estimate::numeric, 7) AS of_r, abs(f.estimate / r.estimate - 1) < 1e-5 AS near
FROM theta, forecast(pg_temp.at(m, '0.837752089949', '124.669258172778', m::jsonb #>> '{parameters,drift}'), 3) AS r JOIN forecast((SELECT m FROM theta), 3) AS f USING (period);

-- Errors of the airline model: R's arima() has ma1 -0.4018 (0.0896), sma1 -0.5569 (0.0731).
SELECT name, round(estimate::numeric, 4) AS estimate, round(std_error::numeric, 4) AS std_error, round(lower::numeric, 3) AS lower, round(upper::numeric, 3) AS upper
FROM (SELECT forecast_fit(month, ln(y), 'arima') AS m FROM airline) AS a, model_params(m);
-- Exponential smoothing: weights at a bound have none, the others have.
SELECT name, std_error IS NOT NULL AS told, lower < estimate AND estimate < upper AS between_them FROM (SELECT forecast_fit(month, y, 'ets') AS m FROM airline) AS a, model_params(m);

-- Holidays that move and days of a sale: 40 and -25 were put in.
CREATE TEMP TABLE daily AS
SELECT day, day IN ('2021-04-04', '2022-04-17', '2023-04-09', '2024-03-31', '2025-04-20') AS easter, extract(day FROM day) = 13 AS sale,
       200 + 10 * sin(2 * pi() * (day - date '2021-01-01') / 365.2425) + CASE WHEN extract(isodow FROM day) = 7 THEN -20 ELSE 0 END AS base,
       ((hashint8extended(day - date '2021-01-01', 5) & 1023) - 511.5) / 60 AS noise
FROM (SELECT date '2021-01-01' + i AS day FROM generate_series(0, 1825) AS i) AS d;
CREATE TEMP TABLE fitted AS
SELECT forecast_fit(series_base(day, base + 40 * easter::int - 25 * sale::int + noise) FILTER (WHERE day < '2025-01-01'), 'seasonal',
                    calendar => calendar(day, features('{easter,sale}', ARRAY[easter::int, sale::int]::float8[]))) AS m FROM daily;
SELECT m::jsonb ->> 'form' AS form, m::text::forecast_model::text = m::text AS text_kept, model_status(m) FROM fitted;
SELECT name, round(estimate::numeric, 1) AS estimate, round(std_error::numeric, 1) AS std_error, lower, upper FROM fitted, model_params(m) WHERE name LIKE 'calendar%' OR name IN ('sunday', 'monday');
SELECT count(*), max(abs(f.estimate - d.base - 40 * easter::int + 25 * sale::int)) < 10 AS known,
       abs(avg((d.base + 40 * easter::int - 25 * sale::int + d.noise BETWEEN f.lower AND f.upper)::int) - 0.8) < 0.1 AS held
FROM fitted, forecast(m, 365) AS f JOIN daily AS d ON d.day = f.period;
-- Beside least squares: with much to say, hardly anything is held back.
SELECT bool_and(abs(p.estimate - l.of_least_squares) < 2) AS near FROM fitted, model_params(m) AS p JOIN (
    SELECT 'calendar: easter' AS name, avg(base + 40 + noise) FILTER (WHERE easter) - avg(base + noise) FILTER (WHERE NOT easter AND extract(isodow FROM day) = 7 AND extract(month FROM day) IN (3, 4)) AS of_least_squares FROM daily WHERE day < '2025-01-01') AS l USING (name);
-- In weeks and months a holiday counts where it falls, by days.
SELECT period, (SELECT round(estimate) FROM model_params(m) WHERE name = 'calendar: sale') AS sale, (SELECT count(*) FROM forecast(m, 5)) AS ahead
FROM unnest('{week,month}'::text[]) AS period, LATERAL (
    SELECT forecast_fit(series_base(day, base - 25 * sale::int + noise) FILTER (WHERE day < '2025-01-01'), 'seasonal', period => period,
                        calendar => calendar(day, features('{sale,fridays}', ARRAY[sale::int, (extract(isodow FROM day) = 5)::int]::float8[]))) AS m FROM daily) AS f ORDER BY 1;
-- auto takes the calendar where it foretells; a rule repeats by itself; a column that never varied is unknown.
SELECT m::jsonb ->> 'form' AS form FROM (SELECT forecast_fit(series_base(day, base - 80 * (extract(day FROM day) IN (3, 13))::int) FILTER (WHERE day < '2022-01-01'),
    calendar => calendar(day, features('{sale}', ARRAY[(extract(day FROM day) IN (3, 13))::int]::float8[]))) AS m FROM daily) AS a;
SELECT m::jsonb ->> 'form' AS form, (SELECT count(*) FROM forecast(m, 100)) AS ahead FROM (SELECT forecast_fit(series_base(month, y), 'seasonal', calendar => calendar_months('1949-01-01', '1949-12-31')) AS m FROM airline) AS a;
SELECT name, abs(estimate) < 1e-9 AS nothing, std_error > 1 AS unknown FROM (SELECT forecast_fit(series_base(day, base + noise - 60 * sale::int) FILTER (WHERE day < '2025-01-01'), 'seasonal',
    calendar => calendar(day, features('{sale,never}', ARRAY[sale::int, (day > '2025-02-01')::int]::float8[]))) AS m FROM daily) AS n, model_params(m) WHERE name = 'calendar: never';

-- What cannot be.
SELECT count(*) FROM fitted, forecast(m, 366);
SELECT forecast_fit(series_base(month, y), 'ets', calendar => calendar_months('1949-01-01', '1949-12-31')) FROM airline;
SELECT forecast_fit((SELECT series_base(month, y) FROM airline), 'seasonal', calendar => calendar(day, features('{sale}', ARRAY[sale::int]::float8[]))) FROM daily;
SELECT forecast_fit((SELECT series_base(day, base) FROM daily), 'seasonal', calendar => (SELECT calendar(day, features('{sale}', ARRAY[sale::int]::float8[])) FROM daily WHERE day < '2025-01-01'));
SELECT count(*) FROM winters, model_params(m, 1);
SELECT count(*) FROM model_params(NULL::forecast_model);
SELECT count(*) FROM model_params((SELECT forecast_fit(date '2024-01-01' + i, 5) FROM generate_series(0, 30) AS i));
-- Few periods, zeros, and series that cannot be multiplied.
SELECT f, n, (SELECT count(*) FROM forecast(s.m) WHERE lower <= upper) AS rows, model_status(s.m)
FROM unnest('{holt_winters,holt_winters_multiplicative,theta}'::text[]) AS f, unnest('{4,6,15,30}'::int[]) AS n,
     LATERAL (SELECT forecast_fit(date '2024-01-01' + i, i % 3 + 1, f) AS m FROM generate_series(1, n) AS i) AS s ORDER BY f, n;
SELECT f, model_status(s.m), (SELECT count(*) FROM forecast(s.m) WHERE lower <= upper) AS rows
FROM unnest('{holt_winters,holt_winters_multiplicative,theta}'::text[]) AS f, LATERAL (SELECT forecast_fit(date '2024-01-01' + i, i % 7, f) AS m FROM generate_series(1, 60) AS i) AS s ORDER BY f;

-- calendar: months, seasons, rows of days; what it takes and refuses; text and binary forms
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

\echo '-- months: one column of eleven is 1 on each day but in January, leap days are February'
SELECT calendar_months('2023-12-30', '2024-03-02');
SELECT day, string_agg(name, ',' ORDER BY name) FILTER (WHERE value = 1) AS one, count(*) AS columns, sum(value) AS sum
FROM calendar_table(calendar_months('2023-12-30', '2024-03-02'))
WHERE day IN ('2023-12-31', '2024-01-01', '2024-02-01', '2024-02-29', '2024-03-01') GROUP BY day ORDER BY day;

\echo '-- days are those of PostgreSQL, over four centuries and before Christ'
SELECT count(*) AS differing FROM (VALUES (date '1900-01-01'), ('2000-01-01'), ('2090-01-01'), ('0099-06-01'), ('0004-01-01 BC'), ('4714-11-24 BC'), ('294270-01-01')) AS f (first),
    LATERAL calendar_table(calendar_months(first, first + 2500)) AS c
WHERE c.name = 'december' AND c.value <> (extract(month FROM c.day) = 12)::int OR c.name = 'february' AND c.value <> (extract(month FROM c.day) = 2)::int;

\echo '-- a season of a year begins anew on the first of January, whatever its length'
SELECT calendar_season('2023-01-01', '2024-12-31');
SELECT count(*) AS rows, max(abs(value - CASE name
        WHEN 'year sin 1' THEN sin(2 * pi() * phase) WHEN 'year cos 1' THEN cos(2 * pi() * phase)
        WHEN 'year sin 2' THEN sin(4 * pi() * phase) WHEN 'year cos 2' THEN cos(4 * pi() * phase) END)) < 1e-12 AS right
FROM calendar_table(calendar_season('2023-01-01', '2025-12-31')),
    LATERAL (SELECT (extract(doy FROM day) - 1) / CASE WHEN extract(year FROM day) = 2024 THEN 366 ELSE 365 END AS phase) AS p;
SELECT max(abs(value - sin(2 * pi() * (extract(isodow FROM day) - 1) / 7))) < 1e-12 AS week
FROM calendar_table(calendar_season('2023-12-20', '2024-03-05', 'week', 3)) WHERE name = 'week sin 1';
SELECT max(abs(value - cos(2 * pi() * (extract(day FROM day) - 1) / extract(day FROM date_trunc('month', day) + interval '1 month - 1 day')))) < 1e-12 AS month
FROM calendar_table(calendar_season('2023-12-20', '2024-03-05', 'month', 1)) WHERE name = 'month cos 1';

\echo '-- rows: equal days that follow each other are told once, whatever the order of the rows'
CREATE TABLE shop_day AS
SELECT day::date AS day, day::date BETWEEN '2024-11-25' AND '2024-12-02' AS sale, extract(isodow FROM day) = 7 AS closed, 1.5 AS price
FROM generate_series(date '2024-11-20', '2024-12-10', '1 day') AS day;
SELECT calendar(day, features(x)) FROM shop_day, LATERAL (SELECT sale, price) AS x;
SELECT (SELECT calendar(day, features(x) ORDER BY day) FROM shop_day, LATERAL (SELECT sale, closed) AS x)::text
     = (SELECT calendar(day, features(x) ORDER BY md5(day::text)) FROM shop_day, LATERAL (SELECT closed, sale) AS x)::text AS same;
SELECT calendar(day, features(x)) IS NULL AS none FROM shop_day, LATERAL (SELECT sale) AS x WHERE false;
SELECT calendar(NULL, features(x)) IS NULL AS nulls FROM shop_day, LATERAL (SELECT sale) AS x;
SELECT count(*), count(*) FILTER (WHERE value = sale::int) AS right
FROM shop_day JOIN (SELECT (calendar_table(c)).* FROM (SELECT calendar(day, features(x)) AS c FROM shop_day, LATERAL (SELECT sale) AS x) AS s) AS t USING (day);

\echo '-- || adds columns; one that repeats goes as far as the other'
SELECT calendar_months('2024-01-01', '2024-01-31') || c FROM (SELECT calendar(day, features(x)) AS c FROM shop_day, LATERAL (SELECT sale) AS x) AS s;
SELECT calendar_months('2024-01-01', '2024-01-31') || calendar_season('2023-01-01', '2023-01-31', harmonics => 1);
SELECT a.c || b.c
FROM (SELECT calendar(day, features(x)) AS c FROM shop_day, LATERAL (SELECT sale) AS x WHERE day <= '2024-12-05') AS a,
     (SELECT calendar(day, features(x)) AS c FROM shop_day, LATERAL (SELECT closed) AS x WHERE day >= '2024-11-30') AS b;
SELECT NULL || calendar_months('2024-01-01', '2024-01-31') IS NULL AS nothing;

\echo '-- a trend: years since as_of by weeks, and beyond it years that halve every half_life days; by hand'
SELECT calendar_trend('2024-01-01', '2024-01-31', '2024-02-20', 14);
SELECT max(abs(value - CASE WHEN passed <= 0 THEN passed ELSE 100 / ln(2) * (1 - 0.5 ^ (passed / 100)) END / 365.25)) < 1e-14 AS right, count(*) AS days,
       count(DISTINCT value) AS weeks
FROM calendar_table(calendar_trend('2023-02-28', '2024-02-29', '2025-03-01', 100)), LATERAL (SELECT 7 * ceil((day - date '2024-02-29') / 7.0)::float8 AS passed) AS p;
SELECT half_life, max(value) * 365.25 AS days
FROM (VALUES (0::float8), (5e-324), (180), (1e12), (1.7e308), ('infinity')) AS h (half_life), calendar_table(calendar_trend('2024-01-01', '2024-12-31', '2026-12-31', half_life))
GROUP BY half_life ORDER BY half_life;
SELECT calendar_trend('2024-01-01', '2024-12-31', NULL) IS NULL AS nothing, calendar_trend('2024-01-01', '2024-01-01', '2024-01-01') AS a_day;

\echo '-- what a calendar refuses'
SELECT e.* FROM (VALUES
    ('SELECT calendar_months(''2024-02-01'', ''2024-01-31'')'),
    ('SELECT calendar_months(''2024-02-01'', ''infinity'')'),
    ('SELECT calendar_months(''1024-02-01'', ''2024-01-31'')'),
    ('SELECT calendar_season(''2024-01-01'', ''2024-01-31'', ''quarter'')'),
    ('SELECT calendar_season(''2024-01-01'', ''2024-01-31'', ''week'', 4)'),
    ('SELECT calendar_season(''2024-01-01'', ''2024-01-31'', harmonics => 0)'),
    ('SELECT calendar(day, features(x)) FROM shop_day, LATERAL (SELECT sale) AS x WHERE day NOT IN (''2024-11-27'', ''2024-12-01'')'),
    ('SELECT calendar(day, features(x)) FROM (TABLE shop_day UNION ALL SELECT * FROM shop_day WHERE sale) AS d, LATERAL (SELECT sale) AS x'),
    ('SELECT calendar(day, features(x)) FROM shop_day, LATERAL (SELECT nullif(sale, true) AS sale) AS x'),
    ('SELECT calendar(day, features(x)) FROM shop_day, LATERAL (SELECT ''x'' AS kind) AS x'),
    ('SELECT calendar(day, CASE WHEN sale THEN features(''{a}'', ''{1}'') ELSE features(''{b}'', ''{1}'') END) FROM shop_day'),
    ('SELECT calendar(day, features(x)) FROM shop_day, LATERAL (SELECT 2 AS closed) AS x'),
    ('SELECT calendar(day, features(x)) FROM shop_day, LATERAL (SELECT true AS closed) AS x'),
    ('SELECT calendar(''infinity'', ''{"a":1}'')'),
    ('SELECT calendar_months(''2024-01-01'', ''2024-01-31'') || calendar_months(''2024-01-01'', ''2024-01-31'')'),
    ('SELECT a.c || b.c FROM (SELECT calendar(day, features(x)) AS c FROM shop_day, LATERAL (SELECT sale) AS x WHERE day < ''2024-12-01'') AS a, '
     '(SELECT calendar(day, features(x)) AS c FROM shop_day, LATERAL (SELECT closed) AS x WHERE day >= ''2024-12-01'') AS b'),
    ('SELECT calendar_trend(''2024-01-02'', ''2024-01-01'', ''2024-12-31'')'),
    ('SELECT calendar_trend(''2024-01-01'', ''2024-12-31'', ''2024-12-30'')'),
    ('SELECT calendar_trend(''2024-01-01'', ''2024-12-31'', ''infinity'')'),
    ('SELECT calendar_trend(''1024-01-01'', ''2024-12-31'', ''2024-12-31'')'),
    ('SELECT calendar_trend(''2024-01-01'', ''2024-12-31'', ''2025-12-31'', -1)'),
    ('SELECT calendar_trend(''2024-01-01'', ''2024-12-31'', ''2025-12-31'', ''NaN'')'),
    ('SELECT calendar_accum(NULL, ''2024-01-01'', ''{"a":1}'')')) AS s (statement), LATERAL error_of(statement) AS e;

\echo '-- the text form goes there and back, through jsonb too, and so does the binary one'
CREATE TABLE kept AS
SELECT calendar_season('2020-01-01', '2024-12-31', 'month', 1) || calendar_months('2024-01-01', '2024-01-31') || calendar(day, features(x)) AS c
FROM shop_day, LATERAL (SELECT sale, 0.1 AS "Preis ""€""", closed) AS x;
TABLE kept;
SELECT c::text::calendar::text = c::text AS text, c::jsonb::text::calendar::text = c::text AS jsonb,
       calendar_send(c::text::calendar) = calendar_send(c) AS binary FROM kept;
SELECT e.* FROM (VALUES
    ('{"first":"2024-01-01","last":"2024-12-31"}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[]}'),
    ('{"first":"2024-02-30","last":"2024-12-31","parts":[{"rule":"months"}]}'),
    ('{"first":"2024-01-01","last":"2023-12-31","parts":[{"rule":"months"}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"rule":"days"}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"rule":"months","period":"year"}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"rule":"season","period":"year"}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"rule":"season","period":"year","harmonics":13}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"rule":"months"},{"rule":"months"}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"columns":["a"],"days":[["2024-01-02",1]]}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"columns":["a"],"days":[["2024-01-01",1],["2024-01-01",2]]}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"columns":["a"],"days":[["2024-01-01",1],["2025-01-01",2]]}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"columns":["a","a"],"days":[["2024-01-01",1,2]]}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"columns":["a"],"days":[["2024-01-01",1,2]]}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"columns":["closed"],"days":[["2024-01-01",1]]}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"columns":[],"days":[["2024-01-01"]]}]}'),
    ('{"first":"2024-01-01","last":"2024-12-31","parts":[{"rule":"months"}]} x')) AS s (bad),
    LATERAL error_of(format('SELECT %L::calendar', bad)) AS e;
SELECT '{"parts":[{"days":[["2024-01-01",1],["2024-01-05",1],["2024-02-01",-0.0]],"columns":["a"]}],"last":"2024-12-31","first":"2024-01-01"}'::calendar;

\echo '-- binary round trip through COPY; every prefix, and every bit turned'
CREATE TABLE received (value calendar);
CREATE FUNCTION receive(field bytea, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_calendar_test.bin';
    content bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' ||
                     int4send(length(field)) || field || '\xffff';
    object oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(object, file);
    PERFORM lo_unlink(object);
    TRUNCATE received;
    EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
    code := 'none';
    same := (SELECT calendar_send(value) = field FROM received);
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
SELECT r.*, count(*) FROM kept, receive(calendar_send(c)) AS r GROUP BY 1, 2;
\set field '(SELECT calendar_send(c) FROM kept)'
SELECT r.*, count(*) FROM generate_series(0, length(:field) - 1) AS n, receive(substr(:field, 1, n)) AS r GROUP BY 1, 2 ORDER BY 1, 2;
SELECT bool_and(r.code IN ('none', '22P03', '22021', '08P01')) AS only_input_errors
FROM generate_series(0, length(:field) * 8 - 1) AS n, receive(set_bit(:field, n, 1 - get_bit(:field, n))) AS r;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_calendar_test.bin'));
END $$;

DROP TABLE received, kept, shop_day;
DROP FUNCTION receive(bytea), error_of(text);

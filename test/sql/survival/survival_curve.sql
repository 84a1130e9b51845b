-- survival_curve: the aggregate, what is asked of it, its text, its checks, rollup, parallel plans, stored values
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

\echo '-- counted by time and by what happened; rows with a NULL are skipped; no rows: NULL'
SELECT survival_curve(days, gone)
FROM (VALUES (2, true), (0, false), (2, true), (NULL, true), (10, false), (9, NULL), (2, false)) c(days, gone);
SELECT survival_curve(NULL, gone) FROM (VALUES (true), (NULL)) c(gone);
SELECT survival_curve(1, true) WHERE false;

\echo '-- weights; rows of weight 0 and NULL are left out; late entries'
SELECT survival_curve(days, gone, weight)
FROM (VALUES (2, true, 2.5), (2, true, 1), (3, false, 0), (4, false, NULL)) c(days, gone, weight);
SELECT survival_curve(days, gone, 2, since)
FROM (VALUES (2, true, 0), (5, true, 2), (9, false, 3), (9, false, NULL)) c(days, gone, since);

\echo '-- bad customers'
SELECT e.* FROM (VALUES ('-1, true'), ('''NaN'', true'), ('''infinity'', true'), ('1, true, -1'), ('1, true, ''NaN'''),
        ('5, true, 1, 5'), ('5, true, 1, 7'), ('0, true, 1, 1'), ('5, true, 1, -1'), ('5, true, 1, ''infinity''')) v(args),
    error_of('SELECT survival_curve(' || args || ')') e;
SELECT e.code, e.message FROM error_of('SELECT survival_curve_accum(NULL, 1, true)') e;

\echo '-- the patients of Loprinzi et al. 1994, whose figures R prints'
CREATE TABLE lung (days int, died int, age int, sex int, ecog int);
INSERT INTO lung VALUES
(306,1,74,1,1), (455,1,68,1,0), (1010,0,56,1,0), (210,1,57,1,1), (883,1,60,1,0), (1022,0,74,1,1), (310,1,68,2,2),
(361,1,71,2,2), (218,1,53,1,1), (166,1,61,1,2), (170,1,57,1,1), (654,1,68,2,2), (728,1,68,2,1), (71,1,60,1,NULL),
(567,1,57,1,1), (144,1,67,1,1), (613,1,70,1,1), (707,1,63,1,2), (61,1,56,2,2), (88,1,57,1,1), (301,1,67,1,1),
(81,1,49,2,0), (624,1,50,1,1), (371,1,58,1,0), (394,1,72,1,0), (520,1,70,2,1), (574,1,60,1,0), (118,1,70,1,3),
(390,1,53,1,1), (12,1,74,1,2), (473,1,69,2,1), (26,1,73,1,2), (533,1,48,1,2), (107,1,60,2,2), (53,1,61,1,2),
(122,1,62,2,2), (814,1,65,1,2), (965,0,66,2,1), (93,1,74,1,2), (731,1,64,2,1), (460,1,70,1,1), (153,1,73,2,2),
(433,1,59,2,0), (145,1,60,2,2), (583,1,68,1,1), (95,1,76,2,2), (303,1,74,1,0), (519,1,63,1,1), (643,1,74,1,0),
(765,1,50,2,1), (735,1,72,2,1), (189,1,63,1,0), (53,1,68,1,0), (246,1,58,1,0), (689,1,59,1,1), (65,1,62,1,0),
(5,1,65,2,0), (132,1,57,1,2), (687,1,58,2,1), (345,1,64,2,1), (444,1,75,2,2), (223,1,48,1,1), (175,1,73,1,1),
(60,1,65,2,1), (163,1,69,1,1), (65,1,68,1,2), (208,1,67,2,2), (821,0,64,2,0), (428,1,68,1,0), (230,1,67,1,1),
(840,0,63,1,0), (305,1,48,2,1), (11,1,74,1,2), (132,1,40,1,1), (226,1,53,2,1), (426,1,71,2,1), (705,1,51,2,0),
(363,1,56,2,1), (11,1,81,1,0), (176,1,73,1,0), (791,1,59,1,0), (95,1,55,1,1), (196,0,42,1,1), (167,1,44,2,1),
(806,0,44,1,1), (284,1,71,1,1), (641,1,62,2,1), (147,1,61,1,0), (740,0,44,2,1), (163,1,72,1,2), (655,1,63,1,0),
(239,1,70,1,1), (88,1,66,1,1), (245,1,57,2,1), (588,0,69,2,0), (30,1,72,1,2), (179,1,69,1,1), (310,1,71,1,1),
(477,1,64,1,1), (166,1,70,2,0), (559,0,58,2,0), (450,1,69,2,1), (364,1,56,1,1), (107,1,63,1,1), (177,1,59,1,2),
(156,1,66,1,1), (529,0,54,2,1), (11,1,67,1,1), (429,1,55,1,1), (351,1,75,2,2), (15,1,69,1,0), (181,1,44,1,1),
(283,1,80,1,1), (201,1,75,2,0), (524,1,54,2,1), (13,1,76,1,2), (212,1,49,1,2), (524,1,68,1,2), (288,1,66,1,2),
(363,1,80,1,1), (442,1,75,1,0), (199,1,60,2,2), (550,1,69,2,1), (54,1,72,1,2), (558,1,70,1,0), (207,1,66,1,1),
(92,1,50,1,1), (60,1,64,1,1), (551,0,77,2,2), (543,0,48,2,0), (293,1,59,2,1), (202,1,53,1,1), (353,1,47,1,0),
(511,0,55,2,1), (267,1,67,1,0), (511,0,74,2,2), (371,1,58,2,1), (387,1,56,1,2), (457,1,54,1,1), (337,1,56,1,0),
(201,1,73,2,2), (404,0,74,1,1), (222,1,76,1,2), (62,1,65,2,1), (458,0,57,1,1), (356,0,53,2,1), (353,1,71,1,0),
(163,1,54,1,1), (31,1,82,1,0), (340,1,59,2,0), (229,1,70,1,1), (444,0,60,1,0), (315,0,62,2,0), (182,1,53,2,1),
(156,1,55,1,2), (329,1,69,1,2), (364,0,68,2,1), (291,1,62,1,2), (179,1,63,1,1), (376,0,56,2,1), (384,0,62,2,0),
(268,1,44,2,1), (292,0,69,1,2), (142,1,63,1,1), (413,0,64,1,1), (266,0,57,2,0), (194,1,60,2,1), (320,1,46,1,0),
(181,1,61,1,1), (285,1,65,1,0), (301,0,61,1,1), (348,1,58,2,0), (197,1,56,1,1), (382,0,43,2,0), (303,0,53,1,1),
(296,0,59,2,1), (180,1,56,1,2), (186,1,55,2,1), (145,1,53,2,1), (269,0,74,2,0), (300,0,60,1,0), (284,0,39,1,0),
(350,1,66,2,0), (272,0,65,2,1), (292,0,51,2,0), (332,0,45,2,0), (285,1,72,2,2), (259,0,58,1,0), (110,1,64,1,1),
(286,1,53,1,0), (270,1,72,1,1), (81,1,52,1,2), (131,1,50,1,1), (225,0,64,1,1), (269,1,71,1,1), (225,0,70,1,0),
(243,0,63,2,1), (279,0,64,1,1), (276,0,52,2,0), (135,1,60,1,1), (79,1,64,2,1), (59,1,73,1,1), (240,0,63,2,0),
(202,0,50,2,0), (235,0,63,2,0), (105,1,62,1,2), (224,0,55,2,0), (239,1,50,2,2), (237,0,69,1,1), (173,0,59,2,1),
(252,0,60,2,0), (221,0,67,1,1), (185,0,69,1,1), (92,0,64,2,2), (13,1,65,1,1), (222,0,65,1,1), (192,0,41,2,1),
(183,1,76,1,2), (211,0,70,2,2), (175,0,57,2,0), (197,0,67,1,1), (203,0,71,2,1), (116,1,76,1,1), (188,0,77,1,1),
(191,0,39,1,0), (105,0,75,2,2), (174,0,66,1,1), (177,0,58,2,1);
CREATE TABLE curve AS SELECT survival_curve(days, died = 1) AS curve FROM lung;
SELECT t, round(survival_prob(curve, t)::numeric, 10) AS survival
FROM curve, unnest(ARRAY[0, 4.9, 5, 100, 365, 500, 1022, 1022.1]) t;
SELECT conf, round(i.lower::numeric, 9) AS lower, round(i.estimate::numeric, 9) AS estimate, round(i.upper::numeric, 9) AS upper
FROM curve, unnest(ARRAY['log-log', 'LOG', 'plain']) conf, survival_prob_interval(curve, 365, 0.95, conf) i;
SELECT p, survival_quantile(curve, p), l.*, k.lower AS lower_log, k.upper AS upper_log
FROM curve, unnest(ARRAY[.25, .5, .75, .99]) p, survival_quantile_interval(curve, p) l,
    survival_quantile_interval(curve, p, conf => 'log') k;
SELECT survival_quantile(curve) AS median FROM curve;
SELECT h, round(restricted_mean(curve, h)::numeric, 9) AS mean, round(i.std_error::numeric, 9) AS std_error,
       round(i.lower::numeric, 6) AS lower, round(i.upper::numeric, 6) AS upper
FROM curve, unnest(ARRAY[0, 3, 365, 1022, 1023]) h, restricted_mean_interval(curve, h) i;
SELECT time, at_risk, events, censored, round(survival::numeric, 9) AS survival, round(std_error::numeric, 9) AS std_error,
       round(lower::numeric, 9) AS lower, round(upper::numeric, 9) AS upper, round(cumulative_hazard::numeric, 9) AS hazard
FROM curve, survival_table(curve) WHERE time IN (5, 95, 364, 363, 883, 1022);
SELECT count(*), sum(events) AS events, sum(censored) AS censored FROM curve, survival_table(curve, 0.9, 'log');

\echo '-- ends: all have left; nobody has'
SELECT t.time, at_risk, survival, std_error, lower, upper
FROM (SELECT survival_curve(x, true) c FROM generate_series(1, 2) x) a, survival_table(c) t;
SELECT survival_prob(c, 99), restricted_mean(c, 99), survival_quantile(c), survival_quantile(c, 0.51)
FROM (SELECT survival_curve(x, true) c FROM generate_series(1, 2) x) a;
SELECT survival_prob(c, 2), survival_prob(c, 3), restricted_mean(c, 3), i.*
FROM (SELECT survival_curve(x, false) c FROM generate_series(1, 2) x) a, survival_quantile_interval(c, 0.01) i;
SELECT survival_prob('{"customers":0,"rows":[]}', 0), restricted_mean('{"customers":0,"rows":[]}', 0);

\echo '-- bad questions'
SELECT e.* FROM curve, (VALUES ('survival_prob(%L, -1)'), ('survival_prob(%L, ''NaN'')'), ('survival_quantile(%L, 0)'),
        ('survival_quantile(%L, 1)'), ('survival_quantile_interval(%L, .5, 95)'),
        ('survival_quantile_interval(%L, .5, .95, ''logit'')'), ('restricted_mean(%L, ''infinity'')'),
        ('restricted_mean(%L, -1)'), ('restricted_mean_interval(%L, 1, 0)'), ('survival_table(%L, 2)')) v(call),
    error_of('SELECT ' || format(call, curve)) e;

\echo '-- 20,000 customers'
CREATE TABLE seen AS
SELECT i AS id, i % 7 AS region, (i * 7919 % 997 / 10)::float8 + 1 AS days, i % 3 = 0 AS gone,
       (i % 5 = 0)::int * (i * 7919 % 997 / 20) AS since
FROM generate_series(1, 20000) i;
ANALYZE seen;
WITH c AS (SELECT survival_curve(days, gone)::text::jsonb AS c FROM seen)
SELECT c -> 'customers' AS customers, jsonb_array_length(c -> 'rows') AS rows,
       (SELECT jsonb_agg(jsonb_build_array(days, 2 - gone::int, n) ORDER BY days, 2 - gone::int)
        FROM (SELECT days, gone, count(*) AS n FROM seen GROUP BY 1, 2) g) = c -> 'rows' AS as_group_by
FROM c;

\echo '-- the estimates by hand'
CREATE TABLE whole AS SELECT survival_curve(days, gone, 1, since) AS curve FROM seen;
WITH t AS (SELECT DISTINCT days AS t FROM seen), n AS (
    SELECT t, (SELECT count(*) FROM seen WHERE days >= t AND since < t) AS at_risk,
           (SELECT count(*) FROM seen WHERE days = t AND gone) AS d FROM t)
SELECT max(abs(c.survival - h.survival)) < 1e-13 AS survival, max(abs(c.cumulative_hazard - h.hazard)) < 1e-12 AS hazard, count(*)
FROM (SELECT t, exp(sum(ln(1 - d / at_risk::float8)) OVER (ORDER BY t)) AS survival,
             sum(d / at_risk::float8) OVER (ORDER BY t) AS hazard FROM n WHERE at_risk > d) h
JOIN (SELECT s.* FROM whole, survival_table(curve) s) c ON c.time = h.t;

\echo '-- the same bytes whatever the order, and whatever the plan'
SELECT survival_curve_send(survival_curve(days, gone, 1, since ORDER BY id DESC)) = (SELECT survival_curve_send(curve) FROM whole)
       AS descending
FROM seen;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT survival_curve(days, gone, 1, since) FROM seen;
SELECT survival_curve_send(survival_curve(days, gone, 1, since)) = (SELECT survival_curve_send(curve) FROM whole) AS parallel FROM seen;
COMMIT;

\echo '-- rollup of parts is the whole; NULL and empty parts change nothing'
CREATE TABLE parts AS SELECT region, survival_curve(days, gone, 1, since) AS curve FROM seen GROUP BY region;
INSERT INTO parts VALUES (100, NULL), (101, '{"customers":0,"rows":[]}');
SELECT survival_curve_send(rollup(curve)) = (SELECT survival_curve_send(curve) FROM whole) AS rolled_up FROM parts;
SELECT rollup(curve) FROM parts WHERE region >= 100;

\echo '-- a window''s running curve: each row''s result stays what it was'
SELECT id, survival_curve(days, gone) OVER (ORDER BY id) FROM seen WHERE id <= 3 ORDER BY id;

\echo '-- text round trips'
SELECT curve::text::survival_curve::text = curve::text AS text_trip FROM whole;
SELECT ' { "customers" : 3 , "rows" : [[3,1,0.5],[1,2,2], [3,1,0.5] ] } '::survival_curve;

\echo '-- forged text'
SELECT v.value, e.code, e.message, e.detail FROM (VALUES
    (''), ('{}'), ('{"customers":1,"rows":[[1,1]]}'), ('{"customers":2,"rows":[[1,1,1]]}'),
    ('{"customers":1,"rows":[[1,3,1]]}'), ('{"customers":1,"rows":[[1,0.5,1]]}'), ('{"customers":1,"rows":[[-1,1,1]]}'),
    ('{"customers":0,"rows":[[1,1,0]]}'), ('{"customers":1,"rows":[[0,0,1],[2,1,1]]}'), ('{"customers":0,"rows":[[1,0,1]]}'),
    ('{"customers":1,"rows":[[5,1,1],[7,0,1]]}'), ('{"customers":1,"rows":[[5,0,1],[5,1,1]]}')
) v(value), error_of(format('SELECT %L::survival_curve', v.value)) e;

\echo '-- binary round trip through COPY, and a forged flag'
CREATE TABLE received (curve survival_curve);
CREATE FUNCTION receive(field bytea, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_survival_curve_test.bin';
    content bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' ||
                     int4send(length(field)) || field || '\xffff';
    object oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(object, file);
    PERFORM lo_unlink(object);
    TRUNCATE received;
    EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
    code := 'none';
    same := (SELECT survival_curve_send(curve) = field FROM received);
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
\set field 'survival_curve_send(\'{"customers":3,"rows":[[1,0,2],[1,1,1],[2,2,2]]}\')'
SELECT r.*, count(*) FROM parts, receive(survival_curve_send(curve)) r WHERE curve IS NOT NULL GROUP BY 1, 2;
SELECT r.*, count(*) FROM generate_series(0, length(:field) - 1) n, receive(substr(:field, 1, n)) r GROUP BY 1, 2;
SELECT bool_and(r.code IN ('none', '22P03', '22023')) AS only_input_errors
FROM generate_series(0, length(:field) * 8 - 1) n, receive(set_bit(:field, n, 1 - get_bit(:field, n))) r;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_survival_curve_test.bin'));
END $$;

DROP TABLE received, parts, whole, seen, curve, lung;
DROP FUNCTION receive(bytea), error_of(text);

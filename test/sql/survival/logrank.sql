-- logrank_test: the test, its order, its strata, its errors
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
SELECT round(t.statistic::numeric, 10) AS statistic, t.df, round(t.p_value::numeric, 12) AS p_value
FROM (SELECT (logrank_test(days, died = 1, sex::text)).* FROM lung) t
UNION ALL SELECT round(t.statistic::numeric, 10), t.df, round(t.p_value::numeric, 12)
FROM (SELECT (logrank_test(days, died = 1, ecog::text)).* FROM lung) t
UNION ALL SELECT round(t.statistic::numeric, 10), t.df, round(t.p_value::numeric, 12)
FROM (SELECT (logrank_test(days, died = 1, sex::text, ecog::text)).* FROM lung) t;

\echo '-- the same whatever the order and the plan'
CREATE TABLE many AS SELECT l.*, i FROM lung l, generate_series(1, 50) i;
ANALYZE many;
CREATE TABLE straight AS SELECT logrank_test(days, died = 1, sex::text, i::text) AS t FROM many;
SELECT logrank_test(days, died = 1, sex::text, i::text ORDER BY days * i % 17) = (SELECT t FROM straight) AS reordered FROM many;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT logrank_test(days, died = 1, sex::text, i::text) FROM many;
SELECT logrank_test(days, died = 1, sex::text, i::text) = (SELECT t FROM straight) AS parallel FROM many;
COMMIT;

\echo '-- nothing to compare; no rows; NULLs; errors'
SELECT logrank_test(days, died = 1, 'all') FROM lung;
SELECT logrank_test(days, false, sex::text) FROM lung;
SELECT logrank_test(days, died = 1, sex::text) FROM lung WHERE false;
SELECT logrank_test(days, died = 1, NULL) FROM lung;
SELECT e.* FROM (VALUES ($$test(-1, true, 'a')$$), ($$test('NaN', true, 'a', 'b')$$), ($$test(i, true, i::text)$$)) v(call),
    error_of('SELECT logrank_' || call || ' FROM generate_series(1, 501) i') e;
SELECT e.code, e.message FROM error_of('SELECT survival_base_accum(NULL, 1, true, ''a''::text)') e;

DROP TABLE straight, many, lung;
DROP FUNCTION error_of(text);

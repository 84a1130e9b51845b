-- Cox's model and accelerated failure times: as R's survival 3.5-3 prints them, verdicts, traps, predictions, forms, plans
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
-- Numbers of whole rows, separated by commas.
CREATE FUNCTION rows_of(data text) RETURNS SETOF float8[] LANGUAGE sql AS
$$SELECT string_to_array(trim(E' \n' FROM r), ' ')::float8[] FROM unnest(string_to_array(data, ',')) AS r$$;

-- Lung: days, died, age, sex, ECOG (-1: not known). Loprinzi et al. 1994.
CREATE TABLE lung AS
SELECT r[1] AS days, r[2] = 1 AS died, r[3] AS age, r[4] AS sex, nullif(r[5], -1) AS ecog FROM rows_of($$
306 1 74 1 1,455 1 68 1 0,1010 0 56 1 0,210 1 57 1 1,883 1 60 1 0,1022 0 74 1 1,310 1 68 2 2,361 1 71 2 2,
218 1 53 1 1,166 1 61 1 2,170 1 57 1 1,654 1 68 2 2,728 1 68 2 1,71 1 60 1 -1,567 1 57 1 1,144 1 67 1 1,
613 1 70 1 1,707 1 63 1 2,61 1 56 2 2,88 1 57 1 1,301 1 67 1 1,81 1 49 2 0,624 1 50 1 1,371 1 58 1 0,394 1 72 1 0,
520 1 70 2 1,574 1 60 1 0,118 1 70 1 3,390 1 53 1 1,12 1 74 1 2,473 1 69 2 1,26 1 73 1 2,533 1 48 1 2,107 1 60 2 2,
53 1 61 1 2,122 1 62 2 2,814 1 65 1 2,965 0 66 2 1,93 1 74 1 2,731 1 64 2 1,460 1 70 1 1,153 1 73 2 2,433 1 59 2 0,
145 1 60 2 2,583 1 68 1 1,95 1 76 2 2,303 1 74 1 0,519 1 63 1 1,643 1 74 1 0,765 1 50 2 1,735 1 72 2 1,189 1 63 1 0,
53 1 68 1 0,246 1 58 1 0,689 1 59 1 1,65 1 62 1 0,5 1 65 2 0,132 1 57 1 2,687 1 58 2 1,345 1 64 2 1,444 1 75 2 2,
223 1 48 1 1,175 1 73 1 1,60 1 65 2 1,163 1 69 1 1,65 1 68 1 2,208 1 67 2 2,821 0 64 2 0,428 1 68 1 0,230 1 67 1 1,
840 0 63 1 0,305 1 48 2 1,11 1 74 1 2,132 1 40 1 1,226 1 53 2 1,426 1 71 2 1,705 1 51 2 0,363 1 56 2 1,11 1 81 1 0,
176 1 73 1 0,791 1 59 1 0,95 1 55 1 1,196 0 42 1 1,167 1 44 2 1,806 0 44 1 1,284 1 71 1 1,641 1 62 2 1,147 1 61 1 0,
740 0 44 2 1,163 1 72 1 2,655 1 63 1 0,239 1 70 1 1,88 1 66 1 1,245 1 57 2 1,588 0 69 2 0,30 1 72 1 2,179 1 69 1 1,
310 1 71 1 1,477 1 64 1 1,166 1 70 2 0,559 0 58 2 0,450 1 69 2 1,364 1 56 1 1,107 1 63 1 1,177 1 59 1 2,
156 1 66 1 1,529 0 54 2 1,11 1 67 1 1,429 1 55 1 1,351 1 75 2 2,15 1 69 1 0,181 1 44 1 1,283 1 80 1 1,201 1 75 2 0,
524 1 54 2 1,13 1 76 1 2,212 1 49 1 2,524 1 68 1 2,288 1 66 1 2,363 1 80 1 1,442 1 75 1 0,199 1 60 2 2,550 1 69 2 1,
54 1 72 1 2,558 1 70 1 0,207 1 66 1 1,92 1 50 1 1,60 1 64 1 1,551 0 77 2 2,543 0 48 2 0,293 1 59 2 1,202 1 53 1 1,
353 1 47 1 0,511 0 55 2 1,267 1 67 1 0,511 0 74 2 2,371 1 58 2 1,387 1 56 1 2,457 1 54 1 1,337 1 56 1 0,
201 1 73 2 2,404 0 74 1 1,222 1 76 1 2,62 1 65 2 1,458 0 57 1 1,356 0 53 2 1,353 1 71 1 0,163 1 54 1 1,31 1 82 1 0,
340 1 59 2 0,229 1 70 1 1,444 0 60 1 0,315 0 62 2 0,182 1 53 2 1,156 1 55 1 2,329 1 69 1 2,364 0 68 2 1,
291 1 62 1 2,179 1 63 1 1,376 0 56 2 1,384 0 62 2 0,268 1 44 2 1,292 0 69 1 2,142 1 63 1 1,413 0 64 1 1,
266 0 57 2 0,194 1 60 2 1,320 1 46 1 0,181 1 61 1 1,285 1 65 1 0,301 0 61 1 1,348 1 58 2 0,197 1 56 1 1,
382 0 43 2 0,303 0 53 1 1,296 0 59 2 1,180 1 56 1 2,186 1 55 2 1,145 1 53 2 1,269 0 74 2 0,300 0 60 1 0,
284 0 39 1 0,350 1 66 2 0,272 0 65 2 1,292 0 51 2 0,332 0 45 2 0,285 1 72 2 2,259 0 58 1 0,110 1 64 1 1,
286 1 53 1 0,270 1 72 1 1,81 1 52 1 2,131 1 50 1 1,225 0 64 1 1,269 1 71 1 1,225 0 70 1 0,243 0 63 2 1,279 0 64 1 1,
276 0 52 2 0,135 1 60 1 1,79 1 64 2 1,59 1 73 1 1,240 0 63 2 0,202 0 50 2 0,235 0 63 2 0,105 1 62 1 2,224 0 55 2 0,
239 1 50 2 2,237 0 69 1 1,173 0 59 2 1,252 0 60 2 0,221 0 67 1 1,185 0 69 1 1,92 0 64 2 2,13 1 65 1 1,222 0 65 1 1,
192 0 41 2 1,183 1 76 1 2,211 0 70 2 2,175 0 57 2 0,197 0 67 1 1,203 0 71 2 1,116 1 76 1 1,188 0 77 1 1,
191 0 39 1 0,105 0 75 2 2,174 0 66 1 1,177 0 58 2 1$$) AS r;
-- Heart transplants: from, until, died, days of age, surgery before, transplanted. Crowley & Hu 1977.
CREATE TABLE heart AS
SELECT r[1] AS entered, r[2] AS days, r[3] = 1 AS died, r[4] / 365.25 - 48 AS age, r[5] AS surgery, r[6] AS transplant FROM rows_of($$
0 50 1 11266 0 0,0 6 1 18933 0 0,0 1 0 19832 0 0,1 16 1 19832 0 1,0 36 0 14706 0 0,36 39 1 14706 0 1,
0 18 1 7592 0 0,0 3 1 19941 0 0,0 51 0 18580 0 0,51 675 1 18580 0 1,0 40 1 16564 0 0,0 85 1 17226 0 0,
0 12 0 15524 0 0,12 58 1 15524 0 1,0 26 0 17525 0 0,26 153 1 17525 0 1,0 8 1 19429 0 0,0 17 0 19933 0 0,
17 81 1 19933 0 1,0 37 0 19728 0 0,37 1387 1 19728 0 1,0 1 1 19656 1 0,0 28 0 18061 0 0,28 308 1 18061 0 1,
0 36 1 7426 0 0,0 20 0 20764 0 0,20 43 1 20764 0 1,0 37 1 21595 0 0,0 18 0 20191 0 0,18 28 1 20191 0 1,
0 8 0 15831 0 0,8 1032 1 15831 0 1,0 12 0 15627 0 0,12 51 1 15627 0 1,0 3 0 21315 0 0,3 733 1 21315 0 1,
0 83 0 18920 0 0,83 219 1 18920 0 1,0 25 0 12135 0 0,25 1800 0 12135 0 1,0 1401 0 11153 0 0,0 263 1 3209 0 0,
0 71 0 19732 0 0,71 72 1 19732 0 1,0 35 1 18421 0 0,0 16 0 16404 0 0,16 852 1 16404 0 1,0 16 1 20047 0 0,
0 17 0 23525 0 0,17 77 1 23525 0 1,0 51 0 17862 0 0,51 1587 0 17862 0 1,0 23 0 14812 0 0,23 1572 0 14812 0 1,
0 12 1 15876 0 0,0 46 0 17870 0 0,46 100 1 17870 0 1,0 19 0 22463 0 0,19 66 1 22463 0 1,0 4.5 0 15147 0 0,
4.5 5 1 15147 0 1,0 2 0 18452 0 0,2 53 1 18452 0 1,0 41 0 17708 1 0,41 1408 0 17708 1 1,0 58 0 16547 1 0,
58 1322 0 16547 1 1,0 3 1 13310 0 0,0 2 1 15849 1 0,0 40 1 15552 1 0,0 1 0 13216 0 0,1 45 1 13216 0 1,
0 2 0 17755 1 0,2 996 1 17755 1 1,0 21 0 17203 0 0,21 72 1 17203 0 1,0 9 1 20467 0 0,0 36 0 13388 1 0,
36 1142 0 13388 1 1,0 83 0 16760 1 0,83 980 1 16760 1 1,0 32 0 17800 0 0,32 285 1 17800 0 1,0 102 1 15066 0 0,
0 41 0 17292 0 0,41 188 1 17292 0 1,0 3 1 17456 0 0,0 10 0 19159 0 0,10 61 1 19159 0 1,0 67 0 14151 0 0,
67 942 0 14151 0 1,0 149 1 15072 0 0,0 21 0 17538 1 0,21 343 1 17538 1 1,0 78 0 15115 1 0,78 916 0 15115 1 1,
0 3 0 17917 0 0,3 68 1 17917 0 1,0 2 1 19199 0 0,0 69 1 14374 0 0,0 27 0 11929 0 0,27 842 0 11929 0 1,
0 33 0 17830 1 0,33 584 1 17830 1 1,0 12 0 18735 0 0,12 78 1 18735 0 1,0 32 1 19436 0 0,0 57 0 7141 0 0,
57 285 1 7141 0 1,0 3 0 16524 0 0,3 68 1 16524 0 1,0 10 0 17528 0 0,10 670 0 17528 0 1,0 5 0 19359 0 0,
5 30 1 19359 0 1,0 31 0 17316 0 0,31 620 0 17316 0 1,0 4 0 9762 0 0,4 596 0 9762 0 1,0 27 0 20575 0 0,
27 90 1 20575 0 1,0 5 0 10653 0 0,5 17 1 10653 0 1,0 2 1 19059 0 0,0 46 0 19024 1 0,46 545 0 19024 1 1,
0 21 1 15016 0 0,0 210 0 17789 0 0,210 515 0 17789 0 1,0 67 0 19644 0 0,67 96 1 19644 0 1,0 26 0 16964 1 0,
26 482 0 16964 1 1,0 6 0 19319 0 0,6 445 0 19319 0 1,0 428 0 10666 0 0,0 32 0 19471 0 0,32 80 1 19471 0 1,
0 37 0 15603 0 0,37 334 1 15603 0 1,0 5 1 17525 0 0,0 8 0 17868 0 0,8 397 0 17868 0 1,0 60 0 16894 0 0,
60 110 1 16894 0 1,0 31 0 19856 0 0,31 370 0 19856 0 1,0 139 0 18645 0 0,139 207 1 18645 0 1,0 160 0 19005 1 0,
160 186 1 19005 1 1,0 340 1 17384 0 0,0 310 0 16430 0 0,310 340 0 16430 0 1,0 28 0 17441 0 0,28 265 0 17441 0 1,
0 4 0 16013 1 0,4 165 1 16013 1 1,0 2 0 14713 0 0,2 16 1 14713 0 1,0 13 0 9734 0 0,13 180 0 9734 0 1,
0 21 0 8626 0 0,21 131 0 8626 0 1,0 96 0 10457 0 0,96 109 0 10457 0 1,0 21 1 18202 0 0,0 38 0 12806 1 0,
38 39 0 12806 1 1,0 31 0 18086 0 0,0 11 0 14753 0 0,0 6 1 14360 0 0$$) AS r;
-- Recurrences of bladder cancer: patient, treatment, number and size of tumours, from, until, recurred. Wei, Lin & Weissfeld 1989.
CREATE TABLE bladder AS
SELECT r[1]::int AS patient, r[2] AS rx, r[3] AS number, r[4] AS size, r[5] AS entered, r[6] AS months, r[7] = 1 AS recurred FROM rows_of($$
1 1 1 3 0 1 0,2 1 2 1 0 4 0,3 1 1 1 0 7 0,4 1 5 1 0 10 0,5 1 4 1 0 6 1,5 1 4 1 6 10 0,6 1 1 1 0 14 0,7 1 1 1 0 18 0,
8 1 1 3 0 5 1,8 1 1 3 5 18 0,9 1 1 1 0 12 1,9 1 1 1 12 16 1,9 1 1 1 16 18 0,10 1 3 3 0 23 0,11 1 1 3 0 10 1,
11 1 1 3 10 15 1,11 1 1 3 15 23 0,12 1 1 1 0 3 1,12 1 1 1 3 16 1,12 1 1 1 16 23 1,13 1 3 1 0 3 1,13 1 3 1 3 9 1,
13 1 3 1 9 21 1,13 1 3 1 21 23 0,14 1 2 3 0 7 1,14 1 2 3 7 10 1,14 1 2 3 10 16 1,14 1 2 3 16 24 1,15 1 1 1 0 3 1,
15 1 1 1 3 15 1,15 1 1 1 15 25 1,16 1 1 2 0 26 0,17 1 8 1 0 1 1,17 1 8 1 1 26 0,18 1 1 4 0 2 1,18 1 1 4 2 26 1,
19 1 1 2 0 25 1,19 1 1 2 25 28 0,20 1 1 4 0 29 0,21 1 1 2 0 29 0,22 1 4 1 0 29 0,23 1 1 6 0 28 1,23 1 1 6 28 30 1,
24 1 1 5 0 2 1,24 1 1 5 2 17 1,24 1 1 5 17 22 1,24 1 1 5 22 30 0,25 1 2 1 0 3 1,25 1 2 1 3 6 1,25 1 2 1 6 8 1,
25 1 2 1 8 12 1,26 1 1 3 0 12 1,26 1 1 3 12 15 1,26 1 1 3 15 24 1,26 1 1 3 24 31 0,27 1 1 2 0 32 0,28 1 2 1 0 34 0,
29 1 2 1 0 36 0,30 1 3 1 0 29 1,30 1 3 1 29 36 0,31 1 1 2 0 37 0,32 1 4 1 0 9 1,32 1 4 1 9 17 1,32 1 4 1 17 22 1,
32 1 4 1 22 24 1,33 1 5 1 0 16 1,33 1 5 1 16 19 1,33 1 5 1 19 23 1,33 1 5 1 23 29 1,34 1 1 2 0 41 0,35 1 1 1 0 3 1,
35 1 1 1 3 43 0,36 1 2 6 0 6 1,36 1 2 6 6 43 0,37 1 2 1 0 3 1,37 1 2 1 3 6 1,37 1 2 1 6 9 1,37 1 2 1 9 44 0,
38 1 1 1 0 9 1,38 1 1 1 9 11 1,38 1 1 1 11 20 1,38 1 1 1 20 26 1,39 1 1 1 0 18 1,39 1 1 1 18 48 0,40 1 1 3 0 49 0,
41 1 3 1 0 35 1,41 1 3 1 35 51 0,42 1 1 7 0 17 1,42 1 1 7 17 53 0,43 1 3 1 0 3 1,43 1 3 1 3 15 1,43 1 3 1 15 46 1,
43 1 3 1 46 51 1,44 1 1 1 0 59 0,45 1 3 2 0 2 1,45 1 3 2 2 15 1,45 1 3 2 15 24 1,45 1 3 2 24 30 1,46 1 1 3 0 5 1,
46 1 1 3 5 14 1,46 1 1 3 14 19 1,46 1 1 3 19 27 1,47 1 2 3 0 2 1,47 1 2 3 2 8 1,47 1 2 3 8 12 1,47 1 2 3 12 13 1,
48 2 1 3 0 1 0,49 2 1 1 0 1 0,50 2 8 1 0 5 1,51 2 1 2 0 9 0,52 2 1 1 0 10 0,53 2 1 1 0 13 0,54 2 2 6 0 3 1,
54 2 2 6 3 14 0,55 2 5 3 0 1 1,55 2 5 3 1 3 1,55 2 5 3 3 5 1,55 2 5 3 5 7 1,56 2 5 1 0 18 0,57 2 1 3 0 17 1,
57 2 1 3 17 18 0,58 2 5 1 0 2 1,58 2 5 1 2 19 0,59 2 1 1 0 17 1,59 2 1 1 17 19 1,59 2 1 1 19 21 0,60 2 1 1 0 22 0,
61 2 1 3 0 25 0,62 2 1 5 0 25 0,63 2 1 1 0 25 0,64 2 1 1 0 6 1,64 2 1 1 6 12 1,64 2 1 1 12 13 1,64 2 1 1 13 26 0,
65 2 1 1 0 6 1,65 2 1 1 6 27 0,66 2 2 1 0 2 1,66 2 2 1 2 29 0,67 2 8 3 0 26 1,67 2 8 3 26 35 1,67 2 8 3 35 36 0,
68 2 1 1 0 38 0,69 2 1 1 0 22 1,69 2 1 1 22 23 1,69 2 1 1 23 27 1,69 2 1 1 27 32 1,70 2 6 1 0 4 1,70 2 6 1 4 16 1,
70 2 6 1 16 23 1,70 2 6 1 23 27 1,71 2 3 1 0 24 1,71 2 3 1 24 26 1,71 2 3 1 26 29 1,71 2 3 1 29 40 1,
72 2 3 2 0 41 0,73 2 1 1 0 41 0,74 2 1 1 0 1 1,74 2 1 1 1 27 1,74 2 1 1 27 43 0,75 2 1 1 0 44 0,76 2 6 1 0 2 1,
76 2 6 1 2 20 1,76 2 6 1 20 23 1,76 2 6 1 23 27 1,77 2 1 2 0 45 0,78 2 1 4 0 2 1,78 2 1 4 2 46 0,79 2 1 4 0 46 0,
80 2 3 3 0 49 0,81 2 1 1 0 50 0,82 2 4 1 0 4 1,82 2 4 1 4 24 1,82 2 4 1 24 47 1,82 2 4 1 47 50 0,83 2 3 4 0 54 0,
84 2 2 1 0 38 1,84 2 2 1 38 54 0,85 2 1 3 0 59 0$$) AS r;
CREATE TABLE known AS
SELECT l.*, features(x) AS x FROM lung AS l, LATERAL (SELECT age, sex, ecog) AS x WHERE l.ecog IS NOT NULL;
ANALYZE known;

CREATE TABLE models AS
SELECT cox_fit(days, died, x) AS cox, cox_fit(survival_feature_base(days, died, x), 'breslow') AS breslow,
       aft_fit(days, died, x) AS weibull, aft_fit(days, died, x, 'exponential') AS exponential,
       aft_fit(days, died, x, 'lognormal') AS lognormal, aft_fit(days, died, x, 'loglogistic') AS loglogistic
FROM known;

\echo '-- lung, as published'
SELECT k.key AS model, model_status(m) AS status, p.name, round(p.estimate::numeric, 10) AS estimate, round(p.std_error::numeric, 10) AS std_error
FROM models, jsonb_each_text(to_jsonb(models)) AS k, LATERAL (SELECT k.value::cltv_model AS m) AS s, model_params(m) WITH ORDINALITY AS p
ORDER BY array_position('{cox,breslow,weibull,exponential,lognormal,loglogistic}'::text[], k.key), p.ordinality;
SELECT k.key AS model, round(log_likelihood(m)::numeric, 7) AS log_likelihood, round((m::jsonb #>> '{baseline,null_log_likelihood}')::numeric, 7) AS null,
       round((t).statistic::numeric, 6) AS lr, (t).df, (t).p_value < 0.001 AS clear, round(aic(m)::numeric, 6) AS aic, round(bic(m)::numeric, 6) AS bic, m::jsonb ->> 'customers' AS n, m::jsonb #>> '{baseline,events}' AS events
FROM models, jsonb_each_text(to_jsonb(models)) AS k, LATERAL (SELECT k.value::cltv_model AS m, lr_test(k.value::cltv_model) AS t) AS s
ORDER BY array_position('{cox,breslow,weibull,exponential,lognormal,loglogistic}'::text[], k.key);
SELECT time, round(cumulative_hazard::numeric, 9) AS cumulative_hazard, abs(survival - exp(-cumulative_hazard)) < 1e-15 AS survival
FROM models, survival_table(cox, features('{age,sex,ecog}', '{0,0,0}')) WHERE time IN (5, 363, 883);
SELECT round(concordance(days, died, hazard_ratio(cox, x))::numeric, 9) AS concordance FROM models, known;
SELECT t.name, round(t.statistic::numeric, 6) AS statistic, t.df, round(t.p_value::numeric, 6) AS p_value
FROM (SELECT survival_feature_base(days, died, x) AS base FROM known) AS s, proportional_hazards_test(base) AS t;
SELECT f.transform, t.name, round(t.statistic::numeric, 4) AS statistic
FROM (SELECT survival_feature_base(days, died, x) AS base FROM known) AS s, (VALUES ('identity'), ('rank'), ('log')) AS f(transform),
    proportional_hazards_test(base, f.transform, 'breslow') AS t;

\echo '-- late entries, clusters, strata, weights'
SELECT p.name, round(p.estimate::numeric, 11) AS estimate, round(log_likelihood(m)::numeric, 7) AS log_likelihood,
       round((m::jsonb #>> '{baseline,null_log_likelihood}')::numeric, 7) AS null
FROM (SELECT cox_fit(days, died, features(x), 1, entered) AS m
      FROM heart, LATERAL (SELECT age, surgery, transplant, age * transplant AS age_transplant, surgery * transplant AS surgery_transplant) AS x) AS s,
    model_params(m) AS p;
CREATE TABLE recurrences AS SELECT *, features('{rx,number,size}', ARRAY[rx, number, size]) AS x FROM bladder;
SELECT robust, p.name, round(p.estimate::numeric, 5) AS estimate, round(p.std_error::numeric, 5) AS std_error, m::jsonb -> 'robust' AS flag,
       round((lr_test(m)).statistic::numeric, 2) AS lr
FROM (SELECT survival_feature_base(months, recurred, x, '', 1, entered, patient::text) AS base FROM recurrences WHERE entered < months) AS s,
    (VALUES (false), (true)) AS f(robust), LATERAL (SELECT cox_fit(base, ties => 'breslow', robust => robust) AS m) AS c, model_params(m) AS p;
SELECT p.name, round(p.estimate::numeric, 10) AS estimate, round(log_likelihood(m)::numeric, 7) AS log_likelihood
FROM (SELECT cox_fit(days, died, features('{age,sex}', ARRAY[age, sex]), ecog::text) AS m FROM known) AS s, model_params(m) AS p;
SELECT s.strata, survival_prob(m, x, 100, s.strata) > survival_prob(m, x, 200, s.strata) AS falls, survival_prob(m, x, 100, s.strata) IS NULL AS unknown,
       survival_quantile(m, x, 0.5, s.strata) AS median, (SELECT count(*) FROM survival_table(m, x, s.strata)) AS steps
FROM (SELECT cox_fit(days, died, features('{age,sex}', ARRAY[age, sex]), ecog::text) AS m, features('{age,sex}', '{60,1}') AS x FROM known) AS f,
    (VALUES ('0'), ('2'), ('never seen')) AS s(strata) ORDER BY 1;
SELECT cox_fit(days, died, x, 2)::jsonb -> 'customers' AS customers,
       (SELECT p.estimate FROM model_params(cox_fit(days, died, x, 1.0::float8)) AS p LIMIT 1) = (SELECT p.estimate FROM models, model_params(cox) AS p LIMIT 1) AS one,
       log_likelihood(aft_fit(days, died, x, 'weibull', 3)) / log_likelihood((SELECT weibull FROM models)) - 3 < 1e-12 AS thrice,
       round(log_likelihood(aft_fit(days, died, x, 'weibull', 1, days / 2))::numeric, 6) AS entered
FROM known;

\echo '-- predictions'
SELECT round(survival_prob(cox, x, 200)::numeric, 9) AS cox, round(survival_prob(weibull, x, 200)::numeric, 9) AS weibull,
       round(survival_quantile(cox, x, 0.5)::numeric, 6) AS cox_median, round(survival_quantile(weibull, x, 0.5)::numeric, 6) AS weibull_median,
       round(expected_lifetime(cox, x, 365)::numeric, 6) AS cox_year, round(expected_lifetime(weibull, x, 365)::numeric, 6) AS weibull_year,
       round(expected_lifetime(weibull, x, 'infinity')::numeric, 6) AS weibull_mean,
       round(churn_prob(cox, x, 100, 100)::numeric, 9) AS cox_churn, round(churn_prob(weibull, x, 100, 100)::numeric, 9) AS weibull_churn,
       round(hazard_ratio(cox, x)::numeric, 6) AS hazard_ratio
FROM models, features('{age,sex,ecog}', '{60,2,1}') AS x;
-- What hangs together: conditional churn, the mean as the area under the curve, quantiles.
SELECT k.key AS model,
       bool_and(abs(churn_prob(m, x, t, h) - (1 - survival_prob(m, x, t + h) / survival_prob(m, x, t))) < 1e-13) AS churn,
       bool_and(abs(survival_prob(m, x, survival_quantile(m, x, 0.3)) - 0.7) < CASE WHEN k.key IN ('cox', 'breslow') THEN 0.05 ELSE 1e-13 END) AS quantile,
       max(abs(expected_lifetime(m, x, 300) / (SELECT sum(survival_prob(m, x, (i + 0.5) / 16)) / 16 FROM generate_series(0, 4799) AS i) - 1)) < 1e-5 AS mean
FROM models, jsonb_each_text(to_jsonb(models)) AS k, LATERAL (SELECT k.value::cltv_model AS m) AS s,
    features('{age,sex,ecog}', '{70,1,2}') AS x, (VALUES (0, 30), (100, 250), (250, 0)) AS v(t, h)
GROUP BY k.key ORDER BY 1;
SELECT survival_prob(cox, x, 1022) > 0 AS last, survival_prob(cox, x, 1023) AS beyond, survival_prob(cox, x, 0) AS begin, survival_prob(cox, x, 'infinity') AS never,
       churn_prob(cox, x, 1000, 30) AS churn_beyond, expected_lifetime(cox, x, 1023) AS mean_beyond, survival_quantile(cox, x, 0.999) AS quantile_beyond,
       survival_prob(weibull, x, 'infinity') AS weibull, churn_prob(weibull, x, 10, 'infinity') AS churn, expected_lifetime(weibull, x, 0) AS nothing,
       expected_lifetime(cox, x, 0) AS no_days
FROM models, features('{age,sex,ecog}', '{60,2,1}') AS x;
SELECT survival_prob(cox, features('{age,sex,ecog}', '{60,NULL,1}'), 10) AS unknown_number, survival_prob(cox, NULL, 10) AS no_features,
       survival_prob(cox, features('{more,age,sex,ecog}', '{1,60,2,1}'), 100) = survival_prob(cox, features('{age,sex,ecog}', '{60,2,1}'), 100) AS more_names
FROM models;
SELECT expected_lifetime(loglogistic, x, 'infinity') / expected_lifetime(loglogistic, x, 1e9) - 1 < 1e-3 AS tail FROM models, features('{age,sex,ecog}', '{60,2,1}') AS x;

\echo '-- categories, statuses'
CREATE TABLE customers AS
SELECT i AS customer_id, 1 + i * 37 % 91 AS days, i % 3 = 0 AS gone, i % 7 AS orders, CASE i % 5 WHEN 0 THEN 'mail' WHEN 1 THEN 'shop' ELSE 'web' END AS channel
FROM generate_series(1, 400) AS i;
SELECT p.name, round(p.estimate::numeric, 6) AS estimate, round(exp(p.estimate)::numeric, 6) AS ratio, round(p.z::numeric, 4) AS z, round(p.p_value::numeric, 4) AS p_value
FROM (SELECT cox_fit(days, gone, features(x)) AS m FROM customers, LATERAL (SELECT orders, channel) AS x) AS s, model_params(m) AS p;
SELECT t.name, t.df, t.p_value BETWEEN 0 AND 1 AS p FROM (SELECT survival_feature_base(days, gone, features(x)) AS base FROM customers, LATERAL (SELECT orders, channel) AS x) AS s,
    proportional_hazards_test(base) AS t;
SELECT survival_prob(m, features('{"channel": "mars", "orders": 3}'::jsonb), 30) = survival_prob(m, features('{"channel": "web", "orders": 3}'::jsonb), 30) AS unseen_level
FROM (SELECT cox_fit(days, gone, features(x)) AS m FROM customers, LATERAL (SELECT orders, channel) AS x) AS s;
-- The models of customers whose attributes are these expressions.
CREATE FUNCTION statuses(what text, a text, b text, OUT cox cltv_model, OUT aft cltv_model) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT cox_fit(days, gone, x), aft_fit(days, gone, x) FROM (SELECT 1 + i * 37 %% 91 AS days, gone, features(''{a,b}'', ARRAY[%s, %s]) AS x '
                   'FROM generate_series(1, CASE %L WHEN ''nine'' THEN 9 WHEN ''one'' THEN 1 ELSE 400 END) AS i, LATERAL (SELECT i %% 3 = 0 AND %L <> ''nobody left'' AS gone) AS g) AS s',
                   a, b, what, what) INTO cox, aft;
END $$;
SET client_min_messages = error;
SELECT v.what, model_status(cox) AS cox, model_status(aft) AS aft, cox::text::cltv_model::text = cox::text AS reads_back,
       survival_prob(cox, features('{a,b}', '{1,1}'), 1) AS s, churn_prob(aft, features('{a,b}', '{1,1}'), 1, 1) AS churn, (lr_test(cox)).statistic AS lr
FROM (VALUES ('constant', 'i % 7', '7'), ('collinear', 'i % 7', '2 * (i % 7) + 1'), ('separated', 'i % 7', 'CASE WHEN gone THEN 1 ELSE i % 2 END'),
             ('nobody left', 'i % 7', 'i % 5'), ('nine', 'i % 7', 'i % 5'), ('one', 'i % 7', 'i % 5')) AS v(what, a, b),
    LATERAL (SELECT * FROM statuses(v.what, v.a, v.b)) AS s;
RESET client_min_messages;
SELECT survival_prob(cox_fit(1 + i, true, features('{a}', ARRAY[i::float8])), features('{a}', '{1}'), 1) AS warned FROM generate_series(1, 50) AS i;
SELECT name FROM (SELECT survival_feature_base(1 + i, true, features('{a}', ARRAY[i::float8])) AS base FROM generate_series(1, 50) AS i) AS s,
    proportional_hazards_test(base);
SELECT cox_fit(days, gone, NULL::features) AS nulls, aft_fit(NULL::float8, gone, features('{a}', '{1}')) AS null_time FROM customers;

\echo '-- time 0, order, plans'
SELECT model_status(m) AS status, round(p.estimate::numeric, 8) AS estimate, survival_prob(m, features('{o}', '{0}'), 0) < 1 AS at_once
FROM (SELECT cox_fit(days - 1, gone, features('{o}', ARRAY[orders])) AS m FROM customers) AS s, model_params(m) AS p;
SELECT cox_fit(days, died, x ORDER BY sin(days + age))::text = (SELECT cox FROM models)::text AS cox_reordered,
       aft_fit(days, died, x ORDER BY cos(days + age))::text = (SELECT weibull FROM models)::text AS aft_reordered,
       (SELECT cox_fit(rollup(base)) FROM (SELECT survival_feature_base(days, died, x) AS base FROM known GROUP BY ecog) AS g)::text
           = (SELECT cox FROM models)::text AS merged
FROM known;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT cox_fit(days, died, x, ecog::text) FROM known;
SELECT cox_fit(days, died, x)::text = (SELECT cox FROM models)::text AS parallel FROM known;
COMMIT;

\echo '-- forms: text, jsonb, binary'
SELECT k.key AS model, m::text::cltv_model::text = m::text AS text, m::jsonb::text::cltv_model::text = m::text AS jsonb, m::jsonb ->> 'kind' AS kind,
       round((m::jsonb #>> '{params,intercept}')::numeric, 9) AS intercept, round((m::jsonb #>> '{params,scale}')::numeric, 9) AS scale, jsonb_array_length(m::jsonb #> '{baseline,strata}') AS strata
FROM models, jsonb_each_text(to_jsonb(models)) AS k, LATERAL (SELECT k.value::cltv_model AS m) AS s ORDER BY 1;
SELECT base::text::feature_base::text = base::text AS text, cox_fit(base::text::feature_base)::text = cox_fit(base)::text AS fits
FROM (SELECT survival_feature_base(days, died, features('{age,sex}', ARRAY[age, sex]), ecog::text, 1, days / 2, sex::text) AS base FROM known) AS s;
CREATE TABLE small AS SELECT '{"kind":"cox","params":{},"design":[{"name":"a","coefficients":[0.5]}],"baseline":{"null_log_likelihood":-9,"events":12,"centre":0.25,"strata":[{"name":null,"last":9,"steps":[[1,0.1],[4,0.3]]}]},"log_likelihood":-8,"customers":20,"iterations":4,"status":"converged","covariance":[[0.04]]}'::text AS model;
SELECT model::cltv_model::text = model AS same, round(survival_prob(model::cltv_model, features('{a}', '{1}'), 5)::numeric, 9) AS s,
       round(exp(-0.3 * exp(0.25))::numeric, 9) AS by_hand FROM small;
SELECT v.change, e.code, e.detail FROM small, (VALUES
    ('{"baseline":{"centre":0.25,"strata":[]}}'), ('{"baseline":{"null_log_likelihood":-9,"events":12,"centre":0.25,"strata":[]}}'),
    ('{"baseline":{"null_log_likelihood":-9,"events":12,"centre":0.25,"strata":[{"name":null,"last":9,"steps":[[4,0.1],[1,0.3]]}]}}'),
    ('{"baseline":{"null_log_likelihood":-9,"events":12,"centre":0.25,"strata":[{"name":null,"last":9,"steps":[[1,0.3],[4,0.1]]}]}}'),
    ('{"baseline":{"null_log_likelihood":-9,"events":12,"centre":0.25,"strata":[{"name":null,"last":3,"steps":[[1,0.1],[4,0.3]]}]}}'),
    ('{"baseline":{"null_log_likelihood":-9,"events":12,"centre":0.25,"strata":[{"name":"b","last":9,"steps":[]},{"name":"a","last":9,"steps":[]}]}}'),
    ('{"baseline":{"null_log_likelihood":-9,"events":12,"centre":0.25,"strata":[{"name":"b","last":9,"step":[]}]}}'),
    ('{"baseline":{"null_log_likelihood":-9,"events":21,"centre":0.25,"strata":[{"name":null,"last":9,"steps":[[1,0.1]]}]}}'),
    ('{"baseline":{"null_log_likelihood":-9,"events":0,"centre":0.25,"strata":[{"name":null,"last":9,"steps":[[1,0.1]]}]}}'),
    ('{"baseline":{"null_log_likelihood":-9,"events":12,"centre":1e999,"strata":[]}}'), ('{"kind":"aft_weibull"}'), ('{"status":"no events"}'), ('{"robust":false}'),
    ('{"design":[{"name":"a","role":"label","coefficients":[0.5]}]}'), ('{"customers":0}'), ('{"params":{"scale":1}}')
) AS v(change), error_of(format('SELECT %L::cltv_model', model::jsonb || v.change::jsonb)) AS e;
SELECT e.code, e.detail FROM small, error_of(format('SELECT %L::cltv_model', model::jsonb - 'baseline')) AS e;
SELECT v.value, e.code, e.message, e.detail FROM (VALUES
    ('{"customers":1,"targets":"survival","columns":[{"name":"a","kind":"number"}],"attributes":[[1]],"rows":[[0,5,1,0,1]]}'),
    ('{"customers":1,"targets":"survival","columns":[{"name":"a","kind":"number"}],"attributes":[[1]],"rows":[[0,5,2,0,1]]}'),
    ('{"customers":1,"targets":"survival","columns":[{"name":"a","kind":"number"}],"attributes":[[1]],"rows":[[0,5,1,5,1]]}'),
    ('{"customers":1,"targets":"survival","columns":[{"name":"a","kind":"number"}],"attributes":[[1]],"rows":[[0,-5,1,0,1]]}')
) AS v(value), error_of(format('SELECT %L::feature_base', v.value)) AS e;

\echo '-- errors'
SELECT v.call, e.* FROM (VALUES
    ($$cox_fit(-1, true, features('{a}', '{1}'))$$), ($$cox_fit('NaN', true, features('{a}', '{1}'))$$),
    ($$cox_fit(1, true, features('{a}', '{1}'), -1)$$), ($$cox_fit(1, true, features('{a}', '{1}'), 1, 1)$$),
    ($$cox_fit(1, true, features('{a}', '{1}'), 1, 'infinity')$$), ($$cox_fit(1, true, features('{a}', '{NULL}'))$$),
    ($$aft_fit(0, true, features('{a}', '{1}'))$$), ($$aft_fit(1, true, features('{a}', '{1}'), 'gamma')$$),
    ($$aft_fit(1 + i, true, features('{a}', '{1}'), CASE i WHEN 1 THEN 'weibull' ELSE 'lognormal' END) FROM generate_series(1, 2) AS i$$),
    ($$cox_fit(survival_feature_base(1, true, features('{a}', '{1}')), 'exact')$$),
    ($$aft_fit(survival_feature_base(1, true, features('{a}', '{1}')), 'gamma')$$),
    ($$cox_fit(feature_base(1, true, features('{a}', '{1}')))$$), ($$sbg_fit(survival_feature_base(1, true, features('{a}', '{1}')))$$),
    ($$cox_fit('{"customers":1,"targets":"survival","columns":[{"role":"label","name":"strata","kind":"category","levels":["a"]}],"attributes":[[0]],"rows":[[0,5,1,0,1]]}'::feature_base)$$),
    ($$cox_fit('{"customers":1,"targets":"survival","columns":[{"role":"churn","name":"a","kind":"number"}],"attributes":[[0]],"rows":[[0,5,1,0,1]]}'::feature_base)$$),
    ($$survival_prob(cox, features('{age,sex}', '{1,1}'), 1) FROM models$$), ($$survival_prob(cox, features('{"age":1,"sex":"f","ecog":1}'::jsonb), 1) FROM models$$),
    ($$survival_prob(cox, features('{age,sex,ecog}', '{1,1,1}'), -1) FROM models$$), ($$survival_prob(cox, features('{age,sex,ecog}', '{1,1,1}'), 1, 'a') FROM models$$),
    ($$survival_prob(weibull, features('{age,sex,ecog}', '{1,1,1}'), 1, 'a') FROM models$$), ($$survival_quantile(cox, features('{age,sex,ecog}', '{1,1,1}'), 1) FROM models$$),
    ($$churn_prob(cox, features('{age,sex,ecog}', '{1,1,1}'), 'infinity', 1) FROM models$$), ($$hazard_ratio(weibull, features('{age,sex,ecog}', '{1,1,1}')) FROM models$$),
    ($$survival_table(weibull, features('{age,sex,ecog}', '{1,1,1}')) FROM models$$), ($$churn_prob(cox, 1) FROM models$$), ($$prob_alive(cox, 1, 1, 1) FROM models$$),
    ($$survival_prob(sbg_model(1, 1), features('{a}', '{1}'), 1)$$), ($$lr_test(sbg_model(1, 1))$$),
    ($$survival_prob(cox_fit(days, died, features('{age,sex}', ARRAY[age, sex]), ecog::text), features('{age,sex}', '{1,1}'), 1) FROM known$$),
    ($$proportional_hazards_test(survival_feature_base(0, true, features('{a}', '{1}')), 'log')$$),
    ($$proportional_hazards_test(survival_feature_base(0, true, features('{a}', '{1}')), 'cubic')$$)
) AS v(call), error_of('SELECT ' || call) AS e;
SELECT e.code, e.message FROM error_of($$SELECT survival_feature_base_accum(NULL, 1, true, features('{a}', '{1}'))$$) AS e;

DROP TABLE lung, heart, bladder, known, models, recurrences, customers, small;
DROP FUNCTION error_of(text);
DROP FUNCTION rows_of(text);
DROP FUNCTION statuses(text, text, text);

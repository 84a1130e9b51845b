-- auc, gini, lift, classification_metrics, regression_metrics: published numbers, ties, NULL, errors, parallel plans
\set ECHO none
\pset format unaligned

\echo '-- runs a statement and shows the error that it raises'
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

\echo '-- Hanley & McNeil 1982, table I: 109 images rated 1 to 5, heavily tied. Table II has W = 0.893.'
CREATE TABLE images AS
SELECT abnormal, rating
FROM (VALUES (false, 1, 33), (false, 2, 6), (false, 3, 6), (false, 4, 11), (false, 5, 2),
             (true, 1, 3), (true, 2, 2), (true, 3, 2), (true, 4, 11), (true, 5, 33)) r(abnormal, rating, n),
     generate_series(1, n);
SELECT round(auc(abnormal, rating)::numeric, 3) AS w, auc(abnormal, rating) * 2 * 51 * 58 AS twice_wins,
       round(gini(abnormal::int, rating)::numeric, 12) = round((2 * auc(abnormal, rating) - 1)::numeric, 12) AS gini_is_2w_1
FROM images;

\echo '-- Fawcett 2006, figure 3: twenty scores; the most accurate threshold is 0.54 with 70 %.'
CREATE TABLE fawcett AS
SELECT i AS id, label = 'p' AS label, score FROM unnest(
    '{p,p,n,p,p,p,n,n,p,n,p,n,p,n,n,n,p,n,p,n}'::text[],
    '{.9,.8,.7,.6,.55,.54,.53,.52,.51,.505,.4,.39,.38,.37,.36,.35,.34,.33,.3,.1}'::float8[])
    WITH ORDINALITY AS f(label, score, i);
SELECT auc(label, score) FROM fawcett;
SELECT m.* FROM (SELECT classification_metrics(label, score, 0.54) AS c FROM fawcett) f, LATERAL (SELECT (f.c).*) m;
SELECT threshold, (classification_metrics(label, score, threshold)).*
FROM fawcett, unnest('{0,0.5,0.95}'::float8[]) AS threshold GROUP BY threshold ORDER BY threshold;
SELECT classification_metrics(label, score) = classification_metrics(label, score, 0.5) AS default_threshold FROM fawcett;
\echo '-- a threshold of each row''s own'
SELECT (classification_metrics(label, score, CASE WHEN id <= 6 THEN 0.75 ELSE 0.35 END)).* FROM fawcett;

\echo '-- 500 rows with ties, against scikit-learn 1.2.1 (auc, classification, mae, rmse, mape) and numpy'
CREATE TABLE tied AS
SELECT i AS id, i * 7919 % 101 < 37 AS label, (i * 104729 % 97) / 97.0::float8 AS score,
       (i * 7919 % 23) * (i % 5) / 4.0::float8 AS actual, (i * 104729 % 97) / 8.0::float8 - 1 AS predicted
FROM generate_series(1, 500) AS i;
SELECT abs(auc(label, score) - 0.5089121028770406) < 1e-12 AS auc,
       abs(gini(actual, predicted) - 0.011663247074756194) < 1e-12 AS gini,
       abs(lift(actual, predicted) - 0.9868064341225374) < 1e-12 AS lift,
       abs(lift(actual, predicted, 0.07) - 1.0611654746843613) < 1e-12 AS lift_7,
       abs(lift(actual, predicted, 0.5) - 1.0127236580516898) < 1e-12 AS lift_50,
       lift(actual, predicted, 1) AS lift_all
FROM tied;
SELECT n, abs(mae - 5.20725) < 1e-12 AS mae, abs(rmse - 6.62621922743279) < 1e-12 AS rmse, abs(bias - -0.55175) < 1e-12 AS bias,
       abs(mape - 1.4603921388334558) < 1e-12 AS mape, abs(correlation - 0.010900842441557005) < 1e-12 AS correlation
FROM (SELECT (regression_metrics(actual, predicted)).* FROM tied) m;
SELECT abs(c.accuracy - 0.442) < 1e-12 AS accuracy, abs(c.precision - 0.37027027027027026) < 1e-12 AS precision,
       abs(c.recall - 0.7486338797814208) < 1e-12 AS recall, abs(c.f1 - 0.49547920433996384) < 1e-12 AS f1,
       true_positives, false_positives, true_negatives, false_negatives
FROM (SELECT (classification_metrics(label, score, 0.25)).* FROM tied) c;

\echo '-- by hand: 8 customers, the two tied at 3 share the border of the top quarter, so that half of their 30 counts:'
\echo '-- (40 + 15) / 2 a customer, over a mean of 100 / 8'
CREATE TABLE by_hand (actual float8, predicted float8);
INSERT INTO by_hand VALUES (40, 9), (10, 3), (20, 3), (5, 2), (0, 2), (0, 1), (15, 1), (10, 1);
SELECT lift(actual, predicted, 0.25), lift(actual, predicted, 0.125) AS first, lift(actual, predicted, 0.01) AS of_first,
       lift(actual, predicted, 1) AS of_all, lift(actual, -predicted, 0.375) AS last_three, lift(actual, actual, 0.25) AS best
FROM by_hand;
\echo '-- the sum of actual x (2 midrank - 9) with midranks 8, 6.5, 6.5, 4.5, 4.5, 2, 2, 2 over the best: (280+120+0-125) / (280+100+45+10-10-15)'
SELECT gini(actual, predicted), 275 / 410.0 AS by_hand, gini(actual, actual) AS perfect, gini(actual, -actual) AS worst,
       gini(actual, 7) AS no_ranking
FROM by_hand;
SELECT (regression_metrics(actual, predicted)).* FROM (VALUES (3, 2.5), (-0.5, 0), (2, 2), (7, 8), (0, 0)) v(actual, predicted);

\echo '-- numeric, real and integer columns'
SELECT auc(l, s::numeric), gini(a::numeric, s::real), lift(a::bigint, s::int), (regression_metrics(a::smallint, s::numeric)).rmse,
       (classification_metrics(l, s::int, 2::numeric)).accuracy
FROM (VALUES (true, 3, 10), (false, 1, 2), (true, 2, 5)) v(l, s, a);

\echo '-- NULL: rows are skipped; no rows and nothing to divide by give NULL'
SELECT auc(l, s), (classification_metrics(l, s)).true_positives, (classification_metrics(l, s, t)).*
FROM (VALUES (true, 0.9, 0.5), (NULL, 0.5, 0.5), (true, NULL, 0.5), (false, 0.1, NULL), (false, 0.7, 0.2)) v(l, s, t);
SELECT gini(a, p), lift(a, p, 0.5), (regression_metrics(a, p)).n
FROM (VALUES (1, 2), (NULL, 5), (3, NULL), (NULL, NULL), (5, 3)) v(a, p);
SELECT auc(label, score) IS NULL AS auc, gini(1, score) IS NULL AS gini, lift(1, score) IS NULL AS lift,
       lift(1, score, 0.5) IS NULL AS lift_top, classification_metrics(label, score) IS NULL AS classification,
       regression_metrics(1, score) IS NULL AS regression
FROM fawcett WHERE false;
SELECT auc(true, score) IS NULL AS all_true, auc(false, score) IS NULL AS all_false, gini(5, score) IS NULL AS all_equal,
       lift(0, score) IS NULL AS nothing, lift(-1, score) IS NULL AS less_than_nothing, lift(2, score) AS equal_lift
FROM fawcett;
SELECT (classification_metrics(label, -1)).* FROM fawcett;
SELECT (classification_metrics(false, -1)).* FROM fawcett;
SELECT (classification_metrics(false, 1)).* FROM fawcett;
SELECT (regression_metrics(0, score)).* FROM fawcett WHERE id <= 2;
\echo '-- one row'
SELECT auc(true, 1), gini(5, 1), lift(5, 1), (regression_metrics(5, 4)).*;
\echo '-- constant columns have no correlation, also where their mean is rounded'
SELECT (regression_metrics(0.1, 0.7)).* FROM generate_series(1, 7);

\echo '-- values that overflow when they are added or squared'
SELECT gini(a, p), lift(a, p, 0.5), round((regression_metrics(a, p)).correlation::numeric, 12) AS correlation,
       (regression_metrics(a, p)).mae, (regression_metrics(a, p)).rmse
FROM (VALUES (1e308, 1.5e308), (1.6e308, 1.7e308), (0, 1e308)) v(a, p);
SELECT gini(a, p), lift(a, p, 0.5), (regression_metrics(a, p)).correlation
FROM (VALUES (1e-320::float8, 5e-324::float8), (2e-320, 1e-323), (3e-320, 1.5e-323)) v(a, p);
\echo '-- a large value beside small ones'
SELECT (regression_metrics(a, p)).mape FROM (VALUES (1e300, 1e300), (1.5e-30, 3e-30)) v(a, p);
SELECT e.code, e.message, e.hint FROM (VALUES ('-1.7e308, 1.7e308'), ('5e-324, 1e300')) v(args),
    error_of('SELECT regression_metrics(' || args || ')') e;

\echo '-- bad values'
SELECT e.* FROM (VALUES
    ('auc(true, ''NaN'')'), ('auc(true, ''Infinity'')'), ('gini(''NaN'', 1)'), ('gini(1, ''-Infinity'')'),
    ('lift(1, 1, 0)'), ('lift(1, 1, -0.1)'), ('lift(1, 1, 1.5)'), ('lift(1, 1, ''NaN'')'), ('lift(''Infinity'', 1, 0.1)'),
    ('regression_metrics(''NaN'', 1)'), ('regression_metrics(1, ''Infinity'')'),
    ('classification_metrics(true, ''NaN'', 0.5)'), ('classification_metrics(true, 0.5, ''NaN'')')
) v(call), error_of('SELECT ' || call) e;
SELECT e.* FROM error_of('SELECT lift(actual, predicted, 1 / (1 + predicted)) FROM by_hand') e;
SELECT e.code, e.message FROM (VALUES ('score_base_accum(NULL, true, 1)'), ('confusion_matrix_accum(NULL, true, 1)'),
    ('confusion_matrix_accum(NULL, true, 1, 1)'), ('confusion_matrix_combine(NULL, NULL)'),
    ('score_base_accum(NULL, 1, 1)'), ('score_base_accum(NULL, 1, 1, 1)'), ('score_base_combine(NULL, NULL)')) v(call),
    error_of('SELECT ' || call) e;

\echo '-- one pass: aggregates of the same arguments share their state. The function is called once a row for each state.'
CREATE FUNCTION seen(x float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE NOTICE 'seen %', x; RETURN x; END $$;
SELECT gini(actual, seen(actual)), lift(actual, seen(actual)), regression_metrics(actual, seen(actual))
FROM (SELECT actual FROM by_hand WHERE actual > 15) b;

\echo '-- the same to the last bit, whatever the order and the plan'
CREATE TABLE customers AS
SELECT i AS id, i % 7 AS region, i * 7919 % 101 < 37 AS label, sin(i * 0.7) AS actual, round(cos(i * i)::numeric, 3)::float8 AS predicted
FROM generate_series(1, 20000) AS i;
ANALYZE customers;
CREATE TABLE serial AS
SELECT auc(label, predicted), gini(actual, predicted), lift(1 + actual, predicted), lift(1 + actual, predicted, 0.03) AS lift_3,
       regression_metrics(actual, predicted) AS r, classification_metrics(label, predicted, 0.1) AS c
FROM customers;
SELECT (SELECT s::text FROM serial s) = t::text AS shuffled FROM (
    SELECT auc(label, predicted), gini(actual, predicted), lift(1 + actual, predicted), lift(1 + actual, predicted, 0.03) AS lift_3,
           regression_metrics(actual, predicted) AS r, classification_metrics(label, predicted, 0.1) AS c
    FROM (SELECT * FROM customers ORDER BY md5(id::text)) c) t;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT auc(label, predicted), gini(actual, predicted), lift(1 + actual, predicted), lift(1 + actual, predicted, 0.03),
    regression_metrics(actual, predicted), classification_metrics(label, predicted, 0.1) FROM customers;
SELECT (SELECT s::text FROM serial s) = t::text AS parallel FROM (
    SELECT auc(label, predicted), gini(actual, predicted), lift(1 + actual, predicted), lift(1 + actual, predicted, 0.03) AS lift_3,
           regression_metrics(actual, predicted) AS r, classification_metrics(label, predicted, 0.1) AS c
    FROM customers) t;
\echo '-- workers without a row, workers whose rows are all skipped'
SELECT auc(label, predicted), gini(actual, predicted) FROM customers WHERE id = 77;
SELECT auc(label, nullif(predicted, predicted)), lift(actual, predicted, nullif(id, id)) FROM customers;
SELECT e.code, e.message FROM error_of('SELECT lift(actual, predicted, 0.1 + (id % 2) / 10.0) FROM customers') e;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

\echo '-- groups, and a window''s running aggregate: final functions leave the state as it is'
SELECT region, round(auc(label, predicted)::numeric, 6) AS auc, round(gini(actual, predicted)::numeric, 6) AS gini,
       (regression_metrics(actual, predicted)).n
FROM customers GROUP BY region ORDER BY region;
SELECT id, auc(label, score) OVER w, (classification_metrics(label, score) OVER w).true_positives, lift(score, score, 0.5) OVER w
FROM fawcett WHERE id <= 5 WINDOW w AS (ORDER BY id) ORDER BY id;

DROP TABLE images, fawcett, tied, by_hand, customers, serial;
DROP FUNCTION seen(float8), error_of(text);

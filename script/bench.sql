-- The measurements of script/bench, in one session and one process: our functions and PostgreSQL's own work on the same
-- rows, in turns. Wants the tables orders, histories (of their customers), customers (their summaries), moments (these with
-- fractions of days, all distinct), mixed (customers of no model), lasting (how
-- long these stay), subscriptions, models (of them) and predictions (by one), and what make_incremental makes; psql variable runs.
\ir bench-timing.sql

INSERT INTO queries VALUES
('sums',      'SELECT sum(frequency), sum(recency), sum(tenure) FROM customers'),
('lasting sums', 'SELECT sum(days), sum(a1), sum(a2) FROM lasting'),
('kaplan-meier', 'SELECT survival_curve(days, has_left) FROM lasting'),
('cox fit',   'SELECT cox_fit(days, has_left, features(x)) FROM lasting AS l,
                   LATERAL (SELECT l.a1, l.a2, l.a3, l.a4, l.a5, l.a6, l.a7, l.a8, l.a9, l.a10) AS x'),
('weibull fit', 'SELECT aft_fit(days, has_left, features(x)) FROM lasting AS l,
                   LATERAL (SELECT l.a1, l.a2, l.a3, l.a4, l.a5, l.a6, l.a7, l.a8, l.a9, l.a10) AS x'),
('linear fit', 'SELECT linear_fit(days, features(x)) FROM lasting AS l,
                   LATERAL (SELECT l.a1, l.a2, l.a3, l.a4, l.a5, l.a6, l.a7, l.a8, l.a9, l.a10) AS x'),
('logistic fit', 'SELECT logistic_fit(has_left, features(x)) FROM lasting AS l,
                   LATERAL (SELECT l.a1, l.a2, l.a3, l.a4, l.a5, l.a6, l.a7, l.a8, l.a9, l.a10) AS x'),
('svm fit',   'SELECT svm_fit(has_left, features(x)) FROM lasting AS l,
                   LATERAL (SELECT l.a1, l.a2, l.a3, l.a4, l.a5, l.a6, l.a7, l.a8, l.a9, l.a10) AS x'),
('boost fit', 'SELECT boost_fit(response_feature_base(has_left, features(x)), ''logistic'', 100, 0.1, 6, early_stop => 0) FROM lasting AS l,
                   LATERAL (SELECT l.a1, l.a2, l.a3, l.a4, l.a5, l.a6, l.a7, l.a8, l.a9, l.a10) AS x'),
('score trees', 'SELECT sum(predict(boost, features(x))) FROM models, lasting AS l,
                   LATERAL (SELECT l.a1, l.a2, l.a3, l.a4, l.a5, l.a6, l.a7, l.a8, l.a9, l.a10) AS x'),
('k-means',   'SELECT kmeans_fit(features(x)) FROM lasting AS l, LATERAL (SELECT l.a1, l.a2, l.a3, l.a4, l.a5) AS x'),
('tell clusters', 'SELECT sum(cluster(clusters, features(x))) FROM models, lasting AS l, LATERAL (SELECT l.a1, l.a2, l.a3, l.a4, l.a5) AS x'),
('revenue',   'SELECT count(*), sum(ending_mrr), sum(new_mrr), sum(churned_mrr), sum(net_revenue_retention)
               FROM subscription_metrics(''subscriptions'', ''customer_id'', ''started_on'', ''ended_on'', ''mrr'', as_of => ''2024-12-31'')'),
('revenue by hand', 'WITH cells AS (
                   SELECT s.customer_id, m.month, sum(s.mrr) AS mrr
                   FROM subscriptions AS s, LATERAL generate_series(date_trunc(''month'', s.started_on::timestamp),
                       date_trunc(''month'', coalesce(s.ended_on, ''2025-01-01'')::timestamp) - interval ''1 month'', ''1 month'') AS m (month)
                   GROUP BY s.customer_id, m.month
               ), moves AS (
                   SELECT month, mrr, lag(month) OVER w AS last, lag(mrr) OVER w AS before,
                          lead(month) OVER w IS DISTINCT FROM month + interval ''1 month'' AS ends
                   FROM cells WINDOW w AS (PARTITION BY customer_id ORDER BY month)
               ), months AS (
                   SELECT month, sum(mrr) AS ending, sum(mrr) FILTER (WHERE last IS NULL) AS new,
                          sum(mrr) FILTER (WHERE last < month - interval ''1 month'') AS back,
                          sum(mrr - before) FILTER (WHERE last = month - interval ''1 month'' AND mrr > before) AS more,
                          sum(before - mrr) FILTER (WHERE last = month - interval ''1 month'' AND mrr < before) AS less
                   FROM moves GROUP BY month
               ), lost AS (
                   SELECT month + interval ''1 month'' AS month, sum(mrr) AS churned FROM moves WHERE ends GROUP BY 1
               )
               SELECT count(*), sum(ending), sum(new), sum(churned), sum((ending - new - coalesce(back, 0)) / before)
               FROM (SELECT *, lag(ending) OVER (ORDER BY month) AS before FROM months LEFT JOIN lost USING (month)) AS report'),
('views of contracts', 'SELECT refresh_club()'),
('two sums',  'SELECT sum(frequency), sum(monetary_value) FROM customers'),
('bgnbd fit', 'SELECT bgnbd_fit(frequency, recency, tenure) FROM customers'),
('mbgnbd fit', 'SELECT mbgnbd_fit(frequency, recency, tenure) FROM customers'),
('pnbd fit',  'SELECT pnbd_fit(frequency, recency, tenure) FROM customers'),
('pnbd distinct fit', 'SELECT pnbd_fit(frequency, recency, tenure) FROM moments'),
('bgnbd mixed fit', 'SELECT bgnbd_fit(frequency, recency, tenure) FROM mixed'),
('mbgnbd mixed fit', 'SELECT mbgnbd_fit(frequency, recency, tenure) FROM mixed'),
('pnbd mixed fit', 'SELECT pnbd_fit(frequency, recency, tenure) FROM mixed'),
('bgnbd season fit', 'SELECT bgnbd_fit(history, ''2024-12-31'', calendar_season(''2023-01-01'', ''2024-12-31'')) FROM histories'),
('pnbd season fit', 'SELECT pnbd_fit(history, ''2024-12-31'', calendar_season(''2023-01-01'', ''2024-12-31'')) FROM histories'),
('bgnbd history fit', 'SELECT bgnbd_fit(s.frequency, s.recency, s.tenure) FROM histories, rfm_summary(history, ''2024-12-31'') AS s'),
('pnbd history fit', 'SELECT pnbd_fit(s.frequency, s.recency, s.tenure) FROM histories, rfm_summary(history, ''2024-12-31'') AS s'),
('gg fit',    'SELECT gg_fit(frequency, monetary_value) FROM customers'),
('bgnbd alive', 'SELECT sum(prob_alive(bgnbd, frequency, recency, tenure)) FROM customers, models'),
('pnbd alive', 'SELECT sum(prob_alive(pnbd, frequency, recency, tenure)) FROM customers, models'),
('bgnbd predict', 'SELECT sum(bgnbd_predict(bgnbd, frequency, recency, tenure, 90)) FROM customers, models'),
('mbgnbd predict', 'SELECT sum(mbgnbd_predict(mbgnbd, frequency, recency, tenure, 90)) FROM customers, models'),
('pnbd predict', 'SELECT sum(pnbd_predict(pnbd, frequency, recency, tenure, 90)) FROM customers, models'),
('bgnbd value', 'SELECT sum(cltv_predict(bgnbd, spend, frequency, recency, tenure, monetary_value, 365))
               FROM customers, models'),
('pnbd value', 'SELECT sum(cltv_predict(pnbd, spend, frequency, recency, tenure, monetary_value, 365))
               FROM customers, models'),
('bgnbd for ever', 'SELECT sum(cltv_predict(bgnbd, spend, frequency, recency, tenure, monetary_value, ''infinity''))
               FROM customers, models'),
('pnbd for ever', 'SELECT sum(cltv_predict(pnbd, spend, frequency, recency, tenure, monetary_value, ''infinity''))
               FROM customers, models'),
('bgnbd pmf', 'SELECT sum(purchase_pmf(bgnbd, frequency, recency, tenure, 90, 1)) FROM customers, models'),
('pnbd pmf',  'SELECT sum(purchase_pmf(pnbd, frequency, recency, tenure, 90, 1)) FROM customers, models'),
('bgnbd interval', 'SELECT sum((expected_purchases_interval(bgnbd, frequency, recency, tenure, 90)).upper)
               FROM customers, models'),
('pnbd interval', 'SELECT sum((expected_purchases_interval(pnbd, frequency, recency, tenure, 90)).upper)
               FROM customers, models'),
('bgnbd weeks', 'SELECT sum((expected_purchases_at(bgnbd, frequency, recency, tenure, weeks))[53])
               FROM customers, models, (SELECT array_agg(7 * w::float8 ORDER BY w) AS weeks FROM generate_series(1, 53) AS w) AS year'),
('pnbd weeks', 'SELECT sum((expected_purchases_at(pnbd, frequency, recency, tenure, weeks))[53])
               FROM customers, models, (SELECT array_agg(7 * w::float8 ORDER BY w) AS weeks FROM generate_series(1, 53) AS w) AS year'),
-- count(column) outside, for columns of a subquery that nobody reads are not computed at all
('groups',    'SELECT count(n), count(first), count(last), count(total) FROM (
                   SELECT count(*) AS n, min(ordered_at) AS first, max(ordered_at) AS last, sum(amount) AS total
                   FROM orders GROUP BY customer_id) AS customers'),
('days',      'SELECT count(n), count(days), count(first), count(last), count(total) FROM (
                   SELECT count(*) AS n, count(DISTINCT ordered_at) AS days, min(ordered_at) AS first,
                          max(ordered_at) AS last, sum(amount) AS total
                   FROM orders GROUP BY customer_id) AS customers'),
('histories', 'SELECT count(history) FROM (
                   SELECT purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS customers'),
('by hand',   'WITH days AS (
                   SELECT customer_id, ordered_at, sum(amount) AS amount FROM orders GROUP BY customer_id, ordered_at
               ), firsts AS (
                   SELECT *, min(ordered_at) OVER (PARTITION BY customer_id) AS first FROM days
               )
               SELECT count(frequency), count(recency), count(tenure), count(value) FROM (
                   SELECT count(*) - 1 AS frequency, max(ordered_at) - min(ordered_at) AS recency,
                          date ''2024-12-31'' - min(ordered_at) AS tenure,
                          avg(amount) FILTER (WHERE ordered_at > first) AS value
                   FROM firsts GROUP BY customer_id) AS customers'),
('summaries', 'SELECT count(frequency), count(recency), count(tenure), count(monetary_value) FROM (
                   SELECT s.* FROM (SELECT purchase_history(ordered_at, amount) AS history
                                    FROM orders GROUP BY customer_id OFFSET 0) AS h,
                                   rfm_summary(history, date ''2024-12-31'') AS s) AS customers'),
('ntiles',    'SELECT count(r), count(f), count(m) FROM (
                   SELECT ntile(5) OVER (ORDER BY last_order) AS r, ntile(5) OVER (ORDER BY orders) AS f,
                          ntile(5) OVER (ORDER BY revenue) AS m
                   FROM customers) AS scores'),
('scores',    'SELECT count(score) FROM (
                   SELECT rfm_score(last_order, orders, revenue) OVER () AS score FROM customers) AS scores'),
('breaks',    'SELECT count(score) FROM (
                   SELECT rfm_score(last_order, orders, revenue, breaks) AS score
                   FROM customers, (SELECT rfm_breaks(last_order, orders, revenue) AS breaks FROM customers) AS b) AS scores'),
('cohorts by hand', 'WITH months AS (
                   SELECT customer_id, date_trunc(''month'', ordered_at) AS month, count(*) AS orders,
                          sum(amount) AS revenue
                   FROM orders GROUP BY customer_id, month
               ), firsts AS (
                   SELECT *, min(month) OVER (PARTITION BY customer_id) AS cohort FROM months
               ), cells AS (
                   SELECT cohort, month, count(*) AS active, sum(orders) AS orders, sum(revenue) AS revenue
                   FROM firsts GROUP BY cohort, month
               )
               SELECT sum(active), sum(orders), sum(revenue), sum(retention), sum(cumulative_value) FROM (
                   SELECT *, active::float8 / first_value(active) OVER w AS retention,
                          sum(revenue) OVER w / first_value(active) OVER w AS cumulative_value
                   FROM cells WINDOW w AS (PARTITION BY cohort ORDER BY month)) AS report'),
('cohorts',   'SELECT sum(active), sum(orders), sum(revenue), sum(retention), sum(cumulative_value)
               FROM cohort_report(''orders'', ''customer_id'', ''ordered_at'', ''amount'')'),
('all histories', 'SELECT refresh_full_history()'),
('one night',  'SELECT cltv_fold(''night'', false)'),
('table by hand', 'SELECT table_by_hand()'),
('all views',  'SELECT all_views()'),
('night of all views', 'SELECT night_of_all_views()'),
('sum of amounts', 'SELECT sum(amount) FROM orders'),
('exact sum', 'SELECT exact_sum(amount) FROM orders'),
('median of histories', 'SELECT percentile_disc(0.5) WITHIN GROUP (
                   ORDER BY (rfm_summary(history, ''2024-12-31'')).revenue) FROM histories'),
('everyday numbers', 'SELECT customer_metrics(history, ''2024-12-31'') FROM histories'),
('median predicted', 'SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY predicted) FROM predictions'),
('median actual', 'SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY actual) FROM predictions'),
('auc',       'SELECT auc(label, predicted) FROM predictions'),
('gini',      'SELECT gini(actual, predicted) FROM predictions'),
('lift',      'SELECT lift(actual, predicted) FROM predictions'),
('classification', 'SELECT classification_metrics(label, predicted) FROM predictions'),
('classification at', 'SELECT classification_metrics(label, predicted, 0.3) FROM predictions'),
('regression', 'SELECT regression_metrics(actual, predicted) FROM predictions'),
('three in one', 'SELECT gini(actual, predicted), lift(actual, predicted), regression_metrics(actual, predicted)
               FROM predictions'),
('concentration', 'SELECT gini(actual) FROM predictions'),
('share',     'SELECT revenue_share(actual) FROM predictions');

CREATE TABLE comparisons (id numeric, what text, ours text, beside text, beside_what text, at_most float8);
INSERT INTO comparisons VALUES
(1,  'bgnbd_fit',                'bgnbd fit',      'sums',     'three sums',           7),
(2,  'mbgnbd_fit',               'mbgnbd fit',     'sums',     'three sums',           7),
(3,  'pnbd_fit',                 'pnbd fit',       'sums',     'three sums',           40),
(3.1, 'pnbd_fit, all distinct',  'pnbd distinct fit', 'sums',  'three sums',           25),
(3.2, 'bgnbd_fit, of no model',  'bgnbd mixed fit', 'sums',    'three sums',           5),
(3.3, 'mbgnbd_fit, of no model', 'mbgnbd mixed fit', 'sums',   'three sums',           5),
(3.4, 'pnbd_fit, of no model',   'pnbd mixed fit', 'sums',     'three sums',           8),
(3.5, 'bgnbd_fit, season by days', 'bgnbd season fit', 'bgnbd history fit', 'without',  3),
(3.6, 'pnbd_fit, season by days', 'pnbd season fit', 'pnbd history fit', 'without',     6),
(4,  'gg_fit',                   'gg fit',         'two sums', 'two sums',             10),
(4.1, 'prob_alive, bgnbd',       'bgnbd alive',    'sums',     'three sums',           NULL),
(4.2, 'prob_alive, pnbd',        'pnbd alive',     'sums',     'three sums',           NULL),
(5,  'bgnbd_predict',            'bgnbd predict',  'sums',     'three sums',           6),
(6,  'mbgnbd_predict',           'mbgnbd predict', 'sums',     'three sums',           6),
(7,  'pnbd_predict',             'pnbd predict',   'sums',     'three sums',           10),
(8,  'cltv_predict, bgnbd, year', 'bgnbd value',    'sums',     'three sums',           6),
(9,  'cltv_predict, pnbd, year', 'pnbd value',     'sums',     'three sums',           6),
(10, 'same, bgnbd, infinity',    'bgnbd for ever', 'sums',     'three sums',           8),
(11, 'same, pnbd, infinity',     'pnbd for ever',  'sums',     'three sums',           8),
(12, 'purchase_pmf, bgnbd',      'bgnbd pmf',      'sums',     'three sums',           NULL),
(13, 'purchase_pmf, pnbd',       'pnbd pmf',       'sums',     'three sums',           10),
(14, '..._interval, bgnbd',      'bgnbd interval', 'sums',     'three sums',           8),
(15, '..._interval, pnbd',       'pnbd interval',  'sums',     'three sums',           8),
(15.1, '..._at, bgnbd, 53 weeks', 'bgnbd weeks',   'bgnbd predict', 'bgnbd_predict',   NULL),
(15.2, '..._at, pnbd, 53 weeks', 'pnbd weeks',     'pnbd predict', 'pnbd_predict',     NULL),
(16, 'purchase_history',         'histories',      'groups',   'count, min, max, sum', 1.4),
(17, 'purchase_history',         'histories',      'days',     'count(DISTINCT day)',  1),
(18, 'rfm_summary of them',      'summaries',      'by hand',  'the same by hand',     1),
(19, 'rfm_score',                'scores',         'ntiles',   'three ntile(5)',       1 / 1.7),
(20, 'auc',                      'auc',            'median predicted', 'percentile_disc', 3),
(21, 'gini(actual, predicted)',  'gini',           'median predicted', 'percentile_disc', 3),
(22, 'lift',                     'lift',           'median predicted', 'percentile_disc', 3),
(23, 'classification_metrics',   'classification', 'median predicted', 'percentile_disc', 3),
(24, 'same at a threshold',      'classification at', 'median predicted', 'percentile_disc', 3),
(25, 'regression_metrics',       'regression',     'median predicted', 'percentile_disc', 3),
(26, 'gini, lift, regression_metrics', 'three in one', 'median predicted', 'percentile_disc', NULL),
(27, 'gini(value)',              'concentration',  'median actual', 'percentile_disc',    3),
(28, 'revenue_share',            'share',          'median actual', 'percentile_disc',    3),
(29, 'rfm_breaks and rfm_score', 'breaks',         'ntiles',   'three ntile(5)',       1 / 4.0),
(30, 'cohort_report',            'cohorts',        'cohorts by hand', 'the same by hand', 2),
(31, 'customer_metrics',         'everyday numbers', 'median of histories', 'percentile_disc', 3),
(32, 'exact_sum',                'exact sum',      'sum of amounts', 'sum',               NULL),
(33, 'incremental, 1 % new',     'one night',      'all histories', 'REFRESH of histories', 0.15),
(34, 'cox_fit, 10 attributes',   'cox fit',        'lasting sums', 'three sums',        30),
(35, 'aft_fit, 10 attributes',   'weibull fit',    'lasting sums', 'three sums',        30),
(36, 'survival_curve',           'kaplan-meier',   'lasting sums', 'three sums',        4),
(37, 'subscription_metrics',     'revenue',        'revenue by hand', 'the same by hand', 3),
(38, 'views of contracts',       'views of contracts', 'revenue by hand', 'revenue by hand', NULL),
(39, 'all views, incremental',   'all views',      'table by hand', 'CREATE TABLE of totals', 3),
(40, 'a night of all views',     'night of all views', 'all views', 'all views anew',      0.25),
(41, 'linear_fit, 10 attributes', 'linear fit',    'lasting sums', 'three sums',        NULL),
(42, 'logistic_fit, 10 attributes', 'logistic fit', 'lasting sums', 'three sums',       NULL),
(43, 'svm_fit, 10 attributes',   'svm fit',        'lasting sums', 'three sums',        NULL),
(44, 'boost_fit, 100 of depth 6', 'boost fit',     'lasting sums', 'three sums',        NULL),
(45, 'predict by them',          'score trees',    'lasting sums', 'three sums',        NULL),
(46, 'kmeans_fit, k = 5, 5 attributes', 'k-means', 'lasting sums', 'three sums',        NULL),
(47, 'cluster',                  'tell clusters',  'lasting sums', 'three sums',        NULL);

CALL time_queries(:runs);

-- From an orders table to ranked customers: what script/demo runs, by psql, and shows as it runs.
-- It wants a table orders (customer_id, ordered_at, amount), and leaves out orders without a customer; every query is
-- written to be copied.
\set ON_ERROR_STOP on
\set QUIET on
\pset pager off
\pset footer off
\pset null '-'
\pset linestyle unicode
\pset border 1

-- The observation date: the last day of which the shop told anything, but for typing errors and pre-orders. A backtest
-- is the same with an earlier date.
SELECT newest AS as_of FROM cltv_newest_day('SELECT ordered_at FROM public.orders') \gset
\set ECHO queries
\timing on

\echo
\echo '== 1. One history per customer: the days with a purchase, and the money'
\echo
CREATE MATERIALIZED VIEW customers AS
SELECT customer_id, purchase_history(ordered_at, amount) AS history
FROM orders
WHERE customer_id IS NOT NULL
GROUP BY customer_id;

\echo
\echo '== 2. What the models read: repeat purchases, days of the last one, days under observation'
\echo
CREATE MATERIALIZED VIEW summaries AS
SELECT customer_id, s.*
FROM customers, rfm_summary(history, date :'as_of') AS s
WHERE s.orders > 0; -- who only gave back is no customer

\echo
SELECT count(*) AS customers, sum(orders) AS orders, sum(frequency) AS repeat_purchases,
       count(*) FILTER (WHERE frequency > 0) AS with_repeats,
       round(sum(revenue)::numeric, 2) AS revenue, max(tenure) AS days
FROM summaries;

\echo
\echo '== 3. Two models: how customers order and leave (BG/NBD), what they spend (Gamma-Gamma)'
\echo
CREATE TABLE models AS
SELECT bgnbd_fit(frequency, recency, tenure) AS orders_model,
       gg_fit(frequency, monetary_value) AS spend_model
FROM summaries;

\echo
SELECT 'orders' AS model, name, round(estimate::numeric, 5) AS estimate,
       round(std_error::numeric, 5) AS std_error, model_status(orders_model) AS status
FROM models, model_params(orders_model)
UNION ALL
SELECT 'spend', name, round(estimate::numeric, 5),
       round(std_error::numeric, 5), model_status(spend_model)
FROM models, model_params(spend_model);

\echo
\echo '== 4. A score for every customer'
\echo
CREATE TABLE scores AS
SELECT customer_id, last_order, orders, revenue,
       bgnbd_predict(orders_model, frequency, recency, tenure, 90) AS orders_90_days,
       prob_alive(orders_model, frequency, recency, tenure) AS prob_alive,
       churn_prob(orders_model, frequency, recency, tenure, 90) AS churn_90_days,
       cltv_predict(orders_model, spend_model, frequency, recency, tenure, monetary_value,
                    horizon => 365) AS value_1_year,
       (rfm_score(last_order, orders, revenue) OVER ()).*
FROM summaries, models;

\echo
\echo '== 5. The segments: churn is the probability of no order in the next 90 days,'
\echo '==    value is the revenue of the next year, discounted at 10 %'
\echo
SELECT segment, count(*) AS customers,
       round(sum(revenue)::numeric) AS revenue,
       round(sum(orders_90_days)::numeric, 1) AS orders_90_days,
       round(100 * avg(churn_90_days)::numeric, 1) AS "churn_%",
       round(avg(value_1_year)::numeric, 2) AS value_each,
       round(sum(value_1_year)::numeric) AS value_all
FROM scores
GROUP BY segment
ORDER BY avg(value_1_year) DESC NULLS LAST;

\echo
\echo '== 6. The ten most valuable customers'
\echo
SELECT customer_id, last_order, orders, round(revenue::numeric, 2) AS revenue,
       round(orders_90_days::numeric, 2) AS orders_90_days,
       round(100 * prob_alive::numeric, 1) AS "alive_%",
       round(value_1_year::numeric, 2) AS value_1_year, segment
FROM scores
ORDER BY value_1_year DESC NULLS LAST, customer_id
LIMIT 10;

-- From an orders table to ranked customers: what script/demo runs, by psql, and shows as it runs.
-- It wants a table orders (customer_id, ordered_at, amount), or orders_netted, where refunds have undone theirs, and leaves
-- out orders without a customer; every query is written to be copied.
\set ON_ERROR_STOP on
\set QUIET on
\pset pager off
\pset footer off
\pset format wrapped
\pset columns 100
\pset null '-'
\pset linestyle unicode
\pset border 1
\pset numericlocale on

-- The observation date: the last day of which the shop told anything, but for typing errors and pre-orders. A backtest
-- is the same with an earlier date.
SELECT newest AS as_of FROM cltv_newest_day('SELECT ordered_at FROM public.orders') \gset
SELECT CASE WHEN to_regclass('orders_netted') IS NULL THEN 'orders' ELSE 'orders_netted' END AS source \gset
\set ECHO queries
\timing on

\echo
\echo '== 1. One history per customer: the days with a purchase, and the money'
\echo
CREATE MATERIALIZED VIEW customers AS
SELECT customer_id, purchase_history(ordered_at, amount) AS history
FROM :source
WHERE customer_id IS NOT NULL
GROUP BY customer_id;

\echo
\echo '== 2. What the models read: repeat purchases, days of the last one, days under observation'
\echo '   repeat_purchases: days with an order after the first; days: since the first order of the shop'
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
\echo '   std_error: how uncertain a parameter is; status: converged, or what the data could not tell'
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
       bgnbd_predict(orders_model, frequency, recency, tenure, 365) AS orders_1_year,
       prob_alive(orders_model, frequency, recency, tenure) AS prob_alive,
       churn_prob(orders_model, frequency, recency, tenure, 365) AS churn_1_year,
       cltv_predict(orders_model, spend_model, frequency, recency, tenure, monetary_value,
                    horizon => 365) AS value_1_year,
       (rfm_score(last_order, orders, revenue) OVER ()).*
FROM summaries, models;

\echo
\echo '== 5. The segments: what customers have brought, and what is expected of the next 365 days'
\echo '   churn_%: probability of no order at all; value: revenue to come, discounted at 10 % a year'
\echo
SELECT segment, count(*) AS customers,
       round(sum(revenue)::numeric) AS revenue,
       round(sum(orders_1_year)::numeric, 1) AS orders_1_year,
       round(100 * avg(churn_1_year)::numeric, 1) AS "churn_%",
       round(avg(value_1_year)::numeric, 2) AS value_each,
       round(sum(value_1_year)::numeric) AS value_all
FROM scores
GROUP BY segment
ORDER BY avg(value_1_year) DESC NULLS LAST;

\echo
\echo '== 6. The ten most valuable customers'
\echo '   in_1_year: orders expected; alive_%: probability of still being a customer; value as above'
\echo
SELECT customer_id::text, last_order, orders, round(revenue::numeric, 2) AS revenue,
       round(orders_1_year::numeric, 2) AS in_1_year,
       round(100 * prob_alive::numeric, 1) AS "alive_%",
       round(value_1_year::numeric, 2) AS value, segment
FROM scores
ORDER BY value_1_year DESC NULLS LAST, scores.customer_id
LIMIT 10;

\echo
\echo '== 7. In words'
\echo
\set ECHO none
\timing off
\pset tuples_only on
\pset format unaligned
WITH seen AS (
    SELECT count(*) AS customers, sum(s.orders) AS orders, sum(s.revenue) AS revenue, min(s.first_order) AS first,
           count(*) FILTER (WHERE s.frequency > 0) AS returned
    FROM summaries AS s
), expected AS (
    SELECT sum(s.orders_1_year) AS orders, sum(s.value_1_year) AS value,
           count(*) FILTER (WHERE s.orders > 1 AND s.prob_alive < 0.5) AS gone,
           sum(s.revenue) FILTER (WHERE s.orders > 1 AND s.prob_alive < 0.5) AS revenue_gone
    FROM scores AS s
), best AS (
    SELECT count(*) AS customers, sum(t.value_1_year) AS value
    FROM (SELECT s.value_1_year, ntile(10) OVER (ORDER BY s.value_1_year DESC NULLS LAST) AS tenth
          FROM scores AS s) AS t
    WHERE t.tenth = 1
), weak AS (
    SELECT string_agg(DISTINCT w.status, ', ') AS statuses
    FROM models, unnest(ARRAY[model_status(orders_model), model_status(spend_model)]) AS w (status)
    WHERE w.status <> 'converged'
)
SELECT line
FROM seen, expected, best, weak, LATERAL (VALUES
    (1, format('%s customers ordered %s times from %s to %s, for %s.', to_char(seen.customers, 'FM999,999,999,990'),
               to_char(seen.orders, 'FM999,999,999,990'), seen.first, :'as_of',
               to_char(seen.revenue, 'FM999,999,999,990'))),
    (2, format('%s of them (%s %%) came back on another day.', to_char(seen.returned, 'FM999,999,999,990'),
               round(100.0 * seen.returned / seen.customers))),
    (3, format('In the next 365 days they will order about %s times, which is worth %s today.',
               to_char(expected.orders, 'FM999,999,999,990'), to_char(expected.value, 'FM999,999,999,990'))),
    (4, format('The best tenth, %s customers, make %s %% of that.', to_char(best.customers, 'FM999,999,999,990'),
               round((100 * best.value / nullif(expected.value, 0))::numeric))),
    (5, CASE WHEN expected.gone > 0 THEN
        format('%s who came more than once have probably left; they brought %s: win them back.',
               to_char(expected.gone, 'FM999,999,999,990'), to_char(expected.revenue_gone, 'FM999,999,999,990')) END),
    (6, 'The models say: ' || weak.statuses || ' (see docs/purchases/limits.md).')
    ) AS lines (number, line)
WHERE line IS NOT NULL AND (number NOT IN (3, 4) OR expected.value IS NOT NULL) ORDER BY number;

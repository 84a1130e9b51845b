-- What was at stake and what customers were worth in all 90 days ago: of those who were there, by what was known of them then, with the
-- models of today, so that what changed is the customers. Apart from the rest, because it may refuse: where the orders cannot be read, or
-- the margin is each customer's own.

SELECT NOT :'orders_can_be_read'::boolean OR :'margin' !~ '^[[:space:]]*[0-9.]+[[:space:]]*$' AS unknown
\gset
\if :unknown
\quit
\endif
SELECT s.query AS orders_then, day.as_of - 90 AS day_then, day.as_of
FROM (SELECT max(first_order + tenure::int) AS as_of FROM :"schema".:"customers") AS day
CROSS JOIN LATERAL :"extension".cltv_orders_source(to_regclass(:'orders'), :'orders_customer', :'ordered_at', :'amount', true,
    nullif(:'order_id', '')::name, nullif(:'refund_of', '')::name, :'refunds', day.as_of - 90, :'amounts') AS s
\gset
WITH known AS MATERIALIZED (
    SELECT h.customer, (:"extension".rfm_summary(h.history, :'day_then'::date)).revenue,
           :"extension".churn_prob(m.orders_model, h.history, :'day_then'::date, :'horizon'::float8, :purchases, :dropout) AS churn_prob,
           :"extension".cltv_predict(m.orders_model, m.spend_model, h.history, :'day_then'::date, :'horizon'::float8, :'discount_rate'::float8,
                                     :'margin'::float8, :purchases, :dropout, :spend) AS cltv
    FROM (SELECT q.customer, :"extension".purchase_history(q.ordered_at, q.amount) AS history FROM (:orders_then) AS q
          WHERE q.ordered_at < :'day_then'::date + 1 GROUP BY q.customer) AS h
    JOIN :"schema".:"customers" AS c ON c.:"customer" = h.customer CROSS JOIN :"schema".:"model" AS m
), tiers AS (
    SELECT customer, cltv, churn_prob, :"extension".value_tier(cltv, '{0.2,0.5}'::float8[], text 'customers') OVER () AS tier FROM known
), fifths AS (          -- as NAME_at_risk has it
    SELECT cltv * churn_prob AS stake, ntile(5) OVER (ORDER BY churn_prob DESC, cltv DESC, customer) AS fifth
    FROM tiers WHERE tier IN ('High', 'Medium') AND churn_prob IS NOT NULL
), stake AS (
    SELECT count(*) AS customers, sum(stake) AS value FROM fifths WHERE fifth = 1
)
SELECT json_build_object('as_of', date :'as_of', 'cltv', (SELECT round(sum(cltv)::numeric, 2) FROM known),
    'total_value', (SELECT round((:'margin'::float8 * sum(revenue) + sum(cltv))::numeric, 2) FROM known),
    'value_at_stake', CASE WHEN s.customers >= :least_group THEN round(s.value::numeric, 2) END)
FROM stake AS s WHERE (SELECT count(cltv) FROM known) > 0;

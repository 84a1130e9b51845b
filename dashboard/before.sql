-- What was at stake and what customers were worth in all 90 days ago: of those who were there, by what was known of them then, with the
-- models of today, so that what changed is the customers; and of each group that a reader may filter by, of those who were in that
-- segment and that tier then. Apart from the rest, because it may refuse: where the orders cannot be read, or the margin is each customer's own.

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
SELECT o.made ->> 'bins' AS bins, :"extension".cltv_segment_term(nullif(o.made -> 'segments', 'null'), false) AS segment_then
FROM (SELECT :'made'::jsonb AS made) AS o
\gset
WITH known AS MATERIALIZED (
    SELECT h.customer, s.last_order, s.orders, s.revenue,
           ARRAY(SELECT coalesce(u.value, '–') FROM unnest(:carried) WITH ORDINALITY AS u (value, place) ORDER BY u.place) AS words,
           :"extension".churn_prob(m.orders_model, h.history, :'day_then'::date, :'horizon'::float8, :purchases, :dropout) AS churn_prob,
           :"extension".cltv_predict(m.orders_model, m.spend_model, h.history, :'day_then'::date, :'horizon'::float8, :'discount_rate'::float8,
                                     :'margin'::float8, :purchases, :dropout, :spend) AS cltv
    FROM (SELECT q.customer, :"extension".purchase_history(q.ordered_at, q.amount) AS history FROM (:orders_then) AS q
          WHERE q.ordered_at < :'day_then'::date + 1 GROUP BY q.customer) AS h
    JOIN :"schema".:"customers" AS c ON c.:"customer" = h.customer CROSS JOIN :"schema".:"model" AS m
    CROSS JOIN LATERAL :"extension".rfm_summary(h.history, :'day_then'::date) AS s
), tiers AS (
    SELECT customer, words, revenue, cltv, churn_prob, :"extension".value_tier(cltv, '{0.2,0.5}'::float8[], text 'customers') OVER () AS tier,
           (:"extension".rfm_score(last_order, orders::float8, revenue, :bins) OVER ()).*
    FROM known
), fifths AS (          -- as NAME_at_risk has it
    SELECT customer, cltv * churn_prob AS stake, ntile(5) OVER (ORDER BY churn_prob DESC, cltv DESC, customer) AS fifth
    FROM tiers WHERE tier IN ('High', 'Medium') AND churn_prob IS NOT NULL
), stake AS (
    SELECT count(*) AS customers, sum(stake) AS value FROM fifths WHERE fifth = 1
), kinds AS MATERIALIZED (
    SELECT ARRAY[coalesce(:segment_then, '–'), coalesce(p.tier, '–')] || p.words AS words, count(*) AS customers, sum(p.revenue) AS revenue, sum(p.cltv) AS cltv,
           sum(CASE WHEN f.fifth = 1 THEN f.stake END) AS stake
    FROM tiers AS p LEFT JOIN fifths AS f USING (customer) WHERE :least_group = 1 GROUP BY 1
), keys AS (
    SELECT w.place, CASE w.place WHEN 1 THEN 'segment' WHEN 2 THEN 'tier'
                    ELSE 'by.' || (SELECT n.name FROM json_array_elements_text(:'carried_names') WITH ORDINALITY AS n (name, at) WHERE n.at = w.place - 2) END AS key
    FROM kinds, unnest(words) WITH ORDINALITY AS w (value, place) GROUP BY w.place HAVING count(DISTINCT w.value) <= 60
), said AS (
    SELECT jsonb_build_object(a.key, v.value) AS of, k.*
    FROM kinds AS k CROSS JOIN LATERAL unnest(k.words) WITH ORDINALITY AS v (value, place) JOIN keys AS a USING (place)
    UNION ALL
    SELECT jsonb_build_object(a.key, v.value, b.key, w.value), k.*
    FROM kinds AS k CROSS JOIN LATERAL unnest(k.words) WITH ORDINALITY AS v (value, place) JOIN keys AS a ON a.place = v.place
    CROSS JOIN LATERAL unnest(k.words) WITH ORDINALITY AS w (value, place) JOIN keys AS b ON b.place = w.place AND b.place > a.place
), groups AS (
    SELECT of, sum(customers) AS customers, sum(revenue) AS revenue, sum(cltv) AS cltv, sum(stake) AS stake FROM said GROUP BY of
)
SELECT json_build_object('as_of', date :'as_of', 'cltv', (SELECT round(sum(cltv)::numeric, 2) FROM known),
    'total_value', (SELECT round((:'margin'::float8 * sum(revenue) + sum(cltv))::numeric, 2) FROM known),
    'value_at_stake', CASE WHEN s.customers >= :least_group THEN round(s.value::numeric, 2) END,
    'groups', (SELECT json_agg(json_build_array(g.of, g.customers, round(g.revenue::numeric, 2), round((:'margin'::float8 * g.revenue + g.cltv)::numeric, 2), round(g.stake::numeric, 2)))
               FROM groups AS g))
FROM stake AS s WHERE (SELECT count(cltv) FROM known) > 0;

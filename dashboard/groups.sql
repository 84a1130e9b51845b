-- Cohorts, months, value and churn of the groups that a reader may filter by, and what their cohorts are expected to bring month by
-- month: of everybody first, then of one filter each, then of two, the largest first, as many as the page may have room for. Apart from
-- the rest, because it may refuse; the page drops it where a refresh came between.

WITH totals AS (
    SELECT max(first_order + tenure::int) AS as_of, min(first_order) AS first_day FROM :"schema".:"customers"
), calendar AS (
    SELECT unit, CASE unit WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || unit)::interval END AS step
    FROM (SELECT CASE WHEN months <= 24 THEN 'month' WHEN months <= 72 THEN 'quarter' ELSE 'year' END AS unit
          FROM (SELECT :"extension".cohort_period(first_day, as_of, 'month') AS months FROM totals) AS m) AS u
), raw AS MATERIALIZED (
    SELECT c.:"customer" AS customer, ARRAY[coalesce(c.segment, '–'), coalesce(c.value_tier, '–')]
           || ARRAY(SELECT coalesce(value, '–') FROM unnest(:carried) WITH ORDINALITY AS n (value, place) ORDER BY place) AS words
    FROM :"schema".:"customers" AS c
), usable AS MATERIALIZED (
    SELECT place, CASE WHEN place = 1 THEN 'segment' WHEN place = 2 THEN 'tier'
                       ELSE 'by.' || (SELECT name FROM json_array_elements_text(:'carried_names') WITH ORDINALITY AS n (name, at) WHERE at = place - 2) END AS key
    FROM (SELECT place, count(DISTINCT value) AS values FROM raw, unnest(words) WITH ORDINALITY AS w (value, place) GROUP BY place) AS w
    WHERE values BETWEEN 2 AND 60 AND :least_group = 1
), placed AS MATERIALIZED (
    SELECT customer, ARRAY(SELECT words[place] FROM usable ORDER BY place) AS words FROM raw
), kinds AS MATERIALIZED (
    SELECT words, row_number() OVER (ORDER BY words) AS kind, count(*) AS customers FROM placed GROUP BY words
), keys AS (
    SELECT key, row_number() OVER (ORDER BY place) AS place FROM usable
), chosen AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY filters, customers DESC, of::text) AS number, filters, of, customers, i, one, j, other
    FROM (SELECT 0 AS filters, '{}'::jsonb AS of, (SELECT count(*) FROM raw) AS customers, NULL::bigint AS i, NULL::text AS one, NULL::bigint AS j, NULL::text AS other
          UNION ALL
          :one_or_two_filters) AS g
    ORDER BY filters, customers DESC, of::text LIMIT 70
), members AS MATERIALIZED (
    SELECT c.number, k.kind
    FROM chosen AS c JOIN kinds AS k ON (c.i IS NULL OR k.words[c.i] = c.one) AND (c.j IS NULL OR k.words[c.j] = c.other)
), people AS MATERIALIZED (
    SELECT c.:"customer" AS customer, k.kind, c.first_order AS first, date_trunc(unit, c.first_order)::date AS cohort, c.orders, c.revenue, c.cltv, c.churn_prob
    FROM :"schema".:"customers" AS c JOIN placed AS p ON p.customer = c.:"customer" JOIN kinds AS k USING (words) CROSS JOIN calendar
    WHERE c.first_order IS NOT NULL
), days AS MATERIALIZED (
    SELECT p.customer, p.kind, p.first, p.cohort, rtrim(d.day, '?')::date AS day
    FROM people AS p JOIN :"schema".:"history" AS h ON h.:"customer" = p.customer
    CROSS JOIN LATERAL jsonb_array_elements_text(h.history::text::jsonb -> 'days') AS d (day)
), money AS MATERIALIZED (
    SELECT p.kind, p.cohort, date_trunc('month', q.ordered_at)::date AS month, :"extension".cohort_period(p.cohort, q.ordered_at::date, unit) AS period,
           q.ordered_at::date <= p.first AS new, sum(q.amount) AS amount
    FROM (:orders_query) AS q JOIN people AS p ON p.customer = q.customer CROSS JOIN totals CROSS JOIN calendar
    WHERE q.ordered_at::date <= totals.as_of GROUP BY 1, 2, 3, 4, 5
), by_month AS MATERIALIZED (
    SELECT number, month, sum(new) AS new, sum(again) AS again, round(sum(new_revenue)::numeric) AS new_revenue, round(sum(again_revenue)::numeric) AS again_revenue
    FROM (SELECT kind, date_trunc('month', day)::date AS month, count(*) FILTER (WHERE day = first) AS new, count(*) FILTER (WHERE day > first) AS again,
                 NULL::float8 AS new_revenue, NULL::float8 AS again_revenue FROM days GROUP BY 1, 2
          UNION ALL
          SELECT kind, month, 0, 0, sum(amount) FILTER (WHERE new), sum(amount) FILTER (WHERE NOT new) FROM money GROUP BY 1, 2) AS m
    JOIN members USING (kind) WHERE number > 1 GROUP BY 1, 2
), cells AS MATERIALIZED (
    SELECT number, cohort, period, sum(active) AS active, round(sum(amount)::numeric) AS amount
    FROM (SELECT kind, cohort, period, count(*) AS active, NULL::float8 AS amount
          FROM (SELECT DISTINCT customer, kind, cohort, :"extension".cohort_period(cohort, day, unit) AS period FROM days CROSS JOIN calendar) AS d GROUP BY 1, 2, 3
          UNION ALL
          SELECT kind, cohort, period, 0, sum(amount) FROM money GROUP BY 1, 2, 3) AS c
    JOIN members USING (kind) WHERE number > 1 GROUP BY 1, 2, 3
), steps AS MATERIALIZED (        -- the ends of the calendar's periods ahead that the horizon reaches, and of the months of a year; the last is the horizon itself
    SELECT days, row_number() OVER (ORDER BY days) AS step, min(days) FILTER (WHERE of_unit) OVER later AS unit_end, min(days) FILTER (WHERE of_month) OVER later AS month_end
    FROM (SELECT days, bool_or(of_unit) AS of_unit, bool_or(of_month) AS of_month
          FROM (SELECT (date_trunc(unit, as_of::timestamp) + n * step)::date - 1 - as_of AS days, true AS of_unit, false AS of_month
                FROM totals CROSS JOIN calendar CROSS JOIN generate_series(1, 37) AS n
                UNION ALL SELECT nullif(:'finite_horizon', '')::float8, true, false
                UNION ALL SELECT least((date_trunc('month', as_of::timestamp) + n * interval '1 month')::date - 1 - as_of, h.ahead), false, true
                FROM totals CROSS JOIN generate_series(1, 13) AS n CROSS JOIN (SELECT least(coalesce(nullif(:'finite_horizon', '')::float8, 365), 366) AS ahead) AS h) AS e
          WHERE days > 0 AND (NOT of_unit OR days <= nullif(:'finite_horizon', '')::float8) GROUP BY days) AS e
    WINDOW later AS (ORDER BY days ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
), net AS MATERIALIZED (          -- what refunds leave of what is spent, as revenue_forecast takes it
    SELECT coalesce(:"extension".exact_sum(revenue) / nullif(:"extension".exact_sum(coalesce(first_value, 0) + coalesce(frequency::float8 * monetary_value, 0)), 0), 1) AS net
    FROM :"schema".:"customers" WHERE frequency IS NOT NULL
), paced AS MATERIALIZED (      -- what is expected of each customer; a model with a calendar asks when they ordered
    SELECT p.kind, p.cohort, p.cltv, x.sums,
           n.net * :"extension".expected_spend(m.spend_model, c.frequency::float8, c.monetary_value, c.first_value, :spend) AS spend
    FROM people AS p JOIN :"schema".:"customers" AS c ON c.:"customer" = p.customer CROSS JOIN net AS n CROSS JOIN totals
    CROSS JOIN (SELECT m.*, m.orders_model::jsonb -> 'calendar' IS NOT NULL AS dated FROM :"schema".:"model" AS m OFFSET 0) AS m
    LEFT JOIN :"schema".:"history" AS h ON m.dated AND h.:"customer" = p.customer
    CROSS JOIN (SELECT array_agg(days ORDER BY days) AS ends FROM steps) AS s
    CROSS JOIN LATERAL (
        SELECT CASE WHEN m.dated THEN (SELECT array_agg(:"extension".expected_purchases(m.orders_model, h.history, totals.as_of, e.days, :purchases, :dropout) ORDER BY e.days)
                                       FROM unnest(s.ends) AS e (days))
               ELSE :"extension".expected_purchases_at(m.orders_model, c.frequency::float8, c.recency::float8, c.tenure::float8, s.ends, :purchases, :dropout)
               END AS sums OFFSET 0) AS x
    WHERE m.orders_model IS NOT NULL
), by_step AS MATERIALIZED (
    SELECT p.kind, p.cohort, s.unit_end, s.month_end, sum(p.sums[s.step] - coalesce(p.sums[s.step - 1], 0)) AS purchases,
           sum(p.spend * (p.sums[s.step] - coalesce(p.sums[s.step - 1], 0))) AS revenue,
           -- each customer's value, parted as the purchases that are expected of them
           sum(p.cltv * (p.sums[s.step] - coalesce(p.sums[s.step - 1], 0)) / nullif(p.sums[cardinality(p.sums)], 0)) AS value
    FROM paced AS p CROSS JOIN steps AS s GROUP BY 1, 2, 3, 4
), ahead AS MATERIALIZED (
    SELECT number, cohort, unit_end, sum(value) AS value FROM by_step JOIN members USING (kind)
    WHERE unit_end IS NOT NULL AND value IS NOT NULL GROUP BY 1, 2, 3
), next AS MATERIALIZED (
    SELECT number, month_end, sum(purchases) AS purchases, sum(revenue) AS revenue FROM by_step JOIN members USING (kind)
    WHERE number > 1 AND month_end IS NOT NULL GROUP BY 1, 2
), worth AS MATERIALIZED (
    SELECT number, cohort, sum(customers) AS customers, sum(revenue) AS revenue, sum(cltv) AS cltv
    FROM (SELECT kind, cohort, count(*) AS customers, sum(revenue) AS revenue, sum(cltv) AS cltv FROM people GROUP BY 1, 2) AS w
    JOIN members USING (kind) GROUP BY 1, 2 HAVING sum(customers) >= :least_group
), lately AS (          -- what came in as many days as the predictions look ahead, but behind
    SELECT number, sum(purchases) AS purchases, sum(amount) AS amount
    FROM totals CROSS JOIN (SELECT nullif(:'finite_horizon', '')::float8::int AS days) AS h CROSS JOIN LATERAL (
        SELECT kind, count(*) AS purchases, NULL::float8 AS amount FROM days WHERE day > as_of - h.days GROUP BY 1
        UNION ALL
        SELECT p.kind, 0, sum(q.amount) FROM (:orders_query) AS q JOIN people AS p ON p.customer = q.customer
        WHERE q.ordered_at::date > as_of - h.days AND q.ordered_at::date <= as_of GROUP BY 1) AS l
    JOIN members USING (kind) WHERE number > 1 AND h.days <= as_of - first_day + 1 GROUP BY 1
), tenths AS MATERIALIZED (
    SELECT number, band, count(*) AS customers, min(cltv) AS cltv_from, max(cltv) AS cltv_to, sum(cltv) AS cltv
    FROM (SELECT number, cltv, ntile(10) OVER (PARTITION BY number ORDER BY cltv DESC, customer) AS band
          FROM people JOIN members USING (kind) WHERE number > 1 AND cltv IS NOT NULL) AS t
    GROUP BY 1, 2
), churn AS MATERIALIZED (
    SELECT number, band, count(*) AS customers, sum(revenue) AS revenue, sum(cltv) AS cltv
    FROM (SELECT number, least(width_bucket(churn_prob, 0, 1, 10), 10) AS band, revenue, cltv
          FROM people JOIN members USING (kind) WHERE number > 1 AND churn_prob IS NOT NULL) AS b
    GROUP BY 1, 2
)
SELECT json_build_object('as_of', (SELECT as_of FROM totals), 'ends', (SELECT json_agg(DISTINCT unit_end ORDER BY unit_end) FROM steps WHERE unit_end IS NOT NULL),
                         'month_ends', (SELECT json_agg(DISTINCT month_end ORDER BY month_end) FROM steps WHERE month_end IS NOT NULL), 'groups', (
    SELECT json_agg(json_build_object(
        'of', c.of,
        'lately', (SELECT json_build_array(l.purchases, round(l.amount::numeric, 2)) FROM lately AS l WHERE l.number = c.number),
        'months', (SELECT json_agg(json_build_array(m.month, m.new, m.again, m.new_revenue, m.again_revenue) ORDER BY m.month)
                   FROM by_month AS m JOIN totals ON m.month > as_of - interval '25 months' WHERE m.number = c.number),
        'next', (SELECT json_agg(json_build_array(round(n.purchases::numeric, 1), round(n.revenue::numeric)) ORDER BY n.month_end) FROM next AS n WHERE n.number = c.number),
        'cohorts', (SELECT json_agg(json_build_array(w.cohort, w.customers, round(w.revenue::numeric, 2), round(w.cltv::numeric, 2),
                        (SELECT json_build_array(json_agg(coalesce(x.active, 0) ORDER BY p), json_agg(x.amount ORDER BY p) FILTER (WHERE (SELECT count(*) FROM money) > 0))
                         FROM totals CROSS JOIN calendar CROSS JOIN generate_series(0, :"extension".cohort_period(w.cohort, as_of, unit)) AS p
                         LEFT JOIN cells AS x ON x.number = c.number AND x.cohort = w.cohort AND x.period = p WHERE c.number > 1),
                        (SELECT json_agg(round(a.value::numeric, CASE WHEN c.number = 1 THEN 2 ELSE 0 END) ORDER BY a.unit_end) FROM ahead AS a
                         WHERE a.number = c.number AND a.cohort = w.cohort)) ORDER BY w.cohort)
                    FROM worth AS w WHERE w.number = c.number),
        'tenths', (SELECT json_agg(json_build_array(t.band, t.customers, round(t.cltv_from::numeric, 2), round(t.cltv_to::numeric, 2), round(t.cltv::numeric, 2)) ORDER BY t.band)
                   FROM tenths AS t WHERE t.number = c.number),
        'churn', (SELECT json_agg(json_build_array(b.band, b.customers, round(b.revenue::numeric, 2), round(b.cltv::numeric, 2)) ORDER BY b.band)
                  FROM churn AS b WHERE b.number = c.number)) ORDER BY c.number)
    FROM chosen AS c));

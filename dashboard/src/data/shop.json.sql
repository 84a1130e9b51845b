-- All that the page shows, as one JSON object of one statement: a refresh meanwhile cannot make its numbers disagree.

WITH described AS (
    SELECT attname AS name, col_description(attrelid, attnum) AS meaning
    FROM pg_attribute WHERE attrelid = format('%I.%I', :'schema', :'customers')::regclass AND attnum > 0
), totals AS (
    SELECT count(*) AS customers, sum(orders) AS orders, sum(revenue) AS revenue,
           sum(expected_orders) AS expected_orders, sum(cltv) AS cltv, max(first_order + tenure::int) AS as_of,
           min(first_order) AS first_day
    FROM :"schema".:"customers"
), at_risk AS (
    SELECT (SELECT count(*) FROM :"schema".:"at_risk") AS customers,
           CASE WHEN cltv IS NOT NULL
           THEN (SELECT coalesce(sum(value_at_stake), 0) FROM :"schema".:"at_risk") END AS value_at_stake
    FROM totals
), calendar AS (        -- as fine as about two dozen periods allow
    SELECT CASE WHEN months <= 24 THEN 'month' WHEN months <= 72 THEN 'quarter' ELSE 'year' END AS unit
    FROM (SELECT :"extension".cohort_period(first_day, as_of, 'month') AS months FROM totals) AS m
), histories AS MATERIALIZED (        -- read as JSON once each; a day whose amounts are unknown ends in a question mark
    SELECT history::text::jsonb -> 'days' AS days FROM :"schema".:"history"
), active AS (
    SELECT date_trunc(unit, first)::date AS cohort, period, count(*) AS active
    FROM calendar CROSS JOIN (SELECT days, rtrim(days ->> 0, '?')::date AS first FROM histories) AS h
    CROSS JOIN LATERAL (SELECT DISTINCT :"extension".cohort_period(first, rtrim(day, '?')::date, unit) AS period
                        FROM jsonb_array_elements_text(days) AS day) AS p
    GROUP BY 1, 2
), cells AS (
    SELECT cohort, period, c.customers, coalesce(active, 0) AS active,
           cohort + (period + 1) * CASE unit WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || unit)::interval END
           <= as_of + 1 AS complete
    FROM (SELECT cohort, active AS customers FROM active WHERE period = 0) AS c CROSS JOIN calendar CROSS JOIN totals
    CROSS JOIN generate_series(0, :"extension".cohort_period(cohort, as_of, unit)) AS period
    LEFT JOIN active USING (cohort, period)
)
SELECT json_build_object(
    'name', :'full_name',
    'database', current_database(),
    'role', current_user,
    'built', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'currency', nullif(:'currency', ''),
    'key', :'customer',
    -- 'within the next 365 days', as cltv_materialize described the column
    'span', (SELECT substring(meaning FROM '^Purchases expected (.+)$') FROM described WHERE name = 'expected_orders'),
    'meanings', (SELECT json_object_agg(name, meaning) FROM described
                 WHERE meaning IS NOT NULL
                     AND name IN ('revenue', 'expected_orders', 'churn_prob', 'cltv', 'value_tier')),
    'health', (SELECT to_json(h) FROM :"extension".cltv_health AS h WHERE h.name = :'full_name'),
    'model', (SELECT json_build_object('as_of', as_of, 'kind', orders_model::jsonb ->> 'kind', 'status', status,
                                       'spend_kind', spend_model::jsonb ->> 'kind', 'spend_status', spend_status,
                                       'customers', customers)
              FROM :"schema".:"model"),
    'totals', (SELECT to_json(t) FROM totals AS t),
    'segments', (SELECT coalesce(json_agg(s ORDER BY segment), '[]')
                 FROM :"schema".:"segments" AS s),
    'rfm_grid', (SELECT coalesce(json_agg(g ORDER BY r, f), '[]') FROM :"schema".:"rfm_grid" AS g),
    'value_bands', (SELECT coalesce(json_agg(b ORDER BY band), '[]') FROM :"schema".:"value_bands" AS b),
    'forecast', (SELECT coalesce(json_agg(w ORDER BY week), '[]') FROM :"schema".:"forecast" AS w),
    'cohorts', json_build_object('unit', (SELECT unit FROM calendar),
                                 'cells', (SELECT coalesce(json_agg(c ORDER BY cohort, period), '[]') FROM cells AS c)),
    'at_risk', (SELECT json_build_object('customers', customers, 'value_at_stake', value_at_stake, 'first', first)
                FROM at_risk CROSS JOIN (
                    SELECT coalesce(json_agg(f ORDER BY rank), '[]') AS first
                    FROM (SELECT rank, :"customer"::text AS customer, segment, value_tier, last_order, orders, revenue,
                                 cltv, churn_prob, value_at_stake
                          FROM :"schema".:"at_risk" ORDER BY rank, 2 LIMIT 25) AS f) AS l));

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
    SELECT oldest, newest, CASE WHEN newest - oldest <= 24 THEN 1 WHEN newest - oldest <= 72 THEN 3 ELSE 12 END AS months
    FROM (SELECT (12 * date_part('year', first_day) + date_part('month', first_day))::int - 1 AS oldest,
                 (12 * date_part('year', as_of) + date_part('month', as_of))::int - 1 AS newest
          FROM totals) AS m
), histories AS MATERIALIZED (        -- read as JSON once each; a day whose amounts are unknown ends in a question mark
    SELECT history::text::jsonb -> 'days' AS days FROM :"schema".:"history"
), active AS (
    SELECT ((12 * date_part('year', first) + date_part('month', first))::int - 1) / months AS cohort, period,
           count(*) AS active
    FROM calendar CROSS JOIN (SELECT days, rtrim(days ->> 0, '?')::date AS first FROM histories) AS h
    CROSS JOIN LATERAL (
        SELECT DISTINCT ((12 * date_part('year', day) + date_part('month', day))::int - 1) / months AS period
        FROM (SELECT rtrim(known, '?')::date AS day FROM jsonb_array_elements_text(days) AS known) AS d) AS p
    GROUP BY cohort, period
), cells AS (
    SELECT make_date(c.cohort * months / 12, c.cohort * months % 12 + 1, 1) AS cohort, period - c.cohort AS period,
           c.customers, coalesce(a.active, 0) AS active,
           (make_date(period * months / 12, period * months % 12 + 1, 1) + make_interval(months => months))::date
           <= as_of + 1 AS complete
    FROM (SELECT cohort, active AS customers FROM active WHERE period = cohort) AS c CROSS JOIN calendar CROSS JOIN totals
    CROSS JOIN generate_series(c.cohort, newest / months) AS period
    LEFT JOIN active AS a USING (cohort, period)
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
                 WHERE name IN ('revenue', 'expected_orders', 'churn_prob', 'cltv', 'value_tier') AND meaning IS NOT NULL),
    'health', (SELECT to_json(h) FROM :"extension".cltv_health AS h WHERE h.name = :'full_name'),
    'model', (SELECT json_build_object('as_of', as_of, 'kind', orders_model::jsonb ->> 'kind', 'status', status,
                                       'spend_status', spend_status, 'customers', customers)
              FROM :"schema".:"model"),
    'totals', (SELECT to_json(t) FROM totals AS t),
    'segments', (SELECT coalesce(json_agg(s ORDER BY segment), '[]')
                 FROM :"schema".:"segments" AS s),
    'rfm_grid', (SELECT coalesce(json_agg(g ORDER BY r, f), '[]') FROM :"schema".:"rfm_grid" AS g),
    'value_bands', (SELECT coalesce(json_agg(b ORDER BY band), '[]') FROM :"schema".:"value_bands" AS b),
    'forecast', (SELECT coalesce(json_agg(w ORDER BY week), '[]') FROM :"schema".:"forecast" AS w),
    'cohorts', json_build_object('months', (SELECT months FROM calendar),
                                 'cells', (SELECT coalesce(json_agg(c ORDER BY cohort, period), '[]') FROM cells AS c)),
    'at_risk', (SELECT json_build_object('customers', customers, 'value_at_stake', value_at_stake, 'first', first)
                FROM at_risk CROSS JOIN (
                    SELECT coalesce(json_agg(f ORDER BY rank), '[]') AS first
                    FROM (SELECT rank, :"customer"::text AS customer, segment, value_tier, last_order, orders, revenue,
                                 cltv, churn_prob, value_at_stake
                          FROM :"schema".:"at_risk" ORDER BY rank, 2 LIMIT 25) AS f) AS l));

-- All that the page shows, as one JSON object of one statement: a refresh meanwhile cannot make its numbers disagree.

WITH described AS (
    SELECT attname AS name, col_description(attrelid, attnum) AS meaning
    FROM pg_attribute WHERE attrelid = :'full_name'::regclass AND attnum > 0
), totals AS (
    SELECT count(*) AS customers, sum(orders) AS orders, sum(revenue) AS revenue,
           sum(expected_orders) AS expected_orders, sum(cltv) AS cltv, max(first_order + tenure::int) AS as_of,
           min(first_order) AS first_day
    FROM :"schema".:"customers"
), win_back AS MATERIALIZED (
    SELECT :"customer" AS customer, rank, value_at_stake FROM :"schema".:"at_risk"
), to_win_back AS (
    SELECT (SELECT count(*) FROM win_back) AS customers,
           CASE WHEN cltv IS NOT NULL AND (:least_group = 1 OR EXISTS (SELECT FROM win_back))
           THEN (SELECT coalesce(sum(value_at_stake), 0) FROM win_back) END AS value_at_stake
    FROM totals
), :carried_words, groups AS MATERIALIZED (
    SELECT c.segment, c.value_tier, c.r, c.f, words.row AS words, count(*) AS customers, sum(c.orders) AS orders,
           sum(c.revenue) AS revenue, sum(c.expected_orders) AS expected_orders, sum(c.cltv) AS cltv, sum(c.churn_prob) AS churn,
           count(b.rank) AS to_win_back, sum(b.value_at_stake) AS value_at_stake
    FROM :"schema".:"customers" AS c LEFT JOIN win_back AS b ON b.customer = c.:"customer"
    CROSS JOIN LATERAL (SELECT :words_shown AS row) AS words
    GROUP BY 1, 2, 3, 4, 5
), ways AS MATERIALIZED (        -- as many ways to filter as the page has room for; scores tell small groups apart
    SELECT segment, value_tier, CASE WHEN size.fine THEN r END AS r, CASE WHEN size.fine THEN f END AS f, words,
           sum(customers) AS customers, sum(orders) AS orders, sum(revenue) AS revenue, sum(expected_orders) AS expected_orders,
           sum(cltv) AS cltv, sum(churn) AS churn, sum(to_win_back) AS to_win_back, sum(value_at_stake) AS value_at_stake
    FROM groups CROSS JOIN (SELECT count(*) <= 3000 AND :least_group = 1 AS fine FROM groups) AS size
    GROUP BY 1, 2, 3, 4, 5
), cube AS (        -- a group that is too small is one of the others, or none
    SELECT segment, value_tier, r, f, words, sum(customers) AS customers, sum(orders) AS orders, round(sum(revenue)::numeric, 2) AS revenue,
           round(nullif(sum(expected_orders), 'infinity')::numeric, 3) AS expected_orders, round(sum(cltv)::numeric, 2) AS cltv,
           round(sum(churn)::numeric, 3) AS churn, sum(to_win_back) AS to_win_back, round(sum(value_at_stake)::numeric, 2) AS value_at_stake
    FROM (SELECT w.segment, w.value_tier, w.r, w.f, CASE WHEN w.customers >= :least_group THEN w.words
                 ELSE array_fill('…'::text, ARRAY[cardinality(w.words)]) END AS words,
                 w.customers, w.orders, w.revenue, w.expected_orders, w.cltv, w.churn, w.to_win_back, w.value_at_stake FROM ways AS w) AS w
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(customers) >= :least_group
), calendar AS (        -- as fine as about two dozen periods allow
    SELECT CASE WHEN months <= 24 THEN 'month' WHEN months <= 72 THEN 'quarter' ELSE 'year' END AS unit
    FROM (SELECT :"extension".cohort_period(first_day, as_of, 'month') AS months FROM totals) AS m
), histories AS MATERIALIZED (        -- read as JSON once each; a day whose amounts are unknown ends in a question mark
    SELECT history::text::jsonb -> 'days' AS days FROM :"schema".:"history"
), visits AS MATERIALIZED (        -- purchases of a day, first ones and others
    SELECT day, count(*) FILTER (WHERE day = first) AS new, count(*) FILTER (WHERE day > first) AS again
    FROM (SELECT rtrim(days ->> 0, '?')::date AS first, rtrim(day, '?')::date AS day
          FROM histories CROSS JOIN LATERAL jsonb_array_elements_text(days) AS day) AS v
    GROUP BY day
), money AS MATERIALIZED (
    SELECT c.first_order AS first, q.ordered_at::date AS day, sum(q.amount) AS amount
    FROM (:orders_query) AS q JOIN :"schema".:"customers" AS c ON c.:"customer" = q.customer CROSS JOIN totals
    WHERE q.ordered_at::date <= totals.as_of
    GROUP BY 1, 2
), taken AS MATERIALIZED (        -- money of a day, of first purchases and of others: none where no amount is known
    SELECT day, sum(amount) FILTER (WHERE day <= first) AS new_revenue, sum(amount) FILTER (WHERE day > first) AS again_revenue
    FROM money WHERE amount IS NOT NULL GROUP BY day
), active AS (
    SELECT date_trunc(unit, first)::date AS cohort, period, count(*) AS active
    FROM calendar CROSS JOIN (SELECT days, rtrim(days ->> 0, '?')::date AS first FROM histories) AS h
    CROSS JOIN LATERAL (SELECT DISTINCT :"extension".cohort_period(first, rtrim(day, '?')::date, unit) AS period
                        FROM jsonb_array_elements_text(days) AS day) AS p
    GROUP BY 1, 2
), spent AS (
    SELECT date_trunc(unit, first)::date AS cohort, :"extension".cohort_period(first, day, unit) AS period, sum(amount) AS amount
    FROM calendar CROSS JOIN money GROUP BY 1, 2
), cells AS (
    SELECT cohort, period, c.customers, CASE WHEN active IS NULL OR active >= :least_group THEN coalesce(active, 0) END AS active,
           CASE WHEN EXISTS (SELECT FROM taken) THEN round(coalesce(amount, 0)::numeric, 2) END AS revenue,
           cohort + (period + 1) * CASE unit WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || unit)::interval END
           <= as_of + 1 AS complete
    FROM (SELECT cohort, active AS customers FROM active WHERE period = 0) AS c CROSS JOIN calendar CROSS JOIN totals
    CROSS JOIN generate_series(0, :"extension".cohort_period(cohort, as_of, unit)) AS period
    LEFT JOIN active USING (cohort, period) LEFT JOIN spent USING (cohort, period)
    WHERE c.customers >= :least_group
), worth AS (
    SELECT date_trunc(unit, first_order)::date AS cohort, count(*) AS customers, sum(revenue) AS revenue, sum(cltv) AS cltv
    FROM :"schema".:"customers" CROSS JOIN calendar WHERE first_order IS NOT NULL
    GROUP BY 1 HAVING count(*) >= :least_group
), months AS (
    SELECT month, CASE WHEN new IS NULL OR new >= :least_group THEN coalesce(new, 0) END AS new, coalesce(again, 0) AS again,
           CASE WHEN EXISTS (SELECT FROM taken) AND (new IS NULL OR new >= :least_group) THEN round(coalesce(new_revenue, 0)::numeric, 2) END AS new_revenue,
           CASE WHEN EXISTS (SELECT FROM taken) THEN round(coalesce(again_revenue, 0)::numeric, 2) END AS again_revenue
    FROM (SELECT m::date AS month FROM totals, generate_series(date_trunc('month', first_day), as_of, interval '1 month') AS m) AS every
    LEFT JOIN (SELECT date_trunc('month', day)::date AS month, sum(new) AS new, sum(again) AS again FROM visits GROUP BY 1) AS v USING (month)
    LEFT JOIN (SELECT date_trunc('month', day)::date AS month, sum(new_revenue) AS new_revenue, sum(again_revenue) AS again_revenue
               FROM taken GROUP BY 1) AS a USING (month)
), spans (name, first, last) AS (
    SELECT s.name, as_of - s.before - 89, as_of - s.before
    FROM totals CROSS JOIN (VALUES ('now', 0), ('before', 90), ('year', 365)) AS s (name, before)
    WHERE first_day <= as_of - s.before - 89
), pulse AS (
    SELECT s.name, sum(v.new + v.again) AS purchases, sum(v.new) AS new,
           (SELECT round(sum(coalesce(t.new_revenue, 0) + coalesce(t.again_revenue, 0))::numeric, 2)
            FROM taken AS t WHERE t.day BETWEEN s.first AND s.last) AS revenue
    FROM spans AS s JOIN visits AS v ON v.day BETWEEN s.first AND s.last
    GROUP BY s.name, s.first, s.last
), bands AS (
    SELECT band, count(*) AS customers, sum(revenue) AS revenue, sum(cltv) AS cltv
    FROM (SELECT least(width_bucket(churn_prob, 0, 1, 10), 10) AS band, revenue, cltv FROM :"schema".:"customers"
          WHERE churn_prob IS NOT NULL) AS b
    GROUP BY band HAVING count(*) >= :least_group
), chosen AS MATERIALIZED (        -- the first of each list, as many as there is room for
    SELECT c.*, b.rank, b.value_at_stake, row_number() OVER (ORDER BY least(place.by_value, 3 * place.in_segment, b.rank), place.by_value) AS place
    FROM (SELECT :"customer" AS id, row_number() OVER (ORDER BY cltv DESC NULLS LAST, revenue DESC, :"customer") AS by_value,
                 row_number() OVER (PARTITION BY segment ORDER BY cltv DESC NULLS LAST, revenue DESC, :"customer") AS in_segment
          FROM :"schema".:"customers") AS place
    JOIN :"schema".:"customers" AS c ON c.:"customer" = place.id
    LEFT JOIN win_back AS b ON b.customer = place.id
    ORDER BY least(place.by_value, 3 * place.in_segment, b.rank), place.by_value LIMIT :most_customers
), people AS (
    SELECT c.:"customer"::text AS id, c.place, c.segment, c.value_tier AS tier, c.r, c.f, c.m, c.first_order AS first, c.last_order AS last,
           c.orders, round(c.revenue::numeric, 2) AS revenue, c.frequency, c.recency, c.tenure,
           round(nullif(c.expected_orders, 'infinity')::numeric, 4) AS expected, round(c.churn_prob::numeric, 5) AS churn,
           round(c.cltv::numeric, 4) AS cltv, c.rank, round(c.value_at_stake::numeric, 4) AS stake,
           :words_held AS words,
           next.lower AS next_from, next.median AS next, next.upper AS next_to, range.low, range.high,
           (SELECT json_agg(day - c.first_order ORDER BY day)
            FROM (SELECT rtrim(d, '?')::date AS day FROM jsonb_array_elements_text(h.history::text::jsonb -> 'days') AS d
                  ORDER BY 1 DESC LIMIT 150) AS last_days WHERE day <= c.first_order + c.tenure::int) AS days,
           CASE WHEN c.tenure > 0 THEN     -- as it would have been said then: of the days up to then
               (SELECT json_agg(round(100 * :"extension".prob_alive(m.orders_model, past.history, past.as_of, :purchases, :dropout))
                                ORDER BY past.as_of)
                FROM (SELECT t.as_of, :"extension".purchase_history(rtrim(d, '?')::date, float8 '1') AS history
                      FROM (SELECT c.first_order + (c.tenure * i / 32)::int AS as_of FROM generate_series(0, 32) AS i) AS t
                      JOIN jsonb_array_elements_text(h.history::text::jsonb -> 'days') AS d ON rtrim(d, '?')::date <= t.as_of
                      GROUP BY t.as_of) AS past) END AS alive
    FROM chosen AS c JOIN :"schema".:"history" AS h ON h.:"customer" = c.:"customer" CROSS JOIN :"schema".:"model" AS m
    CROSS JOIN LATERAL (SELECT n.* FROM (SELECT) AS one LEFT JOIN LATERAL :"extension".next_order_interval(
        m.orders_model, c.frequency::float8, c.recency::float8, c.tenure::float8, c.first_order + c.tenure::int, float8 '0.8',
        :purchases, :dropout) AS n ON c.churn_prob IS NOT NULL) AS next
    CROSS JOIN LATERAL (        -- how many purchases it will be, but for the tenth at either end
        SELECT min(n) FILTER (WHERE so_far >= 0.1) AS low, min(n) FILTER (WHERE so_far >= 0.9) AS high
        FROM (SELECT n, sum(:"extension".purchase_pmf(m.orders_model, h.history, c.first_order + c.tenure::int, nullif(:'finite_horizon', '')::float8,
                                                      n::float8, :purchases, :dropout)) OVER (ORDER BY n) AS so_far
              FROM generate_series(0, CASE WHEN nullif(:'finite_horizon', '') IS NOT NULL AND c.expected_orders < 60
                                           THEN (3 * c.expected_orders + 8)::int ELSE -1 END) AS n) AS p) AS range
    WHERE c.first_order IS NOT NULL
)
SELECT json_build_object(
    'name', :'full_name',
    'database', current_database(),
    'role', current_user,
    'built', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'key', :'customer',
    -- 'within the next 365 days', as cltv_materialize described the column
    'span', (SELECT substring(meaning FROM '^Purchases expected (.+)$') FROM described WHERE name = 'expected_orders'),
    'made', (SELECT json_build_object('horizon', o ->> 'horizon', 'margin', o ->> 'margin', 'discount_rate', o ->> 'discount_rate',
                                      'as_of', o ->> 'as_of', 'least_group', :least_group) FROM cast(:'made' AS jsonb) AS o),
    'meanings', (SELECT json_object_agg(name, meaning) FROM described
                 WHERE meaning IS NOT NULL
                     AND name IN ('revenue', 'expected_orders', 'churn_prob', 'cltv', 'value_tier')),
    'health', (SELECT to_json(h) FROM :"extension".cltv_health AS h WHERE h.name = :'full_name'),
    'model', (SELECT json_build_object('as_of', as_of, 'kind', orders_model::jsonb ->> 'kind', 'status', status,
                                       'spend_kind', spend_model::jsonb ->> 'kind', 'spend_status', spend_status,
                                       'customers', customers)
              FROM :"schema".:"model"),
    'parameters', (SELECT coalesce(json_agg(json_build_object('model', model, 'name', name, 'estimate', estimate,
                                                              'std_error', std_error) ORDER BY model, ordinality), '[]')
                   FROM (SELECT 'orders' AS model, p.* FROM :"schema".:"model" AS m,
                             LATERAL ROWS FROM (:"extension".model_params(m.orders_model)) WITH ORDINALITY AS p
                         UNION ALL
                         SELECT 'spend', p.* FROM :"schema".:"model" AS m,
                             LATERAL ROWS FROM (:"extension".model_params(m.spend_model)) WITH ORDINALITY AS p) AS p),
    'totals', (SELECT to_json(t) FROM totals AS t),
    'to_win_back', (SELECT to_json(t) FROM to_win_back AS t),
    -- As many days as the predictions look ahead, but behind; and the customers of 90 days ago.
    'previous', (SELECT json_build_object('customers', (SELECT nullif(count(*), 0) FROM :"schema".:"customers" AS c WHERE c.first_order <= t.as_of - 90),
                                          'days', h.days, 'purchases', CASE WHEN h.days <= t.as_of - t.first_day + 1 THEN
                                              (SELECT sum(v.new + v.again) FROM visits AS v WHERE v.day > t.as_of - h.days) END,
                                          'revenue', CASE WHEN h.days <= t.as_of - t.first_day + 1 THEN
                                              (SELECT round(sum(coalesce(v.new_revenue, 0) + coalesce(v.again_revenue, 0))::numeric, 2)
                                               FROM taken AS v WHERE v.day > t.as_of - h.days) END)
                 FROM totals AS t CROSS JOIN (SELECT nullif(:'finite_horizon', '')::float8::int AS days) AS h),
    'pulse', (SELECT json_object_agg(name, to_json(p)) FROM pulse AS p),
    'segments', (SELECT coalesce(json_agg(s ORDER BY segment), '[]')
                 FROM (SELECT s.*, p.profile, p.action, (SELECT coalesce(sum(g.to_win_back), 0) FROM groups AS g
                                                         WHERE g.segment IS NOT DISTINCT FROM s.segment) AS to_win_back
                       FROM :"schema".:"segments" AS s LEFT JOIN :"extension".cltv_playbook(:'full_name'::regclass) AS p USING (segment)) AS s),
    'rfm_grid', (SELECT coalesce(json_agg(g ORDER BY r, f), '[]') FROM :"schema".:"rfm_grid" AS g),
    'value_bands', (SELECT coalesce(json_agg(b ORDER BY band), '[]') FROM :"schema".:"value_bands" AS b),
    'churn_bands', (SELECT coalesce(json_agg(b ORDER BY band), '[]') FROM bands AS b),
    'forecast', (SELECT coalesce(json_agg(w ORDER BY week), '[]') FROM :"schema".:"forecast" AS w),
    'months', (SELECT coalesce(json_agg(w ORDER BY month), '[]') FROM months AS w),
    'cohorts', json_build_object('unit', (SELECT unit FROM calendar),
                                 'cells', (SELECT coalesce(json_agg(c ORDER BY cohort, period), '[]') FROM cells AS c),
                                 'worth', (SELECT coalesce(json_agg(w ORDER BY cohort), '[]') FROM worth AS w)),
    'columns', (SELECT coalesce(json_agg(name ORDER BY place), '[]') FROM columns),
    'cube', (SELECT coalesce(json_agg(to_json(c)), '[]') FROM cube AS c),
    'customers', (SELECT coalesce(json_agg(p ORDER BY rank NULLS LAST, cltv DESC NULLS LAST, revenue DESC, id), '[]') FROM people AS p));

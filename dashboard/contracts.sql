-- All that the page of a NAME of cltv_materialize_contracts shows, as one JSON object of one statement.

WITH described AS (
    SELECT attname AS name, col_description(attrelid, attnum) AS meaning
    FROM pg_attribute WHERE attrelid = :'full_name'::regclass AND attnum > 0
), day AS (
    SELECT max(as_of) AS as_of, min(started_on) AS first_day FROM :"schema".:"history"
), totals AS (
    SELECT count(*) AS customers, count(*) FILTER (WHERE status <> 'ended') AS there, count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
           sum(mrr) AS mrr, sum(churn_prob) AS leaving, sum(mrr * churn_prob) AS mrr_at_risk, sum(expected_periods) AS periods, sum(cltv) AS cltv,
           (SELECT as_of FROM day) AS as_of
    FROM :"schema".:"customers"
), :carried_words, placed AS MATERIALIZED (
    SELECT c.status, c.value_tier, c.mrr, c.churn_prob, c.expected_periods, c.cltv, c.next_renewal, words.row AS words
    FROM :"schema".:"customers" AS c
    CROSS JOIN LATERAL (SELECT :words_shown AS row) AS words
), due AS (             -- the renewals of a month, by whom one may filter; of small groups not
    SELECT p.status, p.value_tier, p.words, date_trunc('month', p.next_renewal::timestamp)::date AS month, count(*) AS renewals,
           round(sum(p.churn_prob)::numeric, 4) AS expected_to_leave, round(sum(p.mrr)::numeric, 2) AS mrr,
           round(sum(p.mrr * p.churn_prob)::numeric, 4) AS mrr_at_risk, round(sum(p.cltv)::numeric, 2) AS cltv
    FROM placed AS p WHERE p.status <> 'ended' AND :least_group = 1 AND EXISTS (SELECT FROM :"schema".:"renewals")
    GROUP BY 1, 2, 3, 4
), cube AS (
    SELECT c.status, c.value_tier, c.words, count(*) AS customers, count(*) FILTER (WHERE c.status <> 'ended') AS there,
           round(sum(c.mrr)::numeric, 2) AS mrr, round(sum(c.churn_prob)::numeric, 4) AS leaving, round(sum(c.mrr * c.churn_prob)::numeric, 4) AS mrr_at_risk,
           round(sum(c.expected_periods)::numeric, 3) AS periods, round(sum(c.cltv)::numeric, 2) AS cltv
    FROM placed AS c
    GROUP BY 1, 2, 3 HAVING count(*) >= :least_group
), calendar AS (        -- as fine as about two dozen periods allow
    SELECT unit, CASE unit WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || unit)::interval END AS step
    FROM (SELECT CASE WHEN months <= 24 THEN 'month' WHEN months <= 72 THEN 'quarter' ELSE 'year' END AS unit
          FROM (SELECT :"extension".cohort_period(first_day, as_of, 'month') AS months FROM day) AS m) AS u
), firsts AS (
    SELECT :"customer" AS customer, date_trunc(unit, min(started_on)::timestamp)::date AS cohort FROM :"schema".:"history" CROSS JOIN calendar GROUP BY 1, unit
), cohorts AS (
    SELECT cohort, count(*) AS customers FROM firsts GROUP BY cohort HAVING count(*) >= :least_group
), cells AS (           -- who is there at the end of each later period, or at the newest day of one that is not over
    SELECT c.cohort, p.period, c.customers, e.last_day <= d.as_of AS complete,
           (SELECT count(DISTINCT h.:"customer") FROM firsts AS f JOIN :"schema".:"history" AS h ON h.:"customer" = f.customer
            WHERE f.cohort = c.cohort AND h.started_on <= least(e.last_day, d.as_of) AND (h.ended_on IS NULL OR h.ended_on > least(e.last_day, d.as_of))) AS active
    FROM cohorts AS c CROSS JOIN day AS d CROSS JOIN calendar
    CROSS JOIN LATERAL generate_series(0, :"extension".cohort_period(c.cohort, d.as_of, unit)) AS p (period)
    CROSS JOIN LATERAL (SELECT (c.cohort + (p.period + 1) * step)::date - 1 AS last_day) AS e
), chosen AS MATERIALIZED (      -- who is still to decide comes first
    SELECT c.*, c.mrr * c.churn_prob AS stake, place.rank, row_number() OVER (ORDER BY least(place.rank, 2 * place.by_value), place.rank) AS place
    FROM (SELECT :"customer" AS id, row_number() OVER (ORDER BY status = 'running' DESC, mrr * churn_prob DESC NULLS LAST, cltv DESC NULLS LAST, :"customer") AS rank,
                 row_number() OVER (ORDER BY cltv DESC NULLS LAST, :"customer") AS by_value FROM :"schema".:"customers") AS place
    JOIN :"schema".:"customers" AS c ON c.:"customer" = place.id
    ORDER BY least(place.rank, 2 * place.by_value), place.rank LIMIT :most_customers
), people AS (
    SELECT c.:"customer"::text AS id, c.place, c.status, c.value_tier AS tier, c.first_started AS first, c.started_on AS started, c.ended_on AS ended, c.contracts, c.renewals,
           c.next_renewal AS next, round(c.mrr::numeric, 2) AS mrr, round(c.churn_prob::numeric, 5) AS churn, round(c.expected_periods::numeric, 3) AS periods,
           c.periods_lower AS low, c.periods_upper AS high, round(c.cltv::numeric, 2) AS cltv, round(c.cltv_lower::numeric, 2) AS cltv_low,
           round(c.cltv_upper::numeric, 2) AS cltv_high, round(c.stake::numeric, 4) AS stake, CASE WHEN c.status = 'running' AND c.stake > 0 THEN c.rank END AS rank,
           :words_held AS words
    FROM chosen AS c
)
SELECT json_build_object(
    'kind', 'contracts',
    'name', :'full_name',
    'database', current_database(),
    'role', current_user,
    'built', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'key', :'customer',
    'made', (SELECT json_build_object('horizon', o ->> 'horizon', 'period', o ->> 'period', 'margin', o ->> 'margin', 'discount_rate', o ->> 'discount_rate',
                                      'as_of', o ->> 'as_of', 'least_group', :least_group) FROM cast(:'made' AS jsonb) AS o),
    'meanings', (SELECT json_object_agg(name, meaning) FROM described
                 WHERE meaning IS NOT NULL AND name IN ('status', 'mrr', 'churn_prob', 'expected_periods', 'cltv', 'value_tier')),
    'health', (SELECT to_json(h) FROM :"extension".cltv_health AS h WHERE h.name = :'full_name'),
    'model', (SELECT json_build_object('as_of', as_of, 'family', family, 'status', status, 'contracts', contracts, 'compared', compared)
              FROM :"schema".:"model"),
    'parameters', (SELECT coalesce(json_agg(p ORDER BY ordinality), '[]')
                   FROM (SELECT 'contracts' AS model, p.* FROM :"schema".:"model" AS m,
                             LATERAL ROWS FROM (:"extension".model_params(m.contracts_model)) WITH ORDINALITY AS p) AS p),
    'totals', (SELECT to_json(t) FROM totals AS t),
    'curve', (SELECT coalesce(json_agg(c ORDER BY period), '[]') FROM :"schema".:"curve" AS c WHERE at_risk >= :least_group),
    'mrr', (SELECT coalesce(json_agg(m ORDER BY period), '[]') FROM (SELECT * FROM :"schema".:"mrr" ORDER BY period DESC LIMIT 36) AS m
            WHERE customers >= :least_group),
    'renewals', (SELECT coalesce(json_agg(r ORDER BY month), '[]') FROM (SELECT * FROM :"schema".:"renewals" ORDER BY month LIMIT 36) AS r WHERE renewals >= :least_group),
    'cohorts', json_build_object('unit', (SELECT unit FROM calendar), 'worth', '[]'::json,
        'cells', (SELECT coalesce(json_agg(json_build_object('cohort', cohort, 'period', period, 'customers', customers,
                                                            'active', CASE WHEN active >= :least_group OR :least_group = 1 THEN active END, 'complete', complete)
                                           ORDER BY cohort, period), '[]') FROM cells)),
    'columns', (SELECT coalesce(json_agg(name ORDER BY place), '[]') FROM columns),
    'due', (SELECT coalesce(json_agg(to_json(d) ORDER BY month), '[]') FROM due AS d WHERE month < (SELECT min(month) FROM due) + interval '36 months'),
    'cube', (SELECT coalesce(json_agg(to_json(c)), '[]') FROM cube AS c),
    'customers', (SELECT coalesce(json_agg(p ORDER BY rank NULLS LAST, cltv DESC NULLS LAST, id), '[]') FROM people AS p));

-- How long the groups of subscribers stay that a reader may filter by, what moved their recurring revenue, and how many of each
-- cohort are there: of one filter each, then of two, the largest first. All of it is counts and sums that add up over customers, so
-- each customer is read once, with all others of the same words. Apart from the rest, because it may refuse.

SELECT made ->> 'as_of' IS NULL AS newest, made ->> 'started_on' AS started_on, made ->> 'ended_on' AS ended_on, made ->> 'mrr' AS mrr_column,
       made ->> 'ends' AS ends, made ->> 'subscriptions' AS subscriptions, made ->> 'customer' AS subscriber,
       coalesce(has_table_privilege(to_regclass(made ->> 'subscriptions'), 'SELECT')
                AND has_schema_privilege((SELECT r.relnamespace FROM pg_class AS r WHERE r.oid = to_regclass(made ->> 'subscriptions')), 'USAGE'),
                false) AS can_be_read,
       :"extension".cltv_features_of(:"extension".cltv_attributes_of(made), name 'h') AS features_of,
       CASE WHEN made ->> 'attributes' IS NULL THEN 'NULL::text' ELSE 'CASE WHEN m.attributes IS NOT NULL THEN k.attributes END::text' END AS attributes_of,
       :"extension".cltv_by_attributes(text 'churn_prob(m.contracts_model, (g.period - 1)::float8?)', format('a.attributes::%I.features', :'extension')) AS leaves
FROM (SELECT :'made'::jsonb AS made) AS o
\gset
\if :can_be_read
SELECT s.columns || format('o.%I::numeric', :'mrr_column') || s.rows_of AS subscriptions_query
FROM :"extension".cltv_subscriptions_source(to_regclass(:'subscriptions'), :'subscriber', :'started_on', :'ended_on', :'mrr_column', NULL::name, :'ends') AS s
\gset
\else
SELECT format('SELECT c.%I AS customer, NULL::date AS started, NULL::date AS ended, NULL::numeric AS mrr FROM %s AS c WHERE false',
              :'customer', :'full_name') AS subscriptions_query
\gset
\endif

WITH day AS (
    SELECT max(as_of) AS as_of, min(started_on) AS first_day FROM :"schema".:"history"
), calendar AS (        -- as on the rest of the page
    SELECT unit FROM (SELECT CASE WHEN months <= 24 THEN 'month' WHEN months <= 72 THEN 'quarter' ELSE 'year' END AS unit
                      FROM (SELECT :"extension".cohort_period(first_day, as_of, 'month') AS months FROM day) AS m) AS u
), spoken AS MATERIALIZED (     -- the words of each customer; of a column, the eleven commonest and the others
    SELECT c.:"customer" AS customer, c.status, coalesce(c.value_tier, '–') AS tier, u.place, coalesce(u.value, '–') AS value
    FROM :"schema".:"customers" AS c LEFT JOIN LATERAL unnest(:carried) WITH ORDINALITY AS u (value, place) ON true
), carried AS MATERIALIZED (
    SELECT place, value, rank FROM (
        SELECT place, value, row_number() OVER (PARTITION BY place ORDER BY count(*) DESC, value) AS rank, count(*) OVER (PARTITION BY place) AS words
        FROM spoken WHERE place IS NOT NULL GROUP BY place, value) AS w
    WHERE words BETWEEN 2 AND 60
), keys AS MATERIALIZED (
    SELECT 1 AS place, 'status' AS key UNION ALL SELECT 2, 'tier'
    UNION ALL
    SELECT 2 + row_number() OVER (ORDER BY at), 'by.' || name FROM json_array_elements_text(:'carried_names') WITH ORDINALITY AS n (name, at)
    WHERE at IN (SELECT place FROM carried)
), placed AS MATERIALIZED (
    SELECT s.customer, ARRAY[s.status, s.tier] || coalesce(array_agg(CASE WHEN k.rank <= 11 THEN k.value ELSE '…' END ORDER BY s.place)
                                                           FILTER (WHERE k.place IS NOT NULL), '{}') AS words
    FROM spoken AS s LEFT JOIN carried AS k ON k.place = s.place AND k.value = s.value
    WHERE :least_group = 1 GROUP BY s.customer, s.status, s.tier
), kinds AS MATERIALIZED (
    SELECT words, row_number() OVER (ORDER BY words) AS kind, count(*) AS customers FROM placed GROUP BY words
), people AS MATERIALIZED (
    SELECT p.customer, k.kind FROM placed AS p JOIN kinds AS k USING (words)
), chosen AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY filters, customers DESC, of::text) AS number, of, i, one, j, other
    FROM (:one_or_two_filters) AS g
    ORDER BY filters, customers DESC, of::text LIMIT 90
), members AS MATERIALIZED (
    SELECT c.number, k.kind FROM chosen AS c JOIN kinds AS k ON k.words[c.i] = c.one AND (c.j IS NULL OR k.words[c.j] = c.other)
), contracts AS MATERIALIZED (
    SELECT p.kind, h.started_on, h.ended_on, h.periods, h.churned, min(h.started_on) OVER (PARTITION BY h.:"customer") AS first, :attributes_of AS attributes
    FROM :"schema".:"history" AS h JOIN people AS p ON p.customer = h.:"customer" CROSS JOIN :"schema".:"model" AS m :features_of
), lived AS MATERIALIZED (           -- how many contracts came that far, and how many ended there
    SELECT number, period, sum(ended) AS ended, sum(sum(here)) OVER (PARTITION BY number ORDER BY period DESC) AS at_risk
    FROM (SELECT kind, periods AS period, count(*) AS here, count(*) FILTER (WHERE churned) AS ended FROM contracts GROUP BY 1, 2) AS c JOIN members USING (kind)
    GROUP BY number, period
), alike AS MATERIALIZED (
    SELECT kind, attributes, count(*) AS contracts FROM contracts GROUP BY 1, 2
), ahead AS MATERIALIZED (
    SELECT a.attributes, g.period, :"extension".cltv_exp(sum(CASE WHEN g.leaves = 1 THEN float8 '-infinity' ELSE ln(1 - g.leaves) END)
                                                         OVER (PARTITION BY a.attributes ORDER BY g.period)) AS stays
    FROM (SELECT DISTINCT attributes FROM alike) AS a
    CROSS JOIN LATERAL (SELECT g.period, :leaves AS leaves FROM :"schema".:"model" AS m
                        CROSS JOIN generate_series(1, (SELECT max(periods) FROM contracts)) AS g (period)) AS g
), expected AS MATERIALIZED (
    SELECT number, array_agg(stays ORDER BY period) AS stays
    FROM (SELECT number, period, sum(contracts * stays) / sum(contracts) AS stays
          FROM (SELECT number, attributes, sum(contracts) AS contracts FROM alike JOIN members USING (kind) GROUP BY 1, 2) AS a
          JOIN ahead ON coalesce(ahead.attributes, '') = coalesce(a.attributes, '') GROUP BY 1, 2) AS e
    GROUP BY number
), curves AS (
    SELECT number, json_agg(json_build_array(l.period, l.at_risk, l.ended, round(CASE l.period WHEN 0 THEN 1 ELSE e.stays[l.period] END::numeric, 4)) ORDER BY l.period) AS rows
    FROM lived AS l LEFT JOIN expected AS e USING (number) GROUP BY number
), present AS MATERIALIZED (        -- at the end of each period, or on the newest day of one that is not over
    SELECT number, cohort, period, sum(change) AS change
    FROM (SELECT kind, date_trunc(unit, first)::date AS cohort, :"extension".cohort_period(date_trunc(unit, first)::date, d.day, unit) AS period, sum(d.change) AS change
          FROM contracts CROSS JOIN calendar CROSS JOIN day CROSS JOIN LATERAL (VALUES (started_on, 1), (ended_on, -1)) AS d (day, change)
          WHERE d.day <= day.as_of GROUP BY 1, 2, 3
          UNION ALL
          SELECT kind, date_trunc(unit, first)::date, 0, 0 FROM contracts CROSS JOIN calendar GROUP BY 1, 2) AS c JOIN members USING (kind)
    GROUP BY 1, 2, 3
), sizes AS (
    SELECT number, cohort, sum(customers) AS customers
    FROM (SELECT kind, date_trunc(unit, first)::date AS cohort, count(*) AS customers FROM contracts CROSS JOIN calendar WHERE started_on = first GROUP BY 1, 2) AS s
    JOIN members USING (kind) GROUP BY 1, 2
), cohorts AS (
    SELECT number, json_agg(json_build_array(cohort, customers, there) ORDER BY cohort) AS rows
    FROM (SELECT number, cohort, customers, json_agg(there ORDER BY n) AS there
          FROM (SELECT s.number, s.cohort, s.customers, n, sum(p.change) OVER (PARTITION BY s.number, s.cohort ORDER BY n) AS there
                FROM sizes AS s CROSS JOIN day CROSS JOIN calendar CROSS JOIN LATERAL generate_series(0, :"extension".cohort_period(s.cohort, as_of, unit)) AS n
                LEFT JOIN present AS p ON p.number = s.number AND p.cohort = s.cohort AND p.period = n) AS t
          GROUP BY 1, 2, 3) AS c
    GROUP BY number
), changes AS (         -- what moved the revenue, as subscription_metrics has it
    SELECT e.customer, e.kind, e.month, sum(e.mrr) AS change
    FROM (SELECT p.customer, p.kind, date_trunc('month', v.day::timestamp)::date AS month, v.mrr
          FROM (:subscriptions_query) AS r JOIN people AS p ON p.customer = r.customer CROSS JOIN day,
               LATERAL (VALUES (r.started, r.mrr), (r.ended, -r.mrr)) AS v (day, mrr)
          WHERE r.started < r.ended AND r.started <= day.as_of AND v.day <= day.as_of) AS e
    GROUP BY 1, 2, 3 HAVING sum(e.mrr) <> 0
), steps AS (
    SELECT c.kind, c.month, c.change, sum(c.change) OVER w AS revenue, row_number() OVER w AS step
    FROM changes AS c WINDOW w AS (PARTITION BY c.customer ORDER BY c.month ROWS UNBOUNDED PRECEDING)
), moved AS MATERIALIZED (
    SELECT kind, month, count(*) FILTER (WHERE step = 1 OR revenue = change) AS came, count(*) FILTER (WHERE revenue = 0) AS gone,
           coalesce(sum(change) FILTER (WHERE step = 1), 0) AS new, coalesce(sum(change) FILTER (WHERE step > 1 AND revenue = change), 0) AS back,
           coalesce(-sum(change) FILTER (WHERE revenue = 0), 0) AS churned,
           coalesce(sum(change) FILTER (WHERE revenue <> 0 AND revenue <> change AND change > 0), 0) AS expansion,
           coalesce(-sum(change) FILTER (WHERE revenue <> 0 AND revenue <> change AND change < 0), 0) AS contraction
    FROM steps GROUP BY 1, 2
), by_month AS (
    SELECT number, month, sum(came) AS came, sum(gone) AS gone, sum(new) AS new, sum(back) AS back, sum(churned) AS churned, sum(expansion) AS expansion,
           sum(contraction) AS contraction
    FROM (SELECT number, m.* FROM moved AS m JOIN members USING (kind)
          UNION ALL
          SELECT number, NULL, month::date, 0, 0, 0, 0, 0, 0, 0
          FROM (SELECT number, min(month) AS first FROM moved JOIN members USING (kind) GROUP BY 1) AS f CROSS JOIN day,
               LATERAL generate_series(f.first::timestamp, day.as_of::timestamp, interval '1 month') AS g (month)) AS m
    GROUP BY 1, 2
), revenue AS (
    SELECT number, json_agg(json_build_array(customers, gone, round(new, 2)::float8, round(expansion, 2)::float8, round(contraction, 2)::float8, round(churned, 2)::float8,
                                             round(back, 2)::float8, round(ending, 2)::float8)
                            ORDER BY month) FILTER (WHERE newer <= 37) AS rows, min(month) FILTER (WHERE newer <= 37) AS first
    FROM (SELECT b.*, sum(came - gone) OVER w AS customers, sum(new + back + expansion - contraction - churned) OVER w AS ending,
                 row_number() OVER (PARTITION BY number ORDER BY month DESC) AS newer
          FROM by_month AS b WINDOW w AS (PARTITION BY number ORDER BY month ROWS UNBOUNDED PRECEDING)) AS t
    GROUP BY number
)
SELECT json_build_object('as_of', (SELECT as_of FROM day), 'groups', (
    SELECT json_agg(json_build_object('of', c.of, 'curve', v.rows, 'cohorts', o.rows, 'mrr', r.rows, 'first', r.first) ORDER BY c.number)
    FROM chosen AS c LEFT JOIN curves AS v USING (number) LEFT JOIN cohorts AS o USING (number) LEFT JOIN revenue AS r USING (number)));

-- One view for each question that a chart answers, over what cltv_materialize made.

CREATE PROCEDURE cltv_chart_views(customers regclass)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $procedure$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    horizon CONSTANT float8 := options ->> 'horizon';
    days CONSTANT float8 := @extschema@.cltv_days_ahead(options);
    with_attributes CONSTANT boolean := options ->> 'attributes' IS NOT NULL;
    -- Groups of fewer customers are not shown; what is said of one customer, such as the highest value of a band, then neither is.
    least_group CONSTANT int := coalesce((options ->> 'min_group')::int, 1);
    with_calendar CONSTANT boolean := options ->> 'calendar' IS NOT NULL;
    weeks CONSTANT int := ceil(days / 7);
    by_attributes CONSTANT text := CASE WHEN with_attributes
        THEN ', purchases => CASE WHEN ''purchases'' = ANY (m.attributes) THEN ? END, '
             'dropout => CASE WHEN ''dropout'' = ANY (m.attributes) THEN ? END' ELSE '' END;
    forgetful CONSTANT boolean := @extschema@.cltv_forgetful(options);
    key text;
    base text;
    home text;
    model text;
    digits text;    -- sums of money have no more than the amounts; sums of binary fractions do
BEGIN
    SELECT m.* INTO home, base, key, model FROM @extschema@.cltv_made_names(customers) AS m;
    digits := format('(SELECT m.digits FROM %s AS m)', model);

    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE VIEW %1$I.%2$I AS
SELECT v.segment, count(*) AS customers, @cltv@.cltv_money(sum(v.revenue), %4$s) AS revenue,
       sum(v.expected_orders) AS expected_orders, sum(v.cltv) AS cltv, avg(v.cltv) AS cltv_per_customer, avg(v.churn_prob) AS churn_prob
FROM %3$s AS v
GROUP BY v.segment%5$s$sql$), home, base || '_segments', customers, digits,
        CASE WHEN least_group > 1 THEN format(E'\nHAVING count(*) >= %s', least_group) END);

    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE VIEW %1$I.%2$I AS
SELECT grid.r, grid.f, %6$scount(v.r)%7$s AS customers, %6$s@cltv@.cltv_money(coalesce(sum(v.revenue), 0), %5$s)%7$s AS revenue,
       %6$scoalesce(sum(v.cltv), 0)%7$s AS cltv
FROM (SELECT r.score AS r, f.score AS f
      FROM generate_series(1, %4$s) AS r (score) CROSS JOIN generate_series(1, %4$s) AS f (score)) AS grid
LEFT JOIN %3$s AS v ON v.r = grid.r AND v.f = grid.f
GROUP BY grid.r, grid.f$sql$), home, base || '_rfm_grid', customers, (options ->> 'bins')::int, digits,
        CASE WHEN least_group > 1 THEN format('CASE WHEN count(v.r) = 0 OR count(v.r) >= %s THEN ', least_group) END,
        CASE WHEN least_group > 1 THEN ' END' END);

    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE VIEW %1$I.%2$I AS
SELECT banded.band, count(*) AS customers, %6$smin(banded.cltv)%7$s AS cltv_from, %6$smax(banded.cltv)%7$s AS cltv_to,
       sum(banded.cltv) AS cltv, @cltv@.cltv_money(sum(banded.revenue), %5$s) AS revenue,
       sum(banded.cltv) / nullif(sum(sum(banded.cltv)) OVER (), 0) AS share,
       sum(sum(banded.cltv)) OVER (ORDER BY banded.band) / nullif(sum(sum(banded.cltv)) OVER (), 0) AS cumulative_share
FROM (SELECT v.cltv, v.revenue, ntile(%8$s) OVER (ORDER BY v.cltv DESC, v.%4$s) AS band
      FROM %3$s AS v WHERE v.cltv IS NOT NULL) AS banded
GROUP BY banded.band%9$s$sql$), home, base || '_value_bands', customers, key, digits,
        CASE WHEN least_group > 1 THEN 'CASE WHEN false THEN ' END, CASE WHEN least_group > 1 THEN ' END' END,
        CASE WHEN least_group > 1
        THEN format('greatest(1, least(10, (SELECT count(w.cltv) FROM %s AS w) / %s))::int', customers, least_group) ELSE '10' END,
        CASE WHEN least_group > 1 THEN format(E'\nHAVING count(*) >= %s', least_group) END);

    EXECUTE format($sql$
CREATE VIEW %1$I.%2$I AS
SELECT rank() OVER (ORDER BY v.cltv * v.churn_prob DESC) AS rank, v.customer AS %4$s, v.segment, v.value_tier, v.last_order,
       v.orders, v.revenue, v.cltv, v.churn_prob, v.cltv * v.churn_prob AS value_at_stake
FROM (SELECT w.%4$s AS customer, w.segment, w.value_tier, w.last_order, w.orders, w.revenue, w.cltv, w.churn_prob,
             ntile(5) OVER (ORDER BY w.churn_prob DESC, w.cltv DESC, w.%4$s) AS fifth
      FROM %3$s AS w WHERE w.value_tier IN ('High', 'Medium') AND w.churn_prob IS NOT NULL) AS v
WHERE v.fifth = 1%5$s$sql$, home, base || '_at_risk', customers, key, CASE WHEN least_group > 1 THEN ' AND false' END);

    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
WITH weeks AS MATERIALIZED (
    SELECT w.week, least(7 * w.week, %6$s) AS days FROM generate_series(1, %5$s) AS w (week)
), $sql$ || CASE WHEN forgetful THEN $sql$alike AS (        -- as long as they are customers, those of one frequency and tenure buy at one pace, whenever they bought last
    SELECT v.frequency, max(v.recency) AS recency, v.tenure%7$s, max(v.first_order + v.tenure::int) AS as_of,
           sum(%10$s) AS purchases,
           sum(%10$s * @cltv@.expected_spend(m.spend_model, v.frequency::float8, v.monetary_value, v.first_value, %8$s)) AS revenue
    FROM %3$s AS v CROSS JOIN %4$s AS m
    WHERE v.frequency IS NOT NULL
    GROUP BY v.frequency, v.tenure%9$s
)$sql$ ELSE $sql$alike AS (        -- customers of one past have one future
    SELECT v.frequency, v.recency, v.tenure%7$s, max(v.first_order + v.tenure::int) AS as_of, count(*)::float8 AS purchases,
           sum(@cltv@.expected_spend(m.spend_model, v.frequency::float8, v.monetary_value, v.first_value, %8$s)) AS revenue
    FROM %3$s AS v CROSS JOIN %4$s AS m
    WHERE v.frequency IS NOT NULL
    GROUP BY v.frequency, v.recency, v.tenure%9$s
)$sql$ END || $sql$, ahead AS (         -- of each up to the end of every week
    SELECT alike.purchases, alike.revenue, %11$s AS expected
    FROM alike CROSS JOIN %4$s AS m OFFSET 0
), paced AS MATERIALIZED (
    SELECT ahead.expected, %12$s
    FROM ahead
), so_far AS (
    SELECT weeks.week, s.purchases, s.revenue
    FROM weeks CROSS JOIN LATERAL (
        SELECT sum(paced.purchases * paced.expected[weeks.week]) AS purchases, sum(paced.revenue * paced.expected[weeks.week]) AS revenue
        FROM paced) AS s
)
SELECT so_far.week, day.as_of + 7 * so_far.week - 6 AS first_day,
       day.as_of + ceil(least(7 * so_far.week, %6$s))::int AS last_day,
       so_far.purchases - lag(so_far.purchases, 1, 0::float8) OVER by_week AS expected_purchases,
       so_far.revenue - lag(so_far.revenue, 1, 0::float8) OVER by_week AS expected_revenue
FROM so_far CROSS JOIN (SELECT max(alike.as_of) AS as_of FROM alike) AS day
WHERE day.as_of IS NOT NULL         -- no customers, no forecast
WINDOW by_week AS (ORDER BY so_far.week)$sql$),
        home, base || '_forecast', customers, model, weeks, days || '::float8',
        CASE WHEN with_attributes THEN ', v.attributes::text::@extschema@.features AS attributes' END,
        CASE WHEN with_attributes THEN 'CASE WHEN ''spend'' = ANY (m.attributes) THEN v.attributes END'
        ELSE 'NULL::@extschema@.features' END,
        CASE WHEN with_attributes THEN ', v.attributes::text' END,
        -- What NAME expects of a customer over the same time is known already.
        CASE WHEN horizon = days THEN 'v.expected_orders' ELSE
            format(@extschema@.cltv_sql('@cltv@.expected_purchases(m.orders_model, v.frequency::float8, v.recency, v.tenure, %s%s::float8%s)'),
                   CASE WHEN with_calendar THEN 'm.as_of, ' END, days, replace(by_attributes, '?', 'v.attributes')) END,
        -- A calendar is asked week by week; all weeks together cost no more than some of them.
        format(@extschema@.cltv_sql(CASE WHEN with_calendar
            THEN 'ARRAY(SELECT @cltv@.expected_purchases(m.orders_model, alike.frequency::float8, alike.recency, alike.tenure, m.as_of, '
                 'weeks.days%s) FROM weeks ORDER BY weeks.week)'
            ELSE '@cltv@.expected_purchases_at(m.orders_model, alike.frequency::float8, alike.recency, alike.tenure, '
                 '(SELECT array_agg(weeks.days ORDER BY weeks.week) FROM weeks)%s)' END),
            CASE WHEN with_attributes OR with_calendar THEN replace(by_attributes, '?', 'alike.attributes')
            ELSE ', purchases => NULL::@extschema@.features, dropout => NULL::@extschema@.features' END),
        CASE WHEN forgetful
        THEN replace(format('CASE ahead.expected[%s] WHEN 0 THEN 0 ELSE ahead.? / ahead.expected[%1$s] END AS ?', weeks), '?', 'purchases')
             || ', ' || replace(format('CASE ahead.expected[%s] WHEN 0 THEN 0 ELSE ahead.? / ahead.expected[%1$s] END AS ?', weeks), '?', 'revenue')
        ELSE 'ahead.purchases, ahead.revenue' END);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (week)', home, base || '_forecast');

    INSERT INTO @extschema@.cltv_made (customers, part, relation)
    SELECT customers, part, to_regclass(format('%I.%I', home, base || '_' || part))
    FROM unnest('{segments,rfm_grid,value_bands,at_risk,forecast}'::text[]) AS part;
END
$procedure$;
COMMENT ON PROCEDURE cltv_chart_views(regclass) IS
    'Internal: makes the chart views of a NAME of cltv_materialize.
NAME_segments, NAME_rfm_grid of bins x bins cells, NAME_value_bands, NAME_at_risk, and the materialized view
NAME_forecast by week over the horizon, at most 1830 days. They must not exist.';

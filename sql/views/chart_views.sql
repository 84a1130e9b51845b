-- One view for each question that a chart answers, over what cltv_materialize made.

CREATE PROCEDURE cltv_chart_views(home name, base name, horizon float8, bins int)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $procedure$
#variable_conflict use_variable
DECLARE
    ext text;
    key text;
    customers CONSTANT text := format('%I.%I', home, base);
    model CONSTANT text := format('%I.%I', home, base || '_model');
    -- Five years are as far as anyone looks.
    days CONSTANT float8 := least(horizon, 1830);
BEGIN
    SELECT quote_ident(n.nspname) INTO STRICT ext
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'cltv';
    SELECT quote_ident(attname) INTO STRICT key FROM pg_attribute WHERE attrelid = customers::regclass AND attnum = 1;

    EXECUTE format($sql$
CREATE VIEW %1$I.%2$I AS
SELECT segment, count(*) AS customers, sum(revenue) AS revenue, sum(expected_orders) AS expected_orders,
       sum(cltv) AS cltv, avg(cltv) AS cltv_per_customer, avg(churn_prob) AS churn_prob
FROM %3$s
GROUP BY segment$sql$, home, base || '_segments', customers);

    EXECUTE format($sql$
CREATE VIEW %1$I.%2$I AS
SELECT grid.r, grid.f, count(v.r) AS customers, coalesce(sum(v.revenue), 0) AS revenue, coalesce(sum(v.cltv), 0) AS cltv
FROM (SELECT r, f FROM generate_series(1, %4$s) AS r CROSS JOIN generate_series(1, %4$s) AS f) AS grid
LEFT JOIN %3$s AS v ON v.r = grid.r AND v.f = grid.f
GROUP BY grid.r, grid.f$sql$, home, base || '_rfm_grid', customers, bins);

    EXECUTE format($sql$
CREATE VIEW %1$I.%2$I AS
SELECT band, count(*) AS customers, min(cltv) AS cltv_from, max(cltv) AS cltv_to, sum(cltv) AS cltv,
       sum(revenue) AS revenue,
       sum(cltv) / nullif(sum(sum(cltv)) OVER (), 0) AS share,
       sum(sum(cltv)) OVER (ORDER BY band) / nullif(sum(sum(cltv)) OVER (), 0) AS cumulative_share
FROM (SELECT cltv, revenue, ntile(10) OVER (ORDER BY cltv DESC, %4$s) AS band
      FROM %3$s WHERE cltv IS NOT NULL) AS banded
GROUP BY band$sql$, home, base || '_value_bands', customers, key);

    EXECUTE format($sql$
CREATE VIEW %1$I.%2$I AS
SELECT rank() OVER (ORDER BY cltv * churn_prob DESC) AS rank, %4$s, segment, value_tier, last_order, orders, revenue,
       cltv, churn_prob, cltv * churn_prob AS value_at_stake
FROM %3$s
WHERE value_tier IN ('High', 'Medium') AND churn_prob >= 0.5$sql$, home, base || '_at_risk', customers, key);

    EXECUTE format($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
WITH alike AS (        -- customers of one past have one future
    SELECT v.frequency, v.recency, v.tenure, count(*) AS customers,
           sum(%5$s.gg_predict(m.spend_model, v.frequency::float8, v.monetary_value)) AS spend
    FROM %3$s AS v CROSS JOIN %4$s AS m
    WHERE v.frequency IS NOT NULL
    GROUP BY v.frequency, v.recency, v.tenure
), so_far AS (
    SELECT week, sum(alike.customers * e.purchases) AS purchases, sum(spend * e.purchases) AS revenue
    FROM generate_series(1, %6$s) AS week CROSS JOIN %4$s AS m CROSS JOIN alike
    CROSS JOIN LATERAL (SELECT %5$s.expected_purchases(m.orders_model, alike.frequency::float8, alike.recency,
                                                       alike.tenure, least(7 * week, %7$s)) AS purchases OFFSET 0) AS e
    GROUP BY week
)
SELECT week, as_of + 7 * week - 6 AS first_day, as_of + ceil(least(7 * week, %7$s))::int AS last_day,
       purchases - lag(purchases, 1, 0::float8) OVER by_week AS expected_purchases,
       revenue - lag(revenue, 1, 0::float8) OVER by_week AS expected_revenue
FROM so_far CROSS JOIN (SELECT max(first_order + tenure::int) AS as_of FROM %3$s) AS day
WINDOW by_week AS (ORDER BY week)$sql$,
        home, base || '_forecast', customers, model, ext, ceil(days / 7)::int, days || '::float8');
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (week)', home, base || '_forecast');
END
$procedure$;
COMMENT ON PROCEDURE cltv_chart_views(name, name, float8, int) IS
    'Makes the views for charts over home.base, which cltv_materialize made and which calls this: base_segments, base_rfm_grid of bins x bins cells, base_value_bands, base_at_risk, and the materialized view base_forecast by week over the horizon in days, at most 1830. They must not exist.';

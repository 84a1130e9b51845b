-- The rows of one shop in the table of script/bench-shops: what each family says of the time after the cut, then the
-- family that model => 'auto' takes, the same numbers again, and the baselines.
WITH families AS (
    SELECT row_number() OVER () AS place, b.*
    FROM cltv_backtest('orders', 'customer_id', 'ordered_at', 'amount', :'cut', models => ARRAY(
             SELECT name FROM cltv_families() WHERE topic = 'orders' AND is_compared), refunds => :'refunds') AS b
), known AS MATERIALIZED (
    SELECT customer_base(frequency, recency, tenure) AS base, max(horizon) AS horizon
    FROM cltv_holdout('orders', 'customer_id', 'ordered_at', 'amount', :'cut', refunds => :'refunds')
), intervals AS MATERIALIZED (
    SELECT f.model, i.lower, i.upper
    FROM known, cltv_fits(known.base, ARRAY(SELECT name FROM cltv_families() WHERE topic = 'orders' AND is_compared)) AS f,
         total_purchases_interval(f.fitted, known.base, known.horizon) AS i
), rows AS (
    SELECT place::numeric AS line, model AS title, families.* FROM families
    UNION ALL
    SELECT (SELECT min(place) - 0.5 FROM families WHERE model = 'naive'), format('auto: %s', model), families.*
    FROM families WHERE chosen
)
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |',
              :'name', :'cut', title, coalesce(status, '-'), customers,
              coalesce(round(predicted_purchases::numeric, 1)::text, '-'), coalesce(lower || ' to ' || upper, '-'), actual_purchases,
              coalesce(CASE actual_purchases BETWEEN lower AND upper WHEN true THEN 'yes' WHEN false THEN 'no' END, '-'),
              coalesce(to_char(100 * (predicted_purchases / nullif(actual_purchases, 0) - 1), 'FMSG990.0 %'), '-'),
              -- Past revenue is a ranking, no forecast.
              coalesce(round(foretold::numeric)::text, '-'), coalesce(round(came::numeric)::text, '-'),
              coalesce(to_char(100 * (foretold / came - 1), 'FMSG990.0 %'), '-'),
              coalesce(round(mae::numeric, 3)::text, '-'), coalesce(round(gini::numeric, 3)::text, '-'),
              coalesce(round(revenue_gini::numeric, 3)::text, '-'))
FROM rows LEFT JOIN intervals USING (model), LATERAL (SELECT CASE WHEN model <> 'past revenue' THEN predicted_revenue END AS foretold,
                           nullif(actual_revenue, 0) AS came) AS revenue
ORDER BY line;

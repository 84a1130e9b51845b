-- A row of the second table of script/bench-shops: what the best family by BIC says of so many days after the cut, and what the
-- best with or without a season of the year does.
WITH tried AS MATERIALIZED (
    SELECT b.*, row_number() OVER () AS place, b.model LIKE '%: %' AS has_season
    FROM cltv_backtest('orders', 'customer_id', 'ordered_at', 'amount', :'cut', as_of => date :'cut' + :days, models => ARRAY(
             SELECT f.name || s.season FROM cltv_families() AS f, unnest('{"",": season",": months"}'::text[]) WITH ORDINALITY AS s (season, place)
             WHERE f.topic = 'orders' AND f.is_compared AND (s.season = '' OR f.has_calendar) ORDER BY s.place, f.name)) AS b
    WHERE b.bic IS NOT NULL
), best AS (
    SELECT a.auto, t.*
    FROM unnest(ARRAY[false, true]) AS a (auto) CROSS JOIN LATERAL (
        SELECT * FROM tried WHERE a.auto OR NOT has_season ORDER BY round(bic::numeric, 6), place LIMIT 1) AS t
)
SELECT format('| %s | %s | %s | %s |', :'name', :'cut', :days, min(actual_purchases)) || string_agg(format(' %s %s | %s | %s |', model,
              round(predicted_purchases::numeric, 1), to_char(100 * (predicted_purchases / actual_purchases - 1), 'FMSG990.0 %'),
              round(mae::numeric, 3)), '' ORDER BY auto)
FROM best;

-- A row of the third table of script/bench-shops: what the best family by BIC says of so many days after the cut, and what the
-- best with or without the attributes of the customers does.
WITH tried AS MATERIALIZED (
    SELECT b.*, row_number() OVER () AS place, b.model LIKE '%: %' AS has_attributes
    FROM cltv_backtest('orders', 'customer_id', 'ordered_at', 'amount', :'cut', as_of => date :'cut' + :days, models => ARRAY(
             SELECT concat_ws(': ', f.name, a.acts_on)
             FROM cltv_families() AS f, unnest('{NULL,purchases,"purchases, dropout"}'::text[]) WITH ORDINALITY AS a (acts_on, place)
             WHERE f.topic = 'orders' AND f.is_compared AND (a.acts_on IS NULL OR string_to_array(a.acts_on, ', ') <@ f.attributes)
             ORDER BY a.place, f.name), customers => 'customers', attributes => :'attributes') AS b
    WHERE b.bic IS NOT NULL
), best AS (
    SELECT a.auto, t.*
    FROM unnest(ARRAY[false, true]) AS a (auto) CROSS JOIN LATERAL (
        SELECT * FROM tried WHERE a.auto OR NOT has_attributes ORDER BY round(bic::numeric, 6), place LIMIT 1) AS t
)
SELECT format('| %s | %s | %s | %s |', :'name', :'cut', :days, min(actual_purchases)) || string_agg(format(' %s %s | %s | %s | %s |', model,
              round(predicted_purchases::numeric, 1), to_char(100 * (predicted_purchases / actual_purchases - 1), 'FMSG990.0 %'),
              round(mae::numeric, 3), coalesce(round(gini::numeric, 3)::text, '-')), '' ORDER BY auto)
FROM best;

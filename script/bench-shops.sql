-- The rows of one shop in the table of script/bench-shops: what each family says of the time after the cut.
SELECT format('| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |', :'name', :'cut', model, coalesce(status, '-'),
              customers, coalesce(round(predicted_purchases::numeric, 1)::text, '-'), actual_purchases,
              coalesce(to_char(100 * (predicted_purchases / nullif(actual_purchases, 0) - 1), 'SG990.0 %'), '-'),
              coalesce(round(predicted_revenue::numeric)::text, '-'), coalesce(round(actual_revenue::numeric)::text, '-'),
              coalesce(round(mae::numeric, 3)::text, '-'), coalesce(round(gini::numeric, 3)::text, '-'))
FROM cltv_backtest('orders', 'customer_id', 'ordered_at', 'amount', :'cut', models => ARRAY(SELECT name FROM cltv_families() WHERE topic = 'orders' AND unit = 'days'));

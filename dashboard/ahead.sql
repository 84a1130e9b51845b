-- What is to come by month, of the customers of today and of those still to be won, with the interval; and all of it together.
-- Apart from the rest, because it may refuse: where the orders cannot be read, or the models have attributes.

\if :orders_can_be_read
\else
\quit
\endif
SELECT json_build_object(
    'months', (SELECT json_agg(f.* ORDER BY f.first_day) FROM :"extension".revenue_forecast(
        to_regclass(:'orders'), :'orders_customer', :'ordered_at', :'amount', days.ahead, text 'month', m.as_of, float8 '0.8', text 'auto', NULL::text,
        m.orders_model, m.spend_model, nullif(:'order_id', '')::name, nullif(:'refund_of', '')::name, :'refunds', :'amounts') AS f (first_day, last_day, existing_customers, new_customers, existing_purchases, new_purchases,
            existing_revenue, new_revenue, revenue, lower, upper)),
    'all', (SELECT to_json(f.*) FROM :"extension".revenue_forecast(
        to_regclass(:'orders'), :'orders_customer', :'ordered_at', :'amount', days.ahead, text 'horizon', m.as_of, float8 '0.8', text 'auto', NULL::text,
        m.orders_model, m.spend_model, nullif(:'order_id', '')::name, nullif(:'refund_of', '')::name, :'refunds', :'amounts') AS f (first_day, last_day, existing_customers, new_customers, existing_purchases, new_purchases,
            existing_revenue, new_revenue, revenue, lower, upper)),
    'days', days.ahead)
FROM :"schema".:"model" AS m, (SELECT least(coalesce(nullif(:'finite_horizon', '')::float8, 365), 366)::int AS ahead) AS days
WHERE m.orders_model IS NOT NULL;

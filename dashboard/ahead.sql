-- What is to come by month, of the customers of today and of those still to be won, with the interval; and all of it together.
-- Apart from the rest, because it may refuse: where the orders cannot be read, or the table of customers with their attributes.

\if :orders_can_be_read
\else
\quit
\endif
\if :with_attributes
SELECT format('to_regclass(%L)', made ->> 'customers') AS people,
       CASE WHEN cardinality(m.attributes) > 0 THEN quote_literal(:"extension".cltv_attributes_of(made)::text) ELSE 'NULL' END || '::text[]' AS given
FROM :"schema".:"model" AS m, (SELECT :'made'::jsonb AS made) AS o
\gset
\else
\set people 'NULL::regclass'
\set given 'NULL::text[]'
\endif
SELECT json_build_object(
    'months', (SELECT json_agg(f.* ORDER BY f.first_day) FROM :"extension".revenue_forecast(
        to_regclass(:'orders'), :'orders_customer', :'ordered_at', :'amount', days.ahead, text 'month', m.as_of, float8 '0.8', text 'auto', NULL::text,
        m.orders_model, m.spend_model, nullif(:'order_id', '')::name, nullif(:'refund_of', '')::name, :'refunds', :'amounts',
        CASE WHEN :given IS NOT NULL THEN :people END, :given) AS f (first_day, last_day, existing_customers, new_customers, existing_purchases, new_purchases,
            existing_revenue, new_revenue, revenue, lower, upper)),
    'all', (SELECT to_json(f.*) FROM :"extension".revenue_forecast(
        to_regclass(:'orders'), :'orders_customer', :'ordered_at', :'amount', days.ahead, text 'horizon', m.as_of, float8 '0.8', text 'auto', NULL::text,
        m.orders_model, m.spend_model, nullif(:'order_id', '')::name, nullif(:'refund_of', '')::name, :'refunds', :'amounts',
        CASE WHEN :given IS NOT NULL THEN :people END, :given) AS f (first_day, last_day, existing_customers, new_customers, existing_purchases, new_purchases,
            existing_revenue, new_revenue, revenue, lower, upper)),
    'days', days.ahead)
FROM :"schema".:"model" AS m, (SELECT least(coalesce(nullif(:'finite_horizon', '')::float8, 365), 366)::int AS ahead) AS days
WHERE m.orders_model IS NOT NULL;

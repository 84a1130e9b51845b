-- What the views and their columns mean, as comments on them: BI tools show these as descriptions.

CREATE PROCEDURE cltv_describe(
    home name, base name, horizon float8, discount_rate float8, margin text, customers regclass)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $procedure$
#variable_conflict use_variable
DECLARE
    view CONSTANT regclass := format('%I.%I', home, base);
    customer CONSTANT name := (SELECT attname FROM pg_attribute WHERE attrelid = view AND attnum = 1);
    span CONSTANT text := CASE WHEN horizon < 'infinity' THEN 'within the next ' || horizon || ' days' ELSE 'in all the time to come' END;
    remark record;
BEGIN
    FOR remark IN
        SELECT CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, c.oid,
               said.text
        FROM (VALUES
            ('', 'One row a customer, as of the newest day of the orders at the last refresh'),
            ('_history', 'The purchase history of each customer'),
            ('_source', 'The orders from which the histories are made'),
            ('_watermark', 'Up to which day the histories are settled'),
            ('_model', 'The models in use, one row'),
            ('_segments', 'Customers, revenue and value by marketing segment'),
            ('_rfm_grid', 'Customers, revenue and value by recency and frequency score: the heat map'),
            ('_value_bands', 'Customers in ten equal bands by value: the value curve'),
            ('_at_risk', 'Customers of High and Medium value who are more likely gone than not, by value at stake'),
            ('_forecast', 'Purchases and revenue expected of the known customers, by week')
        ) AS said (suffix, text)
        JOIN pg_class AS c ON c.oid = to_regclass(format('%I.%I', home, base || said.suffix))
    LOOP
        EXECUTE format('COMMENT ON %s %s IS %L', remark.kind, remark.oid::regclass, remark.text);
    END LOOP;

    FOR remark IN
        WITH said (suffix, number, name, text) AS (VALUES
            ('_history', 1, NULL, 'The customer'),
            ('_history', NULL, 'settled', 'The purchases up to the day settled_until of the watermark; empty where there are no others'),
            ('_history', NULL, 'history', 'All purchases of the customer; ask it with rfm_summary(history, as_of)'),
            ('_source', 1, NULL, 'The customer'),
            ('_source', NULL, 'ordered_at', 'Time of the order'),
            ('_source', NULL, 'amount', 'Amount of the order; negative for a refund'),
            ('_watermark', NULL, 'settled_until', 'Orders up to this day are not read again by a refresh'),
            ('_watermark', NULL, 'late_days', 'Number of newest days that each refresh reads again; may be updated'),
            ('_watermark', NULL, 'time_zone', 'Time zone of the days; empty for orders without one'),
            ('_model', NULL, 'as_of', 'Day up to which the customers of the fit were observed'),
            ('_model', NULL, 'orders_model', 'The model of orders; see model_params(orders_model)'),
            ('_model', NULL, 'spend_model', 'The model of spend; see model_params(spend_model)'),
            ('_model', NULL, 'status', 'How the model of orders came about: converged, or why not'),
            ('_model', NULL, 'spend_status', 'How the model of spend came about: converged, or why not'),
            ('_model', NULL, 'customers', 'Customers in the fit'),
            ('_model', NULL, 'log_likelihood', 'Log-likelihood of the model of orders'),
            ('_model', NULL, 'aic', 'Akaike''s information criterion of the model of orders: less is better'),
            ('', 1, NULL, 'The customer'),
            ('', NULL, 'first_order', 'Day of the first purchase'),
            ('', NULL, 'last_order', 'Day of the last purchase'),
            ('', NULL, 'orders', 'Number of orders, refunds not counted'),
            ('', NULL, 'revenue', 'Sum of all amounts, refunds taken off'),
            ('', NULL, 'frequency', 'Repeat purchases: days with an order, minus one'),
            ('', NULL, 'recency', 'Days from the first to the last purchase'),
            ('', NULL, 'tenure', 'Days from the first purchase to the day of observation'),
            ('', NULL, 'monetary_value', 'Mean spend per repeat purchase; empty without one'),
            ('', NULL, 'r', 'Recency score: 1 is longest ago, the highest is most recent'),
            ('', NULL, 'f', 'Frequency score: 1 is fewest orders'),
            ('', NULL, 'm', 'Monetary score: 1 is least revenue'),
            ('', NULL, 'segment', 'Marketing segment of the three scores; see rfm_segments'),
            ('', NULL, 'expected_orders', 'Purchases expected ' || span),
            ('', NULL, 'churn_prob', 'Probability of no purchase ' || span || ', from 0 to 1'),
            ('', NULL, 'cltv', 'Value expected ' || span || ', discounted at ' || discount_rate
                || ' a year, at a margin of ' || margin),
            ('', NULL, 'value_tier', 'High: the fifth of the customers with the highest cltv; Medium: the rest of the upper half; Low: the lower half'),
            ('_segments', NULL, 'segment', 'Marketing segment; empty where a score is missing'),
            ('_rfm_grid', NULL, 'r', 'Recency score: 1 is longest ago'),
            ('_rfm_grid', NULL, 'f', 'Frequency score: 1 is fewest orders'),
            ('_value_bands', NULL, 'band', 'Tenth of the customers by cltv: 1 is the most valuable'),
            ('_value_bands', NULL, 'cltv_from', 'Least cltv in the band'),
            ('_value_bands', NULL, 'cltv_to', 'Highest cltv in the band'),
            ('_value_bands', NULL, 'share', 'Share of the band in the cltv of all, from 0 to 1'),
            ('_value_bands', NULL, 'cumulative_share', 'Share of this band and those above it, from 0 to 1'),
            ('_at_risk', NULL, 'rank', '1 has the most value at stake'),
            ('_at_risk', 2, NULL, 'The customer'),
            ('_at_risk', NULL, 'value_at_stake', 'cltv x churn_prob'),
            ('_forecast', NULL, 'week', 'Week ahead, from 1'),
            ('_forecast', NULL, 'first_day', 'First day of the week'),
            ('_forecast', NULL, 'last_day', 'Last day of the week, within the horizon'),
            ('_forecast', NULL, 'expected_purchases', 'Purchases expected of the known customers in the week'),
            ('_forecast', NULL, 'expected_revenue', 'Revenue expected of the known customers in the week, not discounted'),
            (NULL, NULL, 'customers', 'Number of customers'),
            (NULL, NULL, 'revenue', 'Sum of revenue'),
            (NULL, NULL, 'expected_orders', 'Sum of the purchases expected ' || span),
            (NULL, NULL, 'cltv', 'Sum of cltv: the value expected ' || span),
            (NULL, NULL, 'cltv_per_customer', 'Mean cltv of a customer'),
            (NULL, NULL, 'churn_prob', 'Mean probability of no purchase ' || span)
        ), carried AS (     -- in the order in which they stand behind value_tier
            SELECT v.name, c.remark
            FROM (SELECT attname AS name, row_number() OVER (ORDER BY attnum) AS place FROM pg_attribute
                  WHERE attrelid = view AND attnum > (SELECT attnum FROM pg_attribute
                                                      WHERE attrelid = view AND attname = 'value_tier')) AS v
            JOIN (SELECT col_description(attrelid, attnum) AS remark, row_number() OVER (ORDER BY attnum) AS place
                  FROM pg_attribute
                  WHERE attrelid = customers AND attnum > 0 AND NOT attisdropped AND attname <> customer) AS c
            USING (place)
        )
        SELECT a.attrelid::regclass AS relation, a.attname AS name, coalesce(
                   -- of this column, of its place, of the totals in the views for charts, of the column that it shows
                   (SELECT said.text FROM said
                    WHERE said.suffix = part.suffix AND (said.name = a.attname OR said.number = a.attnum)
                    ORDER BY said.number NULLS LAST LIMIT 1),
                   (SELECT said.text FROM said WHERE said.suffix IS NULL AND said.name = a.attname
                        AND part.suffix IN ('_segments', '_rfm_grid', '_value_bands')),
                   (SELECT said.text FROM said WHERE said.suffix = '' AND said.name = a.attname
                        AND part.suffix = '_at_risk'),
                   CASE part.suffix WHEN '_model' THEN 'Parameter of the model of '
                       || CASE WHEN a.attname IN ('p', 'q', 'v') THEN 'spend' ELSE 'orders' END
                   ELSE coalesce((SELECT carried.remark FROM carried WHERE carried.name = a.attname),
                                 'Of the table of customers') END) AS text
        FROM unnest('{_source,_watermark,_history,_model,"",_segments,_rfm_grid,_value_bands,_at_risk,_forecast}'::text[]
             ) AS part (suffix)
        JOIN pg_attribute AS a ON a.attrelid = to_regclass(format('%I.%I', home, base || part.suffix))
            AND a.attnum > 0 AND NOT a.attisdropped
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', remark.relation, remark.name, remark.text);
    END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE cltv_describe(name, name, float8, float8, text, regclass) IS
    'Comments the views that cltv_materialize made as home.base and its companions, and all their columns, as BI tools show them; columns of the table of customers keep their own comments. cltv_materialize calls it.';

-- What the views and their columns mean, as comments on them: BI tools show these as descriptions.

CREATE PROCEDURE cltv_describe(customers regclass)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $procedure$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    attributes CONSTANT regclass := to_regclass(options ->> 'customers');
    customer CONSTANT name := (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = customers AND a.attnum = 1);
    span CONSTANT text := CASE WHEN (options ->> 'horizon')::float8 < 'infinity'
                          THEN 'within the next ' || (options ->> 'horizon') || ' days' ELSE 'in all the time to come' END;
    is_signed CONSTANT boolean := options ->> 'amounts' = 'signed';
    read_how CONSTANT text := CASE WHEN options ->> 'order_id' IS NOT NULL
                              THEN format('; lines with the same %s are one order', options ->> 'order_id') ELSE '' END
        || CASE WHEN options ->> 'refund_of' IS NOT NULL
           THEN format('; what %s names is refunded', options ->> 'refund_of') ELSE '' END
        || CASE WHEN options ->> 'refunds' = 'match' THEN '; refunds undo the orders that they match' ELSE '' END
        || CASE WHEN is_signed THEN '; negative amounts are those of purchases, too' ELSE '' END;
    remark record;
BEGIN
    FOR remark IN
        SELECT CASE p.kind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, p.full_name,
               said.text
        FROM (SELECT o.part, o.text FROM (VALUES
            ('customers', 'One row per customer, as of the newest day of the orders at the last refresh'),
            ('history', 'The purchase history of each customer'
                || CASE WHEN (options ->> 'incremental')::boolean THEN ', kept by cltv_refresh' ELSE '' END),
            ('source', 'The orders from which cltv_materialize makes the histories'),
            ('watermark', 'Up to which day cltv_refresh has settled the histories'),
            ('model', 'The models in use, one row'),
            ('segments', 'Customers, revenue and value by marketing segment'),
            ('rfm_grid', 'Customers, revenue and value by recency and frequency score: the heat map'),
            ('value_bands', 'Customers in ten equal bands by value: the value curve'),
            ('at_risk', 'The fifth of the customers of High and Medium value most likely to be gone, by value at stake'),
            ('forecast', 'Purchases and revenue expected of the known customers, by week'),
            ('next', 'When each customer orders next, and who is late by their own rhythm'),
            ('revenue', format('Revenue to come by %s, from existing and future customers', options ->> 'revenue')),
            ('cohorts', format('What the customers of each first %1$s brought in every %1$s since, and what is expected of them', options ->> 'cohorts')),
            ('products', 'The products: who buys them, what customers who began with them bring, and what goes with them'),
            ('clusters', 'The clusters of similar customers: revenue and value, and what distinguishes each')
        ) AS o (part, text) WHERE options ->> 'kind' = 'orders'
        UNION ALL SELECT r.part, r.remark FROM @extschema@.cltv_contract_remarks(options) AS r WHERE r.name IS NULL AND r.number IS NULL
        ) AS said (part, text)
        JOIN @extschema@.cltv_parts(customers) AS p ON p.part = said.part
    LOOP
        EXECUTE format('COMMENT ON %s %s IS %L', remark.kind, remark.full_name, remark.text);
    END LOOP;

    FOR remark IN
        WITH of_orders (part, number, name, text) AS (VALUES
            ('history', 1, NULL, 'The customer'),
            ('history', NULL, 'settled', 'The purchases up to the day settled_until of the watermark; empty where there are no others'),
            ('history', NULL, 'open', 'Whether a line of the customer falls after the day settled_until of the watermark'),
            ('history', NULL, 'history', 'All purchases of the customer' || read_how || '; ask it with rfm_summary(history, as_of)'),
            ('source', 1, NULL, 'The customer'),
            ('source', NULL, 'ordered_at', 'Time of the order'),
            ('source', NULL, 'amount', CASE WHEN is_signed THEN 'Amount of the order, of any sign' ELSE 'Amount of the order; negative for a refund' END),
            ('source', NULL, 'order_key', 'The order that the line belongs to'),
            ('source', NULL, 'refunded_key', 'The order that the line refunds; empty where it refunds none'),
            ('watermark', NULL, 'settled_until', 'Orders up to this day are not read again by a refresh'),
            ('watermark', NULL, 'late_days', 'Number of newest days that each refresh reads again; may be updated'),
            ('watermark', NULL, 'time_zone', 'Time zone of the days; empty for orders without one'),
            ('model', NULL, 'as_of', 'Day up to which the customers of the fit were observed'),
            ('model', NULL, 'orders_model', 'The model of orders; see model_params(orders_model)'),
            ('model', NULL, 'spend_model', 'The model of spend; see model_params(spend_model)'),
            ('model', NULL, 'status', 'Status of the model of orders: converged, or why not'),
            ('model', NULL, 'spend_status', 'Status of the model of spend: converged, or why not'),
            ('model', NULL, 'customers', 'Customers in the fit'),
            ('model', NULL, 'log_likelihood', 'Log-likelihood of the model of orders'),
            ('model', NULL, 'family', 'The family of the model of orders: bgnbd, mbgnbd, nbd, pnbd'),
            ('model', NULL, 'compared', 'The families that were fitted to the orders: status and Bayesian information criterion of each, less is better'),
            ('model', NULL, 'spend_family', 'The family of the model of spend: gg, lognormal, own'),
            ('model', NULL, 'spend_compared', 'The families that were fitted to spend: status and Bayesian information criterion of each, less is better'),
            ('model', NULL, 'aic', 'Akaike''s information criterion of the model of orders: less is better'),
            ('model', NULL, 'digits', 'Decimal places to which sums of money are rounded; empty where the amounts have more than four'),
            ('model', NULL, 'attributes', 'What attributes act on in the models: purchases, dropout, spend; empty where models without attributes are better'),
            ('model', NULL, 'calendar', 'Season in the model of orders: season, months; empty where a model without is better'),
            ('model', NULL, 'learner_model', 'The learner; see model_params(learner_model)'),
            ('model', NULL, 'learner_status', 'Status of the learner: converged, or why not; no window before: the orders do not reach back far enough'),
            ('model', NULL, 'learner_dropped', 'Attributes without information in its training window, which are left out'),
            ('model', NULL, 'learner_predicted', 'What the learner would have predicted for the last window, trained on the one before it'),
            ('model', NULL, 'learner_actual', 'Actual outcome of the last window'),
            ('model', NULL, 'learner_gini', 'How well it would have ranked the customers of the last window: 1 is perfect, 0 is chance'),
            ('model', NULL, 'learner_attributes', 'Whether the learner knows the attributes; no where one of their numbers is unknown'),
            ('customers', NULL, 'learnt_revenue', 'Revenue that the learner expects ' || span),
            ('customers', NULL, 'learnt_purchases', 'Purchases that the learner expects ' || span),
            ('customers', NULL, 'learnt_return', 'Probability of a purchase, by the learner, ' || span),
            ('model', NULL, 'clusters', 'The clusters of similar customers; see cluster_profile(clusters)'),
            ('model', NULL, 'clusters_status', 'Status of the clusters: fitted, or why there are none'),
            ('model', NULL, 'clusters_dropped', 'What all customers have in common, which is left out'),
            ('customers', NULL, 'cluster', 'Cluster of similar customers by purchases, spend and silence; see the view of clusters'),
            ('clusters', NULL, 'cluster', 'Number of the cluster, the same at each refresh; at first 1 is the largest'),
            ('clusters', NULL, 'purchases', 'Typical number of purchases of a customer: the geometric mean'),
            ('clusters', NULL, 'purchases_z', 'How many standard deviations that is above the mean of all customers, in logarithms'),
            ('clusters', NULL, 'silence', 'Typical number of days since the last purchase'),
            ('clusters', NULL, 'silence_z', 'How many standard deviations that is above the mean of all customers, in logarithms'),
            ('clusters', NULL, 'spend', 'Typical spend per purchase'),
            ('clusters', NULL, 'spend_z', 'How many standard deviations that is above the mean of all customers, in logarithms'),
            ('customers', 1, NULL, 'The customer'),
            ('customers', NULL, 'attributes', 'The attributes of the customer that models are offered'),
            ('customers', NULL, 'first_order', 'Day of the first purchase'),
            ('customers', NULL, 'last_order', 'Day of the last purchase'),
            ('customers', NULL, 'orders', CASE WHEN is_signed THEN 'Number of orders' ELSE 'Number of orders, refunds not counted' END || read_how),
            ('customers', NULL, 'revenue', CASE WHEN is_signed THEN 'Sum of all amounts' ELSE 'Sum of all amounts, net of refunds' END),
            ('customers', NULL, 'frequency', 'Repeat purchases: days with an order, minus one'),
            ('customers', NULL, 'recency', 'Days from the first to the last purchase'),
            ('customers', NULL, 'tenure', 'Days from the first purchase to the day of observation'),
            ('customers', NULL, 'monetary_value', 'Mean spend per repeat purchase; empty without one'),
            ('customers', NULL, 'first_value', 'What the first purchase brought'),
            ('customers', NULL, 'r', 'Recency score: 1 is longest ago, the highest is most recent'),
            ('customers', NULL, 'f', 'Frequency score: 1 is fewest orders'),
            ('customers', NULL, 'm', 'Monetary score: 1 is least revenue'),
            ('customers', NULL, 'segment', 'Marketing segment of the three scores; see cltv_playbook'),
            ('customers', NULL, 'expected_orders', 'Purchases expected ' || span),
            ('customers', NULL, 'churn_prob', 'Probability of no purchase ' || span || ', from 0 to 1'),
            ('customers', NULL, 'cltv', 'Value expected ' || span || ', discounted at ' || (options ->> 'discount_rate')
                || ' a year, at a margin of ' || (options ->> 'margin')),
            ('customers', NULL, 'profit', 'Margin of the revenue so far, less the cost to serve the customer'),
            ('customers', NULL, 'lifetime_value', 'profit, and cltv less the same share for serving the customer: what they bring in total'),
            ('customers', NULL, 'net_value', 'lifetime_value less the cost of winning the customer'),
            ('customers', NULL, 'value_tier', 'High: the fifth of the customers with the highest cltv; Medium: the rest of the upper half; Low: the lower half'),
            ('segments', NULL, 'segment', 'Marketing segment; empty where a score is missing'),
            ('rfm_grid', NULL, 'r', 'Recency score: 1 is longest ago'),
            ('rfm_grid', NULL, 'f', 'Frequency score: 1 is fewest orders'),
            ('value_bands', NULL, 'band', 'Tenth of the customers by cltv: 1 is the most valuable'),
            ('value_bands', NULL, 'cltv_from', 'Least cltv in the band'),
            ('value_bands', NULL, 'cltv_to', 'Highest cltv in the band'),
            ('value_bands', NULL, 'share', 'Share of the band in the cltv of all, from 0 to 1'),
            ('value_bands', NULL, 'cumulative_share', 'Share of this band and those above it, from 0 to 1'),
            ('at_risk', NULL, 'rank', '1 has the most value at stake'),
            ('at_risk', 2, NULL, 'The customer'),
            ('at_risk', NULL, 'value_at_stake', 'cltv x churn_prob'),
            ('forecast', NULL, 'week', 'Week ahead, from 1'),
            ('forecast', NULL, 'first_day', 'First day of the week'),
            ('forecast', NULL, 'last_day', 'Last day of the week, within the horizon'),
            ('forecast', NULL, 'expected_purchases', 'Purchases expected of the known customers in the week'),
            ('forecast', NULL, 'expected_revenue', 'Revenue expected of the known customers in the week, not discounted'),
            ('next', 1, NULL, 'The customer'),
            ('next', NULL, 'usual_gap', 'Mean days between the purchases of the customer; empty without a second one'),
            ('next', NULL, 'overdue', 'How many of their own gaps the customer has been silent'),
            ('next', NULL, 'next_order', 'Day by which an order has come as likely as not; empty where none is more likely'),
            ('next', NULL, 'earliest', 'Day by which an order has come with a probability of 10 %'),
            ('next', NULL, 'latest', 'Day by which an order has come with a probability of 90 %; empty where that many never order again'),
            ('revenue', NULL, 'first_day', 'First day of the period'),
            ('revenue', NULL, 'last_day', 'Last day of the period'),
            ('revenue', NULL, 'existing_customers', 'Existing customers who are still customers at its end'),
            ('revenue', NULL, 'new_customers', 'New customers in it'),
            ('revenue', NULL, 'existing_purchases', 'Purchases of existing customers'),
            ('revenue', NULL, 'new_purchases', 'Purchases of new customers'),
            ('revenue', NULL, 'existing_revenue', 'Revenue from existing customers'),
            ('revenue', NULL, 'new_revenue', 'Revenue from new customers'),
            ('revenue', NULL, 'revenue', 'Revenue from both'),
            ('revenue', NULL, 'lower', 'Lower end of the interval that holds the revenue with a probability of 80 %'),
            ('revenue', NULL, 'upper', 'Upper end of it'),
            ('cohorts', NULL, 'cohort', format('First day of the %s of the first purchase', options ->> 'cohorts')),
            ('cohorts', NULL, 'period', format('Number of the %s since then, from 0', options ->> 'cohorts')),
            ('cohorts', NULL, 'last_day', 'Last day of the period'),
            ('cohorts', NULL, 'customers', 'Customers of the cohort'),
            ('cohorts', NULL, 'active', 'Customers with an order in the period so far; empty for a period to come'),
            ('cohorts', NULL, 'margin', 'Margin of what they bring in the period, not discounted; expected where predicted'),
            ('cohorts', NULL, 'cumulative_margin', 'Margin up to the end of the period, per customer of the cohort'),
            ('cohorts', NULL, 'predicted', 'Whether days of the period are still to come'),
            ('products', NULL, 'product', 'The product'),
            ('products', NULL, 'customers', 'Customers who bought it'),
            ('products', NULL, 'revenue', 'Sum of the amounts of its rows'),
            ('products', NULL, 'first_customers', 'Customers whose first purchase had it, long enough ago to see what followed'),
            ('products', NULL, 'repeat_rate', 'Share of these who came back ' || span || ', from 0 to 1'),
            ('products', NULL, 'repeat_lower', 'Lower end of its 95 % interval'),
            ('products', NULL, 'repeat_upper', 'Upper end of its 95 % interval'),
            ('products', NULL, 'later_value', 'Mean amount that these brought after the first day ' || span),
            ('products', NULL, 'value_lower', 'Lower end of its 95 % interval'),
            ('products', NULL, 'value_upper', 'Upper end of its 95 % interval'),
            ('products', NULL, 'goes_with', 'The product that goes with it best, by more than chance'),
            ('products', NULL, 'confidence', 'Share of those with the product who have that one, too'),
            ('products', NULL, 'lift', 'That share over the one of all'),
            (NULL, NULL, 'customers', 'Number of customers'),
            (NULL, NULL, 'revenue', 'Sum of revenue'),
            (NULL, NULL, 'expected_orders', 'Sum of the purchases expected ' || span),
            (NULL, NULL, 'cltv', 'Sum of cltv: the value expected ' || span),
            (NULL, NULL, 'cltv_per_customer', 'Mean cltv of a customer'),
            (NULL, NULL, 'churn_prob', 'Mean probability of no purchase ' || span)
        ), said AS (
            SELECT o.* FROM of_orders AS o WHERE options ->> 'kind' = 'orders'
            UNION ALL SELECT r.* FROM @extschema@.cltv_contract_remarks(options) AS r WHERE r.name IS NOT NULL OR r.number IS NOT NULL
        ), carried AS (     -- in the order in which they stand behind value_tier
            SELECT v.name, c.remark
            FROM (SELECT a.attname AS name, row_number() OVER (ORDER BY a.attnum) AS place FROM pg_attribute AS a
                  WHERE a.attrelid = customers AND a.attnum > (SELECT t.attnum FROM pg_attribute AS t
                                                               WHERE t.attrelid = customers AND t.attname = 'value_tier')
                 ) AS v
            JOIN (SELECT col_description(a.attrelid, a.attnum) AS remark, row_number() OVER (ORDER BY a.attnum) AS place
                  FROM pg_attribute AS a
                  WHERE a.attrelid = attributes AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> customer) AS c
            USING (place)
        )
        SELECT p.full_name, a.attname AS name, coalesce(
                   -- of this column, of its place, of the totals in the views for charts, of the column that it shows
                   (SELECT said.text FROM said
                    WHERE said.part = p.part AND (said.name = a.attname OR said.number = a.attnum)
                    ORDER BY said.number NULLS LAST LIMIT 1),
                   (SELECT said.text FROM said WHERE said.part IS NULL AND said.name = a.attname
                        AND p.part IN ('segments', 'rfm_grid', 'value_bands', 'clusters')),
                   (SELECT said.text FROM said WHERE said.part = 'customers' AND said.name = a.attname
                        AND p.part IN ('at_risk', 'next')),
                   CASE p.part WHEN 'model' THEN 'Parameter of the model of '
                       || CASE WHEN EXISTS (SELECT FROM @extschema@.cltv_families() AS f
                                            WHERE f.topic = 'spend' AND a.attname = ANY (f.parameters))
                          THEN 'spend' ELSE options ->> 'kind' END
                   ELSE coalesce((SELECT carried.remark FROM carried WHERE carried.name = a.attname),
                                 CASE options ->> 'kind' WHEN 'contracts' THEN 'Of the newest subscription'
                                 ELSE 'Of the table of customers' END) END) AS text
        FROM @extschema@.cltv_parts(customers) AS p
        JOIN pg_attribute AS a ON a.attrelid = p.relation AND a.attnum > 0 AND NOT a.attisdropped
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', remark.full_name, remark.name, remark.text);
    END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE cltv_describe(regclass) IS
    'Internal: comments a NAME of cltv_materialize, its companions and their columns.
As BI tools show them; columns of the table of customers keep their own comments. cltv_materialize calls it.';

-- What comes next, as views over what cltv_materialize made: made by whoever wants them, refreshed with the rest.

CREATE PROCEDURE cltv_forecast_views(name regclass, horizon int DEFAULT 365, period text DEFAULT 'month', level float8 DEFAULT 0.8)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO' SET quote_all_identifiers = off
AS $procedure$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(name);
    shortest CONSTANT int := CASE period WHEN 'week' THEN 7 WHEN 'month' THEN 31 WHEN 'quarter' THEN 92 WHEN 'year' THEN 366 ELSE 1 END;
    with_attributes CONSTANT boolean := options ->> 'attributes' IS NOT NULL;
    by_attributes CONSTANT text := CASE WHEN with_attributes
        THEN format('CASE WHEN ''purchases'' = ANY (m.attributes) THEN v.attributes END, CASE WHEN ''dropout'' = ANY (m.attributes) THEN v.attributes END')
        ELSE 'NULL::@extschema@.features, NULL::@extschema@.features' END;
    home text;
    base text;
    key text;
    model text;
    part text;
BEGIN
    IF name IS NULL OR horizon IS NULL OR period IS NULL OR level IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'an argument of cltv_forecast_views must not be NULL',
            HINT = 'Leave an argument out to have its default.';
    END IF;
    PERFORM @extschema@.cltv_check_ahead(horizon, period, level);
    IF (options ->> 'kind' = 'orders') IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('%s was not made by cltv_materialize', name),
            HINT = 'Give the name of its customers; those of contracts have NAME_mrr.';
    ELSIF horizon < shortest THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('within %s days no %s may end', horizon, period),
            HINT = format('Give %s days at least.', shortest);
    END IF;
    PERFORM @extschema@.cltv_owned(name);
    SELECT n.nspname, c.relname, quote_ident(a.attname) INTO STRICT home, base, key
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = 1
    WHERE c.oid = name;
    SELECT p.full_name INTO STRICT model FROM @extschema@.cltv_parts(name) AS p WHERE p.part = 'model';
    -- Called again, it makes them anew.
    FOR part IN SELECT format('%s %s', CASE p.kind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, p.full_name)
                FROM @extschema@.cltv_parts(name) AS p WHERE p.part IN ('revenue', 'next') LOOP
        EXECUTE 'DROP ' || part;
    END LOOP;
    CALL @extschema@.cltv_clear(home, base, '{_revenue,_next}'::text[], false);

    -- From the customers as they are in NAME, so that orders are not read again. Models with attributes ask more than an array has:
    -- where they are in use, the total is by models without.
    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
WITH known AS MATERIALIZED (
    SELECT max(v.first_order + v.tenure::int) AS as_of, array_agg(v.frequency::float8) AS frequency, array_agg(v.recency) AS recency,
           array_agg(v.tenure) AS tenure, array_agg(coalesce(v.monetary_value, float8 'NaN')) AS monetary_value,
           array_agg(coalesce(v.first_value, float8 'NaN')) AS first_value, %5$s AS net%6$s
    FROM %3$s AS v WHERE v.frequency IS NOT NULL
), period AS (
    SELECT array_agg(p.last_day - k.as_of ORDER BY p.last_day) AS ends
    FROM known AS k CROSS JOIN LATERAL %7$s AS p (last_day)
    WHERE p.last_day <= k.as_of + %8$s
)
SELECT k.as_of + coalesce(p.ends[r.place - 1], 0) + 1 AS first_day, k.as_of + p.ends[r.place] AS last_day, r.existing_customers,
       r.new_customers, r.existing_purchases, r.new_purchases, r.existing_revenue, r.new_revenue, r.revenue, r.lower, r.upper
FROM known AS k CROSS JOIN period AS p CROSS JOIN %4$s AS m
CROSS JOIN LATERAL @cltv@.cltv_revenue_ahead(%9$s, k.frequency, k.recency, k.tenure, k.monetary_value, k.first_value, k.as_of, p.ends,
    NULL::float8[], float8 '0', k.net, %10$s::float8) AS r
WITH NO DATA$sql$), home, base || '_revenue', name, model,
        CASE options ->> 'amounts' WHEN 'signed' THEN 'float8 ''1'''
        ELSE format(@extschema@.cltv_sql('coalesce(@cltv@.exact_sum(v.revenue) / nullif(@cltv@.exact_sum(coalesce(v.first_value, 0) + coalesce(v.frequency * v.monetary_value, 0)), 0), 1)')) END,
        CASE WHEN with_attributes
        THEN format(@extschema@.cltv_sql(E',\n           @cltv@.customer_base(v.frequency, v.recency, v.tenure) AS base, '
                                         '@cltv@.spend_base(v.frequency::float8, v.monetary_value, v.first_value) AS spends')) END,
        CASE period WHEN 'horizon' THEN format('(SELECT k.as_of + %s)', horizon)
        ELSE format('(SELECT (b.day + interval %1$L)::date - 1 FROM generate_series(date_trunc(%2$L, (k.as_of + 1)::timestamp), '
                    '(k.as_of + %3$s)::timestamp, interval %1$L) AS b (day))',
                    CASE period WHEN 'quarter' THEN '3 months' ELSE '1 ' || period END, period, horizon) END,
        horizon,
        CASE WHEN with_attributes
        THEN format(@extschema@.cltv_sql('CASE WHEN m.attributes <> ''{}'' THEN @cltv@.orders_fit(k.base) ELSE m.orders_model END, '
                                         'CASE WHEN m.attributes <> ''{}'' THEN @cltv@.spend_fit(k.spends) ELSE m.spend_model END'))
        ELSE 'm.orders_model, m.spend_model' END, level);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (first_day)', home, base || '_revenue');

    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE VIEW %1$I.%2$I AS
SELECT v.%5$s, v.segment, v.last_order, @cltv@.days_between_orders(v.frequency::float8, v.recency) AS usual_gap,
       @cltv@.overdue(v.frequency::float8, v.recency, v.tenure) AS overdue,
       @cltv@.next_order(m.orders_model, v.frequency::float8, v.recency, v.tenure, v.first_order + v.tenure::int, float8 '0.5', %6$s) AS next_order,
       i.lower AS earliest, i.upper AS latest
FROM %3$s AS v CROSS JOIN %4$s AS m
LEFT JOIN LATERAL @cltv@.next_order_interval(m.orders_model, v.frequency::float8, v.recency, v.tenure, v.first_order + v.tenure::int, %7$s::float8,
    %6$s) AS i ON true
WHERE v.frequency IS NOT NULL%8$s$sql$), home, base || '_next', name, model, key, by_attributes, level,
        CASE WHEN (options ->> 'min_group')::int > 1 THEN ' AND false' END);    -- single customers are not for everybody

    INSERT INTO @extschema@.cltv_made (customers, part, relation)
    SELECT name, u.part, to_regclass(format('%I.%I', home, base || '_' || u.part)) FROM unnest('{revenue,next}'::text[]) AS u (part);
    EXECUTE format('COMMENT ON MATERIALIZED VIEW %I.%I IS %L', home, base || '_revenue',
                   format('Revenue to come by %s, of customers of today and of those still to be won, with an interval of level %s', period, level));
    EXECUTE format('COMMENT ON VIEW %I.%I IS %L', home, base || '_next',
                   'When each customer orders next, and who is late by their own rhythm');
    EXECUTE format('REFRESH MATERIALIZED VIEW %I.%I', home, base || '_revenue');
END
$procedure$;
COMMENT ON PROCEDURE cltv_forecast_views(regclass, int, text, float8) IS
    'Makes the views NAME_revenue and NAME_next: revenue to come and next orders.
It makes of a NAME of cltv_materialize the materialized view NAME_revenue, what revenue_forecast says of its
customers and models by week, month, quarter, year or horizon, and the view NAME_next, one row per customer:
usual_gap in days, overdue in such gaps, next_order, the day by which an order has come as likely as not, and
the days earliest and latest between which it falls with the probability level. cltv_refresh refreshes
NAME_revenue, cltv_drop drops both; called again it makes them anew. Models with attributes are in NAME_next,
but revenue is by models without. Only the owner may call it (42501); a horizon in which no such period may
end, and what cltv_materialize has not made of orders, are errors (22023, 42P01).';

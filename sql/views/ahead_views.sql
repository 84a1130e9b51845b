-- What comes next, as views over what cltv_materialize made: the next order of each customer and, where asked for, revenue
-- to come, cohorts month by month, and products.

-- The days ahead up to which views look: five years are as far as anyone looks.
CREATE FUNCTION cltv_days_ahead(options jsonb) RETURNS float8
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT least((options ->> 'horizon')::float8, 1830)
$function$;
COMMENT ON FUNCTION cltv_days_ahead(jsonb) IS
    'Internal: how many days ahead the views of a NAME of cltv_materialize look.
Its horizon, at most 1830. NULL gives NULL.';

-- In these families purchases come by chance: of who is still a customer the last one tells nothing more. Then the
-- expected purchases over any time are those over another times a ratio that is one for all of a frequency and tenure.
-- Gaps of a shape of their own are the others'.
CREATE FUNCTION cltv_forgetful(options jsonb) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT options ->> 'model' = 'auto'
        OR EXISTS (SELECT FROM @extschema@.cltv_families() AS f WHERE f.name = options ->> 'model' AND f.has_calendar)
$function$;
COMMENT ON FUNCTION cltv_forgetful(jsonb) IS
    'Internal: whether purchases come by chance in all models of a NAME of cltv_materialize.
Then those expected over two times ahead are in one ratio for all customers of a frequency and tenure. NULL
gives NULL.';

CREATE PROCEDURE cltv_next_view(customers regclass)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $procedure$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    by_attributes CONSTANT text := CASE WHEN options ->> 'attributes' IS NOT NULL
        THEN 'CASE WHEN ''purchases'' = ANY (m.attributes) THEN v.attributes END, CASE WHEN ''dropout'' = ANY (m.attributes) THEN v.attributes END'
        ELSE 'NULL::@extschema@.features, NULL::@extschema@.features' END;
    home text;
    base text;
    key text;
    model text;
BEGIN
    SELECT m.* INTO home, base, key, model FROM @extschema@.cltv_made_names(customers) AS m;
    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE VIEW %1$I.%2$I AS
SELECT v.%5$s, v.segment, v.last_order, @cltv@.days_between_orders(v.frequency::float8, v.recency) AS usual_gap,
       @cltv@.overdue(v.frequency::float8, v.recency, v.tenure) AS overdue,
       @cltv@.next_order(m.orders_model, v.frequency::float8, v.recency, v.tenure, v.first_order + v.tenure::int, float8 '0.5', %6$s) AS next_order,
       i.lower AS earliest, i.upper AS latest
FROM %3$s AS v CROSS JOIN %4$s AS m
LEFT JOIN LATERAL @cltv@.next_order_interval(m.orders_model, v.frequency::float8, v.recency, v.tenure, v.first_order + v.tenure::int, float8 '0.8',
    %6$s) AS i ON true
WHERE v.frequency IS NOT NULL%7$s$sql$), home, base || '_next', customers, model, key, by_attributes,
        CASE WHEN (options ->> 'min_group')::int > 1 THEN ' AND false' END);    -- single customers are not for everybody
    INSERT INTO @extschema@.cltv_made (customers, part, relation)
    VALUES (customers, 'next', to_regclass(format('%I.%I', home, base || '_next')));
END
$procedure$;
COMMENT ON PROCEDURE cltv_next_view(regclass) IS
    'Internal: makes the view NAME_next over a NAME of cltv_materialize.
When each customer orders next. It must not exist.';

-- What refunds leave of each unit ordered, of all customers; signed amounts are net already.
CREATE FUNCTION cltv_net_of_refunds(options jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT CASE options ->> 'amounts' WHEN 'signed' THEN 'float8 ''1''' ELSE format(@extschema@.cltv_sql(
        'coalesce(@cltv@.exact_sum(v.revenue) / nullif(@cltv@.exact_sum(coalesce(v.first_value, 0) + coalesce(v.frequency * v.monetary_value, 0)), 0), 1)')) END
$function$;
COMMENT ON FUNCTION cltv_net_of_refunds(jsonb) IS
    'Internal: the aggregate, over the customers v of a NAME of cltv_materialize, of what refunds leave of each unit ordered.
With amounts => signed it is 1. NULL counts as no options.';

-- How each of the following ends.
CREATE PROCEDURE cltv_fill_part(customers regclass, part text, key text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $procedure$
#variable_conflict use_variable
DECLARE
    full_name text;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname || '_' || part) INTO STRICT full_name
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = customers;
    EXECUTE format('CREATE UNIQUE INDEX ON %s (%s)', full_name, key);
    INSERT INTO @extschema@.cltv_made (customers, part, relation) VALUES (customers, part, to_regclass(full_name));
    EXECUTE format('REFRESH MATERIALIZED VIEW %s', full_name);
END
$procedure$;
COMMENT ON PROCEDURE cltv_fill_part(regclass, text, text) IS
    'Internal: indexes, registers and fills a materialized view NAME_part that was just created.
key is its unique columns, as SQL.';

CREATE PROCEDURE cltv_revenue_view(customers regclass)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO'
AS $procedure$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    horizon CONSTANT int := floor(@extschema@.cltv_days_ahead(options));
    period CONSTANT text := options ->> 'revenue';
    with_attributes CONSTANT boolean := options ->> 'attributes' IS NOT NULL;
    home text;
    base text;
    model text;
BEGIN
    SELECT m.home, m.base, m.model INTO home, base, model FROM @extschema@.cltv_made_names(customers) AS m;
    -- From the customers as they are in NAME, so that orders are not read again.
    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
WITH known AS MATERIALIZED (
    SELECT max(v.first_order + v.tenure::int) AS as_of, array_agg(v.frequency::float8) AS frequency, array_agg(v.recency) AS recency,
           array_agg(v.tenure) AS tenure, array_agg(coalesce(v.monetary_value, float8 'NaN')) AS monetary_value,
           array_agg(coalesce(v.first_value, float8 'NaN')) AS first_value, %5$s AS net%6$s
    FROM %3$s AS v WHERE v.frequency IS NOT NULL
), period AS (
    SELECT array_agg(p.last_day - k.as_of ORDER BY p.last_day) AS ends
    FROM known AS k CROSS JOIN LATERAL (
        SELECT (b.day + interval %7$L)::date - 1 FROM generate_series(date_trunc(%8$L, (k.as_of + 1)::timestamp),
            (k.as_of + %9$s)::timestamp, interval %7$L) AS b (day)) AS p (last_day)
    WHERE p.last_day <= k.as_of + %9$s
)
SELECT k.as_of + coalesce(p.ends[r.place - 1], 0) + 1 AS first_day, k.as_of + p.ends[r.place] AS last_day, r.existing_customers,
       r.new_customers, r.existing_purchases, r.new_purchases, r.existing_revenue, r.new_revenue, r.revenue, r.lower, r.upper
FROM known AS k CROSS JOIN period AS p CROSS JOIN %4$s AS m
CROSS JOIN LATERAL @cltv@.cltv_revenue_ahead(m.orders_model, m.spend_model, k.frequency, k.recency, k.tenure, k.monetary_value, k.first_value, k.as_of, p.ends,
    NULL::float8[], float8 '0', k.net, float8 '0.8', %10$s, boolean %11$L) AS r
WITH NO DATA$sql$), home, base || '_revenue', customers, model,
        @extschema@.cltv_net_of_refunds(options),
        CASE WHEN with_attributes THEN ', array_agg(v.attributes) AS given' END,
        @extschema@.cltv_step(period), period, horizon,
        CASE WHEN with_attributes THEN 'k.given' ELSE format(@extschema@.cltv_sql('NULL::@cltv@.features[]')) END,
        CASE options ->> 'amounts' WHEN 'signed' THEN 'true' ELSE 'false' END);
    CALL @extschema@.cltv_fill_part(customers, text 'revenue', text 'first_day');
END
$procedure$;
COMMENT ON PROCEDURE cltv_revenue_view(regclass) IS
    'Internal: makes the materialized view NAME_revenue over a NAME of cltv_materialize.
It must not exist.';

-- With a NAME's own margin, where it is a number or a column of the table of customers.
CREATE PROCEDURE cltv_cohorts_view(customers regclass)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO'
AS $procedure$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    days CONSTANT float8 := @extschema@.cltv_days_ahead(options);
    period CONSTANT text := options ->> 'cohorts';
    with_attributes CONSTANT boolean := options ->> 'attributes' IS NOT NULL;
    with_calendar CONSTANT boolean := options ->> 'calendar' IS NOT NULL;
    forgetful CONSTANT boolean := @extschema@.cltv_forgetful(options);
    least_group CONSTANT int := coalesce((options ->> 'min_group')::int, 1);
    by_column CONSTANT boolean := options ->> 'margin' !~ '^[-+0-9.eE[:space:]]+$';
    attributes CONSTANT regclass := to_regclass(options ->> 'customers');
    home text;
    base text;
    key text;
    model text;
    lines text;
    margin_term text := format('%s::float8', options ->> 'margin');
    expected text;      -- the purchases that are expected, of a row within some days; of those within all and until a period ends
    of_all text;
    until_then text;
BEGIN
    SELECT m.* INTO home, base, key, model FROM @extschema@.cltv_made_names(customers) AS m;
    IF by_column THEN
        margin_term := (@extschema@.cltv_source_column(attributes, (options ->> 'margin')::name, text 'margin', name 'c')).term;
    END IF;
    SELECT o.query INTO STRICT lines FROM @extschema@.cltv_orders_source(
        to_regclass(options ->> 'orders'), (options ->> 'customer')::name, (options ->> 'ordered_at')::name, (options ->> 'amount')::name,
        true, (options ->> 'order_id')::name, (options ->> 'refund_of')::name, options ->> 'refunds', (options ->> 'as_of')::date,
        options ->> 'amounts') AS o;
    expected := format(@extschema@.cltv_sql('@cltv@.expected_purchases(m.orders_model, @of@.frequency::float8, @of@.recency, @of@.tenure, %s@days@%s)'),
        CASE WHEN with_calendar THEN 'm.as_of, ' END,
        CASE WHEN with_attributes THEN ', purchases => CASE WHEN ''purchases'' = ANY (m.attributes) THEN @of@.attributes END, '
                                       'dropout => CASE WHEN ''dropout'' = ANY (m.attributes) THEN @of@.attributes END' END);
    of_all := replace(expected, '@days@', days || '::float8');
    until_then := replace(replace(expected, '@of@', 'a'), '@days@', '(s.last_day - s.as_of)::float8');
    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
WITH by_period AS (
    SELECT q.customer, date_trunc(%5$L, q.ordered_at::timestamp)::date AS first_day, @cltv@.exact_sum(q.amount) AS revenue,
           count(*)%6$s AS orders
    FROM (%7$s) AS q CROSS JOIN %4$s AS m
    WHERE q.ordered_at < m.as_of + 1
    GROUP BY q.customer, date_trunc(%5$L, q.ordered_at::timestamp)::date
), of_customer AS (
    SELECT b.*, min(b.first_day) FILTER (WHERE b.orders > 0) OVER (PARTITION BY b.customer) AS cohort FROM by_period AS b
), past AS (
    SELECT o.cohort, greatest(o.first_day, o.cohort) AS first_day, count(*) FILTER (WHERE o.orders > 0) AS active,
           count(*) AS touched, @cltv@.exact_sum(o.revenue * %8$s) AS margin
    FROM of_customer AS o%9$s
    WHERE o.cohort IS NOT NULL
    GROUP BY o.cohort, greatest(o.first_day, o.cohort)
), cohort AS (
    SELECT p.cohort, p.active AS customers FROM past AS p WHERE p.first_day = p.cohort%10$s
), still AS (    -- periods that end within the days ahead
    SELECT b.day::date AS first_day, (b.day + interval %11$L)::date - 1 AS last_day, m.as_of
    FROM %4$s AS m CROSS JOIN LATERAL generate_series(date_trunc(%5$L, (m.as_of + 1)::timestamp), m.as_of + interval %12$L, interval %11$L) AS b (day)
    WHERE (b.day + interval %11$L)::date - 1 <= m.as_of + %13$s
), refunded AS (    -- as in NAME_revenue: the past is net of refunds
    SELECT %25$s AS net FROM %3$s AS v WHERE v.frequency IS NOT NULL HAVING true
), alike AS (    -- as in NAME_forecast; a first order is on the day of observation less the tenure
    SELECT date_trunc(%5$L, v.first_order::timestamp)::date AS cohort, v.frequency, v.tenure, %14$s AS recency%15$s,
           @cltv@.exact_sum(%16$s@cltv@.expected_spend(m.spend_model, v.frequency::float8, v.monetary_value, v.first_value, %17$s) * %8$s) AS margin
    FROM %3$s AS v CROSS JOIN %4$s AS m%18$s
    WHERE v.frequency IS NOT NULL
    GROUP BY v.first_order, v.frequency, v.tenure%19$s
), paced AS (
    SELECT a.*, %23$s AS over_all FROM alike AS a CROSS JOIN %4$s AS m OFFSET 0
), ahead AS (
    SELECT e.cohort, e.first_day, e.margin - lag(e.margin, 1, float8 '0') OVER (PARTITION BY e.cohort ORDER BY e.first_day) AS margin
    FROM (SELECT a.cohort, s.first_day, @cltv@.exact_sum(a.margin * %20$s) * (SELECT r.net FROM refunded AS r) AS margin
          FROM paced AS a CROSS JOIN still AS s CROSS JOIN %4$s AS m GROUP BY a.cohort, s.first_day) AS e
), cell AS (
    SELECT c.cohort, c.customers, g.day::date AS first_day, (g.day + interval %11$L)::date - 1 AS last_day, m.as_of
    FROM cohort AS c CROSS JOIN %4$s AS m
    CROSS JOIN LATERAL generate_series(c.cohort::timestamp, greatest(m.as_of, (SELECT max(s.first_day) FROM still AS s))::timestamp, interval %11$L) AS g (day)
), known AS (
    SELECT c.*, c.last_day > c.as_of AS predicted, coalesce(p.active, 0) AS active, coalesce(p.margin, 0) AS seen, a.margin AS expected,
           %21$s AS large
    FROM cell AS c LEFT JOIN past AS p ON p.cohort = c.cohort AND p.first_day = c.first_day
    LEFT JOIN ahead AS a ON a.cohort = c.cohort AND a.first_day = c.first_day
), judged AS (    -- what few customers brought is neither shown nor to be had as a difference: sums leave it out, too
    SELECT k.*, %24$s AS shown, CASE WHEN k.large THEN k.seen ELSE 0 END AS counted FROM known AS k
)
SELECT k.cohort, @cltv@.cohort_period(k.cohort, k.first_day, text %5$L) AS period, k.last_day, k.customers,
       CASE WHEN k.first_day <= k.as_of AND k.shown%22$s THEN k.active END AS active,
       CASE WHEN k.shown%22$s THEN CASE WHEN k.predicted THEN k.seen + k.expected ELSE k.seen END END AS margin,
       CASE WHEN k.shown AND (k.expected IS NOT NULL OR NOT k.predicted) THEN sum(k.counted + coalesce(k.expected, 0)) OVER so_far END / k.customers
           AS cumulative_margin,
       k.predicted
FROM judged AS k
WINDOW so_far AS (PARTITION BY k.cohort ORDER BY k.first_day)
WITH NO DATA$sql$), home, base || '_cohorts', customers, model, period,
        CASE options ->> 'amounts' WHEN 'signed' THEN '' ELSE ' FILTER (WHERE (q.amount < 0) IS NOT TRUE)' END, lines, margin_term,
        CASE WHEN by_column THEN format(E'\n    LEFT JOIN %s AS c ON c.%s %s o.customer', attributes, key,
            @extschema@.cltv_same_customer(to_regclass(options ->> 'orders'), attributes, (options ->> 'customer')::name)) END,
        CASE WHEN least_group > 1 THEN format(' AND p.active >= %s', least_group) END,
        @extschema@.cltv_step(period), floor(days)::int || ' days', floor(days)::int,
        CASE WHEN forgetful THEN 'max(v.recency)' ELSE 'v.recency' END,
        CASE WHEN with_attributes THEN ', v.attributes::text::@extschema@.features AS attributes' END,
        CASE WHEN NOT forgetful THEN '' WHEN (options ->> 'horizon')::float8 = days THEN 'v.expected_orders * '
        ELSE replace(of_all, '@of@', 'v') || ' * ' END,
        CASE WHEN with_attributes THEN 'CASE WHEN ''spend'' = ANY (m.attributes) THEN v.attributes END' ELSE 'NULL::@extschema@.features' END,
        CASE WHEN by_column THEN format(E'\n    LEFT JOIN %s AS c ON c.%2$s %3$s v.%2$s', attributes, key,
            @extschema@.cltv_same_customer(to_regclass(options ->> 'orders'), attributes, (options ->> 'customer')::name)) END,
        CASE WHEN forgetful THEN '' ELSE ', v.recency' END || CASE WHEN with_attributes THEN ', v.attributes::text' ELSE '' END,
        CASE WHEN forgetful THEN format('coalesce(%s / nullif(a.over_all, 0), 0)', until_then) ELSE until_then END,
        CASE WHEN least_group > 1 THEN format('(coalesce(p.touched, 0) = 0 OR p.active >= %s)', least_group) ELSE 'true' END,
        CASE WHEN least_group > 1 THEN ' AND NOT k.predicted' END,
        CASE WHEN forgetful THEN replace(of_all, '@of@', 'a') ELSE 'float8 ''1''' END,
        CASE WHEN least_group > 1
        THEN 'CASE WHEN k.predicted THEN coalesce(max(k.first_day) FILTER (WHERE NOT k.predicted AND k.large) OVER (PARTITION BY k.cohort) '
             '= max(k.first_day) FILTER (WHERE NOT k.predicted) OVER (PARTITION BY k.cohort), true) ELSE k.large END'
        ELSE 'true' END, @extschema@.cltv_net_of_refunds(options));
    CALL @extschema@.cltv_fill_part(customers, text 'cohorts', text 'cohort, period');
END
$procedure$;
COMMENT ON PROCEDURE cltv_cohorts_view(regclass) IS
    'Internal: makes the materialized view NAME_cohorts over a NAME of cltv_materialize.
It must not exist.';

-- Pairs come from all rows, whatever the day of observation; the rest is as of that day.
CREATE PROCEDURE cltv_products_view(customers regclass)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO'
AS $procedure$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    orders CONSTANT regclass := to_regclass(options ->> 'orders');
    least_group CONSTANT int := greatest(5, (options ->> 'min_group')::int);
    home text;
    base text;
    model text;
BEGIN
    SELECT m.home, m.base, m.model INTO home, base, model FROM @extschema@.cltv_made_names(customers) AS m;
    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
WITH line AS (
    SELECT i.* FROM (SELECT %4$s AS customer, %5$s AS product, %6$s AS ordered_at, %7$s AS amount FROM %8$s AS i) AS i
    CROSS JOIN %3$s AS m
    WHERE i.customer IS NOT NULL AND i.product IS NOT NULL AND i.ordered_at < m.as_of + 1
), sold AS (
    SELECT format('%%s', l.product) AS product, count(DISTINCT l.customer) AS customers, @cltv@.cltv_money(@cltv@.exact_sum(l.amount), m.digits) AS revenue
    FROM line AS l CROSS JOIN %3$s AS m GROUP BY l.product, m.digits%9$s
), partner AS (    -- of those that attract each other by more than chance, as next_product has it
    SELECT DISTINCT ON (a.product) a.product, a.other, a.confidence, a.lift
    FROM @cltv@.product_affinity(%10$L::regclass, name %11$L, name %12$L, %13$s, 200, %14$s) AS a
    CROSS JOIN LATERAL @cltv@.cltv_share_interval(a.baskets, round(a.baskets / a.confidence)::bigint, float8 '0.95') AS s
    WHERE a.lift > 1 AND a.p_value <= 0.05 AND a.customers >= %14$s
    ORDER BY a.product, s.lower DESC, a.lift DESC, a.other
)
SELECT s.product, s.customers, s.revenue, f.customers AS first_customers, f.repeat_rate, f.repeat_lower, f.repeat_upper,
       f.later_value, f.value_lower, f.value_upper, p.other AS goes_with, p.confidence, p.lift
FROM sold AS s
LEFT JOIN (SELECT f.* FROM %3$s AS m CROSS JOIN LATERAL @cltv@.first_product_value(%10$L::regclass, name %11$L, name %12$L, name %15$L, name %16$L,
               %17$s, m.as_of, %14$s, float8 '0.95') AS f WHERE m.as_of IS NOT NULL) AS f ON f.product = s.product
LEFT JOIN partner AS p ON p.product = s.product
WITH NO DATA$sql$), home, base || '_products', model,
        @extschema@.cltv_plain_key(orders, (options ->> 'customer')::name, text 'customer', name 'i'),
        @extschema@.cltv_plain_key(orders, (options ->> 'products')::name, text 'products', name 'i'),
        (@extschema@.cltv_source_column(orders, (options ->> 'ordered_at')::name, text 'ordered_at', name 'i')).term,
        (@extschema@.cltv_source_column(orders, (options ->> 'amount')::name, text 'amount', name 'i')).term, orders,
        CASE WHEN (options ->> 'min_group')::int > 1 THEN format(' HAVING count(DISTINCT l.customer) >= %s', least_group) END,
        options ->> 'orders', options ->> 'customer', options ->> 'products',
        CASE WHEN options ->> 'order_id' IS NULL THEN 'NULL::name' ELSE format('name %L', options ->> 'order_id') END, least_group,
        options ->> 'ordered_at', options ->> 'amount', greatest(1, floor(@extschema@.cltv_days_ahead(options)))::int);
    CALL @extschema@.cltv_fill_part(customers, text 'products', text 'product');
END
$procedure$;
COMMENT ON PROCEDURE cltv_products_view(regclass) IS
    'Internal: makes the materialized view NAME_products over a NAME of cltv_materialize.
It must not exist.';

CREATE FUNCTION cltv_step(period text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT CASE period WHEN 'quarter' THEN '3 months' ELSE '1 ' || period END
$function$;
COMMENT ON FUNCTION cltv_step(text) IS 'Internal: a period of the calendar as PostgreSQL reads an interval.
Of day, week, month, quarter or year. NULL gives NULL.';

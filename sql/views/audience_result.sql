-- What contacting an audience did: those contacted beside those held back.

CREATE FUNCTION audience_result(audience regclass, orders regclass, customer name, ordered_at name, amount name, days int DEFAULT 30,
                                as_of date DEFAULT NULL, margin float8 DEFAULT 1, contact_cost float8 DEFAULT 0,
                                customers regclass DEFAULT NULL, method text DEFAULT 'cuped', level float8 DEFAULT 0.95,
                                OUT measure text, OUT treated bigint, OUT control bigint, OUT treated_mean float8, OUT control_mean float8,
                                OUT difference float8, OUT lower float8, OUT upper float8, OUT p_value float8,
                                OUT incremental float8, OUT incremental_lower float8, OUT incremental_upper float8)
    RETURNS SETOF record
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 5
    SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO' SET quote_all_identifiers = off
AS $function$
#variable_conflict use_variable
DECLARE
    key CONSTANT name := @extschema@.cltv_audience_key(audience);
    source record;
    last_day date;
    valued text := 'NULL::float8';
    joined text := '';
    outcome record;
    test record;
BEGIN
    IF orders IS NULL OR days IS NULL OR margin IS NULL OR contact_cost IS NULL OR method IS NULL OR level IS NULL THEN
        RETURN;
    ELSIF days NOT BETWEEN 1 AND 3650 THEN
        RAISE invalid_parameter_value USING MESSAGE = format('days %s is not between 1 and 3650', days),
            HINT = 'It is the number of days after the contact for which orders are counted.';
    ELSIF NOT (margin BETWEEN 0 AND 1) OR NOT (contact_cost >= 0 AND contact_cost < 'infinity') THEN
        RAISE invalid_parameter_value USING MESSAGE = format('margin %s or contact_cost %s is out of range', margin, contact_cost),
            HINT = 'margin is the share of revenue that is profit, 0..1; contact_cost is the cost of reaching one customer, 0 or more.';
    END IF;
    PERFORM @extschema@.cltv_check_day(as_of, text 'as_of', text 'Pass the day up to which all orders are known, or NULL.');
    SELECT s.* INTO STRICT source
    FROM @extschema@.cltv_orders_source(orders, customer, ordered_at, amount, false, NULL::name, NULL::name, text 'subtract', NULL::date, text 'revenue') AS s;
    IF source.query IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT max(o.ordered_at)::date FROM (%s) AS o', source.query) INTO last_day;
    last_day := coalesce(as_of, last_day);
    IF customers IS NOT NULL THEN
        PERFORM @extschema@.cltv_source_column(customers, key, text 'customer', name 'v');
        PERFORM @extschema@.cltv_source_column(customers, name 'cltv', text 'cltv', name 'v');
        joined := format(' LEFT JOIN %s AS v ON format(''%%s'', v.%I) = d.id', customers, key);
        valued := 'coalesce(v.cltv::float8, 0)';
    END IF;
    -- The first time that customers were on the list, so long ago that all their days are over. What they did on the day of it
    -- may have been before or after.
    FOR outcome IN EXECUTE format(@extschema@.cltv_sql($sql$
        WITH members AS (
            SELECT DISTINCT ON (format('%%s', a.%1$I)) format('%%s', a.%1$I) AS id, a.arm, a.entered_at::date AS day
            FROM %2$s AS a ORDER BY format('%%s', a.%1$I), a.entered_version
        ), done AS (
            SELECT m.id, m.arm, count(*) FILTER (WHERE o.ordered_at::date > m.day AND o.amount > 0) AS orders_after,
                   coalesce(@cltv@.exact_sum(o.amount) FILTER (WHERE o.ordered_at::date > m.day), 0) AS revenue_after,
                   count(*) FILTER (WHERE o.ordered_at::date < m.day AND o.amount > 0) AS orders_before,
                   coalesce(@cltv@.exact_sum(o.amount) FILTER (WHERE o.ordered_at::date < m.day), 0) AS revenue_before
            FROM members AS m
            LEFT JOIN (%3$s) AS o ON format('%%s', o.customer) = m.id AND o.ordered_at::date <> m.day
                AND o.ordered_at::date BETWEEN m.day - $1 AND m.day + $1
            WHERE m.day + $1 <= $2 GROUP BY m.id, m.arm, m.day
        ), measured AS (
            SELECT m.arm, x.place, x.measure, x.outcome, x.pre
            FROM (SELECT d.*, %4$s AS cltv FROM done AS d%5$s) AS m,
                 LATERAL (VALUES (1, 'buyers', (m.orders_after > 0)::int::float8, (m.orders_before > 0)::int::float8),
                                 (2, 'orders', m.orders_after::float8, m.orders_before::float8),
                                 (3, 'revenue', m.revenue_after, m.revenue_before),
                                 (4, 'profit', $3 * m.revenue_after - CASE m.arm WHEN 'treated' THEN $4 ELSE 0 END, $3 * m.revenue_before),
                                 (5, 'cltv', m.cltv, m.revenue_before)) AS x (place, measure, outcome, pre)
            WHERE x.outcome IS NOT NULL
        )
        SELECT place, measure, @cltv@.experiment_base(arm, outcome, pre) AS base,
               count(*) FILTER (WHERE arm = 'treated') AS treated, count(*) FILTER (WHERE arm = 'control') AS control,
               avg(outcome ORDER BY outcome) FILTER (WHERE arm = 'treated') AS treated_mean,
               avg(outcome ORDER BY outcome) FILTER (WHERE arm = 'control') AS control_mean,
               min(outcome) FILTER (WHERE arm = 'treated') < max(outcome) FILTER (WHERE arm = 'treated')
                   OR min(outcome) FILTER (WHERE arm = 'control') < max(outcome) FILTER (WHERE arm = 'control') AS varies,
               min(pre) < max(pre) AS foretold
        FROM measured GROUP BY place, measure ORDER BY place$sql$), key, audience, source.query, valued, joined)
        USING days, last_day, margin, contact_cost
    LOOP
        measure := outcome.measure;
        treated := outcome.treated;
        control := outcome.control;
        treated_mean := outcome.treated_mean;
        control_mean := outcome.control_mean;
        difference := treated_mean - control_mean;
        lower := NULL; upper := NULL; p_value := NULL;
        IF least(treated, control) >= 3 AND outcome.varies THEN
            SELECT t.* INTO STRICT test
            FROM @extschema@.ab_test(outcome.base, text 'control', level, CASE WHEN outcome.foretold THEN method ELSE 'welch' END, float8 '10000') AS t
            WHERE t.variant = 'treated';
            difference := test.difference;
            lower := test.lower;
            upper := test.upper;
            p_value := test.p_value;
        END IF;
        incremental := difference * treated;
        incremental_lower := lower * treated;
        incremental_upper := upper * treated;
        RETURN NEXT;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION audience_result(regclass, regclass, name, name, name, int, date, float8, float8, regclass, text, float8) IS
    'Measures what contacting an audience of cltv_audience achieved.
One row per measure: buyers (the share who ordered), orders, revenue, profit (margin x revenue, less
contact_cost for those contacted) and, where the view NAME of cltv_materialize is given as customers, cltv,
what they are predicted to be worth now; each of the days after the day on which customers first entered, of
those for whom all these days are over by as_of (NULL: the day of the last order); mean a customer of those
treated and of the control, difference with its interval of that level and p_value by ab_test, method cuped
with what they did in as many days before, welch or lin; incremental = for all treated together. NULLs where
fewer than 3 are in an arm, or all did the same; nobody yet: no rows. Arguments out of range are errors
(22023), another relation 42P01, and those of cltv_orders_source.';

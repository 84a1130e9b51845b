-- Customers as of a cut, and what they did next -----------------------------------------------------------------------

CREATE FUNCTION cltv_holdout(orders regclass, customer name, ordered_at name, amount name, cut date,
                             as_of date DEFAULT NULL,
                             OUT customer_id text, OUT frequency bigint, OUT recency float8, OUT tenure float8,
                             OUT monetary_value float8, OUT horizon float8, OUT holdout_purchases bigint,
                             OUT holdout_revenue float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 100000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    source record;
    first_order date;
    last_order date;
    day date;
BEGIN
    SELECT s.*
    FROM @extschema@.cltv_orders_source(orders, customer, ordered_at, amount, false, NULL::name, NULL::name,
                                        text 'subtract', NULL::date) AS s
    INTO STRICT source;
    IF source.query IS NULL OR cut IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT min(ordered_at)::date, max(ordered_at)::date FROM (%s) AS o '
                   'WHERE amount >= 0 OR amount IS NULL', source.query) INTO first_order, last_order;
    FOREACH day IN ARRAY ARRAY[first_order, last_order, cut, as_of] LOOP
        IF NOT isfinite(day) THEN
            RAISE invalid_parameter_value USING
                MESSAGE = format('%s must be finite, not %s',
                                 CASE day WHEN cut THEN 'cut' WHEN as_of THEN 'as_of' ELSE quote_ident(ordered_at) END,
                                 day),
                HINT = 'Give a day; leave orders without a finite time out in a view.';
        END IF;
    END LOOP;
    IF cut < first_order THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('cut %s is before the first order, %s', cut, first_order),
            HINT = 'Take a later day: the orders up to the cut are what the models are fitted to.';
    ELSIF as_of IS NULL AND cut >= last_order THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('cut %s is not before the last order, %s', cut, last_order),
            DETAIL = 'No time is left to compare predictions with what happened.',
            HINT = 'Take an earlier day, or give an as_of after it if nobody ordered since.';
    ELSIF cut >= as_of THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('as_of %s is not after the cut, %s', as_of, cut);
    END IF;
    as_of := coalesce(as_of, last_order);
    IF as_of - first_order > 100000 THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('from %s to %s are %s days', first_order, as_of, as_of - first_order),
            DETAIL = 'Models are compared over 100000 days at most, 273 years.',
            HINT = 'Look for wrong dates among the orders, or pass the last day as as_of.';
    END IF;
    RETURN QUERY EXECUTE format($query$
        SELECT %3$s, (c.summary).frequency, (c.summary).recency, (c.summary).tenure,
               (c.summary).monetary_value, ($2 - $1)::float8, coalesce(h.frequency + 1, 0),
               CASE WHEN c.later IS NULL THEN 0 ELSE h.revenue END
        FROM (SELECT customer, %1$s.rfm_summary(ordered_at, amount, $1) AS summary,
                     %1$s.purchase_history(ordered_at, amount) FILTER (WHERE ordered_at::date > $1) AS later
              FROM (%2$s) AS o WHERE ordered_at::date <= $2 GROUP BY customer) AS c
             LEFT JOIN LATERAL %1$s.rfm_summary(c.later, $2) AS h ON true
        WHERE (c.summary).frequency IS NOT NULL
        $query$, '@extschema@', source.query, source.customer_as_text) USING cut, as_of;
END
$$;
COMMENT ON FUNCTION cltv_holdout(regclass, name, name, name, date, date) IS
'customers as they looked on the day of the cut, and what they did afterwards, a row for each who had ordered by '
'then: customer_id = the customer as text; frequency, recency, tenure, monetary_value as in rfm_summary as of the '
'cut; horizon = days from the cut to as_of (NULL: the day of the last order); holdout_purchases = days with an order '
'after the cut and not after as_of; holdout_revenue = money of that time, refunds taken off, NULL if no amount is '
'known; orders may be any table or view that the caller may read; a cut before the first or not before the last order '
'and more than 100000 days from the first one on are errors (22023); no orders or a NULL give no rows';

-- Customers as of a cut, and what they did next -----------------------------------------------------------------------

-- The queries of reports quote all of a long one in the context of an error: what users' rows may be at fault for is told
-- before.
CREATE FUNCTION cltv_holdout_rows(orders regclass, customer name, ordered_at name, amount name, cut date,
                                  as_of date, order_id name, refund_of name, refunds text, amounts text, hints boolean,
                                  histories boolean, customers regclass, attributes text[], OUT customer_id text, OUT frequency bigint, OUT recency float8, OUT tenure float8,
                                  OUT monetary_value float8, OUT first_value float8, OUT revenue float8, OUT horizon float8,
                                  OUT holdout_purchases bigint, OUT holdout_revenue float8, OUT history purchase_history,
                                  OUT features features)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 100000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    source record;
    seen record;
    joined CONSTANT text := @extschema@.cltv_customer_attributes(orders, customers, customer, attributes, name 'customer');
BEGIN
    SELECT s.*
    FROM @extschema@.cltv_orders_source(orders, customer, ordered_at, amount, false, order_id, refund_of, refunds, cut, amounts) AS s
    INTO STRICT source;
    IF source.query IS NULL OR cut IS NULL THEN
        RETURN;
    END IF;
    PERFORM @extschema@.cltv_check_day(cut, text 'cut', text 'Give a day.');
    PERFORM @extschema@.cltv_check_day(as_of, text 'as_of', text 'Give a day.');
    SELECT b.* FROM @extschema@.cltv_orders_bounds(source.lines, ordered_at, amount, as_of, amounts = 'revenue', hints,
                                                   order_id IS NOT NULL) AS b
    INTO STRICT seen;
    IF cut < seen.first_day THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('cut %s is before the first order, %s', cut, seen.first_day),
            NULL::text,
            text 'Use a later day: models are fitted to the orders up to the cut.');
    ELSIF as_of IS NULL AND cut >= seen.last_day THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('cut %s is not before the last order, %s', cut, seen.last_day),
            text 'No time is left to compare predictions with what happened.',
            text 'Use an earlier day, or give a later as_of if nobody has ordered since.');
    ELSIF cut >= as_of THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('as_of %s is not after the cut, %s', as_of, cut),
            NULL::text,
            NULL::text);
    END IF;
    as_of := seen.last_day;
    PERFORM @extschema@.cltv_check_span(seen.first_day, as_of, text 'Models are compared over', text 'orders');
    RETURN QUERY EXECUTE format($query$
        SELECT %3$s, (c.summary).frequency, (c.summary).recency, (c.summary).tenure,
               (c.summary).monetary_value, (c.summary).first_value, (c.summary).revenue, ($2 - $1)::float8,
               coalesce(h.frequency + 1, 0),
               CASE WHEN c.later IS NULL THEN 0 ELSE h.revenue END, c.history, %6$s
        FROM (SELECT customer, %1$s.rfm_summary(ordered_at, amount, $1%4$s) AS summary,
                     %1$s.purchase_history(ordered_at, amount%4$s) FILTER (WHERE ordered_at::date > $1) AS later,
                     %5$s AS history
              FROM (%2$s) AS o WHERE ordered_at::date <= $2 GROUP BY customer) AS c
             LEFT JOIN LATERAL %1$s.rfm_summary(c.later, $2) AS h ON true%7$s
        WHERE (c.summary).frequency IS NOT NULL
        $query$, '@extschema@',
        -- Nothing that came after as_of changes what was before.
        @extschema@.cltv_orders_of_lines(source.lines, CASE WHEN source.query <> source.lines THEN as_of END,
                                         order_id IS NOT NULL, refunds, cut, amounts),
        source.customer_as_text, CASE amounts WHEN 'signed' THEN ', text ''signed''' ELSE '' END,
        CASE WHEN histories
        THEN format('%s.purchase_history(ordered_at, amount%s) FILTER (WHERE ordered_at::date <= $1)', '@extschema@',
                    CASE amounts WHEN 'signed' THEN ', text ''signed''' ELSE '' END)
        ELSE 'NULL::@extschema@.purchase_history' END,
        CASE WHEN joined IS NULL THEN 'NULL::@extschema@.features' ELSE 'k.attributes' END, joined) USING cut, as_of;
END
$$;
COMMENT ON FUNCTION cltv_holdout_rows(regclass, name, name, name, date, date, name, name, text, text, boolean, boolean, regclass, text[]) IS
'Internal: rows of cltv_holdout, with options.
With or without hints about the rows (NOTICE), histories up to the cut, and attributes from a table of
customers.';

CREATE FUNCTION cltv_holdout(orders regclass, customer name, ordered_at name, amount name, cut date,
                             as_of date DEFAULT NULL, order_id name DEFAULT NULL, refund_of name DEFAULT NULL,
                             refunds text DEFAULT 'subtract', amounts text DEFAULT 'revenue',
                             OUT customer_id text, OUT frequency bigint, OUT recency float8, OUT tenure float8,
                             OUT monetary_value float8, OUT first_value float8, OUT revenue float8, OUT horizon float8,
                             OUT holdout_purchases bigint, OUT holdout_revenue float8)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL RESTRICTED COST 100000 ROWS 100000
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT h.customer_id, h.frequency, h.recency, h.tenure, h.monetary_value, h.first_value, h.revenue, h.horizon,
           h.holdout_purchases, h.holdout_revenue
    FROM @extschema@.cltv_holdout_rows(orders, customer, ordered_at, amount, cut, as_of, order_id, refund_of, refunds,
                                       amounts, true, false, NULL::regclass, NULL::text[]) AS h
$$;
COMMENT ON FUNCTION cltv_holdout(regclass, name, name, name, date, date, name, name, text, text) IS
'Returns customers as of the cut, and what they did next.
A row for each customer who had ordered by then: customer_id = the customer as text; frequency, recency,
tenure, monetary_value, first_value, revenue as in rfm_summary as of the cut; horizon = days from the cut to
as_of (NULL: the newest plausible order day); holdout_purchases = days with an order after the cut and not
after as_of; holdout_revenue = money of that time, net of refunds, NULL if no amount is known; orders may be
any table or view that the caller may read; order_id makes one order of its lines, refund_of and refunds =>
''match'' take refunds off the orders that they undo, but no refund after the cut changes an order before it;
amounts => ''signed'': negative amounts are those of purchases that lost money, and no refunds; a cut before
the first or not before the last order, more than 100000 days from the first one on, and times and amounts
that are not finite are errors (22023); no orders or a NULL that has no default give no rows; a NOTICE says
where rows look like lines of orders, or are of implausible days.';


-- What a learner is trained on: customers as of a day, and what they did next ----------------------------------------------

CREATE FUNCTION cltv_training_set(orders regclass, customer name, ordered_at name, amount name, as_of date, horizon int,
                                  order_id name DEFAULT NULL, refund_of name DEFAULT NULL,
                                  refunds text DEFAULT 'subtract', amounts text DEFAULT 'revenue',
                                  OUT customer_id text, OUT purchases bigint, OUT orders_before bigint, OUT revenue float8,
                                  OUT mean_spend float8, OUT first_spend float8, OUT tenure float8, OUT recency float8,
                                  OUT silence float8, OUT mean_gap float8, OUT gap_deviation float8, OUT silence_ratio float8,
                                  OUT recent_share float8, OUT trend float8, OUT first_month bigint,
                                  OUT purchases_after bigint, OUT revenue_after float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 100000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    source record;
    seen record;
BEGIN
    IF horizon < 1 OR horizon > 100000 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('horizon %s is not between 1 and 100000', horizon),
            NULL::text,
            text 'It is the number of days after as_of whose orders are to be learnt.');
    END IF;
    SELECT s.*
    FROM @extschema@.cltv_orders_source(orders, customer, ordered_at, amount, false, order_id, refund_of, refunds, as_of, amounts) AS s
    INTO STRICT source;
    IF source.query IS NULL OR as_of IS NULL OR horizon IS NULL THEN
        RETURN;
    END IF;
    PERFORM @extschema@.cltv_check_day(as_of, text 'as_of', text 'Give a day.');
    SELECT b.first_day, b.last_day
    FROM @extschema@.cltv_orders_bounds(source.lines, ordered_at, amount, NULL::date, amounts = 'revenue', false,
                                        order_id IS NOT NULL) AS b
    INTO STRICT seen;
    IF as_of < seen.first_day THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('as_of %s is before the first order, %s', as_of, seen.first_day),
            NULL::text,
            text 'Use a later day: learners are trained on customers who have ordered by then.');
    ELSIF horizon > seen.last_day - as_of THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('the %s days after %s are not over: the newest order is from %s', horizon, as_of, seen.last_day),
            text 'Later purchases would count as none.',
            text 'Use an earlier as_of or a shorter horizon.');
    END IF;
    RETURN QUERY
    SELECT h.customer_id, f.purchases, f.orders, f.revenue, f.mean_spend, f.first_spend, f.tenure, f.recency, f.silence,
           f.mean_gap, f.gap_deviation, f.silence_ratio, f.recent_share, f.trend, f.first_month, h.holdout_purchases,
           h.holdout_revenue
    FROM @extschema@.cltv_holdout_rows(orders, customer, ordered_at, amount, as_of, as_of + horizon, order_id, refund_of,
                                       refunds, amounts, true, true, NULL::regclass, NULL::text[]) AS h,
         LATERAL @extschema@.customer_features(h.history, as_of) AS f;
END
$$;
COMMENT ON FUNCTION cltv_training_set(regclass, name, name, name, date, int, name, name, text, text) IS
'Returns customers as of a day with what they did next, to train a learner on.
In the horizon days after as_of, a row for each customer who had ordered by then: what a learner is trained
on, without anything of the later days among the attributes; customer_id = the customer as text; purchases to
first_month as in customer_features, orders as orders_before; purchases_after = days with an order after as_of
and within the horizon; revenue_after = money of that time, net of refunds, NULL if no amount is known; the
horizon, 1 day to 100000, must be over when the newest order was made (else error 22023); otherwise as in
cltv_holdout.';

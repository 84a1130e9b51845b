
-- New customers to come ---------------------------------------------------------------------------------------------------

CREATE FUNCTION cltv_acquisition_ahead(counts float8[], last date, weeks int, level float8,
                                       OUT week int, OUT new_customers float8, OUT lower float8, OUT upper float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_acquisition_ahead' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 52;
COMMENT ON FUNCTION cltv_acquisition_ahead(float8[], date, int, float8) IS
'Internal: new customers per week ahead, which acquisition_forecast computes.
From how many there were in each past week, the newest last; at most 522 weeks, with the interval of the
probability level; bad counts are errors (22023); no counts give no rows.';

CREATE FUNCTION acquisition_forecast(orders regclass, customer name DEFAULT 'customer_id', ordered_at name DEFAULT 'ordered_at',
                                     amount name DEFAULT 'amount', weeks int DEFAULT 52, as_of date DEFAULT NULL,
                                     level float8 DEFAULT 0.8, order_id name DEFAULT NULL, refund_of name DEFAULT NULL,
                                     refunds text DEFAULT 'subtract', amounts text DEFAULT 'revenue',
                                     OUT first_day date, OUT last_day date, OUT new_customers float8, OUT lower float8, OUT upper float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 ROWS 52 SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    known record;
    counts float8[];
BEGIN
    IF weeks IS NULL OR level IS NULL THEN
        RETURN;
    END IF;
    SELECT k.* FROM @extschema@.cltv_orders_known(orders, customer, ordered_at, amount, order_id, refund_of, refunds, as_of, amounts) AS k
    INTO STRICT known;
    IF known.first_day IS NULL THEN
        RETURN;
    END IF;
    -- Weeks are counted back from the last day, so that the newest is whole; the oldest, which may not be, is left out.
    EXECUTE format($query$
        SELECT array_agg(coalesce(n.customers, 0)::float8 ORDER BY w.ago DESC)
        FROM generate_series(0, ($1 - $2 + 1) / 7 - 1) AS w (ago) LEFT JOIN (
            SELECT ($1 - f.day) / 7 AS ago, count(*) AS customers
            FROM (SELECT min(o.ordered_at::date) AS day FROM (%s) AS o WHERE %s GROUP BY o.customer) AS f GROUP BY 1) AS n ON n.ago = w.ago
        $query$, @extschema@.cltv_orders_of_lines(known.lines, known.last_day, order_id IS NOT NULL, refunds, as_of, amounts),
        CASE amounts WHEN 'signed' THEN 'true' ELSE '(o.amount < 0) IS NOT TRUE' END)
    INTO STRICT counts USING known.last_day, known.first_day;
    RETURN QUERY
    SELECT known.last_day + 7 * a.week - 6, known.last_day + 7 * a.week, a.new_customers, a.lower, a.upper
    FROM @extschema@.cltv_acquisition_ahead(counts, known.last_day, weeks, level) AS a ORDER BY a.week;
END
$$;
COMMENT ON FUNCTION acquisition_forecast(regclass, name, name, name, int, date, float8, name, name, text, text) IS
'Forecasts how many new customers a shop wins per week.
For the given number of weeks (522 at most) after as_of (NULL: the newest plausible order day), with the whole
numbers between which they lie with the probability level: from the first orders of its customers, week by
week up to as_of, by a level that follows them, and from two years of weeks on a trend, damped ahead, and a
season of the year; weeks are counted back from as_of, and a first one that is not whole is left out; less
than a week gives no rows; otherwise as in cltv_backtest. Harvey & Fernandes 1989.';

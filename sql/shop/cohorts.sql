
-- Cohorts: what becomes of the customers of one month -----------------------------------------------------------------

CREATE FUNCTION cohort_period(first_order date, ordered_at date, period text) RETURNS int
AS 'MODULE_PATHNAME', 'cltv_cohort_period_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_period(date, date, text) IS
'number of calendar periods from the one of first_order to the one of ordered_at: 0 in the same, 1 in the next one, negative before; period is day, week (from Monday), month, quarter or year, anything else and infinite dates are errors (22023); NULL gives NULL';

CREATE FUNCTION cohort_period(first_order timestamp, ordered_at timestamp, period text) RETURNS int
AS 'MODULE_PATHNAME', 'cltv_cohort_period_timestamp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_period(timestamp, timestamp, text) IS
'number of calendar periods from the one of first_order to the one of ordered_at: 0 in the same, 1 in the next one, negative before; period is day, week (from Monday), month, quarter or year, anything else and infinite times are errors (22023); NULL gives NULL';

CREATE FUNCTION cohort_period(first_order timestamptz, ordered_at timestamptz, period text) RETURNS int
AS 'MODULE_PATHNAME', 'cltv_cohort_period_timestamptz' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_period(timestamptz, timestamptz, text) IS
'number of calendar periods from the one of first_order to the one of ordered_at, on days of the session''s TimeZone: 0 in the same, 1 in the next one, negative before; period is day, week (from Monday), month, quarter or year, anything else and infinite times are errors (22023); NULL gives NULL';

CREATE TYPE cohort_report AS (
    cohort           date,
    period           int,
    customers        bigint,
    active           bigint,
    retention        float8,
    orders           bigint,
    revenue          float8,
    cumulative_value float8,
    complete         boolean
);
COMMENT ON TYPE cohort_report IS
'one period of one cohort: a row of the function cohort_report';
COMMENT ON COLUMN cohort_report.cohort IS 'first day of the calendar period in which these customers first ordered';
COMMENT ON COLUMN cohort_report.period IS 'calendar periods since the cohort''s: 0 is the cohort''s own';
COMMENT ON COLUMN cohort_report.customers IS 'customers of the cohort, the same in all its periods';
COMMENT ON COLUMN cohort_report.active IS 'customers of the cohort with an order in this period';
COMMENT ON COLUMN cohort_report.retention IS 'active / customers, 0..1; 1 in period 0';
COMMENT ON COLUMN cohort_report.orders IS 'orders in this period: rows whose amount is zero, positive or NULL';
COMMENT ON COLUMN cohort_report.revenue IS 'sum of the known amounts of this period, refunds taken off';
COMMENT ON COLUMN cohort_report.cumulative_value IS
    'revenue of the cohort''s customers from period 0 to this one, per customer of the cohort';
COMMENT ON COLUMN cohort_report.complete IS
    'false for a period that has days after as_of: its numbers are not final';

CREATE FUNCTION cohort_report(orders regclass, customer name, ordered_at name, amount name,
                              period text DEFAULT 'month', as_of date DEFAULT NULL)
RETURNS SETOF cohort_report
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 500 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    -- Periods are numbered from the one that begins on this day, as a week, a month, a quarter and a year did.
    beginning CONSTANT date := '2001-01-01';
    last int;
    source record;
    first_day date;
    last_day date;
    periods int;
BEGIN
    IF NOT isfinite(as_of) THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('as_of must be finite, not %s', as_of),
            HINT = 'Pass the day up to which all orders are known, or NULL for the day of the newest one.';
    END IF;
    last := @extschema@.cohort_period(beginning, coalesce(as_of, beginning), period);
    SELECT s.*
    FROM @extschema@.cltv_orders_source(orders, customer, ordered_at, amount, false, NULL::name, NULL::name,
                                        text 'subtract', NULL::date) AS s
    INTO STRICT source;
    IF source.query IS NULL OR period IS NULL THEN
        RETURN;
    END IF;
    -- One order in the year 20240 would make a row for each period until then, of each cohort.
    EXECUTE format('SELECT min(ordered_at)::date, coalesce($1, max(ordered_at)::date) FROM (%s) AS o', source.query)
        INTO first_day, last_day USING as_of;
    periods := @extschema@.cohort_period(beginning, last_day, period)
               - @extschema@.cohort_period(beginning, first_day, period);
    IF periods > 100000 THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('from %s to %s are %s periods', first_day, last_day, periods),
            DETAIL = 'A report reaches over 100000 periods at most.',
            HINT = 'Look for wrong dates among the orders, or pass the last day as as_of.';
    END IF;
    RETURN QUERY EXECUTE format($query$
        WITH by_period AS (
            SELECT customer, %1$s.cohort_period('2001-01-01'::%4$s, ordered_at, $1) AS period,
                   count(*) FILTER (WHERE (amount < 0) IS NOT TRUE) AS orders,
                   %1$s.exact_sum(amount) AS revenue, max(ordered_at) AS newest
            FROM (%2$s) AS o WHERE %3$s
            GROUP BY 1, 2
        ), by_cohort AS (
            SELECT *, min(period) FILTER (WHERE orders > 0) OVER (PARTITION BY customer) AS cohort FROM by_period
        ), cells AS (
            SELECT cohort, greatest(period - cohort, 0) AS period, count(*) FILTER (WHERE orders > 0) AS active,
                   sum(orders)::bigint AS orders, %1$s.exact_sum(revenue) AS revenue,
                   max(newest)::date AS newest, max(period) AS last
            FROM by_cohort GROUP BY 1, 2
        ), seen AS (
            SELECT coalesce($2, max(newest)) AS as_of, CASE WHEN $2 IS NULL THEN max(last) ELSE $3 END AS last
            FROM cells
        ), grid AS (
            SELECT cohort, period, sum(active)::bigint AS active, sum(orders)::bigint AS orders,
                   coalesce(%1$s.exact_sum(revenue), 0) AS revenue
            FROM (SELECT cohort, period, active, orders, revenue FROM cells WHERE cohort IS NOT NULL
                  UNION ALL
                  SELECT cohort, generate_series(0, seen.last - cohort), 0, 0, NULL
                  FROM cells, seen WHERE period = 0) AS c
            GROUP BY 1, 2
        )
        SELECT (date '2001-01-01' + cohort * length)::date, period, customers, active, active / customers::float8,
               g.orders, revenue, total / customers,
               (date '2001-01-01' + (cohort + period + 1) * length)::date - 1 <= as_of
        FROM (SELECT *, first_value(active) OVER w AS customers, %1$s.exact_sum(revenue) OVER w AS total
              FROM grid WINDOW w AS (PARTITION BY cohort ORDER BY period)) AS g,
             seen, (SELECT $4 AS length) AS of_period
        ORDER BY cohort, period
        $query$, '@extschema@', source.query,
        -- The day is what counts: where clocks go back over midnight, it does not begin at its last midnight. Most
        -- orders need no look at their day.
        CASE WHEN as_of IS NULL THEN 'true' ELSE '(ordered_at < $2 OR ordered_at::date <= $2)' END,
        source.time_type)
        USING period, as_of, last, CAST(CASE period WHEN 'quarter' THEN '3 months' ELSE '1 ' || period END AS interval);
END
$$;
COMMENT ON FUNCTION cohort_report(regclass, name, name, name, text, date) IS
'cohorts of customers by the calendar period of their first order, and what became of them: for each cohort a row for every period from its own (0) to the one of as_of (NULL: the day of the newest order or refund), also where nothing happened. orders is any table or view that the caller may read, customer, ordered_at (date, timestamp or timestamptz) and amount (a number) are its columns; period is day, week (from Monday), month, quarter or year. Rows after as_of and rows whose customer or time is NULL are left out; a negative amount is a refund, which lowers revenue and is no order; a NULL amount is an order of unknown value; customers who never ordered belong to no cohort. Unknown periods, an infinite as_of, more than 100000 periods and NaN or infinite amounts are errors (22023), a missing column is 42703, a column of another type 42804; no orders or a NULL give no rows';

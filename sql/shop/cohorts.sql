
-- Cohorts: what becomes of the customers of one month -----------------------------------------------------------------

CREATE FUNCTION cohort_period(first_order date, ordered_at date, period text) RETURNS int
AS 'MODULE_PATHNAME', 'cltv_cohort_period_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_period(date, date, text) IS
'Returns the number of calendar periods from first_order to ordered_at.
0 in the same, 1 in the next one, negative before; period is day, week (from Monday), month, quarter or year,
in any case, anything else and infinite dates are errors (22023); NULL gives NULL.';

CREATE FUNCTION cohort_period(first_order timestamp, ordered_at timestamp, period text) RETURNS int
AS 'MODULE_PATHNAME', 'cltv_cohort_period_timestamp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_period(timestamp, timestamp, text) IS
'Returns the number of calendar periods from first_order to ordered_at, as timestamps.
0 in the same, 1 in the next one, negative before; period is day, week (from Monday), month, quarter or year,
in any case, anything else and infinite times are errors (22023); NULL gives NULL.';

CREATE FUNCTION cohort_period(first_order timestamptz, ordered_at timestamptz, period text) RETURNS int
AS 'MODULE_PATHNAME', 'cltv_cohort_period_timestamptz' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_period(timestamptz, timestamptz, text) IS
'Returns the number of calendar periods from first_order to ordered_at, as timestamptz.
Days are those of the session''s TimeZone: 0 in the same, 1 in the next one, negative before; period is day,
week (from Monday), month, quarter or year, in any case, anything else and infinite times are errors (22023);
NULL gives NULL.';

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
'One period of one cohort.
A row of the function cohort_report.';
COMMENT ON COLUMN cohort_report.cohort IS 'First day of the calendar period in which these customers first ordered.';
COMMENT ON COLUMN cohort_report.period IS 'Calendar periods since the cohort''s.
0 is the cohort''s own.';
COMMENT ON COLUMN cohort_report.customers IS 'Customers of the cohort, the same in all its periods.';
COMMENT ON COLUMN cohort_report.active IS 'Customers of the cohort with an order in this period.';
COMMENT ON COLUMN cohort_report.retention IS 'Active / customers, 0..1.
1 in period 0.';
COMMENT ON COLUMN cohort_report.orders IS 'Orders in this period.
Rows whose amount is zero, positive or NULL.';
COMMENT ON COLUMN cohort_report.revenue IS 'Sum of the known amounts of this period, net of refunds.';
COMMENT ON COLUMN cohort_report.cumulative_value IS
    'Revenue per customer of the cohort, from period 0 to this one.';
COMMENT ON COLUMN cohort_report.complete IS
    'False for a period with days after as_of.
Its numbers are not final.';

CREATE FUNCTION cohort_report(orders regclass, customer name, ordered_at name, amount name,
                              period text DEFAULT 'month', as_of date DEFAULT NULL, order_id name DEFAULT NULL,
                              refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract', amounts text DEFAULT 'revenue')
RETURNS SETOF cohort_report
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 500 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    -- Periods are numbered from the one that begins on this day, as a week, a month, a quarter and a year did.
    beginning CONSTANT date := '2001-01-01';
    last int;
    source record;
    seen record;
    periods int;
BEGIN
    PERFORM @extschema@.cltv_check_day(as_of, text 'as_of',
        text 'Pass the day up to which all orders are known, or NULL for the day of the newest one.');
    last := @extschema@.cohort_period(beginning, coalesce(as_of, beginning), period);
    SELECT s.*
    FROM @extschema@.cltv_orders_source(orders, customer, ordered_at, amount, false, order_id, refund_of, refunds,
                                        NULL::date, amounts) AS s
    INTO STRICT source;
    IF source.query IS NULL OR period IS NULL THEN
        RETURN;
    END IF;
    -- One order in the year 20240 would make a row for each period until then, of each cohort.
    SELECT b.* FROM @extschema@.cltv_orders_bounds(source.lines, ordered_at, amount, as_of, false, true,
                                                   order_id IS NOT NULL) AS b
    INTO STRICT seen;
    last := @extschema@.cohort_period(beginning, seen.last_day, period);
    periods := last - @extschema@.cohort_period(beginning, seen.first_day, period);
    IF periods > 100000 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('from %s to %s there are %s periods', seen.first_day, seen.last_day, periods),
            text 'A report covers at most 100000 periods.',
            text 'Look for wrong dates among the orders, or pass the last day as as_of.');
    END IF;
    RETURN QUERY EXECUTE format($query$
        WITH by_period AS (
            SELECT customer, %1$s.cohort_period('2001-01-01'::%3$s, ordered_at, $1) AS period,
                   %4$s AS orders,
                   %1$s.exact_sum(amount) AS revenue
            FROM (%2$s) AS o
            GROUP BY 1, 2
        ), by_cohort AS (
            SELECT *, min(period) FILTER (WHERE orders > 0) OVER (PARTITION BY customer) AS cohort FROM by_period
        ), cells AS (
            SELECT cohort, greatest(period - cohort, 0) AS period, count(*) FILTER (WHERE orders > 0) AS active,
                   sum(orders)::bigint AS orders, %1$s.exact_sum(revenue) AS revenue
            FROM by_cohort GROUP BY 1, 2
        ), grid AS (
            SELECT cohort, period, sum(active)::bigint AS active, sum(orders)::bigint AS orders,
                   coalesce(%1$s.exact_sum(revenue), 0) AS revenue
            FROM (SELECT cohort, period, active, orders, revenue FROM cells WHERE cohort IS NOT NULL
                  UNION ALL
                  SELECT cohort, generate_series(0, $3 - cohort), 0, 0, NULL
                  FROM cells WHERE period = 0) AS c
            GROUP BY 1, 2
        )
        SELECT (date '2001-01-01' + cohort * length)::date, period, customers, active, active / customers::float8,
               g.orders, revenue, total / customers,
               (date '2001-01-01' + (cohort + period + 1) * length)::date - 1 <= $2
        FROM (SELECT *, first_value(active) OVER w AS customers, %1$s.exact_sum(revenue) OVER w AS total
              FROM grid WINDOW w AS (PARTITION BY cohort ORDER BY period)) AS g,
             (SELECT $4 AS length) AS of_period
        ORDER BY cohort, period
        $query$, '@extschema@',
        @extschema@.cltv_orders_of_lines(source.lines, CASE WHEN as_of IS NOT NULL OR seen.beyond > 0 THEN seen.last_day END,
                                         order_id IS NOT NULL, refunds, NULL::date, amounts),
        source.time_type,
        CASE amounts WHEN 'signed' THEN 'count(*)' ELSE 'count(*) FILTER (WHERE (amount < 0) IS NOT TRUE)' END)
        USING period, seen.last_day, last,
              CAST(CASE lower(period) WHEN 'quarter' THEN '3 months' ELSE '1 ' || period END AS interval);
END
$$;
COMMENT ON FUNCTION cohort_report(regclass, name, name, name, text, date, name, name, text, text) IS
'Returns cohorts by the calendar period of the first order, and how they developed.
For each cohort a row for every period from its own (0) to the one of as_of (NULL: the newest plausible day of
an order or refund), also where nothing happened. orders is any table or view that the caller may read,
customer, ordered_at (date, timestamp or timestamptz) and amount (a number) are its columns; period is day,
week (from Monday), month, quarter or year, in any case. Rows after as_of and rows whose customer or time is
NULL are left out; a negative amount is a refund, which lowers revenue and is no order; a NULL amount is an
order of unknown value; customers who never ordered belong to no cohort. order_id makes one order of its
lines; refund_of and refunds => ''match'' take refunds off the orders that they undo; amounts => ''signed'':
negative amounts are those of orders that lost money, and no refunds. Unknown periods, an infinite as_of, more
than 100000 periods, times and amounts that are not finite are errors (22023), a missing column is 42703, a
column of another type 42804; no orders or a NULL that has no default give no rows; a NOTICE says where rows
look like lines of orders, or are of implausible days.';

-- Monthly recurring revenue, and what moved it ------------------------------------------------------------------------

CREATE FUNCTION monthly_amount(price numeric, interval_unit text, interval_count int DEFAULT 1) RETURNS numeric
AS 'MODULE_PATHNAME', 'cltv_monthly_amount' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 3;
COMMENT ON FUNCTION monthly_amount(numeric, text, int) IS
'Returns a price per month from a price per billing interval.
It is paid every interval_count (1 or more) units of day, week, month, quarter or year, in any case: a year is
12 months, 52 weeks or 365 days; other units and counts are errors (22023); NULL gives NULL.';

CREATE TYPE subscription_metrics AS (
    period                  date,
    attribute               text,
    customers               bigint,
    starting_mrr            numeric,
    new_mrr                 numeric,
    expansion_mrr           numeric,
    contraction_mrr         numeric,
    churned_mrr             numeric,
    reactivation_mrr        numeric,
    ending_mrr              numeric,
    net_revenue_retention   float8,
    gross_revenue_retention float8,
    logo_retention          float8,
    quick_ratio             float8,
    arpa                    float8,
    complete                boolean
);
COMMENT ON TYPE subscription_metrics IS
'Monthly recurring revenue of one period.
A row of the function subscription_metrics.';
COMMENT ON COLUMN subscription_metrics.period IS 'First day of the calendar period.';
COMMENT ON COLUMN subscription_metrics.attribute IS 'Value of the column by, as text.
NULL without one.';
COMMENT ON COLUMN subscription_metrics.customers IS 'Customers with recurring revenue at the end of the period.';
COMMENT ON COLUMN subscription_metrics.starting_mrr IS 'Recurring revenue at the end of the period before.';
COMMENT ON COLUMN subscription_metrics.new_mrr IS 'Revenue of customers who have some for the first time.';
COMMENT ON COLUMN subscription_metrics.expansion_mrr IS 'Increase of customers who had revenue at the start and have more at the end.';
COMMENT ON COLUMN subscription_metrics.contraction_mrr IS
    'Decrease of customers who had revenue at the start and have less, but some, at the end.';
COMMENT ON COLUMN subscription_metrics.churned_mrr IS 'Revenue lost from customers who had some at the start and have none at the end.';
COMMENT ON COLUMN subscription_metrics.reactivation_mrr IS
    'Revenue of customers who have some at the end, none at the start, and some before.';
COMMENT ON COLUMN subscription_metrics.ending_mrr IS
    'Recurring revenue at the end of the period.
Starting + new + expansion + reactivation - contraction - churned.';
COMMENT ON COLUMN subscription_metrics.net_revenue_retention IS
    'Net revenue retention, (starting + expansion - contraction - churned) / starting.
May exceed 1; NULL if there was none at the start.';
COMMENT ON COLUMN subscription_metrics.gross_revenue_retention IS 'Gross revenue retention, (starting - contraction - churned) / starting.
Between 0 and 1.';
COMMENT ON COLUMN subscription_metrics.logo_retention IS
    'Share of the customers at the start who are customers at the end.
Between 0 and 1.';
COMMENT ON COLUMN subscription_metrics.quick_ratio IS
    'Quick ratio, (new + expansion + reactivation) / (contraction + churned).
NULL if nothing was lost.';
COMMENT ON COLUMN subscription_metrics.arpa IS
    'Average revenue per account.
ending_mrr / customers; NULL without customers.';
COMMENT ON COLUMN subscription_metrics.complete IS
    'False for a period with days after as_of.
Its numbers are not final.';

CREATE FUNCTION subscription_metrics(subscriptions regclass, customer name, started_on name, ended_on name, mrr name,
                                     period text DEFAULT 'month', as_of date DEFAULT NULL, by name DEFAULT NULL,
                                     ends text DEFAULT 'exclusive')
RETURNS SETOF subscription_metrics
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 100 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    columns text;
    amount text;
    rows_of text;
    source text;    -- customer, attribute, started, ended (the first day without the subscription), mrr
    first_day date;
    periods int;
BEGIN
    IF subscriptions IS NULL OR customer IS NULL OR started_on IS NULL OR ended_on IS NULL OR mrr IS NULL OR period IS NULL
       OR ends IS NULL THEN
        RETURN;
    END IF;
    PERFORM @extschema@.cltv_check_day(as_of, text 'as_of',
        text 'Pass the day up to which all subscriptions are known, or NULL for the newest day among them.');
    period := @extschema@.cltv_known_period(period);
    SELECT s.columns, s.amount, s.rows_of INTO STRICT columns, amount, rows_of
    FROM @extschema@.cltv_subscriptions_source(subscriptions, customer, started_on, ended_on, mrr, by, ends) AS s;
    source := columns || amount || rows_of;
    IF as_of IS NULL THEN
        EXECUTE @extschema@.cltv_subscriptions_day(source) INTO as_of;
    END IF;
    first_day := @extschema@.cltv_check_subscriptions(source, as_of, started_on, ended_on, mrr, ends);
    IF first_day IS NULL THEN
        RETURN;
    END IF;
    periods := (as_of - first_day)
        / CASE period WHEN 'day' THEN 1 WHEN 'week' THEN 7 WHEN 'month' THEN 30 WHEN 'quarter' THEN 91 ELSE 365 END;
    IF periods > 100000 THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('from %s to %s there are about %s periods', first_day, as_of, periods),
            DETAIL = 'A report covers at most 100000 periods.',
            HINT = 'Look for wrong dates among the subscriptions, or pass the last day as as_of.';
    END IF;

    -- Money is read as numeric now, to be exact; of a float8, the 15 digits that it holds. A subscription counts at the end of
    -- a period if it has begun by then and has not ended: both are changes of the period in which the day lies. Customers
    -- have rows only where their revenue changes, so that all others cost nothing.
    amount := format('o.%I::numeric', mrr);
    RETURN QUERY EXECUTE format($query$
        WITH changes AS (
            SELECT e.customer, e.attribute, e.period, sum(e.mrr) AS change
            FROM (SELECT r.customer, r.attribute, date_trunc($1, v.day::timestamp)::date AS period, v.mrr
                  FROM (%1$s) AS r, LATERAL (VALUES (r.started, r.mrr), (r.ended, -r.mrr)) AS v (day, mrr)
                  WHERE r.started < r.ended AND r.started <= $2 AND v.day <= $2) AS e
            GROUP BY e.customer, e.attribute, e.period HAVING sum(e.mrr) <> 0
        ), steps AS (
            SELECT c.attribute, c.period, c.change, sum(c.change) OVER w AS revenue, row_number() OVER w AS number
            FROM changes AS c
            WINDOW w AS (PARTITION BY c.customer, c.attribute ORDER BY c.period ROWS UNBOUNDED PRECEDING)
        ), kinds AS (
            SELECT t.attribute, t.period, t.change, t.number = 1 AS is_new, t.number > 1 AND t.revenue = t.change AS is_back,
                   t.revenue = 0 AS is_gone, t.revenue <> 0 AND t.revenue <> t.change AS stays
            FROM steps AS t
        ), moved AS (
            SELECT k.attribute, k.period,
                   count(*) FILTER (WHERE k.is_new) AS came, count(*) FILTER (WHERE k.is_back) AS back,
                   count(*) FILTER (WHERE k.is_gone) AS gone,
                   sum(k.change) FILTER (WHERE k.is_new) AS new, sum(k.change) FILTER (WHERE k.is_back) AS reactivation,
                   -sum(k.change) FILTER (WHERE k.is_gone) AS churned,
                   sum(k.change) FILTER (WHERE k.stays AND k.change > 0) AS expansion,
                   -sum(k.change) FILTER (WHERE k.stays AND k.change < 0) AS contraction
            FROM kinds AS k GROUP BY k.attribute, k.period
        ), grid AS (
            SELECT g.attribute, g.period, sum(g.came)::bigint AS came, sum(g.back)::bigint AS back, sum(g.gone)::bigint AS gone,
                   coalesce(sum(g.new), 0) AS new, coalesce(sum(g.reactivation), 0) AS reactivation,
                   coalesce(sum(g.churned), 0) AS churned, coalesce(sum(g.expansion), 0) AS expansion,
                   coalesce(sum(g.contraction), 0) AS contraction
            FROM (SELECT m.* FROM moved AS m
                  UNION ALL
                  SELECT f.attribute, p.day::date, 0, 0, 0, NULL, NULL, NULL, NULL, NULL
                  FROM (SELECT m.attribute, min(m.period) AS first FROM moved AS m GROUP BY m.attribute) AS f,
                       LATERAL generate_series(f.first::timestamp, $2::timestamp, $3) AS p (day)) AS g
            GROUP BY g.attribute, g.period
        ), totals AS (
            SELECT g.*, sum(g.came + g.back - g.gone) OVER w AS customers,
                   sum(g.new + g.reactivation + g.expansion - g.contraction - g.churned) OVER w AS ending
            FROM grid AS g WINDOW w AS (PARTITION BY g.attribute ORDER BY g.period ROWS UNBOUNDED PRECEDING)
        ), both_ends AS (
            SELECT t.*, t.customers - (t.came + t.back - t.gone) AS customers_before,
                   t.ending - (t.new + t.reactivation + t.expansion - t.contraction - t.churned) AS starting FROM totals AS t
        )
        SELECT b.period, b.attribute, b.customers::bigint, b.starting, b.new, b.expansion, b.contraction, b.churned,
               b.reactivation, b.ending,
               ((b.starting + b.expansion - b.contraction - b.churned) / nullif(b.starting, 0))::float8,
               ((b.starting - b.contraction - b.churned) / nullif(b.starting, 0))::float8,
               ((b.customers_before - b.gone) / nullif(b.customers_before, 0))::float8,
               ((b.new + b.expansion + b.reactivation) / nullif(b.contraction + b.churned, 0))::float8,
               (b.ending / nullif(b.customers, 0))::float8,
               (b.period + $3)::date - 1 <= $2
        FROM both_ends AS b ORDER BY b.attribute COLLATE "C", b.period
        $query$, columns || amount || rows_of)
        USING period, as_of, CASE period WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || period)::interval END;
END
$$;
COMMENT ON FUNCTION subscription_metrics(regclass, name, name, name, name, text, date, name, text) IS
'Returns monthly recurring revenue per calendar period, and what moved it.
From a table of subscriptions: a row for each calendar period from the first to the one of as_of (NULL: the
newest plausible day of a start or an end). subscriptions is any table or view that the caller may read,
customer, started_on, ended_on (date, timestamp or timestamptz) and mrr (a number: what the subscription
brings a month) are its columns; period is day, week (from Monday), month, quarter or year, ends exclusive
(ended_on is the first day without the subscription) or inclusive (the last day with it), in any case; by
names a column whose values are told apart, each as if the others were not. A customer''s revenue is the sum
of the subscriptions that run on the last day of a period, of the one of as_of on that day; an end that is
NULL or infinite is none. What started after as_of and rows whose customer, start or mrr is NULL are left out;
a subscription that ended on the day on which it began, if ends are exclusive, never ran; subscriptions of one
customer are added up, so that a change of plan is expansion or contraction. An mrr that is negative or not
finite, an end before the start, an infinite start or as_of, unknown words and more than 100000 periods are
errors (22023), a missing column is 42703, a column of another type 42804; no subscriptions or a NULL that has
no default give no rows.';

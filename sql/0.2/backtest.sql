-- Backtests: what a model would have said, and what came of it -----------------------------------------------------------

CREATE FUNCTION cltv_holdout(orders regclass, customer name, ordered_at name, amount name, cut date,
                             as_of date DEFAULT NULL,
                             OUT customer_id text, OUT frequency bigint, OUT recency float8, OUT tenure float8,
                             OUT monetary_value float8, OUT horizon float8, OUT holdout_purchases bigint,
                             OUT holdout_revenue float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 100000 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    cltv text := (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'cltv');
    source text;
    first_order date;
    last_order date;
    day date;
BEGIN
    EXECUTE format('SELECT %s.cltv_orders_query($1, $2, $3, $4)', cltv)
        INTO source USING orders, customer, ordered_at, amount;
    IF source IS NULL OR cut IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT min(ordered_at)::date, max(ordered_at)::date FROM (%s) AS o '
                   'WHERE amount >= 0 OR amount IS NULL', source) INTO first_order, last_order;
    FOREACH day IN ARRAY ARRAY[first_order, last_order, cut, as_of] LOOP
        IF NOT isfinite(day) THEN
            RAISE invalid_parameter_value USING
                MESSAGE = format('%s must be finite, not %s',
                                 CASE day WHEN cut THEN 'cut' WHEN as_of THEN 'as_of' ELSE quote_ident(ordered_at) END, day);
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
    RETURN QUERY EXECUTE format($query$
        SELECT c.customer::text, (c.summary).frequency, (c.summary).recency, (c.summary).tenure,
               (c.summary).monetary_value, ($2 - $1)::float8, coalesce(h.frequency + 1, 0),
               CASE WHEN c.later IS NULL THEN 0 ELSE h.revenue END
        FROM (SELECT customer, %1$s.rfm_summary(ordered_at, amount, $1) AS summary,
                     %1$s.purchase_history(ordered_at, amount) FILTER (WHERE ordered_at::date > $1) AS later
              FROM (%2$s) AS o WHERE ordered_at::date <= $2 GROUP BY customer) AS c
             LEFT JOIN LATERAL %1$s.rfm_summary(c.later, $2) AS h ON true
        WHERE (c.summary).frequency IS NOT NULL
        $query$, cltv, source) USING cut, as_of;
END
$$;
COMMENT ON FUNCTION cltv_holdout(regclass, name, name, name, date, date) IS
'customers as they looked on the day of the cut, and what they did afterwards, a row for each who had ordered by then: customer_id = the customer as text; frequency, recency, tenure, monetary_value as in rfm_summary as of the cut; horizon = days from the cut to as_of (NULL: the day of the last order); holdout_purchases = days with an order after the cut and not after as_of; holdout_revenue = money of that time, refunds taken off, NULL if no amount is known; orders may be any table or view that the caller may read; a cut before the first or not before the last order is error 22023; no orders or a NULL give no rows';

CREATE FUNCTION cltv_calibration(orders regclass, customer name, ordered_at name, amount name, cut date,
                                 models text[] DEFAULT '{bgnbd,mbgnbd,pnbd}', as_of date DEFAULT NULL,
                                 OUT model text, OUT frequency text, OUT customers bigint,
                                 OUT predicted float8, OUT actual float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 24 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    cltv text := (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'cltv');
BEGIN
    -- Sums are taken in order, so that they do not depend on the plan.
    RETURN QUERY EXECUTE format($query$
        WITH holdout AS MATERIALIZED (SELECT * FROM %1$s.cltv_holdout($1, $2, $3, $4, $5, $7)),
        fits AS MATERIALIZED (
            SELECT f.*
            FROM (SELECT %1$s.customer_base(frequency, recency, tenure) AS base FROM holdout) AS b,
                 %1$s.cltv_fits(base, $6) WITH ORDINALITY AS f(model, fitted, place)
        ), predictions AS (
            SELECT place, model, least(frequency, 7) AS class, holdout_purchases,
                   %1$s.expected_purchases(fitted, frequency, recency, tenure, horizon) AS predicted
            FROM fits CROSS JOIN holdout
        )
        SELECT f.model, CASE class WHEN 7 THEN '7+' ELSE class::text END, count(holdout_purchases),
               avg(predicted ORDER BY predicted), avg(holdout_purchases)::float8
        FROM fits AS f CROSS JOIN generate_series(0, 7) AS class LEFT JOIN predictions USING (place, class)
        GROUP BY place, f.model, class ORDER BY place, class
        $query$, cltv) USING orders, customer, ordered_at, amount, cut, models, as_of;
END
$$;
COMMENT ON FUNCTION cltv_calibration(regclass, name, name, name, date, text[], date) IS
'predicted against actual purchases after the cut, by how often customers had come back before: for each model eight rows of frequency 0, 1, ..., 6, 7+ (repeat purchases up to the cut) with the number of such customers and the means, per customer, of the purchases that the model fitted up to the cut expected until as_of and of those that came; means are NULL without such a customer, predicted also if the fit refused; all else as in cltv_backtest. Fader, Hardie & Lee 2005, figure 3';

CREATE FUNCTION cltv_tracking(orders regclass, customer name, ordered_at name, amount name, cut date,
                              models text[] DEFAULT '{bgnbd,mbgnbd,pnbd}', as_of date DEFAULT NULL,
                              OUT model text, OUT week int, OUT week_end date, OUT actual bigint, OUT expected float8,
                              OUT actual_cumulative bigint, OUT expected_cumulative float8, OUT holdout boolean)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 500 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    cltv text := (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'cltv');
    source text;
BEGIN
    EXECUTE format('SELECT %s.cltv_orders_query($1, $2, $3, $4)', cltv)
        INTO source USING orders, customer, ordered_at, amount;
    IF source IS NULL THEN
        RETURN;
    END IF;
    -- Whoever came on the same day is expected to do the same: a curve by age for each model, and the number of customers
    -- who began it on each day, make the sum over customers.
    RETURN QUERY EXECUTE format($query$
        WITH holdout AS MATERIALIZED (SELECT * FROM %1$s.cltv_holdout($1, $2, $3, $4, $5, $7)),
        fits AS MATERIALIZED (
            SELECT f.*
            FROM (SELECT %1$s.customer_base(frequency, recency, tenure) AS base FROM holdout) AS b,
                 %1$s.cltv_fits(base, $6) WITH ORDINALITY AS f(model, fitted, place)
        ), period AS (
            SELECT max(tenure)::int AS days_before, max(horizon)::int AS days_ahead FROM holdout
        ), curves AS MATERIALIZED (
            SELECT place, age, %1$s.expected_purchases(fitted, age) AS purchases
            FROM fits, period, generate_series(0, days_before + days_ahead) AS age
        ), weeks AS (
            SELECT week, $5 + least(7 * (week - 1 - days_before / 7), days_ahead) AS week_end
            FROM period, generate_series(1, days_before / 7 + 1 + (days_ahead + 6) / 7) AS week
        ), days AS (
            SELECT day, count(*) FILTER (WHERE day = first_day) AS newcomers,
                   count(*) FILTER (WHERE day > first_day) AS repeats
            FROM (SELECT ordered_at::date AS day, min(ordered_at::date) OVER (PARTITION BY customer) AS first_day
                  FROM (%2$s) AS o WHERE amount >= 0 OR amount IS NULL
                  GROUP BY customer, ordered_at::date) AS purchases
            WHERE first_day <= $5 GROUP BY day
        ), cumulative AS (
            SELECT place, week, week_end, sum(repeats)::bigint AS actual,
                   sum(newcomers * purchases ORDER BY day) AS expected
            FROM weeks JOIN days ON day <= week_end JOIN curves ON age = week_end - day
            GROUP BY place, week, week_end
        )
        SELECT model, week, week_end, actual - lag(actual, 1, 0::bigint) OVER of_model,
               expected - lag(expected, 1, 0::float8) OVER of_model, actual, expected, week_end > $5
        FROM cumulative JOIN fits USING (place) WINDOW of_model AS (PARTITION BY place ORDER BY week)
        ORDER BY place, week
        $query$, cltv, source) USING orders, customer, ordered_at, amount, cut, models, as_of;
END
$$;
COMMENT ON FUNCTION cltv_tracking(regclass, name, name, name, date, text[], date) IS
'repeat purchases week by week, as they came and as the model fitted up to the cut expected them, of the customers who had ordered by the cut: week = 1, 2, ... from the first order, week_end = its last day (weeks are counted from the cut, so that it ends one; the last may be shorter and ends on as_of), actual = days with a repeat order, expected = the sum over customers of the repeat purchases expected of a new customer since the first order (NULL if the fit refused), both also cumulative since the first order; holdout = whether the week is after the cut; all else as in cltv_backtest. Fader, Hardie & Lee 2005, figures 1 and 2';

-- Backtests: what a model would have said, and what came of it --------------------------------------------------------
-- These functions are not run by parallel workers, which see no temporary tables, but the queries in them may use some.
-- To compile such queries takes longer than they take. Functions of the extension are called with exactly the arguments
-- that they are declared with, so that nobody's overload, where others may create functions in its schema, fits better.
-- Those in SQL are named in the context of an error, those in PL/pgSQL quote all of a long query there.

CREATE FUNCTION cltv_choice(choose text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF choose NOT IN ('bic', 'holdout') THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('choose must be ''bic'' or ''holdout'', not %L', choose),
            HINT = '''bic'' is the choice of model => ''auto'', by the time up to the cut; ''holdout'' is by the time after it.';
    END IF;
    RETURN choose;
END
$$;
COMMENT ON FUNCTION cltv_choice(text) IS
'the argument choose of cltv_backtest, if it is bic or holdout; else error 22023; NULL gives NULL';

CREATE FUNCTION cltv_has_season(models text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT EXISTS (SELECT FROM unnest(models) AS u (model) WHERE u.model LIKE '%: %') $$;
COMMENT ON FUNCTION cltv_has_season(text[]) IS
'whether a name among those of models has a season, as in bgnbd: season; false of NULL';

CREATE FUNCTION cltv_seasonal_fits(base customer_base, season calendar_base, months calendar_base, models text[],
                                   OUT model text, OUT fitted cltv_model)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 ROWS 3
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known CONSTANT text[] := ARRAY(SELECT f.name || ': ' || u.season FROM @extschema@.cltv_families() AS f,
                                       unnest('{months,season}'::text[]) AS u (season)
                                   WHERE f.topic = 'orders' AND f.has_calendar ORDER BY 1);
    plain @extschema@.cltv_model[];
    n int := 0;
BEGIN
    IF base IS NULL OR models IS NULL THEN
        RETURN;
    END IF;
    FOREACH model IN ARRAY models LOOP
        IF model LIKE '%: %' AND model <> ALL (known) THEN
            RAISE invalid_parameter_value USING
                MESSAGE = format('unknown model %s', quote_literal(model)),
                HINT = format('Models with a season of the year are %s.', array_to_string(known, ', '));
        END IF;
    END LOOP;
    plain := ARRAY(SELECT f.fitted
                   FROM @extschema@.cltv_fits(base, ARRAY(SELECT u.model FROM unnest(models) WITH ORDINALITY AS u (model, place)
                                                          WHERE (u.model = ANY (known)) IS NOT TRUE ORDER BY u.place))
                       WITH ORDINALITY AS f (model, fitted, place) ORDER BY f.place);
    FOREACH model IN ARRAY models LOOP
        IF model = ANY (known) THEN
            EXECUTE format('SELECT %s.%I($1)', '@extschema@', split_part(model, ': ', 1) || '_fit') INTO fitted
            USING CASE split_part(model, ': ', 2) WHEN 'season' THEN season ELSE months END;
        ELSE
            n := n + 1;
            fitted := plain[n];
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION cltv_seasonal_fits(customer_base, calendar_base, calendar_base, text[]) IS
'what cltv_fits gives, and of names such as bgnbd: season or bgnbd: months the fits to customers with a calendar of these; no customers or NULL for models: no rows';

CREATE FUNCTION cltv_backtest(orders regclass, customer name, ordered_at name, amount name, cut date,
                              models text[] DEFAULT '{bgnbd,mbgnbd,pnbd}', as_of date DEFAULT NULL,
                              order_id name DEFAULT NULL, refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract', choose text DEFAULT 'bic',
                              amounts text DEFAULT 'revenue',
                              OUT model text, OUT status text, OUT customers bigint, OUT log_likelihood float8,
                              OUT aic float8, OUT bic float8, OUT predicted_purchases float8,
                              OUT actual_purchases bigint, OUT predicted_revenue float8, OUT actual_revenue float8,
                              OUT mae float8, OUT rmse float8, OUT gini float8, OUT lift float8, OUT churn_auc float8,
                              OUT revenue_gini float8, OUT chosen boolean)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL RESTRICTED COST 100000 ROWS 5
SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
    -- What is odd about the orders is told before anything is computed of them.
    SELECT @extschema@.cltv_notice_findings(orders, customer, ordered_at, amount, order_id, as_of, amounts)
    WHERE cut IS NOT NULL AND models IS NOT NULL AND refunds IS NOT NULL AND amounts IS NOT NULL
        AND @extschema@.cltv_choice(choose) IS NOT NULL;

    -- Sums are taken in order, so that they do not depend on the plan. Silence ranks customers by how likely they are
    -- to purchase nothing; the naive forecast has no probability of it, but an order.
    WITH holdout AS MATERIALIZED (
        SELECT * FROM @extschema@.cltv_holdout_rows(orders, customer, ordered_at, amount, cut, as_of, order_id, refund_of,
                                                    refunds, amounts, false, @extschema@.cltv_has_season(models))
    ),
    fits AS MATERIALIZED (
        SELECT spend, f.*, @extschema@.cltv_has_season(ARRAY[f.model]) AS has_season
        FROM (SELECT @extschema@.customer_base(frequency, recency, tenure) AS base,
                     @extschema@.calendar_base(history, cut, @extschema@.cltv_year_calendar(text 'season', cut)) AS season,
                     @extschema@.calendar_base(history, cut, @extschema@.cltv_year_calendar(text 'months', cut)) AS months,
                     @extschema@.spend_fit(frequency::float8, monetary_value, first_value) AS spend FROM holdout) AS b,
             @extschema@.cltv_seasonal_fits(base, season, months, models) WITH ORDINALITY AS f(model, fitted, place)
    ), predictions AS (
        SELECT place, holdout_purchases, holdout_revenue, purchases, revenue, silence
        FROM fits, LATERAL (
            -- One model after the other: each has its clock.
            SELECT holdout_purchases, holdout_revenue,
                   @extschema@.expected_purchases(fitted, frequency::float8, recency, tenure, cut, horizon) AS purchases,
                   CASE WHEN NOT has_season
                   THEN @extschema@.cltv_predict(fitted, spend, frequency::float8, recency, tenure, monetary_value, horizon,
                            discount_rate => float8 '0', margin => float8 '1', days_per_unit => NULL::float8,
                            first_value => first_value, purchases => NULL::@extschema@.features,
                            dropout => NULL::@extschema@.features, spend => NULL::@extschema@.features)
                   ELSE @extschema@.cltv_predict(fitted, spend, history, cut, horizon, float8 '0', float8 '1', NULL::@extschema@.features,
                                                 NULL::@extschema@.features, NULL::@extschema@.features) END AS revenue,
                   CASE WHEN NOT has_season
                   THEN @extschema@.churn_prob(fitted, frequency::float8, recency, tenure, horizon)
                   ELSE @extschema@.churn_prob(fitted, history, cut, horizon) END AS silence
            FROM holdout OFFSET 0) AS h
        UNION ALL
        SELECT cardinality(models) + 1, holdout_purchases, holdout_revenue, purchases,
               purchases * coalesce(monetary_value, mean_spend), -purchases
        FROM (SELECT *, coalesce(frequency / nullif(tenure, 0) * horizon, 0) AS purchases FROM holdout) AS h,
             (SELECT sum(frequency * monetary_value ORDER BY frequency * monetary_value)
                     / sum(frequency) FILTER (WHERE monetary_value IS NOT NULL) AS mean_spend FROM holdout) AS m
        UNION ALL
        SELECT cardinality(models) + 2, holdout_purchases, holdout_revenue, NULL, revenue, NULL FROM holdout
    ), scores AS (
        SELECT place, count(*) AS customers,
               sum(purchases ORDER BY purchases) AS predicted_purchases,
               sum(holdout_purchases)::bigint AS actual_purchases,
               sum(revenue ORDER BY revenue) AS predicted_revenue,
               sum(holdout_revenue ORDER BY holdout_revenue) AS actual_revenue,
               @extschema@.regression_metrics(holdout_purchases::float8, purchases) AS errors,
               @extschema@.gini(holdout_purchases::float8, purchases) AS gini,
               @extschema@.lift(holdout_purchases::float8, purchases) AS lift,
               @extschema@.auc(holdout_purchases = 0, silence) AS churn_auc,
               @extschema@.gini(greatest(holdout_revenue, 0), revenue) AS revenue_gini
        FROM predictions GROUP BY place
    )
    SELECT coalesce(model, CASE place WHEN cardinality(models) + 1 THEN 'naive' ELSE 'past revenue' END),
           @extschema@.model_status(fitted), customers,
           @extschema@.log_likelihood(fitted),
           @extschema@.aic(fitted), @extschema@.bic(fitted), predicted_purchases, actual_purchases,
           predicted_revenue, actual_revenue, (errors).mae, (errors).rmse, gini, lift, churn_auc,
           revenue_gini,
           -- The digits of a search do not tell a family from another that is the same at a limit.
           fitted IS NOT NULL AND measure IS NOT NULL
               AND row_number() OVER (PARTITION BY fitted IS NULL ORDER BY measure, place) = 1
    FROM scores LEFT JOIN fits USING (place),
         LATERAL (SELECT round(CASE choose WHEN 'holdout' THEN (errors).rmse ELSE @extschema@.bic(fitted) END::numeric, 6)
                             AS measure) AS m
    WHERE models IS NOT NULL AND choose IS NOT NULL ORDER BY place
$$;
COMMENT ON FUNCTION cltv_backtest(regclass, name, name, name, date, text[], date, name, name, text, text, text) IS
'what models fitted to the orders up to the cut would have said of the time after it, against what came, a row a '
'model: status of the fit, customers who had ordered by the cut, log-likelihood and information criteria of the fit; '
'predicted and actual purchases (days with an order) and revenue of these customers from the day after the cut to '
'as_of (NULL: the day of the last order), revenue by the best model of spend of the same customers and their first '
'purchases (NULL if that refused) and with refunds taken off; mean absolute and root mean squared error, normalised Gini coefficient and lift '
'of the top tenth of the purchases predicted for each customer; area under the ROC curve of churn_prob against no '
'purchase; normalised Gini coefficient of the revenue predicted for each customer; amounts => ''signed'': negative amounts are '
'those of purchases that lost money, and no refunds (of the Gini coefficient of revenue a loss is no revenue). A row naive lets everyone go on as '
'before: frequency / tenure purchases a day (0 for tenure 0), at the mean spend; a last row, past revenue, ranks '
'customers by what they brought up to the cut. chosen marks the model to take: choose bic, the one with the least bic, as model => '
'''auto'' of cltv_materialize does; choose holdout, the one with the least rmse. A fit that refuses has its status and NULLs, '
'with a WARNING; what cltv_check_orders finds is a NOTICE. bgnbd: season is BG/NBD with a smooth season of the year, bgnbd: months with a factor a month. A cut before the first or not before the last order, unknown '
'models and another word for choose are errors (22023); no orders or a NULL that has no default give no rows';

CREATE FUNCTION cltv_calibration(orders regclass, customer name, ordered_at name, amount name, cut date,
                                 models text[] DEFAULT '{bgnbd,mbgnbd,pnbd}', as_of date DEFAULT NULL,
                                 order_id name DEFAULT NULL, refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract',
                                 amounts text DEFAULT 'revenue', OUT model text, OUT frequency text, OUT customers bigint,
                                 OUT predicted float8, OUT actual float8)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL RESTRICTED COST 100000 ROWS 24
SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
    -- Sums are taken in order, so that they do not depend on the plan.
    WITH holdout AS MATERIALIZED (
        SELECT * FROM @extschema@.cltv_holdout_rows(orders, customer, ordered_at, amount, cut, as_of, order_id, refund_of,
                                                    refunds, amounts, true, @extschema@.cltv_has_season(models))
    ),
    fits AS MATERIALIZED (
        SELECT f.*
        FROM (SELECT @extschema@.customer_base(frequency, recency, tenure) AS base,
                     @extschema@.calendar_base(history, cut, @extschema@.cltv_year_calendar(text 'season', cut)) AS season,
                     @extschema@.calendar_base(history, cut, @extschema@.cltv_year_calendar(text 'months', cut)) AS months
              FROM holdout) AS b,
             @extschema@.cltv_seasonal_fits(base, season, months, models) WITH ORDINALITY AS f(model, fitted, place)
    ), predictions AS (
        SELECT place, model, least(frequency, 7) AS class, holdout_purchases, predicted
        FROM fits, LATERAL (
            SELECT frequency, holdout_purchases,
                   @extschema@.expected_purchases(fitted, frequency::float8, recency, tenure, cut, horizon) AS predicted
            FROM holdout OFFSET 0) AS h
    )
    SELECT f.model, CASE class WHEN 7 THEN '7+' ELSE class::text END, count(holdout_purchases),
           avg(predicted ORDER BY predicted), avg(holdout_purchases)::float8
    FROM fits AS f CROSS JOIN generate_series(0, 7) AS class LEFT JOIN predictions USING (place, class)
    GROUP BY place, f.model, class ORDER BY place, class
$$;
COMMENT ON FUNCTION cltv_calibration(regclass, name, name, name, date, text[], date, name, name, text, text) IS
'predicted against actual purchases after the cut, by how often customers had come back before: for each model eight '
'rows of frequency 0, 1, ..., 6, 7+ (repeat purchases up to the cut) with the number of such customers and the means, '
'per customer, of the purchases that the model fitted up to the cut expected until as_of and of those that came; '
'means are NULL without such a customer, predicted also if the fit refused; all else as in cltv_backtest. Fader, '
'Hardie & Lee 2005, figure 3';

CREATE FUNCTION cltv_purchase_days(orders regclass, customer name, ordered_at name, amount name, cut date,
                                   as_of date DEFAULT NULL, order_id name DEFAULT NULL, refund_of name DEFAULT NULL,
                                   refunds text DEFAULT 'subtract', amounts text DEFAULT 'revenue',
                                   OUT day date, OUT newcomers bigint, OUT repeats bigint)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    source record;
BEGIN
    SELECT s.*
    FROM @extschema@.cltv_orders_source(orders, customer, ordered_at, amount, false, order_id, refund_of, refunds, cut,
                                        amounts) AS s
    INTO STRICT source;
    IF source.query IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format($query$
        SELECT day, count(*) FILTER (WHERE day = first_day), count(*) FILTER (WHERE day > first_day)
        FROM (SELECT ordered_at::date AS day, min(ordered_at::date) OVER (PARTITION BY customer) AS first_day
              FROM (%s) AS o %s GROUP BY customer, ordered_at::date) AS purchases
        WHERE first_day <= $1 GROUP BY day
        $query$, @extschema@.cltv_orders_of_lines(source.lines, as_of, order_id IS NOT NULL, refunds, cut, amounts),
        CASE amounts WHEN 'signed' THEN '' ELSE 'WHERE amount >= 0 OR amount IS NULL' END) USING cut;
END
$$;
COMMENT ON FUNCTION cltv_purchase_days(regclass, name, name, name, date, date, name, name, text, text) IS
'how many customers purchased for the first time, and how many again, on each day up to as_of (NULL: all), of those who did '
'so by the cut; cltv_tracking calls it; errors are those of cltv_orders_source; no orders or a NULL that has no default '
'give no rows';

CREATE FUNCTION cltv_tracking(orders regclass, customer name, ordered_at name, amount name, cut date,
                              models text[] DEFAULT '{bgnbd,mbgnbd,pnbd}', as_of date DEFAULT NULL,
                              order_id name DEFAULT NULL, refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract',
                              amounts text DEFAULT 'revenue', OUT model text, OUT week int, OUT week_end date, OUT actual bigint, OUT expected float8,
                              OUT actual_cumulative bigint, OUT expected_cumulative float8, OUT holdout boolean)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL RESTRICTED COST 100000 ROWS 500
SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
    -- Whoever came on the same day is expected to do the same: a curve by age for each model, and the number of
    -- customers who began it on each day, make the sum over customers. The curve is an array, so that no plan, however
    -- far off its estimates, searches for an age. With a season each day has a curve of its own.
    WITH holdout AS MATERIALIZED (
        SELECT * FROM @extschema@.cltv_holdout_rows(orders, customer, ordered_at, amount, cut, as_of, order_id, refund_of,
                                                    refunds, amounts, true, @extschema@.cltv_has_season(models))
    ),
    fits AS MATERIALIZED (
        SELECT f.*, @extschema@.cltv_has_season(ARRAY[f.model]) AS has_season
        FROM (SELECT @extschema@.customer_base(frequency, recency, tenure) AS base,
                     @extschema@.calendar_base(history, cut, @extschema@.cltv_year_calendar(text 'season', cut)) AS season,
                     @extschema@.calendar_base(history, cut, @extschema@.cltv_year_calendar(text 'months', cut)) AS months
              FROM holdout) AS b,
             @extschema@.cltv_seasonal_fits(base, season, months, models) WITH ORDINALITY AS f(model, fitted, place)
    ), period AS (
        SELECT max(tenure)::int AS days_before, max(horizon)::int AS days_ahead FROM holdout
    ), curves AS MATERIALIZED (
        SELECT place, array_agg(@extschema@.expected_purchases(fitted, age::float8) ORDER BY age) AS purchases
        FROM fits, period, generate_series(0, days_before + days_ahead) AS age
        WHERE NOT has_season GROUP BY place
    ), weeks AS (
        SELECT week, cut + least(7 * (week - 1 - days_before / 7), days_ahead) AS week_end
        FROM period, generate_series(1, days_before / 7 + 1 + (days_ahead + 6) / 7) AS week
    ), days AS MATERIALIZED (
        SELECT d.* FROM period, @extschema@.cltv_purchase_days(orders, customer, ordered_at, amount, cut, cut + days_ahead,
                                                               order_id, refund_of, refunds, amounts) AS d
    ), cumulative AS (
        SELECT place, week, week_end, actual, expected
        FROM curves CROSS JOIN weeks CROSS JOIN LATERAL (
            SELECT sum(repeats)::bigint AS actual,
                   sum(newcomers * purchases[week_end - day + 1] ORDER BY day) AS expected
            FROM days WHERE day <= week_end) AS until
        UNION ALL
        SELECT place, week, week_end, actual, expected
        FROM fits, LATERAL (
            SELECT week, week_end, sum(repeats)::bigint AS actual,
                   sum(newcomers * CASE WHEN newcomers > 0
                                   THEN @extschema@.expected_purchases(fitted, float8 '0', float8 '0', float8 '0', day,
                                                                       (week_end - day)::float8)
                                   ELSE 0 END ORDER BY day) AS expected
            FROM weeks JOIN days ON day <= week_end GROUP BY week, week_end OFFSET 0) AS until
        WHERE has_season
    )
    SELECT model, week, week_end, actual - lag(actual, 1, 0::bigint) OVER of_model,
           expected - lag(expected, 1, 0::float8) OVER of_model, actual, expected, week_end > cut
    FROM cumulative JOIN fits USING (place) WINDOW of_model AS (PARTITION BY place ORDER BY week)
    ORDER BY place, week
$$;
COMMENT ON FUNCTION cltv_tracking(regclass, name, name, name, date, text[], date, name, name, text, text) IS
'repeat purchases week by week, as they came and as the model fitted up to the cut expected them, of the customers '
'who had ordered by the cut: week = 1, 2, ... from the first order, week_end = its last day (weeks are counted from '
'the cut, so that it ends one; the last may be shorter and ends on as_of), actual = days with a repeat order, '
'expected = the sum over customers of the repeat purchases expected of a new customer since the first order (NULL if '
'the fit refused), both also cumulative since the first order; holdout = whether the week is after the cut; all else '
'as in cltv_backtest. Fader, Hardie & Lee 2005, figures 1 and 2';

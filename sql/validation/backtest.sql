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
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('choose must be ''bic'' or ''holdout'', not %L', choose),
            NULL::text,
            text '''bic'' is the choice of model => ''auto'', by the time up to the cut; ''holdout'' is by the time after it.');
    END IF;
    RETURN choose;
END
$$;
COMMENT ON FUNCTION cltv_choice(text) IS
'Internal: the argument choose of cltv_backtest, bic or holdout.
Else error 22023; NULL gives NULL.';

CREATE FUNCTION cltv_has_season(models text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT EXISTS (SELECT FROM unnest(models) AS u (model) WHERE u.model ~ ': (season|months)(:|$)') $$;
COMMENT ON FUNCTION cltv_has_season(text[]) IS
'Internal: whether a model name has a season, as in bgnbd season.
False for NULL.';

-- The names are those by which NAME_model of cltv_materialize says what was compared.
CREATE FUNCTION cltv_named_models(models text[], attributes text[], with_learners boolean,
                                  OUT place int, OUT model text, OUT family text, OUT season text, OUT acts_on text, OUT learns text,
                                  OUT blends text[])
RETURNS SETOF record
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000 ROWS 5 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- BG/BB's times count opportunities.
    known CONSTANT text[] := ARRAY(SELECT f.name FROM @extschema@.cltv_families() AS f
                                   WHERE f.topic = 'orders' AND f.unit = 'days' ORDER BY f.name);
    more CONSTANT text[] := ARRAY(
        SELECT concat_ws(': ', f.name, s.season, a.acts_on)
        FROM @extschema@.cltv_families() AS f, unnest('{season,months,NULL}'::text[]) AS s (season),
             unnest('{NULL,purchases,"purchases, dropout"}'::text[]) AS a (acts_on)
        WHERE f.name = ANY (known) AND (s.season IS NULL OR f.has_calendar)
            AND (a.acts_on IS NULL OR string_to_array(a.acts_on, ', ') <@ f.attributes));
    learners CONSTANT text[] := ARRAY(SELECT l.name FROM @extschema@.cltv_learners() AS l WHERE with_learners ORDER BY l.name);
    parts text[];
BEGIN
    IF models IS NULL THEN
        RETURN;
    END IF;
    place := 0;
    FOREACH model IN ARRAY models LOOP
        learns := (SELECT l.learns FROM @extschema@.cltv_learners() AS l WHERE l.name = model AND with_learners);
        blends := CASE WHEN with_learners AND model LIKE '%_ + _%' THEN string_to_array(model, ' + ') END;
        IF model = 'auto' OR learns IS NOT NULL THEN
            NULL;
        ELSIF blends IS NOT NULL THEN
            IF cardinality(blends) <> 2 OR NOT blends <@ models OR blends[1] = ANY (learners)
                OR NOT EXISTS (SELECT FROM @extschema@.cltv_learners() AS l WHERE l.name = blends[2] AND l.learns = 'revenue') THEN
                PERFORM @extschema@.cltv_refuse(text '22023',
                    format('%s is not a blend of a model and a learner of revenue that are both compared', quote_literal(model)),
                    NULL::text,
                    text 'Name both as well: ''{auto,tweedie,auto + tweedie}''.');
            END IF;
            learns := 'blend';
        ELSIF model LIKE '%: %' AND model <> ALL (more) THEN
            PERFORM @extschema@.cltv_refuse(text '22023',
                format('unknown model %s', quote_literal(model)),
                NULL::text,
                format('After a family stands season or months (of %s), purchases (of %s) or ''purchases, dropout'' (of %s), or one '
                              'of each, as in ''bgnbd: season: purchases''.',
                              (SELECT string_agg(f.name, ', ' ORDER BY f.name) FROM @extschema@.cltv_families() AS f
                               WHERE f.name = ANY (known) AND f.has_calendar),
                              (SELECT string_agg(f.name, ', ' ORDER BY f.name) FROM @extschema@.cltv_families() AS f
                               WHERE f.name = ANY (known) AND 'purchases' = ANY (f.attributes)),
                              (SELECT string_agg(f.name, ', ' ORDER BY f.name) FROM @extschema@.cltv_families() AS f
                               WHERE f.name = ANY (known) AND '{purchases,dropout}'::text[] <@ f.attributes)));
        ELSIF model LIKE '%: purchases%' AND attributes IS NULL THEN
            PERFORM @extschema@.cltv_refuse(text '22023',
                format('%s needs attributes', quote_literal(model)),
                NULL::text,
                text 'Name columns of a table of customers: customers => ''...'', attributes => ''{...}''.');
        ELSIF model NOT LIKE '%: %' AND (model = ANY (known)) IS NOT TRUE OR model IS NULL THEN
            PERFORM @extschema@.cltv_refuse(text '22023',
                format('unknown model %s', coalesce(quote_ident(model), 'NULL')),
                NULL::text,
                format('Models of orders in days are %s, and auto, the best of them by bic.', array_to_string(known, ', '))
                       || CASE WHEN with_learners THEN format(' Learners are %s.', array_to_string(learners, ', ')) ELSE '' END);
        END IF;
        place := place + 1;
        parts := string_to_array(model, ': ');
        family := parts[1];
        season := CASE WHEN parts[2] IN ('season', 'months') THEN parts[2] END;
        acts_on := CASE WHEN season IS NULL THEN parts[2] ELSE parts[3] END;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION cltv_named_models(text[], text[], boolean) IS
'Internal: names of models as cltv_backtest takes them, parsed into one row each.
Columns are place, the name, the family (or auto), season or months or NULL, what attributes act on, purchases
or purchases, dropout or NULL, and where learners are asked for, too, what one of these learns, or blend and
the model and the learner that it is of; another name, and one with attributes where none are named, are
errors (22023); NULL for models gives no rows.';

CREATE FUNCTION cltv_named_fit(family text, customers customer_base, attributes feature_base, days calendar_base)
RETURNS cltv_model
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    fitted @extschema@.cltv_model;
BEGIN
    IF family = 'auto' AND attributes IS NULL AND days IS NULL THEN
        RETURN @extschema@.orders_fit(customers);
    ELSIF NOT EXISTS (SELECT FROM @extschema@.cltv_families() AS f
                   WHERE f.name = family AND f.topic = 'orders' AND f.unit = 'days'
                       AND (days IS NULL OR f.has_calendar) AND (attributes IS NULL OR f.attributes <> '{}')) THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('no model of orders in days is fitted to this base: %s', coalesce(quote_ident(family), 'NULL')),
            NULL::text,
            text 'cltv_families() lists them.');
    ELSIF days IS NOT NULL THEN
        EXECUTE format('SELECT %s.%I($1, float8 ''1'', float8 ''0'')', '@extschema@', family || '_fit') INTO fitted USING days;
    ELSIF attributes IS NOT NULL THEN
        EXECUTE format('SELECT %s.%I($1, float8 ''1'', float8 ''0'')', '@extschema@', family || '_fit') INTO fitted USING attributes;
    ELSIF customers IS NOT NULL THEN
        EXECUTE format('SELECT %s.%I($1)', '@extschema@', family || '_fit') INTO fitted USING customers;
    END IF;
    RETURN fitted;
END
$$;
COMMENT ON FUNCTION cltv_named_fit(text, customer_base, feature_base, calendar_base) IS
'Internal: fit of a family of orders in days to one of three bases.
Of auto the best of all, to the last base that is not NULL: another family is error 22023; NULL of none.';

CREATE FUNCTION cltv_named_spend(spends spend_base, by_spend feature_base, OUT fitted cltv_model, OUT has_attributes boolean)
LANGUAGE sql STABLE PARALLEL SAFE COST 60000 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT f.fitted, f.has_attributes
    FROM (SELECT s.fitted, s.bic, false AS has_attributes, s.place
          FROM @extschema@.spend_fits(spends) WITH ORDINALITY AS s (model, status, log_likelihood, aic, bic, fitted, place)
          UNION ALL
          SELECT g.fitted, @extschema@.bic(g.fitted), true, 100 + g.place
          FROM (VALUES (1, @extschema@.gg_fit(by_spend, float8 '1', float8 '0')), (2, @extschema@.lognormal_fit(by_spend, float8 '1', float8 '0'))) AS g (place, fitted)
          WHERE g.fitted IS NOT NULL) AS f
    ORDER BY @extschema@.log_likelihood(f.fitted) IS NULL, f.bic, f.place LIMIT 1
$$;
COMMENT ON FUNCTION cltv_named_spend(spend_base, feature_base) IS
'Internal: the best model of spend by BIC, with or without attributes.';

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
'Internal: first and repeat purchases per day.
Up to as_of (NULL: all), of customers who first purchased by the cut. cltv_tracking calls it; errors are those
of cltv_orders_source; no orders or a NULL that has no default give no rows.';

-- What is said of customers by models that were fitted to them up to a cut is asked in three ways, of the same fits.
DO $install$
DECLARE
    -- From the rows of holdout on: the models by name, the bases that they are fitted to, the fits.
    fits CONSTANT text := $fits$named AS MATERIALIZED (
        SELECT n.* FROM @extschema@.cltv_named_models(models, attributes, {with_learners}) AS n
    ),
    bases AS (       -- one of each kind that a model is fitted to
        SELECT kind.season, kind.acts_on, b.*
        FROM (SELECT DISTINCT season, acts_on FROM named WHERE learns IS NULL) AS kind CROSS JOIN LATERAL (
            SELECT @extschema@.customer_base(frequency, recency, tenure)
                       FILTER (WHERE kind.season IS NULL AND kind.acts_on IS NULL) AS base,
                   @extschema@.feature_base(frequency, recency, tenure, features)
                       FILTER (WHERE kind.season IS NULL AND kind.acts_on = 'purchases') AS by_purchases,
                   @extschema@.feature_base(frequency, recency, tenure, features, features)
                       FILTER (WHERE kind.season IS NULL AND kind.acts_on = 'purchases, dropout') AS by_both,
                   @extschema@.calendar_base(history, cut, season.days) FILTER (WHERE kind.acts_on IS NULL) AS days,
                   @extschema@.calendar_base(history, cut, season.days, features)
                       FILTER (WHERE kind.acts_on = 'purchases') AS days_by_purchases,
                   @extschema@.calendar_base(history, cut, season.days, features, features)
                       FILTER (WHERE kind.acts_on = 'purchases, dropout') AS days_by_both
            FROM holdout, (SELECT @extschema@.cltv_year_calendar(kind.season, cut) AS days) AS season) AS b
    ),
    fits AS MATERIALIZED (
        SELECT n.*, @extschema@.cltv_named_fit(n.family, b.base, coalesce(b.by_purchases, b.by_both),
                                               coalesce(b.days, b.days_by_purchases, b.days_by_both)) AS fitted
        FROM named AS n JOIN bases AS b ON b.season IS NOT DISTINCT FROM n.season AND b.acts_on IS NOT DISTINCT FROM n.acts_on
        WHERE EXISTS (SELECT FROM holdout) AND n.learns IS NULL
    )$fits$;
    template text;
BEGIN
    FOREACH template IN ARRAY ARRAY[$template$
CREATE FUNCTION cltv_backtest(orders regclass, customer name, ordered_at name, amount name, cut date,
                              models text[] DEFAULT '{bgnbd,mbgnbd,pnbd}', as_of date DEFAULT NULL,
                              order_id name DEFAULT NULL, refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract', choose text DEFAULT 'bic',
                              amounts text DEFAULT 'revenue', customers regclass DEFAULT NULL, attributes text[] DEFAULT NULL,
                              OUT model text, OUT status text, OUT customers bigint, OUT log_likelihood float8,
                              OUT aic float8, OUT bic float8, OUT predicted_purchases float8,
                              OUT actual_purchases bigint, OUT predicted_revenue float8, OUT actual_revenue float8,
                              OUT mae float8, OUT rmse float8, OUT gini float8, OUT lift float8, OUT churn_auc float8,
                              OUT revenue_gini float8, OUT revenue_mae float8, OUT chosen boolean)
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
                                                    refunds, amounts, false, @extschema@.cltv_has_season(models)
                                                        OR models && ARRAY(SELECT l.name FROM @extschema@.cltv_learners() AS l), customers, attributes)
    ),
    {fits}, learnt AS MATERIALIZED (      -- on the window before, which is as long
        SELECT n.place, l.fitted, l.dropped
        FROM (SELECT max(tenure) >= max(horizon) AS is_seen, max(horizon)::int AS days FROM holdout) AS w,
             @extschema@.cltv_learnt(orders, customer, ordered_at, amount, cut - w.days, cut, order_id, refund_of, refunds, amounts, customers,
                                     attributes, CASE WHEN w.is_seen THEN ARRAY(SELECT DISTINCT family FROM named WHERE learns <> 'blend') END) AS l
        JOIN named AS n ON n.family = l.learner AND n.learns <> 'blend'
    ), money AS MATERIALIZED (
        SELECT @extschema@.spend_fit(frequency::float8, monetary_value, first_value) AS spend,
               @extschema@.spend_base(frequency::float8, monetary_value, first_value) FILTER (WHERE features IS NOT NULL) AS spends,
               CASE WHEN NOT coalesce(bool_or(monetary_value < 0), false)
               THEN @extschema@.feature_base(frequency, monetary_value, features)
                        FILTER (WHERE monetary_value > 0 AND features IS NOT NULL) END AS by_spend
        FROM holdout
    ), money_by_attributes AS MATERIALIZED (
        SELECT s.* FROM money, @extschema@.cltv_named_spend(spends, by_spend) AS s
    ), predictions AS (
        SELECT place, customer_id, holdout_purchases, holdout_revenue, purchases, revenue, silence
        FROM fits CROSS JOIN money LEFT JOIN money_by_attributes AS spent (spend_fitted, has_attributes) ON fits.acts_on IS NOT NULL, LATERAL (
            -- One model after the other: each has its clock.
            SELECT customer_id, holdout_purchases, holdout_revenue,
                   @extschema@.expected_purchases(fitted, frequency::float8, recency, tenure, cut, horizon, buying, leaving) AS purchases,
                   CASE WHEN season IS NULL
                   THEN @extschema@.cltv_predict(fitted, coalesce(spend_fitted, spend), frequency::float8, recency, tenure, monetary_value, horizon,
                            discount_rate => float8 '0', margin => float8 '1', days_per_unit => NULL::float8,
                            first_value => first_value, purchases => buying, dropout => leaving, spend => spending)
                   ELSE @extschema@.cltv_predict(fitted, coalesce(spend_fitted, spend), history, cut, horizon, float8 '0', float8 '1',
                                                 buying, leaving, spending) END AS revenue,
                   CASE WHEN season IS NULL
                   THEN @extschema@.churn_prob(fitted, frequency::float8, recency, tenure, horizon, buying, leaving)
                   ELSE @extschema@.churn_prob(fitted, history, cut, horizon, buying, leaving) END AS silence
            FROM holdout, LATERAL (
                SELECT CASE WHEN acts_on IS NOT NULL THEN features END AS buying,
                       CASE WHEN acts_on = 'purchases, dropout' THEN features END AS leaving,
                       CASE WHEN spent.has_attributes THEN features END AS spending) AS who
            OFFSET 0) AS h
        UNION ALL
        SELECT place, customer_id, holdout_purchases, holdout_revenue, CASE learns WHEN 'purchases' THEN said END, CASE learns WHEN 'revenue' THEN said END,
               CASE WHEN learns <> 'revenue' THEN -said END
        FROM named LEFT JOIN learnt USING (place) CROSS JOIN LATERAL (
            SELECT customer_id, holdout_purchases, holdout_revenue,
                   @extschema@.predict(fitted, @extschema@.features_without(
                       CASE WHEN attributes IS NULL THEN own.features ELSE @extschema@.features_concat(own.features, h.features) END, dropped)) AS said
            FROM holdout AS h, LATERAL (SELECT @extschema@.learner_features(h.history, cut) AS features OFFSET 0) AS own
            OFFSET 0) AS h
        WHERE learns <> 'blend'
        UNION ALL
        SELECT cardinality(models) + 1, customer_id, holdout_purchases, holdout_revenue, purchases,
               purchases * coalesce(monetary_value, mean_spend), -purchases
        FROM (SELECT *, coalesce(frequency / nullif(tenure, 0) * horizon, 0) AS purchases FROM holdout) AS h,
             (SELECT sum(frequency * monetary_value ORDER BY frequency * monetary_value)
                     / sum(frequency) FILTER (WHERE monetary_value IS NOT NULL) AS mean_spend FROM holdout) AS m
        UNION ALL
        SELECT cardinality(models) + 2, customer_id, holdout_purchases, holdout_revenue, NULL, revenue, NULL FROM holdout
    ), blended AS (     -- the total of the model, and the mean of how both divide it among the customers
        SELECT b.place, customer_id, m.holdout_purchases, m.holdout_revenue, m.purchases,
               (m.revenue + greatest(l.revenue, 0) * t.total / nullif(t.learnt, 0)) / 2 AS revenue, m.silence
        FROM named AS b CROSS JOIN LATERAL (SELECT min(n.place) AS place FROM named AS n WHERE n.model = b.blends[1]) AS first
        CROSS JOIN LATERAL (SELECT min(n.place) AS place FROM named AS n WHERE n.model = b.blends[2]) AS second CROSS JOIN LATERAL (
            SELECT sum(p.revenue ORDER BY p.revenue) FILTER (WHERE p.place = first.place) AS total,
                   sum(greatest(p.revenue, 0) ORDER BY p.revenue) FILTER (WHERE p.place = second.place) AS learnt
            FROM predictions AS p WHERE p.place IN (first.place, second.place)) AS t
        JOIN predictions AS m ON m.place = first.place JOIN predictions AS l USING (customer_id)
        WHERE l.place = second.place
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
               @extschema@.gini(greatest(holdout_revenue, 0), revenue) AS revenue_gini,
               @extschema@.regression_metrics(holdout_revenue, revenue) AS revenue_errors
        FROM (TABLE predictions UNION ALL TABLE blended) AS p GROUP BY place
    )
    SELECT coalesce(named.model, CASE place WHEN cardinality(models) + 1 THEN 'naive' ELSE 'past revenue' END),
           CASE WHEN named.learns IS NULL THEN @extschema@.model_status(fits.fitted)
                WHEN named.learns = 'blend' THEN (
                    SELECT string_agg(coalesce(@extschema@.model_status(coalesce(f.fitted, l.fitted)), 'no window before'), ', ' ORDER BY u.part)
                    FROM unnest(named.blends) WITH ORDINALITY AS u (model, part) JOIN named AS n ON n.model = u.model
                    LEFT JOIN fits AS f ON f.place = n.place LEFT JOIN learnt AS l ON l.place = n.place)
                ELSE coalesce(@extschema@.model_status(learnt.fitted), 'no window before') END, customers,
           @extschema@.log_likelihood(fits.fitted),
           @extschema@.aic(fits.fitted), @extschema@.bic(fits.fitted), predicted_purchases, actual_purchases,
           predicted_revenue, actual_revenue, (errors).mae, (errors).rmse, gini, lift, churn_auc,
           revenue_gini, CASE WHEN place <= cardinality(models) + 1 THEN (revenue_errors).mae END,
           -- The digits of a search do not tell a family from another that is the same at a limit.
           named.place IS NOT NULL AND measure IS NOT NULL
               AND row_number() OVER (PARTITION BY named.place IS NULL ORDER BY measure, place) = 1
    FROM scores LEFT JOIN named USING (place) LEFT JOIN fits USING (place) LEFT JOIN learnt USING (place),
         LATERAL (SELECT round(CASE choose WHEN 'holdout' THEN (errors).rmse ELSE @extschema@.bic(fits.fitted) END::numeric, 6)
                             AS measure) AS m
    WHERE models IS NOT NULL AND choose IS NOT NULL ORDER BY place
$$;
$template$, $template$
CREATE FUNCTION cltv_calibration(orders regclass, customer name, ordered_at name, amount name, cut date,
                                 models text[] DEFAULT '{bgnbd,mbgnbd,pnbd}', as_of date DEFAULT NULL,
                                 order_id name DEFAULT NULL, refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract',
                                 amounts text DEFAULT 'revenue', customers regclass DEFAULT NULL, attributes text[] DEFAULT NULL,
                                 OUT model text, OUT frequency text, OUT customers bigint,
                                 OUT predicted float8, OUT actual float8)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL RESTRICTED COST 100000 ROWS 24
SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
    -- Sums are taken in order, so that they do not depend on the plan.
    WITH holdout AS MATERIALIZED (
        SELECT * FROM @extschema@.cltv_holdout_rows(orders, customer, ordered_at, amount, cut, as_of, order_id, refund_of,
                                                    refunds, amounts, true, @extschema@.cltv_has_season(models), customers, attributes)
    ),
    {fits}, predictions AS (
        SELECT place, model, least(frequency, 7) AS class, holdout_purchases, predicted
        FROM fits, LATERAL (
            SELECT frequency, holdout_purchases,
                   @extschema@.expected_purchases(fitted, frequency::float8, recency, tenure, cut, horizon,
                                                  CASE WHEN acts_on IS NOT NULL THEN features END,
                                                  CASE WHEN acts_on = 'purchases, dropout' THEN features END) AS predicted
            FROM holdout OFFSET 0) AS h
    )
    SELECT f.model, CASE class WHEN 7 THEN '7+' ELSE class::text END, count(holdout_purchases),
           avg(predicted ORDER BY predicted), avg(holdout_purchases)::float8
    FROM fits AS f CROSS JOIN generate_series(0, 7) AS class LEFT JOIN predictions USING (place, class)
    GROUP BY place, f.model, class ORDER BY place, class
$$;
$template$, $template$
CREATE FUNCTION cltv_tracking(orders regclass, customer name, ordered_at name, amount name, cut date,
                              models text[] DEFAULT '{bgnbd,mbgnbd,pnbd}', as_of date DEFAULT NULL,
                              order_id name DEFAULT NULL, refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract',
                              amounts text DEFAULT 'revenue', customers regclass DEFAULT NULL, attributes text[] DEFAULT NULL,
                               OUT model text, OUT week int, OUT week_end date, OUT actual bigint, OUT expected float8,
                              OUT actual_cumulative bigint, OUT expected_cumulative float8, OUT holdout boolean)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL RESTRICTED COST 100000 ROWS 500
SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
    -- Whoever came on the same day is expected to do the same: a curve by age for each model, and the number of
    -- customers who began it on each day, make the sum over customers. The curve is an array, so that no plan, however
    -- far off its estimates, searches for an age. With a season each day has a curve of its own, and so have customers of each
    -- kind with attributes.
    WITH holdout AS MATERIALIZED (
        SELECT * FROM @extschema@.cltv_holdout_rows(orders, customer, ordered_at, amount, cut, as_of, order_id, refund_of,
                                                    refunds, amounts, true, @extschema@.cltv_has_season(models), customers, attributes)
    ),
    {fits}, period AS (
        SELECT max(tenure)::int AS days_before, max(horizon)::int AS days_ahead FROM holdout
    ), curves AS MATERIALIZED (
        SELECT place, array_agg(@extschema@.expected_purchases(fitted, age::float8) ORDER BY age) AS purchases
        FROM fits, period, generate_series(0, days_before + days_ahead) AS age
        WHERE season IS NULL AND acts_on IS NULL GROUP BY place
    ), weeks AS (
        SELECT week, cut + least(7 * (week - 1 - days_before / 7), days_ahead) AS week_end
        FROM period, generate_series(1, days_before / 7 + 1 + (days_ahead + 6) / 7) AS week
    ), days AS MATERIALIZED (
        SELECT d.* FROM period, @extschema@.cltv_purchase_days(orders, customer, ordered_at, amount, cut, cut + days_ahead,
                                                               order_id, refund_of, refunds, amounts) AS d
    ), arrivals AS MATERIALIZED (     -- who began on each day; with attributes, those who are alike
        SELECT first_day, as_text, as_text::@extschema@.features AS features, count(*) AS came,
               grouping(as_text) = 0 AS by_features
        FROM (SELECT cut - tenure::int AS first_day, features::text AS as_text FROM holdout) AS h
        GROUP BY GROUPING SETS ((first_day), (first_day, as_text))
    ), cumulative AS (
        SELECT place, week, week_end, actual, expected
        FROM curves CROSS JOIN weeks CROSS JOIN LATERAL (
            SELECT sum(repeats)::bigint AS actual,
                   sum(newcomers * purchases[week_end - day + 1] ORDER BY day) AS expected
            FROM days WHERE day <= week_end) AS until
        UNION ALL
        SELECT place, week, week_end, actual, expected
        FROM fits CROSS JOIN weeks CROSS JOIN LATERAL (
            SELECT sum(came * @extschema@.expected_purchases(fitted, float8 '0', float8 '0', float8 '0', first_day,
                                                             (week_end - first_day)::float8, a.features,
                                                             CASE WHEN acts_on = 'purchases, dropout' THEN a.features END)
                       ORDER BY first_day, as_text COLLATE "C") AS expected
            FROM arrivals AS a WHERE a.by_features = (acts_on IS NOT NULL) AND first_day <= week_end OFFSET 0) AS until
            CROSS JOIN LATERAL (SELECT sum(repeats)::bigint AS actual FROM days WHERE day <= week_end) AS so_far
        WHERE season IS NOT NULL OR acts_on IS NOT NULL
    )
    SELECT model, week, week_end, actual - lag(actual, 1, 0::bigint) OVER of_model,
           expected - lag(expected, 1, 0::float8) OVER of_model, actual, expected, week_end > cut
    FROM cumulative JOIN fits USING (place) WINDOW of_model AS (PARTITION BY place ORDER BY week)
    ORDER BY place, week
$$;
$template$] LOOP
        EXECUTE replace(replace(template, '{fits}', fits), '{with_learners}', (template LIKE '%cltv\_backtest(%')::text);
    END LOOP;
END
$install$;

COMMENT ON FUNCTION cltv_backtest(regclass, name, name, name, date, text[], date, name, name, text, text, text, regclass, text[]) IS
'Backtests models of orders: predictions from before the cut against outcomes after it.
One row per model: status of the fit, customers who had ordered by the cut, log-likelihood and information
criteria of the fit; predicted and actual purchases (days with an order) and revenue of these customers from
the day after the cut to as_of (NULL: the day of the last order), revenue by the best model of spend of the
same customers and their first purchases (NULL if that refused) and with net of refunds; mean absolute and
root mean squared error, normalised Gini coefficient and lift of the top tenth of the purchases predicted for
each customer; area under the ROC curve of churn_prob against no purchase; normalised Gini coefficient of the
revenue predicted for each customer, and mean absolute error of it; amounts => ''signed'': negative amounts
are those of purchases that lost money, and no refunds (of the Gini coefficient of revenue a loss is no
revenue). A row naive lets everyone go on as before: frequency / tenure purchases a day (0 for tenure 0), at
the mean spend; a last row, past revenue, ranks customers by what they brought up to the cut. chosen marks the
model to take: choose bic, the one with the least bic, as model => ''auto'' of cltv_materialize does;
choose holdout, the one with the least rmse. A fit that refuses has its status and NULLs, with a WARNING; what
cltv_check_orders finds is a NOTICE. bgnbd: season is BG/NBD with a smooth season of the year, bgnbd: months
with a factor a month; with attributes, which are columns of a table of customers with a row for each, bgnbd:
purchases and bgnbd: purchases, dropout are those in which they act on purchases alone or on dropout, too, and
bgnbd: season: purchases has both; their revenue is by the best model of spend with these attributes or
without. auto is the best of the models without attributes and season by bic. Learners (linear, tweedie, ziln,
forest, boost learn revenue, negbinom and poisson purchases, logistic whether there are any) are trained on
learner_features, and the attributes if there are some, as of the day before a window up to the cut that is as
long as the time after it, on what came in that window; they say nothing of the rest, have no bic to be
compared, and where the orders do not reach back so far their status is no window before. auto + tweedie, or
another model and a learner of revenue that are both compared, is a blend: the mean of what the model says and
of what the learner does, brought to the total of the model. A cut before the first or not before the last
order, unknown models and another word for choose are errors (22023); no orders or a NULL that has no default
give no rows.';

COMMENT ON FUNCTION cltv_calibration(regclass, name, name, name, date, text[], date, name, name, text, text, regclass, text[]) IS
'Compares predicted with actual purchases after the cut, by past repeat purchases.
For each model eight rows of frequency 0, 1, ..., 6, 7+ (repeat purchases up to the cut) with the number of
such customers and the means, per customer, of the purchases that the model fitted up to the cut expected
until as_of and of those that came; means are NULL without such a customer, predicted also if the fit refused;
otherwise as in cltv_backtest. Fader, Hardie & Lee 2005, figure 3.';

COMMENT ON FUNCTION cltv_tracking(regclass, name, name, name, date, text[], date, name, name, text, text, regclass, text[]) IS
'Compares expected with actual repeat purchases week by week.
Of the customers who had ordered by the cut, as the model fitted up to the cut expected them: week = 1, 2, ...
from the first order, week_end = its last day (weeks are counted from the cut, so that it ends one; the last
may be shorter and ends on as_of), actual = days with a repeat order, expected = the sum over customers of the
repeat purchases expected of a new customer since the first order (NULL if the fit refused), both also
cumulative since the first order; holdout = whether the week is after the cut; otherwise as in cltv_backtest.
Fader, Hardie & Lee 2005, figures 1 and 2.';

CREATE FUNCTION cltv_learner_past(orders regclass, customer name, ordered_at name, amount name, as_of date, days int, learner text,
                                  order_id name, refund_of name, refunds text, amounts text, customers regclass, attributes text[],
                                  OUT predicted float8, OUT actual float8, OUT gini float8)
    LANGUAGE sql STABLE PARALLEL RESTRICTED COST 100000 SET search_path = pg_catalog, pg_temp SET client_min_messages = error
AS $$
    SELECT s.predicted, CASE WHEN s.predicted IS NOT NULL THEN s.actual END, s.gini
    FROM @extschema@.cltv_backtest(orders, customer, ordered_at, amount, as_of - days, ARRAY[learner], as_of, order_id, refund_of, refunds,
                                   text 'holdout', amounts, customers, attributes) AS b
    JOIN @extschema@.cltv_learners() AS l ON l.name = b.model,
    LATERAL (SELECT CASE l.learns WHEN 'revenue' THEN b.predicted_revenue WHEN 'purchases' THEN b.predicted_purchases END AS predicted,
                    CASE l.learns WHEN 'revenue' THEN b.actual_revenue WHEN 'purchases' THEN b.actual_purchases END AS actual,
                    CASE l.learns WHEN 'revenue' THEN b.revenue_gini WHEN 'purchases' THEN b.gini ELSE 2 * b.churn_auc - 1 END AS gini) AS s
    WHERE b.model = learner
$$;
COMMENT ON FUNCTION cltv_learner_past(regclass, name, name, name, date, int, text, name, name, text, text, regclass, text[]) IS
'Internal: how a learner, trained on the window before, predicted the newest window.
The last so many days up to as_of, what came, and how well it ranked the customers, as cltv_backtest finds it,
without its notices and warnings; a learner of whether customers return says no total; NULL for as_of gives
NULLs.';


-- The revenue to come -----------------------------------------------------------------------------------------------------

CREATE FUNCTION cltv_check_ahead(horizon int, period text, level float8) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF period NOT IN ('week', 'month', 'quarter', 'year', 'horizon') THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('period must be week, month, quarter, year or horizon: %s', period),
            NULL::text,
            text '''horizon'' gives one row for all of it.');
    ELSIF horizon NOT BETWEEN 1 AND 3653 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('horizon must be a number of days from 1 to 3653: %s', horizon),
            NULL::text,
            text '365 is a year.');
    ELSIF NOT (level > 0 AND level < 1) THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('level %s is not between 0 and 1', level),
            NULL::text,
            text 'Level is the probability that the interval covers the truth: 0.8 for 80 %.');
    END IF;
END
$$;
COMMENT ON FUNCTION cltv_check_ahead(int, text, float8) IS
'Internal: raises an error (22023) unless horizon, period and level are valid.
What is NULL is not looked at.';

CREATE FUNCTION cltv_revenue_ahead(orders_model cltv_model, spend_model cltv_model, frequency float8[], recency float8[],
                                   tenure float8[], monetary_value float8[], first_value float8[], as_of date, ends int[],
                                   weights float8[], cost float8, net float8, level float8,
                                   attributes features[] DEFAULT NULL, losses boolean DEFAULT true,
                                   OUT place int, OUT existing_customers float8, OUT new_customers float8,
                                   OUT existing_purchases float8, OUT new_purchases float8, OUT existing_revenue float8,
                                   OUT new_revenue float8, OUT revenue float8, OUT lower float8, OUT upper float8,
                                   OUT weighted_new_customers float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_revenue_ahead' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000000 ROWS 12;
COMMENT ON FUNCTION cltv_revenue_ahead(cltv_model, cltv_model, float8[], float8[], float8[], float8[], float8[], date, int[], float8[], float8, float8, float8, features[], boolean) IS
'Internal: computation behind revenue_forecast.
Of customers by their numbers as of a day, one in each place of five arrays (NaN: what purchases brought is
not known), and a model of orders in days, what they and the customers still to be won bring in the periods
that end so many days later (ascending, 3653 at most), or, with weights, in all of them together; cost is that
of a new customer, net the share of revenue that remains after refunds, level that of the intervals;
unless losses (NULL counts as true: a purchase may bring less than nothing) no bound of what they bring is below 0;
spend_model NULL or refused: all spend the mean; a model of orders that refused and another NULL give no rows;
attributes are of each customer, for models with attributes: of one whose are not known (NULL, or a number that is) what
they add is the mean of the others, and customers still to be won have those of the last year; arrays that do not go
together are errors (22023).';

-- What a forecast is made of, read once.
CREATE FUNCTION cltv_revenue_basis(orders regclass, customer name, ordered_at name, amount name, as_of date, model text, calendar text,
                                   orders_model cltv_model, spend_model cltv_model, order_id name, refund_of name, refunds text,
                                   amounts text, customers regclass, attributes text[],
                                   OUT last_day date, OUT fitted cltv_model, OUT spend cltv_model, OUT frequency float8[],
                                   OUT recency float8[], OUT tenure float8[], OUT monetary_value float8[], OUT first_value float8[],
                                   OUT net float8, OUT given features[])
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    known record;
    family record;
    base @extschema@.customer_base;
    spends @extschema@.spend_base;
    bases @extschema@.calendar_base[];
    -- What attributes act on, one after the other: nothing, purchases, purchases and dropout.
    by_attributes @extschema@.feature_base[];
    by_spend @extschema@.feature_base;
    joined text;
    all_known text;
    one @extschema@.cltv_model;
    seasons CONSTANT text[] := CASE calendar WHEN 'auto' THEN '{season,months}'::text[] ELSE ARRAY[calendar] END;
    -- A season that was seen for less than a year and a half is not told from growth.
    with_season boolean;
BEGIN
    IF calendar NOT IN ('season', 'months', 'auto') THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('calendar must be season, months or auto: %s', calendar),
            NULL::text,
            text 'season is a smooth year, months has a factor per month, auto tries both; leave it out to have neither.');
    ELSIF NOT EXISTS (SELECT FROM @extschema@.cltv_families() AS f
                      WHERE f.topic = 'orders' AND f.unit = 'days' AND model IN (f.name, 'auto')) THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('not a model of orders in days: %s', model),
            NULL::text,
            (SELECT format('Models are: %s; auto is the best of them.', string_agg(f.name, ', ' ORDER BY f.name))
                    FROM @extschema@.cltv_families() AS f WHERE f.topic = 'orders' AND f.unit = 'days'));
    END IF;
    SELECT k.* FROM @extschema@.cltv_orders_known(orders, customer, ordered_at, amount, order_id, refund_of, refunds, as_of, amounts) AS k
    INTO STRICT known;
    last_day := known.last_day;
    IF known.first_day IS NULL THEN
        RETURN;
    END IF;
    with_season := calendar IS NOT NULL AND orders_model IS NULL AND last_day - known.first_day >= 548;
    joined := @extschema@.cltv_customer_attributes(orders, customers, customer, attributes, name 'customer');
    -- A number that is not known has no place in a fit.
    all_known := (SELECT 'bool_and(' || string_agg(format('a.%I IS NOT NULL', t.attname), ' AND ') || ')'
                  FROM pg_attribute AS t JOIN pg_type AS y ON y.oid = t.atttypid
                  WHERE t.attrelid = customers AND t.attname = ANY (attributes) AND y.typcategory NOT IN ('S', 'E'));

    EXECUTE format($query$
        SELECT %1$s.customer_base(s.frequency, s.recency, s.tenure), %1$s.spend_base(s.frequency::float8, s.monetary_value, s.first_value),
               array_agg(s.frequency::float8), array_agg(s.recency), array_agg(s.tenure),
               array_agg(coalesce(s.monetary_value, 'NaN')), array_agg(coalesce(s.first_value, 'NaN')),
               %1$s.exact_sum(s.revenue) / nullif(%1$s.exact_sum(s.revenue) - coalesce(%1$s.exact_sum(c.back), 0), 0),
               %5$s, %6$s
        FROM (SELECT o.customer, %1$s.purchase_history(o.ordered_at, o.amount%3$s) AS history, %4$s AS back
              FROM (%2$s) AS o GROUP BY o.customer) AS c
        CROSS JOIN LATERAL %1$s.rfm_summary(c.history, $1) AS s%7$s
        WHERE s.frequency IS NOT NULL
        $query$, '@extschema@',
        @extschema@.cltv_orders_of_lines(known.lines, last_day, order_id IS NOT NULL, refunds, as_of, amounts),
        CASE amounts WHEN 'signed' THEN ', text ''signed''' ELSE '' END,
        CASE amounts WHEN 'signed' THEN 'NULL::float8' ELSE '@extschema@.exact_sum(o.amount) FILTER (WHERE o.amount < 0)' END,
        CASE WHEN with_season
        THEN (SELECT format('ARRAY[%s]', string_agg(
                  format(CASE WHEN b.arguments = '' OR all_known IS NULL THEN '%1$s' ELSE format('CASE WHEN %s THEN %%1$s END', all_known) END,
                         format('%s.calendar_base(c.history, $1, %1$s.cltv_year_calendar(text %2$L, $1)%3$s)', '@extschema@', u.season, b.arguments)),
                  ', ' ORDER BY b.place, u.place))
              FROM unnest(seasons) WITH ORDINALITY AS u (season, place)
              JOIN (VALUES (0, ''), (1, ', k.attributes'), (2, ', k.attributes, k.attributes')) AS b (place, arguments)
                  ON b.place = 0 OR joined IS NOT NULL)
        ELSE 'NULL::@extschema@.calendar_base[]' END,
        CASE WHEN joined IS NULL THEN 'NULL::@extschema@.features[], NULL::@extschema@.feature_base[], NULL::@extschema@.feature_base'
        ELSE format('array_agg(k.attributes), CASE WHEN %2$s THEN ARRAY[%1$s.feature_base(s.frequency, s.recency, s.tenure, k.attributes), '
                    '%1$s.feature_base(s.frequency, s.recency, s.tenure, k.attributes, k.attributes)] END, '
                    'CASE WHEN %2$s AND NOT coalesce(bool_or(s.monetary_value < 0), false) '
                    'THEN %1$s.feature_base(s.frequency, s.monetary_value, k.attributes) FILTER (WHERE s.monetary_value > 0) END',
                    '@extschema@', coalesce(all_known, 'true')) END,
        joined)
    INTO base, spends, frequency, recency, tenure, monetary_value, first_value, net, bases, given, by_attributes, by_spend USING last_day;
    net := coalesce(net, 1);
    IF frequency IS NULL THEN
        RETURN;
    END IF;

    -- The choice is that of cltv_materialize: the least bic.
    fitted := orders_model;
    IF fitted IS NULL AND model = 'auto' THEN
        fitted := @extschema@.orders_fit(base);
    ELSIF fitted IS NULL THEN
        EXECUTE format('SELECT %s.%I($1)', '@extschema@', model || '_fit') INTO fitted USING base;
    END IF;
    IF orders_model IS NULL THEN
        FOR family IN
            SELECT f.name, NULL::int AS season, b.place
            FROM @extschema@.cltv_families() AS f
            JOIN (VALUES (1, '{purchases}'::text[]), (2, '{purchases,dropout}')) AS b (place, acts_on) ON b.acts_on <@ f.attributes
            WHERE f.topic = 'orders' AND f.unit = 'days' AND (model = f.name OR model = 'auto' AND f.is_compared) AND by_attributes IS NOT NULL
            UNION ALL
            SELECT f.name, b.place * cardinality(seasons) + u.place, b.place
            FROM @extschema@.cltv_families() AS f CROSS JOIN generate_subscripts(seasons, 1) AS u (place)
            JOIN (VALUES (0, '{}'::text[]), (1, '{purchases}'), (2, '{purchases,dropout}')) AS b (place, acts_on) ON b.acts_on <@ f.attributes
            WHERE f.topic = 'orders' AND f.unit = 'days' AND f.has_calendar AND (model = f.name OR model = 'auto' AND f.is_compared)
                AND bases[b.place * cardinality(seasons) + u.place] IS NOT NULL
            ORDER BY 1, 2 NULLS FIRST, 3
        LOOP
            IF family.season IS NULL THEN
                EXECUTE format('SELECT %s.%I($1, float8 ''1'', float8 ''0'')', '@extschema@', family.name || '_fit') INTO one USING by_attributes[family.place];
            ELSE
                EXECUTE format('SELECT %s.%I($1, float8 ''1'', float8 ''0'')', '@extschema@', family.name || '_fit') INTO one USING bases[family.season];
            END IF;
            IF round(@extschema@.bic(one)::numeric, 6) < round(@extschema@.bic(fitted)::numeric, 6) OR @extschema@.bic(fitted) IS NULL
                AND @extschema@.bic(one) IS NOT NULL THEN
                fitted := one;
            END IF;
        END LOOP;
    END IF;
    spend := spend_model;
    IF spend IS NULL THEN
        SELECT f.fitted INTO spend FROM @extschema@.spend_fits(spends) WITH ORDINALITY AS f (model, status, log_likelihood, aic, bic, fitted, place)
        WHERE f.log_likelihood IS NOT NULL ORDER BY f.bic, f.place LIMIT 1;
        FOR family IN SELECT f.name FROM @extschema@.cltv_families() AS f WHERE 'spend' = ANY (f.attributes) AND by_spend IS NOT NULL ORDER BY f.name LOOP
            EXECUTE format('SELECT %s.%I($1, float8 ''1'', float8 ''0'')', '@extschema@', family.name || '_fit') INTO one USING by_spend;
            IF @extschema@.bic(one) < @extschema@.bic(spend) OR @extschema@.bic(spend) IS NULL AND @extschema@.bic(one) IS NOT NULL THEN
                spend := one;
            END IF;
        END LOOP;
    END IF;
END
$$;
COMMENT ON FUNCTION cltv_revenue_basis(regclass, name, name, name, date, text, text, cltv_model, cltv_model, name, name, text, text, regclass, text[]) IS
'Internal: data that revenue_forecast takes from a table of orders.
The day up to which they count, the models of orders and of spend, those that are given or the best by bic,
the numbers of each customer, one in each place of five arrays, and the share of revenue that remains after
refunds; no orders give NULLs.';

CREATE FUNCTION cltv_periods_ahead(as_of date, horizon int, period text, OUT first_day date, OUT last_day date)
RETURNS SETOF record
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 12 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    step interval;
    begin_of date;
BEGIN
    PERFORM @extschema@.cltv_check_ahead(horizon, period, NULL::float8);
    PERFORM @extschema@.cltv_check_day(as_of, text 'as_of', text 'Give a day.');
    first_day := as_of + 1;
    IF period = 'horizon' THEN
        last_day := as_of + horizon;
        RETURN NEXT;
        RETURN;
    END IF;
    step := CASE period WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || period)::interval END;
    begin_of := date_trunc(period, first_day::timestamp)::date;
    LOOP
        begin_of := (begin_of + step)::date;
        last_day := begin_of - 1;
        EXIT WHEN last_day > as_of + horizon;
        RETURN NEXT;
        first_day := begin_of;
    END LOOP;
    IF first_day = as_of + 1 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('no %s ends within %s days after %s', period, horizon, as_of),
            NULL::text,
            text 'Give a longer horizon, or period => ''horizon'' for one row for all of it.');
    ELSIF first_day <= as_of + horizon THEN
        RAISE NOTICE USING
            MESSAGE = format('the last %s, from %s, is not complete within the horizon, and is left out', period, first_day),
            HINT = format('A horizon of %s days is up to its end.', last_day - as_of);
    END IF;
END
$$;
COMMENT ON FUNCTION cltv_periods_ahead(date, int, text) IS
'Internal: whole calendar periods within a horizon.
The first begins on the day after as_of, and a last one that is not whole is left out with a NOTICE; none that
ends is error 22023; NULL gives no rows.';

CREATE FUNCTION cltv_revenue_says(orders_model cltv_model, frequency float8[], tenure float8[], horizon int) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ahead text;
BEGIN
    IF frequency IS NOT NULL AND @extschema@.log_likelihood(orders_model) IS NULL
        AND (@extschema@.model_status(orders_model) = 'given') IS NOT TRUE THEN
        RAISE WARNING USING
            MESSAGE = 'no forecast: the orders do not support a model of repeat purchases',
            DETAIL = format('Its status is: %s.', coalesce(@extschema@.model_status(orders_model), 'not fitted')),
            HINT = 'Wait for orders of more days or customers, or give a model of your own, orders_model => ....';
        RETURN false;
    END IF;
    -- The customer of the longest tenure placed the first order.
    ahead := @extschema@.cltv_extrapolation((SELECT max(t.days) + 1 FROM unnest(tenure) AS t (days)), horizon::float8);
    IF ahead IS NOT NULL THEN
        RAISE NOTICE USING MESSAGE = ahead,
            HINT = 'Give a shorter horizon, or do not rely on the interval, which takes the model for granted.';
    END IF;
    RETURN frequency IS NOT NULL;
END
$$;
COMMENT ON FUNCTION cltv_revenue_says(cltv_model, float8[], float8[], int) IS
'Internal: whether a revenue forecast is possible with this model and these customers.
A WARNING where the model is none, and a NOTICE where the horizon is longer than the longest tenure.';

CREATE FUNCTION revenue_forecast(orders regclass, customer name DEFAULT 'customer_id', ordered_at name DEFAULT 'ordered_at',
                                 amount name DEFAULT 'amount', horizon int DEFAULT 365, period text DEFAULT 'month',
                                 as_of date DEFAULT NULL, level float8 DEFAULT 0.8, model text DEFAULT 'auto',
                                 calendar text DEFAULT NULL, orders_model cltv_model DEFAULT NULL, spend_model cltv_model DEFAULT NULL,
                                 order_id name DEFAULT NULL, refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract',
                                 amounts text DEFAULT 'revenue', customers regclass DEFAULT NULL,
                                 attributes text[] DEFAULT NULL,
                                 OUT first_day date, OUT last_day date, OUT existing_customers float8, OUT new_customers float8,
                                 OUT existing_purchases float8, OUT new_purchases float8,
                                 OUT existing_revenue float8, OUT new_revenue float8, OUT revenue float8, OUT lower float8,
                                 OUT upper float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 ROWS 12 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    basis record;
BEGIN
    IF horizon IS NULL OR period IS NULL OR level IS NULL OR model IS NULL THEN
        RETURN;
    END IF;
    -- What cannot be is said before anything is read.
    PERFORM @extschema@.cltv_check_ahead(horizon, period, level);
    SELECT b.* FROM @extschema@.cltv_revenue_basis(orders, customer, ordered_at, amount, as_of, model, calendar, orders_model, spend_model,
                                                   order_id, refund_of, refunds, amounts, customers, attributes) AS b
    INTO STRICT basis;
    IF NOT @extschema@.cltv_revenue_says(basis.fitted, basis.frequency, basis.tenure,
                                         CASE WHEN orders_model IS NULL THEN horizon END) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT p.first_days[r.place], p.last_days[r.place], r.existing_customers, r.new_customers, r.existing_purchases, r.new_purchases,
           r.existing_revenue, r.new_revenue, r.revenue, r.lower, r.upper
    FROM (SELECT array_agg(a.first_day ORDER BY a.first_day) AS first_days, array_agg(a.last_day ORDER BY a.first_day) AS last_days,
                 array_agg(a.last_day - basis.last_day ORDER BY a.first_day) AS ends
          FROM @extschema@.cltv_periods_ahead(basis.last_day, horizon, period) AS a) AS p
    CROSS JOIN LATERAL @extschema@.cltv_revenue_ahead(basis.fitted, basis.spend, basis.frequency, basis.recency, basis.tenure,
        basis.monetary_value, basis.first_value, basis.last_day, p.ends, NULL::float8[], float8 '0', basis.net, level, basis.given,
        amounts = 'signed') AS r
    ORDER BY r.place;
END
$$;
COMMENT ON FUNCTION revenue_forecast(regclass, name, name, name, int, text, date, float8, text, text, cltv_model, cltv_model, name, name, text, text, regclass, text[]) IS
'Forecasts the revenue of a shop by period, from existing and new customers.
Within horizon days (1 to 3653) after as_of (NULL: the newest plausible order day), one row per period: week,
month, quarter, year or horizon. Customers of today who will be customers still when it ends, customers who
will be won in it, the purchases and the revenue of both, the revenue of all, and between which it lies with
the probability level. Existing customers by the models of orders and of spend that cltv_materialize would
choose (model, calendar) or that are given (a model with a calendar knows its seasons); new ones by a count
model of first orders a week, with a trend and a yearly season from two years on, who then order as the model
of orders says. A NOTICE says where horizon is longer than the time since the first order. The interval has the
errors of the models, the scatter of purchases and of what they bring, and that of the customers to be won, and is not
below 0 unless amounts are signed. Refunds are taken off by their share so far. The first period begins after as_of, a
last one that is not whole is left out with a NOTICE. With customers, a table of them, and attributes, its columns,
models with attributes compete, and customers to be won have those of the last year. A fit that refuses gives no rows
and a WARNING; otherwise as in cltv_backtest; no orders or a NULL that has no
default give no rows. McCarthy & Fader 2018.';

CREATE FUNCTION customer_equity(orders regclass, customer name DEFAULT 'customer_id', ordered_at name DEFAULT 'ordered_at',
                                amount name DEFAULT 'amount', horizon int DEFAULT 1095, discount_rate float8 DEFAULT 0.10,
                                margin float8 DEFAULT 1, acquisition_cost float8 DEFAULT 0, as_of date DEFAULT NULL,
                                level float8 DEFAULT 0.8, model text DEFAULT 'auto', calendar text DEFAULT NULL,
                                orders_model cltv_model DEFAULT NULL, spend_model cltv_model DEFAULT NULL,
                                order_id name DEFAULT NULL, refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract',
                                amounts text DEFAULT 'revenue', customers regclass DEFAULT NULL,
                                attributes text[] DEFAULT NULL,
                                OUT existing_customers float8, OUT new_customers float8, OUT existing float8, OUT future float8,
                                OUT total float8, OUT lower float8, OUT upper float8, OUT cost float8, OUT undiscounted float8)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    basis record;
    ends int[];
    weights float8[];
BEGIN
    IF horizon IS NULL OR discount_rate IS NULL OR margin IS NULL OR acquisition_cost IS NULL OR level IS NULL OR model IS NULL THEN
        RETURN;
    ELSIF NOT discount_rate BETWEEN 0 AND 1 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('discount_rate must be between 0 and 1: %s', discount_rate),
            NULL::text,
            text 'It is a share per year: 0.1 is 10 percent.');
    ELSIF NOT (margin > 0 AND margin <= 1) THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('margin must be above 0 and at most 1: %s', margin),
            NULL::text,
            text 'It is a share of the revenue: 0.3 is 30 percent.');
    ELSIF NOT (acquisition_cost >= 0 AND acquisition_cost < 'infinity') THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('acquisition_cost must be 0 or more: %s', acquisition_cost),
            NULL::text,
            text 'It is what it costs to win a customer, in money.');
    END IF;
    PERFORM @extschema@.cltv_check_ahead(horizon, NULL::text, level);
    SELECT b.* FROM @extschema@.cltv_revenue_basis(orders, customer, ordered_at, amount, as_of, model, calendar, orders_model, spend_model,
                                                   order_id, refund_of, refunds, amounts, customers, attributes) AS b
    INTO STRICT basis;
    IF NOT @extschema@.cltv_revenue_says(basis.fitted, basis.frequency, basis.tenure,
                                         CASE WHEN orders_model IS NULL THEN horizon END) THEN
        RETURN;
    END IF;
    -- By parts of 30 days, each discounted from its middle.
    SELECT array_agg(least(30 * g.n, horizon) ORDER BY g.n),
           array_agg(power(1 + discount_rate, -(30 * (g.n - 1) + least(30 * g.n, horizon)) / 730.0::float8) ORDER BY g.n)
    INTO STRICT ends, weights FROM generate_series(1, (horizon + 29) / 30) AS g (n);
    SELECT r.existing_customers, r.new_customers, margin * r.existing_revenue, margin * r.new_revenue, margin * r.revenue,
           margin * r.lower, margin * r.upper, acquisition_cost * r.weighted_new_customers
    INTO existing_customers, new_customers, existing, future, total, lower, upper, cost
    FROM @extschema@.cltv_revenue_ahead(basis.fitted, basis.spend, basis.frequency, basis.recency, basis.tenure, basis.monetary_value,
        basis.first_value, basis.last_day, ends, weights, acquisition_cost / margin, basis.net, level, basis.given,
        amounts = 'signed') AS r;
    SELECT margin * r.revenue INTO undiscounted
    FROM @extschema@.cltv_revenue_ahead(basis.fitted, basis.spend, basis.frequency, basis.recency, basis.tenure, basis.monetary_value,
        basis.first_value, basis.last_day, ARRAY[horizon], ARRAY[float8 '1'], acquisition_cost / margin, basis.net, level, basis.given,
        amounts = 'signed') AS r;
END
$$;
COMMENT ON FUNCTION customer_equity(regclass, name, name, name, int, float8, float8, float8, date, float8, text, text, cltv_model, cltv_model, name, name, text, text, regclass, text[]) IS
'Returns the value of a shop''s existing and future customers (customer equity).
Within horizon days (1 to 3653) after as_of, in money at a margin (a share of the revenue, above 0),
discounted at discount_rate a year: existing, of those who have been won, whose acquisition is paid for and
counts no more; future, of those still to be won within the horizon, less acquisition_cost for each; total,
and between which it lies with the probability level; how many both are, the cost that was taken off
(discounted), and the total undiscounted; otherwise as revenue_forecast. Gupta, Lehmann & Stuart 2004;
McCarthy & Fader 2018.';

CREATE FUNCTION cltv_backtest_revenue(orders regclass, customer name DEFAULT 'customer_id', ordered_at name DEFAULT 'ordered_at',
                                      amount name DEFAULT 'amount', horizon int DEFAULT 90, windows int DEFAULT 1,
                                      period text DEFAULT 'horizon', as_of date DEFAULT NULL, level float8 DEFAULT 0.8,
                                      model text DEFAULT 'auto', calendar text DEFAULT NULL, order_id name DEFAULT NULL,
                                      refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract', amounts text DEFAULT 'revenue',
                                      customers regclass DEFAULT NULL, attributes text[] DEFAULT NULL,
                                      OUT cut date, OUT first_day date, OUT last_day date,
                                      OUT existing_purchases float8, OUT actual_existing_purchases bigint,
                                      OUT new_purchases float8, OUT actual_new_purchases bigint,
                                      OUT new_customers float8, OUT actual_new_customers bigint,
                                      OUT existing_revenue float8, OUT actual_existing_revenue float8,
                                      OUT new_revenue float8, OUT actual_new_revenue float8,
                                      OUT revenue float8, OUT lower float8, OUT upper float8, OUT actual_revenue float8,
                                      OUT off_by float8, OUT held boolean)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 ROWS 12 SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    known record;
BEGIN
    IF horizon IS NULL OR windows IS NULL OR period IS NULL OR level IS NULL OR model IS NULL THEN
        RETURN;
    ELSIF windows NOT BETWEEN 1 AND 100 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('windows must be a number from 1 to 100: %s', windows),
            NULL::text,
            text 'It is the number of newest windows that are held out, one after the other.');
    END IF;
    PERFORM @extschema@.cltv_check_ahead(horizon, period, level);
    SELECT k.* FROM @extschema@.cltv_orders_known(orders, customer, ordered_at, amount, order_id, refund_of, refunds, as_of, amounts) AS k
    INTO STRICT known;
    IF known.first_day IS NULL THEN
        RETURN;
    END IF;
    IF known.last_day - windows * horizon < known.first_day THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('%s windows of %s days before %s begin before the first order, %s', windows, horizon, known.last_day, known.first_day),
            NULL::text,
            text 'Use fewer windows or a shorter horizon.');
    END IF;
    FOR n IN REVERSE windows .. 1 LOOP
        cut := known.last_day - n * horizon;
        RETURN QUERY EXECUTE format($query$
            WITH forecast AS MATERIALIZED (
                SELECT * FROM %1$s.revenue_forecast($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL::%1$s.cltv_model, NULL::%1$s.cltv_model, $11, $12, $13, $14, $15, $16)
            ), day AS MATERIALIZED (
                SELECT o.customer, o.ordered_at::date AS day, bool_or(%3$s) AS bought, %1$s.exact_sum(o.amount) AS amount,
                       min(min(o.ordered_at::date) FILTER (WHERE %3$s)) OVER (PARTITION BY o.customer) AS first_day
                FROM (%2$s) AS o GROUP BY o.customer, o.ordered_at::date
            )
            SELECT $7, f.first_day, f.last_day, f.existing_purchases, a.old_purchases, f.new_purchases, a.new_purchases, f.new_customers,
                   a.newcomers, f.existing_revenue, a.old_revenue, f.new_revenue, a.new_revenue, f.revenue, f.lower, f.upper,
                   a.old_revenue + a.new_revenue, f.revenue / nullif(a.old_revenue + a.new_revenue, 0) - 1,
                   a.old_revenue + a.new_revenue BETWEEN f.lower AND f.upper
            FROM forecast AS f CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE d.bought AND d.first_day <= $7) AS old_purchases,
                       count(*) FILTER (WHERE d.bought AND d.first_day > $7) AS new_purchases,
                       count(*) FILTER (WHERE d.first_day = d.day AND d.bought) AS newcomers,
                       coalesce(%1$s.exact_sum(d.amount) FILTER (WHERE d.first_day <= $7), 0) AS old_revenue,
                       coalesce(%1$s.exact_sum(d.amount) FILTER (WHERE d.first_day > $7), 0) AS new_revenue
                FROM day AS d WHERE d.day BETWEEN f.first_day AND f.last_day) AS a
            ORDER BY f.first_day
            $query$, '@extschema@',
            @extschema@.cltv_orders_of_lines(known.lines, cut + horizon, order_id IS NOT NULL, refunds, cut, amounts),
            CASE amounts WHEN 'signed' THEN 'true' ELSE '(o.amount < 0) IS NOT TRUE' END)
        USING orders, customer, ordered_at, amount, horizon, period, cut, level, model, calendar, order_id, refund_of, refunds, amounts, customers, attributes;
    END LOOP;
END
$$;
COMMENT ON FUNCTION cltv_backtest_revenue(regclass, name, name, name, int, int, text, date, float8, text, text, name, name, text, text, regclass, text[]) IS
'Backtests revenue_forecast over the newest windows up to as_of.
Windows of horizon days each, one row per period: from the orders up to the cut the purchases and the revenue
of customers known then and of those who came later, beside what came (net of refunds), how far the revenue
was off as a share of what came, and whether it lies between lower and upper; windows that reach back before
the first order are error 22023; otherwise as revenue_forecast.';

-- What a business of subscriptions asks every day, as materialized views made in one call. All that is said of
-- cltv_materialize, in materialize.sql, holds here.

CREATE PROCEDURE cltv_materialize_contracts(
    name text, subscriptions regclass,
    customer name DEFAULT 'customer_id', started_on name DEFAULT 'started_on', ended_on name DEFAULT 'ended_on',
    mrr name DEFAULT 'mrr', period text DEFAULT 'month', ends text DEFAULT 'exclusive',
    horizon float8 DEFAULT 12, discount_rate float8 DEFAULT 0.10, margin float8 DEFAULT 1, model text DEFAULT 'auto',
    attributes text[] DEFAULT NULL, as_of date DEFAULT NULL, replace boolean DEFAULT false, longest_pause int DEFAULT 0,
    min_group int DEFAULT 1)
    LANGUAGE plpgsql SET extra_float_digits = 1
AS $procedure$
DECLARE
    home pg_catalog.text := pg_catalog.current_schema();
    given CONSTANT pg_catalog.jsonb := pg_catalog.jsonb_build_object(
        'kind', 'contracts', 'subscriptions', subscriptions::pg_catalog.oid, 'customer', customer, 'started_on', started_on,
        'ended_on', ended_on, 'mrr', mrr, 'period', pg_catalog.lower(period), 'ends', pg_catalog.lower(ends),
        'horizon', horizon, 'discount_rate', discount_rate, 'margin', margin, 'model', model, 'attributes', attributes,
        'as_of', as_of, 'replace', replace, 'longest_pause', longest_pause, 'min_group', min_group);
    code pg_catalog.text;
    message pg_catalog.text;
    detail pg_catalog.text;
    hint pg_catalog.text;
BEGIN
    CALL @extschema@.cltv_make_contracts(name, home, given);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT, home = SCHEMA_NAME;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT t.* INTO code, message, detail, hint FROM @extschema@.cltv_told(name, text 'cltv_materialize_contracts', home, code, message, detail, hint) AS t;
    PERFORM @extschema@.cltv_refuse(code, message, detail, hint);
END
$procedure$;
COMMENT ON PROCEDURE cltv_materialize_contracts(text, regclass, name, name, name, name, text, text, float8, float8, float8,
                                                text, text[], date, boolean, int, int) IS
    'Makes the views of subscriptions: contracts, models, customers and charts.
It makes the materialized views NAME_history (one row a contract: subscriptions of a customer that overlap or
follow each other, after a pause of at most longest_pause days, are one), NAME_model (one row), NAME (one row
a customer: status running, cancelled or ended, renewals, next_renewal, churn_prob at it, expected_periods
within horizon periods and cltv with their 95 % intervals, value_tier), NAME_curve (survival by period, as it
is and as the model has it) and NAME_mrr (see subscription_metrics), and the views NAME_cohorts and
NAME_renewals; all owned by the caller, who needs the right to read the subscriptions. customer, started_on,
ended_on and mrr are columns as in subscription_metrics, period is what contracts are renewed by, day, week,
month, quarter or year, ends exclusive or inclusive. cltv is margin x mrr of the periods renewed for at the
next horizon renewals, discounted by discount_rate a year. model is a family of models of contracts, or auto:
at each refresh the one with the least BIC; with attributes, columns of the subscriptions such as {plan},
models that know them are fitted, too. as_of NULL is the newest plausible day of a start or an end, at each
refresh. An existing relation of one of these names is an error; replace drops first what was made of NAME.
cltv_refresh, cltv_drop and cltv_health do for it what they do for cltv_materialize.';

CREATE PROCEDURE cltv_make_contracts(name text, default_schema text, given jsonb)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO'
    SET quote_all_identifiers = off
AS $procedure$
#variable_conflict use_variable
DECLARE
    began CONSTANT timestamptz := clock_timestamp();
    own_columns CONSTANT text[] := '{as_of,first_started,tenure,contract_number,contracts,status,started_on,ended_on,renewals,next_renewal,'
        'mrr,churn_prob,expected_periods,periods_lower,periods_upper,cltv,cltv_lower,cltv_upper,value_tier,attributes,periods,churned,'
        'least,most,told,leaves,renews,unit_value,left_to_come,gain,lower,upper,paid_lower,paid_upper,expected,value}';
    options jsonb;
    chosen record;
    home text;
    base text;
    made regclass;
    keep interval;
    kept jsonb;
    source record;
    query text;
    key text;
    history text;
    model_view text;
    day text;
    parameters text;
    families text[];
    fits text;
    of_contract text := '';     -- the attributes: of a contract, of a customer
    of_customer text := '';
    features_of text := '';
    bases text := '';
    known text;                 -- whether all numbers of a contract's attributes are known
    months float8;              -- of a period, as MRR counts them
    discount float8;            -- of one period
    step text;
BEGIN
    options := @extschema@.cltv_options(given);
    SELECT * INTO chosen FROM jsonb_to_record(options) AS o (
        subscriptions regclass, customer name, started_on name, ended_on name, mrr name, period text, ends text, horizon float8,
        discount_rate float8, margin float8, model text, attributes text[], as_of date, replace boolean, longest_pause int);
    PERFORM @extschema@.cltv_known_period(chosen.period);
    SELECT p.home, p.base INTO STRICT home, base
    FROM @extschema@.cltv_place(name, default_schema, '_renewals', ARRAY[chosen.subscriptions]) AS p;
    PERFORM @extschema@.cltv_check_attributes(chosen.subscriptions, chosen.customer, chosen.attributes, own_columns);
    SELECT s.columns, s.amount, s.rows_of INTO STRICT source
    FROM @extschema@.cltv_subscriptions_source(chosen.subscriptions, chosen.customer, chosen.started_on, chosen.ended_on,
                                               chosen.mrr, NULL::name, chosen.ends) AS s;
    PERFORM @extschema@.cltv_lasting_zone(current_setting('TimeZone'));
    query := source.columns || source.amount || source.rows_of;
    PERFORM @extschema@.cltv_warn_of_owner(ARRAY[chosen.subscriptions]);

    -- The families to be fitted: the one asked for, or all of them, and the columns of their parameters.
    SELECT array_agg(f.name ORDER BY f.place) INTO families
    FROM @extschema@.cltv_families() WITH ORDINALITY AS f (name, title, topic, unit, parameters, positive, shares, limits,
        has_prior, attributes, has_calendar, has_pool, is_compared, meaning, source, place)
    WHERE f.topic = 'contract' AND (chosen.model = f.name OR chosen.model = 'auto' AND f.is_compared);
    IF families IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('not a model of contracts: %s', chosen.model),
            HINT = (SELECT format('Models are: %s; auto is the best of them.', string_agg(f.name, ', ' ORDER BY f.name))
                    FROM @extschema@.cltv_families() AS f WHERE f.topic = 'contract');
    END IF;
    SELECT string_agg(p.term, E',\n       ' ORDER BY p.place) INTO parameters
    FROM (SELECT min(f.name || to_char(u.place, '00')) AS place,
                 format('(o.fitted::jsonb #>> ''{params,%1$s}'')::float8 AS %1$I', u.parameter) AS term
          FROM @extschema@.cltv_families() AS f, unnest(f.parameters) WITH ORDINALITY AS u (parameter, place)
          WHERE f.name = ANY (families) GROUP BY u.parameter) AS p;
    SELECT string_agg(format(@extschema@.cltv_sql('(%s, %L::text, NULL::text, @cltv@.%I(n.base))'), u.place, u.family, u.family || '_fit'),
                      E',\n                 ' ORDER BY u.place)
    INTO fits FROM unnest(families) WITH ORDINALITY AS u (family, place);

    key := quote_ident(chosen.customer);
    IF chosen.attributes IS NOT NULL THEN
        SELECT string_agg(format(', c.%I', u.attribute), '' ORDER BY u.place),
               string_agg(format(', v.%I', u.attribute), '' ORDER BY u.place),
               string_agg(format('h.%I IS NOT NULL', u.attribute), ' AND ' ORDER BY u.place)
                   FILTER (WHERE t.typcategory NOT IN ('S', 'E'))
        INTO of_contract, of_customer, known
        FROM unnest(chosen.attributes) WITH ORDINALITY AS u (attribute, place)
        JOIN pg_attribute AS a ON a.attrelid = chosen.subscriptions AND a.attname = u.attribute
        JOIN pg_type AS t ON t.oid = a.atttypid;
        features_of := @extschema@.cltv_features_of(chosen.attributes, name 'h');
        -- A number that is not known has no place in a model: then there are those without attributes.
        bases := format(@extschema@.cltv_sql($sql$,
             CASE WHEN %1$s THEN @cltv@.feature_base(h.periods::float8, h.churned, k.attributes) END AS by_churn$sql$),
            coalesce('bool_and(' || known || ')', 'true'));
        fits := concat_ws(E',\n                 ', fits, (
            SELECT string_agg(format(@extschema@.cltv_sql('(%s, %L::text, ''churn''::text, @cltv@.%I(n.by_churn, float8 ''1'', float8 ''0''))'),
                                     10 + u.place, f.name, f.name || '_fit'), E',\n                 ' ORDER BY u.place)
            FROM unnest(families) WITH ORDINALITY AS u (family, place)
            JOIN @extschema@.cltv_families() AS f ON f.name = u.family
            WHERE f.attributes <> '{}'));
    END IF;

    keep := @extschema@.cltv_retention(to_regclass(format('%I.%I', home, base)));
    CALL @extschema@.cltv_clear(home, base, '{"",_model,_history,_curve,_mrr,_cohorts,_renewals}'::text[], chosen.replace);

    -- One row a contract.
    history := format('%I.%I', home, base || '_history');
    model_view := format('%I.%I', home, base || '_model');
    day := CASE WHEN chosen.as_of IS NULL THEN @extschema@.cltv_subscriptions_day(query)
           ELSE format('SELECT DATE %L AS as_of', chosen.as_of) END;
    EXECUTE format($sql$
CREATE MATERIALIZED VIEW %1$s AS
SELECT c.customer AS %2$s, c.contract_number, c.started_on, c.ended_on, c.as_of, c.periods, c.churned, c.mrr%3$s
FROM (%4$s) AS c
WITH NO DATA$sql$, history, key, of_contract,
        @extschema@.cltv_contracts_query(source.columns, format('o.%I::numeric', chosen.mrr), source.rows_of, chosen.attributes,
                                         day, chosen.period, chosen.longest_pause, NULL::date));
    EXECUTE format('CREATE UNIQUE INDEX ON %s (%s, contract_number)', history, key);

    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$s AS
SELECT n.as_of, o.fitted AS contracts_model,
       %2$s,
       @cltv@.model_status(o.fitted) AS status, n.contracts, @cltv@.log_likelihood(o.fitted) AS log_likelihood,
       @cltv@.aic(o.fitted) AS aic, o.family, o.compared, o.attributes
FROM (SELECT max(h.as_of) AS as_of, @cltv@.contract_base(h.periods::float8, h.churned) AS base, count(*) AS contracts%3$s
      FROM %4$s AS h%5$s) AS n
LEFT JOIN LATERAL (
    WITH f AS MATERIALIZED (
        SELECT v.place, v.family, v.attributes, v.fitted
        FROM (VALUES %6$s) AS v (place, family, attributes, fitted)
    )
    SELECT f.family, f.attributes, f.fitted,
           (SELECT jsonb_object_agg(concat_ws(': ', g.family, g.attributes),
                                    jsonb_build_object('status', coalesce(@cltv@.model_status(g.fitted), 'not fitted'),
                                                       'bic', @cltv@.bic(g.fitted))) FROM f AS g) AS compared
    FROM f
    ORDER BY @cltv@.cltv_usable(f.fitted) DESC, round(@cltv@.bic(f.fitted)::numeric, 6), f.place
    LIMIT 1) AS o ON true
WITH NO DATA$sql$),
        model_view, parameters, bases, history, features_of, fits);
    EXECUTE format('CREATE UNIQUE INDEX ON %s (as_of)', model_view);

    SELECT r.months, r.discount INTO STRICT months, discount FROM @extschema@.cltv_period_rates(options) AS r;
    step := @extschema@.cltv_step(chosen.period);
    -- Customers with as many renewals behind, and the same attributes, have one future. ln 0 is that of who is sure to leave.
    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
WITH latest AS (
    SELECT DISTINCT ON (h.%3$s) h.*, min(h.started_on) OVER (PARTITION BY h.%3$s) AS first_started,
           count(*) OVER (PARTITION BY h.%3$s) AS contracts,
           CASE WHEN h.churned THEN text 'ended' WHEN h.ended_on IS NOT NULL THEN text 'cancelled' ELSE text 'running' END AS status,
           (h.started_on + (h.periods + 1) * interval %6$L)::date AS next_renewal
    FROM %4$s AS h
    ORDER BY h.%3$s, h.contract_number DESC
), known AS (
    SELECT h.*, (%7$s)::text AS attributes
    FROM latest AS h LEFT JOIN %5$s AS m ON true%8$s
), alike AS (
    SELECT DISTINCT n.periods, n.attributes FROM known AS n WHERE n.status = 'running'
), ahead AS (
    SELECT a.periods, a.attributes, g.renewal,
           @cltv@.cltv_exp(sum(CASE WHEN g.leaves = 1 THEN float8 '-infinity' ELSE ln(1 - g.leaves) END)
               OVER (PARTITION BY a.periods, a.attributes ORDER BY g.renewal)) AS stays
    FROM alike AS a
    CROSS JOIN LATERAL (SELECT g.renewal, %9$s AS leaves FROM %5$s AS m CROSS JOIN generate_series(1, %10$s) AS g (renewal)) AS g
), likely AS (
    SELECT a.periods, a.attributes, count(*) FILTER (WHERE a.stays >= 0.975) AS least, count(*) FILTER (WHERE a.stays >= 0.025) AS most,
           count(a.stays) > 0 AS told
    FROM ahead AS a GROUP BY a.periods, a.attributes
), foretold AS (
    SELECT a.*, l.least, l.most, l.told, %16$s AS leaves, %13$s AS renews, %15$s AS unit_value
    FROM alike AS a JOIN likely AS l ON l.periods = a.periods AND coalesce(l.attributes, '') = coalesce(a.attributes, '')
    CROSS JOIN %5$s AS m
), predicted AS (
    SELECT n.*, l.least, l.most, l.told, l.leaves, l.renews, l.unit_value,
           CASE n.status WHEN 'cancelled' THEN least(p.periods - 1 - n.periods, %10$s) WHEN 'ended' THEN 0 END AS left_to_come
    FROM known AS n
    LEFT JOIN foretold AS l ON n.status = 'running' AND l.periods = n.periods AND coalesce(l.attributes, '') = coalesce(n.attributes, '')
    LEFT JOIN LATERAL @cltv@.contract_periods(n.started_on, n.ended_on, n.ended_on, text %11$L, text 'exclusive', text 'started') AS p
        ON n.status = 'cancelled'
), worth AS (        -- of 1 paid at each of so many renewals, the next one at once
    SELECT g.renewals, coalesce(sum((1 + %14$s::float8) ^ (1 - g.renewals)) FILTER (WHERE g.renewals > 0) OVER (ORDER BY g.renewals), 0) AS paid
    FROM generate_series(0, %10$s) AS g (renewals)
), valued AS (
    SELECT p.*, p.mrr::float8 * %12$s AS gain, w.lower, w.upper, low.paid AS paid_lower, high.paid AS paid_upper,
           CASE WHEN p.status = 'running' THEN p.renews ELSE p.left_to_come END AS expected,
           p.mrr::float8 * %12$s * CASE WHEN p.status = 'running' THEN p.unit_value ELSE low.paid END AS value
    FROM predicted AS p
    CROSS JOIN LATERAL (SELECT CASE WHEN p.status = 'running' THEN CASE WHEN p.told THEN p.least END ELSE p.left_to_come END AS lower,
                               CASE WHEN p.status = 'running' THEN CASE WHEN p.told THEN p.most END ELSE p.left_to_come END AS upper) AS w
    LEFT JOIN worth AS low ON low.renewals = w.lower
    LEFT JOIN worth AS high ON high.renewals = w.upper
)
SELECT v.%3$s, v.status, v.first_started, v.started_on, v.ended_on, v.as_of - v.first_started AS tenure, v.contracts,
       v.periods AS renewals, CASE WHEN v.status <> 'ended' THEN v.next_renewal END AS next_renewal, v.mrr,
       CASE v.status WHEN 'running' THEN v.leaves WHEN 'cancelled' THEN (v.left_to_come = 0)::int::float8 END AS churn_prob,
       v.expected AS expected_periods, v.lower AS periods_lower, v.upper AS periods_upper, v.value AS cltv,
       v.gain * v.paid_lower AS cltv_lower, v.gain * v.paid_upper AS cltv_upper,
       CASE WHEN v.status <> 'ended' THEN @cltv@.value_tier(v.value, '{0.2,0.5}'::float8[], text 'customers')
           OVER (PARTITION BY v.status = 'ended') END AS value_tier%17$s
FROM valued AS v
WITH NO DATA$sql$),
        home, base, key, history, model_view, step,
        CASE WHEN chosen.attributes IS NULL THEN 'NULL::@extschema@.features'
        ELSE 'CASE WHEN m.attributes IS NOT NULL THEN k.attributes END' END,
        features_of,
        @extschema@.cltv_by_attributes(text 'churn_prob(m.contracts_model, (a.periods + g.renewal - 1)::float8?)',
                                       text 'a.attributes::@extschema@.features'),
        chosen.horizon::int, chosen.period, format('%s::float8', chosen.margin * months),
        @extschema@.cltv_by_attributes(text 'cltv_predict(m.contracts_model, a.periods::float8, float8 ''1'', ' || chosen.horizon
                                       || '::float8, float8 ''0''?)', text 'a.attributes::@extschema@.features'),
        discount,
        @extschema@.cltv_by_attributes(text 'cltv_predict(m.contracts_model, a.periods::float8, float8 ''1'', ' || chosen.horizon
                                       || '::float8, ' || discount || '::float8?)', text 'a.attributes::@extschema@.features'),
        @extschema@.cltv_by_attributes(text 'churn_prob(m.contracts_model, a.periods::float8?)',
                                       text 'a.attributes::@extschema@.features'),
        of_customer);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (%s)', home, base, key);

    -- What is made is written down before it is filled, so that refreshing finds it.
    made := format('%I.%I', home, base)::regclass;
    kept := options - 'replace' || jsonb_build_object(
        'time_zone', current_setting('TimeZone'), 'subscriptions', @extschema@.cltv_full_name(chosen.subscriptions));
    INSERT INTO @extschema@.cltv_made (customers, part, relation, options)
    SELECT made, p.part, to_regclass(format('%I.%I', home, base || p.suffix)), CASE p.part WHEN 'customers' THEN kept END
    FROM (VALUES ('customers', ''), ('history', '_history'), ('model', '_model')) AS p (part, suffix);
    PERFORM @extschema@.cltv_check_contracts(made);
    EXECUTE format('REFRESH MATERIALIZED VIEW %s', history);
    PERFORM @extschema@.cltv_keep_again(made, keep);
    PERFORM @extschema@.cltv_refresh_model(made, false);
    EXECUTE format('REFRESH MATERIALIZED VIEW %s', made);
    CALL @extschema@.cltv_contract_views(made);
    CALL @extschema@.cltv_describe(made);
    CALL @extschema@.cltv_first_run(made, began);
END
$procedure$;
COMMENT ON PROCEDURE cltv_make_contracts(text, text, jsonb) IS
    'Internal: cltv_materialize_contracts with its arguments in one object and a default schema.
cltv_materialize_contracts calls it.';

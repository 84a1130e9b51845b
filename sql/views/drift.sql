-- How far the customers and the models have moved from one refresh to the next.

-- Below 0.1 a population is called stable, above 0.25 shifted (Siddiqi 2006). A count of zero is taken as one half, so
-- that the logarithm exists.
CREATE FUNCTION population_stability_index(expected bigint[], actual bigint[]) RETURNS float8
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF cardinality(expected) <> cardinality(actual) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('expected and actual have %s and %s bins', cardinality(expected), cardinality(actual)),
            HINT = 'Count both in the same bins.';
    ELSIF EXISTS (SELECT FROM unnest(expected || actual) AS n WHERE n IS NULL OR n < 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a count must be a number of zero or more', HINT = 'Write 0 for an empty bin.';
    END IF;
    RETURN (SELECT sum((a - e) * ln(a / e))
            FROM (SELECT e / sum(e) OVER () AS e, a / sum(a) OVER () AS a
                  FROM (SELECT greatest(e, 0.5::float8) AS e, greatest(a, 0.5::float8) AS a
                        FROM unnest(expected, actual) AS u (e, a)) AS counts) AS shares);
END
$function$;
COMMENT ON FUNCTION population_stability_index(bigint[], bigint[]) IS
    'Returns the population stability index, how far a distribution has moved.
The sum over bins of (actual - expected share) x ln(actual / expected share), from the counts in each bin
(Siddiqi, Credit Risk Scorecards, 2006). Below 0.1 stable, above 0.25 shifted. A count of zero is taken as one
half; a negative or NULL one, or bins that differ in number, are an error (22023). No bins give NULL.';

-- A fit that predicts: its data gave it parameters, or a user did. The status alone does not tell: without a repeat purchase,
-- or where nobody has left, a prior may bound the rate.
CREATE FUNCTION cltv_usable(model cltv_model) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT coalesce(@extschema@.model_status(model) = 'given' OR @extschema@.log_likelihood(model) IS NOT NULL, false)
$function$;
COMMENT ON FUNCTION cltv_usable(cltv_model) IS
    'Internal: whether a model predicts.
Its fit converged, is at a limit, weak, or bounded by the prior alone, or its parameters were given. NULL, of
no model, is no.';

-- How the customers of NAME spread over ten bins of each measure, cut at its deciles or where they were cut before.
CREATE FUNCTION cltv_binned(customers regclass, earlier jsonb DEFAULT NULL) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $function$
#variable_conflict use_variable
DECLARE
    -- All measures in one pass; the terms hold nothing of the caller's.
    measures CONSTANT jsonb := (
        SELECT jsonb_object_agg(m.name, m.term)
        FROM (VALUES ('orders', 'cltv', 'v.cltv'), ('orders', 'days_since_order', 'v.tenure - v.recency'),
                     ('orders', 'orders', 'v.orders::float8'), ('orders', 'revenue', 'v.revenue'),
                     ('contracts', 'cltv', 'CASE WHEN v.status <> ''ended'' THEN v.cltv END'),
                     ('contracts', 'renewals', 'CASE WHEN v.status <> ''ended'' THEN v.renewals::float8 END'),
                     ('contracts', 'mrr', 'CASE WHEN v.status <> ''ended'' THEN v.mrr::float8 END')) AS m (kind, name, term)
        WHERE m.kind = @extschema@.cltv_made_as(customers) ->> 'kind');
    -- A sample of customers shows as well as all of them where to cut, and how they spread: of 20,000 by chance alone the index
    -- is about 0.001.
    enough CONSTANT int := 20000;
    customers_count bigint;
    sampled text;
    cuts jsonb;
    binned jsonb;
BEGIN
    -- A large view was counted when its index was built.
    SELECT c.reltuples INTO customers_count FROM pg_class AS c WHERE c.oid = customers;
    IF customers_count <= 2 * enough THEN
        EXECUTE format('SELECT count(*) FROM %s AS counted', customers) INTO customers_count;
    END IF;
    sampled := format('%s AS v', customers) || CASE WHEN customers_count > 2 * enough
               THEN format(' TABLESAMPLE BERNOULLI (%s) REPEATABLE (1)', 100.0 * enough / customers_count) ELSE '' END;
    IF earlier IS NULL THEN
        EXECUTE (SELECT format('SELECT jsonb_build_object(%s) FROM %s', string_agg(format(
                            '%L, percentile_disc(''{.1,.2,.3,.4,.5,.6,.7,.8,.9}''::float8[]) WITHIN GROUP (ORDER BY %s)', m.key, m.value), ', '), sampled)
                 FROM jsonb_each_text(measures) AS m) INTO cuts;
    ELSE
        cuts := (SELECT jsonb_object_agg(m.key, earlier #> ARRAY[m.key, 'cuts']) FROM jsonb_object_keys(measures) AS m (key));
    END IF;
    cuts := (SELECT jsonb_object_agg(c.key, c.value) FROM jsonb_each(cuts) AS c WHERE c.value NOT IN ('null', '[]'));
    IF cuts IS NULL THEN
        RETURN '{}';
    END IF;
    EXECUTE (
        SELECT format('SELECT jsonb_object_agg(counted.measure, jsonb_build_object(''cuts'', $1 -> counted.measure, ''counts'', counted.counts)) '
                      'FROM (SELECT m.measure, array_agg(coalesce(c.n, 0) ORDER BY bins.bin) AS counts '
                      'FROM unnest(%1$L::text[]) AS m (measure) CROSS JOIN generate_series(0, 9) AS bins (bin) '
                      'LEFT JOIN (SELECT CASE %2$s END AS measure, coalesce(%3$s) AS bin, sum(b.n)::bigint AS n '
                      'FROM (SELECT %7$s, count(*) AS n FROM (SELECT %4$s FROM %5$s) AS b GROUP BY %7$s) AS b GROUP BY GROUPING SETS (%6$s)) AS c '
                      'ON c.measure = m.measure AND c.bin = bins.bin GROUP BY m.measure) AS counted',
                      array_agg(u.key),
                      string_agg(format('WHEN grouping(b.b%s) = 0 THEN text %L', u.place, u.key), ' '),
                      string_agg('b.b' || u.place, ', '),
                      string_agg(format('width_bucket(%s, %L::float8[]) AS b%s', measures ->> u.key,
                                        ARRAY(SELECT k.cut::float8 FROM jsonb_array_elements_text(u.value) WITH ORDINALITY AS k (cut, place)
                                              ORDER BY k.place), u.place), ', '),
                      sampled, string_agg(format('(b.b%s)', u.place), ', '), string_agg('b.b' || u.place, ', '))
        FROM jsonb_each(cuts) WITH ORDINALITY AS u (key, value, place))
    INTO binned USING cuts;
    RETURN binned;
END
$function$;
COMMENT ON FUNCTION cltv_binned(regclass, jsonb) IS
    'Internal: counts of the customers of a NAME in ten bins of each measure.
Of cltv, days_since_order, orders and revenue, cut at the deciles, or where an earlier result of this function
was cut; of a sample of 20,000 customers where there are more than twice as many. cltv_refresh calls it.';

-- Who has come to renewals since then, and how many of them should have left at one.
CREATE FUNCTION cltv_observe_contracts(customers regclass, history text, model text, key text) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
    SET DateStyle = 'ISO'
AS $function$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    features_of CONSTANT text := @extschema@.cltv_features_of(@extschema@.cltv_attributes_of(options), name 'v');
    observed jsonb;
BEGIN
    EXECUTE format(@extschema@.cltv_sql($sql$
        SELECT to_jsonb(o) FROM (
            SELECT day.as_of, m.as_of AS fitted, concat_ws(': ', m.family, m.attributes) AS family,
                   @cltv@.cltv_usable(m.contracts_model) AS orders_predict,
                   CASE WHEN NOT @cltv@.cltv_usable(m.contracts_model) THEN 'refused: ' ELSE '' END
                       || coalesce(m.status, 'no customers') AS status,
                   day.customers, day.contracts AS orders, found.parameters, found.std_errors,
                   since.leavers[1] AS predicted, since.leavers[2] AS actual
            FROM (SELECT max(v.first_started + v.tenure) AS as_of, count(*) AS customers, coalesce(sum(v.contracts), 0) AS contracts
                  FROM %1$s AS v) AS day
            CROSS JOIN (SELECT max(h.as_of) AS as_of FROM %2$s AS h) AS newest
            CROSS JOIN %3$s AS m
            CROSS JOIN LATERAL (SELECT jsonb_object_agg(p.name, p.estimate) AS parameters,
                                       jsonb_object_agg(p.name, p.std_error) AS std_errors
                                FROM @cltv@.model_params(m.contracts_model, 0.95::float8) AS p) AS found
            CROSS JOIN LATERAL (
                SELECT CASE WHEN newest.as_of > day.as_of THEN (
                    SELECT ARRAY[sum(g.predicted), count(*) FILTER (WHERE g.churned)]
                    FROM (SELECT h.churned, 1 - @cltv@.cltv_exp(sum(CASE WHEN c.leaves = 1 THEN float8 '-infinity' ELSE ln(1 - c.leaves) END)) AS predicted
                          FROM %1$s AS v
                          JOIN %2$s AS h ON h.%4$s = v.%4$s AND h.started_on = v.started_on
                          -- Who has left would have come to as many renewals.
                          CROSS JOIN LATERAL @cltv@.contract_periods(v.started_on, NULL::date, newest.as_of, text %5$L, text 'exclusive', text 'started') AS p
%7$s
                          CROSS JOIN LATERAL (SELECT %6$s AS leaves FROM generate_series(v.renewals, p.periods - 1) AS r (renewal)) AS c
                          WHERE v.status = 'running' AND v.churn_prob IS NOT NULL
                          GROUP BY v.%4$s, h.contract_number, h.churned) AS g) END AS leavers) AS since) AS o$sql$),
        customers, history, model, key, options ->> 'period',
        @extschema@.cltv_by_attributes(
            text 'churn_prob(m.contracts_model, r.renewal::float8?)',
            CASE WHEN features_of IS NULL THEN 'NULL::@extschema@.features'
            ELSE 'CASE WHEN m.attributes IS NOT NULL THEN k.attributes END' END), features_of)
    INTO observed;
    RETURN observed;
END
$function$;
COMMENT ON FUNCTION cltv_observe_contracts(regclass, text, text, text) IS
    'Internal: what cltv_observe returns for a NAME of cltv_materialize_contracts.
Predicted and actual are who left of those who have come to renewals since.';

-- What a NAME says of itself: written down after a refresh, and what the next refresh is measured against.
CREATE FUNCTION cltv_observe(customers regclass, earlier jsonb DEFAULT NULL) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
    SET DateStyle = 'ISO'
AS $function$
#variable_conflict use_variable
DECLARE
    history text;
    model text;
    key_name CONSTANT name := (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = customers AND a.attnum = 1);
    key CONSTANT text := quote_ident(key_name);
    observed jsonb;
    same_customer text;
    expected text;
    known text;
BEGIN
    SELECT min(p.full_name) FILTER (WHERE p.part = 'history'), min(p.full_name) FILTER (WHERE p.part = 'model')
    INTO history, model
    FROM @extschema@.cltv_parts(@extschema@.cltv_target(customers, customers::text)) AS p;
    IF @extschema@.cltv_made_as(customers) ->> 'kind' = 'contracts' THEN
        RETURN @extschema@.cltv_observe_contracts(customers, history, model, key)
            || jsonb_build_object('binned', @extschema@.cltv_binned(customers, earlier -> 'binned'));
    END IF;
    expected := format(@extschema@.cltv_sql('@cltv@.expected_purchases(m.orders_model, v.frequency::float8, v.recency, v.tenure, '
                                            '%s(newest.as_of - day.as_of)::float8%s)'),
        CASE WHEN @extschema@.cltv_made_as(customers) ->> 'calendar' IS NOT NULL THEN 'm.as_of, ' END,
        CASE WHEN @extschema@.cltv_made_as(customers) ->> 'attributes' IS NOT NULL
        THEN ', purchases => CASE WHEN ''purchases'' = ANY (m.attributes) THEN v.attributes END, '
             'dropout => CASE WHEN ''dropout'' = ANY (m.attributes) THEN v.attributes END' END);
    BEGIN
        same_customer := @extschema@.cltv_same_customer(customers, history::regclass, key_name);
        known := format(@extschema@.cltv_sql($sql$
                          SELECT w.before, h.frequency AS now, w.predicted
                          FROM (SELECT v.%3$s AS customer, v.frequency AS before, %4$s AS predicted
                                FROM %1$s AS v WHERE v.frequency IS NOT NULL OFFSET 0) AS w
                          JOIN (SELECT k.%3$s AS customer, (@cltv@.rfm_summary(k.history, newest.as_of)).frequency AS frequency
                                FROM %2$s AS k OFFSET 0) AS h ON h.customer %5$s w.customer$sql$), customers, history, key, expected, same_customer);
    EXCEPTION WHEN datatype_mismatch THEN
        -- A type that has no operator for it, but is told apart in groups.
        known := format(@extschema@.cltv_sql($sql$
                          SELECT sum(u.predicted) AS predicted, sum(u.before) AS before, sum(u.now) AS now
                          FROM (SELECT v.%3$s AS customer, v.frequency AS before, NULL::bigint AS now, %4$s AS predicted
                                FROM %1$s AS v WHERE v.frequency IS NOT NULL
                                UNION ALL
                                SELECT h.%3$s, NULL, s.frequency, NULL
                                FROM %2$s AS h
                                CROSS JOIN LATERAL (SELECT (@cltv@.rfm_summary(h.history, newest.as_of)).frequency AS frequency OFFSET 0) AS s
                                WHERE s.frequency IS NOT NULL) AS u
                          GROUP BY u.customer$sql$), customers, history, key, expected);
    END;
    EXECUTE format(@extschema@.cltv_sql($sql$
        SELECT to_jsonb(o) FROM (
            SELECT day.as_of, m.as_of AS fitted, %4$s,
                   @cltv@.cltv_usable(m.orders_model) AS orders_predict,
                   @cltv@.cltv_usable(m.spend_model) AS spend_predict,
                   CASE WHEN NOT @cltv@.cltv_usable(m.orders_model) THEN 'refused: ' ELSE '' END
                       || coalesce(m.status, 'no customers')
                       || CASE WHEN NOT @cltv@.cltv_usable(m.spend_model)
                          THEN coalesce('; spend refused: ' || m.spend_status, '')
                          WHEN m.spend_status <> 'converged' THEN '; spend: ' || m.spend_status ELSE '' END%5$s AS status,
                   day.customers, day.orders,
                   found.parameters, found.std_errors,
                   since.purchases[1] AS predicted, since.purchases[2] AS actual
            FROM (SELECT max(v.first_order + v.tenure::int) AS as_of, count(*) AS customers, coalesce(sum(v.orders), 0) AS orders
                  FROM %1$s AS v) AS day
            CROSS JOIN (SELECT max(@cltv@.last_row(h.history)) AS as_of FROM %2$s AS h) AS newest
            CROSS JOIN %3$s AS m
            CROSS JOIN LATERAL (SELECT jsonb_object_agg(u.topic || p.name, p.estimate) AS parameters,
                                       jsonb_object_agg(u.topic || p.name, p.std_error) AS std_errors
                                FROM (VALUES ('', m.orders_model), ('spend.', m.spend_model)) AS u (topic, model)
                                CROSS JOIN LATERAL @cltv@.model_params(u.model, 0.95::float8) AS p) AS found
            -- Who is known to both.
            CROSS JOIN LATERAL (
                SELECT CASE WHEN newest.as_of > day.as_of THEN (
                    SELECT ARRAY[sum(g.predicted), sum(g.now - g.before)]
                    FROM (%6$s) AS g
                    WHERE g.before IS NOT NULL AND g.now IS NOT NULL) END AS purchases OFFSET 0) AS since) AS o$sql$),
        customers, history, model,
        -- Parameters of models with and without attributes, or a calendar, mean different things.
        format('concat_ws('': '', m.family%s)%s AS family, ',
               CASE WHEN @extschema@.cltv_made_as(customers) ->> 'calendar' IS NOT NULL THEN ', m.calendar' END,
               CASE WHEN @extschema@.cltv_made_as(customers) ->> 'attributes' IS NOT NULL
               THEN ' || array_remove(m.attributes, ''spend'')::text' END)
            || CASE WHEN @extschema@.cltv_made_as(customers) ->> 'attributes' IS NOT NULL
               THEN 'm.spend_family || (''spend'' = ANY (m.attributes))::text AS spend_family' ELSE 'm.spend_family' END,
        -- Half as much again is what nobody would call about right.
        CASE WHEN @extschema@.cltv_made_as(customers) ->> 'learner' IS NOT NULL
        THEN format(@extschema@.cltv_sql(
            ' || CASE WHEN NOT coalesce(@cltv@.cltv_usable(m.learner_model), false) THEN ''; learner: '' || coalesce(m.learner_status, ''no customers'') '
            'WHEN NOT m.learner_predicted BETWEEN m.learner_actual / 1.5 AND m.learner_actual * 1.5 '
            'THEN concat(''; learner: '', round(m.learner_predicted::numeric), '' where '', round(m.learner_actual::numeric), '' came in the last window'') '
            'ELSE '''' END')) END,
        known)
    INTO observed;
    RETURN observed || jsonb_build_object('binned', @extschema@.cltv_binned(customers, earlier -> 'binned'));
END
$function$;
COMMENT ON FUNCTION cltv_observe(regclass, jsonb) IS
    'Internal: what cltv_refresh records of a NAME of cltv_materialize.
The day, customers, orders, parameters and status of its models, the customers in bins, and, where the
histories know of a later day, the repeat purchases since then of its customers, predicted and actual. With an
earlier result, in its bins.';

CREATE FUNCTION cltv_drift(earlier jsonb, later jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $function$
BEGIN
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'parameters', (SELECT jsonb_object_agg(p.key, (p.value::float8 - (earlier #>> ARRAY['parameters', p.key])::float8)
                                                      / (later #>> ARRAY['std_errors', p.key])::float8)
                       FROM jsonb_each_text(nullif(later -> 'parameters', 'null')) AS p
                       WHERE (later #>> ARRAY['std_errors', p.key])::float8 > 0
                           -- A parameter at infinity is no number of errors away.
                           AND (earlier #>> ARRAY['parameters', p.key])::float8 < 'infinity'
                           -- Those of two families mean different things.
                           AND CASE WHEN p.key LIKE 'spend.%'
                               THEN earlier ->> 'spend_family' IS NOT DISTINCT FROM later ->> 'spend_family'
                               ELSE earlier ->> 'family' IS NOT DISTINCT FROM later ->> 'family' END),
        'psi', (SELECT jsonb_object_agg(measure, @extschema@.population_stability_index(
                           ARRAY(SELECT c::bigint FROM jsonb_array_elements_text(
                                     earlier #> ARRAY['binned', measure, 'counts']) AS c),
                           ARRAY(SELECT c::bigint FROM jsonb_array_elements_text(
                                     later #> ARRAY['binned', measure, 'counts']) AS c)))
                FROM jsonb_object_keys(later -> 'binned') AS measure),
        'predicted', earlier -> 'predicted',
        'actual', earlier -> 'actual'));
END
$function$;
COMMENT ON FUNCTION cltv_drift(jsonb, jsonb) IS
    'Internal: how a NAME has moved between two results of cltv_observe.
The second is in the bins of the first; the column drift of cltv_refresh_log.';

-- Of the days on which a customer came first or last: not all on which somebody came, so that it is rather too long than too short.
CREATE FUNCTION cltv_day_gap(customers regclass) RETURNS float8
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000000 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    gap float8;
BEGIN
    EXECUTE format('SELECT (max(d.day) - min(d.day))::float8 / nullif(count(*) - 1, 0) '
                   'FROM (SELECT k.day, max(max(k.last)) OVER () AS newest '
                   'FROM (SELECT v.%2$I AS day, NULL::date AS last FROM %1$s AS v GROUP BY v.%2$I '
                   'UNION ALL SELECT v.%3$I, v.%3$I FROM %1$s AS v GROUP BY v.%3$I) AS k GROUP BY k.day) AS d WHERE d.day > d.newest - 365',
                   customers,
                   CASE @extschema@.cltv_made_as(customers) ->> 'kind' WHEN 'contracts' THEN 'first_started' ELSE 'first_order' END,
                   CASE @extschema@.cltv_made_as(customers) ->> 'kind' WHEN 'contracts' THEN 'started_on' ELSE 'last_order' END) INTO gap;
    RETURN gap;
END
$function$;
COMMENT ON FUNCTION cltv_day_gap(regclass) IS
    'Internal: mean number of days between days with an order, or with the start of a subscription.
Of a NAME of cltv_materialize, over the last year of them; NULL where there is only one such day.';

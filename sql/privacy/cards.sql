-- What a model is, in one value, and why a customer of a NAME is worth what they are ------------------------------------------

CREATE FUNCTION model_card(model cltv_model) RETURNS jsonb
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'kind', m.fields -> 'kind',
        'status', m.fields -> 'status',
        'rows', m.fields -> 'customers',
        'columns', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', d.part -> 'name', 'acts_on', d.part -> 'role', 'values', d.part -> 'levels')) ORDER BY d.place)
                    FROM jsonb_array_elements(CASE WHEN jsonb_typeof(m.fields -> 'design') = 'array' THEN m.fields -> 'design' ELSE '[]' END)
                        WITH ORDINALITY AS d (part, place)),
        'calendar', m.fields -> 'calendar',
        'parameters', (SELECT jsonb_agg(to_jsonb(p) - 'place' ORDER BY p.place)
                       FROM (SELECT q.name, q.estimate, q.std_error, q.lower, q.upper, q.place
                             FROM @extschema@.model_params(model, float8 '0.95') WITH ORDINALITY AS q (name, estimate, std_error, lower, upper, z, p_value, place)) AS p),
        'metrics', jsonb_build_object('log_likelihood', @extschema@.log_likelihood(model), 'aic', @extschema@.aic(model), 'bic', @extschema@.bic(model)),
        'keeps', CASE WHEN m.fields ? 'trees' THEN 'sums over rows, and thresholds, which are values of rows' ELSE 'sums over rows' END
            || CASE WHEN m.fields ? 'design' THEN '; the names of the values of categories' ELSE '' END,
        'version', (SELECT e.extversion FROM pg_extension AS e WHERE e.extname = 'cltv')))
    FROM (SELECT model::jsonb AS fields) AS m
$$;
COMMENT ON FUNCTION model_card(cltv_model) IS
'Returns the card of a fitted model as a JSON object.
Kind, status, rows (customers, contracts or rows of the fit), columns (attributes, what they act on and their
values), calendar, parameters with standard errors and 95 % intervals, metrics (log_likelihood, aic, bic),
what it keeps of the rows, and the version of cltv; what it has not is left out; NULL gives NULL. After
Mitchell et al. 2019.';

CREATE FUNCTION model_card(model forecast_model) RETURNS jsonb
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'kind', m.fields -> 'family',
        'form', nullif(m.fields ->> 'form', ''),
        'status', m.fields -> 'status',
        'period', m.fields -> 'period',
        'rows', jsonb_array_length(m.fields -> 'values'),
        'empty', m.fields -> 'empty',
        'calendar', m.fields -> 'calendar',
        'parameters', (SELECT jsonb_agg(to_jsonb(p) - 'place' ORDER BY p.place)
                       FROM (SELECT q.name, q.estimate, q.std_error, q.lower, q.upper, q.place
                             FROM @extschema@.model_params(model, float8 '0.95') WITH ORDINALITY AS q (name, estimate, std_error, lower, upper, place)) AS p),
        'metrics', jsonb_build_object('log_likelihood', m.fields -> 'log_likelihood', 'aicc', m.fields -> 'aicc', 'variance', m.fields -> 'variance'),
        'keeps', 'the value of each period, which is a sum over rows',
        'version', (SELECT e.extversion FROM pg_extension AS e WHERE e.extname = 'cltv')))
    FROM (SELECT model::jsonb AS fields) AS m
$$;
COMMENT ON FUNCTION model_card(forecast_model) IS
'Returns the card of a model of a series as a JSON object.
Kind (its family), form, status, period, rows (periods of the series) and how many of them are empty, calendar,
parameters with standard errors and 95 % intervals, metrics (log_likelihood, aicc, and the variance one period
ahead), what it keeps of the rows, and the version of cltv; what it has not is left out; NULL gives NULL.';

CREATE FUNCTION cltv_model_card(customers regclass) RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 100000 SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    SET extra_float_digits = 1 SET DateStyle = 'ISO'
AS $$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(@extschema@.cltv_target(customers, customers::text));
    full_name CONSTANT text := @extschema@.cltv_full_name(customers);
    is_orders CONSTANT boolean := options ->> 'kind' = 'orders';
    least_group CONSTANT int := greatest(10, (options ->> 'min_group')::int);
    model text;
    card jsonb;
    groups jsonb;
    seen jsonb;
BEGIN
    SELECT p.full_name INTO STRICT model FROM @extschema@.cltv_parts(customers) AS p WHERE p.part = 'model';
    EXECUTE format('SELECT to_jsonb(m.*) FROM %s AS m', model) INTO card;
    EXECUTE format(CASE WHEN is_orders
        THEN 'SELECT jsonb_build_object(''first_day'', min(v.first_order), ''last_day'', max(v.last_order), ''orders'', sum(v.orders)), count(*) FROM %s AS v'
        ELSE 'SELECT jsonb_build_object(''first_day'', min(v.first_started)), count(*) FROM %s AS v' END, full_name) INTO seen;
    IF is_orders THEN
        EXECUTE format('SELECT jsonb_agg(to_jsonb(g) ORDER BY g.customers DESC, g.segment) FROM (SELECT v.segment, count(*) AS customers, avg(v.expected_orders) AS expected_orders, '
                       'avg(v.churn_prob) AS churn_prob, avg(v.cltv) AS cltv FROM %s AS v GROUP BY v.segment HAVING count(*) >= $1) AS g', full_name)
        INTO groups USING least_group;
    END IF;
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'name', full_name,
        'read_from', jsonb_build_object('orders', options -> 'orders', 'subscriptions', options -> 'subscriptions', 'customers', options -> 'customers',
                                        'attributes', options -> 'attributes'),
        'window', seen || jsonb_build_object('as_of', card -> 'as_of', 'extrapolation', @extschema@.cltv_extrapolation(
            ((card ->> 'as_of')::date - (seen ->> 'first_day')::date + 1)::float8,
            CASE WHEN is_orders THEN (options ->> 'horizon')::float8 END)),
        'rows', card -> 'customers', 'contracts', card -> 'contracts',
        'horizon', options -> 'horizon', 'discount_rate', options -> 'discount_rate', 'margin', options -> 'margin',
        'models', (SELECT jsonb_object_agg(replace(c.key, '_model', ''), @extschema@.model_card((c.value #>> '{}')::@extschema@.cltv_model))
                   FROM jsonb_each(card) AS c
                   WHERE c.key IN ('orders_model', 'spend_model', 'learner_model', 'contracts_model') AND jsonb_typeof(c.value) = 'string'),
        'compared', card -> 'compared', 'spend_compared', card -> 'spend_compared',
        'groups', groups,
        'refreshed', (SELECT to_jsonb(l) FROM (SELECT r.finished, r.status, r.drift, r.findings FROM @extschema@.cltv_refresh_log AS r
                      WHERE r.name = full_name AND r.finished IS NOT NULL AND r.error IS NULL ORDER BY r.started DESC LIMIT 1) AS l),
        'keep', @extschema@.cltv_retention(customers)::text,
        'version', (SELECT e.extversion FROM pg_extension AS e WHERE e.extname = 'cltv')));
END
$$;
COMMENT ON FUNCTION cltv_model_card(regclass) IS
'Returns the card of the models of a NAME of cltv_materialize as a JSON object.
What they were made of, the window of the data and whether predictions go beyond its length, rows, the card of each
model, the families that were compared, groups (segments of ten customers or min_group at least, with what is predicted of them in the mean), the last
refresh with drift and findings, how long customers are kept, and the version of cltv; another relation is
error 42P01; needs the right to read NAME and NAME_model; NULL gives NULL.';

CREATE FUNCTION cltv_explain_contract(customers regclass, customer text, OUT feature text, OUT value text, OUT contribution float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE COST 100000 ROWS 6 SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    features_of CONSTANT text := @extschema@.cltv_features_of(@extschema@.cltv_attributes_of(options), name 'x');
    model text;
    held record;
    usual record;
    rates record;
    average @extschema@.features;
    gain float8;        -- of 1 a month what a period brings
    total float8 := 0;
BEGIN
    SELECT p.full_name INTO STRICT model FROM @extschema@.cltv_parts(customers) AS p WHERE p.part = 'model';
    SELECT r.* INTO STRICT rates FROM @extschema@.cltv_period_rates(options) AS r;
    gain := (options ->> 'margin')::float8 * rates.months;
    EXECUTE format('SELECT x.status, x.renewals::float8 AS renewals, x.mrr::float8 AS mrr, x.ended_on, x.cltv, m.contracts_model, m.attributes IS NOT NULL AS by_attributes, '
                   '%1$s AS attributes FROM %2$s AS x CROSS JOIN %3$s AS m%4$s WHERE %5$s',
                   CASE WHEN features_of IS NULL THEN 'NULL::@extschema@.features' ELSE 'k.attributes' END, customers, model, features_of,
                   @extschema@.cltv_customer_condition(customers, (options ->> 'customer')::name, customer))
    INTO held USING customer;
    IF held.status IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT avg(x.mrr)::float8 AS mrr FROM %s AS x WHERE x.status = ''running''', customers) INTO usual;
    IF held.by_attributes THEN
        EXECUTE format('SELECT k.attributes::text FROM %s AS x%s WHERE x.status = ''running'' AND k.attributes IS NOT NULL '
                       'GROUP BY k.attributes::text ORDER BY count(*) DESC, k.attributes::text COLLATE "C" LIMIT 1', customers, features_of) INTO average;
    END IF;
    FOR feature, value, contribution IN
        SELECT e.* FROM @extschema@.explain(held.contracts_model, held.renewals, (options ->> 'horizon')::float8, coalesce(held.mrr, 0) * gain,
            coalesce(usual.mrr, held.mrr, 0) * gain, rates.discount, CASE WHEN held.by_attributes THEN held.attributes END,
            CASE WHEN held.by_attributes THEN coalesce(average, held.attributes) END) AS e
    LOOP
        total := total + contribution;
        RETURN NEXT;
    END LOOP;
    -- Who has cancelled, or has left, is known to pay no more than that.
    IF held.status <> 'running' THEN
        feature := 'status';
        value := format('%s, until %s', held.status, to_char(held.ended_on, 'YYYY-MM-DD'));
        contribution := held.cltv - total;
        total := held.cltv;
        RETURN NEXT;
    END IF;
    feature := '(prediction)';
    value := NULL;
    contribution := total;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION cltv_explain_contract(regclass, text) IS
'Internal: cltv_explain for a NAME of cltv_materialize_contracts.
cltv_explain calls it.';

CREATE FUNCTION cltv_explain(customers regclass, customer text, OUT feature text, OUT value text, OUT contribution float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE COST 100000 ROWS 8 SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(@extschema@.cltv_target(customers, customers::text));
    key CONSTANT name := options ->> 'customer';
    history text;
    model text;
    held record;
    margin float8;
    average @extschema@.features;
    total float8 := 0;
BEGIN
    IF options ->> 'kind' <> 'orders' THEN
        RETURN QUERY SELECT e.* FROM @extschema@.cltv_explain_contract(customers, customer) AS e;
        RETURN;
    END IF;
    SELECT min(p.full_name) FILTER (WHERE p.part = 'history'), min(p.full_name) FILTER (WHERE p.part = 'model') INTO history, model
    FROM @extschema@.cltv_parts(customers) AS p;
    EXECUTE format('SELECT x.history, m.orders_model, m.spend_model, m.as_of, (SELECT to_jsonb(v.*) FROM %3$s AS v WHERE %5$s) AS fields '
                   'FROM %1$s AS x CROSS JOIN %2$s AS m WHERE %4$s', history, model, customers,
                   @extschema@.cltv_customer_condition(history::regclass, key, customer),
                   replace(@extschema@.cltv_customer_condition(customers, key, customer), 'x.', 'v.'))
    INTO held USING customer;
    IF held.history IS NULL THEN
        RETURN;
    END IF;
    margin := CASE WHEN options ->> 'margin' ~ '^[-+0-9.eE[:space:]]+$' THEN (options ->> 'margin')::float8 ELSE (held.fields ->> (options ->> 'margin'))::float8 END;
    IF options ->> 'attributes' IS NOT NULL THEN
        EXECUTE format('SELECT v.attributes::text FROM %s AS v WHERE v.attributes IS NOT NULL GROUP BY v.attributes::text ORDER BY count(*) DESC, v.attributes::text COLLATE "C" LIMIT 1', customers)
        INTO average;
    END IF;
    FOR feature, value, contribution IN
        SELECT e.* FROM @extschema@.explain(held.orders_model, held.spend_model, held.history, held.as_of, (options ->> 'horizon')::float8,
            (options ->> 'discount_rate')::float8, margin, (held.fields ->> 'attributes')::@extschema@.features, average) AS e
    LOOP
        total := total + contribution;
        RETURN NEXT;
    END LOOP;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    feature := '(prediction)';
    value := NULL;
    contribution := total;
    RETURN NEXT;
    feature := '(if they had ordered on that day)';
    value := held.as_of::text;
    contribution := @extschema@.cltv_if_ordered(held.orders_model, held.spend_model, held.history, held.as_of, (options ->> 'horizon')::float8,
        (options ->> 'discount_rate')::float8, margin, (held.fields ->> 'attributes')::@extschema@.features);
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION cltv_explain(regclass, text) IS
'Explains why a customer of a NAME of cltv_materialize has their cltv.
What explain says of them with the models in use and the most common attributes as the average, then the
prediction itself, and what it would be had they ordered on the day of the last refresh. Of contracts it is
what tenure, amount and attributes did, and for who has cancelled or left, status. Nobody of that key gives no
rows; another relation is error 42P01, a key of another type 22023; needs the right to read NAME, NAME_model and, of orders, NAME_history;
NULL gives no rows.';

-- How far the customers and the models have moved from one refresh to the next.

-- How the customers of NAME spread over ten bins of each measure, cut at its deciles or where they were cut before.
CREATE FUNCTION cltv_binned(customers regclass, earlier jsonb DEFAULT NULL) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    measure record;
    cuts float8[];
    counts bigint[];
    binned jsonb := '{}';
BEGIN
    FOR measure IN
        SELECT * FROM (VALUES ('cltv', 'cltv'), ('days_since_order', 'tenure - recency'), ('orders', 'orders::float8'),
                              ('revenue', 'revenue')) AS m (name, term)
    LOOP
        IF earlier IS NULL THEN
            EXECUTE format('SELECT percentile_disc(''{.1,.2,.3,.4,.5,.6,.7,.8,.9}''::float8[]) WITHIN GROUP (ORDER BY %s) '
                           'FROM %s', measure.term, customers) INTO cuts;
        ELSE
            cuts := ARRAY(SELECT c::float8 FROM jsonb_array_elements_text(earlier #> ARRAY[measure.name, 'cuts']) AS c);
        END IF;
        CONTINUE WHEN cuts IS NULL OR cuts = '{}';
        EXECUTE format('SELECT array_agg(coalesce(n, 0) ORDER BY bin) FROM generate_series(0, 9) AS bin LEFT JOIN '
                       '(SELECT width_bucket(%1$s, $1) AS bin, count(*) AS n FROM %2$s WHERE %1$s IS NOT NULL GROUP BY 1) AS c '
                       'USING (bin)', measure.term, customers) INTO counts USING cuts;
        binned := binned || jsonb_build_object(measure.name, jsonb_build_object('cuts', cuts, 'counts', counts));
    END LOOP;
    RETURN binned;
END
$function$;
COMMENT ON FUNCTION cltv_binned(regclass, jsonb) IS
    'Counts the customers of a NAME of cltv_materialize in ten bins of cltv, days_since_order, orders and revenue, cut at the deciles, or where an earlier result of this function was cut. cltv_refresh calls it.';

-- How NAME is before it is refreshed, its histories being new already: what the drift is measured against.
CREATE FUNCTION cltv_observe(customers regclass) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    ext text;
    home text;
    base text;
    observed jsonb;
    binned jsonb;
BEGIN
    SELECT quote_ident(n.nspname) INTO STRICT ext
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'cltv';
    SELECT n.nspname, c.relname INTO home, base
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = customers;
    EXECUTE format($sql$
        SELECT to_jsonb(o) FROM (
            SELECT day.as_of, m.as_of AS fitted, m.status,
                   (SELECT count(*) FROM %1$s) AS customers, (SELECT sum(orders) FROM %1$s) AS orders,
                   (SELECT jsonb_object_agg(name, to_jsonb(found) - 'name')
                    FROM %2$s.model_params(m.orders_model) AS found) AS parameters,
                   CASE WHEN newest.as_of > day.as_of THEN
                       (SELECT sum(%2$s.expected_purchases(m.orders_model, frequency, recency, tenure,
                                                           newest.as_of - day.as_of)) FROM %1$s) END AS predicted,
                   (SELECT sum(frequency) FROM %1$s) AS purchases
            FROM (SELECT max(first_order + tenure::int) AS as_of FROM %1$s) AS day
            CROSS JOIN (SELECT max(%2$s.last_row(history)) AS as_of FROM %3$s) AS newest
            CROSS JOIN %4$s AS m) AS o$sql$,
        customers, ext, format('%I.%I', home, base || '_history'), format('%I.%I', home, base || '_model')) INTO observed;
    EXECUTE format('SELECT %s.cltv_binned($1)', ext) INTO binned USING customers;
    RETURN observed || jsonb_build_object('binned', binned);
END
$function$;
COMMENT ON FUNCTION cltv_observe(regclass) IS
    'What cltv_refresh keeps of a NAME before it refreshes it: the day, the model''s parameters, the customers in bins, and the repeat purchases that the model predicts up to the newest day of the histories.';

CREATE FUNCTION cltv_drift(customers regclass, before jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    ext text;
    now jsonb;
    binned jsonb;
    psi jsonb;
    moved jsonb;
    purchases bigint;
BEGIN
    SELECT quote_ident(n.nspname) INTO STRICT ext
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'cltv';
    EXECUTE format('SELECT %1$s.cltv_observe($1), %1$s.cltv_binned($1, $2)', ext) INTO now, binned
    USING customers, before -> 'binned';
    EXECUTE format($sql$
        SELECT jsonb_object_agg(name, %s.population_stability_index(
                   ARRAY(SELECT c::bigint FROM jsonb_array_elements_text($1 #> ARRAY[name, 'counts']) AS c),
                   ARRAY(SELECT c::bigint FROM jsonb_array_elements_text($2 #> ARRAY[name, 'counts']) AS c)))
        FROM jsonb_object_keys($2) AS name$sql$, ext) INTO psi USING before -> 'binned', binned;
    SELECT jsonb_object_agg(key, ((value ->> 'estimate')::float8 - (before #>> ARRAY['parameters', key, 'estimate'])::float8)
                                 / (value ->> 'std_error')::float8)
    INTO moved FROM jsonb_each(nullif(now -> 'parameters', 'null')) WHERE (value ->> 'std_error')::float8 > 0;
    -- Of the customers who were known: a first purchase since then is none that the model predicts.
    EXECUTE format('SELECT sum(frequency) FROM %s WHERE first_order <= $1', customers) INTO purchases
    USING (before ->> 'as_of')::date;
    RETURN jsonb_build_object(
        'as_of', now -> 'as_of', 'customers', now -> 'customers', 'orders', now -> 'orders',
        'parameters', (SELECT jsonb_object_agg(key, value -> 'estimate') FROM jsonb_each(nullif(now -> 'parameters', 'null'))),
        'drift', jsonb_strip_nulls(jsonb_build_object(
            'parameters', moved, 'psi', psi, 'predicted', before -> 'predicted',
            'actual', CASE WHEN before ->> 'predicted' IS NOT NULL
                      THEN purchases - (before ->> 'purchases')::bigint END)));
END
$function$;
COMMENT ON FUNCTION cltv_drift(regclass, jsonb) IS
    'What cltv_refresh writes to cltv_refresh_log of a NAME that it has refreshed, against what cltv_observe saw before.';

-- How long what names customers is kept.

CREATE FUNCTION cltv_retention(customers regclass) RETURNS interval
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT (m.options ->> 'keep')::interval FROM @extschema@.cltv_made AS m
    WHERE m.customers = $1 AND m.part = 'retention' AND m.relation = $1 ORDER BY m.made DESC LIMIT 1
$function$;
COMMENT ON FUNCTION cltv_retention(regclass) IS
    'Returns how long cltv_retain keeps the customers of a NAME or an audience.
NULL: without limit.';

-- The time is that of the clock: what is to be gone after a year is gone after a year, also where no orders come any more.
CREATE FUNCTION cltv_expire(customers regclass) RETURNS bigint
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $function$
#variable_conflict use_variable
DECLARE
    keep CONSTANT interval := @extschema@.cltv_retention(customers);
    is_audience CONSTANT boolean := @extschema@.cltv_audience_options(customers) IS NOT NULL;
    expired bigint := 0;
    n bigint;
    part record;
    full_name text;
BEGIN
    IF keep IS NOT NULL AND NOT is_audience THEN
        full_name := @extschema@.cltv_owned(customers);
        FOR part IN SELECT p.full_name FROM @extschema@.cltv_parts(customers) AS p WHERE p.part = 'history' AND p.kind = 'r' LOOP
            EXECUTE format('DELETE FROM %s AS h WHERE %s.last_row(h.history) < $1', part.full_name, '@extschema@')
            USING (clock_timestamp() - keep)::date;
            GET DIAGNOSTICS n = ROW_COUNT;
            expired := expired + n;
        END LOOP;
        INSERT INTO @extschema@.cltv_log_removal (name, before) VALUES (full_name, clock_timestamp() - keep);
    END IF;
    -- An audience has a time of its own, or that of what it is over.
    FOR part IN
        SELECT m.outbox, m.audience, m.versions, coalesce(@extschema@.cltv_retention(a.audience), keep) AS keep
        FROM (SELECT customers AS audience WHERE is_audience
              UNION ALL SELECT o.audience FROM @extschema@.cltv_audiences_over(customers) AS o (audience) WHERE NOT is_audience) AS a
        CROSS JOIN LATERAL (
            SELECT max(p.full_name) FILTER (WHERE p.part = 'audience_outbox') AS outbox, @extschema@.cltv_owned(a.audience) AS audience,
                   max(p.full_name) FILTER (WHERE p.part = 'audience_versions') AS versions
            FROM @extschema@.cltv_parts(a.audience) AS p) AS m
        WHERE coalesce(@extschema@.cltv_retention(a.audience), keep) IS NOT NULL AND m.outbox IS NOT NULL AND m.versions IS NOT NULL
    LOOP
        -- Who is on the list stays, and with them what they were sent: it is to be taken back when they leave.
        EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', part.audience);
        EXECUTE format('DELETE FROM %s AS a WHERE a.left_at < $1', part.audience) USING clock_timestamp() - part.keep;
        GET DIAGNOSTICS n = ROW_COUNT;
        expired := expired + n;
        EXECUTE format('DELETE FROM %1$s AS o WHERE o.at < $1 AND NOT EXISTS (SELECT FROM %2$s AS a WHERE a.%3$I = o.%3$I '
                       'AND (a.left_at IS NULL AND a.entered_version = o.version OR a.left_version = o.version '
                       'OR a.entered_version = o.version))',
                       part.outbox, part.audience, @extschema@.cltv_audience_key(part.audience::regclass))
        USING clock_timestamp() - part.keep;
        GET DIAGNOSTICS n = ROW_COUNT;
        expired := expired + n;
        EXECUTE format('DELETE FROM %1$s AS v WHERE v.at < $1 AND v.version < (SELECT max(w.version) FROM %1$s AS w)', part.versions)
        USING clock_timestamp() - part.keep;
    END LOOP;
    RETURN expired;
END
$function$;
COMMENT ON FUNCTION cltv_expire(regclass) IS
    'Internal: removes what cltv_retain no longer keeps.
Of a NAME of cltv_materialize or of an audience; returns the number of rows of customers removed. cltv_refresh
and cltv_audience_refresh call it. Only the owner may (42501).';

CREATE FUNCTION cltv_keep_again(customers regclass, keep interval) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET IntervalStyle = postgres
AS $function$
BEGIN
    INSERT INTO @extschema@.cltv_made (customers, part, relation, options)
    VALUES (customers, 'retention', customers, jsonb_build_object('keep', keep::text));
    PERFORM @extschema@.cltv_expire(customers);
END
$function$;
COMMENT ON FUNCTION cltv_keep_again(regclass, interval) IS
    'Internal: applies the setting of cltv_retain to a NAME that is made again.
NULL does nothing. cltv_materialize and cltv_materialize_contracts call it.';

CREATE PROCEDURE cltv_set_retention(target regclass, name text, keep interval)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET IntervalStyle = postgres
AS $procedure$
#variable_conflict use_variable
DECLARE
    full_name text;
    part record;
    older bigint;
BEGIN
    IF @extschema@.cltv_audience_options(target) IS NULL THEN
        target := @extschema@.cltv_target(target, name);
    END IF;
    full_name := @extschema@.cltv_owned(target);
    IF keep < interval '1 day' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('keep must be a day or longer: %s', keep),
            HINT = '''3 years'' keeps what is newer; NULL keeps everything.';
    END IF;
    -- Beyond all calendars is an error here and now, and not at each refresh. Days are compared with days of years from 1 on.
    IF extract(year FROM keep) >= 1000 OR extract(day FROM keep) >= 366000 OR extract(hour FROM keep) >= 24 * 366000 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('keep must be less than 1000 years: %s', keep),
            HINT = '''3 years'' keeps what is newer; NULL keeps everything.';
    END IF;
    INSERT INTO @extschema@.cltv_made (customers, part, relation, options)
    VALUES (target, 'retention', target, jsonb_build_object('keep', keep::text));
    older := @extschema@.cltv_expire(target);
    RAISE NOTICE '%: % rows removed', full_name, older;
    FOR part IN
        SELECT p.full_name FROM @extschema@.cltv_parts(target) AS p JOIN pg_class AS c ON c.oid = p.relation
        WHERE p.part = 'history' AND p.kind = 'm' AND c.relispopulated AND keep IS NOT NULL
            AND @extschema@.cltv_made_as(target) ->> 'kind' = 'orders'
    LOOP
        EXECUTE format('SELECT count(*) FROM %s AS h WHERE %s.last_row(h.history) < $1', part.full_name, '@extschema@')
        INTO older USING (clock_timestamp() - keep)::date;
        IF older > 0 THEN
            RAISE NOTICE USING
                MESSAGE = format('%s customers of %s have not ordered for that long', older, part.full_name),
                DETAIL = 'It is rebuilt from the orders at each refresh and shows every customer in them.',
                HINT = 'Delete their orders, or use cltv_materialize with incremental => true, which keeps histories in a table.';
        END IF;
    END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE cltv_set_retention(regclass, text, interval) IS
    'Internal: cltv_retain for a resolved relation.
cltv_retain calls it.';

CREATE PROCEDURE cltv_retain(name text, keep interval)
    LANGUAGE plpgsql
AS $procedure$
DECLARE
    target CONSTANT pg_catalog.regclass := pg_catalog.to_regclass(name);
BEGIN
    CALL @extschema@.cltv_set_retention(target, name, keep);
END
$procedure$;
COMMENT ON PROCEDURE cltv_retain(text, interval) IS
    'Sets how long customers are kept.
Now and at each refresh removes the histories of those whose last order is older, by the clock, where NAME was
made with incremental => true (else they are made of your orders, and it says how many), the calls in
cltv_refresh_log that are older and, of the audiences over NAME or of an audience, who has left before that
time, what they were sent, and the versions. Whole histories are kept or removed, never parts of them. NULL
keeps all again. Less than a day and 1000 years or more are error 22023; only the owner may (42501); another name is error 42P01.';

-- Where cltv_materialize makes what it makes, of orders and of contracts.

-- The name is checked before anything is made.
CREATE FUNCTION cltv_place(name text, default_schema text, longest_suffix text, sources regclass[], OUT home text, OUT base text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    words CONSTANT text[] := parse_ident(name);
    obstacle text;
BEGIN
    IF name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'name of cltv_materialize must not be NULL',
            HINT = 'It is the name of the views to be made: ''shop'', ''sales.shop''.';
    ELSIF array_length(words, 1) > 2 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_name', MESSAGE = format('invalid name of a view: %s', name),
            HINT = 'Give a name, or schema.name; quote what is not plain lower case: ''shop."My Customers"''.';
    END IF;
    base := words[array_length(words, 1)];
    home := CASE array_length(words, 1) WHEN 2 THEN words[1] ELSE default_schema END;
    IF home IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name', MESSAGE = 'no schema has been selected to create in',
            HINT = 'Set search_path, or name the schema: schema.name.';
    END IF;
    IF octet_length(base) > 63 - octet_length(longest_suffix) THEN
        RAISE EXCEPTION USING ERRCODE = 'name_too_long',
            MESSAGE = format('name is too long: %s, %s bytes', base, octet_length(base)),
            HINT = format('The views are named after it, with suffixes such as %s: %s bytes are left for it.', longest_suffix,
                          63 - octet_length(longest_suffix));
    END IF;
    -- The views outlive the session.
    SELECT format('%s is temporary', c.oid::regclass) INTO obstacle
    FROM pg_class AS c WHERE c.oid = ANY (sources) AND c.relpersistence = 't' LIMIT 1;
    IF left(home, length('pg_temp')) = 'pg_temp' THEN
        obstacle := format('schema %s is temporary', home);
    END IF;
    IF obstacle IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type', MESSAGE = obstacle,
            HINT = 'Materialized views outlast a session: use a permanent table and schema.';
    END IF;
    PERFORM @extschema@.cltv_trusted_schema(home);
END
$function$;
COMMENT ON FUNCTION cltv_place(text, text, text, regclass[]) IS
    'Internal: schema and base name for a NAME to be made.
An invalid name, and a schema or a source that is temporary, are errors (22004, 42602, 42622, 3F000, 42809).';

-- What an abbreviation of a time zone means is a setting of the session that refreshes.
CREATE FUNCTION cltv_lasting_zone(zone text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF EXISTS (SELECT FROM pg_timezone_abbrevs AS z WHERE z.abbrev = upper(zone) AND z.utc_offset <> interval '0') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('TimeZone %s is an abbreviation', zone),
            HINT = 'SET TimeZone to a place such as Europe/Vienna: the days of the orders will be those there.';
    END IF;
END
$function$;
COMMENT ON FUNCTION cltv_lasting_zone(text) IS
    'Internal: raises an error (22023) for a time zone that differs between sessions.
NULL is none.';

CREATE PROCEDURE cltv_clear(home text, base text, suffixes text[], replace boolean)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $procedure$
#variable_conflict use_variable
DECLARE
    obstacle text;
BEGIN
    IF replace THEN
        CALL @extschema@.cltv_drop(format('%I.%I', home, base), true);
    END IF;
    SELECT format('%I.%I', home, base || suffix) INTO obstacle
    FROM unnest(suffixes) AS suffix WHERE to_regclass(format('%I.%I', home, base || suffix)) IS NOT NULL LIMIT 1;
    IF obstacle IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_table', MESSAGE = format('relation %s already exists', obstacle),
            HINT = 'Choose another name, or use replace => true, which drops what cltv_materialize has made of that name.';
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE cltv_clear(text, text, text[], boolean) IS
    'Internal: makes room for a NAME.
Drops what cltv_materialize made of it if asked to; a relation that remains is error 42P07.';

-- How an error is told to whoever called: in one message, without the SQL in which it came up. Two sessions that make one name
-- at once meet in the catalog, the second after waiting for the first.
CREATE FUNCTION cltv_told(name text, called text, schema text, INOUT code text, INOUT message text, INOUT detail text, INOUT hint text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT CASE WHEN c.meets THEN '42P07' ELSE $4 END,
           CASE WHEN c.meets THEN format('%s was made by another session at the same time', $1) ELSE $5 END,
           CASE WHEN c.meets THEN '' ELSE $6 END,
           CASE WHEN c.meets THEN format('See what it made, and call %s again if you need something else.', $2)
                WHEN $7 <> '' THEN $7 ELSE format('Nothing was made. Fix the cause, and call %s again.', $2) END
    FROM (SELECT coalesce($4 = '23505' AND $3 = 'pg_catalog', false) AS meets) AS c
$function$;
COMMENT ON FUNCTION cltv_told(text, text, text, text, text, text, text) IS
    'Internal: how cltv_materialize and its like report an error.
name is what was to be made, called the procedure, schema where the violated constraint is.';

-- From now on cltv_health watches whether it is refreshed.
CREATE PROCEDURE cltv_first_run(customers regclass, began timestamptz)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO'
AS $procedure$
#variable_conflict use_variable
DECLARE
    found record;
BEGIN
    SELECT f.* INTO STRICT found FROM @extschema@.cltv_findings(customers) AS f;
    -- The next refresh finds bins of its own.
    INSERT INTO @extschema@.cltv_refresh_runs (name, started, finished, as_of, customers, orders, parameters, status, findings, day_gap)
    SELECT @extschema@.cltv_full_name(customers), began, clock_timestamp(), o.*, found.sentence, @extschema@.cltv_day_gap(customers)
    FROM jsonb_to_record(@extschema@.cltv_observe(customers, jsonb '{"binned": {}}'))
        AS o (as_of date, customers bigint, orders bigint, parameters jsonb, status text);
    IF found.sentence IS NOT NULL THEN
        RAISE NOTICE USING MESSAGE = found.sentence, DETAIL = coalesce(found.advice, ''), HINT = coalesce(found.query, '');
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE cltv_first_run(regclass, timestamptz) IS
    'Internal: logs that a NAME was made and reports what looks wrong with its orders.
cltv_materialize and cltv_materialize_contracts call it.';

-- Forgetting a customer, in all that cltv_materialize and cltv_audience keep.
--
-- Nothing of the user's own is touched: their orders are theirs to delete, first. Rows of tables of ours are deleted; what is a
-- materialized view is made afresh, which shows the customer again where the orders still do, and then the answer says so.

-- The condition by which rows of a relation are those of a customer who is $1, by the equality of the type of the column.
CREATE FUNCTION cltv_customer_condition(relation regclass, customer name, key text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE COST 10000 SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    type regtype;
    cast_key text;
BEGIN
    SELECT c.base_type, format('CAST($1 AS %I.%I)', n.nspname, t.typname) INTO STRICT type, cast_key
    FROM @extschema@.cltv_source_column(relation, customer, text 'customer', name 'x') AS c
    JOIN pg_type AS t ON t.oid = c.base_type JOIN pg_namespace AS n ON n.oid = t.typnamespace;
    BEGIN
        EXECUTE 'SELECT ' || cast_key USING key;
    EXCEPTION WHEN data_exception THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('customer must be of type %s: %s', type, key),
            NULL::text,
            format('It is compared with column %I of %s.', customer, relation));
    END;
    RETURN format('x.%I %s %s', customer, @extschema@.cltv_same_customer(relation, relation, customer), cast_key);
END
$function$;
COMMENT ON FUNCTION cltv_customer_condition(regclass, name, text) IS
    'Internal: the SQL condition that finds a customer in a relation.
The key, which is its $1, must be of the type of the column (22023); other errors are those of
cltv_same_customer.';

-- A superuser sees whose rows of the log there are; what names a customer in them is what an error or a finding said. Findings
-- and errors of ours quote keys ("customer '17'"), so that the key 17 is told from a count. The words of other errors, of a view
-- of the orders or of the server, are not ours: in them a key is looked for as a word.
CREATE FUNCTION cltv_word(word text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT '(^|[^[:alnum:]_])' || regexp_replace(word, '([^[:alnum:]_[:space:]])', '\\\1', 'g') || '($|[^[:alnum:]_])' WHERE word <> ''
$function$;
COMMENT ON FUNCTION cltv_word(text) IS
    'Internal: a regular expression that matches a text as a word of its own.
NULL where there is none.';

-- Rows of the log are nobody's to delete (see cltv_refresh_runs), for with that right goes the one to lock the table. A rule
-- works with the rights of the owner of its relation, and this one deletes what is the caller's own: no lock is to be had by it.
SET LOCAL search_path = pg_catalog, pg_temp;

CREATE VIEW @extschema@.cltv_log_removal AS
SELECT NULL::text AS name, NULL::timestamptz AS before, NULL::text AS saying, NULL::text AS naming WHERE false;
CREATE RULE remove AS ON INSERT TO @extschema@.cltv_log_removal DO INSTEAD
    DELETE FROM @extschema@.cltv_refresh_runs AS r
    WHERE r.role = current_user AND r.name = NEW.name AND r.started < NEW.before
        AND (NEW.saying IS NULL OR EXISTS (     -- both rows of a call: the one that stays would tell of a refresh that did not end
            SELECT FROM @extschema@.cltv_refresh_runs AS s
            WHERE s.role = r.role AND s.name = r.name AND s.started = r.started
                AND (strpos(s.findings, NEW.naming) > 0
                     OR concat(s.error, CASE WHEN strpos(s.findings, 'cannot be checked') > 0 THEN ' ' || s.findings END) ~ NEW.saying)));
COMMENT ON VIEW @extschema@.cltv_log_removal IS
    'Rows inserted here remove the caller''s own rows from cltv_refresh_log.
Of that name, begun before that time and, where saying is given, with an error that it matches as a regular
expression or with findings in which naming stands. cltv_forget and cltv_retain insert; nothing is ever in it.';
COMMENT ON COLUMN @extschema@.cltv_log_removal.name IS 'What was refreshed, with its schema.';
COMMENT ON COLUMN @extschema@.cltv_log_removal.before IS 'Calls that began before are removed.';
COMMENT ON COLUMN @extschema@.cltv_log_removal.saying IS 'A regular expression of the error.
NULL: all.';
COMMENT ON COLUMN @extschema@.cltv_log_removal.naming IS 'What findings that name the customer contain.';
COMMENT ON RULE remove ON @extschema@.cltv_log_removal IS 'Removes rows of the log instead.';
GRANT INSERT ON @extschema@.cltv_log_removal TO PUBLIC;

SET LOCAL search_path = @extschema@, pg_temp;

-- What others made of ours, which keeps what it read until it is refreshed.
CREATE FUNCTION cltv_kept_by_others(customers regclass, OUT relation regclass, OUT note text) RETURNS SETOF record
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 3 SET search_path = pg_catalog, pg_temp
AS $function$
    WITH RECURSIVE over AS (
        SELECT p.relation::oid AS relation FROM @extschema@.cltv_parts($1) AS p
        UNION
        SELECT r.ev_class FROM over AS o
        JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = o.relation
        JOIN pg_rewrite AS r ON r.oid = d.objid
    ), found AS (
        SELECT DISTINCT coalesce(m.customers::oid, o.relation) AS relation, m.part = 'audience_source' AS is_audience
        FROM over AS o LEFT JOIN @extschema@.cltv_made AS m ON m.relation = o.relation
    )
    SELECT c.oid::regclass, CASE WHEN f.is_audience
        THEN format('an audience of %s, who can have it forgotten there', pg_get_userbyid(c.relowner))
        ELSE format('a view of %s over these: REFRESH MATERIALIZED VIEW %s', pg_get_userbyid(c.relowner), @extschema@.cltv_full_name(c.oid::regclass)) END
    FROM found AS f JOIN pg_class AS c ON c.oid = f.relation
    WHERE c.oid <> $1 AND CASE WHEN f.is_audience THEN c.relowner <> (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = current_user)
        ELSE c.relkind = 'm' AND f.is_audience IS NULL END
    ORDER BY 2, 1
$function$;
COMMENT ON FUNCTION cltv_kept_by_others(regclass) IS
    'Internal: what other people made over a NAME of cltv_materialize.
Materialized views, also through views, and audiences of other roles.';

CREATE FUNCTION cltv_forget_here(customers regclass, customer text, refresh boolean, OUT relation text, OUT removed bigint, OUT remaining bigint,
                                 OUT note text)
    RETURNS SETOF record
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO' SET quote_all_identifiers = off
AS $function$
#variable_conflict use_variable
DECLARE
    full_name CONSTANT text := @extschema@.cltv_owned(customers);
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    lock_class CONSTANT int := hashtext('cltv_refresh');
    -- An oid may be beyond an int.
    lock_object CONSTANT int := CASE WHEN customers::oid::bigint > 2147483647 THEN customers::oid::bigint - 4294967296 ELSE customers::oid::bigint END;
    key CONSTANT name := options ->> 'customer';
    spelt text[] := ARRAY[customer];     -- as the relations write the key: 7 may be 7.00 or 007
    found text[];
    holders text[] := '{}';
    condition text;
    part record;
    own record;
    before bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(lock_class, lock_object) THEN
        RAISE EXCEPTION USING ERRCODE = 'lock_not_available', MESSAGE = format('%s is being refreshed by another session', full_name),
            HINT = 'Try again when that refresh has ended: it may have read the customer already.';
    END IF;
    -- What is read is the user's own, and says whether the customer comes back.
    FOR part IN
        SELECT s.source, @extschema@.cltv_full_name(s.source) AS full_name,
               coalesce(s.source = @extschema@.cltv_source(customers), true) AS decides
        FROM unnest(@extschema@.cltv_sources(customers)) AS s (source)
        JOIN pg_attribute AS a ON a.attrelid = s.source AND a.attname = key AND NOT a.attisdropped
        ORDER BY 3 DESC, 2
    LOOP
        condition := @extschema@.cltv_customer_condition(part.source, key, customer);
        EXECUTE format('SELECT count(*), array_agg(DISTINCT format(''%%s'', x.%I)) FROM %s AS x WHERE %s', key, part.full_name, condition)
        INTO remaining, found USING customer;
        spelt := spelt || found;
        relation := part.full_name;
        removed := 0;
        note := CASE WHEN remaining > 0 THEN format('yours: DELETE FROM %s WHERE %I = %L', part.full_name, key, customer) ELSE 'yours' END;
        IF remaining > 0 AND (part.decides OR (options ->> 'all_customers')::boolean) THEN
            holders := holders || part.full_name;
        END IF;
        RETURN NEXT;
    END LOOP;

    FOR part IN
        SELECT p.part, p.kind, p.full_name, c.relispopulated AS populated, p.relation
        FROM @extschema@.cltv_parts(customers) AS p JOIN pg_class AS c ON c.oid = p.relation
        WHERE p.part IN ('history', 'customers') AND p.kind IN ('r', 'm') ORDER BY p.place
    LOOP
        relation := part.full_name;
        removed := 0;
        IF NOT part.populated THEN
            remaining := 0;
            note := 'empty: it was restored without data';
            RETURN NEXT;
            CONTINUE;
        END IF;
        condition := @extschema@.cltv_customer_condition(part.relation, key, customer);
        EXECUTE format('SELECT count(*), array_agg(DISTINCT format(''%%s'', x.%I)) FROM %s AS x WHERE %s', key, part.full_name, condition)
        INTO before, found USING customer;
        spelt := spelt || found;
        IF part.kind = 'r' THEN
            EXECUTE format('DELETE FROM %s AS x WHERE %s', part.full_name, condition) USING customer;
        ELSIF before > 0 AND refresh AND (part.part = 'customers' OR holders = '{}') THEN
            PERFORM @extschema@.cltv_refresh_step(customers, full_name, part.part, true, jsonb '{}');
        END IF;
        EXECUTE format('SELECT count(*) FROM %s AS x WHERE %s', part.full_name, condition) INTO remaining USING customer;
        removed := before - remaining;
        note := CASE WHEN remaining > 0 AND holders <> '{}'
            THEN format('is made of %s at each refresh: delete the customer there, and call cltv_forget again', array_to_string(holders, ' and '))
            WHEN part.kind = 'r' AND before > 0 AND holders <> '{}'
            THEN format('deleted, but %s still holds the customer, whom a new order or cltv_rebuild brings back', array_to_string(holders, ' and '))
            WHEN remaining > 0 THEN 'goes at the next cltv_refresh'
            WHEN removed = 0 THEN 'not there'
            WHEN part.kind = 'r' THEN 'deleted' ELSE 'made afresh' END;
        RETURN NEXT;
    END LOOP;

    RETURN QUERY SELECT p.full_name, 0::bigint, NULL::bigint, CASE p.part WHEN 'model' THEN 'keeps sums over all customers, which name none; fitted afresh at the next cltv_refresh'
        ELSE 'keeps sums over groups of customers, which name none; made afresh at the next cltv_refresh' END
    FROM @extschema@.cltv_parts(customers) AS p WHERE p.part = 'model' OR p.kind = 'm' AND p.part NOT IN ('history', 'customers') ORDER BY p.place;

    SELECT count(*) INTO removed FROM @extschema@.cltv_refresh_log AS l WHERE l.role = current_user AND l.name = full_name;
    INSERT INTO @extschema@.cltv_log_removal (name, before, saying, naming)
    SELECT DISTINCT full_name, timestamptz 'infinity', @extschema@.cltv_word(u.key), 'customer ' || quote_literal(u.key)
    FROM unnest(spelt) AS u (key) WHERE u.key <> '';
    removed := removed - (SELECT count(*) FROM @extschema@.cltv_refresh_log AS l WHERE l.role = current_user AND l.name = full_name);
    relation := '@extschema@.cltv_refresh_log';
    remaining := 0;
    note := 'calls with an error or finding that names the customer; others are counts and parameters';
    RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION cltv_forget_here(regclass, text, boolean) IS
    'Internal: what cltv_forget does to a NAME of cltv_materialize.
It calls it.';

CREATE FUNCTION cltv_forget_audience(audience regclass, customer text, OUT relation text, OUT removed bigint, OUT remaining bigint,
                                     OUT note text)
    RETURNS SETOF record
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO' SET quote_all_identifiers = off
AS $function$
#variable_conflict use_variable
DECLARE
    full_name CONSTANT text := @extschema@.cltv_owned(audience);
    key CONSTANT name := @extschema@.cltv_audience_key(audience);
    word CONSTANT text := @extschema@.cltv_word(customer);
    condition text;
    selected bigint;
    part record;
BEGIN
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', full_name);
    FOR part IN SELECT p.part, p.full_name, p.relation FROM @extschema@.cltv_parts(audience) AS p WHERE p.part = 'audience_source' LOOP
        EXECUTE format('SELECT count(*) FROM %s AS x WHERE %s', part.full_name, @extschema@.cltv_customer_condition(part.relation, key, customer))
        INTO selected USING customer;
    END LOOP;
    FOR part IN
        SELECT p.part, p.full_name, p.relation FROM @extschema@.cltv_parts(audience) AS p
        WHERE p.part IN ('audience', 'audience_outbox') ORDER BY p.place
    LOOP
        condition := @extschema@.cltv_customer_condition(part.relation, key, customer);
        EXECUTE format('DELETE FROM %s AS x WHERE %s', part.full_name, condition) USING customer;
        GET DIAGNOSTICS removed = ROW_COUNT;
        relation := part.full_name;
        remaining := 0;
        note := CASE WHEN part.part = 'audience' AND selected > 0
            THEN 'the query of the audience still selects the customer, who enters it again at its next refresh: exclude them, or delete what it reads'
            WHEN removed > 0 THEN 'deleted' ELSE 'not there' END;
        RETURN NEXT;
    END LOOP;
    -- What was written by hand into a query cannot be taken out of it here.
    FOR part IN SELECT p.part, p.full_name FROM @extschema@.cltv_parts(audience) AS p WHERE p.part = 'audience_versions' LOOP
        EXECUTE format('SELECT count(*) FROM %s AS v WHERE v.query ~ $1 OR v.options ->> ''exclude'' ~ $1', part.full_name)
        INTO remaining USING word;
        IF remaining > 0 THEN
            relation := part.full_name;
            removed := 0;
            note := 'queries that have this word in them: yours to see whether it is the customer';
            RETURN NEXT;
        END IF;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION cltv_forget_audience(regclass, text) IS 'Internal: what cltv_forget does to an audience of cltv_audience.
It calls it.';

CREATE FUNCTION cltv_forget_made(target regclass, name text, customer text, refresh boolean, OUT relation text, OUT removed bigint,
                                 OUT remaining bigint, OUT note text)
    RETURNS SETOF record
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $function$
#variable_conflict use_variable
DECLARE
    is_audience CONSTANT boolean := coalesce(@extschema@.cltv_audience_options(target) IS NOT NULL, false);
    made regclass;
BEGIN
    IF customer IS NULL OR refresh IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('%s of cltv_forget must not be NULL',
            CASE WHEN customer IS NULL THEN 'customer' ELSE 'refresh' END), HINT = 'Give the key of one customer.';
    END IF;
    IF NOT is_audience THEN
        RETURN QUERY SELECT f.* FROM @extschema@.cltv_forget_here(@extschema@.cltv_target(target, name), customer, refresh) AS f;
    END IF;
    FOR made IN
        SELECT target WHERE is_audience
        UNION ALL SELECT a.audience FROM @extschema@.cltv_audiences_over(target) AS a (audience) WHERE NOT is_audience
    LOOP
        RETURN QUERY SELECT f.* FROM @extschema@.cltv_forget_audience(made, customer) AS f;
    END LOOP;
    RETURN QUERY SELECT @extschema@.cltv_full_name(k.relation), 0::bigint, NULL::bigint, k.note FROM @extschema@.cltv_kept_by_others(target) AS k;
END
$function$;
COMMENT ON FUNCTION cltv_forget_made(regclass, text, text, boolean) IS
    'Internal: cltv_forget for a resolved relation.
cltv_forget calls it.';

-- Along the search_path of the caller, as in cltv_refresh.
CREATE FUNCTION cltv_forget(name text, customer text, refresh boolean DEFAULT true, OUT relation text, OUT removed bigint,
                            OUT remaining bigint, OUT note text)
    RETURNS SETOF record
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10
AS $function$
#variable_conflict use_variable
DECLARE
    target CONSTANT pg_catalog.regclass := pg_catalog.to_regclass(name);
BEGIN
    RETURN QUERY SELECT f.* FROM @extschema@.cltv_forget_made(target, name, customer, refresh) AS f;
END
$function$;
COMMENT ON FUNCTION cltv_forget(text, text, boolean) IS
    'Removes a customer from what cltv_materialize and cltv_audience keep.
It returns a row for each relation with the number of rows removed and still there, and why. Of a NAME of
cltv_materialize: histories, the views (made afresh, unless refresh is false: then at the next cltv_refresh),
the audiences over it with their outboxes, and errors and findings in the log; of an audience that alone.
Tables of orders and customers are yours and are not changed: who is still in them comes back at the next
refresh, and the note says so. Models keep sums that name nobody. The customer is given as text or as a value
of any type. Only the owner may (42501); another name is error 42P01, a key of another type 22023, NULL 22004, while
a refresh is under way 55P03.';

CREATE FUNCTION cltv_forget(name text, customer anyelement, refresh boolean DEFAULT true, OUT relation text, OUT removed bigint,
                            OUT remaining bigint, OUT note text)
    RETURNS SETOF record
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10
AS $function$
#variable_conflict use_variable
BEGIN
    RETURN QUERY SELECT f.* FROM @extschema@.cltv_forget(name, CASE WHEN customer IS NOT NULL THEN pg_catalog.format(pg_catalog.text '%s', customer) END,
                                                         refresh) AS f;
END
$function$;
COMMENT ON FUNCTION cltv_forget(text, anyelement, boolean) IS
    'Removes a customer whose key is a number, a uuid or of any other type.';

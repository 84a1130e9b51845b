-- Removing what cltv_materialize made: what is in the registry, by OID, and nothing else.

CREATE PROCEDURE cltv_drop(name text, missing_ok boolean DEFAULT false)
    LANGUAGE plpgsql
AS $procedure$
DECLARE
    target CONSTANT pg_catalog.regclass := pg_catalog.to_regclass(name);
    home CONSTANT pg_catalog.text := pg_catalog.current_schema();
BEGIN
    CALL @extschema@.cltv_drop_made(name, missing_ok, target, home);
END
$procedure$;
COMMENT ON PROCEDURE cltv_drop(text, boolean) IS
    'Drops everything that cltv_materialize made of a name, and nothing else.
Also what DROP EXTENSION ... CASCADE left of it. Your own views that depend on it are an error (2BP01): drop
them first. A name that does not exist is an error unless missing_ok. The rows of cltv_refresh_log stay.';

CREATE PROCEDURE cltv_drop_made(name text, missing_ok boolean, target regclass, default_schema text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $procedure$
#variable_conflict use_variable
DECLARE
    words text[];
    home text := default_schema;
    base text;
    part record;
    dropped int := 0;
    owner name;
BEGIN
    IF name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'name must not be NULL';
    ELSIF target IS NULL THEN
        words := parse_ident(name);
        base := words[array_length(words, 1)];
        IF array_length(words, 1) > 1 THEN home := words[1]; END IF;
        -- NAME itself is gone, but parts of it are not: they tell what it was.
        SELECT m.customers INTO target
        FROM @extschema@.cltv_made AS m JOIN pg_class AS c ON c.oid = m.relation
        WHERE c.oid = to_regclass(format('%I.%I', home, base || '_' || m.part))
            AND NOT EXISTS (SELECT FROM pg_class AS k WHERE k.oid = m.customers)
        ORDER BY m.made DESC LIMIT 1;
    ELSE
        SELECT n.nspname, c.relname INTO home, base
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target;
    END IF;
    SELECT pg_get_userbyid(c.relowner) INTO owner
    FROM @extschema@.cltv_parts(target) AS p JOIN pg_class AS c ON c.oid = p.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE NOT pg_has_role(c.relowner, text 'USAGE') AND NOT pg_has_role(n.nspowner, text 'USAGE') ORDER BY p.place LIMIT 1;
    IF owner IS NOT NULL THEN
        PERFORM @extschema@.cltv_refuse(text '42501', format('must be owner of %s', name), NULL::text, format('SET ROLE %I.', owner));
    END IF;
    FOR part IN
        SELECT CASE p.kind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, p.full_name
        FROM @extschema@.cltv_parts(target) AS p ORDER BY p.place DESC
    LOOP
        -- IF EXISTS: another session that drops the same name at once may have been first.
        EXECUTE format('DROP %s IF EXISTS %s', part.kind, part.full_name);
        dropped := dropped + 1;
    END LOOP;
    -- DROP EXTENSION CASCADE took the registry and all that uses the extension, and left of an incremental NAME the
    -- watermark, the source, and the histories without their histories. They say of themselves what they are.
    IF dropped = 0 AND base IS NOT NULL THEN
        FOR part IN
            SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, format('%I.%I', home, c.relname) AS full_name
            FROM (VALUES (1, '_source', 'v', 'The orders from which cltv_materialize makes the histories'),
                         (2, '_watermark', 'r', 'Up to which day cltv_refresh has settled the histories'),
                         (3, '_history', 'r', 'The purchase history of each customer, kept by cltv_refresh')
                 ) AS left_behind (place, suffix, kind, remark)
            JOIN pg_class AS c ON c.oid = to_regclass(format('%I.%I', home, base || left_behind.suffix))
                AND c.relkind::text = left_behind.kind AND obj_description(c.oid, 'pg_class') = left_behind.remark
            WHERE NOT EXISTS (SELECT FROM @extschema@.cltv_made AS m WHERE m.relation = c.oid)
                AND (left_behind.suffix <> '_history'
                     OR NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 1
                                    AND NOT a.attisdropped))
            ORDER BY left_behind.place
        LOOP
            EXECUTE format('DROP %s %s', part.kind, part.full_name);
            dropped := dropped + 1;
        END LOOP;
    END IF;
    IF dropped = 0 AND NOT missing_ok THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('%s was not made by cltv_materialize', name),
            HINT = 'Give the name as cltv_materialize had it, with its schema where that is not on search_path.';
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE cltv_drop_made(text, boolean, regclass, text) IS
    'Internal: cltv_drop for a resolved relation.
cltv_drop calls it.';

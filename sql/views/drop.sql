-- Removing what cltv_materialize made.

CREATE PROCEDURE cltv_drop(name text, missing_ok boolean DEFAULT false)
    LANGUAGE plpgsql
AS $procedure$
#variable_conflict use_variable
DECLARE
    target pg_catalog.regclass := pg_catalog.to_regclass(name);
    callers_path CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path');
    home pg_catalog.text := pg_catalog.current_schema();
    base pg_catalog.text;
    words pg_catalog.text[];
    incremental boolean;
    part pg_catalog.record;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'name must not be NULL';
    ELSIF target IS NULL THEN
        words := parse_ident(name);
        base := words[array_length(words, 1)];
        IF array_length(words, 1) > 1 THEN home := words[1]; END IF;
    ELSE
        SELECT n.nspname, c.relname INTO home, base
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(format('%I.%I', home, base || '_model'))
                   AND relkind = 'm') THEN
        IF missing_ok THEN
            PERFORM set_config('search_path', callers_path, true);
            RETURN;
        END IF;
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('%s was not made by cltv_materialize', name),
            DETAIL = format('There is no materialized view %I.%I.', home, base || '_model'),
            HINT = 'Give the name as cltv_materialize had it, with its schema where that is not on search_path.';
    END IF;
    incremental := EXISTS (SELECT FROM pg_class
                           WHERE oid = to_regclass(format('%I.%I', home, base || '_history')) AND relkind = 'r');
    -- A relation of another kind is somebody's own that only happens to have such a name.
    FOR part IN
        SELECT format('%I.%I', home, base || parts.suffix) AS relation,
               CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind
        FROM (VALUES (1, '_forecast', 'm'), (2, '_at_risk', 'v'), (3, '_value_bands', 'v'), (4, '_rfm_grid', 'v'),
                     (5, '_segments', 'v'), (6, '', 'm'), (7, '_model', 'm'), (8, '_history', 'm'),
                     (8, '_history', 'r'), (9, '_watermark', 'r'), (10, '_source', 'v')) AS parts (place, suffix, kind)
        JOIN pg_class AS c ON c.oid = to_regclass(format('%I.%I', home, base || parts.suffix))
            AND c.relkind::text = parts.kind
        WHERE incremental OR parts.suffix NOT IN ('_watermark', '_source')
        ORDER BY parts.place
    LOOP
        EXECUTE format('DROP %s %s', part.kind, part.relation);
    END LOOP;
    PERFORM set_config('search_path', callers_path, true);
END
$procedure$;
COMMENT ON PROCEDURE cltv_drop(text, boolean) IS
    'Drops all that cltv_materialize made of a name. Views of your own over them are an error (2BP01): drop these first. A name that is not there is an error unless missing_ok. The rows of cltv_refresh_log stay.';

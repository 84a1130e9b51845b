-- A materialized view is made anew while it is read: another of the same shape is filled beside it, and the two exchange
-- their contents. REFRESH MATERIALIZED VIEW CONCURRENTLY joins the old rows with the new ones, and deletes and inserts
-- those that differ: after a night all of them do, for all customers are a day older.

CREATE FUNCTION cltv_hold(view regclass) RETURNS void
    AS 'MODULE_PATHNAME', 'cltv_hold' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION cltv_hold(regclass) IS
    'Internal: keeps others from refreshing or changing a materialized view.
It can be read. Only its owner may (42501). cltv_refresh_view calls it.';

CREATE FUNCTION cltv_swap(view regclass, fresh regclass) RETURNS void
    AS 'MODULE_PATHNAME', 'cltv_swap' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION cltv_swap(regclass, regclass) IS
    'Internal: gives a materialized view the contents of another, and drops the other.
Rights, indexes, comments and what depends on the view stay. Waits for those who read it, at most lock_timeout
(55P03); error 0A000 where the two differ in their columns or indexes, or are stored in another way than
PostgreSQL itself does. Only the owner of both may (42501). cltv_refresh_view calls it.';

CREATE FUNCTION cltv_refresh_view(view regclass, concurrently boolean, is_large boolean) RETURNS bigint
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $function$
#variable_conflict use_variable
DECLARE
    known record;
    fresh text;
    index record;
    new_rows bigint;
    detail text;
    tablespace_before CONSTANT text := current_setting('default_tablespace');
    patience_before CONSTANT text := current_setting('lock_timeout');
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname) AS full_name, n.nspname AS home, c.relname, c.relispopulated,
           coalesce(t.spcname, '') AS tablespace,
           is_large AND has_schema_privilege(n.oid, 'CREATE')
               AND to_regclass(format('%I.%I', n.nspname, 'cltv_fresh_' || c.oid)) IS NULL
               AND NOT EXISTS (SELECT FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid
                               WHERE i.indrelid = c.oid AND (x.reltablespace <> c.reltablespace OR NOT i.indisvalid)) AS can_swap
    INTO STRICT known
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace
    WHERE c.oid = view;
    IF "concurrently" AND known.relispopulated AND known.can_swap THEN
        PERFORM @extschema@.cltv_hold(view);
        fresh := format('%I.%I', known.home, 'cltv_fresh_' || view::oid);
        PERFORM set_config('default_tablespace', known.tablespace, true);
        EXECUTE format('CREATE MATERIALIZED VIEW %s AS %s WITH NO DATA', fresh, rtrim(pg_get_viewdef(view), ';'));
        EXECUTE format('REFRESH MATERIALIZED VIEW %s', fresh);
        FOR index IN
            SELECT x.definition, format('CREATE %sINDEX %I ON %s ', CASE WHEN x.indisunique THEN 'UNIQUE ' END, x.relname,
                                        known.full_name) AS beginning, x.indisunique, x.relname
            FROM (SELECT i.indisunique, c.relname, pg_get_indexdef(i.indexrelid) AS definition
                  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = view) AS x
        LOOP
            -- Another beginning is that of a later PostgreSQL: without the index the two differ and are not swapped.
            CONTINUE WHEN left(index.definition, length(index.beginning)) <> index.beginning;
            BEGIN
                EXECUTE format('CREATE %sINDEX ON %s %s', CASE WHEN index.indisunique THEN 'UNIQUE ' END, fresh,
                               substr(index.definition, length(index.beginning) + 1));
            EXCEPTION WHEN unique_violation THEN
                GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
                RAISE unique_violation USING DETAIL = detail,
                    MESSAGE = format('duplicate key value violates unique constraint "%s"', index.relname);
            END;
        END LOOP;
        PERFORM set_config('default_tablespace', tablespace_before, true);
        -- Building an index counts the rows; as a float4, which holds whole numbers up to 2^24.
        SELECT CASE WHEN c.relhasindex AND c.reltuples BETWEEN 1 AND 16777215 THEN c.reltuples::bigint END INTO new_rows
        FROM pg_class AS c WHERE c.oid = fresh::regclass;
        IF new_rows IS NULL THEN
            EXECUTE format('SELECT count(*) FROM %s AS counted', fresh) INTO new_rows;
        END IF;
        -- Who comes to read while a swap waits for those who read already waits behind it: for a twentieth of a second.
        FOR attempt IN 1 .. 30 LOOP
            BEGIN
                PERFORM set_config('lock_timeout', '50ms', true);
                PERFORM @extschema@.cltv_swap(view, fresh::regclass);
                PERFORM set_config('lock_timeout', patience_before, true);
                RETURN new_rows;
            EXCEPTION
                WHEN lock_not_available THEN
                    PERFORM pg_sleep(least(0.05 * attempt, 0.25));
                WHEN feature_not_supported THEN
                    EXIT;
            END;
        END LOOP;
        -- Somebody reads it in a long transaction: then the rows are exchanged, with no need of that lock.
        EXECUTE format('DROP MATERIALIZED VIEW %s', fresh);
    END IF;
    EXECUTE format('REFRESH MATERIALIZED VIEW %s %s',
                   CASE WHEN "concurrently" AND known.relispopulated THEN 'CONCURRENTLY' END, known.full_name);
    EXECUTE format('SELECT count(*) FROM %s AS counted', known.full_name) INTO new_rows;
    RETURN new_rows;
END
$function$;
COMMENT ON FUNCTION cltv_refresh_view(regclass, boolean, boolean) IS
    'Internal: refreshes a materialized view so that readers go on.
One that is large is filled beside and swapped, unless somebody reads it for longer. Returns the number of its
rows. cltv_refresh calls it.';

-- Refreshing what cltv_materialize made, step by step.

CREATE PROCEDURE cltv_refresh(name text, concurrently boolean DEFAULT true)
    LANGUAGE plpgsql
AS $procedure$
#variable_conflict use_variable
DECLARE
    target regclass := pg_catalog.to_regclass(name);
    safe_path CONSTANT text := 'pg_catalog, pg_temp';
    lock_class CONSTANT int := pg_catalog.hashtext('cltv_refresh');
    lock_object int;
    ext text;
    home text;
    base text;
    log text;
    full_name text;
    history text;
    model text;
    began timestamptz;
    step record;
    step_began timestamptz;
    step_rows bigint;
    refused text;
    kept boolean := false;
    before jsonb;
    after jsonb;
    code text;
    message text;
    detail text;
    hint text;
    holder int;
    how text;
BEGIN
    PERFORM pg_catalog.set_config('search_path', safe_path, true);
    SELECT quote_ident(n.nspname) INTO STRICT ext
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'cltv';
    SELECT n.nspname, c.relname INTO home, base
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target;
    full_name := format('%I.%I', home, base);
    history := format('%I.%I', home, base || '_history');
    model := format('%I.%I', home, base || '_model');
    how := CASE WHEN "concurrently" THEN 'CONCURRENTLY' ELSE '' END;
    log := ext || '.cltv_refresh_log';
    IF to_regclass(model) IS NULL OR to_regclass(history) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('%s was not made by cltv_materialize', coalesce(name, 'NULL')),
            HINT = 'Give the name as cltv_materialize had it, with its schema where that is not on search_path.';
    END IF;

    -- One at a time: a lock of the session, for the steps are transactions of their own. An oid may be beyond an int.
    lock_object := CASE WHEN target::oid::bigint > 2147483647 THEN target::oid::bigint - 4294967296
                   ELSE target::oid::bigint END;
    IF NOT pg_try_advisory_lock(lock_class, lock_object) THEN
        SELECT pid INTO holder FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 2 AND objid = target::oid AND granted AND pid <> pg_backend_pid()
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
        RAISE EXCEPTION USING ERRCODE = 'lock_not_available',
            MESSAGE = format('%s is being refreshed by another session', full_name),
            DETAIL = format('Process %s holds the lock.', holder),
            HINT = 'Nothing was changed. Try again when that refresh has ended.';
    END IF;

    EXECUTE format('UPDATE %s SET finished = clock_timestamp(), error = $2 WHERE role = current_user AND name = $1 '
                   'AND finished IS NULL', log)
    USING full_name, 'interrupted: the session or the server ended before it did';
    EXECUTE format('INSERT INTO %s (name) VALUES ($1) RETURNING started', log) INTO began USING full_name;
    COMMIT;
    PERFORM pg_catalog.set_config('search_path', safe_path, true);

    FOR step IN
        SELECT * FROM (VALUES
            (1, 'history', history, CASE WHEN to_regclass(format('%I.%I', home, base || '_watermark')) IS NULL
                                    THEN 'refresh' ELSE 'fold' END),
            (2, 'observation', NULL, 'observe'),
            (3, 'model', model, 'refit'),
            (4, 'customers', full_name, 'refresh'),
            (5, 'forecast', format('%I.%I', home, base || '_forecast'), 'refresh'),
            (6, 'drift', NULL, 'compare')) AS steps (number, label, relation, kind)
        ORDER BY number
    LOOP
        -- The views for charts are the user's to drop.
        CONTINUE WHEN step.label = 'forecast' AND to_regclass(step.relation) IS NULL;
        step_began := clock_timestamp();
        BEGIN
            CASE step.kind
            WHEN 'refresh' THEN
                EXECUTE format('REFRESH MATERIALIZED VIEW %s %s', how, step.relation);
            WHEN 'fold' THEN
                EXECUTE format('SELECT %s.cltv_fold($1, $2, false)', ext) INTO step_rows USING home, base;
            WHEN 'observe' THEN
                EXECUTE format('SELECT %s.cltv_observe($1)', ext) INTO before USING target;
            WHEN 'refit' THEN
                EXECUTE format('REFRESH MATERIALIZED VIEW %s %s', how, model);
                EXECUTE format('SELECT status FROM %s', model) INTO refused;
                IF refused <> 'converged' AND before ->> 'status' IN ('converged', 'given') THEN
                    RAISE SQLSTATE 'CL001';
                END IF;
            WHEN 'compare' THEN
                EXECUTE format('SELECT %s.cltv_drift($1, $2)', ext) INTO after USING target, before;
            END CASE;
        EXCEPTION
            WHEN SQLSTATE 'CL001' THEN      -- this undoes the step, so that the model before is there again
                kept := true;
            WHEN query_canceled OR OTHERS THEN
                GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
                    hint = PG_EXCEPTION_HINT;
        END;
        IF code IS NOT NULL THEN
            EXECUTE format('UPDATE %s SET finished = clock_timestamp(), error = $3 WHERE role = current_user '
                           'AND name = $1 AND started = $2', log)
            USING full_name, began, format('%s: %s', step.label, message);
            COMMIT;
            PERFORM pg_catalog.pg_advisory_unlock(lock_class, lock_object);
            RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message,
                DETAIL = CASE WHEN detail <> '' THEN detail
                         ELSE pg_catalog.format('In the step %s of the refresh of %s.', step.label, full_name) END,
                HINT = CASE WHEN hint <> '' THEN hint
                       ELSE 'The steps before it are done. Call cltv_refresh again when the cause is mended.' END;
        END IF;
        COMMIT;
        PERFORM pg_catalog.set_config('search_path', safe_path, true);
        IF step.relation IS NOT NULL THEN
            EXECUTE format('SELECT count(*) FROM %s', step.relation) INTO step_rows;
            RAISE NOTICE '%: % rows in % s', step.relation, step_rows,
                round(extract(epoch FROM clock_timestamp() - step_began)::numeric, 2);
        END IF;
    END LOOP;

    EXECUTE format('UPDATE %s SET (finished, as_of, customers, orders, parameters, drift, status, error) = '
                   '(clock_timestamp(), ($3 ->> ''as_of'')::date, ($3 ->> ''customers'')::bigint, ($3 ->> ''orders'')::bigint, '
                   '$3 -> ''parameters'', $3 -> ''drift'', $4, $5) WHERE role = current_user AND name = $1 AND started = $2', log)
    USING full_name, began, after, refused,
        CASE WHEN kept THEN format('the new fit refused (%s): the model as of %s stays in use', refused, before ->> 'fitted') END;
    COMMIT;
    PERFORM pg_catalog.pg_advisory_unlock(lock_class, lock_object);
END
$procedure$;
COMMENT ON PROCEDURE cltv_refresh(text, boolean) IS
    'Refreshes what cltv_materialize made of a name: the histories (an incremental one by folding in new orders), the models, the customers, the forecast, each a transaction of its own with a NOTICE; concurrently lets readers go on reading. Writes a row to cltv_refresh_log. A fit that refuses leaves the last good model in use. While another session refreshes the same name: error 55P03. After an error, a cancel or a crash each view is whole, old or new, and the next call repairs. Not inside a transaction block.';

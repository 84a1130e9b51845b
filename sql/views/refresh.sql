-- Refreshing what cltv_materialize made, step by step.

CREATE PROCEDURE cltv_refresh(name text, concurrently boolean DEFAULT true)
    LANGUAGE plpgsql
AS $procedure$
#variable_conflict use_variable
DECLARE
    callers_path CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path');
    safe_path CONSTANT pg_catalog.text := 'pg_catalog, pg_temp';
    lock_class CONSTANT int := pg_catalog.hashtext('cltv_refresh');
    lock_object int;
    holder int;
    target pg_catalog.regclass;
    owner pg_catalog.text;
    full_name pg_catalog.text;
    history pg_catalog.text;
    model pg_catalog.text;
    forecast pg_catalog.text;
    ext pg_catalog.text;
    log pg_catalog.text;
    began pg_catalog.timestamptz;
    step pg_catalog.text;
    step_began pg_catalog.timestamptz;
    relation pg_catalog.text;
    relation_rows bigint;
    incremental boolean;
    before pg_catalog.jsonb;
    after pg_catalog.jsonb;
    kept pg_catalog.text;
    code pg_catalog.text;
    message pg_catalog.text;
    detail pg_catalog.text;
    hint pg_catalog.text;
BEGIN
    COMMIT;     -- in a transaction block this is an error, before anything is held
    target := pg_catalog.to_regclass(name);
    PERFORM pg_catalog.set_config('search_path', safe_path, true);
    SELECT quote_ident(n.nspname) INTO STRICT ext
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'cltv';
    log := ext || '.cltv_refresh_log';
    SELECT pg_get_userbyid(c.relowner), format('%I.%I', n.nspname, c.relname),
           format('%I.%I', n.nspname, c.relname || '_history'), format('%I.%I', n.nspname, c.relname || '_model'),
           format('%I.%I', n.nspname, c.relname || '_forecast')
    INTO owner, full_name, history, model, forecast
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target;
    SELECT c.relkind = 'r' INTO incremental
    FROM pg_class AS c WHERE c.oid = to_regclass(history) AND c.relkind IN ('r', 'm');
    IF incremental IS NULL
        OR (SELECT count(*) FROM pg_class WHERE oid IN (target, to_regclass(model)) AND relkind = 'm') < 2 THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('%s was not made by cltv_materialize', coalesce(name, 'NULL')),
            HINT = 'Give the name as cltv_materialize had it, with its schema where that is not on search_path.';
    END IF;

    -- One at a time: a lock of the session, for the steps are transactions of their own. The session may hold it
    -- already, from a call that was cancelled between two steps. Nobody but the owner, whose step history goes on, takes
    -- it. An oid may be beyond an int.
    lock_object := CASE WHEN target::oid::bigint > 2147483647 THEN target::oid::bigint - 4294967296
                   ELSE target::oid::bigint END;
    EXECUTE format('SELECT %s.cltv_refreshing($1)', ext) INTO holder USING target;
    IF owner = current_user AND holder IS DISTINCT FROM pg_backend_pid()
        AND NOT pg_try_advisory_lock(lock_class, lock_object) THEN
        EXECUTE format('SELECT %s.cltv_refreshing($1)', ext) INTO holder USING target;
        RAISE EXCEPTION USING ERRCODE = 'lock_not_available',
            MESSAGE = format('%s is being refreshed by another session', full_name),
            DETAIL = format('Process %s holds the lock.', holder),
            HINT = 'Nothing was changed. Try again when that refresh has ended.';
    END IF;

    FOREACH step IN ARRAY '{log,history,observation,model,customers,forecast,drift}'::text[] LOOP
        relation := CASE step WHEN 'history' THEN history WHEN 'model' THEN model WHEN 'customers' THEN full_name
                    WHEN 'forecast' THEN forecast END;
        -- The views for charts are the user's to drop.
        CONTINUE WHEN step = 'forecast'
            AND NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(relation) AND relkind = 'm');
        step_began := clock_timestamp();
        BEGIN
            IF step = 'log' THEN
                EXECUTE format('UPDATE %s SET finished = clock_timestamp(), error = $2 '
                               'WHERE role = current_user AND name = $1 AND finished IS NULL', log)
                USING full_name, 'interrupted: the session or the server ended before it did';
                EXECUTE format('INSERT INTO %s (name) VALUES ($1) RETURNING started', log) INTO began USING full_name;
            ELSIF step = 'history' AND owner <> current_user THEN
                -- Not even a superuser: what an owner has made of these names would run with the caller's rights.
                RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
                    MESSAGE = format('must be owner of %s', full_name), HINT = format('SET ROLE %I.', owner);
            ELSIF step = 'history' AND incremental THEN
                EXECUTE format('SELECT %s.cltv_fold(n.nspname, c.relname, false) FROM pg_class AS c '
                               'JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = $1', ext) USING target;
            ELSIF step = 'observation' THEN
                -- Restored without data there is nothing to compare with.
                IF (SELECT bool_and(relispopulated) FROM pg_class WHERE oid IN (target, model::regclass)) THEN
                    EXECUTE format('SELECT %s.cltv_observe($1, NULL::jsonb)', ext) INTO before USING target;
                END IF;
            ELSIF step = 'drift' THEN
                EXECUTE format('SELECT %s.cltv_observe($1, $2)', ext) INTO after USING target, before;
                EXECUTE format($sql$
                    UPDATE %1$s SET finished = clock_timestamp(), as_of = o.as_of, customers = o.customers,
                        orders = o.orders, parameters = o.parameters, status = coalesce($5, o.status),
                        drift = %2$s.cltv_drift($3, $4),
                        error = 'the new fit refused (' || $5 || '): the model as of ' || ($3 ->> 'fitted')
                            || ' stays in use'
                    FROM jsonb_to_record($4)
                        AS o (as_of date, customers bigint, orders bigint, parameters jsonb, status text)
                    WHERE role = current_user AND name = $1 AND started = $2$sql$, log, ext)
                USING full_name, began, before, after, kept;
            ELSE
                EXECUTE format('REFRESH MATERIALIZED VIEW %s %s',
                               (SELECT 'CONCURRENTLY' FROM pg_class
                                WHERE oid = relation::regclass AND "concurrently" AND relispopulated), relation);
            END IF;
            IF step = 'model' THEN
                EXECUTE format('SELECT CASE WHEN %1$s.cltv_usable($1) AND NOT %1$s.cltv_usable(status) '
                               'THEN coalesce(status, ''no customers'') '
                               'WHEN %1$s.cltv_usable($2) AND NOT %1$s.cltv_usable(spend_status) '
                               'THEN ''spend: '' || coalesce(spend_status, ''no customers'') END FROM %2$s', ext, model)
                INTO kept USING before ->> 'orders_status', before ->> 'spend_status';
                IF kept IS NOT NULL THEN
                    RAISE SQLSTATE 'CL001';     -- undoes the step, so that the model before is there again
                END IF;
            END IF;
            IF relation IS NOT NULL THEN
                EXECUTE format('SELECT count(*) FROM %s', relation) INTO relation_rows;
            END IF;
        EXCEPTION
            WHEN SQLSTATE 'CL001' THEN
                RAISE NOTICE '%: the new fit refused (%), the model before stays in use', relation, kept;
                CONTINUE;
            WHEN query_canceled OR OTHERS THEN
                GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
                    hint = PG_EXCEPTION_HINT;
        END;
        IF code IS NOT NULL THEN
            -- The step is undone already; a foreign server that went away in it would not let its transaction commit.
            ROLLBACK;
            PERFORM pg_catalog.set_config('search_path', safe_path, true);
            EXECUTE format('UPDATE %s SET finished = clock_timestamp(), error = $3 '
                           'WHERE role = current_user AND name = $1 AND started = $2', log)
            USING full_name, began, format('%s: %s', step, message);
            COMMIT;
            PERFORM pg_catalog.set_config('search_path', safe_path, true);
            IF owner = current_user THEN
                PERFORM pg_advisory_unlock(lock_class, lock_object);
            END IF;
            RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message,
                DETAIL = CASE WHEN detail <> '' THEN detail
                         ELSE format('In the step %s of the refresh of %s.', step, full_name) END,
                HINT = CASE WHEN hint <> '' THEN hint
                       ELSE 'The steps before it are done. Call cltv_refresh again when the cause is mended.' END;
        END IF;
        COMMIT;
        PERFORM pg_catalog.set_config('search_path', safe_path, true);
        IF relation IS NOT NULL THEN
            RAISE NOTICE '%: % rows in % s', relation, relation_rows,
                round(extract(epoch FROM clock_timestamp() - step_began)::numeric, 2);
        END IF;
    END LOOP;
    PERFORM pg_advisory_unlock(lock_class, lock_object);
    PERFORM set_config('search_path', callers_path, true);
END
$procedure$;
COMMENT ON PROCEDURE cltv_refresh(text, boolean) IS
    'Refreshes what cltv_materialize made of a name: the histories (an incremental one by folding in new orders), the models, the customers, the forecast, each a transaction of its own with a NOTICE; concurrently lets readers go on reading. Writes a row to cltv_refresh_log. A fit that refuses leaves the last good model in use. Only the owner may call it (42501). While another session refreshes the same name: error 55P03. After an error, a cancel or a crash each view is whole, old or new, and the next call repairs. Not inside a transaction block (2D000).';

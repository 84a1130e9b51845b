-- Refreshing what cltv_materialize made, step by step.

-- One step, in the transaction of the caller. What is worked upon is looked up by OID, and whose it is asked, in each step
-- anew: between two of them it may be renamed, given away or dropped.
CREATE FUNCTION cltv_refresh_step(customers regclass, name text, step text, concurrently boolean, earlier jsonb)
    RETURNS jsonb
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO'
    SET quote_all_identifiers = off
AS $function$
#variable_conflict use_variable
DECLARE
    full_name text;
    relation text;
    view regclass;
    relation_rows bigint;
    model text;
    orders_status text;
    spend_status text;
    orders_predict boolean;
    spend_predict boolean;
    kept text;
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    hashes_before CONSTANT text := current_setting('enable_hashagg');
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = customers) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('%s is gone', name),
            DETAIL = format('It was dropped before the step %s of its refresh.', step),
            HINT = 'Call cltv_materialize to make it again, and cltv_drop to remove what is left of it.';
    END IF;
    full_name := @extschema@.cltv_owned(customers);
    SELECT p.full_name INTO model FROM @extschema@.cltv_parts(customers) AS p WHERE p.part = 'model';
    SELECT p.full_name, p.relation INTO relation, view
    FROM @extschema@.cltv_parts(customers) AS p WHERE p.part = step AND p.kind <> 'v';

    IF options ->> 'kind' = 'contracts' THEN
        -- Days of subscriptions are those of the time zone in which they were read first.
        PERFORM set_config('TimeZone', options ->> 'time_zone', true);
        IF step = 'history' THEN
            PERFORM @extschema@.cltv_check_contracts(customers);
        END IF;
    END IF;
    IF step = 'audiences' THEN
        PERFORM @extschema@.cltv_audience_step(a.audience) FROM @extschema@.cltv_audiences_over(customers) AS a (audience);
        PERFORM @extschema@.cltv_expire(customers);
        RETURN earlier;
    ELSIF step = 'history' AND (options ->> 'incremental')::boolean THEN
        PERFORM @extschema@.cltv_fold(customers, false);
        PERFORM @extschema@.cltv_expire(customers);     -- before the models are fitted to who is left
    ELSIF step = 'observation' THEN
        -- Restored without data there is nothing to compare with.
        IF (SELECT bool_and(c.relispopulated) FROM pg_class AS c
            WHERE c.oid IN (SELECT p.relation FROM @extschema@.cltv_parts(customers) AS p
                            WHERE p.part IN ('customers', 'model'))) THEN
            RETURN jsonb_build_object('before', @extschema@.cltv_observe(customers, NULL::jsonb));
        END IF;
        RETURN earlier;
    ELSIF step = 'drift' THEN
        RETURN earlier || jsonb_build_object('after', @extschema@.cltv_observe(customers, earlier -> 'before'),
            'findings', (SELECT f.sentence FROM @extschema@.cltv_findings(customers) AS f), 'day_gap', @extschema@.cltv_day_gap(customers));
    ELSIF relation IS NULL THEN
        -- The views for charts are the user's to drop.
        IF step NOT IN ('forecast', 'revenue', 'cohorts', 'products', 'curve', 'mrr') THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_table',
                MESSAGE = format('the %s of %s is gone', step, full_name),
                HINT = 'Call cltv_materialize with replace => true to make all of it again.';
        END IF;
        RETURN earlier;
    ELSIF step = 'model' THEN
        PERFORM @extschema@.cltv_refresh_model(customers, "concurrently");
    ELSE
        -- Histories in the order of their customers are made in half the time of those in a table of hashes.
        IF step = 'history' AND options ->> 'order_id' IS NULL AND options ->> 'refunds' = 'subtract' THEN
            PERFORM set_config('enable_hashagg', 'off', true);
        END IF;
        relation_rows := @extschema@.cltv_refresh_view(view, "concurrently", step IN ('history', 'customers'));
        PERFORM set_config('enable_hashagg', hashes_before, true);
    END IF;
    IF step = 'model' THEN
        EXECUTE format(@extschema@.cltv_sql(CASE options ->> 'kind' WHEN 'contracts'
                       THEN 'SELECT m.status, NULL, @cltv@.cltv_usable(m.contracts_model), NULL FROM %s AS m'
                       ELSE 'SELECT m.status, m.spend_status, @cltv@.cltv_usable(m.orders_model), '
                            '@cltv@.cltv_usable(m.spend_model) FROM %s AS m' END), model)
        INTO orders_status, spend_status, orders_predict, spend_predict;
        IF (earlier #>> '{before,orders_predict}')::boolean AND NOT orders_predict THEN
            kept := coalesce(orders_status, 'no customers');
        ELSIF (earlier #>> '{before,spend_predict}')::boolean AND NOT spend_predict THEN
            kept := 'spend: ' || coalesce(spend_status, 'no customers');
        END IF;
        IF kept IS NOT NULL THEN
            RAISE SQLSTATE 'CL001' USING MESSAGE = kept;    -- undoes the step, so that the model before is there again
        END IF;
    END IF;
    IF relation_rows IS NULL THEN
        EXECUTE format('SELECT count(*) FROM %s AS counted', relation) INTO relation_rows;
    END IF;
    RETURN earlier || jsonb_build_object('relation', relation, 'rows', relation_rows);
END
$function$;
COMMENT ON FUNCTION cltv_refresh_step(regclass, text, text, boolean, jsonb) IS
    'Internal: one step of cltv_refresh.
History, observation, model, customers, forecast, revenue, cohorts, products, curve, mrr, audiences or drift
of a NAME of cltv_materialize; returns what later steps need to know. Only the owner may call it (42501).';

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
    busy boolean := false;
    target pg_catalog.regclass;
    full_name pg_catalog.text;
    owned boolean;
    began pg_catalog.timestamptz;
    step pg_catalog.text;
    step_began pg_catalog.timestamptz;
    state pg_catalog.jsonb := '{}';
    kept pg_catalog.text;
    code pg_catalog.text;
    message pg_catalog.text;
    detail pg_catalog.text;
    hint pg_catalog.text;
BEGIN
    -- Whether it may commit is known by trying only, and within a block that catches errors it never may: but then the
    -- error is another than that of a transaction that is somebody else's, in whatever language.
    BEGIN
        EXECUTE 'DO $do$ BEGIN COMMIT; END $do$';
    EXCEPTION WHEN invalid_transaction_termination THEN
        GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
    END;
    BEGIN
        COMMIT;
    EXCEPTION WHEN invalid_transaction_termination THEN
        GET STACKED DIAGNOSTICS detail = MESSAGE_TEXT;
    END;
    IF detail OPERATOR(pg_catalog.=) message THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_transaction_termination',
            MESSAGE = 'cltv_refresh cannot run inside a transaction block',
            DETAIL = 'Each of its steps is a transaction of its own.',
            HINT = pg_catalog.format('CALL cltv_refresh(%L) as a statement of its own: not between BEGIN and COMMIT, in a '
                                     'function, or in a string of several statements.', name);
    END IF;
    COMMIT;
    target := pg_catalog.to_regclass(name);
    PERFORM pg_catalog.set_config('search_path', safe_path, true);
    target := @extschema@.cltv_target(target, name);
    SELECT @extschema@.cltv_full_name(target), c.relowner = r.oid INTO full_name, owned
    FROM pg_class AS c, pg_roles AS r
    WHERE c.oid = target AND r.rolname = current_user;
    -- An oid may be beyond an int.
    lock_object := CASE WHEN target::oid::bigint > 2147483647 THEN target::oid::bigint - 4294967296
                   ELSE target::oid::bigint END;
    began := clock_timestamp();
    IF owned THEN
        PERFORM @extschema@.cltv_warn_of_owner(@extschema@.cltv_sources(target));
    END IF;

    FOREACH step IN ARRAY '{log,history,observation,model,customers,forecast,revenue,cohorts,products,curve,mrr,audiences,drift}'::text[] LOOP
        step_began := clock_timestamp();
        state := state - 'relation';
        BEGIN
            -- One at a time: a lock of the transaction, so that none is left whatever ends it. A refresh that begins
            -- between two steps of this one takes over. Nobody but the owner, whose step history goes on, takes it.
            IF owned AND NOT pg_try_advisory_xact_lock(lock_class, lock_object) THEN
                holder := @extschema@.cltv_refreshing(target);
                IF holder <> pg_backend_pid() THEN
                    busy := true;
                    RAISE EXCEPTION USING ERRCODE = 'lock_not_available',
                        MESSAGE = format('%s is being refreshed by another session', full_name),
                        DETAIL = format('Process %s holds the lock.', holder),
                        HINT = 'Try again when that refresh has ended.';
                END IF;
            END IF;
            IF step = 'log' THEN
                INSERT INTO @extschema@.cltv_refresh_runs (name, started) VALUES (full_name, began);
            ELSE
                state := @extschema@.cltv_refresh_step(target, full_name, step, "concurrently", state);
            END IF;
            IF step = 'drift' THEN
                INSERT INTO @extschema@.cltv_refresh_runs (name, started, finished, as_of, customers, orders, parameters,
                                                            status, drift, error, findings, day_gap)
                SELECT full_name, began, clock_timestamp(), o.as_of, o.customers, o.orders, o.parameters,
                       coalesce('refused: ' || kept, o.status), @extschema@.cltv_drift(state -> 'before', state -> 'after'),
                       'the new fit refused (' || kept || '): the model as of ' || (state #>> '{before,fitted}')
                           || ' stays in use',
                       state ->> 'findings', (state ->> 'day_gap')::float8
                FROM jsonb_to_record(state -> 'after')
                    AS o (as_of date, customers bigint, orders bigint, parameters jsonb, status text);
            END IF;
        EXCEPTION
            WHEN SQLSTATE 'CL001' THEN
                GET STACKED DIAGNOSTICS kept = MESSAGE_TEXT;
                RAISE NOTICE '%: the new fit refused (%), the model before stays in use', full_name || '_model', kept;
                CONTINUE;
            WHEN query_canceled OR OTHERS THEN
                GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
                    hint = PG_EXCEPTION_HINT;
        END;
        IF code IS NOT NULL THEN
            -- The step is undone already; a foreign server that went away in it would not let its transaction commit.
            ROLLBACK;
            PERFORM pg_catalog.set_config('search_path', safe_path, true);
            IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = target) THEN
                code := 'undefined_table';
                message := format('%s is gone', full_name);
                detail := format('It was dropped, or made again, during the step %s of its refresh.', step);
                hint := 'Call cltv_refresh again if it was made again, or cltv_materialize.';
            END IF;
            IF NOT (step = 'log' AND busy) THEN
                -- Its statement_timeout has struck already, and does not strike twice.
                PERFORM set_config('lock_timeout', '10s', true) WHERE current_setting('lock_timeout') = '0';
                BEGIN
                    INSERT INTO @extschema@.cltv_refresh_runs (name, started, finished, error)
                    VALUES (full_name, began, clock_timestamp(), format('%s: %s', step, message));
                EXCEPTION WHEN query_canceled OR OTHERS THEN
                    RAISE WARNING 'the error cannot be written to cltv_refresh_log: %', SQLERRM;
                END;
                COMMIT;
                PERFORM pg_catalog.set_config('search_path', safe_path, true);
            END IF;
            RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message,
                DETAIL = CASE WHEN detail <> '' THEN detail
                         ELSE format('In the step %s of the refresh of %s.', step, full_name) END,
                HINT = CASE WHEN hint <> '' THEN hint
                       ELSE 'The steps before it are done. Call cltv_refresh again when the cause is mended.' END;
        END IF;
        COMMIT;
        PERFORM pg_catalog.set_config('search_path', safe_path, true);
        IF state ? 'relation' THEN
            RAISE NOTICE '%: % rows in % s', state ->> 'relation', state ->> 'rows',
                round(extract(epoch FROM clock_timestamp() - step_began)::numeric, 2);
        END IF;
    END LOOP;
    PERFORM set_config('search_path', callers_path, true);
END
$procedure$;
COMMENT ON PROCEDURE cltv_refresh(text, boolean) IS
    'Refreshes everything that cltv_materialize made of a name.
The histories (an incremental one by folding in new orders), the models, the customers, the forecast, the
audiences over them, each a transaction of its own with a NOTICE; concurrently lets readers go on reading.
Writes to cltv_refresh_log. A fit that refuses leaves the last good model in use. Only the owner may call it
(42501). While another session refreshes the same name: error 55P03. After an error, a cancel or a crash each
view is whole, old or new, no lock is left, and the next call repairs. Not inside a transaction block (2D000).';

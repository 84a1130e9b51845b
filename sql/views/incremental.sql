-- Histories as a table, into which new orders are folded instead of reading all of them again.
--
-- `history` is made of all orders of a customer. Where some of them fall after the day settled_until of the watermark,
-- `settled` is made of those up to it. A fold reads the orders after that day only, merges them into what is settled,
-- and moves the watermark up to late_days before the newest day. Histories merge exactly, so that the result is that of
-- reading all orders.

CREATE FUNCTION cltv_fold(home name, base name, afresh boolean) RETURNS bigint
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    ext text;
    key text;
    history CONSTANT text := format('%I.%I', home, base || '_history');
    source CONSTANT text := format('%I.%I', home, base || '_source');
    watermark CONSTANT text := format('%I.%I', home, base || '_watermark');
    foreign_part regclass;
    settled_until date;
    late_days int;
    time_zone text;
    local_time text := 'ordered_at';
    unsettled text := 'ordered_at >= $1 + 1';
    newest date;
    next_settled date;
    folded bigint;
BEGIN
    SELECT quote_ident(n.nspname) INTO STRICT ext
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'cltv';
    -- Triggers and views are code of their owner, and would run here with the caller's rights.
    SELECT part INTO foreign_part
    FROM unnest(ARRAY[history, source, watermark]::regclass[]) AS part JOIN pg_class AS c ON c.oid = part
    WHERE c.relowner <> (SELECT oid FROM pg_roles WHERE rolname = current_user) LIMIT 1;
    IF foreign_part IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('must be owner of %s', foreign_part),
            HINT = 'SET ROLE to its owner.';
    END IF;
    SELECT quote_ident(attname) INTO STRICT key FROM pg_attribute WHERE attrelid = history::regclass AND attnum = 1;

    -- The row lock makes two who fold at once take turns.
    EXECUTE format('SELECT settled_until, late_days, time_zone FROM %s FOR UPDATE', watermark)
    INTO STRICT settled_until, late_days, time_zone;
    IF time_zone IS NOT NULL THEN
        -- Zones are less than two days apart: the first condition, which an index on the time can answer, holds
        -- wherever the second does, whatever zone the session is in.
        local_time := format('ordered_at AT TIME ZONE %L', time_zone);
        unsettled := format('ordered_at >= $1 - 1 AND %s >= $1 + 1', local_time);
    END IF;
    IF afresh THEN
        settled_until := NULL;
        EXECUTE format('DELETE FROM %s', history);
    END IF;
    settled_until := coalesce(settled_until, '-infinity');
    EXECUTE format('SELECT max(%s)::date FROM %s WHERE %s', local_time, source, unsettled)
    INTO newest USING settled_until;
    -- An order of a day to come must not settle the days until then.
    next_settled := CASE WHEN newest IS NULL THEN settled_until
                    ELSE greatest(settled_until, least(newest, current_date) - late_days) END;

    -- A customer who is in the window without a new order is written too: what is settled moves on. One whose orders in
    -- the window are no longer there falls back to what is settled.
    EXECUTE format($sql$
        WITH fresh AS MATERIALIZED (
            SELECT %2$s, %3$s.purchase_history(%5$s, amount) FILTER (WHERE %5$s < $2 + 1) AS before,
                   %3$s.purchase_history(%5$s, amount) FILTER (WHERE %5$s >= $2 + 1) AS after
            FROM %4$s WHERE %6$s GROUP BY %2$s
        ), orphans AS MATERIALIZED (
            SELECT %2$s FROM %1$s WHERE %3$s.last_row(history) > $1 EXCEPT SELECT %2$s FROM fresh
        ), gone AS (
            DELETE FROM %1$s WHERE settled IS NULL AND %2$s IN (SELECT %2$s FROM orphans) RETURNING 1
        ), fallen_back AS (
            UPDATE %1$s SET history = settled, settled = NULL
            WHERE settled IS NOT NULL AND %2$s IN (SELECT %2$s FROM orphans) RETURNING 1
        ), folded AS (
            INSERT INTO %1$s AS known (%2$s, settled, history)
            SELECT %2$s, CASE WHEN after IS NOT NULL THEN before END,
                   CASE WHEN after IS NULL THEN before WHEN before IS NULL THEN after
                   ELSE (SELECT %3$s.rollup(part) FROM (VALUES (before), (after)) AS parts (part)) END
            FROM fresh
            ON CONFLICT (%2$s) DO UPDATE SET
                settled = CASE WHEN %3$s.last_row(EXCLUDED.history) > $2 THEN
                    CASE WHEN EXCLUDED.settled IS NULL THEN %7$s
                    ELSE (SELECT %3$s.rollup(part) FROM (VALUES (%7$s), (EXCLUDED.settled)) AS parts (part)) END END,
                history = (SELECT %3$s.rollup(part) FROM (VALUES (%7$s), (EXCLUDED.history)) AS parts (part))
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM fallen_back) + (SELECT count(*) FROM folded)$sql$,
        history, key, ext, source, local_time, unsettled,
        format('CASE WHEN %s.last_row(known.history) > $1 THEN known.settled ELSE known.history END', ext))
    INTO folded USING settled_until, next_settled;
    EXECUTE format('UPDATE %s SET settled_until = $1', watermark) USING nullif(next_settled, '-infinity');
    RETURN folded;
END
$function$;
COMMENT ON FUNCTION cltv_fold(name, name, boolean) IS
    'Folds the orders after the watermark into the table home.base_history that cltv_materialize(incremental => true) made, or all orders afresh; cltv_refresh and cltv_rebuild call it. Returns the number of customers written. Only the owner of the table may call it (42501).';

CREATE PROCEDURE cltv_rebuild(name text)
    LANGUAGE plpgsql
AS $procedure$
#variable_conflict use_variable
DECLARE
    target pg_catalog.regclass := pg_catalog.to_regclass(name);
    callers_path CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path');
    ext pg_catalog.text;
    home pg_catalog.name;
    base pg_catalog.name;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT quote_ident(n.nspname) INTO STRICT ext
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'cltv';
    SELECT n.nspname, c.relname INTO home, base
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = target AND to_regclass(format('%I.%I', n.nspname, c.relname || '_watermark')) IS NOT NULL;
    IF base IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('%s has no incremental history', coalesce(name, 'NULL')),
            HINT = 'Only what cltv_materialize(..., incremental => true) made can be rebuilt; cltv_refresh makes all '
                'others afresh.';
    END IF;
    EXECUTE format('SELECT %s.cltv_fold($1, $2, true)', ext) USING home, base;
    PERFORM set_config('search_path', callers_path, true);
END
$procedure$;
COMMENT ON PROCEDURE cltv_rebuild(text) IS
    'Makes the table NAME_history of an incremental NAME afresh from all orders: after corrections or deletions of orders older than late_days. Then call cltv_refresh. Readers see the old histories until it commits.';

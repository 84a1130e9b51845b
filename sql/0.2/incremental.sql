-- Histories as a table, into which new orders are folded instead of reading all of them again.
--
-- `settled` is the history up to the watermark, `history` that of all orders. A refresh reads the orders after the
-- watermark only, merges them into `settled` to make `history`, and moves the watermark up to late_days before the
-- newest day.

CREATE FUNCTION cltv_fold(home name, base name, afresh boolean) RETURNS bigint
    LANGUAGE plpgsql
AS $function$
#variable_conflict use_variable
DECLARE
    ext text;
    key text;
    history text := pg_catalog.format('%I.%I', home, pg_catalog.concat(base, '_history'));
    orders text := pg_catalog.format('%I.%I', home, pg_catalog.concat(base, '_orders'));
    watermark text := pg_catalog.format('%I.%I', home, pg_catalog.concat(base, '_watermark'));
    settled_until date;
    late_days int;
    newest date;
    next_settled date;
    folded bigint;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT quote_ident(n.nspname) INTO STRICT ext
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'cltv';
    SELECT quote_ident(attname) INTO STRICT key FROM pg_attribute WHERE attrelid = history::regclass AND attnum = 1;

    -- The row lock makes two who fold at once take turns.
    EXECUTE format('SELECT settled_until, late_days FROM %s FOR UPDATE', watermark) INTO STRICT settled_until, late_days;
    IF afresh THEN
        settled_until := NULL;
        EXECUTE format('DELETE FROM %s', history);
    END IF;
    settled_until := coalesce(settled_until, '-infinity');
    EXECUTE format('SELECT max(ordered_at)::date FROM %s WHERE $1 = ''-infinity'' OR ordered_at >= $1 + 1', orders)
    INTO newest USING settled_until;
    next_settled := greatest(settled_until, coalesce(newest - late_days, '-infinity'));

    -- A customer who is in the window without a new order is written too: what is settled moves on.
    EXECUTE format($sql$
        INSERT INTO %1$s AS known (%2$s, settled, history)
        SELECT %2$s, %3$s.purchase_history(ordered_at, amount) FILTER (WHERE ordered_at < $2 + 1),
               %3$s.purchase_history(ordered_at, amount)
        FROM %4$s WHERE $1 = '-infinity' OR ordered_at >= $1 + 1 GROUP BY %2$s
        ON CONFLICT (%2$s) DO UPDATE SET
            settled = (SELECT %3$s.rollup(part) FROM (VALUES (known.settled), (EXCLUDED.settled)) AS parts (part)),
            history = (SELECT %3$s.rollup(part) FROM (VALUES (known.settled), (EXCLUDED.history)) AS parts (part))$sql$,
        history, key, ext, orders) USING settled_until, next_settled;
    GET DIAGNOSTICS folded = ROW_COUNT;
    EXECUTE format('UPDATE %s SET settled_until = $1', watermark) USING nullif(next_settled, '-infinity');
    RETURN folded;
END
$function$;
COMMENT ON FUNCTION cltv_fold(name, name, boolean) IS
    'Folds the orders after the watermark into the table home.base_history that cltv_materialize(incremental => true) made, or all orders afresh; cltv_refresh and cltv_rebuild call it. Returns the number of customers written.';

CREATE PROCEDURE cltv_rebuild(name text)
    LANGUAGE plpgsql
AS $procedure$
#variable_conflict use_variable
DECLARE
    target regclass := pg_catalog.to_regclass(name);
    ext text;
    home text;
    base text;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT quote_ident(n.nspname) INTO STRICT ext
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'cltv';
    SELECT n.nspname, c.relname INTO home, base
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target;
    IF to_regclass(format('%I.%I', home, base || '_watermark')) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('%s has no incremental history', coalesce(name, 'NULL')),
            HINT = 'Only what cltv_materialize(..., incremental => true) made can be rebuilt; cltv_refresh makes all others afresh.';
    END IF;
    EXECUTE format('SELECT %s.cltv_fold($1, $2, true)', ext) USING home, base;
END
$procedure$;
COMMENT ON PROCEDURE cltv_rebuild(text) IS
    'Makes the table NAME_history of an incremental NAME afresh from all orders: after corrections or deletions of orders older than late_days. Then call cltv_refresh. Readers see the old histories until it commits.';

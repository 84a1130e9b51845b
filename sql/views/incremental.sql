-- Histories as a table, into which new orders are folded instead of reading all of them again.
--
-- `history` is made of all orders of a customer. Where some of them fall after the day settled_until of the watermark,
-- `settled` is made of those up to it. A fold reads the orders after that day only, merges them into what is settled,
-- and moves the watermark up to late_days before the newest day. Histories merge exactly, so that the result is that of
-- reading all orders.
--
-- Where lines are put together to orders, or refunds undo their orders, a line may change an order that was settled long
-- ago. So all lines are read again of the customers who have one in the window, and of those who had one there at the
-- last fold, who are `open`: what a customer's lines make does not depend on those of others.

CREATE FUNCTION cltv_days_of_fold(customers regclass) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET quote_all_identifiers = off
AS $function$
DECLARE
    history text;
    source text;
    watermark text;
    mark record;
    local_time text := 's.ordered_at';
BEGIN
    SELECT min(p.full_name) FILTER (WHERE p.part = 'history'), min(p.full_name) FILTER (WHERE p.part = 'source'),
           min(p.full_name) FILTER (WHERE p.part = 'watermark')
    INTO history, source, watermark FROM @extschema@.cltv_parts(customers) AS p;
    EXECUTE format('SELECT w.settled_until, w.time_zone FROM %s AS w', watermark) INTO mark;
    IF mark.time_zone IS NOT NULL THEN
        local_time := format('s.ordered_at AT TIME ZONE %L', mark.time_zone);
    END IF;
    RETURN format('SELECT (%1$s)::date AS ordered_at FROM %2$s AS s%3$s UNION ALL '
                  'SELECT %4$s.last_row(h.history) FROM %5$s AS h', local_time, source,
                  CASE WHEN mark.settled_until IS NOT NULL THEN
                      CASE WHEN mark.time_zone IS NULL THEN format(' WHERE s.ordered_at >= DATE %L + 1', mark.settled_until)
                      ELSE format(' WHERE s.ordered_at >= DATE %L - 1 AND %s >= DATE %1$L + 1', mark.settled_until, local_time) END
                  END, '@extschema@', history);
END
$function$;
COMMENT ON FUNCTION cltv_days_of_fold(regclass) IS
    'Internal: a query of unsettled order days of an incremental NAME.
Its column ordered_at has the days of the orders of an incremental NAME that are not settled, and the newest
of each customer''s history.';

CREATE FUNCTION cltv_fold(customers regclass, afresh boolean) RETURNS bigint
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    key text;
    history text;
    source text;
    watermark text;
    settled_until date;
    late_days int;
    time_zone text;
    local_time text := 's.ordered_at';
    unsettled text := 's.ordered_at >= $1 + 1';
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    kind CONSTANT text := CASE options ->> 'amounts' WHEN 'signed' THEN ', text ''signed''' ELSE '' END;
    lines text;
    newest date;
    histories bigint;
    is_plausible boolean;
    settling date;
    since date;
    next_settled date;
    folded bigint;
    hashes_before CONSTANT text := current_setting('enable_hashagg');
BEGIN
    PERFORM @extschema@.cltv_owned(customers);
    SELECT min(p.full_name) FILTER (WHERE p.part = 'history'), min(p.full_name) FILTER (WHERE p.part = 'source'),
           min(p.full_name) FILTER (WHERE p.part = 'watermark'),
           (SELECT quote_ident(a.attname) FROM pg_attribute AS a
            WHERE a.attrelid = max(p.relation::oid) FILTER (WHERE p.part = 'history') AND a.attnum = 1)
    INTO history, source, watermark, key
    FROM @extschema@.cltv_parts(customers) AS p;
    IF watermark IS NULL OR source IS NULL OR history IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('%s has no incremental history', customers),
            HINT = 'Only what cltv_materialize(..., incremental => true) made can be rebuilt; cltv_refresh makes all '
                'others afresh.';
    END IF;

    -- The row lock makes two who fold at once take turns.
    EXECUTE format('SELECT w.settled_until, w.late_days, w.time_zone FROM %s AS w FOR UPDATE', watermark)
    INTO STRICT settled_until, late_days, time_zone;
    IF time_zone IS NOT NULL THEN
        -- Zones are less than two days apart: the first condition, which an index on the time can answer, holds
        -- wherever the second does, whatever zone the session is in.
        local_time := format('s.ordered_at AT TIME ZONE %L', time_zone);
        unsettled := format('s.ordered_at >= $1 - 1 AND %s >= $1 + 1', local_time);
    END IF;
    IF afresh THEN
        settled_until := NULL;
        EXECUTE format('DELETE FROM %s', history);
    END IF;
    settled_until := coalesce(settled_until, '-infinity');
    -- Orders of days that cannot be believed are left for later. They settle nothing, and neither do the newest few of the
    -- others: one typing error, or one order that is early while the feed is late, must not settle days whose orders are
    -- still to come. Where more orders fall into the two weeks up to the newest day than may ever be left for later,
    -- none is, and the days need not be counted one by one.
    EXECUTE format(@extschema@.cltv_sql(
        'SELECT greatest(o.newest, h.newest), h.customers FROM '
        '(SELECT max(%1$s)::date AS newest FROM %2$s AS s WHERE %3$s AND s.ordered_at < ''infinity'') AS o, '
        '(SELECT max(@cltv@.last_row(h.history)) AS newest, count(*) AS customers FROM %4$s AS h) AS h'),
        local_time, source, unsettled, history)
    INTO newest, histories USING settled_until;
    EXECUTE format('SELECT $2 <= current_date + 1 AND o.late > greatest(3, (o.orders + $3) / 2000.0) FROM '
                   '(SELECT count(*) FILTER (WHERE %1$s >= $2 - 13 AND %1$s < $2 + 1) AS late, count(*) AS orders '
                   'FROM %2$s AS s WHERE %3$s) AS o', local_time, source, unsettled)
    INTO is_plausible USING settled_until, newest, histories;
    IF is_plausible IS NOT TRUE THEN
        EXECUTE format(@extschema@.cltv_sql(
            'SELECT @cltv@.cltv_plausible_day(array_agg(d.day), array_agg(d.n)) FROM ('
            'SELECT u.day, count(*) AS n FROM (SELECT (%1$s)::date AS day FROM %2$s AS s WHERE %3$s '
            'UNION ALL SELECT @cltv@.last_row(h.history) FROM %4$s AS h) AS u GROUP BY u.day) AS d'),
            local_time, source, unsettled, history)
        INTO newest USING settled_until;
    END IF;
    -- Three customers of the newest days tell as much as all of them.
    FOREACH since IN ARRAY ARRAY[newest, newest - 30, '-infinity'] LOOP
        EXECUTE format('SELECT max(%1$s)::date FROM %2$s AS s WHERE %3$s AND %1$s >= $3 AND %1$s < $2 + 1 GROUP BY s.%4$s '
                       'ORDER BY 1 DESC OFFSET 2 LIMIT 1', local_time, source, unsettled, key)
        INTO settling USING settled_until, newest, since;
        EXIT WHEN settling IS NOT NULL;
    END LOOP;
    next_settled := CASE WHEN settling IS NULL THEN settled_until
                    ELSE greatest(settled_until, least(settling, current_date) - late_days) END;

    IF options ->> 'order_id' IS NOT NULL OR options ->> 'refunds' = 'match' THEN
        lines := format('SELECT s.%1$s AS customer, %2$s AS ordered_at, s.amount%3$s FROM %4$s AS s'
                        || CASE WHEN NOT afresh THEN ' WHERE EXISTS (SELECT FROM touched WHERE touched.customer %5$s s.%1$s)' ELSE '' END,
                        key, local_time, CASE WHEN options ->> 'order_id' IS NOT NULL THEN ', s.order_key, s.refunded_key' END,
                        source, @extschema@.cltv_same_customer(source::regclass, source::regclass, options ->> 'customer'));
        IF options ->> 'order_id' IS NOT NULL THEN
            lines := @extschema@.cltv_one_row_an_order(lines, NULL::date, options ->> 'amounts');
        END IF;
        IF options ->> 'refunds' = 'match' THEN
            lines := @extschema@.cltv_refunds_matched(lines, NULL::date);
        END IF;
        EXECUTE format(@extschema@.cltv_sql($sql$
            WITH lately AS MATERIALIZED (
                SELECT s.%2$s AS customer, max(%6$s) >= $3 + 1 AS open FROM %3$s AS s WHERE %4$s GROUP BY s.%2$s
            ), touched AS MATERIALIZED (
                SELECT lately.customer FROM lately UNION SELECT h.%2$s FROM %1$s AS h WHERE h.open
            ), fresh AS MATERIALIZED (
                SELECT q.customer, @cltv@.purchase_history(q.ordered_at, q.amount%7$s) AS history
                FROM (%5$s) AS q WHERE q.ordered_at < $2 + 1 GROUP BY q.customer
            ), kept AS MATERIALIZED (       -- also those of whose orders nothing is left: a refund may be taken back
                SELECT u.customer, @cltv@.rollup(u.history) AS history, bool_or(u.open) AS open
                FROM (SELECT fresh.customer, fresh.history, false AS open FROM fresh
                      UNION ALL SELECT lately.customer, NULL::@cltv@.purchase_history, true FROM lately WHERE lately.open) AS u
                GROUP BY u.customer
            ), gone AS (
                DELETE FROM %1$s AS h
                WHERE h.%2$s IN (SELECT touched.customer FROM touched EXCEPT SELECT kept.customer FROM kept) RETURNING 1
            ), folded AS (
                INSERT INTO %1$s AS known (%2$s, open, history) SELECT kept.customer, kept.open, kept.history FROM kept
                ON CONFLICT (%2$s) DO UPDATE SET open = EXCLUDED.open, history = EXCLUDED.history RETURNING 1
            )
            SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM folded)$sql$),
            history, key, source, unsettled, lines, local_time, kind)
        INTO folded USING settled_until, newest, next_settled;
    ELSIF afresh THEN
        -- Nothing is there to be merged with; at the very first not even an index. Histories in the order of their
        -- customers are made in half the time of those in a table of hashes, which is larger than any cache, and are
        -- read and joined faster later on.
        PERFORM set_config('enable_hashagg', 'off', true);
        EXECUTE format(@extschema@.cltv_sql($sql$
            INSERT INTO %1$s (%2$s, settled, history)
            SELECT fresh.customer, CASE WHEN fresh.after IS NOT NULL THEN fresh.before END,
                   CASE WHEN fresh.after IS NULL THEN fresh.before WHEN fresh.before IS NULL THEN fresh.after
                   ELSE (SELECT @cltv@.rollup(parts.part)
                         FROM (VALUES (fresh.before), (fresh.after)) AS parts (part)) END
            FROM (SELECT s.%2$s AS customer, @cltv@.purchase_history(%4$s, s.amount%5$s) FILTER (WHERE %4$s < $1 + 1) AS before,
                         @cltv@.purchase_history(%4$s, s.amount%5$s) FILTER (WHERE %4$s >= $1 + 1) AS after
                  FROM %3$s AS s WHERE %4$s < $2 + 1 GROUP BY s.%2$s) AS fresh%6$s$sql$),
            history, key, source, local_time, kind,
            CASE WHEN EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = history::regclass)
            THEN format(' ON CONFLICT (%s) DO UPDATE SET settled = EXCLUDED.settled, history = EXCLUDED.history', key) END)
        USING next_settled, newest;
        GET DIAGNOSTICS folded = ROW_COUNT;
        PERFORM set_config('enable_hashagg', hashes_before, true);
    ELSE
        -- A customer who is in the window without a new order is written too: what is settled moves on. One whose orders in
        -- the window are no longer there falls back to what is settled.
        EXECUTE format(@extschema@.cltv_sql($sql$
            WITH fresh AS MATERIALIZED (
                SELECT s.%2$s AS customer, @cltv@.purchase_history(%4$s, s.amount%7$s) FILTER (WHERE %4$s < $2 + 1) AS before,
                       @cltv@.purchase_history(%4$s, s.amount%7$s) FILTER (WHERE %4$s >= $2 + 1) AS after
                FROM %3$s AS s WHERE %5$s AND %4$s < $3 + 1 GROUP BY s.%2$s
            ), orphans AS MATERIALIZED (
                SELECT h.%2$s AS customer FROM %1$s AS h WHERE @cltv@.last_row(h.history) > $1
                EXCEPT SELECT fresh.customer FROM fresh
            ), gone AS (
                DELETE FROM %1$s AS h
                WHERE h.settled IS NULL AND h.%2$s IN (SELECT orphans.customer FROM orphans) RETURNING 1
            ), fallen_back AS (
                UPDATE %1$s AS h SET history = h.settled, settled = NULL
                WHERE h.settled IS NOT NULL AND h.%2$s IN (SELECT orphans.customer FROM orphans) RETURNING 1
            ), folded AS (
                INSERT INTO %1$s AS known (%2$s, settled, history)
                SELECT fresh.customer, CASE WHEN fresh.after IS NOT NULL THEN fresh.before END,
                       CASE WHEN fresh.after IS NULL THEN fresh.before WHEN fresh.before IS NULL THEN fresh.after
                       ELSE (SELECT @cltv@.rollup(parts.part)
                             FROM (VALUES (fresh.before), (fresh.after)) AS parts (part)) END
                FROM fresh
                ON CONFLICT (%2$s) DO UPDATE SET
                    settled = CASE WHEN @cltv@.last_row(EXCLUDED.history) > $2 THEN
                        CASE WHEN EXCLUDED.settled IS NULL THEN %6$s
                        ELSE (SELECT @cltv@.rollup(parts.part)
                              FROM (VALUES (%6$s), (EXCLUDED.settled)) AS parts (part)) END END,
                    history = (SELECT @cltv@.rollup(parts.part)
                               FROM (VALUES (%6$s), (EXCLUDED.history)) AS parts (part))
                RETURNING 1
            )
            SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM fallen_back) + (SELECT count(*) FROM folded)$sql$),
            history, key, source, local_time, unsettled,
            'CASE WHEN @extschema@.last_row(known.history) > $1 THEN known.settled ELSE known.history END', kind)
        INTO folded USING settled_until, next_settled, newest;
    END IF;
    EXECUTE format('UPDATE %s AS w SET settled_until = $1', watermark) USING nullif(next_settled, '-infinity');
    RETURN folded;
END
$function$;
COMMENT ON FUNCTION cltv_fold(regclass, boolean) IS
    'Internal: folds new orders into the table NAME_history.
The orders after the watermark, or all orders anew; cltv_materialize(incremental => true) made the table.
cltv_refresh and cltv_rebuild call it. Returns the number of customers written. Only the owner may call it
(42501).';

CREATE PROCEDURE cltv_rebuild(name text)
    LANGUAGE plpgsql
AS $procedure$
BEGIN
    PERFORM @extschema@.cltv_fold(@extschema@.cltv_target(pg_catalog.to_regclass(name), name), true);
END
$procedure$;
COMMENT ON PROCEDURE cltv_rebuild(text) IS
    'Rebuilds the table NAME_history of an incremental NAME from all orders.
After corrections or deletions of orders older than late_days; call cltv_refresh afterwards. Readers see the
old histories until it commits.';

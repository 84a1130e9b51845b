-- Orders tables of any shape ------------------------------------------------------------------------------------------

CREATE FUNCTION cltv_orders_query(orders regclass, customer name, ordered_at name, amount name) RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    column_name name;
    column_type regtype;
    types regtype[];
    zone CONSTANT text := current_setting('TimeZone');
    local_time text;
BEGIN
    FOREACH column_name IN ARRAY ARRAY[customer, ordered_at, amount] LOOP
        -- A domain, which may be one over another domain, is taken as its base type.
        WITH RECURSIVE base AS (
            SELECT atttypid AS oid FROM pg_attribute
            WHERE attrelid = orders AND attname = column_name AND attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT typbasetype FROM base JOIN pg_type USING (oid) WHERE typtype = 'd'
        )
        SELECT oid INTO column_type FROM base JOIN pg_type USING (oid) WHERE typtype <> 'd';
        IF NOT FOUND THEN
            RAISE undefined_column USING
                MESSAGE = format('column "%s" of relation "%s" does not exist', column_name, orders),
                HINT = 'Give the names of columns as they are stored, without quotes.';
        END IF;
        types := types || column_type;
    END LOOP;
    IF types[2] <> ALL ('{date,timestamp,timestamptz}'::regtype[]) THEN
        RAISE datatype_mismatch USING
            MESSAGE = format('column "%s" of relation "%s" has type %s', ordered_at, orders, types[2]),
            DETAIL = 'The time of an order is a date, timestamp or timestamptz.',
            HINT = 'Cast the column in a view, and give the view.';
    END IF;
    IF types[3] <> 'float8'::regtype
       AND NOT EXISTS (SELECT FROM pg_cast WHERE castsource = types[3] AND casttarget = 'float8'::regtype) THEN
        RAISE datatype_mismatch USING
            MESSAGE = format('column "%s" of relation "%s" has type %s', amount, orders, types[3]),
            DETAIL = 'The amount of an order is a number.',
            HINT = 'Cast the column in a view, and give the view.';
    END IF;
    local_time := format('%I::%s', ordered_at, types[2]);
    -- The days are those of this session's zone: on another server, where a part of the query may run, it has another.
    -- CET and a few others are zones with summer time in a setting, but abbreviations without it in AT TIME ZONE.
    IF types[2] = 'timestamptz'::regtype
       AND NOT EXISTS (SELECT FROM (VALUES (timestamptz '2024-01-15 12:00 UTC'), ('2024-07-15 12:00 UTC')) AS v (moment)
                       WHERE moment::timestamp <> moment AT TIME ZONE zone) THEN
        local_time := format('(%s AT TIME ZONE %L)', local_time, zone);
    END IF;
    -- A customer may be a row with a NULL in it, which is neither NULL nor NOT NULL.
    RETURN format('SELECT %1$I AS customer, %4$s AS ordered_at, %3$I::float8 AS amount FROM %5$s '
                  'WHERE NOT %1$I IS NULL AND %2$I IS NOT NULL',
                  customer, ordered_at, amount, local_time, orders);
END
$$;
COMMENT ON FUNCTION cltv_orders_query(regclass, name, name, name) IS
'the query that reads the orders of a table or view whose columns have any names: customer (any type), ordered_at '
'(date or timestamp; a timestamptz as the time in the TimeZone of the session that asks), amount (float8; any type that '
'casts to it), without rows whose customer or time is NULL; to be executed with search_path = pg_catalog, pg_temp; a missing column is error 42703, a wrong type 42804; '
'NULL gives NULL';

-- The columns that a caller names, looked up before anything is made of them.

CREATE FUNCTION cltv_column_type(relation regclass, column_name name, argument text, allowed text[] DEFAULT NULL)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    type_id oid;
    found text;
BEGIN
    SELECT atttypid INTO type_id FROM pg_attribute
    WHERE attrelid = relation AND attname = column_name AND attnum > 0 AND NOT attisdropped;
    IF type_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_column',
            MESSAGE = format('column %I of relation %s does not exist', column_name, relation),
            HINT = format('Say which column it is: %s => ''...''.', argument)
                || CASE argument WHEN 'customer' THEN ' Orders and customers have it under the same name.' ELSE '' END;
    END IF;
    WHILE (SELECT typtype = 'd' FROM pg_type WHERE oid = type_id) LOOP
        SELECT typbasetype INTO type_id FROM pg_type WHERE oid = type_id;
    END LOOP;
    found := format_type(type_id, NULL);
    IF found <> ALL (allowed) THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column %I of relation %s cannot be %s: its type is %s',
                             column_name, relation, argument, found),
            HINT = format('It must be one of %s; cast it in a view.', array_to_string(allowed, ', '));
    END IF;
    RETURN found;
END
$function$;
COMMENT ON FUNCTION cltv_column_type(regclass, name, text, text[]) IS
    'Type of a column, of a domain its base type. A column that does not exist (42703) or whose type is not one of those allowed (42804; NULL allows all) is an error that names the argument which named the column.';

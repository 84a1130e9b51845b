-- Statements that differ by a few words are made from one template while the extension is installed; what makes them is
-- dropped at the end.

CREATE FUNCTION cltv_filled(template text, fields jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    field record;
BEGIN
    FOR field IN SELECT * FROM jsonb_each_text(fields) LOOP
        template := replace(template, '{' || field.key || '}', replace(field.value, '''', ''''''));
    END LOOP;
    RETURN template;
END
$function$;

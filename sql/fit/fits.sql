-- Several models at once ----------------------------------------------------------------------------------------------

CREATE FUNCTION cltv_fits(base customer_base, models text[] DEFAULT '{bgnbd,mbgnbd,pnbd}',
                          OUT model text, OUT fitted cltv_model)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100000 ROWS 3
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- BG/BB's times count opportunities.
    known text[] := ARRAY(SELECT family.name FROM @extschema@.cltv_families() AS family
                          WHERE family.topic = 'orders' AND family.unit = 'days' ORDER BY family.name);
BEGIN
    FOREACH model IN ARRAY models LOOP
        IF (model = ANY (known)) IS NOT TRUE THEN
            RAISE invalid_parameter_value USING
                MESSAGE = format('unknown model %s', coalesce(quote_ident(model), 'NULL')),
                HINT = format('Models of orders in days are %s.', array_to_string(known, ', '));
        END IF;
    END LOOP;
    FOREACH model IN ARRAY models LOOP
        EXECUTE format('SELECT %s.%I($1)', '@extschema@', model || '_fit') INTO fitted USING base;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION cltv_fits(customer_base, text[]) IS
'Fits several models of orders in days to the same stored customers.
One row per model in the order of names: the model''s name, as in NAME_fit, and the fitted model; a fit that
refuses is a model whose status says why, with a WARNING; a name without such a fit is error 22023; NULL gives
no rows.';

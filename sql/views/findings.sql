-- What is odd about the orders of a NAME, in a sentence: told once when it is made, and kept with each refresh.

CREATE FUNCTION cltv_findings(customers regclass, OUT sentence text, OUT advice text, OUT query text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 10000000 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    days text;
BEGIN
    -- Where orders are folded in, the days are known by the histories and by the orders that are not settled.
    IF (options ->> 'incremental')::boolean THEN
        days := @extschema@.cltv_days_of_fold(customers);
    END IF;
    SELECT f.* INTO STRICT sentence, advice, query
    FROM @extschema@.cltv_findings(
        to_regclass(options ->> 'orders'), (options ->> 'customer')::name, (options ->> 'ordered_at')::name,
        (options ->> 'amount')::name, (options ->> 'order_id')::name, (options ->> 'as_of')::date,
        options ->> 'amounts', days) AS f;
EXCEPTION WHEN OTHERS THEN
    -- Nothing depends on it.
    sentence := 'the orders cannot be checked: ' || SQLERRM;
END
$function$;
COMMENT ON FUNCTION cltv_findings(regclass) IS
    'What is odd about the orders that a NAME was made of, as cltv_findings says it of orders; an error of the check is its sentence.';

-- What is odd about the orders of a NAME, in a sentence: told once when it is made, and kept with each refresh.

CREATE FUNCTION cltv_findings(customers regclass, OUT sentence text, OUT advice text, OUT query text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 10000000 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    -- Shares are the same in the first rows; all of them would take half as long as everything else.
    first_rows CONSTANT bigint := 50000;
BEGIN
    query := concat(format('SELECT * FROM cltv_check_orders(%L, %L, %L, %L', options ->> 'orders', options ->> 'customer',
                           options ->> 'ordered_at', options ->> 'amount'),
                    CASE WHEN options ->> 'order_id' IS NOT NULL THEN format(', order_id => %L', options ->> 'order_id') END,
                    CASE WHEN options ->> 'as_of' IS NOT NULL THEN format(', as_of => %L', options ->> 'as_of') END, ');');
    SELECT CASE count(*) WHEN 1 THEN 'found in the orders: ' ELSE format('%s findings in the orders, the worst: ', count(*)) END
               || min(f.what) FILTER (WHERE f.place = 1)
               || coalesce(' (' || min(f.example) FILTER (WHERE f.place = 1) || ')', ''),
           min(f.what_to_do) FILTER (WHERE f.place = 1)
    INTO sentence, advice
    FROM (SELECT c.what, c.example, c.what_to_do, row_number() OVER (ORDER BY c.severity <> 'error', c.ordinality) AS place
          FROM @extschema@.cltv_check_orders(
              to_regclass(options ->> 'orders'), (options ->> 'customer')::name, (options ->> 'ordered_at')::name,
              (options ->> 'amount')::name, (options ->> 'order_id')::name, NULL::name, (options ->> 'as_of')::date,
              first_rows) WITH ORDINALITY AS c
          WHERE c.severity IN ('error', 'warning')) AS f;
EXCEPTION WHEN OTHERS THEN
    -- Nothing depends on it.
    sentence := 'the orders cannot be checked: ' || SQLERRM;
END
$function$;
COMMENT ON FUNCTION cltv_findings(regclass) IS
    'How many errors and warnings cltv_check_orders finds in the orders of a NAME, and the worst of them, in a sentence; what to do about it, and the query that shows all. It looks at the days of all rows, and else at the first 50000. NULL where there is nothing odd.';

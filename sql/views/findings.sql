-- What is odd about the orders of a NAME, or where its model of contracts is off, in a sentence: told once when it is made, and kept with each refresh.

CREATE FUNCTION cltv_findings(customers regclass, OUT sentence text, OUT advice text, OUT query text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 10000000 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    orders regclass;
    days text;
    curve text;
    worst record;
    watched int;
    ahead text;
BEGIN
    IF options ->> 'kind' = 'contracts' THEN
        -- Two points are what nobody calls a difference; what the curve's own interval holds is chance.
        curve := (SELECT p.full_name FROM @extschema@.cltv_parts(customers) AS p WHERE p.part = 'curve');
        EXECUTE format('SELECT c.period, round(100 * c.survival::numeric, 1) AS seen, round(100 * c.expected::numeric, 1) AS expected '
                       'FROM %s AS c WHERE abs(c.expected - c.survival) > 0.02 AND NOT c.expected BETWEEN c.lower AND c.upper '
                       'ORDER BY abs(c.expected - c.survival) DESC LIMIT 1', curve) INTO worst;
        IF worst.period IS NOT NULL THEN
            sentence := format('the model expects %s %% of customers to stay for %s periods, and %s %% did',
                               worst.expected, worst.period, worst.seen);
            advice := 'Give attributes that tell the contracts apart, or make views of each kind of them.';
            query := format('SELECT * FROM %s ORDER BY period;', curve);
        END IF;
        RETURN;
    END IF;
    -- Where orders are folded in, the days are known by the histories and by the orders that are not settled.
    IF (options ->> 'incremental')::boolean THEN
        days := @extschema@.cltv_days_of_fold(customers);
    END IF;
    orders := @extschema@.cltv_source(customers);
    IF orders IS NULL THEN
        sentence := format('the orders cannot be checked: %s is not what the views read', options ->> 'orders');
        RETURN;
    END IF;
    SELECT f.* INTO STRICT sentence, advice, query
    FROM @extschema@.cltv_findings(
        orders, (options ->> 'customer')::name, (options ->> 'ordered_at')::name,
        (options ->> 'amount')::name, (options ->> 'order_id')::name, (options ->> 'as_of')::date,
        options ->> 'amounts', days) AS f;
    EXECUTE format('SELECT m.as_of - min(v.first_order) + 1 FROM %s AS v, %s AS m GROUP BY m.as_of', customers,
                   (SELECT p.full_name FROM @extschema@.cltv_parts(customers) AS p WHERE p.part = 'model')) INTO watched;
    ahead := @extschema@.cltv_extrapolation(watched::float8, (options ->> 'horizon')::float8);
    IF ahead IS NOT NULL THEN
        advice := concat_ws(E'\n', advice, concat(CASE WHEN sentence IS NOT NULL THEN format('warning: %s. ', ahead) END,
            'How many customers leave later, and what a season does, is not in the orders.'));
        query := CASE WHEN sentence IS NULL
                 THEN 'Give a shorter horizon: one of half the days of the orders can be held against the other half, by cltv_backtest.'
                 ELSE query END;
        sentence := concat_ws('; ', sentence, ahead);
    END IF;
EXCEPTION WHEN OTHERS THEN
    -- Nothing depends on it.
    sentence := CASE options ->> 'kind' WHEN 'contracts' THEN 'the curve' ELSE 'the orders' END || ' cannot be checked: ' || SQLERRM;
END
$function$;
COMMENT ON FUNCTION cltv_findings(regclass) IS
    'Internal: what looks wrong with the orders that a NAME was made of.
As cltv_findings returns it for orders, and whether predictions go further ahead than these go back; for contracts,
where the model is off the curve by more than two points and chance. An error of the check is its sentence.';

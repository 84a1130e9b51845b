-- Answers with noise: so much of it that whether a customer is among the rows or not is told by chance alone ------------------

CREATE FUNCTION cltv_dp_check(epsilon float8, delta float8) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF epsilon IS NULL OR delta IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'epsilon and delta must not be NULL',
            HINT = 'epsilon => 1 is usual; smaller values are more private.';
    ELSIF NOT (epsilon BETWEEN 0.001 AND 100) OR NOT (delta = 0 OR delta BETWEEN 1e-12 AND 0.1) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('epsilon %s or delta %s is out of range', epsilon, delta),
            HINT = 'epsilon is from 0.001 to 100, delta 0 or from 1e-12 to 0.1.';
    END IF;
END
$function$;
COMMENT ON FUNCTION cltv_dp_check(float8, float8) IS 'Internal: raises an error where noise of epsilon and delta cannot be drawn.';

CREATE FUNCTION cltv_dp_bounds(lower float8, upper float8) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF NOT coalesce(lower < upper AND lower >= -1e15 AND upper <= 1e15 AND upper - lower >= 1e-15, false) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('lower %s and upper %s are not valid bounds', coalesce(lower::text, 'NULL'), coalesce(upper::text, 'NULL')),
            HINT = 'Values of a customer are clamped to them: choose them without looking at the data, 0 and 500 for a year of orders.';
    END IF;
END
$function$;
COMMENT ON FUNCTION cltv_dp_bounds(float8, float8) IS 'Internal: raises an error unless lower is below upper, both within 1e15.';

-- Without a budget, and with one: what writes cannot run beside workers.
DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION dp_count(base feature_base{budget}, epsilon float8 DEFAULT 1, delta float8 DEFAULT 0) RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL {parallel} COST 1000 SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    -- No rows are no customers: even that is not told.
    customers CONSTANT bigint := coalesce(@extschema@.cltv_dp_customers(base), 0);
BEGIN
    PERFORM @extschema@.cltv_dp_check(epsilon, delta);{spend}
    RETURN customers + @extschema@.cltv_noise(bigint '1', epsilon, delta);
END
$function$;
COMMENT ON FUNCTION dp_count(feature_base{type}, float8, float8) IS
    'Returns how many customers are in a dp_base, with noise.
Epsilon-differentially private for customers, or (epsilon, delta)-private with discrete Gaussian noise where
delta is above 0. May be below 0. A NULL base is no customers, with noise like any other. {said} Values out of
range are errors (22023, 22004). Canonne, Kamath & Steinke 2020.';

CREATE FUNCTION dp_sum(base feature_base, lower float8, upper float8{budget}, epsilon float8 DEFAULT 1, delta float8 DEFAULT 0) RETURNS float8
    LANGUAGE plpgsql VOLATILE PARALLEL {parallel} COST 1000 SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    most float8;
    step float8;
    total bigint;
BEGIN
    PERFORM @extschema@.cltv_dp_check(epsilon, delta);
    PERFORM @extschema@.cltv_dp_bounds(lower, upper);
    most := greatest(abs(lower), abs(upper));
    step := @extschema@.cltv_dp_step(most);
    total := coalesce(@extschema@.cltv_dp_total(base, lower, upper, float8 '0', step), 0);{spend}
    RETURN (total + @extschema@.cltv_noise(ceil(most / step)::bigint, epsilon, delta)) * step;
END
$function$;
COMMENT ON FUNCTION dp_sum(feature_base, float8, float8{type}, float8, float8) IS
    'Returns the sum of customers'' values in a dp_base, with noise.
The values of each customer added up, and held within lower and upper, so that one customer changes it by the
larger of these at most; in steps of a power of two, of which that is 2^18 to 2^19. Choose the bounds without
looking at the data. epsilon- or (epsilon, delta)-differentially private as dp_count is. {said} Values out of
range are errors (22023, 22004).';

CREATE FUNCTION dp_mean(base feature_base, lower float8, upper float8{budget}, epsilon float8 DEFAULT 1, delta float8 DEFAULT 0) RETURNS float8
    LANGUAGE plpgsql VOLATILE PARALLEL {parallel} COST 1000 SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    centre float8;
    step float8;
    total bigint;
    customers bigint;
BEGIN
    PERFORM @extschema@.cltv_dp_check(epsilon, delta);
    PERFORM @extschema@.cltv_dp_check(epsilon / 2, delta / 2);
    PERFORM @extschema@.cltv_dp_bounds(lower, upper);
    centre := lower + (upper - lower) / 2;
    step := @extschema@.cltv_dp_step((upper - lower) / 2);
    total := coalesce(@extschema@.cltv_dp_total(base, lower, upper, centre, step), 0);
    customers := coalesce(@extschema@.cltv_dp_customers(base), 0);{spend}
    -- Half for how many, half for how far they are from the centre in all.
    customers := customers + @extschema@.cltv_noise(bigint '1', epsilon / 2, delta / 2);
    total := total + @extschema@.cltv_noise((ceil((upper - lower) / 2 / step) + 1)::bigint, epsilon / 2, delta / 2);
    RETURN least(upper, greatest(lower, centre + total * step / greatest(customers, 1)));
END
$function$;
COMMENT ON FUNCTION dp_mean(feature_base, float8, float8{type}, float8, float8) IS
    'Returns the mean of customers'' values in a dp_base, with noise.
A sum as of dp_sum over a count as of dp_count, with half of epsilon for each, held within lower and upper.
{said} Values out of range are errors (22023, 22004).';

CREATE FUNCTION dp_histogram(base feature_base, bins text[]{budget}, epsilon float8 DEFAULT 1, delta float8 DEFAULT 0,
                             OUT bin text, OUT customers bigint)
    RETURNS SETOF record
    LANGUAGE plpgsql VOLATILE PARALLEL {parallel} COST 1000 ROWS 10 SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    counts CONSTANT bigint[] := @extschema@.cltv_dp_bins(base, bins);
BEGIN
    PERFORM @extschema@.cltv_dp_check(epsilon, delta);
    IF bins IS NULL OR (SELECT count(*) > count(DISTINCT b.name) FROM unnest(bins) AS b (name)) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'bins must be given, each once',
            HINT = 'The list must not come from the data: a bin that appears only because somebody is in it reveals that.';
    END IF;{spend}
    FOR i IN 1 .. cardinality(bins) LOOP
        bin := bins[i];
        customers := coalesce(counts[i], 0) + @extschema@.cltv_noise(bigint '1', epsilon, delta);
        RETURN NEXT;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION dp_histogram(feature_base, text[]{type}, float8, float8) IS
    'Returns how many customers of a dp_base are in each bin, with noise.
Each customer is counted once, in the bin of most of their rows, of equally many the first by its bytes, so
that all bins together cost epsilon once. Bins are given, not taken from the data; customers in others are not
counted. {said} Values out of range are errors (22023, 22004).';
$template$;
BEGIN
    FOR form IN SELECT * FROM (VALUES
        ('', '', 'RESTRICTED', '', 'Spends no budget.'),
        (', budget regclass', ', regclass', 'UNSAFE', E'\n    PERFORM @extschema@.cltv_privacy_spend(budget, epsilon, delta);',
         'Spends epsilon and delta of a budget of cltv_privacy_budget before it answers, or is error 53400.'))
        AS f (budget, type, parallel, spend, said) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

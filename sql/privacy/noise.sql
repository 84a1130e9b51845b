-- What customers contribute to answers with noise ------------------------------------------------------------------------------

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION dp_base_accum(state feature_base, customer {customer}{argument}) RETURNS feature_base
AS 'MODULE_PATHNAME', '{symbol}_{customer}' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION dp_base_accum(feature_base, {customer}{type}) IS
'Internal: transition function of dp_base.
Adds one row of a customer.';

CREATE AGGREGATE dp_base(customer {customer}{argument}) (
    SFUNC = dp_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE dp_base({customer}{type}) IS
'{what}';
$template$;
BEGIN
    FOR form IN SELECT * FROM (VALUES ('text'), ('bigint'), ('uuid')) AS c (customer) CROSS JOIN (VALUES
        ('', '', 'cltv_dp_base_accum', 'Collects distinct customers, for dp_count.
It holds their keys, and no noise yet; mergeable by rollup; rows with a NULL are skipped; no rows give NULL.'),
        (', value float8', ', float8', 'cltv_dp_base_accum_value', 'Collects customers with values, for dp_sum and dp_mean.
These add up the values of each customer; it holds their keys, and no noise yet; mergeable by rollup; rows
with a NULL are skipped; no rows give NULL; a value that is NaN or infinite is error 22023.'),
        (', bin text', ', text', 'cltv_dp_base_accum_bin', 'Collects customers with bins, such as countries, for dp_histogram.
It counts each customer in the bin of most of their rows; it holds their keys, and no noise yet; mergeable by
rollup; rows with a NULL are skipped; no rows give NULL.'))
        AS f (argument, type, symbol, what) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

CREATE FUNCTION cltv_noise(sensitivity bigint, epsilon float8, delta float8) RETURNS bigint
AS 'MODULE_PATHNAME', 'cltv_noise' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED COST 100;
COMMENT ON FUNCTION cltv_noise(bigint, float8, float8) IS
'Internal: noise for a whole number, exactly drawn.
To be added to a number that one customer can change by the sensitivity (1 to 2^20) at most: discrete Laplace
noise, P(y) in proportion to exp(-epsilon |y| / sensitivity), where delta is 0, else discrete Gaussian noise
of the least standard deviation that is (epsilon, delta)-private; drawn exactly, in whole numbers, from the
server''s cryptographic source; epsilon from 0.001 to 100 and delta 0 or from 1e-12 to 0.1, else error 22023;
NULL gives NULL. Canonne, Kamath & Steinke 2020; Balle & Wang 2018.';

CREATE FUNCTION cltv_dp_step(width float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_dp_step' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cltv_dp_step(float8) IS
'Internal: the step in which dp_sum counts.
The power of two of which a width is 2^18 to 2^19; NULL gives NULL.';

CREATE FUNCTION cltv_dp_customers(base feature_base) RETURNS bigint
AS 'MODULE_PATHNAME', 'cltv_dp_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cltv_dp_customers(feature_base) IS
'Internal: the number of customers in a dp_base, without noise.
Not to be shown; NULL gives NULL.';

CREATE FUNCTION cltv_dp_total(base feature_base, lower float8, upper float8, centre float8, step float8) RETURNS bigint
AS 'MODULE_PATHNAME', 'cltv_dp_total' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cltv_dp_total(feature_base, float8, float8, float8, float8) IS
'Internal: the bounded sum over the customers of a dp_base, without noise.
Each customer''s sum of values is held within lower and upper, less centre, and counted in whole steps; not to
be shown; NULL gives NULL.';

CREATE FUNCTION cltv_dp_bins(base feature_base, bins text[]) RETURNS bigint[]
AS 'MODULE_PATHNAME', 'cltv_dp_bins' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cltv_dp_bins(feature_base, text[]) IS
'Internal: the number of customers of a dp_base in each bin, without noise.
Not to be shown; NULL gives NULL.';

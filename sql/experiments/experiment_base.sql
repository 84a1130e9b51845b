-- A test of variants on customers, as sums ---------------------------------------------------------------------------------

CREATE TYPE experiment_base;

CREATE FUNCTION experiment_base_in(cstring) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_experiment_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_in(cstring) IS
'Internal: input function of experiment_base.
Checks every number (22P02).';

CREATE FUNCTION experiment_base_out(experiment_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_experiment_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_out(experiment_base) IS
'Internal: output function of experiment_base.
JSON; a sum is the number of its first bin of 24 bits and what the bins hold, exactly.';

CREATE FUNCTION experiment_base_recv(internal) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_experiment_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_recv(internal) IS
'Internal: binary input function of experiment_base.
Checks every number (22P03).';

CREATE FUNCTION experiment_base_send(experiment_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_experiment_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_send(experiment_base) IS
'Internal: binary output function of experiment_base.
Version, what there is beside the outcome, the variants.';

CREATE TYPE experiment_base (
    INPUT = experiment_base_in,
    OUTPUT = experiment_base_out,
    RECEIVE = experiment_base_recv,
    SEND = experiment_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE experiment_base IS
'The state of a test of variants.
Of each variant how many customers there are, how many were skipped for a NULL, and exact sums of the outcome,
of what stands beside it (what they did before the test, or a denominator), of squares and products; 320 bytes
a variant; made by the aggregates experiment_base and experiment_ratio_base, merged by rollup, read by ab_test
and srm_test; reads as JSON.';

CREATE FUNCTION experiment_base_combine(experiment_base, experiment_base) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_experiment_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_combine(experiment_base, experiment_base) IS
'Internal: combine function of experiment_base and experiment_ratio_base, transition function of rollup.
Adds all customers of other, which must hold the same beside the outcome (else error 22023). For aggregates
only: it updates its first argument.';

CREATE FUNCTION experiment_base_final(experiment_base) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_experiment_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_final(experiment_base) IS
'Internal: final function of experiment_base, experiment_ratio_base and rollup.
Leaves spare room behind.';

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION {name}_accum(state experiment_base, variant text, {arguments}) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_{name}_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION {name}_accum(experiment_base, text, {types}) IS
'Internal: transition function of {name}(variant, {words}).
Adds one customer.';

CREATE AGGREGATE {name}(variant text, {arguments}) (
    SFUNC = {name}_accum,
    STYPE = experiment_base,
    SSPACE = 1024,
    COMBINEFUNC = experiment_base_combine,
    FINALFUNC = experiment_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}(text, {types}) IS
'{what}';
$template$;
BEGIN
    FOR form IN SELECT * FROM (VALUES
        ('experiment_base', 'outcome float8', 'float8', 'outcome',
         'Collects a test of variants, one row per customer, for ab_test and srm_test.
Holds for each variant the number of customers and exact sums of the outcome and of its square; add up several
rows of one customer first, or the errors are too small; a variant that is NULL is not in the test, an outcome
that is NULL is skipped and counted; an outcome beyond 1e100, NaN or infinite, or a name of more than 63 bytes is error 22023, more than 1000 variants are error 54000; no rows give NULL.'),
        ('experiment_base', 'outcome float8, pre float8', 'float8, float8', 'outcome, pre',
         'Collects a test of variants with what customers did before it, for the methods cuped and lin.
pre is what the customer did before the test; a row where it is NULL is skipped and counted: write coalesce(pre, 0)
if an unknown value means that nothing was bought.'),
        ('experiment_ratio_base', 'numerator float8, denominator float8', 'float8, float8', 'numerator, denominator',
         'Collects a test of variants whose outcome is a ratio of sums, such as money per order.
One row per customer with both sums; not the mean of the customers'' ratios, which is experiment_base of each;
rows where one of them is NULL are skipped and counted.'))
        AS f (name, arguments, types, words, what) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

CREATE AGGREGATE rollup(base experiment_base) (
    SFUNC = experiment_base_combine,
    STYPE = experiment_base,
    SSPACE = 1024,
    COMBINEFUNC = experiment_base_combine,
    FINALFUNC = experiment_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(experiment_base) IS
'Merges stored tests of different customers.
The result is the same to the bit as for all customers at once; NULLs are skipped; no rows give NULL.';

-- A test of variants on customers, as sums ---------------------------------------------------------------------------------

CREATE TYPE experiment_base;

CREATE FUNCTION experiment_base_in(cstring) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_experiment_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_in(cstring) IS
'input of experiment_base; checks every number (22P02)';

CREATE FUNCTION experiment_base_out(experiment_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_experiment_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_out(experiment_base) IS
'output of experiment_base: JSON; a sum is the number of its first bin of 24 bits and what the bins hold, exactly';

CREATE FUNCTION experiment_base_recv(internal) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_experiment_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_recv(internal) IS
'binary input of experiment_base; checks every number (22P03)';

CREATE FUNCTION experiment_base_send(experiment_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_experiment_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_send(experiment_base) IS
'binary output of experiment_base: version, what there is beside the outcome, the variants';

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
'a test of variants on customers: of each variant how many customers there are, how many were skipped for a NULL, and exact sums of the outcome, of what stands beside it (what they did before the test, or a denominator), of squares and products; 320 bytes a variant; made by the aggregates experiment_base and experiment_ratio_base, merged by rollup, read by ab_test and srm_test; reads as JSON';

CREATE FUNCTION experiment_base_combine(experiment_base, experiment_base) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_experiment_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_combine(experiment_base, experiment_base) IS
'combine function of experiment_base and experiment_ratio_base, transition function of rollup: adds all customers of other, which must hold the same beside the outcome (else error 22023). For aggregates only: it updates its first argument';

CREATE FUNCTION experiment_base_final(experiment_base) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_experiment_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION experiment_base_final(experiment_base) IS
'final function of experiment_base, experiment_ratio_base and rollup: leaves spare room behind';

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION {name}_accum(state experiment_base, variant text, {arguments}) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_{name}_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION {name}_accum(experiment_base, text, {types}) IS
'transition function of {name}(variant, {words}): adds one customer';

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
         'a test of variants, for ab_test and srm_test: of each variant how many customers, and the exact sums of the outcome and of its square, a row a customer (add up several rows of one first, or the errors are too small); a variant that is NULL is not in the test, an outcome that is NULL is skipped and counted; an outcome beyond 1e100, NaN or infinite, or a name of more than 63 bytes is error 22023, more than 1000 variants are error 54000; no rows: NULL'),
        ('experiment_base', 'outcome float8, pre float8', 'float8, float8', 'outcome, pre',
         'the same with pre, what the customer did before the test, for the methods cuped and lin; a row where it is NULL is skipped and counted: write coalesce(pre, 0) where nothing is known for nothing was bought'),
        ('experiment_ratio_base', 'numerator float8, denominator float8', 'float8, float8', 'numerator, denominator',
         'the same of an outcome that is a ratio of sums, such as money by orders, a row a customer with both; not the mean of the customers'' ratios, which is experiment_base of each; rows where one of them is NULL are skipped and counted'))
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
'merges stored tests of different customers: the same bits as of all customers at once; NULLs are skipped, no rows: NULL';

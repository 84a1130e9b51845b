
-- Whether groups of customers stay equally long, and whether a score tells who leaves sooner ------------------------------

CREATE TYPE survival_base;

CREATE FUNCTION survival_base_in(cstring) RETURNS survival_base
AS 'MODULE_PATHNAME', 'cltv_survival_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_base_in(cstring) IS
'Internal: input function of survival_base.
Rows may come in any order and equal ones are merged; checks every number (22P02, 22023).';

CREATE FUNCTION survival_base_out(survival_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_survival_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_base_out(survival_base) IS
'Internal: output function of survival_base.
JSON with rows [stratum, time, event (1 or 0), group or score, count] in ascending order, digits exact; groups
and strata are numbers that stand for their texts.';

CREATE FUNCTION survival_base_recv(internal) RETURNS survival_base
AS 'MODULE_PATHNAME', 'cltv_survival_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_base_recv(internal) IS
'Internal: binary input function of survival_base.
Checks every number (22P03, 22023).';

CREATE FUNCTION survival_base_send(survival_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_survival_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_base_send(survival_base) IS
'Internal: binary output function of survival_base.
Version, 0, number of rows, rows in ascending order.';

CREATE TYPE survival_base (
    INPUT = survival_base_in,
    OUTPUT = survival_base_out,
    RECEIVE = survival_base_recv,
    SEND = survival_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE survival_base IS
'State of logrank_test and concordance.
Distinct (stratum, time, event, group or score), each with its number of customers; reads as JSON.';

CREATE FUNCTION survival_base_accum(state survival_base, "time" float8, event boolean, score float8) RETURNS survival_base
AS 'MODULE_PATHNAME', 'cltv_survival_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_base_accum(survival_base, float8, boolean, float8) IS
'Internal: transition function of concordance.
Adds one customer.';

CREATE FUNCTION survival_base_accum(state survival_base, "time" float8, event boolean, grp text) RETURNS survival_base
AS 'MODULE_PATHNAME', 'cltv_survival_base_accum_group' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_base_accum(survival_base, float8, boolean, text) IS
'Internal: transition function of logrank_test.
Adds one customer.';

CREATE FUNCTION survival_base_accum(state survival_base, "time" float8, event boolean, grp text, strata text) RETURNS survival_base
AS 'MODULE_PATHNAME', 'cltv_survival_base_accum_group' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_base_accum(survival_base, float8, boolean, text, text) IS
'Internal: transition function of logrank_test with strata.
Adds one customer.';

CREATE FUNCTION survival_base_combine(state survival_base, other survival_base) RETURNS survival_base
AS 'MODULE_PATHNAME', 'cltv_survival_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_base_combine(survival_base, survival_base) IS
'Internal: combine function of logrank_test and concordance.
Adds all customers of other.';

CREATE TYPE logrank_test AS (
    statistic float8,
    df bigint,
    p_value float8
);
COMMENT ON TYPE logrank_test IS
'Result of a log-rank test.
See the aggregate of this name.';
COMMENT ON COLUMN logrank_test.statistic IS 'Test statistic, a quadratic form of observed minus expected events.
NULL where there is nothing to compare.';
COMMENT ON COLUMN logrank_test.df IS 'Degrees of freedom.
Groups that can be compared, minus one.';
COMMENT ON COLUMN logrank_test.p_value IS 'Probability of a statistic at least this large if all groups stayed equally long.
NULL where there is nothing to compare.';

CREATE FUNCTION logrank_test_final(state survival_base) RETURNS logrank_test
AS 'MODULE_PATHNAME', 'cltv_logrank_test_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION logrank_test_final(survival_base) IS
'Internal: final function of logrank_test.';

CREATE FUNCTION concordance_final(state survival_base) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_concordance_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION concordance_final(survival_base) IS
'Internal: final function of concordance.';

CREATE AGGREGATE logrank_test("time" float8, event boolean, grp text) (
    SFUNC = survival_base_accum,
    STYPE = survival_base,
    SSPACE = 1024,
    COMBINEFUNC = survival_base_combine,
    FINALFUNC = logrank_test_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE logrank_test(float8, boolean, text) IS
'Tests whether groups of customers stay equally long, by the log-rank test.
Time and event as in survival_curve, grp = the customer''s group; statistic, df = groups less one, p_value =
the probability of so large a statistic if they did (chi-squared); NULLs where there is nothing to compare;
more than 500 groups are an error (22023); rows with a NULL are skipped; no rows give NULL. Mantel 1966.';

CREATE AGGREGATE logrank_test("time" float8, event boolean, grp text, strata text) (
    SFUNC = survival_base_accum,
    STYPE = survival_base,
    SSPACE = 1024,
    COMBINEFUNC = survival_base_combine,
    FINALFUNC = logrank_test_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE logrank_test(float8, boolean, text, text) IS
'Tests whether groups stay equally long within strata, such as channels of acquisition.
Only customers of the same stratum are compared; otherwise as without strata.';

CREATE AGGREGATE concordance("time" float8, event boolean, score float8) (
    SFUNC = survival_base_accum,
    STYPE = survival_base,
    SSPACE = 1024,
    COMBINEFUNC = survival_base_combine,
    FINALFUNC = concordance_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE concordance(float8, boolean, float8) IS
'Returns Harrell''s C, how well a score ranks who leaves first.
The share of pairs of customers, of whom it is known who left first, in which that one has the higher score,
such as a probability of leaving, 0..1; ties of the score count half, 0.5 is chance; time and event as in
survival_curve; NULL where no pair tells; a time or a score that is not finite is an error (22023); rows with
a NULL are skipped; no rows give NULL. Harrell et al. 1982.';

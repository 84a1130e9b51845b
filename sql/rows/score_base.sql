-- score_base: what came of predictions, the state of the aggregates of validation and of concentration ---------------

CREATE TYPE score_base;

CREATE FUNCTION score_base_in(cstring) RETURNS score_base
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'cltv_score_base_in';
COMMENT ON FUNCTION score_base_in(cstring) IS
'Internal: input function of score_base.
Checks every number (22P02, 22003).';

CREATE FUNCTION score_base_out(score_base) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'cltv_score_base_out';
COMMENT ON FUNCTION score_base_out(score_base) IS
'Internal: output function of score_base.
JSON with rows [predicted, actual], digits exact.';

CREATE FUNCTION score_base_recv(internal) RETURNS score_base
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'cltv_score_base_recv';
COMMENT ON FUNCTION score_base_recv(internal) IS
'Internal: binary input function of score_base.
Checks every number (22P03).';

CREATE FUNCTION score_base_send(score_base) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'cltv_score_base_send';
COMMENT ON FUNCTION score_base_send(score_base) IS
'Internal: binary output function of score_base.
Version, top or 0, number of rows, rows.';

CREATE TYPE score_base (
    INPUT = score_base_in,
    OUTPUT = score_base_out,
    RECEIVE = score_base_recv,
    SEND = score_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE score_base IS
'State of auc, gini, lift, regression_metrics and revenue_share.
One pair per row, the prediction or score and the outcome (for a label 1 or 0; for a single value the value
twice), and the share top that was asked for; reads as JSON.';

CREATE FUNCTION score_base_accum(state score_base, label boolean, score float8) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_accum_label';
COMMENT ON FUNCTION score_base_accum(score_base, boolean, float8) IS
'Internal: transition function of auc(label, score).
Adds one customer.';

CREATE FUNCTION score_base_accum(state score_base, actual float8, predicted float8) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_accum_pair';
COMMENT ON FUNCTION score_base_accum(score_base, float8, float8) IS
'Internal: transition function of gini(actual, predicted), lift(actual, predicted) and regression_metrics.
Adds one customer.';

CREATE FUNCTION score_base_accum(state score_base, actual float8, predicted float8, top float8) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_accum_pair_top';
COMMENT ON FUNCTION score_base_accum(score_base, float8, float8, float8) IS
'Internal: transition function of lift(actual, predicted, top).
Adds one customer and notes top, which all rows must share (22023).';

CREATE FUNCTION score_base_accum(state score_base, value float8) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_accum_value';
COMMENT ON FUNCTION score_base_accum(score_base, float8) IS
'Internal: transition function of gini(value) and revenue_share(value).
Adds one customer, whose value ranks itself.';

-- Not an overload: it has the arguments of the one for pairs.
CREATE FUNCTION score_base_accum_top(state score_base, value float8, top float8) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_accum_value_top';
COMMENT ON FUNCTION score_base_accum_top(score_base, float8, float8) IS
'Internal: transition function of revenue_share(value, top).
Adds one customer and notes top, which all rows must share (22023).';

CREATE FUNCTION score_base_combine(state score_base, other score_base) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_combine';
COMMENT ON FUNCTION score_base_combine(score_base, score_base) IS
'Internal: combine function of the aggregates whose state is a score_base.
Adds all customers of other.';

CREATE FUNCTION score_base_final(state score_base) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_score_base_final';
COMMENT ON FUNCTION score_base_final(score_base) IS
'Internal: final function of score_base.
The same customers, sorted.';

CREATE AGGREGATE score_base(actual float8, predicted float8) (
    SFUNC = score_base_accum,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = score_base_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE score_base(float8, float8) IS
'Collects predictions with their outcomes.
To store, to merge by rollup, and for gini, lift, regression_metrics and predict_interval; rows with a NULL
are skipped; no rows give NULL; NaN and infinity are error 22023.';

CREATE AGGREGATE score_base(label boolean, score float8) (
    SFUNC = score_base_accum,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = score_base_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE score_base(boolean, float8) IS
'Collects scores with whether the predicted event happened.
1 or 0, for auc and related functions; otherwise as of numbers.';

CREATE AGGREGATE rollup(base score_base) (
    SFUNC = score_base_combine,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = score_base_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(score_base) IS
'Merges stored score_base values.
The same as one base of all rows; NULLs are skipped; no rows give NULL.';

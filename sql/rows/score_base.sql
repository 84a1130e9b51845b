-- score_base: what came of predictions, the state of the aggregates of validation and of concentration ---------------

CREATE TYPE score_base;

CREATE FUNCTION score_base_in(cstring) RETURNS score_base
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'cltv_score_base_in';
COMMENT ON FUNCTION score_base_in(cstring) IS
'input of score_base; checks every number (22P02, 22003)';

CREATE FUNCTION score_base_out(score_base) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'cltv_score_base_out';
COMMENT ON FUNCTION score_base_out(score_base) IS
'output of score_base: JSON with rows [predicted, actual], digits exact';

CREATE FUNCTION score_base_recv(internal) RETURNS score_base
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'cltv_score_base_recv';
COMMENT ON FUNCTION score_base_recv(internal) IS
'binary input of score_base; checks every number (22P03)';

CREATE FUNCTION score_base_send(score_base) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'cltv_score_base_send';
COMMENT ON FUNCTION score_base_send(score_base) IS
'binary output of score_base: version, top or 0, number of rows, rows';

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
'state of auc, gini, lift, regression_metrics and revenue_share: a pair a row, its prediction or score and what came '
'of it (of a label: 1 or 0; of a value alone: the value twice), and the share top that was asked for; reads as JSON';

CREATE FUNCTION score_base_accum(state score_base, label boolean, score float8) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_accum_label';
COMMENT ON FUNCTION score_base_accum(score_base, boolean, float8) IS
'transition function of auc(label, score): adds one customer';

CREATE FUNCTION score_base_accum(state score_base, actual float8, predicted float8) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_accum_pair';
COMMENT ON FUNCTION score_base_accum(score_base, float8, float8) IS
'transition function of gini(actual, predicted), lift(actual, predicted) and regression_metrics: adds one customer';

CREATE FUNCTION score_base_accum(state score_base, actual float8, predicted float8, top float8) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_accum_pair_top';
COMMENT ON FUNCTION score_base_accum(score_base, float8, float8, float8) IS
'transition function of lift(actual, predicted, top): adds one customer and notes top, which all rows must share '
'(22023)';

CREATE FUNCTION score_base_accum(state score_base, value float8) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_accum_value';
COMMENT ON FUNCTION score_base_accum(score_base, float8) IS
'transition function of gini(value) and revenue_share(value): adds one customer, whose value ranks itself';

-- Not an overload: it has the arguments of the one for pairs.
CREATE FUNCTION score_base_accum_top(state score_base, value float8, top float8) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_accum_value_top';
COMMENT ON FUNCTION score_base_accum_top(score_base, float8, float8) IS
'transition function of revenue_share(value, top): adds one customer and notes top, which all rows must share (22023)';

CREATE FUNCTION score_base_combine(state score_base, other score_base) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_combine';
COMMENT ON FUNCTION score_base_combine(score_base, score_base) IS
'combine function of the aggregates whose state is a score_base: adds all customers of other';

CREATE FUNCTION score_base_final(state score_base) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_score_base_final';
COMMENT ON FUNCTION score_base_final(score_base) IS
'final function of score_base: the same customers, sorted';

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
'customers with what was predicted of each and what came, to be stored, merged by rollup and read by gini, lift, regression_metrics and predict_interval; rows with a NULL are skipped, no rows: NULL; NaN and infinity are error 22023';

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
'customers with the score that was to foretell it and whether it came true, 1 or 0, for auc and its kin; all else as of numbers';

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
'merges stored score_base values: the same as one of all their rows; NULLs are skipped, no rows: NULL';

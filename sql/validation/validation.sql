-- Can the predictions be believed? ------------------------------------------------------------------------------------

CREATE FUNCTION auc_final(state score_base) RETURNS float8
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_auc_final';
COMMENT ON FUNCTION auc_final(score_base) IS
'Internal: final function of auc.';

CREATE AGGREGATE auc(label boolean, score float8) (
    SFUNC = score_base_accum,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = auc_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE auc(boolean, float8) IS
'Returns the area under the ROC curve.
Between 0 and 1: the probability that a row with the label has a higher score than one without, ties counted
half; 0.5 is chance. NULL if all rows have the label, or none; rows with a NULL are skipped; no rows give
NULL; a score that is NaN or infinite is error 22023. Hanley & McNeil 1982.';

CREATE FUNCTION gini_final(state score_base) RETURNS float8
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_gini_final';
COMMENT ON FUNCTION gini_final(score_base) IS
'Internal: final function of gini(actual, predicted).';

CREATE AGGREGATE gini(actual float8, predicted float8) (
    SFUNC = score_base_accum,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = gini_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE gini(float8, float8) IS
'Returns the normalised Gini coefficient of a ranking.
Between -1 and 1: area between the cumulative gains curve of actual, ordered by predicted, and the diagonal,
over the same area of the perfect order; ties count as the mean over their orders; 1 is perfect, 0 is chance.
NULL if all actual values are equal; rows with a NULL are skipped; no rows give NULL; NaN and infinity are
error 22023. Schechtman & Yitzhaki 1987.';

CREATE FUNCTION lift_final(state score_base) RETURNS float8
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_lift_final';
COMMENT ON FUNCTION lift_final(score_base) IS
'Internal: final function of lift, for the top of the state or for 0.1 without one.';

CREATE AGGREGATE lift(actual float8, predicted float8) (
    SFUNC = score_base_accum,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = lift_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE lift(float8, float8) IS
'Returns the lift of the top tenth.
lift(actual, predicted, top => 0.1).';

CREATE AGGREGATE lift(actual float8, predicted float8, top float8) (
    SFUNC = score_base_accum,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = lift_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE lift(float8, float8, float8) IS
'Returns the lift of the top share of rows by prediction.
Mean of actual over these rows, divided by the mean of all rows: 1 is chance. Rows with equal predictions at
the border count in part, each the same. top is above 0, at most 1 and the same in all rows. NULL if the total
of actual is not above 0; rows with a NULL are skipped; no rows give NULL; NaN, infinity and another top are
error 22023.';

CREATE TYPE regression_metrics AS (
    n bigint,
    mae float8,
    rmse float8,
    bias float8,
    mape float8,
    correlation float8
);
COMMENT ON TYPE regression_metrics IS
'How far predictions are from outcomes.
See the aggregate of this name.';
COMMENT ON COLUMN regression_metrics.n IS 'Number of rows.';
COMMENT ON COLUMN regression_metrics.mae IS 'Mean absolute error.
Mean of |predicted - actual|.';
COMMENT ON COLUMN regression_metrics.rmse IS
'Root mean squared error.
Square root of the mean of (predicted - actual)^2.';
COMMENT ON COLUMN regression_metrics.bias IS 'Mean of predicted - actual.
Above 0 where predictions are too high.';
COMMENT ON COLUMN regression_metrics.mape IS
'Mean absolute percentage error as a fraction.
Mean of |predicted - actual| / |actual| over rows with actual <> 0; NULL without such a row.';
COMMENT ON COLUMN regression_metrics.correlation IS
'Pearson''s correlation of actual and predicted, -1..1.
NULL if one of them is the same in all rows.';

CREATE FUNCTION regression_metrics_final(state score_base) RETURNS regression_metrics
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_regression_metrics_final';
COMMENT ON FUNCTION regression_metrics_final(score_base) IS
'Internal: final function of regression_metrics.';

CREATE AGGREGATE regression_metrics(actual float8, predicted float8) (
    SFUNC = score_base_accum,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = regression_metrics_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE regression_metrics(float8, float8) IS
'Returns how far predictions are from outcomes.
N, mae, rmse, bias, mape, correlation. Rows with a NULL are skipped; no rows give NULL; NaN and infinity are
error 22023, a mean beyond float8 is error 22003.';

-- The same of customers that are stored.

CREATE FUNCTION auc(base score_base) RETURNS float8
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_auc_final';
COMMENT ON FUNCTION auc(score_base) IS
'Returns the area under the ROC curve of stored customers.
As the aggregate auc(label, score).';

CREATE FUNCTION gini(base score_base) RETURNS float8
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_gini_final';
COMMENT ON FUNCTION gini(score_base) IS
'Returns the normalised Gini coefficient of stored customers.
As the aggregate gini(actual, predicted).';

CREATE FUNCTION lift(base score_base) RETURNS float8
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_lift_final';
COMMENT ON FUNCTION lift(score_base) IS
'Returns the lift of the top tenth of stored customers.
As the aggregate lift(actual, predicted).';

CREATE FUNCTION regression_metrics(base score_base) RETURNS regression_metrics
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_regression_metrics_final';
COMMENT ON FUNCTION regression_metrics(score_base) IS
'Returns how far predictions of stored customers are from outcomes.
As the aggregate regression_metrics(actual, predicted).';

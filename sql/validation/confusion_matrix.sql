-- How often are yes-or-no predictions right? --------------------------------------------------------------------------

CREATE TYPE confusion_matrix;

CREATE FUNCTION confusion_matrix_in(cstring) RETURNS confusion_matrix
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_confusion_matrix_in';
COMMENT ON FUNCTION confusion_matrix_in(cstring) IS
'Internal: input function of confusion_matrix.
Checks every number (22P02).';

CREATE FUNCTION confusion_matrix_out(confusion_matrix) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_confusion_matrix_out';
COMMENT ON FUNCTION confusion_matrix_out(confusion_matrix) IS
'Internal: output function of confusion_matrix.
JSON.';

CREATE FUNCTION confusion_matrix_recv(internal) RETURNS confusion_matrix
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_confusion_matrix_recv';
COMMENT ON FUNCTION confusion_matrix_recv(internal) IS
'Internal: binary input function of confusion_matrix.
Checks every number (22P03).';

CREATE FUNCTION confusion_matrix_send(confusion_matrix) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_confusion_matrix_send';
COMMENT ON FUNCTION confusion_matrix_send(confusion_matrix) IS
'Internal: binary output function of confusion_matrix.
Version, the four counts.';

CREATE TYPE confusion_matrix (
    INPUT = confusion_matrix_in,
    OUTPUT = confusion_matrix_out,
    RECEIVE = confusion_matrix_recv,
    SEND = confusion_matrix_send,
    INTERNALLENGTH = 40,
    ALIGNMENT = double,
    STORAGE = plain
);
COMMENT ON TYPE confusion_matrix IS
'State of classification_metrics, the four counts of a confusion matrix.
How many rows with and without the label were predicted yes and no, each at most 2^53; reads as JSON.';

CREATE FUNCTION confusion_matrix_accum(state confusion_matrix, label boolean, score float8) RETURNS confusion_matrix
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_confusion_matrix_accum';
COMMENT ON FUNCTION confusion_matrix_accum(confusion_matrix, boolean, float8) IS
'Internal: transition function of classification_metrics(label, score).
Counts one row.';

CREATE FUNCTION confusion_matrix_accum(state confusion_matrix, label boolean, score float8, threshold float8)
RETURNS confusion_matrix
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_confusion_matrix_accum_threshold';
COMMENT ON FUNCTION confusion_matrix_accum(confusion_matrix, boolean, float8, float8) IS
'Internal: transition function of classification_metrics(label, score, threshold).
Counts one row.';

CREATE FUNCTION confusion_matrix_combine(state confusion_matrix, other confusion_matrix) RETURNS confusion_matrix
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_confusion_matrix_combine';
COMMENT ON FUNCTION confusion_matrix_combine(confusion_matrix, confusion_matrix) IS
'Internal: combine function of classification_metrics.
Adds the counts of other; above 2^53 is error 22003.';

CREATE TYPE classification_metrics AS (
    accuracy float8,
    precision float8,
    recall float8,
    f1 float8,
    true_positives bigint,
    false_positives bigint,
    true_negatives bigint,
    false_negatives bigint
);
COMMENT ON TYPE classification_metrics IS
'How often yes-or-no predictions are right.
See the aggregate of this name.';
COMMENT ON COLUMN classification_metrics.accuracy IS 'Share of rows that are predicted right.';
COMMENT ON COLUMN classification_metrics.precision IS
'Share of rows predicted yes that have the label.
NULL if no lower bound is below 0 yes.';
COMMENT ON COLUMN classification_metrics.recall IS
'Share of rows with the label that are predicted yes.
NULL if none has it.';
COMMENT ON COLUMN classification_metrics.f1 IS
'Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN).
NULL if none has the label and no lower bound is below 0 yes.';
COMMENT ON COLUMN classification_metrics.true_positives IS 'Rows with the label, predicted yes.';
COMMENT ON COLUMN classification_metrics.false_positives IS 'Rows without the label, predicted yes.';
COMMENT ON COLUMN classification_metrics.true_negatives IS 'Rows without the label, predicted no.';
COMMENT ON COLUMN classification_metrics.false_negatives IS 'Rows with the label, predicted no.';

CREATE FUNCTION classification_metrics_final(state confusion_matrix) RETURNS classification_metrics
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'cltv_classification_metrics_final';
COMMENT ON FUNCTION classification_metrics_final(confusion_matrix) IS
'Internal: final function of classification_metrics.';

CREATE AGGREGATE classification_metrics(label boolean, score float8) (
    SFUNC = confusion_matrix_accum,
    STYPE = confusion_matrix,
    COMBINEFUNC = confusion_matrix_combine,
    FINALFUNC = classification_metrics_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE classification_metrics(boolean, float8) IS
'Returns classification metrics at a threshold of 0.5.
classification_metrics(label, score, threshold => 0.5).';

CREATE AGGREGATE classification_metrics(label boolean, score float8, threshold float8) (
    SFUNC = confusion_matrix_accum,
    STYPE = confusion_matrix,
    COMBINEFUNC = confusion_matrix_combine,
    FINALFUNC = classification_metrics_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE classification_metrics(boolean, float8, float8) IS
'Returns accuracy, precision, recall, F1 and the four counts at a threshold.
The prediction is yes where score >= threshold. The threshold may differ from row to row. Rows with a NULL are
skipped; no rows give NULL; NaN and infinity are error 22023. Fawcett 2006.';

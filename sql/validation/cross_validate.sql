-- Predictions of customers that a fit has not seen, and intervals from how far off these were -------------------------------

CREATE FUNCTION feature_rows(base feature_base, OUT y float8, OUT "offset" float8, OUT customers float8, OUT x features)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_feature_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION feature_rows(feature_base) IS
'Returns the distinct customers of a base of response_feature_base.
Response y, offset (0 without), how many customers are the same, and their attributes, but not the cluster;
another feature_base is error 22023; NULL gives no rows.';

CREATE FUNCTION feature_base_fold(base feature_base, folds int, fold int, seed bigint, inside boolean) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_fold' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION feature_base_fold(feature_base, int, int, bigint, boolean) IS
'Returns the customers of one fold of a base of response_feature_base.
One of the given number of folds, 2..100, counted from 1, or with inside false the customers of all others;
who belongs to which is drawn by a hash of the customer''s place among the sorted ones with the seed, equal
customers and those of a cluster together; NULL where nobody does; another feature_base, fold or number of
folds is error 22023.';

CREATE FUNCTION cltv_fold_of_rows(base feature_base, folds int, seed bigint) RETURNS int[]
AS 'MODULE_PATHNAME', 'cltv_fold_of_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION cltv_fold_of_rows(feature_base, int, bigint) IS
'Internal: the fold of each of feature_rows(base), in their order.
As feature_base_fold divides them.';

-- Whoever predicts a customer has learnt from others only. Folds that are too few or too many are refused with the first of them.
CREATE FUNCTION cross_validate(base feature_base, learner text DEFAULT 'linear', folds int DEFAULT 5, seed bigint DEFAULT 1) RETURNS score_base
    LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000000 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.score_base(r.y, r.predicted ORDER BY f.fold, r.place, g.n)
    FROM generate_series(1, greatest(1, least(folds, 101))) AS f (fold),
         LATERAL (SELECT * FROM @extschema@.cltv_learner_fit(learner, @extschema@.feature_base_fold(base, folds, f.fold, seed, false)) OFFSET 0) AS m,
         LATERAL (SELECT row_number() OVER () AS place, u.y, u.customers, @extschema@.predict(m.fitted, u.x, u."offset") AS predicted
                  FROM @extschema@.feature_rows(@extschema@.feature_base_fold(base, folds, f.fold, seed, true)) AS u OFFSET 0) AS r,
         LATERAL generate_series(1, greatest(1, round(r.customers))::bigint) AS g (n)
$$;
COMMENT ON FUNCTION cross_validate(feature_base, text, int, bigint) IS
'Returns cross-validated predictions of a learner with their outcomes.
For learners of cltv_learners(): a base of response_feature_base is divided in so many folds, 2..100, as
feature_base_fold does it, and each is predicted by a fit to the others; for regression_metrics, gini, lift
and auc, which judge it, and predict_interval; equal customers count as many times as there are, weights
rounded; where a fit refuses, its fold is left out, and with all of them the result is NULL; another learner
or base is error 22023. Stone 1974.';

CREATE FUNCTION predict_interval(prediction float8, held_out score_base, level float8 DEFAULT 0.8, OUT lower float8, OUT estimate float8,
                                 OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_predict_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION predict_interval(float8, score_base, float8) IS
'Returns a prediction interval from held-out errors.
The outcome of a customer lies in it with a probability of level (above 0 and below 1, else error 22023) or
more, judged by how far predictions were off for customers whom the model had not seen, such as those of
cross_validate: estimate is the prediction, lower and upper the prediction with the errors added that the
middle of the held-out customers with about the same prediction had, in up to 20 bins of 200 customers or
more; nothing is assumed of the model or of how errors are distributed, but that the customer is one like
these. Where no outcome is negative, no bound is; NULL where there are too few customers for the level.
Bostrom, Johansson & Lofstrom 2021.';


-- Trees, forests and boosted trees ------------------------------------------------------------------------------------------

CREATE FUNCTION tree_fit_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_tree_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION tree_fit_final(feature_base) IS
'Internal: final function of tree_fit.';

CREATE FUNCTION tree_fit(base feature_base, max_depth int DEFAULT 4, min_rows float8 DEFAULT 50) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_tree_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION tree_fit(feature_base, int, float8) IS
'Fits a decision tree to stored customers made by response_feature_base.
Up to max_depth questions follow one another, 1 to 20, and every leaf has min_rows customers or more (else
error 22023); otherwise as of customers. Breiman, Friedman, Olshen & Stone 1984.';

CREATE FUNCTION forest_fit_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_forest_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION forest_fit_final(feature_base) IS
'Internal: final function of forest_fit.';

CREATE FUNCTION forest_fit(base feature_base, trees int DEFAULT 200, max_depth int DEFAULT 12, min_rows float8 DEFAULT 5,
                           seed bigint DEFAULT 1) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_forest_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION forest_fit(feature_base, int, int, float8, bigint) IS
'Fits a random forest to stored customers made by response_feature_base.
So many trees, 1 to 10000, of up to max_depth questions after one another, 1 to 20, with min_rows customers of
its sample or more in every leaf; another seed, 0 to 2^53, gives other draws; arguments out of range are
errors (22023); otherwise as of customers. Breiman 2001.';

CREATE FUNCTION boost_fit_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_boost_fit_number' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION boost_fit_final(feature_base) IS
'Internal: final function of boost_fit to a number.';

CREATE FUNCTION boost_fit_yes_or_no_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_boost_fit_yes_or_no' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION boost_fit_yes_or_no_final(feature_base) IS
'Internal: final function of boost_fit to whether something happened.';

CREATE FUNCTION boost_fit(base feature_base, objective text, trees int DEFAULT 200, rate float8 DEFAULT 0.05, max_depth int DEFAULT 4,
                          min_rows float8 DEFAULT 20, lambda float8 DEFAULT 1, monotone jsonb DEFAULT '{}', early_stop int DEFAULT 20,
                          seed bigint DEFAULT 1) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_boost_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION boost_fit(feature_base, text, int, float8, int, float8, float8, jsonb, int, bigint) IS
'Fits boosted trees to stored customers made by response_feature_base.
objective = squared (any number), logistic (yes or no), poisson (a count), gamma (an amount above 0) or ziln
(an amount, mostly 0: three trees a round, of whether, of how much and of how much that varies); up to so many
trees, each of which takes the share rate, above 0 and up to 1, of its best step; max_depth and min_rows as of
tree_fit; lambda, 0 or more, holds steps near 0; monotone = {"ATTRIBUTE": 1} where the prediction may not fall
with a number, -1 where it may not rise; early_stop: a fifth of the customers, drawn by a hash with the seed,
is held out where that is 100 or more, and after so many trees that predict these no better the best of them
are kept, 0: all are learnt from; arguments out of range are errors (22023); otherwise as of customers.
Friedman 2001, Chen & Guestrin 2016.';

CREATE FUNCTION tree_rules(model cltv_model, OUT rule text, OUT customers float8, OUT prediction float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_tree_rules' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 16;
COMMENT ON FUNCTION tree_rules(cltv_model) IS
'Returns the leaves of a tree_fit as rules, one row each.
The rule that leads there, to be pasted into WHERE over columns with the names and the numbers that features()
was given; customers of the fit who are there, and the mean of their responses, which is the prediction;
models of other kinds are errors (22023), a refused fit has no rows.';

CREATE FUNCTION explain(model cltv_model, x features, OUT feature text, OUT value text, OUT contribution float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_explain' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION explain(cltv_model, features) IS
'Returns what each attribute of a customer adds to a prediction.
On the scale of the predictor (log odds for logistic, logarithm for counts and amounts), after a row (base):
together they are the predictor. Of regressions the coefficient times the distance from the mean of the
customers of the fit (NULL for a number that is NULL), of trees Shapley values; models of kind ziln, or of its
objective, have rows for purchases and spend each. Lundberg et al. 2020.';

CREATE FUNCTION feature_importance(model cltv_model, OUT feature text, OUT importance float8, OUT share float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_feature_importance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION feature_importance(cltv_model) IS
'Returns how important each attribute is under a model of a response.
One row per attribute: of trees by how much its questions make the loss smaller, in sum, of regressions the
variance over the customers of the fit of what it adds to the predictor; share = of the sum over all
attributes of the same predictor.';

-- The support vector machine, and small neural nets ----------------------------------------------------------------------------

CREATE FUNCTION svm_fit_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_svm_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION svm_fit_final(feature_base) IS
'Internal: final function of svm_fit.';

CREATE FUNCTION svm_fit(base feature_base, cost float8 DEFAULT 1, seed bigint DEFAULT 1) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_svm_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION svm_fit(feature_base, float8, bigint) IS
'Fits a linear support vector machine to stored customers.
Half the squares of the coefficients, in standard deviations of the attributes, and the cost, above 0, times
the squared hinge losses are minimised; the seed, 0 to 2^53, draws the five folds whose decisions are scaled
to probabilities; arguments out of range are errors (22023); otherwise as of customers. Keerthi & DeCoste
2005, Platt 1999.';

CREATE FUNCTION mlp_fit_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_mlp_fit_number' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500000;
COMMENT ON FUNCTION mlp_fit_final(feature_base) IS
'Internal: final function of mlp_fit to a number.';

CREATE FUNCTION mlp_fit_yes_or_no_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_mlp_fit_yes_or_no' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500000;
COMMENT ON FUNCTION mlp_fit_yes_or_no_final(feature_base) IS
'Internal: final function of mlp_fit to whether something happened.';

CREATE FUNCTION mlp_fit(base feature_base, objective text, hidden int[] DEFAULT '{8}', penalty float8 DEFAULT 0.001,
                        iterations int DEFAULT 500, seed bigint DEFAULT 1) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_mlp_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500000;
COMMENT ON FUNCTION mlp_fit(feature_base, text, int[], float8, int, bigint) IS
'Fits a neural net to stored customers made by response_feature_base.
objective = squared (any number), logistic (yes or no) or ziln (an amount, mostly 0: three outputs, of
whether, of how much and of how much that varies); hidden = the units of one or two layers, 1 to 64 each,
which take hyperbolic tangents; penalty, 0 or more, times half the squares of the weights is added to the mean
loss; up to so many iterations, 1 to 100000, of the quasi-Newton method L-BFGS; another seed, 0 to 2^53,
starts elsewhere, and may end elsewhere; arguments out of range are errors (22023); otherwise as of customers.
Bishop 2006.';

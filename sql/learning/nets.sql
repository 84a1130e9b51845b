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

DO $install$
DECLARE
    fit record;
    template CONSTANT text := $template$

CREATE AGGREGATE {name}_fit(y {type}, x features) (
    SFUNC = response_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {final},
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit({type}, features) IS
'Fits {title} to customers.
y is {response}, x the attributes by features(); {meaning}; a number among the attributes that is NULL, and
other attributes in other rows, are errors (22023); rows with another NULL are skipped; no rows give NULL;
fewer than 10 customers, one response of all, or an attribute that has one value give a model without
parameters, whose status says so, with a WARNING, and whose predictions are NULL. {source}.';

CREATE AGGREGATE {name}_fit(y {type}, x features, weight float8) (
    SFUNC = response_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {final},
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit({type}, features, float8) IS
'Fits {title} to a weighted sample.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';
$template$;
BEGIN
    FOR fit IN
        SELECT * FROM (VALUES
            ('svm', 'boolean', 'svm_fit_final', 'linear support vector machine', 'whether something happened, whose probability is predicted',
             'customers within the margin, or on its wrong side, cost the square of how far, at a cost of 1, and decisions are scaled to probabilities',
             'Keerthi & DeCoste 2005, Platt 1999'),
            ('mlp', 'float8', 'mlp_fit_final', 'neural net', 'any number', 'one hidden layer of 8 units', 'Bishop 2006'),
            ('mlp', 'boolean', 'mlp_fit_yes_or_no_final', 'neural net', 'whether something happened, whose probability is predicted',
             'one hidden layer of 8 units', 'Bishop 2006')) AS f (name, type, final, title, response, meaning, source) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(fit));
    END LOOP;
END
$install$;

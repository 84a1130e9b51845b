
-- Models that learn a response from attributes ------------------------------------------------------------------------------

DO $install$
DECLARE
    response record;
    template CONSTANT text := $template$

CREATE FUNCTION response_feature_base_accum(state feature_base, y {type}, x features) RETURNS feature_base
AS 'MODULE_PATHNAME', '{accum}' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION response_feature_base_accum(feature_base, {type}, features) IS
'Internal: transition function of response_feature_base and of the fits to a response, {what}.
Adds one customer.';

CREATE FUNCTION response_feature_base_accum(state feature_base, y {type}, x features, weight float8) RETURNS feature_base
AS 'MODULE_PATHNAME', '{accum}' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION response_feature_base_accum(feature_base, {type}, features, float8) IS
'Internal: transition function of response_feature_base and related fits.
Adds as many customers as the weight says.';

CREATE FUNCTION response_feature_base_accum(state feature_base, y {type}, x features, weight float8, "offset" float8) RETURNS feature_base
AS 'MODULE_PATHNAME', '{accum}' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION response_feature_base_accum(feature_base, {type}, features, float8, float8) IS
'Internal: transition function of response_feature_base and related fits.';

CREATE FUNCTION response_feature_base_accum(state feature_base, y {type}, x features, weight float8, "offset" float8, "cluster" text) RETURNS feature_base
AS 'MODULE_PATHNAME', '{accum}' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION response_feature_base_accum(feature_base, {type}, features, float8, float8, text) IS
'Internal: transition function of response_feature_base, {what}, with weights, offsets and clusters.';

CREATE AGGREGATE response_feature_base(y {type}, x features) (
    SFUNC = response_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE response_feature_base({type}, features) IS
'Collects customers with a response ({what}) and attributes to learn it from.
Read by linear_fit, logistic_fit and related functions; all rows must have the same attributes (else error
22023); rows with a NULL are skipped; no rows give NULL.';

CREATE AGGREGATE response_feature_base(y {type}, x features, weight float8) (
    SFUNC = response_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE response_feature_base({type}, features, float8) IS
'Collects a weighted sample of customers with a response ({what}).
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE AGGREGATE response_feature_base(y {type}, x features, weight float8, "offset" float8) (
    SFUNC = response_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE response_feature_base({type}, features, float8, float8) IS
'Collects customers with a response ({what}), weights and offsets.
An offset is added to the predictor with coefficient 1, such as ln(days seen) for counts; otherwise as with
weights.';

CREATE AGGREGATE response_feature_base(y {type}, x features, weight float8, "offset" float8, "cluster" text) (
    SFUNC = response_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE response_feature_base({type}, features, float8, float8, text) IS
'Collects customers with a response ({what}), weights, offsets and clusters.
Weight 1 for one customer, offset 0 for none, and the cluster that a row belongs to, such as its household,
within which rows depend on one another: what a fit with robust => true looks at; otherwise as without
clusters.';
$template$;
BEGIN
    FOR response IN SELECT * FROM (VALUES ('float8', 'a number', 'cltv_response_feature_base_accum'),
                                          ('boolean', 'whether something happened', 'cltv_response_feature_base_accum_yes_or_no'))
                        AS r (type, what, accum) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(response));
    END LOOP;
END
$install$;

DO $install$
DECLARE
    family record;
    template CONSTANT text := $template$

CREATE FUNCTION {name}_fit_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION {name}_fit_final(feature_base) IS
'Internal: final function of {name}_fit.';

CREATE FUNCTION {name}_fit(base feature_base{power}, robust boolean DEFAULT false{penalty}) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION {name}_fit(feature_base{power_type}, boolean{penalty_type}) IS
'Fits a {title} to stored customers.
Made by response_feature_base{power_says}: robust: standard errors that hold where the model does not (HC1),
or where the rows of a cluster depend on one another; {penalty_says}otherwise as of customers. {source}.';

CREATE AGGREGATE {name}_fit(y {type}, x features) (
    SFUNC = response_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit({type}, features) IS
'Fits a {title} to customers.
By {method}: y is {response}, x the attributes by features(); {meaning}; a number among the attributes that is
NULL, and other attributes in other rows, are errors (22023); rows with another NULL are skipped; no rows give
NULL; an attribute that has one value, follows from those before it or whose coefficient diverges gives a
model without parameters, whose status names it, with a WARNING, and whose predictions are NULL. {source}.';

CREATE AGGREGATE {name}_fit(y {type}, x features, weight float8) (
    SFUNC = response_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit({type}, features, float8) IS
'Fits a {title} to a weighted sample.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';
$template$;
    with_offset CONSTANT text := $template$

CREATE AGGREGATE {name}_fit(y {type}, x features, weight float8, "offset" float8) (
    SFUNC = response_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit({type}, features, float8, float8) IS
'Fits a {title} to customers with weights and offsets.
An offset is added to the predictor with coefficient 1, such as ln(days seen) for counts; weight 1 for one
customer; otherwise as with weights.';
$template$;
BEGIN
    FOR family IN
        SELECT f.*, CASE WHEN f.name = 'tweedie' THEN ', power float8 DEFAULT 1.5' ELSE '' END AS power,
            CASE WHEN f.name = 'tweedie' THEN ', float8' ELSE '' END AS power_type,
            CASE WHEN f.name = 'tweedie' THEN ', with the power of the mean that the variance grows by, above 1 and below 2 (else error 22023)'
                 ELSE '' END AS power_says,
            CASE WHEN f.name <> 'negbinom' THEN ', penalty float8 DEFAULT 0, alpha float8 DEFAULT 0' ELSE '' END AS penalty,
            CASE WHEN f.name <> 'negbinom' THEN ', float8, float8' ELSE '' END AS penalty_type,
            CASE WHEN f.name <> 'negbinom' THEN 'penalty, 0 or more (else error 22023): the mean log-likelihood is maximised less penalty x (alpha x sum |b| + (1 - alpha)/2 x sum b^2), b the coefficients in standard deviations of the attributes; alpha 0 is the ridge, 1 the lasso, which takes attributes out; estimates then have no errors (status penalised); '
                 ELSE '' END AS penalty_says
        FROM (VALUES
            ('linear', 'linear regression', 'float8', 'least squares', 'any number',
             'the mean of y is the intercept plus the coefficients times the attributes; sigma is the standard deviation of what is left, over n - k',
             'Seber & Lee 2003'),
            ('logistic', 'logistic regression', 'boolean', 'maximum likelihood', 'whether something happened',
             'e^estimate of model_params is the ratio of odds by which an attribute multiplies them; all y the same: status one class',
             'McCullagh & Nelder 1989'),
            ('poisson', 'Poisson regression', 'float8', 'maximum likelihood', 'a count, a whole number from 0 up (else error 22023)',
             'e^estimate is the factor by which an attribute multiplies the mean; all y 0: status no events', 'McCullagh & Nelder 1989'),
            ('negbinom', 'negative binomial regression', 'float8', 'maximum likelihood', 'a count, a whole number from 0 up (else error 22023)',
             'the variance of y is mean + mean^2/theta; counts that differ by no more than chance are Poisson''s, status boundary: no overdispersion; e^estimate is the factor by which an attribute multiplies the mean',
             'Hilbe 2011'),
            ('gamma', 'gamma regression', 'float8', 'maximum likelihood', 'an amount above 0 (else error 22023)',
             'the standard deviation of y is its mean divided by the root of shape; e^estimate is the factor by which an attribute multiplies the mean',
             'McCullagh & Nelder 1989'),
            ('tweedie', 'Tweedie regression', 'float8', 'maximum quasi-likelihood', 'an amount from 0 up (else error 22023)',
             'the variance of y is dispersion x mean^power, of which power is 1.5; the dispersion is Pearson''s; e^estimate is the factor by which an attribute multiplies the mean',
             'Dunn & Smyth 2005'),
            ('ziln', 'zero-inflated lognormal', 'float8', 'maximum likelihood', 'an amount from 0 up (else error 22023), mostly 0, such as what customers will spend',
             'attributes act on whether y is above 0 (purchases) and on the mean of its logarithm (spend); sigma above 3 is refused, status heavy tail',
             'Wang, Liu & Miao 2019')) AS f (name, title, type, method, response, meaning, source)
    LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(family));
        IF family.name <> 'ziln' THEN EXECUTE @extschema@.cltv_filled(with_offset, to_jsonb(family)); END IF;
    END LOOP;
END
$install$;

CREATE FUNCTION predict(model cltv_model, x features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_predict_response' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION predict(cltv_model, features) IS
'Returns the expected response of a customer with attributes.
In the unit of y, under a model of a response, such as from linear_fit: of logistic_fit a probability; x has
the attributes of the fit by name, and may have more; a number that is NULL: NULL; attributes that the model
has and x has not, and models of another kind, are errors (22023).';

CREATE FUNCTION predict(model cltv_model, x features, "offset" float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_predict_response' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION predict(cltv_model, features, float8) IS
'Returns the expected response of a customer with attributes and an offset.
The offset is added to the predictor with coefficient 1; otherwise as without offset, which is 0.';

CREATE FUNCTION predict_quantile(model cltv_model, x features, p float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_predict_quantile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION predict_quantile(cltv_model, features, float8) IS
'Returns the value below which a customer''s response lies with probability p.
P is above 0 and below 1 (else error 22023), 0.5 for the median, under a model of kind linear or ziln; 0.5 for
the median; the uncertainty of the coefficients is not in it; otherwise as predict.';

CREATE FUNCTION predict_interval(model cltv_model, x features, level float8 DEFAULT 0.8, OUT lower float8, OUT estimate float8,
                                 OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_predict_interval_of_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION predict_interval(cltv_model, features, float8) IS
'Returns the interval in which a customer''s response lies with probability level.
level is above 0 and below 1 (else error 22023), under a model of kind linear or ziln, as in predict_quantile;
estimate is the expectation: the uncertainty of the coefficients is not in it; of other kinds
predict_interval(prediction, held_out) tells it; otherwise as predict.';

CREATE FUNCTION penalty_by_folds(base feature_base, family text, alpha float8 DEFAULT 1, folds int DEFAULT 10, seed bigint DEFAULT 1,
                                 OUT penalty float8, OUT deviance float8, OUT std_error float8, OUT coefficients bigint,
                                 OUT is_best boolean, OUT is_simplest boolean)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_penalty_by_folds' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000000 ROWS 50;
COMMENT ON FUNCTION penalty_by_folds(feature_base, text, float8, int, bigint) IS
'Returns cross-validated errors of fits under 50 penalties, to choose a penalty by.
The largest penalty first: family = linear, logistic, poisson, gamma or tweedie (of power 1.5); alpha as in
the fit, 0..1; customers are divided in so many folds, 2..100, by a hash with the seed, those of a cluster
together, and each fold is predicted by a fit to the others; deviance = mean over customers of twice what the
logarithm of the density loses, of linear the mean squared error; std_error = of that mean, over folds;
coefficients = of the fit to all that are not 0; is_best: the least deviance; is_simplest: the largest penalty
within a standard error of it; what a fit would refuse gives a WARNING and no rows; arguments out of range are
errors (22023). Friedman, Hastie & Tibshirani 2010.';

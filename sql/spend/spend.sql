
-- All families of spend models -----------------------------------------------------------------------------------------

CREATE FUNCTION expected_spend(model cltv_model, frequency float8, monetary_value float8, first_value float8 DEFAULT NULL, spend features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_spend' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION expected_spend(cltv_model, float8, float8, float8, features) IS
'expected mean spend per purchase of a customer under any model of spend, in the currency of monetary_value; with frequency 0 or a NULL monetary_value what the first purchase tells, if the model was fitted with first purchases, or the population''s mean; spend: the attributes of the customer, by name, under a model that was fitted with attributes (more of them are not looked at, a level that the fit has not seen counts as its (other) level or as the reference, a NULL number gives NULL), else none; attributes that do not go with the model and negative values are errors (22023), these unless the model takes amounts of any sign; NULL if the fit refused or model or frequency is NULL';

CREATE FUNCTION expected_spend_interval(model cltv_model, frequency float8, monetary_value float8,
                                        first_value float8 DEFAULT NULL, level float8 DEFAULT 0.95,
                                        spend features DEFAULT NULL,
                                        OUT lower float8, OUT estimate float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_expected_spend_interval' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION expected_spend_interval(cltv_model, float8, float8, float8, float8, features) IS
'expected mean spend per purchase of a customer with the confidence interval of that level (0..1) that follows from the covariance of the fit, by the delta method: how sure the expectation is, not how purchases scatter; lower and upper are NULL for a model that was given; all else as in expected_spend';

CREATE FUNCTION spend_fit(base spend_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_spend_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30000;
COMMENT ON FUNCTION spend_fit(spend_base) IS
'the model of spend that describes stored spends best: those of all families are fitted, and the one with the smallest bic is returned; spend_fits says what was compared; with negative amounts the model of own means. Schwarz 1978';

CREATE FUNCTION spend_fit(base spend_base, prior float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_spend_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30000;
COMMENT ON FUNCTION spend_fit(spend_base, float8) IS
'the model of spend that describes stored spends best, fitted with the weight, 0 or more (else error 22023), of the priors that hold what they hardly tell: 1 as without it, 0 for plain maximum likelihood; all else as without a weight';

CREATE FUNCTION spend_fits(base spend_base, OUT model text, OUT status text, OUT log_likelihood float8, OUT aic float8,
                           OUT bic float8, OUT fitted cltv_model)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_spend_fits' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30000 ROWS 3;
COMMENT ON FUNCTION spend_fits(spend_base) IS
'what spend_fit compares, a row a family, the best first: its name, model_status, log-likelihood, Akaike and Bayesian information criteria, and the fitted model; where some customers'' purchases were free, the measures are those of fits to the others, whom every family describes; with negative amounts own alone; NULL gives no rows';

CREATE FUNCTION spend_fit(base feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_spend_fit_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION spend_fit(feature_base) IS
'the model of spend with attributes that describes stored customers best, Gamma-Gamma or lognormal, the one with the smallest bic; all else as their own fits. Schwarz 1978';

CREATE FUNCTION spend_fit(base feature_base, prior float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_spend_fit_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION spend_fit(feature_base, float8) IS
'the model of spend with attributes that describes stored customers best, with the weight, 0 or more (else error 22023), of the prior that holds what they hardly tell: 1 as without it, 0 for plain maximum likelihood; all else as without a weight';

CREATE AGGREGATE spend_fit(frequency bigint, monetary_value float8, spend features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = spend_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(bigint, float8, features) IS
'the best model of the spend per purchase with attributes that act on its level, by features(), of Gamma-Gamma and lognormal by bic; all else as their own fits. Schwarz 1978';

CREATE AGGREGATE spend_fit(frequency float8, monetary_value float8, spend features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = spend_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(float8, float8, features) IS
'the best model of the spend per purchase with attributes, with a frequency that other software keeps as a fraction: it must be a whole number, 2.5 is error 22023; all else as with a bigint frequency';

CREATE AGGREGATE spend_fit(frequency bigint, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(bigint, float8) IS
'the model of spend per purchase that describes the customers best, of all families by BIC: frequency = repeat purchases, monetary_value = mean spend per repeat purchase; with negative amounts the model of own means; NULLs are skipped, no rows: NULL';

CREATE AGGREGATE spend_fit(frequency float8, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(float8, float8) IS
'the best model of the spend per purchase, with a frequency that other software keeps as a fraction: it must be a whole number, 2.5 is error 22023; all else as with a bigint frequency';

CREATE AGGREGATE spend_fit(frequency float8, monetary_value float8, first_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(float8, float8, float8) IS
'the best model of the spend per purchase, from first purchases, too: first_value = what the first purchase brought, NULL or 0 where that is not known, also of customers without repeat purchases; all else as without it';

CREATE AGGREGATE spend_fit(frequency float8, monetary_value float8, first_value float8, weight float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(float8, float8, float8, float8) IS
'the best model of the spend per purchase, of a weighted sample: each row stands for as many customers as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

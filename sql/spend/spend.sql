
-- All families of spend models -----------------------------------------------------------------------------------------

CREATE FUNCTION expected_spend(model cltv_model, frequency float8, monetary_value float8, first_value float8 DEFAULT NULL, spend features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_spend' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION expected_spend(cltv_model, float8, float8, float8, features) IS
'Returns the expected mean spend per purchase of a customer.
Under any model of spend, in the currency of monetary_value; with frequency 0 or a NULL monetary_value what
the first purchase tells, if the model was fitted with first purchases, or the population''s mean; spend: the
attributes of the customer, by name, under a model that was fitted with attributes (others are ignored, a
level that the fit has not seen counts as its (other) level or as the reference, a NULL number gives NULL),
else none; attributes that do not go with the model and negative values are errors (22023), these unless the
model takes amounts of any sign; NULL if the fit refused or model or frequency is NULL.';

CREATE FUNCTION expected_spend_interval(model cltv_model, frequency float8, monetary_value float8,
                                        first_value float8 DEFAULT NULL, level float8 DEFAULT 0.95,
                                        spend features DEFAULT NULL,
                                        OUT lower float8, OUT estimate float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_expected_spend_interval' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION expected_spend_interval(cltv_model, float8, float8, float8, float8, features) IS
'Returns the expected mean spend per purchase of a customer with a confidence interval.
The interval, of the given level (0..1), follows from the covariance of the fit by the delta method: how sure
the expectation is, not how purchases scatter; lower and upper are NULL for a model that was given; otherwise
as in expected_spend.';

CREATE FUNCTION spend_fit(base spend_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_spend_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30000;
COMMENT ON FUNCTION spend_fit(spend_base) IS
'Fits all models of spend to stored spends and returns the best.
Those of all families are fitted, and the one with the smallest bic is returned; spend_fits says what was
compared; with negative amounts the model of own means. Schwarz 1978.';

CREATE FUNCTION spend_fit(base spend_base, prior float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_spend_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30000;
COMMENT ON FUNCTION spend_fit(spend_base, float8) IS
'Fits all models of spend with a given weight of the priors and returns the best.
The priors hold what the data hardly determine; their weight is 0 or more (else error 22023): 1 as without it,
0 for plain maximum likelihood; otherwise as without a weight.';

CREATE FUNCTION spend_fits(base spend_base, OUT model text, OUT status text, OUT log_likelihood float8, OUT aic float8,
                           OUT bic float8, OUT fitted cltv_model)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_spend_fits' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30000 ROWS 3;
COMMENT ON FUNCTION spend_fits(spend_base) IS
'Returns the fits that spend_fit compares, best first.
One row per family: its name, model_status, log-likelihood, Akaike and Bayesian information criteria, and the
fitted model; where some customers'' purchases were free, the measures are those of fits to the others, whom
every family describes; with negative amounts own alone; NULL gives no rows.';

CREATE FUNCTION spend_fit_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_spend_fit_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION spend_fit_final(feature_base) IS
'Internal: the final function of spend_fit of customers with attributes.';

CREATE FUNCTION spend_fit(base feature_base, prior float8 DEFAULT 1, penalty float8 DEFAULT 0) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_spend_fit_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION spend_fit(feature_base, float8, float8) IS
'Fits the models of spend with attributes to stored customers and returns the best.
Gamma-Gamma or lognormal, whichever has the smaller bic; otherwise as their own fits.
prior: the weight, 0 or more (else error 22023), of the prior that holds what the data hardly determine, 0 for
plain maximum likelihood. penalty, 0 or more (else error 22023): the mean log-likelihood is maximised less
penalty/2 x sum of (s b)^2 over the coefficients b of attributes, s the standard deviation of what each stands
before (ridge, Hoerl & Kennard 1970); estimates then have no errors (status penalised), attributes may
follow from one another, and none runs away.
Schwarz 1978.';

CREATE AGGREGATE spend_fit(frequency bigint, monetary_value float8, spend features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = spend_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(bigint, float8, features) IS
'Fits the models of spend with attributes to customers and returns the best.
Attributes by features() act on the level of spend; Gamma-Gamma or lognormal, whichever has the smaller bic;
otherwise as their own fits. Schwarz 1978.';

CREATE AGGREGATE spend_fit(frequency float8, monetary_value float8, spend features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = spend_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(float8, float8, features) IS
'Fits the models of spend with attributes, with a frequency of type float8; returns the best.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE AGGREGATE spend_fit(frequency bigint, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(bigint, float8) IS
'Fits all models of spend to customers and returns the one with the smallest bic.
frequency = repeat purchases, monetary_value = mean spend per repeat purchase; with negative amounts the model
of own means; NULLs are skipped; no rows give NULL.';

CREATE AGGREGATE spend_fit(frequency float8, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(float8, float8) IS
'Fits all models of spend, with a frequency of type float8, and returns the best.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE AGGREGATE spend_fit(frequency float8, monetary_value float8, first_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(float8, float8, float8) IS
'Fits all models of spend, including first purchases, and returns the best.
first_value = what the first purchase brought, NULL or 0 where that is not known, also of customers without
repeat purchases; otherwise as without it.';

CREATE AGGREGATE spend_fit(frequency float8, monetary_value float8, first_value float8, weight float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_fit(float8, float8, float8, float8) IS
'Fits all models of spend to a weighted sample and returns the best.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

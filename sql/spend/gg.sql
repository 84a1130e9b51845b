
-- Gamma-Gamma ----------------------------------------------------------------------------------------------------------

CREATE FUNCTION gg_fit(base spend_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_gg_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION gg_fit(spend_base) IS
'Gamma-Gamma model fitted to stored spends by maximum likelihood; where the data do not tell the parameters, a model whose status says why, with a WARNING, and whose predictions are NULL. Fader & Hardie 2013';

CREATE AGGREGATE gg_fit(frequency bigint, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = gg_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE gg_fit(bigint, float8) IS
'Gamma-Gamma model of the spend per purchase, fitted by maximum likelihood: frequency = repeat purchases, monetary_value = mean spend per repeat purchase; customers without repeat purchase, and those whose purchases were free, have nothing to say and are left out; NULLs are skipped, no rows: NULL; negative values are errors (22023); where the data do not tell the parameters, a model whose status says why, with a WARNING. Fader & Hardie 2013';

CREATE AGGREGATE gg_fit(frequency float8, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = gg_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE gg_fit(float8, float8) IS
'Gamma-Gamma model of the spend per purchase, with a frequency that other software keeps as a fraction: it must be a whole number, 2.5 is error 22023; all else as with a bigint frequency';

CREATE AGGREGATE gg_fit(frequency float8, monetary_value float8, weight float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = gg_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE gg_fit(float8, float8, float8) IS
'Gamma-Gamma model fitted to a weighted sample: each row stands for as many customers as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE FUNCTION gg_model(p float8, q float8, v float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_gg_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION gg_model(float8, float8, float8) IS
'Gamma-Gamma model from published parameters, each above 0 (else error 22023): a customer''s spends are Gamma(p, rate nu), and nu is Gamma(q, rate v) over customers, v in the currency. Fader & Hardie 2013';

CREATE FUNCTION gg_predict(model cltv_model, frequency float8, monetary_value float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_gg_predict' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION gg_predict(cltv_model, float8, float8) IS
'expected mean spend per purchase of a customer, in the currency of monetary_value; with frequency 0 or a NULL monetary_value the population''s mean, infinite where q <= 1; negative values and models of another kind are errors (22023); NULL if the fit refused or model or frequency is NULL. Fader & Hardie 2013, eq. 5';

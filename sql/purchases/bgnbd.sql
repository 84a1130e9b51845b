
-- BG/NBD ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION bgnbd_fit(base customer_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_bgnbd_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION bgnbd_fit(customer_base) IS
'BG/NBD model fitted to stored customers by maximum likelihood, which may lie at a limit where customers are alike or nobody leaves: model_status says so; where the customers hardly tell a parameter, a weak prior holds it; customers who tell nothing give a model whose predictions are NULL, with a WARNING. Fader, Hardie & Lee 2005';

CREATE FUNCTION bgnbd_fit(base customer_base, prior float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_bgnbd_fit_prior' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION bgnbd_fit(customer_base, float8) IS
'BG/NBD model fitted to stored customers, with the weight, 0 or more (else error 22023), of the prior that holds what the customers hardly tell: 1 as without it, 0 for plain maximum likelihood; all else as without a weight';

CREATE AGGREGATE bgnbd_fit(frequency bigint, recency float8, tenure float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = bgnbd_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE bgnbd_fit(bigint, float8, float8) IS
'BG/NBD model fitted to customers by maximum likelihood: frequency = repeat purchases, recency = time from the first to the last purchase, tenure = time from the first purchase to the observation date, in one unit (days in the pipeline); rows with a NULL are skipped, no rows: NULL; impossible customers are errors (22023); the maximum may lie at a limit where customers are alike or nobody leaves, as model_status says; customers who tell nothing give a model whose predictions are NULL, with a WARNING. Fader, Hardie & Lee 2005';

CREATE AGGREGATE bgnbd_fit(frequency float8, recency float8, tenure float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = bgnbd_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE bgnbd_fit(float8, float8, float8) IS
'BG/NBD model fitted to customers, with a frequency that other software keeps as a fraction: it must be a whole number, 2.5 is error 22023; all else as with a bigint frequency';

CREATE AGGREGATE bgnbd_fit(frequency float8, recency float8, tenure float8, weight float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = bgnbd_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE bgnbd_fit(float8, float8, float8, float8) IS
'BG/NBD model fitted to a weighted sample: each row stands for as many customers as its weight says, from 0 (left out) to 2^53 (else error 22023); standard errors are those of so many customers; all else as without weights';

CREATE FUNCTION bgnbd_model(r float8, alpha float8, a float8, b float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_bgnbd_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bgnbd_model(float8, float8, float8, float8) IS
'BG/NBD model from published parameters, each above 0 (else error 22023): purchase rates are Gamma(r, rate alpha), alpha in the unit of time; dropout probabilities are Beta(a, b). Fader, Hardie & Lee 2005';

CREATE FUNCTION bgnbd_predict(model cltv_model, frequency float8, recency float8, tenure float8, horizon float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_bgnbd_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION bgnbd_predict(cltv_model, float8, float8, float8, float8) IS
'expected number of purchases of a customer within the horizon, which is in the unit of the model (days in the pipeline), 0 or more; ''infinity'' gives all purchases to come, infinite where a <= 1; impossible customers and models of another kind are errors (22023); NULL if the fit refused. Fader, Hardie & Lee 2005, eq. 10';

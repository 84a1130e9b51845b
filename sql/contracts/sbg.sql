
-- sBG ------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION sbg_fit(base contract_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_sbg_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION sbg_fit(contract_base) IS
'sBG model fitted to stored contracts by maximum likelihood; where the data do not tell the parameters, a model whose status says why, with a WARNING, and whose predictions are NULL. Fader & Hardie 2007';

CREATE AGGREGATE sbg_fit(periods bigint, churned boolean) (
    SFUNC = contract_base_accum,
    STYPE = contract_base,
    SSPACE = 512,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = sbg_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE sbg_fit(bigint, boolean) IS
'sBG model fitted to customers of contracts by maximum likelihood: periods = whole periods completed, churned = whether the customer left at the end of the last of them (periods >= 1 then) instead of renewing, else right-censored; customers with 0 periods have nothing to say and are left out; negative periods are errors (22023); rows with a NULL are skipped, no rows: NULL; where the data do not tell the parameters, a model whose status says why, with a WARNING. Fader & Hardie 2007';

CREATE AGGREGATE sbg_fit(periods bigint, churned boolean, weight float8) (
    SFUNC = contract_base_accum,
    STYPE = contract_base,
    SSPACE = 512,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = sbg_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE sbg_fit(bigint, boolean, float8) IS
'sBG model fitted to a weighted sample or a table of counts: each row stands for as many customers as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE FUNCTION sbg_model(alpha float8, beta float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_sbg_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sbg_model(float8, float8) IS
'sBG model from published parameters, each above 0 (else error 22023): customers'' probabilities to leave at a renewal are Beta(alpha, beta). Fader & Hardie 2007';

CREATE FUNCTION sbg_retention(model cltv_model, period float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_sbg_retention' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION sbg_retention(cltv_model, float8) IS
'retention rate of a cohort, 0..1: the share of the customers of period 1, 2, ... that renews at its end; other periods and models of another kind are errors (22023); NULL if the fit refused. Fader & Hardie 2007';

CREATE FUNCTION sbg_survival(model cltv_model, period float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_sbg_survival' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION sbg_survival(cltv_model, float8) IS
'share of a cohort, 0..1, that renews at the end of each of its first 0, 1, 2, ... periods; other numbers and models of another kind are errors (22023); NULL if the fit refused. Fader & Hardie 2007, eq. 6';

CREATE FUNCTION sbg_predict(model cltv_model, periods float8, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_sbg_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION sbg_predict(cltv_model, float8, float8) IS
'expected number of further periods, at most horizon, that a customer who has renewed so often (periods = whole periods completed) renews for; the running one is not counted; ''infinity'' gives all periods to come, infinite where alpha <= 1; fractions, negative numbers and models of another kind are errors (22023); NULL if the fit refused. Fader & Hardie 2010';

CREATE FUNCTION churn_prob(model cltv_model, periods float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_contract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION churn_prob(cltv_model, float8) IS
'probability, 0..1, that a customer of a contract who has renewed so often (periods = whole periods completed) leaves at the next renewal; fractions, negative numbers and models of orders or spend are errors (22023); NULL if the fit refused. Fader & Hardie 2007';

CREATE FUNCTION log_likelihood(model cltv_model, periods float8, churned boolean) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_log_likelihood_contract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION log_likelihood(cltv_model, float8, boolean) IS
'natural logarithm of the likelihood of one customer under a model of contracts: of leaving after just so many periods, or of having renewed as often; impossible customers are errors (22023); NULL if the fit refused';

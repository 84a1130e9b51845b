
-- cltv_model: one fitted model of any kind ----------------------------------------------------------------------------

CREATE TYPE cltv_model;

CREATE FUNCTION cltv_model_in(cstring) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_model_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cltv_model_in(cstring) IS
'Internal: input function of cltv_model.
The JSON that its output writes, keys in any order; checks every field, and that there is no other (22P02).';

CREATE FUNCTION cltv_model_out(cltv_model) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cltv_model_out(cltv_model) IS
'Internal: output function of cltv_model.
JSON with kind, form (at a limit), params, log_likelihood, customers, skipped (if any), iterations, prior (if
one was used), status, covariance; digits exact.';

CREATE FUNCTION cltv_model_recv(internal) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_model_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cltv_model_recv(internal) IS
'Internal: binary input function of cltv_model.
Checks every field (22P03).';

CREATE FUNCTION cltv_model_send(cltv_model) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cltv_model_send(cltv_model) IS
'Internal: binary output function of cltv_model.';

-- Functions that take models of several types, such as model_card, take a NULL or a literal without a type as a cltv_model: the
-- types of models are a category of their own, of which this one is preferred.
CREATE TYPE cltv_model (
    INPUT = cltv_model_in,
    OUTPUT = cltv_model_out,
    RECEIVE = cltv_model_recv,
    SEND = cltv_model_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = main,
    CATEGORY = 'm',
    PREFERRED = true
);
COMMENT ON TYPE cltv_model IS
'A fitted model of purchases, spend, contracts or survival.
Holds parameters with their covariance, log-likelihood, number of customers and status; made by the _fit and
_model functions; reads as JSON.';

CREATE CAST (cltv_model AS jsonb) WITH INOUT;
COMMENT ON CAST (cltv_model AS jsonb) IS 'Returns the model as a JSON object.';

CREATE FUNCTION model_status(model cltv_model) RETURNS text
AS 'MODULE_PATHNAME', 'cltv_model_status' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION model_status(cltv_model) IS
'Returns the status of a model: how the fit went, or why it refused.
One of converged (fitted), boundary: LIMIT (fitted; the likeliest model is that limit of the family), weak: PARAMETER
(fitted; a prior holds what the data hardly determine), penalised (fitted; a penalty holds coefficients near 0, and there are
no errors), given (by a _model function), no repeat purchases (models
of orders in days then bound the rate of purchase by a prior), or why a fit refused: too few customers, nobody
churned, identical customers, runaway: PARAMETER, ridge: PARAMETER, constant: ATTRIBUTE, collinear: ATTRIBUTE,
separated: ATTRIBUTE (the first two also of a column of a calendar, season: COLUMN, as runaway may be), not
converged; predictions from a refused fit are NULL.';

CREATE FUNCTION model_params(model cltv_model, level float8 DEFAULT 0.95, OUT name text, OUT estimate float8,
                             OUT std_error float8, OUT lower float8, OUT upper float8, OUT z float8, OUT p_value float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_model_params' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 4;
COMMENT ON FUNCTION model_params(cltv_model, float8) IS
'Returns the parameters of a model with standard errors and intervals, one row each.
Name, estimate (NULL if the fit refused or the data do not determine it; at a limit of the family 0 or infinity),
standard error from the observed information and the confidence interval of that level (0..1, else error
22023), on the logarithmic scale where the parameter is positive, all three NULL unless fitted; a model at a
limit also has the parameters of the limit, such as a ratio; the coefficients of attributes, named as
purchases: country=AT, and of a calendar, named as season: december, also have z = estimate/std_error and the
p-value of Wald''s test that they are 0.';

CREATE FUNCTION log_likelihood(model cltv_model) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_log_likelihood' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION log_likelihood(cltv_model) IS
'Returns the log-likelihood of a fit.
Natural logarithm, at the estimates; NULL for a given model, for trees, and if the fit refused.';

CREATE FUNCTION log_likelihood(model cltv_model, frequency float8, recency float8, tenure float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_log_likelihood_customer' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION log_likelihood(cltv_model, float8, float8, float8) IS
'Returns the log-likelihood of one customer under a model of orders.
Times in the unit of the model; impossible customers are errors (22023); NULL if the fit refused.';

CREATE FUNCTION log_likelihood(model cltv_model, frequency float8, monetary_value float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_log_likelihood_spend' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION log_likelihood(cltv_model, float8, float8) IS
'Returns the log density of one customer''s mean spend under a model of spend.
0 for frequency 0, NULL for monetary_value 0 or if the fit refused; negative values are errors (22023).';

CREATE FUNCTION prob_alive(model cltv_model, frequency float8, recency float8, tenure float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION prob_alive(cltv_model, float8, float8, float8) IS
'Returns the probability that a customer is still active (has not left for good).
Between 0 and 1; times in the unit of the model; 1 for a customer without repeat purchases under BG/NBD;
impossible customers are errors (22023); NULL if the fit refused. Fader, Hardie & Lee 2005.';

CREATE FUNCTION churn_prob(model cltv_model, frequency float8, recency float8, tenure float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION churn_prob(cltv_model, float8, float8, float8) IS
'Returns the probability that a customer has left for good.
Between 0 and 1: 1 - prob_alive, exact also where it is tiny; impossible customers are errors (22023); NULL if
the fit refused.';

CREATE FUNCTION churn_prob(model cltv_model, frequency float8, recency float8, tenure float8, horizon float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_horizon' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION churn_prob(cltv_model, float8, float8, float8, float8) IS
'Returns the probability that a customer makes no purchase within the horizon.
Between 0 and 1, whether the customer has left or not; horizon in the unit of the model, 0 or more (infinity:
that none will ever come), else error 22023; NULL if the fit refused.';

CREATE FUNCTION aic(model cltv_model) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_aic' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION aic(cltv_model) IS
'Returns Akaike''s information criterion of a fit.
2 x estimated parameters - 2 x log-likelihood: among models of the same customers the smallest is best; NULL
for a model that was given or whose fit refused. Akaike 1974.';

CREATE FUNCTION bic(model cltv_model) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_bic' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bic(cltv_model) IS
'Returns the Bayesian information criterion of a fit.
ln(customers) x estimated parameters - 2 x log-likelihood, where Cox''s model counts only the customers who
left: among models of the same customers the smallest is best; NULL for a model that was given or whose fit
refused. Schwarz 1978, Volinsky & Raftery 2000.';

CREATE FUNCTION expected_purchases(model cltv_model, frequency float8, recency float8, tenure float8, horizon float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION expected_purchases(cltv_model, float8, float8, float8, float8) IS
'Returns the expected number of purchases of a customer within the horizon.
Under any model of orders; times in the unit of the model, horizon 0 or more, ''infinity'' for all to come
(which may be infinite); impossible customers are errors (22023); NULL if the fit refused.';

CREATE FUNCTION expected_purchases(model cltv_model, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_new' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION expected_purchases(cltv_model, float8) IS
'Returns the expected number of repeat purchases of a new customer.
Counted within the horizon after the first purchase, under any model of orders; horizon in the unit of the
model, 0 or more, else error 22023; NULL if the fit refused.';

CREATE FUNCTION prob_alive(model cltv_model, frequency float8, recency float8, tenure float8, horizon float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive_horizon' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION prob_alive(cltv_model, float8, float8, float8, float8) IS
'Returns the probability that a customer is still active at the end of the horizon.
Between 0 and 1; times in the unit of the model, horizon 0 or more; impossible customers are errors (22023);
NULL if the fit refused.';

CREATE FUNCTION purchase_pmf(model cltv_model, n float8, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf_new' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION purchase_pmf(cltv_model, float8, float8) IS
'Returns the probability that a new customer makes exactly n repeat purchases.
Within the horizon after the first purchase; n a whole number from 0, horizon in the unit of the model, 0 or
more, else error 22023; NULL if the fit refused.';

CREATE FUNCTION purchase_pmf(model cltv_model, frequency float8, recency float8, tenure float8, horizon float8, n float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION purchase_pmf(cltv_model, float8, float8, float8, float8, float8) IS
'Returns the probability that a customer makes exactly n purchases within the horizon.
n is a whole number from 0, times in the unit of the model, horizon 0 or more; impossible customers are errors
(22023); NULL if the fit refused.';


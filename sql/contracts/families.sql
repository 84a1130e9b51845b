
-- The families of models of contracts: NAME_fit, NAME_model, NAME_retention, NAME_survival and NAME_predict of each ----

DO $install$
DECLARE
    family record;
    template CONSTANT text := $template$

CREATE FUNCTION {name}_fit(base contract_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION {name}_fit(contract_base) IS
'Fits the {title} model to stored contracts by maximum likelihood.
By maximum likelihood; {verdict}. {source}.';

CREATE AGGREGATE {name}_fit(periods float8, churned boolean) (
    SFUNC = contract_base_accum,
    STYPE = contract_base,
    SSPACE = 512,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, boolean) IS
'Fits the {title} model to customers of contracts by maximum likelihood.
periods = whole periods completed, churned = whether the customer left at the end of the last of them (periods
>= 1 then) instead of renewing, else right-censored; customers with 0 periods carry no information and are
left out; negative periods are errors (22023); rows with a NULL are skipped; no rows give NULL; {verdict}.
{source}.';

CREATE AGGREGATE {name}_fit(periods float8, churned boolean, weight float8) (
    SFUNC = contract_base_accum,
    STYPE = contract_base,
    SSPACE = 512,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, boolean, float8) IS
'Fits the {title} model to a weighted sample or a table of counts.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE FUNCTION {name}_model({parameters}) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION {name}_model({parameters}) IS
'Makes the {title} model from given parameters.
Parameters {bounds} (else error 22023): {meaning}. {source}.';

CREATE FUNCTION {name}_retention(model cltv_model, period float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_{name}_retention' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION {name}_retention(cltv_model, float8) IS
'Returns the retention rate of a cohort in a given period.
Between 0 and 1: the share of the customers of period 1, 2, ... that renews at its end; other periods and
models of another kind are errors (22023); NULL if the fit refused. {source}.';

CREATE FUNCTION {name}_survival(model cltv_model, period float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_{name}_survival' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION {name}_survival(cltv_model, float8) IS
'Returns the share of a cohort that survives its first so many periods.
Between 0 and 1: the share that renews at the end of each of its first 0, 1, 2, ... periods; other numbers and
models of another kind are errors (22023); NULL if the fit refused. {source}.';

CREATE FUNCTION {name}_predict(model cltv_model, periods float8, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_{name}_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION {name}_predict(cltv_model, float8, float8) IS
'Returns the expected number of further renewals of a customer.
Periods renewed for at the next horizon renewals, by a customer who has completed so many whole periods; the
running one is not counted; ''infinity'' gives all periods to come, which may be infinite; fractions, negative
numbers and models of another kind are errors (22023); NULL if the fit refused. {source}.';

$template$;
    with_prior CONSTANT text := $template$

CREATE FUNCTION {name}_fit(base contract_base, prior float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION {name}_fit(contract_base, float8) IS
'Fits the {title} model to stored contracts with a given weight of the prior.
The prior holds what the data hardly determine; its weight is 0 or more (else error 22023): 1 as without it, 0
for plain maximum likelihood; otherwise as without a weight.';

$template$;
    with_attributes CONSTANT text := $template$

CREATE FUNCTION {name}_fit_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION {name}_fit_final(feature_base) IS
'Internal: the final function of {name}_fit of customers with attributes.';

CREATE FUNCTION {name}_fit(base feature_base, prior float8 DEFAULT 1, penalty float8 DEFAULT 0) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION {name}_fit(feature_base, float8, float8) IS
'Fits the {title} model with attributes to stored customers.
By maximum likelihood; {attribute_verdict}.
prior: the weight, 0 or more (else error 22023), of the prior that holds what the data hardly determine, 0 for
plain maximum likelihood. penalty, 0 or more (else error 22023): the mean log-likelihood is maximised less
penalty/2 x sum of (s b)^2 over the coefficients b of attributes, s the standard deviation of what each stands
before (ridge, Hoerl & Kennard 1970); estimates then have no errors (status penalised), attributes may
follow from one another, and none runs away.
{source}.';

CREATE AGGREGATE {name}_fit(periods float8, churned boolean, churn features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, boolean, features) IS
'Fits the {title} model with attributes that act on churn.
To customers of contracts, attributes by features(): odds of the mean probability of leaving are multiplied by
e^(coefficient x value), the sum of the shapes is the same for all; periods and churned as without attributes;
a number that is NULL, and other attributes in other rows, are errors (22023); rows with another NULL are
skipped; no rows give NULL; {attribute_verdict}. {source}.';

CREATE AGGREGATE {name}_fit(periods float8, churned boolean, churn features, weight float8) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, boolean, features, float8) IS
'Fits the {title} model with attributes to a weighted sample.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE FUNCTION {name}_retention(model cltv_model, period float8, churn features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_{name}_retention' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION {name}_retention(cltv_model, float8, features) IS
'Returns the retention rate of a cohort with attributes in a given period.
Attributes as in the fit, by name; NULL where a number is; otherwise as without attributes.';

CREATE FUNCTION {name}_survival(model cltv_model, period float8, churn features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_{name}_survival' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION {name}_survival(cltv_model, float8, features) IS
'Returns the share of a cohort with attributes that survives its first so many periods.
Otherwise as without attributes.';

CREATE FUNCTION {name}_predict(model cltv_model, periods float8, horizon float8, churn features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_{name}_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION {name}_predict(cltv_model, float8, float8, features) IS
'Returns the expected number of further renewals of a customer with attributes.
Otherwise as without attributes.';

$template$;
BEGIN
    FOR family IN
        SELECT f.name, f.title, f.meaning, f.source, f.has_prior, f.attributes,
               'the maximum may lie at a limit of the family, as model_status says; an attribute that has one value, follows from '
               'those before it or whose coefficient diverges gives a model without parameters, whose status names it, with a '
               'WARNING, and whose predictions are NULL' AS attribute_verdict,
               array_to_string(f.parameters, ' float8, ') || ' float8' AS parameters,
               CASE WHEN f.shares = f.parameters THEN 'above 0 and below 1'
                    WHEN f.positive = f.parameters THEN 'each above 0'
                    ELSE 'all finite, ' || array_to_string(f.positive, ' and ') || ' above 0' END AS bounds,
               CASE WHEN f.has_prior
                    THEN 'the maximum may lie at a limit of the family, as model_status says; where the data hardly determine '
                         'a parameter, a weak prior holds it; customers who carry no information give a model whose predictions are '
                         'NULL, with a WARNING'
                    ELSE 'where the customers do not tell the parameters, a model whose status says why, with a WARNING, and '
                         'whose predictions are NULL' END AS verdict
        FROM @extschema@.cltv_families() AS f
        WHERE f.topic = 'contract'
    LOOP
        EXECUTE @extschema@.cltv_filled(
            template || CASE WHEN family.has_prior THEN with_prior ELSE '' END
                || CASE WHEN family.attributes <> '{}' THEN with_attributes ELSE '' END, to_jsonb(family));
    END LOOP;
END
$install$;

-- What every model of contracts answers ------------------------------------------------------------------------------

CREATE FUNCTION churn_prob(model cltv_model, periods float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_contract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION churn_prob(cltv_model, float8) IS
'Returns the probability that a customer leaves at the next renewal.
Between 0 and 1; periods = whole periods completed; fractions, negative numbers and models of orders or spend
are errors (22023); NULL if the fit refused. Fader & Hardie 2007.';

CREATE FUNCTION log_likelihood(model cltv_model, periods float8, churned boolean) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_log_likelihood_contract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION log_likelihood(cltv_model, float8, boolean) IS
'Returns the log-likelihood of one customer under a model of contracts.
Of leaving after just so many periods, or of having renewed as often; impossible customers are errors (22023);
NULL if the fit refused.';

CREATE FUNCTION churn_prob(model cltv_model, periods float8, churn features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_contract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION churn_prob(cltv_model, float8, features) IS
'Returns the probability that a customer with attributes leaves at the next renewal.
Between 0 and 1: attributes as in the fit, by name (others are ignored), a level that the fit has not seen
counts as its (other) level or as the reference; NULL where a number is; otherwise as without attributes.';

CREATE FUNCTION log_likelihood(model cltv_model, periods float8, churned boolean, churn features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_log_likelihood_contract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION log_likelihood(cltv_model, float8, boolean, features) IS
'Returns the log-likelihood of one customer with attributes under a model of contracts.
Otherwise as without attributes.';

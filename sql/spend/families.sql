
-- The families of models of spend: NAME_fit, NAME_model and NAME_predict of each ---------------------------------------

DO $install$
DECLARE
    family record;
    template CONSTANT text := $template$

CREATE FUNCTION {name}_fit(base spend_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION {name}_fit(spend_base) IS
'Fits the {title} model of spend per purchase to stored spends.
By maximum likelihood; {verdict}. {source}.';

CREATE FUNCTION {name}_fit(base spend_base, prior float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION {name}_fit(spend_base, float8) IS
'Fits the {title} model of spend to stored spends with a given weight of the priors.
The priors hold what the data hardly determine; their weight is 0 or more (else error 22023): 1 as without it,
0 for plain maximum likelihood; otherwise as without a weight.';

CREATE AGGREGATE {name}_fit(frequency bigint, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(bigint, float8) IS
'Fits the {title} model of spend per purchase to customers.
frequency = repeat purchases, monetary_value = mean spend per repeat purchase; {customers}; NULLs are skipped;
no rows give NULL; {verdict}. {source}.';

CREATE AGGREGATE {name}_fit(frequency float8, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8) IS
'Fits the {title} model of spend per purchase, with a frequency of type float8.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE AGGREGATE {name}_fit(frequency float8, monetary_value float8, first_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8, float8) IS
'Fits the {title} model of spend per purchase, including first purchases.
first_value = what the first purchase brought, NULL or 0 where that is not known, also of customers without
repeat purchases; otherwise as without it.';

CREATE AGGREGATE {name}_fit(frequency float8, monetary_value float8, first_value float8, weight float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8, float8, float8) IS
'Fits the {title} model of spend per purchase to a weighted sample.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE FUNCTION {name}_model({parameters}) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION {name}_model({parameters}) IS
'Makes the {title} model from given parameters.
Parameters {bounds} (else error 22023): {meaning}. {source}.';

CREATE FUNCTION {name}_predict(model cltv_model, frequency float8, monetary_value float8, first_value float8 DEFAULT NULL, spend features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_{name}_predict' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION {name}_predict(cltv_model, float8, float8, float8, features) IS
'Returns the expected mean spend per purchase of a customer under the {title} model.
In the currency of monetary_value; with frequency 0 or a NULL monetary_value what the first purchase tells, if
the model was fitted with first purchases, or the population''s mean, NULL if a model that was given has none;
spend: the attributes of the customer under a model that was fitted with attributes, else none; {amounts} and
models of another kind are errors (22023); NULL if the fit refused or model or frequency is NULL. {source}.';

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

CREATE AGGREGATE {name}_fit(frequency bigint, monetary_value float8, spend features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(bigint, float8, features) IS
'Fits the {title} model of spend with attributes that act on its level.
Attributes by features(): what a customer spends is multiplied by e^(coefficient x value); frequency and
monetary_value as without attributes; a number that is NULL, and other attributes in other rows, are errors
(22023); rows with another NULL are skipped; no rows give NULL; {attribute_verdict}. {source}.';

CREATE AGGREGATE {name}_fit(frequency float8, monetary_value float8, spend features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8, features) IS
'Fits the {title} model of spend with attributes, with a frequency of type float8.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

$template$;
BEGIN
    FOR family IN
        SELECT f.name, f.title, f.meaning, f.source, f.attributes,
               'the maximum may lie at a limit of the family, as model_status says; an attribute that has one value, follows from '
               'those before it or whose coefficient diverges gives a model without parameters, whose status names it, with a '
               'WARNING, and whose predictions are NULL' AS attribute_verdict,
               array_to_string(f.parameters, ' float8, ') || ' float8' AS parameters,
               CASE WHEN f.positive = f.parameters THEN 'each above 0'
                    ELSE 'all finite, ' || array_to_string(f.positive, ' and ') || ' above 0' END AS bounds,
               'the maximum may lie at a limit of the family, as model_status says; where the data hardly determine a '
               'parameter, weak priors hold it; customers none of whose purchases has a known amount give a model whose '
               'predictions are NULL, with a WARNING' AS verdict,
               u.customers, u.amounts
        FROM @extschema@.cltv_families() AS f
             JOIN (VALUES
                 ('positive amounts',
                  'customers without repeat purchases, and those whose purchases were free, carry no information and are '
                  'left out; negative amounts are errors (22023)',
                  'negative amounts'),
                 ('amounts',
                  'customers without repeat purchases carry no information and are left out; free purchases count, and '
                  'amounts may be negative, as profits are',
                  'infinite amounts'))
                 AS u (unit, customers, amounts) ON u.unit = f.unit
        WHERE f.topic = 'spend'
    LOOP
        EXECUTE @extschema@.cltv_filled(template || CASE WHEN family.attributes <> '{}' THEN with_attributes ELSE '' END, to_jsonb(family));
    END LOOP;
END
$install$;

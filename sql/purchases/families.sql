
-- The families of models of orders: NAME_fit, NAME_model and NAME_predict of each -------------------------------------

DO $install$
DECLARE
    family record;
    template CONSTANT text := $template$

CREATE FUNCTION {name}_fit(base customer_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION {name}_fit(customer_base) IS
'Fits the {title} model to stored customers by maximum likelihood.
By maximum likelihood; {verdict}. {source}.';

CREATE AGGREGATE {name}_fit(frequency bigint, recency float8, {age} float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(bigint, float8, float8) IS
'Fits the {title} model to customers by maximum likelihood.
{customers}; rows with a NULL are skipped; no rows give NULL; {verdict}. {source}.';

CREATE AGGREGATE {name}_fit(frequency float8, recency float8, {age} float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8, float8) IS
'Fits the {title} model to customers, with a frequency of type float8.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE FUNCTION {name}_model({parameters}) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION {name}_model({parameters}) IS
'Makes the {title} model from given parameters.
Parameters {bounds} (else error 22023): {meaning}. {source}.';

CREATE FUNCTION {name}_predict(model cltv_model, frequency float8, recency float8, {age} float8, horizon float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_{name}_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION {name}_predict(cltv_model, float8, float8, float8, float8) IS
'Returns the expected number of purchases of a customer within the horizon.
{within}, 0 or more; ''infinity'' gives all purchases to come, which may be infinitely many; impossible
customers and models of another kind are errors (22023); NULL if the fit refused. {source}.';

$template$;
    -- Where a fourth number is not k.
    with_weights CONSTANT text := $template$

CREATE AGGREGATE {name}_fit(frequency float8, recency float8, {age} float8, weight float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8, float8, float8) IS
'Fits the {title} model to a weighted sample or a table of counts.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); standard errors are
those of so many customers; otherwise as without weights.';

$template$;
    with_prior CONSTANT text := $template$

CREATE FUNCTION {name}_fit(base customer_base, prior float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION {name}_fit(customer_base, float8) IS
'Fits the {title} model to stored customers with a given weight of the prior.
The prior holds what the data hardly determine; its weight is 0 or more (else error 22023): 1 as without it, 0
for plain maximum likelihood; otherwise as without a weight.';

$template$;
BEGIN
    FOR family IN
        SELECT f.name, f.title, f.meaning, f.source, f.has_prior, 'k' = ANY (f.parameters) AS has_k,
               array_to_string(f.parameters, ' float8, ') || ' float8' AS parameters,
               CASE WHEN f.shares = f.parameters THEN 'above 0 and below 1'
                    WHEN f.positive = f.parameters
                    THEN 'each above 0' || CASE WHEN 'k' = ANY (f.parameters) THEN ', k a whole number up to 50' ELSE '' END
                    ELSE 'all finite, ' || array_to_string(f.positive, ' and ') || ' above 0' END AS bounds,
               CASE WHEN 'k' = ANY (f.parameters)
                    THEN 'k is the one from 1 to 12 that makes frequency, recency and tenure likeliest; the maximum may lie at '
                         'a limit of the family, as model_status says; customers who carry no information give a model whose '
                         'predictions are NULL, with a WARNING'
                    WHEN f.has_prior
                    THEN 'the maximum may lie at a limit of the family, as model_status says; where the data hardly determine '
                         'a parameter, a weak prior holds it; customers who carry no information give a model whose predictions are '
                         'NULL, with a WARNING'
                    ELSE 'where the customers do not tell the parameters, a model whose status says why, with a WARNING, and '
                         'whose predictions are NULL' END AS verdict,
               u.age, u.stored, u.customers, u.within
        FROM @extschema@.cltv_families() AS f
             JOIN (VALUES
                 ('days', 'tenure', '',
                  'frequency = repeat purchases, recency = time from the first to the last purchase, tenure = time from '
                  'the first purchase to the observation date, in one unit (days in the pipeline); impossible customers are errors (22023)',
                  'The horizon is in the unit of the model (days in the pipeline)'),
                 ('opportunities', 'opportunities',
                  ' whose recency and tenure count opportunities (whole numbers, else error 22023)',
                  'frequency = opportunities with a purchase, recency = number of the last of them (0 without one), '
                  'opportunities = opportunities so far, 0 <= frequency <= recency <= opportunities <= 100000, whole '
                  'numbers (else error 22023)',
                  'The horizon counts opportunities and is a whole number'))
                 AS u (unit, age, stored, customers, within) ON u.unit = f.unit
        WHERE f.topic = 'orders'
    LOOP
        EXECUTE @extschema@.cltv_filled(template || CASE WHEN family.has_k THEN '' ELSE with_weights END
                                       || CASE WHEN family.has_prior THEN with_prior ELSE '' END, to_jsonb(family));
    END LOOP;
END
$install$;

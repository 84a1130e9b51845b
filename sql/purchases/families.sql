
-- The families of models of orders: NAME_fit, NAME_model and NAME_predict of each -------------------------------------

DO $install$
DECLARE
    family record;
    template CONSTANT text := $template$

CREATE FUNCTION {name}_fit(base customer_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION {name}_fit(customer_base) IS
'{title} model fitted by maximum likelihood to stored customers{stored}; {verdict}. {source}';

CREATE AGGREGATE {name}_fit(frequency bigint, recency float8, {age} float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(bigint, float8, float8) IS
'{title} model fitted to customers by maximum likelihood: {customers}; rows with a NULL are skipped, no rows: NULL; {verdict}. {source}';

CREATE AGGREGATE {name}_fit(frequency float8, recency float8, {age} float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8, float8) IS
'{title} model fitted to customers, with a frequency that other software keeps as a fraction: it must be a whole number, 2.5 is error 22023; all else as with a bigint frequency';

CREATE FUNCTION {name}_model({parameters}) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION {name}_model({parameters}) IS
'{title} model from published parameters, {bounds} (else error 22023): {meaning}. {source}';

CREATE FUNCTION {name}_predict(model cltv_model, frequency float8, recency float8, {age} float8, horizon float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_{name}_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION {name}_predict(cltv_model, float8, float8, float8, float8) IS
'expected number of purchases of a customer {within}, 0 or more; ''infinity'' gives all purchases to come, which may be infinitely many; impossible customers and models of another kind are errors (22023); NULL if the fit refused. {source}';

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
'{title} model fitted to a weighted sample or a table of counts: each row stands for as many customers as its weight says, from 0 (left out) to 2^53 (else error 22023); standard errors are those of so many customers; all else as without weights';

$template$;
    with_prior CONSTANT text := $template$

CREATE FUNCTION {name}_fit(base customer_base, prior float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION {name}_fit(customer_base, float8) IS
'{title} model fitted to stored customers, with the weight, 0 or more (else error 22023), of the prior that holds what they hardly tell: 1 as without it, 0 for plain maximum likelihood; all else as without a weight';

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
                         'a limit of the family, as model_status says; customers that tell nothing give a model whose '
                         'predictions are NULL, with a WARNING'
                    WHEN f.has_prior
                    THEN 'the maximum may lie at a limit of the family, as model_status says; where the customers hardly tell '
                         'a parameter, a weak prior holds it; customers that tell nothing give a model whose predictions are '
                         'NULL, with a WARNING'
                    ELSE 'where the customers do not tell the parameters, a model whose status says why, with a WARNING, and '
                         'whose predictions are NULL' END AS verdict,
               u.age, u.stored, u.customers, u.within
        FROM @extschema@.cltv_families() AS f
             JOIN (VALUES
                 ('days', 'tenure', '',
                  'frequency = repeat purchases, recency = time from the first to the last purchase, tenure = time from '
                  'the first purchase to the observation date, in one unit (days in the pipeline); impossible customers are errors (22023)',
                  'within the horizon, which is in the unit of the model (days in the pipeline)'),
                 ('opportunities', 'opportunities',
                  ' whose recency and tenure count opportunities (whole numbers, else error 22023)',
                  'frequency = opportunities with a purchase, recency = number of the last of them (0 without one), '
                  'opportunities = opportunities so far, 0 <= frequency <= recency <= opportunities <= 100000, whole '
                  'numbers (else error 22023)',
                  'at the next horizon opportunities, a whole number'))
                 AS u (unit, age, stored, customers, within) ON u.unit = f.unit
        WHERE f.topic = 'orders'
    LOOP
        EXECUTE @extschema@.cltv_filled(template || CASE WHEN family.has_k THEN '' ELSE with_weights END
                                       || CASE WHEN family.has_prior THEN with_prior ELSE '' END, to_jsonb(family));
    END LOOP;
END
$install$;


-- Models of orders with attributes: NAME_fit of customers with features, and predictions for customers whose are known ----

DO $install$
DECLARE
    family record;
    template CONSTANT text := $template$

CREATE FUNCTION {name}_fit_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION {name}_fit_final(feature_base) IS
'Internal: the final function of {name}_fit of customers with attributes.';

CREATE FUNCTION {name}_fit(base feature_base, prior float8 DEFAULT 1, penalty float8 DEFAULT 0{same}) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION {name}_fit(feature_base, float8, float8{same_type}) IS
'Fits the {title} model with attributes to stored customers.
By maximum likelihood; {verdict}.
prior: the weight, 0 or more (else error 22023), of the prior that holds what the data hardly determine, 0 for
plain maximum likelihood. penalty, 0 or more (else error 22023): the mean log-likelihood is maximised less
penalty/2 x sum of (s b)^2 over the coefficients b of attributes, s the standard deviation of what each stands
before (ridge, Hoerl & Kennard 1970); estimates then have no errors (status penalised), attributes may
follow from one another, and none runs away.
{same_meaning}{source}; Fader & Hardie 2007.';

CREATE AGGREGATE {name}_fit(frequency bigint, recency float8, {tenure} float8, purchases features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(bigint, float8, float8, features) IS
'Fits the {title} model with attributes that act on purchasing.
By maximum likelihood, attributes by features(): {buying}; frequency, recency and {tenure} as without
attributes; a number that is NULL, and other attributes in other rows, are errors (22023); rows with another
NULL are skipped; no rows give NULL; {verdict}. {source}; Fader & Hardie 2007.';

CREATE AGGREGATE {name}_fit(frequency float8, recency float8, {tenure} float8, purchases features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8, float8, features) IS
'Fits the {title} model with attributes, with a frequency of type float8.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE AGGREGATE {name}_fit(frequency float8, recency float8, {tenure} float8, purchases features, weight float8) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8, float8, features, float8) IS
'Fits the {title} model with attributes to a weighted sample.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

$template$;
    same_meaning CONSTANT text := 'same: attributes that are given as purchases and as dropout, with the same values (else error
22023), have one coefficient for both, which counts once in aic, bic and lr_test.
';
    with_dropout CONSTANT text := $template$

CREATE AGGREGATE {name}_fit(frequency bigint, recency float8, {tenure} float8, purchases features, dropout features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(bigint, float8, float8, features, features) IS
'Fits the {title} model with attributes that act on purchasing and on dropout.
{leaving}; one of the two NULL in all rows where there are none; otherwise as without attributes of dropout.';

CREATE AGGREGATE {name}_fit(frequency float8, recency float8, {tenure} float8, purchases features, dropout features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8, float8, features, features) IS
'Fits the {title} model with attributes of both kinds, with a frequency of type float8.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE AGGREGATE {name}_fit(frequency float8, recency float8, {tenure} float8, purchases features, dropout features, weight float8) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8, float8, features, features, float8) IS
'Fits the {title} model with attributes of both kinds to a weighted sample.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

$template$;
BEGIN
    FOR family IN
        SELECT f.name, f.title, f.source, f.attributes,
               CASE f.unit WHEN 'days' THEN 'tenure' ELSE 'opportunities' END AS tenure,
               CASE f.unit WHEN 'days' THEN 'rates of purchase are multiplied by e^(coefficient x value)'
                    ELSE 'odds of the mean probability of purchasing are multiplied by e^(coefficient x value), alpha + beta is the '
                         'same for all' END AS buying,
               CASE WHEN f.name = 'pnbd' THEN 'rates of departure are multiplied by e^(coefficient x value)'
                    ELSE 'odds of the mean dropout probability are multiplied by e^(coefficient x value), the sum of the two '
                         'shapes is the same for all' END AS leaving,
               'the maximum may lie at a limit of the family, as model_status says; an attribute that has one value, follows from '
               'those before it or whose coefficient diverges gives a model without parameters, whose status names it, with a '
               'WARNING, and whose predictions are NULL' AS verdict
        FROM @extschema@.cltv_families() AS f
        WHERE f.topic = 'orders' AND f.attributes <> '{}'
        -- And the best of those that know the attributes.
        UNION ALL
        SELECT 'orders', 'best', 'Schwarz 1978', '{purchases,dropout}', 'tenure', 'as in the model that is chosen', 'as in the model that is chosen',
               'of NBD (without attributes of dropout), BG/NBD, MBG/NBD and Pareto/NBD the one with the smallest bic is returned, of '
               'those that are the same at a limit the simplest; otherwise as their own fits'
    LOOP
        EXECUTE @extschema@.cltv_filled(
            template || CASE WHEN 'dropout' = ANY (family.attributes) THEN with_dropout ELSE '' END,
            to_jsonb(family) || CASE WHEN 'dropout' = ANY (family.attributes)
                THEN jsonb_build_object('same', ', same boolean DEFAULT false', 'same_type', ', boolean', 'same_meaning', same_meaning)
                ELSE '{"same": "", "same_type": "", "same_meaning": ""}' END);
    END LOOP;
END
$install$;

CREATE FUNCTION expected_purchases(model cltv_model, frequency float8, recency float8, tenure float8, horizon float8, purchases features, dropout features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_features' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION expected_purchases(cltv_model, float8, float8, float8, float8, features, features) IS
'Returns the expected number of purchases of a customer with attributes.
Within the horizon, under a model of orders with attributes; attributes as in the fit, by name (others are
ignored); levels that the fit has not seen count as its (other) level, or as the reference; NULL where all
attributes given are NULL or a number that the model needs is; attributes that the model has and are not
given, or the other way round, are errors (22023); impossible customers are errors (22023); NULL if the fit
refused.';

CREATE FUNCTION expected_purchases(model cltv_model, horizon float8, purchases features, dropout features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_new_features' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION expected_purchases(cltv_model, float8, features, features) IS
'Returns the expected number of repeat purchases of a new customer with attributes.
Within the horizon after the first purchase; attributes as for a customer who is known; NULL if the fit
refused.';

CREATE FUNCTION prob_alive(model cltv_model, frequency float8, recency float8, tenure float8, purchases features, dropout features)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive_features' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION prob_alive(cltv_model, float8, float8, float8, features, features) IS
'Returns the probability that a customer with attributes is still active.
Between 0 and 1; attributes as in expected_purchases, NULL for those that the model has none of; impossible
customers are errors (22023); NULL if the fit refused.';

CREATE FUNCTION prob_alive(model cltv_model, frequency float8, recency float8, tenure float8, horizon float8, purchases features, dropout features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive_horizon_features' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION prob_alive(cltv_model, float8, float8, float8, float8, features, features) IS
'Returns the probability that a customer with attributes is active at the end of the horizon.
Between 0 and 1; attributes as in expected_purchases; NULL if the fit refused.';

CREATE FUNCTION churn_prob(model cltv_model, frequency float8, recency float8, tenure float8, purchases features, dropout features)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_features' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION churn_prob(cltv_model, float8, float8, float8, features, features) IS
'Returns the probability that a customer with attributes has left for good.
Between 0 and 1: 1 - prob_alive, exact also where it is tiny; attributes as in expected_purchases; NULL if the
fit refused.';

CREATE FUNCTION churn_prob(model cltv_model, frequency float8, recency float8, tenure float8, horizon float8, purchases features, dropout features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_horizon_features' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION churn_prob(cltv_model, float8, float8, float8, float8, features, features) IS
'Returns the probability that a customer with attributes makes no purchase within the horizon.
Between 0 and 1, whether the customer has left or not; attributes as in expected_purchases; NULL if the fit
refused.';

CREATE FUNCTION log_likelihood(model cltv_model, frequency float8, recency float8, tenure float8, purchases features, dropout features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_log_likelihood_features' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION log_likelihood(cltv_model, float8, float8, float8, features, features) IS
'Returns the log-likelihood of one customer with attributes under a model of orders.
Attributes as in expected_purchases; NULL if the fit refused.';

CREATE FUNCTION purchase_pmf(model cltv_model, frequency float8, recency float8, tenure float8, horizon float8, n float8, purchases features, dropout features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf_features' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION purchase_pmf(cltv_model, float8, float8, float8, float8, float8, features, features) IS
'Returns the probability that a customer with attributes makes exactly n purchases.
N is 0, 1, 2, ..., within the horizon; attributes as in expected_purchases; NULL if the fit refused.';

CREATE FUNCTION purchase_pmf(model cltv_model, n float8, horizon float8, purchases features, dropout features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf_new_features' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION purchase_pmf(cltv_model, float8, float8, features, features) IS
'Returns the probability that a new customer with attributes makes exactly n repeat purchases.
Within the horizon after the first purchase; attributes as in expected_purchases; NULL if the fit refused.';

CREATE FUNCTION expected_purchases_interval(model cltv_model, frequency float8, recency float8, tenure float8,
                                            horizon float8, level float8 DEFAULT 0.95,
                                            purchases features DEFAULT NULL, dropout features DEFAULT NULL,
                                            OUT lower float8, OUT estimate float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_interval' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION expected_purchases_interval(cltv_model, float8, float8, float8, float8, float8, features, features) IS
'Returns the expected number of purchases of a customer with a confidence interval.
The interval, of the given level (0..1), follows from the covariance of the fit by the delta method on the
logarithmic scale: how sure the expectation is, not how the purchases of one customer scatter; lower and upper
are NULL for a model that was given; bad values are errors (22023); NULL if the fit refused; purchases and
dropout: the customer''s attributes under a model that was fitted with attributes, as in expected_purchases,
else none.';

CREATE FUNCTION lr_test(smaller cltv_model, larger cltv_model, OUT statistic float8, OUT df bigint, OUT p_value float8)
AS 'MODULE_PATHNAME', 'cltv_lr_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION lr_test(cltv_model, cltv_model) IS
'Tests two nested fits to the same customers by their likelihood ratio.
The first fit is the second with fewer parameters or attributes; statistic = twice the gain of the
log-likelihood, df = parameters more, p_value = the probability of so large a gain if these parameters told
nothing (chi-squared); models that cannot be so (other customers, no more parameters, a lower likelihood, a
prior, a penalty) are errors (22023); NULL for a model that was given or whose fit refused. Wilks 1938.';

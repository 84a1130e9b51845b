
-- The best of the models of orders -------------------------------------------------------------------------------------

CREATE FUNCTION orders_fit(base customer_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_orders_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40000;
COMMENT ON FUNCTION orders_fit(customer_base) IS
'Fits all models of orders in days to stored customers and returns the best.
Those of all families are fitted (NBD, BG/NBD, MBG/NBD, Pareto/NBD), and the one with the smallest bic is
returned, of those that are the same at a limit the simplest; orders_fits says what was compared; customers
who carry no information give a model whose predictions are NULL, with a WARNING. Schwarz 1978.';

CREATE FUNCTION orders_fit(base customer_base, prior float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_orders_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 40000;
COMMENT ON FUNCTION orders_fit(customer_base, float8) IS
'Fits all models of orders with a given weight of the prior and returns the best.
The prior holds what the data hardly determine; its weight is 0 or more (else error 22023): 1 as without it, 0
for plain maximum likelihood; otherwise as without a weight.';

CREATE AGGREGATE orders_fit(frequency bigint, recency float8, tenure float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = orders_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE orders_fit(bigint, float8, float8) IS
'Fits all models of orders in days to customers and returns the best.
NBD, BG/NBD, MBG/NBD or Pareto/NBD, by bic: frequency = repeat purchases, recency = time from the first to the
last purchase, tenure = time from the first purchase to the observation date, in one unit (days in the
pipeline); rows with a NULL are skipped; no rows give NULL; impossible customers are errors (22023); otherwise
as orders_fit of a base.';

CREATE AGGREGATE orders_fit(frequency float8, recency float8, tenure float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = orders_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE orders_fit(float8, float8, float8) IS
'Fits all models of orders, with a frequency of type float8, and returns the best.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE FUNCTION orders_fits(base customer_base, OUT model text, OUT status text, OUT log_likelihood float8, OUT aic float8,
                            OUT bic float8, OUT fitted cltv_model)
RETURNS SETOF record
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 40000 ROWS 4
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT fits.model, @extschema@.model_status(fits.fitted), @extschema@.log_likelihood(fits.fitted),
           @extschema@.aic(fits.fitted), @extschema@.bic(fits.fitted), fits.fitted
    FROM @extschema@.cltv_fits($1, (SELECT array_agg(family.name) FROM @extschema@.cltv_families() AS family
                                         WHERE family.topic = 'orders' AND family.is_compared))
         WITH ORDINALITY AS fits (model, fitted, number)
    ORDER BY round(@extschema@.bic(fits.fitted)::numeric, 6) NULLS LAST, fits.number
$$;
COMMENT ON FUNCTION orders_fits(customer_base) IS
'Returns the fits that orders_fit compares, best first.
One row per model: its name, model_status, log-likelihood, Akaike and Bayesian information criteria, and the
fitted model; NULL gives no rows.';


-- The best of the models of contracts ----------------------------------------------------------------------------------

CREATE FUNCTION contracts_fit(base contract_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_contracts_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30000;
COMMENT ON FUNCTION contracts_fit(contract_base) IS
'Fits all models of contracts to stored contracts and returns the best.
Geometric contracts, sBG and BdW are fitted, and the one with the smallest bic is returned, of those that are
the same the simplest; contracts_fits says what was compared; contracts that carry no information give a model
whose predictions are NULL, with a WARNING. Schwarz 1978.';

CREATE FUNCTION contracts_fit(base contract_base, prior float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_contracts_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30000;
COMMENT ON FUNCTION contracts_fit(contract_base, float8) IS
'Fits all models of contracts with a given weight of the prior and returns the best.
The prior holds what the data hardly determine; its weight is 0 or more (else error 22023): 1 as without it, 0
for plain maximum likelihood; otherwise as without a weight.';

CREATE AGGREGATE contracts_fit(periods float8, churned boolean) (
    SFUNC = contract_base_accum,
    STYPE = contract_base,
    SSPACE = 512,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = contracts_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE contracts_fit(float8, boolean) IS
'Fits all models of contracts to customers and returns the best.
Geometric, sBG or BdW by bic: periods = whole periods completed, churned = whether the customer left at the
end of the last of them (periods >= 1 then) instead of renewing, else right-censored; negative periods are
errors (22023); rows with a NULL are skipped; no rows give NULL; otherwise as contracts_fit of a base.';

CREATE AGGREGATE contracts_fit(periods float8, churned boolean, weight float8) (
    SFUNC = contract_base_accum,
    STYPE = contract_base,
    SSPACE = 512,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = contracts_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE contracts_fit(float8, boolean, float8) IS
'Fits all models of contracts to a weighted sample and returns the best.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE FUNCTION contracts_fits(base contract_base, OUT model text, OUT status text, OUT log_likelihood float8, OUT aic float8,
                               OUT bic float8, OUT fitted cltv_model)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 30000 ROWS 3
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT f.model, %1$s.model_status(f.fitted), %1$s.log_likelihood(f.fitted), %1$s.aic(f.fitted), %1$s.bic(f.fitted), '
        'f.fitted FROM (VALUES %2$s) AS f (model, fitted, place) '
        'ORDER BY round(%1$s.bic(f.fitted)::numeric, 6) NULLS LAST, f.place', '@extschema@',
        (SELECT string_agg(format('(text %L, %s.%I($1), %s)', c.name, '@extschema@', c.name || '_fit', c.place), ', '
                           ORDER BY c.place)
         FROM (SELECT f.name, row_number() OVER () AS place FROM @extschema@.cltv_families() AS f
               WHERE f.topic = 'contract') AS c)) USING base;
END
$$;
COMMENT ON FUNCTION contracts_fits(contract_base) IS
'Returns the fits that contracts_fit compares, best first.
One row per model: its name, model_status, log-likelihood, Akaike and Bayesian information criteria, and the
fitted model; NULL gives no rows.';

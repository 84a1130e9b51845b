
-- The families of models ----------------------------------------------------------------------------------------------

CREATE FUNCTION cltv_families(OUT name text, OUT title text, OUT topic text, OUT unit text, OUT parameters text[],
                              OUT positive text[], OUT shares text[], OUT limits text[], OUT has_prior boolean,
                              OUT attributes text[], OUT has_calendar boolean, OUT has_pool boolean,
                              OUT is_compared boolean, OUT meaning text, OUT source text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_families' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 ROWS 6;
COMMENT ON FUNCTION cltv_families() IS
'Returns the model families with their parameters and options, one row each.
Name as in NAME_fit and in the kind of a cltv_model; title; topic: orders, spend or contract; unit: what times
count, days, opportunities or periods, and what spend may be, positive amounts or amounts; parameters in the
order of NAME_model, and which of them are positive, and which are shares, above 0 and below 1; limits: the
names of the models that it has where parameters reach 0 or infinity; has_prior: whether NAME_fit takes the
weight of a prior; attributes: what attributes of customers may act on in NAME_fit with features(), purchases
or dropout; has_calendar: whether NAME_fit takes a calendar; has_pool: whether NAME_pool makes a prior of
segments; is_compared: whether the choice of the best family, by orders_fit, spend_fit, contracts_fit or model
=> ''auto'', compares it; meaning: what the parameters describe; source: who published it.';

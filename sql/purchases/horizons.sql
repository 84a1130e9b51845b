CREATE FUNCTION expected_purchases_at(model cltv_model, frequency float8, recency float8, tenure float8, horizons float8[],
                                      purchases features DEFAULT NULL, dropout features DEFAULT NULL)
RETURNS float8[]
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_at' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION expected_purchases_at(cltv_model, float8, float8, float8, float8[], features, features) IS
'Returns the expected numbers of purchases of a customer within many horizons.
In the order of the horizons; what expected_purchases returns for one horizon after another (to about 12
digits), but much faster; times in the unit of the model; a horizon is 0 or more, ''infinity'' for all to
come, NULL gives NULL; impossible customers and bad horizons are errors (22023); NULL if the fit refused or an
argument before purchases is NULL; purchases and dropout are the customer''s attributes under a model that was
fitted with attributes, as in expected_purchases.';

-- How much of the value lies with how few customers? -----------------------------------------------------------------

CREATE FUNCTION concentration_final(state score_base) RETURNS float8
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_concentration_final';
COMMENT ON FUNCTION concentration_final(score_base) IS
'Internal: final function of gini(value).';

CREATE AGGREGATE gini(value float8) (
    SFUNC = score_base_accum,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = concentration_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE gini(float8) IS
'Returns the Gini coefficient of concentration.
0 if all have the same value, 1 - 1/n if one of n has all. NULL if the total is 0; rows with a NULL are
skipped; no rows give NULL; a negative value, NaN and infinity are error 22023. Gini 1912.';

CREATE FUNCTION revenue_share_final(state score_base) RETURNS float8
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_revenue_share_final';
COMMENT ON FUNCTION revenue_share_final(score_base) IS
'Internal: final function of revenue_share, for the top of the state or for 0.2 without one.';

CREATE AGGREGATE revenue_share(value float8) (
    SFUNC = score_base_accum,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = revenue_share_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_share(float8) IS
'Returns the share of the total that the top fifth makes.
revenue_share(value, top => 0.2).';

CREATE AGGREGATE revenue_share(value float8, top float8) (
    SFUNC = score_base_accum_top,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = revenue_share_final,
    FINALFUNC_MODIFY = READ_ONLY,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_share(float8, float8) IS
'Returns the share of the total that the largest values make.
The rows are the share top, with a fraction of a row''s value where top is not a whole number of rows; above 1
where the others are negative together. top is above 0, at most 1 and the same in all rows. NULL if the total
is not above 0; rows with a NULL are skipped; no rows give NULL; NaN, infinity and another top are error
22023. Lorenz 1905.';

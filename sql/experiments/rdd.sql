-- What crossing a line did ------------------------------------------------------------------------------------------------------

CREATE FUNCTION rdd_base_accum(state score_base, outcome float8, running float8) RETURNS score_base
AS 'MODULE_PATHNAME', 'cltv_rdd_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rdd_base_accum(score_base, float8, float8) IS
'Internal: transition function of rdd_base.
Adds one row.';

CREATE AGGREGATE rdd_base(outcome float8, running float8) (
    SFUNC = rdd_base_accum,
    STYPE = score_base,
    SSPACE = 512,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = score_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rdd_base(float8, float8) IS
'Collects outcomes with a running variable, for rdd_fit and rdd_density.
Treatment begins where the running variable reaches a cutoff (spend and a loyalty tier); 16 bytes a row;
mergeable by rollup; rows with a NULL are skipped; no rows give NULL; NaN and infinity are error 22023.';

CREATE FUNCTION rdd_fit(base score_base, cutoff float8 DEFAULT 0, kernel text DEFAULT 'triangular', bandwidth float8 DEFAULT NULL,
                        level float8 DEFAULT 0.95,
                        OUT estimate float8, OUT std_error float8, OUT lower float8, OUT upper float8,
                        OUT robust_estimate float8, OUT robust_std_error float8, OUT robust_lower float8, OUT robust_upper float8,
                        OUT p_value float8, OUT h float8, OUT b float8, OUT below bigint, OUT above bigint,
                        OUT below_in_h bigint, OUT above_in_h bigint, OUT below_distinct bigint, OUT above_distinct bigint)
AS 'MODULE_PATHNAME', 'cltv_rdd_fit' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION rdd_fit(score_base, float8, text, float8, float8) IS
'Estimates the effect of reaching a cutoff, by regression discontinuity.
On the outcome of those around it, from an rdd_base; a value equal to the cutoff has reached it: estimate =
the step between local lines within h of it, with error and interval as if these had no bias; robust_estimate
less the bias that parabolas within b see, robust_std_error and the interval to report, and their two-sided
p_value; h and b for the least mean squared error, or both bandwidth; kernel = triangular, epanechnikov or
uniform; rows on each side, within h, and distinct values of the running variable; a WARNING where a fifth of
a side share theirs; nobody on a side, fewer than 20 rows without a bandwidth, too few distinct values near
the cutoff, another kernel: error 22023; NULL other than bandwidth gives NULL. It is an effect only if people
cannot place themselves: see rdd_density. Calonico, Cattaneo & Titiunik 2014.';

CREATE FUNCTION rdd_density(base score_base, cutoff float8 DEFAULT 0, bandwidth float8 DEFAULT NULL,
                            OUT density_below float8, OUT density_above float8, OUT difference float8, OUT std_error float8,
                            OUT p_value float8, OUT h float8, OUT below_in_h bigint, OUT above_in_h bigint)
AS 'MODULE_PATHNAME', 'cltv_rdd_density' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION rdd_density(score_base, float8, float8) IS
'Tests whether people place themselves above a cutoff.
The density of the running variable just below and just above it (share of all rows per unit), by local cubics
of its distribution function within h (Silverman''s rule unless given), and the two-sided p_value of their
difference: a small one means that rdd_fit answers nothing; errors as in rdd_fit; NULL other than bandwidth
gives NULL. Cattaneo, Jansson & Ma 2020.';

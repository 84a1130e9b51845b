-- What a treatment did where nobody drew lots -------------------------------------------------------------------------------------

CREATE FUNCTION treatment_base_accum(state feature_base, outcome float8, treated boolean, x features) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_treatment_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION treatment_base_accum(feature_base, float8, boolean, features) IS
'Internal: transition function of treatment_base.
Adds one customer.';

CREATE AGGREGATE treatment_base(outcome float8, treated boolean, x features) (
    SFUNC = treatment_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE treatment_base(float8, boolean, features) IS
'Collects outcomes, treatments and attributes for ate and uplift_fit.
The attributes are all that decided about treatment, as they were before it; mergeable by rollup; rows with a
NULL are skipped and counted; no rows give NULL; an outcome that is NaN or infinite is error 22023.';

CREATE FUNCTION ate(base feature_base, level float8 DEFAULT 0.95, repeats int DEFAULT 5, seed bigint DEFAULT 1,
                    OUT estimate float8, OUT std_error float8, OUT lower float8, OUT upper float8, OUT p_value float8,
                    OUT difference float8, OUT customers bigint, OUT treated bigint, OUT propensity_auc float8, OUT outside bigint)
AS 'MODULE_PATHNAME', 'cltv_ate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION ate(feature_base, float8, int, bigint) IS
'Estimates the average effect of a treatment that was not randomised.
It holds if the attributes include everything that decided who was treated: estimate with error, normal
interval and two-sided p_value, doubly robust (augmented inverse propensity weights of lines and logistic
regression, each with a ridge of one customer, on five parts by a hash, each judged by fits to the others),
from a treatment_base; the median of so many repeats, 1 to 1000, each with other parts, by the seed, 0 to
2^53, and those after it, and its error with how far they are apart; difference of the plain means beside it;
propensity_auc says how well attributes tell who is treated, near 1 nobody can be compared; outside =
customers whose chance of treatment is below 0.01 or above 0.99, held to these, a WARNING above 5 %; no
outcome that varies, too few treated or not, a number that is not known, another feature_base: error 22023;
NULL gives NULL. Robins, Rotnitzky & Zhao 1994, Chernozhukov et al. 2018.';

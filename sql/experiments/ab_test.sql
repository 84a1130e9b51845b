-- Did it work? ------------------------------------------------------------------------------------------------------------

CREATE FUNCTION ab_test(base experiment_base, control text DEFAULT 'A', level float8 DEFAULT 0.95, method text DEFAULT 'welch',
                        planned float8 DEFAULT 10000,
                        OUT variant text, OUT customers bigint, OUT mean float8, OUT difference float8, OUT std_error float8,
                        OUT lower float8, OUT upper float8, OUT p_value float8, OUT p_adjusted float8,
                        OUT relative float8, OUT relative_lower float8, OUT relative_upper float8, OUT variance_reduction float8,
                        OUT lower_always float8, OUT upper_always float8, OUT prob_better float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_ab_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 3;
COMMENT ON FUNCTION ab_test(experiment_base, text, float8, text, float8) IS
'Compares each variant of a test with the control.
The control comes first, with customers and mean only: mean of the outcome (of a ratio: sum by sum);
difference of the means with its standard error, interval of that level and two-sided p_value by Welch''s
t-test; p_adjusted for several variants by Holm; relative = difference by the control''s mean with its
interval by the delta method, NULL unless that mean is above 0; method => cuped takes off what the outcome
before the test predicts, lin by a regression within each variant, and variance_reduction says how much that
saves; lower_always and upper_always hold at every look at once, narrowest at planned customers of both
variants together, which is to be fixed before the test; prob_better = the probability that the variant''s
mean is the higher, of outcomes 0 and 1 by Welch with uniform priors on the shares, else normal with a flat
prior. Fewer than 2 customers of a variant (3 for lin), one variant, a control that is none, no variance, an
unknown method, a level not between 0 and 1: error 22023; NULL gives no rows. Deng et al. 2013, Lin 2013,
Waudby-Smith et al. 2024.';

CREATE FUNCTION srm_test(base experiment_base, shares float8[] DEFAULT NULL, OUT chi2 float8, OUT df bigint, OUT p_value float8)
AS 'MODULE_PATHNAME', 'cltv_srm_test' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION srm_test(experiment_base, float8[]) IS
'Tests for a sample ratio mismatch between variants.
Pearson''s chi-squared test of how many customers the variants have (including those skipped for a NULL)
against the shares they should have, in byte order of their names; shares need not sum to 1: equal ones
without; a p_value below 0.001 means that the split is broken and ab_test answers nothing; another number of
shares, or one that is not above 0: error 22023; NULL base gives NULL.';

CREATE FUNCTION sample_size(baseline float8, lift float8, power float8 DEFAULT 0.8, level float8 DEFAULT 0.95, sd float8 DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_sample_size' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION sample_size(float8, float8, float8, float8, float8) IS
'Returns how many customers each of two variants needs to detect a lift.
With that power, for a difference in means of lift, in the unit of the baseline (round up): of shares 0.1 and
0.02 for 10 % against 12 %, of money with sd, the standard deviation of one customer''s outcome; two-sided at
that level, normal, each variant with its own variance; baseline and raised share outside 0..1, lift 0, power
below 0.5 or not below 1, sd not above 0: error 22023; another NULL than that of sd gives NULL.';

CREATE FUNCTION minimum_detectable_effect(baseline float8, customers float8, power float8 DEFAULT 0.8, level float8 DEFAULT 0.95,
                                          sd float8 DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_minimum_detectable_effect' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION minimum_detectable_effect(float8, float8, float8, float8, float8) IS
'Returns the smallest rise above the baseline that a test can detect.
With so many customers in each of two variants and that power; the inverse of sample_size: a difference, not a
ratio; NULL where no share up to 1 is so much higher; fewer than 2 customers and what sample_size refuses:
error 22023.';

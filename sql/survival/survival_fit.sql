
-- Models of survival with attributes: who leaves sooner, and when ---------------------------------------------------------

CREATE FUNCTION survival_feature_base_accum(state feature_base, "time" float8, event boolean, x features) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_survival_feature_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_feature_base_accum(feature_base, float8, boolean, features) IS
'Internal: transition function of survival_feature_base, cox_fit and aft_fit.
Adds one customer.';

CREATE FUNCTION survival_feature_base_accum(state feature_base, "time" float8, event boolean, x features, weight float8) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_survival_feature_base_accum_weight' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_feature_base_accum(feature_base, float8, boolean, features, float8) IS
'Internal: transition function of survival_feature_base and cox_fit of a weighted sample.
Adds as many customers as the weight says.';

CREATE FUNCTION survival_feature_base_accum(state feature_base, "time" float8, event boolean, x features, weight float8, entered float8) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_survival_feature_base_accum_weight' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_feature_base_accum(feature_base, float8, boolean, features, float8, float8) IS
'Internal: transition function of survival_feature_base and cox_fit with late entries.';

CREATE FUNCTION survival_feature_base_accum(state feature_base, "time" float8, event boolean, x features, strata text) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_survival_feature_base_accum_strata' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_feature_base_accum(feature_base, float8, boolean, features, text) IS
'Internal: transition function of survival_feature_base and cox_fit with strata.';

CREATE FUNCTION survival_feature_base_accum(state feature_base, "time" float8, event boolean, x features, strata text, weight float8, entered float8) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_survival_feature_base_accum_strata' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_feature_base_accum(feature_base, float8, boolean, features, text, float8, float8) IS
'Internal: transition function of survival_feature_base and cox_fit with strata, weights and late entries.';

CREATE FUNCTION survival_feature_base_accum(state feature_base, "time" float8, event boolean, x features, strata text, weight float8, entered float8, "cluster" text) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_survival_feature_base_accum_cluster' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_feature_base_accum(feature_base, float8, boolean, features, text, float8, float8, text) IS
'Internal: transition function of survival_feature_base with clusters.';

CREATE FUNCTION aft_fit_accum(state feature_base, "time" float8, event boolean, x features, family text) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_survival_feature_base_accum_family' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION aft_fit_accum(feature_base, float8, boolean, features, text) IS
'Internal: transition function of aft_fit of a family.';

CREATE FUNCTION aft_fit_accum(state feature_base, "time" float8, event boolean, x features, family text, weight float8) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_survival_feature_base_accum_family' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION aft_fit_accum(feature_base, float8, boolean, features, text, float8) IS
'Internal: transition function of aft_fit of a family to a weighted sample.';

CREATE FUNCTION aft_fit_accum(state feature_base, "time" float8, event boolean, x features, family text, weight float8, entered float8) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_survival_feature_base_accum_family' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION aft_fit_accum(feature_base, float8, boolean, features, text, float8, float8) IS
'Internal: transition function of aft_fit of a family with weights and late entries.';

CREATE FUNCTION cox_fit_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_cox_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION cox_fit_final(feature_base) IS
'Internal: final function of cox_fit.';

CREATE FUNCTION cox_fit(base feature_base, ties text DEFAULT 'efron', robust boolean DEFAULT false) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_cox_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION cox_fit(feature_base, text, boolean) IS
'Fits Cox''s proportional hazards model to stored customers.
ties = efron, or breslow (else error 22023), how those enter who leave at the same time; robust: standard
errors that hold where the model does not, or where the rows of a cluster depend on one another; an attribute
that has one value, follows from those before it or whose coefficient diverges gives a model without
parameters, whose status names it, with a WARNING, and whose predictions are NULL, and so do customers of whom
nobody leaves (status no events). Cox 1972, Efron 1977, Breslow 1974, Lin & Wei 1989.';

CREATE FUNCTION aft_fit_final(state feature_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_aft_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION aft_fit_final(feature_base) IS
'Internal: final function of aft_fit.';

CREATE FUNCTION aft_fit(base feature_base, family text DEFAULT 'weibull') RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_aft_fit_family' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION aft_fit(feature_base, text) IS
'Fits a model of accelerated failure times to stored customers.
family = weibull, exponential, lognormal or loglogistic (else error 22023); an attribute that has one value,
follows from those before it or whose coefficient diverges gives a model without parameters, whose status
names it, with a WARNING, and whose predictions are NULL, and so do customers of whom nobody leaves (status no
events). Kalbfleisch & Prentice 2002.';

CREATE AGGREGATE survival_feature_base("time" float8, event boolean, x features) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_feature_base(float8, boolean, features) IS
'Collects customers with attributes for models of survival.
Time and event as in survival_curve, x by features(); read by cox_fit, aft_fit and proportional_hazards_test;
all rows must have the same attributes (else error 22023); rows with a NULL are skipped; no rows give NULL.';

CREATE AGGREGATE survival_feature_base("time" float8, event boolean, x features, weight float8) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_feature_base(float8, boolean, features, float8) IS
'Collects a weighted sample of customers for models of survival.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE AGGREGATE survival_feature_base("time" float8, event boolean, x features, weight float8, entered float8) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_feature_base(float8, boolean, features, float8, float8) IS
'Collects customers for models of survival, with late entries.
Also for attributes that change, so that a row is part of a customer''s time: entered = how long the customer
had been a customer when observation began, 0 for a customer seen from the beginning, else before time (else
error 22023); otherwise as with weights.';

CREATE AGGREGATE survival_feature_base("time" float8, event boolean, x features, strata text) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_feature_base(float8, boolean, features, text) IS
'Collects customers for models of survival, with strata.
A stratum, such as a channel of acquisition, has hazards of its own; otherwise as without strata.';

CREATE AGGREGATE survival_feature_base("time" float8, event boolean, x features, strata text, weight float8, entered float8) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_feature_base(float8, boolean, features, text, float8, float8) IS
'Collects customers for models of survival, with strata, weights and late entries.
Otherwise as with strata, and as with weights and late entries.';

CREATE AGGREGATE survival_feature_base("time" float8, event boolean, x features, strata text, weight float8, entered float8, "cluster" text) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_feature_base(float8, boolean, features, text, float8, float8, text) IS
'Collects customers for models of survival, with strata, weights, late entries and clusters.
Strata '''' for all if there are none, weight 1 for one customer, late entry 0 for none, and the cluster that
a row belongs to, such as its customer, within which rows depend on one another: what cox_fit(base, robust =>
true) looks at; otherwise as without clusters.';

CREATE AGGREGATE cox_fit("time" float8, event boolean, x features) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = cox_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE cox_fit(float8, boolean, features) IS
'Fits Cox''s proportional hazards model to customers.
By maximum partial likelihood, with Efron''s ties: time and event as in survival_curve, x the attributes by
features(); e^estimate of model_params is the ratio of hazards, by which an attribute, or a level of one
against the reference, multiplies the risk to leave at each moment; a number among the attributes that is
NULL, and other attributes in other rows, are errors (22023); rows with another NULL are skipped; no rows give
NULL; an attribute that has one value, follows from those before it or whose coefficient diverges gives a
model without parameters, whose status names it, with a WARNING, and whose predictions are NULL, and so do
customers of whom nobody leaves (status no events). Cox 1972, Efron 1977.';

CREATE AGGREGATE cox_fit("time" float8, event boolean, x features, weight float8) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = cox_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE cox_fit(float8, boolean, features, float8) IS
'Fits Cox''s model to a weighted sample.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE AGGREGATE cox_fit("time" float8, event boolean, x features, weight float8, entered float8) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = cox_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE cox_fit(float8, boolean, features, float8, float8) IS
'Fits Cox''s model to customers with late entries.
Also for attributes that change, so that a row is part of a customer''s time: entered = how long the customer
had been a customer when observation began, 0 for a customer seen from the beginning, else before time (else
error 22023); otherwise as with weights.';

CREATE AGGREGATE cox_fit("time" float8, event boolean, x features, strata text) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = cox_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE cox_fit(float8, boolean, features, text) IS
'Fits Cox''s model to customers in strata.
Strata, such as channels of acquisition, have hazards of their own, and the attributes act alike in all: only
customers of the same stratum are compared; otherwise as without strata.';

CREATE AGGREGATE cox_fit("time" float8, event boolean, x features, strata text, weight float8, entered float8) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = cox_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE cox_fit(float8, boolean, features, text, float8, float8) IS
'Fits Cox''s model to customers in strata, with weights and late entries.
Otherwise as with strata, and as with weights and late entries.';

CREATE AGGREGATE aft_fit("time" float8, event boolean, x features) (
    SFUNC = survival_feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = aft_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE aft_fit(float8, boolean, features) IS
'Fits the Weibull model of accelerated failure times to customers.
Time and event as in survival_curve, but time above 0 (else error 22023), x the attributes by features();
e^estimate of model_params is the factor by which an attribute stretches the time that customers stay; NULLs
as in cox_fit; an attribute that has one value, follows from those before it or whose coefficient diverges
gives a model without parameters, whose status names it, with a WARNING, and whose predictions are NULL, and
so do customers of whom nobody leaves (status no events). Kalbfleisch & Prentice 2002.';

CREATE AGGREGATE aft_fit("time" float8, event boolean, x features, family text) (
    SFUNC = aft_fit_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = aft_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE aft_fit(float8, boolean, features, text) IS
'Fits a model of accelerated failure times of the named family to customers.
family is weibull, exponential, lognormal or loglogistic, the same for all rows (else error 22023); otherwise
as without it.';

CREATE AGGREGATE aft_fit("time" float8, event boolean, x features, family text, weight float8) (
    SFUNC = aft_fit_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = aft_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE aft_fit(float8, boolean, features, text, float8) IS
'Fits a model of accelerated failure times to a weighted sample.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE AGGREGATE aft_fit("time" float8, event boolean, x features, family text, weight float8, entered float8) (
    SFUNC = aft_fit_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = aft_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE aft_fit(float8, boolean, features, text, float8, float8) IS
'Fits a model of accelerated failure times to customers with late entries.
entered = how long the customer had been a customer when observation began, 0 for a customer seen from the
beginning, else before time (else error 22023); otherwise as with weights.';

CREATE FUNCTION survival_prob(model cltv_model, x features, t float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_survival_prob_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION survival_prob(cltv_model, features, float8) IS
'Returns the probability that a customer with attributes stays longer than t.
Between 0 and 1, under a model of cox_fit or aft_fit (else error 22023): attributes as in the fit, by name;
NULL where a number is, or if the fit refused; of a model of cox_fit NULL beyond the last time at which
anybody was seen; a negative t is an error (22023). Breslow 1974, Kalbfleisch & Prentice 2002.';

CREATE FUNCTION survival_prob(model cltv_model, x features, t float8, strata text) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_survival_prob_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION survival_prob(cltv_model, features, float8, text) IS
'Returns the probability that a customer of a stratum stays longer than t.
Under a model of cox_fit with strata; NULL for a stratum that the fit has not seen; otherwise as without
strata.';

CREATE FUNCTION survival_quantile(model cltv_model, x features, p float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_survival_quantile_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION survival_quantile(cltv_model, features, float8) IS
'Returns the time by which a customer with attributes has left with probability p.
p is between 0 and 1 (else error 22023): 0.5 for the median; attributes as in the fit, by name; NULL where a
number is, or if the fit refused, and under a model of cox_fit where so many have not left yet.';

CREATE FUNCTION survival_quantile(model cltv_model, x features, p float8, strata text) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_survival_quantile_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION survival_quantile(cltv_model, features, float8, text) IS
'Returns the time by which a customer of a stratum has left with probability p.
Under a model of cox_fit with strata; NULL for a stratum that the fit has not seen; otherwise as without
strata.';

CREATE FUNCTION expected_lifetime(model cltv_model, x features, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_lifetime' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION expected_lifetime(cltv_model, features, float8) IS
'Returns the expected time, at most horizon, that a customer with attributes stays.
Counted from the beginning; attributes as in the fit, by name; NULL where a number is, or if the fit refused;
of a model of cox_fit NULL beyond the last time at which anybody was seen; of a model of aft_fit the horizon
may be infinite, and then so may the result be; a negative horizon is an error (22023). Irwin 1949.';

CREATE FUNCTION expected_lifetime(model cltv_model, x features, horizon float8, strata text) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_lifetime' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION expected_lifetime(cltv_model, features, float8, text) IS
'Returns the expected time, at most horizon, that a customer of a stratum stays.
Under a model of cox_fit with strata; NULL for a stratum that the fit has not seen; otherwise as without
strata.';

CREATE FUNCTION churn_prob(model cltv_model, x features, since float8, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_survival' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION churn_prob(cltv_model, features, float8, float8) IS
'Returns the probability that a customer of a given age leaves within the horizon.
Between 0 and 1, for a customer with these attributes, under a model of cox_fit or aft_fit (else error 22023):
attributes as in the fit, by name; NULL where a number is, or if the fit refused; of a model of cox_fit NULL
where the horizon ends beyond the last time at which anybody was seen; negative times are errors (22023).';

CREATE FUNCTION churn_prob(model cltv_model, x features, since float8, horizon float8, strata text) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_survival' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION churn_prob(cltv_model, features, float8, float8, text) IS
'Returns the probability that a customer of a stratum leaves within the horizon.
Under a model of cox_fit with strata; NULL for a stratum that the fit has not seen; otherwise as without
strata.';

CREATE FUNCTION hazard_ratio(model cltv_model, x features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_hazard_ratio' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION hazard_ratio(cltv_model, features) IS
'Returns the hazard of a customer relative to the average customer of the fit.
How many times as likely the customer is to leave, at each moment, as one with the mean numbers and the
reference categories, under a model of cox_fit (else error 22023): a score for concordance; attributes as in
the fit, by name; NULL where a number is, or if the fit refused.';

CREATE FUNCTION survival_table(model cltv_model, x features, OUT "time" float8, OUT survival float8, OUT cumulative_hazard float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_survival_table_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 1000;
COMMENT ON FUNCTION survival_table(cltv_model, features) IS
'Returns the survival curve of a customer with attributes, one row per time.
A row for each time at which anybody left, under a model of cox_fit (else error 22023): the probability of
staying longer, and the cumulative hazard up to then, Breslows or Efrons as the ties of the fit; attributes as
in the fit, by name; no rows where a number is NULL, or if the fit refused. Breslow 1974.';

CREATE FUNCTION survival_table(model cltv_model, x features, strata text, OUT "time" float8, OUT survival float8, OUT cumulative_hazard float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_survival_table_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 1000;
COMMENT ON FUNCTION survival_table(cltv_model, features, text) IS
'Returns the survival curve of a customer of a stratum, one row per time.
Under a model of cox_fit with strata; no rows for a stratum that the fit has not seen; otherwise as without
strata.';

CREATE FUNCTION proportional_hazards_test(base feature_base, transform text DEFAULT 'km', ties text DEFAULT 'efron', OUT name text, OUT statistic float8, OUT df bigint, OUT p_value float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_proportional_hazards_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000 ROWS 1000;
COMMENT ON FUNCTION proportional_hazards_test(feature_base, text, text) IS
'Tests whether effects under Cox''s model change with time.
A row for each attribute and one, GLOBAL, for all together: the score test of an effect that grows with a
transform of time, km (the share that has left), identity, rank or log (else error 22023), and the probability
of so large a statistic if hazards are proportional; no rows where cox_fit refuses, with its WARNING. Grambsch
& Therneau 1994.';

CREATE FUNCTION lr_test(model cltv_model, OUT statistic float8, OUT df bigint, OUT p_value float8)
AS 'MODULE_PATHNAME', 'cltv_lr_test_survival' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION lr_test(cltv_model) IS
'Tests whether any attribute of a survival model has an effect.
The likelihood ratio test of a model of cox_fit or aft_fit (else error 22023) against the same model without
attributes; NULLs if the fit refused. Wilks 1938.';


-- Models of orders with a calendar, and attributes beside it: NAME_fit of histories, predictions from a history ------------------------------------

DO $install$
DECLARE
    family record;
    template CONSTANT text := $template$

CREATE FUNCTION {name}_fit_final(state calendar_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_calendar' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200000;
COMMENT ON FUNCTION {name}_fit_final(calendar_base) IS
'Internal: the final function of {name}_fit of histories and a calendar.';

CREATE FUNCTION {name}_fit(base calendar_base, prior float8 DEFAULT 1, penalty float8 DEFAULT 0{same}) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_calendar' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200000;
COMMENT ON FUNCTION {name}_fit(calendar_base, float8, float8{same_type}) IS
'Fits the {title} model with a calendar to stored customers.
By maximum likelihood, and with attributes if the base has some; otherwise as of histories.
prior: the weight, 0 or more (else error 22023), of the prior that holds what the data hardly determine, 0 for
plain maximum likelihood. penalty, 0 or more (else error 22023): the mean log-likelihood is maximised less
penalty/2 x sum of (s b)^2 over the coefficients b of attributes, s the standard deviation of what each stands
before (ridge, Hoerl & Kennard 1970), and those of a calendar stay free; estimates then have no errors (status penalised), attributes may
follow from one another, and none runs away.
{same_meaning}{source};
Bachmann, Meierer & Näf 2021.';

CREATE AGGREGATE {name}_fit(history purchase_history, as_of date, calendar calendar) (
    SFUNC = calendar_base_accum,
    STYPE = calendar_base,
    SSPACE = 1024,
    COMBINEFUNC = calendar_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(purchase_history, date, calendar) IS
'Fits the {title} model with a calendar to histories as of one day.
By maximum likelihood: rates of purchase are multiplied on each day by e^(coefficient x number), summed over
the calendar''s columns, with a mean factor of 1 over its last year; a purchase on a closed day, and days that
the calendar does not know, are errors (22023); a column that has one value, follows from those before it or
whose coefficient diverges gives a model without parameters, whose status names it, with a WARNING, and whose
predictions are NULL; less than 1.5 periods of the season are a WARNING; customers without a purchase and rows
with a NULL are skipped; no rows give NULL. {source}; Bachmann, Meierer & Näf 2021.';

CREATE AGGREGATE {name}_fit(history purchase_history, as_of date, calendar calendar, purchases features) (
    SFUNC = calendar_base_accum,
    STYPE = calendar_base,
    SSPACE = 1024,
    COMBINEFUNC = calendar_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(purchase_history, date, calendar, features) IS
'Fits the {title} model with a calendar and attributes that act on purchasing.
All effects are fitted at once, attributes by features(): a customer''s rate of purchase on a day is
multiplied by e^(coefficient x value) of each attribute and of each column of the calendar; a number that is
NULL, and other attributes in other rows, are errors (22023); otherwise as with a calendar alone and as with
attributes alone. {source}; Fader & Hardie 2007; Bachmann, Meierer & Näf 2021.';

$template$;
    same_meaning CONSTANT text := 'same: attributes that are given as purchases and as dropout, with the same values (else error
22023), have one coefficient for both, which counts once in aic, bic and lr_test.
';
    with_dropout CONSTANT text := $template$
CREATE AGGREGATE {name}_fit(history purchase_history, as_of date, calendar calendar, purchases features, dropout features) (
    SFUNC = calendar_base_accum,
    STYPE = calendar_base,
    SSPACE = 1024,
    COMBINEFUNC = calendar_base_combine,
    FINALFUNC = {name}_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(purchase_history, date, calendar, features, features) IS
'Fits the {title} model with a calendar and attributes of purchasing and of dropout.
One of the two NULL in all rows where there are none; otherwise as without attributes of dropout. {source};
Fader & Hardie 2007; Bachmann, Meierer & Näf 2021.';

$template$;
BEGIN
    FOR family IN
        SELECT f.name, f.title, f.source, f.attributes FROM @extschema@.cltv_families() AS f
        WHERE f.topic = 'orders' AND f.has_calendar
        -- And the best of them.
        UNION ALL
        SELECT 'orders', 'best', 'Of NBD, BG/NBD, MBG/NBD and Pareto/NBD, with a calendar of dropout Pareto/NBD alone, the one with the smallest bic: Schwarz 1978', '{purchases,dropout}'
    LOOP
        EXECUTE @extschema@.cltv_filled(
            template || CASE WHEN 'dropout' = ANY (family.attributes) THEN with_dropout ELSE '' END,
            to_jsonb(family) || CASE WHEN 'dropout' = ANY (family.attributes)
                THEN jsonb_build_object('same', ', same boolean DEFAULT false', 'same_type', ', boolean', 'same_meaning', same_meaning)
                ELSE '{"same": "", "same_type": "", "same_meaning": ""}' END);
    END LOOP;
END
$install$;

CREATE FUNCTION expected_purchases(model cltv_model, history purchase_history, as_of date, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION expected_purchases(cltv_model, purchase_history, date, float8) IS
'Returns the expected number of purchases of a customer after as_of, from the history.
Within the given number of days: what a model with a calendar needs, and the same as from frequency, recency
and tenure under any other model of orders in days; a day that the calendar does not know (one by rules alone
repeats by itself), and as_of before the last order or refund, are errors (22023); NULL for a customer without
a purchase, or if the fit refused.';

CREATE FUNCTION expected_purchases(model cltv_model, frequency float8, recency float8, tenure float8, as_of date, horizon float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_on' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION expected_purchases(cltv_model, float8, float8, float8, date, float8) IS
'Returns the expected number of purchases after as_of, from frequency, recency and tenure.
These are as of that day, and the horizon is in days; all that a model with a calendar asks of a customer;
impossible customers and, with a calendar, times that are no whole days are errors (22023); otherwise as from
the history.';

CREATE FUNCTION prob_alive(model cltv_model, history purchase_history, as_of date) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15;
COMMENT ON FUNCTION prob_alive(cltv_model, purchase_history, date) IS
'Returns the probability that a customer is still active, from the history.
Between 0 and 1; otherwise as expected_purchases of a history.';

CREATE FUNCTION prob_alive(model cltv_model, history purchase_history, as_of date, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive_history_horizon' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION prob_alive(cltv_model, purchase_history, date, float8) IS
'Returns the probability that a customer is active so many days after as_of.
Between 0 and 1. From the history; otherwise as expected_purchases of a history.';

CREATE FUNCTION churn_prob(model cltv_model, history purchase_history, as_of date) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15;
COMMENT ON FUNCTION churn_prob(cltv_model, purchase_history, date) IS
'Returns the probability that a customer has left for good, from the history.
Between 0 and 1: 1 - prob_alive, exact also where it is tiny; otherwise as expected_purchases of a history.';

CREATE FUNCTION churn_prob(model cltv_model, history purchase_history, as_of date, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_history_horizon' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15;
COMMENT ON FUNCTION churn_prob(cltv_model, purchase_history, date, float8) IS
'Returns the probability that a customer makes no purchase within so many days after as_of.
Between 0 and 1, whether the customer has left or not. From the history; otherwise as expected_purchases of a
history.';

CREATE FUNCTION log_likelihood(model cltv_model, history purchase_history, as_of date) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_log_likelihood_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15;
COMMENT ON FUNCTION log_likelihood(cltv_model, purchase_history, date) IS
'Returns the log-likelihood of one customer, from the history.
A repeat purchase on a closed day is error 22023; otherwise as expected_purchases of a history.';

CREATE FUNCTION expected_purchases(model cltv_model, history purchase_history, as_of date, horizon float8, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION expected_purchases(cltv_model, purchase_history, date, float8, features, features) IS
'Returns the expected number of purchases after as_of of a customer with attributes.
From the history; with or without a calendar; attributes as in expected_purchases of a customer with
attributes, NULL for those that the model has none of; otherwise as without attributes.';

CREATE FUNCTION expected_purchases(model cltv_model, frequency float8, recency float8, tenure float8, as_of date, horizon float8, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_on' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION expected_purchases(cltv_model, float8, float8, float8, date, float8, features, features) IS
'Returns the expected number of purchases after as_of, from numbers and attributes.
The customer''s frequency, recency and tenure are as of that day; with or without a calendar; a customer who
is won on this day has 0, 0 and 0; attributes as in expected_purchases of a customer with attributes, NULL for
those that the model has none of; otherwise as without attributes.';

CREATE FUNCTION prob_alive(model cltv_model, history purchase_history, as_of date, purchases features, dropout features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 15;
COMMENT ON FUNCTION prob_alive(cltv_model, purchase_history, date, features, features) IS
'Returns the probability that a customer with attributes is still active, from the history.
Between 0 and 1; with or without a calendar; attributes as in expected_purchases of a customer with
attributes, NULL for those that the model has none of; otherwise as without attributes.';

CREATE FUNCTION prob_alive(model cltv_model, history purchase_history, as_of date, horizon float8, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive_history_horizon' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION prob_alive(cltv_model, purchase_history, date, float8, features, features) IS
'Returns the probability that a customer with attributes is active so many days after as_of.
Between 0 and 1. From the history; with or without a calendar; attributes as in expected_purchases of a
customer with attributes, NULL for those that the model has none of; otherwise as without attributes.';

CREATE FUNCTION churn_prob(model cltv_model, history purchase_history, as_of date, purchases features, dropout features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 15;
COMMENT ON FUNCTION churn_prob(cltv_model, purchase_history, date, features, features) IS
'Returns the probability that a customer with attributes has left, from the history.
Between 0 and 1; with or without a calendar: 1 - prob_alive, exact also where it is tiny; attributes as in
expected_purchases of a customer with attributes, NULL for those that the model has none of; otherwise as
without attributes.';

CREATE FUNCTION churn_prob(model cltv_model, history purchase_history, as_of date, horizon float8, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_history_horizon' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 15;
COMMENT ON FUNCTION churn_prob(cltv_model, purchase_history, date, float8, features, features) IS
'Returns the probability that a customer with attributes makes no purchase after as_of.
Within the given number of days; between 0 and 1, whether the customer has left or not. From the history; with
or without a calendar; attributes as in expected_purchases of a customer with attributes, NULL for those that
the model has none of; otherwise as without attributes.';

CREATE FUNCTION log_likelihood(model cltv_model, history purchase_history, as_of date, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_log_likelihood_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 15;
COMMENT ON FUNCTION log_likelihood(cltv_model, purchase_history, date, features, features) IS
'Returns the log-likelihood of one customer with attributes, from the history.
With or without a calendar; attributes as in expected_purchases of a customer with attributes, NULL for those
that the model has none of; otherwise as without attributes.';

CREATE FUNCTION purchase_pmf(model cltv_model, history purchase_history, as_of date, horizon float8, n float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION purchase_pmf(cltv_model, purchase_history, date, float8, float8) IS
'Returns the probability that a customer makes exactly n purchases after as_of.
N is 0, 1, 2, ..., within the given number of days. From the history; otherwise as expected_purchases of a
history.';

CREATE FUNCTION purchase_pmf(model cltv_model, history purchase_history, as_of date, horizon float8, n float8, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION purchase_pmf(cltv_model, purchase_history, date, float8, float8, features, features) IS
'Returns the probability that a customer with attributes makes exactly n purchases after as_of.
N is 0, 1, 2, ..., within the given number of days. From the history; with or without a calendar; attributes
as in expected_purchases of a customer with attributes, NULL for those that the model has none of; otherwise
as without attributes.';

CREATE FUNCTION purchase_pmf(model cltv_model, frequency float8, recency float8, tenure float8, as_of date, horizon float8, n float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf_on' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION purchase_pmf(cltv_model, float8, float8, float8, date, float8, float8) IS
'Returns the probability of exactly n purchases after as_of, from numbers.
The customer''s frequency, recency and tenure are as of that day, and the horizon is in days; a customer who
is won on this day has 0, 0 and 0; otherwise as expected_purchases of such numbers.';

CREATE FUNCTION purchase_pmf(model cltv_model, frequency float8, recency float8, tenure float8, as_of date, horizon float8, n float8, purchases features, dropout features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf_on' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION purchase_pmf(cltv_model, float8, float8, float8, date, float8, float8, features, features) IS
'Returns the probability of exactly n purchases after as_of, from numbers and attributes.
The customer''s frequency, recency and tenure are as of that day; with or without a calendar; attributes as in
expected_purchases of a customer with attributes, NULL for those that the model has none of; otherwise as
without attributes.';

CREATE FUNCTION expected_purchases_interval(model cltv_model, history purchase_history, as_of date, horizon float8,
                                            level float8 DEFAULT 0.95,
                                            purchases features DEFAULT NULL, dropout features DEFAULT NULL,
                                            OUT lower float8, OUT estimate float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_interval_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 400;
COMMENT ON FUNCTION expected_purchases_interval(cltv_model, purchase_history, date, float8, float8, features, features) IS
'Returns the expected number of purchases after as_of with a confidence interval.
From the history; the interval, of the given level (0..1), follows from the covariance of the fit, including
that of the calendar''s coefficients; purchases and dropout: the customer''s attributes under a model that was
fitted with attributes, else none; otherwise as expected_purchases_interval of a customer and
expected_purchases of a history.';

CREATE FUNCTION season_factors(model cltv_model, acts_on text DEFAULT 'purchases', OUT day date, OUT factor float8) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_season_factors' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION season_factors(cltv_model, text) IS
'Returns the seasonal factor of each day in the calendar of a model.
By what factor the rate of purchases on that day differs from the average over the calendar''s last year; 0 on closed
days; acts_on = dropout: by what factor the rate to leave does, 1 where no calendar acts on it (else error 22023);
a model without a calendar is error 22023; no rows if the fit refused.';

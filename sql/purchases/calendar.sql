
-- Models of orders with a calendar, and attributes beside it: NAME_fit of histories, predictions from a history ------------------------------------

DO $install$
DECLARE
    family record;
    template CONSTANT text := $template$

CREATE FUNCTION {name}_fit(base calendar_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_calendar' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200000;
COMMENT ON FUNCTION {name}_fit(calendar_base) IS
'{title} model with a calendar, and with attributes if the base has some, fitted by maximum likelihood to stored customers; all else as of histories. {source}; Bachmann, Meierer & Näf 2021';

CREATE FUNCTION {name}_fit(base calendar_base, prior float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_calendar' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200000;
COMMENT ON FUNCTION {name}_fit(calendar_base, float8) IS
'{title} model with a calendar fitted to stored customers, with the weight, 0 or more (else error 22023), of the prior that holds what they hardly tell: 1 as without it, 0 for plain maximum likelihood; all else as without a weight';

CREATE AGGREGATE {name}_fit(history purchase_history, as_of date, calendar calendar) (
    SFUNC = calendar_base_accum,
    STYPE = calendar_base,
    SSPACE = 1024,
    COMBINEFUNC = calendar_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(purchase_history, date, calendar) IS
'{title} model with a calendar fitted by maximum likelihood to histories as of one day: rates of purchase are multiplied on each day by e^(coefficient x number), summed over the calendar''s columns, with a mean factor of 1 over its last year; a purchase on a closed day, and days that the calendar does not know, are errors (22023); a column that has one value, follows from those before it or whose coefficient runs away gives a model without parameters, whose status names it, with a WARNING, and whose predictions are NULL; less than 1.5 periods of the season are a WARNING; customers without a purchase and rows with a NULL are skipped, no rows: NULL. {source}; Bachmann, Meierer & Näf 2021';

CREATE AGGREGATE {name}_fit(history purchase_history, as_of date, calendar calendar, purchases features) (
    SFUNC = calendar_base_accum,
    STYPE = calendar_base,
    SSPACE = 1024,
    COMBINEFUNC = calendar_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(purchase_history, date, calendar, features) IS
'{title} model with a calendar and with attributes of customers that act on how often they purchase, by features(), all effects at once: a customer''s rate of purchase on a day is multiplied by e^(coefficient x value) of each attribute and of each column of the calendar; a number that is NULL, and other attributes in other rows, are errors (22023); all else as with a calendar alone and as with attributes alone. {source}; Fader & Hardie 2007; Bachmann, Meierer & Näf 2021';

$template$;
    with_dropout CONSTANT text := $template$
CREATE AGGREGATE {name}_fit(history purchase_history, as_of date, calendar calendar, purchases features, dropout features) (
    SFUNC = calendar_base_accum,
    STYPE = calendar_base,
    SSPACE = 1024,
    COMBINEFUNC = calendar_base_combine,
    FINALFUNC = {name}_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(purchase_history, date, calendar, features, features) IS
'{title} model with a calendar, with attributes that act on how often customers purchase, and with attributes that act on when they leave; one of the two NULL in all rows where there are none; all else as without attributes of dropout. {source}; Fader & Hardie 2007; Bachmann, Meierer & Näf 2021';

$template$;
BEGIN
    FOR family IN
        SELECT f.name, f.title, f.source, f.attributes FROM @extschema@.cltv_families() AS f
        WHERE f.topic = 'orders' AND f.has_calendar
        -- And the best of them.
        UNION ALL
        SELECT 'orders', 'Best (NBD, BG/NBD, MBG/NBD or Pareto/NBD, by bic; with a calendar of dropout Pareto/NBD)', 'Schwarz 1978', '{purchases,dropout}'
    LOOP
        EXECUTE @extschema@.cltv_filled(
            template || CASE WHEN 'dropout' = ANY (family.attributes) THEN with_dropout ELSE '' END, to_jsonb(family));
    END LOOP;
END
$install$;

CREATE FUNCTION expected_purchases(model cltv_model, history purchase_history, as_of date, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION expected_purchases(cltv_model, purchase_history, date, float8) IS
'expected number of purchases of a customer within so many days after as_of, from the history: what a model with a calendar needs, and the same as from frequency, recency and tenure under any other model of orders in days; a day that the calendar does not know (one by rules alone repeats by itself), and as_of before the last order or refund, are errors (22023); NULL for a customer without a purchase, or if the fit refused';

CREATE FUNCTION expected_purchases(model cltv_model, frequency float8, recency float8, tenure float8, as_of date, horizon float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_on' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION expected_purchases(cltv_model, float8, float8, float8, date, float8) IS
'expected number of purchases within so many days after as_of of a customer whose frequency, recency and tenure are as of this day: all that a model with a calendar asks of a customer; impossible customers and, with a calendar, times that are no whole days are errors (22023); all else as from the history';

CREATE FUNCTION prob_alive(model cltv_model, history purchase_history, as_of date) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15;
COMMENT ON FUNCTION prob_alive(cltv_model, purchase_history, date) IS
'probability, 0..1, that a customer has not left for good, from the history; all else as expected_purchases of a history';

CREATE FUNCTION prob_alive(model cltv_model, history purchase_history, as_of date, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive_history_horizon' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION prob_alive(cltv_model, purchase_history, date, float8) IS
'probability, 0..1, that a customer is still there so many days after as_of, from the history; all else as expected_purchases of a history';

CREATE FUNCTION churn_prob(model cltv_model, history purchase_history, as_of date) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15;
COMMENT ON FUNCTION churn_prob(cltv_model, purchase_history, date) IS
'probability, 0..1, that a customer has left for good, from the history: 1 - prob_alive, exact also where it is tiny; all else as expected_purchases of a history';

CREATE FUNCTION churn_prob(model cltv_model, history purchase_history, as_of date, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_history_horizon' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15;
COMMENT ON FUNCTION churn_prob(cltv_model, purchase_history, date, float8) IS
'probability, 0..1, that a customer makes no purchase within so many days after as_of, gone or not, from the history; all else as expected_purchases of a history';

CREATE FUNCTION log_likelihood(model cltv_model, history purchase_history, as_of date) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_log_likelihood_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15;
COMMENT ON FUNCTION log_likelihood(cltv_model, purchase_history, date) IS
'natural logarithm of the likelihood of one customer, from the history; a repeat purchase on a closed day is error 22023; all else as expected_purchases of a history';

CREATE FUNCTION expected_purchases(model cltv_model, history purchase_history, as_of date, horizon float8, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION expected_purchases(cltv_model, purchase_history, date, float8, features, features) IS
'expected number of purchases of a customer within so many days after as_of, from the history, under a model of orders with attributes, with a calendar or without; attributes as in expected_purchases of a customer with attributes, NULL for those that the model has none of; all else as without attributes';

CREATE FUNCTION expected_purchases(model cltv_model, frequency float8, recency float8, tenure float8, as_of date, horizon float8, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_on' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION expected_purchases(cltv_model, float8, float8, float8, date, float8, features, features) IS
'expected number of purchases within so many days after as_of of a customer whose frequency, recency and tenure are as of this day, under a model of orders with attributes, with a calendar or without; a customer who is won on this day has 0, 0 and 0; attributes as in expected_purchases of a customer with attributes, NULL for those that the model has none of; all else as without attributes';

CREATE FUNCTION prob_alive(model cltv_model, history purchase_history, as_of date, purchases features, dropout features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 15;
COMMENT ON FUNCTION prob_alive(cltv_model, purchase_history, date, features, features) IS
'probability, 0..1, that a customer has not left for good, from the history, under a model of orders with attributes, with a calendar or without; attributes as in expected_purchases of a customer with attributes, NULL for those that the model has none of; all else as without attributes';

CREATE FUNCTION prob_alive(model cltv_model, history purchase_history, as_of date, horizon float8, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_prob_alive_history_horizon' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 30;
COMMENT ON FUNCTION prob_alive(cltv_model, purchase_history, date, float8, features, features) IS
'probability, 0..1, that a customer is still there so many days after as_of, from the history, under a model of orders with attributes, with a calendar or without; attributes as in expected_purchases of a customer with attributes, NULL for those that the model has none of; all else as without attributes';

CREATE FUNCTION churn_prob(model cltv_model, history purchase_history, as_of date, purchases features, dropout features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 15;
COMMENT ON FUNCTION churn_prob(cltv_model, purchase_history, date, features, features) IS
'probability, 0..1, that a customer has left for good, from the history, under a model of orders with attributes, with a calendar or without: 1 - prob_alive, exact also where it is tiny; attributes as in expected_purchases of a customer with attributes, NULL for those that the model has none of; all else as without attributes';

CREATE FUNCTION churn_prob(model cltv_model, history purchase_history, as_of date, horizon float8, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_prob_history_horizon' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 15;
COMMENT ON FUNCTION churn_prob(cltv_model, purchase_history, date, float8, features, features) IS
'probability, 0..1, that a customer makes no purchase within so many days after as_of, gone or not, from the history, under a model of orders with attributes, with a calendar or without; attributes as in expected_purchases of a customer with attributes, NULL for those that the model has none of; all else as without attributes';

CREATE FUNCTION log_likelihood(model cltv_model, history purchase_history, as_of date, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_log_likelihood_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 15;
COMMENT ON FUNCTION log_likelihood(cltv_model, purchase_history, date, features, features) IS
'natural logarithm of the likelihood of one customer, from the history, under a model of orders with attributes, with a calendar or without; attributes as in expected_purchases of a customer with attributes, NULL for those that the model has none of; all else as without attributes';

CREATE FUNCTION purchase_pmf(model cltv_model, history purchase_history, as_of date, horizon float8, n float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION purchase_pmf(cltv_model, purchase_history, date, float8, float8) IS
'probability, 0..1, that a customer makes exactly n purchases (0, 1, 2, ...) within so many days after as_of, from the history; all else as expected_purchases of a history';

CREATE FUNCTION purchase_pmf(model cltv_model, history purchase_history, as_of date, horizon float8, n float8, purchases features, dropout features DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION purchase_pmf(cltv_model, purchase_history, date, float8, float8, features, features) IS
'probability, 0..1, that a customer makes exactly n purchases (0, 1, 2, ...) within so many days after as_of, from the history, under a model of orders with attributes, with a calendar or without; attributes as in expected_purchases of a customer with attributes, NULL for those that the model has none of; all else as without attributes';

CREATE FUNCTION purchase_pmf(model cltv_model, frequency float8, recency float8, tenure float8, as_of date, horizon float8, n float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf_on' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION purchase_pmf(cltv_model, float8, float8, float8, date, float8, float8) IS
'probability, 0..1, that a customer whose frequency, recency and tenure are as of this day makes exactly n purchases within so many days after it; a customer who is won on this day has 0, 0 and 0; all else as expected_purchases of such numbers';

CREATE FUNCTION purchase_pmf(model cltv_model, frequency float8, recency float8, tenure float8, as_of date, horizon float8, n float8, purchases features, dropout features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_purchase_pmf_on' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION purchase_pmf(cltv_model, float8, float8, float8, date, float8, float8, features, features) IS
'probability, 0..1, that a customer whose frequency, recency and tenure are as of this day makes exactly n purchases within so many days after it, under a model of orders with attributes, with a calendar or without; attributes as in expected_purchases of a customer with attributes, NULL for those that the model has none of; all else as without attributes';

CREATE FUNCTION expected_purchases_interval(model cltv_model, history purchase_history, as_of date, horizon float8,
                                            level float8 DEFAULT 0.95,
                                            purchases features DEFAULT NULL, dropout features DEFAULT NULL,
                                            OUT lower float8, OUT estimate float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_expected_purchases_interval_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 400;
COMMENT ON FUNCTION expected_purchases_interval(cltv_model, purchase_history, date, float8, float8, features, features) IS
'expected number of purchases of a customer within so many days after as_of, from the history, with the confidence interval of that level (0..1) that follows from the covariance of the fit, that of the calendar''s coefficients included; purchases and dropout: the customer''s attributes under a model that was fitted with attributes, else none; all else as expected_purchases_interval of a customer and expected_purchases of a history';

CREATE FUNCTION season_factors(model cltv_model, OUT day date, OUT factor float8) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_season_factors' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION season_factors(cltv_model) IS
'the days of the calendar of a model, a row each, with the factor by which purchases on it are more or fewer than on average over the calendar''s last year; 0 on closed days; a model without a calendar is error 22023; no rows if the fit refused';

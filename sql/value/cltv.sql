
-- Customer lifetime value -----------------------------------------------------------------------------------------------

CREATE FUNCTION cltv_predict(orders_model cltv_model, spend_model cltv_model, frequency float8, recency float8,
                             tenure float8, monetary_value float8, horizon float8, discount_rate float8 DEFAULT 0.10,
                             margin float8 DEFAULT 1, days_per_unit float8 DEFAULT NULL, first_value float8 DEFAULT NULL,
                             purchases features DEFAULT NULL, dropout features DEFAULT NULL, spend features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_predict' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION cltv_predict(cltv_model, cltv_model, float8, float8, float8, float8, float8, float8, float8, float8, float8, features, features, features) IS
'Returns customer lifetime value over the horizon.
In the currency of monetary_value: margin x expected spend x the integral of (1 +
discount_rate)^(-days_per_unit x s/365) over the purchases expected at s units ahead. Times in days, or in
units of days_per_unit days, above 0 and finite (7 for weeks; for BG/BB, which needs it, the length of an
opportunity, and a purchase at the n-th opportunity ahead is n of them away); horizon 0 or more, ''infinity''
for the residual lifetime value; discount_rate a year, 0 or more; margin a share, 0..1; first_value, what the
first purchase brought, matters to a model of spend that was fitted with it; purchases, dropout and spend: the
customer''s attributes under models that were fitted with attributes, as in expected_purchases and
expected_spend, else none; a customer who is won today has frequency, recency and tenure 0 and monetary_value
NULL; monetary_value, days_per_unit and first_value may be NULL (the population''s mean spend, days, unknown);
bad values are errors (22023); NULL if another argument is NULL, a fit refused or a given model of spend has
no mean. Fader, Hardie & Lee 2005; Fader & Hardie 2013; Fader, Hardie & Shang 2010.';

CREATE FUNCTION cltv_predict(model cltv_model, periods float8, margin_per_period float8, horizon float8,
                             discount_rate float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_predict_contract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION cltv_predict(cltv_model, float8, float8, float8, float8) IS
'Returns the residual lifetime value of a customer of a contract.
In the currency of margin_per_period, just before the next renewal: margin_per_period x the expected periods
renewed for at the next horizon renewals (''infinity'' for all), each divided by 1 + discount_rate for every
period that it begins later than the next one, which is not discounted; the running period, paid already, is
not counted. periods = whole periods completed; discount_rate a share per period, 0 or more; bad values and
models of orders or spend are errors (22023); NULL if the fit refused. Fader & Hardie 2010.';

CREATE FUNCTION cltv_predict(model cltv_model, periods float8, margin_per_period float8, horizon float8,
                             discount_rate float8, churn features)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_predict_contract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION cltv_predict(cltv_model, float8, float8, float8, float8, features) IS
'Returns the residual lifetime value of a customer of a contract with attributes.
Otherwise as without attributes.';

CREATE FUNCTION cltv_simple(avg_order_value float8, purchase_frequency float8, lifespan float8,
                            margin float8 DEFAULT 1, acquisition_cost float8 DEFAULT 0)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_simple' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cltv_simple(float8, float8, float8, float8, float8) IS
'Returns the textbook lifetime value.
avg_order_value x purchase_frequency x lifespan x margin - acquisition_cost, purchase_frequency and lifespan
in one unit of time, margin a share, 0..1; negative or infinite values are errors (22023); NULL gives NULL.';

CREATE FUNCTION cltv_predict(orders_model cltv_model, spend_model cltv_model, history purchase_history, as_of date,
                             horizon float8, discount_rate float8 DEFAULT 0.10, margin float8 DEFAULT 1,
                             purchases features DEFAULT NULL, dropout features DEFAULT NULL, spend features DEFAULT NULL)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_predict_history' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION cltv_predict(cltv_model, cltv_model, purchase_history, date, float8, float8, float8, features, features, features) IS
'Returns customer lifetime value over so many days after as_of, from the history.
What a model with a calendar needs, and the same as from frequency, recency, tenure, monetary_value and
first_value under any other model of orders in days; a day that the calendar does not know, and as_of before
the last order or refund, are errors (22023); purchases, dropout and spend: the customer''s attributes under
models that were fitted with attributes, else none; NULL for a customer without a purchase, if another
argument is NULL, a fit refused or a given model of spend has no mean; otherwise as from these numbers.';


-- Customer lifetime value with models in other units than days ----------------------------------------------------------

CREATE FUNCTION cltv_predict(orders_model cltv_model, spend_model cltv_model, frequency float8, recency float8,
                             tenure float8, monetary_value float8, horizon float8, discount_rate float8, margin float8,
                             days_per_unit float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_predict_in_units' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION cltv_predict(cltv_model, cltv_model, float8, float8, float8, float8, float8, float8, float8, float8) IS
'customer lifetime value over the horizon under a model of orders in any unit of time, in the currency of monetary_value: recency, tenure and horizon are in units of days_per_unit days (7 for weeks; for BG/BB the length of an opportunity, and a purchase at the n-th opportunity ahead is n of them away), above 0 and finite; margin x expected spend x the integral of (1 + discount_rate)^(-days_per_unit x s/365) over the purchases expected at s units ahead; horizon 0 or more, ''infinity'' for the residual lifetime value; discount_rate a year, 0 or more; margin a share, 0..1; monetary_value may be NULL (the population''s mean spend); bad values are errors (22023); NULL if another argument is NULL or a fit refused. Fader, Hardie & Lee 2005; Fader, Hardie & Shang 2010';


-- The total of many customers --------------------------------------------------------------------------------------------

CREATE FUNCTION total_purchases_interval(model cltv_model, base customer_base, horizon float8, level float8 DEFAULT 0.95,
                                         OUT lower float8, OUT estimate float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_total_purchases_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION total_purchases_interval(cltv_model, customer_base, float8, float8) IS
'Returns the expected total purchases of all customers of a base, with an interval.
Within the horizon, under any model of orders; the total lies between the two whole numbers with the
probability level (between 0 and 1, else error 22023): the errors of the fit''s parameters, which are common
to all customers, and the scatter of each customer''s purchases; bounds are NULL of a model that was given,
not fitted, and of an infinite horizon; models of spend or contracts are errors (22023); NULL if the fit
refused.';

CREATE FUNCTION total_purchases_interval(model cltv_model, base calendar_base, horizon float8, level float8 DEFAULT 0.95,
                                         OUT lower float8, OUT estimate float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_total_purchases_interval_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200000;
COMMENT ON FUNCTION total_purchases_interval(cltv_model, calendar_base, float8, float8) IS
'Returns the expected total purchases of a calendar_base, with an interval.
Within the given number of days after its as_of, under any model of orders in days, with or without a
calendar: the calendar is the model''s, and a day that it does not know is error 22023; otherwise as of a
customer_base.';

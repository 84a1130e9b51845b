
-- The attributes of customers that learners are given ----------------------------------------------------------------------

CREATE FUNCTION customer_features(history purchase_history, as_of date, OUT purchases bigint, OUT orders bigint,
                                  OUT revenue float8, OUT mean_spend float8, OUT first_spend float8, OUT tenure float8,
                                  OUT recency float8, OUT silence float8, OUT mean_gap float8, OUT gap_deviation float8,
                                  OUT silence_ratio float8, OUT recent_share float8, OUT trend float8, OUT first_month bigint)
AS 'MODULE_PATHNAME', 'cltv_customer_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION customer_features(purchase_history, date) IS
'Returns a customer''s history as of a day as attributes for a learner.
purchases = days with an order, orders; revenue, mean_spend of a purchase and first_spend in the unit of the
amounts, NULL where none is known; tenure, recency, silence = days since the first purchase, from it to the
last, since the last; mean_gap and gap_deviation of the days between purchases, of a customer with one
purchase the time since then and 0; silence_ratio = silence over the mean gap, at least a day; recent_share =
of purchases, on one of the last 90 days, 0..1; trend = share of purchases in the later half of the tenure
less the earlier, -1..1; first_month = 1..12, of the first purchase; an as_of before the last row of the
history is error 22023; NULL without a purchase.';

CREATE FUNCTION learner_features(history purchase_history, as_of date) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_learner_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION learner_features(purchase_history, date) IS
'Returns a customer''s history as attributes on the scales that counts and money need.
log_purchases, and as ln(1 + x) log_revenue (0 where no money is known), log_silence, log_tenure and log_gap,
the mean one, all of customer_features, with recent_share and trend; || adds attributes of other tables; an
as_of before the last row of the history is error 22023; NULL without a purchase.';

CREATE FUNCTION cluster_features(history purchase_history, as_of date) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_cluster_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION cluster_features(purchase_history, date) IS
'Returns recency, frequency and monetary value of a customer as attributes to be clustered by.
log_silence = ln(1 + days since the last purchase), log_purchases = ln(days with an order), and log_spend =
ln(1 + mean spend of a purchase), 0 where no money is known; an as_of before the last row of the history is
error 22023; NULL without a purchase.';

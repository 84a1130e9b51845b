
-- The everyday numbers of many customers, from their histories -----------------------------------------------------------

CREATE TYPE metrics_base;

CREATE FUNCTION metrics_base_in(cstring) RETURNS metrics_base
AS 'MODULE_PATHNAME', 'cltv_metrics_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION metrics_base_in(cstring) IS
'Internal: input function of metrics_base.
Rows may come in any order and equal ones are merged; checks every number (22P02, 22023).';

CREATE FUNCTION metrics_base_out(metrics_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_metrics_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION metrics_base_out(metrics_base) IS
'Internal: output function of metrics_base.
JSON with the Julian day number of as_of and rows [revenue, revenue known, orders, lifespan, active, count] in
ascending order, digits exact.';

CREATE FUNCTION metrics_base_recv(internal) RETURNS metrics_base
AS 'MODULE_PATHNAME', 'cltv_metrics_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION metrics_base_recv(internal) IS
'Internal: binary input function of metrics_base.
Checks every number (22P03, 22023).';

CREATE FUNCTION metrics_base_send(metrics_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_metrics_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION metrics_base_send(metrics_base) IS
'Internal: binary output function of metrics_base.';

CREATE TYPE metrics_base (
    INPUT = metrics_base_in,
    OUTPUT = metrics_base_out,
    RECEIVE = metrics_base_recv,
    SEND = metrics_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE metrics_base IS
'State of the aggregate customer_metrics.
Customers by revenue (known or not), orders, days from the first to the last purchase, and whether active,
each with the number of customers who share all that; reads as JSON.';

CREATE TYPE customer_metrics AS (
    customers           bigint,
    active_customers    bigint,
    orders              bigint,
    revenue             float8,
    average_order_value float8,
    purchase_frequency  float8,
    repeat_rate         float8,
    mean_lifespan       float8,
    historic_value      float8,
    top_fifth_share     float8
);
COMMENT ON TYPE customer_metrics IS
'The everyday numbers of many customers.
The result of the aggregate customer_metrics.';
COMMENT ON COLUMN customer_metrics.customers IS 'Customers who ordered at least once.';
COMMENT ON COLUMN customer_metrics.active_customers IS
    'Customers whose last order is on one of the active_days days that end with as_of.';
COMMENT ON COLUMN customer_metrics.orders IS 'Orders of these customers.
Rows whose amount is zero, positive or NULL.';
COMMENT ON COLUMN customer_metrics.revenue IS
    'Sum of their known amounts, net of refunds.
NULL when no amount is known.';
COMMENT ON COLUMN customer_metrics.average_order_value IS
    'Revenue per order, of the customers with a known amount.
NULL without one.';
COMMENT ON COLUMN customer_metrics.purchase_frequency IS
    'Orders per customer, 1 or more, over the whole time.
Not the frequency of the models, which counts repeat purchases.';
COMMENT ON COLUMN customer_metrics.repeat_rate IS 'Share of the customers who ordered on more than one day.
Between 0 and 1.';
COMMENT ON COLUMN customer_metrics.mean_lifespan IS
    'Mean number of days from a customer''s first to the last order.
0 for a customer who ordered on one day only.';
COMMENT ON COLUMN customer_metrics.historic_value IS
    'Revenue per customer, of the customers with a known amount.
NULL without one.';
COMMENT ON COLUMN customer_metrics.top_fifth_share IS
    'Share of the revenue from the top fifth of the customers, see revenue_share.
NULL unless the revenue is above 0.';

CREATE FUNCTION metrics_base_accum(state metrics_base, history purchase_history, as_of date) RETURNS metrics_base
AS 'MODULE_PATHNAME', 'cltv_metrics_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION metrics_base_accum(metrics_base, purchase_history, date) IS
'Internal: transition function of customer_metrics(history, as_of).
Adds one customer.';

CREATE FUNCTION metrics_base_accum(state metrics_base, history purchase_history, as_of date, active_days int)
RETURNS metrics_base
AS 'MODULE_PATHNAME', 'cltv_metrics_base_accum_active' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION metrics_base_accum(metrics_base, purchase_history, date, int) IS
'Internal: transition function of customer_metrics(history, as_of, active_days).
Adds one customer.';

CREATE FUNCTION metrics_base_combine(metrics_base, metrics_base) RETURNS metrics_base
AS 'MODULE_PATHNAME', 'cltv_metrics_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION metrics_base_combine(metrics_base, metrics_base) IS
'Internal: combine function of customer_metrics.
NULL is the identity. For aggregates only: it updates its first argument.';

CREATE FUNCTION customer_metrics_final(metrics_base) RETURNS customer_metrics
AS 'MODULE_PATHNAME', 'cltv_customer_metrics_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION customer_metrics_final(metrics_base) IS
'Internal: final function of customer_metrics.
NULL stays NULL.';

CREATE AGGREGATE customer_metrics(history purchase_history, as_of date) (
    SFUNC = metrics_base_accum,
    STYPE = metrics_base,
    SSPACE = 512,
    FINALFUNC = customer_metrics_final,
    COMBINEFUNC = metrics_base_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE customer_metrics(purchase_history, date) IS
'Returns the everyday numbers of many customers as of a date.
An active customer has ordered within 365 days: customer_metrics(history, as_of, 365).';

CREATE AGGREGATE customer_metrics(history purchase_history, as_of date, active_days int) (
    SFUNC = metrics_base_accum,
    STYPE = metrics_base,
    SSPACE = 512,
    FINALFUNC = customer_metrics_final,
    COMBINEFUNC = metrics_base_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE customer_metrics(purchase_history, date, int) IS
'Returns the everyday numbers of many customers as of a date, in one row.
Customers, active customers, orders, revenue, average order value, purchase frequency, repeat rate, mean
lifespan, historic value a customer, share of the revenue from the top fifth. A history without an order
(refunds only) is no customer. Rows with a NULL are skipped; no customer gives NULL. An as_of before the last
order or refund of a history, two of them in one group and active_days below 1 are errors (22023).';

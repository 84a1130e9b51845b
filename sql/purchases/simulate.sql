
-- Simulation -----------------------------------------------------------------------------------------------------------

CREATE FUNCTION simulate_orders(orders_model cltv_model, spend_model cltv_model, customers bigint, first_day date,
                                last_day date, seed bigint,
                                OUT customer_id bigint, OUT ordered_at timestamp, OUT amount float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_simulate_orders' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 100000;
COMMENT ON FUNCTION simulate_orders(cltv_model, cltv_model, bigint, date, date, bigint) IS
'orders of a made-up shop: customers 1, 2, ... whose first orders are spread evenly from first_day to last_day, who order again and leave as the model of orders (times in days) says and spend as the model of spend says, in cents, 0.01 at least; the same rows for the same arguments on every platform; negative numbers, infinite or exchanged dates and refused models are errors (22023)';

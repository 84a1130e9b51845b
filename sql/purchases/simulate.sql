
-- Simulation -----------------------------------------------------------------------------------------------------------

CREATE FUNCTION simulate_orders(orders_model cltv_model, spend_model cltv_model, customers bigint, first_day date,
                                last_day date, seed bigint, purchases features DEFAULT NULL,
                                dropout features DEFAULT NULL, spend features DEFAULT NULL,
                                OUT customer_id bigint, OUT ordered_at timestamp, OUT amount float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_simulate_orders' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10 ROWS 100000;
COMMENT ON FUNCTION simulate_orders(cltv_model, cltv_model, bigint, date, date, bigint, features, features, features) IS
'Simulates the orders of a made-up shop.
Customers 1, 2, ... whose first orders are spread evenly from first_day to last_day, who order again and leave
as the model of orders (times in days) says and spend as the model of spend says, in cents, 0.01 at least; the
same rows for the same arguments on every platform; under a model of orders with attributes all of them have
those that are given, which must be those of the fit; under one with a calendar first orders and all others
come as often as its days say, and customers who leave in time do so by days or as a calendar of dropout says
(the calendar must go on to last_day, else error 22023); negative numbers, infinite or exchanged dates,
refused models and attributes that do not go with the model are errors (22023); NULL but for attributes: no
rows.';

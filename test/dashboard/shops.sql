-- The demo's shop, and odd ones: a horizon without end; names that must be quoted, and nobody who came back; no prices;
-- one customer; none.
\set ON_ERROR_STOP on
SET client_min_messages = error;

CREATE EXTENSION cltv;
\ir ../../script/demo-orders.sql
CALL cltv_materialize('customers', 'orders');
CALL cltv_refresh('customers');

CALL cltv_materialize('forever', 'orders', horizon => 'infinity', bins => 10);

CREATE SCHEMA "The ""odd"" shop";
CREATE TABLE "The ""odd"" shop".once AS
SELECT 'No. ' || i AS "customer's ""number""", date '2024-01-01' + i % 90 AS day, 10.0 + i AS price
FROM generate_series(1, 200) AS i;
CALL cltv_materialize('"The ""odd"" shop"."Those: who came"', '"The ""odd"" shop".once',
                      customer => 'customer''s "number"', ordered_at => 'day', amount => 'price');

CREATE TABLE unpriced AS
SELECT i AS customer_id, date '2024-01-01' + i % 90 AS ordered_at, NULL::float8 AS amount FROM generate_series(1, 200) AS i;
CALL cltv_materialize('of_no_price', 'unpriced');

CREATE TABLE one_order AS SELECT 7 AS customer_id, date '2024-05-05' AS ordered_at, 12.5 AS amount;
CALL cltv_materialize('one_customer', 'one_order');

CREATE TABLE no_order AS SELECT * FROM one_order WHERE false;
CALL cltv_materialize('nobody', 'no_order');

-- One who may look at the views and nothing else, and who has refreshed nothing.
CREATE ROLE reader LOGIN;
GRANT SELECT ON customers, customers_history, customers_model, customers_segments, customers_rfm_grid,
    customers_value_bands, customers_at_risk, customers_forecast TO reader;

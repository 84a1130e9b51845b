-- A shop of a few days, predicted a year ahead: whoever reads the numbers is told that they are an extrapolation.
CREATE TABLE young_orders AS
SELECT customer_id, ordered_at::date AS ordered_at, amount
FROM simulate_orders(bgnbd_model(r => 0.8, alpha => 12, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
                     customers => 500, first_day => date '2024-12-01', last_day => date '2024-12-14', seed => 5);
SELECT max(ordered_at) - min(ordered_at) + 1 AS days FROM young_orders;

CALL cltv_materialize('young', 'young_orders', as_of => '2024-12-14');
SELECT health, reason FROM cltv_health WHERE name = 'public.young';
SELECT cltv_model_card('young') #>> '{window,extrapolation}' AS in_the_card;
SET client_min_messages = warning;
CALL cltv_refresh('young');
RESET client_min_messages;
SELECT health, reason FROM cltv_health WHERE name = 'public.young';

\echo '-- beside what is odd about the orders'
INSERT INTO young_orders VALUES (NULL, '2024-12-03', 5);
CALL cltv_materialize('young', 'young_orders', as_of => '2024-12-14', replace => true);

\echo '-- not ahead of what was seen, nor without limit, which says so itself'
DELETE FROM young_orders WHERE customer_id IS NULL;
CALL cltv_materialize('young', 'young_orders', as_of => '2024-12-14', replace => true, horizon => 14);
SELECT health, reason, cltv_model_card('young') #> '{window,extrapolation}' AS in_the_card FROM cltv_health WHERE name = 'public.young';
CALL cltv_materialize('young', 'young_orders', as_of => '2024-12-14', replace => true, horizon => 'infinity', incremental => true);
SELECT health, reason FROM cltv_health WHERE name = 'public.young';

SELECT count(*) AS periods FROM revenue_forecast('young_orders', as_of => '2024-12-14', period => 'horizon');
SELECT total > 0 AS total FROM customer_equity('young_orders', as_of => '2024-12-14', horizon => 15);
\echo '-- a model of their own may know of longer'
SELECT count(*) AS periods FROM revenue_forecast('young_orders', as_of => '2024-12-14', period => 'horizon',
                                                 orders_model => bgnbd_model(0.8, 12, 0.8, 2.5));
CALL cltv_drop('young');
DROP TABLE young_orders;

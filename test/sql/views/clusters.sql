-- Clusters of similar customers in the views of a shop.
\set VERBOSITY terse
SET extra_float_digits = 0;
SET client_min_messages = warning;
-- Three sorts of customers: once and long ago, often and lately, now and then for much.
CREATE TABLE orders AS
SELECT c AS customer_id, date '2024-06-30' - CASE c % 10 WHEN 9 THEN 2 + c % 7 + 20 * n WHEN 8 THEN 60 + c % 30 + 90 * n ELSE 200 + c % 100 END AS ordered_at,
       (CASE WHEN c % 10 = 8 THEN 300 + c % 50 ELSE 20 + c % 10 END)::numeric AS amount
FROM generate_series(1, 500) AS c, generate_series(0, CASE c % 10 WHEN 9 THEN 9 WHEN 8 THEN 1 ELSE 0 END) AS n;
CREATE TABLE people AS SELECT c AS customer_id, 'of theirs' AS cluster FROM generate_series(0, 500) AS c;
CALL cltv_materialize('shop', 'orders', clusters => 3);
SELECT cluster, customers, round(purchases::numeric, 2) AS purchases, round(purchases_z::numeric, 2) AS purchases_z, round(silence) AS silence,
       round(silence_z::numeric, 2) AS silence_z, round(spend) AS spend, round(spend_z::numeric, 2) AS spend_z FROM shop_clusters ORDER BY cluster;
-- The three sorts are the three clusters.
SELECT cluster, CASE customer_id % 10 WHEN 9 THEN 'often' WHEN 8 THEN 'much' ELSE 'once' END AS sort, count(*) FROM shop GROUP BY 1, 2 ORDER BY 1, 2;
-- By hand: the same clusters, and typical figures that are geometric means; totals are those of the customers.
SELECT m.clusters::text = kmeans_fit(feature_base(cluster_features(h.history, m.as_of)), k => 3)::text AS by_hand, m.clusters_status, m.clusters_dropped
FROM shop_model AS m, shop_history AS h GROUP BY m.clusters::text, m.clusters_status, m.clusters_dropped;
SELECT bool_and(abs(c.purchases - s.purchases) < 1e-9 AND abs(c.silence - s.silence) < 1e-6 AND c.customers = s.customers AND abs(c.cltv - s.cltv) < 1e-6) AS typical
FROM shop_clusters AS c JOIN (SELECT cluster, exp(avg(ln(frequency + 1))) AS purchases, exp(avg(ln(1 + tenure - recency))) - 1 AS silence, count(*) AS customers, sum(cltv) AS cltv
                              FROM shop GROUP BY cluster) AS s USING (cluster);
SELECT reason LIKE '%luster%' AS told_of_clusters FROM cltv_health WHERE name LIKE '%shop';
SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relname IN ('shop', 'shop_model', 'shop_clusters') AND c.relkind IN ('m', 'v')
    AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL
         OR col_description(c.oid, a.attnum) LIKE 'Parameter%' AND a.attname LIKE 'cluster%');
SELECT col_description('shop'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'shop'::regclass AND attname = 'cluster';
-- Those who buy much become more than the others overnight: they keep their number, also after a second night and under another name.
INSERT INTO orders SELECT 1000 + c, date '2024-06-30' - 60 - c % 30 - 90 * n, 300 + c % 50 FROM generate_series(1, 700) AS c, generate_series(0, 1) AS n;
CREATE TABLE night AS SELECT customer_id, cluster FROM shop;
CALL cltv_refresh('shop');
SELECT cluster, customers, round(spend) AS spend FROM shop_clusters ORDER BY cluster;
SELECT count(*) AS moved FROM night JOIN shop USING (customer_id) WHERE night.cluster <> shop.cluster;
ALTER MATERIALIZED VIEW shop_model RENAME TO models_of_shop;
ALTER MATERIALIZED VIEW shop_history RENAME TO histories;
CALL cltv_refresh('shop', concurrently => false);
REFRESH MATERIALIZED VIEW CONCURRENTLY models_of_shop;
SELECT count(*) FILTER (WHERE night.cluster <> new.cluster) AS moved, max(new.cluster) AS k FROM night JOIN shop AS new USING (customer_id);
-- Fitted without the night before, the many would be the first.
SELECT kmeans_fit(feature_base(cluster_features(h.history, m.as_of)), k => 3)::text <> m.clusters::text AS other_labels
FROM models_of_shop AS m, histories AS h GROUP BY m.clusters::text;
-- Whoever may read the views alone reads the clusters.
CREATE ROLE cltv_clusters_reader;
GRANT SELECT ON shop, shop_clusters TO cltv_clusters_reader;
SET ROLE cltv_clusters_reader;
SELECT count(*), sum(customers) FROM shop_clusters;
SELECT count(cluster) FROM shop;
SELECT clusters FROM models_of_shop;
RESET ROLE;
REVOKE ALL ON shop, shop_clusters FROM cltv_clusters_reader;
DROP ROLE cltv_clusters_reader;
SELECT part, kind FROM cltv_parts('shop') WHERE part = 'clusters';
CALL cltv_drop('shop');
SELECT relname FROM pg_class WHERE relname ~ '^(shop|models_of|histories)';
-- With customers who never ordered and have a column cluster of their own, incremental, a learner beside it; a number that is chosen stays.
CALL cltv_materialize('shop', 'orders', clusters => 'Auto', customers => 'people', all_customers => true, incremental => true, learner => 'linear', horizon => 60, min_group => 60);
SELECT count(*) AS customers, count(cluster) AS clustered, count(DISTINCT cluster) AS clusters, count(customer_cluster) AS theirs FROM shop;
SELECT cluster, customers FROM shop_clusters ORDER BY cluster;
DELETE FROM orders WHERE customer_id % 10 = 9;
CALL cltv_rebuild('shop');
CALL cltv_refresh('shop');
SELECT jsonb_array_length(clusters::jsonb -> 'clusters') AS k, clusters_status FROM shop_model;
-- Who is forgotten has no cluster.
DELETE FROM orders WHERE customer_id = 8;
DELETE FROM people WHERE customer_id = 8;
SELECT note FROM cltv_forget('shop', 8) WHERE relation LIKE '%shop_model';
SELECT count(*) FROM shop WHERE customer_id = 8;
-- Where all are alike in something it is left out; in everything, or too few, there are no clusters, and no error.
UPDATE orders SET amount = NULL;
CALL cltv_materialize('shop', 'orders', clusters => 2, replace => true);
SELECT clusters_status, clusters_dropped FROM shop_model;
SELECT cluster, customers, spend IS NULL AS no_spend FROM shop_clusters ORDER BY cluster;
CREATE TABLE few AS SELECT 1 AS customer_id, date '2024-01-01' AS ordered_at, 5 AS amount;
CALL cltv_materialize('single', 'few', clusters => 'auto');
SELECT m.clusters_status, m.clusters_dropped, s.cluster, (SELECT count(*) FROM single_clusters) AS described FROM single_model AS m, single AS s;
INSERT INTO few VALUES (2, '2024-02-01', 6), (3, '2024-03-01', 70), (3, '2024-01-01', 10);
CALL cltv_refresh('single');
SELECT clusters_status, clusters_dropped FROM single_model;
SELECT customer_id, cluster FROM single ORDER BY 1;
CALL cltv_materialize('single', 'few', clusters => 5, replace => true);
SELECT m.clusters_status, count(s.cluster) FROM single_model AS m, single AS s GROUP BY 1;
SELECT reason LIKE '%luster%' AS told_of_clusters FROM cltv_health WHERE name LIKE '%single';
DELETE FROM few;
CALL cltv_materialize('single', 'few', clusters => 5, replace => true);
SELECT clusters, clusters_status, clusters_dropped FROM single_model;
SELECT count(*) FROM single_clusters;
-- What cannot be.
CALL cltv_materialize('x', 'orders', clusters => 1);
CALL cltv_materialize('x', 'orders', clusters => 101);
CALL cltv_materialize('x', 'orders', clusters => 2.5);
CALL cltv_materialize('x', 'orders', clusters => 'many');
CALL cltv_materialize('x', 'orders', clusters => '');
CREATE TABLE taken AS SELECT customer_id AS cluster, ordered_at, amount FROM orders LIMIT 5;
CALL cltv_materialize('x', 'taken', 'cluster', clusters => 3);
CREATE TABLE y_clusters ();
CALL cltv_materialize('y', 'orders', clusters => 3);
CALL cltv_drop('shop');
CALL cltv_drop('single');
DROP TABLE orders, people, night, few, taken, y_clusters;

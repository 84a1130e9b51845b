-- Fits that refuse: a WARNING names the group, and a query of many such groups is told of the first few.
CREATE TABLE groups AS
SELECT format('shop %s', g) AS shop, date '2024-01-01' + g AS day, CASE WHEN g > 3 THEN g END AS number, f AS frequency, 10.0 AS recency, 100.0 AS tenure
FROM generate_series(1, 40) AS g, generate_series(1, 3) AS n, LATERAL (SELECT CASE WHEN g = 2 THEN n - 1 ELSE 2 END AS f) AS f
WHERE f > 0 OR g <> 2;
UPDATE groups SET recency = 0 WHERE frequency = 0;
CREATE FUNCTION refused(query text, OUT models bigint, OUT refused bigint) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT count(m), count(m) FILTER (WHERE model_status(m) = ''identical customers'') FROM (%s OFFSET 0) AS f (m)', query)
    INTO models, refused;
END $$;
-- By a hash table, and in the order of the groups. A column that WHERE makes constant is no part of a group to PostgreSQL 18.
SET enable_sort = off;
SELECT * FROM refused('SELECT bgnbd_fit(frequency, recency, tenure) FROM groups WHERE number BETWEEN 5 AND 5 GROUP BY shop, day, number');
SET enable_sort = on; SET enable_hashagg = off;
SELECT * FROM refused('SELECT bgnbd_fit(frequency, recency, tenure) FROM groups WHERE number < 6 GROUP BY day');
SELECT * FROM refused('SELECT pnbd_fit(frequency, recency, tenure) FROM groups WHERE day < ''2024-01-07'' GROUP BY number');
-- A long key is cut
SELECT * FROM refused($$SELECT nbd_fit(frequency, recency, tenure) FROM groups WHERE number = 4 GROUP BY repeat('ä', 20 * length(shop))$$);
-- Many groups: each aggregate tells of its first few
SELECT * FROM refused('SELECT bgnbd_fit(frequency, recency, tenure) FROM groups GROUP BY shop');
SELECT * FROM refused('SELECT unnest(ARRAY[nbd_fit(frequency, recency, tenure), orders_fit(frequency, recency, tenure)]) FROM groups WHERE number < 11 GROUP BY number');
RESET enable_hashagg;
-- A second query is told, too
PREPARE again AS SELECT count(*) FROM (SELECT bgnbd_fit(frequency, recency, tenure) AS m FROM groups WHERE number BETWEEN 5 AND 5 GROUP BY number OFFSET 0) AS f WHERE m IS NOT NULL;
EXECUTE again;
EXECUTE again;
-- No groups, or no telling which: all rows, grouping sets, stored bases, windows
SELECT * FROM refused('SELECT bgnbd_fit(frequency, recency, tenure) FROM groups WHERE number = 5');
SELECT * FROM refused('SELECT bgnbd_fit(frequency, recency, tenure) FROM groups WHERE number = 5 GROUP BY GROUPING SETS ((shop), ())');
SELECT * FROM refused('SELECT bgnbd_fit(base) FROM (SELECT customer_base(frequency, recency, tenure) AS base FROM groups WHERE number < 15 GROUP BY shop) AS b');
SELECT * FROM refused('SELECT bgnbd_fit(frequency, recency, tenure) OVER (PARTITION BY shop) FROM groups WHERE number = 5');
-- Fits that answer warn of nothing
SELECT * FROM refused('SELECT bgnbd_fit(frequency, recency, tenure) FROM groups WHERE shop = ''shop 2'' GROUP BY shop');
-- By workers
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT * FROM refused('SELECT bgnbd_fit(frequency, recency, tenure) FROM groups WHERE number = 5 GROUP BY shop');
RESET ALL;
DROP FUNCTION refused;
DROP TABLE groups;

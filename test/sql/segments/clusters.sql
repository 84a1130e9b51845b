-- Clusters: k-means and hierarchies on two public tables, against R's kmeans, hclust and cluster::silhouette.
SET extra_float_digits = 0;

-- E. Anderson's irises (R. A. Fisher, Annals of Eugenics 7 (1936) 179-188), as R has them.
CREATE TEMP TABLE iris (sepal_length float8, sepal_width float8, petal_length float8, petal_width float8);
INSERT INTO iris VALUES
(5.1,3.5,1.4,0.2), (4.9,3,1.4,0.2), (4.7,3.2,1.3,0.2), (4.6,3.1,1.5,0.2), (5,3.6,1.4,0.2), (5.4,3.9,1.7,0.4),
(4.6,3.4,1.4,0.3), (5,3.4,1.5,0.2), (4.4,2.9,1.4,0.2), (4.9,3.1,1.5,0.1), (5.4,3.7,1.5,0.2), (4.8,3.4,1.6,0.2),
(4.8,3,1.4,0.1), (4.3,3,1.1,0.1), (5.8,4,1.2,0.2), (5.7,4.4,1.5,0.4), (5.4,3.9,1.3,0.4), (5.1,3.5,1.4,0.3),
(5.7,3.8,1.7,0.3), (5.1,3.8,1.5,0.3), (5.4,3.4,1.7,0.2), (5.1,3.7,1.5,0.4), (4.6,3.6,1,0.2), (5.1,3.3,1.7,0.5),
(4.8,3.4,1.9,0.2), (5,3,1.6,0.2), (5,3.4,1.6,0.4), (5.2,3.5,1.5,0.2), (5.2,3.4,1.4,0.2), (4.7,3.2,1.6,0.2),
(4.8,3.1,1.6,0.2), (5.4,3.4,1.5,0.4), (5.2,4.1,1.5,0.1), (5.5,4.2,1.4,0.2), (4.9,3.1,1.5,0.2), (5,3.2,1.2,0.2),
(5.5,3.5,1.3,0.2), (4.9,3.6,1.4,0.1), (4.4,3,1.3,0.2), (5.1,3.4,1.5,0.2), (5,3.5,1.3,0.3), (4.5,2.3,1.3,0.3),
(4.4,3.2,1.3,0.2), (5,3.5,1.6,0.6), (5.1,3.8,1.9,0.4), (4.8,3,1.4,0.3), (5.1,3.8,1.6,0.2), (4.6,3.2,1.4,0.2),
(5.3,3.7,1.5,0.2), (5,3.3,1.4,0.2), (7,3.2,4.7,1.4), (6.4,3.2,4.5,1.5), (6.9,3.1,4.9,1.5), (5.5,2.3,4,1.3),
(6.5,2.8,4.6,1.5), (5.7,2.8,4.5,1.3), (6.3,3.3,4.7,1.6), (4.9,2.4,3.3,1), (6.6,2.9,4.6,1.3), (5.2,2.7,3.9,1.4),
(5,2,3.5,1), (5.9,3,4.2,1.5), (6,2.2,4,1), (6.1,2.9,4.7,1.4), (5.6,2.9,3.6,1.3), (6.7,3.1,4.4,1.4), (5.6,3,4.5,1.5),
(5.8,2.7,4.1,1), (6.2,2.2,4.5,1.5), (5.6,2.5,3.9,1.1), (5.9,3.2,4.8,1.8), (6.1,2.8,4,1.3), (6.3,2.5,4.9,1.5),
(6.1,2.8,4.7,1.2), (6.4,2.9,4.3,1.3), (6.6,3,4.4,1.4), (6.8,2.8,4.8,1.4), (6.7,3,5,1.7), (6,2.9,4.5,1.5),
(5.7,2.6,3.5,1), (5.5,2.4,3.8,1.1), (5.5,2.4,3.7,1), (5.8,2.7,3.9,1.2), (6,2.7,5.1,1.6), (5.4,3,4.5,1.5),
(6,3.4,4.5,1.6), (6.7,3.1,4.7,1.5), (6.3,2.3,4.4,1.3), (5.6,3,4.1,1.3), (5.5,2.5,4,1.3), (5.5,2.6,4.4,1.2),
(6.1,3,4.6,1.4), (5.8,2.6,4,1.2), (5,2.3,3.3,1), (5.6,2.7,4.2,1.3), (5.7,3,4.2,1.2), (5.7,2.9,4.2,1.3),
(6.2,2.9,4.3,1.3), (5.1,2.5,3,1.1), (5.7,2.8,4.1,1.3), (6.3,3.3,6,2.5), (5.8,2.7,5.1,1.9), (7.1,3,5.9,2.1),
(6.3,2.9,5.6,1.8), (6.5,3,5.8,2.2), (7.6,3,6.6,2.1), (4.9,2.5,4.5,1.7), (7.3,2.9,6.3,1.8), (6.7,2.5,5.8,1.8),
(7.2,3.6,6.1,2.5), (6.5,3.2,5.1,2), (6.4,2.7,5.3,1.9), (6.8,3,5.5,2.1), (5.7,2.5,5,2), (5.8,2.8,5.1,2.4),
(6.4,3.2,5.3,2.3), (6.5,3,5.5,1.8), (7.7,3.8,6.7,2.2), (7.7,2.6,6.9,2.3), (6,2.2,5,1.5), (6.9,3.2,5.7,2.3),
(5.6,2.8,4.9,2), (7.7,2.8,6.7,2), (6.3,2.7,4.9,1.8), (6.7,3.3,5.7,2.1), (7.2,3.2,6,1.8), (6.2,2.8,4.8,1.8),
(6.1,3,4.9,1.8), (6.4,2.8,5.6,2.1), (7.2,3,5.8,1.6), (7.4,2.8,6.1,1.9), (7.9,3.8,6.4,2), (6.4,2.8,5.6,2.2),
(6.3,2.8,5.1,1.5), (6.1,2.6,5.6,1.4), (7.7,3,6.1,2.3), (6.3,3.4,5.6,2.4), (6.4,3.1,5.5,1.8), (6,3,4.8,1.8),
(6.9,3.1,5.4,2.1), (6.7,3.1,5.6,2.4), (6.9,3.1,5.1,2.3), (5.8,2.7,5.1,1.9), (6.8,3.2,5.9,2.3), (6.7,3.3,5.7,2.5),
(6.7,3,5.2,2.3), (6.3,2.5,5,1.9), (6.5,3,5.2,2), (6.2,3.4,5.4,2.3), (5.9,3,5.1,1.8);

-- Arrests in 1973 by state (World Almanac 1975), as R's USArrests has them.
CREATE TEMP TABLE usarrests (state text, murder float8, assault float8, urbanpop float8, rape float8);
INSERT INTO usarrests VALUES
('Alabama',13.2,236,58,21.2), ('Alaska',10,263,48,44.5), ('Arizona',8.1,294,80,31), ('Arkansas',8.8,190,50,19.5),
('California',9,276,91,40.6), ('Colorado',7.9,204,78,38.7), ('Connecticut',3.3,110,77,11.1),
('Delaware',5.9,238,72,15.8), ('Florida',15.4,335,80,31.9), ('Georgia',17.4,211,60,25.8), ('Hawaii',5.3,46,83,20.2),
('Idaho',2.6,120,54,14.2), ('Illinois',10.4,249,83,24), ('Indiana',7.2,113,65,21), ('Iowa',2.2,56,57,11.3),
('Kansas',6,115,66,18), ('Kentucky',9.7,109,52,16.3), ('Louisiana',15.4,249,66,22.2), ('Maine',2.1,83,51,7.8),
('Maryland',11.3,300,67,27.8), ('Massachusetts',4.4,149,85,16.3), ('Michigan',12.1,255,74,35.1),
('Minnesota',2.7,72,66,14.9), ('Mississippi',16.1,259,44,17.1), ('Missouri',9,178,70,28.2), ('Montana',6,109,53,16.4),
('Nebraska',4.3,102,62,16.5), ('Nevada',12.2,252,81,46), ('New Hampshire',2.1,57,56,9.5),
('New Jersey',7.4,159,89,18.8), ('New Mexico',11.4,285,70,32.1), ('New York',11.1,254,86,26.1),
('North Carolina',13,337,45,16.1), ('North Dakota',0.8,45,44,7.3), ('Ohio',7.3,120,75,21.4),
('Oklahoma',6.6,151,68,20), ('Oregon',4.9,159,67,29.3), ('Pennsylvania',6.3,106,72,14.9),
('Rhode Island',3.4,174,87,8.3), ('South Carolina',14.4,279,48,22.5), ('South Dakota',3.8,86,45,12.8),
('Tennessee',13.2,188,59,26.9), ('Texas',12.7,201,80,25.5), ('Utah',3.2,120,80,22.9), ('Vermont',2.2,48,32,11.2),
('Virginia',8.5,156,63,20.7), ('Washington',4,145,73,26.2), ('West Virginia',5.7,81,39,9.3),
('Wisconsin',2.6,53,66,10.8), ('Wyoming',6.8,161,60,15.6);

CREATE TEMP TABLE bases AS SELECT (SELECT feature_base(features(i)) FROM iris i) AS iris,
    (SELECT feature_base(features(u)) FROM (SELECT murder, assault, urbanpop, rape FROM usarrests) u) AS usarrests;

-- R: kmeans(iris[, 1:4], 3, nstart = 50) has 78.851441426146 within and 50, 62, 38 rows, k = 2 152.3479517603579.
CREATE TEMP TABLE fits AS
SELECT k, standardise, kmeans_fit(iris, k, standardise => standardise) AS model FROM bases, (VALUES (2), (3), (5)) AS a (k),
    (VALUES (false), (true)) AS b (standardise);
SELECT k, standardise, model_status(model), sum((c->>'within')::float8) AS within, array_agg((c->>'customers')::int) AS customers
FROM fits, jsonb_array_elements(model::jsonb->'clusters') AS c GROUP BY 1, 2, 3 ORDER BY 2, 1;
SELECT * FROM cluster_profile((SELECT model FROM fits WHERE k = 3 AND NOT standardise));
-- cluster::silhouette: .5528190124.
SELECT k, standardise, round(silhouette(model, iris)::numeric, 10) FROM fits, bases ORDER BY 2, 1;
SELECT k, round(within::numeric, 9) AS within, round(silhouette::numeric, 10) AS silhouette
FROM bases, kmeans_choose(iris, 4, standardise => false);
-- What cluster says of the customers of the fit.
SELECT cluster(model, features(i)), count(*) FROM fits, iris i WHERE k = 3 AND NOT standardise GROUP BY 1 ORDER BY 1;

-- R: tail(hclust(dist(scale(USArrests)), method)$height, 3), and table(cutree(..., 4)).
SELECT method, (SELECT array_agg(round((m->>2)::numeric, 9) ORDER BY n)
                FROM jsonb_array_elements(tree::jsonb->'mergers') WITH ORDINALITY AS e (m, n) WHERE n > 46) AS heights,
    (SELECT array_agg(customers) FROM cluster_profile(tree, 4) WHERE feature = 'rape') AS customers,
    (SELECT array_agg(n) FROM (SELECT count(*) AS n FROM usarrests u GROUP BY cluster(tree, features(u), 4) ORDER BY cluster(tree, features(u), 4)) c) AS again,
    round(silhouette(tree, usarrests, 4)::numeric, 10) AS silhouette
FROM bases, unnest('{ward,single,complete,average}'::text[]) AS method, LATERAL (SELECT hclust_fit(usarrests, method) AS tree) t;
-- R: the best of 300 starts on scale(iris[, 1:4]) has 90.201901263113 within; more starts come nearer.
SELECT round(sum((c->>'within')::float8) / 90.201901263113 * 10000)
FROM bases, jsonb_array_elements(kmeans_fit(iris, 5, starts => 100)::jsonb->'clusters') AS c;
-- Ward of unscaled numbers; R: tail(hclust(dist(USArrests), 'ward.D2')$height, 3).
SELECT array_agg(round((m->>2)::numeric, 6) ORDER BY n) FROM bases,
    jsonb_array_elements(hclust_fit(usarrests, standardise => false)::jsonb->'mergers') WITH ORDINALITY AS e (m, n) WHERE n > 46;

-- Equal customers, weights and parts merged count as customers one by one.
SELECT kmeans_fit((SELECT feature_base(features(i)) FROM (SELECT * FROM iris ORDER BY petal_width) i), 3)::text
     = kmeans_fit((SELECT feature_base(features(i)) FROM (SELECT * FROM iris ORDER BY petal_width DESC, sepal_length) i), 3)::text AS any_order,
       kmeans_fit((SELECT rollup(b) FROM (SELECT feature_base(features(i)) AS b FROM iris i GROUP BY round(sepal_length)) p), 3)::text
     = kmeans_fit(iris, 3)::text AS merged,
       kmeans_fit((SELECT feature_base(features(i), n) FROM (SELECT sepal_length, sepal_width, petal_length, petal_width, count(*)::float8 AS n FROM iris GROUP BY 1, 2, 3, 4) w,
                   LATERAL (SELECT w.sepal_length, w.sepal_width, w.petal_length, w.petal_width) i), 3)::text
     = kmeans_fit(iris, 3)::text AS weighted,
       (SELECT kmeans_fit(features(i)) FROM iris i)::text = kmeans_fit(iris)::text AS in_one
FROM bases;
-- A weight is as many equal customers, in trees as well.
SELECT sum((c->>'customers')::float8) AS customers, count(*) AS leaves,
       hclust_fit(iris)::jsonb->'mergers'->-1->>2 AS height
FROM bases, jsonb_array_elements(hclust_fit(iris)::jsonb->'clusters') AS c GROUP BY hclust_fit(iris)::text, height;

-- Round trips: text, jsonb and the binary form.
CREATE TEMP TABLE stored AS SELECT model FROM fits UNION ALL SELECT hclust_fit(usarrests, m) FROM bases, unnest('{ward,average}'::text[]) m;
SELECT count(*), bool_and(model::text::clusters::text = model::text) AS text, bool_and(model::jsonb::text::clusters::text = model::text) AS jsonb FROM stored;

-- Labels between nights: the second night's clusters keep the places of the first to which they are nearest.
WITH night AS (SELECT feature_base(features(i)) AS base FROM iris i WHERE petal_length > 3 OR sepal_length > 5.1),
     fit AS (SELECT (SELECT model FROM fits WHERE k = 3 AND NOT standardise) AS old, base FROM night)
SELECT f.what, array_agg(p.customers ORDER BY p.cluster) AS customers, array_agg(round(p.mean::numeric, 2) ORDER BY p.cluster) AS petal_length
FROM fit, LATERAL (VALUES (1, 'the first night', old), (2, 'without match', kmeans_fit(base, 3, standardise => false)),
                          (3, 'with match', kmeans_fit(base, 3, standardise => false, match => old))) AS f (n, what, model),
     cluster_profile(f.model) AS p WHERE p.feature = 'petal_length' GROUP BY f.n, f.what ORDER BY f.n;

-- What is not known is skipped and counted; what has one value or is too little is said.
SELECT model_status(m), m::jsonb->'customers' AS customers, m::jsonb->'skipped' AS skipped, cluster(m, features(r)) AS of_known
FROM (SELECT kmeans_fit((SELECT feature_base(features(v)) FROM (VALUES (1, 2.0), (2, 3), (NULL, 4), (9, 8), (5, NULL)) AS v (a, b)), 2) AS m) t,
     (SELECT 1 AS a, 1.0 AS b) r;
SELECT cluster(model, features(r)) FROM fits, (SELECT 1.0 AS petal_length, NULL::float8 AS petal_width, 3 AS sepal_length, 3 AS sepal_width) r LIMIT 1;
SELECT model_status(m), cluster(m, features(r)), (SELECT count(*) FROM cluster_profile(m)) AS profile, m::text::clusters::text = m::text AS same
FROM (SELECT kmeans_fit((SELECT feature_base(features(v)) FROM (VALUES (1, 2), (2, 2), (3, 2)) AS v (a, "b ""quoted""")), 2) AS m OFFSET 0) t,
     (SELECT 1 AS a, 2 AS "b ""quoted""") r;
SELECT model_status(kmeans_fit((SELECT feature_base(features(v)) FROM (VALUES (1, 2), (2, 2), (3, 2)) AS v (a, b)), 2, standardise => false));
SELECT model_status(kmeans_fit((SELECT feature_base(features(v)) FROM (VALUES (1), (2), (2)) AS v (a)), 3));
SELECT model_status(hclust_fit((SELECT feature_base(features(v)) FROM (VALUES (1), (1)) AS v (a))));
SELECT model_status(kmeans_fit((SELECT feature_base(features(v)) FROM (VALUES (NULL::int), (NULL)) AS v (a)), 1));
SELECT kmeans_fit((SELECT feature_base(features(i)) FROM iris i WHERE false)) IS NULL AS nobody, kmeans_fit(NULL::feature_base) IS NULL AS unknown,
       (SELECT kmeans_fit(x) FROM (SELECT NULL::features AS x) t) IS NULL AS skipped;
SELECT k FROM kmeans_choose((SELECT feature_base(features(v)) FROM (VALUES (1), (2)) AS v (a)));
SELECT silhouette(kmeans_fit(b, 1), b) IS NULL AS one, silhouette(kmeans_fit(b, 2), b) AS alone
FROM (SELECT feature_base(features(v)) AS b FROM (VALUES (1), (2)) AS v (a)) t;

-- Errors name what is wrong and the way out.
\set VERBOSITY default
SELECT kmeans_fit(iris, 0) FROM bases;
SELECT kmeans_fit(iris, 3, seed => -1) FROM bases;
SELECT kmeans_fit(iris, 3, starts => 0) FROM bases;
SELECT kmeans_fit(iris, 4, match => model) FROM bases, fits WHERE k = 3 LIMIT 1;
SELECT kmeans_fit(usarrests, 3, match => model) FROM bases, fits WHERE k = 3 LIMIT 1;
SELECT kmeans_fit(iris, 3, match => hclust_fit(iris)) FROM bases;
SELECT hclust_fit(iris, 'median') FROM bases;
SELECT cluster(hclust_fit(usarrests), features(u)) FROM bases, usarrests u LIMIT 1;
SELECT cluster(hclust_fit(usarrests), features(u), 51) FROM bases, usarrests u LIMIT 1;
SELECT cluster(model, features(i), 4) FROM fits, iris i WHERE k = 3 LIMIT 1;
SELECT cluster(model, features(u)) FROM fits, usarrests u LIMIT 1;
SELECT silhouette(model, usarrests) FROM fits, bases LIMIT 1;
SELECT kmeans_fit(feature_base(features(u))) FROM usarrests u;
SELECT kmeans_fit((SELECT feature_base(0, 0, 5, features(i)) FROM iris i));
SELECT kmeans_fit((SELECT feature_base(features(v)) FROM (VALUES (1e300), (-1e300), (0)) AS v (a)), 2, standardise => false);
SELECT kmeans_choose(iris, 0) FROM bases;
SELECT '{"method":"kmeans"}'::clusters;
SELECT replace(model::text, '"customers":62', '"customers":-62')::clusters FROM fits WHERE k = 3 AND NOT standardise;
SELECT replace(model::text, '"petal_width"', '"a"')::clusters FROM fits WHERE k = 3 AND NOT standardise;
SELECT replace(hclust_fit(usarrests)::text, '[0,', '[1,')::clusters FROM bases;

-- expected_purchases_at: many horizons at once
CREATE TEMP TABLE models AS SELECT * FROM (VALUES ('bgnbd', bgnbd_model(0.2426, 30.9, 0.793, 2.426)), ('pnbd', pnbd_model(0.553, 74, 0.606, 82)),
    ('mbgnbd', mbgnbd_model(0.525, 43, 0.891, 1.614)), ('nbd', nbd_model(0.8, 60))) AS m (name, model);
CREATE TEMP TABLE customers AS
SELECT * FROM (VALUES (0, 0.0, 0.0), (0, 0, 400), (3, 100, 120), (12, 350, 365), (12, 100, 365), (1, 1, 700)) AS v (frequency, recency, tenure);
SELECT name, count(*), bool_and(abs(one - many) <= 1e-12 * one) AS same
FROM models, customers, unnest(expected_purchases_at(model, frequency, recency, tenure, (SELECT array_agg(7.0::float8 * w ORDER BY w) FROM generate_series(0, 53) AS w)))
         WITH ORDINALITY AS e (many, place), LATERAL (SELECT expected_purchases(model, frequency, recency, tenure, 7 * (place - 1)) AS one) AS o
GROUP BY name ORDER BY name;
-- In any order, with NULL, none, infinity, of any shape
SELECT round(e[1]::numeric, 12) AS one, round(e[2]::numeric, 12) AS two, e[3], e[4], e[5] = e[1] AS again, e[6]
FROM models, LATERAL (SELECT expected_purchases_at(model, 3, 100, 120, '{90,30,NULL,0,90,infinity}') AS e) AS x WHERE name = 'bgnbd';
SELECT expected_purchases_at(model, 3, 100, 120, '{}'), expected_purchases_at(model, 3, 100, 120, '{NULL}'),
       array_dims(expected_purchases_at(model, 3, 100, 120, '[0:1][3:4]={{1,2},{3,4}}')) FROM models WHERE name = 'pnbd';
SELECT expected_purchases_at(NULL, 3, 100, 120, '{1}'), expected_purchases_at(model, 3, 100, NULL, '{1}'), expected_purchases_at(model, 3, 100, 120, NULL)
FROM models WHERE name = 'pnbd';
SELECT expected_purchases_at(bgnbd_fit(1, 2, 3), 3, 100, 120, '{1}');
-- More than are worked out at once
SELECT bool_and(abs(many - expected_purchases(model, 3, 100, 120, 1000 - place)) <= 1e-12 * many) AS same, count(*)
FROM models, unnest(expected_purchases_at(model, 3, 100, 120, (SELECT array_agg(1000 - h::float8 ORDER BY h) FROM generate_series(1, 1000) AS h)))
         WITH ORDINALITY AS e (many, place) WHERE name = 'bgnbd';
-- Opportunities, and attributes
SELECT expected_purchases_at(bgbb, 1, 2, 6, '{0,5,NULL}') = ARRAY[0, expected_purchases(bgbb, 1, 2, 6, 5), NULL] AS same
FROM (SELECT bgbb_model(1.2, 0.75, 0.66, 2.78) AS bgbb) AS m;
CREATE TEMP TABLE known AS
SELECT c % 4 AS frequency, (CASE WHEN c % 4 > 0 THEN 20 + c % 90 ELSE 0 END)::float8 AS recency, (120 + c % 200)::float8 AS tenure,
       features(ARRAY['web'], ARRAY[c % 2]::float8[]) AS x FROM generate_series(1, 400) AS c;
CREATE TEMP TABLE of_known AS SELECT bgnbd_fit(frequency, recency, tenure, x) AS fitted FROM known;
SELECT bool_and(abs(e[2] - expected_purchases(fitted, frequency, recency, tenure, 60, x)) <= 1e-12 * e[2]) AS same, count(*)
FROM of_known, known, LATERAL (SELECT expected_purchases_at(fitted, frequency, recency, tenure, '{30,60}', x) AS e) AS l;
SELECT expected_purchases_at(fitted, 3, 100, 120, '{30}', features(ARRAY['web'], ARRAY[NULL::float8])) FROM of_known;
SELECT expected_purchases_at(fitted, 3, 100, 120, '{30}') FROM of_known;
-- Bad input
SELECT expected_purchases_at(model, 3, 100, 120, '{1,-1}') FROM models WHERE name = 'pnbd';
SELECT expected_purchases_at(model, 3, 100, 120, '{NULL,NaN}') FROM models WHERE name = 'pnbd';
SELECT expected_purchases_at(model, 3, 130, 120, '{1}') FROM models WHERE name = 'pnbd';
SELECT expected_purchases_at(bgbb_model(1.2, 0.75, 0.66, 2.78), 1, 2, 6, '{0.5}');
SELECT expected_purchases_at(gg_model(6.25, 3.74, 15.44), 1, 2, 6, '{0.5}');

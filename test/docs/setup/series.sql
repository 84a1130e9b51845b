-- Five years of a shop's days: a trend, a season of the year, Sundays closed, and noise by a hash.
CREATE TABLE sales AS
SELECT day, CASE WHEN extract(isodow FROM day) = 7 THEN 0 ELSE
           round(((900 + 0.35 * n) * (1 + 0.25 * sin(2 * pi() * (extract(doy FROM day) - 260) / 365.25))
                  * (0.85 + 0.3 * (hashint8extended(n, 1) & 1023) / 1023))::numeric, 2) END::float8 AS revenue
FROM (SELECT date '2020-01-01' + n AS day, n FROM generate_series(0, 1632) AS n) AS d;
CREATE TABLE products AS
SELECT p AS product, day, revenue * CASE p WHEN 'beans' THEN 0.6 ELSE 0.02 END AS revenue
FROM sales, unnest('{beans,grinder}'::text[]) AS p WHERE p = 'beans' OR day < '2024-03-01' AND extract(day FROM day) % 7 = 3;

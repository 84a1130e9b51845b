-- Set-up of script/bench --growth: the fits that are timed, and bases of customers of any size and any number of
-- distinct customers, made from the simulated ones in the table shop.
\ir bench-timing.sql

INSERT INTO queries VALUES
('sums',  'SELECT sum(frequency), sum(recency), sum(tenure) FROM customers'),
('bgnbd', 'SELECT model_status(bgnbd_fit(frequency, recency, tenure)) FROM customers'),
('pnbd',  'SELECT model_status(pnbd_fit(frequency, recency, tenure)) FROM customers'),
('gg',    'SELECT model_status(gg_fit(frequency, monetary_value)) FROM customers');

CREATE TABLE memory (name text, kb bigint, seconds float8);
CREATE TABLE growth (step int, part text, customers bigint, alike bigint, alike_spend bigint, name text, ms float8,
                     answer text, kb bigint);

-- Size n. What the shop has too few of is repeated: a copy is up to a week older, its last purchase up to a week
-- later, and its spend within 5 % of the original's, so that copies differ as the customers of a larger shop do.
CREATE PROCEDURE make_customers(n bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setseed(0.5);
    DROP TABLE IF EXISTS customers;
    CREATE TABLE customers AS
    SELECT frequency, CASE WHEN frequency > 0 THEN least(recency + later, tenure + older) ELSE 0 END AS recency,
           tenure + older AS tenure, monetary_value * factor AS monetary_value
    FROM (SELECT s.*, CASE WHEN copy > 0 THEN floor(8 * random()) ELSE 0 END AS older,
                 CASE WHEN copy > 0 THEN floor(8 * random()) ELSE 0 END AS later,
                 CASE WHEN copy > 0 THEN 0.95 + 0.1 * random() ELSE 1 END AS factor
          FROM generate_series(0, (n - 1) / (SELECT count(*) FROM shop)) AS copy, shop AS s
          WHERE copy * (SELECT count(*) FROM shop) + s.customer_id <= n
          OFFSET 0) AS copies;
END
$$;

-- How coarse a grain leaves about d distinct rows of a query in which it is $1, by bisection of its logarithm.
CREATE FUNCTION find_grain(query text, d bigint, coarsest float8) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    finest float8 := coarsest / 1e7;
    grain float8;
    found bigint;
BEGIN
    FOR halving IN 1 .. 14 LOOP
        grain := sqrt(finest * coarsest);
        EXECUTE format('SELECT count(*) FROM (%s) AS alike', query) INTO found USING grain;
        EXIT WHEN abs(found - d) <= 0.02 * d;
        IF found > d THEN finest := grain; ELSE coarsest := grain; END IF;
    END LOOP;
    RETURN grain;
END
$$;

-- All customers of the shop, about d of them distinct: the days get moments and the spends fractions of a cent, then
-- both are rounded to the middle of a grain. For as many as there are customers the moments stay as they are.
CREATE PROCEDURE make_distinct(d bigint) LANGUAGE plpgsql AS $$
DECLARE
    days float8;
    money float8;
BEGIN
    PERFORM setseed(0.5);
    DROP TABLE IF EXISTS customers;
    CREATE TEMPORARY TABLE fine AS
    SELECT frequency, CASE WHEN frequency > 0 THEN least(recency + random(), tenure) ELSE 0 END AS recency, tenure,
           monetary_value + 0.01 * random() AS monetary_value
    FROM (SELECT frequency, recency, tenure + random() AS tenure, monetary_value FROM shop OFFSET 0) AS moments;
    IF d < (SELECT count(*) FROM shop) THEN
        days := find_grain('SELECT DISTINCT frequency, ceil(recency / $1), ceil(tenure / $1) FROM fine', d, 730);
        money := find_grain('SELECT DISTINCT frequency, ceil(monetary_value / $1) FROM fine WHERE frequency > 0', d,
                            1000);
    END IF;
    CREATE TABLE customers AS
    SELECT frequency, CASE WHEN frequency > 0 THEN coalesce(days * (ceil(recency / days) - 0.5), recency) ELSE 0 END
               AS recency,
           coalesce(days * (ceil(tenure / days) - 0.5), tenure) AS tenure,
           coalesce(money * (ceil(monetary_value / money) - 0.5), monetary_value) AS monetary_value
    FROM fine;
    DROP TABLE fine;
END
$$;

-- What a step has measured goes into the table growth.
CREATE PROCEDURE keep_step(step int, part text) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO growth
    SELECT step, part, (SELECT count(*) FROM customers),
           (SELECT count(*) FROM (SELECT DISTINCT frequency, recency, tenure FROM customers) AS alike),
           (SELECT count(*)
            FROM (SELECT DISTINCT frequency, monetary_value FROM customers WHERE frequency > 0) AS alike),
           t.*, m.kb
    FROM (SELECT name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms, min(answer) AS answer
          FROM timings WHERE run > 0 GROUP BY name) AS t
         LEFT JOIN memory AS m USING (name);
    TRUNCATE timings, memory;
END
$$;

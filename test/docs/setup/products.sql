-- 2000 customers of a shop of coffee: beans and a grinder go together, cups with a teapot; who began with beans comes again more often.
CREATE TABLE items AS
WITH customers AS (
    SELECT c AS customer_id, hashint8extended(c, 1) & 1023 AS u, hashint8extended(c, 2) & 1023 AS v, hashint8extended(c, 3) & 1023 AS w,
           date '2023-01-01' + (c % 300) AS first_day
    FROM generate_series(1, 2000) AS c
), bought AS (
    SELECT customer_id, first_day AS day, unnest(CASE WHEN u < 400 THEN CASE WHEN v < 500 THEN '{beans,grinder}'::text[] ELSE '{beans}' END
        WHEN u < 700 THEN CASE WHEN v < 200 THEN '{cups,teapot}'::text[] ELSE '{cups}' END ELSE '{filters}' END) AS product
    FROM customers
    UNION ALL
    SELECT customer_id, first_day + 20 + (v % 100)::int, CASE WHEN w % 3 = 0 THEN 'filters' ELSE 'beans' END
    FROM customers WHERE w < CASE WHEN u < 400 THEN 600 ELSE 250 END
)
SELECT customer_id, customer_id * 1000 + (day - date '2023-01-01') AS order_id, day AS ordered_at, product AS product_id,
       CASE product WHEN 'beans' THEN 12 WHEN 'grinder' THEN 60 WHEN 'cups' THEN 18 WHEN 'teapot' THEN 35 ELSE 4 END::numeric AS amount
FROM bought;

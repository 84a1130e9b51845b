-- What is bought together, what next, and what first.
\set VERBOSITY terse
SET client_min_messages = notice;

-- Dunning's 'the swiss' (1993, table 1): 110 bigrams of both words, 2442 of the first alone, 111 of the second alone, 29114 of
-- neither; -2 ln lambda is 270.72. Beside it the formula by entropies.
SELECT round(llr::numeric, 8) AS llr, round((2 * (110 * ln(110::numeric) + 2442 * ln(2442::numeric) + 111 * ln(111::numeric) + 29114 * ln(29114::numeric)
    - 2552 * ln(2552::numeric) - 29225 * ln(29225::numeric) - 221 * ln(221::numeric) - 31556 * ln(31556::numeric)
    + 31777 * ln(31777::numeric)))::numeric, 8) AS by_entropies, support, confidence, round(lift::numeric, 6) AS lift
FROM association(110, 2552, 221, 31777);
SELECT * FROM association(25, 50, 50, 100);                                     -- independent
SELECT llr, p_value FROM association(250001, 500000, 500000, 1000000);         -- nearly: 4 * 1^2 / 250000 to first order
SELECT round(llr::numeric, 10) AS llr, round((200 * ln(2::numeric)), 10) AS two_n_ln_2 FROM association(50, 50, 50, 100);
SELECT * FROM association(0, 0, 5, 10);
SELECT * FROM association(10, 10, 10, 10);
SELECT association(6, 5, 5, 10);
SELECT association(1, 5, 5, 0);
SELECT association(0, 6, 6, 10);
SELECT association(-1, 5, 5, 10);
SELECT association(NULL, 5, 5, 10);

-- A shop by hand: 8 customers; tea and milk by 4, tea 5, milk 5; a line twice, NULLs, a quote in a name.
CREATE TEMP TABLE items (customer_id int, product_id text, order_no int, day date, amount numeric);
INSERT INTO items VALUES
    (1, 'tea', 1, '2024-01-01', 5), (1, 'milk', 1, '2024-01-01', 2), (1, 'milk', 1, '2024-01-01', 2),
    (2, 'tea', 2, '2024-01-02', 5), (2, 'milk', 3, '2024-02-02', 2), (2, 'O''Brien "best"', 3, '2024-02-02', 9),
    (3, 'tea', 4, '2024-01-03', 5), (3, 'milk', 4, '2024-01-03', 2), (3, 'O''Brien "best"', 4, '2024-01-03', 9),
    (4, 'tea', 5, '2024-01-04', 5), (4, 'milk', 5, '2024-01-04', 2), (4, 'tea', 6, '2024-03-01', 5), (4, 'milk', 6, '2024-03-01', 2),
    (5, 'tea', 7, '2024-01-05', 5), (6, 'milk', 8, '2024-01-06', 2), (7, 'salt', 9, '2024-01-07', 1), (8, 'salt', 10, '2024-01-08', 1),
    (NULL, 'tea', 11, '2024-01-09', 5), (8, NULL, 10, '2024-01-08', 1), (7, '', 12, '2024-01-09', 1);
SELECT product, other, customers, baskets, support, confidence, lift, round(llr::numeric, 6) AS llr, round(p_value::numeric, 6) AS p_value, total, skipped
FROM product_affinity('items', 'customer_id', 'product_id', min_baskets => 1);
SELECT round(llr::numeric, 6) AS tea_milk, round((p_value * 6)::numeric, 6) AS p_of_six FROM association(4, 5, 5, 8);
-- By orders: tea and milk stand together in 4 orders of 3 customers.
SELECT product, other, customers, baskets, support, round(confidence::numeric, 6) AS confidence, total
FROM product_affinity('items', 'customer_id', 'product_id', order_id => 'order_no', min_baskets => 1);
SELECT product, other, baskets, total, skipped FROM product_affinity('items', 'customer_id', 'product_id', min_baskets => 1, max_items => 2);
SELECT count(*) FROM product_affinity('items', 'customer_id', 'product_id');
SELECT product, other FROM product_affinity('items', 'customer_id', 'product_id', min_baskets => 3);

-- One product, no rows, NULL arguments.
CREATE TEMP VIEW one_product AS SELECT customer_id, 'tea'::varchar AS product FROM items;
SELECT count(*) FROM product_affinity('one_product', 'customer_id', 'product', min_baskets => 1);
SELECT count(*) FROM next_product('one_product', 'customer_id', 'product', min_baskets => 1);
CREATE TEMP VIEW no_items AS SELECT * FROM items WHERE false;
SELECT count(*) FROM product_affinity('no_items', 'customer_id', 'product_id');
SELECT count(*) FROM next_product('no_items', 'customer_id', 'product_id');
SELECT count(*) FROM first_product_value('no_items', 'customer_id', 'product_id', 'day', 'amount');
SELECT count(*) FROM product_affinity(NULL::regclass, 'customer_id', 'product_id');
SELECT count(*) FROM next_product('items', NULL, 'product_id');

CREATE TEMP VIEW odd_product AS SELECT customer_id, md5(product_id)::uuid AS product FROM items WHERE product_id IN ('tea', 'milk');
SELECT pair / 4294967296 AS one, pair % 4294967296 AS two FROM cltv_pairs('{3,1,2147483647}') AS pair;
SELECT count(*) FROM cltv_pairs('{}');
SELECT count(*) FROM cltv_pairs('{1,-1}');
SELECT count(*) FROM cltv_pairs('{1,NULL}');
SELECT product, other, customers FROM product_affinity('odd_product', 'customer_id', 'product', min_baskets => 1);

-- Any type of key, and names with quotes.
CREATE TEMP TABLE "Odd 'items'" ("Who ""?" uuid, "%s" point, "Wh'at" char(4), day timestamp);
INSERT INTO "Odd 'items'" SELECT md5((i / 2)::text)::uuid, NULL, CASE i % 2 WHEN 0 THEN 'a%s' ELSE 'b''"' END, '2024-01-01' FROM generate_series(0, 19) AS i;
SELECT product, other, customers, round(llr::numeric, 6) AS llr FROM product_affinity('"Odd ''items''"', 'Who "?', 'Wh''at');
SELECT count(*) FROM product_affinity('"Odd ''items''"', '%s', 'Wh''at');
SELECT count(*) FROM product_affinity('"Odd ''items''"', 'Who "?', 'what');
SELECT count(*) FROM product_affinity('items', 'customer_id', 'product_id', max_items => 1);
SELECT count(*) FROM product_affinity('items', 'customer_id', 'product_id', min_baskets => 0);

-- A thousand customers of a drawn shop: p and q go together, all else by chance: no other pair is bought together more often.
CREATE TEMP TABLE drawn AS
SELECT c AS customer, p AS product
FROM generate_series(1, 1000) AS c, unnest('{p,q,r,s,t,u,v,w}'::text[]) AS p
WHERE (hashtextextended(CASE WHEN p = 'q' AND hashint8extended(c, 5) % 10 < 5 THEN 'p' ELSE p END, c) % 1000 + 1000) % 1000 < 300;
SELECT product, other, baskets, round(lift::numeric, 3) AS lift, p_value < 1e-6 AS clear FROM product_affinity('drawn', 'customer', 'product') WHERE p_value < 0.05 AND lift > 1;
-- The same by hand.
SELECT bool_and(a.baskets = h.n AND a.confidence = h.n / h.x::float8 AND a.support = h.n / h.total::float8
                AND abs(a.lift - h.n * h.total / (h.x * h.y)::float8) < 1e-12) AS same, count(*)
FROM product_affinity('drawn', 'customer', 'product') AS a
JOIN (SELECT a.product, b.product AS other, count(*) AS n, max((SELECT count(*) FROM drawn WHERE product = a.product)) AS x,
             max((SELECT count(*) FROM drawn WHERE product = b.product)) AS y, max((SELECT count(DISTINCT customer) FROM drawn)) AS total
      FROM drawn AS a JOIN drawn AS b ON a.customer = b.customer AND a.product <> b.product GROUP BY 1, 2) AS h USING (product, other);
-- Benjamini and Hochberg over the 28 pairs, by their definition.
WITH pair AS (
    SELECT a.product, a.other, a.p_value, s.p_value AS single FROM product_affinity('drawn', 'customer', 'product') AS a,
        LATERAL association(a.baskets, round(a.baskets / a.confidence)::bigint, round(a.confidence / a.lift * a.total)::bigint, a.total) AS s
    WHERE a.product < a.other
), ranked AS (SELECT *, rank() OVER (ORDER BY single) AS place FROM pair)
SELECT count(*), max(abs(p_value - (SELECT least(1, min(28 * o.single / o.place)) FROM ranked AS o WHERE o.place >= r.place))) < 1e-12 AS same FROM ranked AS r;
SELECT customer_id, rank, product, because, round(confidence::numeric, 4) AS confidence, round(lift::numeric, 3) AS lift
FROM next_product('drawn', 'customer', 'product') ORDER BY customer_id::int LIMIT 3;
SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM drawn AS d WHERE d.customer::text = customer_id AND d.product = n.product)) AS bought,
       max(rank) FROM next_product('drawn', 'customer', 'product', per_customer => 2, max_p_value => 1) AS n;
SELECT count(*) FROM next_product('drawn', 'customer', 'product', per_customer => 0);
SELECT count(*) FROM next_product('drawn', 'customer', 'product', max_p_value => 'NaN');

-- What was bought first: customers 1 to 4 and 5 began with tea, of whom 2 and 4 came again.
SELECT product, customers, repeat_rate, round(repeat_lower::numeric, 6) AS lower, round(repeat_upper::numeric, 6) AS upper, later_value,
       round(value_lower::numeric, 6) AS value_lower, round(value_upper::numeric, 6) AS value_upper, round(lift::numeric, 6) AS lift, round(p_value::numeric, 6) AS p_value
FROM first_product_value('items', 'customer_id', 'product_id', 'day', 'amount', horizon => 90, as_of => '2024-12-31', min_customers => 1);
SELECT count(*) FROM first_product_value('items', 'customer_id', 'product_id', 'day', 'amount', horizon => 90, as_of => '2024-03-31', min_customers => 1);
SELECT product, customers, repeat_rate FROM first_product_value('items', 'customer_id', 'product_id', 'day', 'amount', horizon => 90, as_of => '2024-04-02', min_customers => 1);
SELECT count(*) FROM first_product_value('items', 'customer_id', 'product_id', 'day', 'amount', horizon => 0);
SELECT count(*) FROM first_product_value('items', 'customer_id', 'product_id', 'day', 'amount', level => 1);
SELECT count(*) FROM first_product_value('items', 'customer_id', 'product_id', 'product_id', 'amount');
SELECT count(*) FROM first_product_value('items', 'customer_id', 'product_id', 'day', 'amount', as_of => 'infinity');

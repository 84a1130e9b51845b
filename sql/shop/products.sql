
-- Products: what is bought together, what a customer may want next, and what loyal customers bought first -----------------

CREATE FUNCTION association(together bigint, first bigint, second bigint, total bigint,
                            OUT support float8, OUT confidence float8, OUT lift float8, OUT llr float8, OUT p_value float8)
AS 'MODULE_PATHNAME', 'cltv_association' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION association(bigint, bigint, bigint, bigint) IS
'Returns how strongly two things are associated, from four counts.
Out of total, how many have both (together), the first, and the second; support = together / total; confidence
= together / first, NULL without a first; lift = confidence over the share of all with the second, above 1
where they attract each other; llr = Dunning''s log-likelihood ratio against independence; p_value = how
probable so large an llr is by chance, of one comparison; numbers that do not fit together are error 22023;
NULL gives NULL. Dunning 1993.';

CREATE FUNCTION cltv_share_interval(k bigint, n bigint, level float8, OUT lower float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_share_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION cltv_share_interval(bigint, bigint, float8) IS
'Internal: Wilson''s interval of the share k of n.
Of the given level; k not of 0..n or a level not between 0 and 1: error 22023; NULL gives NULL. Wilson 1927.';

CREATE FUNCTION cltv_mean_interval(mean float8, deviation float8, n bigint, level float8, OUT lower float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_mean_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION cltv_mean_interval(float8, float8, bigint, float8) IS
'Internal: Student''s interval of a mean.
Of n numbers with that standard deviation; NULL for one number; a level not between 0 and 1: error 22023; NULL
gives NULL.';

CREATE FUNCTION cltv_pairs(ids int[]) RETURNS SETOF bigint
AS 'MODULE_PATHNAME', 'cltv_pairs' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 10;
COMMENT ON FUNCTION cltv_pairs(int[]) IS
'Internal: all pairs of the whole numbers of a list.
Numbers from 0, each paired with those after it: the first times 2^32 and the second; a NULL, a negative
number or more than one dimension are error 22023; NULL gives no rows.';

-- A term that can be compared by the operators that came with PostgreSQL: a column of a type of theirs as it is, texts in the
-- order of their bytes, any other as text.
CREATE FUNCTION cltv_plain_key(relation regclass, column_name name, role text, alias name) RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    base regtype;
BEGIN
    SELECT c.base_type INTO STRICT base FROM @extschema@.cltv_source_column(relation, column_name, role, alias) AS c;
    RETURN CASE
        WHEN base IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'uuid'::regtype)
            THEN format('%I.%I::%s', alias, column_name, base)
        WHEN base IN ('text'::regtype, 'varchar'::regtype)
            THEN format('nullif(%I.%I::text, '''') COLLATE "C"', alias, column_name)
        ELSE format('nullif(format(''%%s'', %I.%I), '''') COLLATE "C"', alias, column_name) END;
END
$$;
COMMENT ON FUNCTION cltv_plain_key(regclass, name, text, name) IS
'Internal: SQL that reads a key column with built-in operators only.
Whole numbers, numeric and uuid as they are, texts by their bytes, all else by its text; NULL where nothing is
said; errors are those of cltv_source_column; NULL gives NULL.';

CREATE FUNCTION product_affinity(items regclass, customer name, item name, order_id name DEFAULT NULL,
                                 max_items int DEFAULT 200, min_baskets int DEFAULT 5,
                                 OUT product text, OUT other text, OUT customers bigint, OUT baskets bigint,
                                 OUT support float8, OUT confidence float8, OUT lift float8, OUT llr float8, OUT p_value float8,
                                 OUT total bigint, OUT skipped bigint)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 ROWS 10000 SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    of_orders CONSTANT boolean := $4 IS NOT NULL;
    order_term text := 'NULL::int';
    customer_term text;
    product_term text;
    large bigint;
BEGIN
    IF $1 IS NULL OR $2 IS NULL OR $3 IS NULL OR $5 IS NULL OR $6 IS NULL THEN
        RETURN;
    ELSIF $5 < 2 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('max_items %s is not 2 or more', $5),
            NULL::text,
            text 'Baskets with more distinct products are left out: the number of their pairs grows with its square.');
    ELSIF $6 < 1 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('min_baskets %s is not 1 or more', $6),
            NULL::text,
            text 'Products and pairs that are in fewer baskets are left out.');
    END IF;
    customer_term := @extschema@.cltv_plain_key($1, $2, text 'customer', name 'i');
    product_term := @extschema@.cltv_plain_key($1, $3, text 'item', name 'i');
    IF of_orders THEN
        order_term := @extschema@.cltv_plain_key($1, $4, text 'order_id', name 'i');
    END IF;
    FOR product, other, customers, baskets, support, confidence, lift, llr, p_value, total, skipped IN EXECUTE format(
        @extschema@.cltv_sql($query$
WITH line AS NOT MATERIALIZED (
    SELECT l.* FROM (SELECT %1$s AS customer, %2$s AS number, %3$s AS product FROM %4$s AS i) AS l
    WHERE l.customer IS NOT NULL AND l.product IS NOT NULL%5$s
), code AS MATERIALIZED (
    SELECT d.product, (row_number() OVER (ORDER BY d.product))::int AS id FROM (SELECT DISTINCT l.product FROM line AS l) AS d
), basket AS MATERIALIZED (
    SELECT l.customer, array_agg(DISTINCT c.id) AS ids FROM line AS l JOIN code AS c ON c.product = l.product
    GROUP BY l.customer, l.number
), known AS MATERIALIZED (
    SELECT u.id, c.product, count(*) AS n
    FROM (SELECT unnest(b.ids) AS id FROM basket AS b WHERE cardinality(b.ids) <= $1) AS u JOIN code AS c ON c.id = u.id
    GROUP BY u.id, c.product HAVING count(*) >= $2
), pair AS (
    %6$s
), whole AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE cardinality(b.ids) <= $1) AS total, count(*) FILTER (WHERE cardinality(b.ids) > $1) AS skipped
    FROM basket AS b
), compared AS (     -- Benjamini and Hochberg: of all pairs of products, of which those that hardly came together are not looked at
    SELECT p.one, p.two, p.customers, p.n, a.support, a.lift, a.llr,
           a.p_value * ((SELECT count(*) FROM known)::float8 * (SELECT count(*) - 1 FROM known) / 2)
               / row_number() OVER (ORDER BY a.llr DESC, p.one, p.two) AS p_value
    FROM pair AS p JOIN known AS x ON x.id = p.one JOIN known AS y ON y.id = p.two CROSS JOIN whole AS w
         CROSS JOIN LATERAL @cltv@.association(p.n, x.n, y.n, w.total) AS a
), judged AS (
    SELECT c.one, c.two, c.customers, c.n, c.support, c.lift, c.llr,
           least(1, min(c.p_value) OVER (ORDER BY c.llr, c.one DESC, c.two DESC ROWS UNBOUNDED PRECEDING)) AS p_value
    FROM compared AS c
)
SELECT format('%%s', x.product), format('%%s', y.product), j.customers, j.n, j.support, j.n / x.n::float8, j.lift, j.llr,
       j.p_value, w.total, w.skipped
FROM judged AS j CROSS JOIN LATERAL (VALUES (j.one, j.two), (j.two, j.one)) AS way (product, other)
     JOIN known AS x ON x.id = way.product JOIN known AS y ON y.id = way.other CROSS JOIN whole AS w
ORDER BY j.llr DESC, way.product, way.other$query$),
        customer_term, order_term, product_term, $1,
        CASE WHEN of_orders THEN ' AND l.number IS NOT NULL' END,
        -- Of orders, a customer may have several with both. The two are grouped apart: the hash of a bigint is that of the
        -- exclusive or of its halves, which pairs of small numbers share.
        replace(CASE WHEN of_orders THEN 'SELECT e.one, e.two, count(*) AS customers, sum(e.n)::bigint AS n FROM ('
            'SELECT (q.pair >> 32)::int AS one, (q.pair & 4294967295)::int AS two, count(*) AS n '
            'FROM (SELECT b.customer, @cltv@.cltv_pairs(b.ids) AS pair FROM basket AS b WHERE cardinality(b.ids) <= $1) AS q '
            'GROUP BY 1, 2, q.customer) AS e GROUP BY e.one, e.two HAVING sum(e.n) >= $2'
        ELSE 'SELECT (q.pair >> 32)::int AS one, (q.pair & 4294967295)::int AS two, count(*) AS customers, count(*) AS n '
            'FROM (SELECT @cltv@.cltv_pairs(b.ids) AS pair FROM basket AS b WHERE cardinality(b.ids) <= $1) AS q GROUP BY 1, 2 HAVING count(*) >= $2' END,
            '@cltv@', '@extschema@'))
        USING $5, $6
    LOOP
        IF large IS NULL THEN
            large := skipped;
            IF large > 0 THEN
                RAISE NOTICE USING MESSAGE = format('baskets of more than %s products are left out: %s', $5, large),
                    HINT = 'Raise max_items to include larger baskets; the number of pairs grows with its square.';
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION product_affinity(regclass, name, name, name, int, int) IS
'Returns which products are bought together, strongest first, two rows per pair.
items is a table or view with a row for each product that was bought, customer and item (the product) its
columns, of any type that can be sorted; a basket is all that a customer bought or, with order_id, an order; a
product counts once a basket. customers and baskets = those with both; support = baskets / total; confidence =
share of the baskets with product that hold other too; lift = that over the share of all baskets with other,
above 1 where they attract each other; llr = Dunning''s log-likelihood ratio against independence; p_value =
of that, adjusted by Benjamini and Hochberg for all pairs of products that were compared: of the pairs below
0.05 no more than 1 in 20 is to be expected by chance; total = baskets looked at, skipped = those of more than
max_items products, which are left out and told in a NOTICE; products and pairs in fewer than min_baskets
baskets are left out, rows with a NULL (or an empty text) too. max_items below 2, min_baskets below 1: error
22023; a missing column 42703, another type 42804, no right to read 42501; fewer than two products or another
NULL argument: no rows. Dunning 1993; Benjamini & Hochberg 1995.';

CREATE FUNCTION next_product(items regclass, customer name, item name, per_customer int DEFAULT 5, order_id name DEFAULT NULL,
                             max_items int DEFAULT 200, min_baskets int DEFAULT 5, max_p_value float8 DEFAULT 0.05,
                             OUT customer_id text, OUT rank int, OUT product text, OUT because text,
                             OUT confidence float8, OUT lower float8, OUT lift float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 10000000 ROWS 100000 SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF $1 IS NULL OR $2 IS NULL OR $3 IS NULL OR $4 IS NULL OR $6 IS NULL OR $7 IS NULL OR $8 IS NULL THEN
        RETURN;
    ELSIF $4 < 1 OR $4 > 1000 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('per_customer %s is not between 1 and 1000', $4),
            NULL::text,
            text 'It is the maximum number of products per customer.');
    ELSIF NOT ($8 >= 0 AND $8 <= 1) THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('max_p_value %s is not between 0 and 1', $8),
            NULL::text,
            text '0.05 keeps pairs that chance alone would produce at most 1 time in 20; 1 keeps all.');
    END IF;
    RETURN QUERY EXECUTE format(@extschema@.cltv_sql($query$
WITH pair AS (
    SELECT a.product COLLATE "C" AS product, a.other COLLATE "C" AS other, a.confidence, a.lift, s.lower,
           row_number() OVER (PARTITION BY a.product COLLATE "C" ORDER BY s.lower DESC, a.lift DESC, a.other COLLATE "C") AS place
    FROM @cltv@.product_affinity($1, $2, $3, $4, $5, $6) AS a
         CROSS JOIN LATERAL @cltv@.cltv_share_interval(a.baskets, round(a.baskets / a.confidence)::bigint, float8 '0.95') AS s
    WHERE a.lift > 1 AND a.p_value <= $8
), near AS MATERIALIZED (
    SELECT p.product, p.other, p.confidence, p.lift, p.lower FROM pair AS p WHERE p.place <= $7 + 20
), has AS MATERIALIZED (
    SELECT DISTINCT l.customer, l.product FROM (
        SELECT format('%%s', %1$s) COLLATE "C" AS customer, format('%%s', %2$s) COLLATE "C" AS product FROM %3$s AS i) AS l
    WHERE l.customer <> '' AND l.product <> ''
), best AS (
    SELECT DISTINCT ON (h.customer, n.other) h.customer, n.other, n.product, n.confidence, n.lower, n.lift
    FROM has AS h JOIN near AS n ON n.product = h.product
    WHERE NOT EXISTS (SELECT FROM has AS x WHERE x.customer = h.customer AND x.product = n.other)
    ORDER BY h.customer, n.other, n.lower DESC, n.lift DESC, n.product
), placed AS (
    SELECT b.*, (row_number() OVER (PARTITION BY b.customer ORDER BY b.lower DESC, b.lift DESC, b.other))::int AS place FROM best AS b
)
SELECT p.customer COLLATE "default", p.place, p.other COLLATE "default", p.product COLLATE "default", p.confidence, p.lower, p.lift
FROM placed AS p WHERE p.place <= $7 ORDER BY p.customer, p.place$query$),
        @extschema@.cltv_plain_key($1, $2, text 'customer', name 'i'), @extschema@.cltv_plain_key($1, $3, text 'item', name 'i'), $1)
        USING $1, $2, $3, $5, $6, $7, $4, $8;
END
$$;
COMMENT ON FUNCTION next_product(regclass, name, name, int, name, int, int, float8) IS
'Returns products that each customer may want next, from what similar customers bought.
Products that the customer has not bought yet, up to per_customer (1 to 1000): because = the product of the
customer''s that speaks most for it, confidence and lift = of that pair by product_affinity, lower = the lower
end of the 95 % interval of the confidence (Wilson), by which they are ranked, so that 2 of 2 does not beat 80
of 100; only pairs that attract each other with a p_value, adjusted for all comparisons, of at most
max_p_value; of each product the best per_customer + 20 others are looked at; customers without such a pair
have no rows; all other arguments and errors as in product_affinity.';

CREATE FUNCTION first_product_value(items regclass, customer name, item name, ordered_at name, amount name,
                                    horizon int DEFAULT 365, as_of date DEFAULT NULL, min_customers int DEFAULT 5,
                                    level float8 DEFAULT 0.95,
                                    OUT product text, OUT customers bigint,
                                    OUT repeat_rate float8, OUT repeat_lower float8, OUT repeat_upper float8,
                                    OUT later_value float8, OUT value_lower float8, OUT value_upper float8,
                                    OUT lift float8, OUT p_value float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 ROWS 100 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    lines text;
    until date := $7;
    unbounded text;
BEGIN
    IF $1 IS NULL OR $2 IS NULL OR $3 IS NULL OR $4 IS NULL OR $5 IS NULL OR $6 IS NULL OR $8 IS NULL OR $9 IS NULL THEN
        RETURN;
    ELSIF $6 < 1 OR $6 > 36525 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('horizon %s is not between 1 and 36525', $6),
            NULL::text,
            text 'It is how many days after the first purchase count: 365 for a year.');
    ELSIF $8 < 1 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('min_customers %s is not 1 or more', $8),
            NULL::text,
            text 'Products that fewer customers bought first are left out.');
    ELSIF NOT ($9 > 0 AND $9 < 1) THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('level %s is not between 0 and 1', $9),
            NULL::text,
            text 'Level is the probability that the interval covers the truth: 0.95 for 95 %.');
    END IF;
    PERFORM @extschema@.cltv_check_day($7, text 'as_of',
        text 'Pass the day up to which all orders are known, or NULL for the day of the newest one.');
    lines := format('SELECT l.* FROM (SELECT %s AS customer, %s AS product, %s AS ordered_at, %s AS amount FROM %s AS i) AS l '
                    'WHERE l.customer IS NOT NULL AND l.ordered_at IS NOT NULL',
                    @extschema@.cltv_plain_key($1, $2, text 'customer', name 'i'),
                    @extschema@.cltv_plain_key($1, $3, text 'item', name 'i'),
                    (SELECT c.term FROM @extschema@.cltv_source_column($1, $4, text 'ordered_at', name 'i') AS c),
                    (SELECT c.term FROM @extschema@.cltv_source_column($1, $5, text 'amount', name 'i') AS c), $1);
    SELECT b.last_day INTO STRICT until
    FROM @extschema@.cltv_orders_bounds(lines, $4, $5, $7, false, false, true) AS b;
    RETURN QUERY EXECUTE format(@extschema@.cltv_sql($query$
WITH line AS MATERIALIZED (
    SELECT l.customer, l.product, l.ordered_at::date AS day, l.amount, (l.amount < 0) IS NOT TRUE AS bought FROM (%1$s) AS l
    WHERE l.ordered_at::date <= $1
), began AS MATERIALIZED (
    SELECT l.customer, min(l.day) AS day FROM line AS l WHERE l.bought GROUP BY l.customer HAVING min(l.day) <= $1 - $2
), came AS MATERIALIZED (
    SELECT b.customer, b.day, coalesce(bool_or(l.bought), false) AS again, coalesce(@cltv@.exact_sum(l.amount), 0) AS value
    FROM began AS b LEFT JOIN line AS l ON l.customer = b.customer AND l.day > b.day AND l.day <= b.day + $2
    GROUP BY b.customer, b.day
), whole AS MATERIALIZED (
    SELECT count(*) AS n, count(*) FILTER (WHERE c.again) AS again FROM came AS c
), first AS (
    SELECT f.product, count(*) AS n, count(*) FILTER (WHERE c.again) AS again, @cltv@.exact_sum(c.value) / count(*) AS mean,
           array_agg(c.value) AS each
    FROM (SELECT DISTINCT l.customer, l.product FROM line AS l JOIN began AS b ON b.customer = l.customer AND b.day = l.day
          WHERE l.bought AND l.product IS NOT NULL) AS f JOIN came AS c ON c.customer = f.customer
    GROUP BY f.product HAVING count(*) >= $3
), compared AS (
    SELECT f.*, s.lower, s.upper, a.lift, a.llr,
           (SELECT sqrt(@cltv@.exact_sum((e.value - f.mean) ^ 2) / (f.n - 1)) FROM unnest(f.each) AS e (value) WHERE f.n > 1) AS deviation,
           a.p_value * count(*) OVER () / row_number() OVER (ORDER BY a.llr DESC, f.product) AS p
    FROM first AS f CROSS JOIN whole AS w CROSS JOIN LATERAL @cltv@.association(f.again, f.n, w.again, w.n) AS a
         CROSS JOIN LATERAL @cltv@.cltv_share_interval(f.again, f.n, $4) AS s
), judged AS (
    SELECT c.*, least(1, min(c.p) OVER (ORDER BY c.llr, c.product DESC ROWS UNBOUNDED PRECEDING)) AS p_value FROM compared AS c
)
SELECT format('%%s', j.product), j.n, j.again / j.n::float8, j.lower, j.upper, j.mean, m.lower, m.upper, j.lift, j.p_value
FROM judged AS j LEFT JOIN LATERAL @cltv@.cltv_mean_interval(j.mean, j.deviation, j.n, $4) AS m ON true
ORDER BY j.lower DESC, j.product$query$), lines)
        USING until, $6, $8::bigint, $9;
END
$$;
COMMENT ON FUNCTION first_product_value(regclass, name, name, name, name, int, date, int, float8) IS
'Returns which first products lead to repeat customers.
A row for each product that at least min_customers bought on the day of their first purchase, by the lower end
of its repeat rate: customers = those who did, among whom a horizon of so many days is over by as_of (NULL:
the newest plausible day); repeat_rate = share who bought anything again on a later day within the horizon,
with Wilson''s interval of that level; later_value = mean amount that they brought after the first day, net of
refunds, with Student''s; lift = repeat_rate over that of all customers; p_value = of the difference in repeat
rates against customers with another first product (Dunning''s log-likelihood ratio), adjusted by Benjamini
and Hochberg for all products; who bought several products that day counts with each. It is their outcomes,
not what the product did: other customers may be drawn by it. items has a row for each product that was
bought, with its amount and day; a negative amount is a refund, a NULL one unknown, rows with a NULL customer
or day are left out; numbers out of range are error 22023; a missing column 42703, another type 42804; NULL
other than as_of: no rows.';

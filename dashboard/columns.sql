-- What differs from one NAME to the next, as psql variables that are pieces of SQL:
-- carried      the columns of the table of customers that are words: channel, country, ..., as one array of text
-- carried_words  two parts of a WITH: carried, of each such column the eleven commonest words (one of too many, such as an
--              address, is none to choose by), and columns, those of which there are any
-- words_shown, words_held  the words of a customer c in these columns: as one may filter by them, and as they are
-- purchases, dropout, spend   the attributes that the models were fitted with, if any
-- least_group  groups of fewer customers are not shown: as the views were made, and ten where nobody is to be named
-- orders_query the orders, where this role may read them: without, money is known by customer and not by day

SELECT 'ARRAY[' || coalesce(string_agg(format('c.%I::text', a.attname), ', ' ORDER BY a.attnum), '') || ']::text[]' AS carried,
       coalesce(json_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL), '[]') AS carried_names
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = :'full_name'::regclass AND t.typcategory IN ('S', 'E', 'B') AND NOT a.attisdropped
    AND a.attnum > (SELECT tier.attnum FROM pg_attribute AS tier WHERE tier.attrelid = a.attrelid AND tier.attname = 'value_tier')
\gset
SELECT format($$carried AS (
    SELECT place, value
    FROM (SELECT place, value, row_number() OVER (PARTITION BY place ORDER BY count(*) DESC, value) AS rank,
                 count(*) OVER (PARTITION BY place) AS words
          FROM %I.%I AS c CROSS JOIN LATERAL unnest(%s) WITH ORDINALITY AS u (value, place)
          GROUP BY place, value) AS w
    WHERE words BETWEEN 2 AND 60 AND rank <= 11
), columns AS (
    SELECT place, name FROM json_array_elements_text(%L) WITH ORDINALITY AS n (name, place)
    WHERE place IN (SELECT place FROM carried)
)$$, :'schema', :'customers', :'carried', :'carried_names') AS carried_words,
       format($$ARRAY(SELECT CASE WHEN u.value IS NULL OR EXISTS (SELECT FROM carried AS k WHERE k.place = u.place AND k.value = u.value)
                                  THEN coalesce(u.value, '–') ELSE '…' END
                      FROM unnest(%s) WITH ORDINALITY AS u (value, place)
                      WHERE u.place IN (SELECT place FROM columns) ORDER BY u.place)$$, :'carried') AS words_shown,
       format($$(SELECT json_agg(n.value ORDER BY n.place) FROM unnest(%s) WITH ORDINALITY AS n (value, place)
                 WHERE n.place IN (SELECT place FROM columns))$$, :'carried') AS words_held
\gset

SELECT made ->> 'attributes' IS NOT NULL AS with_attributes, made ->> 'horizon' AS horizon, made ->> 'discount_rate' AS discount_rate, made ->> 'margin' AS margin,
       CASE WHEN (made ->> 'horizon')::float8 < 'infinity' THEN made ->> 'horizon' ELSE '' END AS finite_horizon,
       coalesce(to_regclass(made ->> 'orders') IS NOT NULL AND has_table_privilege(to_regclass(made ->> 'orders'), 'SELECT')
                AND has_schema_privilege((SELECT o.relnamespace FROM pg_class AS o WHERE o.oid = to_regclass(made ->> 'orders')),
                                         'USAGE'), false) AS orders_can_be_read,
       greatest(coalesce((made ->> 'min_group')::int, 1), CASE WHEN :most_customers = 0 THEN 10 ELSE 1 END) AS least_group,
       made ->> 'orders' AS orders, made ->> 'customer' AS orders_customer, made ->> 'ordered_at' AS ordered_at,
       made ->> 'amount' AS amount, coalesce(made ->> 'amounts', 'revenue') AS amounts,
       coalesce(made ->> 'order_id', '') AS order_id, coalesce(made ->> 'refund_of', '') AS refund_of, coalesce(made ->> 'refunds', 'subtract') AS refunds, made::text AS made
FROM :"extension".cltv_made_as(:'full_name'::regclass) AS made
\gset

\if :with_attributes
\set purchases 'CASE WHEN ''purchases'' = ANY (m.attributes) THEN c.attributes END'
\set dropout 'CASE WHEN ''dropout'' = ANY (m.attributes) THEN c.attributes END'
\set spend 'CASE WHEN ''spend'' = ANY (m.attributes) THEN c.attributes END'
\else
SELECT format('NULL::%I.features', :'extension') AS purchases, format('NULL::%I.features', :'extension') AS dropout,
       format('NULL::%I.features', :'extension') AS spend
\gset
\endif

\if :orders_can_be_read
SELECT s.query AS orders_query
FROM :"extension".cltv_orders_source(to_regclass(:'orders'), :'orders_customer', :'ordered_at', :'amount', true,
    NULL::name, NULL::name, text 'subtract', NULL::date, :'amounts') AS s
\gset
\else
SELECT format('SELECT c.%I AS customer, NULL::date AS ordered_at, NULL::float8 AS amount FROM %s AS c WHERE false',
              :'customer', :'full_name') AS orders_query
\gset
\endif

-- Where small groups are not shown, no customer is.
SELECT CASE WHEN :least_group > 1 THEN 0 ELSE :most_customers END AS most_customers
\gset

-- The groups that one filter makes, and two: of keys (key, place), numbered as the words of kinds (words, customers) are.
SELECT $$SELECT 1 AS filters, jsonb_build_object(a.key, w.value) AS of, sum(k.customers) AS customers, a.place AS i, w.value AS one, NULL::bigint AS j, NULL::text AS other
          FROM kinds AS k CROSS JOIN LATERAL unnest(k.words) WITH ORDINALITY AS w (value, place) JOIN keys AS a USING (place)
          GROUP BY a.key, a.place, w.value
          UNION ALL
          SELECT 2, jsonb_build_object(a.key, v.value, b.key, w.value), sum(k.customers), a.place, v.value, b.place, w.value
          FROM kinds AS k CROSS JOIN LATERAL unnest(k.words) WITH ORDINALITY AS v (value, place) JOIN keys AS a ON a.place = v.place
          CROSS JOIN LATERAL unnest(k.words) WITH ORDINALITY AS w (value, place) JOIN keys AS b ON b.place = w.place AND b.place > a.place
          GROUP BY a.key, a.place, v.value, b.key, b.place, w.value$$ AS one_or_two_filters
\gset

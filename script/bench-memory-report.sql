-- The tables of script/bench --memory, from what it measured.
\pset footer off
\pset linestyle unicode
\pset border 1
SELECT string_agg(format('round((max(seconds) FILTER (WHERE customers = %1$s) * 1e6 / %1$s)::numeric, 2) AS %2$I',
                         customers, to_char(customers, 'FM99,999,999')), ', ' ORDER BY customers) AS times,
       string_agg(format('round(max(kb) FILTER (WHERE customers = %1$s) / 1024.0) AS %2$I, '
                         'round((max(bytes) FILTER (WHERE customers = %1$s) / 1048576)::numeric) AS "formula%3$s"',
                         customers, to_char(customers, 'FM99,999,999'), repeat(' ', row::int)), ', ' ORDER BY customers)
           AS megabytes
FROM (SELECT customers, row_number() OVER (ORDER BY customers) AS row FROM measured GROUP BY customers) AS c \gset
SELECT to_char(customers, 'FM99,999,999') AS customers, to_char(orders, 'FM99,999,999') AS orders,
       to_char(distinct_customers, 'FM99,999,999') AS "distinct",
       to_char(distinct_spends, 'FM99,999,999') AS "distinct spends",
       to_char(distinct_totals, 'FM99,999,999') AS "distinct totals",
       round(stored::numeric, 1) AS "bytes a history", round(text::numeric, 1) AS "as text"
FROM sizes ORDER BY sizes.customers;
\echo Microseconds of processor time a customer
SELECT name AS "by customers", :times FROM measured JOIN queries USING (name) GROUP BY id, name ORDER BY id;
\echo Memory in MB, and what the formulas of docs/scaling.md say
SELECT name AS "by customers", :megabytes FROM measured JOIN queries USING (name) GROUP BY id, name ORDER BY id;

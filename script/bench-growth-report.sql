-- The tables of script/bench --growth, from what it measured.
\pset footer off
\pset linestyle unicode
\pset border 1
CREATE TEMPORARY VIEW report AS
SELECT step, part, to_char(customers, 'FM99,999,999') AS "customers", to_char(alike, 'FM99,999,999') AS "distinct",
       round(max(ms) FILTER (WHERE name = 'sums')::numeric, 1) AS "sums",
       round(max(ms) FILTER (WHERE name = 'bgnbd')::numeric, 1) AS "bgnbd_fit",
       round(max(kb) FILTER (WHERE name = 'bgnbd') / 1024.0) AS "MB",
       round(max(ms) FILTER (WHERE name = 'pnbd')::numeric, 1) AS "pnbd_fit",
       round(max(kb) FILTER (WHERE name = 'pnbd') / 1024.0) AS "MB ",
       to_char(alike_spend, 'FM99,999,999') AS "distinct spends",
       round(max(ms) FILTER (WHERE name = 'gg')::numeric, 1) AS "gg_fit",
       round(max(kb) FILTER (WHERE name = 'gg') / 1024.0) AS "MB  "
FROM growth GROUP BY step, part, customers, alike, alike_spend;

SELECT "customers", "distinct", "sums", "bgnbd_fit", "MB", "pnbd_fit", "MB ", "distinct spends", "gg_fit", "MB  "
FROM report WHERE part = 'customers' ORDER BY step;
SELECT "customers", "distinct", "sums", "bgnbd_fit", "MB", "pnbd_fit", "MB ", "distinct spends", "gg_fit", "MB  "
FROM report WHERE part = 'distinct' ORDER BY step;
\t on
SELECT format('%s_fit of %s customers, %s distinct: %s', name, customers, alike, answer)
FROM growth WHERE name <> 'sums' AND answer <> 'converged' ORDER BY step, name;

-- The table of script/bench, from what bench.sql timed and what script/bench saw of memory.
\pset footer off
\pset linestyle unicode
\pset border 1
WITH medians AS (
    SELECT name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms FROM timings WHERE run > 0 GROUP BY name
), compared AS (
    SELECT c.*, o.ms AS our_ms, b.ms AS beside_ms, o.ms / b.ms AS ratio
    FROM comparisons AS c JOIN medians AS o ON o.name = c.ours JOIN medians AS b ON b.name = c.beside
)
SELECT what AS "ours", round(our_ms::numeric) AS "ms", round(mo.kb / 1024.0) AS "MB",
       beside_what AS "beside it", round(beside_ms::numeric) AS "ms ", round(mb.kb / 1024.0) AS "MB ",
       round(ratio::numeric, 2) AS "ratio", round(at_most::numeric, 2) AS "target",
       CASE WHEN ratio <= at_most THEN 'yes' WHEN ratio > at_most THEN 'NO' END AS "met"
FROM compared LEFT JOIN memory AS mo ON mo.name = ours LEFT JOIN memory AS mb ON mb.name = beside
ORDER BY id;

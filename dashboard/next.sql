-- Who orders next, as NAME_next has it, where that view is there: how many by week, and the first of them.

SELECT to_regclass(format('%I.%I', :'schema', :'customers' || '_next')) IS NULL AS missing, :'customers' || '_next' AS next
\gset
\if :missing
\quit
\endif
WITH due AS MATERIALIZED (
    SELECT n.:"customer"::text AS id, n.segment, n.last_order, n.usual_gap, n.overdue, n.next_order, n.earliest, n.latest, t.as_of
    FROM :"schema".:"next" AS n CROSS JOIN (SELECT max(first_order + tenure::int) AS as_of FROM :"schema".:"customers") AS t
    WHERE n.next_order IS NOT NULL
)
SELECT json_build_object(
    'customers', (SELECT count(*) FROM due),
    'weeks', (SELECT coalesce(json_agg(json_build_object('week', week, 'first_day', first_day, 'customers', customers) ORDER BY week), '[]')
              FROM (SELECT (next_order - as_of - 1) / 7 + 1 AS week, as_of + 1 + 7 * ((next_order - as_of - 1) / 7) AS first_day, count(*) AS customers
                    FROM due GROUP BY 1, 2 HAVING count(*) >= :least_group ORDER BY 1 LIMIT 12) AS w),
    'first', (SELECT coalesce(json_agg(json_build_object('id', id, 'segment', segment, 'last', last_order, 'gap', round(usual_gap::numeric, 1),
                                                         'overdue', round(overdue::numeric, 2), 'next', next_order, 'from', earliest, 'to', latest)
                                       ORDER BY next_order, id), '[]')
              FROM (SELECT * FROM due ORDER BY next_order, id LIMIT least(:most_customers, 40)) AS d));

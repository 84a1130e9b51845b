-- The picture of docs/purchases/calendar.md: repeat purchases week by week as they came and as two models expected them, as SVG.
-- Made of the apparel orders of ../shared/data in a table orders (customer_id, ordered_at, amount):
--
--   psql -XqAt -f script/tracking-picture.sql >docs/images/season-tracking.svg
WITH tracked AS MATERIALIZED (
    SELECT model, week_end, actual, expected, holdout, week_end - date '2006-01-01' AS day
    FROM cltv_tracking('orders', 'customer_id', 'ordered_at', 'amount', '2007-12-31', '{mbgnbd,mbgnbd: season}', as_of => '2009-12-28')
    WHERE week_end >= '2006-01-01'
), points AS (
    SELECT CASE v.line WHEN 'came' THEN 'came' ELSE model END AS line, day,
           -- A week's purchases are few: what came is the mean of five weeks.
           CASE v.line WHEN 'came' THEN avg(actual) OVER (PARTITION BY model, v.line ORDER BY day ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING)
           ELSE expected END AS height
    FROM tracked, (VALUES ('came'), ('expected')) AS v (line) WHERE v.line = 'expected' OR model = 'mbgnbd'
), place AS (
    SELECT line, day, 50 + day * 740.0 / 1461 AS x, 250 - height * 220.0 / 20 AS y FROM points
), parts AS (
    SELECT 1 AS number, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 300" font-family="sans-serif" font-size="12">' || E'\n'
        || '<title>Repeat purchases a week of the apparel shop, as they came and as models expected them</title>' || E'\n'
        || '<rect width="820" height="300" fill="#fff"/>' || E'\n'
        || format('<rect x="%s" y="30" width="%s" height="220" fill="#f3f3f3"/>', round(50 + 729 * 740.0 / 1461, 1), round(732 * 740.0 / 1461, 1)) AS svg
    UNION ALL
    SELECT 2, string_agg(format('<path d="M50 %s H790" stroke="#ddd"/><text x="44" y="%s" text-anchor="end" fill="#555">%s</text>',
                                250 - n * 11, 254 - n * 11, n), E'\n' ORDER BY n)
    FROM generate_series(0, 20, 5) AS n
    UNION ALL
    SELECT 3, string_agg(format('<text x="%s" y="268" fill="#555">%s</text>', round(50 + (make_date(y, 1, 1) - date '2006-01-01') * 740.0 / 1461, 1), y), E'\n' ORDER BY y)
    FROM generate_series(2006, 2009) AS y
    UNION ALL
    SELECT 4, string_agg(format('<polyline points="%s" fill="none" stroke="%s" stroke-width="%s"/>', l.points, l.colour, l.width), E'\n' ORDER BY l.colour)
    FROM (SELECT string_agg(format('%s,%s', round(x, 1), round(y::numeric, 1)), ' ' ORDER BY day) AS points,
                 CASE line WHEN 'came' THEN '#999' WHEN 'mbgnbd' THEN '#d95f02' ELSE '#1b6ca8' END AS colour,
                 CASE line WHEN 'came' THEN 1.2 ELSE 2 END AS width
          FROM place GROUP BY line) AS l
    UNION ALL
    SELECT 5, string_agg(format('<path d="M%s 286 h24" stroke="%s" stroke-width="2"/><text x="%s" y="290" fill="#333">%s</text>', x, colour, x + 30, says), E'\n' ORDER BY x)
        || E'\n<text x="426" y="46" fill="#555">after the cut</text>\n</svg>'
    FROM (VALUES (50, '#999', 'came (mean of five weeks)'), (270, '#d95f02', 'MBG/NBD'), (400, '#1b6ca8', 'MBG/NBD with a season')) AS v (x, colour, says)
)
SELECT svg FROM parts ORDER BY number;

-- Days that no shop has known, as as_of of all that has one and reads a table: an error that says so, and at once.
SET client_min_messages = error;
SET statement_timeout = '10min'; -- of all calls below together, on a busy machine, too
SET DateStyle = 'ISO';
CREATE TABLE day_orders AS SELECT * FROM simulate_orders(bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), 100, '2023-01-01', '2024-06-30', 1);
CREATE TABLE day_subscriptions AS SELECT i AS customer_id, date '2023-01-01' + i AS started_on, CASE WHEN i % 3 = 0 THEN date '2024-01-01' + i END AS ended_on, 10.0 AS mrr FROM generate_series(1, 200) AS i;
CALL cltv_audience('day_list', 'SELECT DISTINCT customer_id FROM day_orders');
CREATE FUNCTION pg_temp.told(call text, day text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE replace(call, '?', quote_literal(day));
    RETURN 'no error';
EXCEPTION WHEN query_canceled OR OTHERS THEN
    RETURN concat_ws(' ', CASE WHEN SQLSTATE <> '22023' THEN SQLSTATE END, SQLERRM);
END $$;
-- Whatever has such an argument is called; one that needs an argument that is not in the list fails here.
CREATE TEMP TABLE calls AS
SELECT p.proname::text AS name,
       format('%s %s(%s, as_of => ?::date)', CASE p.prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT count(*) FROM' END, p.proname,
              (SELECT string_agg(format('%I => %s', a.name, coalesce(g.value, '!')), ', ' ORDER BY a.place)
               FROM unnest(p.proargnames[1:p.pronargs]) WITH ORDINALITY AS a (name, place)
               LEFT JOIN (VALUES ('name', '''far'''), ('orders', '''day_orders'''), ('items', '''day_orders'''), ('subscriptions', '''day_subscriptions'''),
                   ('customer', '''customer_id'''), ('item', '''amount'''), ('ordered_at', '''ordered_at'''), ('amount', '''amount'''),
                   ('started_on', '''started_on'''), ('ended_on', '''ended_on'''), ('mrr', '''mrr'''), ('cut', 'date ''2024-01-01'''), ('cutoff', 'date ''2024-01-01'''), ('audience', '''day_list'''), ('replace', 'true'),
                   ('models', '''{auto}'''), ('horizon', '90'), ('period', '''month'''), ('last', 'date ''2025-12-31''')) AS g (name, value) ON g.name = a.name
               WHERE a.name <> 'as_of' AND (a.place <= p.pronargs - p.pronargdefaults OR a.name = 'replace'))) AS call
FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'cltv'
WHERE 'as_of' = ANY (p.proargnames[1:p.pronargs]) AND p.prokind IN ('f', 'p')
    AND p.proargtypes[array_position(p.proargnames, 'as_of') - 1] = 'date'::regtype AND 'regclass'::regtype = ANY (p.proargtypes::oid[])
    AND obj_description(p.oid, 'pg_proc') !~ '^Internal';
SELECT name, call FROM calls WHERE call ~ '!' ORDER BY 1;
\x
SELECT c.name, pg_temp.told(c.call, '300000-01-01') AS too_late, pg_temp.told(c.call, '0044-03-15 BC') AS too_early, pg_temp.told(c.call, '-infinity') AS endless,
       pg_temp.told(c.call, '9999-12-31') AS year_9999, pg_temp.told(c.call, '2024-06-30') AS sound
FROM calls AS c ORDER BY 1;
\x
CALL cltv_drop('far', true);
CALL cltv_drop('day_list');
DROP TABLE day_orders, day_subscriptions;

-- lifetime: the first silence of so many days ends a lifetime, on its last day
\set ECHO none
\pset format unaligned
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

CREATE TABLE history AS SELECT id, purchase_history(day, 10.0::float8) AS h FROM (VALUES
    (1, date '2024-01-01'), (1, '2024-01-31'),
    (2, '2024-01-01'), (2, '2024-12-01'),
    (3, '2024-11-01'), (3, '2024-12-20'),
    (4, '2024-10-02'),
    (5, '2024-10-03'),
    (6, '2024-01-01'), (6, '2024-03-31'), (6, '2024-06-30')) p(id, day) GROUP BY id;
SELECT id, l.*, m.days AS days_30, m.ended AS ended_30
FROM history, lifetime(h, '2024-12-31') l, lifetime(h, '2024-12-31', 30) m ORDER BY id;
SELECT l.* FROM lifetime(NULL, '2024-12-31') l;
SELECT l.* FROM (SELECT purchase_history(date '2024-01-01', -5.0::float8) AS h) r, lifetime(h, '2024-12-31') l;
SELECT e.* FROM history, (VALUES ('%L, ''2024-01-05'''), ('%L, ''2024-12-31'', 0'), ('%L, ''infinity''')) v(args),
    error_of('SELECT lifetime(' || format(args, h) || ')') e WHERE id = 1;
SELECT survival_curve(days, ended) FROM history, lifetime(h, '2024-12-31');

DROP TABLE history;
DROP FUNCTION error_of(text);

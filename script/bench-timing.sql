-- What both tables of script/bench share: a session of one process, queries by name, and their times.
\set ON_ERROR_STOP on
\set QUIET on
SET max_parallel_workers_per_gather = 0;
SET jit = off;

CREATE TABLE queries (name text PRIMARY KEY, query text);
CREATE TABLE timings (run int, name text, ms float8, answer text);

-- The queries take turns; of what they answer, the first column of the first row is kept. Run 0 warms the caches and is
-- not counted.
CREATE PROCEDURE time_queries(runs int) LANGUAGE plpgsql AS $$
DECLARE
    q record;
    began timestamptz;
    answer text;
BEGIN
    FOR run IN 0 .. runs LOOP
        FOR q IN SELECT * FROM queries ORDER BY name LOOP
            began := clock_timestamp();
            EXECUTE q.query INTO answer;
            INSERT INTO timings VALUES (run, q.name, 1000 * extract(epoch FROM clock_timestamp() - began), answer);
        END LOOP;
        RAISE INFO '  run % of % done', run, runs;
    END LOOP;
END
$$;

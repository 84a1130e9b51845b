-- What both tables of script/bench share: a session of one process, queries by name, and their times.
\set ON_ERROR_STOP on
\set QUIET on
SET max_parallel_workers_per_gather = 0;
SET jit = off;

CREATE TABLE queries (name text PRIMARY KEY, query text);
CREATE TABLE timings (run int, name text, ms float8, answer text);

-- Of this session, in milliseconds, as Linux counts it: beside other work on the machine a clock would count that, too.
CREATE FUNCTION processor_ms() RETURNS float8 LANGUAGE sql VOLATILE AS $$
    SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 / 1e6
$$;

-- The queries take turns; of what they answer, the first column of the first row is kept. Run 0 warms the caches and is
-- not counted. What takes little is done up to three times at its turn, and the least time counts: where the query before
-- has used all caches, the first one measures these.
CREATE PROCEDURE time_queries(runs int) LANGUAGE plpgsql AS $$
DECLARE
    q record;
    began float8;
    ms float8;
    least_ms float8;
    answer text;
BEGIN
    FOR run IN 0 .. runs LOOP
        FOR q IN SELECT * FROM queries ORDER BY name LOOP
            least_ms := 'infinity';
            FOR again IN 1 .. 3 LOOP
                began := processor_ms();
                EXECUTE q.query INTO answer;
                ms := processor_ms() - began;
                least_ms := least(least_ms, ms);
                EXIT WHEN ms > 500;
            END LOOP;
            INSERT INTO timings VALUES (run, q.name, least_ms, answer);
        END LOOP;
        RAISE INFO '  run % of % done', run, runs;
    END LOOP;
END
$$;

-- One size of script/bench --views: from orders to all views and the night after, in one session and one process. Wants the
-- table measured and the psql variable customers; leaves nothing of the size behind.
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SET client_min_messages = warning;

-- What the session has used so far: processor time, bytes written to the log, bytes of temporary files.
CREATE FUNCTION pg_temp.used(OUT seconds float8, OUT wal pg_lsn, OUT temporary bigint) LANGUAGE sql VOLATILE AS $$
    SELECT (f[12]::bigint + f[13]::bigint) / 100.0, pg_current_wal_insert_lsn(),
           (SELECT d.temp_bytes FROM pg_stat_database AS d WHERE d.datname = current_database())
    FROM string_to_array(substring(pg_read_file('/proc/self/stat') FROM '\) (.*)'), ' ') AS f $$;
CREATE TEMP TABLE began (step text, seconds float8, wal pg_lsn, temporary bigint, at timestamptz);

CREATE PROCEDURE pg_temp.starts(step text) LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    PERFORM pg_stat_force_next_flush() WHERE current_setting('server_version_num')::int >= 150000;
    COMMIT;
    PERFORM pg_stat_clear_snapshot();
    INSERT INTO began SELECT step, u.*, clock_timestamp() FROM pg_temp.used() AS u;
END $$;
CREATE PROCEDURE pg_temp.ends(customers bigint) LANGUAGE plpgsql AS $$
BEGIN
    COMMIT;
    PERFORM pg_stat_force_next_flush() WHERE current_setting('server_version_num')::int >= 150000;
    COMMIT;
    PERFORM pg_stat_clear_snapshot();
    INSERT INTO measured
    SELECT customers, b.step, u.seconds - b.seconds, extract(epoch FROM clock_timestamp() - b.at), u.wal - b.wal, u.temporary - b.temporary,
           substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::bigint
    FROM began AS b, pg_temp.used() AS u;
    TRUNCATE began;
END $$;

CREATE TABLE growing AS
SELECT customer_id, ordered_at, amount
FROM simulate_orders(bgnbd_model(r => 1, alpha => 36, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
                     :customers, date '2023-01-01', date '2024-12-31', 1)
ORDER BY ordered_at, customer_id;
-- The night: about one order of a hundred is of the last five days.
CREATE TABLE coming AS SELECT * FROM growing WHERE ordered_at > date '2024-12-26';
DELETE FROM growing WHERE ordered_at > date '2024-12-26';
CREATE INDEX ON growing (ordered_at);
VACUUM ANALYZE growing;
INSERT INTO measured SELECT :customers, 'orders', count(*) FROM growing;
INSERT INTO measured SELECT :customers, 'new orders', count(*) FROM coming;

CALL pg_temp.starts('by hand');
CREATE TABLE by_hand AS
SELECT customer_id, count(*) AS orders, count(DISTINCT ordered_at) AS days, min(ordered_at) AS first, max(ordered_at) AS last,
       sum(amount) AS revenue
FROM growing GROUP BY customer_id;
CALL pg_temp.ends(:customers);
DROP TABLE by_hand;

CALL pg_temp.starts('all views');
CALL cltv_materialize('grown', 'growing', incremental => true);
CALL pg_temp.ends(:customers);
INSERT INTO measured
SELECT :customers, 'bytes of views', sum(pg_total_relation_size(c.oid)) FROM pg_class AS c WHERE c.relname ~ '^grown' AND c.relkind IN ('r', 'm');

INSERT INTO growing TABLE coming;
VACUUM ANALYZE growing;
CALL pg_temp.starts('the night');
CALL cltv_refresh('grown');
CALL pg_temp.ends(:customers);

CALL cltv_drop('grown');
DROP TABLE growing, coming;

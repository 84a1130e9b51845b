-- What the aggregates keep: their states within the bytes that docs/performance.md promises, at any number of rows.
\set ECHO none
\pset format unaligned
SET client_min_messages = warning;
CREATE SCHEMA memory;
SET search_path = memory, public;
SET DateStyle = ISO;

CREATE FUNCTION power_of_two(bytes numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    'SELECT (2 ^ ceil(log(2, bytes)))::bigint';

-- Bytes of a state after n distinct rows, and of the value that comes of it.
CREATE TABLE promises (state text, in_memory text, stored text);
INSERT INTO promises VALUES
('purchase_history', 'greatest(128, power_of_two(80 + 4 * n))',             '80 + 4 * n'),
('customer_base',    'greatest(256, power_of_two(32 + 32 * ceil(n / 0.75)))', '32 + 32 * n'),
('regular_base',     'greatest(256, power_of_two(32 + 40 * ceil(n / 0.75)))', NULL),
('spend_base',       'greatest(256, power_of_two(32 + 32 * ceil(n / 0.75)))', '32 + 32 * n'),
('customer_base[]',  '24 + n * (32 + 32)',                                   NULL),
('contract_base',    'greatest(256, power_of_two(32 + 24 * ceil(n / 0.75)))', '32 + 24 * n'),
('feature_base',     '136 + 24 + 4 * 32 + 32 + greatest(4, power_of_two(n + 1)) * (3 * 8 + 16 + 56)',
                     '136 + 24 + 64 + n * (3 * 8 + 40)'),
('calendar_base',    '56 + greatest(256, power_of_two(32 + 32 * ceil(n / 0.75)))', '56 + 32 + 32 * n'),
('calendar_base with attributes',
                     '56 + 256 + 136 + 8 + 4 * 32 + 32 + greatest(4, power_of_two(n + 1)) * (2 * 8 + 16 + 56)',
                     '56 + 32 + 136 + 8 + n * (2 * 8 + 40)'),
('survival_curve',   'greatest(256, power_of_two(32 + 24 * ceil(n / 0.75)))', '32 + 24 * n'),
('survival_base',    'greatest(256, power_of_two(32 + 40 * ceil(n / 0.75)))', '32 + 40 * n'),
('metrics_base',     'greatest(256, power_of_two(32 + 48 * ceil(n / 0.75)))', NULL),
('score_base',       'greatest(256, power_of_two(24 + 16 * n))',             '24 + 16 * n'),
('series_base',      'greatest(256, power_of_two(32 + 16 * n))',             '32 + 16 * n'),
('rfm_base',         'greatest(256, power_of_two(16 + 24 * n))',             '16 + 24 * n'),
('experiment_base',  '1024',                                                 '16 + 320'),
('confusion_matrix', '40',                                                   NULL),
('exact_sum',        '16',                                                   NULL);

-- Arguments by their types, distinct for distinct i.
CREATE TABLE arguments (types text PRIMARY KEY, row text);
INSERT INTO arguments VALUES
('date, double precision', $$date '2000-01-01' + i, 1$$),
('date, double precision, date', $$date '2000-01-01' + i, 1, date '2400-01-01'$$),
('date, double precision, text', $$date '2000-01-01' + i, 1, 'signed'$$),
('date, double precision, date, text', $$date '2000-01-01' + i, 1, date '2400-01-01', 'signed'$$),
('timestamp without time zone, double precision', $$timestamp '2000-01-01' + i * interval '1 day', 1$$),
('timestamp without time zone, double precision, date', $$timestamp '2000-01-01' + i * interval '1 day', 1, date '2400-01-01'$$),
('timestamp without time zone, double precision, text', $$timestamp '2000-01-01' + i * interval '1 day', 1, 'signed'$$),
('timestamp without time zone, double precision, date, text', $$timestamp '2000-01-01' + i * interval '1 day', 1, date '2400-01-01', 'signed'$$),
('timestamp with time zone, double precision', $$timestamptz '2000-01-01' + i * interval '1 day', 1$$),
('timestamp with time zone, double precision, date', $$timestamptz '2000-01-01' + i * interval '1 day', 1, date '2400-01-01'$$),
('timestamp with time zone, double precision, text', $$timestamptz '2000-01-01' + i * interval '1 day', 1, 'signed'$$),
('timestamp with time zone, double precision, date, text', $$timestamptz '2000-01-01' + i * interval '1 day', 1, date '2400-01-01', 'signed'$$),
('date, double precision, double precision', $$date '2000-01-01', i, i$$),
('date, double precision, double precision, integer', $$date '2000-01-01', i, i, 5$$),
('timestamp without time zone, double precision, double precision', $$timestamp '2000-01-01', i, i$$),
('timestamp without time zone, double precision, double precision, integer', $$timestamp '2000-01-01', i, i, 5$$),
('timestamp with time zone, double precision, double precision', $$timestamptz '2000-01-01', i, i$$),
('timestamp with time zone, double precision, double precision, integer', $$timestamptz '2000-01-01', i, i, 5$$),
('text, double precision', $$'a', i$$),
('double precision, boolean, boolean', 'i, false, true'),
('double precision, boolean, boolean, text', $$i, false, true, 'a'$$),
('double precision, text, integer, integer', $$1, 'a', i, 7$$),
('text, double precision, double precision', $$'a', i, 2 * i$$),
('integer', 'i % 11'),
('text, double precision, double precision, double precision', $$'a', i, 1, 0.5$$),
('boolean, double precision, text', $$false, i, 'a'$$),
('boolean, double precision, text, double precision', $$false, i, 'a', 2$$),
('double precision, boolean', 'i, false'),
('double precision, boolean, double precision', 'i, false, 2'),
('double precision, boolean, double precision, double precision', 'i, false, 2, 0'),
('double precision, boolean, text', $$i, false, 'a'$$),
('double precision, boolean, text, text', $$i, false, 'a', 'b'$$),
('bigint, double precision, double precision, integer', '0, 0, i, 2'),
('double precision, double precision, double precision, integer', '0, 0, i, 2'),
('bigint, double precision', '1, i'),
('bigint, double precision, double precision', '0, 0, i'),
('boolean, double precision', 'true, i'),
('boolean, double precision, double precision', 'true, i, 0.5'),
('double precision', 'i'),
('double precision, double precision', '1, i'),
('double precision, double precision, double precision, double precision', '0, 0, i, 2'),
('bigint, double precision, double precision, features', $$0, 0, i, ('{"a":' || i || '}')::features$$),
('bigint, double precision, double precision, features, features', $$0, 0, i, NULL, ('{"a":' || i || ',"b":1}')::features$$),
('double precision, double precision, double precision, features', $$0, 0, i, ('{"a":' || i || '}')::features$$),
('double precision, double precision, double precision, features, features', $$0, 0, i, NULL, ('{"a":' || i || ',"b":1}')::features$$),
('double precision, double precision, double precision, features, double precision', $$0, 0, i, ('{"a":' || i || '}')::features, 2$$),
('double precision, double precision, double precision, features, features, double precision', $$0, 0, i, NULL, ('{"a":' || i || ',"b":1}')::features, 2$$),
('calendar_base', $$('{"as_of":"2200-01-01","calendar":{"first":"2024-01-01","last":"2024-12-31","parts":[{"rule":"months"}]},"customers":1,"purchases":[],"rows":[[0,"'
    || date '2001-01-01' + i || '","' || date '2001-01-01' + i || '",1]]}')::calendar_base$$),
('date, features', $$date '2000-01-01' + i, ('{"a":' || i || '}')::features$$),
('bigint, double precision, features', $$1, i, ('{"a":' || i || '}')::features$$),
('double precision, double precision, features', $$1, i, ('{"a":' || i || '}')::features$$),
('double precision, double precision, features, double precision', $$1, i, ('{"a":' || i || '}')::features, 2$$),
('double precision, boolean, features', $$i, false, ('{"a":' || i || '}')::features$$),
('double precision, boolean, features, double precision', $$i, false, ('{"a":' || i || '}')::features, 2$$),
('double precision, boolean, features, double precision, double precision', $$1 + i, false, ('{"a":' || i || '}')::features, 2, 1$$),
('double precision, boolean, features, text', $$i, false, ('{"a":' || i || '}')::features, 'weibull'$$),
('double precision, boolean, features, text, double precision', $$i, false, ('{"a":' || i || '}')::features, 'weibull', 2$$),
('double precision, boolean, features, text, double precision, double precision', $$1 + i, false, ('{"a":' || i || '}')::features, 'weibull', 2, 1$$),
('double precision, boolean, features, text, double precision, double precision, text', $$1 + i, false, ('{"a":' || i || '}')::features, 's', 2, 1, 'c'$$),
('double precision, features', $$i, ('{"a":' || i || '}')::features$$),
('double precision, features, double precision', $$i, ('{"a":' || i || '}')::features, 2$$),
('double precision, features, double precision, double precision', $$i, ('{"a":' || i || '}')::features, 2, 0.5$$),
('double precision, features, double precision, double precision, text', $$i, ('{"a":' || i || '}')::features, 2, 0.5, 'c'$$),
('text, double precision, features', $$'c', i, ('{"a":' || i || '}')::features$$),
('features', $$('{"a":' || i || '}')::features$$),
('features, double precision', $$('{"a":' || i || '}')::features, 2$$),
('boolean, features', $$true, ('{"a":' || i || '}')::features$$),
('boolean, features, double precision', $$true, ('{"a":' || i || '}')::features, 2$$),
('boolean, features, double precision, double precision', $$true, ('{"a":' || i || '}')::features, 2, 0.5$$),
('boolean, features, double precision, double precision, text', $$true, ('{"a":' || i || '}')::features, 2, 0.5, 'c'$$),
('text', $$'a'$$), ('bigint', '1'), ('uuid', $$'8f14e45f-ceea-167a-5a36-dedd4bea2543'$$), ('uuid, double precision', $$'8f14e45f-ceea-167a-5a36-dedd4bea2543', i$$),
('text, text', $$'a', 'b'$$), ('bigint, text', $$1, 'b'$$), ('uuid, text', $$'8f14e45f-ceea-167a-5a36-dedd4bea2543', 'b'$$), ('features, text', $$'{"a":1}'::features, 'b'$$),
('feature_base', $$('{"customers":1,"targets":"orders","columns":[{"role":"purchases","name":"a","kind":"number"}],"attributes":[[' || i || ']],"rows":[[0,0,0,' || i || ',1]]}')::feature_base$$),
('customer_base', $$('{"customers":1,"rows":[[0,0,' || i || ',1]]}')::customer_base$$),
('spend_base', $$('{"customers":1,"without_spend":0,"rows":[[1,' || i || ',0,1]]}')::spend_base$$),
('experiment_base', $$('{"companion":"none","zero_one":false,"variants":[{"variant":"a","customers":1,"skipped":0,"y":[46,' || i || ',0,0,0,0],"yy":[46,1,0,0,0,0]}]}')::experiment_base$$),
('contract_base', $$('{"customers":1,"rows":[[' || i || ',0,1]]}')::contract_base$$),
('survival_curve', $$('{"customers":1,"rows":[[' || i || ',1,1]]}')::survival_curve$$),
('series_base', $$('{"family":"auto","period":"recognised","as_of":null,"rows":[["' || date '2000-01-01' + i || '",1]]}')::series_base$$),
('score_base', $$('{"top":null,"rows":[[' || i || ',1]]}')::score_base$$),
('rfm_base', $$('{"time":"date","bins":null,"customers":1,"rows":[["2024-01-01",' || i || ',1]]}')::rfm_base$$);

-- Three numbers mean something else to each.
CREATE FUNCTION arguments_of(aggregate regprocedure) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN proname = 'policy_base' THEN 'i, 0.5, 0.5' || CASE types WHEN 'double precision, double precision, double precision' THEN '' ELSE ', NULL' END
           WHEN types = 'double precision, double precision, double precision' THEN
               CASE WHEN proname IN ('spend_base', 'gg_fit', 'lognormal_fit', 'own_fit', 'spend_fit') THEN '1, i, 2' WHEN proname = 'lift' THEN '1, i, 0.1'
               ELSE '0, 0, i' END
           -- Of categories a level each is more: by how much, says docs/scaling.md.
           WHEN types = 'features' AND proname IN ('anonymity_base', 'k_anonymity') THEN $row$'{"a":1}'::features$row$
           WHEN proname = 'acquisition_fit' THEN 'date ''2000-01-01'' + i' || CASE types WHEN 'date' THEN '' ELSE ', NULL' END
           WHEN proname IN ('series_base', 'forecast_fit') THEN 'date ''2000-01-01'' + i, 1'
               || CASE types WHEN 'date, double precision' THEN '' WHEN 'date, double precision, text' THEN ', ''ets'''
               WHEN 'date, double precision, text, date' THEN ', ''ets'', NULL' ELSE ', ''ets'', NULL, ''year''' END
           WHEN proname = 'revenue_share' AND types = 'double precision, double precision' THEN 'i, 0.1'
           WHEN types LIKE 'purchase_history, date, calendar%' THEN
               $r$('{"orders":1,"first_spend":[1,0],"repeat_spend":[0,0],"refunds":[0,0],"last_row":"' || date '2001-01-01' + i || '","days":["'
                   || date '2001-01-01' + i || '"]}')::purchase_history, date '2200-01-01', calendar_months('2024-01-01', '2024-12-31')$r$
               || CASE types WHEN 'purchase_history, date, calendar, features' THEN $r$, ('{"a":' || i || '}')::features$r$
                   WHEN 'purchase_history, date, calendar, features, features' THEN $r$, NULL, ('{"a":' || i || ',"b":1}')::features$r$
                   ELSE '' END
           WHEN proname = 'regularity' THEN
               $row$('{"orders":3,"first_spend":[1,0],"repeat_spend":[2,0],"refunds":[0,0],"last_row":"2024-01-04",'
                   '"days":["2024-01-01","2024-01-02","2024-01-04"]}')::purchase_history$row$
           WHEN types LIKE 'purchase_history%' THEN
               format('(''{"orders":1,"first_spend":[%s,0],"repeat_spend":[0,0],"refunds":[0,0],"last_row":"%s","days":["%s"]}'')'
                      '::purchase_history', CASE proname WHEN 'rollup' THEN '1' ELSE ''' || i || ''' END, day, day)
               || CASE types WHEN 'purchase_history' THEN '' ELSE ', date ''2400-01-01''' END
               || CASE types WHEN 'purchase_history, date, integer' THEN CASE WHEN proname LIKE '%cnbd_fit' THEN ', 5' ELSE ', 365' END ELSE '' END
           ELSE (SELECT row FROM arguments WHERE arguments.types = t.types) END
    FROM (SELECT proname, oidvectortypes(proargtypes) AS types,
                 CASE proname WHEN 'rollup' THEN ''' || date ''2000-01-01'' + i || ''' ELSE '2024-01-01' END AS day
          FROM pg_proc WHERE oid = aggregate) AS t
$$;

-- The bytes of the state of an aggregate after n rows, as it lies in memory: an aggregate that ends with its state.
CREATE FUNCTION state_bytes(aggregate regprocedure, n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    bytes bigint;
BEGIN
    EXECUTE (SELECT format('CREATE AGGREGATE state_of(%s) (SFUNC = %s, STYPE = %s)', oidvectortypes(proargtypes), aggtransfn,
                           aggtranstype::regtype)
             FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = aggfnoid WHERE aggfnoid = aggregate::oid);
    EXECUTE format('SELECT pg_column_size(state_of(%s)) FROM generate_series(1, $1) AS i', arguments_of(aggregate))
        INTO bytes USING n;
    EXECUTE (SELECT format('DROP AGGREGATE state_of(%s)', oidvectortypes(proargtypes)) FROM pg_proc WHERE oid = aggregate::oid);
    RETURN bytes;
END $$;

CREATE FUNCTION value_bytes(aggregate regprocedure, n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    bytes bigint;
BEGIN
    EXECUTE format('SELECT pg_column_size(%s(%s)) FROM generate_series(1, $1) AS i', aggregate::oid::regproc,
                   arguments_of(aggregate)) INTO bytes USING n;
    RETURN bytes;
END $$;

CREATE FUNCTION promised(formula text, n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    bytes bigint;
BEGIN
    EXECUTE format('SELECT (%s)::bigint FROM (VALUES ($1::numeric)) AS v (n)', formula) INTO bytes USING n;
    RETURN bytes;
END $$;

\echo '-- Every aggregate of the extension, by one of each transition function.'
CREATE TABLE measured AS
SELECT a.state, n, state_bytes(a.aggregate, n) AS bytes, CASE WHEN a.gives_state THEN value_bytes(a.aggregate, n) END AS value,
       a.gives_state, a.declared, a.aggregate
FROM (SELECT DISTINCT ON (aggtransfn, gives_state) *
      FROM (SELECT aggfnoid::oid::regprocedure AS aggregate, aggtransfn,
                   aggtranstype::regtype::text
                   || CASE WHEN oidvectortypes(proargtypes) LIKE '%calendar, features%' THEN ' with attributes' ELSE '' END AS state,
                   prorettype = aggtranstype AS gives_state, aggtransspace AS declared
            FROM pg_aggregate JOIN pg_proc AS p ON p.oid = aggfnoid
            JOIN pg_depend AS d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e') AS all_of_them
      ORDER BY aggtransfn, gives_state, aggregate::text COLLATE "C") AS a, (VALUES (1), (1000), (20000)) AS sizes (n);
SELECT state, n, count(*) AS aggregates, min(bytes) AS least, max(bytes) AS most, max(promised(in_memory, n)) AS promised,
       bool_and(bytes <= promised(in_memory, n)) AS kept
FROM measured LEFT JOIN promises USING (state) GROUP BY state, n ORDER BY state COLLATE "C", n;
SELECT state, n, min(value) AS least, max(value) AS most, max(promised(stored, n)) AS promised
FROM measured LEFT JOIN promises USING (state) WHERE gives_state GROUP BY state, n ORDER BY state COLLATE "C", n;

\echo '-- What an aggregate says that a group takes, so that work_mem is kept, is no less than it takes at first; 0 is the'
\echo '-- length of the type.'
SELECT aggregate, bytes, declared FROM measured WHERE n = 1 AND declared < bytes + 16 AND declared > 0;

\echo '-- Those of which no aggregate gives the state grow by combining no more than by rows.'
CREATE AGGREGATE combined(score_base) (SFUNC = score_base_combine, STYPE = score_base);
SELECT n, pg_column_size(combined(('{"top":null,"rows":[[' || i || ',1]]}')::score_base)) AS bytes
FROM (VALUES (1), (1000), (20000)) AS sizes (n), generate_series(1, n) AS i GROUP BY n ORDER BY n;

\echo '-- Values that do not grow; where float8 may lie at every 4 bytes, as on 32 bits, the last is smaller'
SELECT pg_column_size(bgnbd_model(1, 1, 1, 1)) AS bgnbd, pg_column_size(gg_model(1, 2, 1)) AS gg,
       pg_column_size(rfm_breaks(date '2024-01-01', i::bigint, i::float8))
           = CASE (SELECT max_data_alignment FROM pg_control_init()) WHEN 8 THEN 248 ELSE 236 END AS breaks
FROM generate_series(1, 1000) AS i;

\echo '-- Beyond a value''s 1 GB: an error that says what to do. The first of the two bases only claims to be full; those that are'
\echo '-- made in earnest need minutes and gigabytes: test/server/t/022_value_limit.pl.'
CREATE TYPE forged;
CREATE FUNCTION forged_in(cstring) RETURNS forged AS 'byteain' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION forged_out(forged) RETURNS cstring AS 'byteaout' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE forged (INPUT = forged_in, OUTPUT = forged_out, ALIGNMENT = double);
CREATE CAST (forged AS score_base) WITHOUT FUNCTION;
CREATE CAST (forged AS rfm_base) WITHOUT FUNCTION;
CREATE AGGREGATE combined(rfm_base) (SFUNC = rfm_base_combine, STYPE = rfm_base);
CREATE FUNCTION outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE, SQLERRM, detail, hint);
END $$;
SELECT outcome($$SELECT combined(part) FROM (VALUES ('\x01000000beffff03beffff030000000000000000'::forged::score_base),
                                                    ('{"top":null,"rows":[[1,1]]}')) AS parts (part)$$);
SELECT outcome($$SELECT combined(part) FROM (VALUES ('\x010000007faaaa027faaaa02'::forged::rfm_base),
    ('{"time":"date","bins":null,"customers":1,"rows":[["2024-01-01",1,1]]}')) AS parts (part)$$);

SET client_min_messages = error;
DROP SCHEMA memory CASCADE;

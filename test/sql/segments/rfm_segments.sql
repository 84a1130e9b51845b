-- rfm_segments, rfm_rules and rfm_segment by rules
\set ECHO none
\pset format unaligned
SELECT rank, segment, cells, codes FROM rfm_segments;
SELECT rank, profile, action FROM rfm_segments;

\echo '-- All 125 cells: one row has the code, and the words say the same: which recency, and which mean of f and m.'
CREATE TABLE cells AS
SELECT r, f, m, (f + m + 1) / 2 AS fm, rfm_segment(r, f, m) AS segment
FROM generate_series(1, 5) r, generate_series(1, 5) f, generate_series(1, 5) m;
SELECT count(*) AS cells, count(DISTINCT s.segment) AS segments, count(*) FILTER (WHERE s.segment <> c.segment) AS wrong
FROM cells c JOIN rfm_segments s ON 100 * r + 10 * f + m = ANY (codes);
WITH words AS (
    SELECT segment, cell[1]::int AS r_least, coalesce(cell[2], cell[1])::int AS r_most,
           cell[3]::int AS fm_least, coalesce(cell[4], cell[3])::int AS fm_most
    FROM rfm_segments, regexp_matches(cells, 'recency (\d)(?: to (\d))?, mean of frequency and money (\d)(?: to (\d))?', 'g') cell
)
SELECT count(*) AS cells, count(DISTINCT w.segment) AS segments, count(*) FILTER (WHERE w.segment <> c.segment) AS wrong
FROM cells c JOIN words w ON r BETWEEN r_least AND r_most AND fm BETWEEN fm_least AND fm_most;
SELECT string_agg(rank::text, ',' ORDER BY rank) AS ranks, count(DISTINCT segment) AS segments FROM rfm_segments;
\echo '-- Everybody may read it.'
CREATE ROLE cltv_reader;
SET ROLE cltv_reader;
SELECT count(*) FROM rfm_segments;
RESET ROLE;
DROP ROLE cltv_reader;

\echo '-- The usual rules as jsonb are those of rfm_segment without rules, in any order, for none overlaps another.'
SELECT rule FROM jsonb_array_elements(rfm_rules()) rule;
SELECT count(*) AS cells, count(*) FILTER (WHERE rfm_segment(r, f, m, rfm_rules()) <> segment) AS wrong,
       count(*) FILTER (WHERE rfm_segment(r, f, m, (SELECT jsonb_agg(rule ORDER BY n DESC)
                                                    FROM jsonb_array_elements(rfm_rules()) WITH ORDINALITY q (rule, n)))
                              <> segment) AS wrong_backwards
FROM cells;

\echo '-- Rules of one''s own: the first that fits; a score or a range; a key left out fits any; all keys together.'
SELECT r, f, m, rfm_segment(r, f, m, '[{"segment": "VIP", "r": [4, 5], "f": [4, 5], "m": 5}, {"segment": "Big \"one\"", "m": 5},
                                       {"segment": "Regular", "fm": [3, 4], "r": [3, 5]}, {"segment": "Other"}]')
FROM (VALUES (5, 4, 5), (4, 5, 5), (3, 5, 5), (5, 3, 5), (1, 1, 5), (5, 3, 2), (5, 4, 4), (3, 1, 4), (2, 4, 4), (5, 1, 2), (1, 1, 1)) c (r, f, m);
SELECT rfm_segment(r, f, m, '[{"segment": "all"}]') AS segment, count(*) FROM cells GROUP BY 1;
SELECT rfm_segment(r, f, m, '[{"segment": "all"}, {"segment": "never", "r": 1}]') AS segment, count(*) FROM cells GROUP BY 1;
SELECT rfm_segment(5, 5, 5, '[{"segment": "a", "r": 5.0, "f": [5, 5]}, {"segment": "b", "r": 1e0}, {"segment": "c"}]');
SELECT rfm_segment(5::smallint, 5::smallint, 5::smallint, rfm_rules());
SELECT rfm_segment(NULL, 1, 1, rfm_rules()) IS NULL AND rfm_segment(1, 1, NULL, rfm_rules()) IS NULL
       AND rfm_segment(1, 1, 1, NULL) IS NULL AS null_gives_null;

\echo '-- Other rules in every row, and rules in a variable of a loop: each call goes by its own.'
SELECT n, rfm_segment(1, 1, 1, rules) FROM (VALUES
    (1, '[{"segment": "a"}]'::jsonb), (2, '[{"segment": "b"}]'), (3, '[{"segment": "b"}]'), (4, '[{"segment": "a"}]')) v (n, rules) ORDER BY n;
CREATE FUNCTION segments_in_a_loop() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    rules jsonb;
    segments text := '';
BEGIN
    FOR i IN 1 .. 3 LOOP
        rules := jsonb_build_array(jsonb_build_object('segment', 's' || i));
        segments := segments || rfm_segment(1, 1, 1, rules);
    END LOOP;
    RETURN segments;
END $$;
SELECT segments_in_a_loop();
\echo '-- Rules kept out of line and compressed.'
CREATE TABLE playbooks (rules jsonb);
INSERT INTO playbooks SELECT jsonb_agg(jsonb_build_object('segment', format('cell %s%s%s %s', r, f, m, repeat('x', 50)), 'r', r, 'f', f, 'm', m))
FROM cells;
SELECT pg_column_size(rules) < length(rules::text) / 3 AS compressed, count(DISTINCT rfm_segment(r, f, m, rules)) AS segments,
       count(*) FILTER (WHERE rfm_segment(r, f, m, rules) NOT LIKE format('cell %s%s%s x%%', r, f, m)) AS wrong
FROM playbooks, cells GROUP BY rules;

\echo '-- Errors.'
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
SELECT v.rules, e.* FROM (VALUES
    ('[]'), ('{}'), ('null'), ('7'), ('"Champions"'), ('[7]'), ('[[]]'), ('[{"segment": "a"}, null]'), ('[{}]'),
    ('[{"segment": "a", "r": [2, 5]}]'), ('[{"segment": "a", "r": [1, 4]}, {"segment": "b", "f": [1, 3]}, {"segment": "c", "m": [1, 4]}]'),
    ('[{"segment": "a", "fm": [1, 4]}]'),
    ('[{"segment": "a"}, {"r": 1}]'), ('[{"segment": "", "r": 1}]'), ('[{"segment": 1}]'), ('[{"segment": null}]'),
    ('[{"segment": "a", "R": 1}]'), ('[{"segment": "a"}, {"segment": "b", "recency": 1}]'), ('[{"segment": "a", "": 1}]'),
    ('[{"segment": "a", "r": 0}]'), ('[{"segment": "a", "f": 6}]'), ('[{"segment": "a", "m": -1}]'), ('[{"segment": "a", "fm": 2.5}]'),
    ('[{"segment": "a", "r": "5"}]'), ('[{"segment": "a", "r": null}]'), ('[{"segment": "a", "r": []}]'), ('[{"segment": "a", "r": [1]}]'),
    ('[{"segment": "a", "r": [1, 2, 3]}]'), ('[{"segment": "a", "r": [5, 4]}]'), ('[{"segment": "a", "r": [0, 4]}]'),
    ('[{"segment": "a", "r": [1, 6]}]'), ('[{"segment": "a", "r": [1, null]}]'), ('[{"segment": "a", "r": {"least": 1}}]'),
    ('[{"segment": "a", "r": [[1], 2]}]'), ('[{"segment": "a", "r": 1e40}]')
) v (rules), error_of(format('SELECT rfm_segment(5, 5, 5, %L)', v.rules)) e;
SELECT v.scores, e.* FROM (VALUES ('0, 1, 1'), ('1, 6, 1'), ('1, 1, -2147483648')) v (scores),
    error_of(format('SELECT rfm_segment(%s, rfm_rules())', v.scores)) e;

DROP FUNCTION error_of(text), segments_in_a_loop();
DROP TABLE cells, playbooks;

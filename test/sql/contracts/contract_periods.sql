-- contract_periods: from dates to whole periods
\set ECHO none
\pset format unaligned
SET TimeZone = 'UTC';
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;

\echo '-- Ends of months and leap days, exclusive and inclusive.'
SELECT c.started, c.ended, c.ends, p.* FROM (VALUES
    (date '2024-01-31', date '2024-02-29', 'exclusive'), ('2023-01-31', '2023-02-28', 'exclusive'), ('2024-01-31', '2024-04-30', 'exclusive'),
    ('2024-01-15', '2024-04-15', 'exclusive'), ('2024-01-15', '2024-04-14', 'inclusive'), ('2024-01-15', '2024-04-14', 'exclusive'),
    ('2024-01-31', '2024-02-28', 'inclusive'), ('2024-01-31', '2024-02-28', 'exclusive'), ('2024-02-29', '2025-02-28', 'exclusive'),
    ('2024-12-31', '2025-02-27', 'exclusive'), ('2024-12-15', '2024-12-15', 'exclusive'), ('2024-12-15', '2024-12-15', 'inclusive')
    ) AS c (started, ended, ends), contract_periods(c.started, c.ended, '2030-01-01', 'month', c.ends) AS p;

\echo '-- Started periods against completed ones; still there; scheduled to end; not begun; without an end.'
SELECT c.*, s.periods AS started_periods, s.churned, d.periods AS completed, d.churned FROM (VALUES
    (date '2024-01-15', date '2024-01-20', date '2024-12-31'), ('2024-01-15', '2024-03-20', '2024-12-31'), ('2024-01-15', '2024-04-15', '2024-12-31'),
    ('2024-01-15', NULL, '2024-01-20'), ('2024-01-15', NULL, '2024-04-15'), ('2024-01-15', NULL, '2024-04-14'),
    ('2024-01-15', '2024-06-15', '2024-04-20'), ('2024-01-15', '2024-06-15', '2024-06-15'), ('2024-01-15', 'infinity', '2024-06-14'),
    ('2025-01-01', NULL, '2024-12-31'), ('2024-12-31', NULL, '2024-12-31'), (NULL, NULL, '2024-12-31'), ('2024-01-15', NULL, NULL)
    ) AS c (started, ended, as_of), contract_periods(c.started, c.ended, c.as_of) AS s, contract_periods(c.started, c.ended, c.as_of, counted => 'completed') AS d;

\echo '-- Every unit, in any case.'
SELECT u.unit, p.* FROM (VALUES ('day'), ('Week'), ('MONTH'), ('quarter'), ('year')) AS u (unit),
       contract_periods('2023-02-28', NULL, '2024-02-28', u.unit) AS p;

\echo '-- The k-th period is over where PostgreSQL says: the day before it is not, for all beginnings of four years.'
SELECT count(*) AS cases, count(*) FILTER (WHERE at_end <> k OR before_end <> k - 1 OR churned_at_end <> k OR churned_before <> k) AS wrong
FROM (SELECT s.day::date AS started, k, u.unit, (s.day::date + k * u.step)::date AS boundary
      FROM generate_series(timestamp '2023-01-01', '2026-12-31', '1 day') AS s (day), generate_series(1, 27) AS k,
           (VALUES ('month', interval '1 month'), ('quarter', '3 months'), ('year', '1 year'), ('week', '7 days')) AS u (unit, step)) AS c,
     LATERAL (SELECT (contract_periods(started, NULL, boundary, unit)).periods AS at_end, (contract_periods(started, NULL, boundary - 1, unit)).periods AS before_end,
                     (contract_periods(started, boundary, boundary, unit)).periods AS churned_at_end, (contract_periods(started, boundary - 1, boundary, unit)).periods AS churned_before) AS p;

\echo '-- A contract that ended within its first period does not stop a fit.'
CREATE TABLE contract AS
SELECT date '2023-01-31' + i AS started, CASE WHEN i % 3 > 0 THEN date '2023-01-31' + i + (i * 37) % 400 END AS ended FROM generate_series(0, 200) AS i;
SELECT model_status(sbg_fit(s.periods, s.churned)) AS started, model_status(sbg_fit(d.periods, d.churned)) AS completed, count(s.periods) AS rows, count(d.periods) AS completed_rows
FROM contract AS c, contract_periods(c.started, c.ended, '2024-06-30') AS s, contract_periods(c.started, c.ended, '2024-06-30', counted => 'completed') AS d;

\echo '-- Errors.'
SELECT e.* FROM (VALUES
    ($$'2024-01-15', '2024-01-14', '2024-12-31'$$), ($$'2024-01-15', '2024-01-14', '2024-12-31', 'month', 'inclusive'$$), ($$'2024-01-15', NULL, 'infinity'$$), ($$'-infinity', NULL, '2024-12-31'$$),
    ($$'2024-01-15', '-infinity', '2024-12-31'$$), ($$'2024-01-15', NULL, '2024-12-31', 'fortnight'$$), ($$'2024-01-15', NULL, '2024-12-31', ends => 'open'$$),
    ($$'2024-01-15', NULL, '2024-12-31', counted => 'all'$$)) AS v (arguments), error_of(format('SELECT contract_periods(%s)', v.arguments)) AS e;

DROP TABLE contract;
DROP FUNCTION error_of(text);

-- What refreshes did, and in one word how each name is.

CREATE TABLE cltv_refresh_log (
    role       name NOT NULL DEFAULT current_user,
    name       text NOT NULL,
    started    timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished   timestamptz,
    as_of      date,
    customers  bigint,
    orders     bigint,
    parameters jsonb,
    status     text,
    drift      jsonb,
    error      text,
    PRIMARY KEY (role, name, started)
);
COMMENT ON TABLE cltv_refresh_log IS
    'One row for each call of cltv_refresh, and of cltv_materialize, which fills the views first. Every role writes and sees its own rows alone; only superusers see all. The rows are not part of a dump.';
COMMENT ON COLUMN cltv_refresh_log.role IS 'Who called cltv_refresh';
COMMENT ON COLUMN cltv_refresh_log.name IS 'What was refreshed, with its schema';
COMMENT ON COLUMN cltv_refresh_log.started IS 'When the call began';
COMMENT ON COLUMN cltv_refresh_log.finished IS 'When it ended, also in an error; NULL: it is under way, or was killed';
COMMENT ON COLUMN cltv_refresh_log.as_of IS 'The newest day of the orders';
COMMENT ON COLUMN cltv_refresh_log.customers IS 'Customers after the refresh';
COMMENT ON COLUMN cltv_refresh_log.orders IS 'Orders after the refresh, refunds not counted';
COMMENT ON COLUMN cltv_refresh_log.parameters IS 'Parameters of the models in use, by name';
COMMENT ON COLUMN cltv_refresh_log.status IS
    'How the new fits came about: converged; else the model_status of the model of orders, or behind "spend: " that of the model of spend';
COMMENT ON COLUMN cltv_refresh_log.drift IS
    'What moved since the refresh before: parameters (distance in standard errors), psi (population stability index of cltv, days_since_order, orders, revenue), predicted and actual (repeat purchases of the known customers in the days between)';
COMMENT ON COLUMN cltv_refresh_log.error IS 'Why the call failed, or which model stayed in use; NULL: all went well';

ALTER TABLE cltv_refresh_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON cltv_refresh_log USING (role = current_user) WITH CHECK (role = current_user);
COMMENT ON POLICY own_rows ON cltv_refresh_log IS 'Every role sees, writes and deletes its own rows alone';
GRANT SELECT, INSERT, UPDATE, DELETE ON cltv_refresh_log TO PUBLIC;

-- The lock is of a session: a refresh is several transactions, and a session that ends lets go of it.
CREATE FUNCTION cltv_refreshing(customers regclass) RETURNS int
    LANGUAGE sql VOLATILE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 2 AND classid = hashtext('cltv_refresh')::oid AND objid = customers
        AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
$function$;
COMMENT ON FUNCTION cltv_refreshing(regclass) IS
    'Process that is refreshing a NAME of cltv_materialize (''shop''::regclass) at this moment, see pg_stat_activity; NULL when there is none.';

-- security_barrier: a cheap function in somebody's WHERE must not be shown the rows of others.
-- Made with a search_path of pg_catalog alone: a function or operator in the extension's schema that fits an expression
-- better would become part of the view, and run with the rights of whoever reads it.
DO $do$
DECLARE
    home CONSTANT text := pg_catalog.quote_ident(pg_catalog.current_schema());
    path CONSTANT text := pg_catalog.current_setting('search_path');
    view CONSTANT text := $view$
CREATE VIEW @home@.cltv_health WITH (security_barrier) AS
SELECT name,
       CASE WHEN failure IS NOT NULL THEN 'failing'
            WHEN last_success < now() - interval '2 days' THEN 'stale'
            WHEN drifted IS NOT NULL THEN 'drifting'
            ELSE 'ok' END AS health,
       CASE WHEN failure IS NOT NULL THEN failure
            WHEN last_success < now() - interval '2 days'
            THEN 'not refreshed since ' || to_char(last_success, 'YYYY-MM-DD HH24:MI')
            WHEN drifted IS NOT NULL THEN drifted END AS reason,
       last_success, as_of, customers
FROM (SELECT log.name, good.as_of, good.customers, good.finished AS last_success,
             CASE WHEN log.finished IS NULL THEN 'interrupted: neither finished nor failed, and no longer at work'
                  WHEN log.error IS NOT NULL THEN log.error
                  WHEN NOT @home@.cltv_usable(log.status) THEN 'the fit refused (' || log.status || ')'
             END AS failure,
             (SELECT string_agg(said, '; ')
              FROM (SELECT format('parameter %s moved by %s standard errors', key, round(value::numeric, 1)) AS said
                    FROM jsonb_each_text(log.drift -> 'parameters') WHERE abs(value::float8) > 3
                    UNION ALL
                    SELECT format('distribution of %s shifted, PSI %s', key, round(value::numeric, 2))
                    FROM jsonb_each_text(log.drift -> 'psi') WHERE value::float8 > 0.25
                    UNION ALL
                    SELECT format('%s repeat purchases where %s were predicted', actual, round(predicted::numeric))
                    FROM jsonb_to_record(log.drift) AS d (predicted float8, actual bigint)
                    WHERE abs(actual - predicted) > greatest(4 * sqrt(predicted), 0.2 * predicted)) AS moved) AS drifted
      FROM (SELECT DISTINCT ON (l.name) l.*
            FROM @home@.cltv_refresh_log AS l
            JOIN (SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name
                  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace) AS relation USING (name)
            WHERE l.role = current_user
                -- A refresh at work says nothing yet.
                AND NOT (l.finished IS NULL AND @home@.cltv_refreshing(relation.oid) IS NOT NULL)
            ORDER BY l.name, l.started DESC) AS log
      LEFT JOIN LATERAL (SELECT l.finished, l.as_of, l.customers FROM @home@.cltv_refresh_log AS l
                         WHERE l.role = current_user AND l.name = log.name AND l.finished IS NOT NULL
                             AND l.error IS NULL
                         ORDER BY l.finished DESC LIMIT 1) AS good ON true) AS judged
    $view$;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    EXECUTE replace(view, '@home@', home);
    PERFORM pg_catalog.set_config('search_path', path, true);
END $do$;
COMMENT ON VIEW cltv_health IS
    'One row for each name that the current role has made or refreshed: ok, drifting, stale or failing, and why. Drifting: a parameter moved by more than 3 standard errors, a population stability index is above 0.25, or the repeat purchases since the refresh before are off the prediction by more than a fifth and four standard deviations. Stale: no success within 2 days. Failing: the last refresh failed, was killed, had to keep an older model, or has none.';
COMMENT ON COLUMN cltv_health.name IS 'What was refreshed, with its schema';
COMMENT ON COLUMN cltv_health.health IS 'ok, drifting, stale or failing';
COMMENT ON COLUMN cltv_health.reason IS 'Why it is not ok; NULL when it is';
COMMENT ON COLUMN cltv_health.last_success IS 'End of the last refresh that succeeded';
COMMENT ON COLUMN cltv_health.as_of IS 'The newest day of the orders at the last refresh that succeeded';
COMMENT ON COLUMN cltv_health.customers IS 'Customers at the last refresh that succeeded';
GRANT SELECT ON cltv_health TO PUBLIC;

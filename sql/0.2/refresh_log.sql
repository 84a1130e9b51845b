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
    'One row for each call of cltv_refresh. Every role writes and sees its own rows alone, superusers and the owner all. The rows are not part of a dump.';
COMMENT ON COLUMN cltv_refresh_log.role IS 'Who called cltv_refresh';
COMMENT ON COLUMN cltv_refresh_log.name IS 'What was refreshed, with its schema';
COMMENT ON COLUMN cltv_refresh_log.started IS 'When the call began';
COMMENT ON COLUMN cltv_refresh_log.finished IS 'When it ended, also in an error; NULL: it is under way, or was killed';
COMMENT ON COLUMN cltv_refresh_log.as_of IS 'The newest day of the orders';
COMMENT ON COLUMN cltv_refresh_log.customers IS 'Customers after the refresh';
COMMENT ON COLUMN cltv_refresh_log.orders IS 'Orders after the refresh, refunds not counted';
COMMENT ON COLUMN cltv_refresh_log.parameters IS 'Parameters of the models in use, by name';
COMMENT ON COLUMN cltv_refresh_log.status IS 'model_status of the new fit of orders; when it is not converged, the model before stays in use';
COMMENT ON COLUMN cltv_refresh_log.drift IS
    'What moved since the refresh before: parameters (distance in standard errors), psi (population stability index of cltv, days_since_order, orders, revenue), predicted and actual (repeat purchases of the known customers in the days between)';
COMMENT ON COLUMN cltv_refresh_log.error IS 'Why the call failed, or which model stayed in use; NULL: all went well';

ALTER TABLE cltv_refresh_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON cltv_refresh_log USING (role = current_user) WITH CHECK (role = current_user);
GRANT SELECT, INSERT, UPDATE, DELETE ON cltv_refresh_log TO PUBLIC;

-- Below 0.1 a population is called stable, above 0.25 shifted (Siddiqi 2006). A count of zero is taken as one half, so
-- that the logarithm exists.
CREATE FUNCTION population_stability_index(expected bigint[], actual bigint[]) RETURNS float8
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    WITH counts AS (
        SELECT greatest(e, 0.5::float8) AS e, greatest(a, 0.5::float8) AS a FROM unnest(expected, actual) AS u (e, a)
    ), shares AS (
        SELECT e / sum(e) OVER () AS e, a / sum(a) OVER () AS a FROM counts
    )
    SELECT sum((a - e) * ln(a / e)) FROM shares
$function$;
COMMENT ON FUNCTION population_stability_index(bigint[], bigint[]) IS
    'How far a distribution has moved: the sum over bins of (actual - expected share) x ln(actual / expected share), from the counts in each bin (Siddiqi, Credit Risk Scorecards, 2006). Below 0.1 stable, above 0.25 shifted. A count of zero is taken as one half.';

CREATE VIEW cltv_health AS
SELECT name,
       CASE WHEN failure IS NOT NULL THEN 'failing'
            WHEN last_success < now() - interval '2 days' THEN 'stale'
            WHEN drifted IS NOT NULL THEN 'drifting'
            ELSE 'ok' END AS health,
       CASE WHEN failure IS NOT NULL THEN failure
            WHEN last_success < now() - interval '2 days' THEN 'not refreshed since ' || last_success::timestamp(0)
            WHEN drifted IS NOT NULL THEN drifted END AS reason,
       last_success, as_of, customers
FROM (SELECT log.name, log.as_of, log.customers, good.last_success,
             CASE WHEN log.finished IS NULL THEN 'interrupted: neither finished nor failed, and no longer at work'
                  ELSE log.error END AS failure,
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
      FROM (SELECT DISTINCT ON (l.name) l.* FROM cltv_refresh_log AS l
            WHERE l.role = current_user AND to_regclass(l.name) IS NOT NULL
                -- A refresh at work says nothing yet: its lock is that of cltv_refresh.
                AND NOT (l.finished IS NULL AND EXISTS (
                    SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
                        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                        AND classid = hashtext('cltv_refresh')::bigint::oid
                        AND objid = to_regclass(l.name)))
            ORDER BY l.name, l.started DESC) AS log
      LEFT JOIN LATERAL (SELECT max(l.finished) AS last_success FROM cltv_refresh_log AS l
                         WHERE l.role = current_user AND l.name = log.name AND l.error IS NULL) AS good ON true) AS judged;
COMMENT ON VIEW cltv_health IS
    'One row for each name that the current role has refreshed: ok, drifting, stale or failing, and why. Drifting: a parameter moved by more than 3 standard errors, a population stability index is above 0.25, or the repeat purchases since the refresh before are off the prediction by more than a fifth and four standard deviations. Stale: no success within 2 days. Failing: the last refresh failed, was killed, or had to keep an older model.';
COMMENT ON COLUMN cltv_health.name IS 'What was refreshed, with its schema';
COMMENT ON COLUMN cltv_health.health IS 'ok, drifting, stale or failing';
COMMENT ON COLUMN cltv_health.reason IS 'Why it is not ok; NULL when it is';
COMMENT ON COLUMN cltv_health.last_success IS 'End of the last refresh that succeeded';
COMMENT ON COLUMN cltv_health.as_of IS 'The newest day of the orders at the last refresh';
COMMENT ON COLUMN cltv_health.customers IS 'Customers at the last refresh';
GRANT SELECT ON cltv_health TO PUBLIC;

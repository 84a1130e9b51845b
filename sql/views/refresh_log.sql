-- What refreshes did, and in one word how each name is.

-- Rows are added and never changed: one when a refresh begins, one when it has ended. With the right to change or delete
-- rows goes the one to lock the table for good, which would hold up the refreshes of everybody else. The role and the
-- time of writing are nobody's to choose, for they can be written into by their defaults alone.
CREATE TABLE cltv_refresh_runs (
    role       name NOT NULL DEFAULT current_user,
    name       text NOT NULL,
    started    timestamptz NOT NULL,
    finished   timestamptz,
    as_of      date,
    customers  bigint,
    orders     bigint,
    parameters jsonb,
    status     text,
    drift      jsonb,
    error      text,
    findings   text,
    day_gap    float8
);
CREATE INDEX cltv_refresh_runs_started ON cltv_refresh_runs (role, name, started);
COMMENT ON TABLE cltv_refresh_runs IS
    'Rows behind cltv_refresh_log.
A row when a call begins, without finished, and one when it ends. Everybody adds rows of their own role; only
superusers read, change or delete. The rows are not part of a dump.';
COMMENT ON INDEX cltv_refresh_runs_started IS 'Finds the calls of a role and name.';
COMMENT ON COLUMN cltv_refresh_runs.role IS 'Who called cltv_refresh.';
COMMENT ON COLUMN cltv_refresh_runs.name IS 'What was refreshed, with its schema.';
COMMENT ON COLUMN cltv_refresh_runs.started IS 'When the call began.';
COMMENT ON COLUMN cltv_refresh_runs.finished IS 'When the call ended, with or without an error.
NULL in the row written when it begins.';
COMMENT ON COLUMN cltv_refresh_runs.as_of IS 'Newest day of the orders.';
COMMENT ON COLUMN cltv_refresh_runs.customers IS 'Customers after the refresh.';
COMMENT ON COLUMN cltv_refresh_runs.orders IS 'Orders after the refresh, not counting refunds.';
COMMENT ON COLUMN cltv_refresh_runs.parameters IS 'Parameters of the models in use, by name; those of spend as spend.p.';
COMMENT ON COLUMN cltv_refresh_runs.status IS 'Status of the new fits.';
COMMENT ON COLUMN cltv_refresh_runs.drift IS 'What moved since the previous refresh.';
COMMENT ON COLUMN cltv_refresh_runs.error IS 'Why the call failed, or which model stayed in use.';
COMMENT ON COLUMN cltv_refresh_runs.findings IS 'What looks wrong with the orders.';
COMMENT ON COLUMN cltv_refresh_runs.day_gap IS 'Mean number of days between days with an order, over the last year of them.';
GRANT INSERT (name, started, finished, as_of, customers, orders, parameters, status, drift, error, findings, day_gap)
    ON cltv_refresh_runs TO PUBLIC;

-- The lock belongs to a transaction, so that whatever ends a refresh releases it; each step takes it again. Anybody can take
-- any advisory lock, but only who may become the owner refreshes: the locks of others do not count.
CREATE FUNCTION cltv_refreshing(customers regclass) RETURNS int
    LANGUAGE sql VOLATILE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT l.pid
    FROM pg_locks AS l
    JOIN pg_stat_activity AS a ON a.pid = l.pid
    JOIN pg_class AS c ON c.oid = $1
    WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid = hashtext('cltv_refresh')::oid AND l.objid = c.oid
        AND l.granted AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
        AND pg_has_role(a.usesysid, c.relowner, 'MEMBER')
    LIMIT 1
$function$;
COMMENT ON FUNCTION cltv_refreshing(regclass) IS
    'Returns the process that is refreshing a NAME of cltv_materialize.
''shop''::regclass, see pg_stat_activity. NULL if there is none.';

-- The views are made with a search_path of pg_catalog alone: a function or operator in the extension's schema that fits an
-- expression better would become part of them, and run with the rights of whoever reads them. security_barrier: a cheap
-- function in somebody's WHERE must not be shown the rows of others.
SET LOCAL search_path = pg_catalog, pg_temp;

-- Every call, with the relation that its name is now, and whether its owner called, who alone can refresh it. Anybody can write a
-- row of any name; what others are told of a name is from its owner's alone.
CREATE VIEW @extschema@.cltv_refresh_calls AS
SELECT DISTINCT ON (r.role, r.name, r.started)
       r.role, r.name, r.started, r.finished, r.as_of, r.customers, r.orders, r.parameters, r.status, r.drift,
       -- Neither finished nor failed: at work, or ended with its session or the server.
       CASE WHEN r.finished IS NULL AND @extschema@.cltv_refreshing(relation.oid::regclass) IS NULL
            THEN 'interrupted: the session or the server ended before it did' ELSE r.error END AS error,
       r.findings, r.day_gap, relation.oid AS relation, relation.schema,
       r.role = relation.owner AS by_owner
FROM @extschema@.cltv_refresh_runs AS r
LEFT JOIN (SELECT c.oid, n.oid AS schema, pg_get_userbyid(c.relowner) AS owner, CASE WHEN current_setting('quote_all_identifiers')::boolean
                        THEN @extschema@.cltv_full_name(c.oid::regclass) ELSE format('%I.%I', n.nspname, c.relname) END AS name
           FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace) AS relation ON relation.name = r.name
ORDER BY r.role, r.name, r.started, r.finished NULLS LAST;
COMMENT ON VIEW @extschema@.cltv_refresh_calls IS
    'Internal: what cltv_refresh_log and cltv_health choose from.
Every call, with the relation that its name stands for now. Only the owner of the extension may read it.';

CREATE VIEW @extschema@.cltv_refresh_log WITH (security_barrier) AS
SELECT c.role, c.name, c.started, c.finished, c.as_of, c.customers, c.orders, c.parameters, c.status, c.drift, c.error, c.findings
FROM @extschema@.cltv_refresh_calls AS c
WHERE c.role = current_user OR (SELECT u.rolsuper FROM pg_roles AS u WHERE u.rolname = current_user)
ORDER BY c.role, c.name, c.started, c.finished NULLS LAST;
COMMENT ON VIEW @extschema@.cltv_refresh_log IS
    'One row for each call of cltv_refresh, and of cltv_materialize, which fills the views first.
Every role sees its own rows; superusers see all.';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.role IS 'Who called cltv_refresh.';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.name IS 'What was refreshed, with its schema.';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.started IS 'When the call began.';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.finished IS
    'When the call ended, with or without an error.
NULL: it is running, or was killed.';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.as_of IS 'Newest day of the orders.';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.customers IS 'Customers after the refresh.';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.orders IS 'Orders after the refresh, not counting refunds.';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.parameters IS 'Parameters of the models in use, by name; those of spend as spend.p.';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.status IS
    'Status of the new fits.
Converged; otherwise the model_status of the model of orders, after "spend: " that of the model of spend, and
after "refused: " that of a model that does not predict.';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.drift IS
    'What moved since the previous refresh.
Parameters (distance in standard errors), psi (population stability index of cltv, days_since_order, orders,
revenue), predicted and actual (repeat purchases of the known customers in the days between).';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.error IS
    'Why the call failed or did not end, or which model stayed in use.
NULL: all went well.';
COMMENT ON COLUMN @extschema@.cltv_refresh_log.findings IS
    'Worst finding of cltv_check_orders, with the number of errors and warnings.
An incremental name keeps what was found when it was made.';
GRANT SELECT ON @extschema@.cltv_refresh_log TO PUBLIC;

CREATE VIEW @extschema@.cltv_health WITH (security_barrier) AS
SELECT judged.name,
       CASE WHEN judged.failure IS NOT NULL THEN 'failing'
            WHEN judged.aged IS NOT NULL THEN 'stale'
            WHEN judged.drifted IS NOT NULL THEN 'drifting'
            WHEN judged.old IS NOT NULL THEN 'stale'
            ELSE 'ok' END AS health,
       coalesce(judged.failure, judged.aged, judged.drifted, nullif(concat_ws('; ', judged.old, judged.told), '')) AS reason,
       judged.last_success, judged.as_of, judged.customers,
       CASE WHEN NOT judged.fixed THEN greatest(current_date - judged.as_of, 0) END AS days_old
FROM (SELECT log.name, good.as_of, good.customers, good.finished AS last_success, log.fixed,
             CASE WHEN log.error IS NOT NULL THEN CASE WHEN log.own THEN log.error ELSE 'the last refresh failed' END
                  WHEN log.status LIKE 'refused: %' THEN 'the fit refused (' || substr(log.status, 10) || ')'
             END AS failure,
             CASE WHEN good.finished < now() - interval '2 days'
                  THEN 'not refreshed since ' || to_char(good.finished, 'YYYY-MM-DD HH24:MI') END AS aged,
             -- Ten times the usual time without an order is no chance any more; nobody waits longer than a year.
             CASE WHEN NOT log.fixed AND current_date - good.as_of > greatest(7, least(coalesce(10 * good.day_gap, 30), 365))
                  THEN format('no %s after %s%s', CASE log.kind WHEN 'contracts' THEN 'subscription' ELSE 'order' END,
                              to_char(good.as_of, 'YYYY-MM-DD'),
                              CASE WHEN good.day_gap > 0 THEN format('; until then one came every %s days', round(good.day_gap::numeric, 1)) END)
                  END AS old,
             nullif(concat_ws('; ', CASE WHEN log.status NOT IN ('converged', 'given') THEN 'the models: ' || log.status END,
                              CASE WHEN log.own THEN log.findings END), '') AS told,
             (SELECT string_agg(moved.said, '; ')
              FROM (SELECT format('parameter %s moved by %s standard errors', p.key, round(p.value::numeric, 1)) AS said
                    FROM jsonb_each_text(log.drift -> 'parameters') AS p WHERE abs(p.value::float8) > 3
                    UNION ALL
                    SELECT format('distribution of %s shifted, PSI %s', p.key, round(p.value::numeric, 2))
                    FROM jsonb_each_text(log.drift -> 'psi') AS p WHERE p.value::float8 > 0.25
                    UNION ALL
                    SELECT format('%s %s where %s were predicted', d.actual, CASE log.kind WHEN 'contracts' THEN 'customers left'
                                  ELSE 'repeat purchases' END, round(d.predicted::numeric))
                    FROM jsonb_to_record(log.drift) AS d (predicted float8, actual bigint)
                    WHERE abs(d.actual - d.predicted) > greatest(4 * sqrt(d.predicted), 0.2 * d.predicted)) AS moved
             ) AS drifted
      FROM (SELECT DISTINCT ON (l.name) l.*, l.role = current_user AS own,
                   coalesce(@extschema@.cltv_made_as(l.relation::regclass) ->> 'as_of' IS NOT NULL, false) AS fixed,
                   @extschema@.cltv_made_as(l.relation::regclass) ->> 'kind' AS kind
            FROM @extschema@.cltv_refresh_calls AS l
            WHERE has_schema_privilege(l.schema, 'USAGE')
                -- Of a name that one may read, and has not refreshed, it is what its owner's refreshes say.
                AND (l.role = current_user OR l.by_owner AND has_table_privilege(l.relation, 'SELECT')
                     AND NOT (SELECT u.rolsuper FROM pg_roles AS u WHERE u.rolname = current_user))
                -- A refresh at work says nothing yet.
                AND NOT (l.finished IS NULL AND l.error IS NULL)
            ORDER BY l.name, (l.role = current_user) DESC, l.started DESC) AS log
      LEFT JOIN LATERAL (SELECT l.finished, l.as_of, l.customers, l.day_gap
                         FROM @extschema@.cltv_refresh_calls AS l
                         WHERE CASE WHEN log.own THEN l.role = current_user ELSE l.by_owner END
                             AND l.name = log.name AND l.finished IS NOT NULL AND l.error IS NULL
                         ORDER BY l.finished DESC LIMIT 1) AS good ON true) AS judged;
COMMENT ON VIEW @extschema@.cltv_health IS
    'One row for each name that the current role has made or refreshed, or may read.
For superusers: has made or refreshed. Ok, drifting, stale or failing, and why. Drifting: a parameter moved by
more than 3 standard errors, a population stability index is above 0.25, or the repeat purchases since the
refresh before are off the prediction by more than a fifth and four standard deviations. Stale: no success
within 2 days; or the newest order is older than ten times the usual days between days with an order (day_gap
of cltv_refresh_runs; 30 days where it is NULL), 7 days at least and 365 at most. Then load the newer orders,
or make the views with as_of if they are to stay as of that day. Failing: the last refresh failed, was killed,
had to keep an older model, or has no model of orders that predicts.';
COMMENT ON COLUMN @extschema@.cltv_health.name IS 'What was refreshed, with its schema.';
COMMENT ON COLUMN @extschema@.cltv_health.health IS 'One of ok, drifting, stale and failing.';
COMMENT ON COLUMN @extschema@.cltv_health.reason IS 'Why health is not ok.
When it is, what there is to know of the models and the orders, else NULL. What an error or the orders say is
for who refreshes alone.';
COMMENT ON COLUMN @extschema@.cltv_health.last_success IS 'End of the last refresh that succeeded.';
COMMENT ON COLUMN @extschema@.cltv_health.as_of IS 'Newest day of the orders at the last refresh that succeeded.';
COMMENT ON COLUMN @extschema@.cltv_health.customers IS 'Customers at the last refresh that succeeded.';
COMMENT ON COLUMN @extschema@.cltv_health.days_old IS
    'Days from as_of to today.
How old the newest order is; NULL where as_of was given, and is meant to stay.';
GRANT SELECT ON @extschema@.cltv_health TO PUBLIC;

SET LOCAL search_path = @extschema@, pg_temp;

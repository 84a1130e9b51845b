-- Days of the session's TimeZone ---------------------------------------------------------------------------------------

-- Aggregates over timestamptz depend on a setting of the session, as their transition functions say. CREATE AGGREGATE has
-- no word for that, and core's own json_agg has the mark in its catalog row, too. postgres_fdw looks at it, and would have
-- the days counted on another server, in a session whose TimeZone is GMT.
UPDATE pg_catalog.pg_proc SET provolatile = 's'
WHERE oid OPERATOR(pg_catalog.=) ANY (ARRAY[
    '@extschema@.purchase_history(timestamptz, float8)'::pg_catalog.regprocedure,
    '@extschema@.purchase_history(timestamptz, float8, text)'::pg_catalog.regprocedure,
    '@extschema@.rfm_summary(timestamptz, float8, date, text)'::pg_catalog.regprocedure,
    '@extschema@.rfm_summary(timestamptz, float8, date)'::pg_catalog.regprocedure]::pg_catalog.oid[]);

-- The parts of what cltv_materialize, or cltv_materialize_contracts, made of a name, as psql variables: :"schema".:"segments" is
-- quoted as it must be. kind is orders or contracts.

SELECT n.nspname AS schema, c.relname AS customers, format('%I.%I', n.nspname, c.relname) AS full_name, kind.kind,
       c.relname || '_history' AS history, c.relname || '_model' AS model, c.relname || '_segments' AS segments,
       c.relname || '_rfm_grid' AS rfm_grid, c.relname || '_value_bands' AS value_bands,
       c.relname || '_at_risk' AS at_risk, c.relname || '_forecast' AS forecast,
       c.relname || '_curve' AS curve, c.relname || '_mrr' AS mrr, c.relname || '_renewals' AS renewals,
       key.attname AS customer, home.nspname AS extension
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS key ON key.attrelid = c.oid AND key.attnum = 1
JOIN pg_extension AS e ON e.extname = 'cltv'
JOIN pg_namespace AS home ON home.oid = e.extnamespace
CROSS JOIN LATERAL (SELECT CASE WHEN to_regclass(format('%I.%I', n.nspname, c.relname || '_value_bands')) IS NOT NULL THEN 'orders'
                                WHEN to_regclass(format('%I.%I', n.nspname, c.relname || '_renewals')) IS NOT NULL
                                    AND to_regclass(format('%I.%I', n.nspname, c.relname || '_curve')) IS NOT NULL THEN 'contracts' END AS kind) AS kind
WHERE c.oid = to_regclass(:'name') AND kind.kind IS NOT NULL
\gset

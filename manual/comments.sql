-- Every function that people call, as JSON, a row each: name, signature and comment, in the order of their signatures.
SELECT coalesce(json_agg(json_build_object('name', f.name, 'signature', f.signature, 'comment', f.comment)
                         ORDER BY f.name COLLATE "C", f.signature COLLATE "C"), '[]')
FROM (SELECT p.proname AS name, pg_catalog.obj_description(p.oid, 'pg_proc') AS comment,
             replace(replace(replace(replace(format('%s(%s)%s', p.proname, pg_catalog.pg_get_function_arguments(p.oid),
                                             ' → ' || nullif(pg_catalog.pg_get_function_result(p.oid), '')),
                                     'double precision', 'float8'), '::text', ''),
                     'timestamp with time zone', 'timestamptz'), 'timestamp without time zone', 'timestamp') AS signature
      FROM pg_catalog.pg_proc AS p
           JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
           JOIN pg_catalog.pg_extension AS e ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = e.oid
      WHERE e.extname = 'cltv' AND pg_catalog.obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal:%'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_type WHERE p.oid IN (typinput, typoutput, typsend, typreceive))
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_aggregate AS a
                        WHERE p.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn)
                          AND p.proargnames IS NULL)) AS f;

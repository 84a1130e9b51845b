
-- Small segments: NAME_pool makes a prior of them, under which NAME_fit fits each -----------------------------------------

DO $install$
DECLARE
    family record;
    template CONSTANT text := $template$

CREATE FUNCTION {name}_pool(bases {base}[]) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_pool' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION {name}_pool({base}[]) IS
'Fits the {title} model that segments have in common, from an array of their bases.
Otherwise as of the aggregate.';

CREATE AGGREGATE {name}_pool(base {base}) (
    SFUNC = pg_catalog.array_append,
    STYPE = {base}[],
    COMBINEFUNC = pg_catalog.array_cat,
    FINALFUNC = {name}_pool,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_pool({base}) IS
'Fits the {title} model that segments have in common, one base per segment.
The mean of their parameters and, as its covariance, how they differ; a prior for {name}_fit(base, prior), and
for a segment of which nothing is known the model itself; status prior, "no differences" where they differ no
more than by chance, "pooled of one" for a single segment; NULL bases are skipped; no rows give NULL.
Dempster, Laird & Rubin 1977; Tierney & Kadane 1986.';

CREATE FUNCTION {name}_fit(base {base}, prior cltv_model) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_pooled' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION {name}_fit({base}, cltv_model) IS
'Fits the {title} model to one segment under the prior from {name}_pool.
The prior is what {name}_pool made of all segments (a model of another kind or status is error 22023): as its
own fit where the segment is large, near the prior where it is small, the prior itself where it is empty;
status pooled.';

$template$;
BEGIN
    FOR family IN
        SELECT f.name, f.title, t.base, t.rows
        FROM @extschema@.cltv_families() AS f
             JOIN (VALUES ('orders', 'customer_base', 'customers'), ('spend', 'spend_base', 'spends'))
                 AS t (topic, base, rows) ON t.topic = f.topic
        WHERE f.has_pool
    LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(family));
    END LOOP;
END
$install$;

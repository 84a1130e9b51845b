-- Difference in differences ---------------------------------------------------------------------------------------------------

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION did_base_accum(state feature_base, outcome float8, {arguments}) RETURNS feature_base
AS 'MODULE_PATHNAME', '{symbol}' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION did_base_accum(feature_base, float8, {types}) IS
'Internal: transition function of did_base(outcome, {words}).
Adds one row.';

CREATE AGGREGATE did_base(outcome float8, {arguments}) (
    SFUNC = did_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE did_base(float8, {types}) IS
'{what}';
$template$;
BEGIN
    FOR form IN SELECT * FROM (VALUES
        ('cltv_did_base_accum', 'treated boolean, post boolean', 'boolean, boolean', 'treated, post',
         'Collects outcomes before and after a change, of those affected and of others, for did_effects.
treated = whether the change affects the row, post = whether it is after the change; every row counts by
itself; mergeable by rollup; rows with a NULL are skipped and counted; no rows give NULL; an outcome that is
NaN or infinite is error 22023.'),
        ('cltv_did_base_accum', 'treated boolean, post boolean, cluster text', 'boolean, boolean, text', 'treated, post, cluster',
         'Collects outcomes before and after a change, with clusters of rows that belong together.
A cluster is the customer who is seen before and after, or the shop or region in which all were treated or none.'),
        ('cltv_did_base_accum_cohorts', 'unit text, period int, first_treated int', 'text, int, int', 'unit, period, first_treated',
         'Collects outcomes of units by period, where units are treated at different times, for did_effects.
Units are customers, shops or regions, with one outcome per period; first_treated is the period from which on
the unit is treated, NULL for never; periods are whole numbers, whose steps need not be equal; mergeable by
rollup; rows where outcome, unit or period is NULL are skipped and counted; no rows give NULL; an outcome that
is NaN or infinite is error 22023.'))
        AS f (symbol, arguments, types, words, what) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

CREATE FUNCTION did_effects(base feature_base, level float8 DEFAULT 0.95, controls text DEFAULT 'never', by text DEFAULT 'cohort',
                            OUT cohort bigint, OUT period bigint, OUT relative bigint, OUT estimate float8, OUT std_error float8,
                            OUT lower float8, OUT upper float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_did_effects' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 20;
COMMENT ON FUNCTION did_effects(feature_base, float8, text, text) IS
'Estimates the effect of a change on those it affected, by difference in differences.
From a did_base: of treated and post one row, with errors robust to what rows of a cluster share (CR1, without
clusters HC1) and Student''s t; of units and periods an effect for each cohort (those first treated in a
period) and period, relative = periods since then, against units that are never treated, or with controls =>
not yet against those not yet treated, too; before treatment (relative below 0) the change since the period
before, which should be none; units treated from the first period on are left out; by => relative averages
over the cohorts, by => all over all effects from treatment on, both by the cohorts'' sizes, whose own chance
is in the error; a cohort of one unit has no error; intervals of each row alone; it is an effect only if the
treated would have changed as the others did; a group with nobody, a unit with two outcomes in a period or two
first periods, nobody treated or to compare with, another feature_base: error 22023; NULL gives no rows.
Callaway & Sant''Anna 2021.';

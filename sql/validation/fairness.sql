-- What a decision by a score does to groups of customers ------------------------------------------------------------------

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION fairness_base_accum(state feature_base, actual boolean, score float8, grp text{argument}) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_fairness_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION fairness_base_accum(feature_base, boolean, float8, text{type}) IS
'Internal: transition function of fairness_base.
Adds one customer{weighted}.';

CREATE AGGREGATE fairness_base(actual boolean, score float8, grp text{argument}) (
    SFUNC = fairness_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE fairness_base(boolean, float8, text{type}) IS
'{what}';
$template$;
BEGIN
    FOR form IN SELECT * FROM (VALUES
        ('', '', '', 'Collects outcomes, scores and groups of customers for fairness.
Mergeable by rollup; rows with a NULL are skipped; no rows give NULL; a score that is NaN or infinite is error
22023.'),
        (', weight float8', ', float8', ' of a weighted sample', 'Collects outcomes, scores and groups of a weighted sample for fairness.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023).'))
        AS f (argument, type, weighted, what) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

CREATE FUNCTION fairness(base feature_base, threshold float8 DEFAULT 0.5, OUT grp text, OUT customers bigint, OUT positives bigint,
                         OUT selected bigint, OUT selection_rate float8, OUT selection_ratio float8, OUT true_positive_rate float8,
                         OUT false_positive_rate float8, OUT "precision" float8, OUT calibration float8, OUT auc float8,
                         OUT equal_opportunity_gap float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_fairness' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 5;
COMMENT ON FUNCTION fairness(feature_base, float8) IS
'Returns how selecting customers by a score affects groups.
Selected are those with a score of the threshold or above; one row per group in byte order, from a
fairness_base: customers, positives (of whom it came true), selected; selection_rate = selected / customers,
and selection_ratio, that over the highest of all groups (the four-fifths rule asks for 0.8);
true_positive_rate = selected of the positives, false_positive_rate = of the others, precision = positives
among the selected; calibration = mean score less the share of positives, where all scores of the group are
within 0..1; auc of the score; equal_opportunity_gap = the highest true_positive_rate of all groups less its
own; rates are NULL where there is nobody that they are shares of, and in groups of fewer than 30; no verdict
is given, for these cannot all be equal where groups differ; another feature_base is error 22023; NULL gives
no rows. Kleinberg, Mullainathan & Raghavan 2017.';

-- Whom next: does a score find those whom a treatment moves? -------------------------------------------------------------

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION uplift_base_accum(state feature_base, outcome float8, treated boolean, score float8{argument}) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_uplift_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION uplift_base_accum(feature_base, float8, boolean, float8{type}) IS
'Internal: transition function of uplift_base.
Adds one customer{weighted}.';

CREATE AGGREGATE uplift_base(outcome float8, treated boolean, score float8{argument}) (
    SFUNC = uplift_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE uplift_base(float8, boolean, float8{type}) IS
'{what}';
$template$;
BEGIN
    FOR form IN SELECT * FROM (VALUES
        ('', '', '', 'Collects outcomes, treatments and scores of a randomised trial, for qini and uplift_table.
The outcome is money, or 0 and 1; the score is the one by which customers are to be chosen; mergeable by
rollup; rows with a NULL are skipped; no rows give NULL; an outcome beyond 1e100, or a score that is NaN or
infinite, is error 22023.'),
        (', weight float8', ', float8', ' of a weighted sample', 'Collects a weighted sample of a randomised trial, for qini and uplift_table.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023).'))
        AS f (argument, type, weighted, what) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

CREATE FUNCTION qini(base feature_base, level float8 DEFAULT 0.95, OUT qini float8, OUT std_error float8, OUT lower float8,
                     OUT upper float8, OUT auuc float8, OUT treated_auc float8, OUT customers bigint)
AS 'MODULE_PATHNAME', 'cltv_qini' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION qini(feature_base, float8) IS
'Returns how much better than chance a score finds customers who respond to treatment.
From an uplift_base: auuc = area below the curve of what the treatment has made of the customers with the
highest scores, Q = treated outcomes - others'' outcomes * treated / others, over the share of customers, ties
at once; qini = that area less the one of a score that ranks nothing, in outcomes of all treated customers;
its std_error by the infinitesimal jackknife and a normal interval of that level, for a random score is as
often above 0 as below 0; treated_auc = how well the score tells the treated from the others, 0.5 where they
were drawn by chance, without which nothing of this holds; nobody treated or nobody else, another
feature_base, a level not between 0 and 1: error 22023; NULL or no customers: NULL. Radcliffe 2007, Efron
1982.';

CREATE FUNCTION uplift_table(base feature_base, bins int DEFAULT 10, level float8 DEFAULT 0.95, OUT bin bigint, OUT customers bigint,
                             OUT highest_score float8, OUT lowest_score float8, OUT treated bigint, OUT control bigint,
                             OUT treated_mean float8, OUT control_mean float8, OUT uplift float8, OUT std_error float8,
                             OUT lower float8, OUT upper float8, OUT uplift_so_far float8, OUT lower_so_far float8,
                             OUT upper_so_far float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_uplift_table' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION uplift_table(feature_base, int, float8) IS
'Returns the effect of a treatment by score, highest first.
From an uplift_base: in each of so many bins (1 to 1000) of equally many customers, as far as equal scores
allow, how many were treated and how many not, the mean outcome of both, uplift = their difference with its
standard error and normal interval of that level by Welch; the same of this bin and all before it together
(so_far); NULL where an arm has nobody, errors where one has fewer than 2; no bin is empty; nobody treated or
nobody else, another feature_base, bins or a level out of range: error 22023; NULL gives no rows.';

CREATE FUNCTION treat_worth(uplift float8, value float8, cost float8) RETURNS boolean
AS 'MODULE_PATHNAME', 'cltv_treat_worth' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION treat_worth(float8, float8, float8) IS
'Returns whether treating a customer is worth its cost.
Uplift * value > cost, with the uplift in units of the outcome, the value of one in money (a margin; below 0
where the outcome is a loss, such as churn) and the cost of a treatment in money, 0 or more; NULL gives NULL;
a cost below 0, NaN or infinity: error 22023.';

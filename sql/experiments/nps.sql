-- Would they recommend the shop? ----------------------------------------------------------------------------------------

CREATE FUNCTION nps_base_accum(state experiment_base, score int) RETURNS experiment_base
AS 'MODULE_PATHNAME', 'cltv_nps_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 3;
COMMENT ON FUNCTION nps_base_accum(experiment_base, int) IS
'Internal: transition function of nps_base.
Adds one answer.';

CREATE AGGREGATE nps_base(score int) (
    SFUNC = nps_base_accum,
    STYPE = experiment_base,
    SSPACE = 1024,
    COMBINEFUNC = experiment_base_combine,
    FINALFUNC = experiment_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps_base(int) IS
'Collects answers from 0 to 10 for the net promoter score.
One row per customer, counted, mergeable by rollup; a NULL is skipped, another number is error 22023; no rows
give NULL.';

CREATE FUNCTION nps(base experiment_base, level float8 DEFAULT 0.95, OUT promoters bigint, OUT passives bigint, OUT detractors bigint,
                    OUT nps float8, OUT std_error float8, OUT lower float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_nps' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION nps(experiment_base, float8) IS
'Returns the net promoter score with an interval.
Promoters answered 9 or 10, passives 7 or 8, detractors 0 to 6; nps = 100 * (promoters - detractors) /
answers, from -100 to 100, with its standard error, and the adjusted Wald interval of that level, which holds
for few answers too; of those who answered, not of those who did not; another experiment_base, a level not
between 0 and 1: error 22023; NULL or no answers: NULL. Reichheld 2003, Rocks 2016.';


-- survival_curve: how long customers stay, some of whom are still there ---------------------------------------------------

CREATE TYPE survival_curve;

CREATE FUNCTION survival_curve_in(cstring) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_in(cstring) IS
'input of survival_curve; rows may come in any order and equal ones are merged; checks every number (22P02, 22023)';

CREATE FUNCTION survival_curve_out(survival_curve) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_survival_curve_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_out(survival_curve) IS
'output of survival_curve: JSON with rows [time, what happened (0 entered, 1 left, 2 last seen), count] in ascending order, digits exact';

CREATE FUNCTION survival_curve_recv(internal) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_recv(internal) IS
'binary input of survival_curve; checks every number (22P03, 22023)';

CREATE FUNCTION survival_curve_send(survival_curve) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_survival_curve_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_send(survival_curve) IS
'binary output of survival_curve: version, 0, number of rows, rows in ascending order';

CREATE TYPE survival_curve (
    INPUT = survival_curve_in,
    OUTPUT = survival_curve_out,
    RECEIVE = survival_curve_recv,
    SEND = survival_curve_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE survival_curve IS
'how long customers stay: how many left, and how many were last seen, after each time, and how many entered later than at 0; made by the aggregate survival_curve, merged by rollup, read by survival_table and its kin; reads as JSON';

CREATE FUNCTION survival_curve_accum(state survival_curve, "time" float8, event boolean) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_accum(survival_curve, float8, boolean) IS
'transition function of survival_curve: adds one customer';

CREATE FUNCTION survival_curve_accum(state survival_curve, "time" float8, event boolean, weight float8) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_accum(survival_curve, float8, boolean, float8) IS
'transition function of the weighted survival_curve: adds as many customers as the weight says';

CREATE FUNCTION survival_curve_accum(state survival_curve, "time" float8, event boolean, weight float8, entered float8)
RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_accum(survival_curve, float8, boolean, float8, float8) IS
'transition function of survival_curve of customers who came under observation late: adds as many as the weight says';

CREATE FUNCTION survival_curve_combine(state survival_curve, other survival_curve) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_combine(survival_curve, survival_curve) IS
'combine function of survival_curve, transition function of rollup: adds all customers of other';

CREATE FUNCTION survival_curve_final(state survival_curve) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION survival_curve_final(survival_curve) IS
'final function of survival_curve: sorts the rows, so that equal customers give equal bytes whatever their order';

CREATE AGGREGATE survival_curve("time" float8, event boolean) (
    SFUNC = survival_curve_accum,
    STYPE = survival_curve,
    SSPACE = 512,
    COMBINEFUNC = survival_curve_combine,
    FINALFUNC = survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_curve(float8, boolean) IS
'how long customers stay: time = how long the customer was seen, from 0 up, event = whether the customer left then, else was still there when last seen; infinite and negative times are errors (22023); rows with a NULL are skipped, no rows: NULL. Kaplan & Meier 1958';

CREATE AGGREGATE survival_curve("time" float8, event boolean, weight float8) (
    SFUNC = survival_curve_accum,
    STYPE = survival_curve,
    SSPACE = 512,
    COMBINEFUNC = survival_curve_combine,
    FINALFUNC = survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_curve(float8, boolean, float8) IS
'how long customers of a weighted sample or a table of counts stay: each row stands for as many customers as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE AGGREGATE survival_curve("time" float8, event boolean, weight float8, entered float8) (
    SFUNC = survival_curve_accum,
    STYPE = survival_curve,
    SSPACE = 512,
    COMBINEFUNC = survival_curve_combine,
    FINALFUNC = survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_curve(float8, boolean, float8, float8) IS
'how long customers stay of whom some came under observation late, as those who were there before the records began: entered = for how long the customer had been there then, 0 for who was seen from the beginning, else before time (else error 22023), weight = 1 for one customer; all else as with weights';

CREATE AGGREGATE rollup(curve survival_curve) (
    SFUNC = survival_curve_combine,
    STYPE = survival_curve,
    SSPACE = 4096,
    COMBINEFUNC = survival_curve_combine,
    FINALFUNC = survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(survival_curve) IS
'merges stored curves: the curve of all their customers; NULLs are skipped, no rows: NULL';

CREATE FUNCTION survival_prob(curve survival_curve, t float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_survival_prob' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION survival_prob(survival_curve, float8) IS
'share of the customers, 0..1, who stay longer than t; NULL beyond the last time at which anybody was seen, unless all had left by then; a negative t is an error (22023). Kaplan & Meier 1958';

CREATE FUNCTION survival_prob_interval(curve survival_curve, t float8, level float8 DEFAULT 0.95, conf text DEFAULT 'log-log',
                                       OUT lower float8, OUT estimate float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_survival_prob_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION survival_prob_interval(survival_curve, float8, float8, text) IS
'share of the customers who stay longer than t with its confidence interval of that level, between 0 and 1; conf = log-log, log or plain, the scale on which the interval is normal; bounds are NULL where nobody is left; other words and levels are errors (22023); NULLs where survival_prob is NULL. Greenwood 1926';

CREATE FUNCTION survival_quantile(curve survival_curve, p float8 DEFAULT 0.5) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_survival_quantile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION survival_quantile(survival_curve, float8) IS
'the time by which a share p of the customers has left, between 0 and 1 (else error 22023): 0.5 for the median; the middle of the while for which just 1 - p are left, if there is one; NULL where so many have not left yet';

CREATE FUNCTION survival_quantile_interval(curve survival_curve, p float8 DEFAULT 0.5, level float8 DEFAULT 0.95,
                                           conf text DEFAULT 'log-log',
                                           OUT lower float8, OUT estimate float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_survival_quantile_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION survival_quantile_interval(survival_curve, float8, float8, text) IS
'the time by which a share p of the customers has left, with the times at which the bounds of the curve reach 1 - p; conf = log-log, log or plain as in survival_prob_interval; each is NULL where it is not reached. Brookmeyer & Crowley 1982';

CREATE FUNCTION restricted_mean(curve survival_curve, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_restricted_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION restricted_mean(survival_curve, float8) IS
'mean time that customers stay within the horizon, the area under the curve up to there; NULL where survival_prob is NULL at the horizon; a negative or infinite horizon is an error (22023). Irwin 1949';

CREATE FUNCTION restricted_mean_interval(curve survival_curve, horizon float8, level float8 DEFAULT 0.95,
                                         OUT lower float8, OUT estimate float8, OUT upper float8, OUT std_error float8)
AS 'MODULE_PATHNAME', 'cltv_restricted_mean_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION restricted_mean_interval(survival_curve, float8, float8) IS
'mean time that customers stay within the horizon, with its standard error and its normal confidence interval of that level, between 0 and 1 (else error 22023), within 0 and the horizon; NULLs where restricted_mean is NULL. Kaplan & Meier 1958';

CREATE FUNCTION survival_table(curve survival_curve, level float8 DEFAULT 0.95, conf text DEFAULT 'log-log',
                               OUT "time" float8, OUT at_risk float8, OUT events float8, OUT censored float8,
                               OUT survival float8, OUT std_error float8, OUT lower float8, OUT upper float8,
                               OUT cumulative_hazard float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_survival_table' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 1000;
COMMENT ON FUNCTION survival_table(survival_curve, float8, text) IS
'the curve, a row for each time at which customers left or were last seen: customers at risk just before, how many left (events) and were last seen (censored), Kaplan and Meier''s survival from then on with Greenwood''s standard error and the confidence interval of that level (conf as in survival_prob_interval; NULL where nobody is left), and Nelson and Aalen''s cumulative hazard; other words and levels are errors (22023)';

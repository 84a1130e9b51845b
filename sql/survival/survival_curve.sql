
-- survival_curve: how long customers stay, some of whom are still there ---------------------------------------------------

CREATE TYPE survival_curve;

CREATE FUNCTION survival_curve_in(cstring) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_in(cstring) IS
'Internal: input function of survival_curve.
Rows may come in any order and equal ones are merged; checks every number (22P02, 22023).';

CREATE FUNCTION survival_curve_out(survival_curve) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_survival_curve_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_out(survival_curve) IS
'Internal: output function of survival_curve.
JSON with rows [time, what happened (0 entered, 1 left, 2 last seen), count] in ascending order, digits exact.';

CREATE FUNCTION survival_curve_recv(internal) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_recv(internal) IS
'Internal: binary input function of survival_curve.
Checks every number (22P03, 22023).';

CREATE FUNCTION survival_curve_send(survival_curve) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_survival_curve_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_send(survival_curve) IS
'Internal: binary output function of survival_curve.
Version, 0, number of rows, rows in ascending order.';

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
'How long customers stay, as counts by time.
How many left, and how many were last seen, after each time, and how many entered later than at 0; made by the
aggregate survival_curve, merged by rollup, read by survival_table and related functions; reads as JSON.';

CREATE FUNCTION survival_curve_accum(state survival_curve, "time" float8, event boolean) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_accum(survival_curve, float8, boolean) IS
'Internal: transition function of survival_curve.
Adds one customer.';

CREATE FUNCTION survival_curve_accum(state survival_curve, "time" float8, event boolean, weight float8) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_accum(survival_curve, float8, boolean, float8) IS
'Internal: transition function of the weighted survival_curve.
Adds as many customers as the weight says.';

CREATE FUNCTION survival_curve_accum(state survival_curve, "time" float8, event boolean, weight float8, entered float8)
RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_accum(survival_curve, float8, boolean, float8, float8) IS
'Internal: transition function of survival_curve of customers who came under observation late.
Adds as many as the weight says.';

CREATE FUNCTION survival_curve_combine(state survival_curve, other survival_curve) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_curve_combine(survival_curve, survival_curve) IS
'Internal: combine function of survival_curve, transition function of rollup.
Adds all customers of other.';

CREATE FUNCTION survival_curve_final(state survival_curve) RETURNS survival_curve
AS 'MODULE_PATHNAME', 'cltv_survival_curve_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION survival_curve_final(survival_curve) IS
'Internal: final function of survival_curve.
Sorts the rows, so that the same customers give the same bytes in any order.';

CREATE AGGREGATE survival_curve("time" float8, event boolean) (
    SFUNC = survival_curve_accum,
    STYPE = survival_curve,
    SSPACE = 512,
    COMBINEFUNC = survival_curve_combine,
    FINALFUNC = survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_curve(float8, boolean) IS
'Collects how long customers stay, as a survival curve.
time = how long the customer was seen, from 0 up, event = whether the customer left then, otherwise was still a customer
when last seen; infinite and negative times are errors (22023); rows with a NULL are skipped; no rows give
NULL. Kaplan & Meier 1958.';

CREATE AGGREGATE survival_curve("time" float8, event boolean, weight float8) (
    SFUNC = survival_curve_accum,
    STYPE = survival_curve,
    SSPACE = 512,
    COMBINEFUNC = survival_curve_combine,
    FINALFUNC = survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_curve(float8, boolean, float8) IS
'Collects a survival curve from a weighted sample or a table of counts.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE AGGREGATE survival_curve("time" float8, event boolean, weight float8, entered float8) (
    SFUNC = survival_curve_accum,
    STYPE = survival_curve,
    SSPACE = 512,
    COMBINEFUNC = survival_curve_combine,
    FINALFUNC = survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_curve(float8, boolean, float8, float8) IS
'Collects a survival curve with customers who came under observation late.
As those do who were customers before the records began: entered = how long the customer had been a customer
by then, 0 for a customer seen from the beginning, else before time (else error 22023), weight = 1 for one
customer; otherwise as with weights.';

CREATE AGGREGATE rollup(curve survival_curve) (
    SFUNC = survival_curve_combine,
    STYPE = survival_curve,
    SSPACE = 4096,
    COMBINEFUNC = survival_curve_combine,
    FINALFUNC = survival_curve_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(survival_curve) IS
'Merges stored survival curves.
The curve of all their customers; NULLs are skipped; no rows give NULL.';

CREATE FUNCTION survival_prob(curve survival_curve, t float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_survival_prob' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION survival_prob(survival_curve, float8) IS
'Returns the share of customers who stay longer than t.
Between 0 and 1; NULL beyond the last time at which anybody was seen, unless all had left by then; a negative
t is an error (22023). Kaplan & Meier 1958.';

CREATE FUNCTION survival_prob_interval(curve survival_curve, t float8, level float8 DEFAULT 0.95, conf text DEFAULT 'log-log',
                                       OUT lower float8, OUT estimate float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_survival_prob_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION survival_prob_interval(survival_curve, float8, float8, text) IS
'Returns the share of customers who stay longer than t with a confidence interval.
Level between 0 and 1; conf = log-log, log or plain, the scale on which the interval is normal; bounds are
NULL where nobody is left; other words and levels are errors (22023); NULLs where survival_prob is NULL.
Greenwood 1926.';

CREATE FUNCTION survival_quantile(curve survival_curve, p float8 DEFAULT 0.5) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_survival_quantile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION survival_quantile(survival_curve, float8) IS
'Returns the time by which a share p of the customers has left.
p is between 0 and 1 (else error 22023), 0.5 for the median; the middle of the interval during which exactly 1
- p remain, if there is one; NULL where not so many have left yet.';

CREATE FUNCTION survival_quantile_interval(curve survival_curve, p float8 DEFAULT 0.5, level float8 DEFAULT 0.95,
                                           conf text DEFAULT 'log-log',
                                           OUT lower float8, OUT estimate float8, OUT upper float8)
AS 'MODULE_PATHNAME', 'cltv_survival_quantile_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION survival_quantile_interval(survival_curve, float8, float8, text) IS
'Returns the time by which a share p of the customers has left, with an interval.
The bounds are the times at which those of the curve reach 1 - p; conf = log-log, log or plain as in
survival_prob_interval; each is NULL where it is not reached. Brookmeyer & Crowley 1982.';

CREATE FUNCTION restricted_mean(curve survival_curve, horizon float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_restricted_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION restricted_mean(survival_curve, float8) IS
'Returns the mean time that customers stay within the horizon.
The area under the curve up to there; NULL where survival_prob is NULL at the horizon; a negative or infinite
horizon is an error (22023). Irwin 1949.';

CREATE FUNCTION restricted_mean_interval(curve survival_curve, horizon float8, level float8 DEFAULT 0.95,
                                         OUT lower float8, OUT estimate float8, OUT upper float8, OUT std_error float8)
AS 'MODULE_PATHNAME', 'cltv_restricted_mean_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION restricted_mean_interval(survival_curve, float8, float8) IS
'Returns the mean time that customers stay within the horizon, with an interval.
With its standard error and a normal interval of the level, between 0 and 1 (else error 22023), kept within 0
and the horizon; NULLs where restricted_mean is NULL. Kaplan & Meier 1958.';

CREATE FUNCTION survival_table(curve survival_curve, level float8 DEFAULT 0.95, conf text DEFAULT 'log-log',
                               OUT "time" float8, OUT at_risk float8, OUT events float8, OUT censored float8,
                               OUT survival float8, OUT std_error float8, OUT lower float8, OUT upper float8,
                               OUT cumulative_hazard float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_survival_table' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 1000;
COMMENT ON FUNCTION survival_table(survival_curve, float8, text) IS
'Returns the survival curve as a table, one row per time.
A row for each time at which customers left or were last seen: customers at risk just before, how many left
(events) and were last seen (censored), Kaplan and Meier''s survival from then on with Greenwood''s standard
error and the confidence interval of that level (conf as in survival_prob_interval; NULL where nobody is
left), and Nelson and Aalen''s cumulative hazard; other words and levels are errors (22023).';

-- rfm_base and rfm_breaks: cut points to store, and scores by them ------------------------------------------------------

CREATE TYPE rfm_base;

CREATE FUNCTION rfm_base_in(cstring) RETURNS rfm_base
AS 'MODULE_PATHNAME', 'cltv_rfm_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_base_in(cstring) IS 'Internal: input function of rfm_base.
Checks every value (22P02, 22003).';

CREATE FUNCTION rfm_base_out(rfm_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_rfm_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_base_out(rfm_base) IS
'Internal: output function of rfm_base.
JSON with rows [last_order, orders, revenue], times in ISO 8601 whatever DateStyle and TimeZone, digits exact.';

CREATE FUNCTION rfm_base_recv(internal) RETURNS rfm_base
AS 'MODULE_PATHNAME', 'cltv_rfm_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_base_recv(internal) IS 'Internal: binary input function of rfm_base.
Checks every value (22P03).';

CREATE FUNCTION rfm_base_send(rfm_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_rfm_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_base_send(rfm_base) IS
'Internal: binary output function of rfm_base.
Version, kind of time, bins, number of rows, rows.';

CREATE TYPE rfm_base (
    INPUT = rfm_base_in,
    OUTPUT = rfm_base_out,
    RECEIVE = rfm_base_recv,
    SEND = rfm_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE rfm_base IS
'Many customers as RFM sees them.
Last order, orders and revenue of each; made by the aggregate rfm_base, merged by rollup, read by rfm_breaks;
at most 44739199 customers, 24 bytes each; reads as JSON, where bins is the number that an aggregate
rfm_breaks was asked for, null in a base to keep.';

CREATE TYPE rfm_breaks;

CREATE FUNCTION rfm_breaks_in(cstring) RETURNS rfm_breaks
AS 'MODULE_PATHNAME', 'cltv_rfm_breaks_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_breaks_in(cstring) IS 'Internal: input function of rfm_breaks.
Checks every value (22P02, 22003).';

CREATE FUNCTION rfm_breaks_out(rfm_breaks) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_rfm_breaks_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_breaks_out(rfm_breaks) IS
'Internal: output function of rfm_breaks.
JSON, times in ISO 8601 whatever DateStyle and TimeZone (timestamptz in UTC), digits exact.';

CREATE FUNCTION rfm_breaks_recv(internal) RETURNS rfm_breaks
AS 'MODULE_PATHNAME', 'cltv_rfm_breaks_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_breaks_recv(internal) IS 'Internal: binary input function of rfm_breaks.
Checks every value (22P03).';

CREATE FUNCTION rfm_breaks_send(rfm_breaks) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_rfm_breaks_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_breaks_send(rfm_breaks) IS
'Internal: binary output function of rfm_breaks.
Version, kind of time, bins, and of each column the number of cut points and these.';

CREATE TYPE rfm_breaks (
    INPUT = rfm_breaks_in,
    OUTPUT = rfm_breaks_out,
    RECEIVE = rfm_breaks_recv,
    SEND = rfm_breaks_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = plain
);
COMMENT ON TYPE rfm_breaks IS
'The cut points that divide customers into RFM scores.
Of last order, orders and revenue, bins - 1 each (none where nothing was known), and the type of the last
orders; made by the aggregate rfm_breaks, read by rfm_score and rfm_breaks_table; reads as JSON.';

CREATE CAST (rfm_breaks AS jsonb) WITH INOUT;
COMMENT ON CAST (rfm_breaks AS jsonb) IS 'Returns the cut points as a JSON object.';

CREATE FUNCTION rfm_base_accum(state rfm_base, last_order date, orders float8, revenue float8) RETURNS rfm_base
AS 'MODULE_PATHNAME', 'cltv_rfm_base_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_base_accum(rfm_base, date, float8, float8) IS
'Internal: transition function of rfm_base and rfm_breaks.
Adds one customer.';

CREATE FUNCTION rfm_base_accum(state rfm_base, last_order date, orders float8, revenue float8, bins int) RETURNS rfm_base
AS 'MODULE_PATHNAME', 'cltv_rfm_base_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_base_accum(rfm_base, date, float8, float8, int) IS
'Internal: transition function of rfm_breaks with bins.
Adds one customer, unless bins is NULL.';

CREATE FUNCTION rfm_base_accum(state rfm_base, last_order timestamp, orders float8, revenue float8) RETURNS rfm_base
AS 'MODULE_PATHNAME', 'cltv_rfm_base_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_base_accum(rfm_base, timestamp, float8, float8) IS
'Internal: transition function of rfm_base and rfm_breaks.
Adds one customer.';

CREATE FUNCTION rfm_base_accum(state rfm_base, last_order timestamp, orders float8, revenue float8, bins int) RETURNS rfm_base
AS 'MODULE_PATHNAME', 'cltv_rfm_base_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_base_accum(rfm_base, timestamp, float8, float8, int) IS
'Internal: transition function of rfm_breaks with bins.
Adds one customer, unless bins is NULL.';

CREATE FUNCTION rfm_base_accum(state rfm_base, last_order timestamptz, orders float8, revenue float8) RETURNS rfm_base
AS 'MODULE_PATHNAME', 'cltv_rfm_base_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_base_accum(rfm_base, timestamptz, float8, float8) IS
'Internal: transition function of rfm_base and rfm_breaks.
Adds one customer.';

CREATE FUNCTION rfm_base_accum(state rfm_base, last_order timestamptz, orders float8, revenue float8, bins int) RETURNS rfm_base
AS 'MODULE_PATHNAME', 'cltv_rfm_base_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_base_accum(rfm_base, timestamptz, float8, float8, int) IS
'Internal: transition function of rfm_breaks with bins.
Adds one customer, unless bins is NULL.';

CREATE FUNCTION rfm_base_combine(state rfm_base, other rfm_base) RETURNS rfm_base
AS 'MODULE_PATHNAME', 'cltv_rfm_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_base_combine(rfm_base, rfm_base) IS
'Internal: combine function of rfm_base and rfm_breaks, transition function of rollup.
Adds all customers of other.';

CREATE FUNCTION rfm_base_final(state rfm_base) RETURNS rfm_base
AS 'MODULE_PATHNAME', 'cltv_rfm_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION rfm_base_final(rfm_base) IS
'Internal: final function of rfm_base.
Sorts the rows, so that the same customers give the same bytes in any order.';

CREATE FUNCTION rfm_breaks_final(state rfm_base) RETURNS rfm_breaks
AS 'MODULE_PATHNAME', 'cltv_rfm_breaks_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION rfm_breaks_final(rfm_base) IS 'Internal: final function of rfm_breaks.
The cut points of the customers.';

CREATE AGGREGATE rfm_base(last_order date, orders float8, revenue float8) (
    SFUNC = rfm_base_accum,
    STYPE = rfm_base,
    SSPACE = 512,
    COMBINEFUNC = rfm_base_combine,
    FINALFUNC = rfm_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_base(date, float8, float8) IS
'Collects customers for RFM cut points.
last_order, orders (a whole number from 0 to 2^53) and revenue of each (else error 22023); a NULL is kept as
not known; no rows give NULL.';

CREATE AGGREGATE rfm_base(last_order timestamp, orders float8, revenue float8) (
    SFUNC = rfm_base_accum,
    STYPE = rfm_base,
    SSPACE = 512,
    COMBINEFUNC = rfm_base_combine,
    FINALFUNC = rfm_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_base(timestamp, float8, float8) IS
'Collects customers for RFM cut points, by last orders of type timestamp.
As rfm_base(date, float8, float8).';

CREATE AGGREGATE rfm_base(last_order timestamptz, orders float8, revenue float8) (
    SFUNC = rfm_base_accum,
    STYPE = rfm_base,
    SSPACE = 512,
    COMBINEFUNC = rfm_base_combine,
    FINALFUNC = rfm_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_base(timestamptz, float8, float8) IS
'Collects customers for RFM cut points, by last orders of type timestamptz.
As rfm_base(date, float8, float8).';

CREATE AGGREGATE rollup(base rfm_base) (
    SFUNC = rfm_base_combine,
    STYPE = rfm_base,
    SSPACE = 4096,
    COMBINEFUNC = rfm_base_combine,
    FINALFUNC = rfm_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(rfm_base) IS
'Merges stored bases.
The base of all their customers; NULLs are skipped; no rows give NULL; bases of different types of last order
are an error (22023).';

CREATE AGGREGATE rfm_breaks(last_order date, orders float8, revenue float8) (
    SFUNC = rfm_base_accum,
    STYPE = rfm_base,
    SSPACE = 512,
    COMBINEFUNC = rfm_base_combine,
    FINALFUNC = rfm_breaks_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_breaks(date, float8, float8) IS
'Returns the cut points of RFM scores in quintiles.
Of each column the values percentile_disc(k/5), k = 1..4, as the window function rfm_score takes them; a NULL
value is left out of its column, a column without values gives no cut points; no rows give NULL; infinite
times, negative or fractional orders, NaN or infinite revenue are errors (22023).';

CREATE AGGREGATE rfm_breaks(last_order timestamp, orders float8, revenue float8) (
    SFUNC = rfm_base_accum,
    STYPE = rfm_base,
    SSPACE = 512,
    COMBINEFUNC = rfm_base_combine,
    FINALFUNC = rfm_breaks_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_breaks(timestamp, float8, float8) IS
'Returns the cut points of RFM scores in quintiles, by last orders of type timestamp.
As rfm_breaks(date, float8, float8).';

CREATE AGGREGATE rfm_breaks(last_order timestamptz, orders float8, revenue float8) (
    SFUNC = rfm_base_accum,
    STYPE = rfm_base,
    SSPACE = 512,
    COMBINEFUNC = rfm_base_combine,
    FINALFUNC = rfm_breaks_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_breaks(timestamptz, float8, float8) IS
'Returns the cut points of RFM scores in quintiles, by last orders of type timestamptz.
As rfm_breaks(date, float8, float8).';

CREATE AGGREGATE rfm_breaks(last_order date, orders float8, revenue float8, bins int) (
    SFUNC = rfm_base_accum,
    STYPE = rfm_base,
    SSPACE = 512,
    COMBINEFUNC = rfm_base_combine,
    FINALFUNC = rfm_breaks_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_breaks(date, float8, float8, int) IS
'Returns the cut points of RFM scores 1..bins.
Bins is 2..10 and the same for all rows of a group (else error 22023); rows with bins NULL are skipped;
otherwise as rfm_breaks(date, float8, float8).';

CREATE AGGREGATE rfm_breaks(last_order timestamp, orders float8, revenue float8, bins int) (
    SFUNC = rfm_base_accum,
    STYPE = rfm_base,
    SSPACE = 512,
    COMBINEFUNC = rfm_base_combine,
    FINALFUNC = rfm_breaks_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_breaks(timestamp, float8, float8, int) IS
'Returns the cut points of RFM scores 1..bins, by last orders of type timestamp.
Bins is 2..10 and the same for all rows of a group (else error 22023); rows with bins NULL are skipped;
otherwise as rfm_breaks(timestamp, float8, float8).';

CREATE AGGREGATE rfm_breaks(last_order timestamptz, orders float8, revenue float8, bins int) (
    SFUNC = rfm_base_accum,
    STYPE = rfm_base,
    SSPACE = 512,
    COMBINEFUNC = rfm_base_combine,
    FINALFUNC = rfm_breaks_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_breaks(timestamptz, float8, float8, int) IS
'Returns the cut points of RFM scores 1..bins, by last orders of type timestamptz.
Bins is 2..10 and the same for all rows of a group (else error 22023); rows with bins NULL are skipped;
otherwise as rfm_breaks(timestamptz, float8, float8).';

CREATE FUNCTION rfm_breaks(base rfm_base, bins int DEFAULT 5) RETURNS rfm_breaks
AS 'MODULE_PATHNAME', 'cltv_rfm_breaks_of_base' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION rfm_breaks(rfm_base, int) IS
'Returns the cut points of RFM scores 1..bins from stored customers.
Bins is 2..10 (else error 22023); what the aggregate rfm_breaks makes of the same; NULL gives NULL.';

CREATE FUNCTION rfm_score(last_order date, orders float8, revenue float8, breaks rfm_breaks) RETURNS rfm
AS 'MODULE_PATHNAME', 'cltv_rfm_score_by_breaks_date' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION rfm_score(date, float8, float8, rfm_breaks) IS
'Returns the RFM scores of a customer by stored cut points.
A score is 1 plus the number of cut points strictly below the value, so that the customers whom the breaks
were made from score as in the window function rfm_score, and others beside them; a NULL value or a column
without cut points gives a NULL score and segment, breaks NULL: NULL; infinite dates, negative or fractional
orders, NaN or infinite revenue and breaks of another type of last order are errors (22023).';

CREATE FUNCTION rfm_score(last_order timestamp, orders float8, revenue float8, breaks rfm_breaks) RETURNS rfm
AS 'MODULE_PATHNAME', 'cltv_rfm_score_by_breaks_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION rfm_score(timestamp, float8, float8, rfm_breaks) IS
'Returns the RFM scores of a customer by stored cut points of type timestamp.
As rfm_score(date, float8, float8, rfm_breaks).';

CREATE FUNCTION rfm_score(last_order timestamptz, orders float8, revenue float8, breaks rfm_breaks) RETURNS rfm
AS 'MODULE_PATHNAME', 'cltv_rfm_score_by_breaks_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2;
COMMENT ON FUNCTION rfm_score(timestamptz, float8, float8, rfm_breaks) IS
'Returns the RFM scores of a customer by stored cut points of type timestamptz.
As rfm_score(date, float8, float8, rfm_breaks).';

CREATE FUNCTION rfm_breaks_table(
    breaks rfm_breaks,
    OUT score smallint,
    OUT last_order_after timestamptz, OUT last_order_to timestamptz,
    OUT orders_above bigint, OUT orders_to bigint,
    OUT revenue_above float8, OUT revenue_to float8
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_rfm_breaks_table' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10 ROWS 5;
COMMENT ON FUNCTION rfm_breaks_table(rfm_breaks) IS
'Returns stored cut points as a table, one row per score.
1 first: the values that have it lie above the one bound and reach up to the other, inclusive; NULL is no
bound (or a column without cut points), two equal bounds are a score that nobody has; dates and timestamps as
timestamptz by the server''s casts, in the session''s TimeZone, and therefore STABLE; NULL gives no rows.';

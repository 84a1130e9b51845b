
-- customer_base: many customers as an orders model sees them ------------------------------------------------------------

CREATE TYPE customer_base;

CREATE FUNCTION customer_base_in(cstring) RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_in(cstring) IS
'Internal: input function of customer_base.
Rows may come in any order and equal ones are merged; checks every number (22P02, 22023).';

CREATE FUNCTION customer_base_out(customer_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_customer_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_out(customer_base) IS
'Internal: output function of customer_base.
JSON with rows [frequency, recency, tenure, count] in ascending order, digits exact.';

CREATE FUNCTION customer_base_recv(internal) RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_recv(internal) IS
'Internal: binary input function of customer_base.
Checks every number (22P03, 22023).';

CREATE FUNCTION customer_base_send(customer_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_customer_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_send(customer_base) IS
'Internal: binary output function of customer_base.
Version, number of rows, rows in ascending order.';

CREATE TYPE customer_base (
    INPUT = customer_base_in,
    OUTPUT = customer_base_out,
    RECEIVE = customer_base_recv,
    SEND = customer_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE customer_base IS
'Many customers as a model of orders sees them.
Distinct (frequency, recency, tenure), each with its number of customers; made by the aggregate customer_base,
merged by rollup, read by the fits; reads as JSON.';

CREATE FUNCTION customer_base_accum(state customer_base, frequency bigint, recency float8, tenure float8)
RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_accum(customer_base, bigint, float8, float8) IS
'Internal: transition function of customer_base and of the fits of orders models.
Adds one customer.';

CREATE FUNCTION customer_base_accum(state customer_base, frequency float8, recency float8, tenure float8)
RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_accum_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_accum(customer_base, float8, float8, float8) IS
'Internal: transition function of customer_base and of the fits of orders models.
Adds one customer; frequency must be a whole number.';

CREATE FUNCTION customer_base_accum(state customer_base, frequency float8, recency float8, tenure float8, weight float8) RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_accum_weighted' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_accum(customer_base, float8, float8, float8, float8) IS
'Internal: transition function of the weighted customer_base and of the weighted fits of orders models.
Adds as many customers as the weight says.';

CREATE FUNCTION customer_base_combine(state customer_base, other customer_base) RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_combine(customer_base, customer_base) IS
'Internal: combine function of customer_base and of the fits of orders models, transition function of rollup.
Adds all customers of other.';

CREATE FUNCTION customer_base_final(state customer_base) RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION customer_base_final(customer_base) IS
'Internal: final function of customer_base.
Sorts the rows, so that the same customers give the same bytes in any order.';

CREATE AGGREGATE customer_base(frequency bigint, recency float8, tenure float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = customer_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE customer_base(bigint, float8, float8) IS
'Collects customers for a model of orders.
frequency = repeat purchases, recency = time from the first to the last purchase, tenure = time from the first
purchase to the observation date, in one unit; 0 <= recency <= tenure, and recency is 0 exactly if frequency
is 0 (else error 22023); rows with a NULL are skipped; no rows give NULL.';

CREATE AGGREGATE customer_base(frequency float8, recency float8, tenure float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = customer_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE customer_base(float8, float8, float8) IS
'Collects customers for a model of orders, with a frequency of type float8.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE AGGREGATE customer_base(frequency float8, recency float8, tenure float8, weight float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = customer_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE customer_base(float8, float8, float8, float8) IS
'Collects a weighted sample of customers for a model of orders.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE AGGREGATE rollup(base customer_base) (
    SFUNC = customer_base_combine,
    STYPE = customer_base,
    SSPACE = 4096,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = customer_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(customer_base) IS
'Merges stored bases.
The base of all their customers; NULLs are skipped; no rows give NULL.';

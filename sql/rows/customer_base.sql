
-- customer_base: many customers as an orders model sees them ------------------------------------------------------------

CREATE TYPE customer_base;

CREATE FUNCTION customer_base_in(cstring) RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_in(cstring) IS
'input of customer_base; rows may come in any order and equal ones are merged; checks every number (22P02, 22023)';

CREATE FUNCTION customer_base_out(customer_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_customer_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_out(customer_base) IS
'output of customer_base: JSON with rows [frequency, recency, tenure, count] in ascending order, digits exact';

CREATE FUNCTION customer_base_recv(internal) RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_recv(internal) IS
'binary input of customer_base; checks every number (22P03, 22023)';

CREATE FUNCTION customer_base_send(customer_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_customer_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_send(customer_base) IS
'binary output of customer_base: version, number of rows, rows in ascending order';

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
'many customers as an orders model sees them: distinct (frequency, recency, tenure), each with its number of customers; made by the aggregate customer_base, merged by rollup, read by the fits; reads as JSON';

CREATE FUNCTION customer_base_accum(state customer_base, frequency bigint, recency float8, tenure float8)
RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_accum(customer_base, bigint, float8, float8) IS
'transition function of customer_base and of the fits of orders models: adds one customer';

CREATE FUNCTION customer_base_accum(state customer_base, frequency float8, recency float8, tenure float8)
RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_accum_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_accum(customer_base, float8, float8, float8) IS
'transition function of customer_base and of the fits of orders models: adds one customer; frequency must be a whole number';

CREATE FUNCTION customer_base_accum(state customer_base, frequency float8, recency float8, tenure float8, weight float8) RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_accum_weighted' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_accum(customer_base, float8, float8, float8, float8) IS
'transition function of the weighted customer_base and of the weighted fits of orders models: adds as many customers as the weight says';

CREATE FUNCTION customer_base_combine(state customer_base, other customer_base) RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION customer_base_combine(customer_base, customer_base) IS
'combine function of customer_base and of the fits of orders models, transition function of rollup: adds all customers of other';

CREATE FUNCTION customer_base_final(state customer_base) RETURNS customer_base
AS 'MODULE_PATHNAME', 'cltv_customer_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION customer_base_final(customer_base) IS
'final function of customer_base: sorts the rows, so that equal customers give equal bytes whatever their order';

CREATE AGGREGATE customer_base(frequency bigint, recency float8, tenure float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = customer_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE customer_base(bigint, float8, float8) IS
'customers for an orders model: frequency = repeat purchases, recency = time from the first to the last purchase, tenure = time from the first purchase to the observation date, in one unit; 0 <= recency <= tenure, and recency is 0 exactly if frequency is 0 (else error 22023); rows with a NULL are skipped, no rows: NULL';

CREATE AGGREGATE customer_base(frequency float8, recency float8, tenure float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = customer_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE customer_base(float8, float8, float8) IS
'customers for an orders model, with a frequency that other software keeps as a fraction: it must be a whole number, 2.5 is error 22023; all else as with a bigint frequency';

CREATE AGGREGATE customer_base(frequency float8, recency float8, tenure float8, weight float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = customer_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE customer_base(float8, float8, float8, float8) IS
'customers for a model of orders, each standing for as many as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE AGGREGATE rollup(base customer_base) (
    SFUNC = customer_base_combine,
    STYPE = customer_base,
    SSPACE = 4096,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = customer_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(customer_base) IS
'merges stored bases: the base of all their customers; NULLs are skipped, no rows: NULL';

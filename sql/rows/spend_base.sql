
-- spend_base: many customers as a spend model sees them ---------------------------------------------------------------

CREATE TYPE spend_base;

CREATE FUNCTION spend_base_in(cstring) RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_in(cstring) IS
'Internal: input function of spend_base.
Rows may come in any order and equal ones are merged; checks every number (22P02, 22023).';

CREATE FUNCTION spend_base_out(spend_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_spend_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_out(spend_base) IS
'Internal: output function of spend_base.
JSON with rows [frequency, monetary_value, first_value, count] in ascending order, digits exact.';

CREATE FUNCTION spend_base_recv(internal) RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_recv(internal) IS
'Internal: binary input function of spend_base.
Checks every number (22P03, 22023).';

CREATE FUNCTION spend_base_send(spend_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_spend_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_send(spend_base) IS
'Internal: binary output function of spend_base.
Version, customers without spend, number of rows, rows in ascending order.';

CREATE TYPE spend_base (
    INPUT = spend_base_in,
    OUTPUT = spend_base_out,
    RECEIVE = spend_base_recv,
    SEND = spend_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE spend_base IS
'Many customers as a model of spend sees them.
Distinct (frequency, monetary_value, first_value), each with its number of customers, and the number of
customers who carry no information about spend; made by the aggregate spend_base, merged by rollup, read by
the fits; reads as JSON.';

CREATE FUNCTION spend_base_accum(state spend_base, frequency bigint, monetary_value float8)
RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_accum(spend_base, bigint, float8) IS
'Internal: transition function of spend_base and of the fits of spend models.
Adds one customer.';

CREATE FUNCTION spend_base_accum(state spend_base, frequency float8, monetary_value float8)
RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_accum_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_accum(spend_base, float8, float8) IS
'Internal: transition function of spend_base and of the fits of spend models.
Adds one customer; frequency must be a whole number.';

CREATE FUNCTION spend_base_accum(state spend_base, frequency float8, monetary_value float8, first_value float8)
RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_accum_first' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_accum(spend_base, float8, float8, float8) IS
'Internal: transition function of spend_base and of the fits of spend models.
Adds one customer with the first purchase.';

CREATE FUNCTION spend_base_accum(state spend_base, frequency float8, monetary_value float8, first_value float8,
                                 weight float8)
RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_accum_weighted' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_accum(spend_base, float8, float8, float8, float8) IS
'Internal: transition function of the weighted spend_base and of the weighted fits of spend models.
Adds as many customers as the weight says.';

CREATE FUNCTION spend_base_combine(state spend_base, other spend_base) RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_combine(spend_base, spend_base) IS
'Internal: combine function of spend_base and of the fits of spend models, transition function of rollup.
Adds all customers of other.';

CREATE FUNCTION spend_base_final(state spend_base) RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION spend_base_final(spend_base) IS
'Internal: final function of spend_base.
Sorts the rows, so that the same customers give the same bytes in any order.';

CREATE AGGREGATE spend_base(frequency bigint, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_base(bigint, float8) IS
'Collects customers for a model of spend.
frequency = repeat purchases, monetary_value = mean spend per repeat purchase, in any currency; customers with
frequency 0, whatever their monetary_value, carry no information about spend and are only counted; other rows
with a NULL are skipped; no rows give NULL.';

CREATE AGGREGATE spend_base(frequency float8, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_base(float8, float8) IS
'Collects customers for a model of spend, with a frequency of type float8.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE AGGREGATE spend_base(frequency float8, monetary_value float8, first_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_base(float8, float8, float8) IS
'Collects customers for a model of spend, including first purchases.
first_value = what the first purchase brought, NULL or 0 where that is not known, also of customers without
repeat purchases; otherwise as without it.';

CREATE AGGREGATE spend_base(frequency float8, monetary_value float8, first_value float8, weight float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_base(float8, float8, float8, float8) IS
'Collects a weighted sample of customers for a model of spend.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE AGGREGATE rollup(base spend_base) (
    SFUNC = spend_base_combine,
    STYPE = spend_base,
    SSPACE = 4096,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(spend_base) IS
'Merges stored bases.
The base of all their customers; NULLs are skipped; no rows give NULL.';

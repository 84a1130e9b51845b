
-- spend_base: many customers as a spend model sees them ---------------------------------------------------------------

CREATE TYPE spend_base;

CREATE FUNCTION spend_base_in(cstring) RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_in(cstring) IS
'input of spend_base; rows may come in any order and equal ones are merged; checks every number (22P02, 22023)';

CREATE FUNCTION spend_base_out(spend_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_spend_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_out(spend_base) IS
'output of spend_base: JSON with rows [frequency, monetary_value, first_value, count] in ascending order, digits exact';

CREATE FUNCTION spend_base_recv(internal) RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_recv(internal) IS
'binary input of spend_base; checks every number (22P03, 22023)';

CREATE FUNCTION spend_base_send(spend_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_spend_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_send(spend_base) IS
'binary output of spend_base: version, customers without spend, number of rows, rows in ascending order';

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
'many customers as a spend model sees them: distinct (frequency, monetary_value, first_value), each with its number of customers, and the number of customers who say nothing of spend; made by the aggregate spend_base, merged by rollup, read by the fits; reads as JSON';

CREATE FUNCTION spend_base_accum(state spend_base, frequency bigint, monetary_value float8)
RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_accum(spend_base, bigint, float8) IS
'transition function of spend_base and of the fits of spend models: adds one customer';

CREATE FUNCTION spend_base_accum(state spend_base, frequency float8, monetary_value float8)
RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_accum_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_accum(spend_base, float8, float8) IS
'transition function of spend_base and of the fits of spend models: adds one customer; frequency must be a whole number';

CREATE FUNCTION spend_base_accum(state spend_base, frequency float8, monetary_value float8, first_value float8)
RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_accum_first' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_accum(spend_base, float8, float8, float8) IS
'transition function of spend_base and of the fits of spend models: adds one customer with the first purchase';

CREATE FUNCTION spend_base_accum(state spend_base, frequency float8, monetary_value float8, first_value float8,
                                 weight float8)
RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_accum_weighted' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_accum(spend_base, float8, float8, float8, float8) IS
'transition function of the weighted spend_base and of the weighted fits of spend models: adds as many customers as the weight says';

CREATE FUNCTION spend_base_combine(state spend_base, other spend_base) RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION spend_base_combine(spend_base, spend_base) IS
'combine function of spend_base and of the fits of spend models, transition function of rollup: adds all customers of other';

CREATE FUNCTION spend_base_final(state spend_base) RETURNS spend_base
AS 'MODULE_PATHNAME', 'cltv_spend_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION spend_base_final(spend_base) IS
'final function of spend_base: sorts the rows, so that equal customers give equal bytes whatever their order';

CREATE AGGREGATE spend_base(frequency bigint, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_base(bigint, float8) IS
'customers for a spend model: frequency = repeat purchases, monetary_value = mean spend per repeat purchase, in any currency; customers with frequency 0, whatever their monetary_value, tell nothing of spend and are only counted; other rows with a NULL are skipped, no rows: NULL';

CREATE AGGREGATE spend_base(frequency float8, monetary_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_base(float8, float8) IS
'customers for a spend model, with a frequency that other software keeps as a fraction: it must be a whole number, 2.5 is error 22023; all else as with a bigint frequency';

CREATE AGGREGATE spend_base(frequency float8, monetary_value float8, first_value float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_base(float8, float8, float8) IS
'customers for a spend model, from first purchases, too: first_value = what the first purchase brought, NULL or 0 where that is not known, also of customers without repeat purchases; all else as without it';

CREATE AGGREGATE spend_base(frequency float8, monetary_value float8, first_value float8, weight float8) (
    SFUNC = spend_base_accum,
    STYPE = spend_base,
    SSPACE = 512,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE spend_base(float8, float8, float8, float8) IS
'customers for a spend model, of a weighted sample: each row stands for as many customers as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE AGGREGATE rollup(base spend_base) (
    SFUNC = spend_base_combine,
    STYPE = spend_base,
    SSPACE = 4096,
    COMBINEFUNC = spend_base_combine,
    FINALFUNC = spend_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(spend_base) IS
'merges stored bases: the base of all their customers; NULLs are skipped, no rows: NULL';


-- contract_base: many customers as a contract model sees them -----------------------------------------------------------

CREATE TYPE contract_base;

CREATE FUNCTION contract_base_in(cstring) RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_in(cstring) IS
'input of contract_base; rows may come in any order and equal ones are merged; checks every number (22P02, 22023)';

CREATE FUNCTION contract_base_out(contract_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_contract_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_out(contract_base) IS
'output of contract_base: JSON with rows [periods, churned (1 or 0), count] in ascending order, digits exact';

CREATE FUNCTION contract_base_recv(internal) RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_recv(internal) IS
'binary input of contract_base; checks every number (22P03, 22023)';

CREATE FUNCTION contract_base_send(contract_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_contract_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_send(contract_base) IS
'binary output of contract_base: version, 0, number of rows, rows in ascending order';

CREATE TYPE contract_base (
    INPUT = contract_base_in,
    OUTPUT = contract_base_out,
    RECEIVE = contract_base_recv,
    SEND = contract_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE contract_base IS
'many customers as a contract model sees them: distinct (periods, churned), each with its number of customers; made by the aggregate contract_base, merged by rollup, read by the fits; reads as JSON';

CREATE FUNCTION contract_base_accum(state contract_base, periods float8, churned boolean)
RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_accum(contract_base, float8, boolean) IS
'transition function of contract_base and of the fits of contract models: adds one customer';

CREATE FUNCTION contract_base_accum(state contract_base, periods float8, churned boolean, weight float8)
RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_accum_weighted' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_accum(contract_base, float8, boolean, float8) IS
'transition function of the weighted contract_base and of the weighted fits of contract models: adds as many customers as the weight says';

CREATE FUNCTION contract_base_combine(state contract_base, other contract_base) RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_combine(contract_base, contract_base) IS
'combine function of contract_base and of the fits of contract models, transition function of rollup: adds all customers of other';

CREATE FUNCTION contract_base_final(state contract_base) RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION contract_base_final(contract_base) IS
'final function of contract_base: sorts the rows, so that equal customers give equal bytes whatever their order';

CREATE AGGREGATE contract_base(periods float8, churned boolean) (
    SFUNC = contract_base_accum,
    STYPE = contract_base,
    SSPACE = 512,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = contract_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE contract_base(float8, boolean) IS
'customers for a contract model: periods = whole periods completed, 0 or more, churned = whether the customer left at the end of the last of them (1 or more periods then) instead of renewing; other values are errors (22023); rows with a NULL are skipped, no rows: NULL';

CREATE AGGREGATE contract_base(periods float8, churned boolean, weight float8) (
    SFUNC = contract_base_accum,
    STYPE = contract_base,
    SSPACE = 512,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = contract_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE contract_base(float8, boolean, float8) IS
'customers for a contract model from a weighted sample or a table of counts: each row stands for as many customers as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE AGGREGATE rollup(base contract_base) (
    SFUNC = contract_base_combine,
    STYPE = contract_base,
    SSPACE = 4096,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = contract_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(contract_base) IS
'merges stored bases: the base of all their customers; NULLs are skipped, no rows: NULL';


-- contract_base: many customers as a contract model sees them -----------------------------------------------------------

CREATE TYPE contract_base;

CREATE FUNCTION contract_base_in(cstring) RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_in(cstring) IS
'Internal: input function of contract_base.
Rows may come in any order and equal ones are merged; checks every number (22P02, 22023).';

CREATE FUNCTION contract_base_out(contract_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_contract_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_out(contract_base) IS
'Internal: output function of contract_base.
JSON with rows [periods, churned (1 or 0), count] in ascending order, digits exact.';

CREATE FUNCTION contract_base_recv(internal) RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_recv(internal) IS
'Internal: binary input function of contract_base.
Checks every number (22P03, 22023).';

CREATE FUNCTION contract_base_send(contract_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_contract_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_send(contract_base) IS
'Internal: binary output function of contract_base.
Version, 0, number of rows, rows in ascending order.';

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
'Many customers as a model of contracts sees them.
Distinct (periods, churned), each with its number of customers; made by the aggregate contract_base, merged by
rollup, read by the fits; reads as JSON.';

CREATE FUNCTION contract_base_accum(state contract_base, periods float8, churned boolean)
RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_accum(contract_base, float8, boolean) IS
'Internal: transition function of contract_base and of the fits of contract models.
Adds one customer.';

CREATE FUNCTION contract_base_accum(state contract_base, periods float8, churned boolean, weight float8)
RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_accum_weighted' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_accum(contract_base, float8, boolean, float8) IS
'Internal: transition function of the weighted contract_base and of the weighted fits of contract models.
Adds as many customers as the weight says.';

CREATE FUNCTION contract_base_combine(state contract_base, other contract_base) RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION contract_base_combine(contract_base, contract_base) IS
'Internal: combine function of contract_base and of the fits of contract models, transition function of rollup.
Adds all customers of other.';

CREATE FUNCTION contract_base_final(state contract_base) RETURNS contract_base
AS 'MODULE_PATHNAME', 'cltv_contract_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION contract_base_final(contract_base) IS
'Internal: final function of contract_base.
Sorts the rows, so that the same customers give the same bytes in any order.';

CREATE AGGREGATE contract_base(periods float8, churned boolean) (
    SFUNC = contract_base_accum,
    STYPE = contract_base,
    SSPACE = 512,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = contract_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE contract_base(float8, boolean) IS
'Collects customers for a model of contracts.
periods = whole periods completed, 0 or more, churned = whether the customer left at the end of the last of
them (1 or more periods then) instead of renewing; other values are errors (22023); rows with a NULL are
skipped; no rows give NULL.';

CREATE AGGREGATE contract_base(periods float8, churned boolean, weight float8) (
    SFUNC = contract_base_accum,
    STYPE = contract_base,
    SSPACE = 512,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = contract_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE contract_base(float8, boolean, float8) IS
'Collects a weighted sample of customers for a model of contracts.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE AGGREGATE rollup(base contract_base) (
    SFUNC = contract_base_combine,
    STYPE = contract_base,
    SSPACE = 4096,
    COMBINEFUNC = contract_base_combine,
    FINALFUNC = contract_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(contract_base) IS
'Merges stored bases.
The base of all their customers; NULLs are skipped; no rows give NULL.';

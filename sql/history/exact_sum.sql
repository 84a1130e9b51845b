
-- Sums of money that do not depend on the order of the rows --------------------------------------------------------------

CREATE TYPE exact_sum;

CREATE FUNCTION exact_sum_in(cstring) RETURNS exact_sum
AS 'MODULE_PATHNAME', 'cltv_exact_sum_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION exact_sum_in(cstring) IS
'Internal: input function of exact_sum.
Checks both numbers (22P02).';

CREATE FUNCTION exact_sum_out(exact_sum) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_exact_sum_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION exact_sum_out(exact_sum) IS
'Internal: output function of exact_sum.
JSON [rounded sum, what the rounding left], digits exact.';

CREATE FUNCTION exact_sum_recv(internal) RETURNS exact_sum
AS 'MODULE_PATHNAME', 'cltv_exact_sum_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION exact_sum_recv(internal) IS
'Internal: binary input function of exact_sum.
Checks both numbers (22P03).';

CREATE FUNCTION exact_sum_send(exact_sum) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_exact_sum_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION exact_sum_send(exact_sum) IS
'Internal: binary output function of exact_sum.';

CREATE TYPE exact_sum (
    INPUT = exact_sum_in,
    OUTPUT = exact_sum_out,
    RECEIVE = exact_sum_recv,
    SEND = exact_sum_send,
    INTERNALLENGTH = 16,
    ALIGNMENT = double
);
COMMENT ON TYPE exact_sum IS
'State of the aggregate exact_sum.
A sum as a pair of float8 to be added, which has 106 bits; reads as JSON.';

CREATE FUNCTION exact_sum_add(exact_sum, amount float8) RETURNS exact_sum
AS 'MODULE_PATHNAME', 'cltv_exact_sum_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION exact_sum_add(exact_sum, float8) IS
'Internal: transition function of exact_sum.
For aggregates only: it updates its first argument.';

CREATE FUNCTION exact_sum_combine(exact_sum, exact_sum) RETURNS exact_sum
AS 'MODULE_PATHNAME', 'cltv_exact_sum_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION exact_sum_combine(exact_sum, exact_sum) IS
'Internal: combine function of exact_sum.
NULL is the identity. For aggregates only: it updates its first argument.';

CREATE FUNCTION exact_sum_final(exact_sum) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_exact_sum_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION exact_sum_final(exact_sum) IS
'Internal: final function of exact_sum.
The sum, rounded once.';

CREATE AGGREGATE exact_sum(amount float8) (
    SFUNC = exact_sum_add,
    STYPE = exact_sum,
    FINALFUNC = exact_sum_final,
    COMBINEFUNC = exact_sum_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE exact_sum(float8) IS
'Returns the sum of amounts, rounded once and independent of row order.
The same to the last bit in whatever order the rows come, unlike sum(float8); exact while it stays below 2^52
times the smallest amount. NULLs are skipped; no amount gives NULL; NaN and infinite amounts are errors
(22023), a sum beyond float8 too (22003). Dekker 1971.';

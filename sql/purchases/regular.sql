
-- Customers who buy at regular intervals ----------------------------------------------------------------------------------

CREATE FUNCTION score_base_accum(state score_base, history purchase_history) RETURNS score_base
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'cltv_score_base_accum_gaps';
COMMENT ON FUNCTION score_base_accum(score_base, purchase_history) IS
'Internal: transition function of regularity.
Adds one customer''s share of the first of the last two gaps in both.';

CREATE FUNCTION regularity_final(state score_base) RETURNS float8
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'cltv_regularity_final';
COMMENT ON FUNCTION regularity_final(score_base) IS
'Internal: final function of regularity.';

CREATE AGGREGATE regularity(history purchase_history) (
    SFUNC = score_base_accum,
    STYPE = score_base,
    SSPACE = 256,
    COMBINEFUNC = score_base_combine,
    FINALFUNC = regularity_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE regularity(purchase_history) IS
'Returns how regularly customers buy.
From the last two gaps between purchases of each customer who has three or more: 1 where purchases come by
chance, as all other models of orders have it, above 1 where they come like deliveries, below 1 where they
come in bursts; the k of Erlang-distributed gaps, infinite where both gaps of all are alike; NULL where nobody
has three purchases. Wheat & Morrison 1990.';

CREATE TYPE regular_base;

CREATE FUNCTION regular_base_in(cstring) RETURNS regular_base
AS 'MODULE_PATHNAME', 'cltv_regular_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION regular_base_in(cstring) IS
'Internal: input function of regular_base.
Rows may come in any order and equal ones are merged; checks every number (22P02, 22023).';

CREATE FUNCTION regular_base_out(regular_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_regular_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION regular_base_out(regular_base) IS
'Internal: output function of regular_base.
JSON with rows [frequency, recency, tenure, log_gaps, count] in ascending order, digits exact.';

CREATE FUNCTION regular_base_recv(internal) RETURNS regular_base
AS 'MODULE_PATHNAME', 'cltv_regular_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION regular_base_recv(internal) IS
'Internal: binary input function of regular_base.
Checks every number (22P03, 22023).';

CREATE FUNCTION regular_base_send(regular_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_regular_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION regular_base_send(regular_base) IS
'Internal: binary output function of regular_base.
Version, k, number of rows, rows in ascending order.';

CREATE TYPE regular_base (
    INPUT = regular_base_in,
    OUTPUT = regular_base_out,
    RECEIVE = regular_base_recv,
    SEND = regular_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE regular_base IS
'State of bgcnbd_fit and mbgcnbd_fit, by histories or with k.
K, or the largest that is tried, and distinct customers with the sum of the logarithms of their gaps, each
with its number; reads as JSON.';

CREATE FUNCTION regular_base_accum(state regular_base, history purchase_history, as_of date) RETURNS regular_base
AS 'MODULE_PATHNAME', 'cltv_regular_base_accum_history' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION regular_base_accum(regular_base, purchase_history, date) IS
'Internal: transition function of the fits of regular buyers by histories.
Adds one customer.';

CREATE FUNCTION regular_base_accum(state regular_base, history purchase_history, as_of date, max_k int) RETURNS regular_base
AS 'MODULE_PATHNAME', 'cltv_regular_base_accum_history_k' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION regular_base_accum(regular_base, purchase_history, date, int) IS
'Internal: transition function of the fits of regular buyers by histories.
Adds one customer and notes the largest k to try, which all rows must share (22023).';

CREATE FUNCTION regular_base_accum(state regular_base, frequency bigint, recency float8, tenure float8, k int) RETURNS regular_base
AS 'MODULE_PATHNAME', 'cltv_regular_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION regular_base_accum(regular_base, bigint, float8, float8, int) IS
'Internal: transition function of the fits of regular buyers with k.
Adds one customer and notes k, which all rows must share (22023).';

CREATE FUNCTION regular_base_accum(state regular_base, frequency float8, recency float8, tenure float8, k int) RETURNS regular_base
AS 'MODULE_PATHNAME', 'cltv_regular_base_accum_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION regular_base_accum(regular_base, float8, float8, float8, int) IS
'Internal: transition function of the fits of regular buyers with k.
Adds one customer and notes k; frequency must be a whole number.';

CREATE FUNCTION regular_base_combine(state regular_base, other regular_base) RETURNS regular_base
AS 'MODULE_PATHNAME', 'cltv_regular_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION regular_base_combine(regular_base, regular_base) IS
'Internal: combine function of the fits of regular buyers.
Adds all customers of other.';

DO $install$
DECLARE
    family record;
    template CONSTANT text := $template$

CREATE FUNCTION {name}_fit_histories(state regular_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_histories' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION {name}_fit_histories(regular_base) IS
'Internal: final function of {name}_fit by histories.';

CREATE FUNCTION {name}_fit_given_k(state regular_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_given_k' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION {name}_fit_given_k(regular_base) IS
'Internal: final function of {name}_fit with k.';

CREATE AGGREGATE {name}_fit(history purchase_history, as_of date) (
    SFUNC = regular_base_accum,
    STYPE = regular_base,
    SSPACE = 512,
    COMBINEFUNC = regular_base_combine,
    FINALFUNC = {name}_fit_histories,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(purchase_history, date) IS
'Fits the {title} model to purchase histories.
By maximum likelihood, as known at the end of as_of, times in days: k is the one from 1 to 12 that makes all
gaps between purchases likeliest, and the log-likelihood is that of all gaps; rows with a NULL are skipped,
customers with refunds only too; no rows give NULL. {source}.';

CREATE AGGREGATE {name}_fit(history purchase_history, as_of date, max_k int) (
    SFUNC = regular_base_accum,
    STYPE = regular_base,
    SSPACE = 512,
    COMBINEFUNC = regular_base_combine,
    FINALFUNC = {name}_fit_histories,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(purchase_history, date, int) IS
'Fits the {title} model to purchase histories with k up to max_k.
max_k is 1 to 50 and the same in all rows (else error 22023); otherwise as without max_k.';

CREATE AGGREGATE {name}_fit(frequency bigint, recency float8, tenure float8, k int) (
    SFUNC = regular_base_accum,
    STYPE = regular_base,
    SSPACE = 512,
    COMBINEFUNC = regular_base_combine,
    FINALFUNC = {name}_fit_given_k,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(bigint, float8, float8, int) IS
'Fits the {title} model to customers with a given k.
K is 1 to 50 and the same in all rows (else error 22023); otherwise as without k.';

CREATE AGGREGATE {name}_fit(frequency float8, recency float8, tenure float8, k int) (
    SFUNC = regular_base_accum,
    STYPE = regular_base,
    SSPACE = 512,
    COMBINEFUNC = regular_base_combine,
    FINALFUNC = {name}_fit_given_k,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE {name}_fit(float8, float8, float8, int) IS
'Fits the {title} model to customers with a given k, with a frequency of type float8.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE FUNCTION {name}_fit(base customer_base, k int) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_{name}_fit_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION {name}_fit(customer_base, int) IS
'Fits the {title} model to stored customers with a given k.
K is 1 to 50 (else error 22023); otherwise as without k.';

$template$;
BEGIN
    FOR family IN SELECT f.name, f.title, f.source FROM @extschema@.cltv_families() AS f WHERE 'k' = ANY (f.parameters) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(family));
    END LOOP;
END
$install$;

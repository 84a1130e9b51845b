
-- feature_base: many customers with attributes ---------------------------------------------------------------------------

CREATE TYPE feature_base;

CREATE FUNCTION feature_base_in(cstring) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_in(cstring) IS
'Internal: input function of feature_base.
Rows may come in any order and equal ones are merged; checks every number (22P02, 22023).';

CREATE FUNCTION feature_base_out(feature_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_feature_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_out(feature_base) IS
'Internal: output function of feature_base.
JSON with the attributes'' columns, their distinct rows, and rows [number of the row of attributes, frequency,
recency, tenure, count] (or what the targets spend and contracts have), all in ascending order, digits exact.';

CREATE FUNCTION feature_base_recv(internal) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_recv(internal) IS
'Internal: binary input function of feature_base.
Checks every number (22P03, 22023).';

CREATE FUNCTION feature_base_send(feature_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_feature_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_send(feature_base) IS
'Internal: binary output function of feature_base.
Version, columns with their levels, distinct rows of attributes, rows of customers.';

CREATE TYPE feature_base (
    INPUT = feature_base_in,
    OUTPUT = feature_base_out,
    RECEIVE = feature_base_recv,
    SEND = feature_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE feature_base IS
'Many customers with attributes.
The distinct rows of attributes, and distinct (attributes, frequency, recency, tenure), or (attributes,
frequency, monetary_value) or (attributes, periods, churned), each with its number of customers; made by the
aggregate feature_base, merged by rollup, read by the fits of models with attributes; reads as JSON.';

CREATE FUNCTION feature_base_combine(state feature_base, other feature_base) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_combine(feature_base, feature_base) IS
'Internal: combine function of feature_base and related fits.
Adds all customers of other, which must be of the same kind with attributes of the same names (else error
22023).';

CREATE FUNCTION feature_base_final(state feature_base) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION feature_base_final(feature_base) IS
'Internal: final function of feature_base.
Sorts levels and rows, so that the same customers give the same bytes in any order.';

CREATE FUNCTION feature_base_accum(state feature_base, frequency bigint, recency float8, tenure float8, purchases features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, bigint, float8, float8, features) IS
'Internal: transition function of feature_base and of the fits of models with attributes of purchases.
Adds one customer.';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, recency float8, tenure float8, purchases features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, float8, features) IS
'Internal: transition function of feature_base and of the fits of models with attributes of purchases.
Adds one customer; frequency must be a whole number.';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, recency float8, tenure float8, purchases features, weight float8)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, float8, features, float8) IS
'Internal: transition function of feature_base and of the fits of models with attributes of purchases.
Adds as many customers as the weight says.';

CREATE FUNCTION feature_base_accum(state feature_base, frequency bigint, recency float8, tenure float8, purchases features, dropout features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_both' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, bigint, float8, float8, features, features) IS
'Internal: transition function of feature_base and related fits.
Adds one customer.';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, recency float8, tenure float8, purchases features, dropout features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_both_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, float8, features, features) IS
'Internal: transition function of feature_base and related fits.
Adds one customer; frequency must be a whole number.';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, recency float8, tenure float8, purchases features, dropout features, weight float8)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_both_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, float8, features, features, float8) IS
'Internal: transition function of feature_base and related fits.
Adds as many customers as the weight says.';

CREATE FUNCTION feature_base_accum(state feature_base, frequency bigint, monetary_value float8, spend features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_spend' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, bigint, float8, features) IS
'Internal: transition function of feature_base and of the fits of models of spend with attributes.
Adds one customer.';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, monetary_value float8, spend features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_spend_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, features) IS
'Internal: transition function of feature_base and of the fits of models of spend with attributes.
Adds one customer; frequency must be a whole number.';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, monetary_value float8, spend features, weight float8)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_spend_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, features, float8) IS
'Internal: transition function of feature_base and of the fits of models of spend with attributes.
Adds as many customers as the weight says.';

CREATE FUNCTION feature_base_accum(state feature_base, periods float8, churned boolean, churn features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_contract' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, boolean, features) IS
'Internal: transition function of feature_base and of the fits of models of contracts with attributes.
Adds one customer.';

CREATE FUNCTION feature_base_accum(state feature_base, periods float8, churned boolean, churn features, weight float8)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_contract' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, boolean, features, float8) IS
'Internal: transition function of feature_base and of the fits of models of contracts with attributes.
Adds as many customers as the weight says.';

CREATE AGGREGATE feature_base(frequency bigint, recency float8, tenure float8, purchases features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(bigint, float8, float8, features) IS
'Collects customers with attributes that act on purchasing.
Frequency, recency and tenure as in customer_base, purchases by features(); all rows must have the same
attributes (else error 22023); rows with a NULL are skipped; no rows give NULL.';

CREATE AGGREGATE feature_base(frequency float8, recency float8, tenure float8, purchases features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, float8, features) IS
'Collects customers with attributes, with a frequency of type float8.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE AGGREGATE feature_base(frequency float8, recency float8, tenure float8, purchases features, weight float8) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, float8, features, float8) IS
'Collects a weighted sample of customers with attributes.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE AGGREGATE feature_base(frequency bigint, recency float8, tenure float8, purchases features, dropout features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(bigint, float8, float8, features, features) IS
'Collects customers with attributes that act on purchasing and on dropout.
One of the two is NULL in all rows if there are none; rows with another NULL are skipped; otherwise as without
attributes of dropout.';

CREATE AGGREGATE feature_base(frequency float8, recency float8, tenure float8, purchases features, dropout features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, float8, features, features) IS
'Collects customers with attributes of both kinds, with a frequency of type float8.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE AGGREGATE feature_base(frequency float8, recency float8, tenure float8, purchases features, dropout features, weight float8) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, float8, features, features, float8) IS
'Collects a weighted sample of customers with attributes of both kinds.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE AGGREGATE feature_base(frequency bigint, monetary_value float8, spend features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(bigint, float8, features) IS
'Collects customers with attributes that act on spend.
Frequency and monetary_value as in spend_base, spend by features(); those without repeat purchases carry no
information and are left out; all rows must have the same attributes (else error 22023); rows with a NULL are
skipped; no rows give NULL.';

CREATE AGGREGATE feature_base(frequency float8, monetary_value float8, spend features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, features) IS
'Collects customers with attributes of spend, with a frequency of type float8.
For software that keeps frequencies as float8; it must be a whole number, 2.5 is error 22023; otherwise as
with a bigint frequency.';

CREATE AGGREGATE feature_base(frequency float8, monetary_value float8, spend features, weight float8) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, features, float8) IS
'Collects a weighted sample of customers with attributes of spend.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE AGGREGATE feature_base(periods float8, churned boolean, churn features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, boolean, features) IS
'Collects customers of contracts with attributes that act on churn.
Periods and churned as in contract_base, churn by features(); those with 0 periods carry no information and
are left out; all rows must have the same attributes (else error 22023); rows with a NULL are skipped; no rows
give NULL.';

CREATE AGGREGATE feature_base(periods float8, churned boolean, churn features, weight float8) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, boolean, features, float8) IS
'Collects a weighted sample of customers of contracts with attributes.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE FUNCTION feature_base_without(base feature_base, names text[]) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_without' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION feature_base_without(feature_base, text[]) IS
'Internal: function of the operator -, a base without the named attributes.
Customers who are equal without them are counted together; names that it does not have change nothing, and to
leave none gives NULL, as NULL does.';

CREATE OPERATOR - (
    LEFTARG = feature_base,
    RIGHTARG = text[],
    FUNCTION = feature_base_without
);
COMMENT ON OPERATOR - (feature_base, text[]) IS 'Removes the named attributes.';

CREATE FUNCTION feature_means(base feature_base) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_feature_means' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION feature_means(feature_base) IS
'Returns the means of the numbers that are unknown for some customers.
Over the customers for whom they are known, for fill_missing; a number that is known for nobody has none; NULL
if all numbers are known for all customers; NULL gives NULL.';

CREATE FUNCTION fill_missing(x features, means features) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_fill_missing' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION fill_missing(features, features) IS
'Returns attributes with means instead of unknown numbers, and a column beside each that says so.
For each number in means, as of feature_means: the mean where it is NULL, and NAME_missing, 1 there and
otherwise 0, whose coefficient is the effect of not being known; other attributes stay as they are; a name
that x does not have, or that is a category, is error 22023; means that are NULL change nothing; NULL for x
gives NULL.';

CREATE AGGREGATE rollup(base feature_base) (
    SFUNC = feature_base_combine,
    STYPE = feature_base,
    SSPACE = 4096,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(feature_base) IS
'Merges stored bases of customers with attributes.
Their attributes must have the same names (else error 22023); the base of all their customers; NULLs are
skipped; no rows give NULL.';


-- feature_base: many customers with attributes ---------------------------------------------------------------------------

CREATE TYPE feature_base;

CREATE FUNCTION feature_base_in(cstring) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_in(cstring) IS
'input of feature_base; rows may come in any order and equal ones are merged; checks every number (22P02, 22023)';

CREATE FUNCTION feature_base_out(feature_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_feature_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_out(feature_base) IS
'output of feature_base: JSON with the attributes'' columns, their distinct rows, and rows [number of the row of attributes, frequency, recency, tenure, count] (or what the targets spend and contracts have), all in ascending order, digits exact';

CREATE FUNCTION feature_base_recv(internal) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_recv(internal) IS
'binary input of feature_base; checks every number (22P03, 22023)';

CREATE FUNCTION feature_base_send(feature_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_feature_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_send(feature_base) IS
'binary output of feature_base: version, columns with their levels, distinct rows of attributes, rows of customers';

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
'many customers with attributes: the distinct rows of attributes, and distinct (attributes, frequency, recency, tenure), or (attributes, frequency, monetary_value) or (attributes, periods, churned), each with its number of customers; made by the aggregate feature_base, merged by rollup, read by the fits of models with attributes; reads as JSON';

CREATE FUNCTION feature_base_combine(state feature_base, other feature_base) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_combine(feature_base, feature_base) IS
'combine function of feature_base and of the fits of models with attributes, transition function of rollup: adds all customers of other, which must be of the same kind with attributes of the same names (else error 22023)';

CREATE FUNCTION feature_base_final(state feature_base) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION feature_base_final(feature_base) IS
'final function of feature_base: sorts levels and rows, so that equal customers give equal bytes whatever their order';

CREATE FUNCTION feature_base_accum(state feature_base, frequency bigint, recency float8, tenure float8, purchases features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, bigint, float8, float8, features) IS
'transition function of feature_base and of the fits of models with attributes of purchases: adds one customer';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, recency float8, tenure float8, purchases features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, float8, features) IS
'transition function of feature_base and of the fits of models with attributes of purchases: adds one customer; frequency must be a whole number';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, recency float8, tenure float8, purchases features, weight float8)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, float8, features, float8) IS
'transition function of feature_base and of the fits of models with attributes of purchases: adds as many customers as the weight says';

CREATE FUNCTION feature_base_accum(state feature_base, frequency bigint, recency float8, tenure float8, purchases features, dropout features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_both' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, bigint, float8, float8, features, features) IS
'transition function of feature_base and of the fits of models with attributes of purchases and of dropout: adds one customer';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, recency float8, tenure float8, purchases features, dropout features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_both_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, float8, features, features) IS
'transition function of feature_base and of the fits of models with attributes of purchases and of dropout: adds one customer; frequency must be a whole number';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, recency float8, tenure float8, purchases features, dropout features, weight float8)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_both_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, float8, features, features, float8) IS
'transition function of feature_base and of the fits of models with attributes of purchases and of dropout: adds as many customers as the weight says';

CREATE FUNCTION feature_base_accum(state feature_base, frequency bigint, monetary_value float8, spend features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_spend' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, bigint, float8, features) IS
'transition function of feature_base and of the fits of models of spend with attributes: adds one customer';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, monetary_value float8, spend features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_spend_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, features) IS
'transition function of feature_base and of the fits of models of spend with attributes: adds one customer; frequency must be a whole number';

CREATE FUNCTION feature_base_accum(state feature_base, frequency float8, monetary_value float8, spend features, weight float8)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_spend_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, float8, features, float8) IS
'transition function of feature_base and of the fits of models of spend with attributes: adds as many customers as the weight says';

CREATE FUNCTION feature_base_accum(state feature_base, periods float8, churned boolean, churn features)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_contract' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, boolean, features) IS
'transition function of feature_base and of the fits of models of contracts with attributes: adds one customer';

CREATE FUNCTION feature_base_accum(state feature_base, periods float8, churned boolean, churn features, weight float8)
RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_accum_contract' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION feature_base_accum(feature_base, float8, boolean, features, float8) IS
'transition function of feature_base and of the fits of models of contracts with attributes: adds as many customers as the weight says';

CREATE AGGREGATE feature_base(frequency bigint, recency float8, tenure float8, purchases features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(bigint, float8, float8, features) IS
'customers with attributes that may act on how often they purchase: frequency, recency and tenure as in customer_base, purchases by features(); all rows must have the same attributes (else error 22023); rows with a NULL are skipped, no rows: NULL';

CREATE AGGREGATE feature_base(frequency float8, recency float8, tenure float8, purchases features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, float8, features) IS
'customers with attributes, with a frequency that other software keeps as a fraction: it must be a whole number, 2.5 is error 22023; all else as with a bigint frequency';

CREATE AGGREGATE feature_base(frequency float8, recency float8, tenure float8, purchases features, weight float8) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, float8, features, float8) IS
'customers with attributes, each standing for as many as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE AGGREGATE feature_base(frequency bigint, recency float8, tenure float8, purchases features, dropout features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(bigint, float8, float8, features, features) IS
'customers with attributes that may act on how often they purchase and on when they leave, one of the two NULL in all rows where there are none; rows with another NULL are skipped; all else as without attributes of dropout';

CREATE AGGREGATE feature_base(frequency float8, recency float8, tenure float8, purchases features, dropout features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, float8, features, features) IS
'customers with attributes, with a frequency that other software keeps as a fraction: it must be a whole number, 2.5 is error 22023; all else as with a bigint frequency';

CREATE AGGREGATE feature_base(frequency float8, recency float8, tenure float8, purchases features, dropout features, weight float8) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, float8, features, features, float8) IS
'customers with attributes, each standing for as many as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE AGGREGATE feature_base(frequency bigint, monetary_value float8, spend features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(bigint, float8, features) IS
'customers with attributes that may act on what they spend: frequency and monetary_value as in spend_base, spend by features(); those without repeat purchases have nothing to say and are left out; all rows must have the same attributes (else error 22023); rows with a NULL are skipped, no rows: NULL';

CREATE AGGREGATE feature_base(frequency float8, monetary_value float8, spend features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, features) IS
'customers with attributes of spend, with a frequency that other software keeps as a fraction: it must be a whole number, 2.5 is error 22023; all else as with a bigint frequency';

CREATE AGGREGATE feature_base(frequency float8, monetary_value float8, spend features, weight float8) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, float8, features, float8) IS
'customers with attributes of spend, each standing for as many as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE AGGREGATE feature_base(periods float8, churned boolean, churn features) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, boolean, features) IS
'customers of contracts with attributes that may act on when they leave: periods and churned as in contract_base, churn by features(); those with 0 periods have nothing to say and are left out; all rows must have the same attributes (else error 22023); rows with a NULL are skipped, no rows: NULL';

CREATE AGGREGATE feature_base(periods float8, churned boolean, churn features, weight float8) (
    SFUNC = feature_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(float8, boolean, features, float8) IS
'customers of contracts with attributes, each standing for as many as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE FUNCTION feature_base_without(base feature_base, names text[]) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_feature_base_without' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION feature_base_without(feature_base, text[]) IS
'the customers of a base without the attributes of these names, what - does, so that those who are equal then are counted together; names that it does not have change nothing, and to leave none gives NULL, as NULL does';

CREATE OPERATOR - (
    LEFTARG = feature_base,
    RIGHTARG = text[],
    FUNCTION = feature_base_without
);
COMMENT ON OPERATOR - (feature_base, text[]) IS 'the customers without the attributes of these names';

CREATE AGGREGATE rollup(base feature_base) (
    SFUNC = feature_base_combine,
    STYPE = feature_base,
    SSPACE = 4096,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(feature_base) IS
'merges stored bases of customers with attributes, whose names must be the same (else error 22023): the base of all their customers; NULLs are skipped, no rows: NULL';

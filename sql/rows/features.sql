
-- features: a row of named attributes -----------------------------------------------------------------------------------

CREATE TYPE features;

CREATE FUNCTION features_in(cstring) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION features_in(cstring) IS
'Internal: input function of features.
A JSON object of numbers, texts, true, false and null, keys in any order, each once (22P02).';

CREATE FUNCTION features_out(features) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_features_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION features_out(features) IS
'Internal: output function of features.
A JSON object, keys in the order of their bytes, digits exact.';

CREATE FUNCTION features_recv(internal) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION features_recv(internal) IS
'Internal: binary input function of features.
Checks every field (22P03).';

CREATE FUNCTION features_send(features) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_features_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION features_send(features) IS
'Internal: binary output function of features.
Version, number of attributes, and name, kind and value of each.';

CREATE TYPE features (
    INPUT = features_in,
    OUTPUT = features_out,
    RECEIVE = features_recv,
    SEND = features_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE features IS
'Named attributes of a customer, each a number, a category or unknown.
Made by features(), read by the fits and the predictions of models with attributes; reads as JSON.';

CREATE CAST (features AS jsonb) WITH INOUT;
COMMENT ON CAST (features AS jsonb) IS 'Returns the attributes as a JSON object.';

CREATE FUNCTION features(attributes record) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_record' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION features(record) IS
'Returns the columns of a row as attributes.
As in SELECT features(c) FROM (SELECT country, age FROM customer) AS c; numbers are whole and decimal numbers,
booleans (0 or 1) and dates (days since 1970-01-01), categories are text, varchar, char, name and enums, and
NULL is not known; a column of another type, infinite or NaN is error 22023, which says which cast to write;
NULL gives NULL.';

CREATE FUNCTION features(names text[], vals float8[]) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_arrays' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION features(text[], float8[]) IS
'Returns numeric attributes from an array of names and an array of values.
Each name occurs once, and a NULL value is unknown; other numbers of values than names, and values that are
not finite, are errors (22023); NULL gives NULL.';

CREATE FUNCTION features(attributes jsonb) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION features(jsonb) IS
'Returns the values of a JSON object as attributes.
Numbers, true and false (1 and 0) are numbers, texts are categories, null is not known; an array or an object
in it is error 22023; NULL gives NULL.';

CREATE FUNCTION features_concat(a features, b features) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_concat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION features_concat(features, features) IS
'Internal: function of the operator ||, the attributes of both arguments.
For example those of a customer and of a history; a name that both have is error 22023; NULL gives NULL.';

CREATE OPERATOR || (
    LEFTARG = features,
    RIGHTARG = features,
    FUNCTION = features_concat
);
COMMENT ON OPERATOR || (features, features) IS 'Combines the attributes of both operands.';

CREATE FUNCTION features_without(attributes features, names text[]) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_without' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION features_without(features, text[]) IS
'Internal: function of the operator -, the attributes without the named ones.
Names that it does not have change nothing, and to leave none gives NULL, as NULL does.';

CREATE OPERATOR - (
    LEFTARG = features,
    RIGHTARG = text[],
    FUNCTION = features_without
);
COMMENT ON OPERATOR - (features, text[]) IS 'Removes the named attributes.';

CREATE FUNCTION feature_names(attributes features) RETURNS text[]
AS 'MODULE_PATHNAME', 'cltv_feature_names' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION feature_names(features) IS
'Returns the names of the attributes.
In byte order; NULL gives NULL.';

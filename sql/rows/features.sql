
-- features: a row of named attributes -----------------------------------------------------------------------------------

CREATE TYPE features;

CREATE FUNCTION features_in(cstring) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION features_in(cstring) IS
'input of features: a JSON object of numbers, texts, true, false and null, keys in any order, each once (22P02)';

CREATE FUNCTION features_out(features) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_features_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION features_out(features) IS
'output of features: a JSON object, keys in the order of their bytes, digits exact';

CREATE FUNCTION features_recv(internal) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION features_recv(internal) IS
'binary input of features; checks every field (22P03)';

CREATE FUNCTION features_send(features) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_features_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION features_send(features) IS
'binary output of features: version, number of attributes, and name, kind and value of each';

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
'named attributes of a customer, each a number, a category or not known; made by features(), read by the fits and the predictions of models with attributes; reads as JSON';

CREATE CAST (features AS jsonb) WITH INOUT;
COMMENT ON CAST (features AS jsonb) IS 'the attributes as a JSON object';

CREATE FUNCTION features(attributes record) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_record' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION features(record) IS
'the columns of a row as attributes, as in SELECT features(c) FROM (SELECT country, age FROM customer) AS c: numbers are whole and decimal numbers, booleans (0 or 1) and dates (days since 1970-01-01), categories are text, varchar, char, name and enums, and NULL is not known; a column of another type, infinite or NaN is error 22023, which says which cast to write; NULL gives NULL';

CREATE FUNCTION features(names text[], vals float8[]) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_arrays' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION features(text[], float8[]) IS
'attributes that are numbers, from their names, each once, and their values, NULL where one is not known; other numbers of values than names, and values that are not finite, are errors (22023); NULL gives NULL';

CREATE FUNCTION features(attributes jsonb) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION features(jsonb) IS
'the values of a JSON object as attributes: numbers, true and false (1 and 0) are numbers, texts are categories, null is not known; an array or an object in it is error 22023; NULL gives NULL';

CREATE FUNCTION features_concat(a features, b features) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_concat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION features_concat(features, features) IS
'the attributes of both, what || does, such as those of a customer beside those of a history; a name that both have is error 22023; NULL gives NULL';

CREATE OPERATOR || (
    LEFTARG = features,
    RIGHTARG = features,
    FUNCTION = features_concat
);
COMMENT ON OPERATOR || (features, features) IS 'the attributes of both';

CREATE FUNCTION features_without(attributes features, names text[]) RETURNS features
AS 'MODULE_PATHNAME', 'cltv_features_without' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION features_without(features, text[]) IS
'the attributes without those of these names, what - does; names that it does not have change nothing, and to leave none is error 22023; NULL gives NULL';

CREATE OPERATOR - (
    LEFTARG = features,
    RIGHTARG = text[],
    FUNCTION = features_without
);
COMMENT ON OPERATOR - (features, text[]) IS 'the attributes without those of these names';

CREATE FUNCTION feature_names(attributes features) RETURNS text[]
AS 'MODULE_PATHNAME', 'cltv_feature_names' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION feature_names(features) IS
'the names of the attributes, in the order of their bytes';

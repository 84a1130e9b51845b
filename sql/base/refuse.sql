-- Errors of the checks that several functions share ---------------------------------------------------------------------

CREATE FUNCTION cltv_refuse(code text, message text, detail text, hint text) RETURNS void
AS 'MODULE_PATHNAME', 'cltv_refuse' LANGUAGE C VOLATILE PARALLEL SAFE;
COMMENT ON FUNCTION cltv_refuse(text, text, text, text) IS
'Internal: raises an error of a user''s making, without CONTEXT.
Below a report lie functions and queries of this extension, which RAISE would list, line by line. code is an
SQLSTATE of class 22, 23, 3F or 42, another one or no message is error 22023; detail and hint may be NULL.';

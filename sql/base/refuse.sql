-- Errors of the checks that several functions share ---------------------------------------------------------------------

CREATE FUNCTION cltv_refuse(code text, message text, detail text, hint text) RETURNS void
AS 'MODULE_PATHNAME', 'cltv_refuse' LANGUAGE C VOLATILE PARALLEL SAFE;
COMMENT ON FUNCTION cltv_refuse(text, text, text, text) IS
'Internal: raises an error, without CONTEXT if it is of a user''s making.
Below a report lie functions and queries of this extension, which RAISE would list, line by line; with an SQLSTATE code of
class 22, 23, 3F or 42 they are left out. What is no SQLSTATE of an error, or no message, is error 22023; detail and hint
may be NULL or empty.';

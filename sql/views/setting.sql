-- A number or the name of a column: what an argument such as margin takes, so that margin => 0.3 and margin => 'rate' are
-- calls of one procedure. Two procedures that differ in that argument alone are not unique where it is left out.

CREATE TYPE cltv_setting;
COMMENT ON TYPE cltv_setting IS 'A number, or the name of a column that holds one.
The type of arguments such as margin.';

CREATE FUNCTION cltv_setting_in(cstring) RETURNS cltv_setting
    AS 'textin' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cltv_setting_in(cstring) IS 'Internal: input function of cltv_setting.
Any text.';
CREATE FUNCTION cltv_setting_out(cltv_setting) RETURNS cstring
    AS 'textout' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cltv_setting_out(cltv_setting) IS 'Internal: output function of cltv_setting.
Its text.';
CREATE FUNCTION cltv_setting_recv(internal) RETURNS cltv_setting
    AS 'textrecv' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cltv_setting_recv(internal) IS 'Internal: binary input function of cltv_setting.
Any text.';
CREATE FUNCTION cltv_setting_send(cltv_setting) RETURNS bytea
    AS 'textsend' LANGUAGE internal STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cltv_setting_send(cltv_setting) IS 'Internal: binary output function of cltv_setting.
Its text.';

CREATE TYPE cltv_setting (
    INPUT = cltv_setting_in, OUTPUT = cltv_setting_out, RECEIVE = cltv_setting_recv, SEND = cltv_setting_send,
    LIKE = pg_catalog.text
);

-- With all digits, however few the session shows.
CREATE FUNCTION cltv_setting(value float8) RETURNS cltv_setting
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET extra_float_digits = 1 SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN value::text;
END
$function$;
COMMENT ON FUNCTION cltv_setting(float8) IS 'Internal: the number as a cltv_setting, with all its digits.';

CREATE CAST (text AS cltv_setting) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (text AS cltv_setting) IS 'Returns a number as text, or the name of a column.';
CREATE CAST (name AS cltv_setting) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (name AS cltv_setting) IS 'Returns the name of a column.';
CREATE CAST (float8 AS cltv_setting) WITH FUNCTION cltv_setting(float8) AS IMPLICIT;
COMMENT ON CAST (float8 AS cltv_setting) IS 'Returns a number.';
CREATE CAST (numeric AS cltv_setting) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (numeric AS cltv_setting) IS 'Returns a number.';
CREATE CAST (int AS cltv_setting) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (int AS cltv_setting) IS 'Returns a number.';
CREATE CAST (cltv_setting AS text) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (cltv_setting AS text) IS 'Returns what was set, as text.';

-- Generated SQL goes through format(), to which a percent sign in the name of a schema would be one of its own.
CREATE FUNCTION cltv_sql(template text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT replace(template, '@cltv@', replace('@extschema@', '%', '%%'))
$function$;
COMMENT ON FUNCTION cltv_sql(text) IS
    'Internal: an SQL template for format() with the extension''s schema filled in.
Each @cltv@ replaced.';

-- Sums of money have no more digits than the amounts summed, but sums of binary fractions do: 695.4200000000001.
-- A double has digits enough below the bound.
CREATE FUNCTION cltv_money(amount float8, digits int) RETURNS float8
    AS 'MODULE_PATHNAME', 'cltv_money' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cltv_money(float8, int) IS
    'Internal: an amount of money rounded to a number of decimals.
As it is from 100 thousand millions on, or without a number of digits. NULL gives NULL.';

CREATE FUNCTION cltv_money_digits(amount float8) RETURNS int
    AS 'MODULE_PATHNAME', 'cltv_money_digits' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cltv_money_digits(float8) IS
    'Internal: the number of decimals of an amount of money.
Of the fifteen digits that a double holds. NULL from 100 thousand millions on.';

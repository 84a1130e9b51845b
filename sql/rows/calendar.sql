
-- calendar: what is common to all customers on each day -------------------------------------------------------------------

CREATE TYPE calendar;

CREATE FUNCTION calendar_in(cstring) RETURNS calendar
AS 'MODULE_PATHNAME', 'cltv_calendar_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION calendar_in(cstring) IS
'Internal: input function of calendar.
The JSON that its output writes, keys in any order; checks every day and number (22P02).';

CREATE FUNCTION calendar_out(calendar) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_calendar_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION calendar_out(calendar) IS
'Internal: output function of calendar.
JSON with the first and the last day and the parts, rules or tables whose numbers hold up to the next day that
is named, digits exact.';

CREATE FUNCTION calendar_recv(internal) RETURNS calendar
AS 'MODULE_PATHNAME', 'cltv_calendar_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION calendar_recv(internal) IS
'Internal: binary input function of calendar.
Checks every field (22P03).';

CREATE FUNCTION calendar_send(calendar) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_calendar_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION calendar_send(calendar) IS
'Internal: binary output function of calendar.
Version, first and last day, and of each part its rule or its table.';

CREATE TYPE calendar (
    INPUT = calendar_in,
    OUTPUT = calendar_out,
    RECEIVE = calendar_recv,
    SEND = calendar_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE calendar IS
'What is common to all customers on each day, such as seasons and campaigns.
Named columns of numbers from a first to a last day, such as seasons, campaigns and closed days; made by
calendar_months, calendar_season and the aggregate calendar, joined by ||; reads as JSON.';

CREATE CAST (calendar AS jsonb) WITH INOUT;
COMMENT ON CAST (calendar AS jsonb) IS 'Returns the calendar as a JSON object.';

CREATE FUNCTION calendar_months(first date, last date) RETURNS calendar
AS 'MODULE_PATHNAME', 'cltv_calendar_months' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION calendar_months(date, date) IS
'Returns a calendar with a column for each month from february to december.
A column is 1 in its month and 0 otherwise, so that each month is compared with January; it repeats by itself
before its first and beyond its last day; days that are not finite or in the wrong order are errors (22023);
NULL gives NULL.';

CREATE FUNCTION calendar_season(first date, last date, period text DEFAULT 'year', harmonics int DEFAULT 2) RETURNS calendar
AS 'MODULE_PATHNAME', 'cltv_calendar_season' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION calendar_season(date, date, text, int) IS
'Returns a calendar with a smooth season.
The sine and the cosine of so many harmonics of a year (1 to 12), a month (1 to 6) or a week (1 to 3, which
tells all weekdays apart), each period from its first day on, leap years in their own length; it repeats by
itself before its first and beyond its last day; another period or number of harmonics is error 22023; NULL
gives NULL. Fourier.';

-- Which season views and backtests try. By rules, a calendar repeats: its last year is what the factors have the mean 1 over.
CREATE FUNCTION cltv_year_calendar(season text, as_of date) RETURNS calendar
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE season WHEN 'season' THEN @extschema@.calendar_season(as_of - 730, as_of, text 'year', 2)
                       WHEN 'months' THEN @extschema@.calendar_months(as_of - 730, as_of) END
$$;
COMMENT ON FUNCTION cltv_year_calendar(text, date) IS
'Internal: the yearly calendar, season or months, that cltv_materialize and cltv_backtest try.
Season is smooth, with two harmonics; up to as_of; NULL for another name.';

CREATE FUNCTION calendar_accum(state feature_base, day date, x features) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_calendar_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_accum(feature_base, date, features) IS
'Internal: transition function of calendar.
Adds one day, which stands where a feature_base has the frequency of a customer.';

CREATE FUNCTION calendar_final(state feature_base) RETURNS calendar
AS 'MODULE_PATHNAME', 'cltv_calendar_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION calendar_final(feature_base) IS
'Internal: final function of calendar.
Checks that the days have no gap, and tells equal days that follow each other once.';

CREATE AGGREGATE calendar(day date, x features) (
    SFUNC = calendar_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = calendar_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE calendar(date, features) IS
'Builds a calendar from rows, one per day from the first to the last without a gap.
The columns are numbers by features(), such as a campaign''s or a price index; a column named closed is 1 on
days on which nobody can purchase; a day that is missing or there twice, a NULL, a category and rows of other
columns are errors (22023) that name it; it ends with its last day; rows with a NULL day or x are skipped; no
rows give NULL.';

-- By weeks, so that days of one are kept once.
CREATE FUNCTION calendar_trend(first date, as_of date, last date, half_life float8 DEFAULT 180) RETURNS calendar
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    trend @extschema@.calendar;
BEGIN
    IF NOT (isfinite(first) AND isfinite(as_of) AND isfinite(last)) OR first > as_of OR as_of > last THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('first, as_of and last must be days in this order, not %s, %s and %s', first, as_of, last),
            HINT = 'as_of is the last day of the orders that are known, last the end of the longest horizon.';
    ELSIF last - first >= 73050 THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('from %s to %s there are %s days', first, last, last - first + 1), DETAIL = 'A calendar has at most 73050 (200 years).';
    ELSIF half_life < 0 OR half_life = 'NaN' THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('half_life must be a number of days, 0 or more, not %s', half_life),
            HINT = 'This many days after as_of, growth has halved; 0 ends it on as_of, ''infinity'' lets it continue.';
    END IF;
    SELECT @extschema@.calendar(d.day, @extschema@.features('{trend}'::text[], ARRAY[
               CASE WHEN d.passed <= 0 OR half_life = 'infinity' THEN d.passed
                    WHEN half_life < 1e-9 THEN 0
                    -- 1 - exp(-2 h), without the loss of digits where h is small
                    ELSE 2 * exp(-d.half) * sinh(d.half) / ln(2::float8) * half_life END / 365.25::float8]))
    INTO STRICT trend
    FROM (SELECT w.*, least(w.passed / greatest(half_life, 1e-9) * ln(2::float8) / 2, 350::float8) AS half
          FROM (SELECT first + n AS day, 7 * ceil((first + n - as_of) / 7::float8) AS passed
                FROM generate_series(0, last - first) AS n) AS w) AS d;
    RETURN trend;
END
$$;
COMMENT ON FUNCTION calendar_trend(date, date, date, float8) IS
'Returns a calendar with one column, trend, for yearly growth.
Its coefficient in a fit is the growth of a year (as a logarithm) that all customers have in common: the years
since as_of, week by week, and beyond it years that grow shorter, so that growth halves every half_life days:
0 ends it on as_of, infinity lets it continue; it ends with its last day; days that are not finite, not in this
order or more than 73050, and a negative half_life are errors (22023); NULL gives NULL. Gardner & McKenzie
1985.';

CREATE FUNCTION calendar_concat(a calendar, b calendar) RETURNS calendar
AS 'MODULE_PATHNAME', 'cltv_calendar_concat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION calendar_concat(calendar, calendar) IS
'Internal: function of the operator ||, a calendar with the columns of both.
One that repeats by itself goes as far as the other, of two that end the days that both know are left; a name
that both have on the same side, purchases or dropout, and no day in common, are errors (22023); NULL gives
NULL.';

CREATE OPERATOR || (
    LEFTARG = calendar,
    RIGHTARG = calendar,
    FUNCTION = calendar_concat
);
COMMENT ON OPERATOR || (calendar, calendar) IS 'Combines the columns of both calendars.';

CREATE FUNCTION dropout_calendar(calendar calendar) RETURNS calendar
AS 'MODULE_PATHNAME', 'cltv_dropout_calendar' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION dropout_calendar(calendar) IS
'Returns the same calendar acting on dropout instead of purchases.
In a fit whose customers leave in time (pnbd_fit) its columns, named dropout: NAME, multiply the rate at which
customers leave, beside the columns of purchases that || joins to them; a column closed is error 22023; NULL
gives NULL.';

CREATE FUNCTION calendar_table(calendar calendar, OUT day date, OUT name text, OUT value float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_calendar_table' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 10000;
COMMENT ON FUNCTION calendar_table(calendar) IS
'Returns the numbers of a calendar, one row per day and column.
From its first to its last day; NULL gives no rows.';

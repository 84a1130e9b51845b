
-- calendar_base: customers with the days of their purchases -----------------------------------------------------------------

CREATE TYPE calendar_base;

CREATE FUNCTION calendar_base_in(cstring) RETURNS calendar_base
AS 'MODULE_PATHNAME', 'cltv_calendar_base_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION calendar_base_in(cstring) IS
'Internal: input function of calendar_base.
Days and rows may come in any order and equal ones are merged; checks every day and count (22P02).';

CREATE FUNCTION calendar_base_out(calendar_base) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_calendar_base_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION calendar_base_out(calendar_base) IS
'Internal: output function of calendar_base.
JSON with as_of, the calendar, the number of repeat purchases of each day, and rows [frequency, first day,
last day, count] or, with attributes, the customers as in a feature_base.';

CREATE FUNCTION calendar_base_recv(internal) RETURNS calendar_base
AS 'MODULE_PATHNAME', 'cltv_calendar_base_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION calendar_base_recv(internal) IS
'Internal: binary input function of calendar_base.
Checks every day and count (22P03).';

CREATE FUNCTION calendar_base_send(calendar_base) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_calendar_base_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION calendar_base_send(calendar_base) IS
'Internal: binary output function of calendar_base.
Version, as_of, the calendar, days and customers, with attributes as in a feature_base.';

CREATE TYPE calendar_base (
    INPUT = calendar_base_in,
    OUTPUT = calendar_base_out,
    RECEIVE = calendar_base_recv,
    SEND = calendar_base_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE calendar_base IS
'Many customers as of one day with a calendar.
Distinct (frequency, first day, last day), or (attributes, frequency, recency, tenure), each with its number
of customers, and how many repeat purchases there were on each day; made by the aggregate calendar_base,
merged by rollup, read by the fits of models with a calendar; reads as JSON.';

CREATE FUNCTION calendar_base_accum(state calendar_base, history purchase_history, as_of date, calendar calendar)
RETURNS calendar_base
AS 'MODULE_PATHNAME', 'cltv_calendar_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_base_accum(calendar_base, purchase_history, date, calendar) IS
'Internal: transition function of calendar_base and of the fits of models with a calendar.
Adds one customer.';

CREATE FUNCTION calendar_base_accum(state calendar_base, history purchase_history, as_of date, calendar calendar, purchases features)
RETURNS calendar_base
AS 'MODULE_PATHNAME', 'cltv_calendar_base_accum_features' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_base_accum(calendar_base, purchase_history, date, calendar, features) IS
'Internal: transition function of calendar_base and related fits.
Adds one customer.';

CREATE FUNCTION calendar_base_accum(state calendar_base, history purchase_history, as_of date, calendar calendar, purchases features, dropout features)
RETURNS calendar_base
AS 'MODULE_PATHNAME', 'cltv_calendar_base_accum_both' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_base_accum(calendar_base, purchase_history, date, calendar, features, features) IS
'Internal: transition function of calendar_base and related fits.
Adds one customer.';

CREATE FUNCTION calendar_base_combine(state calendar_base, other calendar_base) RETURNS calendar_base
AS 'MODULE_PATHNAME', 'cltv_calendar_base_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_base_combine(calendar_base, calendar_base) IS
'Internal: combine function of calendar_base and related fits.
Adds all customers of other, as of the same day, with the same calendar and with attributes of the same names
or none (else error 22023).';

CREATE FUNCTION calendar_base_final(state calendar_base) RETURNS calendar_base
AS 'MODULE_PATHNAME', 'cltv_calendar_base_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION calendar_base_final(calendar_base) IS
'Internal: final function of calendar_base.
Sorts days and customers, so that the same customers give the same bytes in any order.';

CREATE AGGREGATE calendar_base(history purchase_history, as_of date, calendar calendar) (
    SFUNC = calendar_base_accum,
    STYPE = calendar_base,
    SSPACE = 1024,
    COMBINEFUNC = calendar_base_combine,
    FINALFUNC = calendar_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE calendar_base(purchase_history, date, calendar) IS
'Collects customers with their purchase days for a model with a calendar.
Histories as of one day, which must not be before an order or refund, with one calendar, which must know all
days from the first purchase to as_of unless it repeats (else error 22023); customers without a purchase and
rows with a NULL are skipped; no rows give NULL.';

CREATE AGGREGATE calendar_base(history purchase_history, as_of date, calendar calendar, purchases features) (
    SFUNC = calendar_base_accum,
    STYPE = calendar_base,
    SSPACE = 1024,
    COMBINEFUNC = calendar_base_combine,
    FINALFUNC = calendar_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE calendar_base(purchase_history, date, calendar, features) IS
'Collects customers with purchase days and attributes that act on purchasing.
For a model with a calendar, attributes by features(); all rows must have the same attributes (else error
22023); rows whose history or attributes are NULL are skipped and counted ("skipped" in the JSON of a fit);
otherwise as without attributes.';

CREATE AGGREGATE calendar_base(history purchase_history, as_of date, calendar calendar, purchases features, dropout features) (
    SFUNC = calendar_base_accum,
    STYPE = calendar_base,
    SSPACE = 1024,
    COMBINEFUNC = calendar_base_combine,
    FINALFUNC = calendar_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE calendar_base(purchase_history, date, calendar, features, features) IS
'Collects customers with purchase days and attributes of purchasing and of dropout.
One of the two is NULL in all rows if there are none; rows with another NULL are skipped; otherwise as without
attributes of dropout.';

CREATE AGGREGATE rollup(base calendar_base) (
    SFUNC = calendar_base_combine,
    STYPE = calendar_base,
    SSPACE = 4096,
    COMBINEFUNC = calendar_base_combine,
    FINALFUNC = calendar_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(calendar_base) IS
'Merges stored bases of customers with a calendar.
They are as of one day, with one calendar, and with attributes of the same names or none (else error 22023);
the base of all their customers; NULLs are skipped; no rows give NULL.';

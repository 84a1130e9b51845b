-- Purchase histories: from orders to the summary that the models are fitted to.

CREATE TYPE purchase_history;

CREATE FUNCTION purchase_history_in(cstring) RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION purchase_history_out(purchase_history) RETURNS cstring
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION purchase_history_recv(internal) RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION purchase_history_send(purchase_history) RETURNS bytea
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE purchase_history (
    INPUT = purchase_history_in,
    OUTPUT = purchase_history_out,
    RECEIVE = purchase_history_recv,
    SEND = purchase_history_send,
    ALIGNMENT = double,
    STORAGE = extended
);

COMMENT ON TYPE purchase_history IS
    'One customer''s purchases, as days with an order and exact sums.
The set of days with an order, the number of orders, and exact sums of spend and refunds. Reads as JSON.';
COMMENT ON FUNCTION purchase_history_in(cstring) IS
    'Internal: input function of purchase_history.
Every inconsistency is an error (22P02).';
COMMENT ON FUNCTION purchase_history_out(purchase_history) IS
    'Internal: output function of purchase_history.
JSON with ISO dates and sums that read back exactly; a day marked ? has no order with a known amount, and
"amounts":"signed" stands in front where negative amounts are no refunds.';
COMMENT ON FUNCTION purchase_history_recv(internal) IS
    'Internal: binary input function of purchase_history.
Every inconsistency is an error (22P03).';
COMMENT ON FUNCTION purchase_history_send(purchase_history) IS
    'Internal: binary output function of purchase_history.';

CREATE TYPE rfm_summary AS (
    frequency      bigint,
    recency        float8,
    tenure         float8,
    monetary_value float8,
    first_value    float8,
    orders         bigint,
    revenue        float8,
    first_order    date,
    last_order     date
);

COMMENT ON TYPE rfm_summary IS
    'One customer as the models see it, with times in days and the plain totals.
Repeat purchases and times in days, mean spend per repeat purchase, and the plain totals.';
COMMENT ON COLUMN rfm_summary.frequency IS
    'Repeat purchases.
Days with an order, minus one. NULL for a customer with refunds only.';
COMMENT ON COLUMN rfm_summary.recency IS
    'Days from the first to the last purchase.
0 without a repeat purchase. Not the days since the last order.';
COMMENT ON COLUMN rfm_summary.tenure IS
    'Days from the first purchase to as_of.';
COMMENT ON COLUMN rfm_summary.monetary_value IS
    'Mean spend per repeat purchase day with a known amount, before refunds.
NULL without one. In a signed history it may be negative, as may first_value and revenue.';
COMMENT ON COLUMN rfm_summary.first_value IS
    'Spend on the day of the first purchase, before refunds.
NULL if no amount on that day is known.';
COMMENT ON COLUMN rfm_summary.orders IS
    'Order rows that are purchases.
Amount zero, positive or NULL, or any where amounts are signed.';
COMMENT ON COLUMN rfm_summary.revenue IS
    'Sum of all amounts, net of refunds.
NULL if no amount is known.';
COMMENT ON COLUMN rfm_summary.first_order IS
    'Day of the first purchase.';
COMMENT ON COLUMN rfm_summary.last_order IS
    'Day of the last purchase.';

-- Combining, finishing and rolling up.

CREATE FUNCTION purchase_history_combine(purchase_history, purchase_history) RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION purchase_history_combine(purchase_history, purchase_history) IS
    'Internal: merges two histories of one customer.
NULL is the identity. For aggregates only: it updates its first argument.';

CREATE FUNCTION purchase_history_final(purchase_history) RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION purchase_history_final(purchase_history) IS
    'Internal: final function of purchase_history, trims spare room.
NULL stays NULL.';

CREATE FUNCTION rfm_summary_final(purchase_history) RETURNS rfm_summary
    AS 'MODULE_PATHNAME', 'cltv_rfm_summary_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_summary_final(purchase_history) IS
    'Internal: final function of rfm_summary.
NULL without a row.';

CREATE AGGREGATE rollup(history purchase_history) (
    SFUNC = purchase_history_combine,
    STYPE = purchase_history,
    SSPACE = 144,
    FINALFUNC = purchase_history_final,
    COMBINEFUNC = purchase_history_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(purchase_history) IS
    'Merges stored histories of one customer, from several periods, shops or accounts.
NULLs are skipped; no history gives NULL.';

-- One overload for each type of time: a cast between them would make dates depend on the session's TimeZone.

CREATE FUNCTION purchase_history_add(purchase_history, ordered_at date, amount float8) RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_add_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION purchase_history_add(purchase_history, date, float8) IS
    'Internal: adds one order to a history.
For aggregates only: it updates its first argument.';

CREATE FUNCTION purchase_history_add(purchase_history, ordered_at date, amount float8, as_of date)
    RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_add_date_as_of' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION purchase_history_add(purchase_history, date, float8, date) IS
    'Internal: adds one order to a history unless it is after as_of.
For aggregates only: it updates its first argument.';

CREATE AGGREGATE purchase_history(ordered_at date, amount float8) (
    SFUNC = purchase_history_add,
    STYPE = purchase_history,
    SSPACE = 144,
    FINALFUNC = purchase_history_final,
    COMBINEFUNC = purchase_history_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_history(date, float8) IS
    'Builds the purchase history of one customer from orders.
The day of an order is the date itself. A negative amount is a refund, a NULL amount is a purchase of unknown
value, and a NULL time is skipped; no row gives NULL. NaN or infinite amounts and infinite times are errors
(22023).';

CREATE AGGREGATE rfm_summary(ordered_at date, amount float8, as_of date) (
    SFUNC = purchase_history_add,
    STYPE = purchase_history,
    SSPACE = 144,
    FINALFUNC = rfm_summary_final,
    COMBINEFUNC = purchase_history_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_summary(date, float8, date) IS
    'Summarises one customer''s orders as of a date.
purchase_history and rfm_summary in one. Rows after as_of and rows whose time or as_of is NULL are left out;
no row left gives NULL. Two dates in one group are an error (22023).';

CREATE FUNCTION purchase_history_add(purchase_history, ordered_at timestamp, amount float8) RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_add_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION purchase_history_add(purchase_history, timestamp, float8) IS
    'Internal: adds one order to a history.
For aggregates only: it updates its first argument.';

CREATE FUNCTION purchase_history_add(purchase_history, ordered_at timestamp, amount float8, as_of date)
    RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_add_timestamp_as_of' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION purchase_history_add(purchase_history, timestamp, float8, date) IS
    'Internal: adds one order to a history unless it is after as_of.
For aggregates only: it updates its first argument.';

CREATE AGGREGATE purchase_history(ordered_at timestamp, amount float8) (
    SFUNC = purchase_history_add,
    STYPE = purchase_history,
    SSPACE = 144,
    FINALFUNC = purchase_history_final,
    COMBINEFUNC = purchase_history_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_history(timestamp, float8) IS
    'Builds the purchase history of one customer from orders.
The day of an order is the date of the timestamp. A negative amount is a refund, a NULL amount is a purchase
of unknown value, and a NULL time is skipped; no row gives NULL. NaN or infinite amounts and infinite times
are errors (22023).';

CREATE AGGREGATE rfm_summary(ordered_at timestamp, amount float8, as_of date) (
    SFUNC = purchase_history_add,
    STYPE = purchase_history,
    SSPACE = 144,
    FINALFUNC = rfm_summary_final,
    COMBINEFUNC = purchase_history_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_summary(timestamp, float8, date) IS
    'Summarises one customer''s orders as of a date.
purchase_history and rfm_summary in one. Rows after as_of and rows whose time or as_of is NULL are left out;
no row left gives NULL. Two dates in one group are an error (22023).';

CREATE FUNCTION purchase_history_add(purchase_history, ordered_at timestamptz, amount float8) RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_add_timestamptz' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION purchase_history_add(purchase_history, timestamptz, float8) IS
    'Internal: adds one order to a history.
For aggregates only: it updates its first argument.';

CREATE FUNCTION purchase_history_add(purchase_history, ordered_at timestamptz, amount float8, as_of date)
    RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_add_timestamptz_as_of' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION purchase_history_add(purchase_history, timestamptz, float8, date) IS
    'Internal: adds one order to a history unless it is after as_of.
For aggregates only: it updates its first argument.';

CREATE AGGREGATE purchase_history(ordered_at timestamptz, amount float8) (
    SFUNC = purchase_history_add,
    STYPE = purchase_history,
    SSPACE = 144,
    FINALFUNC = purchase_history_final,
    COMBINEFUNC = purchase_history_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_history(timestamptz, float8) IS
    'Builds the purchase history of one customer from orders.
The day of an order is the day in the session''s TimeZone. A negative amount is a refund, a NULL amount is a
purchase of unknown value, and a NULL time is skipped; no row gives NULL. NaN or infinite amounts and infinite
times are errors (22023).';

CREATE AGGREGATE rfm_summary(ordered_at timestamptz, amount float8, as_of date) (
    SFUNC = purchase_history_add,
    STYPE = purchase_history,
    SSPACE = 144,
    FINALFUNC = rfm_summary_final,
    COMBINEFUNC = purchase_history_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_summary(timestamptz, float8, date) IS
    'Summarises one customer''s orders as of a date.
purchase_history and rfm_summary in one. Rows after as_of and rows whose time or as_of is NULL are left out;
no row left gives NULL. Two dates in one group are an error (22023).';

-- The same with a word for what negative amounts are.

DO $install$
DECLARE
    fields jsonb;
BEGIN
    FOR fields IN
        SELECT to_jsonb(t) FROM (VALUES ('date', 'IMMUTABLE'), ('timestamp', 'IMMUTABLE'), ('timestamptz', 'STABLE'))
            AS t (time, volatility)
    LOOP
        EXECUTE @extschema@.cltv_filled(text $template$
CREATE FUNCTION purchase_history_add(purchase_history, ordered_at {time}, amount float8, amounts text)
    RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_add_{time}_amounts' LANGUAGE C {volatility} PARALLEL SAFE;
COMMENT ON FUNCTION purchase_history_add(purchase_history, {time}, float8, text) IS
    'Internal: adds one order, whose amount may be signed, to a history.
For aggregates only: it updates its first argument.';

CREATE FUNCTION purchase_history_add(purchase_history, ordered_at {time}, amount float8, as_of date, amounts text)
    RETURNS purchase_history
    AS 'MODULE_PATHNAME', 'cltv_purchase_history_add_{time}_as_of_amounts' LANGUAGE C {volatility} PARALLEL SAFE;
COMMENT ON FUNCTION purchase_history_add(purchase_history, {time}, float8, date, text) IS
    'Internal: adds one order, whose amount may be signed, to a history unless it is after as_of.
For aggregates only: it updates its first argument.';

CREATE AGGREGATE purchase_history(ordered_at {time}, amount float8, amounts text) (
    SFUNC = purchase_history_add,
    STYPE = purchase_history,
    SSPACE = 144,
    FINALFUNC = purchase_history_final,
    COMBINEFUNC = purchase_history_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_history({time}, float8, text) IS
    'Builds the purchase history of one customer from orders whose amounts may be profits.
With amounts ''signed'' a negative amount is that of a purchase that lost money, with ''revenue'' a refund as
without this word; another word is error 22023, NULL 22004, and so are two words in one history or in
histories that are merged (22023). Otherwise as without it.';

CREATE AGGREGATE rfm_summary(ordered_at {time}, amount float8, as_of date, amounts text) (
    SFUNC = purchase_history_add,
    STYPE = purchase_history,
    SSPACE = 144,
    FINALFUNC = rfm_summary_final,
    COMBINEFUNC = purchase_history_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_summary({time}, float8, date, text) IS
    'Summarises one customer''s orders, whose amounts may be profits, as of a date.
purchase_history and rfm_summary in one. With amounts ''signed'' a negative amount is a purchase that lost
money; otherwise as without that argument.';
$template$, fields);
    END LOOP;
END
$install$;

CREATE FUNCTION rfm_summary(history purchase_history, as_of date) RETURNS rfm_summary
    AS 'MODULE_PATHNAME', 'cltv_rfm_summary' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION rfm_summary(purchase_history, date) IS
    'Summarises a stored history as of a date.
as_of must not be before the last order or refund (22023), because a history cannot forget. NULL gives NULL.';

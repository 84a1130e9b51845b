#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/history/purchase_history.hpp"
#include "pg/history/purchase_history.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/binary.hpp"
#include "pg/base/scan.hpp"
#include "pg/history/iso_day.hpp"

namespace cltv::pg {

void refuse_amount(double amount) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("amount must be a finite number, not %s",
                           std::isnan(amount) ? "NaN" : amount < 0 ? "-Infinity" : "Infinity"),
                    errhint("Replace it with NULL when the amount of the order is unknown.")));
    pg_unreachable();
}

void refuse_two_as_of(const char *of_what, Day a, Day b) {
    const Day earlier = std::min(a, b), later = std::max(a, b);
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("as_of differs between the %s: %s and %s", of_what, day_text(earlier),
                           later == no_day ? "none" : day_text(later)),
                    errhint("Pass the same date for every row of a group.")));
    pg_unreachable();
}

void check_as_of(const PurchaseHistory &history, Day as_of) {
    if (as_of < history.last_row)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("as_of %s is before the last row of the history, %s", day_text(as_of),
                               day_text(history.last_row)),
                        errdetail("The later orders or refunds are in the history and cannot be taken out."),
                        errhint("Leave later rows out when the history is made: purchase_history(ordered_at, amount) "
                                "FILTER (WHERE ordered_at < ...), or use rfm_summary(ordered_at, amount, as_of).")));
    if (history.as_of != no_day && as_of > history.as_of)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("as_of %s is after %s, up to which the history was made", day_text(as_of),
                               day_text(history.as_of)),
                        errhint("Make the history from all orders up to as_of.")));
}

namespace {

// ---- values and their memory ----

PurchaseHistory *allocate(std::size_t days_capacity) {
    if (days_capacity > days_in_bytes(largest_value))
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many purchase days in one history"),
                        errdetail("A history holds at most %zu days.", days_in_bytes(largest_value)),
                        errhint("Look for wrong dates: so many days are 735,000 years.")));
    const std::size_t bytes = bytes_for_days(days_capacity);
    auto *history = static_cast<PurchaseHistory *>(palloc0(bytes));
    SET_VARSIZE(history, bytes);
    return history;
}

PurchaseHistory *new_history() {
    const uint32_t capacity = days_in_bytes(first_bytes);
    PurchaseHistory *history = allocate(capacity);
    clear(*history, capacity);
    return history;
}

PurchaseHistory *copy_with_capacity(const PurchaseHistory &history, uint32_t days_capacity) {
    PurchaseHistory *copied = allocate(days_capacity);
    copy(*copied, days_capacity, history);
    return copied;
}

PurchaseHistory *trimmed(const PurchaseHistory &history) { return copy_with_capacity(history, history.days_used); }

// A copy with room for at least the days asked for, sized by powers of two like the server's allocations. The caller of
// a transition function moves it into the aggregate's memory and frees the old one.
PurchaseHistory *grown(const PurchaseHistory &history, std::size_t days) {
    std::size_t bytes = first_bytes;
    while (days_in_bytes(bytes) < days) bytes *= 2;
    if (bytes > largest_value) bytes = std::max(bytes_for_days(days), MAXALIGN_DOWN(largest_value));
    return copy_with_capacity(history, static_cast<uint32_t>(std::min(days_in_bytes(bytes), std::size_t{no_day})));
}

// ---- what goes wrong with the user's data ----

constexpr const char *infinite_row_hint =
    "Leave such rows out with FILTER (WHERE isfinite(ordered_at)), or make the time NULL, which is skipped.";

[[noreturn]] void refuse_sum() {
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                    errmsg("the orders or the sum of the amounts of one customer are out of range"),
                    errhint("Look for amounts near 1e308 among the orders.")));
    pg_unreachable();
}

// ---- transition, combine, result ----

Outcome add_row(PurchaseHistory &history, Day day, bool has_amount, double amount) {
    return has_amount ? add_amount(history, day, amount) : add_unknown_amount(history, day);
}

// (history, ordered_at, amount [, as_of])
template <class Time, bool has_as_of>
Datum add(FunctionCallInfo fcinfo) {
    check_in_aggregate(fcinfo);
    PurchaseHistory *history = history_argument(fcinfo, 0);
    if (PG_ARGISNULL(1) || (has_as_of && PG_ARGISNULL(3))) {
        if (history == nullptr) PG_RETURN_NULL();
        PG_RETURN_POINTER(history);
    }
    const Day day = Time::day(PG_GETARG_DATUM(1), "ordered_at", infinite_row_hint);
    const bool has_amount = !PG_ARGISNULL(2);
    const double amount = has_amount ? PG_GETARG_FLOAT8(2) : 0;
    if (!std::isfinite(amount)) refuse_amount(amount);

    if (history == nullptr) history = new_history();
    if (has_as_of) {
        const Day as_of = as_of_argument(fcinfo, 3);
        if (history->as_of == no_day && history->is_empty()) history->as_of = as_of;
        if (history->as_of != as_of) refuse_two_as_of("orders of one customer", history->as_of, as_of);
        if (day > as_of) PG_RETURN_POINTER(history);
    }

    Outcome outcome = add_row(*history, day, has_amount, amount);
    if (outcome == Outcome::no_room) {
        history = grown(*history, std::size_t{history->days_used} + 1);
        outcome = add_row(*history, day, has_amount, amount);
    }
    if (outcome != Outcome::done) refuse_sum();
    PG_RETURN_POINTER(history);
}

constexpr int summary_columns = 8;

bool is_rfm_summary(TupleDesc row_type) {
    constexpr Oid columns[summary_columns] = {INT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID,
                                              INT8OID, FLOAT8OID, DATEOID,   DATEOID};
    if (row_type->natts != summary_columns) return false;
    for (int i = 0; i < summary_columns; ++i)
        if (TupleDescAttr(row_type, i)->atttypid != columns[i]) return false;
    return true;
}

// The row of a summary, or NULL for no row. The row type is looked up once a query where the caller keeps fn_extra.
Datum summary_row(FunctionCallInfo fcinfo, const PurchaseHistory &history, Day as_of) {
    auto *descriptor = static_cast<TupleDesc>(fcinfo->flinfo->fn_extra);
    if (descriptor == nullptr) {
        MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
        if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE || !is_rfm_summary(descriptor))
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("type rfm_summary is not the one that the extension created"),
                            errhint("Undo what altered the type since the extension created it.")));
        descriptor = BlessTupleDesc(descriptor);
        MemoryContextSwitchTo(before);
        fcinfo->flinfo->fn_extra = descriptor;
    }

    const RfmSummary summary = summarise(history, as_of);
    if (!std::isfinite(summary.revenue)) refuse_sum();
    const bool known[summary_columns] = {summary.purchased, summary.purchased,   summary.purchased, summary.has_monetary_value,
                                 true,              summary.has_revenue, summary.purchased, summary.purchased};
    Datum values[summary_columns] = {Int64GetDatum(summary.frequency),
                             Float8GetDatum(summary.recency),
                             Float8GetDatum(summary.tenure),
                             Float8GetDatum(summary.monetary_value),
                             Int64GetDatum(summary.orders),
                             Float8GetDatum(summary.revenue),
                             DateADTGetDatum(date_of(summary.first_order)),
                             DateADTGetDatum(date_of(summary.last_order))};
    bool nulls[summary_columns];
    for (int i = 0; i < summary_columns; ++i) nulls[i] = !known[i];
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls)));
}

// ---- text ----

void append_pair(StringInfo out, const char *key, DoubleDouble pair) {
    appendStringInfo(out, ",\"%s\":[", key);
    append_number(out, pair.hi);
    appendStringInfoChar(out, ',');
    append_number(out, pair.lo);
    appendStringInfoChar(out, ']');
}

void append_quoted_day(StringInfo out, Day day, const char *mark) {
    appendStringInfoChar(out, '"');
    append_day(out, day);
    appendStringInfoString(out, mark);
    appendStringInfoChar(out, '"');
}

DoubleDouble scan_pair(Scanner &scanner, const char *key) {
    scanner.expect(",");
    scanner.key(key);
    scanner.expect("[");
    const double hi = scanner.number();
    scanner.expect(",");
    const double lo = scanner.number();
    scanner.expect("]");
    return {hi, lo};
}

Day scan_quoted_day(Scanner &scanner) {
    scanner.expect("\"");
    const Day day = scan_day(scanner);
    scanner.expect_here("\"");
    return day;
}

// ---- binary: version, flags, as_of, last_row, orders, the three pairs, the number of days, the days ----

void send_pair(StringInfo out, DoubleDouble pair) {
    pq_sendfloat8(out, pair.hi);
    pq_sendfloat8(out, pair.lo);
}

DoubleDouble receive_pair(StringInfo in) {
    const double hi = pq_getmsgfloat8(in);
    const double lo = pq_getmsgfloat8(in);
    return {hi, lo};
}

constexpr const char *type_name = "purchase_history";

// A history may have as many days as a value has room for.
void poll_at_day(uint32_t i) {
    if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
}

constexpr int sent_header = 2 + 2 + 4 + 4 + 8 + 3 * 16 + 4;

}  // namespace

CLTV_FUNCTION(cltv_purchase_history_in) {
    const char *text = PG_GETARG_CSTRING(0);
    Scanner scanner(text, type_name);
    // Every day but the first has a comma before it.
    PurchaseHistory *history = allocate(1 + std::count(text, text + std::strlen(text), ','));
    clear(*history, 0);
    scanner.expect("{");
    if (scanner.accept("\"as_of\"")) {
        scanner.expect(":");
        history->as_of = scan_quoted_day(scanner);
        scanner.expect(",");
    }
    scanner.key("orders");
    history->orders = scanner.integer();
    history->first_spend = scan_pair(scanner, "first_spend");
    history->repeat_spend = scan_pair(scanner, "repeat_spend");
    history->refunds = scan_pair(scanner, "refunds");
    scanner.expect(",");
    scanner.key("last_row");
    if (!scanner.accept("null")) history->last_row = scan_quoted_day(scanner);
    scanner.expect(",");
    scanner.key("days");
    scanner.expect("[");
    if (!scanner.accept("]")) {
        do {
            poll_at_day(history->days_used);
            scanner.expect("\"");
            const Day day = scan_day(scanner);
            const bool has_amount = !scanner.accept_here("?");
            scanner.expect_here("\"");
            history->days()[history->days_used++] = PurchaseDay(day, has_amount);
        } while (scanner.accept(","));
        scanner.expect("]");
    }
    scanner.expect("}");
    scanner.end();
    if (const char *detail = flaw(*history)) scanner.fail(detail);
    PG_RETURN_POINTER(trimmed(*history));
}

CLTV_FUNCTION(cltv_purchase_history_out) {
    const PurchaseHistory &history = *history_argument(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    appendStringInfoChar(&out, '{');
    if (history.as_of != no_day) {
        appendStringInfoString(&out, "\"as_of\":");
        append_quoted_day(&out, history.as_of, "");
        appendStringInfoChar(&out, ',');
    }
    appendStringInfo(&out, "\"orders\":%lld", static_cast<long long>(history.orders));
    append_pair(&out, "first_spend", history.first_spend);
    append_pair(&out, "repeat_spend", history.repeat_spend);
    append_pair(&out, "refunds", history.refunds);
    appendStringInfoString(&out, ",\"last_row\":");
    if (history.is_empty())
        appendStringInfoString(&out, "null");
    else
        append_quoted_day(&out, history.last_row, "");
    appendStringInfoString(&out, ",\"days\":[");
    for (uint32_t i = 0; i < history.days_used; ++i) {
        poll_at_day(i);
        if (i > 0) appendStringInfoChar(&out, ',');
        append_quoted_day(&out, history.days()[i].day(), history.days()[i].has_amount() ? "" : "?");
    }
    appendStringInfoString(&out, "]}");
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_purchase_history_recv) {
    auto *in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    const int bytes = in->len - in->cursor;
    if (bytes < sent_header || (bytes - sent_header) % static_cast<int>(sizeof(PurchaseDay)) != 0)
        refuse_binary(type_name, "The value is truncated.");
    const uint32_t days = (bytes - sent_header) / sizeof(PurchaseDay);
    PurchaseHistory *history = allocate(days);
    history->version = static_cast<uint16_t>(pq_getmsgint(in, 2));
    history->flags = static_cast<uint16_t>(pq_getmsgint(in, 2));
    history->as_of = pq_getmsgint(in, 4);
    history->last_row = pq_getmsgint(in, 4);
    history->orders = pq_getmsgint64(in);
    history->first_spend = receive_pair(in);
    history->repeat_spend = receive_pair(in);
    history->refunds = receive_pair(in);
    if (pq_getmsgint(in, 4) != days) refuse_binary(type_name, "The number of days does not agree with the length.");
    history->days_used = history->days_capacity = days;
    for (uint32_t i = 0; i < days; ++i) {
        poll_at_day(i);
        history->days()[i] = PurchaseDay::from_bits(pq_getmsgint(in, 4));
    }
    if (const char *detail = flaw(*history)) refuse_binary(type_name, detail);
    PG_RETURN_POINTER(history);
}

CLTV_FUNCTION(cltv_purchase_history_send) {
    const PurchaseHistory &history = *history_argument(fcinfo, 0);
    StringInfoData out;
    pq_begintypsend(&out);
    pq_sendint16(&out, history.version);
    pq_sendint16(&out, history.flags);
    pq_sendint32(&out, history.as_of);
    pq_sendint32(&out, history.last_row);
    pq_sendint64(&out, history.orders);
    send_pair(&out, history.first_spend);
    send_pair(&out, history.repeat_spend);
    send_pair(&out, history.refunds);
    pq_sendint32(&out, history.days_used);
    for (uint32_t i = 0; i < history.days_used; ++i) {
        poll_at_day(i);
        pq_sendint32(&out, history.days()[i].bits());
    }
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_purchase_history_add_date) { return add<CalendarDate, false>(fcinfo); }
CLTV_FUNCTION(cltv_purchase_history_add_timestamp) { return add<LocalTime, false>(fcinfo); }
CLTV_FUNCTION(cltv_purchase_history_add_timestamptz) { return add<SessionTime, false>(fcinfo); }
CLTV_FUNCTION(cltv_purchase_history_add_date_as_of) { return add<CalendarDate, true>(fcinfo); }
CLTV_FUNCTION(cltv_purchase_history_add_timestamp_as_of) { return add<LocalTime, true>(fcinfo); }
CLTV_FUNCTION(cltv_purchase_history_add_timestamptz_as_of) { return add<SessionTime, true>(fcinfo); }

// Updates its first argument, never its second.
CLTV_FUNCTION(cltv_purchase_history_combine) {
    check_in_aggregate(fcinfo);
    PurchaseHistory *into = history_argument(fcinfo, 0);
    const PurchaseHistory *from = history_argument(fcinfo, 1);
    if (into == nullptr && from == nullptr) PG_RETURN_NULL();
    if (from == nullptr) PG_RETURN_POINTER(into);
    if (into == nullptr) PG_RETURN_POINTER(grown(*from, from->days_used));

    if (!can_merge(*into, *from)) refuse_two_as_of("orders of one customer", into->as_of, from->as_of);
    const uint32_t days = merged_days(*into, *from);
    if (days > into->days_capacity) into = grown(*into, days);
    if (merge(*into, *from) != Outcome::done) refuse_sum();
    PG_RETURN_POINTER(into);
}

CLTV_FUNCTION(cltv_purchase_history_final) {
    const PurchaseHistory *history = history_argument(fcinfo, 0);
    if (history == nullptr) PG_RETURN_NULL();
    PG_RETURN_POINTER(trimmed(*history));
}

CLTV_FUNCTION(cltv_rfm_summary_final) {
    const PurchaseHistory *history = history_argument(fcinfo, 0);
    if (history == nullptr || history->is_empty()) PG_RETURN_NULL();
    if (history->as_of == no_day)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("the history was not made up to an as_of"),
                        errhint("Use rfm_summary(history, as_of).")));
    return summary_row(fcinfo, *history, history->as_of);
}

CLTV_FUNCTION(cltv_rfm_summary) {
    const PurchaseHistory &history = *history_argument(fcinfo, 0);
    const Day as_of = as_of_argument(fcinfo, 1);
    if (history.is_empty()) PG_RETURN_NULL();
    check_as_of(history, as_of);
    return summary_row(fcinfo, history, as_of);
}

CLTV_FUNCTION(cltv_last_row) {
    const PurchaseHistory &history = *history_argument(fcinfo, 0);
    if (history.is_empty()) PG_RETURN_NULL();
    PG_RETURN_DATEADT(date_of(history.last_row));
}

}  // namespace cltv::pg

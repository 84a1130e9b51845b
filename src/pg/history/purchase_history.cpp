#include <algorithm>
#include <cmath>
#include <string_view>

#include "pg/base/iso_day.hpp"
#include "pg/history/purchase_history.hpp"
#include "pg/rows/growable.hpp"

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

// ---- what goes wrong with the user's data ----

constexpr const char *infinite_row_hint =
    "Leave such rows out with FILTER (WHERE isfinite(ordered_at)), or make the time NULL, which is skipped.";

[[noreturn]] void refuse_sum() {
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                    errmsg("the orders or the sum of the amounts of one customer are out of range"),
                    errhint("Look for amounts near 1e308 among the orders.")));
    pg_unreachable();
}

constexpr const char *amounts_hint =
    "'revenue' treats a negative amount as a refund; 'signed' treats it as a purchase that lost money.";

bool is_signed_argument(FunctionCallInfo fcinfo, int n) {
    if (PG_ARGISNULL(n))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("amounts must be 'revenue' or 'signed', not NULL"),
                        errhint("%s", amounts_hint)));
    const text *word = PG_GETARG_TEXT_PP(n);
    const std::string_view given(VARDATA_ANY(word), VARSIZE_ANY_EXHDR(word));
    if (given != "signed" && given != "revenue")
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("amounts must be 'revenue' or 'signed', not '%s'", text_to_cstring(word)),
                        errhint("%s", amounts_hint)));
    return given == "signed";
}

[[noreturn]] void refuse_two_kinds() {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("amounts differ between the orders of one customer: 'revenue' and 'signed'"),
                    errhint("Make all histories of a customer with the same amounts; %s", amounts_hint)));
    pg_unreachable();
}

// ---- transition, combine, result ----

Outcome add_row(PurchaseHistory &history, Day day, bool has_amount, double amount) {
    return has_amount ? add_amount(history, day, amount) : add_unknown_amount(history, day);
}

// (history, ordered_at, amount [, as_of] [, amounts])
template <class Time, bool has_as_of, bool has_amounts>
Datum add(FunctionCallInfo fcinfo) {
    check_in_aggregate(fcinfo);
    PurchaseHistory *history = history_argument(fcinfo, 0);
    if (PG_ARGISNULL(1) || (has_as_of && PG_ARGISNULL(3))) {
        if (history == nullptr) PG_RETURN_NULL();
        PG_RETURN_POINTER(history);
    }
    const Day day = finite_day<Time>(PG_GETARG_DATUM(1), "ordered_at", infinite_row_hint);
    const bool has_amount = !PG_ARGISNULL(2);
    const double amount = has_amount ? PG_GETARG_FLOAT8(2) : 0;
    if (!std::isfinite(amount)) refuse_amount(amount);

    const std::uint16_t flags =
        has_amounts && is_signed_argument(fcinfo, has_as_of ? 4 : 3) ? PurchaseHistory::signed_flag : 0;
    if (history == nullptr) {
        history = value_state<PurchaseHistory>(fcinfo);
        history->flags = flags;
    } else if (history->flags != flags) {
        if (!history->is_empty() || history->as_of != no_day) refuse_two_kinds();
        history->flags = flags;
    }
    if (has_as_of) {
        const Day as_of = as_of_argument(fcinfo, 3);
        if (history->as_of == no_day && history->is_empty()) history->as_of = as_of;
        if (history->as_of != as_of) refuse_two_as_of("orders of one customer", history->as_of, as_of);
        if (day > as_of) PG_RETURN_POINTER(history);
    }

    Outcome outcome = add_row(*history, day, has_amount, amount);
    if (outcome == Outcome::no_room) {
        history = with_room(history, std::uint64_t{history->used} + 1);
        outcome = add_row(*history, day, has_amount, amount);
    }
    if (outcome != Outcome::done) refuse_sum();
    PG_RETURN_POINTER(history);
}

constexpr int summary_columns = 9;

bool is_rfm_summary(TupleDesc row_type) {
    constexpr Oid columns[summary_columns] = {INT8OID,   FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID,
                                              INT8OID,   FLOAT8OID, DATEOID,   DATEOID};
    if (row_type->natts != summary_columns) return false;
    for (int i = 0; i < summary_columns; ++i)
        if (TupleDescAttr(row_type, i)->atttypid != columns[i]) return false;
    return true;
}

// The row of a summary, or NULL for no row. The row type is looked up once per query if the caller keeps fn_extra.
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
                                 summary.has_first_value, true,              summary.has_revenue, summary.purchased, summary.purchased};
    Datum values[summary_columns] = {Int64GetDatum(summary.frequency),
                             Float8GetDatum(summary.recency),
                             Float8GetDatum(summary.tenure),
                             Float8GetDatum(summary.monetary_value),
                             Float8GetDatum(summary.first_value),
                             Int64GetDatum(summary.orders),
                             Float8GetDatum(summary.revenue),
                             DateADTGetDatum(date_of(summary.first_order)),
                             DateADTGetDatum(date_of(summary.last_order))};
    bool nulls[summary_columns];
    for (int i = 0; i < summary_columns; ++i) nulls[i] = !known[i];
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls)));
}

// ---- text and binary forms ----

void append_quoted_day(StringInfo out, Day day, const char *mark) {
    appendStringInfoChar(out, '"');
    append_day(out, day);
    appendStringInfoString(out, mark);
    appendStringInfoChar(out, '"');
}

Day scan_quoted_day(Scanner &scanner) {
    scanner.expect("\"");
    const Day day = scan_day(scanner);
    scanner.expect_here("\"");
    return day;
}

struct NamedSum {
    const char *key;
    DoubleDouble PurchaseHistory::*sum;
};

constexpr NamedSum sums[] = {{"first_spend", &PurchaseHistory::first_spend},
                             {"repeat_spend", &PurchaseHistory::repeat_spend},
                             {"refunds", &PurchaseHistory::refunds}};

}  // namespace

// Text form: {"as_of":"1997-12-31","orders":1,"first_spend":[9.5,0],"repeat_spend":[0,0],"refunds":[0,0],
// "last_row":"1997-12-12","days":["1997-12-12"]}; as_of may be left out, a day without an amount is "1997-12-12?". Signed
// amounts are told by "amounts":"signed" in front.
template <>
struct RowsType<PurchaseHistory> : AnyRows<PurchaseHistory> {
    static constexpr const char *name = "purchase_history";
    static constexpr const char *rows_are = "purchase days";
    static constexpr const char *way_out = "Look for wrong dates: so many days are 735,000 years.";
    static constexpr const char *rows_key = "days";

    static auto head(PurchaseHistory &history) {
        return std::tie(history.flags, history.as_of, history.last_row, history.orders, history.first_spend.hi,
                        history.first_spend.lo, history.repeat_spend.hi, history.repeat_spend.lo, history.refunds.hi,
                        history.refunds.lo);
    }

    static void append_head(StringInfo out, const PurchaseHistory &history) {
        if (history.is_signed()) appendStringInfoString(out, "\"amounts\":\"signed\",");
        if (history.as_of != no_day) {
            appendStringInfoString(out, "\"as_of\":");
            append_quoted_day(out, history.as_of, "");
            appendStringInfoChar(out, ',');
        }
        appendStringInfo(out, "\"orders\":%lld,", static_cast<long long>(history.orders));
        for (const NamedSum &named : sums) {
            appendStringInfo(out, "\"%s\":", named.key);
            append_pair(out, history.*named.sum);
            appendStringInfoChar(out, ',');
        }
        appendStringInfoString(out, "\"last_row\":");
        if (history.is_empty())
            appendStringInfoString(out, "null");
        else
            append_quoted_day(out, history.last_row, "");
        appendStringInfoChar(out, ',');
    }

    static double scan_head(Scanner &scanner, PurchaseHistory &history) {
        if (scanner.accept("\"amounts\"")) {
            scanner.expect(":");
            scanner.expect("\"signed\"");
            scanner.expect(",");
            history.flags = PurchaseHistory::signed_flag;
        }
        if (scanner.accept("\"as_of\"")) {
            scanner.expect(":");
            history.as_of = scan_quoted_day(scanner);
            scanner.expect(",");
        }
        scanner.key("orders");
        history.orders = scanner.integer();
        scanner.expect(",");
        for (const NamedSum &named : sums) {
            scanner.key(named.key);
            history.*named.sum = scan_pair(scanner);
            scanner.expect(",");
        }
        scanner.key("last_row");
        if (!scanner.accept("null")) history.last_row = scan_quoted_day(scanner);
        scanner.expect(",");
        return -1;
    }

    static void append_row(StringInfo out, const PurchaseHistory &, PurchaseDay day) {
        append_quoted_day(out, day.day(), day.has_amount() ? "" : "?");
    }

    static PurchaseDay scan_row(Scanner &scanner, const PurchaseHistory &) {
        scanner.expect("\"");
        const Day day = scan_day(scanner);
        const bool has_amount = !scanner.accept_here("?");
        scanner.expect_here("\"");
        return {day, has_amount};
    }

    static const char *fault(const PurchaseHistory &history) { return flaw(history); }

    static PurchaseHistory *merged(PurchaseHistory *into, const PurchaseHistory *from) {
        if (!can_merge(*into, *from) && into->flags != from->flags) refuse_two_kinds();
        if (!can_merge(*into, *from)) refuse_two_as_of("orders of one customer", into->as_of, from->as_of);
        into = with_room(into, merged_days(*into, *from));
        if (merge(*into, *from) != Outcome::done) refuse_sum();
        return into;
    }
};

CLTV_FUNCTION(cltv_purchase_history_combine) { return value_combine<PurchaseHistory>(fcinfo); }
CLTV_FUNCTION(cltv_purchase_history_in) { return value_in<PurchaseHistory>(fcinfo); }
CLTV_FUNCTION(cltv_purchase_history_out) { return value_out<PurchaseHistory>(fcinfo); }
CLTV_FUNCTION(cltv_purchase_history_recv) { return value_recv<PurchaseHistory>(fcinfo); }
CLTV_FUNCTION(cltv_purchase_history_send) { return value_send<PurchaseHistory>(fcinfo); }

#define CLTV_DEFINE(time, Time)                                                                                  \
    CLTV_FUNCTION(cltv_purchase_history_add_##time) { return add<Time, false, false>(fcinfo); }                  \
    CLTV_FUNCTION(cltv_purchase_history_add_##time##_as_of) { return add<Time, true, false>(fcinfo); }           \
    CLTV_FUNCTION(cltv_purchase_history_add_##time##_amounts) { return add<Time, false, true>(fcinfo); }         \
    CLTV_FUNCTION(cltv_purchase_history_add_##time##_as_of_amounts) { return add<Time, true, true>(fcinfo); }
CLTV_DEFINE(date, CalendarDate)
CLTV_DEFINE(timestamp, LocalTime)
CLTV_DEFINE(timestamptz, SessionTime)
#undef CLTV_DEFINE

CLTV_FUNCTION(cltv_purchase_history_final) {
    const PurchaseHistory *history = history_argument(fcinfo, 0);
    if (history == nullptr) PG_RETURN_NULL();
    PG_RETURN_POINTER(copy_with_capacity(*history, history->used));
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

// rfm_base: the transition and combine functions of rfm_breaks, and the type's text and binary forms.
#include "pg/segments/rfm_base.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pg/base/aggregate.hpp"
#include "pg/base/binary.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/scan.hpp"
#include "pg/history/iso_time.hpp"
#include "pg/segments/rfm_columns.hpp"

namespace cltv::pg {

RfmBase *rfm_base_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<RfmBase *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

namespace {

RfmBase *new_base(TimeKind kind, int bins, uint32 capacity) {
    auto *base = static_cast<RfmBase *>(palloc(rfm_base_bytes(capacity)));
    SET_VARSIZE(base, rfm_base_bytes(capacity));
    base->version = RfmBase::current_version;
    base->kind = kind;
    base->bins = static_cast<uint8>(bins);
    base->used = 0;
    base->capacity = capacity;
    return base;
}

void append_rows(RfmBase *base, const RfmRow *rows, uint32 count) {
    std::memcpy(base->rows + base->used, rows, count * sizeof(RfmRow));
    base->used += count;
}

// The base itself if so many rows fit, else a copy of twice the size. Sizes in bytes are powers of two, which is what
// allocators hand out anyway.
RfmBase *base_with_room(RfmBase *base, uint64 rows) {
    if (likely(rows <= base->capacity)) return base;
    if (rows > largest_rfm_base)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many customers for one rfm_base"),
                        errdetail("A value holds at most %u.", largest_rfm_base),
                        errhint("Take a sample of the customers, such as every tenth: its cut points serve as well.")));
    Size bytes = 256;
    while (bytes < rfm_base_bytes(rows)) bytes *= 2;
    const Size capacity = (bytes - rfm_base_bytes(0)) / sizeof(RfmRow);
    RfmBase *larger =
        new_base(base->kind, base->bins, static_cast<uint32>(std::min<Size>(capacity, largest_rfm_base)));
    append_rows(larger, base->rows, base->used);
    return larger;
}

// A base with just its rows, ascending, so that equal customers give equal bytes whatever their order.
RfmBase *sorted_copy(const RfmBase *base) {
    RfmBase *copy = new_base(base->kind, base->bins, base->used);
    guarded([=] {
        copy->used = 0;  // a sort that was stopped may have lost rows
        append_rows(copy, base->rows, base->used);
        sort_rfm_rows(copy->rows, copy->used, interrupt_pending);
    });
    return copy;
}

template <class Column>
typename Column::Value value_or(FunctionCallInfo fcinfo, int argument, typename Column::Value unknown) {
    return PG_ARGISNULL(argument) ? unknown : Column::check(Column::get(PG_GETARG_DATUM(argument)));
}

void check_same_bins(int bins, int other) {
    if (likely(bins == other)) return;
    const int least = std::min(bins, other), most = std::max(bins, other);
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("bins must be the same for all rows of a group"),
                    errdetail("Some rows have %s, others %d.", least == 0 ? "none" : psprintf("%d", least), most),
                    errhint("Add what bins depends on to GROUP BY.")));
}

// Arguments: state, last_order, orders, revenue and, of rfm_breaks with a number of bins, bins.
template <class Time>
Datum accumulate(FunctionCallInfo fcinfo) {
    check_in_aggregate(fcinfo);
    constexpr int bins_argument = 4;
    int bins = 0;
    if (PG_NARGS() > bins_argument) {
        if (PG_ARGISNULL(bins_argument)) return state_as_it_was(fcinfo);
        bins = PG_GETARG_INT32(bins_argument);
        check_bins(bins);
    }
    const RfmRow row{value_or<LastOrder<Time>>(fcinfo, 1, unknown_time), value_or<Orders>(fcinfo, 2, unknown_orders),
                     value_or<Revenue>(fcinfo, 3, unknown_revenue) + 0.0};  // -0 becomes 0
    RfmBase *state = PG_ARGISNULL(0) ? new_base(Time::kind, bins, 10) : rfm_base_argument(fcinfo, 0);
    check_same_bins(state->bins, bins);
    state = base_with_room(state, uint64{state->used} + 1);
    state->rows[state->used++] = row;
    PG_RETURN_POINTER(state);
}

// Text form -----------------------------------------------------------------------------------------------------------

void append_row(StringInfo out, TimeKind kind, const RfmRow &row) {
    if (row.last_order == unknown_time) {
        appendStringInfoString(out, "[null,");
    } else {
        appendStringInfoString(out, "[\"");
        append_time(out, kind, row.last_order);
        appendStringInfoString(out, "\",");
    }
    if (row.orders == unknown_orders)
        appendStringInfoString(out, "null,");
    else
        appendStringInfo(out, "%lld,", static_cast<long long>(row.orders));
    if (row.revenue == unknown_revenue)
        appendStringInfoString(out, "null]");
    else {
        append_number(out, row.revenue);
        appendStringInfoChar(out, ']');
    }
}

RfmRow scan_row(Scanner &scan, TimeKind kind) {
    RfmRow row{unknown_time, unknown_orders, unknown_revenue};
    scan.expect("[");
    if (!scan.accept("null")) {
        scan.expect("\"");
        row.last_order = scan_time(scan, kind);
        scan.expect_here("\"");
    }
    scan.expect(",");
    if (!scan.accept("null") && (row.orders = scan.integer()) < 0) scan.fail("A number of orders is negative.");
    scan.expect(",");
    if (!scan.accept("null")) row.revenue = scan.number() + 0.0;
    scan.expect("]");
    return row;
}

// Binary form ---------------------------------------------------------------------------------------------------------

constexpr int header_bytes = 8;  // version, kind, bins, number of rows

void check_received(bool good, const char *detail) { check_binary(good, RfmBase::type_name, detail); }

RfmRow receive_row(StringInfo in, TimeKind kind) {
    const RfmRow row{pq_getmsgint64(in), pq_getmsgint64(in), pq_getmsgfloat8(in) + 0.0};
    check_received(row.last_order == unknown_time || is_finite_time(kind, row.last_order), "A time is out of range.");
    check_received(row.orders >= unknown_orders, "A number of orders is negative.");
    check_received(row.revenue == unknown_revenue || std::isfinite(row.revenue), "A revenue is not finite.");
    return row;
}

}  // namespace
}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_rfm_base_accum_date) { return accumulate<Dates>(fcinfo); }
CLTV_FUNCTION(cltv_rfm_base_accum_timestamp) { return accumulate<Timestamps>(fcinfo); }
CLTV_FUNCTION(cltv_rfm_base_accum_timestamptz) { return accumulate<Timestamptzs>(fcinfo); }

CLTV_FUNCTION(cltv_rfm_base_combine) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1)) return state_as_it_was(fcinfo);
    const RfmBase *source = rfm_base_argument(fcinfo, 1);
    if (PG_ARGISNULL(0)) PG_RETURN_POINTER(source);
    RfmBase *state = rfm_base_argument(fcinfo, 0);
    if (state->kind != source->kind)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("cannot merge an rfm_base of %s with one of %s", time_kind_name(state->kind),
                               time_kind_name(source->kind)),
                        errhint("Make both from last orders of one type.")));
    check_same_bins(state->bins, source->bins);
    state = base_with_room(state, uint64{state->used} + source->used);
    append_rows(state, source->rows, source->used);
    PG_RETURN_POINTER(state);
}

CLTV_FUNCTION(cltv_rfm_base_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    PG_RETURN_POINTER(sorted_copy(rfm_base_argument(fcinfo, 0)));
}

CLTV_FUNCTION(cltv_rfm_base_out) {
    const RfmBase *base = rfm_base_argument(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    appendStringInfo(&out, "{\"time\":\"%s\",\"bins\":", time_kind_name(base->kind));
    if (base->bins == 0)
        appendStringInfoString(&out, "null");
    else
        appendStringInfo(&out, "%d", base->bins);
    appendStringInfo(&out, ",\"customers\":%u,\"rows\":[", base->used);
    for (uint32 i = 0; i < base->used; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        if (i > 0) appendStringInfoChar(&out, ',');
        append_row(&out, base->kind, base->rows[i]);
    }
    appendStringInfoString(&out, "]}");
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_rfm_base_in) {
    Scanner scan(PG_GETARG_CSTRING(0), RfmBase::type_name);
    scan.expect("{");
    scan.key("time");
    const TimeKind kind = scan_time_kind(scan);
    scan.expect(",");
    scan.key("bins");
    const bool unasked = scan.accept("null");
    const int64 bins = unasked ? 0 : scan.integer();
    if (!unasked && (bins < rfm_min_bins || bins > rfm_max_bins)) scan.fail("Bins must be null or 2 to 10.");
    scan.expect(",");
    scan.key("customers");
    const int64 customers = scan.integer();
    scan.expect(",");
    scan.key("rows");
    scan.expect("[");
    RfmBase *base = new_base(kind, static_cast<int>(bins), 10);
    for (const char *before = "["; !scan.accept("]"); before = ",") {
        CHECK_FOR_INTERRUPTS();
        if (*before == ',') scan.expect(",");
        RfmBase *larger = base_with_room(base, uint64{base->used} + 1);
        if (larger != base) pfree(base);
        base = larger;
        base->rows[base->used++] = scan_row(scan, kind);
    }
    scan.expect("}");
    scan.end();
    if (base->used != customers) scan.fail("The number of customers must be the number of rows.");
    SET_VARSIZE(base, rfm_base_bytes(base->used));
    base->capacity = base->used;
    PG_RETURN_POINTER(base);
}

CLTV_FUNCTION(cltv_rfm_base_send) {
    const RfmBase *base = rfm_base_argument(fcinfo, 0);
    StringInfoData out;
    pq_begintypsend(&out);
    pq_sendint16(&out, base->version);
    pq_sendint8(&out, static_cast<uint8>(base->kind));
    pq_sendint8(&out, base->bins);
    pq_sendint32(&out, base->used);
    for (uint32 i = 0; i < base->used; ++i) {
        if ((i & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        pq_sendint64(&out, base->rows[i].last_order);
        pq_sendint64(&out, base->rows[i].orders);
        pq_sendfloat8(&out, base->rows[i].revenue);
    }
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_rfm_base_recv) {
    auto *in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    check_received(in->len - in->cursor >= header_bytes, "The value is cut short.");
    check_received(pq_getmsgint(in, 2) == RfmBase::current_version, "The version is not known.");
    const int kind = pq_getmsgbyte(in), bins = pq_getmsgbyte(in);
    check_received(kind < time_kinds, "The kind of time is not known.");
    check_received(bins == 0 || (bins >= rfm_min_bins && bins <= rfm_max_bins), "Bins must be 0 or 2 to 10.");
    const uint32 rows = pq_getmsgint(in, 4);
    check_received(uint64{rows} * sizeof(RfmRow) == static_cast<uint64>(in->len - in->cursor),
                   "The length does not match the number of rows.");
    check_received(rows <= largest_rfm_base, "There are too many rows.");
    RfmBase *base = new_base(static_cast<TimeKind>(kind), bins, rows);
    while (base->used < rows) {
        if ((base->used & 0xFFF) == 0) CHECK_FOR_INTERRUPTS();
        base->rows[base->used++] = receive_row(in, base->kind);
    }
    PG_RETURN_POINTER(base);
}

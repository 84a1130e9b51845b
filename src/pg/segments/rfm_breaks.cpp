// rfm_breaks: its making from an rfm_base, and its text and binary forms.
#include "pg/segments/rfm_breaks.hpp"

#include <cmath>
#include <cstdint>

#include "pg/base/binary.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/scan.hpp"
#include "pg/history/iso_time.hpp"
#include "pg/segments/rfm_base.hpp"
#include "pg/segments/rfm_columns.hpp"

namespace cltv::pg {
namespace {

constexpr int usual_bins = 5;

RfmBreaks *new_breaks(TimeKind kind, int bins) {
    auto *breaks = static_cast<RfmBreaks *>(palloc0(sizeof(RfmBreaks)));
    SET_VARSIZE(breaks, sizeof(RfmBreaks));
    breaks->version = RfmBreaks::current_version;
    breaks->kind = kind;
    breaks->bins = static_cast<uint8>(bins);
    return breaks;
}

RfmBreaks *breaks_of(const RfmBase *base, int bins) {
    RfmBreaks *breaks = new_breaks(base->kind, bins);
    guarded([&] { breaks->cuts = rfm_cut_points(base->rows(), base->used, bins, interrupt_pending); });
    return breaks;
}

// What is wrong with the cut points of a column, or nullptr.
template <class Value, class IsPossible>
const char *fault_of(const CutPoints<Value> &cuts, int bins, IsPossible is_possible) {
    if (cuts.count != 0 && cuts.count != bins - 1) return "A column must have no cut point, or one fewer than bins.";
    for (int i = 0; i < cuts.count; ++i) {
        if (!is_possible(cuts.at[i])) return "A cut point is out of range.";
        if (i > 0 && cuts.at[i] < cuts.at[i - 1]) return "The cut points of a column must not fall.";
    }
    return nullptr;
}

const char *fault_of(const RfmBreaks &breaks) {
    const RfmCuts &cuts = breaks.cuts;
    const TimeKind kind = breaks.kind;
    if (breaks.bins < rfm_min_bins || breaks.bins > rfm_max_bins) return "Bins must be 2 to 10.";
    const char *fault =
        fault_of(cuts.last_order, breaks.bins, [kind](std::int64_t time) { return is_finite_time(kind, time); });
    if (!fault) fault = fault_of(cuts.orders, breaks.bins, [](std::int64_t orders) { return orders >= 0; });
    if (!fault) fault = fault_of(cuts.revenue, breaks.bins, [](double revenue) { return std::isfinite(revenue); });
    return fault;
}

template <class Value, class Append>
void append_cuts(StringInfo out, const char *name, const CutPoints<Value> &cuts, Append append) {
    appendStringInfo(out, ",\"%s\":[", name);
    for (int i = 0; i < cuts.count; ++i) {
        if (i > 0) appendStringInfoChar(out, ',');
        append(cuts.at[i]);
    }
    appendStringInfoChar(out, ']');
}

template <class Value, class ReadOne>
void scan_cuts(Scanner &scan, const char *name, CutPoints<Value> &cuts, ReadOne read) {
    scan.expect(",");
    scan.key(name);
    scan.array([&] {
        if (cuts.count == rfm_max_bins - 1) scan.fail("A column has too many cut points.");
        cuts.at[cuts.count++] = read();
    });
}

void check_received(bool good, const char *detail) { check_binary(good, RfmBreaks::type_name, detail); }

template <class Value, class Send>
void send_cuts(StringInfo out, const CutPoints<Value> &cuts, Send send) {
    pq_sendint8(out, static_cast<uint8>(cuts.count));
    for (int i = 0; i < cuts.count; ++i) send(out, cuts.at[i]);
}

template <class Value, class Receive>
void receive_cuts(StringInfo in, CutPoints<Value> &cuts, Receive receive) {
    check_received(in->cursor < in->len, "The value is cut short.");
    const int count = pq_getmsgbyte(in);
    check_received(count < rfm_max_bins, "A column has too many cut points.");
    check_received(in->len - in->cursor >= count * 8, "The value is cut short.");
    while (cuts.count < count) cuts.at[cuts.count++] = static_cast<Value>(receive(in));
}

}  // namespace
}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_rfm_breaks_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const RfmBase *base = value_argument<RfmBase>(fcinfo, 0);
    PG_RETURN_POINTER(breaks_of(base, base->bins == 0 ? usual_bins : base->bins));
}

CLTV_FUNCTION(cltv_rfm_breaks_of_base) {
    const int bins = PG_GETARG_INT32(1);
    check_bins(bins);
    PG_RETURN_POINTER(breaks_of(value_argument<RfmBase>(fcinfo, 0), bins));
}

CLTV_FUNCTION(cltv_rfm_breaks_out) {
    const RfmBreaks *breaks = rfm_breaks_argument(fcinfo, 0);
    StringInfoData out;
    initStringInfo(&out);
    appendStringInfo(&out, "{\"bins\":%d,\"time\":\"%s\"", breaks->bins, time_kind_name(breaks->kind));
    append_cuts(&out, "last_order", breaks->cuts.last_order, [&](std::int64_t time) {
        appendStringInfoChar(&out, '"');
        append_time(&out, breaks->kind, time);
        appendStringInfoChar(&out, '"');
    });
    append_cuts(&out, "orders", breaks->cuts.orders,
                [&](std::int64_t orders) { appendStringInfo(&out, "%lld", static_cast<long long>(orders)); });
    append_cuts(&out, "revenue", breaks->cuts.revenue, [&](double revenue) { append_number(&out, revenue); });
    appendStringInfoChar(&out, '}');
    PG_RETURN_CSTRING(out.data);
}

CLTV_FUNCTION(cltv_rfm_breaks_in) {
    Scanner scan(PG_GETARG_CSTRING(0), RfmBreaks::type_name);
    scan.expect("{");
    scan.key("bins");
    const int64 bins = scan.integer();
    if (bins < rfm_min_bins || bins > rfm_max_bins) scan.fail("Bins must be 2 to 10.");
    scan.expect(",");
    scan.key("time");
    RfmBreaks *breaks = new_breaks(scan_time_kind(scan), static_cast<int>(bins));
    scan_cuts(scan, "last_order", breaks->cuts.last_order, [&] {
        scan.expect("\"");
        const std::int64_t time = scan_time(scan, breaks->kind);
        scan.expect_here("\"");
        return time;
    });
    scan_cuts(scan, "orders", breaks->cuts.orders, [&] { return scan.integer(); });
    scan_cuts(scan, "revenue", breaks->cuts.revenue, [&] { return scan.number() + 0.0; });
    scan.expect("}");
    scan.end();
    if (const char *fault = fault_of(*breaks)) scan.fail(fault);
    PG_RETURN_POINTER(breaks);
}

// Version, kind of time, bins; for each column the number of cut points, and the cut points.
CLTV_FUNCTION(cltv_rfm_breaks_send) {
    const RfmBreaks *breaks = rfm_breaks_argument(fcinfo, 0);
    StringInfoData out;
    pq_begintypsend(&out);
    pq_sendint16(&out, breaks->version);
    pq_sendint8(&out, static_cast<uint8>(breaks->kind));
    pq_sendint8(&out, breaks->bins);
    send_cuts(&out, breaks->cuts.last_order, pq_sendint64);
    send_cuts(&out, breaks->cuts.orders, pq_sendint64);
    send_cuts(&out, breaks->cuts.revenue, pq_sendfloat8);
    PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

CLTV_FUNCTION(cltv_rfm_breaks_recv) {
    auto *in = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
    check_received(in->len - in->cursor >= 4, "The value is cut short.");
    check_received(pq_getmsgint(in, 2) == RfmBreaks::current_version, "The version is unknown.");
    const int kind = pq_getmsgbyte(in), bins = pq_getmsgbyte(in);
    check_received(kind < time_kinds, "The kind of time is unknown.");
    RfmBreaks *breaks = new_breaks(static_cast<TimeKind>(kind), bins);
    receive_cuts(in, breaks->cuts.last_order, pq_getmsgint64);
    receive_cuts(in, breaks->cuts.orders, pq_getmsgint64);
    receive_cuts(in, breaks->cuts.revenue, [](StringInfo from) { return pq_getmsgfloat8(from) + 0.0; });
    const char *fault = fault_of(*breaks);
    check_received(fault == nullptr, fault);
    PG_RETURN_POINTER(breaks);
}

// rfm_base: the transition and combine functions of rfm_breaks, and the type's text and binary forms.
#include "pg/segments/rfm_base.hpp"

#include <algorithm>
#include <cmath>

#include "pg/base/guard.hpp"
#include "pg/history/iso_time.hpp"
#include "pg/segments/rfm_columns.hpp"

namespace cltv::pg {
namespace {

// A base with exactly its rows, ascending, so that equal customers give equal bytes whatever their order.
RfmBase *sorted_copy(const RfmBase *base) {
    RfmBase *copy = copy_with_capacity(*base, base->used);
    guarded([=] {
        copy->used = 0;  // a sort that was stopped may have lost rows
        copy->append(base->rows(), base->used);
        sort_rfm_rows(copy->rows(), copy->used, interrupt_pending);
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

// Arguments: state, last_order, orders, revenue and, for rfm_breaks with a number of bins, bins.
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
    RfmBase *state = value_state<RfmBase>(fcinfo);
    if (PG_ARGISNULL(0)) {
        state->kind = Time::kind;
        state->bins = static_cast<uint8>(bins);
    }
    check_same_bins(state->bins, bins);
    PG_RETURN_POINTER(with_row(state, row));
}

}  // namespace

// Text form: {"time":"date","bins":null,"customers":1,"rows":[["1997-12-12",2,99.5]]}
template <>
struct RowsType<RfmBase> : AnyRows<RfmBase> {
    static constexpr const char *name = "rfm_base";
    static constexpr const char *rows_are = "customers";
    static constexpr const char *way_out =
        "Take a sample of the customers, such as every tenth: its cut points serve as well.";

    static auto head(RfmBase &base) { return std::tie(base.kind, base.bins); }

    static void append_head(StringInfo out, const RfmBase &base) {
        appendStringInfo(out, "\"time\":\"%s\",\"bins\":%s,\"customers\":%u,", time_kind_name(base.kind),
                         base.bins == 0 ? "null" : psprintf("%d", base.bins), base.used);
    }

    static double scan_head(Scanner &scan, RfmBase &base) {
        scan.key("time");
        base.kind = scan_time_kind(scan);
        scan.expect(",");
        scan.key("bins");
        if (!scan.accept("null")) {
            const int64 bins = scan.integer();
            if (bins < rfm_min_bins || bins > rfm_max_bins) scan.fail(bins_rule);
            base.bins = static_cast<uint8>(bins);
        }
        scan.expect(",");
        scan.key("customers");
        const int64 customers = scan.integer();
        if (customers < 0) scan.fail(customers_rule);
        scan.expect(",");
        return static_cast<double>(customers);
    }

    static const char *fault_of_head(RfmBase &base) {
        if (static_cast<int>(base.kind) >= time_kinds) return "The kind of time is unknown.";
        return base.bins == 0 || (base.bins >= rfm_min_bins && base.bins <= rfm_max_bins) ? nullptr : bins_rule;
    }

    static void append_row(StringInfo out, const RfmBase &base, const RfmRow &row) {
        const bool knows_time = row.last_order != unknown_time;
        appendStringInfoString(out, knows_time ? "[\"" : "[null,");
        if (knows_time) {
            append_time(out, base.kind, row.last_order);
            appendStringInfoString(out, "\",");
        }
        if (row.orders == unknown_orders)
            appendStringInfoString(out, "null,");
        else
            appendStringInfo(out, "%lld,", static_cast<long long>(row.orders));
        if (row.revenue == unknown_revenue)
            appendStringInfoString(out, "null");
        else
            append_number(out, row.revenue);
        appendStringInfoChar(out, ']');
    }

    static RfmRow scan_row(Scanner &scan, const RfmBase &base) {
        RfmRow row{unknown_time, unknown_orders, unknown_revenue};
        scan.expect("[");
        if (!scan.accept("null")) {
            scan.expect("\"");
            row.last_order = scan_time(scan, base.kind);
            scan.expect_here("\"");
        }
        scan.expect(",");
        if (!scan.accept("null") && (row.orders = scan.integer()) < 0) scan.fail(orders_rule);
        scan.expect(",");
        if (!scan.accept("null")) row.revenue = scan.number();
        scan.expect("]");
        return row;
    }

    static const char *fault_of_row(const RfmBase &base, RfmRow &row) {
        row.revenue += 0.0;
        if (row.last_order != unknown_time && !is_finite_time(base.kind, row.last_order))
            return "A time is out of range.";
        if (row.orders < unknown_orders) return orders_rule;
        return row.revenue == unknown_revenue || std::isfinite(row.revenue) ? nullptr : "A revenue is not finite.";
    }

    static void merge_head(RfmBase &state, const RfmBase &source) {
        if (state.kind != source.kind)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("cannot merge an rfm_base of %s with one of %s", time_kind_name(state.kind),
                                   time_kind_name(source.kind)),
                            errhint("Make both from last orders of one type.")));
        check_same_bins(state.bins, source.bins);
    }

    static constexpr const char *bins_rule = "Bins must be null or 2 to 10.";
    static constexpr const char *orders_rule = "A number of orders is negative.";
};

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_rfm_base_accum_date) { return accumulate<CalendarDate>(fcinfo); }
CLTV_FUNCTION(cltv_rfm_base_accum_timestamp) { return accumulate<LocalTime>(fcinfo); }
CLTV_FUNCTION(cltv_rfm_base_accum_timestamptz) { return accumulate<SessionTime>(fcinfo); }

CLTV_FUNCTION(cltv_rfm_base_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    PG_RETURN_POINTER(sorted_copy(value_argument<RfmBase>(fcinfo, 0)));
}

CLTV_FUNCTION(cltv_rfm_base_combine) { return value_combine<RfmBase>(fcinfo); }
CLTV_FUNCTION(cltv_rfm_base_in) { return value_in<RfmBase>(fcinfo); }
CLTV_FUNCTION(cltv_rfm_base_out) { return value_out<RfmBase>(fcinfo); }
CLTV_FUNCTION(cltv_rfm_base_recv) { return value_recv<RfmBase>(fcinfo); }
CLTV_FUNCTION(cltv_rfm_base_send) { return value_send<RfmBase>(fcinfo); }

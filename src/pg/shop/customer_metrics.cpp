// The aggregate customer_metrics over purchase histories, and its state, the type metrics_base.
#include <cmath>
#include <vector>

#include "core/history/purchase_history.hpp"
#include "core/shop/customer_metrics.hpp"
#include "pg/base/result.hpp"
#include "pg/history/purchase_history.hpp"
#include "pg/rows/counted_set.hpp"

namespace cltv::pg {

namespace {

[[noreturn]] void raise_bad_totals(const char *detail) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("no customer has such a row of a metrics_base"),
                    errdetail("%s", detail)));
    pg_unreachable();
}

bool is_flag(double x) { return x == 0 || x == 1; }

bool is_whole(double x) { return is_count(x) && x == std::floor(x); }

}  // namespace

// Kept beside the rows: the day that they are as of, as a Julian day number; 0 before the first row.
template <>
struct BaseType<CustomerTotalsCount> : AnyBase<CustomerTotalsCount> {
    static constexpr const char *name = "metrics_base";
    static constexpr const char *beside = "as_of";
    static double merged_beside(double one, double other) {
        if (unlikely(one != 0 && other != 0 && one != other))
            refuse_two_as_of("histories", static_cast<Day>(one), static_cast<Day>(other));
        return one != 0 ? one : other;
    }
    static const char *fault_beside(double day) {
        return is_whole(day) && day <= last_possible_day ? nullptr : "The day as_of is not a Julian day number.";
    }
    static CustomerTotalsCount checked(const Numbers<CustomerTotalsCount> &numbers) {
        CustomerTotalsCount row = row_of<CustomerTotalsCount>(numbers);
        const CustomerTotals &totals = row.totals;
        if (!std::isfinite(totals.revenue)) raise_bad_totals("The revenue is not finite.");
        if (!is_flag(totals.revenue_known) || !is_flag(totals.active))
            raise_bad_totals("The marks of known revenue and of an active customer are 0 or 1.");
        if (totals.revenue != 0 && totals.revenue_known == 0) raise_bad_totals("There is revenue that is unknown.");
        if (!is_whole(totals.orders) || !is_whole(totals.lifespan) || !is_whole(row.count))
            raise_bad_totals("Orders, the days of the lifespan and the count are whole numbers.");
        if (totals.orders < (totals.lifespan > 0 ? 2 : 1)) raise_bad_totals("There are too few orders.");
        if (totals.lifespan > last_possible_day) raise_bad_totals("The lifespan is too long.");
        row.totals.revenue += 0.0;  // -0 becomes 0, which equal customers need to be the same bits
        return row;
    }
};

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

namespace {

using MetricsBase = CountedSet<CustomerTotalsCount>;

CustomerTotals totals_of(const RfmSummary &summary, bool active) {
    if (unlikely(!std::isfinite(summary.revenue)))
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("the revenue of one customer is out of range"),
                        errhint("Look for amounts near 1e308 among the orders.")));
    return {summary.has_revenue ? summary.revenue + 0.0 : 0, summary.has_revenue ? 1.0 : 0.0,
            static_cast<double>(summary.orders), summary.recency, active ? 1.0 : 0.0};
}

// (state, history, as_of [, active_days])
Datum accumulate(FunctionCallInfo fcinfo, int32 active_days) {
    const PurchaseHistory &history = *history_argument(fcinfo, 1);
    const Day as_of = as_of_argument(fcinfo, 2);
    if (history.is_empty()) return state_as_it_was(fcinfo);
    check_as_of(history, as_of);
    const RfmSummary summary = summarise(history, as_of);
    if (!summary.purchased) return state_as_it_was(fcinfo);

    const bool active = int64{as_of} - summary.last_order < active_days;
    MetricsBase *state = state_argument<CustomerTotalsCount>(fcinfo);
    state->beside = BaseType<CustomerTotalsCount>::merged_beside(state->beside, as_of);
    PG_RETURN_POINTER(add_row_soon(state, CustomerTotalsCount{totals_of(summary, active), 1}));
}

}  // namespace

CLTV_FUNCTION(cltv_metrics_base_accum) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1) || PG_ARGISNULL(2)) return state_as_it_was(fcinfo);
    return accumulate(fcinfo, 365);
}

CLTV_FUNCTION(cltv_metrics_base_accum_active) {
    check_in_aggregate(fcinfo);
    if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3)) return state_as_it_was(fcinfo);
    const int32 active_days = PG_GETARG_INT32(3);
    if (active_days < 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("active_days %d is out of range", active_days),
                        errhint("Give the number of days, 1 or more, within which an active customer has ordered.")));
    return accumulate(fcinfo, active_days);
}

CLTV_FUNCTION(cltv_customer_metrics_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const MetricsBase *base = value_argument<MetricsBase>(fcinfo, 0);
    CustomerMetrics metrics;
    guarded([&] {
        std::vector<CustomerTotalsCount> storage;
        metrics = customer_metrics(sorted_rows(*base, storage, interrupt_pending), interrupt_pending);
    });
    if (unlikely(std::isinf(metrics.revenue)))
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("the revenue of all customers is out of range"),
                        errhint("Look for amounts near 1e308 among the orders.")));
    return row_or_error(fcinfo, {count(metrics.customers), count(metrics.active_customers), count(metrics.orders),
                                 number(metrics.revenue), number(metrics.average_order_value),
                                 number(metrics.purchase_frequency), number(metrics.repeat_rate),
                                 number(metrics.mean_lifespan), number(metrics.historic_value),
                                 number(metrics.top_fifth_share)});
}

CLTV_FUNCTION(cltv_metrics_base_combine) { return value_combine<MetricsBase>(fcinfo); }
CLTV_FUNCTION(cltv_metrics_base_in) { return value_in<MetricsBase>(fcinfo); }
CLTV_FUNCTION(cltv_metrics_base_out) { return value_out<MetricsBase>(fcinfo); }
CLTV_FUNCTION(cltv_metrics_base_recv) { return value_recv<MetricsBase>(fcinfo); }
CLTV_FUNCTION(cltv_metrics_base_send) { return value_send<MetricsBase>(fcinfo); }

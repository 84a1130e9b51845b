// The window function rfm_score.
#include <cstdint>

#include "core/segments/rfm.hpp"
#include "pg/base/guard.hpp"
#include "pg/base/postgres.hpp"
#include "pg/segments/partition.hpp"
#include "pg/segments/rfm_columns.hpp"
#include "pg/segments/rfm_rows.hpp"

namespace cltv::pg {
namespace {

enum Argument { last_order_argument, orders_argument, revenue_argument, bins_argument };

// State of one partition; the executor zeroes it before the first row.
struct Partition {
    bool ready;
    bool bins_unknown;
    int bins;
    RfmCuts cuts;
};

// State of one call in one statement.
struct Call {
    RfmRows results;
    MemoryContext scratch;
};

Call *call_of(FunctionCallInfo fcinfo) {
    FmgrInfo *function = fcinfo->flinfo;
    if (function->fn_extra != nullptr) return static_cast<Call *>(function->fn_extra);
    Call *call = static_cast<Call *>(MemoryContextAllocZero(function->fn_mcxt, sizeof(Call)));
    call->results.prepare(fcinfo);
    call->scratch = new_scratch(fcinfo);
    function->fn_extra = call;
    return call;
}

// bins of the partition's first row, which all others must share; NULL leaves the partition without scores.
void read_bins(FunctionCallInfo fcinfo, WindowObject window, int rows, Partition &partition, const Call &call) {
    partition.bins = DatumGetInt32(WinGetFuncArgCurrent(window, bins_argument, &partition.bins_unknown));
    if (!partition.bins_unknown) check_bins(partition.bins);
    check_same_in_partition(fcinfo, window, bins_argument, "bins", rows, call.scratch, [&](Datum bins, bool is_null) {
        return is_null == partition.bins_unknown && (is_null || DatumGetInt32(bins) == partition.bins);
    });
}

template <class Column>
CutPoints<typename Column::Value> cut_points(Gathered<Column> column, int bins) {
    CutPoints<typename Column::Value> cuts;
    guarded([&] { cuts = select_cut_points(column.values, column.count, bins, interrupt_pending); });
    pfree(column.values);
    return cuts;
}

template <class Time>
void score_partition(FunctionCallInfo fcinfo, WindowObject window, Partition &partition, const Call &call) {
    const int rows = count_rows(window, "rfm_score");
    read_bins(fcinfo, window, rows, partition, call);
    partition.ready = true;
    if (partition.bins_unknown) return;

    auto last_order = Gathered<LastOrder<Time>>::with_room(rows);
    auto orders = Gathered<Orders>::with_room(rows);
    auto revenue = Gathered<Revenue>::with_room(rows);
    for_each_row_of_partition(rows, call.scratch, [&](int row) {
        last_order.take(window, last_order_argument, row);
        orders.take(window, orders_argument, row);
        revenue.take(window, revenue_argument, row);
    });
    partition.cuts = {cut_points(last_order, partition.bins), cut_points(orders, partition.bins),
                      cut_points(revenue, partition.bins)};
}

// The score of the current row, 0 for NULL.
template <class Column>
int current_score(WindowObject window, Argument argument, const CutPoints<typename Column::Value> &cuts) {
    bool is_null;
    const Datum datum = WinGetFuncArgCurrent(window, argument, &is_null);
    return is_null ? 0 : cuts.score(Column::get(datum));
}

template <class Time>
Datum rfm_score(FunctionCallInfo fcinfo) {
    WindowObject window = PG_WINDOW_OBJECT();
    Call *call = call_of(fcinfo);
    Partition *partition = static_cast<Partition *>(WinGetPartitionLocalMemory(window, sizeof(Partition)));
    if (!partition->ready) score_partition<Time>(fcinfo, window, *partition, *call);
    if (partition->bins_unknown) PG_RETURN_NULL();

    const int r = current_score<LastOrder<Time>>(window, last_order_argument, partition->cuts.last_order);
    const int f = current_score<Orders>(window, orders_argument, partition->cuts.orders);
    const int m = current_score<Revenue>(window, revenue_argument, partition->cuts.revenue);
    return call->results.row(partition->bins, r, f, m);
}

}  // namespace
}  // namespace cltv::pg

CLTV_FUNCTION(cltv_rfm_score_date) { return cltv::pg::rfm_score<cltv::pg::CalendarDate>(fcinfo); }

// The same for timestamp and timestamptz: the instants are compared, and no day is derived from them.
CLTV_FUNCTION(cltv_rfm_score_timestamp) { return cltv::pg::rfm_score<cltv::pg::LocalTime>(fcinfo); }

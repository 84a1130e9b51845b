// The window function rfm_score and rfm_segment.
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "model/rfm.hpp"
#include "pg/guard.hpp"
#include "pg/postgres.hpp"

namespace cltv::pg {
namespace {

enum Argument { last_order_argument, orders_argument, revenue_argument, bins_argument };

// Of one partition; the executor zeroes it before the first row.
struct Partition {
    bool ready;
    bool bins_unknown;
    int bins;
    CutPoints<std::int64_t> last_order;
    CutPoints<std::int64_t> orders;
    CutPoints<double> revenue;
};

// Of one call in one statement. A result depends on three scores and bins alone, so that each of the few that occur is
// built once: results[bins] is a cube over the scores, 0 standing for NULL.
struct Call {
    TupleDesc row_type;
    MemoryContext scratch;  // takes what evaluating the arguments of many rows leaves behind
    Datum *results[rfm_max_bins + 1];
};

// What a column holds and which of its values are refused.
struct Dates {
    using Value = std::int64_t;
    static bool infinite(Value day) { return DATE_NOT_FINITE(day); }
    static Value get(Datum value) { return DatumGetDateADT(value); }
};

struct Timestamps {
    using Value = std::int64_t;
    static bool infinite(Value at) { return TIMESTAMP_NOT_FINITE(at); }
    static Value get(Datum value) { return DatumGetTimestamp(value); }
};

template <class Time>
struct LastOrder {
    using Value = typename Time::Value;
    static Value get(Datum datum) { return Time::get(datum); }
    static Value check(Value value) {
        if (unlikely(Time::infinite(value)))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("last order must be a finite time: \"%s\"", value < 0 ? "-infinity" : "infinity"),
                            errhint("Give NULL for a customer whose last order is not known.")));
        return value;
    }
};

struct Orders {
    using Value = std::int64_t;
    static Value get(Datum datum) { return DatumGetInt64(datum); }
    static Value check(Value value) {
        if (unlikely(value < 0))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("number of orders must not be negative: %lld", static_cast<long long>(value)),
                            errhint("Give each customer's count of orders, or NULL where it is not known.")));
        return value;
    }
};

struct Revenue {
    using Value = double;
    static Value get(Datum datum) { return DatumGetFloat8(datum); }
    static Value check(Value value) {
        if (unlikely(!std::isfinite(value)))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("revenue must be a finite number: %g", value),
                            errhint("Give each customer's total revenue, or NULL where it is not known.")));
        return value;
    }
};

bool is_rfm(TupleDesc row_type) {
    constexpr Oid columns[] = {INT2OID, INT2OID, INT2OID, TEXTOID};
    if (row_type->natts != 4) return false;
    for (int i = 0; i < 4; ++i)
        if (TupleDescAttr(row_type, i)->atttypid != columns[i]) return false;
    return true;
}

Call *call_of(FunctionCallInfo fcinfo) {
    FmgrInfo *function = fcinfo->flinfo;
    if (function->fn_extra != nullptr) return static_cast<Call *>(function->fn_extra);

    MemoryContext caller = MemoryContextSwitchTo(function->fn_mcxt);
    Call *call = static_cast<Call *>(palloc0(sizeof(Call)));
    if (get_call_result_type(fcinfo, nullptr, &call->row_type) != TYPEFUNC_COMPOSITE || !is_rfm(call->row_type))
        ereport(ERROR,
                (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("type rfm must be (smallint, smallint, smallint, text)"),
                 errhint("Undo what altered the type since the extension created it.")));
    BlessTupleDesc(call->row_type);
    call->scratch = AllocSetContextCreate(function->fn_mcxt, "rfm_score arguments", ALLOCSET_SMALL_SIZES);
    MemoryContextSwitchTo(caller);
    function->fn_extra = call;
    return call;
}

// The values of one column that are not NULL, in memory of the caller.
template <class Column>
struct Gathered {
    using Value = typename Column::Value;
    Value *values;
    std::size_t count;

    void take(WindowObject window, Argument argument, int row) {
        bool is_null, is_out;
        const Datum datum = WinGetFuncArgInPartition(window, argument, row, WINDOW_SEEK_HEAD, false, &is_null, &is_out);
        if (!is_null) values[count++] = Column::check(Column::get(datum));
    }

    CutPoints<Value> cut_points(int bins) const {
        CutPoints<Value> cuts;
        guarded([&] { cuts = select_cut_points(values, count, bins, interrupt_pending); });
        return cuts;
    }
};

// bins of the partition's first row, which all the others must share; NULL leaves the partition unscored.
void read_bins(FunctionCallInfo fcinfo, WindowObject window, int rows, Partition &partition) {
    partition.bins = DatumGetInt32(WinGetFuncArgCurrent(window, bins_argument, &partition.bins_unknown));
    if (!partition.bins_unknown && (partition.bins < rfm_min_bins || partition.bins > rfm_max_bins))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("bins must be between %d and %d: %d", rfm_min_bins, rfm_max_bins, partition.bins),
                        errhint("Quintiles, bins => 5, are usual.")));
    if (get_fn_expr_arg_stable(fcinfo->flinfo, bins_argument)) return;
    for (int row = 0; row < rows; ++row) {
        bool is_null, is_out;
        const Datum bins =
            WinGetFuncArgInPartition(window, bins_argument, row, WINDOW_SEEK_HEAD, false, &is_null, &is_out);
        if (is_null != partition.bins_unknown || (!is_null && DatumGetInt32(bins) != partition.bins))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("bins must be the same for all rows of a partition"),
                            errhint("Add what bins depends on to PARTITION BY.")));
        CHECK_FOR_INTERRUPTS();
    }
}

template <class Time>
void score_partition(FunctionCallInfo fcinfo, WindowObject window, Partition &partition, const Call &call) {
    const int64 counted = WinGetPartitionRowCount(window);
    if (counted > PG_INT32_MAX)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("too many rows in one partition of rfm_score: %lld", static_cast<long long>(counted)),
                        errhint("Score the customers in parts, by PARTITION BY.")));
    const int rows = static_cast<int>(counted);
    read_bins(fcinfo, window, rows, partition);
    partition.ready = true;
    if (partition.bins_unknown) return;

    const auto column_room = [rows] {
        return MemoryContextAllocHuge(CurrentMemoryContext, sizeof(std::int64_t) * static_cast<Size>(rows));
    };
    Gathered<LastOrder<Time>> last_order{static_cast<std::int64_t *>(column_room()), 0};
    Gathered<Orders> orders{static_cast<std::int64_t *>(column_room()), 0};
    Gathered<Revenue> revenue{static_cast<double *>(column_room()), 0};

    // Row by row, not column by column: a partition that went to disk is slow to run through backwards for the next
    // column, and there is no other way back to its first row.
    MemoryContext caller = MemoryContextSwitchTo(call.scratch);
    for (int row = 0; row < rows; ++row) {
        last_order.take(window, last_order_argument, row);
        orders.take(window, orders_argument, row);
        revenue.take(window, revenue_argument, row);
        if (row % 1024 == 1023) {
            CHECK_FOR_INTERRUPTS();
            MemoryContextReset(call.scratch);
        }
    }
    MemoryContextReset(call.scratch);
    MemoryContextSwitchTo(caller);

    partition.last_order = last_order.cut_points(partition.bins);
    partition.orders = orders.cut_points(partition.bins);
    partition.revenue = revenue.cut_points(partition.bins);
    pfree(last_order.values);
    pfree(orders.values);
    pfree(revenue.values);
}

Datum build_result(TupleDesc row_type, int bins, int r, int f, int m) {
    const bool segmented = r != 0 && f != 0 && m != 0;
    Datum values[4] = {Int16GetDatum(r), Int16GetDatum(f), Int16GetDatum(m), 0};
    bool nulls[4] = {r == 0, f == 0, m == 0, !segmented};
    if (segmented)
        values[3] = CStringGetTextDatum(segment_name(
            segment_of(quintile_of_score(r, bins), quintile_of_score(f, bins), quintile_of_score(m, bins))));
    return HeapTupleGetDatum(heap_form_tuple(row_type, values, nulls));
}

Datum result_of(Call &call, MemoryContext context, int bins, int r, int f, int m) {
    const int side = bins + 1;
    Datum *&results = call.results[bins];
    if (unlikely(results == nullptr))
        results = static_cast<Datum *>(MemoryContextAllocZero(context, sizeof(Datum) * side * side * side));
    Datum &result = results[(r * side + f) * side + m];
    if (unlikely(result == 0)) {
        MemoryContext caller = MemoryContextSwitchTo(context);
        result = build_result(call.row_type, bins, r, f, m);
        MemoryContextSwitchTo(caller);
    }
    return result;
}

// Score of the current row, 0 for NULL.
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

    const int r = current_score<LastOrder<Time>>(window, last_order_argument, partition->last_order);
    const int f = current_score<Orders>(window, orders_argument, partition->orders);
    const int m = current_score<Revenue>(window, revenue_argument, partition->revenue);
    return result_of(*call, fcinfo->flinfo->fn_mcxt, partition->bins, r, f, m);
}

void check_quintile(const char *name, int score) {
    if (score < 1 || score > 5)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s score must be between 1 and 5: %d", name, score),
                        errhint("Rescale a score out of n bins by ceil(score * 5.0 / n).")));
}

}  // namespace
}  // namespace cltv::pg

CLTV_FUNCTION(cltv_rfm_score_date) { return cltv::pg::rfm_score<cltv::pg::Dates>(fcinfo); }

// timestamp and timestamptz alike: the instants are compared, no day is taken from them.
CLTV_FUNCTION(cltv_rfm_score_timestamp) { return cltv::pg::rfm_score<cltv::pg::Timestamps>(fcinfo); }

CLTV_FUNCTION(cltv_rfm_segment) {
    const int r = PG_GETARG_INT32(0), f = PG_GETARG_INT32(1), m = PG_GETARG_INT32(2);
    cltv::pg::check_quintile("recency", r);
    cltv::pg::check_quintile("frequency", f);
    cltv::pg::check_quintile("monetary", m);
    PG_RETURN_TEXT_P(cstring_to_text(cltv::segment_name(cltv::segment_of(r, f, m))));
}

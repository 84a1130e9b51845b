// The functions of rfm_breaks: the scores of a customer, and the cut points as rows.
#include <cstdint>

#include "pg/segments/rfm_breaks.hpp"
#include "pg/segments/rfm_columns.hpp"
#include "pg/segments/rfm_rows.hpp"

namespace cltv::pg {
namespace {

RfmRows *results_of(FunctionCallInfo fcinfo) {
    FmgrInfo *function = fcinfo->flinfo;
    if (unlikely(function->fn_extra == nullptr)) {
        auto *results = static_cast<RfmRows *>(MemoryContextAllocZero(function->fn_mcxt, sizeof(RfmRows)));
        results->prepare(fcinfo);
        function->fn_extra = results;
    }
    return static_cast<RfmRows *>(function->fn_extra);
}

// 0 for NULL, and where there was no known value to compare with.
template <class Column>
int score_argument(FunctionCallInfo fcinfo, int argument, const CutPoints<typename Column::Value> &cuts) {
    if (PG_ARGISNULL(argument)) return 0;
    const auto value = Column::check(Column::get(PG_GETARG_DATUM(argument)));
    return cuts.count == 0 ? 0 : cuts.score(value);
}

template <class Time>
Datum score_by_breaks(FunctionCallInfo fcinfo) {
    constexpr int breaks_argument = 3;
    if (PG_ARGISNULL(breaks_argument)) PG_RETURN_NULL();
    const RfmBreaks *breaks = rfm_breaks_argument(fcinfo, breaks_argument);
    if (unlikely(breaks->kind != Time::kind))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("last_order is a %s, but the breaks were made from a %s", time_kind_name(Time::kind),
                               time_kind_name(breaks->kind)),
                        errhint("Cast last_order to %s, or make the breaks from last orders of type %s.",
                                time_kind_name(breaks->kind), time_kind_name(Time::kind))));
    const int r = score_argument<LastOrder<Time>>(fcinfo, 0, breaks->cuts.last_order);
    const int f = score_argument<Orders>(fcinfo, 1, breaks->cuts.orders);
    const int m = score_argument<Revenue>(fcinfo, 2, breaks->cuts.revenue);
    return results_of(fcinfo)->row(breaks->bins, r, f, m);
}

// All three kinds become timestamptz, as the server's own casts make it, so that the rows have one type.
Datum timestamptz_of(TimeKind kind, std::int64_t time) {
    switch (kind) {
        case TimeKind::date:
            return DirectFunctionCall1(date_timestamptz, DateADTGetDatum(static_cast<DateADT>(time)));
        case TimeKind::timestamp:
            return DirectFunctionCall1(timestamp_timestamptz, TimestampGetDatum(time));
        case TimeKind::timestamptz:
            return TimestampTzGetDatum(time);
    }
    pg_unreachable();
}

// Column `first` and the next of a score's row: the values above which it begins and up to which it goes.
template <class Value, class ToDatum>
void fill_range(Datum *values, bool *nulls, int first, const CutPoints<Value> &cuts, int score, ToDatum to_datum) {
    for (int i = 0; i < 2; ++i) {
        const int cut = score - 2 + i;
        nulls[first + i] = cut < 0 || cut >= cuts.count;
        if (!nulls[first + i]) values[first + i] = to_datum(cuts.at[cut]);
    }
}

}  // namespace
}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_rfm_score_by_breaks_date) { return score_by_breaks<CalendarDate>(fcinfo); }
CLTV_FUNCTION(cltv_rfm_score_by_breaks_timestamp) { return score_by_breaks<LocalTime>(fcinfo); }
CLTV_FUNCTION(cltv_rfm_score_by_breaks_timestamptz) { return score_by_breaks<SessionTime>(fcinfo); }

// One row per score.
CLTV_FUNCTION(cltv_rfm_breaks_table) {
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        auto *breaks = static_cast<RfmBreaks *>(palloc(sizeof(RfmBreaks)));
        *breaks = *rfm_breaks_argument(fcinfo, 0);
        context->user_fctx = breaks;
        context->max_calls = breaks->bins;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);

    const auto &breaks = *static_cast<const RfmBreaks *>(context->user_fctx);
    const int score = static_cast<int>(context->call_cntr) + 1;
    Datum values[7] = {Int16GetDatum(score)};
    bool nulls[7] = {};
    fill_range(values, nulls, 1, breaks.cuts.last_order, score,
               [&](std::int64_t time) { return timestamptz_of(breaks.kind, time); });
    fill_range(values, nulls, 3, breaks.cuts.orders, score, [](std::int64_t orders) { return Int64GetDatum(orders); });
    fill_range(values, nulls, 5, breaks.cuts.revenue, score, [](double revenue) { return Float8GetDatum(revenue); });
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
}

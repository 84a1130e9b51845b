// survival_curve: the aggregate whose value it is, its text and binary forms, and its functions.
#include "pg/survival/survival_curve.hpp"

#include <algorithm>
#include <limits>

#include "pg/base/choice_argument.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/number_argument.hpp"
#include "pg/base/result.hpp"

namespace cltv::pg {

SurvivalCount BaseType<SurvivalCount>::checked(const Numbers<SurvivalCount> &numbers) {
    const double time = checked_time("time", numbers[0]), mark = numbers[1];
    if (!(mark == 0 || mark == 1 || mark == 2))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("mark %s in a row of a survival_curve is not known", float8out_internal(mark)),
                        errdetail("It is 0 for customers who entered, 1 for those who left, 2 for those last "
                                  "seen then.")));
    if (mark == 0 && time == 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("customers of a survival_curve entered at time 0"),
                        errdetail("Those who were seen from the beginning have no row of their entry.")));
    return {time, mark + 0.0, numbers[2]};
}

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

namespace {

double number_of(Mark mark) { return static_cast<double>(mark); }

// compute(curve) for the value that argument 0 is; guarded, and its result is plain data.
template <class Compute>
auto of_curve(FunctionCallInfo fcinfo, Compute &&compute) {
    const SurvivalSet *const set = value_argument<SurvivalSet>(fcinfo, 0);
    decltype(compute(SurvivalCurve({nullptr, 0}, interrupt_pending))) result{};
    guarded([&] {
        std::vector<SurvivalCount> storage;
        result = compute(SurvivalCurve(sorted_rows(*set, storage, interrupt_pending), interrupt_pending));
    });
    return result;
}

double share_argument(FunctionCallInfo fcinfo, int argument) {
    const double p = PG_GETARG_FLOAT8(argument);
    if (unlikely(!(p > 0 && p < 1)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("p %s is not between 0 and 1", float8out_internal(p)),
                        errhint("It is the share of the customers who have left: 0.5 for the median.")));
    return p;
}

struct NamedScale {
    const char *name;
    IntervalScale scale;
};
constexpr NamedScale scales[] = {
    {"log-log", IntervalScale::log_log}, {"log", IntervalScale::log}, {"plain", IntervalScale::plain}};
const char *name_of_scale(const NamedScale &scale) { return scale.name; }

IntervalScale scale_argument(FunctionCallInfo fcinfo, int argument) {
    return choice_argument(fcinfo, argument, scales, name_of_scale, "conf",
                           "Use log-log, log or plain, the scale on which the interval is normal.").scale;
}

double time_argument(FunctionCallInfo fcinfo, int argument, const char *name) {
    const double time = PG_GETARG_FLOAT8(argument);
    if (unlikely(!(time >= 0))) raise_out_of_range(name, time, "Times count from 0, the beginning of each customer.");
    return time;
}

}  // namespace

// (state, time, event [, weight [, entered]])
CLTV_FUNCTION(cltv_survival_curve_accum) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    const double time = checked_time("time", PG_GETARG_FLOAT8(1));
    const double weight = PG_NARGS() > 3 ? checked_weight(PG_GETARG_FLOAT8(3)) : 1;
    const double entered = PG_NARGS() > 4 ? checked_entry(PG_GETARG_FLOAT8(4), time) : 0;
    if (weight == 0) return state_as_it_was(fcinfo);
    SurvivalSet *state = state_argument<SurvivalCount>(fcinfo);
    state = add_row_soon(state, {time, number_of(PG_GETARG_BOOL(2) ? Mark::left : Mark::censored), weight});
    if (entered > 0) state = add_row_soon(state, {entered, number_of(Mark::entered), weight});
    PG_RETURN_POINTER(state);
}

CLTV_FUNCTION(cltv_survival_curve_combine) { return value_combine<SurvivalSet>(fcinfo); }
CLTV_FUNCTION(cltv_survival_curve_final) { return final_set<SurvivalCount>(fcinfo); }
CLTV_FUNCTION(cltv_survival_curve_in) { return value_in<SurvivalSet>(fcinfo); }
CLTV_FUNCTION(cltv_survival_curve_out) { return value_out<SurvivalSet>(fcinfo); }
CLTV_FUNCTION(cltv_survival_curve_recv) { return value_recv<SurvivalSet>(fcinfo); }
CLTV_FUNCTION(cltv_survival_curve_send) { return value_send<SurvivalSet>(fcinfo); }

// (curve, t)
CLTV_FUNCTION(cltv_survival_prob) {
    const double t = time_argument(fcinfo, 1, "t");
    return float8_or_null(fcinfo, of_curve(fcinfo, [=](const SurvivalCurve &curve) {
        return curve.is_known_at(t) ? curve.at(t).survival : std::numeric_limits<double>::quiet_NaN();
    }));
}

// (curve, t, level, conf) -> (lower, estimate, upper)
CLTV_FUNCTION(cltv_survival_prob_interval) {
    const double t = time_argument(fcinfo, 1, "t"), level = level_argument(fcinfo, 2);
    const IntervalScale scale = scale_argument(fcinfo, 3);
    const ConfidenceInterval interval = of_curve(fcinfo, [=](const SurvivalCurve &curve) {
        constexpr double nan = std::numeric_limits<double>::quiet_NaN();
        return curve.is_known_at(t) ? survival_interval(curve.at(t), level, scale) : ConfidenceInterval{nan, nan, nan};
    });
    return row_or_error(fcinfo, {number(interval.lower), number(interval.estimate), number(interval.upper)});
}

// (curve, p)
CLTV_FUNCTION(cltv_survival_quantile) {
    const double p = share_argument(fcinfo, 1);
    return float8_or_null(fcinfo, of_curve(fcinfo, [=](const SurvivalCurve &curve) { return curve.quantile(p); }));
}

// (curve, p, level, conf) -> (lower, estimate, upper)
CLTV_FUNCTION(cltv_survival_quantile_interval) {
    const double p = share_argument(fcinfo, 1), level = level_argument(fcinfo, 2);
    const IntervalScale scale = scale_argument(fcinfo, 3);
    const ConfidenceInterval interval =
        of_curve(fcinfo, [=](const SurvivalCurve &curve) { return curve.quantile_interval(p, level, scale); });
    return row_or_error(fcinfo, {number(interval.lower), number(interval.estimate), number(interval.upper)});
}

// (curve, horizon)
CLTV_FUNCTION(cltv_restricted_mean) {
    const double horizon =
        amount_argument(fcinfo, 1, "horizon", "Give a finite time from 0 up, in the unit of the curve's times.");
    return float8_or_null(
        fcinfo, of_curve(fcinfo, [=](const SurvivalCurve &curve) { return curve.restricted_mean(horizon).mean; }));
}

// (curve, horizon, level) -> (lower, estimate, upper, std_error)
CLTV_FUNCTION(cltv_restricted_mean_interval) {
    const double horizon =
        amount_argument(fcinfo, 1, "horizon", "Give a finite time from 0 up, in the unit of the curve's times.");
    const double level = level_argument(fcinfo, 2);
    const SurvivalCurve::Mean mean =
        of_curve(fcinfo, [=](const SurvivalCurve &curve) { return curve.restricted_mean(horizon); });
    const ConfidenceInterval interval = normal_interval(mean.mean, mean.std_error, level);
    return row_or_error(fcinfo, {number(std::clamp(interval.lower, 0.0, horizon)), number(interval.estimate),
                                 number(std::clamp(interval.upper, 0.0, horizon)), number(mean.std_error)});
}

// (curve, level, conf) -> rows (time, at_risk, events, censored, survival, std_error, lower, upper, cumulative_hazard)
CLTV_FUNCTION(cltv_survival_table) {
    struct Table {
        SurvivalStep *steps;
        double level;
        IntervalScale scale;
    };
    FuncCallContext *context;
    if (SRF_IS_FIRSTCALL()) {
        context = SRF_FIRSTCALL_INIT();
        const MemoryContext caller = MemoryContextSwitchTo(context->multi_call_memory_ctx);
        const SurvivalSet *const set = value_argument<SurvivalSet>(fcinfo, 0);
        Table *const table = static_cast<Table *>(palloc(sizeof(Table)));
        table->level = level_argument(fcinfo, 1);
        table->scale = scale_argument(fcinfo, 2);
        const Size most = set->most_rows();
        table->steps = static_cast<SurvivalStep *>(
            MemoryContextAllocHuge(CurrentMemoryContext, (most + 1) * sizeof(SurvivalStep)));
        guarded([&] {
            std::vector<SurvivalCount> storage;
            const SurvivalCurve curve(sorted_rows(*set, storage, interrupt_pending), interrupt_pending);
            context->max_calls = curve.steps().size();
            std::copy(curve.steps().begin(), curve.steps().end(), table->steps);
        });
        context->user_fctx = table;
        get_call_result_type(fcinfo, nullptr, &context->tuple_desc);
        context->tuple_desc = BlessTupleDesc(context->tuple_desc);
        MemoryContextSwitchTo(caller);
    }
    context = SRF_PERCALL_SETUP();
    if (context->call_cntr >= context->max_calls) SRF_RETURN_DONE(context);
    const Table &table = *static_cast<const Table *>(context->user_fctx);
    const SurvivalStep &step = table.steps[context->call_cntr];
    const ConfidenceInterval interval = survival_interval(step, table.level, table.scale);
    const double numbers[] = {step.time,        step.at_risk,   step.left,      step.censored, step.survival,
                              step.std_error(), interval.lower, interval.upper, step.hazard};
    constexpr int n = sizeof numbers / sizeof *numbers;
    Datum columns[n];
    bool nulls[n];
    for (int i = 0; i < n; ++i) {
        columns[i] = Float8GetDatum(numbers[i]);
        nulls[i] = std::isnan(numbers[i]);
    }
    SRF_RETURN_NEXT(context, HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, columns, nulls)));
}

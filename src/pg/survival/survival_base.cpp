// survival_base: transition and combine functions of the aggregates whose state it is, its text and binary forms, and
// the results of these aggregates.
#include "pg/survival/survival_base.hpp"

#include "core/rows/features.hpp"
#include "core/survival/concordance.hpp"
#include "core/survival/logrank.hpp"
#include "pg/base/result.hpp"
#include "pg/rows/score_base.hpp"
#include "pg/rows/survival_time.hpp"

namespace cltv::pg {

SurvivalRow BaseType<SurvivalRow>::checked(const Numbers<SurvivalRow> &numbers) {
    const double left = numbers[2];
    if (!(left == 0 || left == 1))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("event is %s in a row of a survival_base", float8out_internal(left)),
                        errdetail("It is 1 for customers who left, 0 for the others.")));
    return {checked_finite("stratum", numbers[0]), checked_time("time", numbers[1]), left + 0.0,
            checked_finite("group or score", numbers[3]), numbers[4]};
}

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

namespace {

// An integer below 2^53 that stands for a text. Among a thousand texts, the probability that two share one is 10^-10.
double number_of(const text *value) {
    return static_cast<double>(hash_of(0, Text{VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)}) >> 11);
}

Datum add(FunctionCallInfo fcinfo, double stratum, double compared) {
    const double time = checked_time("time", PG_GETARG_FLOAT8(1)), left = PG_GETARG_BOOL(2) ? 1 : 0;
    const SurvivalRow row = {stratum, time, left, compared, 1};
    PG_RETURN_POINTER(add_row_soon(state_argument<SurvivalRow>(fcinfo), row));
}

// compute(sorted rows) for the state; guarded, and its result is plain data.
template <class Compute>
auto of_rows(FunctionCallInfo fcinfo, Compute &&compute) {
    const SurvivalBase *const base = value_argument<SurvivalBase>(fcinfo, 0);
    decltype(compute(View<SurvivalRow>{})) result{};
    guarded([&] {
        std::vector<SurvivalRow> storage;
        result = compute(sorted_rows(*base, storage, interrupt_pending));
    });
    return result;
}

}  // namespace

// (state, time, event, score)
CLTV_FUNCTION(cltv_survival_base_accum) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    return add(fcinfo, 0, checked_finite("score", PG_GETARG_FLOAT8(3)));
}

// (state, time, event, grp [, strata])
CLTV_FUNCTION(cltv_survival_base_accum_group) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    return add(fcinfo, PG_NARGS() > 4 ? number_of(PG_GETARG_TEXT_PP(4)) : 0, number_of(PG_GETARG_TEXT_PP(3)));
}

CLTV_FUNCTION(cltv_survival_base_combine) { return value_combine<SurvivalBase>(fcinfo); }
CLTV_FUNCTION(cltv_survival_base_in) { return value_in<SurvivalBase>(fcinfo); }
CLTV_FUNCTION(cltv_survival_base_out) { return value_out<SurvivalBase>(fcinfo); }
CLTV_FUNCTION(cltv_survival_base_recv) { return value_recv<SurvivalBase>(fcinfo); }
CLTV_FUNCTION(cltv_survival_base_send) { return value_send<SurvivalBase>(fcinfo); }

CLTV_FUNCTION(cltv_logrank_test_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ChiSquaredTest test =
        of_rows(fcinfo, [](View<SurvivalRow> rows) { return logrank_test(rows, interrupt_pending); });
    return row_or_error(fcinfo, {number(test.statistic), count(test.df), number(test.p_value)});
}

CLTV_FUNCTION(cltv_concordance_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    return float8_or_null(fcinfo,
                          of_rows(fcinfo, [](View<SurvivalRow> rows) { return concordance(rows, interrupt_pending); }));
}

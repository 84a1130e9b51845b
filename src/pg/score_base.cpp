#include "pg/score_base.hpp"

namespace cltv::pg {

void raise_not_finite(const char *name, double value) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s is not a finite number: %s", name, float8out_internal(value)),
                    errhint("Leave the row out by FILTER, or give NULL, which is skipped.")));
    pg_unreachable();
}

void raise_bad_top(double top) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("top is not above 0 and at most 1: %s", float8out_internal(top)),
                    errdetail("It is a share of the customers."), errhint("Write 0.1 for the top tenth.")));
    pg_unreachable();
}

void raise_two_tops(double one, double other) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("top is not the same in all rows"),
                    errdetail("It is %s in one row and %s in another.", float8out_internal(one),
                              float8out_internal(other)),
                    errhint("Add what top depends on to GROUP BY.")));
    pg_unreachable();
}

void raise_not_whole(double count) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("a row of a score_base has the count %s", float8out_internal(count)),
                    errdetail("It is a whole number of customers.")));
    pg_unreachable();
}

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

namespace {

// A row is skipped where one of its arguments from the first on is NULL.
bool skips_row(FunctionCallInfo fcinfo) {
    check_in_aggregate(fcinfo);
    for (int i = 1; i < PG_NARGS(); ++i)
        if (PG_ARGISNULL(i)) return true;
    return false;
}

double checked_top(double top) {
    if (unlikely(!is_top(top))) raise_bad_top(top);
    return top;
}

ScoreBase *add(FunctionCallInfo fcinfo, const Scored &scored) {
    return add_row_soon(state_argument<ScoredCount>(fcinfo), ScoredCount{scored, 1});
}

Datum add(FunctionCallInfo fcinfo, const Scored &scored, double top) {
    ScoreBase *state = add(fcinfo, scored);
    state->beside = BaseType<ScoredCount>::merged_beside(state->beside, checked_top(top));
    PG_RETURN_POINTER(state);
}

Scored label_arguments(FunctionCallInfo fcinfo) {
    return {checked_finite("score", PG_GETARG_FLOAT8(2)), PG_GETARG_BOOL(1) ? 1.0 : 0.0};
}

Scored pair_arguments(FunctionCallInfo fcinfo) {
    return {checked_finite("predicted", PG_GETARG_FLOAT8(2)), checked_finite("actual", PG_GETARG_FLOAT8(1))};
}

// A value that ranks itself.
Scored value_argument(FunctionCallInfo fcinfo) {
    const double value = checked_finite("value", PG_GETARG_FLOAT8(1));
    return {value, value};
}

}  // namespace

// (state, label, score)
CLTV_FUNCTION(cltv_score_base_accum_label) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add(fcinfo, label_arguments(fcinfo)));
}

// (state, label, score, threshold): of the score only the decision is kept, 1 or 0, so that the state stays small.
CLTV_FUNCTION(cltv_score_base_accum_decision) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    const Scored scored = label_arguments(fcinfo);
    const double threshold = checked_finite("threshold", PG_GETARG_FLOAT8(3));
    PG_RETURN_POINTER(add(fcinfo, {scored.predicted >= threshold ? 1.0 : 0.0, scored.actual}));
}

// (state, actual, predicted)
CLTV_FUNCTION(cltv_score_base_accum_pair) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add(fcinfo, pair_arguments(fcinfo)));
}

// (state, actual, predicted, top)
CLTV_FUNCTION(cltv_score_base_accum_pair_top) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    return add(fcinfo, pair_arguments(fcinfo), PG_GETARG_FLOAT8(3));
}

// (state, value)
CLTV_FUNCTION(cltv_score_base_accum_value) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add(fcinfo, value_argument(fcinfo)));
}

// (state, value, top)
CLTV_FUNCTION(cltv_score_base_accum_value_top) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    return add(fcinfo, value_argument(fcinfo), PG_GETARG_FLOAT8(2));
}

CLTV_FUNCTION(cltv_score_base_combine) { return combine_sets<ScoredCount>(fcinfo); }
CLTV_FUNCTION(cltv_score_base_in) { return set_in<ScoredCount>(fcinfo); }
CLTV_FUNCTION(cltv_score_base_out) { return set_out<ScoredCount>(fcinfo); }
CLTV_FUNCTION(cltv_score_base_recv) { return set_recv<ScoredCount>(fcinfo); }
CLTV_FUNCTION(cltv_score_base_send) { return set_send<ScoredCount>(fcinfo); }

// score_base: transition and combine functions of the aggregates whose state it is, and its text and binary forms.
#include "pg/rows/score_base.hpp"

#include <cmath>

namespace cltv::pg {

void raise_not_finite(const char *name, double value) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s is not a finite number: %s", name, float8out_internal(value)),
                    errhint("Leave the row out with FILTER, or give NULL, which is skipped.")));
    pg_unreachable();
}

namespace {

// Whether top is a share of the customers.
bool is_top(double top) { return top > 0 && top <= 1; }

double checked_top(double top) {
    if (unlikely(!is_top(top)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("top is not above 0 and at most 1: %s", float8out_internal(top)),
                        errdetail("It is a share of the customers."), errhint("Write 0.1 for the top tenth.")));
    return top;
}

double common_top(double one, double other) {
    if (unlikely(one != 0 && other != 0 && one != other))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("top is not the same in all rows"),
                        errdetail("It is %s in one row and %s in another.", float8out_internal(one),
                                  float8out_internal(other)),
                        errhint("Add what top depends on to GROUP BY.")));
    return one != 0 ? one : other;
}

ScoreBase *add(FunctionCallInfo fcinfo, const Scored &scored) {
    return with_row(value_state<ScoreBase>(fcinfo), scored);
}

ScoreBase *add(FunctionCallInfo fcinfo, const Scored &scored, double top) {
    ScoreBase *state = add(fcinfo, scored);
    state->top = common_top(state->top, checked_top(top));
    return state;
}

Scored pair_arguments(FunctionCallInfo fcinfo) {
    return {checked_finite("predicted", PG_GETARG_FLOAT8(2)), checked_finite("actual", PG_GETARG_FLOAT8(1))};
}

// A value that ranks itself.
Scored ranked_by_itself(FunctionCallInfo fcinfo) {
    const double value = checked_finite("value", PG_GETARG_FLOAT8(1));
    return {value, value};
}

}  // namespace

// Text form: {"top":null,"rows":[[predicted,actual],...]}
template <>
struct RowsType<ScoreBase> : RowsOfNumbers<ScoreBase> {
    static constexpr const char *name = "score_base";
    static constexpr const char *rows_are = "rows";
    static constexpr const char *way_out =
        "Take a sample of the customers, such as every tenth, or GROUP BY a part of them.";

    static auto head(ScoreBase &base) { return std::tie(base.top); }

    static void append_head(StringInfo out, const ScoreBase &base) {
        appendStringInfoString(out, "\"top\":");
        if (base.top == 0)
            appendStringInfoString(out, "null");
        else
            append_number(out, base.top);
        appendStringInfoChar(out, ',');
    }

    static double scan_head(Scanner &scan, ScoreBase &base) {
        scan.key("top");
        if (!scan.accept("null") && (base.top = scan.number()) == 0) scan.fail(top_rule);
        scan.expect(",");
        return -1;
    }

    static const char *fault_of_head(ScoreBase &base) {
        base.top += 0.0;
        return base.top == 0 || is_top(base.top) ? nullptr : top_rule;
    }

    static const char *fault_of_row(const ScoreBase &, Scored &row) {
        row = {row.predicted + 0.0, row.actual + 0.0};
        return std::isfinite(row.predicted) && std::isfinite(row.actual) ? nullptr : "A number is not finite.";
    }

    static void merge_head(ScoreBase &state, const ScoreBase &source) { state.top = common_top(state.top, source.top); }

    static constexpr const char *top_rule = "The share top must be null or above 0 and at most 1.";
};

ScoreBase *with_pair(FunctionCallInfo fcinfo, const Scored &scored) { return add(fcinfo, scored); }

}  // namespace cltv::pg

using namespace cltv;
using namespace cltv::pg;

// (state, label, score)
CLTV_FUNCTION(cltv_score_base_accum_label) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    const double score = checked_finite("score", PG_GETARG_FLOAT8(2));
    PG_RETURN_POINTER(add(fcinfo, {score, PG_GETARG_BOOL(1) ? 1.0 : 0.0}));
}

// (state, actual, predicted)
CLTV_FUNCTION(cltv_score_base_accum_pair) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add(fcinfo, pair_arguments(fcinfo)));
}

// (state, actual, predicted, top)
CLTV_FUNCTION(cltv_score_base_accum_pair_top) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add(fcinfo, pair_arguments(fcinfo), PG_GETARG_FLOAT8(3)));
}

// (state, value)
CLTV_FUNCTION(cltv_score_base_accum_value) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add(fcinfo, ranked_by_itself(fcinfo)));
}

// (state, value, top)
CLTV_FUNCTION(cltv_score_base_accum_value_top) {
    if (skips_row(fcinfo)) return state_as_it_was(fcinfo);
    PG_RETURN_POINTER(add(fcinfo, ranked_by_itself(fcinfo), PG_GETARG_FLOAT8(2)));
}

// Sorted, so that the value does not depend on the order in which rows came.
CLTV_FUNCTION(cltv_score_base_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ScoreBase *const base = value_argument<ScoreBase>(fcinfo, 0);
    ScoreBase *const sorted = copy_with_capacity(*base, base->used);
    of_sorted_rows(base, [&](View<ScoredCount> rows) {
        for (std::size_t i = 0; i < rows.size; ++i) sorted->rows()[i] = rows[i].scored;
        return 0;
    });
    sorted->used = base->used;
    PG_RETURN_POINTER(sorted);
}

CLTV_FUNCTION(cltv_score_base_combine) { return value_combine<ScoreBase>(fcinfo); }
CLTV_FUNCTION(cltv_score_base_in) { return value_in<ScoreBase>(fcinfo); }
CLTV_FUNCTION(cltv_score_base_out) { return value_out<ScoreBase>(fcinfo); }
CLTV_FUNCTION(cltv_score_base_recv) { return value_recv<ScoreBase>(fcinfo); }
CLTV_FUNCTION(cltv_score_base_send) { return value_send<ScoreBase>(fcinfo); }

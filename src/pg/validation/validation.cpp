// The aggregates that judge predictions: their final functions, from a score_base to a number or a row of them.
#include <cmath>

#include "core/validation/ranking_metrics.hpp"
#include "core/validation/regression_metrics.hpp"
#include "pg/base/result.hpp"
#include "pg/rows/score_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

void check_in_range(const char *name, double value) {
    if (unlikely(std::isinf(value)))
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("%s is out of range for type double precision", name),
                        errhint("Check the actual and predicted values for wrong numbers.")));
}

}  // namespace

CLTV_FUNCTION(cltv_auc_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ScoreBase *base = value_argument<ScoreBase>(fcinfo, 0);
    return float8_or_null(
        fcinfo, of_sorted_rows(base, [](View<ScoredCount> rows) { return auc(rows, interrupt_pending); }));
}

CLTV_FUNCTION(cltv_gini_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ScoreBase *base = value_argument<ScoreBase>(fcinfo, 0);
    return float8_or_null(
        fcinfo, of_sorted_rows(base, [](View<ScoredCount> rows) { return gini(rows, interrupt_pending); }));
}

CLTV_FUNCTION(cltv_lift_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ScoreBase *base = value_argument<ScoreBase>(fcinfo, 0);
    const double top = top_of(base, 0.1);
    return float8_or_null(
        fcinfo, of_sorted_rows(base, [top](View<ScoredCount> rows) { return lift(rows, top, interrupt_pending); }));
}

CLTV_FUNCTION(cltv_regression_metrics_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ScoreBase *base = value_argument<ScoreBase>(fcinfo, 0);
    if (base->used == 0) PG_RETURN_NULL();
    const RegressionMetrics metrics = of_sorted_rows(
        base, [](View<ScoredCount> rows) { return regression_metrics(rows, interrupt_pending); });
    check_in_range("mae", metrics.mae);
    check_in_range("rmse", metrics.rmse);
    check_in_range("bias", metrics.bias);
    check_in_range("mape", metrics.mape);
    return row_or_error(fcinfo, {count(metrics.customers), number(metrics.mae), number(metrics.rmse),
                                 number(metrics.bias), number(metrics.mape), number(metrics.correlation)});
}

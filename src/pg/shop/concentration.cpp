// The aggregates of concentration: their final functions, from a score_base of values that rank themselves.
#include <algorithm>

#include "core/shop/concentration.hpp"
#include "pg/base/result.hpp"
#include "pg/rows/score_base.hpp"

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_concentration_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ScoreBase *base = value_argument<ScoreBase>(fcinfo, 0);
    double least = 0;
    for (uint32 i = 0; i < base->used; ++i) least = std::min(least, base->rows()[i].actual);
    if (least < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("gini of a negative value: %s", float8out_internal(least)),
                        errdetail("The coefficient lies between 0 and 1 only if no value is negative."),
                        errhint("Count such customers as 0, gini(greatest(value, 0)), or leave them out with FILTER.")));
    return float8_or_null(
        fcinfo, of_sorted_rows(base, [](View<ScoredCount> rows) { return concentration(rows, interrupt_pending); }));
}

CLTV_FUNCTION(cltv_revenue_share_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const ScoreBase *base = value_argument<ScoreBase>(fcinfo, 0);
    const double top = top_of(base, 0.2);
    return float8_or_null(fcinfo, of_sorted_rows(base, [top](View<ScoredCount> rows) {
                              return top_share(rows, top, interrupt_pending);
                          }));
}

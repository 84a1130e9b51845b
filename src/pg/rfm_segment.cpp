// rfm_segment, by the usual rules and by the user's own.
#include <cstring>

#include "model/rfm_segment.hpp"
#include "pg/postgres.hpp"

namespace cltv::pg {
namespace {

void check_quintile(const char *name, int score) {
    if (unlikely(score < 1 || score > 5))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s score must be between 1 and 5: %d", name, score),
                        errhint("Rescale a score out of n bins by ceil(score * 5.0 / n).")));
}

int cell_argument(FunctionCallInfo fcinfo) {
    const int r = PG_GETARG_INT32(0), f = PG_GETARG_INT32(1), m = PG_GETARG_INT32(2);
    check_quintile("recency", r);
    check_quintile("frequency", f);
    check_quintile("monetary", m);
    return rfm_cell(r, f, m);
}

}  // namespace
}  // namespace cltv::pg

CLTV_FUNCTION(cltv_rfm_segment) {
    PG_RETURN_TEXT_P(cstring_to_text(cltv::usual_segments[cltv::pg::cell_argument(fcinfo)]));
}

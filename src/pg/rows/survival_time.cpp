#include "pg/rows/survival_time.hpp"

namespace cltv::pg {

void raise_bad_time(const char *name, double time) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s %s is not a finite number from 0 up", name, float8out_internal(time)),
                    errhint("Leave the row out with FILTER, or give NULL, which is skipped.")));
    pg_unreachable();
}

void raise_bad_entry(double entered, double time) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("entered %s is not before time %s", float8out_internal(entered), float8out_internal(time)),
                    errdetail("A customer who left before the records begin has never been seen."),
                    errhint("Leave such customers out with FILTER (WHERE entered < time).")));
    pg_unreachable();
}

}  // namespace cltv::pg

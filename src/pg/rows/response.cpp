#include "pg/rows/response.hpp"

namespace cltv::pg {

void raise_bad_response(const char *name, double value) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s %s is not a finite number", name, float8out_internal(value)),
                    errhint("Leave the row out with FILTER, or give NULL, which is skipped.")));
    pg_unreachable();
}

}  // namespace cltv::pg

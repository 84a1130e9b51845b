// Arguments that are plain numbers with a range.
#pragma once

#include <limits>

#include "pg/base/postgres.hpp"

namespace cltv::pg {

[[noreturn]] inline void raise_out_of_range(const char *name, double value, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s %s is out of range", name, float8out_internal(value)), errhint("%s", hint)));
    pg_unreachable();
}

// A finite number from 0 to a limit.
inline double amount_argument(FunctionCallInfo fcinfo, int number, const char *name, const char *hint,
                              double limit = std::numeric_limits<double>::max()) {
    const double value = PG_GETARG_FLOAT8(number);
    if (unlikely(!(value >= 0 && value <= limit))) raise_out_of_range(name, value, hint);
    return value;
}

}  // namespace cltv::pg

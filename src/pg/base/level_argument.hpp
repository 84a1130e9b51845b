// The level of a confidence interval as an SQL argument.
#pragma once

#include "pg/base/postgres.hpp"

namespace cltv::pg {

inline double level_argument(FunctionCallInfo fcinfo, int argument) {
    const double level = PG_GETARG_FLOAT8(argument);
    if (!(level > 0 && level < 1))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("level %s is not between 0 and 1", float8out_internal(level)),
                        errhint("Level is the probability that the interval covers the truth: 0.95 for 95 %%.")));
    return level;
}

}  // namespace cltv::pg

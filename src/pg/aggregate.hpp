// What support functions of aggregates share.
#pragma once

#include "pg/postgres.hpp"

namespace cltv::pg {

// Functions that update their first argument do so for the executor's own state only.
inline void require_aggregate(FunctionCallInfo fcinfo) {
    if (unlikely(!AggCheckCallContext(fcinfo, nullptr)))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("this function can only be called by an aggregate, as it updates its first argument")));
}

}  // namespace cltv::pg

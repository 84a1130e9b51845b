// What support functions of aggregates share.
#pragma once

#include "pg/base/postgres.hpp"

namespace cltv::pg {

// The largest value: the server's limit, less what a row or a message around it takes.
inline constexpr Size largest_value = MaxAllocSize - 1024;

// Raises an error unless called as part of an aggregate: only the executor's own state may be changed in place.
inline void check_in_aggregate(FunctionCallInfo fcinfo) {
    if (unlikely(!AggCheckCallContext(fcinfo, nullptr)))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("this function works only as part of an aggregate"),
                        errhint("Call the aggregate that it is a part of.")));
}

// What a transition function returns for a row that it skips.
inline Datum state_as_it_was(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

}  // namespace cltv::pg

// The SQL type rfm_breaks: the cut points that divide customers into scores.
#pragma once

#include "core/segments/rfm.hpp"
#include "pg/base/postgres.hpp"
#include "pg/history/order_time.hpp"

namespace cltv::pg {

// Storage is plain, so that rfm_score reads the datum in place. A column without known values has no cut points; the
// others have bins - 1.
struct RfmBreaks {
    static constexpr uint16 current_version = 1;
    static constexpr char type_name[] = "rfm_breaks";

    int32 vl_len_;  // varlena header
    uint16 version;
    TimeKind kind;
    uint8 bins;
    RfmCuts cuts;
};

inline const RfmBreaks *rfm_breaks_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<const RfmBreaks *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

}  // namespace cltv::pg

// The SQL type rfm_base: customers as RFM sees them, the state of rfm_breaks. Rows lie in any order with spare room
// behind them; those of a value that left an aggregate are sorted and have none.
#pragma once

#include "core/segments/rfm_base.hpp"
#include "pg/base/aggregate.hpp"
#include "pg/base/postgres.hpp"
#include "pg/base/time_kind.hpp"

namespace cltv::pg {

struct RfmBase {
    static constexpr uint16 current_version = 1;
    static constexpr char type_name[] = "rfm_base";

    int32 vl_len_;  // varlena header
    uint16 version;
    TimeKind kind;
    uint8 bins;  // that rfm_breaks was asked for; 0: nobody has asked yet
    uint32 used;
    uint32 capacity;
    RfmRow rows[FLEXIBLE_ARRAY_MEMBER];
};

constexpr Size rfm_base_bytes(Size rows) { return offsetof(RfmBase, rows) + rows * sizeof(RfmRow); }

inline constexpr uint32 largest_rfm_base = (largest_value - offsetof(RfmBase, rows)) / sizeof(RfmRow);

RfmBase *rfm_base_argument(FunctionCallInfo fcinfo, int number);

}  // namespace cltv::pg

// The SQL type rfm_base: customers as RFM sees them, the state of rfm_breaks. Rows are in any order with spare room
// after them; those of a value that left an aggregate are sorted and have none.
#pragma once

#include "core/segments/rfm_base.hpp"
#include "pg/base/postgres.hpp"
#include "pg/history/order_time.hpp"
#include "pg/rows/growable.hpp"

namespace cltv::pg {

struct RfmBase : Growable<RfmBase, RfmRow> {
    int32 length_word = 0;
    uint16 version = current_version;
    TimeKind kind{};
    uint8 bins = 0;  // those that rfm_breaks was asked for; 0: not asked yet
    uint32 used = 0;
    uint32 capacity = 0;
};

}  // namespace cltv::pg

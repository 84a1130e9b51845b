// The day on which a timestamptz falls in the session's TimeZone, as ordered_at::date would give it, but several times
// faster over many rows.
#pragma once

#include "core/history/purchase_history.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

// Microseconds from UTC to local time at a finite time.
int64_t local_offset(TimestampTz time);

}  // namespace cltv::pg

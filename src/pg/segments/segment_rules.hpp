// A user's own rules of segments, a jsonb array: [{"segment": "VIP", "r": [4, 5], "fm": 5}, {"segment": "Other"}].
#pragma once

#include "core/segments/rfm_segment.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

// The segment of each cell, in memory of the current context. Raises 22023 for anything but an array of rules, and for
// rules that leave a cell without a segment.
Segments read_segment_rules(Jsonb *rules);

Datum usual_rules_as_jsonb();

}  // namespace cltv::pg

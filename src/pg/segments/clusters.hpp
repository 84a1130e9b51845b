// The SQL type clusters (core/segments/clusters.hpp).
#pragma once

#include "core/segments/clusters.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

inline constexpr char clusters_type[] = "clusters";

inline const Clusters *clusters_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<const Clusters *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

// How a fit ended, in words: "constant: age".
const char *clusters_status_text(const Clusters &clusters);

}  // namespace cltv::pg

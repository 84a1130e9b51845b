// Rows as the metrics take them, made from pairs in any order.
#pragma once

#include <vector>

#include "core/base/customer.hpp"
#include "core/base/sort_rows.hpp"
#include "core/base/stop.hpp"
#include "core/rows/scored.hpp"

namespace cltv {

inline std::vector<ScoredCount> counted(const std::vector<Scored> &pairs) {
    std::vector<ScoredCount> given;
    for (const Scored &pair : pairs) given.push_back({pair, 1});
    std::vector<ScoredCount> rows(given.size());
    rows.resize(copy_sorted(given.data(), given.size(), rows.data(), never_stop));
    return rows;
}

inline View<ScoredCount> view(const std::vector<ScoredCount> &rows) { return {rows.data(), rows.size()}; }

inline bool stop_at_once() { return true; }

}  // namespace cltv

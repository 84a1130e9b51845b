// Rows as the metrics take them, made from pairs in any order.
#pragma once

#include <vector>

#include "model/customer.hpp"
#include "model/scored.hpp"
#include "model/sort_rows.hpp"
#include "model/stop.hpp"

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

// Parts of the customers that a fit does not see, so that it can be tested on them.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/hash.hpp"
#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The fold, from 0 to folds - 1, that a unit belongs to: by the highest bits of a hash, whatever the order of the rows.
inline int fold_of(std::uint64_t seed, std::uint64_t unit, int folds) {
    const std::uint64_t hash = hashed(hashed(hashed(0, static_cast<double>(seed)), static_cast<double>(unit)), 1);
    return static_cast<int>((hash >> 32) * static_cast<std::uint64_t>(folds) >> 32);
}

// Which customers stay together when customers are divided, as a number that depends on no other customer: those of a
// cluster, where a column tells clusters, otherwise those with the same attributes.
//
// Numbers count to seven digits, and as 0 where they are negligible beside the largest of their column: a sum taken in
// another order of the rows differs in the last of 16 digits, and its customer would otherwise be dealt anew.
class FoldUnits {
public:
    // cluster_column: -1 where there are none. Throws Stopped.
    FoldUnits(const FeatureSet &set, int cluster_column, Stop stop);

    // The unit of a row of attributes.
    std::uint64_t of_attributes(std::uint32_t row) const { return units_[row]; }
    // The unit of customers with the same attributes and targets.
    std::uint64_t of_row(const FeatureCount &row) const {
        return of_targets(static_cast<std::uint32_t>(row.row), row.target[0], row.target[1]);
    }
    std::uint64_t of_targets(std::uint32_t row, double first, double second) const;

private:
    std::vector<std::uint64_t> units_;
    bool clustered_;
    double nothing_[2] = {};  // below this a target is 0
};

}  // namespace cltv

// The means of numbers that are missing for some customers, by which the missing ones may be replaced.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The mean over the customers whose number is known.
struct FeatureMean {
    std::uint32_t column;
    double mean;
};

// For a sorted set: the means of the numbers that are known for some customers and missing for others, by column.
// Throws Stopped.
std::vector<FeatureMean> means_of_missing(const FeatureSet &set, Stop stop);

}  // namespace cltv

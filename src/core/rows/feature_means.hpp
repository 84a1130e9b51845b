// The means of numbers that are not known of some customers, with which they may be filled in.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/base/stop.hpp"
#include "core/rows/feature_set.hpp"

namespace cltv {

// The mean over the customers of whom the number is known.
struct FeatureMean {
    std::uint32_t column;
    double mean;
};

// Of a sorted set: of each number that is known of some customers and not of others, by column. Throws Stopped.
std::vector<FeatureMean> means_of_missing(const FeatureSet &set, Stop stop);

}  // namespace cltv

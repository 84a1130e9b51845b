// Sets of some of the customers of a set.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/rows/feature_set.hpp"

namespace cltv {

// The customers of the rows for which stays[row] is true, with the attributes that they have; nullptr where no value can be so
// large. What the set skipped belongs to nobody here.
FeatureSet *of_rows(const FeatureSet &set, const bool *stays, void (*pause)(), Allocate allocate);

}  // namespace cltv

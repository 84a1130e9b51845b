// Sets of some of the customers of a set.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/rows/feature_set.hpp"

namespace cltv {

// The customers of the rows for which stays[row] is true, with their attributes, or nullptr where the value would be
// too large. The number of skipped rows is not carried over.
FeatureSet *of_rows(const FeatureSet &set, const bool *stays, void (*pause)(), Allocate allocate);

}  // namespace cltv

// Sets of customers with fewer attributes.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/rows/feature_set.hpp"

namespace cltv {

// The same customers without the columns for which leaves[column] is true, or nullptr where the value would be too
// large. At least one column must stay.
FeatureSet *without_columns(const FeatureSet &set, const bool *leaves, void (*pause)(), Allocate allocate);

}  // namespace cltv

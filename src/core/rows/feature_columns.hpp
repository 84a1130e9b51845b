// Sets of customers with fewer attributes.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/rows/feature_set.hpp"

namespace cltv {

// The same customers, of whom the columns for which leaves[column] is true are not known any more; nullptr where no value can be
// so large. At least one column stays.
FeatureSet *without_columns(const FeatureSet &set, const bool *leaves, void (*pause)(), Allocate allocate);

}  // namespace cltv

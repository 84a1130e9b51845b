// Matrices and vectors. Who decomposes them includes the part of Eigen for that, too.
#pragma once

#include "core/base/numbers_only.hpp"

#include <Eigen/Core>

namespace cltv {

// Eigen cuts products of large matrices into blocks according to the sizes of the processor's caches, so sums would be
// added in another order, and end in other digits, on another processor. Here every processor is given the sizes of a
// small one.
inline const bool cache_sizes_are_fixed = [] {
    Eigen::setCpuCacheSizes(32 << 10, 256 << 10, 2 << 20);
    return true;
}();

}  // namespace cltv

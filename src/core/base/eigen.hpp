// Matrices and vectors. Who decomposes them includes the part of Eigen for that, too.
#pragma once

#include "core/base/numbers_only.hpp"

#include <Eigen/Core>

namespace cltv {

// Eigen cuts products of large matrices into blocks as the processor's caches are large, so that sums would have
// another order, and other last digits, on another processor. Here every processor has those of a small one.
inline const bool cache_sizes_are_fixed = [] {
    Eigen::setCpuCacheSizes(32 << 10, 256 << 10, 2 << 20);
    return true;
}();

}  // namespace cltv

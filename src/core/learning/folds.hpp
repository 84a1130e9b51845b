// Parts of the customers that a fit does not see, so that it can be tried on them.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>

#include "core/base/hash.hpp"

namespace cltv {

// The part, from 0 to folds - 1, that a unit belongs to: by the highest bits of a hash, whatever the order of the rows.
inline int fold_of(std::uint64_t seed, std::uint64_t unit, int folds) {
    const std::uint64_t hash = hashed(hashed(hashed(0, static_cast<double>(seed)), static_cast<double>(unit)), 1);
    return static_cast<int>((hash >> 32) * static_cast<std::uint64_t>(folds) >> 32);
}

}  // namespace cltv

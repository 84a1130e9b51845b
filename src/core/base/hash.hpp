// Hashes of numbers.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <cstring>

namespace cltv {

// Mixes another number into the hash. Begin with 0, and take the highest bits of the result, which depend on all
// numbers. Whole numbers leave the low bits of a double empty, so the high half is folded onto the low one before the
// multiplication by 2^64 over the golden ratio (D. E. Knuth, TAOCP vol. 3, 6.4).
inline std::uint64_t hashed(std::uint64_t hash, double number) {
    std::uint64_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    hash ^= bits;
    return (hash ^ (hash >> 32)) * UINT64_C(0x9E3779B97F4A7C15);
}

}  // namespace cltv

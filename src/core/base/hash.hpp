// Hashes of numbers.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <cstring>

namespace cltv {

// The hash with another number in it; begin with 0 and take the highest bits of the last, which depend on all. The high
// half is folded onto the low one, as whole numbers leave the low bits of a double empty, before the multiplication by
// 2^64 over the golden ratio (D. E. Knuth, TAOCP vol. 3, 6.4).
inline std::uint64_t hashed(std::uint64_t hash, double number) {
    std::uint64_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    hash ^= bits;
    return (hash ^ (hash >> 32)) * UINT64_C(0x9E3779B97F4A7C15);
}

}  // namespace cltv

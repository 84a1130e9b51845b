// The generator of random numbers, for who owns one; the draws are in draws.hpp.
#pragma once

#include "core/base/numbers_only.hpp"

#include <boost/random/mersenne_twister.hpp>
#include <cstdint>

#include "core/base/draws.hpp"

namespace cltv {

struct Random : boost::random::mt19937_64 {
    explicit Random(std::uint64_t seed) : boost::random::mt19937_64(seed) {}
};

}  // namespace cltv

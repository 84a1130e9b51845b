// Random draws shared by the simulators of the families.
#pragma once

#include "core/base/numbers_only.hpp"

#include <boost/random/gamma_distribution.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>

namespace cltv {

using Random = boost::random::mt19937_64;

inline double draw_uniform(Random &random) { return boost::random::uniform_01<double>()(random); }

inline double draw_normal(Random &random) { return boost::random::normal_distribution<double>()(random); }

// Gamma(shape, rate 1).
inline double draw_gamma(double shape, Random &random) {
    return boost::random::gamma_distribution<double>(shape)(random);
}

// Beta(a, b); where both gammas of a tiny a and b underflow, the draw is one of the ends with the right probability.
inline double draw_beta(double a, double b, Random &random) {
    const double x = draw_gamma(a, random), y = draw_gamma(b, random);
    return x + y > 0 ? x / (x + y) : draw_uniform(random) * (a + b) < a ? 1.0 : 0.0;
}

}  // namespace cltv

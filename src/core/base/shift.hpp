// Probabilities whose logit is moved by a customer's attributes.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

namespace cltv {

// A probability whose odds are e^predictor times those of p[0].
inline void shift_share(const double *p, double predictor, double *own) {
    own[0] = 1 / (1 + (1 - p[0]) / p[0] * std::exp(-predictor));
}

// Probabilities ~ Beta(p[0], p[1]): the odds of the mean are multiplied by e^predictor, and the sum of the two shapes
// stays.
inline void shift_beta(const double *p, double predictor, double *own) {
    const double logit = std::log(p[0] / p[1]) + predictor, both = p[0] + p[1];
    own[0] = both / (1 + std::exp(-logit));
    own[1] = both / (1 + std::exp(logit));
}

}  // namespace cltv

// The interval of a gain less what it costs, where both are unknown and hang together.
//
// Each by its mean and variance: the cost lognormal, the gain lognormal or, where it may have any sign, normal, and the two joined
// by their covariance (as normal deviates). Where the cost is large the difference is skewed to the left, and an interval that is
// symmetric about its mean would promise too much: the bounds are quantiles of the difference.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/fit/interval.hpp"

namespace cltv {

struct Moments {
    double mean, variance;
};

// mean > 0 of a cost that is not 0, and of a gain that is lognormal; 0 < level < 1. Quantiles are exact to seven digits of the
// spread, and to three where all that is unknown is one deviate.
ConfidenceInterval net_interval(Moments gain, bool gain_has_any_sign, Moments cost, double covariance, double level);

}  // namespace cltv

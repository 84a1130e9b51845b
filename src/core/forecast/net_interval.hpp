// The interval of a gain less its cost, where both are uncertain and correlated.
//
// Each is given by its mean and variance: the cost is lognormal, the gain is as gain.hpp has it, and their covariance joins them
// (as normal deviates, each the quantile of its own). Where the cost is large the difference is skewed to the left, and an
// interval symmetric about its mean would promise too much: the bounds are quantiles of the difference.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/fit/interval.hpp"
#include "core/forecast/gain.hpp"

namespace cltv {

// mean > 0 for a cost that is not 0; 0 < level < 1. Quantiles are exact to five digits of the standard deviation, and to three
// where a single deviate makes up all of the uncertainty.
ConfidenceInterval net_interval(const Gain &gain, Moments cost, double covariance, double level);

}  // namespace cltv

// NBD, the negative binomial model of purchases by customers who never leave.
//
// A. S. C. Ehrenberg: The Pattern of Consumer Purchases. Applied Statistics 8 (1959) 26-41. A customer buys at rate
// lambda ~ Gamma(r, rate alpha) for ever; after x repeat purchases within T the posterior is Gamma(r + x, rate alpha +
// T).
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::nbd {

extern const Family family;

// Fits a base sorted by frequency; prior = 0 gives plain maximum likelihood: see purchase_fit.hpp. Throws Stopped.
Fit fit(View<CustomerCount> base, double prior, Stop stop);
inline Fit fit(View<CustomerCount> base, Stop stop) { return fit(base, 1, stop); }

}  // namespace cltv::nbd

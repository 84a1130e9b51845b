// BG/NBD, the beta-geometric/negative binomial model of purchases.
//
// P. S. Fader, B. G. S. Hardie, K. L. Lee: "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD
// Model. Marketing Science 24 (2005) 275-284; below [FHL]. A customer buys at rate lambda ~ Gamma(r, rate alpha) and
// leaves after any repeat purchase with probability p ~ Beta(a, b).
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::bgnbd {

extern const Family family;

// The log-likelihood of a base sorted by frequency with its derivatives in the four parameters, gradient[4] and
// hessian[4][4]. Throws Stopped.
double log_likelihood(View<CustomerCount> base, const double *parameters, double *gradient, double *hessian, Stop stop);

// Fits a base sorted by frequency; prior = 0 gives plain maximum likelihood: see purchase_fit.hpp. Throws Stopped.
Fit fit(View<CustomerCount> base, double prior, Stop stop);
inline Fit fit(View<CustomerCount> base, Stop stop) { return fit(base, 1, stop); }

}  // namespace cltv::bgnbd

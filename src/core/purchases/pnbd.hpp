// Pareto/NBD, the model of purchases by customers who leave at any time.
//
// D. C. Schmittlein, D. G. Morrison, R. Colombo: Counting Your Customers: Who Are They and What Will They Do Next?
// Management Science 33 (1987) 1-24. P. S. Fader, B. G. S. Hardie: A Note on Deriving the Pareto/NBD Model and Related
// Expressions (2005); below [FH]. A customer buys at rate lambda ~ Gamma(r, rate alpha) and stays for an exponential
// time of rate mu ~ Gamma(s, rate beta).
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::pnbd {

extern const Family family;

// Fits a base sorted by frequency; prior = 0 gives plain maximum likelihood: see purchase_fit.hpp. Throws Stopped.
Fit fit(View<CustomerCount> base, double prior, Stop stop);
inline Fit fit(View<CustomerCount> base, Stop stop) { return fit(base, 1, stop); }

}  // namespace cltv::pnbd

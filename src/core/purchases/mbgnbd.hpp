// MBG/NBD, the modified BG/NBD model of purchases (also CBG/NBD, the central variant).
//
// E. P. Batislam, M. Denizel, A. Filiztekin: Empirical validation and comparison of models for customer base analysis.
// International Journal of Research in Marketing 24 (2007) 201-209; below [BDF]. D. Hoppe, U. Wagner: Customer base
// analysis: the case for a central variant of the Betageometric/NBD model. Marketing ZFP 3 (2007) 75-90. A customer
// buys at rate lambda ~ Gamma(r, rate alpha) and leaves after any purchase, the first one included, with probability
// p ~ Beta(a, b).
//
// A customer who survived the first purchase has p ~ Beta(a, b + 1) and continues as in BG/NBD. So the model is BG/NBD
// with the parameters (r, alpha, a, b + 1), joined by the share a/(a + b) of customers who leave at once.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::mbgnbd {

extern const Family family;

// Fits a base sorted by frequency; prior = 0 gives plain maximum likelihood: see purchase_fit.hpp. Throws Stopped.
Fit fit(View<CustomerCount> base, double prior, Stop stop);
inline Fit fit(View<CustomerCount> base, Stop stop) { return fit(base, 1, stop); }

}  // namespace cltv::mbgnbd

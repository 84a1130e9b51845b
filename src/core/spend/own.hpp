// A customer's own mean, shrunk towards that of all: spend per purchase of any sign.
//
// A customer's purchases have the standard deviation sigma around the own mean, and the own means are N(mu, tau^2) over
// customers, so the mean of x purchases is N(mu, tau^2 + sigma^2/x). The expectation given it is the empirical Bayes
// form of the James-Stein estimator: B. Efron, C. Morris: Stein's Estimation Rule and Its Competitors. J. American
// Statistical Association 68 (1973) 117-130; below [EM]. It is the best linear rule whatever the distributions are. If
// first purchases are used, mu becomes mu + b (first - f).
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::own {

extern const Family family;

// As gg::fit, for amounts of any sign, including 0.
Fit fit(View<SpendCount> base, double prior, Stop stop);

}  // namespace cltv::own

// Gamma-Gamma model of spend per purchase.
//
// P. S. Fader, B. G. S. Hardie: The Gamma-Gamma Model of Monetary Value (2013); below [FH]. A customer's spend per
// purchase is Gamma(p, rate nu), and nu ~ Gamma(q, rate v) over customers.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::gg {

extern const Family family;

// The log-likelihood of a base sorted by frequency with its derivatives in the three parameters, gradient[3] and
// hessian[3][3]. Throws Stopped.
double log_likelihood(View<SpendCount> base, const double *parameters, double *gradient, double *hessian, Stop stop);

// Maximum likelihood over a base sorted by frequency, frequencies and monetary values above 0. `customers` counts those
// left out, too, so that the refusal can tell an empty base from one without repeat purchases. Throws Stopped.
Fit fit(View<SpendCount> base, Stop stop);

}  // namespace cltv::gg

// Gamma-Gamma model of spend per purchase.
//
// P. S. Fader, B. G. S. Hardie: The Gamma-Gamma Model of Monetary Value (2013); below [FH]. A customer's spend per
// purchase is Gamma(p, rate nu), and nu ~ Gamma(q, rate v) over customers. If first purchases are used, v becomes v
// (first/f)^b.
#pragma once

#include "core/base/numbers_only.hpp"

#include <memory>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/attribute_fit.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::gg {

extern const Family family;

// The log-likelihood of a base sorted by frequency with its derivatives in the three parameters, gradient[3] and
// hessian[3][3]. Throws Stopped.
double log_likelihood(View<SpendCount> base, const double *parameters, double *gradient, double *hessian, Stop stop);

// Fits a base sorted by frequency: maximum likelihood where that determines the parameters or is at a limit of the
// family; otherwise the maximum under weak priors of the weight `prior`, with v such that the population's mean is that
// of the customers. Where first purchases are known their effect is fitted, too. Throws Stopped.
Fit fit(View<SpendCount> base, double prior, Stop stop);

// The function that a fit with attributes maximises, for tests to look at.
std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop);

}  // namespace cltv::gg

// Lognormal model of spend per purchase.
//
// A customer's purchases are lognormal around the own mean theta, with the standard deviation sigma of their
// logarithms, and ln theta ~ N(mu, tau^2) over customers. Given theta, the mean m of x purchases has the mean theta and
// the squared coefficient of variation (e^(sigma^2) - 1)/x. It is treated as lognormal with these two moments (L. F.
// Fenton: The Sum of Log-Normal Probability Distributions in Scatter Transmission Systems. IRE Trans. Communications
// Systems 8 (1960) 57-67), which is exact for one purchase: ln m ~ N(ln theta - w/2, w), w(x) = ln(1 + (e^(sigma^2) -
// 1)/x). So frequency and mean, to which other models of spend are fitted, are all that it needs, and its likelihood is
// comparable with theirs. If first purchases are used, mu becomes mu + b ln(first/f).
#pragma once

#include "core/base/numbers_only.hpp"

#include <memory>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/attribute_fit.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::lognormal {

extern const Family family;

// As gg::fit.
Fit fit(View<SpendCount> base, double prior, Stop stop);

// The function that a fit with attributes maximises, for tests to look at.
std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop);

}  // namespace cltv::lognormal

// BG/BB, the beta-geometric/beta-Bernoulli model of purchases at discrete opportunities: an event a year, a box a
// month.
//
// P. S. Fader, B. G. S. Hardie, J. Shang: Customer-Base Analysis in a Discrete-Time Noncontractual Setting. Marketing
// Science 29 (2010) 1086-1108; below [FHS]. Before each opportunity a customer leaves for good with probability
// theta ~ Beta(gamma, delta); an active one purchases with probability p ~ Beta(alpha, beta).
//
// For these models a Customer's frequency x is the number of opportunities with a purchase, its recency t_x the number
// of the last of them (0 without one), and its tenure n the number of opportunities so far.
#pragma once

#include "core/base/numbers_only.hpp"

#include <memory>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/attribute_fit.hpp"
#include "core/fit/family.hpp"
#include "core/fit/model.hpp"

namespace cltv::bgbb {

extern const Family family;

// Fits a base of discrete customers sorted by frequency, then recency, then tenure. The maximum may be at a limit of
// the family. Customers without an opportunity so far say nothing and are not counted. prior = 0 gives plain maximum
// likelihood. Throws Stopped.
Fit fit(View<CustomerCount> base, double prior, Stop stop);
inline Fit fit(View<CustomerCount> base, Stop stop) { return fit(base, 1, stop); }

// The function that a fit with attributes maximises, for tests to look at.
std::unique_ptr<AttributeSearch> attribute_search(const FeatureSet &set, Stop stop);

}  // namespace cltv::bgbb

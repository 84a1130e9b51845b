// A customer who is active, buys at a rate lambda ~ Gamma(m, rate 1) and leaves after each purchase with probability
// p ~ Beta(a, g): what BG/NBD and MBG/NBD say of the future, once each has worked out m, a and g from the past. Time is
// measured in units in which the rate of the gamma distribution is 1.
#pragma once

#include "model/numbers_only.hpp"

namespace cltv::beta_geometric {

// P(exactly n purchases within y), n a whole number.
double purchase_pmf(double m, double a, double g, double y, double n);

// P(still active after y).
double prob_active(double m, double a, double g, double y);

}  // namespace cltv::beta_geometric

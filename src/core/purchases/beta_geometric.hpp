// A customer who is active, buys at a rate lambda ~ Gamma(m, rate 1) and leaves after each purchase with probability p
// ~ Beta(a, g): this is what BG/NBD and MBG/NBD say about the future, once each has computed m, a and g from the past.
// Time is measured in units in which the rate of the gamma distribution is 1.
//
// The expectation is eq. 10 of P. S. Fader, B. G. S. Hardie, K. L. Lee: "Counting Your Customers" the Easy Way,
// Marketing Science 24 (2005) 275-284; below [FHL].
#pragma once

#include "core/base/numbers_only.hpp"

namespace cltv::beta_geometric {

// Expected purchases within y. y may be infinite, and for a <= 1 so are they then.
double expected_purchases(double m, double a, double g, double y);

// The same, discounted at the rate kappa per unit of time; y may be infinite if kappa > 0.
double discounted_purchases(double m, double a, double g, double y, double kappa);

// P(still active after y).
double prob_active(double m, double a, double g, double y);

}  // namespace cltv::beta_geometric

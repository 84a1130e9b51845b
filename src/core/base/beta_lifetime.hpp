// Beta-geometric lifetimes: at the end of each period a customer leaves with a probability P of their own, P ~ Beta(a,
// b) over customers. A customer who has stayed for n periods has P ~ Beta(a, b + n), so what is said here of new
// customers holds for all of them. P. S. Fader, B. G. S. Hardie: How to Project Customer Retention. Journal of
// Interactive Marketing 21 (2007) 76-90.
#pragma once

#include "core/base/numbers_only.hpp"

namespace cltv {

// ln E[(1 - P)^n] = ln (b)_n/(a + b)_n for a whole n >= 0 or infinity. Domain: b > 0, a > -1 and a + b > 0; a negative
// a is useful where the same ratio of rising factorials comes up elsewhere. Relative error below 1e-12 for |a| down to
// 1e-300, with no loss where the ratio is close to 1.
double log_survival(double a, double b, double n);

// The same for any n > -1, whole or not, and b >= 32. The relative error grows as n becomes small beside b; the
// absolute error stays below 1e-13 |a|.
double log_survival_far(double a, double b, double n);

// ln E[P^x (1 - P)^y].
double log_beta_moment(double a, double b, double x, double y);

// The expected number of the next `horizon` periods for which the customer stays: the sum of E[(1 - P)^h] over h =
// 1..horizon; infinite for an infinite horizon if a <= 1.
double expected_periods(double a, double b, double horizon);

// The sum of E[(1 - P)^h] (1 + rate)^(1 - h) over h = 1..horizon, where the horizon may be infinite.
double discounted_periods(double a, double b, double horizon, double rate);

// The same for a customer who leaves at the end of each period with the known probability `leaves`, 0..1.
double alike_periods(double leaves, double horizon, double rate);

}  // namespace cltv

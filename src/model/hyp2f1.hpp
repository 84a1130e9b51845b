// Gauss's hypergeometric function 2F1(a, b; c; z) for the arguments that purchase models produce.
#pragma once

#include "model/numbers_only.hpp"

namespace cltv {

// Domain: z < 1 and c > b > 0, any finite a. There it is the mean of (1 - z P)^-a over P ~ Beta(b, c - b) (Euler's
// integral, DLMF 15.6.1), hence positive. Relative error below 1e-12 in the tested box |a|, b, c <= 2e4, -1e9 <= z < 1
// wherever the value is a normal number; values beyond overflow to infinity or underflow to 0. NaN outside the domain.
double hyp2f1(double a, double b, double c, double z);

// The partial sums of 2F1(a, b; c; z) for 0 <= z < 1, c > 0: false when they do not settle in a bounded number of terms
// or cancel by more than a digit or two.
bool hyp2f1_series(double a, double b, double c, double z, double &value);

}  // namespace cltv

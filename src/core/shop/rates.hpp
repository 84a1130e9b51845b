// Arithmetic for customers who stay or leave at one constant rate per period.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

namespace cltv {

// The sum over k = 1..periods of (retention / (1 + discount))^k: the present value of a margin of 1 per period, first
// earned at the end of the first period from those who stay. P. D. Berger, N. I. Nasr: Customer lifetime value:
// Marketing models and applications. J. Interactive Marketing 12 (1998) no. 1, 17-30, case 1, which includes the margin
// of k = 0. Over an infinite time it is the margin multiple retention / (1 + discount - retention) of S. Gupta, D. R.
// Lehmann: Customers as assets. J. Interactive Marketing 17 (2003) no. 1, 9-24.
//
// retention in 0..1, discount >= 0, periods whole and >= 0 or infinite. The result is infinite only where nothing is
// ever lost (retention 1, discount 0, infinite periods) or where the sum exceeds a double. Accurate to a few units in
// the last place, however close the ratio is to 1: its distance from 1 is computed from the loss and not by
// subtraction.
inline double discounted_retention(double retention, double discount, double periods) {
    if (periods == 0) return 0;
    const double loss = (1 - retention) + discount;
    if (loss == 0) return periods;
    if (std::isinf(periods)) return retention / loss;
    const double log_ratio = std::log1p(-loss / (1 + discount));
    return retention * -std::expm1(periods * log_ratio) / loss;
}

}  // namespace cltv

// Arithmetic of customers who stay or leave at one constant rate a period.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

namespace cltv {

// The sum over k = 1..periods of (retention / (1 + discount))^k: what a margin of 1 a period, first earned at the end
// of the first period from those who stay, is worth today. P. D. Berger, N. I. Nasr: Customer lifetime value: Marketing
// models and applications. J. Interactive Marketing 12 (1998) no. 1, 17-30, case 1, which has the margin of k = 0 too.
// Over an infinite time it is the margin multiple retention / (1 + discount - retention) of S. Gupta, D. R. Lehmann:
// Customers as assets. J. Interactive Marketing 17 (2003) no. 1, 9-24.
//
// retention in 0..1, discount >= 0, periods whole and >= 0 or infinite. Infinite only where nothing is ever lost, for
// retention 1, discount 0 and infinite periods, or where the sum is beyond a double. Good to a few units in the last
// place, however near the ratio comes to 1: its distance from 1 is formed from the loss and not by subtraction.
inline double discounted_retention(double retention, double discount, double periods) {
    if (periods == 0) return 0;
    const double loss = (1 - retention) + discount;
    if (loss == 0) return periods;
    if (std::isinf(periods)) return retention / loss;
    const double log_ratio = std::log1p(-loss / (1 + discount));
    return retention * -std::expm1(periods * log_ratio) / loss;
}

}  // namespace cltv

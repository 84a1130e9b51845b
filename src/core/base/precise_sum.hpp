// A sum of many numbers as accurate as if it had been added up in twice the precision: the rounding error of each
// addition is added up separately. T. Ogita, S. M. Rump, S. Oishi: Accurate sum and dot product, SIAM J. Sci. Comput.
// 26 (2005) 1955-1988, algorithm 4.4. It keeps the last digits of the log-likelihoods of a million customers, whose
// differences a search compares. Unlike a sum in DoubleDouble it is not renormalised after each addition, which is
// faster in an inner loop; the sum still depends on the order of its terms, so terms must come in a fixed one.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

#include "core/base/double_double.hpp"

namespace cltv {

class PreciseSum {
public:
    void operator+=(double number) {
        const DoubleDouble both = two_sum(sum_, number);
        sum_ = both.hi;
        rounded_off_ += both.lo;
    }

    // Where one of the numbers is infinite or NaN, so is the sum, and its rounding errors are NaN.
    double value() const { return std::isfinite(sum_) ? sum_ + rounded_off_ : sum_; }

private:
    double sum_ = 0, rounded_off_ = 0;
};

}  // namespace cltv

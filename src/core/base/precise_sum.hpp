// A sum of many numbers that is as good as if it had been added up in twice the precision: what each addition rounds off is
// added up by itself. T. Ogita, S. M. Rump, S. Oishi: Accurate sum and dot product, SIAM J. Sci. Comput. 26 (2005)
// 1955-1988, algorithm 4.4. Log-likelihoods of a million customers keep their last digits so, whose differences a search
// compares.
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

    // Of numbers among which one is infinite, or none, what rounding leaves is none.
    double value() const { return std::isfinite(sum_) ? sum_ + rounded_off_ : sum_; }

private:
    double sum_ = 0, rounded_off_ = 0;
};

}  // namespace cltv

// The likelihood of BG/NBD and MBG/NBD as a sum of two terms, with what a fit needs of them.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

#include "core/base/special.hpp"
#include "core/purchases/two_term_likelihood.hpp"

namespace cltv {

// Customers buy at rate lambda ~ Gamma(r, rate alpha) and leave at every chance with probability p ~ Beta(a, b). Of x
// repeat purchases each is a chance, and so are first_chances (0 or 1) before: n = x + first_chances. With theta = (r,
// alpha, a, b) the likelihood is common (left + stayed):
//   common: (r)_x alpha^r (b)_n/(a + b)_n,
//   stayed: (alpha + T)^-(r + x),
//   left:   a/(b + n - 1) (alpha + t_x)^-(r + x), nothing for n = 0.
// Fader, Hardie & Lee 2005, eq. 6; Batislam, Denizel & Filiztekin 2007, eq. 2.
template <int first_chances>
class BetaGeometricTerms {
public:
    explicit BetaGeometricTerms(const double *theta)
        : r_(theta[0]), alpha_(theta[1]), a_(theta[2]), b_(theta[3]), log_alpha_(std::log(alpha_)), rising_r_(r_),
          rising_b_(b_), rising_ab_(a_ + b_) {}

    LogTerm common(double x) {
        const double n = x + first_chances;
        rising_r_.advance(x);
        rising_b_.advance(n);
        rising_ab_.advance(n);
        const double to_a = -rising_ab_.first(), to_b = rising_b_.first() - rising_ab_.first();
        const double to_ab = -rising_ab_.second(), to_bb = rising_b_.second() - rising_ab_.second();
        return {rising_r_.value() + r_ * log_alpha_ + rising_b_.value() - rising_ab_.value(),
                {rising_r_.first() + log_alpha_, r_ / alpha_, to_a, to_b},
                {rising_r_.second(), 1 / alpha_, -r_ / (alpha_ * alpha_), 0, 0, to_ab, 0, 0, to_ab, to_bb}};
    }

    void tabulate(double x, View<double> times, TwoTermTable &table, Stop) const {
        const double n = x + first_chances, m = r_ + x;
        const double to_a = 1 / a_, to_b = -1 / (b_ + n - 1), log_ratio = std::log(a_ / (b_ + n - 1));
        for (std::size_t i = 0; i < times.size; ++i) {
            const double pace = alpha_ + times[i], log_pace = std::log(pace), inverse = 1 / pace;
            const double curved = m * inverse * inverse;
            table.stayed[i] = {-m * log_pace, {-log_pace, -m * inverse, 0, 0}, {0, -inverse, curved}};
            table.left[i] = n == 0 ? LogTerm::zero()
                                   : LogTerm{log_ratio - m * log_pace,
                                             {-log_pace, -m * inverse, to_a, to_b},
                                             {0, -inverse, curved, 0, 0, -to_a * to_a, 0, 0, 0, to_b * to_b}};
        }
    }

private:
    double r_, alpha_, a_, b_, log_alpha_;
    RisingLog rising_r_, rising_b_, rising_ab_;
};

}  // namespace cltv

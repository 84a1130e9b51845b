// The beta distribution on the logit scale.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>

#include "core/base/special.hpp"

namespace cltv {

// ln P/(1 - P) where P ~ Beta(a, b), a, b > 0. Its density p^a (1 - p)^b/B(a, b) is largest at p = a/(a + b), the odds
// a/b. Everything is computed relative to that point, because the powers there cancel most of the beta function and
// leave only Stirling's remainders (after C. Loader: Fast and Accurate Computation of Binomial Probabilities, 2000). So
// the error of the logarithm grows only as the square root of a and b.
class LogitBeta {
public:
    LogitBeta(double a, double b)
        : a_(a), b_(b), p_(1 / (1 + b / a)), q_(1 / (1 + a / b)), top_(std::log(a / b)),
          log_height_(-0.5 * std::log(two_pi * (1 / a + 1 / b)) + stirling_remainder(a + b) - stirling_remainder(a) -
                      stirling_remainder(b)) {}

    // The logit of a/(a + b).
    double top() const { return top_; }

    // ln of the density at the logit top() + d.
    double log_density(double d) const {
        return log_height_ - (d < 0 ? fall(b_, q_, a_, p_, -d) : fall(a_, p_, b_, q_, d));
    }

private:
    static constexpr double two_pi = 6.28318530717958647693;

    // -a ln(p/p0) - b ln(q/q0) for odds that are e^d times those of p0/q0, d >= 0.
    static double fall(double a, double p0, double b, double q0, double d) {
        constexpr double near = 1, far = 700;
        if (d > far) {
            const double rise = -std::log1p(q0 / p0);
            return a * rise + b * (rise + d);
        }
        const double e = std::expm1(d);
        // p/p0 = 1/(p0 + q0 e^-d), q/q0 = 1/(q0 + p0 e^d)
        const double rise = q0 < 0.5 || d < near ? std::log1p(-q0 * (e / (1 + e))) : std::log(p0 + q0 / (1 + e));
        return a * rise + b * std::log1p(p0 * e);
    }

    double a_, b_, p_, q_, top_, log_height_;
};

}  // namespace cltv

#include "core/base/special.hpp"

namespace cltv {

namespace {
// Up to so many factors the product is both faster and sharper than a difference of two log-gammas.
constexpr double max_factors = 64;
}  // namespace

double log_rising(double a, double n) {
    if (n > max_factors && a < max_factors) return log_gamma(a + n) - log_gamma(a);
    // Stirling's formula, with ln(1 + n/a) for what the two log-gammas have in common.
    if (n > max_factors)
        return (a - 0.5) * std::log1p(n / a) + n * (std::log(a + n) - 1) + stirling_remainder(a + n) -
               stirling_remainder(a);
    double sum = 0, product = 1;
    for (double i = 0; i < n; ++i) {
        product *= a + i;
        if (product > 1e250 || product < 1e-250) {
            sum += std::log(product);
            product = 1;
        }
    }
    return sum + std::log(product);
}

double stirling_remainder(double x) {
    constexpr double half_log_two_pi = 0.91893853320467274178, far = 12;
    if (x < far) return log_gamma(x) - (x - 0.5) * std::log(x) + x - half_log_two_pi;
    // DLMF 5.11.1
    const double y = 1 / (x * x);
    return (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y * (1.0 / 1188 - y * 691.0 / 360360))))) /
           x;
}

void RisingLog::advance(double n) {
    if (n - n_ > max_factors) {
        value_ = log_rising(a_, n);
        first_ = digamma(a_ + n) - digamma(a_);
        second_ = trigamma(a_ + n) - trigamma(a_);
    } else {
        value_ += log_rising(a_ + n_, n - n_);
        for (double i = n_; i < n; ++i) {
            double inverse = 1 / (a_ + i);
            first_ += inverse;
            second_ -= inverse * inverse;
        }
    }
    n_ = n;
}

}  // namespace cltv

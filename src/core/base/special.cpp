#include "core/base/special.hpp"

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

#include "core/base/boost_policy.hpp"

namespace cltv {

double log_gamma(double x) { return boost::math::lgamma(x, BoostPolicy()); }
double digamma(double x) { return boost::math::digamma(x, BoostPolicy()); }
double trigamma(double x) { return boost::math::trigamma(x, BoostPolicy()); }

double gamma_p(double a, double x) { return boost::math::gamma_p(a, x, BoostPolicy()); }
double gamma_q(double a, double x) { return boost::math::gamma_q(a, x, BoostPolicy()); }
double gamma_p_derivative(double a, double x) { return boost::math::gamma_p_derivative(a, x, BoostPolicy()); }

double ibeta(double a, double b, double x) { return boost::math::ibeta(a, b, x, BoostPolicy()); }
double ibetac(double a, double b, double x) { return boost::math::ibetac(a, b, x, BoostPolicy()); }
double ibeta_derivative(double a, double b, double x) { return boost::math::ibeta_derivative(a, b, x, BoostPolicy()); }
double ibeta_inv(double a, double b, double p) { return boost::math::ibeta_inv(a, b, p, BoostPolicy()); }

double erfc(double x) { return boost::math::erfc(x, BoostPolicy()); }
double erf_inv(double y) { return boost::math::erf_inv(y, BoostPolicy()); }
double erfc_inv(double y) { return boost::math::erfc_inv(y, BoostPolicy()); }

namespace {
// Up to this many factors the product is both faster and more accurate than a difference of two log-gammas.
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

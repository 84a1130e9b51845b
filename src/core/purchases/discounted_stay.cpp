#include "core/purchases/discounted_stay.hpp"

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "core/base/boost_policy.hpp"

namespace cltv {

namespace {

constexpr double largest_remainder = 1.95, largest_s = 7, series_until = 2;

// For y = infinity the integral is U = U(1, 2 - s, x) = e^x x^(s-1) Gamma(1 - s, x) (DLMF 13.4.4, 13.6.6). Its series
// (DLMF 8.7.3), with e = 1 - s, as
//     e^x (Gamma(1 + e) x^-e - 1)/e + sum over k of x^k/k! (1 - k!/(1 + e)_k)/e,
// is smooth through s = 1.
bool by_series(double s, double x, double &stay) {
    constexpr double max_cancellation = 15, tiny = 1e-30;  // the limit at s = 1: a number this small changes no digit
    const double e = s == 1 ? tiny : 1 - s;
    const double pole = std::exp(x) * std::expm1(std::log1p(boost::math::tgamma1pm1(e, BoostPolicy())) - e * std::log(x)) / e;
    double rest = 0, power = 1, quotient = 0;
    for (double k = 1; k < 60; ++k) {
        power *= x / k;
        quotient = (1 + k * quotient) / (k + e);
        const double term = power * quotient;
        rest += term;
        if (term <= 1e-17 * rest) break;
    }
    stay = pole + rest;
    return std::fabs(pole) + rest < max_cancellation * stay;
}

// Its continued fraction (DLMF 8.9.2), with enough terms to leave e^-(4 sqrt(n x)).
double by_fraction(double s, double x) {
    double tail = 0;
    for (double k = std::floor(100 / x) + 8; k > 0; --k) tail = k * (k - 1 + s) / (x + s + 2 * k - tail);
    return 1 / (x + s - tail);
}

bool for_ever(double s, double x, double &stay) {
    if (x > series_until) {
        stay = by_fraction(s, x);
        return true;
    }
    // (s - 1) U(s) = 1 - x U(s - 1), by integration by parts.
    const double steps = s <= largest_remainder ? 0 : std::ceil(s - largest_remainder);
    if (!by_series(s - steps, x, stay)) return false;
    for (double i = 1; i <= steps; ++i) stay = (1 - x * stay) / (s - steps + i - 1);
    return true;
}

}  // namespace

bool discounted_stay(double s, double y, double x, double &stay) {
    constexpr double least_rest = 0.1, least_x = 1e-12, negligible = 1e-18;
    if (!(s <= largest_s && x >= least_x) || !for_ever(s, x, stay)) return false;
    if (std::isinf(y)) return true;
    // From y on the integral is of the same kind, on another scale.
    const double left = std::exp((1 - s) * std::log1p(y) - x * y);
    double beyond;
    if (left * (1 + y) < negligible) return true;
    if (!for_ever(s, x * (1 + y), beyond)) return false;
    const double all = stay;
    stay -= left * beyond;
    return stay > least_rest * all;
}

}  // namespace cltv

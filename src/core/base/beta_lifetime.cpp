#include "core/base/beta_lifetime.hpp"

#include <cmath>
#include <limits>

#include "core/base/beta_mean.hpp"

namespace cltv {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// What Stirling's series (DLMF 5.11.1) leaves of ln Gamma(y + a) - ln Gamma(y) after its leading terms: the sum of
// B_2k/(2k(2k - 1)) (u^(2k-1) - v^(2k-1)) with u = 1/(y + a) and v = 1/y, divided by u - v = -a u v, which is exact
// however small a is. Four terms are enough for y >= 32.
double stirling_difference(double a, double y) {
    constexpr double coefficients[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680};
    const double u = 1 / (y + a), v = 1 / y;
    double quotient = 0, homogeneous = 1, power = 1;  // (u^m - v^m)/(u - v) = u^(m-1) + u^(m-2) v + ... + v^(m-1)
    for (const double coefficient : coefficients) {
        quotient += coefficient * homogeneous;
        for (int i = 0; i < 2; ++i) {
            power *= v;
            homogeneous = u * homogeneous + power;
        }
    }
    return -a * u * v * quotient;
}

}  // namespace

// This is delta(b) - delta(b + n), where delta(y) = ln Gamma(y + a) - ln Gamma(y) = a ln(y + a) - a + (y - 1/2) ln(1 +
// a/y) + Stirling's remainder.
double log_survival_far(double a, double b, double n) {
    const double end = b + n;
    return (b - 0.5) * std::log1p(a / b) - (end - 0.5) * std::log1p(a / end) - a * std::log1p(n / (b + a)) +
           (stirling_difference(a, b) - stirling_difference(a, end));
}

double log_survival(double a, double b, double n) {
    constexpr double far = 32, few_factors = 64;
    if (std::isinf(n)) return a == 0 ? 0 : a > 0 ? -infinity : infinity;
    double sum = 0;
    for (; n > 0 && (n <= few_factors || b < far); --n, ++b) sum -= std::log1p(a / b);
    return n > 0 ? sum + log_survival_far(a, b, n) : sum;
}

double log_beta_moment(double a, double b, double x, double y) {
    return log_survival(b, a, x) + log_survival(a + x, b, y);
}

// With u_h = (b)_h/(a + b)_h, (a - 1) u_h is a difference of consecutive values of (b + h) u_h, so the sum is b (1 -
// R)/(a - 1) with R = (b + 1)_n/(a + b)_n, which is the ratio that log_survival computes, with a - 1 for a.
double expected_periods(double a, double b, double horizon) {
    if (horizon == 0) return 0;  // the formula's zero may have a sign
    if (std::isinf(horizon)) return a > 1 ? b / (a - 1) : infinity;
    // The first period is split off so that a - 1 does not cancel against b + 1 below.
    if (a + b < 1) return b / (a + b) * (1 + expected_periods(a, b + 1, horizon - 1));
    // The limit at a = 1: a number this small changes no digit.
    const double excess = a == 1 ? 1e-30 : a - 1;
    return b * (-std::expm1(log_survival(excess, b + 1, horizon)) / excess);
}

double discounted_periods(double a, double b, double horizon, double rate) {
    constexpr int max_terms = 1000;
    if (horizon == 0) return 0;
    if (rate == 0) return expected_periods(a, b, horizon);
    double term = b / (a + b), sum = term;
    for (int h = 1; h < max_terms; ++h) {
        // The remaining terms add up to less than term/(1 + rate) + term/(1 + rate)^2 + ...
        if (h == horizon || term <= 1e-17 * rate * sum) return sum;
        term *= (b + h) / ((a + b + h) * (1 + rate));
        sum += term;
    }
    // The sum of (1 - P)((1 - P)/(1 + rate))^(h - 1) is geometric. Its factor 1 - P turns Beta(a, b) into Beta(a, b +
    // 1); the rest bends where P is about the rate, or about 1/horizon if that is larger.
    const double log_factor = std::log1p(rate), bend = std::log(std::fmax(rate, 1 / horizon));
    return b / (a + b) * beta_mean(a, b + 1, bend, 1, [=](const Logistic &logistic) {
               const double all = log_factor - std::log(rate + logistic.p);
               return std::isinf(horizon)
                          ? all
                          : all + std::log(-std::expm1(horizon * (logistic.log_q - log_factor)));
           });
}

// The geometric sum of (1 - leaves)^h (1 + rate)^(1 - h).
double alike_periods(double leaves, double horizon, double rate) {
    const double log_factor = std::log1p(-leaves) - std::log1p(rate);
    const double falls = (rate + leaves) / (1 + rate);  // 1 - the factor from one term to the next
    if (horizon == 0) return 0;
    if (falls == 0) return horizon;
    return (1 - leaves) * (std::isinf(horizon) ? 1 : -std::expm1(horizon * log_factor)) / falls;
}

}  // namespace cltv

// The special functions of the models, from Boost.Math under the project's one policy: compiled once, in special.cpp, for its
// headers take a compiler a second.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>

namespace cltv {

double log_gamma(double x);
double digamma(double x);
double trigamma(double x);

// The regularised incomplete gamma functions, P(a, x), Q = 1 - P, and the derivative of P in x.
double gamma_p(double a, double x);
double gamma_q(double a, double x);
double gamma_p_derivative(double a, double x);

// The regularised incomplete beta function I_x(a, b), 1 - I, the derivative of I in x, and the x at which I is p.
double ibeta(double a, double b, double x);
double ibetac(double a, double b, double x);
double ibeta_derivative(double a, double b, double x);
double ibeta_inv(double a, double b, double p);

// 1 - erf, and the x at which erf or erfc is y.
double erfc(double x);
double erf_inv(double y);
double erfc_inv(double y);

// ln (a)_n = ln Gamma(a + n) - ln Gamma(a), the logarithm of a rising factorial, for a > 0 and a whole n >= 0. The
// difference of two log-gammas would cancel where a is large or n small; the product does not.
double log_rising(double a, double n);

// What Stirling's formula leaves out: ln Gamma(x) - (x - 1/2) ln x + x - ln(2 pi)/2, for x > 0; tends to 0 as 1/(12 x).
double stirling_remainder(double x);

// A computed probability that rounding may have left above 1. What is further above comes from an overflow and says
// nothing: it becomes NaN, which stays NaN.
inline double as_probability(double p) {
    constexpr double rounding = 1e-6;
    return p <= 1 ? p : p <= 1 + rounding ? 1 : std::numeric_limits<double>::quiet_NaN();
}

// That nobody buys who has left with the one probability, and otherwise buys nothing with the probability silent. Where
// that is 1 the two add up to 1, which rounding may miss.
inline double prob_left_or_silent(double dead, double alive, double silent) {
    return silent == 1 ? 1 : as_probability(dead + alive * silent);
}

// ln(1 + e^x) without overflow.
inline double log1p_exp(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

// ln (a)_n with its first and second derivatives in a, for an n that grows from call to call: a fit walks through the
// frequencies of a sorted base once an evaluation.
class RisingLog {
public:
    explicit RisingLog(double a) : a_(a) {}
    void advance(double n);  // n not smaller than before
    double value() const { return value_; }
    double first() const { return first_; }
    double second() const { return second_; }

private:
    double a_;
    double n_ = 0;
    double value_ = 0, first_ = 0, second_ = 0;
};

}  // namespace cltv

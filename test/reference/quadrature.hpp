// Integrals over the real line to some 30 digits or more, for the reference values only.
#pragma once

#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <vector>

namespace reference {

using Real = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>, boost::multiprecision::et_off>;

// ln of the integral of e^f over the real line. f is smooth, with one broad top and tails that fall at least linearly;
// around each of the given bends, where its slope changes, it changes within a few units. f must take both double (to
// find out where the integrand lives) and Number.
//
// The trapezoidal rule in u with v = u + w e^((u - R)/w) - w e^((L - u)/w): nearly v = u where the integrand lives, and
// stretched exponentially in the tails, so that it ends doubly exponentially on both sides. The step is halved until
// two sums agree to 1e-17; as each halving squares the error, the last sum is good to about 1e-30.
template <class Number, class LogIntegrand>
Number log_integral(const LogIntegrand &f, std::initializer_list<double> bends) {
    constexpr double tail = 15, negligible = 90;
    constexpr int max_halvings = 12;

    double top = -HUGE_VAL, mode = 0;
    const auto look = [&](double v) {
        const double value = f(v);
        if (value > top) top = value, mode = v;
    };
    for (double bend : bends)
        for (double u = -18; u <= 18; u += 0.02) look(bend + std::sinh(u));
    for (double reach = 4; reach > 1e-7; reach *= 0.7)
        for (int k = -8; k <= 8; ++k) look(mode + reach * k / 8);

    // The unit: the distance at which f has fallen by 1, at most 1. The core: all bends, as far as f counts there.
    double unit = 1;
    while (unit > 1e-6 && std::max(top - f(mode + unit), top - f(mode - unit)) > 2) unit /= 2;
    double left = mode - unit, right = mode + unit;
    for (double bend : bends) {
        left = std::min(left, bend - 2);
        right = std::max(right, bend + 2);
    }
    const auto edge = [&](double inside, double outside) {
        if (top - f(outside) < tail) return outside;
        for (int i = 0; i < 40; ++i) {
            const double middle = (inside + outside) / 2;
            (top - f(middle) < tail ? inside : outside) = middle;
        }
        return outside;
    };
    left = edge(mode, left);
    right = edge(mode, right);

    const Number height = f(Number(mode));
    const Number u0 = mode, R = right, L = left, w = unit;
    const auto march = [&](const Number &first, const Number &step) {
        Number sum = 0;
        for (Number u = first;; u += step) {
            const Number stretch = exp((u - R) / w), squeeze = exp((L - u) / w);
            const Number exponent = f(Number(u + w * (stretch - squeeze))) - height;
            const Number jacobian = 1 + stretch + squeeze;
            sum += exp(exponent) * jacobian;
            const double size = static_cast<double>(exponent) + std::log(static_cast<double>(jacobian));
            if ((u > R || u < L) && !(size > -negligible)) return sum;
        }
    };
    Number step = w / 2;
    Number sum = march(u0, step) + march(u0 - step, -step);
    for (int halving = 0; halving < max_halvings; ++halving) {
        const Number finer = sum + march(u0 + step / 2, step) + march(u0 - step / 2, -step);
        const bool settled = abs(finer - 2 * sum) < finer * 1e-17;
        sum = finer;
        step /= 2;
        if (settled) return height + log(Number(sum * step));
    }
    std::fprintf(stderr, "an integral does not settle\n");
    std::exit(1);
}

}  // namespace reference

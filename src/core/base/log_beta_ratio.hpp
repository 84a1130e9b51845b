// ln E[(1 - P)^n] for P ~ Beta(a, b) and any n >= 0, whole or not.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <utility>

#include "core/base/jet.hpp"

namespace cltv {

// ln B(a, b + n)/B(a, b) = ln Gamma(b + n) Gamma(a + b)/(Gamma(b) Gamma(a + b + n)), for a, b > 0 and n >= 0, all
// finite. T is double or a Jet.
//
// The ratio is the product over k >= 0 of (b + k)(a + b + n + k)/((b + n + k)(a + b + k)) (from DLMF 5.8.2), each
// factor being 1 - w with w = a n/((a + b + k)(b + n + k)): all logarithms are negative, and nothing cancels. Once b +
// k reaches 16, the remaining factors are summed by Stirling's series (DLMF 5.11.1), written as differences that are
// exact however small a or n is beside b. The relative error is below 1e-14, plus a few units in the last place of a, b
// and n, as long as a or n is 1e-4 or more.
template <class T>
T log_beta_ratio(T a, T b, T n) {
    using std::log;
    using std::log1p;
    constexpr double far = 16, near_one = 0.5;
    // a and n play the same part; what follows is accurate if a is the larger of them.
    if (value_of(a) < value_of(n)) std::swap(a, n);
    // ln(1 - w) for w = xy, given 1 - w as well.
    const auto log_rest = [](const T &w, const T &rest) { return value_of(w) < near_one ? log1p(-w) : log(rest); };
    T sum(0.0);
    for (; value_of(b) < far; b = b + T(1.0)) {
        const T ab = a + b, bn = b + n;
        sum = sum + log_rest((a / ab) * (n / bn), (b / bn) * ((ab + n) / ab));
    }

    const T ab = a + b, bn = b + n, all = ab + n;
    const T rest = log_rest((a / ab) * (n / bn), (b / bn) * (all / ab));
    sum = sum - (n * log1p(a / b) + a * log1p(n / ab) + (bn - T(0.5)) * rest);

    // R(b + n) - R(b) - (R(a + b + n) - R(a + b)) with R(y) = sum of c_k y^(1 - 2k): u^m - v^m is u - v times the sum of
    // u^i v^(m-1-i), and 1/(b + n) - 1/b is -n/(b (b + n)).
    constexpr double coefficients[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188};
    const auto fall = [&](const T &y, const T &y_n) {
        const T u = T(1.0) / y_n, v = T(1.0) / y;
        T total(0.0), homogeneous(1.0), power(1.0);
        for (const double coefficient : coefficients) {
            total = total + T(coefficient) * homogeneous;
            for (int i = 0; i < 2; ++i) {
                power = power * v;
                homogeneous = u * homogeneous + power;
            }
        }
        return u * v * total;
    };
    return sum - n * (fall(b, bn) - fall(ab, all));
}

}  // namespace cltv

// Discounted purchases: integrals of a purchase rate against e^(-discount s).
#pragma once

#include "model/numbers_only.hpp"

#include <boost/math/quadrature/gauss.hpp>
#include <algorithm>
#include <cmath>

#include "model/special.hpp"

namespace cltv {

// The integral over 0..horizon of e^(-discount s) rate(s) ds, horizon possibly infinite if discount > 0. The rate
// behaves like powers of pace + s: it falls as (1 + s/pace)^-decay with decay no larger than given. It is asked for at
// ascending s.
//
// In w = ln(1 + s/pace) such a rate has no singularity within pi of the real axis and falls exponentially, so that
// panels of ten Gauss-Legendre points, no longer than 0.7 and than a few of the scales on which the integrand falls,
// are good to about 1e-14 each.
template <class Rate>
double discounted_integral(Rate &&rate, double pace, double decay, double horizon, double discount) {
    using Quadrature = boost::math::quadrature::gauss<double, 10, BoostPolicy>;
    constexpr double longest_panel = 0.7, falls_per_panel = 3, negligible = 1e-17;

    const double end = std::log1p(horizon / pace);
    double sum = 0;
    for (double begin = 0; begin < end;) {
        const double fall = std::fabs(decay - 1) + discount * pace * std::exp(begin);
        const double length = std::min({longest_panel, falls_per_panel / fall, end - begin});
        double panel = 0;
        // Boost lists the nodes from the middle outwards; the rate wants them in order.
        const auto &node = Quadrature::abscissa();
        const auto &weight = Quadrature::weights();
        for (int i = -5; i < 5; ++i) {
            const std::size_t k = i < 0 ? static_cast<std::size_t>(-i - 1) : static_cast<std::size_t>(i);
            const double w = begin + length / 2 * (1 + (i < 0 ? -node[k] : node[k]));
            const double s = pace * std::expm1(w);
            panel += weight[k] * std::exp(w - discount * s) * rate(s);
        }
        panel *= length / 2;
        sum += panel;
        begin = end - begin > length * (1 + 1e-12) ? begin + length : end;
        // What falls exponentially is over when a panel no longer counts.
        if (panel <= negligible * sum) break;
    }
    return pace * sum;
}

}  // namespace cltv

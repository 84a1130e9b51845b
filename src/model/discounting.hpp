// Discounted purchases: integrals of a purchase rate against e^(-discount s).
#pragma once

#include "model/numbers_only.hpp"

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <algorithm>
#include <cmath>

#include "model/special.hpp"

namespace cltv {

// The integral over 0..horizon of e^(-discount s) rate(s) ds for a rate that is smooth on the scale `pace` (it behaves
// like a power of pace + s), horizon possibly infinite, discount > 0.
//
// With s = pace (e^w - 1) the rate has no singularity within pi of the real w axis, whatever the horizon, so that one
// to a few Gauss-Kronrod panels suffice. The adaptive rule compares its 7- and 15-point sums; where they agree to 1e-9
// the latter is good to about 1e-13.
template <class Rate>
double discounted_integral(Rate &&rate, double pace, double horizon, double discount) {
    using Quadrature = boost::math::quadrature::gauss_kronrod<double, 15, BoostPolicy>;
    constexpr double negligible = 45;  // e^-45 is 3e-20
    constexpr double tolerance = 1e-9;
    constexpr unsigned max_depth = 12;

    const double end = std::log1p(std::min(horizon, negligible / discount) / pace);
    auto integrand = [&](double w) {
        const double s = pace * std::expm1(w);
        return std::exp(w - discount * s) * rate(s);
    };
    double error;
    return pace * Quadrature::integrate(integrand, 0.0, end, max_depth, tolerance, &error);
}

}  // namespace cltv

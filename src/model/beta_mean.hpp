// Means over a beta-distributed probability, by quadrature: the slow and sure way that the series of hyp2f1 and of the
// models fall back on, valid for every parameter.
#pragma once

#include "model/numbers_only.hpp"

#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <utility>

namespace cltv {

// ln p and ln(1 - p) for p = 1/(1 + e^-v); p itself underflows below v = -745 where ln p is still exact.
struct Logistic {
    explicit Logistic(double v)
        : log_p(v > 0 ? -std::log1p(std::exp(-v)) : v - std::log1p(std::exp(v))),
          log_q(v > 0 ? -v - std::log1p(std::exp(-v)) : -std::log1p(std::exp(v))),
          p(std::exp(log_p)) {}
    double log_p, log_q, p;
};

// The integral over the real line of exp(f(v)) for a smooth f with one maximum between low and high and tails that
// fall at least linearly; returned as a logarithm. v = mode + width sinh(u) turns such tails into doubly exponential
// ones, for which the trapezoidal rule converges exponentially (Takahasi & Mori 1974). Relative error about 1e-14.
template <class LogIntegrand>
double log_integral(LogIntegrand &&f, double low, double high) {
    constexpr double negligible = -42;  // e^-42 is below the last bit of a sum that starts at 1
    constexpr int max_halvings = 9;

    std::pair<double, double> mode =
        boost::math::tools::brent_find_minima([&](double v) { return -f(v); }, low, high, 20);
    const double v0 = mode.first, top = -mode.second;

    // The narrower of the two distances at which f has fallen by 1 to 3 sets the scale.
    double width = 1;
    auto drop = [&](double w) { return std::max(top - f(v0 - w), top - f(v0 + w)); };
    while (drop(width) > 3 && width > 1e-12) width /= 2;
    while (drop(width) < 1 && width < 1e12) width *= 2;

    auto side = [&](double sign, double first, double step) {
        double sum = 0;
        for (double u = first; u < 60; u += step) {
            const double exponent = f(v0 + sign * width * std::sinh(u)) - top;
            sum += std::exp(exponent) * std::cosh(u);
            if (!(exponent + u > negligible)) break;
        }
        return sum;
    };
    double step = 0.25;
    double sum = std::exp(f(v0) - top) + side(1, step, step) + side(-1, step, step);
    for (int halving = 0; halving < max_halvings; ++halving) {
        const double finer = sum + side(1, step / 2, step) + side(-1, step / 2, step);
        const bool settled = std::fabs(finer - 2 * sum) <= 1e-13 * finer;
        sum = finer;
        step /= 2;
        if (settled) break;
    }
    return top + std::log(sum * step * width);
}

// E[g(P)] for P ~ Beta(a, b) and a positive g given by its logarithm: log_g(p). Both the integral and its normaliser are
// computed on the logit scale, in the same way, so that no log-beta of large arguments enters.
template <class LogFunction>
double beta_mean(double a, double b, LogFunction &&log_g) {
    auto density = [&](double v) {
        Logistic logistic(v);
        return a * logistic.log_p + b * logistic.log_q;
    };
    auto weighted = [&](double v) {
        Logistic logistic(v);
        return a * logistic.log_p + b * logistic.log_q + log_g(logistic.p);
    };
    const double centre = std::log(a) - std::log(b);
    return std::exp(log_integral(weighted, centre - 800, centre + 800) -
                    log_integral(density, centre - 5, centre + 5));
}

}  // namespace cltv

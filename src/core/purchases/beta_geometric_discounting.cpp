#include "core/purchases/beta_geometric_discounting.hpp"

#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/sin_pi.hpp>
#include <algorithm>
#include <cmath>

#include "core/base/boost_policy.hpp"
#include "core/base/gauss_panels.hpp"
#include "core/purchases/beta_geometric_path.hpp"

namespace cltv::beta_geometric {

namespace {

// The sum of terms that begin with 1 and continue by factor(k), k = 1, 2, ..., times x; false if they do not settle.
template <class Factor>
bool power_series(double x, double &sum, double &magnitude, Factor &&factor) {
    constexpr int max_terms = 80;
    double term = 1;
    sum = magnitude = 1;
    for (int k = 1; k <= max_terms; ++k) {
        const double ratio = factor(k) * x;
        term *= ratio;
        sum += term;
        magnitude += std::fabs(term);
        if (std::fabs(ratio) < 0.5 && std::fabs(term) <= 1e-17 * magnitude) return std::isfinite(magnitude);
    }
    return false;
}

}  // namespace

// The Laplace transform D(kappa) of the purchase rate R(s) = m 2F1(m + 1, a; c; -s), c = a + g, is the solution of
//     kappa^2 D'' + kappa (2 - m - a - kappa) D' + ((c - 2) kappa + m (a - 1)) D = (c - 1) m
// (from DLMF 15.10.1) that matches R's expansion at infinity (DLMF 15.8.2), term by term: with 1F1 and 2F2 (DLMF
// 16.2.1), of which a few terms are enough because a discount is small over a customer's time so far,
//     D = (c - 1)/(a - 1) 2F2(1, 2 - c; 1 - m, 2 - a; kappa) + P kappa^(a-1) 1F1(1 - g; a - m; kappa)
//         + Q kappa^m 1F1(m + 2 - c; m + 2 - a; kappa),
//     P = Gamma(1 - a) Gamma(c)/Gamma(g) m Gamma(m + 1 - a)/Gamma(m + 1),
//     Q = -Gamma(1 - m) Gamma(c) Gamma(a - m - 1)/(Gamma(a) Gamma(c - m - 1)).
// The terms grow and cancel where a, m or m - a is close to a whole number.
bool discounted_for_ever(double m, double a, double g, double kappa, double &discounted) {
    constexpr double max_cancellation = 150, largest_kappa = 3, largest_a = 20, largest_m = 1e4, nearest = 1e-6, pi = 3.14159265358979323846,
                     negligible = -45;
    // The difference is rounded only once, because it is used at poles (whole numbers) in two places.
    const double c = a + g, h = c - m - 1, d = a - m;
    const auto near_whole = [](double x) { return std::fabs(x - std::round(x)) < nearest; };
    if (!(kappa <= largest_kappa && a <= largest_a && m <= largest_m && g <= largest_m && a < m + 1)) return false;
    if (near_whole(a) || (m < 40 && near_whole(m)) || near_whole(d)) return false;

    double first, second, third, size, second_size, third_size;
    if (!power_series(kappa, first, size, [=](double k) { return (k + 1 - c) / ((k - m) * (k + 1 - a)); })) return false;
    if (!power_series(kappa, second, second_size, [=](double k) { return (k - g) / ((k - 1 + d) * k); })) return false;
    const double log_kappa = std::log(kappa), particular = (c - 1) / (a - 1);
    const double P = boost::math::tgamma(1 - a, BoostPolicy()) * std::exp((a - 1) * log_kappa) * m *
                     (boost::math::tgamma_delta_ratio(1 - d, a, BoostPolicy()) /
                      boost::math::tgamma_delta_ratio(g, a, BoostPolicy()));
    discounted = particular * first + P * second;
    size = std::fabs(particular) * size + std::fabs(P) * second_size;
    // For large m, Q behaves like kappa^m/(Gamma(m) Gamma(m + 2 - a)).
    if (h != std::floor(h) || h > 0) {
        int sign_h = 1;
        const double log_gamma_h = boost::math::lgamma(h, &sign_h, BoostPolicy());
        const double poles = boost::math::sin_pi(m, BoostPolicy()) * -boost::math::sin_pi(d, BoostPolicy());
        const double log_Q = boost::math::lgamma(c, BoostPolicy()) - boost::math::lgamma(m, BoostPolicy()) -
                             boost::math::lgamma(2 - d, BoostPolicy()) - boost::math::lgamma(a, BoostPolicy()) -
                             log_gamma_h + m * log_kappa;
        if (log_Q - std::log(std::fabs(poles) * size) > negligible) {
            if (!power_series(kappa, third, third_size, [=](double k) { return (k + m + 1 - c) / ((k + 1 - d) * k); }))
                return false;
            const double Q = -pi * pi * sign_h / poles * std::exp(log_Q);
            discounted += Q * third;
            size += std::fabs(Q) * third_size;
        }
    }
    return size < max_cancellation * discounted;
}

// Integration by parts: the integral of e^(-kappa s) dE(s) is e^(-kappa y) E(y) + kappa times that of e^(-kappa s)
// E(s), which is smooth in w = ln(1 + s), with singularities pi away from the real axis.
bool discounted_along_path(double m, double a, double g, double y, double kappa, double &discounted) {
    constexpr double longest = 2.2, longest_late = 1.25, short_7 = 1.1, small_part = 0.2, nothing_left = 42;
    // Beyond these, E grows too fast to the left of w = 0 for panels of that length, or the discount bends too soon.
    constexpr double fastest = 3, largest_kappa = 0.25;
    if (m * a > fastest * (a + g) || (kappa > largest_kappa && kappa * y > 1)) return false;
    ExpectedPath path(m, a, g);
    if (!path.usable()) return false;
    const bool ends = kappa * y < nothing_left;
    const double end = std::log1p(ends ? y : nothing_left / kappa);
    double sum = 0;
    for (double here = 0; here < end;) {
        const auto late = [&](double w) { return kappa * std::expm1(w) > 1; };
        const double rest = end - here, most = late(here + std::fmin(longest, rest)) ? longest_late : longest;
        const double length = rest > most * 1.05 ? std::fmin(most, rest / 2) : rest;
        double times[10], weights[10], expected[10];
        std::size_t n = 0;
        const auto node = [&](double w, double weight) {
            times[n] = std::expm1(w);
            weights[n++] = weight;
        };
        // Shorter panels, relative to that pi, need fewer nodes; this holds where the integral is a small part of the
        // whole.
        if (length < short_7 && kappa * y < small_part && m * a < a + g)
            gauss_panel<7>(here, length, node);
        else
            gauss_panel<10>(here, length, node);
        path(times, n, expected);
        for (std::size_t i = 0; i < n; ++i) sum += weights[i] * (1 + times[i]) * std::exp(-kappa * times[i]) * expected[i];
        here = rest > length ? here + length : end;
    }
    double at_end = 0;
    if (ends) path(&y, 1, &at_end);
    discounted = kappa * sum + std::exp(-kappa * y) * at_end;
    return !std::isnan(discounted);
}

}  // namespace cltv::beta_geometric

#include "core/purchases/horizons.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/purchases/beta_geometric_model.hpp"
#include "core/purchases/beta_geometric_path.hpp"
#include "core/purchases/pareto_model.hpp"

namespace cltv {

namespace {

// Turns the expectations for an active customer into those for this one; infinite ones stay so, however unlikely it is
// that the customer is active.
void if_alive(double prob_alive, std::size_t n, double *expected) {
    for (std::size_t i = 0; i < n; ++i)
        if (!std::isinf(expected[i])) expected[i] = prob_alive * expected[i];
}

// BG/NBD and MBG/NBD.
template <int first_chances>
void beta_geometric_at(const double *p, const Customer &c, View<double> horizons, double *expected) {
    const GammaBelief rate = GammaRates(p).after(c.frequency, c.tenure);
    const BetaChances chances = BetaChances(p + 2).after(c.frequency + first_chances);
    beta_geometric::ExpectedPath path(rate.m, chances.a, chances.b);
    for (std::size_t i = 0; i < horizons.size; ++i) expected[i] = std::numeric_limits<double>::quiet_NaN();
    if (path.usable()) {
        std::vector<std::size_t> order;
        std::vector<double> ys, along;
        order.reserve(horizons.size);
        ys.reserve(horizons.size);
        for (std::size_t i = 0; i < horizons.size; ++i)
            if (std::isfinite(horizons[i])) order.push_back(i);
        const auto sooner = [&](std::size_t i, std::size_t j) { return horizons[i] < horizons[j]; };
        if (!std::is_sorted(order.begin(), order.end(), sooner)) std::sort(order.begin(), order.end(), sooner);
        for (const std::size_t i : order) ys.push_back(horizons[i] / rate.A);
        along.resize(ys.size());
        path(ys.data(), ys.size(), along.data());
        for (std::size_t k = 0; k < order.size(); ++k) expected[order[k]] = along[k];
    }
    for (std::size_t i = 0; i < horizons.size; ++i)
        if (std::isnan(expected[i])) expected[i] = chances.events(rate, horizons[i]);
    if_alive(BetaGeometricModel<GammaRates, BetaChances, first_chances>::prob_alive(p, c), horizons.size, expected);
}

void pareto_at(const double *p, const Customer &c, View<double> horizons, double *expected) {
    const GammaBelief rate = GammaRates(p).after(c.frequency, c.tenure), departure = GammaRates(p + 2).after(0, c.tenure);
    for (std::size_t i = 0; i < horizons.size; ++i) expected[i] = rate.mean() * departure.time_left(horizons[i]);
    if_alive(ParetoModel<GammaRates, GammaRates>::prob_alive(p, c), horizons.size, expected);
}

}  // namespace

void expected_purchases_at(const OrdersFamily &family, const double *p, const Customer &customer, View<double> horizons,
                           double *expected) {
    if (horizons.size == 0) return;
    if (&family == &BetaGeometricModel<GammaRates, BetaChances, 0>::orders)
        beta_geometric_at<0>(p, customer, horizons, expected);
    else if (&family == &BetaGeometricModel<GammaRates, BetaChances, 1>::orders)
        beta_geometric_at<1>(p, customer, horizons, expected);
    else if (&family == &ParetoModel<GammaRates, GammaRates>::orders)
        pareto_at(p, customer, horizons, expected);
    else
        for (std::size_t i = 0; i < horizons.size; ++i)
            expected[i] = family.expected_purchases(p, customer, horizons[i]);
}

}  // namespace cltv

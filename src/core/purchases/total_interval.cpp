#include "core/purchases/total_interval.hpp"

#include <boost/math/distributions/negative_binomial.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/boost_policy.hpp"
#include "core/purchases/ahead.hpp"

namespace cltv {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Visits an evenly spaced part of the rows of a sorted base, beginning in the middle of the first step.
template <class Row, class Visit>
void for_each_sampled(View<Row> base, std::size_t most, Stop stop, Visit &&visit) {
    const std::size_t every = (base.size + most - 1) / most;
    for (std::size_t i = every / 2; i < base.size; i += every) {
        poll(stop);
        visit(base[i]);
    }
}

template <class Forecast>
ConfidenceInterval total_interval(Forecast ahead, const ModelView &model, View<typename Forecast::Row> base, double horizon,
                                  double level, Stop stop) {
    using Row = typename Forecast::Row;
    if (horizon == 0) return {0, 0, 0};
    double total = 0;
    ahead.put(model.parameters);
    for (std::size_t i = 0; i < base.size; ++i) {
        if ((i & 0xFF) == 0) poll(stop);
        total += base[i].count * ahead.expected(base[i]);
    }
    if (!std::isfinite(total) || std::isinf(horizon) || model.covariance == nullptr) return {nan, total, nan};
    if (total == 0) return {0, 0, 0};

    // Variances are needed to a few digits only: if there are many rows, a sample tells how they relate to the
    // expectations, whose sum is known.
    constexpr std::size_t of_gradient = 20000, of_scatter = 1000;
    const auto expected = [&](const double *p) {
        double sum = 0;
        ahead.put(p);
        for_each_sampled(base, of_gradient, stop, [&](const Row &row) { sum += row.count * ahead.expected(row); });
        return sum;
    };
    const double sampled = expected(model.parameters);
    double scatter = 0, sampled_scatter = 0;
    ahead.put(model.parameters);
    for_each_sampled(base, of_scatter, stop, [&](const Row &row) {
        scatter += row.count * ahead.variance(row);
        sampled_scatter += row.count * ahead.expected(row);
    });
    if (!(sampled > 0 && sampled_scatter > 0)) return {nan, total, nan};
    const double relative = total / sampled;
    const double variance =
        relative * relative * delta_variance(expected, model) + scatter * (total / sampled_scatter);
    if (!std::isfinite(variance)) return {nan, total, nan};
    return count_interval(total, variance, level);
}

}  // namespace

ConfidenceInterval count_interval(double mean, double variance, double level) {
    const double tail = (1 - level) / 2;
    if (variance < mean * (1 - 1e-9)) {
        const double reach = normal_quantile(level) * std::sqrt(variance);
        return {std::fmax(std::floor(mean - reach), 0), mean, std::ceil(mean + reach)};
    }
    const auto bounds = [&](const auto &distribution) -> ConfidenceInterval {
        return {quantile(distribution, tail), mean, quantile(complement(distribution, tail))};
    };
    const double surplus = variance - mean;
    if (surplus <= 1e-6 * mean) return bounds(boost::math::poisson_distribution<double, BoostPolicy>(mean));
    return bounds(boost::math::negative_binomial_distribution<double, BoostPolicy>(mean * mean / surplus, mean / variance));
}

double purchases_variance(const OrdersFamily &orders, const double *p, const Customer &customer, double horizon) {
    return variance_of(orders.expected_purchases(p, customer, horizon), orders.discrete ? horizon : most_purchases,
                       [&](double n) { return orders.purchase_pmf(p, customer, horizon, n); });
}

ConfidenceInterval total_purchases_interval(const OrdersFamily &orders, const ModelView &model, View<CustomerCount> base,
                                            double horizon, double level, Stop stop) {
    return total_interval(Ahead(orders, horizon), model, base, horizon, level, stop);
}

ConfidenceInterval total_purchases_interval(const OrdersFamily &orders, const ModelView &model, View<DatedCount> base,
                                            DayRange days, double horizon, double level, Stop stop) {
    return total_interval(AheadOnClock(orders, model, days, horizon), model, base, horizon, level, stop);
}

}  // namespace cltv

#include "core/purchases/total_interval.hpp"

#include <boost/math/distributions/negative_binomial.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <cmath>
#include <limits>

#include "core/base/special.hpp"

namespace cltv {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Of every so many rows of a sorted base one, from the middle of the first of them on.
template <class Visit>
void for_each_sampled(View<CustomerCount> base, std::size_t most, Stop stop, Visit &&visit) {
    const std::size_t every = (base.size + most - 1) / most;
    for (std::size_t i = every / 2; i < base.size; i += every) {
        poll(stop);
        visit(base[i]);
    }
}

// The least and the greatest number that a count of this mean and variance has with the probability level.
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

}  // namespace

// All numbers up to 128, then a trapezoid rule whose steps grow with the number, and stay within half the standard deviation
// of a Poisson distribution of that mean: there the probabilities are smooth. It ends where what is left tells nothing more of
// the expectation or of the variance: after the likeliest number alone a customer who has most likely left, but would come
// often, would be forgotten.
double purchases_variance(const OrdersFamily &orders, const double *p, const Customer &customer, double horizon) {
    constexpr double fine = 128, missing_mean = 1e-4, missing_square = 1e-7;
    const double mean = orders.expected_purchases(p, customer, horizon);
    if (mean == 0) return 0;
    const double most = orders.discrete ? horizon : 1e9;
    const auto square_of = [mean](double n) { return (n - mean) * (n - mean); };
    double before = orders.purchase_pmf(p, customer, horizon, 0), sum = 0, square = square_of(0) * before, step = 1;
    for (double n = 0; n < most;) {
        if (n >= fine * step && n >= 4 * step * step) step *= 2;
        const double to = std::fmin(n + step, most), width = to - n;
        const double probability = orders.purchase_pmf(p, customer, horizon, to);
        // The sum over n + 1, ..., to of what is a line from n to there.
        const auto sum_of = [width](double from, double end) { return 0.5 * (width * (from + end) + end - from); };
        const double part = sum_of(square_of(n) * before, square_of(to) * probability);
        sum += sum_of(n * before, to * probability);
        square += part;
        n = to;
        before = probability;
        if (mean - sum <= missing_mean * mean && part <= missing_square * square) break;
    }
    return square;
}

ConfidenceInterval total_purchases_interval(const OrdersFamily &orders, const ModelView &model, View<CustomerCount> base,
                                            double horizon, double level, Stop stop) {
    if (horizon == 0) return {0, 0, 0};
    double total = 0;
    for (std::size_t i = 0; i < base.size; ++i) {
        if ((i & 0xFF) == 0) poll(stop);
        total += base[i].count * orders.expected_purchases(model.parameters, base[i].customer, horizon);
    }
    if (!std::isfinite(total) || std::isinf(horizon) || model.covariance == nullptr) return {nan, total, nan};
    if (total == 0) return {0, 0, 0};

    // Variances are needed to a few digits: of many rows a sample tells how they go with the expectations, whose sum is
    // known.
    constexpr std::size_t of_gradient = 20000, of_scatter = 1000;
    const auto expected = [&](const double *p) {
        double sum = 0;
        for_each_sampled(base, of_gradient, stop, [&](const CustomerCount &row) {
            sum += row.count * orders.expected_purchases(p, row.customer, horizon);
        });
        return sum;
    };
    const double sampled = expected(model.parameters);
    double scatter = 0, sampled_scatter = 0;
    for_each_sampled(base, of_scatter, stop, [&](const CustomerCount &row) {
        scatter += row.count * purchases_variance(orders, model.parameters, row.customer, horizon);
        sampled_scatter += row.count * orders.expected_purchases(model.parameters, row.customer, horizon);
    });
    if (!(sampled > 0 && sampled_scatter > 0)) return {nan, total, nan};
    const double relative = total / sampled;
    const double variance =
        relative * relative * delta_variance(expected, model) + scatter * (total / sampled_scatter);
    if (!std::isfinite(variance)) return {nan, total, nan};
    return count_interval(total, variance, level);
}

}  // namespace cltv

#include "core/purchases/total_interval.hpp"

#include <boost/math/distributions/negative_binomial.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "core/base/special.hpp"
#include "core/rows/calendar_clock.hpp"

namespace cltv {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), most_purchases = 1e9;

// All numbers up to 128, then a trapezoid rule whose steps grow with the number, and stay within half the standard deviation
// of a Poisson distribution of that mean: there the probabilities are smooth. It ends where what is left tells nothing more of
// the expectation or of the variance: after the likeliest number alone a customer who has most likely left, but would come
// often, would be forgotten.
template <class Pmf>
double variance_of(double mean, double most, Pmf &&pmf) {
    constexpr double fine = 128, missing_mean = 1e-4, missing_square = 1e-7;
    if (mean == 0) return 0;
    const auto square_of = [mean](double n) { return (n - mean) * (n - mean); };
    double before = pmf(0), sum = 0, square = square_of(0) * before, step = 1;
    for (double n = 0; n < most;) {
        if (n >= fine * step && n >= 4 * step * step) step *= 2;
        const double to = std::fmin(n + step, most), width = to - n;
        const double probability = pmf(to);
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

// Of every so many rows of a sorted base one, from the middle of the first of them on.
template <class Row, class Visit>
void for_each_sampled(View<Row> base, std::size_t most, Stop stop, Visit &&visit) {
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

// What a model says of customers within a horizon, at parameters that it was put to.
class Ahead {
public:
    using Row = CustomerCount;

    Ahead(const OrdersFamily &orders, double horizon) : orders_(orders), horizon_(horizon) {}

    void put(const double *p) { p_ = p; }
    double expected(const Row &row) const { return orders_.expected_purchases(p_, row.customer, horizon_); }
    double variance(const Row &row) const { return purchases_variance(orders_, p_, row.customer, horizon_); }

private:
    const OrdersFamily &orders_;
    double horizon_;
    const double *p_ = nullptr;
};

// The same on the clock of a calendar, whose coefficients are the last parameters.
class AheadOnClock {
public:
    using Row = DatedCount;

    AheadOnClock(const OrdersFamily &orders, const ModelView &model, DayRange days, double horizon)
        : orders_(orders), calendar_(*model.calendar), days_(days), horizon_(horizon),
          first_coefficient_(model.n_parameters - static_cast<int>(n_coefficients(calendar_))) {}

    void put(const double *p) {
        p_ = p;
        const double *const gamma = p + first_coefficient_;
        if (clock_ != nullptr && std::equal(gamma_.begin(), gamma_.end(), gamma)) return;
        gamma_.assign(gamma, gamma + n_coefficients(calendar_));
        clock_ = std::make_unique<CalendarClock>(calendar_, days_.begin, days_.n, gamma);
        if (n_dropout_columns(calendar_) > 0)
            leaving_ = std::make_unique<CalendarClock>(calendar_, days_.begin, days_.n, gamma, ClockOf::dropout);
    }
    double expected(const Row &row) const { return expected_purchases(orders_, p_, times(), row.days, horizon_); }
    double variance(const Row &row) const {
        return variance_of(expected(row), most_purchases,
                           [&](double n) { return purchase_pmf(orders_, p_, times(), row.days, horizon_, n); });
    }

private:
    ClockTimes times() const {
        return {days_.begin, days_.n, clock_->times(), UINT32_MAX, leaving_ == nullptr ? nullptr : leaving_->times()};
    }

    const OrdersFamily &orders_;
    const Calendar &calendar_;
    DayRange days_;
    double horizon_;
    int first_coefficient_;
    const double *p_ = nullptr;
    std::vector<double> gamma_;
    std::unique_ptr<CalendarClock> clock_, leaving_;
};

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

    // Variances are needed to a few digits: of many rows a sample tells how they go with the expectations, whose sum is
    // known.
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

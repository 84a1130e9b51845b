// What a model of orders predicts for many customers within a horizon, at any parameters: in days or on the clock of a
// calendar, with the variance that totals of them need.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/customer.hpp"
#include "core/fit/clock_times.hpp"
#include "core/fit/family.hpp"
#include "core/purchases/total_interval.hpp"
#include "core/rows/calendar_clock.hpp"

namespace cltv {

constexpr double most_purchases = 1e9;

// All numbers up to 128, then a trapezoid rule whose steps grow with the number but stay within half the standard
// deviation of a Poisson distribution with that mean: there the probabilities are smooth. The sum ends where the rest
// no longer changes the expectation or the variance. Ending where it no longer changes the probability would overlook a
// customer who has most likely left but, if not, will come often.
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
        // The sum over n + 1, ..., to of a function that is linear from n to there.
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

inline double prob_alive_after(const OrdersFamily &orders, const double *p, const ClockTimes &clock, const HistoryDays &days,
                               double horizon) {
    return leaves_in_time(orders, clock)
               ? orders.dated->prob_alive_after(p, clock.dated(days), horizon)
               : orders.prob_alive_after(p, clock.customer(days), clock.ahead(days.as_of, horizon));
}

// What a model predicts for customers within a horizon, at the parameters last put.
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

// The same for customers by their days, on the clock of a calendar, whose coefficients are the last parameters; without
// a calendar all days count as 1. The days are those of the clock, from the first customer's first day to the end of
// the horizon.
class AheadOnClock {
public:
    using Row = DatedCount;

    AheadOnClock(const OrdersFamily &orders, const ModelView &model, DayRange days, double horizon)
        : orders_(orders), calendar_(model.calendar), days_(days), horizon_(horizon),
          first_coefficient_(model.n_parameters - (calendar_ == nullptr ? 0 : static_cast<int>(n_coefficients(*calendar_)))) {}

    void put(const double *p) {
        p_ = p;
        if (calendar_ == nullptr) return;
        const double *const gamma = p + first_coefficient_;
        if (clock_ != nullptr && std::equal(gamma_.begin(), gamma_.end(), gamma)) return;
        gamma_.assign(gamma, gamma + n_coefficients(*calendar_));
        clock_ = std::make_unique<CalendarClock>(*calendar_, days_.begin, days_.n, gamma);
        if (n_dropout_columns(*calendar_) > 0)
            leaving_ = std::make_unique<CalendarClock>(*calendar_, days_.begin, days_.n, gamma, ClockOf::dropout);
    }
    // Sets a customer's own parameters of the form, on the same clock.
    void put_own(const double *own) { p_ = own; }
    double expected(const Row &row) const { return expected(row.days, horizon_); }
    double variance(const Row &row) const { return variance(row.days, horizon_); }

    double expected(const HistoryDays &days, double horizon) const { return expected_purchases(orders_, p_, times(), days, horizon); }
    double variance(const HistoryDays &days, double horizon) const {
        return variance_of(expected(days, horizon), most_purchases,
                           [&](double n) { return purchase_pmf(orders_, p_, times(), days, horizon, n); });
    }
    double alive_after(const HistoryDays &days, double horizon) const { return prob_alive_after(orders_, p_, times(), days, horizon); }

private:
    ClockTimes times() const {
        if (clock_ == nullptr) return {};
        return {days_.begin, days_.n, clock_->times(), UINT32_MAX, leaving_ == nullptr ? nullptr : leaving_->times()};
    }

    const OrdersFamily &orders_;
    const Calendar *calendar_;
    DayRange days_;
    double horizon_;
    int first_coefficient_;
    const double *p_ = nullptr;
    std::vector<double> gamma_;
    std::unique_ptr<CalendarClock> clock_, leaving_;
};

// The central interval of probability `level` for a count with this mean and variance, which is negative binomial or,
// with a variance below the mean, normal.
ConfidenceInterval count_interval(double mean, double variance, double level);

}  // namespace cltv

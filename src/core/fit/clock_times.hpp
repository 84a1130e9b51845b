// Customers on the clock of a calendar, and what models of orders say about them there.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/base/customer.hpp"
#include "core/base/day.hpp"
#include "core/fit/family.hpp"

namespace cltv {

// A customer: the number of repeat purchases, the first and the last day, and the day of the prediction.
struct HistoryDays {
    double frequency;
    Day first, last, as_of;
};

// The time on the clock at the beginning of each of n days and at the end of the last, from any origin. Beyond these
// days, and more than the given number of days after the day of a prediction, a day counts as 1. Without a clock all
// days do. The clock of dropout, if there is one, covers the same days.
struct ClockTimes {
    Day begin = 0;
    std::uint32_t n = 0;
    const double *times = nullptr;
    std::uint32_t ahead_at_most = UINT32_MAX;
    const double *leave_times = nullptr;

    // The clock's time a number of days after a day that it covers.
    double time(Day day, double after) const {
        const double whole = std::floor(after), rest = after - whole;
        const double *const at = times + (day - begin) + static_cast<std::size_t>(whole);
        return *at + (rest > 0 ? rest * (at[1] - at[0]) : 0);
    }

    Customer customer(const HistoryDays &days) const {
        if (times == nullptr)
            return {days.frequency, static_cast<double>(days.last - days.first),
                    static_cast<double>(days.as_of - days.first)};
        const double began = time(days.first, 0);
        return {days.frequency, time(days.last, 0) - began, time(days.as_of, 0) - began};
    }

    // How much of a horizon the clock covers, in days.
    double within(Day as_of, double horizon) const {
        return std::fmin(horizon, static_cast<double>(std::min(begin + n - as_of, ahead_at_most)));
    }

    // The length of a horizon after a day, on the clock.
    double ahead(Day as_of, double horizon) const {
        if (times == nullptr || std::isinf(horizon)) return horizon;
        const double known = within(as_of, horizon);
        return time(as_of, known) - time(as_of, 0) + (horizon - known);
    }

    DatedHistory dated(const HistoryDays &days) const {
        const Day began = days.first - begin;
        const std::uint32_t ahead = std::min(begin + n - days.as_of, ahead_at_most);
        return {days.frequency, days.last - days.first, days.as_of - days.first, days.as_of - days.first + ahead,
                times + began, leave_times == nullptr ? nullptr : leave_times + began};
    }
};

// Whether customers leave by days, not by the clock of purchases.
inline bool leaves_in_time(const OrdersFamily &orders, const ClockTimes &clock) {
    return clock.times != nullptr && orders.dated != nullptr;
}

inline double expected_purchases(const OrdersFamily &orders, const double *p, const ClockTimes &clock,
                                 const HistoryDays &days, double horizon) {
    return leaves_in_time(orders, clock)
               ? orders.dated->expected_purchases(p, clock.dated(days), horizon)
               : orders.expected_purchases(p, clock.customer(days), clock.ahead(days.as_of, horizon));
}

inline double purchase_pmf(const OrdersFamily &orders, const double *p, const ClockTimes &clock,
                           const HistoryDays &days, double horizon, double n) {
    return leaves_in_time(orders, clock)
               ? orders.dated->purchase_pmf(p, clock.dated(days), horizon, n)
               : orders.purchase_pmf(p, clock.customer(days), clock.ahead(days.as_of, horizon), n);
}

}  // namespace cltv

// When a customer orders next: the day by which an order has the given probability, from the probability of no order.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>

namespace cltv {

// A hundred years: a later order counts as none. Ten under a calendar, because each day has a weight.
constexpr double longest_wait = 36525, longest_dated_wait = 3652;

// The first whole day from 1 to `longest` by which an order has come with probability `prob` or more, where 0 < prob <
// 1; infinity if there is none. silence(days) = P(no order within that many days), which never rises and begins at 1.
template <class Silence>
double days_until_order(double prob, double longest, Silence &&silence) {
    constexpr double never = std::numeric_limits<double>::infinity();
    // For a small prob, 1 - prob would have rounded, so silence is subtracted instead; its last digit does not move the
    // day.
    const auto has_come = [&](double days) { return 1 - silence(days) >= prob; };
    if (longest < 1 || !has_come(longest)) return never;
    double before = 0, by = 1;
    while (!has_come(by)) {
        before = by;
        by = std::fmin(2 * by, longest);
    }
    while (by - before > 1) {
        const double middle = std::floor((before + by) / 2);
        (has_come(middle) ? by : before) = middle;
    }
    return by;
}

}  // namespace cltv

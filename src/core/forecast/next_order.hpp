// When a customer orders next: the day by which an order is as probable as is asked, from the probability that there is none.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cmath>
#include <limits>

namespace cltv {

// A hundred years: whoever orders later does not. Under a calendar ten, for each day has a weight.
constexpr double longest_wait = 36525, longest_dated_wait = 3652;

// The first whole day from 1 to `longest` by which an order has come with probability `prob` or more, above 0 and below 1;
// infinity where there is none. silence(days) = P(no order within so many days) never rises, and begins at 1.
template <class Silence>
double days_until_order(double prob, double longest, Silence &&silence) {
    constexpr double never = std::numeric_limits<double>::infinity();
    // 1 - prob has rounded where prob is small: the other way round, and the last digit of either does not move a day that is sure.
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

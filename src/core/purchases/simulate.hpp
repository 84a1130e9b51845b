// Orders of a simulated shop, drawn from a model of orders and one of spend.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/base/random.hpp"
#include "core/fit/family.hpp"

namespace cltv {

struct Order {
    std::int64_t customer_id;  // 1, 2, ...
    double at;                 // time since the beginning, in the unit of the orders model
    double amount;
};

// The clocks of a calendar, from the beginning of the simulation: their times at the beginning of each of n days, and
// at the end.
struct SimulatedDays {
    std::uint32_t n = 0;
    const double *times = nullptr;        // of purchases; nullptr without a calendar
    const double *leave_times = nullptr;  // of dropout; nullptr where that goes by days

    // The days after the beginning at which a clock shows a time; within the days.
    double day_of(const double *clock, double at) const {
        const double *const next = std::upper_bound(clock, clock + n, at);  // the first day that begins later
        const double began = next[-1];
        return static_cast<double>(next - clock - 1) + std::fmin((at - began) / (*next - began), 1 - 1e-9);
    }
    static double time_of(const double *clock, double day) {
        const double whole = std::floor(day), *const at = clock + static_cast<std::size_t>(whole);
        return *at + (day - whole) * (at[1] - *at);
    }

    // The length on the clock of purchases of a stay that begins at a time and has the given length on the clock of
    // dropout.
    double stay(double begin, double long_) const {
        const double came = day_of(times, begin);
        if (leave_times == nullptr) {
            const double left = came + long_;
            return left < n ? time_of(times, left) - begin : std::numeric_limits<double>::infinity();
        }
        const double left = time_of(leave_times, came) + long_;
        return left < leave_times[n] ? time_of(times, day_of(leave_times, left)) - begin : std::numeric_limits<double>::infinity();
    }
};

// Streams the orders customer by customer, each customer's in order of time. First purchases are spread evenly over the
// whole span. Plain data except for the models that it points to, and the same on every platform for the same seed.
class OrderStream {
public:
    OrderStream(const OrdersFamily &orders, const double *orders_parameters, const SpendFamily &spend,
                const double *spend_parameters, std::int64_t customers, double span, std::uint64_t seed,
                const SimulatedDays &days = {})
        : days_(days), orders_(orders), orders_parameters_(orders_parameters), spend_(spend), spend_parameters_(spend_parameters),
          customers_(customers), span_(span), random_(seed) {}

    // The next order; false after the last one.
    bool next(Order &order) {
        while (true) {
            if (purchase_ == none) {
                if (customer_ == customers_) return false;
                ++customer_;
                purchase_ = 0;
                begin_ = span_ * draw_uniform(random_);
                now_ = 0;
                traits_ = orders_.draw(orders_parameters_, random_);
                if (days_.times != nullptr && orders_.dated != nullptr) traits_.value[1] = days_.stay(begin_, traits_.value[1]);
                spend_traits_ = spend_.draw(spend_parameters_, random_);
            } else {
                ++purchase_;
                now_ = orders_.next_purchase(traits_, purchase_, now_, random_);
            }
            if (!(begin_ + now_ < span_)) {
                purchase_ = none;
                continue;
            }
            order = {customer_, begin_ + now_, spend_.next_spend(spend_traits_, random_)};
            return true;
        }
    }

private:
    static constexpr double none = -1;

    SimulatedDays days_;
    const OrdersFamily &orders_;
    const double *orders_parameters_;
    const SpendFamily &spend_;
    const double *spend_parameters_;
    std::int64_t customers_;
    double span_;
    Random random_;

    std::int64_t customer_ = 0;
    double purchase_ = none;  // number of the customer's last purchase, the first being 0
    double begin_ = 0, now_ = 0;
    Traits traits_{}, spend_traits_{};
};

}  // namespace cltv

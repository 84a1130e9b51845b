// Customers with the days of their purchases, as fits with a calendar read them: frequency, recency and tenure in days as
// always, which say the first and the last day, for all are looked at on one day; and on how many of them there were repeat
// purchases, whosesoever. Of what the calendar says of the purchases between a customer's first and last one only the sum
// over all customers matters, so that it needs no more.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/day.hpp"

namespace cltv {

// A row of a counted set. With a frequency below 0 it is no customer, but counts the repeat purchases on a day, the tenure
// being the days from it to as_of.
struct CalendarRow {
    double frequency, recency, tenure;
    double count;

    bool is_day() const { return frequency < 0; }
    static CalendarRow of_day(double before_as_of, double count) { return {-1, 0, before_as_of, count}; }
};
static_assert(sizeof(CalendarRow) == sizeof(CustomerCount));

// Sorted: days, the latest first, and then customers.
struct CalendarCustomers {
    View<CalendarRow> rows;
    Day as_of;

    std::size_t n_purchase_days() const {
        std::size_t n = 0;
        while (n < rows.size && rows[n].is_day()) ++n;
        return n;
    }
    View<CalendarRow> purchase_days() const { return {rows.data, n_purchase_days()}; }
    View<CalendarRow> customers() const {
        const std::size_t n = n_purchase_days();
        return {rows.data + n, rows.size - n};
    }
};

}  // namespace cltv

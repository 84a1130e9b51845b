// Customers with the days of their purchases, as fits with a calendar read them: frequency, recency and tenure in days
// as always, which give the first and the last day because all are observed until the same day; and the number of
// repeat purchases on each day, whoever made them. Of what the calendar says about the purchases between a customer's
// first and last one only the sum over all customers matters, so no more is needed.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/day.hpp"

namespace cltv {

// A row of a counted set. With a frequency below 0 it is not a customer, but counts the repeat purchases on a day; the
// tenure is then the number of days from it to as_of.
struct CalendarRow {
    double frequency, recency, tenure;
    double count;

    bool is_day() const { return frequency < 0; }
    static CalendarRow of_day(double before_as_of, double count) { return {-1, 0, before_as_of, count}; }
};
static_assert(sizeof(CalendarRow) == sizeof(CustomerCount));

// Sorted: first the days, the latest first, then the customers.
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

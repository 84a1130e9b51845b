// Time on the clock of a calendar: days count by their weight, e^(coefficients times numbers), so that a purchase rate
// that goes up and down with the calendar is constant on this clock. After W. Feller: An Introduction to Probability
// Theory and Its Applications II, 1971, on inhomogeneous Poisson processes: the rate lambda w(t) is lambda in the time
// that is the integral of w.
//
// A day's weight holds until the next day begins; an event at the moment that a day begins has the weight of that day.
// The mean over the calendar's reference days is 1, so a rate is still per day. Closed days have the weight 0.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstdint>
#include <vector>

#include "core/rows/calendar.hpp"

namespace cltv {

// What columns of a calendar act on. There is a clock for each: of purchases, and of dropout, on which all days are
// open.
enum class ClockOf { purchases, dropout };

// The numbers with coefficients on a range of days, a row per day, and which days are open.
class CalendarDesign {
public:
    CalendarDesign(const Calendar &calendar, Day begin, std::uint32_t n, ClockOf side = ClockOf::purchases);

    std::uint32_t n_days() const { return n_; }
    std::uint32_t n_coefficients() const { return k_; }
    const double *row(std::uint32_t day) const { return values_.data() + std::size_t{day} * k_; }
    double *row(std::uint32_t day) { return values_.data() + std::size_t{day} * k_; }
    bool is_open(std::uint32_t day) const { return open_[day] != 0; }

    // The sum of coefficients times numbers.
    double predictor(std::uint32_t day, const double *coefficients) const {
        double sum = 0;
        for (std::uint32_t i = 0; i < k_; ++i) sum += coefficients[i] * row(day)[i];
        return sum;
    }

private:
    std::uint32_t n_, k_;
    std::vector<double> values_;
    std::vector<char> open_;
};

// The number of columns with a coefficient, which are all but `closed`; the number of these that act on purchases,
// which come first; and which column of the calendar a coefficient belongs to.
std::uint32_t n_coefficients(const Calendar &calendar);
std::uint32_t n_coefficients(const Calendar &calendar, ClockOf side);
std::uint32_t column_of_coefficient(const Calendar &calendar, std::uint32_t coefficient);

// ln of the mean of e^predictor over the open days of a design, where the mean is over all of its days.
double log_mean_weight(const CalendarDesign &design, const double *coefficients);

// The clock over a number of days from a given day. The coefficients are those of the whole calendar.
class CalendarClock {
public:
    CalendarClock(const Calendar &calendar, Day begin, std::uint32_t n, const double *coefficients,
                  ClockOf side = ClockOf::purchases);

    Day begin() const { return begin_; }
    Day end() const { return begin_ + static_cast<Day>(weights_.size()); }
    const double *times() const { return times_.data(); }  // of each day, and of the end

    double weight(Day day) const { return weights_[day - begin_]; }
    // The time from the beginning to the start of a day, which may be the end.
    double time(Day day) const { return times_[day - begin_]; }
    // The time up to a moment that many days after the start of a day.
    double time(Day day, double after) const;

private:
    Day begin_;
    std::vector<double> weights_, times_;
};

}  // namespace cltv

#include "core/rows/calendar_clock.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cltv {

std::uint32_t n_coefficients(const Calendar &calendar) {
    return calendar.n_columns - (closed_column(calendar) == no_column ? 0 : 1);
}

std::uint32_t column_of_coefficient(const Calendar &calendar, std::uint32_t coefficient) {
    return coefficient + (closed_column(calendar) <= coefficient ? 1 : 0);
}

std::uint32_t n_coefficients(const Calendar &calendar, ClockOf side) {
    const std::uint32_t of_dropout = n_dropout_columns(calendar);
    return side == ClockOf::dropout ? of_dropout : n_coefficients(calendar) - of_dropout;
}

CalendarDesign::CalendarDesign(const Calendar &calendar, Day begin, std::uint32_t n, ClockOf side)
    : n_(n), k_(cltv::n_coefficients(calendar, side)), values_(std::size_t{n} * k_), open_(n, 1) {
    const std::uint32_t closed = closed_column(calendar), columns = calendar.n_columns;
    const std::uint32_t of_purchases = columns - n_dropout_columns(calendar);
    const std::uint32_t from = side == ClockOf::purchases ? 0 : of_purchases;
    const std::uint32_t to = side == ClockOf::purchases ? of_purchases : columns;
    std::vector<double> all(columns);
    for (std::uint32_t day = 0; day < n; ++day) {
        fill_days(calendar, begin + day, 1, all.data());
        double *at = row(day);
        for (std::uint32_t column = from; column < to; ++column)
            if (column == closed)
                open_[day] = all[column] == 0;
            else
                *at++ = all[column];
    }
}

double log_mean_weight(const CalendarDesign &design, const double *coefficients) {
    double highest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (std::uint32_t day = 0; day < design.n_days(); ++day)
        if (design.is_open(day)) highest = std::fmax(highest, design.predictor(day, coefficients));
    for (std::uint32_t day = 0; day < design.n_days(); ++day)
        if (design.is_open(day)) sum += std::exp(design.predictor(day, coefficients) - highest);
    return highest + std::log(sum / design.n_days());
}

CalendarClock::CalendarClock(const Calendar &calendar, Day begin, std::uint32_t n, const double *coefficients, ClockOf side)
    : begin_(begin), weights_(n), times_(std::size_t{n} + 1) {
    if (side == ClockOf::dropout) coefficients += n_coefficients(calendar, ClockOf::purchases);
    const DayRange reference = reference_days(calendar);
    const double log_mean = log_mean_weight(CalendarDesign(calendar, reference.begin, reference.n, side), coefficients);
    const CalendarDesign design(calendar, begin, n, side);
    for (std::uint32_t day = 0; day < n; ++day) {
        weights_[day] = design.is_open(day) ? std::exp(design.predictor(day, coefficients) - log_mean) : 0;
        times_[day + 1] = times_[day] + weights_[day];
    }
}

double CalendarClock::time(Day day, double after) const {
    const double whole = std::floor(after);
    const std::size_t at = day - begin_ + static_cast<std::size_t>(whole);
    const double rest = after - whole;
    return times_[at] + (rest > 0 ? rest * weights_[at] : 0);
}

}  // namespace cltv

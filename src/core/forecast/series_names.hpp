// What forms of models of series, and what was learnt of them, are called.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <vector>

#include "core/base/day.hpp"
#include "core/forecast/series_fit.hpp"

namespace cltv {

// In so many bytes at most.
constexpr std::size_t longest_series_name = 64;
using SeriesName = char[longest_series_name];
void write_series_form(SeriesName &name, SeriesFamily family, const SeriesOrders &orders, int m);
void write_series_parameter(SeriesName &name, SeriesFamily family, const SeriesOrders &orders, int number);

// A number that was learnt, with its standard error, NaN where it cannot be told.
struct SeriesCoefficient {
    SeriesName name;
    int column;  // of the calendar, whose names are not known here; -1: the name is
    double estimate, std_error;
};

// The parameters, and of a regression its coefficients. first_weekday: of the first period, where periods are days; 0 is Monday. last:
// the last day of the series.
std::vector<SeriesCoefficient> series_coefficients(const std::vector<double> &y, const SeriesFit &fit, int m, int first_weekday, Day last,
                                                   const SeriesColumns &columns);

}  // namespace cltv

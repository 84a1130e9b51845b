// Names for the forms of series models and for their coefficients.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <vector>

#include "core/base/day.hpp"
#include "core/forecast/series_fit.hpp"

namespace cltv {

// In bytes.
constexpr std::size_t longest_series_name = 64;
using SeriesName = char[longest_series_name];
void write_series_form(SeriesName &name, SeriesFamily family, const SeriesOrders &orders, int m);
void write_series_parameter(SeriesName &name, SeriesFamily family, const SeriesOrders &orders, int number);

// A fitted number with its standard error, which is NaN where it cannot be determined.
struct SeriesCoefficient {
    SeriesName name;
    int column;  // of the calendar, whose names are not known here; -1: use name
    double estimate, std_error;
};

// The parameters and, for a regression, its coefficients. first_weekday: the weekday of the first period, where periods
// are days; 0 is Monday. last: the last day of the series.
std::vector<SeriesCoefficient> series_coefficients(const std::vector<double> &y, const SeriesFit &fit, int m, int first_weekday, Day last,
                                                   const SeriesColumns &columns);

}  // namespace cltv

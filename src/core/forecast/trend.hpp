// A bending trend, seasons of the year and the week, and noise, as one regression.
//
// The form is that of S. J. Taylor, B. Letham: Forecasting at Scale, The American Statistician 72 (2018) 37-45: a line
// whose slope changes at points set beforehand, and seasons of sines and cosines. Here changes and seasons are normal
// around 0 (a ridge), with variances that maximise the restricted likelihood (H. D. Patterson, R. Thompson, Biometrika
// 58 (1971) 545-554), so everything is solved exactly: no sampling, and the same answer every time.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/forecast/series_fit.hpp"

namespace cltv {

// What SeriesOrders hold: the number of change points, the waves of the year, 1 for days of the week, 1 for a calendar.
struct TrendOrders {
    int changes = 0, waves = 0, week = 0, calendar = 0;

    static TrendOrders of(const SeriesOrders &o) { return {o[0], o[1], o[2], o[3]}; }
    SeriesOrders orders() const {
        return {static_cast<std::int8_t>(changes), static_cast<std::int8_t>(waves), static_cast<std::int8_t>(week),
                static_cast<std::int8_t>(calendar)};
    }
};
constexpr int most_trend_changes = 25, most_trend_waves = 10;

// The standard deviations, relative to that of the noise, of a change of the slope over the length of the series, of a
// wave, of a day of the week, and of a calendar column's effect over its range; those that there are.
inline int trend_parameters(const TrendOrders &orders) {
    return (orders.changes > 0) + (orders.waves > 0) + (orders.week > 0) + (orders.calendar > 0);
}

// periods_of_year: the number of periods in a year, 365.2425 for days; days: whether periods are days. Columns must
// reach at least to the last period; without any there is no calendar.
SeriesFit fit_trend(const std::vector<double> &y, double periods_of_year, bool days, const SeriesColumns &columns, Stop stop);
SeriesForecast forecast_trend(const std::vector<double> &y, const SeriesFit &fit, double periods_of_year, const SeriesColumns &columns,
                              int periods);

// The coefficients of the regression, given the scales: level and slope (per period) at the first period, changes of
// the slope, sines and cosines, days of the week (seven, beginning with that of the first period), columns of the
// calendar (per unit).
struct TrendCoefficients {
    std::vector<double> estimates, std_errors;
};
TrendCoefficients trend_coefficients(const std::vector<double> &y, const SeriesFit &fit, double periods_of_year,
                                     const SeriesColumns &columns);

}  // namespace cltv

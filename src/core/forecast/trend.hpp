// A trend that bends, seasons of the year and the week, and noise, as one regression.
//
// The form is that of S. J. Taylor, B. Letham: Forecasting at Scale, The American Statistician 72 (2018) 37-45: a line whose slope
// changes at places set beforehand, and seasons of sines and cosines. Here changes and seasons are normal around 0 (a ridge), with
// variances that maximise the restricted likelihood (H. D. Patterson, R. Thompson, Biometrika 58 (1971) 545-554), so that
// everything is solved exactly: no sampling, and the same answer every time.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/forecast/series_fit.hpp"

namespace cltv {

// What SeriesOrders hold of it: places where the slope may change, waves of the year, 1 for days of the week, 1 for a calendar.
struct TrendOrders {
    int changes = 0, waves = 0, week = 0, calendar = 0;

    static TrendOrders of(const SeriesOrders &o) { return {o[0], o[1], o[2], o[3]}; }
    SeriesOrders orders() const {
        return {static_cast<std::int8_t>(changes), static_cast<std::int8_t>(waves), static_cast<std::int8_t>(week),
                static_cast<std::int8_t>(calendar)};
    }
};
constexpr int most_trend_changes = 25, most_trend_waves = 10;

// The standard deviations of a change of the slope over the length of the series, of a wave, of a day of the week, of what a column of
// the calendar does from its least to its largest number, each over that of the noise: those that there are.
inline int trend_parameters(const TrendOrders &orders) {
    return (orders.changes > 0) + (orders.waves > 0) + (orders.week > 0) + (orders.calendar > 0);
}

// periods_of_year: how many periods a year has, 365.2425 for days; days: whether periods are days. Columns reach to the last period
// at least, without any there is no calendar.
SeriesFit fit_trend(const std::vector<double> &y, double periods_of_year, bool days, const SeriesColumns &columns, Stop stop);
SeriesForecast forecast_trend(const std::vector<double> &y, const SeriesFit &fit, double periods_of_year, const SeriesColumns &columns,
                              int periods);

// What was learnt of the regression itself, at the scales that count as known: level and slope (a period) at the first one, changes of
// the slope, sines and cosines, days of the week (seven, the first period's first), columns of the calendar (by one of their units).
struct TrendCoefficients {
    std::vector<double> estimates, std_errors;
};
TrendCoefficients trend_coefficients(const std::vector<double> &y, const SeriesFit &fit, double periods_of_year,
                                     const SeriesColumns &columns);

}  // namespace cltv

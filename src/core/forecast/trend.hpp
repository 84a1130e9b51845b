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

// What SeriesOrders hold of it: places where the slope may change, waves of the year, 1 for days of the week.
struct TrendOrders {
    int changes = 0, waves = 0, week = 0;

    static TrendOrders of(const SeriesOrders &o) { return {o[0], o[1], o[2]}; }
    SeriesOrders orders() const {
        return {static_cast<std::int8_t>(changes), static_cast<std::int8_t>(waves), static_cast<std::int8_t>(week)};
    }
};
constexpr int most_trend_changes = 25, most_trend_waves = 10;

// The standard deviations of a change of the slope over the length of the series, of a wave, of a day of the week, each over that of
// the noise: those that there are.
inline int trend_parameters(const TrendOrders &orders) { return (orders.changes > 0) + (orders.waves > 0) + (orders.week > 0); }

// periods_of_year: how many periods a year has, 365.2425 for days; days: whether periods are days.
SeriesFit fit_trend(const std::vector<double> &y, double periods_of_year, bool days, Stop stop);
SeriesForecast forecast_trend(const std::vector<double> &y, const SeriesFit &fit, double periods_of_year, int periods);

}  // namespace cltv

// The theta method: what is left of a season goes on at the level of exponential smoothing, by half the slope of a line through all
// of it.
//
// V. Assimakopoulos, K. Nikolopoulos, International Journal of Forecasting 16 (2000) 521-530; as smoothing with drift, R. J. Hyndman,
// B. Billah, International Journal of Forecasting 19 (2003) 287-290.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/forecast/holt_winters.hpp"
#include "core/forecast/series_fit.hpp"

namespace cltv {

// alpha, the level before the first period, and the drift: by how much it goes up in each period to come.
constexpr int theta_parameters = 3;

// A season is taken off where values a season apart go together (autocorrelation at 10 %), of more than two seasons: by division where
// all values are positive.
SeriesFit fit_theta(const std::vector<double> &y, int m, Stop stop);
// The variances are those of the smoothing, in units of the season where it multiplies; the drift counts as known.
SeriesForecast forecast_theta(const std::vector<double> &y, const SeriesFit &fit, int m, int periods);

// Of alpha and the level, by the curvature of the likelihood; NaN of the drift, which is set and not fitted.
std::vector<double> theta_errors(const std::vector<double> &y, const SeriesFit &fit, int m);

}  // namespace cltv

// The theta method: after removal of a season, the series goes on from the level of exponential smoothing, with half
// the slope of a line through all of it.
//
// V. Assimakopoulos, K. Nikolopoulos, International Journal of Forecasting 16 (2000) 521-530; as smoothing with drift, R. J. Hyndman,
// B. Billah, International Journal of Forecasting 19 (2003) 287-290.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/forecast/holt_winters.hpp"
#include "core/forecast/series_fit.hpp"

namespace cltv {

// alpha, the level before the first period, and the drift: the rise per period to come.
constexpr int theta_parameters = 3;

// A season is removed where values a season apart are correlated (autocorrelation at 10 %) and there are more than two
// seasons: by division where all values are positive.
SeriesFit fit_theta(const std::vector<double> &y, int m, Stop stop);
// The variances are those of the smoothing, scaled by the season where it is multiplicative; the drift counts as known.
SeriesForecast forecast_theta(const std::vector<double> &y, const SeriesFit &fit, int m, int periods);

// Standard errors of alpha and the level from the curvature of the likelihood; NaN for the drift, which is set and not
// fitted.
std::vector<double> theta_errors(const std::vector<double> &y, const SeriesFit &fit, int m);

}  // namespace cltv

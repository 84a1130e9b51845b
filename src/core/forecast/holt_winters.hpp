// Holt's trend and Winters' season: exponential smoothing by least squares.
//
// C. C. Holt, ONR Memorandum 52 (1957), reprinted in International Journal of Forecasting 20 (2004) 5-10; P. R.
// Winters, Management Science 6 (1960) 324-342. The initial states are set and not estimated, as in R's HoltWinters:
// level and slope from a line through the centred means of the first two seasons, and the season from what that leaves;
// for a trend alone, the second value and its step from the first.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/forecast/series_fit.hpp"

namespace cltv {

enum class Season : std::int8_t { none = 0, additive = 1, multiplicative = 2 };  // SeriesOrders begin with it

// alpha, beta and, with a season, gamma: all between 0 and 1, both included.
inline int holt_winters_parameters(Season season) { return season == Season::none ? 2 : 3; }

// The sum of squared errors of the predictions one period ahead.
double holt_winters_squares(const std::vector<double> &y, Season season, int m, const double *parameters);

// A season needs two of its cycles to be seen; a shorter series has a trend alone. A multiplicative season needs
// positive values. The variance is that of the errors; with a multiplicative season, that of the errors relative to the
// predictions.
SeriesFit fit_holt_winters(const std::vector<double> &y, bool multiplies, int m, Stop stop);

// The means are those of the method. The variances are those of the state-space model with the same smoothing:
// ETS(A,A,A), or ETS(M,A,M), whose season follows the level before the period where Winters' follows the one after.
SeriesForecast forecast_holt_winters(const std::vector<double> &y, const SeriesFit &fit, int m, int periods);

// Standard errors of alpha, beta and gamma from the curvature of n/2 ln of the sum of squares; NaN for those at 0 or 1.
std::vector<double> holt_winters_errors(const std::vector<double> &y, const SeriesFit &fit, int m);

}  // namespace cltv

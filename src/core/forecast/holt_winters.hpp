// Holt's trend and Winters' season: exponential smoothing by least squares.
//
// C. C. Holt, ONR Memorandum 52 (1957), reprinted in International Journal of Forecasting 20 (2004) 5-10; P. R. Winters, Management
// Science 6 (1960) 324-342. Where the smoothing begins is set and not estimated, as in R's HoltWinters: level and slope by a line
// through centred means of the first two seasons, and their season; of a trend alone, the second value and its step from the first.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/forecast/series_fit.hpp"

namespace cltv {

enum class Season : std::int8_t { none = 0, additive = 1, multiplicative = 2 };  // SeriesOrders begin with it

// alpha, beta and, of a season, gamma: all between 0 and 1, both included.
inline int holt_winters_parameters(Season season) { return season == Season::none ? 2 : 3; }

// The sum of squares of what was off by one period ahead.
double holt_winters_squares(const std::vector<double> &y, Season season, int m, const double *parameters);

// A season takes two of them to be seen: without, it is a trend alone. A season that multiplies is of positive values only. The
// variance is that of the errors, of a season that multiplies as shares of what was predicted.
SeriesFit fit_holt_winters(const std::vector<double> &y, bool multiplies, int m, Stop stop);

// The means are those of the method. The variances are those of the state-space model with the same smoothing: ETS(A,A,A), or
// ETS(M,A,M), whose season follows the level before where Winters' follows the one after.
SeriesForecast forecast_holt_winters(const std::vector<double> &y, const SeriesFit &fit, int m, int periods);

// Of alpha, beta, gamma, by the curvature of n/2 ln of the sum of squares; NaN of those at 0 or 1.
std::vector<double> holt_winters_errors(const std::vector<double> &y, const SeriesFit &fit, int m);

}  // namespace cltv

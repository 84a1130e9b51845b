// Seasonal ARIMA models: (1 - phi B ...)(1 - Phi B^m ...) w_t = (1 + theta B ...)(1 + Theta B^m ...) e_t of the differences
// w = (1 - B)^d (1 - B^m)^D y less their mean.
//
// The likelihood is exact, from the Kalman filter of the differences, which are stationary: A. C. Harvey: Forecasting,
// Structural Time Series Models and the Kalman Filter, 1989, section 3.3; mean and variance are concentrated out. The
// orders are found as by R. J. Hyndman, Y. Khandakar: Automatic Time Series Forecasting, Journal of Statistical
// Software 27 (2008) no. 3.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/forecast/series_fit.hpp"

namespace cltv {

// SeriesOrders hold p, d, q, P, D, Q, and 1 for a mean of the differences (with one difference: a drift).
struct ArimaOrders {
    int p = 0, d = 0, q = 0, P = 0, D = 0, Q = 0;
    bool mean = false;

    static ArimaOrders of(const SeriesOrders &o) { return {o[0], o[1], o[2], o[3], o[4], o[5], o[6] != 0}; }
    SeriesOrders orders() const {
        return {static_cast<std::int8_t>(p), static_cast<std::int8_t>(d), static_cast<std::int8_t>(q), static_cast<std::int8_t>(P),
                static_cast<std::int8_t>(D), static_cast<std::int8_t>(Q), static_cast<std::int8_t>(mean)};
    }
    int coefficients() const { return p + q + P + Q; }
};

constexpr int most_arima_lags = 5, most_arima_seasonal_lags = 2, most_arima_differences = 2;

// phi, theta, Phi, Theta, and the mean.
inline int arima_parameters(const ArimaOrders &orders) { return orders.coefficients() + orders.mean; }

// The fit of these orders. Its variance is that of maximum likelihood: the sum of squares over the number of
// differences.
SeriesFit fit_arima(const std::vector<double> &y, const ArimaOrders &orders, int m, Stop stop);

// The best fit by the corrected criterion, in a stepwise search from four starts. Tests decide on the differences:
// seasonal ones where a season explains more than 64 % of the variation around the trend (X. Wang, K. Smith, R.
// Hyndman, Data Mining and Knowledge Discovery 13 (2006) 335-364), plain ones where the level is not stationary (D.
// Kwiatkowski, P. C. B. Phillips, P. Schmidt, Y. Shin, Journal of Econometrics 54 (1992) 159-178, at 5 %).
SeriesFit choose_arima(const std::vector<double> &y, int m, Stop stop);

// Means and variances of the periods after the last one. The variances contain the noise to come and the uncertainty of
// a mean or drift; the other parameters count as known.
SeriesForecast forecast_arima(const std::vector<double> &y, const SeriesFit &fit, int m, int periods);

// Standard errors of the parameters from the curvature of the likelihood; NaN where it has no maximum, as at the border
// of invertibility.
std::vector<double> arima_errors(const std::vector<double> &y, const SeriesFit &fit, int m);

}  // namespace cltv

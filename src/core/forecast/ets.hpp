// Exponential smoothing as state-space models of errors, trend and season: ETS.
//
// R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder: Forecasting with Exponential Smoothing, 2008 (chapters 2, 5, 6); the
// automatic choice is that of R. J. Hyndman, A. B. Koehler, R. D. Snyder, S. Grose, International Journal of Forecasting 18 (2002)
// 439-454. Of the 18 forms with additive trends, the three whose additive errors meet multiplicative seasons are unstable.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/forecast/series_fit.hpp"

namespace cltv {

enum class Component : std::int8_t { none = 0, additive = 1, multiplicative = 2, damped = 3 };

// What SeriesOrders hold: the error (additive or multiplicative), the trend (none, additive, damped), the season.
struct EtsForm {
    Component error = Component::additive, trend = Component::none, season = Component::none;

    static EtsForm of(const SeriesOrders &orders) {
        return {static_cast<Component>(orders[0]), static_cast<Component>(orders[1]), static_cast<Component>(orders[2])};
    }
    SeriesOrders orders() const {
        return {static_cast<std::int8_t>(error), static_cast<std::int8_t>(trend), static_cast<std::int8_t>(season)};
    }
    bool is_stable() const {
        return (error == Component::additive || error == Component::multiplicative) && trend != Component::multiplicative &&
               season != Component::damped && !(error == Component::additive && season == Component::multiplicative);
    }
    bool needs_positive() const { return error == Component::multiplicative || season == Component::multiplicative; }
};

// alpha, beta (trend), phi (damped), gamma (season), level, slope (trend), and a season's m states, beginning with the
// first period's.
int ets_parameters(const EtsForm &form, int m);

// -1/2 (n ln sum of squared errors + 2 sum of ln |predicted| for multiplicative errors): the log-likelihood up to a
// constant that all forms share. -infinity where a multiplicative form meets a value that is not positive.
double ets_log_likelihood(const std::vector<double> &y, const EtsForm &form, int m, const std::vector<double> &parameters);

// The fit of a form. Its variance is the sum of squares over the number of periods less the free parameters.
SeriesFit fit_ets(const std::vector<double> &y, const EtsForm &form, int m, Stop stop);

// The best fit by the corrected criterion among all stable forms. m = 1: there is no season.
SeriesFit choose_ets(const std::vector<double> &y, int m, Stop stop);

// Means and variances of the periods after the last one, exact for normal errors. Section 6.3 of the book has formulas
// by classes of forms; here the second moments of the states are carried along, which covers multiplicative seasons
// too.
SeriesForecast forecast_ets(const std::vector<double> &y, const SeriesFit &fit, int m, int periods);

// Standard errors of the parameters from the curvature of the likelihood. Weights at a bound are held there and their
// errors are NaN, as all errors are where it is no maximum.
std::vector<double> ets_errors(const std::vector<double> &y, const SeriesFit &fit, int m);

}  // namespace cltv

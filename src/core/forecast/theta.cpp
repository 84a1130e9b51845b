#include "core/forecast/theta.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/forecast/decompose.hpp"
#include "core/forecast/ets.hpp"

namespace cltv {

namespace {

// Whether the autocorrelation at a season's length exceeds what those at shorter lags leave to chance.
bool has_season(const std::vector<double> &y, int m) {
    const int n = static_cast<int>(y.size());
    if (m < 2 || n <= 2 * m) return false;
    const double mean = std::accumulate(y.begin(), y.end(), 0.0) / n;
    std::vector<double> covariance(m + 1, 0);
    for (int lag = 0; lag <= m; ++lag)
        for (int t = lag; t < n; ++t) covariance[lag] += (y[t] - mean) * (y[t - lag] - mean);
    if (!(covariance[0] > 0)) return false;
    double squares = 0;
    for (int lag = 1; lag < m; ++lag) squares += std::pow(covariance[lag] / covariance[0], 2);
    constexpr double bound = 1.6448536269514722;  // 95 % of a normal distribution lie below
    return std::fabs(covariance[m] / covariance[0]) > bound * std::sqrt((1 + 2 * squares) / n);
}

std::vector<double> season_in(const std::vector<double> &y, Season season, int m) {
    if (season == Season::none) return {0};
    const int n = static_cast<int>(y.size());
    return season_of(y.data(), n, m, centred_means(y.data(), n, m), season == Season::multiplicative);
}

std::vector<double> without_season(const std::vector<double> &y, Season season, int m) {
    std::vector<double> rest = y;
    const std::vector<double> places = season_in(y, season, m);
    for (std::size_t t = 0; t < y.size(); ++t) {
        const double place = places[t % places.size()];
        rest[t] = season == Season::multiplicative ? y[t] / place : y[t] - place;
    }
    return rest;
}

}  // namespace

SeriesFit fit_theta(const std::vector<double> &y, int m, Stop stop) {
    SeriesFit fit;
    const bool positive = std::all_of(y.begin(), y.end(), [](double value) { return value > 0; });
    const Season season = !has_season(y, m) ? Season::none : positive ? Season::multiplicative : Season::additive;
    const std::vector<double> rest = without_season(y, season, m);
    const SeriesFit smoothing = fit_ets(rest, EtsForm{}, 1, stop);
    if (smoothing.family == SeriesFamily::none) return fit;
    const double n = static_cast<double>(rest.size()), middle = (n - 1) / 2;
    double xx = 0, xy = 0;
    for (std::size_t t = 0; t < rest.size(); ++t) {
        xx += (static_cast<double>(t) - middle) * (static_cast<double>(t) - middle);
        xy += (static_cast<double>(t) - middle) * rest[t];
    }
    fit = smoothing;
    fit.family = SeriesFamily::theta;
    fit.orders = {static_cast<std::int8_t>(season)};
    fit.parameters.push_back(xy / xx / 2);
    fit.aicc = corrected_criterion(fit.log_likelihood, theta_parameters + 1, n);
    return fit;
}

SeriesForecast forecast_theta(const std::vector<double> &y, const SeriesFit &fit, int m, int periods) {
    const auto season = static_cast<Season>(fit.orders[0]);
    const double alpha = fit.parameters[0], drift = fit.parameters[2];
    double level = fit.parameters[1];
    for (const double value : without_season(y, season, m)) level += alpha * (value - level);
    // The line lies above the smoothed level, which lags behind it by (1 - alpha)/alpha steps.
    const double ahead = (1 - std::pow(1 - alpha, static_cast<double>(y.size()))) / alpha;
    const std::vector<double> places = season_in(y, season, m);
    SeriesForecast forecast;
    for (int h = 0; h < periods; ++h) {
        const double place = places[(y.size() + h) % places.size()], mean = level + drift * (h + ahead);
        const double unit = season == Season::multiplicative ? place : 1;
        forecast.mean.push_back(season == Season::multiplicative ? mean * place : mean + place);
        forecast.variance.push_back(fit.variance * unit * unit * (1 + h * alpha * alpha));
    }
    return forecast;
}

std::vector<double> theta_errors(const std::vector<double> &y, const SeriesFit &fit, int m) {
    SeriesFit smoothing = fit;
    smoothing.orders = EtsForm{}.orders();
    smoothing.parameters.pop_back();
    std::vector<double> errors = ets_errors(without_season(y, static_cast<Season>(fit.orders[0]), m), smoothing, 1);
    errors.push_back(std::numeric_limits<double>::quiet_NaN());
    return errors;
}

}  // namespace cltv

#include "core/forecast/holt_winters.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/eigen.hpp"
#include "core/forecast/curvature.hpp"
#include "core/forecast/decompose.hpp"
#include "core/forecast/ets.hpp"
#include "core/forecast/minimise.hpp"

namespace cltv {

namespace {

struct Smoothed {
    double level = 0, slope = 0;
    std::vector<double> season;  // of the period t at t modulo m
    double squares = 0, relative = 0;  // of the errors, and of the errors relative to the predictions
    int n = 0;
};

Season season_in(const SeriesFit &fit) { return static_cast<Season>(fit.orders[0]); }

Smoothed smooth(const std::vector<double> &y, Season season, int m, const double *parameters) {
    const double alpha = parameters[0], beta = parameters[1], gamma = season == Season::none ? 0 : parameters[2];
    const bool multiplies = season == Season::multiplicative;
    const std::size_t length = season == Season::none ? 1 : static_cast<std::size_t>(m);
    Smoothed at;
    std::size_t begin = 2;
    if (season == Season::none) {
        at.level = y[1];
        at.slope = y[1] - y[0];
        at.season = {0};
    } else {
        const std::vector<double> means = centred_means(y.data(), 2 * m, m);
        at.season = season_of(y.data(), 2 * m, m, means, multiplies);
        double n = 0, middle = 0, mean = 0, xx = 0, xy = 0;
        for (const double value : means)
            if (!std::isnan(value)) {
                middle += ++n;
                mean += value;
            }
        middle /= n;
        mean /= n;
        double x = 0;
        for (const double value : means)
            if (!std::isnan(value)) {
                ++x;
                xx += (x - middle) * (x - middle);
                xy += (x - middle) * (value - mean);
            }
        at.slope = xy / xx;
        at.level = mean - at.slope * middle;
        begin = length;
    }
    for (std::size_t t = begin; t < y.size(); ++t) {
        double &place = at.season[t % length];
        const double before = at.level + at.slope, foretold = multiplies ? before * place : before + place, off = y[t] - foretold;
        at.squares += off * off;
        at.relative += off / foretold * (off / foretold);
        ++at.n;
        const double level = alpha * (multiplies ? y[t] / place : y[t] - place) + (1 - alpha) * before;
        at.slope = beta * (level - at.level) + (1 - beta) * at.slope;
        at.level = level;
        if (season != Season::none) place = gamma * (multiplies ? y[t] / level : y[t] - level) + (1 - gamma) * place;
    }
    return at;
}

}  // namespace

double holt_winters_squares(const std::vector<double> &y, Season season, int m, const double *parameters) {
    return smooth(y, season, m, parameters).squares;
}

SeriesFit fit_holt_winters(const std::vector<double> &y, bool multiplies, int m, Stop stop) {
    SeriesFit fit;
    const bool has_season = m > 1 && y.size() >= 2 * static_cast<std::size_t>(m);
    const Season season = !has_season ? Season::none : multiplies ? Season::multiplicative : Season::additive;
    if (season == Season::multiplicative && !std::all_of(y.begin(), y.end(), [](double value) { return value > 0; })) return fit;
    const int k = holt_winters_parameters(season);
    if (y.size() < 4) return fit;
    double largest = 0;
    for (const double value : y) largest = std::fmax(largest, std::fabs(value));
    // A series that is known up to rounding has errors of that size.
    const double least = std::pow(1e-12 * largest, 2) * static_cast<double>(y.size());
    const auto weights_at = [k](const Eigen::VectorXd &x) {
        std::vector<double> weights(k);
        for (int i = 0; i < k; ++i) weights[i] = 0.5 - 0.5 * std::cos(x(i));  // from 0 to 1, both included
        return weights;
    };
    const auto value = [&](const Eigen::VectorXd &x) {
        poll(stop);
        return std::log(std::fmax(holt_winters_squares(y, season, m, weights_at(x).data()), least));
    };
    Minimum best;
    for (const double alpha : {0.1, 0.3, 0.8})
        for (const double other : {0.05, 0.3}) {
            Eigen::VectorXd x = Eigen::VectorXd::Constant(k, std::acos(1 - 2 * other));
            x(0) = std::acos(1 - 2 * alpha);
            const Minimum end = minimise_by_differences(value, x, 500, 1e-14, stop);
            if (end.value < best.value) best = end;
        }
    if (!std::isfinite(best.value)) return fit;
    fit.parameters = weights_at(best.point);
    const Smoothed at = smooth(y, season, m, fit.parameters.data());
    if (!std::isfinite(at.squares) || !std::isfinite(at.relative) || at.n <= k) return fit;
    fit.family = multiplies ? SeriesFamily::holt_winters_multiplicative : SeriesFamily::holt_winters;
    fit.orders[0] = static_cast<std::int8_t>(season);
    fit.variance = (season == Season::multiplicative ? at.relative : at.squares) / (at.n - k);
    fit.log_likelihood = -0.5 * at.n * best.value;
    fit.aicc = corrected_criterion(fit.log_likelihood, k + 1, at.n);
    return fit;
}

SeriesForecast forecast_holt_winters(const std::vector<double> &y, const SeriesFit &fit, int m, int periods) {
    const Season season = season_in(fit);
    const double alpha = fit.parameters[0], beta = fit.parameters[1];
    const Smoothed at = smooth(y, season, m, fit.parameters.data());
    // The same smoothing as a state-space model, which goes on from where the series ends.
    const Component seasonal = season == Season::none       ? Component::none
                               : season == Season::additive ? Component::additive
                                                            : Component::multiplicative;
    const Component error = season == Season::multiplicative ? Component::multiplicative : Component::additive;
    SeriesFit model;
    model.family = SeriesFamily::ets;
    model.orders = EtsForm{error, Component::additive, seasonal}.orders();
    model.variance = fit.variance;
    model.parameters = {alpha, alpha * beta};
    if (season != Season::none) model.parameters.push_back((1 - alpha) * fit.parameters[2]);
    model.parameters.push_back(at.level);
    model.parameters.push_back(at.slope);
    const std::size_t length = at.season.size();
    if (season != Season::none)
        for (std::size_t j = 0; j < length; ++j) model.parameters.push_back(at.season[(y.size() + j) % length]);
    SeriesForecast forecast = forecast_ets({}, model, m, periods);
    for (int h = 0; h < periods; ++h) {
        const double line = at.level + (h + 1) * at.slope, place = at.season[(y.size() + h) % length];
        forecast.mean[h] = season == Season::multiplicative ? line * place : line + place;
    }
    return forecast;
}

std::vector<double> holt_winters_errors(const std::vector<double> &y, const SeriesFit &fit, int m) {
    constexpr double reach = 1e-4;
    std::vector<double> errors(fit.parameters.size(), std::numeric_limits<double>::quiet_NaN()), all = fit.parameters;
    std::vector<std::size_t> inside;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i] > 2 * reach && all[i] < 1 - 2 * reach) inside.push_back(i);
    Eigen::VectorXd x(inside.size());
    for (std::size_t i = 0; i < inside.size(); ++i) x(i) = all[inside[i]];
    const double n = smooth(y, season_in(fit), m, all.data()).n;
    const Eigen::MatrixXd covariance = inverse_curvature(
        [&](const Eigen::VectorXd &moved) {
            for (std::size_t i = 0; i < inside.size(); ++i) all[inside[i]] = moved(i);
            return 0.5 * n * std::log(holt_winters_squares(y, season_in(fit), m, all.data()));
        },
        x, Eigen::VectorXd::Constant(x.size(), reach));
    for (std::size_t i = 0; i < inside.size(); ++i) errors[inside[i]] = std::sqrt(covariance(i, i));
    return errors;
}

}  // namespace cltv

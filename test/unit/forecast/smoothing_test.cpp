// Holt-Winters and Theta beside R, and what is known of standard errors.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/forecast/arima.hpp"
#include "core/forecast/ets.hpp"
#include "core/forecast/holt_winters.hpp"
#include "core/forecast/theta.hpp"
#include "core/forecast/trend.hpp"

using namespace cltv;

namespace {

// USAccDeaths and lh of R.
const std::vector<double> deaths{9007, 8106,  8928,  9137,  10017, 10826, 11317, 10744, 9713, 9938, 9161, 8927, 7750, 6981, 8038, 8422, 8714, 9512,
                                 10120, 9823, 8743,  9129,  8710,  8680,  8162,  7306,  8124, 7870, 9387, 9556, 10093, 9620, 8285, 8466, 8160, 8034,
                                 7717, 7461,  7767,  7925,  8623,  8945,  10078, 9179,  8037, 8488, 7874, 8647, 7792, 6957, 7726, 8106, 8890, 9299,
                                 10625, 9302, 8314,  8850,  8265,  8796,  7836,  6892,  7791, 8192, 9115, 9434, 10484, 9827, 9110, 9070, 8633, 9240};
const std::vector<double> hormone{2.4, 2.4, 2.4, 2.2, 2.1, 1.5, 2.3, 2.3, 2.5, 2,   1.9, 1.7, 2.2, 1.8, 3.2, 3.2, 2.7, 2.2, 2.2, 1.9, 1.9, 1.8, 2.7, 3,
                                  2.3, 2,   2,   2.9, 2.9, 2.7, 2.7, 2.3, 2.6, 2.4, 1.8, 1.7, 1.5, 1.4, 2.1, 3.3, 3.5, 3.5, 3.1, 2.6, 2.1, 3.4, 3,   2.9};

}  // namespace

// R 4's HoltWinters: where its search ends, the sum of squares there, and what it foretells. Here the sum is not larger.
TEST(HoltWinters, R) {
    struct Case {
        const std::vector<double> &y;
        Season season;
        std::vector<double> at, ahead;
        double squares;
    };
    for (const Case &r : {Case{deaths, Season::additive, {0.73771916756275, 0.02231838332254, 1}, {7973.432064240, 7013.363128620, 7770.192590653}, 8639347.23993199},
                          Case{deaths, Season::multiplicative, {0.56088779736684, 0.02755703913121, 0.68116847501239}, {8038.387648450, 7108.056198479, 7858.030215168}, 7812308.56028855},
                          Case{hormone, Season::none, {0.9450836265313, 0}, {2.906487466395, 2.906487466395}, 11.8637121823854}}) {
        EXPECT_NEAR(holt_winters_squares(r.y, r.season, 12, r.at.data()) / r.squares, 1, 1e-12);
        SeriesFit theirs = fit_holt_winters(r.y, r.season == Season::multiplicative, r.season == Season::none ? 1 : 12, never_stop);
        EXPECT_LE(holt_winters_squares(r.y, r.season, 12, theirs.parameters.data()), r.squares * (1 + 1e-9));
        theirs.parameters = r.at;
        const SeriesForecast ahead = forecast_holt_winters(r.y, theirs, 12, static_cast<int>(r.ahead.size()));
        for (std::size_t h = 0; h < r.ahead.size(); ++h) EXPECT_NEAR(ahead.mean[h] / r.ahead[h], 1, 1e-11);
    }
}

// One period ahead nothing but the error is unknown; a season later by what the smoothing does with errors.
TEST(HoltWinters, Variance) {
    const SeriesFit fit = fit_holt_winters(deaths, false, 12, never_stop);
    const double alpha = fit.parameters[0], beta = fit.parameters[1], gamma = fit.parameters[2];
    const SeriesForecast ahead = forecast_holt_winters(deaths, fit, 12, 13);
    double sum = 1;
    for (int j = 1; j <= 12; ++j) {
        EXPECT_NEAR(ahead.variance[j - 1] / (fit.variance * sum), 1, 1e-10) << j;
        const double psi = alpha * (1 + j * beta) + (j == 12 ? gamma * (1 - alpha) : 0);
        sum += psi * psi;
    }
    EXPECT_NEAR(ahead.variance[12] / (fit.variance * sum), 1, 1e-10);
}

// thetaf(USAccDeaths) of R's package forecast, from where its smoothing ends.
TEST(Theta, R) {
    SeriesFit fit = fit_theta(deaths, 12, never_stop);
    EXPECT_EQ(fit.orders[0], 2);
    EXPECT_NEAR(fit.parameters[0], 0.5517026116272, 1e-3);
    fit.parameters[0] = 0.5517026116272;
    fit.parameters[1] = 9862.1239149950597;
    const SeriesForecast ahead = forecast_theta(deaths, fit, 12, 14);
    EXPECT_NEAR(ahead.mean[0], 8270.693806339, 1e-8);
    EXPECT_NEAR(ahead.mean[1], 7508.923867062, 1e-8);
    EXPECT_NEAR(ahead.mean[2], 8322.124806769, 1e-8);
    EXPECT_NEAR(ahead.mean[13], 7451.033905657, 1e-8);
}

// arima(lh, order = c(1, 0, 0)) of R: 0.5739 (0.1161), 2.4133 (0.1466).
TEST(Arima, StandardErrors) {
    const SeriesFit fit = fit_arima(hormone, ArimaOrders{1, 0, 0, 0, 0, 0, true}, 1, never_stop);
    const std::vector<double> errors = arima_errors(hormone, fit, 1);
    EXPECT_NEAR(fit.parameters[0], 0.5739296, 1e-4);
    EXPECT_NEAR(errors[0], 0.1161393285, 1e-4);
    EXPECT_NEAR(fit.parameters[1], 2.4132879577, 1e-4);
    EXPECT_NEAR(errors[1], 0.1466134857, 1e-3);
}

// Estimates from many drawn series scatter as their standard errors say.
TEST(Smoothing, StandardErrors) {
    std::mt19937_64 random(5);
    std::normal_distribution<double> normal;
    double sum = 0, squares = 0, said = 0;
    constexpr int times = 200;
    for (int i = 0; i < times; ++i) {
        std::vector<double> y;
        double level = 100;
        for (int t = 0; t < 200; ++t) {
            const double error = normal(random);
            y.push_back(level + error);
            level += 0.4 * error;
        }
        const SeriesFit fit = fit_ets(y, EtsForm{}, 1, never_stop);
        sum += fit.parameters[0] / times;
        squares += fit.parameters[0] * fit.parameters[0] / times;
        said += ets_errors(y, fit, 1)[0] / times;
    }
    EXPECT_NEAR(sum, 0.4, 0.02);
    EXPECT_NEAR(said / std::sqrt(squares - sum * sum), 1, 0.15);
}

// Columns beside the trend: what each unit adds, whatever the unit, with the error of least squares where the data say much.
TEST(Trend, Columns) {
    std::mt19937_64 random(9);
    std::normal_distribution<double> normal;
    std::vector<double> y;
    SeriesColumns columns;
    columns.n = 2;
    for (int t = 0; t < 220; ++t) {
        const double sale = t % 9 == 4, price = 1000 + 10 * ((t * 7) % 11);
        columns.values.insert(columns.values.end(), {sale, price});
        if (t < 200) y.push_back(50 + 0.1 * t + 12 * sale - 0.05 * price + normal(random));
    }
    const SeriesFit fit = fit_trend(y, 1, false, columns, never_stop);
    const TrendCoefficients all = trend_coefficients(y, fit, 1, columns);
    const std::size_t n = all.estimates.size();
    EXPECT_NEAR(all.estimates[n - 2], 12, 0.6);
    EXPECT_NEAR(all.estimates[n - 1], -0.05, 0.006);
    EXPECT_NEAR(all.estimates[0], 50, 6);  // the level where the columns are 0
    EXPECT_NEAR(all.std_errors[n - 2], std::sqrt(fit.variance / (200 * (1 / 9.0) * (8 / 9.0))), 0.03);
    const SeriesForecast ahead = forecast_trend(y, fit, 1, columns, 20);
    for (int h = 0; h < 20; ++h) {
        const double sale = (200 + h) % 9 == 4, price = 1000 + 10 * (((200 + h) * 7) % 11);
        EXPECT_NEAR(ahead.mean[h], 50 + 0.1 * (200 + h) + 12 * sale - 0.05 * price, 1.5);
    }
}

#include "core/forecast/trend.hpp"

#include <Eigen/LU>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/base/eigen.hpp"

using namespace cltv;

// The restricted likelihood by its definition: of the differences of the data that have no line in them, with all covariances.
TEST(Trend, RestrictedLikelihood) {
    std::vector<double> y;
    for (int t = 0; t < 30; ++t) y.push_back(10 + 0.3 * t + 4 * std::sin(t * 2 * M_PI / 12) + std::cos(t * 1.9) + (t > 15 ? 0.5 * (t - 15) : 0));
    const SeriesFit fit = fit_trend(y, 12, false, {}, never_stop);
    const TrendOrders orders = TrendOrders::of(fit.orders);
    ASSERT_EQ(orders.changes, 7);
    ASSERT_EQ(orders.waves, 5);
    const int n = 30;
    const auto restricted = [&](double change, double wave, double &variance) {
        Eigen::MatrixXd X(n, 2), V = Eigen::MatrixXd::Identity(n, n);
        for (int s = 0; s < n; ++s) {
            X.row(s) << 1, s / 30.0;
            for (int t = 0; t < n; ++t) {
                for (int j = 0; j < 7; ++j) {
                    const double place = 0.8 * (j + 1) / 8;
                    V(s, t) += change * change * std::fmax(0, s / 30.0 - place) * std::fmax(0, t / 30.0 - place);
                }
                for (int j = 1; j <= 5; ++j) V(s, t) += wave * wave * std::cos(2 * M_PI * j * (s - t) / 12);
            }
        }
        const Eigen::MatrixXd inverse = V.inverse(), xvx = X.transpose() * inverse * X;
        const Eigen::Map<const Eigen::VectorXd> data(y.data(), n);
        const Eigen::VectorXd beta = xvx.inverse() * X.transpose() * inverse * data, rest = data - X * beta;
        variance = rest.dot(inverse * rest) / (n - 2);
        return -((n - 2) * (std::log(2 * M_PI * variance) + 1) + std::log(V.determinant()) + std::log(xvx.determinant())) / 2;
    };
    double variance;
    const double at = restricted(fit.parameters[0], fit.parameters[1], variance);
    EXPECT_NEAR(fit.log_likelihood, at, 1e-7 * std::fabs(at));
    EXPECT_NEAR(fit.variance / variance, 1, 1e-8);
    for (const double factor : {0.9, 1.1}) {
        EXPECT_LT(restricted(fit.parameters[0] * factor, fit.parameters[1], variance), at);
        EXPECT_LT(restricted(fit.parameters[0], fit.parameters[1] * factor, variance), at);
    }
}

// Daily data with a year, a week and a bend: what was put in is foretold.
TEST(Trend, Recovery) {
    std::mt19937_64 random(3);
    std::normal_distribution<double> normal(0, 5);
    const auto truth = [](int t) {
        return 100 + 0.05 * t + (t > 500 ? 0.1 * (t - 500) : 0) + 20 * std::sin(2 * M_PI * t / 365.2425) + (t % 7 == 6 ? -30 : 5);
    };
    std::vector<double> y;
    for (int t = 0; t < 1100; ++t) y.push_back(truth(t) + normal(random));
    const SeriesFit fit = fit_trend(y, 365.2425, true, {}, never_stop);
    EXPECT_NEAR(fit.variance, 25, 3);
    const SeriesForecast ahead = forecast_trend(y, fit, 365.2425, {}, 60);
    int within = 0;
    for (int h = 0; h < 60; ++h) {
        EXPECT_NEAR(ahead.mean[h], truth(1100 + h), 6) << h;
        within += std::fabs(ahead.mean[h] - truth(1100 + h) - normal(random)) < 1.2815515655446 * std::sqrt(ahead.variance[h]);
    }
    EXPECT_GT(within / 60.0, 0.7);
}

// 80 % intervals hold about that many of what comes, where the slope bends as often and as much ahead as before: bends at any time, one in
// four months, and noise of 1.
TEST(Trend, Coverage) {
    std::mt19937_64 random(11);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    for (const double bend : {0.0, 0.1, 0.5}) {
        int held = 0, all = 0;
        for (int i = 0; i < 60; ++i) {
            std::vector<double> y;
            double slope = 0.2, level = 50;
            for (int t = 0; t < 108; ++t) {
                level += slope;
                if (uniform(random) < 0.25) slope += bend * normal(random);
                y.push_back(level + 3 * std::sin(2 * M_PI * t / 12) + normal(random));
            }
            const std::vector<double> known(y.begin(), y.begin() + 96);
            const SeriesForecast ahead = forecast_trend(known, fit_trend(known, 12, false, {}, never_stop), 12, {}, 12);
            for (int h = 0; h < 12; ++h) {
                held += std::fabs(y[96 + h] - ahead.mean[h]) < 1.2815515655446 * std::sqrt(ahead.variance[h]);
                ++all;
            }
        }
        EXPECT_NEAR(held / static_cast<double>(all), 0.8, 0.08) << bend;
    }
}

// A step ahead hardly more than the noise is unknown: bends in the last fifth of the series would have shown.
TEST(Trend, NoBendsOfThePast) {
    std::vector<double> y;
    for (int t = 0; t < 100; ++t) y.push_back(std::fabs(t - 40.0) + std::fabs(t - 60.0) + std::cos(t * 1.9));
    const SeriesFit fit = fit_trend(y, 1, false, {}, never_stop);
    ASSERT_GT(fit.parameters[0], 10);    // bends of more than ten times the noise
    const SeriesForecast ahead = forecast_trend(y, fit, 1, {}, 20);
    EXPECT_LT(ahead.variance[0], 3 * fit.variance);
    // Of bends of scale s at any time, one in each 0.8 / 26 of the series, the variance after u of it is s^2 u^3 26 / 0.8 / 3.
    const double u = 0.2, bends = fit.parameters[0] * fit.parameters[0] * u * u * u * 26 / 0.8 / 3;
    EXPECT_GT(ahead.variance[19], fit.variance * (1 + bends));
    EXPECT_LT(ahead.variance[19], fit.variance * (3 + 2 * bends));
}

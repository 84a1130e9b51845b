#include "core/forecast/arima.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <random>

using namespace cltv;

namespace {

std::vector<double> log_airline() {
    std::vector<double> y{
        112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
        145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
        196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201, 204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
        242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
        315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336, 340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
        360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405, 417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432};
    for (double &value : y) value = std::log(value);
    return y;
}

// lh of R: luteinising hormone in blood samples.
const std::vector<double> lh{2.4, 2.4, 2.4, 2.2, 2.1, 1.5, 2.3, 2.3, 2.5, 2,   1.9, 1.7, 2.2, 1.8, 3.2, 3.2, 2.7, 2.2, 2.2, 1.9, 1.9, 1.8, 2.7, 3,
                             2.3, 2,   2,   2.9, 2.9, 2.7, 2.7, 2.3, 2.6, 2.4, 1.8, 1.7, 1.5, 1.4, 2.1, 3.3, 3.5, 3.5, 3.1, 2.6, 2.1, 3.4, 3,   2.9};

ArimaOrders orders(int p, int d, int q, int P, int D, int Q, bool mean) {
    ArimaOrders o;
    o.p = p, o.d = d, o.q = q, o.P = P, o.D = D, o.Q = Q, o.mean = mean;
    return o;
}

}  // namespace

// R 4.2's arima() of the differences of log(AirPassengers), which is exact: c(0, 0, 1), seasonal c(0, 0, 1), no mean. Of the series itself R
// begins from a prior of the variance 10^6 on the first year, which is told by 244.6995306 and theta -0.4018280; with
// 10^8 its forecasts are those below.
TEST(Arima, AirlineModel) {
    const std::vector<double> y = log_airline();
    const SeriesFit fit = fit_arima(y, orders(0, 1, 1, 0, 1, 1, false), 12, never_stop);
    EXPECT_NEAR(fit.parameters[0], -0.40182289250805, 1e-6);
    EXPECT_NEAR(fit.parameters[1], -0.55693587299425, 1e-6);
    EXPECT_NEAR(fit.variance, 0.001348099122335, 1e-9);
    EXPECT_NEAR(fit.log_likelihood, 244.69648683282, 1e-9);
    const SeriesForecast ahead = forecast_arima(y, fit, 12, 3);
    constexpr double mean[] = {6.1101855910894, 6.0537748203529, 6.171713700104};
    constexpr double error[] = {0.036716489278154, 0.042784015211343, 0.048092029800125};
    for (int h = 0; h < 3; ++h) {
        EXPECT_NEAR(ahead.mean[h], mean[h], 1e-7);
        EXPECT_NEAR(std::sqrt(ahead.variance[h]), error[h], 1e-7);
    }
    // By R's own numbers, at its own parameters.
    constexpr double r_mean[] = {6.110185743, 6.053775271, 6.171714856}, r_error[] = {0.03671562246, 0.04278290733, 0.04809072039};
    SeriesFit r = fit;
    r.parameters = {-0.4018280168, -0.5569448384};
    r.variance = 0.001348034819;
    const SeriesForecast beside = forecast_arima(y, r, 12, 3);
    for (int h = 0; h < 3; ++h) {
        EXPECT_NEAR(beside.mean[h], r_mean[h], 2e-7);
        EXPECT_NEAR(std::sqrt(beside.variance[h]), r_error[h], 5e-9);
    }
}

// arima(lh, ...) of the same.
TEST(Arima, Stationary) {
    const SeriesFit ar = fit_arima(lh, orders(3, 0, 0, 0, 0, 0, true), 1, never_stop);
    constexpr double phi[] = {0.64480204990028411, -0.06338236160812569, -0.21979629160237280, 2.39311940611418983};
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(ar.parameters[i], phi[i], 1e-6);
    EXPECT_NEAR(ar.variance, 0.178660316677262, 1e-7);
    EXPECT_NEAR(ar.log_likelihood, -27.09241105953413, 1e-9);
    const SeriesFit arma = fit_arima(lh, orders(1, 0, 1, 0, 0, 0, true), 1, never_stop);
    EXPECT_NEAR(arma.parameters[0], 0.4522013290895902, 1e-5);
    EXPECT_NEAR(arma.parameters[1], 0.1981681919884843, 1e-5);
    EXPECT_NEAR(arma.parameters[2], 2.4100766517351127, 1e-5);
    EXPECT_NEAR(arma.log_likelihood, -28.7620331972098, 1e-9);
    const SeriesForecast ahead = forecast_arima(lh, arma, 1, 3);
    constexpr double mean[] = {2.679618693368639, 2.531963921207315, 2.465194236989543};
    constexpr double error[] = {0.4385340739292796, 0.5231218015657282, 0.5387858481914012};
    for (int h = 0; h < 3; ++h) {
        EXPECT_NEAR(ahead.mean[h], mean[h], 1e-5);
        // R takes the mean for known; that it is an estimate adds at most its own variance, 0.1358^2 of R, and in the end nearly all.
        EXPECT_GT(std::sqrt(ahead.variance[h]), error[h]);
        EXPECT_LT(ahead.variance[h], error[h] * error[h] + 0.1358 * 0.1358);
    }
}

// A drift of d steps adds d^2 times its variance: of a random walk it is the mean of the n - 1 steps.
TEST(Arima, DriftIsAnEstimate) {
    std::vector<double> y{0};
    for (int t = 1; t < 40; ++t) y.push_back(y.back() + 0.3 + std::sin(t * t));
    const SeriesFit fit = fit_arima(y, orders(0, 1, 0, 0, 0, 0, true), 1, never_stop);
    EXPECT_NEAR(fit.parameters[0], (y.back() - y.front()) / 39, 1e-12);
    const SeriesForecast ahead = forecast_arima(y, fit, 1, 5);
    for (int h = 1; h <= 5; ++h) {
        EXPECT_NEAR(ahead.mean[h - 1], y.back() + h * fit.parameters[0], 1e-12);
        EXPECT_NEAR(ahead.variance[h - 1], fit.variance * (h + h * h / 39.0), 1e-12);
    }
}

// auto.arima() of forecast 8.20 finds the airline model too.
TEST(Arima, Search) {
    const std::vector<double> y = log_airline();
    const SeriesFit fit = choose_arima(y, 12, never_stop);
    EXPECT_EQ(fit.orders, orders(0, 1, 1, 0, 1, 1, false).orders());
    EXPECT_NEAR(fit.log_likelihood, 244.69648683282, 1e-9);
}

// A likelihood by the Kalman filter is that of the normal density with the process's covariances: an ARMA(1, 1) written out.
TEST(Arima, LikelihoodIsTheNormalDensity) {
    const SeriesFit fit = fit_arima(lh, orders(1, 0, 1, 0, 0, 0, false), 1, never_stop);
    const double phi = fit.parameters[0], theta = fit.parameters[1];
    const int n = static_cast<int>(lh.size());
    std::vector<double> gamma(n);
    gamma[0] = (1 + 2 * phi * theta + theta * theta) / (1 - phi * phi);
    gamma[1] = (1 + phi * theta) * (phi + theta) / (1 - phi * phi);
    for (int k = 2; k < n; ++k) gamma[k] = phi * gamma[k - 1];
    // Cholesky of the covariances.
    std::vector<std::vector<double>> l(n, std::vector<double>(n));
    double logs = 0, squares = 0;
    std::vector<double> z(n);
    for (int i = 0; i < n; ++i) {
        for (int j = 0; j <= i; ++j) {
            double sum = gamma[i - j];
            for (int k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
            l[i][j] = i == j ? std::sqrt(sum) : sum / l[j][j];
        }
        double rest = lh[i];
        for (int k = 0; k < i; ++k) rest -= l[i][k] * z[k];
        z[i] = rest / l[i][i];
        logs += 2 * std::log(l[i][i]);
        squares += z[i] * z[i];
    }
    EXPECT_NEAR(fit.variance, squares / n, 1e-12);
    EXPECT_NEAR(fit.log_likelihood, -(n * (std::log(2 * M_PI * squares / n) + 1) + logs) / 2, 1e-9);
}

// What is left of a line or of a season over and over does not vary.
TEST(Arima, NothingLeft) {
    std::vector<double> line, season;
    for (int t = 0; t < 28; ++t) {
        line.push_back(1 + t);
        season.push_back(t % 7 * (t % 7));
    }
    const SeriesFit drift = choose_arima(line, 1, never_stop), again = choose_arima(season, 7, never_stop);
    EXPECT_EQ(drift.orders, orders(0, 1, 0, 0, 0, 0, true).orders());
    EXPECT_EQ(again.orders, orders(0, 0, 0, 0, 1, 0, false).orders());
    for (int h = 0; h < 3; ++h) {
        EXPECT_NEAR(forecast_arima(line, drift, 1, 3).mean[h], 29 + h, 1e-9);
        EXPECT_NEAR(forecast_arima(season, again, 7, 3).mean[h], h * h, 1e-9);
    }
    EXPECT_EQ(forecast_arima(line, drift, 1, 1).variance[0] < 1e-15, true);
}

// A series of 82 periods of one of four processes: what is around a mean, what walks with a drift, a season that walks with its level
// (the airline model), a season that grows.
std::vector<double> drawn(int process, std::mt19937_64 &random) {
    constexpr int before = 40, n = 82;
    std::normal_distribution<double> normal;
    std::vector<double> e(before + n), y(before + n, 0);
    for (double &error : e) error = normal(random);
    for (int t = 0; t < before + n; ++t) {
        const auto of = [t](const std::vector<double> &x, int ago) { return t >= ago ? x[t - ago] : 0; };
        switch (process) {
            case 0: y[t] = 2 + 0.6 * of(y, 1) + e[t]; break;
            case 1: y[t] = 0.2 + of(y, 1) + e[t] - 0.4 * of(e, 1); break;
            case 2: y[t] = of(y, 1) + of(y, 12) - of(y, 13) + e[t] - 0.4 * of(e, 1) - 0.56 * of(e, 12) + 0.224 * of(e, 13); break;
            default: y[t] = 0.5 + of(y, 12) + 0.5 * (of(y, 1) - of(y, 13) - 0.5) + e[t];
        }
    }
    return {y.begin() + before, y.end()};
}

// 80 % intervals of drawn series hold about that many of what comes. Orders that are searched for, and parameters that count as known,
// make it somewhat less: 76, 74, 73 and 76 % of 1,000 each, by 100 series as here.
TEST(Arima, Coverage) {
    int held = 0, all = 0;
    for (int process = 0; process < 4; ++process) {
        std::mt19937_64 random(100 + process);
        for (int i = 0; i < 25; ++i) {
            const std::vector<double> y = drawn(process, random), known(y.begin(), y.begin() + 72);
            const int m = process < 2 ? 1 : 12;
            const SeriesForecast ahead = forecast_arima(known, choose_arima(known, m, never_stop), m, 10);
            for (int h = 0; h < 10; ++h) {
                held += std::fabs(y[72 + h] - ahead.mean[h]) < 1.2815515655446 * std::sqrt(ahead.variance[h]);
                ++all;
            }
        }
    }
    EXPECT_NEAR(held / static_cast<double>(all), 0.75, 0.06);
}

// A likelihood without a maximum ends the search, too: of series that are their last values for certain, by so many likelihoods and
// not by time. The sine took 23,000.
static long likelihoods = 0;
static bool count_likelihoods() {
    ++likelihoods;
    return false;
}
TEST(Arima, CertainSeriesEnd) {
    const std::array<double (*)(int), 6> series = {[](int t) { return std::sin(t); }, [](int t) { return std::exp(t); },
                                                   [](int t) { return std::pow(-0.9, t); }, [](int t) { return std::sin(t) + std::cos(0.7 * t); },
                                                   [](int t) { return 1.0 / t; }, [](int t) { return t == 15 ? 1e9 : std::sin(t); }};
    for (std::size_t k = 0; k < series.size(); ++k)
        for (const int n : {30, 100}) {
            std::vector<double> y;
            for (int t = 1; t <= n; ++t) y.push_back(series[k](t));
            likelihoods = 0;
            const SeriesFit fit = choose_arima(y, 12, count_likelihoods);
            EXPECT_LT(likelihoods, 15000) << k << ", " << n;
            EXPECT_TRUE(fit.family == SeriesFamily::none || std::isfinite(fit.aicc)) << k << ", " << n;
        }
}

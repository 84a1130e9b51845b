#include "core/forecast/ets.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

using namespace cltv;

namespace {

const std::vector<double> airline{
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
    145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
    196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201, 204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
    242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
    315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336, 340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
    360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405, 417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432};

// USAccDeaths of R.
const std::vector<double> deaths{9007, 8106,  8928,  9137,  10017, 10826, 11317, 10744, 9713, 9938, 9161, 8927, 7750, 6981, 8038, 8422, 8714, 9512,
                                 10120, 9823, 8743,  9129,  8710,  8680,  8162,  7306,  8124, 7870, 9387, 9556, 10093, 9620, 8285, 8466, 8160, 8034,
                                 7717, 7461,  7767,  7925,  8623,  8945,  10078, 9179,  8037, 8488, 7874, 8647, 7792, 6957, 7726, 8106, 8890, 9299,
                                 10625, 9302, 8314,  8850,  8265,  8796,  7836,  6892,  7791, 8192, 9115, 9434, 10484, 9827, 9110, 9070, 8633, 9240};

constexpr Component A = Component::additive, M = Component::multiplicative, D = Component::damped, N = Component::none;

double sum(const std::vector<double> &numbers) { return std::accumulate(numbers.begin(), numbers.end(), 0.0); }

}  // namespace

// Where R 4.2's forecast 8.20 ends: ets(AirPassengers, "MAM").
TEST(Ets, LikelihoodAndForecastsAtTheEndOfR) {
    std::vector<double> season{0,
                               0.95224788418681494, 1.08075690990108519, 1.03316164257633991, 0.97865889878328527, 1.08399512146252230,
                               1.18303140196782564, 1.15370679906181750, 1.04761776976080889, 0.90136804386885416, 0.78266910706806425,
                               0.90004111994684366};
    season[0] = 12 - sum(season);
    SeriesFit fit;
    fit.orders = EtsForm{M, A, M}.orders();
    fit.parameters = {0.39499685049501421, 0.01070044190334372, 0.39953920240055874, 122.37542601647626839, 1.10736658208357031};
    fit.parameters.insert(fit.parameters.end(), season.begin(), season.end());
    EXPECT_NEAR(ets_log_likelihood(airline, {M, A, M}, 12, fit.parameters), -682.4036190578061, 1e-10);
    fit.variance = 0.001582148135241672;
    const SeriesForecast ahead = forecast_ets(airline, fit, 12, 14);
    constexpr double mean[] = {448.9737671674001, 425.2278172730562, 484.2137114849261};
    constexpr double lower[] = {426.0872017039048, 401.8545063796513, 455.7264333366637};
    for (int h = 0; h < 3; ++h) {
        EXPECT_NEAR(ahead.mean[h], mean[h], 1e-9);
        EXPECT_NEAR(ahead.mean[h] - 1.2815515655446004 * std::sqrt(ahead.variance[h]), lower[h], 1e-8);
    }
    // The search goes on from there and beyond.
    const SeriesFit best = fit_ets(airline, {M, A, M}, 12, never_stop);
    EXPECT_NEAR(best.log_likelihood, -675.9972, 1e-3);
    EXPECT_NEAR(best.log_likelihood, ets_log_likelihood(airline, {M, A, M}, 12, best.parameters), 1e-9);
    const SeriesFit choice = choose_ets(airline, 12, never_stop);
    EXPECT_LT(choice.aicc, 1400.638432473913);  // R's best of all
}

// ets(USAccDeaths, "ANA") of the same ends at -555.0723350126277; the maximum is higher, and foretells much the same.
TEST(Ets, AccidentalDeaths) {
    const SeriesFit fit = fit_ets(deaths, {A, N, A}, 12, never_stop);
    EXPECT_NEAR(fit.log_likelihood, -552.2175, 1e-3);
    EXPECT_NEAR(fit.parameters[0], 0.5945898908361368, 0.03);
    const SeriesForecast ahead = forecast_ets(deaths, fit, 12, 14);
    constexpr double mean[] = {8397.496909229312, 7599.220613444041, 8396.594686740164};
    constexpr double upper[] = {8772.595156903193, 8035.615972657372, 8886.679499479600};
    for (int h = 0; h < 3; ++h) {
        EXPECT_NEAR(ahead.mean[h] / mean[h], 1, 0.01);
        EXPECT_NEAR((ahead.mean[h] + 1.2815515655446004 * std::sqrt(ahead.variance[h])) / upper[h], 1, 0.015);
    }
}

// Means and variances beside the average of many drawn futures, for every form.
TEST(Ets, MomentsAreThoseOfDrawnFutures) {
    std::vector<double> y;
    for (int t = 0; t < 24; ++t) y.push_back(50 + 0.8 * t + (t % 4 == 0 ? 9 : t % 4 == 2 ? -7 : 1) + 3 * std::sin(t * 1.7));
    for (const Component error : {A, M})
        for (const Component trend : {N, A, D})
            for (const Component season : {N, A, M}) {
                const EtsForm form{error, trend, season};
                if (!form.is_stable()) continue;
                SeriesFit fit;
                fit.orders = form.orders();
                fit.parameters = {0.4};
                if (trend != N) fit.parameters.push_back(0.2);
                if (trend == D) fit.parameters.push_back(0.9);
                if (season != N) fit.parameters.push_back(0.3);
                fit.parameters.push_back(50);
                if (trend != N) fit.parameters.push_back(0.8);
                if (season != N) {
                    const bool ratio = season == M;
                    for (const double s : {9.0, 1.0, -7.0, -3.0}) fit.parameters.push_back(ratio ? 1 + s / 50 : s);
                }
                ASSERT_EQ(static_cast<int>(fit.parameters.size()), ets_parameters(form, 4));
                const double sigma = error == M ? 0.08 : 4;
                fit.variance = sigma * sigma;
                constexpr int periods = 10, draws = 200000;
                const SeriesForecast ahead = forecast_ets(y, fit, 4, periods);
                // A future is drawn by putting what comes behind the series: the mean one period ahead and a normal error.
                std::mt19937_64 random(7);
                std::normal_distribution<double> normal(0, sigma);
                std::vector<double> total(periods), squares(periods);
                const double alpha = 0.4, beta = trend == N ? 0 : 0.2, phi = trend == D ? 0.9 : trend == A ? 1 : 0, gamma = 0.3;
                // The states at the end, by the same recursions written out again.
                double level = 50, slope = trend == N ? 0 : 0.8;
                std::vector<double> s{9, 1, -7, -3};
                for (double &x : s) x = season == M ? 1 + x / 50 : season == A ? x : 0;
                const auto step = [&](double &l, double &b, double &state, double e, bool drawn, double value) {
                    const double q = l + phi * b;
                    const double mu = season == M ? q * state : q + state;
                    if (!drawn) e = error == M ? (value - mu) / mu : value - mu;
                    const double off = error == M ? mu * e : e;
                    const double ratio = season == M ? state : 1;
                    if (season != N) state += gamma * (season == M ? off / q : off);
                    l = q + alpha * off / ratio;
                    b = phi * b + beta * off / ratio;
                    return mu + off;
                };
                for (std::size_t t = 0; t < y.size(); ++t) step(level, slope, s[t % 4], 0, false, y[t]);
                for (int i = 0; i < draws; ++i) {
                    double l = level, b = slope;
                    std::vector<double> states = s;
                    for (int h = 0; h < periods; ++h) {
                        const double value = step(l, b, states[(y.size() + h) % 4], normal(random), true, 0);
                        total[h] += value / draws;
                        squares[h] += value * value / draws;
                    }
                }
                for (int h = 0; h < periods; ++h) {
                    const double variance = squares[h] - total[h] * total[h];
                    EXPECT_NEAR(ahead.mean[h], total[h], 5 * std::sqrt(variance / draws)) << static_cast<int>(error) << static_cast<int>(trend) << static_cast<int>(season) << " " << h;
                    EXPECT_NEAR(ahead.variance[h] / variance, 1, 0.03) << static_cast<int>(error) << static_cast<int>(trend) << static_cast<int>(season) << " " << h;
                }
            }
}

// New customers to come.
#include "core/forecast/acquisition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/random.hpp"

namespace cltv {
namespace {

constexpr Day last = julian(CivilDay{2024, 12, 29});

Acquisition of(const std::vector<double> &counts) { return Acquisition({counts.data(), counts.size()}, last); }

// How many a week, by Knuth's product of uniform numbers.
double draw_poisson(double mean, Random &random) {
    double n = -1;
    for (double product = 1; product > std::exp(-mean); ++n) product *= draw_uniform(random);
    return n;
}

TEST(Acquisition, OfAConstantIsTheConstant) {
    const Acquisition acquisition = of(std::vector<double>(60, 20));
    EXPECT_FALSE(acquisition.has_season());
    EXPECT_EQ(acquisition.dispersion(), 1);
    EXPECT_NEAR(acquisition.mean(1), 20, 1e-9);
    EXPECT_EQ(acquisition.mean(1), acquisition.mean(52));
    // A gamma distribution of what is known, 20 (1 - omega^60)/(1 - omega) customers and the tenth from before; then a random walk.
    const double omega = acquisition.omega();
    EXPECT_EQ(omega, 0.99);
    const double known = 20 * (1 - std::pow(omega, 60)) / (1 - omega) + 0.1 * std::pow(omega, 60);
    EXPECT_NEAR(acquisition.relative_covariance(10, 30), (1 + 10 * (1 - omega) / omega) / known, 1e-12);
    EXPECT_EQ(acquisition.relative_covariance(10, 30), acquisition.relative_covariance(30, 10));
}

// The level is the mean of the counts with weights omega^age, whatever they are.
TEST(Acquisition, LevelIsAWeightedMean) {
    std::vector<double> counts;
    for (int i = 0; i < 40; ++i) counts.push_back(5 + (i * 7919) % 23);
    const Acquisition acquisition = of(counts);
    double weight = 1, sum = 0, weights = 0, total = 0;
    for (int i = 39; i >= 0; --i, weight *= acquisition.omega()) {
        sum += weight * counts[i];
        weights += weight;
        total += counts[i];
    }
    EXPECT_NEAR(acquisition.mean(3), (sum + weight * 0.1) / (weights + weight * 0.1 * 40 / total), 1e-9);
    EXPECT_GT(acquisition.dispersion(), 1);
}

TEST(Acquisition, ForgetsWhoComeNoMore) {
    std::vector<double> counts(200, 100);
    std::fill(counts.end() - 52, counts.end(), 0);
    EXPECT_LT(of(counts).mean(1), 0.01);
    EXPECT_NEAR(of({0, 0, 0}).mean(1), 0, 0.01);
    EXPECT_EQ(of({}).mean(1), 0);
}

// Intervals of what is expected: the true mean of a year of Poisson counts is within 1.28 standard deviations in four shops of five.
TEST(Acquisition, VarianceIsThatOfTheError) {
    Random random(11);
    constexpr int shops = 400;
    int held = 0;
    double errors = 0;
    for (int shop = 0; shop < shops; ++shop) {
        std::vector<double> counts;
        for (int i = 0; i < 80; ++i) counts.push_back(draw_poisson(12, random));
        const Acquisition acquisition = of(counts);
        double mean = 0, variance = 0, came = 0;
        for (int w = 1; w <= 52; ++w) {
            mean += acquisition.mean(w);
            came += draw_poisson(12, random);
            variance += acquisition.dispersion() * acquisition.mean(w);
            for (int v = 1; v <= 52; ++v) variance += acquisition.mean(w) * acquisition.mean(v) * acquisition.relative_covariance(w, v);
        }
        held += std::fabs(came - mean) < 1.2816 * std::sqrt(variance);
        errors += (came - mean) / came;
    }
    EXPECT_NEAR(errors / shops, 0, 0.01);
    // Of shops that never change more than four in five: the level may always begin to walk.
    EXPECT_GT(held, 0.77 * shops);
    EXPECT_LT(held, 0.93 * shops);
}

TEST(Acquisition, KnowsASeasonThatCameTwice) {
    Random random(3);
    const auto mean_of = [](int week) {
        const Day middle = last + 7 * week - 3;
        return 60 * std::exp(0.5 * std::cos(2 * 3.14159265358979 * (day_in_year(middle) - 340) / 365));
    };
    std::vector<double> counts;
    for (int i = 1 - 156; i <= 0; ++i) counts.push_back(draw_poisson(mean_of(i), random));
    const Acquisition acquisition = of(counts);
    EXPECT_TRUE(acquisition.has_season());
    double most = 0;
    for (int w = 1; w <= 52; ++w) most = std::fmax(most, std::fabs(acquisition.mean(w) / mean_of(w) - 1));
    EXPECT_LT(most, 0.15);
    EXPECT_FALSE(of(std::vector<double>(103, 5)).has_season());
}

// Weeks of a campaign bring twice as many, which is learnt and foretold; a column that does not vary tells nothing.
TEST(Acquisition, Campaigns) {
    Random random(17);
    std::vector<double> counts;
    SeriesColumns columns;
    columns.n = 2;
    for (int week = 0; week < 70; ++week) {
        const double campaign = week % 6 == 2 ? 7 : 0;
        columns.values.insert(columns.values.end(), {campaign, 3});
        if (week < 60) counts.push_back(draw_poisson(campaign > 0 ? 80 : 40, random));
    }
    const Acquisition acquisition({counts.data(), counts.size()}, last, columns);
    ASSERT_EQ(acquisition.n_coefficients(), 2);
    EXPECT_NEAR(7 * acquisition.coefficient(0), std::log(2.0), 3 * 7 * acquisition.coefficient_error(0));
    EXPECT_LT(7 * acquisition.coefficient_error(0), 0.1);
    EXPECT_NEAR(acquisition.coefficient(1), 0, 1e-9);
    for (int ahead = 1; ahead <= 10; ++ahead) EXPECT_NEAR(acquisition.mean(ahead) / ((59 + ahead) % 6 == 2 ? 80 : 40), 1, 0.12);
}

}  // namespace
}  // namespace cltv

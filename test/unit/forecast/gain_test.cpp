// The distribution of a gain against its own moments, against sums of purchases that were drawn, and at its ends.
#include "core/forecast/gain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace cltv;

namespace {

constexpr double tenth = -1.2815515655446004;  // the deviate of 10 %

// The mean of f(gain) over its deviate.
template <class Function>
double mean_of(const Gain &gain, Function &&f) {
    constexpr int steps = 20000;
    constexpr double reach = 10, step = 2 * reach / steps;
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
        const double z = -reach + (i + 0.5) * step;
        sum += f(gain.at(z)) * std::exp(-0.5 * z * z);
    }
    return sum * step / std::sqrt(2 * 3.14159265358979324);
}

TEST(Gain, HasItsMomentsAndIsNothingAsOftenAsItIs) {
    for (const double relative : {1e-10, 1e-4, 0.09, 1.0, 4.0})
        for (const double nothing : {0.0, 1e-20, 0.03, 0.4}) {
            if ((1 - nothing) * relative < nothing) continue;  // not so little with so much of nothing
            const Gain gain = Gain::nonnegative({50, 2500 * relative}, nothing);
            EXPECT_NEAR(mean_of(gain, [](double x) { return x; }), 50, 1e-3) << relative << ", " << nothing;
            EXPECT_NEAR(mean_of(gain, [](double x) { return (x - 50) * (x - 50); }) / (2500 * relative), 1, 2e-3) << relative << ", " << nothing;
            EXPECT_NEAR(mean_of(gain, [](double x) { return x == 0; }), nothing, 1e-3);
            for (double z = -8; z < 8; z += 0.25) {
                EXPECT_GE(gain.at(z), 0);
                EXPECT_LE(gain.at(z), gain.at(z + 0.25));
            }
        }
}

// Where the shape of a gamma distribution becomes too large for its quantiles, they go on.
TEST(Gain, GoesOnWhereItIsNearlyNormal) {
    const double below = 1e-8 * (1 - 1e-9), above = 1e-8 * (1 + 1e-9);
    for (const double z : {-8.0, tenth, 0.0, 0.5, 3.0}) {
        const double one = Gain::nonnegative({1, below}, 0).at(z), other = Gain::nonnegative({1, above}, 0).at(z);
        EXPECT_NEAR((one - 1) * 1e4, (other - 1) * 1e4, 3e-6 * (1 + z * z)) << z;
        EXPECT_NEAR(Gain::nonnegative({1, below}, 1e-300).at(z), one, 1e-12);
    }
    EXPECT_EQ(Gain::nonnegative({7, 0}, 0).at(tenth), 7);
    EXPECT_EQ(Gain::nonnegative({0, 0}, 0.3).at(tenth), 0);
    EXPECT_EQ(Gain::nonnegative({0, 5}, 0.3).at(-tenth), 0);
    EXPECT_EQ(Gain::nonnegative({7, 3}, 1).at(3), 0);
}

TEST(Gain, OfAnySignIsNormal) {
    const Gain gain = Gain::of_any_sign({5, 100});
    EXPECT_NEAR(gain.at(tenth), 5 + 10 * tenth, 1e-12);
    EXPECT_NEAR(gain.at(-tenth), 5 - 10 * tenth, 1e-12);
    EXPECT_NEAR(Gain::of_any_sign({-5, 100}).at(0), -5, 1e-12);
}

// Sums of few purchases: the interval of 80 % has its probability at either end, which that of a lognormal distribution misses.
TEST(Gain, IsThatOfSumsOfPurchases) {
    std::mt19937_64 random(11);
    for (const double purchases : {0.5, 2.0, 5.0, 20.0, 100.0}) {
        std::poisson_distribution<int> number(purchases);
        std::gamma_distribution<double> amount(2, 10);  // E = 20, E[x^2] = 600
        const Gain gain = Gain::nonnegative({20 * purchases, 600 * purchases}, std::exp(-purchases));
        const double lower = gain.at(tenth), upper = gain.at(-tenth);
        int below = 0, above = 0;
        constexpr int n = 40000;
        for (int i = 0; i < n; ++i) {
            double sum = 0;
            for (int k = number(random); k > 0; --k) sum += amount(random);
            below += sum < lower;
            above += sum > upper;
        }
        EXPECT_NEAR(below / double{n}, std::exp(-purchases) > 0.1 ? 0 : 0.1, 0.025) << purchases;
        EXPECT_NEAR(above / double{n}, 0.1, 0.015) << purchases;
    }
}

}  // namespace

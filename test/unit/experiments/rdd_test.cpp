#include "core/experiments/rdd.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "core/base/random.hpp"

namespace cltv {
namespace {

constexpr double chosen = std::numeric_limits<double>::quiet_NaN();

RddFit fit(std::vector<ScoredCount> rows, double cutoff = 0, RddKernel kernel = RddKernel::triangular, double bandwidth = chosen) {
    sort_scored(rows, never_stop);
    return fit_discontinuity({rows.data(), rows.size()}, cutoff, kernel, bandwidth, never_stop);
}

// 400 rows whose outcome bends, with a step of 2 at 0 and no two rows alike; `places` rounds the running variable.
std::vector<ScoredCount> bent(double places) {
    std::vector<ScoredCount> rows;
    for (int i = 0; i < 400; ++i) {
        const double u = (i * 7919 % 400 + 0.5) / 200 - 1;
        const double x = std::floor(u * places + 0.5) / places;
        rows.push_back({{x, 3 * x + 2 * x * x + x * x * x + (x >= 0 ? 2 : 0) + (i * 104729 % 101) / 101.0}, 1});
    }
    return rows;
}

// By rdrobust 4.0.0 on the same rows, which runs in its defaults; the second half has mass points.
TEST(Discontinuity, ByRdrobust) {
    struct Printed {
        double places;
        RddKernel kernel;
        double bandwidth, estimate, std_error, robust_estimate, robust_std_error, h, b, in_below, in_above;
    };
    const Printed all[] = {
        {1e6, RddKernel::triangular, chosen, 1.97831993868, 0.118809123309,
         2.00762202606, 0.140415934486, 0.374688576953, 0.59747672205, 75, 75},
        {1e6, RddKernel::triangular, 0.4, 1.9749849121, 0.114928753896,
         2.01964386245, 0.169622645476, 0.4, 0.4, 80, 80},
        {1e6, RddKernel::epanechnikov, chosen, 1.97682726939, 0.11841891589,
         2.0066354363, 0.139538217163, 0.352397496685, 0.588153310301, 70, 70},
        {1e6, RddKernel::epanechnikov, 0.4, 1.96793918076, 0.110982633351,
         2.01587542956, 0.16530074592, 0.4, 0.4, 80, 80},
        {1e6, RddKernel::uniform, chosen, 1.96526134332, 0.11963688472,
         1.99877422975, 0.138832282507, 0.303173730484, 0.558760725956, 61, 61},
        {1e6, RddKernel::uniform, 0.4, 1.96646430971, 0.104283021286,
         1.98778080269, 0.157015292888, 0.4, 0.4, 80, 80},
        {20, RddKernel::triangular, chosen, 2.03251391805, 0.125093453149,
         2.03983714706, 0.155407869705, 0.324087403555, 0.515285455419, 60, 70},
        {20, RddKernel::triangular, 0.4, 2.01308429986, 0.111422343781,
         2.04288028803, 0.185360305939, 0.4, 0.4, 70, 80},
        {20, RddKernel::epanechnikov, chosen, 2.02858104729, 0.120817010532,
         2.03761524249, 0.148807499845, 0.322312088985, 0.538126922503, 60, 70},
        {20, RddKernel::epanechnikov, 0.4, 2.00362646775, 0.107399782851,
         2.05607198507, 0.180284902995, 0.4, 0.4, 70, 80},
        {20, RddKernel::uniform, chosen, 2.04961974305, 0.12489943967,
         2.05371985354, 0.146654290528, 0.277468801675, 0.5408388272, 50, 60},
        {20, RddKernel::uniform, 0.4, 1.98017097674, 0.0943936996171,
         2.03478004211, 0.159558462012, 0.4, 0.4, 80, 90},
    };
    for (const Printed &one : all) {
        const RddFit ours = fit(bent(one.places), 0, one.kernel, one.bandwidth);
        const auto near = [](double a, double b) { return std::fabs(a - b) <= 1e-8 * std::fabs(b); };
        EXPECT_TRUE(near(ours.estimate, one.estimate)) << ours.estimate << ' ' << one.estimate;
        EXPECT_TRUE(near(ours.std_error, one.std_error)) << ours.std_error << ' ' << one.std_error;
        EXPECT_TRUE(near(ours.robust_estimate, one.robust_estimate)) << ours.robust_estimate << ' ' << one.robust_estimate;
        EXPECT_TRUE(near(ours.robust_std_error, one.robust_std_error)) << ours.robust_std_error << ' ' << one.robust_std_error;
        EXPECT_TRUE(near(ours.bandwidth, one.h)) << ours.bandwidth << ' ' << one.h;
        EXPECT_TRUE(near(ours.bias_bandwidth, one.b)) << ours.bias_bandwidth << ' ' << one.b;
        EXPECT_EQ(ours.below.in_bandwidth, one.in_below);
        EXPECT_EQ(ours.above.in_bandwidth, one.in_above);
    }
}

TEST(Discontinuity, IsTheSameStretched) {
    std::vector<ScoredCount> rows = bent(1e6), moved = rows;
    for (ScoredCount &row : moved) row.scored = {64 * row.scored.predicted, 5 + 8 * row.scored.actual};
    const RddFit a = fit(rows), b = fit(moved);
    EXPECT_NEAR(b.robust_estimate, 8 * a.robust_estimate, 1e-9);
    EXPECT_NEAR(b.robust_std_error, 8 * a.robust_std_error, 1e-9);
    EXPECT_NEAR(b.bandwidth, 64 * a.bandwidth, 1e-7);
}

TEST(Discontinuity, Refusals) {
    EXPECT_THROW(fit(bent(1e6), 2), std::domain_error);
    EXPECT_THROW(fit(bent(1e6), -2), std::domain_error);
    EXPECT_THROW(fit({{{-1, 0}, 1}, {{1, 0}, 1}}), std::domain_error);
    EXPECT_THROW(fit({{{-1, 0}, 1}, {{1, 0}, 1}}, 0, RddKernel::triangular, 5), std::domain_error);
    std::vector<ScoredCount> two_values;
    for (int i = 0; i < 100; ++i) two_values.push_back({{i % 2 - 0.5, static_cast<double>(i)}, 1});
    EXPECT_THROW(fit(two_values), std::domain_error);
}

// Spend above a loyalty tier, where the outcome bends and its noise grows.
TEST(SimulatedDiscontinuities, RobustIntervalsHoldTheTruth) {
    Random random(23);
    int held = 0;
    constexpr int rounds = 1000;
    for (int round = 0; round < rounds; ++round) {
        std::vector<ScoredCount> rows;
        for (int i = 0; i < 500; ++i) {
            const double x = draw_beta(2, 4, random) * 2 - 0.7;
            const double y = std::exp(x) + 2 * x * x - x * x * x + (x >= 0 ? 0.5 : 0) + 0.3 * (1 + (x > 0 ? x : 0)) * draw_normal(random);
            rows.push_back({{x, y}, 1});
        }
        const RddFit one = fit(rows);
        held += std::fabs(one.robust_estimate - 0.5) <= 1.959963984540054 * one.robust_std_error;
    }
    EXPECT_GE(held, 930);
    EXPECT_LE(held, 970);
}

double density_statistic(std::vector<ScoredCount> rows, double cutoff) {
    sort_scored(rows, never_stop);
    const RddDensity found = density_discontinuity({rows.data(), rows.size()}, cutoff, chosen, never_stop);
    return (found.above - found.below) / found.std_error;
}

TEST(SimulatedDiscontinuities, DensityTestFindsWhoMovedThemselves) {
    Random random(29);
    constexpr int rounds = 1000;
    int accused = 0, found = 0;
    for (int round = 0; round < rounds; ++round) {
        std::vector<ScoredCount> fair, moved;
        for (int i = 0; i < 2000; ++i) {
            const double x = draw_gamma(3, random);
            fair.push_back({{x, 0}, 1});
            // A third of those who lack up to a tenth of the line buy what is missing.
            moved.push_back({{x > 2.7 && x < 3 && draw_uniform(random) < 0.33 ? 3 + 0.3 * draw_uniform(random) : x, 0}, 1});
        }
        accused += std::fabs(density_statistic(fair, 3)) > 1.959963984540054;
        found += density_statistic(moved, 3) > 1.959963984540054;
    }
    EXPECT_GE(accused, 35);
    EXPECT_LE(accused, 65);
    EXPECT_GT(found, 500);
}

TEST(Density, IsThatOfAUniform) {
    std::vector<ScoredCount> rows;
    for (int i = 0; i < 1000; ++i) rows.push_back({{(i + 0.5) / 1000 - 0.4, 0}, 1});
    const RddDensity found = density_discontinuity({rows.data(), rows.size()}, 0, 0.2, never_stop);
    EXPECT_NEAR(found.below, 1, 1e-9);
    EXPECT_NEAR(found.above, 1, 1e-9);
    EXPECT_EQ(found.rows_below.in_bandwidth, 200);
}

}  // namespace
}  // namespace cltv

// Quantiles of a gain less a cost, against draws of both and against what is known in closed form.
#include "core/forecast/net_interval.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace cltv;

namespace {

TEST(NetInterval, SameAsDraws) {
    struct Case {
        bool any_sign;
        double gain_mean, gain_sd, cost_mean, cost_sd, rho;
    };
    std::mt19937_64 random(7);
    std::normal_distribution<double> normal;
    for (const Case &c : {Case{false, 100, 30, 20, 10, 0.6}, Case{false, 100, 30, 300, 150, 0.9}, Case{false, 100, 80, 100, 5, -0.4}, Case{true, 50, 60, 80, 40, 0.5}}) {
        const double s = std::sqrt(std::log1p(c.gain_sd * c.gain_sd / (c.gain_mean * c.gain_mean)));
        const double t = std::sqrt(std::log1p(c.cost_sd * c.cost_sd / (c.cost_mean * c.cost_mean)));
        std::vector<double> drawn(400000);
        for (double &x : drawn) {
            const double z = normal(random), w = c.rho * z + std::sqrt(1 - c.rho * c.rho) * normal(random);
            const double gain = c.any_sign ? c.gain_mean + c.gain_sd * w : c.gain_mean * std::exp(s * w - s * s / 2);
            x = gain - c.cost_mean * std::exp(t * z - t * t / 2);
        }
        std::sort(drawn.begin(), drawn.end());
        const double covariance = c.any_sign ? c.gain_sd * t * c.cost_mean * c.rho : c.gain_mean * c.cost_mean * std::expm1(s * t * c.rho);
        const double spread = std::sqrt(c.gain_sd * c.gain_sd + c.cost_sd * c.cost_sd - 2 * covariance);
        for (const double level : {0.5, 0.8, 0.95}) {
            const ConfidenceInterval interval =
                net_interval({c.gain_mean, c.gain_sd * c.gain_sd}, c.any_sign, {c.cost_mean, c.cost_sd * c.cost_sd}, covariance, level);
            const auto at = [&drawn](double share) { return drawn[static_cast<std::size_t>(share * static_cast<double>(drawn.size()))]; };
            EXPECT_NEAR(interval.lower, at((1 - level) / 2), 0.015 * spread) << c.gain_mean << ", " << c.cost_mean << ", " << level;
            EXPECT_NEAR(interval.upper, at((1 + level) / 2), 0.015 * spread) << c.gain_mean << ", " << c.cost_mean << ", " << level;
            EXPECT_DOUBLE_EQ(interval.estimate, c.gain_mean - c.cost_mean);
        }
    }
}

// Without a cost to speak of it is the gain's own lognormal, with one that is sure the same moved, and of a gain that is sure the
// cost's, turned round: its long tail is then below.
TEST(NetInterval, Limits) {
    const double s = std::sqrt(std::log1p(0.09)), k = normal_quantile(0.8), below = std::exp(-s * s / 2 - k * s), above = std::exp(-s * s / 2 + k * s);
    for (const double cost : {1e-9, 40.0}) {
        const ConfidenceInterval interval = net_interval({100, 900}, false, {cost, 0}, 0, 0.8);
        EXPECT_NEAR(interval.lower, 100 * below - cost, 1e-6);
        EXPECT_NEAR(interval.upper, 100 * above - cost, 1e-6);
    }
    const ConfidenceInterval turned = net_interval({40, 0}, false, {100, 900}, 0, 0.8);
    EXPECT_NEAR(turned.lower, 40 - 100 * above, 0.1);
    EXPECT_NEAR(turned.upper, 40 - 100 * below, 0.1);
    EXPECT_GT(turned.estimate - turned.lower, turned.upper - turned.estimate);
    const ConfidenceInterval sure = net_interval({5, 0}, true, {3, 0}, 0, 0.8);
    EXPECT_EQ(sure.lower, 2);
    EXPECT_EQ(sure.upper, 2);
    // Two that are one: cost is half the gain, whatever it is.
    const ConfidenceInterval half = net_interval({100, 900}, false, {50, 225}, 450, 0.8);
    EXPECT_NEAR(half.lower, 50 * below, 0.1);
    EXPECT_NEAR(half.upper, 50 * above, 0.1);
}

}  // namespace

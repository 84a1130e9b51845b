// Quantiles of a gain less a cost, against draws of both and against what is known in closed form.
#include "core/forecast/net_interval.hpp"

#include <boost/math/special_functions/gamma.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace cltv;

namespace {

// Draws of both, whose deviates have the correlation rho; a gain that is never negative is 0 where its deviate's probability is
// below `nothing`, and gamma distributed beyond.
TEST(NetInterval, SameAsDraws) {
    struct Case {
        bool any_sign;
        double nothing, gain_mean, gain_sd, cost_mean, cost_sd, rho;
    };
    std::mt19937_64 random(7);
    std::normal_distribution<double> normal;
    for (const Case &c : {Case{false, 0, 100, 30, 20, 10, 0.6}, Case{false, 0, 100, 30, 300, 150, 0.9}, Case{false, 0, 100, 80, 100, 5, -0.4},
                          Case{false, 0.15, 100, 80, 100, 40, 0.5}, Case{true, 0, 50, 60, 80, 40, 0.5}}) {
        const double t = std::sqrt(std::log1p(c.cost_sd * c.cost_sd / (c.cost_mean * c.cost_mean)));
        const double some = 1 - c.nothing, squared = some * (1 + c.gain_sd * c.gain_sd / (c.gain_mean * c.gain_mean)) - 1;
        const auto gain_of = [&](double w) {
            if (c.any_sign) return c.gain_mean + c.gain_sd * w;
            const double above = std::erfc(w / std::sqrt(2.0)) / 2;
            return above < some ? c.gain_mean / some * squared * boost::math::gamma_q_inv(1 / squared, above / some) : 0;
        };
        std::vector<double> drawn(400000);
        for (double &x : drawn) {
            const double z = normal(random), w = c.rho * z + std::sqrt(1 - c.rho * c.rho) * normal(random);
            x = gain_of(w) - c.cost_mean * std::exp(t * z - t * t / 2);
        }
        std::sort(drawn.begin(), drawn.end());
        // Given the gain's deviate w, the cost's is normal around rho w.
        double mean = 0, covariance = 0;
        for (double w = -8; w < 8; w += 0.001) {
            const double weighted = gain_of(w) * 0.001 * std::exp(-w * w / 2) / std::sqrt(2 * std::acos(-1.0));
            mean += weighted;
            covariance += weighted * c.cost_mean * std::expm1(c.rho * t * w - c.rho * c.rho * t * t / 2);
        }
        EXPECT_NEAR(mean, c.gain_mean, 1e-3 * c.gain_sd);
        const double spread = std::sqrt(c.gain_sd * c.gain_sd + c.cost_sd * c.cost_sd - 2 * covariance);
        const Moments moments = {c.gain_mean, c.gain_sd * c.gain_sd};
        const Gain gain = c.any_sign ? Gain::of_any_sign(moments) : Gain::nonnegative(moments, c.nothing);
        for (const double level : {0.5, 0.8, 0.95}) {
            const ConfidenceInterval interval = net_interval(gain, {c.cost_mean, c.cost_sd * c.cost_sd}, covariance, level);
            const double near = 0.015 * spread;
            const auto at = [&drawn](double share) { return drawn[static_cast<std::size_t>(share * static_cast<double>(drawn.size()))]; };
            EXPECT_NEAR(interval.lower, at((1 - level) / 2), near) << c.gain_mean << ", " << c.cost_mean << ", " << level;
            EXPECT_NEAR(interval.upper, at((1 + level) / 2), near) << c.gain_mean << ", " << c.cost_mean << ", " << level;
            EXPECT_DOUBLE_EQ(interval.estimate, c.gain_mean - c.cost_mean);
        }
    }
}

// Without a cost to speak of it is the gain's own, with one that is sure the same moved, and of a gain that is sure the cost's,
// turned round: its long tail is then below.
TEST(NetInterval, Limits) {
    const double s = std::sqrt(std::log1p(0.09)), k = normal_quantile(0.8), below = std::exp(-s * s / 2 - k * s), above = std::exp(-s * s / 2 + k * s);
    const Gain gain = Gain::nonnegative({100, 900}, 0), sure_gain = Gain::nonnegative({40, 0}, 0);
    for (const double cost : {1e-9, 40.0}) {
        const ConfidenceInterval interval = net_interval(gain, {cost, 0}, 0, 0.8);
        EXPECT_NEAR(interval.lower, gain.at(-k) - cost, 1e-4);
        EXPECT_NEAR(interval.upper, gain.at(k) - cost, 1e-4);
    }
    const ConfidenceInterval turned = net_interval(sure_gain, {100, 900}, 0, 0.8);
    EXPECT_NEAR(turned.lower, 40 - 100 * above, 0.1);
    EXPECT_NEAR(turned.upper, 40 - 100 * below, 0.1);
    EXPECT_GT(turned.estimate - turned.lower, turned.upper - turned.estimate);
    const ConfidenceInterval sure = net_interval(Gain::of_any_sign({5, 0}), {3, 0}, 0, 0.8);
    EXPECT_EQ(sure.lower, 2);
    EXPECT_EQ(sure.upper, 2);
    // Nobody buys, most likely: what is left is the cost.
    const ConfidenceInterval nothing = net_interval(Gain::nonnegative({1, 30}, 0.95), {10, 1e-6}, 0, 0.8);
    EXPECT_NEAR(nothing.lower, -10, 0.01);
    EXPECT_NEAR(nothing.upper, -10, 0.01);
}

}  // namespace

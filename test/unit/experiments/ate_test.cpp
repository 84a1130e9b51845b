#include "core/experiments/ate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "core/base/random.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

// Who spent much and came lately is more often treated, and spends more anyway; the effect is 2 + a.
const FeatureSet &chosen_by_need(int customers, std::uint64_t seed, bool bent) {
    Random random(seed);
    Shop shop;
    for (int i = 0; i < customers; ++i) {
        const double a = draw_normal(random), b = draw_normal(random);
        const char *const levels[] = {"AT", "CH", "DE"};
        const int level = static_cast<int>(3 * draw_uniform(random));
        const double t = draw_uniform(random) < 1 / (1 + std::exp(-(a - 0.5 * b + 0.4 * level - 0.4))) ? 1 : 0;
        const double y = 3 * a - b + level + (bent ? a * a : 0) + t * (2 + a) + draw_normal(random) * (1 + 0.5 * t);
        shop.add(Targets::response, {y, t}, {{Role::any, features({number("a", a), number("b", b), category("land", levels[level])})}});
    }
    return shop.sorted();
}

TEST(TreatmentEffect, IntervalsHoldTheTruth) {
    // With outcomes that bend, which the lines miss, the chances of treatment are right all the same.
    for (const bool bent : {false, true}) {
        int held = 0;
        double naive = 0;
        constexpr int rounds = 1000;
        for (int round = 0; round < rounds; ++round) {
            const TreatmentEffect effect = treatment_effect(chosen_by_need(600, 31 + static_cast<std::uint64_t>(round), bent), 1, 1, never_stop);
            held += std::fabs(effect.estimate - 2) <= 1.959963984540054 * effect.std_error;
            naive += effect.difference / rounds;
        }
        EXPECT_GE(held, 930) << bent;
        EXPECT_LE(held, 970) << bent;
        EXPECT_GT(naive, 4);
    }
}

// One category, three levels: the mean over the levels of the differences within them, but for the ridge.
TEST(TreatmentEffect, IsTheStratifiedDifference) {
    Shop shop;
    double stratified = 0, all = 0;
    const char *const levels[] = {"a", "b", "c"};
    for (int level = 0; level < 3; ++level) {
        const double n = 10000 * (level + 1), treated = n * (0.2 + 0.3 * level), others = n - treated;
        const double y[] = {others * 0.1 * (level + 1), treated * (0.1 * (level + 1) + 0.05 * level)};  // who bought
        const Features *const x = features({category("level", levels[level])});
        for (const int t : {0, 1}) {
            shop.add(Targets::response, {1, double(t)}, {{Role::any, x}}, y[t]);
            shop.add(Targets::response, {0, double(t)}, {{Role::any, x}}, (t ? treated : others) - y[t]);
        }
        stratified += n * (y[1] / treated - y[0] / others);
        all += n;
    }
    const TreatmentEffect effect = treatment_effect(shop.sorted(), 5, 1, never_stop);
    EXPECT_NEAR(effect.estimate, stratified / all, 2e-5);
    EXPECT_EQ(effect.customers, all);
    EXPECT_EQ(effect.outside, 0);
}

TEST(TreatmentEffect, Refusals) {
    EXPECT_THROW(treatment_effect(chosen_by_need(12, 3, false), 5, 1, never_stop), std::domain_error);
}

}  // namespace
}  // namespace cltv

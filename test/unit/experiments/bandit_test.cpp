// Bandits beside exact probabilities, and their regret in simulated shops.
#include "core/experiments/bandit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <new>
#include <vector>

#include "core/base/random.hpp"

namespace cltv {
namespace {

bool never() { return false; }

// A bandit of k arms in memory of its own.
struct Arms {
    std::vector<double> memory;
    ExperimentBase *bandit;

    explicit Arms(int k, Companion companion = Companion::none) : memory((sizeof(ExperimentBase) + static_cast<std::size_t>(k) * sizeof(VariantSums)) / 8 + 1) {
        bandit = new (memory.data()) ExperimentBase;
        bandit->companion = companion;
        bandit->used = bandit->capacity = static_cast<std::uint32_t>(k);
        for (int i = 0; i < k; ++i) {
            bandit->rows()[i] = VariantSums{};
            bandit->rows()[i].name[0] = static_cast<char>('a' + i);
        }
    }
    VariantSums &operator[](int i) { return bandit->rows()[i]; }
};

TEST(Bandit, OfTwoNormalsTheBetterOne) {
    const std::vector<ArmPosterior> arms = {{false, 1, 0.5, 9, 1}, {false, 1.7, 2, 9, 1.7}};
    const std::vector<double> best = probabilities_best(arms, never);
    const double exact = std::erfc(-0.7 / std::sqrt(0.25 + 4.0) / std::sqrt(2.0)) / 2;
    EXPECT_NEAR(best[1], exact, 1e-10);
    EXPECT_NEAR(best[0], 1 - exact, 1e-10);
}

// However far apart their spreads are.
TEST(Bandit, OfTwoSharesTheBetterOne) {
    constexpr double pairs[][4] = {{101, 901, 121, 881}, {1, 1, 2, 1}, {1, 1, 5001, 995001}, {1, 1e6, 3, 2e6}, {40, 3, 1, 1}};
    for (const auto &[a1, b1, a2, b2] : pairs) {
        const std::vector<double> best = probabilities_best({{true, a1, b1, 0, 0}, {true, a2, b2, 0, 0}}, never);
        EXPECT_NEAR(best[1], prob_beta_greater(a2, b2, a1, b1), 1e-9) << a1 << ' ' << b1 << ' ' << a2 << ' ' << b2;
    }
}

// The largest of n uniform numbers has the density of Beta(n, 1), and is the largest of all of n in so many.
TEST(Bandit, OfThreeTheBestInClosedForm) {
    const std::vector<double> shares = probabilities_best({{true, 5, 1, 0, 0}, {true, 2, 1, 0, 0}, {true, 1, 1, 0, 0}}, never);
    EXPECT_NEAR(shares[0], 5.0 / 8, 1e-14);
    EXPECT_NEAR(shares[1], 2.0 / 8, 1e-14);
    EXPECT_NEAR(shares[2], 1.0 / 8, 1e-14);
    // Three normals of one mean: 1/4 + asin(rho)/(2 pi), rho the correlation of the differences from the first.
    const double rho = 1 / std::sqrt((1 + 4.0) * (1 + 0.25));
    const std::vector<double> money = probabilities_best({{false, 7, 1, 0, 0}, {false, 7, 2, 0, 0}, {false, 7, 0.5, 0, 0}}, never);
    EXPECT_NEAR(money[0], 0.25 + std::asin(rho) / (2 * std::acos(-1.0)), 1e-13);
}

// Where a density is known to five digits only, its share is to eleven: P(uniform > 0.3).
TEST(Bandit, ManyRewardsBesideNone) {
    EXPECT_NEAR(probabilities_best({{true, 1, 1, 0, 0}, {true, 3e11, 7e11, 0, 0}}, never)[0], 0.7, 1e-11);
}

TEST(Bandit, EqualArmsAreEquallyOftenTheBest) {
    std::vector<ArmPosterior> arms(7, {true, 3, 50, 0, 0});
    for (const double best : probabilities_best(arms, never)) EXPECT_NEAR(best, 1.0 / 7, 1e-12);
}

// Ten thousand offers of four arms, in nights of a hundred of which nothing is known before the next. Regret: what the best arm
// would have brought more, a run.
struct Regret {
    double bandit = 0, uniform = 0;
};

Regret simulated(int runs, double decay, bool drifts) {
    constexpr int nights = 100, offers = 100, k = 4;
    Random random(31);
    Regret regret;
    for (int run = 0; run < runs; ++run) {
        std::vector<std::vector<double>> won(k, std::vector<double>(nights)), made = won;
        for (int night = 0; night < nights; ++night) {
            // The best arm becomes the worst half way, or stays what it is.
            const bool turned = drifts && night >= nights / 2;
            const double chance[k] = {turned ? 0.12 : 0.04, 0.05, 0.06, turned ? 0.03 : 0.09};
            Arms arms(k, Companion::weight);
            for (int i = 0; i < k; ++i)
                for (int past = 0; past < night; ++past) {
                    const double weight = std::pow(decay, night - past);
                    for (double n = won[i][past]; n > 0; --n) add_weighted(arms[i], 1, weight);
                    for (double n = made[i][past] - won[i][past]; n > 0; --n) add_weighted(arms[i], 0, weight);
                }
            const double best = turned ? 0.12 : 0.09;
            for (int offer = 0; offer < offers; ++offer) {
                const std::uint32_t arm = thompson_choice(*arms.bandit, run * 1000003 + night * offers + offer);
                ++made[arm][night];
                won[arm][night] += draw_uniform(random) < chance[arm];
                regret.bandit += (best - chance[arm]) / runs;
                regret.uniform += (best - (chance[0] + chance[1] + chance[2] + chance[3]) / k) / runs;
            }
        }
    }
    return regret;
}

TEST(Bandit, RegretIsFarBelowThatOfTossingCoins) {
    const Regret regret = simulated(10, 1, false);
    std::printf("regret of 10,000 offers: %.1f, uniform %.1f\n", regret.bandit, regret.uniform);
    EXPECT_LT(regret.bandit, 0.35 * regret.uniform);
}

TEST(Bandit, WithDecayItFollowsWhatChanges) {
    const Regret all = simulated(10, 1, true), decayed = simulated(10, 0.9, true);
    std::printf("regret with a change half way: %.1f, with decay %.1f, uniform %.1f\n", all.bandit, decayed.bandit, decayed.uniform);
    EXPECT_LT(decayed.bandit, 0.8 * all.bandit);
    EXPECT_LT(decayed.bandit, 0.6 * decayed.uniform);
}

}  // namespace
}  // namespace cltv

#include "core/base/random.hpp"
#include "core/spend/lognormal.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "unit/base/reference_table.hpp"
#include "unit/purchases/simulated_base.hpp"

namespace cltv {
namespace {

const SpendFamily &spend = *lognormal::family.spend;

TEST(Lognormal, AgreesWithTheReference) {
    WorstError likelihood("log_likelihood"), expected("expected_spend");
    for (const ReferenceRow &row : reference_table("lognormal", 7)) {
        likelihood.add(spend.log_likelihood(row.data(), {row[3], row[4]}), row[5], row);
        expected.add(spend.expected_spend(row.data(), {row[3], row[4]}), row[6], row);
    }
    likelihood.expect_below(1e-9);
    expected.expect_below(1e-11);
}

// One purchase each is exactly lognormal, and the mean of a lognormal level e^(mu + tau^2/2).
TEST(Lognormal, MeansAndDraws) {
    const double p[] = {3, 0.5, 0.8};
    EXPECT_NEAR(spend.population_mean(p), std::exp(3.125), 1e-12 * std::exp(3.125));
    EXPECT_EQ(spend.expected_spend(p, {0, 0}), spend.population_mean(p));
    Random random(3);
    double sum = 0, logs = 0, squares = 0;
    constexpr int n = 200000;
    for (int i = 0; i < n; ++i) {
        const double amount = spend.next_spend(spend.draw(p, random), random), y = std::log(amount) - (3 - 0.32);
        sum += amount;
        logs += y;
        squares += y * y;
    }
    EXPECT_NEAR(sum / n, std::exp(3.125), 0.01 * std::exp(3.125));
    EXPECT_NEAR(logs / n, 0, 0.01);
    EXPECT_NEAR(squares / n, 0.25 + 0.64, 0.02);
}

// The mean of several purchases is lognormal only nearly, which at 0.6 moves sigma by a tenth of its standard error here.
TEST(Lognormal, FitRecoversItsParameters) {
    Random random(8);
    for (const double sigma : {0.3, 0.6}) {
        const double p[] = {3.4, 0.5, sigma};
        const std::vector<SpendCount> base = simulated_spends(spend, p, 20000, random);
        const Fit fit = lognormal::fit({base.data(), base.size()}, 1, never_stop);
        ASSERT_EQ(fit.status, Status::converged);
        EXPECT_FALSE(fit.prior);
        const auto error = [&](int i) { return std::sqrt(fit.covariance[covariance_index(i, i)]); };
        EXPECT_NEAR(fit.parameters[0], p[0], 4 * error(0));
        EXPECT_NEAR(fit.parameters[1], p[1], 4 * error(1));
        EXPECT_NEAR(fit.parameters[2], p[2], 4 * error(2));
        EXPECT_NEAR(spend.population_mean(fit.parameters.data()) / spend.population_mean(p), 1, 0.02);
    }
}

}  // namespace
}  // namespace cltv

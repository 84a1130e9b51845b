#include "core/base/random.hpp"
#include "core/spend/own.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "unit/base/reference_table.hpp"
#include "unit/purchases/simulated_base.hpp"

namespace cltv {
namespace {

const SpendFamily &spend = *own::family.spend;

TEST(Own, AgreesWithTheReference) {
    WorstError likelihood("log_likelihood"), expected("expected_spend");
    for (const ReferenceRow &row : reference_table("own", 7)) {
        likelihood.add(spend.log_likelihood(row.data(), {row[3], row[4]}), row[5], row);
        expected.add(spend.expected_spend(row.data(), {row[3], row[4]}), row[6], row);
    }
    likelihood.expect_below(1e-9);
    expected.expect_below(1e-11);
}

TEST(Own, FitRecoversItsParameters) {
    Random random(8);
    const double p[] = {-3, 12, 30};
    const std::vector<SpendCount> base = simulated_spends(spend, p, 20000, random);
    const Fit fit = own::fit({base.data(), base.size()}, 1, never_stop);
    expect_recovered(fit, p, 3, 4);
    EXPECT_FALSE(fit.prior);
}

// Half the way from the mean of all to the own one where both have the same variance, three quarters of it with three
// purchases.
TEST(Own, ShrinksTowardsTheMean) {
    const double p[] = {10, 5, 5};
    EXPECT_DOUBLE_EQ(spend.expected_spend(p, {1, 30}), 20);
    EXPECT_DOUBLE_EQ(spend.expected_spend(p, {3, -30}), -20);
    EXPECT_DOUBLE_EQ(spend.expected_spend(p, {3, 0}), 2.5);
    EXPECT_DOUBLE_EQ(spend.expected_spend(p, {0, 0}), 10);
}

}  // namespace
}  // namespace cltv

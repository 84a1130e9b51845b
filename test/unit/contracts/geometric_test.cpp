#include "core/contracts/geometric.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/base/random.hpp"
#include "core/contracts/sbg.hpp"
#include "unit/base/reference_table.hpp"

namespace cltv {
namespace {

using Base = std::vector<ContractCount>;

const ContractFamily &contracts = *geometric::family.contract;

Fit fit(const Base &base, double prior = 1) { return geometric::fit({base.data(), base.size()}, prior, never_stop); }

TEST(Geometric, AgreesWithTheReference) {
    WorstError left("log_likelihood, churned"), active("log_likelihood, active"), survival("survival"), churn("churn"),
        retention("retention"), expected("expected_periods"), discounted("discounted_periods");
    for (const ReferenceRow &row : reference_table("geometric", 11, 190)) {
        const double *p = row.data(), periods = row[1], horizon = row[2], rate = row[3];
        left.add(contracts.log_likelihood(p, {periods, 1}), row[4], row);
        active.add(contracts.log_likelihood(p, {periods, 0}), row[5], row);
        survival.add(contracts.survival(p, periods), row[6], row);
        churn.add(contracts.churn(p, periods), row[7], row);
        retention.add(contracts.retention(p, periods), row[8], row);
        expected.add(contracts.expected_periods(p, periods, horizon), row[9], row);
        discounted.add(contracts.discounted_periods(p, periods, horizon, rate), row[10], row);
    }
    for (const WorstError *error : {&left, &active, &survival, &churn, &retention, &expected, &discounted})
        error->expect_below(1e-13);
}

// The share of decisions that were made against renewal, with the binomial error; the sum of the customers' likelihoods.
TEST(Geometric, Fits) {
    const Base base = {{{0, 0}, 7}, {{1, 1}, 40}, {{2, 0}, 10}, {{2, 1}, 30}, {{5, 0}, 20}};
    const double decisions = 40 + 20 + 60 + 100, theta = 70 / decisions;
    const Fit f = fit(base);
    EXPECT_EQ(f.status, Status::converged);
    EXPECT_EQ(f.form, 0);
    EXPECT_EQ(f.customers, 100);
    EXPECT_EQ(find_fault(view_of(f), geometric::family), nullptr);
    ASSERT_EQ(f.parameters.size(), 1u);
    EXPECT_NEAR(f.parameters[0], theta, 1e-15);
    EXPECT_NEAR(f.covariance[0], theta * (1 - theta) / decisions, 1e-15);
    double sum = 0;
    for (const ContractCount &row : base) sum += row.count * contracts.log_likelihood(&theta, row.contract);
    EXPECT_NEAR(f.log_likelihood, sum, 1e-11);
}

// Of the same customers, sBG at its limit has the same parameter and the same likelihood.
TEST(Geometric, IsALimitOfSbg) {
    const Base base = {{{1, 1}, 500}, {{2, 1}, 250}, {{3, 0}, 125}, {{3, 1}, 125}};
    const Fit f = fit(base), limit = sbg::fit({base.data(), base.size()}, never_stop);
    ASSERT_EQ(limit.status, Status::boundary);
    EXPECT_EQ(limit.parameters[0], f.parameters[0]);
    EXPECT_NEAR(limit.log_likelihood, f.log_likelihood, 1e-9);
}

// Nobody has left in 700 decisions: the mean and variance of Beta(1/2, 700 + 1/2).
TEST(Geometric, NobodyChurned) {
    const Base base = {{{0, 0}, 10}, {{5, 0}, 50}, {{9, 0}, 50}};
    const Fit f = fit(base);
    EXPECT_EQ(f.status, Status::nobody_churned);
    EXPECT_TRUE(f.prior);
    EXPECT_EQ(find_fault(view_of(f), geometric::family), nullptr);
    ASSERT_TRUE(f.usable());
    EXPECT_NEAR(f.parameters[0], 0.5 / 701, 1e-15);
    EXPECT_NEAR(f.covariance[0], 0.5 * 700.5 / (701. * 701 * 702), 1e-15);
    EXPECT_FALSE(fit(base, 0).usable());
}

TEST(Geometric, FitsThatRefuse) {
    EXPECT_EQ(fit({}).status, Status::nobody_churned);
    EXPECT_FALSE(fit({{{0, 0}, 500}}).usable());
    EXPECT_EQ(fit({{{0, 0}, 10}, {{1, 1}, 50}}).status, Status::identical_customers);
    const Base base = {{{1, 1}, 5}, {{2, 0}, 4}};
    EXPECT_THROW(geometric::fit({base.data(), base.size()}, 1, [] { return true; }), Stopped);
}

// Simulated customers: the 95 % interval of theta holds it in 93 to 97 % of 2,000 shops.
TEST(Geometric, IntervalsHold) {
    Random random(23);
    constexpr int shops = 2000, customers = 200;
    const double theta = 0.15;
    int held = 0;
    for (int shop = 0; shop < shops; ++shop) {
        Base base;
        for (int i = 0; i < customers; ++i) {
            const int most = 1 + i % 6;
            int t = 1;
            while (t < most && draw_uniform(random) >= theta) ++t;
            base.push_back({{static_cast<double>(t), draw_uniform(random) < theta ? 1.0 : 0.0}, 1});
            if (t < most) base.back().contract.churned = 1;
        }
        const Fit f = fit(base);
        ASSERT_EQ(f.status, Status::converged);
        held += std::fabs(f.parameters[0] - theta) <= 1.959963984540054 * std::sqrt(f.covariance[0]);
    }
    EXPECT_GE(held, 0.93 * shops);
    EXPECT_LE(held, 0.97 * shops);
}

TEST(Geometric, ThetaIsAShare) {
    for (const double theta : {0.0, 1.0, 1.5, -0.1}) EXPECT_NE(find_fault(view_of(given(&theta, 1)), geometric::family), nullptr);
    const double theta = 0.999;
    EXPECT_EQ(find_fault(view_of(given(&theta, 1)), geometric::family), nullptr);
}

}  // namespace
}  // namespace cltv

#include "core/contracts/sbg.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/base/random.hpp"
#include "unit/base/reference_table.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

const ContractFamily &contracts = *sbg::family.contract;

using Base = std::vector<ContractCount>;

// Customers who churned after 1, 2, ... periods, and those who were still there at the end.
Base cohort(const std::vector<double> &survivors) {
    Base base;
    double before = 1000;
    for (std::size_t t = 1; t <= survivors.size(); ++t) {
        const auto periods = static_cast<double>(t);
        if (t == survivors.size()) base.push_back({{periods, 0}, survivors.back()});
        base.push_back({{periods, 1}, before - survivors[t - 1]});
        before = survivors[t - 1];
    }
    return base;
}

Fit fit(const Base &base) { return sbg::fit({base.data(), base.size()}, never_stop); }

double log_likelihood(const Base &base, const double *parameters) {
    double total = 0;
    for (const ContractCount &row : base) total += row.count * contracts.log_likelihood(parameters, row.contract);
    return total;
}

// Fader & Hardie (2007), table 1 and section 4: customers still there after 1..7 years.
const Base highend = cohort({869, 743, 653, 593, 551, 517, 491});
const Base regular = cohort({631, 468, 382, 326, 289, 262, 241});

TEST(Sbg, AgreesWithTheReference) {
    WorstError left("log_likelihood, churned"), active("log_likelihood, active"), survival("survival"), churn("churn"),
        retention("retention"), expected("expected_periods"), discounted("discounted_periods");
    for (const ReferenceRow &row : reference_table("sbg", 12)) {
        const double *p = row.data(), periods = row[2], horizon = row[3], rate = row[4];
        left.add(contracts.log_likelihood(p, {periods, 1}), row[5], row);
        active.add(contracts.log_likelihood(p, {periods, 0}), row[6], row);
        survival.add(contracts.survival(p, periods), row[7], row);
        churn.add(contracts.churn(p, periods), row[8], row);
        retention.add(contracts.retention(p, periods), row[9], row);
        expected.add(contracts.expected_periods(p, periods, horizon), row[10], row);
        discounted.add(contracts.discounted_periods(p, periods, horizon, rate), row[11], row);
    }
    for (const WorstError *error : {&left, &active, &survival, &churn, &retention, &expected, &discounted})
        error->expect_below(1e-11);
}

TEST(Sbg, PublishedFits) {
    const Fit high = fit(highend), low = fit(regular);
    EXPECT_EQ(high.status, Status::converged);
    EXPECT_NEAR(high.log_likelihood, -1611.1581, 5e-5);
    EXPECT_NEAR(high.parameters[0], 0.668088, 2e-6);
    EXPECT_NEAR(high.parameters[1], 3.806096, 2e-6);
    EXPECT_EQ(low.status, Status::converged);
    EXPECT_NEAR(low.log_likelihood, -1680.2652, 5e-5);
    EXPECT_NEAR(low.parameters[0], 0.704077, 1e-6);
    EXPECT_NEAR(low.parameters[1], 1.182043, 1e-6);
}

// The fit's sums and the customers' own formula are the same; the covariance is the inverse of the curvature.
TEST(Sbg, LikelihoodAndItsCurvature) {
    for (const Base &base : {highend, regular}) {
        const Fit f = fit(base);
        EXPECT_NEAR(log_likelihood(base, f.parameters.data()), f.log_likelihood, 1e-9);
        double curvature[2][2];
        const auto at = [&](double i, double j) {
            const double h = 1e-3;
            const double p[] = {f.parameters[0] * (1 + i * h), f.parameters[1] * (1 + j * h)};
            return log_likelihood(base, p) / (h * h);
        };
        curvature[0][0] = at(1, 0) - 2 * at(0, 0) + at(-1, 0);
        curvature[1][1] = at(0, 1) - 2 * at(0, 0) + at(0, -1);
        curvature[0][1] = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4;
        const double determinant = curvature[0][0] * curvature[1][1] - curvature[0][1] * curvature[0][1];
        const double *p = f.parameters.data();
        EXPECT_NEAR(f.covariance[covariance_index(0, 0)] / (-p[0] * p[0] * curvature[1][1] / determinant), 1, 1e-4);
        EXPECT_NEAR(f.covariance[covariance_index(1, 0)] / (p[0] * p[1] * curvature[0][1] / determinant), 1, 1e-4);
        EXPECT_NEAR(f.covariance[covariance_index(1, 1)] / (-p[1] * p[1] * curvature[0][0] / determinant), 1, 1e-4);
    }
}

TEST(Sbg, RatesAreConsistent) {
    for (const double alpha : {1e-3, 0.7, 1.0, 20.0, 1e4})
        for (const double beta : {1e-3, 1.2, 300.0, 1e4}) {
            const double p[] = {alpha, beta};
            EXPECT_EQ(contracts.survival(p, 0), 1);
            for (const double t : {1.0, 2.0, 65.0, 36500.0}) {
                const double r = contracts.retention(p, t), before = contracts.survival(p, t - 1);
                EXPECT_NEAR(r + contracts.churn(p, t - 1), 1, 1e-15);
                EXPECT_NEAR(contracts.survival(p, t), before * r, 1e-12 * before * r);
                // Leaving at the end of the last period or staying on: there is nothing else.
                EXPECT_NEAR(std::exp(contracts.log_likelihood(p, {t, 1})) + std::exp(contracts.log_likelihood(p, {t, 0})),
                            before, 1e-12 * before);
            }
        }
}

// Residual lifetime as in Fader & Hardie (2010), with (delta + n - 1)/(gamma + delta + n - 1) 2F1(1, delta + n;
// gamma + delta + n; 1/(1 + d)) summed by hand; a customer of n - 1 renewals stands before the n-th decision.
TEST(Sbg, ResidualLifetime) {
    const double p[] = {0.668088, 3.806096};
    for (const double n : {1.0, 2.0, 5.0}) {
        double term = 1, hypergeometric = 0;
        for (double k = 0; k < 2000; ++k) {
            hypergeometric += term;
            term *= (p[1] + n + k) / (p[0] + p[1] + n + k) / 1.1;
        }
        const double derl = (p[1] + n - 1) / (p[0] + p[1] + n - 1) * hypergeometric;
        EXPECT_NEAR(contracts.discounted_periods(p, n - 1, infinity, 0.1), derl, 1e-12 * derl);
    }
}

TEST(Sbg, PredictionsGrowWithTheHorizon) {
    for (const double alpha : {1e-3, 0.7, 1.0, 20.0, 1e4}) {
        const double p[] = {alpha, 2.5};
        double before = 0, discounted_before = 0;
        for (const double horizon : {1.0, 2.0, 12.0, 64.0, 65.0, 100.0, 999.0, 1000.0, 1001.0, 36500.0, infinity}) {
            const double expected = contracts.expected_periods(p, 3, horizon);
            const double discounted = contracts.discounted_periods(p, 3, horizon, 0.01);
            EXPECT_GE(expected, before);
            EXPECT_GE(discounted, discounted_before);
            EXPECT_LE(discounted, horizon > 1 ? expected : expected + 1e-15);
            before = expected;
            discounted_before = discounted;
        }
    }
}

TEST(Sbg, FitsThatRefuse) {
    EXPECT_FALSE(fit({}).usable());
    EXPECT_FALSE(fit({{{0, 0}, 500}}).usable());
    EXPECT_EQ(fit({{{0, 0}, 10}, {{1, 1}, 50}}).status, Status::identical_customers);
}

// Where customers do not differ, or all leave at once or never, the maximum is a limit with one parameter.
TEST(Sbg, FitsAtALimit) {
    enum { one_churn_rate = 1, at_once_or_never };
    const auto expect_limit = [](const Base &base, int form, double parameter, double decisions) {
        const Fit f = fit(base);
        EXPECT_EQ(f.status, Status::boundary);
        EXPECT_EQ(f.form, form);
        ASSERT_EQ(f.parameters.size(), 1u);
        EXPECT_NEAR(f.parameters[0], parameter, 1e-14);
        EXPECT_NEAR(f.covariance[0], parameter * (1 - parameter) / decisions, 1e-14);
        EXPECT_EQ(find_fault(view_of(f), sbg::family), nullptr);
        double sum = 0;
        for (const ContractCount &row : base)
            sum += row.count * sbg::family.limits[form - 1].contract->log_likelihood(f.parameters.data(), row.contract);
        EXPECT_NEAR(f.log_likelihood, sum, 1e-10 * std::fabs(sum));
    };
    // A retention rate that does not rise leaves nothing to tell customers apart; one that falls, less still.
    expect_limit({{{1, 1}, 500}, {{2, 1}, 250}, {{3, 1}, 125}, {{3, 0}, 125}}, one_churn_rate, 0.5, 1750);
    expect_limit({{{1, 1}, 100}, {{2, 1}, 300}, {{3, 1}, 500}, {{3, 0}, 100}}, one_churn_rate, 900. / 2500, 2500);
    // One decision each.
    expect_limit({{{1, 0}, 30}, {{1, 1}, 50}}, one_churn_rate, 50. / 80, 80);
    // Half leave at once, nobody later.
    expect_limit({{{1, 1}, 500}, {{36500, 0}, 500}}, at_once_or_never, 0.5, 1000);
}

// Nobody has left in 699 decisions: a bound, by the prior Beta(1/2, 1/2).
TEST(Sbg, NobodyChurned) {
    const Fit f = fit({{{0, 0}, 10}, {{5, 0}, 50}, {{9, 0}, 50}});
    EXPECT_EQ(f.status, Status::nobody_churned);
    EXPECT_EQ(find_fault(view_of(f), sbg::family), nullptr);
    ASSERT_TRUE(f.usable());
    EXPECT_NEAR(f.parameters[0], 0.5 / 701, 1e-15);
    const Base base = {{{5, 0}, 50}, {{9, 0}, 50}};
    EXPECT_FALSE(sbg::fit({base.data(), base.size()}, 0, never_stop).usable());
}

// Sums over periods, against their terms.
TEST(Sbg, LimitsAddUp) {
    for (const Form &limit : sbg::family.limits)
        for (const double p : {0.001, 0.3, 0.9})
            for (const double renewals : {0.0, 4.0})
                for (const double rate : {0.0, 0.1}) {
                    double expected = 0, stays = 1;
                    for (double h = 1; h <= 24; ++h) {
                        stays *= 1 - limit.contract->churn(&p, renewals + h - 1);
                        expected += stays * std::pow(1 + rate, 1 - h);
                    }
                    EXPECT_NEAR(limit.contract->discounted_periods(&p, renewals, 24, rate), expected, 1e-12 * expected);
                    EXPECT_NEAR(limit.contract->survival(&p, 3),
                                limit.contract->retention(&p, 1) * limit.contract->retention(&p, 2) *
                                    limit.contract->retention(&p, 3),
                                1e-14);
                    EXPECT_EQ(limit.contract->expected_periods(&p, renewals, 0), 0);
                }
}

TEST(Sbg, FitsRecoverWhatWasSimulated) {
    Random random(7);
    const double truths[][2] = {{0.3, 2}, {0.7, 1.2}, {2, 20}, {1, 0.4}, {5, 40}};
    for (const auto &truth : truths) {
        Base base;
        for (double t = 1; t <= 24; ++t) {
            base.push_back({{t, 0}, 0});
            base.push_back({{t, 1}, 0});
        }
        for (int customer = 0; customer < 5000; ++customer) {
            const double theta = draw_beta(truth[0], truth[1], random);
            const int last = 12 + customer % 13;  // 1 to 2 years of months
            int t = 1;
            while (t < last && draw_uniform(random) >= theta) ++t;
            const bool churned = t < last || draw_uniform(random) < theta;
            base[2 * (t - 1) + (churned ? 1 : 0)].count += 1;
        }
        Base present;
        for (const ContractCount &row : base)
            if (row.count > 0) present.push_back(row);
        const Fit f = fit(present);
        ASSERT_EQ(f.status, Status::converged) << truth[0];
        for (int i = 0; i < 2; ++i)
            EXPECT_NEAR(f.parameters[i], truth[i], 3.5 * std::sqrt(f.covariance[covariance_index(i, i)]));
    }
}

TEST(Sbg, FitIsStopped) {
    EXPECT_THROW(sbg::fit({highend.data(), highend.size()}, [] { return true; }), Stopped);
}

}  // namespace
}  // namespace cltv

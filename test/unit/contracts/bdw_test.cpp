#include "core/contracts/bdw.hpp"

#include <Eigen/LU>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/base/beta_lifetime.hpp"
#include "core/base/log_beta_ratio.hpp"
#include "core/base/random.hpp"
#include "core/contracts/contracts_fit.hpp"
#include "core/contracts/geometric.hpp"
#include "core/contracts/sbg.hpp"
#include "unit/base/reference_table.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

const ContractFamily &contracts = *bdw::family.contract;

enum { all_alike = 1, at_once_or_never, one_churn_rate };

using Base = std::vector<ContractCount>;

// Customers who churned after 1, 2, ... periods, and those who were still there at the end.
Base cohort(const std::vector<double> &survivors, std::size_t seen) {
    Base base;
    double before = 1000;
    for (std::size_t t = 1; t <= seen; ++t) {
        const auto periods = static_cast<double>(t);
        if (t == seen) base.push_back({{periods, 0}, survivors[t - 1]});
        base.push_back({{periods, 1}, before - survivors[t - 1]});
        before = survivors[t - 1];
    }
    return base;
}

// Contracts in periods of which customers leave with the chance 1 - (1 - theta)^(t^c - (t - 1)^c), seen for `last` periods.
template <class Theta>
Base simulated(int customers, double c, int last, Random &random, Theta &&theta) {
    std::vector<double> left(last + 1), stayed(last + 1);
    for (int customer = 0; customer < customers; ++customer) {
        const double leaves = theta();
        const int seen = last / 2 + customer % (last - last / 2 + 1);
        bool churned = false;
        int t = 0;
        while (t < seen && !churned) {
            ++t;
            churned = draw_uniform(random) < -std::expm1((std::pow(t, c) - std::pow(t - 1, c)) * std::log1p(-leaves));
        }
        (churned ? left : stayed)[t] += 1;
    }
    Base base;
    for (int t = 1; t <= last; ++t) {
        if (stayed[t] > 0) base.push_back({{static_cast<double>(t), 0}, stayed[t]});
        if (left[t] > 0) base.push_back({{static_cast<double>(t), 1}, left[t]});
    }
    return base;
}

Fit fit(const Base &base, double prior = 1) { return bdw::fit({base.data(), base.size()}, prior, never_stop); }

double log_likelihood(const Base &base, const Form &form, const double *parameters) {
    double total = 0;
    for (const ContractCount &row : base) total += row.count * form.contract->log_likelihood(parameters, row.contract);
    return total;
}

// Fader & Hardie (2007): customers still there after 1..12 years.
const std::vector<double> regular = {631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173};
const std::vector<double> high_end = {869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394};

TEST(Bdw, AgreesWithTheReference) {
    WorstError left("log_likelihood, churned"), active("log_likelihood, active"), survival("survival"), churn("churn"),
        retention("retention"), expected("expected_periods"), discounted("discounted_periods");
    for (const ReferenceRow &row : reference_table("bdw", 13)) {
        const double *p = row.data(), periods = row[3], horizon = row[4], rate = row[5];
        left.add(contracts.log_likelihood(p, {periods, 1}), row[6], row);
        active.add(contracts.log_likelihood(p, {periods, 0}), row[7], row);
        survival.add(contracts.survival(p, periods), row[8], row);
        churn.add(contracts.churn(p, periods), row[9], row);
        retention.add(contracts.retention(p, periods), row[10], row);
        if (std::isinf(row[11]))
            EXPECT_EQ(contracts.expected_periods(p, periods, horizon), infinity);
        else
            expected.add(contracts.expected_periods(p, periods, horizon), row[11], row);
        discounted.add(contracts.discounted_periods(p, periods, horizon, rate), row[12], row);
    }
    for (const WorstError *error : {&left, &active, &survival, &churn, &retention, &expected, &discounted})
        error->expect_below(1e-12);
}

// Fader, Hardie, Liu, Davin & Steenburgh (2018), from four and from seven renewals.
TEST(Bdw, PublishedFits) {
    const struct {
        const std::vector<double> &survivors;
        std::size_t seen;
        double gamma, delta, c, log_likelihood;
    } published[] = {{regular, 4, .52303, .89428, 1.19640, -1401.38305},
                     {high_end, 4, .25934, 1.72255, 1.58436, -1222.74932},
                     {regular, 7, .45561, .77933, 1.28345, -1679.60283},
                     {high_end, 7, .21425, 1.42657, 1.72356, -1605.31421}};
    for (const auto &row : published) {
        const Fit f = fit(cohort(row.survivors, row.seen));
        ASSERT_EQ(f.status, Status::converged);
        EXPECT_NEAR(f.parameters[0], row.gamma, 5.1e-6);
        EXPECT_NEAR(f.parameters[1], row.delta, 5.1e-6);
        EXPECT_NEAR(f.parameters[2], row.c, 5.1e-6);
        EXPECT_NEAR(f.log_likelihood, row.log_likelihood, 5.1e-6);
    }
    // Alive after twelve years as expected from the first four; 394 and 173 were.
    const auto alive = [](const std::vector<double> &survivors) {
        return 1000 * contracts.survival(fit(cohort(survivors, 4)).parameters.data(), 12);
    };
    EXPECT_NEAR(alive(high_end), 388.9, 0.05);
    EXPECT_NEAR(alive(regular), 171.4, 0.05);
}

// With a clock that runs evenly it is sBG: the sums are sBG's closed forms and quadratures.
TEST(Bdw, IsSbgWhereTheClockRunsEvenly) {
    for (const double gamma : {1e-3, 0.7, 1.5, 1e3})
        for (const double delta : {1e-3, 1.2, 3e3}) {
            const double p[] = {gamma, delta, 1};
            for (const double n : {0.0, 3.0, 4000.0}) {
                EXPECT_NEAR(contracts.churn(p, n) / sbg::family.contract->churn(p, n), 1, 1e-13);
                for (const double horizon : {1.0, 12.0, 40.0, 65.0, 97.0, 10000.0, infinity}) {
                    const double periods = sbg::family.contract->expected_periods(p, n, horizon);
                    if (std::isinf(periods))
                        EXPECT_EQ(contracts.expected_periods(p, n, horizon), infinity);
                    else
                        EXPECT_NEAR(contracts.expected_periods(p, n, horizon) / periods, 1, 1e-12)
                            << gamma << ' ' << delta << ' ' << n << ' ' << horizon;
                    for (const double rate : {1e-7, 0.001, 0.03, 2.0})
                        EXPECT_NEAR(contracts.discounted_periods(p, n, horizon, rate) /
                                        sbg::family.contract->discounted_periods(p, n, horizon, rate),
                                    1, 1e-11)
                            << gamma << ' ' << delta << ' ' << n << ' ' << horizon << ' ' << rate;
                }
            }
        }
}

// The ratio of beta functions and its derivatives, by differences.
TEST(Bdw, TheRatioOfBetaFunctionsHasItsDerivatives) {
    using J = Jet<3>;
    for (const double a : {0.02, 0.8, 30.0})
        for (const double b : {0.03, 2.5, 40.0})
            for (const double n : {0.5, 1.0, 7.7, 300.0}) {
                const double x[] = {a, b, n};
                const J here = log_beta_ratio<J>(J::variable(a, 0), J::variable(b, 1), J::variable(n, 2));
                EXPECT_DOUBLE_EQ(here.value, log_beta_ratio(a, b, n));
                EXPECT_NEAR(here.value, log_beta_ratio(n, b, a), 1e-14 * std::fabs(here.value));
                for (int i = 0; i < 3; ++i) {
                    const double h = 1e-4 * x[i];
                    const auto moved = [&](double step) {
                        double y[] = {a, b, n};
                        y[i] += step;
                        return log_beta_ratio<J>(J::variable(y[0], 0), J::variable(y[1], 1), J::variable(y[2], 2));
                    };
                    const J up = moved(h), down = moved(-h);
                    EXPECT_NEAR((up.value - down.value) / (2 * h), here.gradient(i), 1e-6 * std::fabs(here.gradient(i)));
                    for (int j = 0; j < 3; ++j)
                        EXPECT_NEAR((up.gradient(j) - down.gradient(j)) / (2 * h), here.hessian(i, j),
                                    1e-6 * std::fabs(here.hessian(i, j)));
                }
            }
    // Whole n: the product of factors that sBG knows.
    for (const double n : {1.0, 5.0, 200.0})
        EXPECT_NEAR(log_beta_ratio(0.3, 4.0, n) / log_survival(0.3, 4, n), 1, 1e-13);
}

// The fit's sums and the customers' own formula are the same; the covariance is the inverse of the curvature.
TEST(Bdw, LikelihoodAndItsCurvature) {
    for (const std::vector<double> &survivors : {regular, high_end}) {
        const Base base = cohort(survivors, 12);
        const Fit f = fit(base);
        EXPECT_NEAR(log_likelihood(base, bdw::family, f.parameters.data()), f.log_likelihood, 1e-9);
        Eigen::Matrix3d information;
        const auto at = [&](int i, double si, int j, double sj) {
            std::vector<double> p = f.parameters;
            p[i] *= std::exp(si);
            p[j] *= std::exp(sj);
            return log_likelihood(base, bdw::family, p.data());
        };
        constexpr double h = 1e-3;
        for (int i = 0; i < 3; ++i) {
            for (int j = 0; j < 3; ++j)
                information(i, j) = -(at(i, h, j, h) - at(i, h, j, -h) - at(i, -h, j, h) + at(i, -h, j, -h)) / (4 * h * h);
            EXPECT_NEAR((at(i, h, i, 0) - at(i, -h, i, 0)) / (2 * h), 0, 1e-5 * information(i, i));
        }
        const Eigen::Matrix3d covariance = information.inverse();
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j <= i; ++j)
                EXPECT_NEAR(f.covariance[covariance_index(i, j)] / (f.parameters[i] * f.parameters[j]), covariance(i, j),
                            1e-3 * std::sqrt(covariance(i, i) * covariance(j, j)));
    }
}

// Sums over many periods, at times after which a share falls off steeply, against their terms.
TEST(Bdw, SumsAreThoseOfTheirTerms) {
    const auto expect_sum = [](const ContractFamily &family, const double *p, double renewals, double horizon, double rate) {
        double sum = 0, share = 1;
        for (double h = 1; h <= horizon && share > 0; ++h) {
            share *= 1 - family.churn(p, renewals + h - 1);
            sum += share * std::pow(1 + rate, 1 - h);
        }
        EXPECT_NEAR(family.discounted_periods(p, renewals, horizon, rate), sum, 2e-11 * sum)
            << p[0] << ' ' << p[1] << ' ' << p[2] << ", after " << renewals << " for " << horizon << " at " << rate;
    };
    for (const double c : {0.05, 0.4, 1.0, 2.0, 7.0, 40.0})
        for (const double until : {3.0, 40.0, 100.0, 700.0})
            for (const double renewals : {0.0, 30.0})
                for (const double horizon : {20.0, 77.0, 3000.0})
                    for (const double rate : {0.0, 0.004}) {
                        // Half of the customers, more or less, have left by the period `until`.
                        const double unit = std::pow(until, c);
                        const double beta[] = {0.9, unit, c}, nearly_alike[] = {1e4, 1e4 * unit, c};
                        expect_sum(contracts, beta, renewals, horizon, rate);
                        expect_sum(contracts, nearly_alike, renewals, horizon, rate);
                        const double alike[] = {-std::expm1(-1 / unit), c};
                        if (alike[0] > 0)
                            expect_sum(*bdw::family.limits[all_alike - 1].contract, alike, renewals, horizon, rate);
                    }
}

TEST(Bdw, PredictionsGrowWithTheHorizon) {
    for (const double c : {0.01, 0.3, 1.0, 2.5, 300.0})
        for (const double gamma : {1e-3, 0.7, 20.0, 1e4}) {
            const double p[] = {gamma, 2.5, c};
            double before = 0, discounted_before = 0;
            for (const double horizon : {1.0, 2.0, 12.0, 64.0, 65.0, 100.0, 999.0, 1000.0, 1001.0, 36500.0, infinity}) {
                const double expected = contracts.expected_periods(p, 3, horizon);
                const double discounted = contracts.discounted_periods(p, 3, horizon, 0.01);
                EXPECT_GE(expected, before * (1 - 1e-14));
                EXPECT_GE(discounted, discounted_before * (1 - 1e-14));
                EXPECT_LE(discounted, horizon > 1 ? expected : expected + 1e-15);
                before = expected;
                discounted_before = discounted;
            }
            // The share falls as t^-(gamma c) in the end.
            EXPECT_EQ(std::isinf(before), !(gamma * c > 1)) << gamma << ' ' << c;
            EXPECT_TRUE(std::isfinite(discounted_before));
        }
    const double p[] = {0.5, 2, 3};
    EXPECT_EQ(contracts.expected_periods(p, 3, 0), 0);
}

// Ends of the range of numbers are no errors: a clock that has run out of them is a power of time.
TEST(Bdw, FarBeyondAllNumbers) {
    const double p[] = {0.001, 2, 500};
    EXPECT_NEAR(contracts.churn(p, 1e6), -std::expm1(-0.5 * std::log1p(1e-6)), 1e-20);
    EXPECT_NEAR(contracts.survival(p, 1e8) / contracts.survival(p, 1e4), 1e-2, 1e-14);
    EXPECT_EQ(contracts.survival(p, infinity), 0);
    EXPECT_TRUE(std::isfinite(contracts.discounted_periods(p, 1e6, infinity, 0.01)));
    const double steep[] = {1e4, 1e-3, 1e4};
    EXPECT_EQ(contracts.churn(steep, 1000), 1);
    EXPECT_EQ(contracts.expected_periods(steep, 1000, infinity), 0);
    const double level[] = {2, 3, 1e-4};
    EXPECT_NEAR(contracts.survival(level, 1e300), 0.6, 0.05);
}

TEST(Bdw, FitsThatRefuse) {
    EXPECT_FALSE(fit({}).usable());
    EXPECT_FALSE(fit({{{0, 0}, 500}}).usable());
    EXPECT_EQ(fit({{{0, 0}, 10}, {{1, 1}, 50}}).status, Status::identical_customers);
    const Base base = cohort(high_end, 7);
    EXPECT_THROW(bdw::fit({base.data(), base.size()}, 1, [] { return true; }), Stopped);
}

TEST(Bdw, FitsAtALimit) {
    const auto expect_limit = [](const Base &base, int form, std::vector<double> parameters) {
        const Fit f = fit(base);
        EXPECT_EQ(f.status, Status::boundary);
        EXPECT_EQ(f.form, form);
        EXPECT_EQ(find_fault(view_of(f), bdw::family), nullptr);
        ASSERT_EQ(f.parameters.size(), parameters.size());
        for (std::size_t i = 0; i < parameters.size(); ++i) EXPECT_NEAR(f.parameters[i], parameters[i], 1e-7);
        EXPECT_NEAR(f.log_likelihood, log_likelihood(base, bdw::family.limits[form - 1], f.parameters.data()),
                    1e-10 * std::fabs(f.log_likelihood));
    };
    // Shares that are .8^(t^1.5): customers who tire alike.
    Base alike;
    double before = 1e5;
    for (double t = 1; t <= 6; ++t) {
        const double now = 1e5 * std::pow(0.8, std::pow(t, 1.5));
        if (t == 6) alike.push_back({{t, 0}, now});
        alike.push_back({{t, 1}, before - now});
        before = now;
    }
    expect_limit(alike, all_alike, {0.2, 1.5});
    // One decision each.
    expect_limit({{{1, 0}, 30}, {{1, 1}, 50}}, one_churn_rate, {50. / 80});
    // Half leave at once, nobody later.
    expect_limit({{{1, 1}, 500}, {{40, 0}, 500}}, at_once_or_never, {0.5});
    // Nobody has left in 700 decisions: the mean of Beta(1/2, 700 + 1/2).
    const Fit nobody = fit({{{5, 0}, 50}, {{9, 0}, 50}});
    EXPECT_EQ(nobody.status, Status::nobody_churned);
    EXPECT_EQ(nobody.form, one_churn_rate);
    EXPECT_NEAR(nobody.parameters[0], 0.5 / 701, 1e-15);
    EXPECT_FALSE(fit({{{5, 0}, 50}, {{9, 0}, 50}}, 0).usable());
}

// Nobody leaves for long, then nearly all: the clock is fast, and theta or delta far from 1.
TEST(Bdw, AFastClock) {
    Random random(11);
    Base alike;
    double before = 1e5;
    for (double t = 1; t <= 70; ++t) {
        const double now = 1e5 * std::exp(std::pow(t, 7) * std::log1p(-2e-13));
        if (t == 70) alike.push_back({{t, 0}, now});
        alike.push_back({{t, 1}, before - now});
        before = now;
    }
    const Fit of_alike = fit(alike);
    ASSERT_EQ(of_alike.status, Status::boundary);
    ASSERT_EQ(of_alike.form, all_alike);
    EXPECT_NEAR(of_alike.parameters[0] / 2e-13, 1, 1e-6);
    EXPECT_NEAR(of_alike.parameters[1], 7, 1e-7);
    // theta goes with c: its relative error is that of s^(1 - c), s being the time when most leave.
    const double error_of_c = std::sqrt(of_alike.covariance[covariance_index(1, 1)]);
    const double error_of_theta = std::sqrt(of_alike.covariance[covariance_index(0, 0)]) / of_alike.parameters[0];
    EXPECT_NEAR(error_of_theta / error_of_c, std::log(60), 0.3);

    const Base differing = simulated(20000, 5, 80, random, [&] {
        const double odds = draw_gamma(1.5, random) / draw_gamma(4e8, random);
        return odds / (1 + odds);
    });
    const Fit f = fit(differing);
    ASSERT_EQ(f.status, Status::converged);
    const double truth[] = {1.5, 4e8, 5};
    for (const int i : {0, 2})
        EXPECT_NEAR(f.parameters[i], truth[i], 3 * std::sqrt(f.covariance[covariance_index(i, i)])) << i;
    // The covariance is that of the parameters themselves, however far apart: delta's error by its logarithm's.
    EXPECT_NEAR(std::log(f.parameters[1] / 4e8), 0, 3 * std::sqrt(f.covariance[covariance_index(1, 1)]) / f.parameters[1]);
}

// The likelihood of the chosen model is never below those of sBG and of geometric contracts, which it contains.
TEST(Bdw, IsAsLikelyAsWhatItContains) {
    Random random(61);
    int refused = 0;
    for (int sample = 0; sample < 300; ++sample) {
        Base base;
        for (double t = 1; t <= 6; ++t)
            for (const double churned : {0.0, 1.0})
                if (draw_uniform(random) < 0.7) base.push_back({{t, churned}, std::floor(1 + 9 * draw_uniform(random))});
        if (base.empty()) continue;
        const Fit f = fit(base), plain = fit(base, 0), smaller = sbg::fit({base.data(), base.size()}, 0, never_stop);
        for (const Fit &one : {f, plain}) {
            EXPECT_EQ(find_fault(view_of(one), bdw::family), nullptr) << sample;
            if (!one.usable()) continue;
            EXPECT_NEAR(one.log_likelihood, log_likelihood(base, *bdw::family.find_form(one.form), one.parameters.data()),
                        1e-9 * std::fabs(one.log_likelihood));
        }
        if (!smaller.usable()) continue;
        // Nobody left for years, and then all at once: chances to leave of less than 10^-7 are not looked for.
        if (!f.usable()) {
            EXPECT_EQ(f.status, Status::not_converged) << sample;
            ++refused;
            continue;
        }
        // The prior may cost a little.
        EXPECT_GE(f.log_likelihood, smaller.log_likelihood - (f.prior ? 1 : 0.011)) << sample;
    }
    EXPECT_LE(refused, 1);
}

TEST(Bdw, FitsRecoverWhatWasSimulated) {
    Random random(7);
    const double truths[][3] = {{0.3, 2, 1.5}, {0.7, 1.2, 0.7}, {2, 20, 1.2}, {1, 0.8, 1}, {0.2, 1.4, 1.7}};
    for (const auto &truth : truths) {
        const Base base = simulated(20000, truth[2], 24, random, [&] { return draw_beta(truth[0], truth[1], random); });
        const Fit f = fit(base);
        ASSERT_EQ(f.status, Status::converged) << truth[0];
        for (int i = 0; i < 3; ++i)
            EXPECT_NEAR(f.parameters[i], truth[i], 3.5 * std::sqrt(f.covariance[covariance_index(i, i)]))
                << truth[0] << ' ' << i;
    }
    const Base alike = simulated(5000, 1.4, 12, random, [] { return 0.07; });
    const Fit f = fit(alike);
    const FamilyFit best = fit_contracts({alike.data(), alike.size()}, 1, never_stop);
    EXPECT_EQ(best.family, &bdw::family);
    EXPECT_EQ(best.fit.form, f.form);
}

// The best of the contracts by BIC has customers who tire where they do, and sBG where they do not.
TEST(Bdw, IsChosenWhereTimeMatters) {
    Random random(29);
    const auto best = [&](double c) {
        const Base base = simulated(20000, c, 12, random, [&] { return draw_beta(0.5, 2, random); });
        return fit_contracts({base.data(), base.size()}, 1, never_stop).family;
    };
    EXPECT_EQ(best(1.6), &bdw::family);
    EXPECT_EQ(best(0.6), &bdw::family);
    EXPECT_EQ(best(1), &sbg::family);
}

}  // namespace
}  // namespace cltv

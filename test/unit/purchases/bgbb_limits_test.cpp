// The limits of BG/BB, against 50-digit arithmetic and against the family that they are limits of.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>
#include <vector>

#include "core/base/random.hpp"
#include "core/fit/interval.hpp"
#include "core/purchases/bgbb.hpp"
#include "unit/base/reference_table.hpp"
#include "unit/purchases/limit_checks.hpp"

namespace cltv {
namespace {

using Base = std::vector<CustomerCount>;
using Point = std::vector<double>;

constexpr double infinity = std::numeric_limits<double>::infinity();
const Family &family = bgbb::family;
// The numbers of some limits, as stored.
enum { nobody_leaves = 1, one_rate_nobody_leaves = 5, one_rate_one_leaving = 6, always = 8, always_one_leaving = 9,
       always_or_never = 10 };

Fit fit(const Base &base, double prior = 1) { return bgbb::fit({base.data(), base.size()}, prior, never_stop); }

// Parameters of each limit, and points of the family at a distance phi of it.
struct LimitCase {
    double p[3];
    Point (*within)(const double *p, double phi);
};
const LimitCase cases[] = {
    {{1.2, .8, 0}, [](const double *p, double phi) { return Point{p[0], p[1], phi, 1}; }},
    {{1.2, .8, .1}, [](const double *p, double phi) { return Point{p[0], p[1], p[2] / phi, (1 - p[2]) / phi}; }},
    {{1.2, .8, .3}, [](const double *p, double phi) { return Point{p[0], p[1], p[2] * phi, (1 - p[2]) * phi}; }},
    {{.4, .7, 3}, [](const double *p, double phi) { return Point{p[0] / phi, (1 - p[0]) / phi, p[1], p[2]}; }},
    {{.4, 0, 0}, [](const double *p, double phi) { return Point{p[0] / phi, (1 - p[0]) / phi, phi, 1}; }},
    {{.4, .1, 0},
     [](const double *p, double phi) { return Point{p[0] / phi, (1 - p[0]) / phi, p[1] / phi, (1 - p[1]) / phi}; }},
    {{.4, .3, 0},
     [](const double *p, double phi) { return Point{p[0] / phi, (1 - p[0]) / phi, p[1] * phi, (1 - p[1]) * phi}; }},
    {{.7, 3, 0}, [](const double *p, double phi) { return Point{1, phi, p[0], p[1]}; }},
    {{.2, 0, 0}, [](const double *p, double phi) { return Point{1, phi, p[0] / phi, (1 - p[0]) / phi}; }},
    {{.6, 0, 0}, [](const double *p, double phi) { return Point{p[0] * phi, (1 - p[0]) * phi, phi, 1}; }},
    {{.6, .7, 3}, [](const double *p, double phi) { return Point{p[0] * phi, (1 - p[0]) * phi, p[1], p[2]}; }},
    {{.6, .2, 0},
     [](const double *p, double phi) { return Point{p[0] * phi, (1 - p[0]) * phi, p[1] / phi, (1 - p[1]) / phi}; }}};

// Customers that are possible at every limit, and those that are where some opportunities are missed.
const std::vector<Customer> without_gaps = {{0, 0, 0}, {0, 0, 6}, {6, 6, 6}};
const std::vector<Customer> with_gaps = {{0, 0, 0}, {0, 0, 6}, {6, 6, 6}, {1, 1, 6}, {3, 5, 6}, {4, 9, 20}};

TEST(BgbbLimits, AgreeWithTheReference) {
    const char *const names[] = {"log_likelihood",   "prob_alive",         "prob_dead",            "prob_no_purchase",
                                 "prob_alive_after", "expected_purchases", "discounted_purchases", "purchase_pmf"};
    std::vector<WorstError> errors;
    for (const char *name : names) errors.emplace_back(name);
    for (const ReferenceRow &row : reference_table("bgbb_limits", 18, 230)) {
        const OrdersFamily &orders = *family.limits[static_cast<std::size_t>(row[0]) - 1].orders;
        const double *p = row.data() + 1, horizon = row[7], discount = row[8];
        const Customer c = {row[4], row[5], row[6]};
        const double computed[] = {orders.log_likelihood(p, c),
                                   orders.prob_alive(p, c),
                                   orders.prob_dead(p, c),
                                   orders.prob_no_purchase(p, c, horizon),
                                   orders.prob_alive_after(p, c, horizon),
                                   orders.expected_purchases(p, c, horizon),
                                   orders.discounted_purchases(p, c, horizon, discount),
                                   orders.purchase_pmf(p, c, horizon, row[9])};
        for (std::size_t i = 0; i < 8; ++i) errors[i].add(computed[i], row[10 + i], row);
    }
    for (const WorstError &error : errors) error.expect_below(1e-10);
}

TEST(BgbbLimits, AreLimits) {
    for (std::size_t i = 0; i < family.limits.size; ++i) {
        SCOPED_TRACE(family.limits[i].limit);
        expect_first_order(*family.limits[i].orders, cases[i].p, *family.orders,
                           [&](double phi) { return cases[i].within(cases[i].p, phi); },
                           i + 1 < always ? with_gaps : without_gaps);
    }
}

TEST(BgbbLimits, NumbersOfPurchasesAddUp) {
    for (std::size_t i = 0; i < family.limits.size; ++i)
        for (const Customer &c : i + 1 < always ? with_gaps : without_gaps)
            for (const double horizon : {1.0, 12.0, 60.0}) {
                const OrdersFamily &orders = *family.limits[i].orders;
                const double *p = cases[i].p;
                double sum = 0, mean = 0;
                for (double n = 0; n <= horizon; ++n) {
                    const double probability = orders.purchase_pmf(p, c, horizon, n);
                    EXPECT_GE(probability, 0);
                    sum += probability;
                    mean += n * probability;
                }
                EXPECT_NEAR(sum, 1, 1e-12) << family.limits[i].limit;
                EXPECT_NEAR(mean, orders.expected_purchases(p, c, horizon), 1e-11) << family.limits[i].limit;
                EXPECT_NEAR(orders.prob_alive(p, c) + orders.prob_dead(p, c), 1, 1e-12) << family.limits[i].limit;
                EXPECT_NEAR(orders.prob_alive_after(p, c, 0), orders.prob_alive(p, c), 1e-14) << family.limits[i].limit;
            }
}

// What is silent for long is the sum of what is silent for less: the far terms join the near ones.
TEST(BgbbLimits, LongSilences) {
    for (std::size_t i = 0; i < family.limits.size; ++i) {
        const OrdersFamily &orders = *family.limits[i].orders;
        const double *p = cases[i].p;
        double before = 1;
        for (const double horizon : {1.0, 255.0, 256.0, 257.0, 258.0, 1000.0, 36500.0, 1e15, infinity}) {
            const double silent = orders.prob_no_purchase(p, {0, 0, 0}, horizon);
            EXPECT_LE(silent, before * (1 + 1e-13)) << family.limits[i].limit << ' ' << horizon;
            EXPECT_GE(silent, 0);
            before = silent;
        }
        // A step from one opportunity to the next, across the place where sums become integrals.
        for (const double m : {254.0, 255.0, 256.0, 257.0}) {
            const double less = std::exp(orders.log_likelihood(p, {0, 0, m})),
                         more = std::exp(orders.log_likelihood(p, {0, 0, m + 1}));
            EXPECT_NEAR(more / less, orders.prob_no_purchase(p, {0, 0, m}, 1), 1e-11) << family.limits[i].limit;
        }
    }
}

// Simulated customers are those that the formulas speak of.
TEST(BgbbLimits, SimulationsFollow) {
    constexpr int customers = 20000;
    for (std::size_t i = 0; i < family.limits.size; ++i) {
        const OrdersFamily &orders = *family.limits[i].orders;
        Random random(17);
        double purchases = 0, squares = 0;
        for (int k = 0; k < customers; ++k) {
            const Traits traits = orders.draw(cases[i].p, random);
            double n = 0, now = 0;
            while ((now = orders.next_purchase(traits, n + 1, now, random)) <= 20) ++n;
            purchases += n;
            squares += n * n;
        }
        const double mean = purchases / customers, error = std::sqrt((squares / customers - mean * mean) / customers);
        EXPECT_NEAR(mean, orders.expected_purchases(cases[i].p, {0, 0, 0}, 20), 4 * error) << family.limits[i].limit;
    }
}

// Customers who start over time, sorted and counted.
Base simulated(const OrdersFamily &orders, const double *p, int customers, int most, std::uint64_t seed) {
    Random random(seed);
    std::map<std::tuple<double, double, double>, double> counts;
    for (int i = 0; i < customers; ++i) {
        const double n = 1 + i % most;
        const Traits traits = orders.draw(p, random);
        double x = 0, now = 0;
        for (double next; (next = orders.next_purchase(traits, x + 1, now, random)) <= n; ++x) now = next;
        counts[{x, now, n}] += 1;
    }
    Base base;
    for (const auto &[customer, count] : counts)
        base.push_back({{std::get<0>(customer), std::get<1>(customer), std::get<2>(customer)}, count});
    return base;
}

// Customers who follow a limit are fitted by it exactly where their likelihood does not rise from it into the family.
TEST(BgbbLimits, AreFound) {
    for (std::size_t i = 0; i < family.limits.size; ++i)
        for (std::uint64_t seed = 0; seed < 4; ++seed) {
            const Form &limit = family.limits[i];
            SCOPED_TRACE(testing::Message() << limit.limit << ", seed " << seed);
            const Base base = simulated(*limit.orders, cases[i].p, 600, 12, seed);
            const Fit f = fit(base, 0);
            EXPECT_EQ(find_fault(view_of(f), family), nullptr) << find_fault(view_of(f), family);
            expect_found(family, f, static_cast<int>(i + 1), cases[i].p, {base.data(), base.size()},
                         [&](double phi) { return cases[i].within(cases[i].p, phi); });
        }
}

// The fit's sums are those of the customers' own formulas, and its covariance is the inverse of their curvature.
TEST(BgbbLimits, LikelihoodAndItsCurvature) {
    int at_limits = 0;
    for (std::size_t i = 0; i < family.limits.size; ++i) {
        const Base base = simulated(*family.limits[i].orders, cases[i].p, 2000, 15, 5);
        const Fit f = fit(base, 0);
        if (f.status != Status::boundary) continue;
        ++at_limits;
        const Form &form = *family.find_form(f.form);
        const View<CustomerCount> view = {base.data(), base.size()};
        EXPECT_NEAR(f.log_likelihood, log_likelihood_of(*form.orders, f.parameters.data(), view),
                    1e-10 * std::fabs(f.log_likelihood));
        const int n = static_cast<int>(f.parameters.size());
        const auto at = [&](int j, double dj, int k, double dk) {
            Point p = f.parameters;
            p[j] *= std::exp(dj);
            p[k] *= std::exp(dk);
            return log_likelihood_of(*form.orders, p.data(), view);
        };
        const double h = 1e-3;
        for (int j = 0; j < n; ++j)  // the product of information and covariance is 1
            for (int k = 0; k < n; ++k) {
                double product = 0;
                for (int l = 0; l < n; ++l) {
                    const double information = -(at(j, h, l, h) - at(j, h, l, -h) - at(j, -h, l, h) + at(j, -h, l, -h)) / (4 * h * h);
                    product += information * f.covariance[covariance_index(l, k)] / (f.parameters[l] * f.parameters[k]);
                }
                EXPECT_NEAR(product, j == k, 5e-3) << form.limit << ' ' << j << ' ' << k;
            }
    }
    EXPECT_GE(at_limits, 6);
}

// One decision each tells one probability and nothing else.
TEST(BgbbLimits, OneOpportunity) {
    const Fit f = fit({{{0, 0, 1}, 50}, {{1, 1, 1}, 30}});
    EXPECT_EQ(f.status, Status::boundary);
    ASSERT_EQ(f.parameters.size(), 1u);
    EXPECT_NEAR(f.log_likelihood, 50 * std::log(5. / 8) + 30 * std::log(3. / 8), 1e-10);
}

TEST(BgbbLimits, AllOrNothing) {
    const Fit all_or_nothing = fit({{{0, 0, 6}, 50}, {{6, 6, 6}, 150}});
    EXPECT_EQ(all_or_nothing.status, Status::boundary);
    EXPECT_EQ(all_or_nothing.form, always_or_never);
    EXPECT_NEAR(all_or_nothing.parameters[0], .75, 1e-9);
    // Everybody takes every opportunity until a departure with the probability 1/2.
    const Fit contracts = fit({{{0, 0, 3}, 400}, {{1, 1, 3}, 200}, {{2, 2, 3}, 100}, {{3, 3, 3}, 100}});
    EXPECT_EQ(contracts.status, Status::boundary);
    EXPECT_EQ(contracts.form, always_one_leaving);
    EXPECT_NEAR(contracts.parameters[0], .5, 1e-9);
}

// Nobody came back at 900 opportunities, or everybody always did: the probability is bounded.
TEST(BgbbLimits, AllOfOneKind) {
    const Fit never = fit({{{0, 0, 3}, 100}, {{0, 0, 6}, 100}});
    EXPECT_EQ(never.status, Status::no_repeat_purchases);
    EXPECT_EQ(find_fault(view_of(never), family), nullptr);
    ASSERT_TRUE(never.usable());
    EXPECT_NEAR(never.parameters[0], .5 / 901, 1e-15);
    EXPECT_NEAR(never.covariance[0], .5 * 900.5 / (901. * 901 * 902), 1e-15);
    EXPECT_FALSE(fit({{{0, 0, 3}, 100}, {{0, 0, 6}, 100}}, 0).usable());
    const Fit ever = fit({{{1, 1, 1}, 50}, {{6, 6, 6}, 50}});
    EXPECT_EQ(ever.status, Status::weak);
    EXPECT_EQ(find_fault(view_of(ever), family), nullptr);
    EXPECT_NEAR(ever.parameters[0], 350.5 / 351, 1e-15);
    EXPECT_FALSE(fit({{{1, 1, 1}, 50}, {{6, 6, 6}, 50}}, 0).usable());
    EXPECT_FALSE(fit({{{0, 0, 0}, 50}}).usable());
}

// A handful of customers get an expectation with a wide interval.
TEST(BgbbLimits, FewCustomersGetAnAnswer) {
    const Fit f = fit({{{0, 0, 6}, 3}, {{1, 2, 5}, 1}, {{4, 6, 6}, 1}});
    ASSERT_TRUE(f.usable());
    const OrdersFamily &orders = *family.find_form(f.form)->orders;
    const ConfidenceInterval interval = delta_interval(
        [&](const double *p) { return orders.expected_purchases(p, {4, 6, 6}, 5); }, view_of(f), 0.95);
    EXPECT_GT(interval.estimate, 0.5);
    EXPECT_LT(interval.estimate, 5);
    EXPECT_GT(interval.upper / interval.lower, 1.3);
}

// Customers whom a limit rules out get what it tends to, not a number that is none.
TEST(BgbbLimits, ImpossibleCustomers) {
    for (std::size_t i = always - 1; i < family.limits.size; ++i)
        for (const Customer c : {Customer{3, 4, 6}, Customer{3, 3, 6}, Customer{1, 2, 600}}) {
            const OrdersFamily &orders = *family.limits[i].orders;
            const double *p = cases[i].p, alive = orders.prob_alive(p, c), silent = orders.prob_no_purchase(p, c, 4);
            EXPECT_GE(alive, 0) << family.limits[i].limit;
            EXPECT_LE(alive, 1) << family.limits[i].limit;
            EXPECT_GE(silent, 0) << family.limits[i].limit;
            EXPECT_LE(silent, 1) << family.limits[i].limit;
            EXPECT_GE(orders.expected_purchases(p, c, 4), 0) << family.limits[i].limit;
            EXPECT_LE(orders.expected_purchases(p, c, 4), 4) << family.limits[i].limit;
        }
}

}  // namespace
}  // namespace cltv

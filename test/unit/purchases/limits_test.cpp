// The limits of the models of purchases, against 50-digit arithmetic and against the families that they are limits of.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/base/random.hpp"
#include "core/fit/interval.hpp"
#include "core/purchases/bgnbd.hpp"
#include "core/purchases/mbgnbd.hpp"
#include "core/purchases/nbd.hpp"
#include "core/purchases/pnbd.hpp"
#include "core/purchases/purchase_fit.hpp"
#include "unit/base/reference_table.hpp"
#include "unit/fit/fit_check.hpp"
#include "unit/purchases/limit_checks.hpp"

namespace cltv {
namespace {

const Family *const families[] = {&bgnbd::family, &mbgnbd::family, &pnbd::family};
using S = PurchaseSearch;

TEST(Limits, AgreeWithTheReference) {
    const char *const names[] = {"log_likelihood",   "prob_alive",         "prob_dead",            "prob_no_purchase",
                                 "prob_alive_after", "expected_purchases", "discounted_purchases", "purchase_pmf"};
    std::vector<WorstError> errors;
    for (const char *name : names) errors.emplace_back(name);
    for (const ReferenceRow &row : reference_table("limits", 19, 200)) {
        const OrdersFamily &orders = *families[static_cast<int>(row[0])]->limits[static_cast<int>(row[1]) - 1].orders;
        const double *p = row.data() + 2, horizon = row[8], discount = row[9];
        const Customer c = {row[5], row[6], row[7]};
        const double computed[] = {orders.log_likelihood(p, c),
                                   orders.prob_alive(p, c),
                                   orders.prob_dead(p, c),
                                   orders.prob_no_purchase(p, c, horizon),
                                   orders.prob_alive_after(p, c, horizon),
                                   orders.expected_purchases(p, c, horizon),
                                   orders.discounted_purchases(p, c, horizon, discount),
                                   orders.purchase_pmf(p, c, horizon, row[10])};
        for (std::size_t i = 0; i < 8; ++i) {
            // A density of times may be next to 1, where its logarithm has no digits of its own.
            if (i == 0 && std::fabs(row[11]) < 1 && c.frequency > 0)
                errors[i].add(1 + (computed[i] - row[11]), 1, row);
            else
                errors[i].add(computed[i], row[11 + i], row);
        }
    }
    for (const WorstError &error : errors) error.expect_below(2e-12);
}

// A limit, its parameters, and points of the families at a distance phi of it, times being about 100; those where
// departures have times apart.
struct LimitCase {
    int limit;
    double p[3];
    std::vector<double> (*within)(const double *p, double phi);
    std::vector<double> (*with_times)(const double *p, double phi);
};

using Point = std::vector<double>;
const LimitCase limit_cases[] = {
    {S::nobody_leaves, {.7, 30, 0}, [](const double *p, double phi) { return Point{p[0], p[1], phi, 1}; },
     [](const double *p, double phi) { return Point{p[0], p[1], phi, 50}; }},
    {S::one_leaving, {.7, 30, .1},
     [](const double *p, double phi) { return Point{p[0], p[1], p[2] / phi, (1 - p[2]) / phi}; },
     [](const double *p, double phi) { return Point{p[0], p[1], 100 * p[2] / phi, 100 / phi}; }},
    {S::at_once_or_never, {.7, 30, .3},
     [](const double *p, double phi) { return Point{p[0], p[1], p[2] * phi, (1 - p[2]) * phi}; }, nullptr},
    {S::one_rate, {.02, .8, 2.4}, [](const double *p, double phi) { return Point{100 * p[0] / phi, 100 / phi, p[1], p[2]}; },
     [](const double *p, double phi) { return Point{100 * p[0] / phi, 100 / phi, p[1], p[2]}; }},
    {S::one_rate_nobody_leaves, {.02, 0, 0},
     [](const double *p, double phi) { return Point{100 * p[0] / phi, 100 / phi, phi, 1}; },
     [](const double *p, double phi) { return Point{100 * p[0] / phi, 100 / phi, phi, 9}; }},
    {S::one_rate_one_leaving, {.02, .1, 0},
     [](const double *p, double phi) { return Point{100 * p[0] / phi, 100 / phi, p[1] / phi, (1 - p[1]) / phi}; },
     [](const double *p, double phi) { return Point{100 * p[0] / phi, 100 / phi, 100 * p[1] / phi, 100 / phi}; }},
    {S::one_rate_at_once_or_never, {.02, .3, 0},
     [](const double *p, double phi) { return Point{100 * p[0] / phi, 100 / phi, p[1] * phi, (1 - p[1]) * phi}; }, nullptr}};

TEST(Limits, AreLimits) {
    for (const LimitCase &one : limit_cases)
        for (int family = 0; family < 3; ++family) {
            const auto within = family == 2 ? one.with_times : one.within;
            if (within == nullptr) continue;
            SCOPED_TRACE(testing::Message() << families[family]->name << ' ' << one.limit);
            expect_first_order(*families[family]->limits[one.limit - 1].orders, one.p, *families[family]->orders,
                               [&](double phi) { return within(one.p, phi); },
                               {{0, 0, 0}, {0, 0, 100}, {1, 40, 100}, {7, 90, 200}});
        }
}

TEST(Limits, NumbersOfPurchasesAddUp) {
    const double p[][3] = {{.7, 30}, {.7, 30, .1}, {.7, 30, .3}, {.02, .8, 2.4}, {.02}, {.02, .1}, {.02, .3}};
    for (const Family *family : families)
        for (int limit = 1; limit <= 7; ++limit) {
            const OrdersFamily &orders = *family->limits[limit - 1].orders;
            for (const Customer c : {Customer{0, 0, 0}, Customer{0, 0, 300}, Customer{3, 100, 200}}) {
                double sum = 0, mean = 0;
                for (double n = 0; n < 300; ++n) {
                    const double probability = orders.purchase_pmf(p[limit - 1], c, 90, n);
                    sum += probability;
                    mean += n * probability;
                }
                EXPECT_NEAR(sum, 1, 1e-12) << family->name << ' ' << limit;
                EXPECT_NEAR(mean, orders.expected_purchases(p[limit - 1], c, 90), 1e-10) << family->name << ' ' << limit;
            }
        }
}

// Simulated customers are those that the formulas speak of.
TEST(Limits, SimulationsFollow) {
    const double p[][3] = {{.7, 30}, {.7, 30, .1}, {.7, 30, .3}, {.02, .8, 2.4}, {.02}, {.02, .1}, {.02, .3}};
    constexpr int customers = 20000;
    for (const Family *family : families)
        for (int limit = 1; limit <= 7; ++limit) {
            const OrdersFamily &orders = *family->limits[limit - 1].orders;
            Random random(17);
            double purchases = 0, squares = 0;
            for (int i = 0; i < customers; ++i) {
                const Traits traits = orders.draw(p[limit - 1], random);
                double n = 0, now = 0;
                while ((now = orders.next_purchase(traits, n + 1, now, random)) <= 200) ++n;
                purchases += n;
                squares += n * n;
            }
            const double mean = purchases / customers, error = std::sqrt((squares / customers - mean * mean) / customers);
            EXPECT_NEAR(mean, orders.expected_purchases(p[limit - 1], {0, 0, 0}, 200), 4 * error)
                << family->name << ' ' << limit;
        }
}

// Customers who follow a limit are fitted by it exactly where their likelihood does not rise from it into the family.
TEST(Limits, AreFound) {
    for (const LimitCase &one : limit_cases) {
        const OrdersFamily &orders = *mbgnbd::family.limits[one.limit - 1].orders;
        for (std::uint64_t seed = 0; seed < 4; ++seed) {
            SCOPED_TRACE(testing::Message() << one.limit << ", seed " << seed);
            const std::vector<CustomerCount> base = customers_of(orders, one.p, 500, 500, seed);
            const Fit fit = mbgnbd::fit({base.data(), base.size()}, 0, never_stop);
            expect_found(mbgnbd::family, fit, one.limit, one.p, {base.data(), base.size()},
                         [&](double phi) { return one.within(one.p, phi); });
        }
    }
}

// Fewer than ten customers, of whom some came back, are told an expectation with a wide interval.
TEST(Limits, FewCustomersGetAnAnswer) {
    const CustomerCount base[] = {{{0, 0, 200}, 3}, {{1, 50, 180}, 1}, {{4, 150, 160}, 1}};
    for (const auto &fit_family : {std::make_pair(static_cast<FitFunction>(bgnbd::fit), &bgnbd::family),
                                  std::make_pair(static_cast<FitFunction>(mbgnbd::fit), &mbgnbd::family),
                                  std::make_pair(static_cast<FitFunction>(pnbd::fit), &pnbd::family),
                                  std::make_pair(static_cast<FitFunction>(nbd::fit), &nbd::family)}) {
        const Fit fit = fit_family.first(view_of(base), never_stop);
        ASSERT_TRUE(fit.usable()) << fit_family.second->name;
        const OrdersFamily &orders = *fit_family.second->find_form(fit.form)->orders;
        const ConfidenceInterval interval = delta_interval(
            [&](const double *p) { return orders.expected_purchases(p, {4, 150, 160}, 90); }, view_of(fit), 0.95);
        EXPECT_GT(interval.estimate, 0.05) << fit_family.second->name;
        EXPECT_LT(interval.estimate, 4) << fit_family.second->name;
        EXPECT_GT(interval.upper / interval.lower, 2) << fit_family.second->name;
    }
}

// Nobody came back in 100 customer years: the rate is bounded, and small.
TEST(Limits, NoRepeatPurchases) {
    const CustomerCount base[] = {{{0, 0, 100}, 200}, {{0, 0, 165}, 100}};
    const Fit fit = pnbd::fit(view_of(base), never_stop);
    EXPECT_EQ(fit.status, Status::no_repeat_purchases);
    EXPECT_EQ(find_fault(view_of(fit), pnbd::family), nullptr);
    ASSERT_TRUE(fit.usable());
    EXPECT_NEAR(fit.parameters[0], 0.5 / 36500, 1e-12);
    EXPECT_FALSE(pnbd::fit(view_of(base), 0, never_stop).usable());
    const CustomerCount at_once[] = {{{0, 0, 0}, 200}};
    EXPECT_FALSE(pnbd::fit(view_of(at_once), never_stop).usable());
}

// Without a prior the fit is plain maximum likelihood.
TEST(Limits, PriorIsAWeight) {
    const CustomerCount base[] = {{{0, 0, 200}, 30}, {{1, 50, 180}, 4}, {{4, 150, 160}, 1}, {{2, 20, 150}, 2}};
    const double plain = bgnbd::fit(view_of(base), 0, never_stop).log_likelihood;
    EXPECT_GE(plain + 0.01, bgnbd::fit(view_of(base), never_stop).log_likelihood);
    EXPECT_FALSE(bgnbd::fit(view_of(base), 0, never_stop).prior);
}

// As many customers as can be, within as little time as can be: no form has a likelihood that is a number.
TEST(Limits, LikelihoodsBeyondAllNumbers) {
    const CustomerCount base[] = {{{1, 1e-300, 1e300}, 9007199254740990}, {{2, 7, 9}, 2}};
    for (const Family *family : families) {
        const Fit fit = family->fit_orders(view_of(base), 1, never_stop);
        EXPECT_EQ(find_fault(view_of(fit), *family), nullptr) << family->name;
    }
}

}  // namespace
}  // namespace cltv

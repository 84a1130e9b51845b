#include "core/purchases/mbgnbd.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/purchases/bgnbd.hpp"
#include "unit/fit/fit_check.hpp"
#include "unit/purchases/orders_reference.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const OrdersFamily &orders = *mbgnbd::family.orders;

TEST(Mbgnbd, AgreesWithTheReference) {
    expect_reference(orders, "mbgnbd", 1e-11);
    expect_reference(orders, "mbgnbd_discounted", 1e-11);
}

// Batislam, Denizel & Filiztekin 2007, eq. 2, as it stands there.
double likelihood(const double *p, const Customer &c) {
    const double r = p[0], alpha = p[1], a = p[2], b = p[3], x = c.frequency;
    return std::tgamma(r + x) / std::tgamma(r) * std::pow(alpha, r) * std::beta(a, b + x + 1) / std::beta(a, b) *
           (std::pow(alpha + c.tenure, -r - x) + a / (b + x) * std::pow(alpha + c.recency, -r - x));
}

TEST(Mbgnbd, LikelihoodAsPublished) {
    const double p[] = {.5248432, 6.1830853, .8913594, 1.6140022};
    for (const Customer c : {Customer{0, 0, 10}, Customer{1, 3, 10}, Customer{2, 30.43, 38.86}, Customer{20, 38, 39}})
        EXPECT_NEAR(orders.log_likelihood(p, c), std::log(likelihood(p, c)), 1e-11);
}

TEST(Mbgnbd, AOneTimeBuyerMayHaveLeft) {
    const double p[] = {.5248432, 6.1830853, .8913594, 1.6140022};
    EXPECT_DOUBLE_EQ(orders.prob_alive(p, {0, 0, 0}), p[3] / (p[2] + p[3]));
    EXPECT_LT(orders.prob_alive(p, {0, 0, 50}), orders.prob_alive(p, {0, 0, 10}));
    // A likelihood next to 1 keeps its digits: T r/alpha times the share of those who stay.
    const double tiny = 1e-12;
    EXPECT_NEAR(orders.log_likelihood(p, {0, 0, tiny}) / (-tiny * p[0] / p[1] * p[3] / (p[2] + p[3])), 1, 1e-11);
}

// What a new customer buys: b/(a + b) of them are BG/NBD customers with b + 1.
TEST(Mbgnbd, NewCustomers) {
    const double p[] = {.5, 6, .9, 1.6}, survivor[] = {.5, 6, .9, 2.6};
    const Customer fresh = {0, 0, 0};
    const double share = p[3] / (p[2] + p[3]);
    EXPECT_NEAR(orders.expected_purchases(p, fresh, 52),
                share * bgnbd::family.orders->expected_purchases(survivor, fresh, 52), 1e-13);
    EXPECT_NEAR(orders.discounted_purchases(p, fresh, infinity, .01),
                share * bgnbd::family.orders->discounted_purchases(survivor, fresh, infinity, .01), 1e-13);
}

TEST(Mbgnbd, NumbersOfPurchasesAddUp) {
    const double p[] = {.55, 60, .7, 2.4};
    for (const Customer c : {Customer{0, 0, 0}, Customer{0, 0, 300}, Customer{3, 100, 200}, Customer{20, 390, 400}})
        for (const double horizon : {1.0, 30.0, 365.0}) {
            double sum = 0, mean = 0;
            for (double n = 0; n < 400; ++n) {
                const double probability = orders.purchase_pmf(p, c, horizon, n);
                sum += probability;
                mean += n * probability;
            }
            EXPECT_NEAR(sum, 1, 1e-12);
            EXPECT_NEAR(mean, orders.expected_purchases(p, c, horizon), 1e-10);
            EXPECT_NEAR(orders.purchase_pmf(p, c, horizon, 0), orders.prob_no_purchase(p, c, horizon), 1e-14);
        }
}

TEST(Mbgnbd, FitIsAMaximumOfTheLikelihood) { expect_maximum(orders, mbgnbd::fit, {.7, 30, .8, 2.4}); }

TEST(Mbgnbd, RecoversParameters) {
    expect_recovery(orders, mbgnbd::fit, {.7, 30, .8, 2.4});
    expect_recovery(orders, mbgnbd::fit, {2, 20, .4, 3});
    expect_recovery(orders, mbgnbd::fit, {.3, 5, 2, 5});
}

}  // namespace
}  // namespace cltv

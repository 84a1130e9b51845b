#include "core/purchases/pnbd.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "unit/fit/fit_check.hpp"
#include "unit/purchases/orders_reference.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const OrdersFamily &orders = *pnbd::family.orders;

TEST(Pnbd, AgreesWithTheReference) { expect_reference(orders, "pnbd", 2e-12); }

// P. S. Fader, B. G. S. Hardie, K. L. Lee: RFM and CLV, as computed in the authors' notes.
TEST(Pnbd, DiscountedResidualTransactionsAsPublished) {
    const double p[] = {.5629966, 12.559037, .4081095, 10.5148048};
    EXPECT_NEAR(orders.discounted_purchases(p, {7, 35, 77.86}, infinity, .0027), 1.864183328, 5e-10);
}

TEST(Pnbd, NumbersOfPurchasesAddUp) {
    const double p[] = {.55, 60, .7, 90};
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
            EXPECT_EQ(orders.purchase_pmf(p, c, horizon, 0), orders.prob_no_purchase(p, c, horizon));
        }
}

TEST(Pnbd, EndsOfTheHorizon) {
    const Customer c = {3, 100, 200};
    for (const double s : {0.3, 1.0, 1.5})
        for (const double beta : {20.0, 60.0, 300.0}) {
            const double p[] = {.55, 60, s, beta};
            EXPECT_EQ(orders.expected_purchases(p, c, 0), 0);
            EXPECT_EQ(orders.discounted_purchases(p, c, 0, .01), 0);
            EXPECT_EQ(orders.prob_no_purchase(p, c, 0), 1);
            EXPECT_EQ(orders.prob_alive_after(p, c, 0), orders.prob_alive(p, c));
            EXPECT_EQ(orders.prob_alive_after(p, c, infinity), 0);
            EXPECT_EQ(orders.purchase_pmf(p, c, 0, 1), 0);
            EXPECT_EQ(std::isinf(orders.expected_purchases(p, c, infinity)), s <= 1);
            EXPECT_NEAR(orders.prob_no_purchase(p, c, infinity), orders.prob_no_purchase(p, c, 1e15), 1e-4);
            EXPECT_NEAR(orders.purchase_pmf(p, c, infinity, 2), orders.purchase_pmf(p, c, 1e15, 2), 1e-4);
            EXPECT_EQ(orders.prob_alive(p, {3, 200, 200}), 1);
        }
    // All that is still to come of somebody who all but certainly has left, at s <= 1.
    const double p[] = {.55, 60, .7, 90};
    EXPECT_EQ(orders.expected_purchases(p, {10000, 100, 36500}, infinity), infinity);
    EXPECT_EQ(orders.expected_purchases(p, {10000, 100, 36500}, 365), 0);
}

// Nobody can interrupt a quadrature: it ends for customers whom no model was made for, too.
TEST(Pnbd, EndsForAbsurdCustomers) {
    const double p[] = {1, 1e-3, 1, 1};
    EXPECT_EQ(orders.purchase_pmf(p, {1e6, 4.3e299, 1e300}, 1e300, 1), 0);
    EXPECT_FALSE(orders.purchase_pmf(p, {9007199254740992, 4.3e299, 1e300}, 1e300, 1) > 0);
}

// The fit's surface is built from other integrals than log_likelihood of one customer.
TEST(Pnbd, FitIsAMaximumOfTheLikelihood) { expect_maximum(orders, pnbd::fit, {.7, 30, .6, 100}); }

TEST(Pnbd, RecoversParameters) {
    expect_recovery(orders, pnbd::fit, {.7, 30, .6, 100});
    expect_recovery(orders, pnbd::fit, {2, 20, 1.5, 400});
    expect_recovery(orders, pnbd::fit, {.3, 5, .4, 10});
}

}  // namespace
}  // namespace cltv

#include "core/base/random.hpp"
#include "core/purchases/bgnbd.hpp"

#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "unit/purchases/orders_reference.hpp"
#include "unit/purchases/simulated_base.hpp"

namespace cltv {
namespace {

using Parameters = std::array<double, 4>;
const OrdersFamily &orders = *bgnbd::family.orders;

TEST(Bgnbd, AgreesWithTheReference) {
    expect_reference(orders, "bgnbd", 1e-11);
    expect_reference(orders, "discounted", 1e-11);
}

// Fader, Hardie & Lee (2005): the CDNOW parameters, a customer of the paper, 39 weeks ahead.
TEST(Bgnbd, PublishedPredictions) {
    const double cdnow[] = {0.243, 4.414, 0.793, 2.426};
    const Customer customer{2, 30.43, 38.86};
    EXPECT_NEAR(orders.expected_purchases(cdnow, customer, 39), 1.22603, 5e-6);
    EXPECT_NEAR(orders.prob_alive(cdnow, customer), 0.72658, 5e-6);
}

// Where a + b < 1 and nothing was bought again, a closed form by 2F1 is not defined; the value is.
TEST(Bgnbd, OneTimeBuyerWithABelowOne) {
    const double p[] = {0.11, 2.24, 0.31, 0.5};
    EXPECT_NEAR(orders.expected_purchases(p, {0, 0, 1}, 30), 0.564588615533, 1e-12);
}

TEST(Bgnbd, NoCliffAtAOne) {
    const Customer customer{3, 20, 30};
    const double at[] = {0.5, 8, 1, 2.5};
    const double value = orders.expected_purchases(at, customer, 50);
    for (double away : {1e-15, 1e-12, 1e-9, 1e-6})
        for (double sign : {-1.0, 1.0}) {
            const double p[] = {0.5, 8, 1 + sign * away, 2.5};
            EXPECT_NEAR(orders.expected_purchases(p, customer, 50) / value, 1, away + 1e-13) << away;
        }
}

TEST(Bgnbd, DerivativesOfTheLikelihood) {
    Random random(5);
    for (const Parameters &truth : {Parameters{0.25, 4.4, 0.8, 2.4}, Parameters{2, 30, 0.1, 5}}) {
        const double *const p = truth.data();
        const std::vector<CustomerCount> base = simulated_customers(orders, p, 500, 60, random);
        const auto log_likelihood = [&](const double *at, double *gradient, double *hessian) {
            return bgnbd::log_likelihood({base.data(), base.size()}, at, gradient, hessian, never_stop);
        };
        expect_derivatives<4>(log_likelihood, p);
        const double elsewhere[] = {p[0] * 1.5, p[1] * 0.8, p[2] * 2, p[3] * 0.7};
        expect_derivatives<4>(log_likelihood, elsewhere);

        double sum = 0, gradient[4], hessian[16];
        for (const CustomerCount &row : base) sum += orders.log_likelihood(p, row.customer);
        EXPECT_NEAR(log_likelihood(p, gradient, hessian) / sum, 1, 1e-12);
    }
}

TEST(Bgnbd, FitRecoversItsParameters) {
    Random random(6);
    for (const Parameters &truth : {Parameters{0.25, 4.4, 0.8, 2.4}, Parameters{1.2, 15, 0.6, 1.5}}) {
        const double *const p = truth.data();
        const std::vector<CustomerCount> base = simulated_customers(orders, p, 20000, 78, random);
        const Fit fit = bgnbd::fit({base.data(), base.size()}, never_stop);
        expect_recovered(fit, p, 4, 4);
        double gradient[4], hessian[16];
        const double value =
            bgnbd::log_likelihood({base.data(), base.size()}, fit.parameters.data(), gradient, hessian, never_stop);
        EXPECT_NEAR(value, fit.log_likelihood, 1e-9 * std::fabs(value));
        for (int i = 0; i < 4; ++i) EXPECT_LT(std::fabs(gradient[i] * fit.parameters[i]), 1e-6) << i;
    }
}

}  // namespace
}  // namespace cltv

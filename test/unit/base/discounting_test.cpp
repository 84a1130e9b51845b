#include "core/purchases/discounting.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/purchases/bgnbd.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(DiscountedIntegral, OfAnExponentialRate) {
    for (double mu : {1e-6, 0.01, 0.7, 1.0})
        for (double discount : {1e-5, 0.1, 3.0, 1e4})
            for (double horizon : {1e-4, 1.0, 50.0, 1e9, infinity}) {
                const double all = mu + discount, exact = -std::expm1(-all * horizon) / all;
                const auto rate = [=](double s) { return std::exp(-mu * s); };
                EXPECT_NEAR(discounted_integral(rate, 1, horizon, discount) / exact, 1, 1e-12)
                    << mu << ' ' << discount << ' ' << horizon;
            }
}

TEST(DiscountedIntegral, OfAPower) {
    for (double power : {0.3, 1.5, 20.0})
        for (double horizon : {0.01, 2.0, 1e3, 1e8}) {
            const double exact = std::expm1((1 - power) * std::log1p(horizon)) / (1 - power);
            const auto rate = [=](double s) { return std::exp(-power * std::log1p(s)); };
            EXPECT_NEAR(discounted_integral(rate, power, horizon, 0) / exact, 1, 1e-12) << power << ' ' << horizon;
        }
}

// Discounting at a rate that tends to 0 is none at all.
TEST(DiscountedPurchases, TendToTheExpectedOnes) {
    const double p[] = {0.243, 4.414, 0.793, 2.426};
    const OrdersFamily &orders = *bgnbd::family.orders;
    const Customer customer{2, 30.43, 38.86};
    const double expected = orders.expected_purchases(p, customer, 39);
    EXPECT_EQ(orders.discounted_purchases(p, customer, 39, 0), expected);
    EXPECT_NEAR(orders.discounted_purchases(p, customer, 39, 1e-15) / expected, 1, 1e-12);
}

}  // namespace
}  // namespace cltv

// What must hold for any customer and any parameters, over random ones.
#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "model/bgnbd.hpp"
#include "model/draws.hpp"
#include "model/gg.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int cases = 2000;
// Of two results that must be in order: both have their rounding.
constexpr double slack = 1 + 1e-10;

double log_uniform(double low, double high, Random &random) { return low * std::pow(high / low, draw_uniform(random)); }

struct Case {
    double p[4];
    Customer customer;

    explicit Case(Random &random) {
        for (double &parameter : p) parameter = log_uniform(1e-3, 1e4, random);
        if (draw_uniform(random) < 0.1) p[2] = 1;
        customer.frequency = draw_uniform(random) < 0.3 ? 0 : std::floor(log_uniform(1, 10001, random));
        customer.tenure = draw_uniform(random) < 0.05 ? 0 : log_uniform(1e-2, 36500, random);
        if (customer.tenure == 0) customer.frequency = 0;
        customer.recency = customer.frequency == 0 ? 0 : customer.tenure * (1 - draw_uniform(random));
    }
};

testing::Message describe(const Case &c) {
    testing::Message message;
    message << "r, alpha, a, b, frequency, recency, tenure:";
    for (double value : {c.p[0], c.p[1], c.p[2], c.p[3], c.customer.frequency, c.customer.recency, c.customer.tenure})
        message << ' ' << value;
    return message;
}

class OrdersProperties : public testing::TestWithParam<const Family *> {};

TEST_P(OrdersProperties, ProbabilitiesAreProbabilities) {
    const OrdersFamily &orders = *GetParam()->orders;
    Random random(31);
    for (int i = 0; i < cases; ++i) {
        const Case c(random);
        SCOPED_TRACE(describe(c));
        EXPECT_TRUE(std::isfinite(orders.log_likelihood(c.p, c.customer)));
        const double alive = orders.prob_alive(c.p, c.customer), dead = orders.prob_dead(c.p, c.customer);
        EXPECT_TRUE(alive >= 0 && alive <= 1) << alive;
        EXPECT_TRUE(dead >= 0 && dead <= 1) << dead;
        EXPECT_NEAR(alive + dead, 1, 1e-15);
        double before = 1;
        for (double horizon : {0.0, 0.01, 1.0, 30.0, 365.0, 36500.0}) {
            const double none = orders.prob_no_purchase(c.p, c.customer, horizon);
            if (horizon == 0) {
                EXPECT_NEAR(none, 1, 1e-15);
            }
            EXPECT_TRUE(none >= dead / slack && none <= before * slack) << none << " after " << before;
            before = none;
        }
    }
}

TEST_P(OrdersProperties, ExpectationsRiseWithTheHorizon) {
    const OrdersFamily &orders = *GetParam()->orders;
    Random random(32);
    for (int i = 0; i < cases; ++i) {
        const Case c(random);
        SCOPED_TRACE(describe(c));
        const double alive = orders.prob_alive(c.p, c.customer);
        EXPECT_EQ(orders.expected_purchases(c.p, c.customer, 0), 0);
        double before = 0;
        for (double horizon : {0.01, 1.0, 30.0, 365.0, 36500.0}) {
            const double expected = orders.expected_purchases(c.p, c.customer, horizon);
            // At least one purchase where there is any, and no more than without departures.
            const double some = 1 - orders.prob_no_purchase(c.p, c.customer, horizon);
            const double endless = alive * (c.p[0] + c.customer.frequency) * horizon / (c.p[1] + c.customer.tenure);
            EXPECT_TRUE(expected * slack >= before && expected + 1e-15 >= some / slack && expected <= endless * slack)
                << expected << " after " << before << ", some " << some << ", endless " << endless;
            before = expected;
        }
        EXPECT_GE(orders.expected_purchases(c.p, c.customer, infinity) * slack, before);
    }
}

TEST_P(OrdersProperties, DiscountingTakesAway) {
    const OrdersFamily &orders = *GetParam()->orders;
    Random random(33);
    for (int i = 0; i < cases / 10; ++i) {
        const Case c(random);
        SCOPED_TRACE(describe(c));
        const double discount = log_uniform(1e-7, 1, random), horizon = log_uniform(0.01, 36500, random);
        const double finite = orders.discounted_purchases(c.p, c.customer, horizon, discount);
        const double all = orders.discounted_purchases(c.p, c.customer, infinity, discount);
        const double expected = orders.expected_purchases(c.p, c.customer, horizon);
        EXPECT_EQ(orders.discounted_purchases(c.p, c.customer, 0, discount), 0);
        EXPECT_TRUE(finite >= 0 && finite <= expected * slack) << finite << " of " << expected;
        EXPECT_TRUE(finite * slack >= expected * std::exp(-discount * horizon)) << finite << " of " << expected;
        EXPECT_TRUE(std::isfinite(all) && all * slack >= finite) << all << " after " << finite;
        // What comes later is worth less than e^(-discount horizon) of what it would be without discount.
        EXPECT_LE(orders.discounted_purchases(c.p, c.customer, infinity, 2 * discount), all * slack);
    }
}

INSTANTIATE_TEST_SUITE_P(Families, OrdersProperties, testing::Values(&bgnbd::family),
                         [](const auto &info) { return std::string(info.param->name); });

TEST(BgnbdProperties, EndlessHorizon) {
    Random random(34);
    for (int i = 0; i < cases; ++i) {
        const Case c(random);
        SCOPED_TRACE(describe(c));
        const double all = bgnbd::family.orders->expected_purchases(c.p, c.customer, infinity);
        const double alive = bgnbd::family.orders->prob_alive(c.p, c.customer);
        // The mean of 1/p over p ~ Beta(a, b + x).
        if (c.p[2] > 1)
            EXPECT_NEAR(all, alive * (c.p[2] + c.p[3] + c.customer.frequency - 1) / (c.p[2] - 1), 1e-9 * all);
        else
            EXPECT_EQ(all, infinity);
    }
}

TEST(SpendProperties, MeansAreBetweenCustomerAndPopulation) {
    const SpendFamily &spend = *gg::family.spend;
    Random random(35);
    for (int i = 0; i < cases; ++i) {
        double p[3];
        for (double &parameter : p) parameter = log_uniform(1e-3, 1e4, random);
        const Spend customer{std::floor(log_uniform(1, 10001, random)), log_uniform(1e-2, 1e6, random)};
        EXPECT_TRUE(std::isfinite(spend.log_likelihood(p, customer)));
        const double mean = spend.population_mean(p), expected = spend.expected_spend(p, customer);
        EXPECT_GT(mean, 0);
        EXPECT_GT(expected, 0);
        if (std::isinf(mean)) continue;
        EXPECT_TRUE(expected * slack >= std::fmin(mean, customer.monetary_value)) << expected;
        EXPECT_TRUE(expected <= std::fmax(mean, customer.monetary_value) * slack) << expected;
    }
}

}  // namespace
}  // namespace cltv

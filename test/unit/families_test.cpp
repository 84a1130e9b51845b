// What must hold in every family, for any customer and any parameters: over random ones.
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/bgnbd.hpp"
#include "model/draws.hpp"
#include "model/family.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int cases = 2000;
// Of two results that must be in order: both have their rounding.
constexpr double slack = 1 + 1e-10;

double log_uniform(double low, double high, Random &random) { return low * std::pow(high / low, draw_uniform(random)); }

bool is_probability(double value) { return value >= 0 && value <= 1; }

struct Case {
    double p[max_parameters];
    Customer customer;

    Case(const Family &family, Random &random) {
        for (double &parameter : p) parameter = log_uniform(1e-3, 1e4, random);
        if (draw_uniform(random) < 0.1) p[2] = 1;  // a, s or gamma: a singularity of most closed forms
        const bool repeated = draw_uniform(random) < 0.7, fresh = draw_uniform(random) < 0.05;
        if (family.orders->discrete) {
            const double tenure = fresh ? 0 : std::floor(log_uniform(1, 3000, random));
            const double recency = repeated ? std::ceil(tenure * (1 - draw_uniform(random))) : 0;
            customer = {std::ceil(recency * (1 - draw_uniform(random))), recency, tenure};
        } else {
            customer.tenure = fresh ? 0 : log_uniform(1e-2, 36500, random);
            customer.frequency = repeated && !fresh ? std::floor(log_uniform(1, 10001, random)) : 0;
            customer.recency = customer.frequency == 0 ? 0 : customer.tenure * (1 - draw_uniform(random));
        }
    }
};

testing::Message describe(const Case &c) {
    testing::Message message;
    message << "parameters, frequency, recency, tenure:";
    for (double value : {c.p[0], c.p[1], c.p[2], c.p[3], c.customer.frequency, c.customer.recency, c.customer.tenure})
        message << ' ' << value;
    return message;
}

class OrdersFamilies : public testing::TestWithParam<const Family *> {
protected:
    const OrdersFamily &orders() const { return *GetParam()->orders; }

    // Ascending, from 0.
    std::vector<double> horizons() const {
        if (orders().discrete) return {0, 1, 2, 30, 365, 10000};
        return {0, 0.01, 1, 30, 365, 36500};
    }

    // Expected purchases per time unit of who is alive and never leaves; at most one an opportunity. Purchases of
    // the other models are Poisson with rate Gamma(r, rate alpha), and r and alpha the first parameters.
    double pace(const Case &c) const {
        return orders().discrete ? 1 : (c.p[0] + c.customer.frequency) / (c.p[1] + c.customer.tenure);
    }

    template <class Check>
    void for_cases(int n, std::uint64_t seed, Check &&check) const {
        Random random(seed);
        for (int i = 0; i < n; ++i) {
            const Case c(*GetParam(), random);
            SCOPED_TRACE(describe(c));
            check(c, random);
        }
    }
};

TEST_P(OrdersFamilies, AliveOrDead) {
    for_cases(cases, 31, [&](const Case &c, Random &) {
        EXPECT_TRUE(std::isfinite(orders().log_likelihood(c.p, c.customer)));
        const double alive = orders().prob_alive(c.p, c.customer), dead = orders().prob_dead(c.p, c.customer);
        EXPECT_TRUE(is_probability(alive) && is_probability(dead)) << alive << ' ' << dead;
        EXPECT_NEAR(alive + dead, 1, 1e-14);
        double before = alive;
        for (const double horizon : horizons()) {
            const double after = orders().prob_alive_after(c.p, c.customer, horizon);
            if (horizon == 0) {
                EXPECT_NEAR(after, alive, 1e-12 * alive);
            }
            EXPECT_TRUE(after >= 0 && after <= before * slack) << after << " after " << before;
            before = after;
        }
        EXPECT_LE(orders().prob_alive_after(c.p, c.customer, infinity), before * slack);
    });
}

TEST_P(OrdersFamilies, SilenceGetsLessLikely) {
    for_cases(cases, 32, [&](const Case &c, Random &) {
        const double dead = orders().prob_dead(c.p, c.customer);
        double before = 1;
        for (const double horizon : horizons()) {
            const double none = orders().prob_no_purchase(c.p, c.customer, horizon);
            if (horizon == 0) {
                EXPECT_NEAR(none, 1, 1e-14);
            }
            EXPECT_TRUE(is_probability(none) && none >= dead / slack && none <= before * slack)
                << none << " after " << before;
            EXPECT_NEAR(orders().purchase_pmf(c.p, c.customer, horizon, 0), none, 1e-12 * none);
            before = none;
        }
    });
}

TEST_P(OrdersFamilies, ExpectationsRiseWithTheHorizon) {
    for_cases(cases, 33, [&](const Case &c, Random &) {
        const double alive = orders().prob_alive(c.p, c.customer);
        EXPECT_EQ(orders().expected_purchases(c.p, c.customer, 0), 0);
        double before = 0;
        for (const double horizon : horizons()) {
            const double expected = orders().expected_purchases(c.p, c.customer, horizon);
            // At least one purchase where there is any, and no more than without departures.
            const double some = 1 - orders().prob_no_purchase(c.p, c.customer, horizon);
            const double endless = alive * pace(c) * horizon;
            EXPECT_TRUE(expected * slack >= before && expected + 1e-12 >= some / slack && expected <= endless * slack)
                << expected << " after " << before << ", some " << some << ", endless " << endless;
            before = expected;
        }
        EXPECT_GE(orders().expected_purchases(c.p, c.customer, infinity) * slack, before);
    });
}

TEST_P(OrdersFamilies, DiscountingTakesAway) {
    for_cases(cases / 10, 34, [&](const Case &c, Random &random) {
        const double discount = log_uniform(1e-7, 1, random), drawn = log_uniform(0.01, 36500, random);
        const double horizon = orders().discrete ? std::ceil(drawn) : drawn;
        const auto discounted = [&](double until, double rate) {
            return orders().discounted_purchases(c.p, c.customer, until, rate);
        };
        const double finite = discounted(horizon, discount), all = discounted(infinity, discount);
        const double expected = orders().expected_purchases(c.p, c.customer, horizon);
        EXPECT_EQ(discounted(0, discount), 0);
        EXPECT_NEAR(discounted(horizon, 0), expected, 1e-10 * expected);
        EXPECT_TRUE(finite >= 0 && finite <= expected * slack) << finite << " of " << expected;
        EXPECT_TRUE(finite * slack >= expected * std::exp(-discount * horizon)) << finite << " of " << expected;
        double before = 0;
        for (const double until : horizons()) {
            const double value = discounted(until, discount);
            EXPECT_GE(value * slack, before) << until;
            before = value;
        }
        EXPECT_TRUE(std::isfinite(all) && all * slack >= finite && all * slack >= before) << all << " after " << finite;
        EXPECT_LE(discounted(infinity, 2 * discount), all * slack);
    });
}

// Over horizons within which a customer makes some dozens of purchases at most.
TEST_P(OrdersFamilies, NumbersOfPurchasesAddUp) {
    constexpr int most_purchases = 10000;
    for_cases(cases / 10, 35, [&](const Case &c, Random &random) {
        const double length = 50 * draw_uniform(random), lifetimes = 10 * (c.p[1] + c.customer.tenure);
        const double horizon = orders().discrete ? std::ceil(length) : std::fmin(length / pace(c), lifetimes);
        double sum = orders().purchase_pmf(c.p, c.customer, horizon, 0), mean = 0;
        for (int n = 1; n < most_purchases; ++n) {
            const double probability = orders().purchase_pmf(c.p, c.customer, horizon, n);
            ASSERT_TRUE(is_probability(probability)) << n << ": " << probability;
            sum += probability;
            mean += n * probability;
            if (n > 2 * length && n * probability <= 1e-15 * mean) break;
        }
        const double expected = orders().expected_purchases(c.p, c.customer, horizon);
        EXPECT_NEAR(sum, 1, 1e-11) << "horizon " << horizon;
        EXPECT_NEAR(mean, expected, 1e-10 * expected + 1e-300) << "horizon " << horizon;
    });
}

std::vector<const Family *> orders_families() {
    std::vector<const Family *> found;
    for (const Family *family : all_families())
        if (family->orders != nullptr) found.push_back(family);
    return found;
}

INSTANTIATE_TEST_SUITE_P(Families, OrdersFamilies, testing::ValuesIn(orders_families()),
                         [](const auto &info) { return std::string(info.param->name); });

// The mean of 1/p over p ~ Beta(a, b + x).
TEST(BgnbdFamily, EndlessHorizon) {
    Random random(36);
    for (int i = 0; i < cases; ++i) {
        const Case c(bgnbd::family, random);
        SCOPED_TRACE(describe(c));
        const double all = bgnbd::family.orders->expected_purchases(c.p, c.customer, infinity);
        const double alive = bgnbd::family.orders->prob_alive(c.p, c.customer);
        if (c.p[2] > 1)
            EXPECT_NEAR(all, alive * (c.p[2] + c.p[3] + c.customer.frequency - 1) / (c.p[2] - 1), 1e-9 * all);
        else
            EXPECT_EQ(all, infinity);
    }
}

TEST(SpendFamilies, MeansAreBetweenCustomerAndPopulation) {
    for (const Family *family : all_families()) {
        if (family->spend == nullptr) continue;
        SCOPED_TRACE(family->name);
        Random random(37);
        for (int i = 0; i < cases; ++i) {
            double p[max_parameters];
            for (double &parameter : p) parameter = log_uniform(1e-3, 1e4, random);
            const Spend customer{std::floor(log_uniform(1, 10001, random)), log_uniform(1e-2, 1e6, random)};
            EXPECT_TRUE(std::isfinite(family->spend->log_likelihood(p, customer)));
            const double mean = family->spend->population_mean(p);
            const double expected = family->spend->expected_spend(p, customer);
            EXPECT_GT(mean, 0);
            EXPECT_GT(expected, 0);
            if (std::isinf(mean)) continue;
            EXPECT_TRUE(expected * slack >= std::fmin(mean, customer.monetary_value)) << expected;
            EXPECT_TRUE(expected <= std::fmax(mean, customer.monetary_value) * slack) << expected;
        }
    }
}

TEST(ContractFamilies, SurvivalFallsAndPeriodsAddUp) {
    for (const Family *family : all_families()) {
        if (family->contract == nullptr) continue;
        SCOPED_TRACE(family->name);
        const ContractFamily &contract = *family->contract;
        Random random(38);
        for (int i = 0; i < cases; ++i) {
            double p[max_parameters];
            for (double &parameter : p) parameter = log_uniform(1e-3, 1e4, random);
            const double renewals = std::floor(log_uniform(1, 1001, random)) - 1, rate = log_uniform(1e-4, 1, random);
            SCOPED_TRACE(testing::Message() << p[0] << ' ' << p[1] << ", renewals " << renewals << ", rate " << rate);
            for (const double churned : {0.0, 1.0})
                EXPECT_TRUE(std::isfinite(contract.log_likelihood(p, {renewals + churned, churned})));
            EXPECT_EQ(contract.survival(p, 0), 1);

            const double now = contract.survival(p, renewals);
            double expected = 0, discounted = 0, survival = now, discount = 1;
            for (double period = 1; period <= 20; ++period, discount /= 1 + rate) {
                const double churn = contract.churn(p, renewals + period - 1);
                const double next = contract.survival(p, renewals + period);
                EXPECT_TRUE(is_probability(churn) && is_probability(next));
                EXPECT_NEAR(next, survival * (1 - churn), 1e-11 * survival);
                survival = next;
                if (now < 1e-290) continue;  // no digits are left to divide
                expected += next / now;
                discounted += discount * (next / now);
                EXPECT_NEAR(contract.expected_periods(p, renewals, period), expected, 1e-9 * expected);
                EXPECT_NEAR(contract.discounted_periods(p, renewals, period, rate), discounted, 1e-9 * discounted);
            }
            EXPECT_EQ(contract.expected_periods(p, renewals, 0), 0);
            const double most = contract.expected_periods(p, renewals, 1e5);
            EXPECT_GE(contract.expected_periods(p, renewals, infinity) * slack, most);
            const double all = contract.discounted_periods(p, renewals, infinity, rate);
            const double some = contract.discounted_periods(p, renewals, 1000, rate);
            EXPECT_TRUE(std::isfinite(all) && all * slack >= some) << all << " after " << some;
        }
    }
}

}  // namespace
}  // namespace cltv

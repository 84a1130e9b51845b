// What must hold in every family of orders, for any customer and any parameters.
#include <cmath>
#include <initializer_list>
#include <vector>

#include "core/fit/family.hpp"
#include "property.hpp"

namespace cltv::property {

namespace {

// Of two results that must be in order: both have their rounding.
constexpr double slack = 1 + 1e-10;

const Family &any_family(Source &source) {
    std::vector<const Family *> found;
    for (const Family *family : all_families())
        if (family->orders != nullptr) found.push_back(family);
    return *found[static_cast<std::size_t>(source.number(0, static_cast<int>(found.size()) - 1))];
}

struct Case {
    explicit Case(Source &source) : family(any_family(source)), orders(*family.orders) {
        for (double &parameter : p) parameter = source.log_uniform(1e-3, 1e4);
        if (regular()) p[4] = source.number(1, 12);
        if (source.chance(0.1)) p[2] = 1;  // a, s or gamma: a singularity of most closed forms
        const bool repeated = source.chance(0.7), fresh = source.chance(0.05);
        if (orders.discrete) {
            const double tenure = fresh ? 0 : std::floor(source.log_uniform(1, 3000));
            const double recency = repeated ? std::ceil(tenure * (1 - source.uniform())) : 0;
            customer = {std::ceil(recency * (1 - source.uniform())), recency, tenure};
        } else {
            customer.tenure = fresh ? 0 : source.log_uniform(1e-2, 36500);
            customer.frequency = repeated && !fresh ? std::floor(source.log_uniform(1, 10001)) : 0;
            customer.recency = customer.frequency == 0 ? 0 : customer.tenure * (1 - source.uniform());
        }
    }

    // Ascending, from 0.
    std::vector<double> horizons() const {
        if (orders.discrete) return {0, 1, 2, 30, 365, 10000};
        return {0, 0.01, 1, 30, 365, 36500};
    }

    // Expected purchases per time unit of who is alive and never leaves; at most one an opportunity. Purchases of
    // the other models are Poisson with rate Gamma(r, rate alpha), and r and alpha the first parameters; of regular buyers
    // every k-th event is one, and up to k - 1 may have come since the last.
    double pace() const {
        return orders.discrete ? 1 : (p[0] + k() * customer.frequency + (k() - 1)) / (p[1] + customer.tenure) / k();
    }
    double begun() const { return (k() - 1) / k(); }

    testing::Message description() const {
        testing::Message message;
        message << family.name << ": parameters, frequency, recency, tenure:";
        for (double value : {p[0], p[1], p[2], p[3], k(), customer.frequency, customer.recency, customer.tenure})
            message << ' ' << value;
        return message;
    }

    bool regular() const { return family.fit_regular != nullptr; }
    double k() const { return regular() ? p[4] : 1; }

    const Family &family;
    const OrdersFamily &orders;
    double p[5];
    Customer customer;
};

}  // namespace

void alive_or_dead(Source &source) {
    const Case c(source);
    SCOPED_TRACE(c.description());
    EXPECT_TRUE(std::isfinite(c.orders.log_likelihood(c.p, c.customer)));
    const double alive = c.orders.prob_alive(c.p, c.customer), dead = c.orders.prob_dead(c.p, c.customer);
    EXPECT_TRUE(is_probability(alive) && is_probability(dead)) << alive << ' ' << dead;
    EXPECT_NEAR(alive + dead, 1, 1e-14);
    double before = alive;
    for (const double horizon : c.horizons()) {
        const double after = c.orders.prob_alive_after(c.p, c.customer, horizon);
        if (horizon == 0) {
            EXPECT_NEAR(after, alive, 1e-12 * alive);
        }
        EXPECT_TRUE(is_probability(after) && after <= before * slack) << after << " after " << before;
        before = after;
    }
    EXPECT_LE(c.orders.prob_alive_after(c.p, c.customer, infinity), before * slack);
}

void silence(Source &source) {
    const Case c(source);
    SCOPED_TRACE(c.description());
    const double dead = c.orders.prob_dead(c.p, c.customer);
    double before = 1;
    for (const double horizon : c.horizons()) {
        const double none = c.orders.prob_no_purchase(c.p, c.customer, horizon);
        if (horizon == 0) {
            EXPECT_EQ(none, 1);
        }
        EXPECT_TRUE(is_probability(none) && none >= dead / slack && none <= before * slack)
            << none << " after " << before;
        EXPECT_NEAR(c.orders.purchase_pmf(c.p, c.customer, horizon, 0), none, 1e-12 * none);
        before = none;
    }
}

void expected_purchases(Source &source) {
    const Case c(source);
    SCOPED_TRACE(c.description());
    const double alive = c.orders.prob_alive(c.p, c.customer);
    EXPECT_EQ(c.orders.expected_purchases(c.p, c.customer, 0), 0);
    double before = 0;
    for (const double horizon : c.horizons()) {
        const double expected = c.orders.expected_purchases(c.p, c.customer, horizon);
        // At least one purchase where there is any, and no more than without departures.
        const double some = 1 - c.orders.prob_no_purchase(c.p, c.customer, horizon);
        const double endless = alive * (c.pace() * horizon + c.begun());
        EXPECT_TRUE(expected * slack >= before && expected + 1e-12 >= some / slack && expected <= endless * slack)
            << expected << " after " << before << ", some " << some << ", endless " << endless;
        before = expected;
    }
    const double all = c.orders.expected_purchases(c.p, c.customer, infinity);
    EXPECT_GE(all * slack, before);
    // What follows is decided by the tail of the distribution of departures: a, s and gamma are all the third. NBD has
    // none.
    EXPECT_EQ(std::isinf(all), c.family.parameters.size == 2 || c.p[2] <= 1);
}

void discounted_purchases(Source &source) {
    const Case c(source);
    const double discount = source.log_uniform(1e-7, 1), drawn = source.log_uniform(0.01, 36500);
    const double horizon = c.orders.discrete ? std::ceil(drawn) : drawn;
    SCOPED_TRACE(c.description() << ", horizon " << horizon << ", discount " << discount);
    const auto discounted = [&](double until, double rate) {
        return c.orders.discounted_purchases(c.p, c.customer, until, rate);
    };
    const double finite = discounted(horizon, discount), all = discounted(infinity, discount);
    const double expected = c.orders.expected_purchases(c.p, c.customer, horizon);
    EXPECT_EQ(discounted(0, discount), 0);
    EXPECT_NEAR(discounted(horizon, 0), expected, 1e-10 * expected);
    EXPECT_TRUE(finite >= 0 && finite <= expected * slack) << finite << " of " << expected;
    EXPECT_TRUE(finite * slack >= expected * std::exp(-discount * horizon)) << finite << " of " << expected;
    double before = 0;
    for (const double until : c.horizons()) {
        const double value = discounted(until, discount);
        EXPECT_GE(value * slack, before) << until;
        before = value;
    }
    EXPECT_TRUE(std::isfinite(all) && all * slack >= finite && all * slack >= before) << all << " after " << finite;
    EXPECT_LE(discounted(infinity, 2 * discount), all * slack);
    EXPECT_EQ(discounted(infinity, infinity), 0);
}

// Over horizons within which a customer makes some dozens of purchases at most.
void numbers_of_purchases(Source &source) {
    constexpr int most_purchases = 10000;
    const Case c(source);
    const double length = 50 * source.uniform(), lifetimes = 10 * (c.p[1] + c.customer.tenure);
    const double horizon = c.orders.discrete ? std::ceil(length) : std::fmin(length / c.pace(), lifetimes);
    SCOPED_TRACE(c.description() << ", horizon " << horizon);
    double sum = c.orders.purchase_pmf(c.p, c.customer, horizon, 0), mean = 0;
    for (int n = 1; n < most_purchases; ++n) {
        const double probability = c.orders.purchase_pmf(c.p, c.customer, horizon, n);
        ASSERT_TRUE(is_probability(probability)) << n << ": " << probability;
        sum += probability;
        mean += n * probability;
        if (n > 2 * length && n * probability <= 1e-15 * mean) break;
    }
    const double expected = c.orders.expected_purchases(c.p, c.customer, horizon);
    EXPECT_NEAR(sum, 1, 1e-11);
    EXPECT_NEAR(mean, expected, 1e-10 * expected + 1e-300);
}

}  // namespace cltv::property

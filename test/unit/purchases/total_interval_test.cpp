#include "core/purchases/total_interval.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/base/random.hpp"
#include "core/purchases/bgbb.hpp"
#include "core/purchases/bgnbd.hpp"
#include "core/purchases/nbd.hpp"
#include "core/purchases/pnbd.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Given x purchases in T, those of NBD within h are negative binomial: mean m = (r + x) h/(alpha + T), variance
// m (1 + h/(alpha + T)).
TEST(TotalInterval, VarianceOfNbdIsThatOfTheNegativeBinomial) {
    const OrdersFamily &nbd = *nbd::family.orders;
    for (const double alpha : {0.01, 1.0, 60.0})
        for (const double x : {0.0, 3.0, 200.0, 40000.0})
            for (const double horizon : {0.1, 30.0, 365.0}) {
                const double p[] = {0.8, alpha}, tenure = 400;
                const Customer customer{x, x > 0 ? 300.0 : 0.0, tenure};
                const double share = horizon / (alpha + tenure), mean = (0.8 + x) * share;
                const double variance = mean * (1 + share);
                EXPECT_NEAR(purchases_variance(nbd, p, customer, horizon), variance, 1e-3 * variance)
                    << alpha << ' ' << x << ' ' << horizon;
            }
}

// The variance by adding up all numbers one by one.
double by_hand(const OrdersFamily &orders, const double *p, const Customer &customer, double horizon, double most) {
    const double mean = orders.expected_purchases(p, customer, horizon);
    double square = 0;
    for (double n = 0; n <= most; ++n)
        square += (n - mean) * (n - mean) * orders.purchase_pmf(p, customer, horizon, n);
    return square;
}

TEST(TotalInterval, VarianceIsThatOfTheDistribution) {
    const double bgnbd_p[] = {0.55, 40, 0.8, 2.5}, pnbd_p[] = {0.8, 40, 0.6, 300}, bgbb_p[] = {0.6, 2, 0.3, 2};
    struct Case {
        const Family &family;
        const double *p;
        Customer customer;
        double horizon, most;
    };
    const Case cases[] = {
        {bgnbd::family, bgnbd_p, {0, 0, 10}, 90, 2000},
        {bgnbd::family, bgnbd_p, {4, 100, 120}, 365, 4000},
        {bgnbd::family, bgnbd_p, {200, 300, 420}, 200, 8000},  // left, most likely: few purchases, or hundreds
        {pnbd::family, pnbd_p, {7, 200, 300}, 365, 4000},
        {pnbd::family, pnbd_p, {300, 250, 290}, 365, 12000},
        {bgbb::family, bgbb_p, {3, 5, 6}, 9, 9},
        {bgbb::family, bgbb_p, {90, 100, 100}, 301, 301},
    };
    for (const Case &c : cases) {
        const double variance = by_hand(*c.family.orders, c.p, c.customer, c.horizon, c.most);
        EXPECT_NEAR(purchases_variance(*c.family.orders, c.p, c.customer, c.horizon), variance, 2e-3 * variance)
            << c.family.name << ' ' << c.customer.frequency;
    }
    EXPECT_EQ(purchases_variance(*bgnbd::family.orders, bgnbd_p, {3, 50, 60}, 0), 0);
}

std::vector<CustomerCount> customers(int n, Random &random, double *later = nullptr) {
    const double truth[] = {0.8, 60};
    std::vector<CustomerCount> base;
    for (int i = 0; i < n; ++i) {
        const Traits traits = nbd::family.orders->draw(truth, random);
        Customer customer{0, 0, 1 + std::floor(500 * draw_uniform(random))};
        for (double k = 0, now = 0; (now = nbd::family.orders->next_purchase(traits, ++k, now, random)) <= customer.tenure + 90;)
            if (now <= customer.tenure) {
                customer.recency = now;
                ++customer.frequency;
            } else if (later != nullptr) {
                ++*later;
            }
        base.push_back({customer, 1});
    }
    std::sort(base.begin(), base.end(), [](const CustomerCount &a, const CustomerCount &b) {
        return a.customer.frequency < b.customer.frequency;
    });
    return base;
}

TEST(TotalInterval, HoldsWhatComesAsOftenAsItSays) {
    Random random(5);
    int held = 0, held_half = 0;
    constexpr int shops = 200;
    for (int i = 0; i < shops; ++i) {
        double later = 0;
        const std::vector<CustomerCount> base = customers(150, random, &later);
        const View<CustomerCount> rows{base.data(), base.size()};
        const Fit fit = nbd::family.fit_orders(rows, 1, never_stop);
        ASSERT_TRUE(fit.usable());
        const OrdersFamily &orders = *nbd::family.find_form(fit.form)->orders;
        const auto at = [&](double level) {
            return total_purchases_interval(orders, view_of(fit), rows, 90, level, never_stop);
        };
        const ConfidenceInterval interval = at(0.95), half = at(0.5);
        ASSERT_LE(interval.lower, half.lower);
        ASSERT_LE(half.upper, interval.upper);
        held += interval.lower <= later && later <= interval.upper;
        held_half += half.lower <= later && later <= half.upper;
    }
    // Four standard errors of a binomial; a whole number on either side makes the half more than a half.
    EXPECT_NEAR(held, 0.95 * shops, 4 * std::sqrt(0.95 * 0.05 * shops));
    EXPECT_GE(held_half, 0.5 * shops - 4 * std::sqrt(0.25 * shops));
    EXPECT_LE(held_half, 0.56 * shops + 4 * std::sqrt(0.25 * shops));
}

// Of many rows a sample tells the variance.
TEST(TotalInterval, CountsAndRowsAreTheSame) {
    Random random(6);
    std::vector<CustomerCount> base = customers(400, random);
    const Fit fit = nbd::family.fit_orders({base.data(), base.size()}, 1, never_stop);
    const OrdersFamily &orders = *nbd::family.find_form(fit.form)->orders;
    const auto interval_of = [&](const std::vector<CustomerCount> &rows) {
        return total_purchases_interval(orders, view_of(fit), {rows.data(), rows.size()}, 90, 0.95, never_stop);
    };
    std::vector<CustomerCount> counted = base, repeated;
    for (CustomerCount &row : counted) row.count = 60;
    for (const CustomerCount &row : base) repeated.insert(repeated.end(), 60, row);
    const ConfidenceInterval one = interval_of(counted), other = interval_of(repeated);
    EXPECT_NEAR(other.estimate, one.estimate, 1e-9 * one.estimate);
    EXPECT_NEAR(other.lower, one.lower, 0.01 * (one.upper - one.lower));
    EXPECT_NEAR(other.upper, one.upper, 0.01 * (one.upper - one.lower));
}

TEST(TotalInterval, Ends) {
    Random random(7);
    const std::vector<CustomerCount> base = customers(50, random);
    const View<CustomerCount> rows{base.data(), base.size()};
    const Fit fit = nbd::family.fit_orders(rows, 1, never_stop);
    const double p[] = {0.8, 60};
    const Fit published = given(p, 2);
    const OrdersFamily &orders = *nbd::family.orders;
    const auto at = [&](const Fit &model, View<CustomerCount> of, double horizon) {
        return total_purchases_interval(orders, view_of(model), of, horizon, 0.95, never_stop);
    };
    EXPECT_EQ(at(fit, rows, 0).upper, 0);
    EXPECT_EQ(at(fit, {}, 90).upper, 0);
    EXPECT_TRUE(std::isnan(at(fit, rows, infinity).upper));
    EXPECT_GT(at(published, rows, 90).estimate, 0);
    EXPECT_TRUE(std::isnan(at(published, rows, 90).lower));
    const ConfidenceInterval soon = at(fit, rows, 1.5);  // one purchase, or two
    EXPECT_EQ(soon.lower, 0);
    EXPECT_EQ(soon.upper, std::round(soon.upper));
    EXPECT_GE(soon.upper, 1);
    EXPECT_THROW(total_purchases_interval(orders, view_of(fit), rows, 90, 0.95, [] { return true; }), Stopped);
}

}  // namespace
}  // namespace cltv

#include "core/purchases/bgbb.hpp"

#include <Eigen/Dense>
#include <gtest/gtest.h>

#include <boost/math/constants/constants.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "core/base/random.hpp"
#include "core/base/special.hpp"
#include "unit/purchases/orders_reference.hpp"

namespace cltv {
namespace {

using Base = std::vector<CustomerCount>;

constexpr double infinity = std::numeric_limits<double>::infinity();
const OrdersFamily &orders = *bgbb::family.orders;

// Fader, Hardie & Shang (2010), table 1: 11,104 donors of 1995 and their gifts in the six years after.
const Base donations = {
    {{0, 0, 6}, 3464}, {{1, 1, 6}, 1091}, {{1, 2, 6}, 277}, {{1, 3, 6}, 129}, {{1, 4, 6}, 78},  {{1, 5, 6}, 119},
    {{1, 6, 6}, 129},  {{2, 2, 6}, 613},  {{2, 3, 6}, 255}, {{2, 4, 6}, 155}, {{2, 5, 6}, 173}, {{2, 6, 6}, 234},
    {{3, 3, 6}, 322},  {{3, 4, 6}, 181},  {{3, 5, 6}, 225}, {{3, 6, 6}, 357}, {{4, 4, 6}, 240}, {{4, 5, 6}, 284},
    {{4, 6, 6}, 512},  {{5, 5, 6}, 335},  {{5, 6, 6}, 728}, {{6, 6, 6}, 1203}};
const double published[] = {1.2035224, .7497164, .6567182, 2.7834422};

Fit fit(const Base &base) { return bgbb::fit({base.data(), base.size()}, never_stop); }

double log_likelihood(const Base &base, const double *parameters) {
    double total = 0;
    for (const CustomerCount &row : base) total += row.count * orders.log_likelihood(parameters, row.customer);
    return total;
}

const double parameter_sets[][4] = {{1.2, .75, .66, 2.78}, {1e-3, 1e-3, 1e-3, 1e-3}, {1e4, 1e4, 1e4, 1e4},
                                    {1e-3, 1e4, 1e-3, 1e4}, {1e4, 1e-3, 1e4, 1e-3}, {1e4, 1e-3, 1e-3, 1e4},
                                    {1e-3, 1e4, 1e4, 1e-3}, {.5, 3, 1, .2},         {2, 700, 1 + 1e-12, 900},
                                    {30, 1, .02, 4},        {1, 1, 1 - 1e-10, 1}};
const Customer customers[] = {{0, 0, 0},    {0, 0, 1},      {1, 1, 1},      {0, 0, 6},          {3, 4, 6},
                              {6, 6, 6},    {1, 1, 60},     {20, 60, 60},   {7, 300, 800},      {500, 600, 700},
                              {0, 0, 36500}, {3000, 9000, 30000}};

TEST(Bgbb, AgreesWithTheReference) { expect_reference(orders, "bgbb", 1e-10); }

TEST(Bgbb, NoPurchaseEver) {
    // p and theta uniform: the integral of -theta ln(theta)/(1 - theta).
    const double uniform[] = {1, 1, 1, 1};
    EXPECT_NEAR(orders.prob_no_purchase(uniform, {0, 0, 0}, infinity),
                boost::math::double_constants::pi_sqr_div_six - 1, 1e-12);
    // theta ~ Beta(c, 1): c trigamma(c + 1).
    for (const double c : {1e-3, 0.2, 7.0, 1e4}) {
        const double p[] = {1, 1, c, 1};
        EXPECT_NEAR(orders.prob_no_purchase(p, {0, 0, 0}, infinity) / (c * trigamma(c + 1)), 1, 1e-11) << c;
    }
    // Whoever is still there and silent after 5000 opportunities is like a new customer of other parameters.
    for (const auto &p : parameter_sets) {
        double there = 1, gone = 0;
        for (int i = 0; i < 5000; ++i) {
            gone += there * (p[2] / (p[2] + p[3] + i));
            there *= (p[3] + i) / (p[2] + p[3] + i) * ((p[1] + i) / (p[0] + p[1] + i));
        }
        const double later[] = {p[0], p[1] + 5000, p[2], p[3] + 5000};
        const double whole = gone + there * orders.prob_no_purchase(later, {0, 0, 0}, infinity);
        EXPECT_NEAR(orders.prob_no_purchase(p, {0, 0, 0}, infinity), whole, 1e-11 * whole)
            << p[0] << " " << p[1] << " " << p[2] << " " << p[3];
    }
}

TEST(Bgbb, ProbabilitiesAndHorizons) {
    for (const auto &p : parameter_sets)
        for (const Customer &c : customers) {
            const double alive = orders.prob_alive(p, c), dead = orders.prob_dead(p, c);
            EXPECT_NEAR(alive + dead, 1, 1e-12);
            double purchases = 0, discounted = 0, silent = 1;
            for (const double horizon : {1.0, 2.0, 64.0, 65.0, 900.0, 1100.0, 36500.0, 1e9, 1e15, infinity}) {
                const double more = orders.expected_purchases(p, c, horizon);
                const double more_discounted = orders.discounted_purchases(p, c, horizon, 1e-3);
                const double less = orders.prob_no_purchase(p, c, horizon);
                EXPECT_GE(more, purchases * (1 - 1e-12));
                EXPECT_GE(more_discounted, discounted * (1 - 1e-12));
                EXPECT_LE(less, silent * (1 + 1e-12));
                EXPECT_GE(less, 0);
                EXPECT_GE(1 - less, -1e-15);
                purchases = more;
                discounted = more_discounted;
                silent = less;
            }
            EXPECT_EQ(orders.prob_no_purchase(p, c, 0), 1);
            EXPECT_EQ(orders.expected_purchases(p, c, 0), 0);
        }
}

// A distribution: it sums to 1, has the expected mean, and begins with the probability of no purchase.
TEST(Bgbb, NumbersOfPurchases) {
    for (const auto &p : parameter_sets)
        for (const Customer &c : {Customer{0, 0, 0}, Customer{3, 4, 6}, Customer{500, 600, 700}})
            for (const double horizon : {1.0, 12.0, 400.0}) {
                double all = 0, mean = 0;
                for (double n = 0; n <= horizon; ++n) {
                    const double probability = orders.purchase_pmf(p, c, horizon, n);
                    EXPECT_GE(probability, 0);
                    all += probability;
                    mean += n * probability;
                }
                const double expected = orders.expected_purchases(p, c, horizon);
                EXPECT_NEAR(all, 1, 1e-11) << p[0] << " " << p[1] << " " << p[2] << " " << p[3] << ": " << horizon;
                EXPECT_NEAR(mean, expected, 1e-11 * expected);
                EXPECT_EQ(orders.purchase_pmf(p, c, horizon, horizon + 1), 0);
            }
    // p and theta uniform: of two opportunities both with probability E[(1 - theta)^2] E[p^2].
    const double uniform[] = {1, 1, 1, 1};
    EXPECT_NEAR(orders.purchase_pmf(uniform, {0, 0, 0}, 2, 2), 1.0 / 9, 1e-16);
    EXPECT_THROW(orders.purchase_pmf(uniform, {0, 0, 0}, infinity, 3), std::domain_error);
    EXPECT_LE(orders.purchase_pmf(uniform, {0, 0, 0}, 36500, 10000), 1);
}

TEST(Bgbb, StillThereAfterAHorizon) {
    for (const auto &p : parameter_sets)
        for (const Customer &c : customers) {
            EXPECT_NEAR(orders.prob_alive_after(p, c, 0), orders.prob_alive(p, c), 1e-14);
            EXPECT_EQ(orders.prob_alive_after(p, c, infinity), 0);
            EXPECT_LE(orders.prob_alive_after(p, c, 36500), orders.prob_alive_after(p, c, 36499));
        }
}

TEST(Bgbb, PublishedFit) {
    const Fit f = fit(donations);
    EXPECT_EQ(f.status, Status::converged);
    EXPECT_EQ(f.customers, 11104);
    EXPECT_NEAR(f.log_likelihood, -33225.581274, 1e-6);
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(f.parameters[i], published[i], 1e-7);
}

TEST(Bgbb, LikelihoodAndItsCurvature) {
    const Fit f = fit(donations);
    EXPECT_NEAR(log_likelihood(donations, f.parameters.data()), f.log_likelihood, 1e-7);
    const auto at = [&](int i, double di, int j, double dj) {
        double p[4];
        std::copy(f.parameters.begin(), f.parameters.end(), p);
        p[i] *= std::exp(di);
        p[j] *= std::exp(dj);
        return log_likelihood(donations, p);
    };
    const double h = 1e-3;
    Eigen::Matrix4d information;
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j)
            information(i, j) = -(at(i, h, j, h) - at(i, h, j, -h) - at(i, -h, j, h) + at(i, -h, j, -h)) / (4 * h * h);
    const Eigen::Matrix4d covariance = information.inverse();
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j)
            EXPECT_NEAR(f.covariance[covariance_index(i, j)] / (f.parameters[i] * f.parameters[j] * covariance(i, j)), 1,
                        1e-3);
}

// The rows of customers who start over time: sorted, with several tenures to a recency.
Base simulated(const double *p, int n_customers, int most, Random &random) {
    std::map<std::tuple<double, double, double>, double> counts;
    for (int i = 0; i < n_customers; ++i) {
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

TEST(Bgbb, SimulatedPurchasesAreExpected) {
    Random random(3);
    const double p[] = {2, 3, 1, 9};
    double purchases = 0, silent = 0;
    constexpr int n_customers = 100000;
    for (int i = 0; i < n_customers; ++i) {
        const Traits traits = orders.draw(p, random);
        double x = 0, now = 0;
        for (double next; (next = orders.next_purchase(traits, x + 1, now, random)) <= 10; ++x) now = next;
        purchases += x;
        silent += x == 0;
    }
    EXPECT_NEAR(purchases / n_customers, orders.expected_purchases(p, {0, 0, 0}, 10), 0.03);
    EXPECT_NEAR(silent / n_customers, orders.prob_no_purchase(p, {0, 0, 0}, 10), 0.006);
}

TEST(Bgbb, FitsRecoverWhatWasSimulated) {
    Random random(11);
    const double truths[][4] = {{1, 1, 1, 5}, {.5, 2, .8, 3}, {3, 2, .5, 4}, {1.2, .75, .66, 2.78}};
    for (const auto &truth : truths) {
        const Base base = simulated(truth, 20000, 20, random);
        const Fit f = fit(base);
        ASSERT_EQ(f.status, Status::converged) << truth[0];
        EXPECT_NEAR(log_likelihood(base, f.parameters.data()), f.log_likelihood, 1e-9 * std::fabs(f.log_likelihood));
        for (int i = 0; i < 4; ++i)
            EXPECT_NEAR(f.parameters[i], truth[i], 3.5 * std::sqrt(f.covariance[covariance_index(i, i)])) << i;
    }
}

TEST(Bgbb, FitsThatRefuse) {
    EXPECT_FALSE(fit({}).usable());
    EXPECT_FALSE(fit({{{0, 0, 0}, 500}}).usable());
    EXPECT_EQ(fit({{{0, 0, 0}, 500}, {{1, 1, 3}, 5}}).status, Status::identical_customers);
    EXPECT_EQ(fit({{{0, 0, 0}, 50}, {{1, 2, 6}, 50}}).status, Status::identical_customers);
}

TEST(Bgbb, FitIsStopped) {
    EXPECT_THROW(bgbb::fit({donations.data(), donations.size()}, [] { return true; }), Stopped);
}

}  // namespace
}  // namespace cltv

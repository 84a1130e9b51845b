// The revenue to come, against shops that were simulated on.
#include "core/base/random.hpp"
#include "core/forecast/revenue.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/families.hpp"
#include "core/forecast/spend_scatter.hpp"

namespace cltv {
namespace {

constexpr Day as_of = julian(CivilDay{2024, 12, 31});
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(SpendScatter, TellsWithinFromBetween) {
    // Gamma-Gamma by its moments: a customer's mean is p/nu with nu ~ Gamma(q, v), purchases are Gamma(p, nu). Within, the squared
    // coefficient of variation is 1/p; between, 1/(q - 2).
    Random random(5);
    const double p[] = {4, 8, 20};
    std::vector<KnownCustomer> customers;
    for (int i = 0; i < 200000; ++i) {
        Traits traits = gg::family.spend->draw(p, random);
        const double first = gg::family.spend->next_spend(traits, random);
        double sum = 0;
        const int n = 1 + i % 4;
        for (int j = 0; j < n; ++j) sum += gg::family.spend->next_spend(traits, random);
        customers.push_back({static_cast<double>(n), 100, 200, sum / n, first});
    }
    const SpendScatter scatter(customers, false);
    EXPECT_NEAR(scatter.within, 1.0 / 4, 0.01);
    EXPECT_NEAR(scatter.between, 1.0 / 6, 0.01);
    EXPECT_NEAR(scatter.first_mean, 4 * 20 / 7.0, 0.1);
    EXPECT_NEAR(scatter.repeat_mean, 4 * 20 / 7.0, 0.1);
    EXPECT_NEAR(scatter.of_mean(2), 1 / (6 + 2 * 4.0), 0.003);
}

TEST(SpendScatter, IsOfOneCustomerToo) {
    const SpendScatter none({}, false), one({{0, 0, 5, nan, 7}}, false);
    EXPECT_TRUE(std::isnan(none.first_mean) && std::isnan(none.repeat_mean));
    EXPECT_EQ(one.repeat_mean, 7);
    EXPECT_EQ(one.within + one.between, 0);
}

// Of NBD, whose sums are known: customers who differ in nothing but in what they were drawn with.
class OfNbd : public testing::Test {
protected:
    RevenueQuestion question = {as_of, {31, 59, 90}, {}, 0, 1, 0.8, {}};
    double p[2] = {0.8, 60};
    ParameterState states[2] = {ParameterState::estimated, ParameterState::estimated};
    double covariance[3] = {0.0025, 0.1, 25}, spend[3] = {20, 5, 30};
    ModelView model{};
    std::vector<KnownCustomer> customers;

    void SetUp() override {
        model.status = Status::converged;
        model.subject = -1;
        model.iterations = 1;
        model.customers = 100;
        model.log_likelihood = -1;
        model.n_parameters = 2;
        model.parameters = p;
        model.states = states;
        model.covariance = covariance;
        for (int i = 0; i < 300; ++i) {
            const double x = i % 5, tenure = 10 + i % 200;
            customers.push_back({x, x > 0 ? tenure / 2 : 0, tenure, x > 0 ? 20 : nan, 20});
        }
    }
    std::vector<RevenueAhead> ask() { return revenue_ahead({*nbd::family.orders, model}, customers, {}, question, never_stop); }
};

TEST_F(OfNbd, ExistingIsTheSumOfExpectations) {
    const std::vector<RevenueAhead> rows = ask();
    ASSERT_EQ(rows.size(), 3u);
    double before = 0;
    for (int k = 0; k < 3; ++k) {
        double purchases = 0;
        for (const KnownCustomer &c : customers) purchases += (p[0] + c.frequency) / (p[1] + c.tenure) * question.ends[k];
        EXPECT_NEAR(rows[k].existing_purchases, purchases - before, 1e-9 * purchases);
        EXPECT_NEAR(rows[k].existing_revenue, 20 * (purchases - before), 1e-8 * purchases);
        EXPECT_NEAR(rows[k].existing_customers, 300, 1e-9);
        EXPECT_LT(rows[k].lower, rows[k].revenue);
        EXPECT_GT(rows[k].upper, rows[k].revenue);
        before = purchases;
    }
}

TEST_F(OfNbd, OneSumHasTheWeightsAndTheCost) {
    const std::vector<RevenueAhead> rows = ask();
    question.weights = {1, 0.9, 0.8};
    question.cost = 3;
    const std::vector<RevenueAhead> sum = ask();
    ASSERT_EQ(sum.size(), 1u);
    double existing = 0, bought = 0, won = 0, weighted = 0, brought = 0;
    for (int k = 0; k < 3; ++k) {
        existing += question.weights[k] * rows[k].existing_revenue;
        brought += question.weights[k] * rows[k].new_revenue;
        bought += rows[k].new_purchases;
        won += rows[k].new_customers;
        weighted += question.weights[k] * rows[k].new_customers;
    }
    EXPECT_NEAR(sum[0].existing_revenue, existing, 1e-9 * existing);
    EXPECT_NEAR(sum[0].new_purchases, bought, 1e-9 * bought);
    EXPECT_NEAR(sum[0].new_customers, won, 1e-9 * won);
    EXPECT_NEAR(sum[0].weighted_new_customers, weighted, 1e-9 * weighted);
    EXPECT_NEAR(sum[0].new_revenue, brought - 3 * weighted, 1e-9 * brought);
}

// With one price and nobody new the variance is that of total purchases, which is known: N_i is negative binomial, and the
// parameters' part is g'Cg with g by hand.
TEST_F(OfNbd, VarianceIsThatOfTheTotal) {
    for (KnownCustomer &c : customers) c.tenure += 2000;
    question.ends = {90};
    question.losses = false;
    const std::vector<RevenueAhead> rows = ask();
    double mean = 0, variance = 0, in_r = 0, in_alpha = 0;
    for (const KnownCustomer &c : customers) {
        const double shape = p[0] + c.frequency, time = p[1] + c.tenure, n = shape / time * 90;
        mean += n;
        variance += n + n * n / shape;
        in_r += 90 / time;
        in_alpha -= n / time;
    }
    EXPECT_LT(rows[0].new_revenue, 1);
    variance += in_r * in_r * covariance[0] + 2 * in_r * in_alpha * covariance[1] + in_alpha * in_alpha * covariance[2];
    const double relative = std::sqrt(variance) / mean, z = 1.2815515655446004;
    EXPECT_NEAR((rows[0].upper - rows[0].lower) / (2 * z * 20 * std::sqrt(variance)), 1, 0.02);
    // As skewed as a gamma distribution, whose quantiles lie below and above by (z^2 - 1)/3 relative^2.
    EXPECT_NEAR((rows[0].upper + rows[0].lower) / (40 * mean) - 1, (z * z - 1) / 3 * relative * relative, 0.1 * relative * relative);
}

// How often nothing comes is known of NBD: a bound is 0 where this is as likely as the level leaves below it, and not where it is
// a bit less likely. From period to period, and of all in one sum.
TEST_F(OfNbd, NothingIsAsLikelyAsItIs) {
    customers.assign(2, {2, 1500, 2010, 20, 20});
    customers.push_back({1, 700, 2500, 20, 20});
    covariance[0] = covariance[2] = 1e-12;
    covariance[1] = 0;
    question.ends = {20, 60};
    question.losses = false;
    for (const bool in_one : {false, true}) {
        if (in_one) question.weights = {1, 1};
        for (int row = 0; row < (in_one ? 1 : 2); ++row) {
            const double time = in_one ? 60 : row == 0 ? 20 : 40;
            double none = 1;
            for (const KnownCustomer &c : customers) none *= std::pow((p[1] + c.tenure) / (p[1] + c.tenure + time), p[0] + c.frequency);
            for (const double off : {0.99, 1.01}) {
                question.level = 1 - 2 * none * off;
                if (!(question.level > 0)) question.level = 1 - (1 - none) * off * 2;  // by the upper bound
                const RevenueAhead ahead = ask()[row];
                const double below = (1 - question.level) / 2;
                if (none < 0.5)
                    EXPECT_EQ(ahead.lower == 0, below < none) << time << ", " << none;
                else
                    EXPECT_EQ(ahead.upper == 0, 1 - below < none) << time << ", " << none;
                EXPECT_GE(ahead.lower, 0);
            }
        }
    }
}

// Nobody is expected to bring less than nothing, where no purchase does.
TEST_F(OfNbd, BoundsAreNegativeWhereLossesAre) {
    customers.assign(3, {1, 5, 9, 20, 30});
    const RevenueModels models{*nbd::family.orders, model, own::family.spend, spend};
    question.losses = true;
    EXPECT_LT(revenue_ahead(models, customers, {}, question, never_stop)[0].lower, 0);
    question.losses = false;
    EXPECT_GE(revenue_ahead(models, customers, {}, question, never_stop)[0].lower, 0);
}

TEST_F(OfNbd, IsTheSameInAnyOrder) {
    const std::vector<RevenueAhead> rows = ask();
    for (std::size_t i = 0; i < customers.size(); ++i) std::swap(customers[i], customers[(i * 7919 + 13) % customers.size()]);
    const std::vector<RevenueAhead> again = ask();
    for (int k = 0; k < 3; ++k) {
        EXPECT_EQ(rows[k].revenue, again[k].revenue);
        EXPECT_EQ(rows[k].lower, again[k].lower);
        EXPECT_EQ(rows[k].upper, again[k].upper);
    }
}

TEST_F(OfNbd, StopsWhenAsked) {
    EXPECT_THROW(revenue_ahead({*nbd::family.orders, model}, customers, {}, question, [] { return true; }), Stopped);
}

TEST(WeeklyNewcomers, AreOfWholeWeeks) {
    const auto at = [](double tenure) { return KnownCustomer{0, 0, tenure, nan, nan}; };
    EXPECT_EQ(weekly_newcomers({at(0), at(6), at(7), at(13), at(13), at(14)}), (std::vector<double>{3, 2}));
    EXPECT_EQ(weekly_newcomers({at(5)}).size(), 0u);
    EXPECT_EQ(weekly_newcomers({}).size(), 0u);
}

}  // namespace
}  // namespace cltv

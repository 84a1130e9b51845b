#include "core/validation/regression_metrics.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "unit/rows/scored_rows.hpp"

namespace cltv {
namespace {

RegressionMetrics metrics(const std::vector<Scored> &pairs) {
    return regression_metrics(view(counted(pairs)), never_stop);
}

TEST(RegressionMetrics, AgreeWithScikitLearn) {
    // Actual values 3, -0.5, 2, 7 and predictions 2.5, 0, 2, 8, the example of scikit-learn's manual: mean absolute
    // error 0.5, mean squared error 0.375, mean absolute percentage error 0.3273809523809524.
    const RegressionMetrics m = metrics({{2.5, 3}, {0, -0.5}, {2, 2}, {8, 7}});
    EXPECT_EQ(m.customers, 4);
    EXPECT_EQ(m.mae, 0.5);
    EXPECT_EQ(m.rmse, std::sqrt(0.375));
    EXPECT_EQ(m.bias, 0.25);
    EXPECT_NEAR(m.mape, 0.3273809523809524, 1e-15);
}

TEST(RegressionMetrics, CorrelationKeepsItsDigitsFarFromZero) {
    std::mt19937 random(3);
    std::vector<Scored> near, far;
    for (int i = 0; i < 1000; ++i) {
        const double actual = random() % 1024 / 1024.0, predicted = actual + random() % 1024 / 1024.0;
        near.push_back({predicted, actual});
        far.push_back({predicted + 0x1p40, actual - 0x1p40});
    }
    EXPECT_NEAR(metrics(far).correlation, metrics(near).correlation, 1e-14);
    EXPECT_GT(metrics(near).correlation, 0.6);
}

TEST(RegressionMetrics, PerfectAndReversedPredictions) {
    EXPECT_EQ(metrics({{1, 1}, {2, 2}, {4, 4}}).correlation, 1);
    EXPECT_EQ(metrics({{-1, 1}, {-2, 2}, {-4, 4}}).correlation, -1);
    EXPECT_EQ(metrics({{1, 1}, {2, 2}, {4, 4}}).rmse, 0);
}

TEST(RegressionMetrics, WhatIsNotDefined) {
    EXPECT_TRUE(std::isnan(metrics({{1, 0}, {2, 0}}).mape));
    EXPECT_EQ(metrics({{1, 0}, {2, 4}}).mape, 0.5);
    EXPECT_TRUE(std::isnan(metrics({{1, 0.1}, {2, 0.1}, {3, 0.1}}).correlation));
    EXPECT_TRUE(std::isnan(metrics({{0.1, 1}, {0.1, 2}, {0.1, 3}}).correlation));
    EXPECT_TRUE(std::isnan(metrics({{1, 1}}).correlation));
}

TEST(RegressionMetrics, HugeAndTinyValues) {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    const RegressionMetrics huge = metrics({{1e308, 0}, {1.5e308, 1e308}, {0, 1.5e308}});
    EXPECT_DOUBLE_EQ(huge.mae, 1e308);
    EXPECT_DOUBLE_EQ(huge.rmse, 1e308 * std::sqrt(3.5 / 3));
    EXPECT_EQ(huge.bias, 0);
    EXPECT_EQ(metrics({{1.7e308, -1.7e308}}).mae, infinite);
    EXPECT_EQ(metrics({{-1.7e308, 1.7e308}}).bias, -infinite);
    EXPECT_EQ(metrics({{1e300, 5e-324}}).mape, infinite);
    EXPECT_EQ(metrics({{-1.5e308, 1.5e308}}).mape, 2);
    // A large row does not take the digits of a small one.
    EXPECT_EQ(metrics({{1e300, 1e300}, {3e-30, 1.5e-30}}).mape, 0.5);
    EXPECT_EQ(metrics({{1e300, 1e300}, {1e-320, 1e-320}}).mape, 0);
    EXPECT_EQ(metrics({{1e-320, 5e-324}, {2e-320, 1e-323}, {3e-320, 1.5e-323}}).correlation, 1);
}

TEST(RegressionMetrics, CountsStandForCustomers) {
    const RegressionMetrics once = metrics({{1, 2}, {1, 2}, {1, 2}, {5, 3}, {0, 7}});
    const RegressionMetrics counted = regression_metrics(view({{{0, 7}, 1}, {{1, 2}, 3}, {{5, 3}, 1}}), never_stop);
    EXPECT_EQ(once.customers, counted.customers);
    EXPECT_EQ(once.mae, counted.mae);
    EXPECT_EQ(once.correlation, counted.correlation);
}

TEST(RegressionMetrics, EndWhenAskedTo) {
    EXPECT_THROW(regression_metrics(view(counted({{1, 2}})), stop_at_once), Stopped);
}

}  // namespace
}  // namespace cltv

#include "core/shop/concentration.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "unit/rows/scored_rows.hpp"

namespace cltv {
namespace {

std::vector<ScoredCount> rows_of(const std::vector<double> &values) {
    std::vector<Scored> pairs;
    for (const double value : values) pairs.push_back({value, value});
    return counted(pairs);
}

double gini(const std::vector<double> &values) { return concentration(view(rows_of(values)), never_stop); }
double share(const std::vector<double> &values, double top) { return top_share(view(rows_of(values)), top, never_stop); }

// The definition: half the mean difference of two customers, drawn with replacement, over the mean.
double half_mean_difference(const std::vector<double> &values) {
    double differences = 0, total = 0;
    for (const double a : values) {
        total += a;
        for (const double b : values) differences += std::abs(a - b);
    }
    return differences / 2 / values.size() / total;
}

TEST(Concentration, OfPublishedIncomes) {
    // The ten incomes in the help on Gini of R's package DescTools.
    EXPECT_NEAR(gini({541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261}), 0.4620911, 5e-8);
}

TEST(Concentration, IsHalfTheMeanDifferenceOverTheMean) {
    std::mt19937 random(1);
    for (const int size : {1, 2, 5, 300}) {
        std::vector<double> values;
        for (int i = 0; i < size; ++i) values.push_back((random() % 100 + 1) / 8.0);
        EXPECT_NEAR(gini(values), half_mean_difference(values), 1e-14);
    }
}

TEST(Concentration, KnowsTheExtremes) {
    EXPECT_EQ(gini({0.1, 0.1, 0.1}), 0);
    EXPECT_EQ(gini({5}), 0);
    EXPECT_EQ(gini({0, 0, 0, 8}), 0.75);
    EXPECT_TRUE(std::isnan(gini({0, 0})));
    EXPECT_TRUE(std::isnan(gini({})));
}

TEST(Concentration, DoesNotChangeWithTheUnit) {
    const std::vector<double> values = {3, 1, 4, 1, 5, 9, 2, 6};
    for (const double unit : {0x1p-1060, 0x1p1019}) {
        std::vector<double> scaled;
        for (const double value : values) scaled.push_back(value * unit);
        EXPECT_EQ(gini(scaled), gini(values));
        EXPECT_EQ(share(scaled, 0.3), share(values, 0.3));
    }
}

TEST(TopShare, IsReadFromTheLorenzCurve) {
    const std::vector<double> values = {1, 2, 3, 4, 10};
    EXPECT_DOUBLE_EQ(share(values, 0.2), 0.5);
    EXPECT_DOUBLE_EQ(share(values, 0.4), 0.7);
    EXPECT_DOUBLE_EQ(share(values, 0.25), 0.55);
    EXPECT_DOUBLE_EQ(share(values, 0.1), 0.25);
    EXPECT_EQ(share(values, 1), 1);
    EXPECT_DOUBLE_EQ(share({7, 7, 7}, 0.2), 0.2);
}

TEST(TopShare, OfValuesBelowZero) {
    EXPECT_DOUBLE_EQ(share({8, -3}, 0.5), 1.6);
    EXPECT_TRUE(std::isnan(share({8, -8}, 0.5)));
    EXPECT_TRUE(std::isnan(share({3, -8}, 0.5)));
    EXPECT_TRUE(std::isnan(share({0}, 0.5)));
}

}  // namespace
}  // namespace cltv

#include "core/validation/ranking_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/shop/concentration.hpp"
#include "unit/rows/scored_rows.hpp"

namespace cltv {
namespace {

double auc(const std::vector<Scored> &pairs) { return auc(view(counted(pairs)), never_stop); }
double gini(const std::vector<Scored> &pairs) { return gini(view(counted(pairs)), never_stop); }
double lift(const std::vector<Scored> &pairs, double top) { return lift(view(counted(pairs)), top, never_stop); }

// Of labels and scores with ties.
std::vector<Scored> labelled(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<Scored> pairs(size);
    for (Scored &pair : pairs) pair = {(random() % 20) / 8.0 - 1, random() % 3 == 0 ? 1.0 : 0.0};
    return pairs;
}

std::vector<Scored> valued(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<Scored> pairs(size);
    for (Scored &pair : pairs) pair = {(random() % 9) / 4.0 - 1, (random() % 50) / 8.0 - 1};
    return pairs;
}

// The definition: over all pairs of a customer with the label and one without.
double auc_by_pairs(const std::vector<Scored> &pairs) {
    double wins = 0, all = 0;
    for (const Scored &with : pairs)
        for (const Scored &without : pairs)
            if (with.actual == 1 && without.actual == 0) {
                wins += with.predicted > without.predicted ? 1 : with.predicted == without.predicted ? 0.5 : 0;
                all += 1;
            }
    return wins / all;
}

// Calls visit(actual values in order) for every order of the customers that has higher predictions first.
template <class Visit>
void for_each_order(const std::vector<Scored> &pairs, Visit &&visit) {
    std::vector<std::size_t> order(pairs.size());
    std::iota(order.begin(), order.end(), 0);
    do {
        std::vector<double> actual;
        bool ranked = true;
        for (std::size_t i = 0; i < order.size(); ++i) {
            actual.push_back(pairs[order[i]].actual);
            ranked = ranked && (i == 0 || pairs[order[i - 1]].predicted >= pairs[order[i]].predicted);
        }
        if (ranked) visit(actual);
    } while (std::next_permutation(order.begin(), order.end()));
}

// The area between the cumulative gains curve and the diagonal, by trapezoids, times the total.
double gain_area(const std::vector<double> &actual) {
    double made = 0, area = 0;
    const double total = std::accumulate(actual.begin(), actual.end(), 0.0);
    for (const double value : actual) {
        area += (made + value / 2) / actual.size();
        made += value;
    }
    return area - total / 2;
}

TEST(Auc, HanleyAndMcNeil1982) {
    // Table I: 58 normal and 51 abnormal images, rated 1 to 5. Table II: W = 0.893.
    std::vector<ScoredCount> images;
    const double normal[] = {33, 6, 6, 11, 2}, abnormal[] = {3, 2, 2, 11, 33};
    for (int rating = 1; rating <= 5; ++rating) {
        images.push_back({{1.0 * rating, 0}, normal[rating - 1]});
        images.push_back({{1.0 * rating, 1}, abnormal[rating - 1]});
    }
    EXPECT_EQ(auc(view(images), never_stop), 5284 / (2.0 * 51 * 58));
    EXPECT_NEAR(auc(view(images), never_stop), 0.893, 0.0005);
}

TEST(Auc, CountsPairs) {
    for (const unsigned seed : {1, 2, 3}) {
        const std::vector<Scored> pairs = labelled(200, seed);
        EXPECT_DOUBLE_EQ(auc(pairs), auc_by_pairs(pairs));
    }
    EXPECT_EQ(auc({{1, 0}, {2, 1}}), 1);
    EXPECT_EQ(auc({{2, 0}, {1, 1}}), 0);
    EXPECT_EQ(auc({{1, 0}, {1, 1}, {1, 1}}), 0.5);
}

TEST(Auc, IsExactForHugeNumbersOfCustomers) {
    const double many = 9007199254740992.0;
    EXPECT_EQ(auc(view({{{1, 1}, many}, {{2, 0}, many}, {{2, 1}, many}}), never_stop), 0.25);
}

TEST(Auc, OneClassHasNone) {
    EXPECT_TRUE(std::isnan(auc({})));
    EXPECT_TRUE(std::isnan(auc({{1, 1}, {2, 1}})));
    EXPECT_TRUE(std::isnan(auc({{1, 0}, {2, 0}})));
}

TEST(Gini, OfALabelIsTwiceTheAucLessOne) {
    for (const unsigned seed : {4, 5, 6}) {
        const std::vector<Scored> pairs = labelled(300, seed);
        EXPECT_NEAR(gini(pairs), 2 * auc(pairs) - 1, 1e-15);
    }
}

TEST(Gini, IsTheMeanOverTheOrdersOfTies) {
    for (const unsigned seed : {7, 8, 9, 10}) {
        const std::vector<Scored> pairs = valued(7, seed);
        double areas = 0, orders = 0;
        for_each_order(pairs, [&](const std::vector<double> &actual) {
            areas += gain_area(actual);
            ++orders;
        });
        std::vector<double> best;
        for (const Scored &pair : pairs) best.push_back(pair.actual);
        std::sort(best.rbegin(), best.rend());
        EXPECT_NEAR(gini(pairs), areas / orders / gain_area(best), 1e-14);
    }
}

TEST(Gini, KnowsTheBestAndTheWorst) {
    std::vector<Scored> best = valued(50, 11), worst, no_ranking;
    for (Scored &pair : best) {
        pair.predicted = pair.actual;
        worst.push_back({-pair.actual, pair.actual});
        no_ranking.push_back({1, pair.actual});
    }
    EXPECT_EQ(gini(best), 1);
    EXPECT_EQ(gini(worst), -1);
    EXPECT_EQ(gini(no_ranking), 0);
}

TEST(Gini, DoesNotChangeWithTheUnitOrAnOffset) {
    const std::vector<Scored> pairs = valued(100, 12);
    const double expected = gini(pairs);
    for (const double unit : {0x1p-1060, 0x1p-30, 0x1p1020}) {
        std::vector<Scored> scaled;
        for (const Scored &pair : pairs) scaled.push_back({pair.predicted, pair.actual * unit});
        EXPECT_EQ(gini(scaled), expected) << unit;
    }
    std::vector<Scored> moved;
    for (const Scored &pair : pairs) moved.push_back({pair.predicted, pair.actual + 0x1p40});
    EXPECT_NEAR(gini(moved), expected, 1e-15);
}

TEST(Gini, NothingToRankHasNone) {
    EXPECT_TRUE(std::isnan(gini({})));
    EXPECT_TRUE(std::isnan(gini({{1, 5}})));
    EXPECT_TRUE(std::isnan(gini({{1, 0.1}, {2, 0.1}, {3, 0.1}})));
}

TEST(Lift, IsTheMeanOverTheOrdersOfTies) {
    for (const unsigned seed : {13, 14, 15, 16}) {
        std::vector<Scored> pairs = valued(8, seed);
        for (Scored &pair : pairs) pair.actual += 2;
        for (const int first : {1, 2, 5, 8}) {
            double tops = 0, orders = 0, total = 0;
            for_each_order(pairs, [&](const std::vector<double> &actual) {
                tops += std::accumulate(actual.begin(), actual.begin() + first, 0.0);
                ++orders;
            });
            for (const Scored &pair : pairs) total += pair.actual;
            EXPECT_NEAR(lift(pairs, first / 8.0), tops / orders / first / (total / 8), 1e-14);
        }
    }
}

TEST(Lift, TakesAFractionOfACustomer) {
    const std::vector<Scored> pairs = {{4, 10}, {3, 6}, {2, 3}, {1, 1}};
    EXPECT_DOUBLE_EQ(lift(pairs, 0.125), 2);
    EXPECT_DOUBLE_EQ(lift(pairs, 0.375), (10 + 6 / 2.0) / 1.5 / 5);
    EXPECT_DOUBLE_EQ(lift(pairs, 1), 1);
}

TEST(Lift, WithoutATotalThereIsNone) {
    EXPECT_TRUE(std::isnan(lift({}, 0.1)));
    EXPECT_TRUE(std::isnan(lift({{1, 0}, {2, 0}}, 0.5)));
    EXPECT_TRUE(std::isnan(lift({{1, -3}, {2, 2}}, 0.5)));
    EXPECT_TRUE(std::isnan(lift({{1, -2}, {2, 2}}, 0.5)));
}

TEST(RankingMetrics, EndWhenAskedTo) {
    std::vector<Scored> pairs;
    for (int i = 0; i < 100000; ++i) pairs.push_back({i * 0.5, i % 7 == 0 ? 1.0 : 0.0});
    const std::vector<ScoredCount> rows = counted(pairs);
    EXPECT_THROW(auc(view(rows), stop_at_once), Stopped);
    EXPECT_THROW(gini(view(rows), stop_at_once), Stopped);
    EXPECT_THROW(lift(view(rows), 0.1, stop_at_once), Stopped);
    EXPECT_THROW(concentration(view(rows), stop_at_once), Stopped);
}

}  // namespace
}  // namespace cltv

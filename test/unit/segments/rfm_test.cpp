#include "core/segments/rfm.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace cltv {
namespace {

template <class Value>
CutPoints<Value> cut_points(std::vector<Value> values, int bins) {
    return select_cut_points(values.data(), values.size(), bins, never_stop);
}

// percentile_disc by its definition: the first sorted value whose cumulative share reaches the fraction k / bins.
template <class Value>
Value percentile_disc(std::vector<Value> values, int k, int bins) {
    std::sort(values.begin(), values.end());
    std::size_t first = 0;
    while ((first + 1) * bins < k * values.size()) ++first;
    return values[first];
}

TEST(RfmCutPoints, ArePercentileDiscForAnyBinsCountAndTies) {
    std::mt19937_64 random(20240101);
    for (int bins = rfm_min_bins; bins <= rfm_max_bins; ++bins) {
        for (std::size_t count : {1, 2, 3, 4, 5, 7, 9, 10, 11, 30, 100, 1000}) {
            for (int distinct : {1, 2, 3, 10, 1000000}) {
                std::vector<std::int64_t> values(count);
                for (auto &value : values) value = static_cast<std::int64_t>(random() % distinct) - distinct / 2;
                const auto cuts = cut_points(values, bins);
                ASSERT_EQ(cuts.count, bins - 1);
                for (int k = 1; k < bins; ++k)
                    ASSERT_EQ(cuts.at[k - 1], percentile_disc(values, k, bins))
                        << "bins " << bins << ", count " << count << ", distinct " << distinct << ", k " << k;
            }
        }
    }
}

TEST(RfmCutPoints, OfSortedReversedAndAlternatingValues) {
    constexpr int count = 100000;
    std::vector<double> ascending(count), descending(count), alternating(count);
    for (int i = 0; i < count; ++i) {
        ascending[i] = i;
        descending[i] = count - 1 - i;
        alternating[i] = i % 2 == 0 ? i : count - i;
    }
    for (const auto &values : {ascending, descending, alternating}) {
        const auto cuts = cut_points(values, 10);
        for (int k = 1; k < 10; ++k) EXPECT_EQ(cuts.at[k - 1], percentile_disc(values, k, 10));
    }
}

TEST(RfmCutPoints, OfNoValuesGiveScoreOneToAll) {
    const auto cuts = cut_points(std::vector<double>{}, 5);
    EXPECT_EQ(cuts.count, 0);
    EXPECT_EQ(cuts.score(7), 1);
}

TEST(RfmCutPoints, EndEarlyOnRequest) {
    std::vector<double> values(100, 1);
    EXPECT_THROW(select_cut_points(values.data(), values.size(), 5, [] { return true; }), Stopped);
}

TEST(RfmScore, CountsTheCutPointsStrictlyBelow) {
    const auto cuts = cut_points(std::vector<double>{10, 20, 30, 40, 50}, 5);  // cut points 10, 20, 30, 40
    EXPECT_EQ(cuts.score(-1), 1);
    EXPECT_EQ(cuts.score(10), 1);
    EXPECT_EQ(cuts.score(10.5), 2);
    EXPECT_EQ(cuts.score(20), 2);
    EXPECT_EQ(cuts.score(50), 5);
    EXPECT_EQ(cuts.score(1e300), 5);
}

TEST(RfmScore, NegativeZeroEqualsZero) {
    const auto cuts = cut_points(std::vector<double>{-0.0, 0.0, 0.0, -0.0}, 2);
    EXPECT_EQ(cuts.score(0.0), 1);
    EXPECT_EQ(cuts.score(-0.0), 1);
}

TEST(RfmScore, NeverFallsAsTheValueRises) {
    std::mt19937_64 random(7);
    std::vector<std::int64_t> values(500);
    for (auto &value : values) value = static_cast<std::int64_t>(random() % 50);
    for (int bins = rfm_min_bins; bins <= rfm_max_bins; ++bins) {
        const auto cuts = cut_points(values, bins);
        EXPECT_EQ(cuts.score(-1), 1);
        EXPECT_EQ(cuts.score(50), bins);
        for (int value = 0; value < 50; ++value) EXPECT_LE(cuts.score(value), cuts.score(value + 1));
    }
}

TEST(RfmScore, RescalesToQuintiles) {
    for (int score = 1; score <= 5; ++score) EXPECT_EQ(quintile_of_score(score, 5), score);
    for (int score = 1; score <= 10; ++score) EXPECT_EQ(quintile_of_score(score, 10), (score + 1) / 2);
    for (int bins = rfm_min_bins; bins <= rfm_max_bins; ++bins) {
        for (int score = 1; score <= bins; ++score)
            EXPECT_EQ(quintile_of_score(score, bins), 1 + static_cast<int>(std::floor((score - 1) * 4.0 / (bins - 1) + 0.5)));
        EXPECT_EQ(quintile_of_score(1, bins), 1);
        EXPECT_EQ(quintile_of_score(bins, bins), 5);
    }
}

}  // namespace
}  // namespace cltv

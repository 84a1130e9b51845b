#include "core/rows/scored.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "unit/rows/scored_rows.hpp"

namespace cltv {
namespace {

using Pair = std::tuple<double, double>;

std::vector<Pair> pairs_of(const std::vector<ScoredCount> &rows) {
    std::vector<Pair> pairs;
    for (const ScoredCount &row : rows) pairs.push_back({row.scored.predicted, row.scored.actual});
    return pairs;
}

void expect_sorted(std::vector<ScoredCount> rows) {
    std::vector<Pair> expected = pairs_of(rows);
    std::sort(expected.begin(), expected.end());
    sort_scored(rows, never_stop);
    EXPECT_EQ(pairs_of(rows), expected);
    std::shuffle(rows.begin(), rows.end(), std::mt19937(1));
    sort_by_actual(rows, never_stop);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(), [](const ScoredCount &a, const ScoredCount &b) {
        return a.scored.actual < b.scored.actual;
    }));
    std::vector<Pair> kept = pairs_of(rows);
    std::sort(kept.begin(), kept.end());
    EXPECT_EQ(kept, expected);
}

TEST(SortScored, NumbersOfEverySizeAndSign) {
    constexpr double largest = std::numeric_limits<double>::max();
    constexpr double smallest = std::numeric_limits<double>::denorm_min();
    for (const int size : {0, 1, 2, 100, 2047, 2048, 20000}) {
        std::mt19937_64 random(size);
        std::vector<ScoredCount> whole, wide;
        for (int i = 0; i < size; ++i) {
            whole.push_back({{random() % 200 - 100.0, random() % 3 * 1.0}, 1});
            const double sign = random() % 2 == 0 ? 1 : -1;
            wide.push_back({{sign * std::ldexp(1 + random() % 1000 / 1000.0, static_cast<int>(random() % 2000) - 1000),
                             random() % 1000 / 7.0 - 50},
                            1});
        }
        expect_sorted(whole);
        for (const double extreme : {largest, -largest, smallest, -smallest, 0.0, 1.0, -1.0})
            wide.push_back({{extreme, -extreme + 0.0}, 1});
        expect_sorted(wide);
        std::sort(wide.begin(), wide.end(), columns_before<ScoredCount>);
        expect_sorted(wide);
        std::reverse(wide.begin(), wide.end());
        expect_sorted(wide);
    }
}

TEST(SortScored, EqualNumbers) { expect_sorted(std::vector<ScoredCount>(5000, {{0.1, -3}, 1})); }

TEST(SortScored, EndsWhenAskedTo) {
    std::vector<ScoredCount> rows;
    for (int i = 0; i < 20000; ++i) rows.push_back({{-1.0 * i, 1.0 * i}, 1});
    EXPECT_THROW(sort_scored(rows, stop_at_once), Stopped);
    EXPECT_THROW(sort_by_actual(rows, stop_at_once), Stopped);
}

TEST(Scale, BringsMagnitudesNearOne) {
    for (const double largest : {5e-324, 1e-300, 0.1, 1.0, 3.0, 1e17, 1.7e308}) {
        const double scaled = largest * scale_for(largest);
        EXPECT_GT(scaled, 1e-30);
        EXPECT_LT(scaled, 1e10);
        EXPECT_EQ(scaled / scale_for(largest), largest);
    }
    EXPECT_EQ(scale_for(0), 1);
}

}  // namespace
}  // namespace cltv

#include "core/segments/rfm_segment.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cltv {
namespace {

Segments name_cells(const std::vector<SegmentRule> &rules) {
    Segments segments{};
    for (const SegmentRule &rule : rules) apply_rule(segments, rule);
    return segments;
}

TEST(RfmCell, PositionsAndScoresAgree) {
    std::set<int> cells;
    for (int r = 1; r <= 5; ++r)
        for (int f = 1; f <= 5; ++f)
            for (int m = 1; m <= 5; ++m) {
                const CellScores scores = scores_of_cell(rfm_cell(r, f, m));
                EXPECT_EQ(scores.r, r);
                EXPECT_EQ(scores.f, f);
                EXPECT_EQ(scores.m, m);
                cells.insert(rfm_cell(r, f, m));
            }
    EXPECT_EQ(cells.size(), rfm_cells);
    EXPECT_EQ(*cells.begin(), 0);
    EXPECT_EQ(*cells.rbegin(), rfm_cells - 1);
}

TEST(RfmSegment, IsTheUsualGrid) {
    const char *const grid[5][5] = {
        // fm = 1, 2, 3, 4, 5
        {"Lost", "Hibernating", "At Risk", "At Risk", "Can't Lose Them"},
        {"Hibernating", "Hibernating", "At Risk", "At Risk", "Can't Lose Them"},
        {"About To Sleep", "About To Sleep", "Need Attention", "Loyal Customers", "Loyal Customers"},
        {"Promising", "Potential Loyalists", "Potential Loyalists", "Loyal Customers", "Loyal Customers"},
        {"New Customers", "Potential Loyalists", "Potential Loyalists", "Champions", "Champions"},
    };
    for (int r = 1; r <= 5; ++r)
        for (int f = 1; f <= 5; ++f)
            for (int m = 1; m <= 5; ++m)
                EXPECT_STREQ(segment_of(r, f, m), grid[r - 1][(f + m + 1) / 2 - 1]) << r << f << m;
}

TEST(RfmSegment, EverySegmentHasItsNumberOfCells) {
    std::map<std::string, int> cells;
    for (const char *segment : usual_segments) ++cells[segment];
    const std::map<std::string, int> expected = {
        {"Champions", 10},      {"Loyal Customers", 20}, {"Potential Loyalists", 28}, {"New Customers", 1},
        {"Promising", 1},       {"Need Attention", 9},   {"About To Sleep", 6},       {"At Risk", 32},
        {"Can't Lose Them", 6}, {"Hibernating", 11},     {"Lost", 1},
    };
    EXPECT_EQ(cells, expected);
}

TEST(RfmSegment, CornersAndHalves) {
    EXPECT_STREQ(segment_of(5, 4, 3), "Champions");  // mean 3.5 rounds up to 4
    EXPECT_STREQ(segment_of(5, 3, 4), "Champions");
    EXPECT_STREQ(segment_of(1, 1, 2), "Hibernating");
    EXPECT_STREQ(segment_of(1, 1, 1), "Lost");
}

TEST(SegmentRules, UsualOnesDoNotOverlap) {
    for (int cell = 0; cell < rfm_cells; ++cell) {
        const auto covers = [cell](const SegmentRule &rule) { return rule.covers(scores_of_cell(cell)); };
        EXPECT_EQ(std::count_if(std::begin(usual_rules), std::end(usual_rules), covers), 1) << cell;
    }
}

TEST(SegmentRules, FirstThatCoversNames) {
    const Segments segments =
        name_cells({{"best", {5, 5}, {5, 5}, {5, 5}, {}}, {"recent", {4, 5}, {}, {}, {}}, {"rest", {}, {}, {}, {}}});
    EXPECT_EQ(first_unnamed_cell(segments), rfm_cells);
    EXPECT_STREQ(segments[rfm_cell(5, 5, 5)], "best");
    EXPECT_STREQ(segments[rfm_cell(5, 5, 4)], "recent");
    EXPECT_STREQ(segments[rfm_cell(4, 1, 1)], "recent");
    EXPECT_STREQ(segments[rfm_cell(3, 5, 5)], "rest");
}

TEST(SegmentRules, EveryRangeCounts) {
    const Segments segments = name_cells({{"one", {2, 3}, {1, 4}, {3, 3}, {3, 3}}});
    for (int cell = 0; cell < rfm_cells; ++cell) {
        const CellScores s = scores_of_cell(cell);
        const bool expected = s.r >= 2 && s.r <= 3 && s.f <= 4 && s.m == 3 && (s.f + s.m + 1) / 2 == 3;
        EXPECT_EQ(segments[cell] != nullptr, expected) << s.r << s.f << s.m;
    }
}

TEST(SegmentRules, FirstCellWithoutNameIsFound) {
    EXPECT_EQ(first_unnamed_cell(name_cells({})), 0);
    EXPECT_EQ(first_unnamed_cell(name_cells({{"a", {1, 2}, {}, {}, {}}})), rfm_cell(3, 1, 1));
    const SegmentRule a{"a", {1, 4}, {}, {}, {}}, b{"b", {}, {1, 4}, {}, {}}, c{"c", {}, {}, {1, 4}, {}};
    EXPECT_EQ(first_unnamed_cell(name_cells({a, b, c})), rfm_cell(5, 5, 5));
}

}  // namespace
}  // namespace cltv

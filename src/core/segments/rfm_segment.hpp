// Segments: names for the 125 cells of RFM scores out of five, given by rules; the first rule that covers a cell names
// it.
#pragma once

#include "core/base/numbers_only.hpp"

#include <array>

namespace cltv {

constexpr int rfm_cells = 125;

// The position of the cell of three scores 1..5 among all, and the scores of a position.
constexpr int rfm_cell(int r, int f, int m) { return ((r - 1) * 5 + f - 1) * 5 + m - 1; }

struct CellScores {
    int r, f, m;
};

constexpr CellScores scores_of_cell(int cell) { return {1 + cell / 25, 1 + cell / 5 % 5, 1 + cell % 5}; }

// Mean of two scores, half rounded up.
constexpr int mean_score(int f, int m) { return (f + m + 1) / 2; }

// Scores least..most, each 1..5.
struct ScoreRange {
    int least = 1;
    int most = 5;

    constexpr bool contains(int score) const { return least <= score && score <= most; }
};

// Names the cells whose scores lie in all four ranges.
struct SegmentRule {
    const char *segment;
    ScoreRange r, f, m;
    ScoreRange fm;  // of mean_score(f, m)

    constexpr bool covers(CellScores cell) const {
        return r.contains(cell.r) && f.contains(cell.f) && m.contains(cell.m) &&
               fm.contains(mean_score(cell.f, cell.m));
    }
};

// The name of each cell, nullptr for none.
using Segments = std::array<const char *, rfm_cells>;

// Names the cells that the rule covers and no earlier one has named.
constexpr void apply_rule(Segments &segments, const SegmentRule &rule) {
    for (int cell = 0; cell < rfm_cells; ++cell)
        if (segments[cell] == nullptr && rule.covers(scores_of_cell(cell))) segments[cell] = rule.segment;
}

// The first cell without a name, rfm_cells if all have one.
constexpr int first_unnamed_cell(const Segments &segments) {
    int cell = 0;
    while (cell < rfm_cells && segments[cell] != nullptr) ++cell;
    return cell;
}

// The usual 5 x 5 grid of recency against the mean of the frequency and monetary scores, with the least recent and
// least valuable corner set apart as Lost. No two rules cover the same cell.
constexpr SegmentRule usual_rules[] = {
    //                       r       f   m   fm
    {"Champions",           {5, 5}, {}, {}, {4, 5}},
    {"Loyal Customers",     {3, 4}, {}, {}, {4, 5}},
    {"Potential Loyalists", {4, 5}, {}, {}, {2, 3}},
    {"New Customers",       {5, 5}, {}, {}, {1, 1}},
    {"Promising",           {4, 4}, {}, {}, {1, 1}},
    {"Need Attention",      {3, 3}, {}, {}, {3, 3}},
    {"About To Sleep",      {3, 3}, {}, {}, {1, 2}},
    {"At Risk",             {1, 2}, {}, {}, {3, 4}},
    {"Can't Lose Them",     {1, 2}, {}, {}, {5, 5}},
    {"Hibernating",         {2, 2}, {}, {}, {1, 2}},
    {"Hibernating",         {1, 1}, {}, {}, {2, 2}},
    {"Lost",                {1, 1}, {}, {}, {1, 1}},
};

constexpr Segments name_by_usual_rules() {
    Segments segments{};
    for (const SegmentRule &rule : usual_rules) apply_rule(segments, rule);
    return segments;
}

inline constexpr Segments usual_segments = name_by_usual_rules();
static_assert(first_unnamed_cell(usual_segments) == rfm_cells, "every cell has a segment");

constexpr const char *segment_of(int r, int f, int m) { return usual_segments[rfm_cell(r, f, m)]; }

}  // namespace cltv

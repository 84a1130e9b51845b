// RFM: scores of recency, frequency and monetary value by quantile.
//
// Scoring by quintiles: A. M. Hughes, Strategic Database Marketing, Probus 1994. The cut points are those of SQL's
// percentile_disc, so that equal customers always share a score.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/base/stop.hpp"

namespace cltv {

constexpr int rfm_min_bins = 2;
constexpr int rfm_max_bins = 10;

// The position, counted from 0, of percentile_disc(k / bins) among `count` > 0 sorted values. The product is taken in
// double precision in PostgreSQL's order of operations, so that the two agree where it rounds.
inline std::size_t percentile_disc_position(int k, int bins, std::size_t count) {
    const double fraction = static_cast<double>(k) / bins;
    return static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(count))) - 1;
}

// The bins - 1 values that divide one column into scores. Plain data, all zero before it is filled.
template <class Value>
struct CutPoints {
    int count;  // bins - 1, or 0 for a column without values
    Value at[rfm_max_bins - 1];

    // 1..bins: one more than the number of cut points strictly below the value.
    int score(Value value) const {
        int below = 0;
        for (int k = 0; k < count; ++k) below += at[k] < value;
        return 1 + below;
    }
};

namespace detail {

// Finds the cut points first..last, whose positions all lie in begin..end, by selecting the middle one and searching
// left and right of it for the others: count * log2(bins) steps for all, and no sort.
template <class Value>
void select_between(Value *values, std::size_t begin, std::size_t end, std::size_t count, int bins, int first, int last,
                    CutPoints<Value> &cuts, Stop stop) {
    if (first > last) return;
    poll(stop);
    const int middle = first + (last - first) / 2;
    const std::size_t position = percentile_disc_position(middle, bins, count);
    // With fewer values than bins, neighbours may share a position that the caller has already put in its place.
    if (position >= begin && position < end) std::nth_element(values + begin, values + position, values + end);
    cuts.at[middle - 1] = values[position];
    select_between(values, begin, std::min(position, end), count, bins, first, middle - 1, cuts, stop);
    select_between(values, std::max(position + 1, begin), end, count, bins, middle + 1, last, cuts, stop);
}

}  // namespace detail

// The cut points of `count` values without NaN, for rfm_min_bins <= bins <= rfm_max_bins. Reorders the values.
template <class Value>
CutPoints<Value> select_cut_points(Value *values, std::size_t count, int bins, Stop stop) {
    CutPoints<Value> cuts{};
    if (count == 0) return cuts;
    cuts.count = bins - 1;
    detail::select_between(values, 0, count, count, bins, 1, bins - 1, cuts, stop);
    return cuts;
}

// The cut points of all three scores.
struct RfmCuts {
    CutPoints<std::int64_t> last_order;  // in days or microseconds
    CutPoints<std::int64_t> orders;
    CutPoints<double> revenue;
};

// The score in quintiles, 1..5, of a score among `bins`: 1 + (score - 1) * 4 / (bins - 1), halves rounded up, so that
// the worst and the best stay what they are.
constexpr int quintile_of_score(int score, int bins) { return 1 + (8 * (score - 1) + bins - 1) / (2 * (bins - 1)); }

}  // namespace cltv

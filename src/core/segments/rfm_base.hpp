// Customers as RFM sees them, in rows.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <vector>

#include "core/base/sort_rows.hpp"
#include "core/base/stop.hpp"
#include "core/segments/rfm.hpp"

namespace cltv {

// No customer has these values: they stand for unknown ones, and come first in order.
constexpr std::int64_t unknown_time = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t unknown_orders = -1;
constexpr double unknown_revenue = -std::numeric_limits<double>::infinity();

struct RfmRow {
    std::int64_t last_order;  // in days or microseconds
    std::int64_t orders;
    double revenue;
};

inline bool operator<(const RfmRow &a, const RfmRow &b) {
    return std::tie(a.last_order, a.orders, a.revenue) < std::tie(b.last_order, b.orders, b.revenue);
}

// Throws Stopped, with rows lost or duplicated.
inline void sort_rfm_rows(RfmRow *rows, std::size_t count, Stop stop) {
    sort_by_comparison(rows, rows + count, [](const RfmRow &a, const RfmRow &b) { return a < b; }, stop);
}

namespace detail {

template <class Value>
CutPoints<Value> cut_points_of(const RfmRow *rows, std::size_t count, Value RfmRow::*column, Value unknown, int bins,
                               Stop stop) {
    std::vector<Value> values(count);
    std::size_t known = 0;
    for (std::size_t i = 0; i < count; ++i) {
        poll_at(i, stop);
        values[known] = rows[i].*column;
        known += rows[i].*column != unknown;
    }
    return select_cut_points(values.data(), known, bins, stop);
}

}  // namespace detail

// The cut points of each column's known values, for rfm_min_bins <= bins <= rfm_max_bins.
inline RfmCuts rfm_cut_points(const RfmRow *rows, std::size_t count, int bins, Stop stop) {
    return {detail::cut_points_of(rows, count, &RfmRow::last_order, unknown_time, bins, stop),
            detail::cut_points_of(rows, count, &RfmRow::orders, unknown_orders, bins, stop),
            detail::cut_points_of(rows, count, &RfmRow::revenue, unknown_revenue, bins, stop)};
}

}  // namespace cltv

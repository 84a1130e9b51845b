#include "core/segments/rfm_base.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace cltv {
namespace {

std::vector<RfmRow> random_rows(int count) {
    std::mt19937_64 random(20240101);
    std::vector<RfmRow> rows(count);
    for (RfmRow &row : rows) {
        row.last_order = random() % 10 == 0 ? unknown_time : static_cast<std::int64_t>(random() % 400) - 200;
        row.orders = random() % 10 == 0 ? unknown_orders : static_cast<std::int64_t>(random() % 7);
        row.revenue = random() % 10 == 0 ? unknown_revenue : static_cast<double>(random() % 1000) / 7 - 20;
    }
    return rows;
}

template <class Value>
void expect_cut_points_of(const std::vector<RfmRow> &rows, Value RfmRow::*column, Value unknown, int bins,
                          const CutPoints<Value> &cuts) {
    std::vector<Value> known;
    for (const RfmRow &row : rows)
        if (row.*column != unknown) known.push_back(row.*column);
    std::sort(known.begin(), known.end());
    ASSERT_EQ(cuts.count, known.empty() ? 0 : bins - 1);
    for (int i = 0; i < cuts.count; ++i)
        EXPECT_EQ(cuts.at[i], known[percentile_disc_position(i + 1, bins, known.size())]);
}

TEST(RfmBase, CutPointsAreThoseOfTheKnownValues) {
    for (int count : {0, 1, 2, 3, 10, 1000}) {
        const std::vector<RfmRow> rows = random_rows(count);
        for (int bins = rfm_min_bins; bins <= rfm_max_bins; ++bins) {
            const RfmCuts cuts = rfm_cut_points(rows.data(), rows.size(), bins, never_stop);
            expect_cut_points_of(rows, &RfmRow::last_order, unknown_time, bins, cuts.last_order);
            expect_cut_points_of(rows, &RfmRow::orders, unknown_orders, bins, cuts.orders);
            expect_cut_points_of(rows, &RfmRow::revenue, unknown_revenue, bins, cuts.revenue);
        }
    }
}

TEST(RfmBase, ColumnOfWhichNothingIsKnownHasNoCutPoints) {
    const std::vector<RfmRow> rows(10, {5, unknown_orders, 1});
    const RfmCuts cuts = rfm_cut_points(rows.data(), rows.size(), 5, never_stop);
    EXPECT_EQ(cuts.last_order.count, 4);
    EXPECT_EQ(cuts.orders.count, 0);
    EXPECT_EQ(cuts.revenue.count, 4);
}

TEST(RfmBase, UnknownValuesAreNoCustomersValues) {
    const RfmRow extreme{std::numeric_limits<std::int64_t>::min() + 1, 0, -std::numeric_limits<double>::max()};
    const RfmCuts cuts = rfm_cut_points(&extreme, 1, 2, never_stop);
    EXPECT_EQ(cuts.last_order.count, 1);
    EXPECT_EQ(cuts.orders.count, 1);
    EXPECT_EQ(cuts.revenue.count, 1);
}

TEST(RfmBase, RowsSortByAllColumns) {
    std::vector<RfmRow> rows = random_rows(20000);
    std::vector<RfmRow> shuffled = rows;
    std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(7));
    sort_rfm_rows(rows.data(), rows.size(), never_stop);
    sort_rfm_rows(shuffled.data(), shuffled.size(), never_stop);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
    for (std::size_t i = 0; i < rows.size(); ++i)
        ASSERT_TRUE(!(rows[i] < shuffled[i]) && !(shuffled[i] < rows[i])) << i;
}

TEST(RfmBase, EndsEarlyOnRequest) {
    std::vector<RfmRow> rows = random_rows(50000);
    EXPECT_THROW(sort_rfm_rows(rows.data(), rows.size(), [] { return true; }), Stopped);
    EXPECT_THROW(rfm_cut_points(rows.data(), rows.size(), 5, [] { return true; }), Stopped);
}

}  // namespace
}  // namespace cltv

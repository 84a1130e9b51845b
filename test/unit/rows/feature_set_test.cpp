// Sets of customers with attributes: what skipped rows leave behind.
#include "core/rows/feature_set.hpp"

#include <cstddef>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "core/rows/feature_columns.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

void no_pause() {}

FeatureSet *bare(double skipped) {
    FeatureSet *set = start_feature_set(Targets::contracts, nullptr, 0, allocate);
    set->skipped = skipped;
    return set;
}

FeatureSet *with_row(FeatureSet *set, const char *name, double periods) {
    const double target[most_targets] = {periods, 1, 0};
    const RoleFeatures row = {Role::churn, features({number(name, 7)})};
    EXPECT_EQ(add(set, &row, 1, target, 2, allocate).fault, FeatureFault::none);
    return set;
}

TEST(FeatureSet, SkippedRowsCountWhateverComesFirst) {
    FeatureSet *const first = with_row(bare(3), "z", 4), *last = with_row(start_feature_set(Targets::contracts, nullptr, 0, allocate), "z", 4);
    last->skipped += 3;
    for (const FeatureSet *set : {first, last}) {
        EXPECT_FALSE(set->is_bare());
        EXPECT_EQ(set->skipped, 3);
        ASSERT_EQ(set->used, 1u);
        ASSERT_EQ(set->n_columns, 1u);
        EXPECT_TRUE(set->name(0) == (Text{"z", 1}));
        EXPECT_EQ(set->rows()[0].target[0], 4);
        EXPECT_EQ(set->rows()[0].count, 2);
    }
    EXPECT_EQ(copy_sorted(*first, allocate(sorted_bytes(*first)), never_stop)->skipped, 3);
}

TEST(FeatureSet, MergesSetsOfSkippedRowsAlone) {
    FeatureSet *set = bare(2);
    ASSERT_EQ(merge(set, *bare(5), no_pause, allocate).fault, FeatureFault::none);
    EXPECT_TRUE(set->is_bare());
    EXPECT_EQ(set->skipped, 7);
    ASSERT_EQ(merge(set, *with_row(bare(1), "z", 4), no_pause, allocate).fault, FeatureFault::none);
    EXPECT_EQ(set->skipped, 8);
    ASSERT_EQ(set->used, 1u);
    EXPECT_TRUE(set->name(0) == (Text{"z", 1}));
    EXPECT_EQ(set->attributes(0)[0], 7);
    ASSERT_EQ(merge(set, *bare(1), no_pause, allocate).fault, FeatureFault::none);
    EXPECT_EQ(set->skipped, 9);
    EXPECT_EQ(set->used, 1u);
    // What comes later has to have the same attributes, and be of the same kind.
    FeatureSet *other = with_row(bare(0), "y", 4);
    EXPECT_EQ(merge(other, *set, no_pause, allocate).fault, FeatureFault::missing_column);
    FeatureSet *spend = start_feature_set(Targets::spend, nullptr, 0, allocate);
    EXPECT_EQ(merge(spend, *set, no_pause, allocate).fault, FeatureFault::other_targets);
}

// What is left of a set without some of its columns is the set of customers who never had them.
TEST(FeatureSet, ColumnsMayLeave) {
    Shop whole, rest;
    for (int i = 0; i < 200; ++i) {
        const char *const channels[] = {"mail", "ads", "shop"};
        const Attribute channel = category("channel", channels[i * 7 % 3]), size = category("size", i % 2 == 0 ? "l" : "s");
        const Attribute age = number("age", i % 5), zip = number("zip", i);
        const std::vector<double> target = {1 + static_cast<double>(i % 4), static_cast<double>(i % 2)};
        whole.add(Targets::contracts, target, {{Role::any, features({age, channel})}, {Role::churn, features({size, zip})}});
        rest.add(Targets::contracts, target, {{Role::any, features({channel})}, {Role::churn, features({size})}});
    }
    const FeatureSet &set = whole.sorted(), &expected = rest.sorted();
    const bool leaves[] = {true, false, false, true};
    const FeatureSet *const left = without_columns(set, leaves, no_pause, allocate);
    const FeatureSet &sorted = *copy_sorted(*left, allocate(sorted_bytes(*left)), never_stop);
    ASSERT_EQ(sorted.bytes(), expected.bytes());
    EXPECT_EQ(std::memcmp(&sorted.n_columns, &expected.n_columns, sorted.bytes() - offsetof(FeatureSet, n_columns)), 0);
}

}  // namespace
}  // namespace cltv

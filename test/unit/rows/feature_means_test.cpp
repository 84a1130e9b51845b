// Means of numbers that are not known of all customers.
#include "core/rows/feature_means.hpp"

#include <gtest/gtest.h>

#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

TEST(FeatureMeans, AreOfTheCustomersOfWhomTheNumberIsKnown) {
    FeatureSet *set = nullptr;
    const double target[most_targets] = {};
    const auto add_row = [&](const std::vector<Attribute> &row, double count) {
        const RoleFeatures given = {Role::any, features(row)};
        if (set == nullptr) set = start_feature_set(Targets::response, &given, 1, allocate);
        ASSERT_EQ(add(set, &given, 1, target, count, allocate).fault, FeatureFault::none);
    };
    const Attribute unknown_a = {"a", FeatureKind::null, 0, ""}, unknown_c = {"c", FeatureKind::null, 0, ""},
                    nobodys = {"d", FeatureKind::null, 0, ""};
    add_row({number("a", 2), number("b", 1), category("c", "x"), nobodys}, 1);
    add_row({number("a", 6), number("b", 2), unknown_c, nobodys}, 3);
    add_row({unknown_a, number("b", 3), unknown_c, nobodys}, 5);
    const std::vector<FeatureMean> means = means_of_missing(*copy_sorted(*set, allocate(sorted_bytes(*set)), never_stop), never_stop);
    ASSERT_EQ(means.size(), 1u);    // b is known of all, c is no number, d is known of nobody
    EXPECT_EQ(means[0].column, 0u);
    EXPECT_DOUBLE_EQ(means[0].mean, (2 + 3 * 6) / 4.0);
}

TEST(FeatureMeans, OfNumbersFarApartAreFinite) {
    FeatureSet *set = nullptr;
    const double target[most_targets] = {};
    for (const double value : {1.7e308, -1.7e308, 0.0}) {
        const RoleFeatures given = {Role::any, features({value == 0 ? Attribute{"a", FeatureKind::null, 0, ""} : number("a", value)})};
        if (set == nullptr) set = start_feature_set(Targets::response, &given, 1, allocate);
        ASSERT_EQ(add(set, &given, 1, target, 1, allocate).fault, FeatureFault::none);
    }
    EXPECT_EQ(means_of_missing(*copy_sorted(*set, allocate(sorted_bytes(*set)), never_stop), never_stop).at(0).mean, 0);
}

}  // namespace
}  // namespace cltv

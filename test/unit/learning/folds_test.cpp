#include "core/learning/folds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "unit/rows/attribute_rows.hpp"

namespace cltv {
namespace {

constexpr int n_customers = 2000;

// The units of customers with two numbers, one of which is 0 but for what cancelling left, a category and a response. Sums
// in another order are a few parts in 2^52 off.
std::vector<std::uint64_t> units(int ulps, bool backwards, bool with_clusters = false) {
    Random random(3);
    struct One {
        double y, a, b;
        std::string land;
    };
    std::vector<One> customers;
    for (int i = 0; i < n_customers; ++i) {
        const double off = 1 + ulps * 0x1p-52;
        const bool none = i % 7 == 0;
        customers.push_back({1000 * draw_uniform(random) * off, 50 * draw_normal(random) * off, none ? ulps * 1e-14 : draw_uniform(random) * off,
                             "land " + std::to_string(i % 11)});
    }
    Shop shop;
    for (int i = 0; i < n_customers; ++i) {
        const One &one = customers[backwards ? n_customers - 1 - i : i];
        shop.add(Targets::response, {one.y, 0}, {{Role::any, features({number("a", one.a), number("b", one.b), category("land", one.land.c_str())})}});
    }
    const FeatureSet &set = shop.sorted();
    const FoldUnits folds(set, with_clusters ? 2 : -1, never_stop);
    std::vector<std::uint64_t> found;
    for (std::uint32_t i = 0; i < set.used; ++i) found.push_back(folds.of_row(set.rows()[i]));
    std::sort(found.begin(), found.end());
    return found;
}

int in_both(const std::vector<std::uint64_t> &one, const std::vector<std::uint64_t> &other) {
    std::vector<std::uint64_t> both;
    std::set_intersection(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(both));
    return static_cast<int>(both.size());
}

TEST(Folds, CustomersAreDealtByWhatTheyAreWhateverTheirOrder) { EXPECT_EQ(units(0, false), units(0, true)); }

TEST(Folds, TheLastDigitsOfSumsDealNobodyAnew) {
    const std::vector<std::uint64_t> exact = units(0, false);
    EXPECT_EQ(std::adjacent_find(exact.begin(), exact.end()), exact.end());
    for (const int ulps : {-3, 1, 3}) EXPECT_GE(in_both(exact, units(ulps, false)), n_customers - 1) << ulps;
    // Numbers that differ by a millionth are others.
    EXPECT_LT(in_both(exact, units(1 << 30, false)), n_customers / 10);
}

TEST(Folds, CustomersOfAClusterStayTogether) {
    std::vector<std::uint64_t> found = units(0, false, true);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    EXPECT_EQ(found.size(), 11u);
}

TEST(Folds, PartsAreOfEqualSize) {
    int sizes[5] = {};
    for (const std::uint64_t unit : units(0, false)) ++sizes[fold_of(1, unit, 5)];
    // Five standard deviations of a binomial count.
    for (const int size : sizes) EXPECT_NEAR(size, n_customers / 5.0, 5 * std::sqrt(n_customers * 0.16));
}

}  // namespace
}  // namespace cltv

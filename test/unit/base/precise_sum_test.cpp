#include "core/base/precise_sum.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cltv {
namespace {

TEST(PreciseSum, KeepsWhatADoubleRoundsOff) {
    // 2^53 and a million ones: a double stays at 2^53.
    PreciseSum sum;
    double plain = 9007199254740992.0;
    sum += plain;
    for (int i = 0; i < 1000000; ++i) {
        sum += 1;
        plain += 1;
    }
    EXPECT_EQ(plain, 9007199254740992.0);
    EXPECT_EQ(sum.value(), 9007199255740992.0);
}

TEST(PreciseSum, TermsThatCancelLeaveTheRest) {
    PreciseSum sum;
    for (const double number : {1e16, 1.0, -1e16, 0.25}) sum += number;
    EXPECT_EQ(sum.value(), 1.25);
}

TEST(PreciseSum, TenthsOfAMillionCustomers) {
    // 0.1 is 3602879701896397/2^55: a million of them are 100000 and 5.55e-12, which rounds to 100000.
    PreciseSum sum;
    double plain = 0;
    for (int i = 0; i < 1000000; ++i) {
        sum += 0.1;
        plain += 0.1;
    }
    EXPECT_GT(std::fabs(plain - 100000), 1e-7);
    EXPECT_EQ(sum.value(), 100000);
}

TEST(PreciseSum, InfiniteAndNone) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    PreciseSum low;
    low += 1;
    low += -infinity;
    low += 1;
    EXPECT_EQ(low.value(), -infinity);
    PreciseSum none;
    none += 1;
    none += std::nan("");
    EXPECT_TRUE(std::isnan(none.value()));
    EXPECT_EQ(PreciseSum().value(), 0);
}

}  // namespace
}  // namespace cltv

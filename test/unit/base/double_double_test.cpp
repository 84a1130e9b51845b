#include "core/base/double_double.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace cltv {
namespace {

TEST(DoubleDouble, ProductsAreExact) {
    const double a = 1 + 0x1p-30, b = 1 - 0x1p-40;
    const DoubleDouble product = two_product(a, b);  // 1 + 2^-30 - 2^-40 - 2^-70
    EXPECT_EQ(product.hi, 1 + 0x1p-30 - 0x1p-40);
    EXPECT_EQ(product.lo, -0x1p-70);
    const DoubleDouble twice = product * 2;
    EXPECT_EQ(twice.hi, 2 * product.hi);
    EXPECT_EQ(twice.lo, 2 * product.lo);
}

TEST(DoubleDouble, TimesADouble) {
    const DoubleDouble third = {1.0 / 3, 0x1.5555555555555p-56};  // 1/3 to 106 bits
    EXPECT_EQ((third * 3).hi, 1);
    EXPECT_LT(std::abs((third * 3).lo), 0x1p-104);
}

TEST(DoubleDouble, QuotientsAreThoseOfTheWholeNumbers) {
    // (2^60 + 1) / (2^60 - 1) = 1 + 2^-59 + ..., and (3 + 3 x 2^-60) / (1 + 2^-60) = 3.
    EXPECT_EQ(quotient({0x1p60, 1}, {0x1p60, -1}), 1);
    EXPECT_EQ(quotient({3, 3 * 0x1p-60}, {1, 0x1p-60}), 3);
    EXPECT_EQ(quotient(two_product(0.1, 3), {3, 0}), 0.1);
    EXPECT_NE(0.1 * 3 / 3, 0.1);
    EXPECT_EQ(quotient({0, 0}, {5, 0}), 0);
}

}  // namespace
}  // namespace cltv

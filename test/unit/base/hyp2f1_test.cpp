#include "core/base/hyp2f1.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "unit/base/reference_table.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Hyp2f1, AgreesWithTheReference) {
    WorstError error("hyp2f1");
    for (const ReferenceRow &row : reference_table("hyp2f1", 5))
        error.add(hyp2f1(row[0], row[1], row[2] - row[1], row[3]), row[4], row);
    error.expect_below(1e-11);
}

TEST(Hyp2f1, HasItsElementaryValues) {
    EXPECT_EQ(hyp2f1(3, 2, 3, 0), 1);
    EXPECT_EQ(hyp2f1(0, 2, 3, -7), 1);
    for (double z : {-1e6, -3.0, -0.1, 0.3, 0.99, 1 - 1e-9}) {
        EXPECT_NEAR(hyp2f1(1, 1, 1, z) / (-std::log1p(-z) / z), 1, 1e-12) << z;
        EXPECT_NEAR(hyp2f1(2.5, 3, 1e-9, z) / std::pow(1 - z, -2.5), 1, 1e-7) << z;
        EXPECT_NEAR(hyp2f1(-1, 2, 3, z) / (1 - 0.4 * z), 1, 1e-12) << z;
    }
}

TEST(Hyp2f1, RefusesWhatIsOutsideItsDomain) {
    for (double z : {1.0, 2.0, infinity, -infinity, std::nan("")}) EXPECT_TRUE(std::isnan(hyp2f1(1, 1, 1, z))) << z;
    EXPECT_TRUE(std::isnan(hyp2f1(1, 2, 0, 0.5)));
    EXPECT_TRUE(std::isnan(hyp2f1(1, 0, 2, 0.5)));
    EXPECT_TRUE(std::isnan(hyp2f1(std::nan(""), 1, 1, 0.5)));
    EXPECT_TRUE(std::isnan(hyp2f1(1, 1, infinity, 0.5)));
}

// The path down to the last gaps agrees with single values, and does not overflow where they do not.
TEST(Hyp2f1Path, AgreesWithSingleValues) {
    for (double a : {-1.5, 0.3, 2.0, 6.0})
        for (double b : {0.2, 1.0, 7.5})
            for (double rest : {0.7, 2.0, 15.0}) {
                Hyp2f1Path path(a, b, b + rest);
                ASSERT_TRUE(path.usable()) << a << ' ' << b << ' ' << rest;
                for (double gap = 1; gap > 1e-15; gap *= 0.6) {
                    // 1 - gap is rounded: only gaps that it tells exactly can be compared.
                    const double z = 1 - gap, exact_gap = 1 - z;
                    const double single = hyp2f1(a, b, rest, z);
                    EXPECT_NEAR(path(exact_gap) / single, 1, 1e-11) << a << ' ' << b << ' ' << rest << ' ' << gap;
                }
                EXPECT_TRUE(std::isfinite(path(1e-30)));
            }
}

TEST(Hyp2f1Path, SaysWhereItDoesNotServe) {
    EXPECT_FALSE(Hyp2f1Path(-20, 1, 3).usable());
    EXPECT_FALSE(Hyp2f1Path(1, 1, 500).usable());
}

}  // namespace
}  // namespace cltv

#include "core/shop/rates.hpp"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <limits>

namespace cltv {
namespace {

// Digits enough for the distance from 1 of any ratio below.
using Wide = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<400>>;

constexpr double infinity = std::numeric_limits<double>::infinity();

double in_full(double retention, double discount, double periods) {
    const Wide ratio = Wide(retention) / (1 + Wide(discount));
    if (ratio == 1) return periods;
    const Wide rest = std::isinf(periods) ? Wide(0) : Wide(pow(ratio, Wide(periods)));
    return static_cast<double>(ratio * (1 - rest) / (1 - ratio));
}

TEST(Rates, SumOfTheFirstPeriods) {
    double sum = 0, ratio = 0.8 / 1.1;
    EXPECT_EQ(discounted_retention(0.8, 0.1, 0), 0);
    for (int period = 1; period <= 50; ++period) {
        sum += std::pow(ratio, period);
        EXPECT_NEAR(discounted_retention(0.8, 0.1, period), sum, 4e-16 * period) << period;
    }
    EXPECT_NEAR(discounted_retention(0.8, 0.1, infinity), 0.8 / 0.3, 1e-15);
}

TEST(Rates, AccurateUpToTheRatioOne) {
    for (const double leave : {0.0, 1e-300, 1e-18, 1e-15, 1e-12, 1e-8, 1e-4, 0.01, 0.3, 0.9, 1.0 - 1e-10})
        for (const double discount : {0.0, 1e-320, 1e-200, 1e-17, 1e-13, 1e-9, 1e-5, 0.1, 3.0, 1e10})
            for (const double periods : {1.0, 2.0, 12.0, 1000.0, 1e6, 1e12, infinity}) {
                const double retention = 1 - leave, expected = in_full(retention, discount, periods);
                const double got = discounted_retention(retention, discount, periods);
                if (std::isinf(expected)) EXPECT_EQ(got, expected);
                else EXPECT_NEAR(got / expected, 1, 3e-15) << retention << ' ' << discount << ' ' << periods;
            }
}

TEST(Rates, Ends) {
    EXPECT_EQ(discounted_retention(1, 0, 17), 17);
    EXPECT_EQ(discounted_retention(1, 0, infinity), infinity);
    EXPECT_EQ(discounted_retention(0, 0.1, 17), 0);
    EXPECT_EQ(discounted_retention(0, 0, infinity), 0);
    EXPECT_EQ(discounted_retention(1, 0.25, infinity), 4);
    EXPECT_EQ(discounted_retention(0.5, 0, 1e300), 1);
    EXPECT_EQ(discounted_retention(1, std::numeric_limits<double>::max(), 1), 1 / std::numeric_limits<double>::max());
}

}  // namespace
}  // namespace cltv

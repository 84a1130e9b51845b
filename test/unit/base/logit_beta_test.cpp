// The beta density of odds against 50 digits: the powers themselves, and log-gammas.
#include "core/base/logit_beta.hpp"

#include <gtest/gtest.h>

#include <boost/math/special_functions/gamma.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>

namespace cltv {
namespace {

using Exact = boost::multiprecision::cpp_bin_float_50;

Exact exact_log_density(const Exact &a, const Exact &b, const Exact &d) {
    using boost::math::lgamma;
    const Exact odds = a / b * exp(d);
    return a * log(Exact(odds / (1 + odds))) - b * log(Exact(1 + odds)) + lgamma(Exact(a + b)) - lgamma(a) - lgamma(b);
}

TEST(LogitBeta, Density) {
    for (const double a : {1e-3, 0.3, 1.0, 17.0, 1e4, 1e6})
        for (const double b : {1e-3, 0.7, 2.0, 40.0, 1e4, 1e6}) {
            const LogitBeta beta(a, b);
            EXPECT_NEAR(beta.top(), std::log(a / b), 1e-15 * (1 + std::fabs(beta.top())));
            // From the middle of the density to where nothing is left of it.
            const double width = std::sqrt(1 / a + 1 / b);
            for (const double step : {0.0, 1e-6, 0.1, 1.0, 3.0, 8.0, 40.0})
                for (const double sign : {-1.0, 1.0}) {
                    const double d = sign * step * width;
                    const Exact exact = exact_log_density(a, b, d);
                    const double scale = std::fmax(1, std::fabs(static_cast<double>(exact)));
                    EXPECT_NEAR(beta.log_density(d), static_cast<double>(exact), 1e-12 * scale) << a << ' ' << b << ' ' << d;
                }
        }
}

TEST(LogitBeta, FarOut) {
    const LogitBeta beta(2, 0.5);
    const double there = beta.log_density(600), further = beta.log_density(700);
    EXPECT_NEAR(further - there, -0.5 * 100, 1e-10);
    EXPECT_NEAR(beta.log_density(1e5) - there, -0.5 * (1e5 - 600), 1e-8);
    EXPECT_NEAR(beta.log_density(-1e5) - beta.log_density(-600), -2 * (1e5 - 600), 1e-8);
}

}  // namespace
}  // namespace cltv

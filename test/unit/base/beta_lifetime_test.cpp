// Beta-geometric lifetimes against 50 digits: log-gammas where the code sums factors, sums where it has closed forms.
#include "core/base/beta_lifetime.hpp"

#include <gtest/gtest.h>

#include <boost/math/special_functions/gamma.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <limits>

namespace cltv {
namespace {

using Exact = boost::multiprecision::cpp_bin_float_50;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double tolerance = 1e-11;
const double shapes[] = {1e-3, 0.1, 0.7, 1 - 1e-9, 1, 1 + 1e-13, 2, 31.5, 400, 1e4};
const double numbers[] = {0, 1, 2, 17, 63, 64, 65, 100, 2000, 36500};

double relative_error(double value, const Exact &exact) {
    if (exact == 0) return std::fabs(value);
    return std::fabs(static_cast<double>((Exact(value) - exact) / exact));
}

Exact exact_log_survival(const Exact &a, const Exact &b, const Exact &n) {
    using boost::math::lgamma;
    return lgamma(Exact(b + n)) - lgamma(b) - lgamma(Exact(a + b + n)) + lgamma(Exact(a + b));
}

TEST(BetaLifetime, SurvivalToTwelveDigits) {
    for (const double a : shapes)
        for (const double b : shapes)
            for (const double n : numbers)
                EXPECT_LT(relative_error(log_survival(a, b, n), exact_log_survival(a, b, n)), tolerance)
                    << a << " " << b << " " << n;
}

TEST(BetaLifetime, SurvivalFarAhead) {
    for (const double a : shapes)
        for (const double b : {32.0, 500.0, 1e4})
            for (const double n : {-0.5, 0.0, 0.25, 70.5, 36500.0, 1e12})
                EXPECT_NEAR(log_survival_far(a, b, n), static_cast<double>(exact_log_survival(a, b, n)),
                            1e-13 * a + 1e-14 * std::fabs(log_survival_far(a, b, n)))
                    << a << " " << b << " " << n;
}

// Half of a distribution's parameters to the other side of 0: what expected_periods asks for.
TEST(BetaLifetime, SurvivalWithNegativeOrTinyExcess) {
    for (const double a : {-0.999, -0.3, -1e-12, 1e-30})
        for (const double b : {1.001, 5.0, 1e4})
            for (const double n : {1.0, 65.0, 36500.0}) {
                using boost::math::digamma;
                const Exact slope = digamma(Exact(b)) - digamma(Exact(b + n));
                const Exact exact = std::fabs(a) < 1e-20 ? Exact(a * slope) : exact_log_survival(a, b, n);
                EXPECT_LT(relative_error(log_survival(a, b, n), exact), tolerance) << a << " " << b << " " << n;
            }
}

TEST(BetaLifetime, BetaMoments) {
    for (const double a : shapes)
        for (const double b : shapes)
            for (const double x : {0.0, 3.0, 900.0})
                for (const double y : {0.0, 2.0, 36000.0}) {
                    using boost::math::lgamma;
                    const Exact A(a), B(b);
                    const Exact exact = lgamma(Exact(A + x)) - lgamma(A) + lgamma(Exact(B + y)) - lgamma(B) -
                                        lgamma(Exact(A + B + x + y)) + lgamma(Exact(A + B));
                    EXPECT_LT(relative_error(log_beta_moment(a, b, x, y), exact), tolerance)
                        << a << " " << b << " " << x << " " << y;
                }
}

Exact exact_periods(double a, double b, double horizon, double rate) {
    const Exact A(a), B(b), discount = 1 / (1 + Exact(rate));
    Exact term = B / (A + B), sum = 0;
    for (double h = 1; h <= horizon; ++h) {
        sum += term;
        term *= (B + h) / (A + B + h) * discount;
        if (term < 1e-30 * rate * sum) break;
    }
    return sum;
}

TEST(BetaLifetime, ExpectedPeriods) {
    for (const double a : shapes)
        for (const double b : shapes)
            for (const double horizon : {0.0, 1.0, 5.0, 64.0, 700.0}) {
                EXPECT_LT(relative_error(expected_periods(a, b, horizon), exact_periods(a, b, horizon, 0)), tolerance)
                    << a << " " << b << " " << horizon;
            }
    for (const double a : {1e-3, 1.0, 1 + 1e-9, 1e4})
        EXPECT_LT(relative_error(expected_periods(a, 0.3, 36500), exact_periods(a, 0.3, 36500, 0)), tolerance) << a;
}

TEST(BetaLifetime, PeriodsForEver) {
    EXPECT_DOUBLE_EQ(expected_periods(1.5, 4, infinity), 8);
    EXPECT_EQ(expected_periods(1, 4, infinity), infinity);
    EXPECT_EQ(expected_periods(0.5, 4, infinity), infinity);
    EXPECT_NEAR(expected_periods(3, 4, 1e9), expected_periods(3, 4, infinity), 1e-12);
}

TEST(BetaLifetime, DiscountedPeriods) {
    for (const double a : {1e-3, 0.7, 1.0, 31.5, 1e4})
        for (const double b : {1e-3, 1.0, 31.5, 1e4})
            for (const double rate : {1e-9, 1e-4, 0.01, 0.1, 5.0}) {
                for (const double horizon : {0.0, 1.0, 30.0, 999.0, 1000.0, 3000.0})
                    EXPECT_LT(relative_error(discounted_periods(a, b, horizon, rate),
                                             exact_periods(a, b, horizon, rate)), tolerance)
                        << a << " " << b << " " << horizon << " " << rate;
                if (rate < 0.01) continue;
                EXPECT_LT(relative_error(discounted_periods(a, b, infinity, rate), exact_periods(a, b, 1e300, rate)),
                          tolerance)
                    << a << " " << b << " " << rate;
            }
}

TEST(BetaLifetime, DiscountingEndsInTheUndiscounted) {
    EXPECT_EQ(discounted_periods(2, 5, infinity, 0), 5);
    EXPECT_NEAR(discounted_periods(2, 5, infinity, 1e-15), 5, 1e-11);
    EXPECT_NEAR(discounted_periods(2, 5, infinity, 1e300), 5.0 / 7, 1e-15);
    EXPECT_NEAR(discounted_periods(2, 5, 1e15, 1e-12) / discounted_periods(2, 5, infinity, 1e-12), 1, 1e-12);
}

}  // namespace
}  // namespace cltv

// Closed forms of discounted integrals beside their quadrature.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/base/hyp2f1.hpp"
#include "core/purchases/beta_geometric_discounting.hpp"
#include "core/purchases/discounted_stay.hpp"
#include "core/purchases/discounting.hpp"

namespace cltv {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// At s = 2 it is 1 - x e^x E1(x); E1(1) = 0.219383934395520274 (DLMF 6.2.1, 6.6.2).
TEST(DiscountedStay, OfAllTimeAtATwo) {
    double stay;
    ASSERT_TRUE(discounted_stay(2, infinity, 1, stay));
    EXPECT_NEAR(stay, 1 - std::exp(1) * 0.219383934395520274, 1e-15);
}

TEST(DiscountedStay, IsTheIntegral) {
    int known = 0;
    for (const double s : {0.02, 0.3, 0.6, 0.999, 1 - 1e-9, 1.0, 1 + 1e-12, 1.4, 1.94, 1.96, 2.0, 3.3, 6.0})
        for (const double x : {1e-5, 0.003, 0.1, 0.9, 1.9, 2.1, 7.0, 80.0})
            for (const double y : {0.01, 0.5, 3.0, 40.0, 1e4, infinity}) {
                double stay;
                if (!discounted_stay(s, y, x, stay)) continue;
                ++known;
                const double integral = discounted_integral([=](double t) { return std::exp(-s * std::log1p(t)); }, s + 1, y, x);
                EXPECT_NEAR(stay / integral, 1, 2e-13) << s << " " << x << " " << y;
            }
    EXPECT_GT(known, 400);
}

TEST(BetaGeometricDiscounting, IsTheIntegral) {
    int known = 0, known_for_ever = 0;
    for (const double r : {0.25, 0.97, 2.6})
        for (const double a : {0.1, 0.8, 0.9999, 1.3, 2.7})
            for (const double b : {0.6, 2.5})
                for (const double x : {0.0, 1.0, 5.0, 40.0})
                    for (const double kappa : {1e-3, 0.02, 0.2}) {
                        const double m = r + x, g = b + x;
                        const auto integral = [&](double y) {
                            Hyp2f1Path path(a + g - m - 1, a, a + g);
                            return m * discounted_integral(
                                           [&](double s) { return std::exp(-a * std::log1p(s)) * path(1 / (1 + s)); }, m + 1, y, kappa);
                        };
                        double discounted;
                        if (beta_geometric::discounted_for_ever(m, a, g, kappa, discounted)) {
                            ++known_for_ever;
                            EXPECT_NEAR(discounted / integral(infinity), 1, 1e-12) << m << " " << a << " " << g << " " << kappa;
                        }
                        for (const double y : {0.01, 0.9, 8.0, 300.0, infinity})
                            if (beta_geometric::discounted_along_path(m, a, g, y, kappa, discounted)) {
                                ++known;
                                EXPECT_NEAR(discounted / integral(y), 1, 1e-12) << m << " " << a << " " << g << " " << kappa << " " << y;
                            }
                    }
    EXPECT_GT(known_for_ever, 200);
    EXPECT_GT(known, 1000);
}

}  // namespace
}  // namespace cltv

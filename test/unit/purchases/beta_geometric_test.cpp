// Probabilities of a number of purchases at the edges: very many of them, and next to no time.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/purchases/beta_geometric.hpp"
#include "core/purchases/chances.hpp"

namespace cltv {
namespace {

// Over an endless horizon P(N = n) = (g)_(n-1)/(a + g)_(n-1) a/(a + g + n - 1), here for a = 0.8 and g = 5.4 in 60
// digits by mpmath. The logarithms of the two factorials are up to 3e17 and all but equal.
TEST(BetaGeometric, VeryManyPurchases) {
    const struct {
        double n, probability;
    } cases[] = {{64, 0.0014964134847816351},      {66, 0.0014211832476469778},  {1e3, 1.1993671027150229e-5},
                 {1e6, 4.8160571893147329e-11},    {1e12, 7.6330022024769472e-22}, {9e15, 5.8218213001406486e-29}};
    constexpr double endless = std::numeric_limits<double>::infinity();
    for (const auto &known : cases)
        EXPECT_NEAR(purchase_pmf(GammaBelief{3.5, 1}, BetaChances(0.8, 5.4), endless, known.n) / known.probability, 1, 1e-13)
            << known.n;
}

// Within a short time y, P(N = 1) = m y + O(y^2), and more purchases are all but impossible.
TEST(BetaGeometric, NextToNoTime) {
    for (double y = 1e-10; y > 1e-305; y /= 1e5) {
        EXPECT_NEAR(purchase_pmf(GammaBelief{3.5, 1}, BetaChances(0.8, 5.4), y, 1) / (3.5 * y), 1, 1e-9) << y;
        const double seven = purchase_pmf(GammaBelief{3.5, 1}, BetaChances(0.8, 5.4), y, 7);
        EXPECT_GE(seven, 0) << y;
        EXPECT_LE(seven, 1e-60) << y;
    }
}

}  // namespace
}  // namespace cltv

#include "core/base/gauss_panels.hpp"

#include <gtest/gtest.h>

#include <boost/math/quadrature/gauss.hpp>
#include <cstddef>
#include <iterator>
#include <limits>

namespace cltv {
namespace {

// The tables are literals, so that no other file has to read Boost's. Some versions of Boost work the nodes out, perhaps with another
// last digit, and in long double, which under memcheck has no more digits than a double.
template <unsigned Nodes>
void expect_boost() {
    using Rule = GaussRule<Nodes>;
    using Boost = boost::math::quadrature::gauss<double, Nodes>;
    ASSERT_EQ(std::size(Rule::node), Boost::abscissa().size()) << Nodes;
    ASSERT_EQ(std::size(Rule::weight), Boost::weights().size()) << Nodes;
    for (std::size_t i = 0; i < std::size(Rule::node); ++i) {
        EXPECT_DOUBLE_EQ(Rule::node[i], Boost::abscissa()[i]) << Nodes << " nodes, node " << i;
        EXPECT_DOUBLE_EQ(Rule::weight[i], Boost::weights()[i]) << Nodes << " nodes, weight " << i;
    }
}

TEST(GaussPanels, TablesAreBoosts) {
    volatile long double sum = 1;
    sum += std::numeric_limits<long double>::epsilon();
    if (sum == 1) GTEST_SKIP() << "long double is cut short";
    expect_boost<3>();
    expect_boost<4>();
    expect_boost<7>();
    expect_boost<8>();
    expect_boost<10>();
    expect_boost<16>();
}

// A rule of n nodes is exact for polynomials of degree 2n - 1.
TEST(GaussPanels, APolynomialIsExact) {
    double sum = 0;
    gauss_panel<4>(1, 2, [&](double x, double weight) { sum += weight * (x * x * x * x * x * x * x); });
    EXPECT_NEAR(sum, (6561.0 - 1) / 8, 1e-11);
}

}  // namespace
}  // namespace cltv

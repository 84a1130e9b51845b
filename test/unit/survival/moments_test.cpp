#include "core/survival/moments.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cltv {
namespace {

// Sums are the same bits as if rows were added one at a time, each number by itself, whatever is done at once.
TEST(Moments, AreThoseOfOneRowAtATime) {
    for (int n = 1; n <= 7; ++n)
        for (std::size_t rows = 0; rows <= 9; ++rows) {
            std::vector<double> weights(rows), x(rows * n), first(n), second(n * n), one_by_one(n), squares(n * n);
            for (std::size_t r = 0; r < rows; ++r) {
                weights[r] = std::exp(std::sin(r + 1.0));
                for (int i = 0; i < n; ++i) x[r * n + i] = (r + i) % 3 == 0 ? 0 : std::sin(10.0 * r + i) * std::pow(10.0, i);
            }
            add_moments(weights.data(), x.data(), rows, n, first.data(), second.data());
            for (std::size_t r = 0; r < rows; ++r)
                for (int j = 0; j < n; ++j) {
                    const double moment = weights[r] * x[r * n + j];
                    one_by_one[j] += moment;
                    for (int i = j; i < n; ++i) squares[n * j + i] += moment * x[r * n + i];
                }
            EXPECT_EQ(first, one_by_one) << n << " numbers, " << rows << " rows";
            EXPECT_EQ(second, squares) << n << " numbers, " << rows << " rows";
        }
}

}  // namespace
}  // namespace cltv

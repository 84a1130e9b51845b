// The day by which an order has come.
#include "core/forecast/next_order.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace cltv {
namespace {

TEST(NextOrder, IsTheFirstWholeDay) {
    // At a known rate: P(no order within t) = e^(-t/20).
    const auto silence = [](double days) { return std::exp(-days / 20); };
    for (const double prob : {0.01, 0.1, 0.5, 0.9, 0.999}) {
        const double day = days_until_order(prob, longest_wait, silence);
        EXPECT_EQ(day, std::fmax(1, std::ceil(-20 * std::log1p(-prob)))) << prob;
    }
    EXPECT_EQ(days_until_order(1e-9, longest_wait, silence), 1);
}

TEST(NextOrder, IsNeverWhereTooManyHaveLeft) {
    // Sixty in a hundred are gone.
    const auto silence = [](double days) { return 0.6 + 0.4 * std::exp(-days / 10); };
    EXPECT_TRUE(std::isinf(days_until_order(0.5, longest_wait, silence)));
    EXPECT_TRUE(std::isinf(days_until_order(0.4 + 1e-12, longest_wait, silence)));
    EXPECT_EQ(days_until_order(0.2, longest_wait, silence), 7);  // 0.4 (1 - e^(-t/10)) = 0.2 at t = 10 ln 2
}

TEST(NextOrder, IsNotSoughtBeyondTheLongestWait) {
    const auto until = [](double last) { return [last](double days) { return days >= last ? 0.0 : 1.0; }; };
    EXPECT_EQ(days_until_order(0.5, longest_wait, until(longest_wait)), longest_wait);
    EXPECT_TRUE(std::isinf(days_until_order(0.5, longest_wait, until(longest_wait + 1))));
    EXPECT_EQ(days_until_order(0.5, 7, until(6)), 6);
    EXPECT_TRUE(std::isinf(days_until_order(0.5, 7, until(8))));
    EXPECT_TRUE(std::isinf(days_until_order(0.5, 0, until(0))));  // a calendar that ends today
}

}  // namespace
}  // namespace cltv

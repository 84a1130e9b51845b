#include "core/shop/customer_metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace cltv {
namespace {

CustomerMetrics metrics_of(const std::vector<CustomerTotalsCount> &rows, Stop stop = never_stop) {
    return customer_metrics({rows.data(), rows.size()}, stop);
}

TEST(CustomerMetrics, OfAFewCustomers) {
    // Revenue, known, orders, lifespan, active.
    const CustomerMetrics metrics =
        metrics_of({{{-4, 1, 1, 0, 0}, 1}, {{0, 0, 3, 10, 1}, 2}, {{10, 1, 2, 5, 1}, 3}, {{74, 1, 5, 90, 0}, 1}});
    EXPECT_EQ(metrics.customers, 7);
    EXPECT_EQ(metrics.active_customers, 5);
    EXPECT_EQ(metrics.orders, 1 + 6 + 6 + 5);
    EXPECT_EQ(metrics.revenue, 100);
    EXPECT_DOUBLE_EQ(metrics.average_order_value, 100.0 / 12);
    EXPECT_DOUBLE_EQ(metrics.purchase_frequency, 18.0 / 7);
    EXPECT_DOUBLE_EQ(metrics.repeat_rate, 6.0 / 7);
    EXPECT_DOUBLE_EQ(metrics.mean_lifespan, (20 + 15 + 90) / 7.0);
    EXPECT_DOUBLE_EQ(metrics.historic_value, 20);
    EXPECT_DOUBLE_EQ(metrics.top_fifth_share, 0.74);  // one of the five with known revenue
}

TEST(CustomerMetrics, CountsStandForEqualRows) {
    std::vector<CustomerTotalsCount> counted, repeated;
    for (int i = 0; i < 50; ++i) {
        const CustomerTotals totals{i / 3.0 - 2, 1, 1.0 + i % 4, i % 4 == 0 ? 0.0 : i, i % 2 ? 1.0 : 0.0};
        counted.push_back({totals, 1.0 + i % 3});
        for (int copy = 0; copy <= i % 3; ++copy) repeated.push_back({totals, 1});
    }
    const CustomerMetrics one = metrics_of(counted), other = metrics_of(repeated);
    EXPECT_EQ(one.customers, other.customers);
    EXPECT_EQ(one.active_customers, other.active_customers);
    EXPECT_EQ(one.orders, other.orders);
    EXPECT_EQ(one.revenue, other.revenue);
    EXPECT_EQ(one.repeat_rate, other.repeat_rate);
    EXPECT_EQ(one.mean_lifespan, other.mean_lifespan);
    EXPECT_NEAR(one.top_fifth_share, other.top_fifth_share, 1e-15);
}

TEST(CustomerMetrics, UnknownAndOverflow) {
    const CustomerMetrics nobody = metrics_of({});
    EXPECT_EQ(nobody.customers, 0);
    EXPECT_TRUE(std::isnan(nobody.repeat_rate));
    const CustomerMetrics unknown = metrics_of({{{0, 0, 1, 0, 1}, 4}});
    EXPECT_EQ(unknown.customers, 4);
    EXPECT_EQ(unknown.repeat_rate, 0);
    for (const double money :
         {unknown.revenue, unknown.average_order_value, unknown.historic_value, unknown.top_fifth_share})
        EXPECT_TRUE(std::isnan(money));
    EXPECT_EQ(metrics_of({{{1e308, 1, 1, 0, 1}, 2}}).revenue, std::numeric_limits<double>::infinity());
    EXPECT_EQ(metrics_of({{{1e308, 1, 1, 0, 1}, 1}, {{1.1e308, 1, 1, 0, 1}, 1}}).revenue,
              std::numeric_limits<double>::infinity());
}

TEST(CustomerMetrics, StopsWhenAsked) {
    EXPECT_THROW(metrics_of({{{1, 1, 1, 0, 1}, 1}}, [] { return true; }), Stopped);
}

}  // namespace
}  // namespace cltv

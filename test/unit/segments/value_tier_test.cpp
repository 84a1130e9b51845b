#include "core/segments/value_tier.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cltv {
namespace {

TierCuts by_customers(std::vector<double> values, TierShares shares) {
    return tiers_by_customers(values.data(), values.size(), shares, never_stop);
}

TierCuts by_revenue(const std::vector<double> &values, TierShares shares) {
    return tiers_by_revenue(values.data(), values.size(), shares, never_stop);
}

// H, M and L of the values in their order.
std::string tiers(const TierCuts &cuts, const std::vector<double> &values) {
    std::string letters;
    for (const double value : values) letters += "LMH"[static_cast<int>(cuts.tier(value))];
    return letters;
}

const std::vector<double> ten = {60, 50, 30, 20, 15, 10, 6, 5, 3, 1};  // 200 together

TEST(ValueTier, WorkedExample) {
    EXPECT_EQ(tiers(by_customers(ten, {0.2, 0.5}), ten), "HHMMMLLLLL");
    EXPECT_EQ(tiers(by_revenue(ten, {0.2, 0.5}), ten), "HMLLLLLLLL");
    EXPECT_EQ(tiers(by_revenue(ten, {0.8, 0.95}), ten), "HHHHMMMLLL");
}

TEST(ValueTier, OrderOfTheValuesDoesNotMatter) {
    std::vector<double> shuffled = ten;
    std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(3));
    EXPECT_EQ(tiers(by_customers(shuffled, {0.2, 0.5}), ten), "HHMMMLLLLL");
    EXPECT_EQ(tiers(by_revenue(shuffled, {0.2, 0.5}), ten), "HMLLLLLLLL");
}

TEST(ValueTier, SharesOfWholeNumbersOfCustomersAreExact) {
    for (int count : {1, 2, 3, 7, 10, 49, 100, 1000}) {
        std::vector<double> values(count);
        for (int i = 0; i < count; ++i) values[i] = i;
        for (int places = 0; places <= count; ++places) {
            const double share = static_cast<double>(places) / count;
            const std::string letters = tiers(by_customers(values, {share, 1}), values);
            ASSERT_EQ(std::count(letters.begin(), letters.end(), 'H'), places) << "of " << count;
        }
    }
    // in decimals, whose product with 100 is not always the number
    std::vector<double> hundred(100);
    for (int i = 0; i < 100; ++i) hundred[i] = i;
    for (int percent = 1; percent < 100; ++percent) {
        const double share = std::stod("0." + std::string(percent < 10 ? "0" : "") + std::to_string(percent));
        EXPECT_EQ(tiers(by_customers(hundred, {share, 1}), hundred),
                  std::string(100 - percent, 'M') + std::string(percent, 'H'));
    }
}

TEST(ValueTier, GroupAcrossTheBound) {
    const std::vector<double> values = {9, 5, 5, 5, 1, 1, 1, 1, 1, 1};
    EXPECT_EQ(tiers(by_customers(values, {0.2, 0.5}), values), "HMMMLLLLLL");  // below
    EXPECT_EQ(tiers(by_revenue(values, {0.35, 0.8}), values), "HHHHLLLLLL");   // above: 9 of 30 are less than 0.35
}

TEST(ValueTier, LargestCustomerIsHighByRevenue) {
    const std::vector<double> values = {900, 20, 20, 20, 20, 20};
    EXPECT_EQ(tiers(by_revenue(values, {0.2, 0.5}), values), "HLLLLL");
    EXPECT_EQ(tiers(by_revenue({7}, {0.2, 0.5}), {7}), "H");
    EXPECT_EQ(tiers(by_customers({7}, {0.2, 0.5}), {7}), "L");
}

TEST(ValueTier, NoShareAndTheWholeShare) {
    EXPECT_EQ(tiers(by_customers(ten, {0, 1}), ten), "MMMMMMMMMM");
    EXPECT_EQ(tiers(by_revenue(ten, {0, 1}), ten), "MMMMMMMMMM");
}

TEST(ValueTier, ValuesOfZeroOrBelow) {
    const std::vector<double> values = {4, 1, 0.0, -0.0, -5};
    EXPECT_EQ(tiers(by_revenue(values, {0.5, 1}), values), "HMLLL");  // of 5, not of 0
    EXPECT_EQ(tiers(by_customers(values, {0.2, 0.6}), values), "HMLLL");
    EXPECT_EQ(tiers(by_revenue({0, -1}, {0.5, 1}), {0, -1}), "LL");
}

// 1.00, 0.99 ... 0.01, of which most are no doubles: a share that some of them reach on paper is reached.
TEST(ValueTier, SharesOfRoundedDecimalsAreExact) {
    std::vector<double> values;
    int total = 0;
    for (int cents = 100; cents > 0; --cents) {
        values.push_back(cents / 100.0);
        total += cents;
    }
    int larger = 0;
    for (int places = 1; places < 100; ++places) {
        larger += 101 - places;
        const double share = static_cast<double>(larger) / total;
        EXPECT_EQ(tiers(by_revenue(values, {share, 1}), values),
                  std::string(places, 'H') + std::string(100 - places, 'M'));
    }
}

TEST(ValueTier, TotalBeyondDoubleThrows) {
    EXPECT_THROW(by_revenue({1e308, 1e308}, {0.2, 0.5}), std::overflow_error);
    EXPECT_NO_THROW(by_customers({1e308, 1e308}, {0.2, 0.5}));
}

TEST(ValueTier, EndsEarlyOnRequest) {
    std::vector<double> values(50000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i * 7919 % 50000);
    EXPECT_THROW(tiers_by_revenue(values.data(), values.size(), {0.2, 0.5}, [] { return true; }), Stopped);
    EXPECT_THROW(tiers_by_customers(values.data(), values.size(), {0.2, 0.5}, [] { return true; }), Stopped);
}

}  // namespace
}  // namespace cltv

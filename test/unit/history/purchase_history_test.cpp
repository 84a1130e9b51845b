#include "core/history/purchase_history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <vector>

namespace cltv {
namespace {

struct Row {
    Day day;
    std::optional<double> amount;
};

// Owns a record and gives it more room when asked, as the server's side does.
class Owner {
  public:
    explicit Owner(uint32_t capacity = 0) : memory_(words(capacity)) {
        PurchaseHistory::start(memory_.data(), capacity);
    }

    PurchaseHistory &history() { return *reinterpret_cast<PurchaseHistory *>(memory_.data()); }

    Outcome add(const Row &row) {
        const auto once = [&] {
            return row.amount ? add_amount(history(), row.day, *row.amount) : add_unknown_amount(history(), row.day);
        };
        const Outcome outcome = once();
        if (outcome != Outcome::no_room) return outcome;
        grow(history().used + 1);
        return once();
    }

    Outcome take(const Owner &from) {
        const PurchaseHistory &other = const_cast<Owner &>(from).history();
        if (merged_days(history(), other) > history().capacity) grow(merged_days(history(), other));
        return merge(history(), other);
    }

    bool same_as(Owner &other) {
        PurchaseHistory a = history(), b = other.history();
        a.capacity = b.capacity;
        return std::memcmp(&a, &b, sizeof a) == 0 &&
               std::memcmp(history().days(), other.history().days(), a.used * sizeof(PurchaseDay)) == 0;
    }

  private:
    static std::vector<double> words(uint32_t capacity) {
        if (capacity > PurchaseHistory::largest_capacity()) throw std::length_error("a history is below 1 GB");
        return std::vector<double>((PurchaseHistory::bytes(capacity) + 7) / 8);
    }

    void grow(uint32_t capacity) {
        std::vector<double> larger = words(capacity);
        PurchaseHistory::copy(larger.data(), capacity, history());
        memory_.swap(larger);
    }

    std::vector<double> memory_;
};

Owner of(const std::vector<Row> &rows) {
    Owner owner;
    for (const Row &row : rows) EXPECT_EQ(owner.add(row), Outcome::done);
    return owner;
}

std::vector<Row> random_rows(std::mt19937 &random, int count) {
    std::vector<Row> rows;
    for (int i = 0; i < count; ++i) {
        Row row{static_cast<Day>(2451545 + random() % 40), std::nullopt};
        if (random() % 8 != 0) row.amount = static_cast<double>(static_cast<int>(random() % 20000) - 2000) / 100;
        rows.push_back(row);
    }
    return rows;
}

TEST(DoubleDouble, KeepsWhatADoubleLoses) {
    DoubleDouble sum{0, 0};
    for (const double x : {1e16, 1.0, 1.0, -1e16}) sum = sum + x;
    EXPECT_EQ(sum.hi, 2);
    EXPECT_EQ(sum.lo, 0);
}

TEST(DoubleDouble, SumsOfCentsAreTheSamePairInAnyOrderAndGrouping) {
    std::mt19937 random(7);
    std::vector<double> amounts;
    for (int i = 0; i < 1000; ++i) amounts.push_back(static_cast<double>(random() % 1000000000) / 100);
    DoubleDouble first{0, 0};
    for (const double x : amounts) first = first + x;
    for (int round = 0; round < 50; ++round) {
        std::shuffle(amounts.begin(), amounts.end(), random);
        DoubleDouble parts[3] = {};
        for (std::size_t i = 0; i < amounts.size(); ++i) parts[i % 3] = parts[i % 3] + amounts[i];
        const DoubleDouble sum = parts[round % 3] + (parts[(round + 1) % 3] + parts[(round + 2) % 3]);
        ASSERT_EQ(sum.hi, first.hi);
        ASSERT_EQ(sum.lo, first.lo);
        ASSERT_TRUE(is_normal_pair(sum));
    }
}

TEST(DoubleDouble, NormalPairs) {
    EXPECT_TRUE(is_normal_pair({0, 0}));
    EXPECT_TRUE(is_normal_pair({1, std::ldexp(1, -53)}));
    EXPECT_FALSE(is_normal_pair({1, std::ldexp(1.5, -53)}));
    EXPECT_FALSE(is_normal_pair({0, 1}));
    EXPECT_FALSE(is_normal_pair({-0.0, 0}));
    EXPECT_FALSE(is_normal_pair({1, -0.0}));
    EXPECT_FALSE(is_normal_pair({std::numeric_limits<double>::infinity(), 0}));
    EXPECT_FALSE(is_normal_pair({1, std::numeric_limits<double>::quiet_NaN()}));
}

TEST(PurchaseHistory, AgreesWithCountingByHand) {
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        const std::vector<Row> rows = random_rows(random, 1 + static_cast<int>(random() % 30));
        std::map<Day, std::vector<double>> days;
        int64_t orders = 0, cents = 0;
        for (const Row &row : rows) {
            if (row.amount) cents += std::llround(*row.amount * 100);
            if (row.amount.value_or(0) < 0) continue;
            ++orders;
            auto &amounts = days[row.day];
            if (row.amount) amounts.push_back(*row.amount);
        }
        Owner owner = of(rows);
        ASSERT_EQ(flaw(owner.history()), nullptr);
        const RfmSummary summary = summarise(owner.history(), 2451545 + 100);
        ASSERT_EQ(summary.orders, orders);
        ASSERT_NEAR(summary.revenue, static_cast<double>(cents) / 100, 1e-9);
        ASSERT_EQ(summary.purchased, !days.empty());
        if (days.empty()) continue;
        ASSERT_EQ(summary.frequency, static_cast<int64_t>(days.size()) - 1);
        ASSERT_EQ(summary.recency, days.rbegin()->first - days.begin()->first);
        ASSERT_EQ(summary.tenure, 2451645 - days.begin()->first);
        double spend = 0;
        int known_days = 0;
        for (auto day = std::next(days.begin()); day != days.end(); ++day) {
            for (const double amount : day->second) spend += amount;
            known_days += !day->second.empty();
        }
        ASSERT_EQ(summary.has_monetary_value, known_days > 0);
        if (known_days > 0) {
            ASSERT_NEAR(summary.monetary_value, spend / known_days, 1e-9);
        }
    }
}

TEST(PurchaseHistory, OrderAndPartitionDoNotMatter) {
    std::mt19937 random(13);
    for (int round = 0; round < 300; ++round) {
        std::vector<Row> rows = random_rows(random, static_cast<int>(random() % 40));
        Owner whole = of(rows);
        std::shuffle(rows.begin(), rows.end(), random);
        Owner parts[4];
        for (const Row &row : rows) ASSERT_EQ(parts[random() % 4].add(row), Outcome::done);
        Owner merged;
        for (const Owner &part : parts) ASSERT_EQ(merged.take(part), Outcome::done);
        ASSERT_TRUE(merged.same_as(whole));
        ASSERT_EQ(flaw(merged.history()), nullptr);
    }
}

// Profits: every row is a purchase, and money of either sign is summed on its day.
TEST(PurchaseHistory, SignedAmountsArePurchasesInAnyOrderAndPartition) {
    std::mt19937 random(17);
    const auto signed_owner = [] {
        Owner owner;
        owner.history().flags = PurchaseHistory::signed_flag;
        return owner;
    };
    for (int round = 0; round < 300; ++round) {
        std::vector<Row> rows = random_rows(random, 1 + static_cast<int>(random() % 40));
        for (Row &row : rows)
            if (row.amount) *row.amount = std::round((*row.amount - 80) * 100) / 100;
        std::map<Day, int64_t> cents;
        std::map<Day, bool> known;
        int64_t all_cents = 0;
        for (const Row &row : rows) {
            known[row.day] = known[row.day] || row.amount;
            if (!row.amount) continue;
            cents[row.day] += std::llround(*row.amount * 100);
            all_cents += std::llround(*row.amount * 100);
        }
        Owner whole = signed_owner();
        for (const Row &row : rows) ASSERT_EQ(whole.add(row), Outcome::done);
        ASSERT_EQ(flaw(whole.history()), nullptr);
        std::shuffle(rows.begin(), rows.end(), random);
        Owner parts[3] = {signed_owner(), signed_owner(), signed_owner()};
        for (const Row &row : rows) ASSERT_EQ(parts[random() % 3].add(row), Outcome::done);
        Owner merged;
        for (const Owner &part : parts) {
            if (const_cast<Owner &>(part).history().is_empty()) continue;
            ASSERT_EQ(merged.take(part), Outcome::done);
        }
        ASSERT_TRUE(merged.same_as(whole));

        const RfmSummary summary = summarise(whole.history(), 2451545 + 100);
        ASSERT_EQ(summary.orders, static_cast<int64_t>(rows.size()));
        ASSERT_EQ(summary.frequency, static_cast<int64_t>(known.size()) - 1);
        ASSERT_NEAR(summary.revenue, static_cast<double>(all_cents) / 100, 1e-9);
        int days = 0;
        double sum = 0;
        for (auto day = std::next(known.begin()); day != known.end(); ++day) {
            days += day->second;
            sum += static_cast<double>(cents[day->first]) / 100;
        }
        ASSERT_EQ(summary.has_monetary_value, days > 0);
        if (days > 0) {
            ASSERT_NEAR(summary.monetary_value, sum / days, 1e-9);
        }
        ASSERT_EQ(summary.has_first_value, known.begin()->second);
        if (summary.has_first_value) {
            ASSERT_NEAR(summary.first_value, static_cast<double>(cents[known.begin()->first]) / 100, 1e-9);
        }
    }
}

TEST(PurchaseHistory, KindsOfAmountsDoNotMerge) {
    Owner profits, revenue = of({{10, 1.0}}), empty;
    profits.history().flags = PurchaseHistory::signed_flag;
    ASSERT_EQ(profits.add({10, -3.0}), Outcome::done);
    EXPECT_FALSE(can_merge(profits.history(), revenue.history()));
    EXPECT_FALSE(can_merge(revenue.history(), profits.history()));
    EXPECT_TRUE(can_merge(empty.history(), profits.history()));
    ASSERT_EQ(empty.take(profits), Outcome::done);
    EXPECT_TRUE(empty.same_as(profits));
}

TEST(PurchaseHistory, FullMeansUnchanged) {
    Owner owner(1);
    ASSERT_EQ(owner.add({10, 5.0}), Outcome::done);
    const PurchaseHistory before = owner.history();
    ASSERT_EQ(add_amount(owner.history(), 9, 1), Outcome::no_room);
    EXPECT_EQ(std::memcmp(&before, &owner.history(), sizeof before), 0);
    EXPECT_EQ(add_amount(owner.history(), 10, 1), Outcome::done);
    EXPECT_EQ(add_amount(owner.history(), 9, -1), Outcome::done);
}

TEST(PurchaseHistory, NegativeZeroIsAPurchaseOfZero) {
    Owner owner = of({{10, -0.0}});
    EXPECT_FALSE(std::signbit(owner.history().first_spend.hi));
    EXPECT_EQ(flaw(owner.history()), nullptr);
    EXPECT_EQ(summarise(owner.history(), 10).orders, 1);
}

TEST(PurchaseHistory, TellsOverflow) {
    Owner owner = of({{10, 1e308}});
    EXPECT_EQ(owner.add({10, 1e308}), Outcome::overflow);
    Owner a = of({{10, 1e308}}), b = of({{10, 1e308}});
    EXPECT_EQ(a.take(b), Outcome::overflow);
    Owner two_days = of({{10, 1e308}, {11, 1e308}});
    EXPECT_FALSE(std::isfinite(summarise(two_days.history(), 20).revenue));
    for (const bool by_row : {true, false}) {
        Owner many = of({{10, 1.0}});
        many.history().orders = std::numeric_limits<int64_t>::max();
        EXPECT_EQ(by_row ? many.add({10, 1.0}) : many.take(b), Outcome::overflow);
    }
}

TEST(PurchaseHistory, WholeRangeOfDays) {
    Owner owner = of({{last_possible_day, 1.0}, {0, 2.0}});
    EXPECT_EQ(flaw(owner.history()), nullptr);
    EXPECT_EQ(summarise(owner.history(), last_possible_day).recency, last_possible_day);
}

TEST(PurchaseHistory, MergesOnlyWhatWasCutAtTheSameDay) {
    Owner cut = of({{10, 1.0}}), whole = of({{10, 1.0}}), empty;
    cut.history().as_of = 20;
    EXPECT_FALSE(can_merge(cut.history(), whole.history()));
    EXPECT_TRUE(can_merge(cut.history(), empty.history()));
    EXPECT_TRUE(can_merge(empty.history(), cut.history()));
    ASSERT_EQ(empty.take(cut), Outcome::done);
    EXPECT_TRUE(empty.same_as(cut));
}

TEST(PurchaseHistory, EveryForgedFieldIsFound) {
    const auto forged = [](auto change) {
        Owner owner = of({{10, 5.0}, {12, 7.0}, {13, std::nullopt}, {15, -1.0}});
        change(owner.history());
        return flaw(owner.history()) != nullptr;
    };
    EXPECT_FALSE(forged([](PurchaseHistory &) {}));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.version = 2; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.flags = PurchaseHistory::signed_flag; }));
    EXPECT_FALSE(forged([](PurchaseHistory &h) {
        h.flags = PurchaseHistory::signed_flag;
        h.refunds = {0, 0};
        h.first_spend = {-5, 0};
        h.last_row = 13;
    }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.flags = 2; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.as_of = 14; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.as_of = last_possible_day + 1; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.last_row = 12; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.last_row = no_day; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.last_row = last_possible_day + 1; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.orders = 2; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.orders = -3; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.used = 0; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.first_spend = {-5, 0}; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.first_spend = {5, 5}; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.repeat_spend = {-1, 0}; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.refunds = {1, 0}; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.refunds = {0, 0}; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.days()[1] = h.days()[0]; }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.days()[2] = PurchaseDay(11, true); }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.days()[2] = PurchaseDay(last_possible_day + 1, true); }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.days()[0] = PurchaseDay(10, false); }));
    EXPECT_TRUE(forged([](PurchaseHistory &h) { h.days()[1] = PurchaseDay(12, false); }));
}

}  // namespace
}  // namespace cltv

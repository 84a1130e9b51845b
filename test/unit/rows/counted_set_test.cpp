#include "core/rows/counted_set.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace cltv {
namespace {

using CustomerSet = CountedSet<CustomerCount>;
using SpendSet = CountedSet<SpendCount>;

// A set in memory of its own, as the server has it in a value.
template <class Row>
class OwnSet {
  public:
    OwnSet(Layout layout, std::uint32_t capacity) : memory_(CountedSet<Row>::bytes(capacity) / sizeof(double)) {
        layout == Layout::table ? CountedSet<Row>::start_table(memory_.data(), capacity)
                                : CountedSet<Row>::start(memory_.data(), capacity);
    }
    CountedSet<Row> &get() { return *reinterpret_cast<CountedSet<Row> *>(memory_.data()); }

    void add(const Row &row) {
        ASSERT_FALSE(get().is_full());
        get().add(row);
    }
    void add_soon(const Row &row) {
        const Row due = get().exchange_waiting(row);
        if (due.count != 0) add(due);
    }

  private:
    std::vector<double> memory_;
};

template <class Row>
std::vector<Row> rows_of(CountedSet<Row> &set) {
    std::vector<Row> storage;
    const View<Row> rows = sorted_rows(set, storage, never_stop);
    return {rows.begin(), rows.end()};
}

template <class Row>
std::vector<Numbers<Row>> numbers_of(const std::vector<Row> &rows) {
    std::vector<Numbers<Row>> numbers;
    for (const Row &row : rows) numbers.push_back(numbers_of(row));
    return numbers;
}

// The same by a standard map.
template <class Row>
std::vector<Numbers<Row>> counted(const std::vector<Row> &rows) {
    std::map<Numbers<Row>, double> counts;
    for (const Row &row : rows) {
        Numbers<Row> columns = numbers_of(row);
        columns.back() = 0;
        counts[columns] += row.count;
    }
    std::vector<Numbers<Row>> result;
    for (const auto &[columns, count] : counts) {
        result.push_back(columns);
        result.back().back() = count;
    }
    return result;
}

template <class Row>
void expect_counted(const std::vector<Row> &rows) {
    OwnSet<Row> set(Layout::table, CountedSet<Row>::capacity_for(rows.size()));
    for (const Row &row : rows) set.add(row);
    EXPECT_EQ(numbers_of(rows_of(set.get())), counted(rows));
}

std::vector<CustomerCount> customers(std::size_t size, double unit) {
    std::mt19937 random(7);
    std::vector<CustomerCount> rows;
    for (std::size_t i = 0; i < size; ++i) {
        const double tenure = random() % 100, recency = random() % 100, frequency = random() % 5;
        rows.push_back({{frequency, recency * unit, tenure * unit}, 1});
    }
    return rows;
}

TEST(CountedSet, RowsFillTheirStructs) {
    EXPECT_EQ(sizeof(CustomerSet), 32u);
    EXPECT_EQ(sizeof(SpendSet), 32u);
    EXPECT_EQ(CustomerSet::bytes(CustomerSet::capacity_for(1)), 256u);
}

TEST(CountedSet, CapacityLeavesRoom) {
    for (std::uint64_t rows = 1; rows < 40'000'000; rows += 1 + rows / 7) {
        const std::uint32_t capacity = CustomerSet::capacity_for(rows);
        EXPECT_LE(CustomerSet::bytes(capacity), largest_growable_bytes);
        if (capacity == CustomerSet::largest_capacity()) {
            EXPECT_GT(rows, 12'000'000u);
            continue;
        }
        EXPECT_GE(CustomerSet::limit(capacity), rows);
        EXPECT_LT(CustomerSet::limit(capacity), capacity);
    }
    EXPECT_EQ(CustomerSet::capacity_for(std::numeric_limits<std::uint64_t>::max()), CustomerSet::largest_capacity());
    // The waiting line takes places from a table, but never all of the free ones.
    EXPECT_GT(CustomerSet::capacity_with_line / 8, CustomerSet::line_length);
}

TEST(CountedSet, CountsEqualRows) {
    for (const std::size_t size : {0, 1, 5, 6, 7, 100, 3000, 50000}) {
        expect_counted(customers(size, 1));
        expect_counted(customers(size, 0.3));
        expect_counted(customers(size, 1e-310));  // denormal numbers
        expect_counted(customers(size, 1e300));
        expect_counted(customers(size, 12345678));  // whole, but too large for the key
    }
}

TEST(CountedSet, AnOutlierDoesNotDisturbTheOrder) {
    std::vector<CustomerCount> rows = customers(3000, 0.7);
    rows.push_back({{9007199254740992.0, 1e308, std::numeric_limits<double>::max()}, 3});
    expect_counted(rows);
    rows.push_back({{1, 4294967295.0, 4294967296.0}, 2});
    expect_counted(rows);
}

TEST(CountedSet, CountsSpend) {
    std::mt19937 random(11);
    std::vector<SpendCount> rows;
    for (int i = 0; i < 20000; ++i) rows.push_back({{1.0 + random() % 9, (random() % 4000 + 1) / 100.0}, 1});
    expect_counted(rows);
}

TEST(CountedSet, NumbersBelowZeroAreInOrder) {
    for (const double unit : {1.0, 0.3, 1e-310, 1e300}) {
        std::vector<SpendCount> rows;
        for (int i = -2000; i < 3000; ++i) rows.push_back({{i * 7919 % 61 * unit, i * unit}, 1});
        expect_counted(rows);
        rows.push_back({{-9007199254740992.0, -std::numeric_limits<double>::max()}, 1});
        expect_counted(rows);
        rows.push_back({{-std::numeric_limits<double>::max(), 0}, 1});
        rows.push_back({{std::numeric_limits<double>::max(), 0}, 1});  // their range is infinite
        expect_counted(rows);
    }
}

TEST(CountedSet, AFullTableStillFindsEveryRow) {
    OwnSet<SpendCount> set(Layout::table, SpendSet::capacity_for(1));
    std::vector<SpendCount> rows;
    while (!set.get().is_full()) {
        rows.push_back({{1.0 + rows.size(), 2.5}, 1});
        set.add(rows.back());
    }
    for (const SpendCount &row : rows) EXPECT_EQ(set.get().slot_of(row)->count, 1);
    EXPECT_EQ(set.get().slot_of({{0.5, 2.5}, 1})->count, 0);
    EXPECT_EQ(rows_of(set.get()).size(), rows.size());
}

TEST(CountedSet, TheWaitingLineLosesNobody) {
    const std::vector<CustomerCount> rows = customers(40000, 1);
    const std::uint32_t capacity = CustomerSet::capacity_for(40000);
    ASSERT_GE(capacity, CustomerSet::capacity_with_line);
    for (const std::size_t size : {1, 15, 16, 17, 40000}) {
        OwnSet<CustomerCount> set(Layout::table, capacity);
        const std::vector<CustomerCount> some(rows.begin(), rows.begin() + size);
        for (const CustomerCount &row : some) set.add_soon(row);
        EXPECT_LE(rows_of(set.get()).size(), set.get().most_rows());
        EXPECT_EQ(numbers_of(rows_of(set.get())), counted(some));
    }
    // Sixteen equal rows in the line, and one in its place.
    OwnSet<CustomerCount> set(Layout::table, capacity);
    for (int i = 0; i < 17; ++i) set.add_soon({{1, 2, 3}, 1});
    ASSERT_EQ(rows_of(set.get()).size(), 1u);
    EXPECT_EQ(rows_of(set.get())[0].count, 17);
}

TEST(CountedSet, SortedRowsAreReadInPlace) {
    OwnSet<CustomerCount> set(Layout::sorted, 2);
    set.get().rows()[0] = {{1, 2, 3}, 4};
    set.get().rows()[1] = {{1, 2, 4}, 5};
    set.get().used = 2;
    std::vector<CustomerCount> storage;
    const View<CustomerCount> rows = sorted_rows(set.get(), storage, never_stop);
    EXPECT_EQ(rows.data, set.get().rows());
    EXPECT_EQ(rows.size, 2u);
    EXPECT_TRUE(storage.empty());
    EXPECT_EQ(total_count(rows), 9);
}

TEST(CountedSet, HashesSpreadWholeNumbers) {
    // Days and counts must not crowd: the fullest of 1024 buckets of 1,000 rows each on average.
    std::vector<int> buckets(1024);
    int rows = 0;
    for (int frequency = 0; frequency < 16; ++frequency)
        for (int recency = 0; recency < 160; ++recency)
            for (int tenure = 0; tenure < 400; ++tenure, ++rows)
                ++buckets[hash_of(CustomerCount{{1.0 * frequency, 1.0 * recency, 1.0 * tenure}, 1}) >> 22];
    EXPECT_EQ(rows, 1024 * 1000);
    EXPECT_LT(*std::max_element(buckets.begin(), buckets.end()), 1300);
    EXPECT_GT(*std::min_element(buckets.begin(), buckets.end()), 700);
}

int polls_left = 0;
bool stop_soon() { return --polls_left < 0; }

TEST(CountedSet, SortingEndsWhenAskedTo) {
    OwnSet<CustomerCount> set(Layout::table, CustomerSet::capacity_for(40000));
    for (const CustomerCount &row : customers(40000, 1)) set.add(row);
    int stops = 0;
    for (int polls = 0; polls < 1000; ++polls) {
        polls_left = polls;
        std::vector<CustomerCount> storage;
        try {
            const View<CustomerCount> rows = sorted_rows(set.get(), storage, stop_soon);
            EXPECT_EQ(rows.size, set.get().used);
            break;
        } catch (const Stopped &) {
            ++stops;
        }
    }
    EXPECT_GT(stops, 8);
    EXPECT_LT(stops, 1000);
    // Unlucky rows, of which all have one key, are sorted by comparison, which ends early too.
    OwnSet<SpendCount> crowd(Layout::table, SpendSet::capacity_for(100000));
    crowd.add({{1, 1e300}, 1});
    for (int i = 1; i < 99999; ++i) crowd.add({{1, i * 0.01}, 1});
    polls_left = 30;
    std::vector<SpendCount> storage;
    EXPECT_THROW(sorted_rows(crowd.get(), storage, stop_soon), Stopped);
    EXPECT_EQ(rows_of(crowd.get()).size(), 99999u);
}

}  // namespace
}  // namespace cltv

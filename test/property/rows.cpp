#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include "core/base/double_double.hpp"
#include "core/rows/counted_set.hpp"
#include "core/segments/rfm.hpp"
#include "core/segments/rfm_segment.hpp"
#include "property.hpp"

namespace cltv::property {

namespace {

// A set in memory of its own, as the server has it in a value, that grows as there.
template <class Row>
class OwnSet {
public:
    OwnSet(Layout layout, std::uint32_t capacity) : memory_(CountedSet<Row>::bytes(capacity) / sizeof(double)) {
        layout == Layout::table ? CountedSet<Row>::start_table(memory_.data(), capacity)
                                : CountedSet<Row>::start(memory_.data(), capacity);
    }
    CountedSet<Row> &get() { return *reinterpret_cast<CountedSet<Row> *>(memory_.data()); }

    void add_soon(const Row &row) {
        const Row due = get().waiting == 0 ? row : get().exchange_waiting(row);
        if (due.count == 0) return;
        if (get().is_full()) {
            OwnSet larger(Layout::table, CountedSet<Row>::capacity_for(get().used + 1));
            ASSERT_GT(larger.get().capacity, get().capacity);
            const Row *slots = get().rows();
            for (std::uint32_t i = 0; i < get().capacity; ++i)
                if (slots[i].count != 0) larger.get().add(slots[i]);
            memory_.swap(larger.memory_);
        }
        get().add(due);
    }

private:
    std::vector<double> memory_;
};

// Neither NaN nor -0.
double any_column(Source &source) {
    const double kind = source.uniform();
    if (kind < 0.5) return source.count(20);
    if (kind < 0.6) return -source.count(20) + 0.0;
    if (kind < 0.8) return source.count(9e15);
    return std::exp(source.between(-740, 709));
}

// Adds rows to a set and to a map, in two orders; the sorted rows are those of the map.
template <class Row>
void check_set(Source &source) {
    using Columns = Numbers<Row>;
    const int distinct = source.number(1, 40), rows = static_cast<int>(source.count(400));
    std::vector<Row> pool;
    for (int i = 0; i < distinct; ++i) {
        Columns numbers;
        for (double &number : numbers) number = any_column(source);
        pool.push_back(row_of<Row>(numbers));
    }
    const std::uint32_t capacity = CountedSet<Row>::capacity_for(source.chance(0.1) ? 4000 : 1);
    OwnSet<Row> set(Layout::table, capacity), reversed(Layout::table, CountedSet<Row>::capacity_for(1));
    std::map<Columns, double> expected;
    std::vector<Row> added;
    for (int i = 0; i < rows; ++i) {
        Row row = pool[static_cast<std::size_t>(source.number(0, distinct - 1))];
        row.count = source.whole(1, 5);
        added.push_back(row);
        Columns columns = numbers_of(row);
        columns.back() = 0;
        expected[columns] += row.count;
    }
    for (const Row &row : added) set.add_soon(row);
    std::for_each(added.rbegin(), added.rend(), [&](const Row &row) { reversed.add_soon(row); });
    ASSERT_GE(set.get().most_rows(), expected.size());
    ASSERT_LT(set.get().used, set.get().capacity);

    std::vector<Row> storage, other_storage;
    const View<Row> sorted = sorted_rows(set.get(), storage, never_stop);
    const View<Row> other = sorted_rows(reversed.get(), other_storage, never_stop);
    ASSERT_EQ(sorted.size, expected.size());
    ASSERT_EQ(other.size, expected.size());
    EXPECT_TRUE(sorted.size == 0 || std::memcmp(sorted.data, other.data, sorted.size * sizeof(Row)) == 0);
    double total = 0;
    const Row *at = sorted.begin();
    for (const auto &[columns, count] : expected) {
        Columns here = numbers_of(*at);
        EXPECT_EQ(here.back(), count);
        here.back() = 0;
        EXPECT_EQ(here, columns);
        EXPECT_TRUE(same_columns(*at, row_of<Row>(columns)) && hash_of(*at) == hash_of(row_of<Row>(columns)));
        EXPECT_TRUE(at == sorted.begin() || (columns_before(at[-1], *at) && !columns_before(*at, at[-1])));
        total += count;
        ++at;
    }
    EXPECT_EQ(total_count(sorted), total);

    // What is sorted already is read in place.
    OwnSet<Row> stored(Layout::sorted, static_cast<std::uint32_t>(sorted.size));
    std::copy(sorted.begin(), sorted.end(), stored.get().rows());
    stored.get().used = static_cast<std::uint32_t>(sorted.size);
    EXPECT_EQ(sorted_rows(stored.get(), storage, never_stop).data, stored.get().rows());

    const double room = source.count(4e7);
    const std::uint32_t enough = CountedSet<Row>::capacity_for(static_cast<std::uint64_t>(room));
    EXPECT_TRUE(CountedSet<Row>::limit(enough) >= room || enough == CountedSet<Row>::largest_capacity()) << room;
    EXPECT_LE(CountedSet<Row>::bytes(enough), largest_growable_bytes);
    EXPECT_LT(CountedSet<Row>::limit(enough), enough);
}

}  // namespace

void counted_sets(Source &source) {
    const double kind = source.uniform();
    if (kind < 0.4)
        check_set<CustomerCount>(source);
    else if (kind < 0.7)
        check_set<SpendCount>(source);
    else
        check_set<ContractCount>(source);
}

// Amounts in 1024ths, whose sums are whole numbers of them and exact in 106 bits, in any order and by parts.
void double_doubles(Source &source) {
    using boost::multiprecision::int128_t;  // the compiler's own is missing on 32 bits
    constexpr double unit = 1.0 / 1024;
    std::vector<double> amounts(static_cast<std::size_t>(source.number(1, 60)));
    int128_t exact = 0;
    DoubleDouble forward{0, 0}, backward{0, 0}, parts[3] = {};
    for (double &amount : amounts) {
        const double whole = (source.chance(0.3) ? -1 : 1) * source.count(9e15);
        exact += static_cast<int128_t>(whole);
        amount = whole * unit;
        forward = forward + amount;
        DoubleDouble &part = parts[source.number(0, 2)];
        part = part + amount;
    }
    std::for_each(amounts.rbegin(), amounts.rend(), [&](double amount) { backward = backward + amount; });
    const DoubleDouble joined = parts[0] + parts[1] + parts[2];
    EXPECT_EQ(static_cast<int128_t>(forward.hi / unit) + static_cast<int128_t>(forward.lo / unit), exact);
    EXPECT_TRUE(forward.hi == backward.hi && forward.lo == backward.lo);
    EXPECT_TRUE(forward.hi == joined.hi && forward.lo == joined.lo);
    EXPECT_EQ(forward.hi + forward.lo, forward.hi);
    EXPECT_TRUE(is_normal_pair({forward.hi + 0.0, forward.lo + 0.0}));

    // A product of whole numbers below 2^53, and its quotient.
    const double m = source.count(9e15), n = source.count(9e15) + 1;
    const DoubleDouble product = two_product(m, n), twice = product * n;
    EXPECT_EQ(static_cast<int128_t>(product.hi) + static_cast<int128_t>(product.lo),
              static_cast<int128_t>(m) * static_cast<int128_t>(n));
    EXPECT_NEAR(quotient(product, {n, 0}), m, 2e-16 * m);
    if (m > 0) {
        EXPECT_NEAR(quotient(twice, product), n, 4e-16 * n);
    }

    const double a = source.between(-1, 1) * source.log_uniform(1e-100, 1e100), b = source.between(-1, 1);
    const DoubleDouble sum = two_sum(a, b), other = two_sum(b, a);
    EXPECT_TRUE(sum.hi == a + b && sum.hi == other.hi && sum.lo == other.lo);
    const DoubleDouble fast = std::fabs(a) >= std::fabs(b) ? fast_two_sum(a, b) : fast_two_sum(b, a);
    EXPECT_TRUE(fast.hi == sum.hi && fast.lo == sum.lo);
    EXPECT_EQ(two_sum(sum.hi, sum.lo).lo, sum.lo);
    EXPECT_FALSE(is_normal_pair({a, infinity}) || is_normal_pair({std::nan(""), 0}) || is_normal_pair({0, -0.0}) ||
                 is_normal_pair({-0.0, 0}) || is_normal_pair({1, 1}));
}

// The cut points are values whose places in sorted order are those of percentile_disc.
void rfm_scores(Source &source) {
    const int bins = source.number(rfm_min_bins, rfm_max_bins), spread = source.number(1, 1000);
    std::vector<double> values(static_cast<std::size_t>(source.count(300)));
    for (double &value : values) value = source.number(0, spread);
    std::vector<double> sorted = values, shuffled = values;
    std::sort(sorted.begin(), sorted.end());
    const CutPoints<double> cuts = select_cut_points(shuffled.data(), shuffled.size(), bins, never_stop);
    if (values.empty()) {
        EXPECT_TRUE(cuts.count == 0 && cuts.score(7) == 1);
        return;
    }
    ASSERT_EQ(cuts.count, bins - 1);
    for (int k = 1; k < bins; ++k) {
        const std::size_t place = percentile_disc_position(k, bins, sorted.size());
        ASSERT_LT(place, sorted.size());
        EXPECT_EQ(cuts.at[k - 1], sorted[place]) << k << " of " << bins;
    }
    int before = 1;
    for (const double value : sorted) {
        const int score = cuts.score(value);
        EXPECT_TRUE(score >= before && score <= bins) << score << " after " << before;
        before = score;
    }
    const int score = source.number(1, bins), quintile = quintile_of_score(score, bins);
    EXPECT_TRUE(quintile >= 1 && quintile <= 5 && quintile >= quintile_of_score(std::max(score - 1, 1), bins));
    EXPECT_EQ(quintile_of_score(bins, bins), 5);
    EXPECT_EQ(quintile_of_score(bins + 1 - score, bins) + quintile, 6 + (8 * (score - 1) % (2 * (bins - 1)) == bins - 1));
}

}  // namespace cltv::property

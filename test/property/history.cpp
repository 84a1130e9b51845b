#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <vector>

#include "core/history/purchase_history.hpp"
#include "property.hpp"

namespace cltv::property {

namespace {

struct OrderRow {
    Day day;
    bool known;
    double amount;
};

// A history in memory of its own, which grows as the server lets it.
class OwnHistory {
public:
    OwnHistory() : memory_(PurchaseHistory::smallest_bytes / sizeof(std::uint64_t)) {
        PurchaseHistory::start(memory_.data(), PurchaseHistory::capacity_for(1));
    }

    PurchaseHistory &get() { return *reinterpret_cast<PurchaseHistory *>(memory_.data()); }

    void reserve(std::uint32_t days) {
        if (days <= get().capacity) return;
        std::vector<std::uint64_t> larger((PurchaseHistory::bytes(days) + 7) / 8);
        PurchaseHistory::copy(larger.data(), days, get());
        memory_.swap(larger);
    }

    void add(const OrderRow &row) {
        Outcome outcome;
        while ((outcome = row.known ? add_amount(get(), row.day, row.amount) : add_unknown_amount(get(), row.day)) ==
               Outcome::no_room)
            reserve(2 * get().capacity);
        ASSERT_EQ(outcome, Outcome::done);
    }

    void add(OwnHistory &other) {
        reserve(merged_days(get(), other.get()));
        ASSERT_TRUE(can_merge(get(), other.get()));
        ASSERT_EQ(merge(get(), other.get()), Outcome::done);
    }

    bool operator==(OwnHistory &other) {
        PurchaseHistory &a = get(), &b = other.get();
        const auto same = [](DoubleDouble x, DoubleDouble y) { return x.hi == y.hi && x.lo == y.lo; };
        return a.last_row == b.last_row && a.used == b.used && a.orders == b.orders &&
               same(a.first_spend, b.first_spend) && same(a.repeat_spend, b.repeat_spend) && same(a.refunds, b.refunds) &&
               std::memcmp(a.days(), b.days(), a.used * sizeof(PurchaseDay)) == 0;
    }

private:
    std::vector<std::uint64_t> memory_;
};

void check_summary(const RfmSummary &summary, const std::vector<OrderRow> &rows, Day as_of) {
    std::map<Day, bool> days;  // whether an amount of the day is known
    double cents = 0, repeat_cents = 0, orders = 0;
    bool money = false;
    for (const OrderRow &row : rows) {
        money = money || row.known;
        if (row.known) cents += std::round(100 * row.amount);
        if (row.known && row.amount < 0) continue;
        days[row.day] |= row.known;
        ++orders;
    }
    EXPECT_EQ(summary.purchased, !days.empty());
    EXPECT_EQ(summary.has_revenue, money);
    EXPECT_EQ(summary.orders, orders);
    EXPECT_NEAR(summary.revenue, cents / 100, 1e-9);
    if (days.empty()) return;
    const Day first = days.begin()->first, last = days.rbegin()->first;
    double known_repeats = 0;
    for (const auto &[day, known] : days) known_repeats += day != first && known;
    for (const OrderRow &row : rows)
        if (row.known && row.amount >= 0 && row.day != first) repeat_cents += std::round(100 * row.amount);
    EXPECT_TRUE(summary.first_order == first && summary.last_order == last);
    EXPECT_EQ(summary.frequency, static_cast<std::int64_t>(days.size()) - 1);
    EXPECT_EQ(summary.recency, last - first);
    EXPECT_EQ(summary.tenure, as_of - first);
    EXPECT_EQ(summary.has_monetary_value, known_repeats > 0);
    if (known_repeats > 0) {
        EXPECT_NEAR(summary.monetary_value, repeat_cents / 100 / known_repeats, 1e-9);
    }
}

}  // namespace

// Whatever the order of the rows, and in parts merged in any order, a history is the same, and it says what the rows
// say.
void purchase_histories(Source &source) {
    std::vector<OrderRow> rows(static_cast<std::size_t>(source.count(60)));
    const int days = source.number(1, 100);
    Day latest = 1000;
    for (OrderRow &row : rows) {
        row.day = 1000 + static_cast<Day>(source.number(0, days));
        row.known = source.chance(0.8);
        row.amount = (source.chance(0.2) ? -1 : 1) * source.count(1e5) / 100;
        latest = std::max(latest, row.day);
    }
    OwnHistory forward, backward, joined, parts[3];
    for (const OrderRow &row : rows) {
        forward.add(row);
        parts[source.number(0, 2)].add(row);
    }
    std::for_each(rows.rbegin(), rows.rend(), [&](const OrderRow &row) { backward.add(row); });
    for (OwnHistory &part : parts) joined.add(part);
    EXPECT_EQ(flaw(forward.get()), nullptr) << flaw(forward.get());
    EXPECT_TRUE(forward == backward);
    EXPECT_TRUE(forward == joined);
    EXPECT_EQ(forward.get().is_empty(), rows.empty());
    const Day as_of = latest + static_cast<Day>(source.number(0, 100));
    check_summary(summarise(forward.get(), as_of), rows, as_of);
}

// A history from outside has a flaw, or is as good as any: it merges and makes sense.
void forged_histories(Source &source) {
    OwnHistory history;
    PurchaseHistory &forged = history.get();
    const auto any_day = [&] { return source.chance(0.1) ? no_day : static_cast<Day>(source.count(4e9)); };
    const auto any_sum = [&] {
        const double hi = source.chance(0.3) ? 0 : (source.chance(0.2) ? -1 : 1) * source.log_uniform(1e-3, 1e308);
        return DoubleDouble{hi, source.chance(0.7) ? 0 : hi * source.log_uniform(1e-18, 1)};
    };
    forged.version = source.chance(0.05) ? 2 : PurchaseHistory::current_version;
    forged.flags = source.chance(0.05);
    forged.as_of = source.chance(0.7) ? no_day : any_day();
    forged.used = static_cast<std::uint32_t>(source.number(0, 6));
    Day day = static_cast<Day>(source.count(2e9));
    for (std::uint32_t i = 0; i < forged.used; ++i, day += static_cast<Day>(source.count(1000)))
        forged.days()[i] = PurchaseDay(source.chance(0.05) ? any_day() : day, source.chance(0.7));
    forged.last_row = source.chance(0.5) && forged.used > 0 ? forged.days()[forged.used - 1].day() : any_day();
    forged.orders = source.chance(0.1) ? -1 : static_cast<std::int64_t>(forged.used + source.count(10));
    forged.first_spend = any_sum();
    forged.repeat_spend = any_sum();
    forged.refunds = source.chance(0.6) ? DoubleDouble{0, 0} : any_sum();
    if (flaw(forged) != nullptr) return;

    if (!forged.is_empty()) {
        const RfmSummary summary = summarise(forged, forged.as_of == no_day ? forged.last_row : forged.as_of);
        EXPECT_EQ(summary.purchased, forged.used > 0);
        EXPECT_TRUE(summary.recency >= 0 && summary.recency <= summary.tenure);
        EXPECT_GE(summary.monetary_value, 0);
    }
    OwnHistory sum;
    sum.add(history);
    EXPECT_TRUE(sum == history);
    EXPECT_EQ(flaw(sum.get()), nullptr) << flaw(sum.get());
}

}  // namespace cltv::property

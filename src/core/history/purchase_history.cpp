#include "core/history/purchase_history.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace cltv {

namespace {

const PurchaseDay *find(const PurchaseHistory &history, Day day) {
    const PurchaseDay *end = history.days() + history.used;
    return std::lower_bound(history.days(), end, day, [](PurchaseDay a, Day b) { return a.day() < b; });
}

void see_row(PurchaseHistory &history, Day day) {
    if (history.is_empty() || day > history.last_row) history.last_row = day;
}

// Makes the day a purchase day if it is not one yet. If it is the new first day, the spend on the former first day
// becomes that of a repeat purchase.
Outcome add_order(PurchaseHistory &history, Day day, bool has_amount) {
    PurchaseDay *days = history.days();
    const uint32_t used = history.used;
    uint32_t place;
    if (used == 0 || day > days[used - 1].day())
        place = used;
    else if (day == days[used - 1].day())
        place = used - 1;
    else
        place = static_cast<uint32_t>(find(history, day) - days);

    if (place < used && days[place].day() == day) {
        days[place].add_amount(has_amount);
    } else {
        if (used == history.capacity) return Outcome::no_room;
        if (place < used) std::memmove(days + place + 1, days + place, (used - place) * sizeof *days);
        days[place] = PurchaseDay(day, has_amount);
        ++history.used;
        if (place == 0) {
            history.repeat_spend = history.repeat_spend + history.first_spend;
            history.first_spend = {0, 0};
        }
    }
    see_row(history, day);
    return __builtin_add_overflow(history.orders, int64_t{1}, &history.orders) ? Outcome::overflow : Outcome::done;
}

bool overflowed(const PurchaseHistory &history) {
    return !std::isfinite(history.first_spend.hi) || !std::isfinite(history.repeat_spend.hi) ||
           !std::isfinite(history.refunds.hi);
}

uint32_t known_days(const PurchaseHistory &history, uint32_t from) {
    uint32_t known = 0;
    for (uint32_t i = from; i < history.used; ++i) known += history.days()[i].has_amount();
    return known;
}

bool is_zero(DoubleDouble x) { return x.hi == 0; }

// Whether the history has not yet seen of which kind its customer's rows are.
bool goes_with_any(const PurchaseHistory &history) { return history.is_empty() && history.as_of == no_day; }

}  // namespace

Outcome add_amount(PurchaseHistory &history, Day day, double amount) {
    if (amount < 0 && !history.is_signed()) {
        history.refunds = history.refunds + amount;
        see_row(history, day);
        return std::isfinite(history.refunds.hi) ? Outcome::done : Outcome::overflow;
    }
    const Outcome outcome = add_order(history, day, true);
    if (outcome != Outcome::done) return outcome;
    amount += 0.0;  // -0 becomes 0
    if (day == history.days()[0].day())
        history.first_spend = history.first_spend + amount;
    else
        history.repeat_spend = history.repeat_spend + amount;
    return overflowed(history) ? Outcome::overflow : Outcome::done;
}

Outcome add_unknown_amount(PurchaseHistory &history, Day day) {
    const Outcome outcome = add_order(history, day, false);
    return outcome == Outcome::done && overflowed(history) ? Outcome::overflow : outcome;
}

bool can_merge(const PurchaseHistory &a, const PurchaseHistory &b) {
    return (a.as_of == b.as_of && a.flags == b.flags) || goes_with_any(a) || goes_with_any(b);
}

uint32_t merged_days(const PurchaseHistory &a, const PurchaseHistory &b) {
    uint32_t i = 0, j = 0, days = 0;
    for (; i < a.used && j < b.used; ++days) {
        const Day day_a = a.days()[i].day(), day_b = b.days()[j].day();
        i += day_a <= day_b;
        j += day_b <= day_a;
    }
    return days + (a.used - i) + (b.used - j);
}

Outcome merge(PurchaseHistory &into, const PurchaseHistory &from) {
    if (goes_with_any(into)) {
        into.as_of = from.as_of;
        into.flags = from.flags;
    }
    if (from.is_empty()) return Outcome::done;

    if (__builtin_add_overflow(into.orders, from.orders, &into.orders)) return Outcome::overflow;
    into.refunds = into.refunds + from.refunds;
    into.repeat_spend = into.repeat_spend + from.repeat_spend;
    see_row(into, from.last_row);
    if (from.used != 0) {
        const Day first_into = into.used == 0 ? no_day : into.days()[0].day();
        const Day first_from = from.days()[0].day();
        if (first_from == first_into) {
            into.first_spend = into.first_spend + from.first_spend;
        } else if (first_from > first_into) {
            into.repeat_spend = into.repeat_spend + from.first_spend;
        } else {
            into.repeat_spend = into.repeat_spend + into.first_spend;
            into.first_spend = from.first_spend;
        }
    }

    // From the back, so that the days of `into` move at most once and need no other room.
    const uint32_t merged = merged_days(into, from);
    uint32_t i = into.used, j = from.used;
    for (PurchaseDay *to = into.days() + merged; j > 0;) {
        const PurchaseDay theirs = from.days()[j - 1];
        if (i > 0 && into.days()[i - 1].day() >= theirs.day()) {
            *--to = into.days()[--i];
            if (to->day() != theirs.day()) continue;
            to->add_amount(theirs.has_amount());
        } else {
            *--to = theirs;
        }
        --j;
    }
    into.used = merged;
    return overflowed(into) ? Outcome::overflow : Outcome::done;
}

const char *flaw(const PurchaseHistory &history) {
    if (history.version != PurchaseHistory::current_version) return "The version is unknown.";
    if (history.flags & ~PurchaseHistory::signed_flag) return "The reserved flags are not zero.";
    if (history.is_signed() && goes_with_any(history)) return "A history of nothing has no kind of amounts.";
    if (history.as_of != no_day && history.as_of > last_possible_day) return "The day as_of is out of range.";
    if (history.last_row != no_day && history.last_row > last_possible_day) return "The last row's day is out of range.";

    const uint32_t used = history.used;
    for (uint32_t i = 0; i < used; ++i) {
        if (history.days()[i].day() > last_possible_day) return "A purchase day is out of range.";
        if (i > 0 && history.days()[i].day() <= history.days()[i - 1].day())
            return "The purchase days are not in ascending order.";
    }
    if (history.orders < used) return "There are fewer orders than purchase days.";
    if (used == 0 && history.orders != 0) return "There are orders but no purchase day.";

    if (!is_normal_pair(history.first_spend) || !is_normal_pair(history.repeat_spend) ||
        !is_normal_pair(history.refunds))
        return "A sum of money is not a normalised pair of finite numbers.";
    if (!history.is_signed() && (history.first_spend.hi < 0 || history.repeat_spend.hi < 0)) return "The spend is negative.";
    if (history.refunds.hi > 0) return "The refunds are positive.";
    if (history.is_signed() && !is_zero(history.refunds)) return "There are refunds where amounts are signed.";
    if (!is_zero(history.first_spend) && (used == 0 || !history.days()[0].has_amount()))
        return "There is spend on the first purchase day, but no order with an amount.";
    if (!is_zero(history.repeat_spend) && known_days(history, 1) == 0)
        return "There is spend on later purchase days, but no order with an amount.";

    if (history.last_row == no_day && (used != 0 || !is_zero(history.refunds))) return "The last row's day is missing.";
    if (history.last_row != no_day) {
        if (used != 0 && history.last_row < history.days()[used - 1].day())
            return "The last row is before the last purchase day.";
        if (is_zero(history.refunds) && (used == 0 || history.last_row != history.days()[used - 1].day()))
            return "The last row is neither a purchase nor a refund.";
        if (history.as_of != no_day && history.last_row > history.as_of) return "The last row is after as_of.";
    }
    return nullptr;
}

RfmSummary summarise(const PurchaseHistory &history, Day as_of) {
    RfmSummary summary{};
    const uint32_t used = history.used;
    const uint32_t known_repeats = known_days(history, 1);
    summary.orders = history.orders;
    summary.revenue = (history.first_spend + history.repeat_spend + history.refunds).hi;
    summary.has_revenue = !is_zero(history.refunds) || known_days(history, 0) != 0;
    summary.purchased = used != 0;
    if (!summary.purchased) return summary;

    summary.first_order = history.days()[0].day();
    summary.last_order = history.days()[used - 1].day();
    summary.frequency = static_cast<int64_t>(used) - 1;
    summary.recency = summary.last_order - summary.first_order;
    summary.tenure = as_of - summary.first_order;
    summary.has_monetary_value = known_repeats != 0;
    if (summary.has_monetary_value) summary.monetary_value = history.repeat_spend.hi / known_repeats;
    summary.has_first_value = history.days()[0].has_amount();
    if (summary.has_first_value) summary.first_value = history.first_spend.hi;
    return summary;
}

}  // namespace cltv

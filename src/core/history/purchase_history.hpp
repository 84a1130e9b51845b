// One customer's purchases: the sorted set of days on which the customer ordered, and the money. A flat record in
// memory owned by others, updated in place; the owner provides more room when a function asks for it.
#pragma once

#include "core/base/numbers_only.hpp"

#include <cstddef>
#include <cstdint>

#include "core/base/day.hpp"
#include "core/base/double_double.hpp"
#include "core/rows/growable.hpp"

namespace cltv {

// A day of the set, in the order of the days.
class PurchaseDay {
  public:
    PurchaseDay() = default;
    PurchaseDay(Day day, bool has_amount) : bits_(day << 1 | static_cast<uint32_t>(has_amount)) {}

    Day day() const { return bits_ >> 1; }
    bool has_amount() const { return bits_ & 1; }  // at least one of the day's orders has a known amount
    void add_amount(bool known) { bits_ |= static_cast<uint32_t>(known); }

    uint32_t bits() const { return bits_; }
    static PurchaseDay from_bits(uint32_t bits) { return PurchaseDay(bits >> 1, bits & 1); }

  private:
    uint32_t bits_;
};

struct PurchaseHistory : Growable<PurchaseHistory, PurchaseDay> {
    static constexpr std::size_t smallest_bytes = 128;  // one allocation of the server, 12 days

    int32_t length_word = 0;
    uint16_t version = current_version;
    uint16_t flags = 0;     // is_signed is the only one
    Day as_of = no_day;     // rows after it were left out; no_day: every row is in
    Day last_row = no_day;  // of purchases and refunds; no_day: there was no row
    uint32_t used = 0;      // purchase days
    uint32_t capacity = 0;
    int64_t orders = 0;
    DoubleDouble first_spend{};   // on the first purchase day
    DoubleDouble repeat_spend{};  // on the later ones
    DoubleDouble refunds{};       // zero or negative

    // What an amount below zero is: a refund or, where amounts are signed, as profits are, a purchase like any other.
    static constexpr uint16_t signed_flag = 1;
    bool is_signed() const { return flags & signed_flag; }

    PurchaseDay *days() { return rows(); }
    const PurchaseDay *days() const { return rows(); }
    bool is_empty() const { return last_row == no_day; }
};

static_assert(sizeof(PurchaseHistory) == 80 && sizeof(PurchaseDay) == 4);

enum class Outcome { done, no_room, overflow };

// Adds one order row. A finite amount below zero is a refund, which never makes a purchase day, unless the history is
// signed; any other row is a purchase. no_room: nothing has changed; try again with capacity for another day. overflow:
// the money exceeds what a double holds.
Outcome add_amount(PurchaseHistory &history, Day day, double amount);
Outcome add_unknown_amount(PurchaseHistory &history, Day day);

// Which histories can be merged: those cut at the same as_of, with amounts of the same kind; an empty one without as_of
// goes with any.
bool can_merge(const PurchaseHistory &a, const PurchaseHistory &b);

// The number of distinct days of the two together.
uint32_t merged_days(const PurchaseHistory &a, const PurchaseHistory &b);

// Takes the rows of `from` into `into`, which must have capacity for merged_days().
Outcome merge(PurchaseHistory &into, const PurchaseHistory &from);

// What is wrong with a record that came from outside, as a sentence; nullptr: nothing. Its days_used days must be
// there.
const char *flaw(const PurchaseHistory &history);

struct RfmSummary {
    bool purchased;  // false: only refunds; of the fields only orders (0) and revenue mean something
    bool has_monetary_value, has_first_value, has_revenue;
    int64_t frequency;
    double recency, tenure;
    double monetary_value;
    double first_value;
    int64_t orders;
    double revenue;  // infinite when it overflows
    Day first_order, last_order;
};

// Summarises what was observed until as_of, which must not be before the last row.
RfmSummary summarise(const PurchaseHistory &history, Day as_of);

}  // namespace cltv

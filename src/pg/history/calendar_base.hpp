// The SQL type calendar_base: customers with the days of their purchases, with or without attributes, and the calendar
// of these days; the state of the fits of models with a calendar.
#pragma once

#include "core/rows/calendar.hpp"
#include "core/rows/calendar_customers.hpp"
#include "pg/rows/counted_set.hpp"
#include "pg/rows/feature_base.hpp"

namespace cltv::pg {

using CalendarSet = CountedSet<CalendarRow>;

template <>
struct BaseType<CalendarRow> : AnyBase<CalendarRow> {
    static constexpr const char *name = "calendar_base";
    static CalendarRow checked(const Numbers<CalendarRow> &numbers) { return row_of<CalendarRow>(numbers); }
};

// A flat record: a header, the calendar, and a counted set of customers and days, in either of its layouts. If
// customers have attributes, the counted set has only the days, and is followed by a feature set (feature_base.hpp)
// with the customers, whose frequency, recency and tenure are in days.
struct CalendarBase {
    int32 vl_len_;  // varlena header
    uint16 version;
    uint16 has_features;
    Day as_of;
    uint32 calendar_bytes;

    static constexpr uint16 current_version = 1;

    const Calendar &calendar() const { return *reinterpret_cast<const Calendar *>(this + 1); }
    const CalendarSet *set() const {
        return reinterpret_cast<const CalendarSet *>(reinterpret_cast<const char *>(this + 1) + calendar_bytes);
    }
    const FeatureSet *features() const {
        if (has_features == 0) return nullptr;
        return reinterpret_cast<const FeatureSet *>(reinterpret_cast<const char *>(set()) + VARSIZE(set()));
    }
    FeatureSet *features() { return const_cast<FeatureSet *>(static_cast<const CalendarBase *>(this)->features()); }
    CalendarSet *set() { return const_cast<CalendarSet *>(static_cast<const CalendarBase *>(this)->set()); }
};
static_assert(sizeof(CalendarBase) == 16);

inline CalendarBase *calendar_base_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<CalendarBase *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

// A new base with these parts; features may be nullptr.
CalendarBase *new_base(Day as_of, const Calendar &calendar, const CalendarSet &set, const FeatureSet *features);

// Calls visit(frequency, recency, tenure, count) for each customer.
template <class Visit>
void for_each_customer(const CalendarBase &base, Visit &&visit) {
    const CalendarSet &set = *base.set();
    for_each_row(&set, [&visit](const CalendarRow &row) {
        if (!row.is_day()) visit(row.frequency, row.recency, row.tenure, row.count);
    });
    const FeatureSet *const features = base.features();
    for (uint32 i = 0; features != nullptr && i < features->used; ++i) {
        const FeatureCount &row = features->rows()[i];
        visit(row.target[0], row.target[1], row.target[2], row.count);
    }
}

// Raises 22023 where a repeat purchase is on a closed day of the calendar.
void check_open(const CalendarBase &base);

}  // namespace cltv::pg

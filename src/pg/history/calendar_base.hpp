// The SQL type calendar_base: customers with the days of their purchases, and the calendar of these days, the state of the
// fits of models with a calendar.
#pragma once

#include "core/rows/calendar.hpp"
#include "core/rows/calendar_customers.hpp"
#include "pg/rows/counted_set.hpp"

namespace cltv::pg {

using CalendarSet = CountedSet<CalendarRow>;

template <>
struct BaseType<CalendarRow> : AnyBase<CalendarRow> {
    static constexpr const char *name = "calendar_base";
    static CalendarRow checked(const Numbers<CalendarRow> &numbers) { return row_of<CalendarRow>(numbers); }
};

// Flat: a header, the calendar, and a counted set of customers and days, in either of its layouts.
struct CalendarBase {
    int32 vl_len_;  // varlena header
    uint16 version;
    uint16 reserved;
    Day as_of;
    uint32 calendar_bytes;

    static constexpr uint16 current_version = 1;

    const Calendar &calendar() const { return *reinterpret_cast<const Calendar *>(this + 1); }
    const CalendarSet *set() const {
        return reinterpret_cast<const CalendarSet *>(reinterpret_cast<const char *>(this + 1) + calendar_bytes);
    }
    CalendarSet *set() { return const_cast<CalendarSet *>(static_cast<const CalendarBase *>(this)->set()); }
};
static_assert(sizeof(CalendarBase) == 16);

inline CalendarBase *calendar_base_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<CalendarBase *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

// Raises 22023 where a repeat purchase is on a day on which the calendar is closed.
void check_open(const CalendarBase &base);

}  // namespace cltv::pg

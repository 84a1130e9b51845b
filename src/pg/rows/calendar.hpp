// The SQL type calendar: what is common to all customers on each day (core/rows/calendar.hpp).
#pragma once

#include "core/rows/calendar.hpp"
#include "pg/base/postgres.hpp"
#include "pg/base/scan.hpp"

namespace cltv::pg {

inline const Calendar *calendar_argument(FunctionCallInfo fcinfo, int number) {
    return reinterpret_cast<const Calendar *>(PG_DETOAST_DATUM(PG_GETARG_DATUM(number)));
}

// Makes a calendar of parts that have been checked; raises an error unless some day of its last year is open.
Calendar *new_calendar(Day first, Day last, const CalendarPart *parts, Size n);
bool is_open(const Calendar &calendar);
inline constexpr char closed_throughout[] = "No day of the last year of the calendar is open.";

// The text form, {"first":"2024-01-01","last":"2025-12-31","parts":[...]} with its parts in order, each one of
//     {"rule":"months"}
//     {"rule":"season","period":"year","harmonics":2}
//     {"columns":["sale","closed"],"days":[["2024-01-01",0,1],["2024-01-02",0,0]]}
// and with "on":"dropout" if it acts on dropout. A day's numbers hold up to the next day that is named. Keys of an
// object may come in any order, because jsonb has its own.
void append_calendar(StringInfo out, const Calendar &calendar);
Calendar *scan_calendar(Scanner &scan);

// Binary: first and last day, the number of parts, and for each its rule (plus 128 if it acts on dropout), period,
// number of columns and, for a table, the columns' names, the number of runs and, for each run, its first day and its
// values. type_name is for errors.
void send_calendar(StringInfo out, const Calendar &calendar);
Calendar *receive_calendar(StringInfo in, const char *type_name);

// "month" as a text in the server's memory.
const char *column_text(const Calendar &calendar, uint32 column);
bool is_of_dropout(const Calendar &calendar, uint32 column);

// Raises 22023 for days that a calendar does not cover.
[[noreturn]] void raise_before_calendar(const Calendar &calendar, Day day);
[[noreturn]] void raise_beyond_calendar(const Calendar &calendar, Day day, const char *hint);

}  // namespace cltv::pg

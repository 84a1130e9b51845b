// The types that the time of an order may have, and the day on which such a time falls.
#pragma once

#include "core/history/purchase_history.hpp"
#include "pg/base/postgres.hpp"
#include "pg/history/local_day.hpp"

namespace cltv::pg {

inline Day day_of(DateADT date) { return static_cast<Day>(date + POSTGRES_EPOCH_JDATE); }

inline DateADT date_of(Day day) { return static_cast<DateADT>(day) - POSTGRES_EPOCH_JDATE; }

inline Day day_of_local(int64_t microseconds) {
    int64_t days = microseconds / USECS_PER_DAY;
    if (days * USECS_PER_DAY > microseconds) --days;
    days += POSTGRES_EPOCH_JDATE;
    if (days < 0 || days > int64_t{last_possible_day})
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date out of range for timestamp")));
    return static_cast<Day>(days);
}

[[noreturn]] inline void refuse_infinite(const char *name, bool negative, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s must be finite, not %s", name, negative ? "-infinity" : "infinity"),
                    errhint("%s", hint)));
    pg_unreachable();
}

// Each has the day of a value, which must be finite; name and hint are for the error.

struct CalendarDate {
    static Day day(Datum value, const char *name, const char *hint) {
        const DateADT date = DatumGetDateADT(value);
        if (DATE_NOT_FINITE(date)) refuse_infinite(name, DATE_IS_NOBEGIN(date), hint);
        return day_of(date);
    }
};

struct LocalTime {
    static Day day(Datum value, const char *name, const char *hint) {
        const Timestamp time = DatumGetTimestamp(value);
        if (TIMESTAMP_NOT_FINITE(time)) refuse_infinite(name, TIMESTAMP_IS_NOBEGIN(time), hint);
        return day_of_local(time);
    }
};

struct SessionTime {
    static Day day(Datum value, const char *name, const char *hint) {
        const TimestampTz time = DatumGetTimestampTz(value);
        if (TIMESTAMP_NOT_FINITE(time)) refuse_infinite(name, TIMESTAMP_IS_NOBEGIN(time), hint);
        return day_of_local(time + local_offset(time));
    }
};

}  // namespace cltv::pg

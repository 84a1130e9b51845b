// The types that the time of an order may have, all of which are integers, and the day on which such a time falls.
#pragma once

#include <cstdint>

#include "core/history/purchase_history.hpp"
#include "pg/base/iso_day.hpp"
#include "pg/base/postgres.hpp"
#include "pg/history/local_day.hpp"

namespace cltv::pg {

// Stored in values.
enum class TimeKind : std::uint8_t { date, timestamp, timestamptz };

constexpr int time_kinds = 3;
constexpr const char *time_kind_names[time_kinds] = {"date", "timestamp", "timestamptz"};

inline const char *time_kind_name(TimeKind kind) { return time_kind_names[static_cast<int>(kind)]; }

// Days since 2000-01-01, also before it.
inline std::int64_t whole_days(std::int64_t microseconds) {
    const std::int64_t days = microseconds / USECS_PER_DAY;
    return days - (days * USECS_PER_DAY > microseconds);
}

struct CalendarDate {
    static constexpr TimeKind kind = TimeKind::date;
    static std::int64_t get(Datum value) { return DatumGetDateADT(value); }
    static bool infinite(std::int64_t date) { return DATE_NOT_FINITE(date); }
    static std::int64_t days(std::int64_t date) { return date; }
};

struct LocalTime {
    static constexpr TimeKind kind = TimeKind::timestamp;
    static std::int64_t get(Datum value) { return DatumGetTimestamp(value); }
    static bool infinite(std::int64_t time) { return TIMESTAMP_NOT_FINITE(time); }
    static std::int64_t days(std::int64_t time) { return whole_days(time); }
};

struct SessionTime : LocalTime {
    static constexpr TimeKind kind = TimeKind::timestamptz;
    static std::int64_t days(std::int64_t time) { return whole_days(time + local_offset(time)); }
};

[[noreturn]] inline void refuse_infinite(const char *name, bool negative, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s must be finite, not %s", name, negative ? "-infinity" : "infinity"),
                    errhint("%s", hint)));
    pg_unreachable();
}

// The day of a value, which must be finite; name and hint are for the error.
template <class Time>
Day finite_day(Datum value, const char *name, const char *hint) {
    const std::int64_t time = Time::get(value);
    if (unlikely(Time::infinite(time))) refuse_infinite(name, time < 0, hint);
    const std::int64_t day = Time::days(time) + POSTGRES_EPOCH_JDATE;
    if (unlikely(day < 0 || day > std::int64_t{last_possible_day}))  // of a timestamptz, west or east of the ends
        ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date out of range for timestamp")));
    return static_cast<Day>(day);
}

}  // namespace cltv::pg

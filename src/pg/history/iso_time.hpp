// Times of all kinds as ISO 8601 text, independent of DateStyle and TimeZone: 1997-12-12, 1997-12-12T08:30:00.25 and,
// for timestamptz, 1997-12-12T08:30:00.25Z.
#pragma once

#include <cstdint>

#include "pg/base/iso_day.hpp"
#include "pg/history/order_time.hpp"

namespace cltv::pg {

inline void append_time(StringInfo out, TimeKind kind, std::int64_t time) {
    if (kind == TimeKind::date) return append_day(out, static_cast<Day>(time + POSTGRES_EPOCH_JDATE));
    const std::int64_t day = whole_days(time);
    const std::int64_t of_day = time - day * USECS_PER_DAY;
    const int seconds = static_cast<int>(of_day / USECS_PER_SEC), fraction = static_cast<int>(of_day % USECS_PER_SEC);
    append_day(out, static_cast<Day>(day + POSTGRES_EPOCH_JDATE));
    appendStringInfo(out, "T%02d:%02d:%02d", seconds / SECS_PER_HOUR, seconds / SECS_PER_MINUTE % MINS_PER_HOUR,
                     seconds % SECS_PER_MINUTE);
    if (fraction != 0) {
        appendStringInfo(out, ".%06d", fraction);
        while (out->data[out->len - 1] == '0') out->data[--out->len] = '\0';
    }
    if (kind == TimeKind::timestamptz) appendStringInfoChar(out, 'Z');
}

inline bool is_finite_time(TimeKind kind, std::int64_t time) {
    return kind == TimeKind::date ? IS_VALID_DATE(time) : IS_VALID_TIMESTAMP(time);
}

// No white space before it.
inline std::int64_t scan_time(Scanner &scanner, TimeKind kind) {
    const Day julian_day = scan_day(scanner);
    std::int64_t time = std::int64_t{julian_day} - POSTGRES_EPOCH_JDATE;
    if (kind != TimeKind::date) {
        if (julian_day >= TIMESTAMP_END_JULIAN) scanner.fail("A time is out of range.");
        const char *separators = "T::";
        constexpr int units[] = {HOURS_PER_DAY, MINS_PER_HOUR, SECS_PER_MINUTE};
        for (int i = 0; i < 3; ++i) {
            const char separator[] = {separators[i], '\0'};
            scanner.expect_here(separator);
            const std::int32_t part = scanner.digits(2, 2);
            if (part >= units[i]) scanner.fail("A time of day is out of range.");
            time = time * units[i] + part;
        }
        time *= USECS_PER_SEC;
        if (scanner.accept_here(".")) {
            std::int32_t unit = USECS_PER_SEC;
            do time += (unit /= 10) * scanner.digits(1, 1);
            while (unit > 1 && scanner.sees_digit());
        }
        if (kind == TimeKind::timestamptz) scanner.expect_here("Z");
    }
    if (!is_finite_time(kind, time)) scanner.fail("A time is out of range.");
    return time;
}

// "date", "timestamp" or "timestamptz", in quotes.
inline TimeKind scan_time_kind(Scanner &scanner) {
    scanner.expect("\"");
    for (int kind = 0; kind < time_kinds; ++kind)
        if (scanner.accept_here(psprintf("%s\"", time_kind_names[kind]))) return static_cast<TimeKind>(kind);
    scanner.fail("The kind of time must be date, timestamp or timestamptz.");
}

}  // namespace cltv::pg

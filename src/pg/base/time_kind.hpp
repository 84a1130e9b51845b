// The kinds of time that a column of orders may have. All are whole numbers, of days or microseconds.
#pragma once

#include <cstdint>

#include "pg/base/postgres.hpp"

namespace cltv::pg {

// Stored in values.
enum class TimeKind : std::uint8_t { date, timestamp, timestamptz };

constexpr int time_kinds = 3;
constexpr const char *time_kind_names[time_kinds] = {"date", "timestamp", "timestamptz"};

inline const char *time_kind_name(TimeKind kind) { return time_kind_names[static_cast<int>(kind)]; }

struct Dates {
    static constexpr TimeKind kind = TimeKind::date;
    static bool infinite(std::int64_t day) { return DATE_NOT_FINITE(day); }
    static std::int64_t get(Datum value) { return DatumGetDateADT(value); }
};

struct Timestamps {
    static constexpr TimeKind kind = TimeKind::timestamp;
    static bool infinite(std::int64_t at) { return TIMESTAMP_NOT_FINITE(at); }
    static std::int64_t get(Datum value) { return DatumGetTimestamp(value); }
};

struct Timestamptzs : Timestamps {
    static constexpr TimeKind kind = TimeKind::timestamptz;
};

}  // namespace cltv::pg

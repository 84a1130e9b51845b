// The three columns of RFM as SQL arguments: how a value is read, and which are refused.
#pragma once

#include <cmath>
#include <cstdint>

#include "model/rfm.hpp"
#include "pg/postgres.hpp"

namespace cltv::pg {

// What last_order is; stored in values.
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

template <class Time>
struct LastOrder {
    using Value = std::int64_t;
    static Value get(Datum datum) { return Time::get(datum); }
    static Value check(Value value) {
        if (unlikely(Time::infinite(value)))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("last order must be a finite time: \"%s\"", value < 0 ? "-infinity" : "infinity"),
                            errhint("Give NULL for a customer whose last order is not known.")));
        return value;
    }
};

struct Orders {
    using Value = std::int64_t;
    static Value get(Datum datum) { return DatumGetInt64(datum); }
    static Value check(Value value) {
        if (unlikely(value < 0))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("number of orders must not be negative: %lld", static_cast<long long>(value)),
                            errhint("Give each customer's count of orders, or NULL where it is not known.")));
        return value;
    }
};

struct Revenue {
    using Value = double;
    static Value get(Datum datum) { return DatumGetFloat8(datum); }
    static Value check(Value value) {
        if (unlikely(!std::isfinite(value)))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("revenue must be a finite number: %g", value),
                            errhint("Give each customer's total revenue, or NULL where it is not known.")));
        return value;
    }
};

inline void check_bins(int bins) {
    if (unlikely(bins < rfm_min_bins || bins > rfm_max_bins))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("bins must be between %d and %d: %d", rfm_min_bins, rfm_max_bins, bins),
                        errhint("Quintiles, bins => 5, are usual.")));
}

}  // namespace cltv::pg

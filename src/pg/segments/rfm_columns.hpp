// The three columns of RFM as SQL arguments: how a value is read, and which are refused.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/segments/rfm.hpp"
#include "pg/base/postgres.hpp"
#include "pg/history/order_time.hpp"

namespace cltv::pg {

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

// The three columns of RFM as SQL arguments: how a value is read, and which values are refused.
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
                            errhint("Give NULL for a customer whose last order is unknown.")));
        return value;
    }
};

// A sum of counts is numeric in SQL, and so a float8 here; it is kept as the integer that it is.
struct Orders {
    using Value = std::int64_t;
    static Value get(Datum datum) {
        const double orders = DatumGetFloat8(datum);
        if (unlikely(!(orders >= 0 && orders <= 0x1p53 && orders == std::floor(orders))))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("number of orders %s is not a whole number from 0 to 2^53", float8out_internal(orders)),
                            errhint("Give each customer's count of orders, or NULL where it is unknown.")));
        return static_cast<Value>(orders);
    }
    static Value check(Value value) { return value; }
};

struct Revenue {
    using Value = double;
    static Value get(Datum datum) { return DatumGetFloat8(datum); }
    static Value check(Value value) {
        if (unlikely(!std::isfinite(value)))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("revenue must be a finite number: %g", value),
                            errhint("Give each customer's total revenue, or NULL where it is unknown.")));
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

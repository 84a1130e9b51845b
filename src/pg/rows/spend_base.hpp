// The SQL type spend_base: many customers as a spend model sees them, equal ones counted. Customers who say nothing
// about spend, with neither repeat purchases nor a first purchase of known amount, are only counted, in
// CountedSet::beside. It is read like a customer_base.
#pragma once

#include "pg/rows/counted_set.hpp"

namespace cltv::pg {

using SpendBase = CountedSet<SpendCount>;

template <>
struct BaseType<SpendCount> : AnyBase<SpendCount> {
    static constexpr const char *name = "spend_base";
    static constexpr const char *beside = "without_spend";
    static double merged_beside(double one, double other) { return one + other; }
    static const char *fault_beside(double customers) {
        return is_count(customers) ? nullptr : "A number of customers is negative or too large.";
    }
    static SpendCount checked(const Numbers<SpendCount> &numbers) {
        const Spend spend{checked_frequency(numbers[0]), checked_spend("monetary_value", numbers[1], true),
                          checked_spend("first_value", numbers[2], true)};
        if (spend.frequency == 0 && (spend.monetary_value != 0 || spend.first_value == 0))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("a row of a spend_base has frequency 0 and monetary_value %s, first_value %s",
                                   float8out_internal(spend.monetary_value), float8out_internal(spend.first_value)),
                            errdetail("Without repeat purchases monetary_value is 0. Customers of whom no first purchase "
                                      "is known either are only counted, in %s.", beside)));
        return {spend, numbers[3]};
    }
};

}  // namespace cltv::pg

// The SQL type spend_base: many customers as a spend model sees them, equal ones counted. Customers who tell nothing of
// spend per repeat purchase are only counted, in CountedSet::left_out. Read it as a customer_base is read.
#pragma once

#include "pg/counted_set.hpp"

namespace cltv::pg {

using SpendBase = CountedSet<SpendCount>;

template <>
struct BaseType<SpendCount> {
    static constexpr const char *name = "spend_base";
    static constexpr const char *left_out = "without_spend";
    static SpendCount checked(const Numbers<SpendCount> &numbers) {
        const Spend spend{checked_frequency(numbers[0]), checked_monetary_value(numbers[1])};
        if (spend.frequency == 0 || spend.monetary_value == 0)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("a row of a spend_base has frequency 0 or monetary_value 0"),
                            errdetail("Such customers are only counted, in %s.", left_out)));
        return {spend, numbers[2]};
    }
};

}  // namespace cltv::pg

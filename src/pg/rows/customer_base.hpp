// The SQL type customer_base: many customers as an orders model sees them, equal ones counted.
//
// A fit's final function takes a customer_base in either layout and reads it inside guarded():
//     const CustomerBase *base = value_argument<CustomerBase>(fcinfo, 0);
//     std::vector<CustomerCount> storage;
//     View<CustomerCount> customers = sorted_rows(*base, storage, interrupt_pending);
#pragma once

#include "pg/rows/counted_set.hpp"

namespace cltv::pg {

using CustomerBase = CountedSet<CustomerCount>;

template <>
struct BaseType<CustomerCount> : AnyBase<CustomerCount> {
    static constexpr const char *name = "customer_base";
    static CustomerCount checked(const Numbers<CustomerCount> &numbers) {
        return {checked_customer(numbers[0], numbers[1], numbers[2]), numbers[3]};
    }
};

}  // namespace cltv::pg

// The SQL type contract_base: many customers as a contract model sees them, equal ones counted. It is read like a
// customer_base. Also checks the numbers that a caller passes for one such customer.
#pragma once

#include "pg/rows/counted_set.hpp"

namespace cltv::pg {

using ContractBase = CountedSet<ContractCount>;

[[noreturn]] void raise_bad_periods(const char *periods);
[[noreturn]] void raise_bad_churn(double churned);
[[noreturn]] void raise_churned_at_once();

// The number of whole periods so far, which is that of renewals if the customer is still there.
inline double checked_periods(double periods) {
    if (unlikely(!(periods >= 0 && periods <= largest_frequency &&
                   periods == static_cast<double>(static_cast<int64>(periods)))))
        raise_bad_periods(float8out_internal(periods));
    return periods + 0.0;
}

// churned is 0 or 1. Customers leave at the end of a period, at the earliest of the first.
inline Contract checked_contract(double periods, double churned) {
    if (unlikely(churned != 0 && churned != 1)) raise_bad_churn(churned);
    if (unlikely(checked_periods(periods) < churned)) raise_churned_at_once();
    return {periods + 0.0, churned + 0.0};
}

template <>
struct BaseType<ContractCount> : AnyBase<ContractCount> {
    static constexpr const char *name = "contract_base";
    static ContractCount checked(const Numbers<ContractCount> &numbers) {
        return {checked_contract(numbers[0], numbers[1]), numbers[2]};
    }
};

}  // namespace cltv::pg

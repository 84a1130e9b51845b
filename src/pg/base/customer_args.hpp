// Checks of the numbers that a caller passes for one customer: inline and cheap for good values, of which there may be
// millions; bad ones go to functions that say what is wrong and how to fix it.
#pragma once

#include <cfloat>

#include "core/base/customer.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

// Whole numbers up to here are exact in a float8.
inline constexpr double largest_frequency = 9007199254740992.0;

[[noreturn]] void raise_bad_frequency(double frequency);
[[noreturn]] void raise_bad_frequency(int64 frequency);
[[noreturn]] void raise_bad_customer(double frequency, double recency, double tenure);
[[noreturn]] void raise_not_discrete(const Customer &customer);
[[noreturn]] void raise_bad_spend(const char *argument, double value);
[[noreturn]] void raise_bad_weight(double weight);

inline double checked_frequency(double frequency) {
    if (unlikely(!(frequency >= 0 && frequency <= largest_frequency &&
                   frequency == static_cast<double>(static_cast<int64>(frequency)))))
        raise_bad_frequency(frequency);
    return frequency + 0.0;  // -0 becomes 0, which equal customers need to be the same bits
}

inline double checked_frequency(int64 frequency) {
    if (unlikely(frequency < 0 || frequency > static_cast<int64>(largest_frequency))) raise_bad_frequency(frequency);
    return static_cast<double>(frequency);
}

// Frequency is a float8 or a bigint. A customer without repeat purchases has recency 0, and no other customer has.
template <class Frequency>
inline Customer checked_customer(Frequency frequency, double recency, double tenure) {
    const double checked = checked_frequency(frequency);
    if (unlikely(!(recency >= 0 && recency <= tenure && tenure <= DBL_MAX && (checked > 0) == (recency > 0))))
        raise_bad_customer(checked, recency, tenure);
    return {checked, recency + 0.0, tenure + 0.0};
}

// For a model that counts time in opportunities.
inline const Customer &checked_discrete(const Customer &customer) {
    if (unlikely(!is_discrete(customer))) raise_not_discrete(customer);
    return customer;
}

// monetary_value or first_value. 0 is accepted: orders may be free. Profits, which own_fit takes, may be negative.
inline double checked_spend(const char *argument, double value, bool any_sign) {
    if (unlikely(!((any_sign || value >= 0) && value >= -DBL_MAX && value <= DBL_MAX))) raise_bad_spend(argument, value);
    return value + 0.0;
}

// The number of customers that a row of a weighted sample stands for; 0 leaves it out.
inline double checked_weight(double weight) {
    if (unlikely(!(weight >= 0 && weight <= largest_frequency))) raise_bad_weight(weight);
    return weight;
}

}  // namespace cltv::pg

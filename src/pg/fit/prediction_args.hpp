// Arguments that the predictions share, checked as customer_args.hpp checks customers.
#pragma once

#include <cfloat>
#include <cmath>

#include "core/fit/family.hpp"
#include "pg/base/customer_args.hpp"
#include "pg/base/postgres.hpp"

namespace cltv::pg {

[[noreturn]] void raise_bad_horizon(double horizon);

// A time ahead in the model's unit; infinity stands for the rest of the customer's life.
inline double checked_horizon(double horizon) {
    if (unlikely(!(horizon >= 0))) raise_bad_horizon(horizon);
    return horizon + 0.0;  // -0 becomes 0
}

[[noreturn]] void raise_fractional_horizon(double horizon);

// A number of opportunities or of periods ahead.
inline double checked_whole_horizon(double horizon) {
    const double checked = checked_horizon(horizon);
    if (unlikely(checked != std::floor(checked))) raise_fractional_horizon(checked);
    return checked;
}

// A number of purchases whose probability is asked for.
double purchases_argument(FunctionCallInfo fcinfo, int argument);

// A horizon in the family's way of counting time.
inline double checked_horizon(double horizon, const OrdersFamily &family) {
    return family.discrete ? checked_whole_horizon(horizon) : checked_horizon(horizon);
}

// frequency, recency, tenure from an argument on, for the family's kind of customers.
inline Customer customer_arguments(FunctionCallInfo fcinfo, int first, const OrdersFamily &family) {
    const Customer customer =
        checked_customer(PG_GETARG_FLOAT8(first), PG_GETARG_FLOAT8(first + 1), PG_GETARG_FLOAT8(first + 2));
    return family.discrete ? checked_discrete(customer) : customer;
}

}  // namespace cltv::pg

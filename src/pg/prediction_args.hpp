// Arguments that the predictions share, checked as customer_args.hpp checks customers.
#pragma once

#include <cfloat>

#include "pg/customer_args.hpp"
#include "pg/postgres.hpp"

namespace cltv::pg {

[[noreturn]] void raise_bad_horizon(double horizon);

// A time ahead in the model's unit; infinity is the rest of the customer's life.
inline double checked_horizon(double horizon) {
    if (unlikely(!(horizon >= 0))) raise_bad_horizon(horizon);
    return horizon;
}

// frequency, recency, tenure from an argument on.
inline Customer customer_arguments(FunctionCallInfo fcinfo, int first) {
    return checked_customer(PG_GETARG_FLOAT8(first), PG_GETARG_FLOAT8(first + 1), PG_GETARG_FLOAT8(first + 2));
}

}  // namespace cltv::pg

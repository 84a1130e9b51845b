// Checks of the responses of customers, which fits of models that learn one read.
#pragma once

#include <cfloat>
#include <cmath>

#include "pg/base/postgres.hpp"

namespace cltv::pg {

[[noreturn]] void raise_bad_response(const char *name, double value);

// Raises 22023 with the argument's name. Adding 0 turns -0 into 0.
inline double checked_response(const char *name, double value) {
    if (unlikely(!(std::fabs(value) <= DBL_MAX))) raise_bad_response(name, value);
    return value + 0.0;
}

}  // namespace cltv::pg

// Checks of the times for which customers were observed, which curves, tests and models of survival read.
#pragma once

#include <cfloat>

#include "pg/base/postgres.hpp"

namespace cltv::pg {

[[noreturn]] void raise_bad_time(const char *name, double time);
[[noreturn]] void raise_bad_entry(double entered, double time);

// Raises 22023 with the argument's name. Adding 0 turns -0 into 0.
inline double checked_time(const char *name, double time) {
    if (unlikely(!(time >= 0 && time <= DBL_MAX))) raise_bad_time(name, time);
    return time + 0.0;
}

// When the customer came under observation: before the time, or 0 for from the beginning.
inline double checked_entry(double entered, double time) {
    checked_time("entered", entered);
    if (unlikely(entered > 0 && !(entered < time))) raise_bad_entry(entered, time);
    return entered + 0.0;
}

}  // namespace cltv::pg

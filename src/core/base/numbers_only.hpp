// The core library knows numbers, not PostgreSQL. Every header of this floor includes this one first, so that a server
// header that slips in fails the build.
#pragma once

#include <cfloat>

#ifdef POSTGRES_H
static_assert(false, "src/core must not see postgres.h: include core headers before pg/base/postgres.hpp");
#endif

// double_double.hpp, and every result that is "the same to the last bit", rely on it; 32-bit x86 needs -msse2
// -mfpmath=sse for it.
static_assert(FLT_EVAL_METHOD == 0, "each operation must be rounded to double");

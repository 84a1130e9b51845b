// The group for which the final function of an aggregate is called, in words.
#pragma once

#include "pg/base/postgres.hpp"

namespace cltv::pg {

// "Vienna, 2024-01-01", the values of the GROUP BY columns; nullptr where there are no groups, or they cannot be
// determined.
const char *group_in_words(FunctionCallInfo fcinfo);

}  // namespace cltv::pg

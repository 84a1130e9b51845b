// The group that the final function of an aggregate is called for, in words.
#pragma once

#include "pg/base/postgres.hpp"

namespace cltv::pg {

// "Vienna, 2024-01-01", the values that GROUP BY has distinguished; nullptr where there are no groups, or no telling which.
const char *group_in_words(FunctionCallInfo fcinfo);

}  // namespace cltv::pg

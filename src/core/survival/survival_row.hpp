// Customers of whom it is known how long they were observed, and a quantity to compare: the state of tests and
// measures.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/rows/counted_set.hpp"

namespace cltv {

// A number of customers who left, or were last seen, at a time. `compared` is a score, or stands for a group; only
// customers of the same stratum are compared.
struct SurvivalRow {
    double stratum;
    double time;
    double left;  // 1: left; 0: still there when last seen
    double compared;
    double count;
};

using SurvivalBase = CountedSet<SurvivalRow>;

}  // namespace cltv

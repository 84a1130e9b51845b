// Predictions after the fact: pairs of a prediction and its outcome.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"

namespace cltv {

struct Scored {
    double predicted;  // or a score: a higher one is likelier, or more
    double actual;     // for a label: 1 or 0
};

// The rows that the metrics read: a pair and the whole number of customers who share it. All numbers are finite, and
// none is -0.
struct ScoredCount {
    Scored scored;
    double count;
};

// Sorts by prediction and then by actual value, ascending, which makes the order unique. Throws Stopped.
void sort_scored(std::vector<ScoredCount> &rows, Stop stop);

// Sorts by actual value alone, ascending. Throws Stopped.
void sort_by_actual(std::vector<ScoredCount> &rows, Stop stop);

// A power of two that brings the largest magnitude close to 1, so that neither sums nor products overflow float8.
// Multiplying by it is exact.
inline double scale_for(double largest) {
    return largest > 0 ? std::ldexp(1.0, -std::clamp(std::ilogb(largest), -1000, 1000)) : 1;
}

}  // namespace cltv

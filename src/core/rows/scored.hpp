// What is known of predictions after the fact: pairs of a prediction and the outcome.
#pragma once

#include "core/base/numbers_only.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"

namespace cltv {

struct Scored {
    double predicted;  // or a score: the higher, the likelier or the more
    double actual;     // of a label: 1 or 0
};

// Rows of what the metrics read: a pair and the number of customers who share it, which is whole. All numbers are
// finite, and none is -0.
struct ScoredCount {
    Scored scored;
    double count;
};

// Into ascending order of predictions, then of actual values, which leaves nothing to chance. Throws Stopped.
void sort_scored(std::vector<ScoredCount> &rows, Stop stop);

// Into ascending order of actual values alone. Throws Stopped.
void sort_by_actual(std::vector<ScoredCount> &rows, Stop stop);

// A power of two that brings the largest of some magnitudes near 1, so that neither sums nor products of them leave
// float8. Multiplying by it is exact.
inline double scale_for(double largest) {
    return largest > 0 ? std::ldexp(1.0, -std::clamp(std::ilogb(largest), -1000, 1000)) : 1;
}

}  // namespace cltv

// What is known of predictions after the fact: pairs of a prediction and what came of it.
#pragma once

#include "model/numbers_only.hpp"

#include <algorithm>
#include <cmath>

#include "model/customer.hpp"

namespace cltv {

struct Scored {
    double predicted;  // or a score: the higher, the likelier or the more
    double actual;     // of a label: 1 or 0
};

// Rows of a score_base: distinct pairs, sorted, each with the number of customers who share it. All numbers are finite,
// and counts are whole.
struct ScoredCount {
    Scored scored;
    double count;
};

// A power of two that brings the largest of some magnitudes near 1, so that neither sums nor products of them leave
// float8. Multiplying by it is exact.
inline double scale_for(double largest) {
    return largest > 0 ? std::ldexp(1.0, -std::clamp(std::ilogb(largest), -1000, 1000)) : 1;
}

}  // namespace cltv

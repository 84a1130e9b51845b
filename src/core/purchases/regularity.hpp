// How regularly customers buy, from the last two gaps between purchases of each.
//
// D. W. Wheat, D. G. Morrison: Estimating Purchase Regularity with Two Interpurchase Times. Journal of Marketing
// Research 27 (1990) 87-93. For two gaps that are Erlang(k, lambda), whatever lambda, the share of the first in their
// sum is Beta(k, k), with variance v = 1/(8k + 4), so k = (1 - 4v)/(8v): 1 where purchases come at random, infinite
// where all gaps are alike. The mean of the share is 1/2 by symmetry and need not be estimated.
#pragma once

#include "core/base/numbers_only.hpp"

#include <limits>

#include "core/base/customer.hpp"
#include "core/rows/scored.hpp"

namespace cltv {

// k from the shares of the first gap, of which there must be one or more; they stand as predictions.
inline double regularity(View<ScoredCount> shares) {
    double customers = 0, squares = 0;
    for (const ScoredCount &row : shares) {
        const double off = row.scored.predicted - 0.5;
        customers += row.count;
        squares += row.count * off * off;
    }
    return squares == 0 ? std::numeric_limits<double>::infinity() : customers / (8 * squares) - 0.5;
}

}  // namespace cltv

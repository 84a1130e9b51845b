// The cumulative gains curve of a ranking. With customers in the order of their predictions, the highest first, G(q) is
// the share of all actual value that the first q n of the n customers have. Customers with equal predictions share a
// straight piece of the curve, the mean over all their orders, so the order of rows does not matter. Where the actual
// value itself is the prediction, this is the Lorenz curve read from above: G(q) = 1 - L(1 - q). M. O. Lorenz,
// Publications of the American Statistical Association 9 (1905) 209-219.
#pragma once

#include "core/base/numbers_only.hpp"

#include <vector>

#include "core/base/customer.hpp"
#include "core/base/double_double.hpp"
#include "core/base/stop.hpp"
#include "core/rows/scored.hpp"

namespace cltv {

struct GainTotals {
    double customers;     // n
    double scale;         // the factor of actual values in sums
    DoubleDouble actual;  // sum of all actual values, scaled
};

GainTotals gain_totals(View<ScoredCount> rows, Stop stop);

// The area below the curve, in a form that needs no division by a total that may be 0:
// sum of actual x (2 midrank - n - 1) = n total (2 area - 1), ranks ascending with the prediction. Scaled.
DoubleDouble rank_sum(View<ScoredCount> rows, const GainTotals &totals, Stop stop);

// The same customers in the order of their actual values: nothing ranks them better.
std::vector<ScoredCount> perfectly_ranked(View<ScoredCount> rows, Stop stop);

// G(q) for 0 < q <= 1; NaN where the total is not above 0.
double gain(View<ScoredCount> rows, double q, Stop stop);

}  // namespace cltv

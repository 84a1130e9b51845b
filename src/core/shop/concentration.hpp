// How unequally value is spread over customers. Rows must be sorted and have the value twice, as the actual value and
// as the prediction that ranks it.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/rows/scored.hpp"

namespace cltv {

// Gini's coefficient: twice the area between the Lorenz curve and the diagonal, which is half the mean absolute
// difference of two customers, drawn with replacement, over the mean: 0 where all have the same, 1 - 1 / n where one
// has everything. NaN where the total is 0; no value may be below 0. Throws Stopped. C. Gini, Variabilita e mutabilita,
// Bologna 1912; A. Sen, On Economic Inequality, Oxford 1973.
double concentration(View<ScoredCount> values, Stop stop);

// The share of the total that the top x n largest values make up, 0 < top <= 1, with a fraction of a customer's value
// where top x n is not whole: 1 - L(1 - top) on the Lorenz curve. NaN where the total is not above 0. Throws Stopped.
double top_share(View<ScoredCount> values, double top, Stop stop);

}  // namespace cltv

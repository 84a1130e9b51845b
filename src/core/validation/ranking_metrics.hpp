// How well predictions rank customers, whatever the predictions' scale. Rows must be sorted; results depend on them
// alone, including ties in the predictions, and are NaN where they are undefined. All throw Stopped.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/rows/scored.hpp"

namespace cltv {

// Area under the ROC curve: the probability that a customer with the label has a higher score than one without, ties
// counted half, which is the statistic of Mann and Whitney over the number of such pairs. Exact but for one rounding
// while twice the number of pairs is below 2^53. NaN if all customers have the label, or none. Rows without the label
// have the actual value 0.
// J. A. Hanley, B. J. McNeil, Radiology 143 (1982) 29-36.
// H. B. Mann, D. R. Whitney, Annals of Mathematical Statistics 18 (1947) 50-60.
double auc(View<ScoredCount> rows, Stop stop);

// The area between the cumulative gains curve and the diagonal over the same area for a perfect ranking: 1 is perfect,
// 0 no better than chance, -1 the wrong way round. Equal to cov(actual, rank of predicted) / cov(actual, rank of
// actual), the Gini correlation, and for a label to 2 auc - 1. NaN where all actual values are equal. E. Schechtman, S.
// Yitzhaki, Communications in Statistics - Theory and Methods 16 (1987) 207-231.
double gini(View<ScoredCount> rows, Stop stop);

// The ratio of the mean actual value of the first top x n customers, ranked by prediction, 0 < top <= 1, to the mean of
// all: G(top) / top on the cumulative gains curve. NaN where the total is not above 0.
double lift(View<ScoredCount> rows, double top, Stop stop);

}  // namespace cltv

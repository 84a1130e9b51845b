// How far predictions are from their outcomes.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/rows/scored.hpp"

namespace cltv {

struct RegressionMetrics {
    double customers;    // n
    double mae;          // mean of |predicted - actual|
    double rmse;         // square root of the mean of (predicted - actual)^2
    double bias;         // mean of predicted - actual: above 0 where predictions are too high
    double mape;         // mean of |predicted - actual| / |actual| where actual is not 0, or NaN if nowhere
    double correlation;  // Pearson's, or NaN where all actual or all predicted values are equal
};

// From at least one sorted row. A mean beyond float8 is infinite. Throws Stopped.
RegressionMetrics regression_metrics(View<ScoredCount> rows, Stop stop);

}  // namespace cltv

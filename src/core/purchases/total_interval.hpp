// The total purchases of many customers, and the interval in which it will lie.
//
// The total over a horizon is sum N_i, with independent N_i for the customers, whose parameters are estimates. Its
// variance has two parts: that of the purchases about their expectation, sum var N_i, from their distributions; and
// that of the expectation, g'Cg with the gradient g of the sum and the covariance C of the parameters, by the delta
// method. All customers share the errors of the parameters, so the second part does not average out: it grows as the
// square of the total. The total is treated as negative binomial with that mean and variance, which a sum of purchases
// at any rates nearly is, from a handful to millions; where the variance is below the mean, as with opportunities, as
// normal.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"
#include "core/fit/clock_times.hpp"
#include "core/fit/family.hpp"
#include "core/fit/interval.hpp"

namespace cltv {

// The variance of one customer's purchases within a finite horizon.
double purchases_variance(const OrdersFamily &orders, const double *p, const Customer &customer, double horizon);

// Integers between which the total of a sorted base lies with the given probability; the estimate is its expectation.
// Bounds are NaN where the model has no covariance, or the horizon is infinite. Throws Stopped.
ConfidenceInterval total_purchases_interval(const OrdersFamily &orders, const ModelView &model, View<CustomerCount> base,
                                            double horizon, double level, Stop stop);

// The same for a model with a calendar and customers with their days, all up to the same day; `days` are those of the
// clock, from the first customer's first day to the end of the horizon, or so far that beyond it a day counts as 1.
struct DatedCount {
    HistoryDays days;
    double count;
};
ConfidenceInterval total_purchases_interval(const OrdersFamily &orders, const ModelView &model, View<DatedCount> base,
                                            DayRange days, double horizon, double level, Stop stop);

}  // namespace cltv

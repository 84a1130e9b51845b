// The standard attributes of a customer that a learner is given: what the purchase history says as of a day, and
// nothing that came after it.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/day.hpp"
#include "core/base/stop.hpp"
#include "core/history/purchase_history.hpp"

namespace cltv {

constexpr double recent_days = 90;

// Times in days, money in the unit of the amounts; NaN where no amount is known. Gaps lie between purchases on
// different days; for a customer with one purchase the gap is the time since then, which is still open.
struct CustomerFeatures {
    double purchases;      // days with an order
    double orders;
    double revenue, mean_spend, first_spend;  // mean over purchases, where those without an amount are 0
    double tenure, recency, silence;          // since the first purchase, from it to the last, since the last
    double mean_gap, gap_deviation;           // the population's standard deviation; 0 for one gap or none
    double silence_ratio;                     // silence over the mean gap, which counts at least a day
    double recent_share;                      // of purchases, on one of the last 90 days
    double trend;  // share of purchases in the later half of the tenure less that in the earlier, from -1 to 1
    int first_month;  // 1 to 12, of the first purchase
};

// For a history with a purchase, observed until as_of, which must not be before the last row. Throws Stopped.
CustomerFeatures customer_features(const PurchaseHistory &history, Day as_of, Stop stop);

}  // namespace cltv

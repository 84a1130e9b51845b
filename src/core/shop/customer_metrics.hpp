// Everyday metrics of many customers.
#pragma once

#include "core/base/numbers_only.hpp"

#include "core/base/customer.hpp"
#include "core/base/stop.hpp"

namespace cltv {

// One customer who purchased at least once. Revenue comes first, so that rows are sorted by it.
struct CustomerTotals {
    double revenue;        // refunds taken off; 0 where no amount is known
    double revenue_known;  // 1 or 0
    double orders;         // whole, 1 or more
    double lifespan;       // days from the first to the last purchase
    double active;         // 1 if the last purchase is recent, or 0
};

// A row of a metrics_base: customers who share all of these, and their whole number.
struct CustomerTotalsCount {
    CustomerTotals totals;
    double count;
};

// Means over no customers are NaN, and so is everything computed from money where no revenue is known.
struct CustomerMetrics {
    double customers;
    double active_customers;
    double orders;
    double revenue;
    double average_order_value;  // revenue per order, of the customers whose revenue is known
    double purchase_frequency;   // orders per customer
    double repeat_rate;          // share of the customers who purchased on more than one day
    double mean_lifespan;        // days
    double historic_value;       // revenue per customer whose revenue is known
    double top_fifth_share;      // of the revenue, of the customers whose revenue is known; NaN if it is not above 0
};

// Computed from sorted rows. Sums are taken in their order, so equal customers give equal bits. Revenue may be
// infinite. Throws Stopped.
CustomerMetrics customer_metrics(View<CustomerTotalsCount> rows, Stop stop);

}  // namespace cltv

#include "core/learning/customer_features.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/sort_rows.hpp"

namespace cltv {

CustomerFeatures customer_features(const PurchaseHistory &history, Day as_of, Stop stop) {
    const RfmSummary summary = summarise(history, as_of);
    const double unknown = std::numeric_limits<double>::quiet_NaN();
    CustomerFeatures features;
    const PurchaseDay *const days = history.days(), *const end = days + history.used;
    const double n = history.used;
    features.purchases = n;
    features.orders = static_cast<double>(summary.orders);
    features.revenue = summary.has_revenue ? summary.revenue : unknown;
    features.mean_spend = features.revenue / n;
    features.first_spend = summary.has_first_value ? summary.first_value : unknown;
    features.tenure = summary.tenure;
    features.recency = summary.recency;
    features.silence = summary.tenure - summary.recency;

    const double gaps = n - 1;
    features.mean_gap = gaps > 0 ? summary.recency / gaps : summary.tenure;
    double squares = 0;
    for (const PurchaseDay *day = days; day + 1 < end; ++day) {
        poll_at(static_cast<std::size_t>(day - days), stop);
        const double off = static_cast<double>(day[1].day() - day[0].day()) - features.mean_gap;
        squares += off * off;
    }
    features.gap_deviation = gaps > 1 ? std::sqrt(squares / gaps) : 0;
    features.silence_ratio = features.silence / std::fmax(1, features.mean_gap);

    // Days of the set ascend.
    const auto later_than = [&](double age) {
        const PurchaseDay *const from = std::partition_point(
            days, end, [&](const PurchaseDay &day) { return static_cast<double>(as_of - day.day()) >= age; });
        return static_cast<double>(end - from) / n;
    };
    features.recent_share = later_than(recent_days);
    features.trend = summary.tenure > 0 ? 2 * later_than(summary.tenure / 2) - 1 : 0;
    features.first_month = civil(days[0].day()).month;
    return features;
}

}  // namespace cltv

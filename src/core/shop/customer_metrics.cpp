#include "core/shop/customer_metrics.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "core/base/double_double.hpp"
#include "core/base/sort_rows.hpp"
#include "core/shop/concentration.hpp"

namespace cltv {

CustomerMetrics customer_metrics(View<CustomerTotalsCount> rows, Stop stop) {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    double customers = 0, active = 0, returned = 0, known = 0;
    DoubleDouble orders{}, known_orders{}, lifespan{}, revenue{};
    std::vector<ScoredCount> revenues;
    revenues.reserve(rows.size);
    for (std::size_t i = 0; i < rows.size; ++i) {
        poll_at(i, stop);
        const CustomerTotals &totals = rows[i].totals;
        const double count = rows[i].count;
        customers += count;
        active += totals.active * count;
        if (totals.lifespan > 0) returned += count;
        orders = orders + two_product(totals.orders, count);
        lifespan = lifespan + two_product(totals.lifespan, count);
        if (totals.revenue_known == 0) continue;
        known += count;
        known_orders = known_orders + two_product(totals.orders, count);
        revenue = revenue + two_product(totals.revenue, count);
        revenues.push_back({{totals.revenue, totals.revenue}, count});
    }
    const bool money = known > 0;
    // If the sum overflowed double precision, the pair is not a number.
    if (!std::isfinite(revenue.hi)) revenue = {std::numeric_limits<double>::infinity(), 0};
    return {customers,
            active,
            orders.hi,
            money ? revenue.hi : unknown,
            money ? revenue.hi / known_orders.hi : unknown,
            customers > 0 ? orders.hi / customers : unknown,
            customers > 0 ? returned / customers : unknown,
            customers > 0 ? lifespan.hi / customers : unknown,
            money ? revenue.hi / known : unknown,
            money ? top_share({revenues.data(), revenues.size()}, 0.2, stop) : unknown};
}

}  // namespace cltv

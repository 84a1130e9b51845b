#include "core/purchases/total_interval.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/sort_rows.hpp"
#include "pg/base/level_argument.hpp"
#include "pg/base/result.hpp"
#include "pg/fit/calendar_time.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/history/calendar_base.hpp"
#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

namespace {

Datum interval_row(FunctionCallInfo fcinfo, const ConfidenceInterval &interval) {
    if (std::isnan(interval.estimate)) raise_unpredictable();
    return row_or_error(fcinfo, {number(interval.lower), number(interval.estimate), number(interval.upper)});
}

}  // namespace

// (model, base, horizon, level) -> (lower, estimate, upper)
CLTV_FUNCTION(cltv_total_purchases_interval) {
    const StoredModel *model = model_argument(fcinfo, 0);
    const OrdersFamily &family = orders_family(*model);
    const auto *base = value_argument<CountedSet<CustomerCount>>(fcinfo, 1);
    if (family.discrete) for_each_row(base, [](const CustomerCount &row) { checked_discrete(row.customer); });
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(2), family);
    const double level = level_argument(fcinfo, 3);
    if (!model->is_usable()) PG_RETURN_NULL();

    ConfidenceInterval interval = {0, 0, 0};
    guarded([&] {
        std::vector<CustomerCount> storage;
        interval = total_purchases_interval(family, model->view(), sorted_rows(*base, storage, interrupt_pending), horizon,
                                            level, interrupt_pending);
    });
    return interval_row(fcinfo, interval);
}

// The same for a calendar_base, whose customers are observed as of one day; only the calendar of the model counts.
CLTV_FUNCTION(cltv_total_purchases_interval_days) {
    DatedModel &dated = DatedModel::of_rows(fcinfo, 0);
    const OrdersFamily &family = dated.family();
    check_without_attributes(dated.model());
    const CalendarBase &base = *calendar_base_argument(fcinfo, 1);
    const double horizon = checked_horizon(PG_GETARG_FLOAT8(2));
    const double level = level_argument(fcinfo, 3);
    if (!dated.model().is_usable()) PG_RETURN_NULL();
    if (base.features() != nullptr && base.features()->is_bare()) PG_RETURN_NULL();

    double longest = 0;
    for_each_customer(base, [&longest](double, double, double tenure, double) { longest = std::fmax(longest, tenure); });
    dated.reach(base.as_of - static_cast<Day>(longest), base.as_of, horizon);
    const ClockTimes clock = dated.clock();
    ConfidenceInterval interval = {0, 0, 0};
    guarded([&] {
        std::vector<CustomerCount> customers;
        for_each_customer(base, [&](double frequency, double recency, double tenure, double count) {
            customers.push_back({{frequency, recency, tenure}, count});
        });
        std::vector<CustomerCount> sorted(customers.size());
        sorted.resize(copy_sorted(customers.data(), customers.size(), sorted.data(), interrupt_pending));
        if (clock.times == nullptr) {
            interval = total_purchases_interval(family, dated.model().view(), {sorted.data(), sorted.size()}, horizon, level,
                                                interrupt_pending);
            return;
        }
        std::vector<DatedCount> days;
        days.reserve(sorted.size());
        for (const CustomerCount &row : sorted) {
            const Day first = base.as_of - static_cast<Day>(row.customer.tenure);
            days.push_back({{row.customer.frequency, first, first + static_cast<Day>(row.customer.recency), base.as_of}, row.count});
        }
        interval = total_purchases_interval(family, dated.model().view(), {days.data(), days.size()}, {clock.begin, clock.n},
                                            horizon, level, interrupt_pending);
    });
    return interval_row(fcinfo, interval);
}

#include "core/purchases/total_interval.hpp"

#include <cmath>

#include "pg/base/level_argument.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

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
    if (std::isnan(interval.estimate)) raise_unpredictable();
    TupleDesc row;
    get_call_result_type(fcinfo, nullptr, &row);
    Datum columns[3] = {Float8GetDatum(interval.lower), Float8GetDatum(interval.estimate),
                        Float8GetDatum(interval.upper)};
    bool nulls[3] = {std::isnan(interval.lower), false, std::isnan(interval.upper)};
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), columns, nulls)));
}

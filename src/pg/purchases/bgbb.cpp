#include "core/purchases/bgbb.hpp"

#include <cmath>

#include "pg/fit/fit.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

// A customer_base may hold customers of continuous time.
CLTV_FUNCTION(cltv_bgbb_fit) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    for_each_row(value_argument<CustomerBase>(fcinfo, 0),
                 [](const CustomerCount &row) { checked_discrete(row.customer); });
    return fit_base<CustomerCount>(fcinfo, bgbb::family, bgbb::fit);
}

CLTV_FUNCTION(cltv_bgbb_model) { return given_model(bgbb::family, fcinfo); }
CLTV_FUNCTION(cltv_bgbb_predict) { return expected_purchases(fcinfo, model_argument(fcinfo, 0, bgbb::family)); }

// (model, frequency, recency, opportunities, discount_rate, horizon)
CLTV_FUNCTION(cltv_bgbb_dert) {
    const StoredModel *model = model_argument(fcinfo, 0, bgbb::family);
    const Customer customer = customer_arguments(fcinfo, 1, orders_family(*model));
    const double rate = PG_GETARG_FLOAT8(4), horizon = checked_whole_horizon(PG_GETARG_FLOAT8(5));
    if (unlikely(!(rate >= 0 && std::isfinite(rate))))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("discount_rate %s is out of range", float8out_internal(rate)),
                        errhint("The discount rate is a share an opportunity, from 0 up: 0.1 for 10 %% from one "
                                "opportunity to the next.")));
    if (!model->is_usable()) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] {
        return orders_family(*model).discounted_purchases(model->parameters(), customer, horizon, std::log1p(rate));
    }));
}

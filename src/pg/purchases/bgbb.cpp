#include "core/purchases/bgbb.hpp"

#include <cmath>

#include "pg/fit/predictions.hpp"

using namespace cltv;
using namespace cltv::pg;

// (model, frequency, recency, opportunities, discount_rate, horizon)
CLTV_FUNCTION(cltv_bgbb_dert) {
    const StoredModel *model = model_argument(fcinfo, 0, bgbb::family);
    const Customer customer = customer_arguments(fcinfo, 1, orders_family(*model));
    const double rate = PG_GETARG_FLOAT8(4), horizon = checked_whole_horizon(PG_GETARG_FLOAT8(5));
    if (unlikely(!(rate >= 0 && std::isfinite(rate))))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("discount_rate %s is out of range", float8out_internal(rate)),
                        errhint("The discount rate is a share per opportunity, from 0 up: 0.1 for 10 %% from one "
                                "opportunity to the next.")));
    if (!model->is_usable()) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(predicted([&] {
        return orders_family(*model).discounted_purchases(model->parameters(), customer, horizon, std::log1p(rate));
    }));
}

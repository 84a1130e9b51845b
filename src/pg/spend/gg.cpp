#include "core/spend/gg.hpp"

#include "pg/fit/fit.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/rows/spend_base.hpp"

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_gg_fit) { return fit_base<SpendCount>(fcinfo, gg::family, gg::fit); }
CLTV_FUNCTION(cltv_gg_model) { return given_model(gg::family, fcinfo); }

CLTV_FUNCTION(cltv_gg_predict) {
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1)) PG_RETURN_NULL();
    const StoredModel *model = model_argument(fcinfo, 0, gg::family);
    const NullableSpend spend = spend_arguments(fcinfo, 1, 2);
    if (!model->is_usable()) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(expected_spend(spend_family(*model), *model, spend));
}

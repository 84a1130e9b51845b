#include "core/purchases/mbgnbd.hpp"

#include "pg/fit/fit.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_mbgnbd_fit) { return fit_base<CustomerCount>(fcinfo, mbgnbd::family, mbgnbd::fit); }
CLTV_FUNCTION(cltv_mbgnbd_fit_prior) { return fit_base_with_prior<CustomerCount>(fcinfo, mbgnbd::family, mbgnbd::fit); }
CLTV_FUNCTION(cltv_mbgnbd_model) { return given_model(mbgnbd::family, fcinfo); }
CLTV_FUNCTION(cltv_mbgnbd_predict) { return expected_purchases(fcinfo, model_argument(fcinfo, 0, mbgnbd::family)); }

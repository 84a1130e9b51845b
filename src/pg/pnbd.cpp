#include "model/pnbd.hpp"

#include "pg/customer_base.hpp"
#include "pg/fit.hpp"
#include "pg/predictions.hpp"

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_pnbd_fit) { return fit_base<CustomerCount>(fcinfo, pnbd::family, pnbd::fit); }
CLTV_FUNCTION(cltv_pnbd_model) { return given_model(pnbd::family, fcinfo); }
CLTV_FUNCTION(cltv_pnbd_predict) { return expected_purchases(fcinfo, model_argument(fcinfo, 0, pnbd::family)); }

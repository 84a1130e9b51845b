#include "core/purchases/pnbd.hpp"

#include "pg/fit/fit.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_pnbd_fit) { return fit_base<CustomerCount>(fcinfo, pnbd::family, pnbd::fit); }
CLTV_FUNCTION(cltv_pnbd_fit_prior) { return fit_base_with_prior<CustomerCount>(fcinfo, pnbd::family, pnbd::fit); }
CLTV_FUNCTION(cltv_pnbd_model) { return given_model(pnbd::family, fcinfo); }
CLTV_FUNCTION(cltv_pnbd_predict) { return expected_purchases(fcinfo, model_argument(fcinfo, 0, pnbd::family)); }

#include "core/purchases/nbd.hpp"

#include "pg/fit/fit.hpp"
#include "pg/fit/predictions.hpp"
#include "pg/rows/customer_base.hpp"

using namespace cltv;
using namespace cltv::pg;

CLTV_FUNCTION(cltv_nbd_fit) { return fit_base<CustomerCount>(fcinfo, nbd::family, nbd::fit); }
CLTV_FUNCTION(cltv_nbd_fit_prior) { return fit_base_with_prior<CustomerCount>(fcinfo, nbd::family, nbd::fit); }
CLTV_FUNCTION(cltv_nbd_model) { return given_model(nbd::family, fcinfo); }
CLTV_FUNCTION(cltv_nbd_predict) { return expected_purchases(fcinfo, model_argument(fcinfo, 0, nbd::family)); }
